"""One case tried: what the playbooks say to it, and where that is not what was expected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from assistant.deciding import dealt_with
from assistant.drafting.review import review
from assistant.model import Cost, Decision, Finding, Remedy
from assistant.playbooks import Money, Playbooks
from assistant.proving.asked import Asked
from assistant.proving.cases import unique
from assistant.proving.written import UNKNOWN, Expect


class Miss(NamedTuple):
    """One expectation that does not hold. `about`: the remedies and rules that explain it."""

    key: str
    what: str
    expected: str
    got: str
    about: tuple[str, ...] = ()


class Given(NamedTuple):
    """What came of a case."""

    decision: Decision
    findings: tuple[Finding, ...]
    draft: bool
    asked: Asked


class Tried(NamedTuple):
    """A case, what came of it, and where that is not what was expected."""

    given: Given
    misses: tuple[Miss, ...]

    @property
    def holds(self) -> bool:
        return not self.misses


def tried(asked: Asked, playbooks: Playbooks) -> Tried:
    """*asked*, by *playbooks*."""
    given = given_by(asked, playbooks)
    return Tried(given, tuple(_misses(given, asked.case.expect)))


def holds(given: Given) -> bool:
    """Is all as the case expects it?"""
    return next(_misses(given, given.asked.case.expect), None) is None


def given_by(asked: Asked, playbooks: Playbooks, before: Given | None = None) -> Given:
    """What comes of *asked*.

    *before*: what came of it by playbooks whose rules alone were others. A review that has the same
    decision to go by has the same to say.
    """
    decision = asked.decided(playbooks)
    drafts = _drafts(asked, playbooks)
    if before is not None and before.decision == decision:
        return Given(decision, before.findings, drafts, asked)
    findings: tuple[Finding, ...] = ()
    if asked.case.text is not None:
        brief = asked.brief(decision, playbooks)
        findings = review(asked.case.text, brief, playbooks, files=asked.case.files)
    return Given(decision, findings, drafts, asked)


def _drafts(asked: Asked, playbooks: Playbooks) -> bool:
    """Do the policies leave the answer to a person?"""
    intents = dealt_with(asked.understanding.intents)
    return all(one.draft for intent in intents for one in playbooks.policies_for(intent))


# ── comparing ────────────────────────────────────────────────────────────────


def _misses(given: Given, expect: Expect) -> Iterator[Miss]:
    for key, compare in _COMPARISONS.items():
        wanted = getattr(expect, key)
        if key in expect.model_fields_set and wanted is not None:
            yield from compare(given, wanted)


def _verdicts(given: Given) -> dict[str, Remedy]:
    return {one.id: one for one in given.decision.remedies}


def _allowed(given: Given, wanted: Sequence[str]) -> Iterator[Miss]:
    got = tuple(one.id for one in given.decision.allowed())
    if got != tuple(wanted):
        about = unique([*set(wanted).symmetric_difference(got), *wanted]) if got else tuple(wanted)
        yield Miss("allowed", "allowed", _listed(wanted), _listed(got), tuple(sorted(about)))


def _with_verdict(verdict: str) -> Callable[[Given, Sequence[str]], Iterator[Miss]]:
    def compared(given: Given, wanted: Sequence[str]) -> Iterator[Miss]:
        there = _verdicts(given)
        for id in wanted:
            got = shown(there.get(id))
            if id not in there or there[id].verdict != verdict:
                yield Miss(verdict, id, _VERDICTS[verdict], got, (id,))

    return compared


def _ask(given: Given, wanted: Mapping[str, Sequence[str]]) -> Iterator[Miss]:
    there = _verdicts(given)
    for id, missing in wanted.items():
        one = there.get(id)
        if one is None or one.verdict != "ask" or set(one.missing) != set(missing):
            yield Miss("ask", id, f"asks for {_listed(missing)}", shown(one), (id,))


def _contained(
    name: str, found: Callable[[Given], Iterable[tuple[str, str]]], *, absent: bool = False
) -> Callable[[Given, Sequence[str]], Iterator[Miss]]:
    """*found* gives (what may be expected, the rule behind it)."""

    def compared(given: Given, wanted: Sequence[str]) -> Iterator[Miss]:
        got = dict(found(given))
        wrong = [one for one in wanted if (one in got) is absent]
        if wrong:
            expected = f"{'no ' if absent else ''}{_listed(wrong)}"
            rules = tuple(got[one] for one in wrong if one in got)
            yield Miss(name, name.replace("_", " "), expected, _listed(unique(got)), rules)

    return compared


def _ask_for(given: Given, wanted: Sequence[str]) -> Iterator[Miss]:
    got = given.decision.ask_for
    if set(got) != set(wanted):
        yield Miss("ask_for", "ask for", _listed(wanted), _listed(got))


def _money(field: str) -> Callable[[Given, Mapping[str, str]], Iterator[Miss]]:
    def compared(given: Given, wanted: Mapping[str, str]) -> Iterator[Miss]:
        there = _verdicts(given)
        for id, expected in wanted.items():
            sum = getattr(there[id], field) if id in there else None
            if id not in there or sum_of(sum) != _expected_sum(expected):
                got = (sum_of(sum) or UNKNOWN) if id in there else shown(None)
                yield Miss(field, f"{field} of {id}", expected, got, (id,))

    return compared


def _expected_sum(text: str) -> str | None:
    return None if text == UNKNOWN else str(Money.parse(text))


def sum_of(cost: Cost | None) -> str | None:
    """`34.90 EUR`; None where it can't be told."""
    return None if cost is None else str(Money.of(cost.amount, cost.currency))


