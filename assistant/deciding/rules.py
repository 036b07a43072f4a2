"""What must and must not be said in one case, and the rules that say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from assistant.deciding.remedies import plain
from assistant.model import Demand, Evidence
from assistant.playbooks import CHECKS, Rule
from assistant.playbooks.vocabulary import Outcome, evaluate, names_in


class InForce(NamedTuple):
    rule: Rule
    evidence: Evidence


def in_force(rules: Iterable[Rule], facts: Mapping[str, Any]) -> list[InForce]:
    """A `forbid` whose condition can't be told is in force; a `must` needs its facts."""
    found: list[InForce] = []
    for rule in rules:
        outcome = evaluate(rule.when, "bool", facts) if rule.when else Outcome(True)
        unknown = bool(outcome.missing and rule.forbid)
        if outcome.value is not True and not unknown:
            continue
        inputs = {name: plain(facts[name]) for name in names_in(rule.when or "") if name in facts}
        source = rule.source or rule.because
        evidence = Evidence(rule=rule.id, source=source, checked_on=rule.checked_on, inputs=inputs)
        found.append(InForce(rule, evidence))
    return found


def demands(rules: Sequence[InForce], side: str) -> tuple[Demand, ...]:
    """Each check once, by the first rule that names it. *side*: `must` or `forbid`."""
    found: dict[str, Demand] = {}
    for rule, _ in rules:
        for check in getattr(rule, side):
            found.setdefault(check, Demand(rule=rule.id, check=check, text=CHECKS[check]))
    return tuple(found.values())