def _clocks(given: Given, wanted: Mapping[str, Any]) -> Iterator[Miss]:
    due = {one.rule: one.due for one in given.decision.clocks}
    for id, expected in wanted.items():
        at = due.get(id)
        same = at and (at == expected if isinstance(expected, datetime) else at.date() == expected)
        if not same:
            got = at.isoformat() if at else "does not run"
            yield Miss("clocks", f"clock {id}", str(expected), got, (id,))


def _draft(given: Given, wanted: bool) -> Iterator[Miss]:
    if given.draft is not wanted:
        words = {True: "a draft is made", False: "a person writes"}
        yield Miss("draft", "draft", words[wanted], words[given.draft])


def _links(given: Given, wanted: str) -> Iterator[Miss]:
    if given.decision.links != wanted:
        yield Miss("links", "links", wanted, str(given.decision.links))


def _attachments(given: Given, wanted: Any) -> Iterator[Miss]:
    got = given.decision.attachments
    same = bool(got) is wanted if isinstance(wanted, bool) else set(got) == set(wanted)
    if not same:
        expected = ("any" if wanted else "none") if isinstance(wanted, bool) else _listed(wanted)
        yield Miss("attachments", "attachments", expected, _listed(got))


def rules_in_force(decision: Decision) -> tuple[str, ...]:
    """The ids of all that took part: rules, remedies, law, clocks."""
    return unique([one.rule for one in decision.proof] + [one.rule for one in decision.clocks])


def _rules(given: Given) -> Iterator[tuple[str, str]]:
    return ((one, one) for one in rules_in_force(given.decision))


def _must(given: Given) -> Iterator[tuple[str, str]]:
    return ((one.check, one.rule) for one in given.decision.must)


def _must_not(given: Given) -> Iterator[tuple[str, str]]:
    return ((one.check, one.rule) for one in given.decision.must_not)


def _findings(given: Given) -> Iterator[tuple[str, str]]:
    return ((one.rule, one.rule) for one in given.findings)


_VERDICTS = {"allowed": "allowed", "lead": "with a lead", "denied": "denied"}
_COMPARISONS: Mapping[str, Callable[[Given, Any], Iterator[Miss]]] = {
    "allowed": _allowed,
    "lead": _with_verdict("lead"),
    "denied": _with_verdict("denied"),
    "ask": _ask,
    "must": _contained("must", _must),
    "must_not": _contained("must_not", _must_not),
    "rules": _contained("rules", _rules),
    "no_rules": _contained("no_rules", _rules, absent=True),
    "ask_for": _ask_for,
    "cost": _money("cost"),
    "amount": _money("amount"),
    "clocks": _clocks,
    "draft": _draft,
    "links": _links,
    "attachments": _attachments,
    "findings": _contained("findings", _findings),
    "no_findings": _contained("no_findings", _findings, absent=True),
}


def shown(remedy: Remedy | None) -> str:
    """A verdict in words."""
    if remedy is None:
        return "no such remedy here"
    if remedy.verdict == "ask":
        return f"asks for {_listed(remedy.missing)}"
    if remedy.verdict == "lead" and remedy.missing:
        return f"with a lead ({_listed(remedy.missing)})"
    return _VERDICTS[remedy.verdict]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
