"""What the playbooks allow, demand and forbid in one case, with the proof. Pure, deterministic.

Nothing is looked at but the question and the playbooks: no clock, no locale, no order of a set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from assistant.deciding import laws as law
from assistant.deciding import running
from assistant.deciding.case import Case
from assistant.deciding.question import Question
from assistant.deciding.remedies import Judged, judge
from assistant.deciding.rules import InForce, in_force, of_bans, of_culture, of_platform, together
from assistant.model import Decision, Demand, Evidence, Intent, RunningClock
from assistant.playbooks import CHECKS, MARKETPLACE, Playbooks, Policy

FAULTS: frozenset[Intent] = frozenset(
    {"damaged", "wrong_item", "missing_item", "not_as_described", "malfunction"}
)
"""What is our fault; money asked for because of one is settled with it."""
SETTLED_WITH_THE_FAULT: frozenset[Intent] = frozenset(
    {"return_request", "refund_status", "review_negative", "complaint_service"}
)
KIND: frozenset[Intent] = frozenset({"thanks", "review_positive"})
"""Beside another matter, a kind word needs no answer of its own."""
Laws = tuple[law.InForce, ...]


def decide(question: Question, playbooks: Playbooks) -> Decision:
    """The decision on *question*. Raises: ValueError, where a fact has no such name or type."""
    case = Case(question, playbooks)
    laws = {one: law.laws_of(case, case.about(one)) for one in dealt_with(question.intents)}
    ranked = _ranked(case, laws)
    wanted = _ask_for(case, ranked)
    rules = _rules(case, asking=bool(wanted))
    clocks = _clocks(case)
    every = tuple({one.rule: one for found in laws.values() for one in found}.values())
    rights = _rights(ranked, every)
    must = (*rights, *_of_laws(every, "must"), *(one for rule in rules for one in rule.must))
    forbid = (*_of_laws(every, "forbid"), *(one for rule in rules for one in rule.forbid))
    proof = _proof(case, ranked, every, rules, clocks)
    return Decision(
        remedies=tuple(one.remedy for one in ranked),
        must=together(must),
        must_not=together(forbid),
        ask_for=wanted,
        proof=proof,
        playbook_version=playbooks.version,
        clocks=tuple(clock for clock, _ in clocks),
        links=case.platform.links,
        attachments=_attachments(case),
    )


def dealt_with(intents: tuple[Intent, ...]) -> tuple[Intent, ...]:
    """The intents that need an answer of their own: what comes of a fault is settled with it."""
    fault = next((one for one in intents if one in FAULTS), None)
    if fault is None:
        return tuple(one for one in intents if one not in KIND) or intents[:1]
    return tuple(one for one in intents if one not in SETTLED_WITH_THE_FAULT | KIND)


def policies(question: Question, playbooks: Playbooks, intent: Intent) -> tuple[Policy, ...]:
    """The policies about *intent* that stand in this case."""
    return Case(question, playbooks).policies(intent)


# ── remedies ─────────────────────────────────────────────────────────────────


class _Cap(NamedTuple):
    """A policy that does nothing without a lead: beside it nothing is done without one."""

    because: str


def _ranked(case: Case, laws: dict[Intent, Laws]) -> list[Judged]:
    """Each remedy once, at its best: one reason to give it is enough."""
    best: dict[str, Judged] = {}
    caps: list[_Cap] = []
    for intent, in_their_force in laws.items():
        facts = case.about(intent)
        for policy in case.policies(intent):
            caps += _cap(policy)
            for rule in policy.remedies:
                judged = judge(policy, rule, facts, case, in_their_force)
                former = best.get(rule.id)
                if former is None or judged.rank < former.rank:
                    best[rule.id] = judged
    capped = (_capped(one, caps, case) for one in best.values())
    return sorted(capped, key=lambda one: one.rank)


def _cap(policy: Policy) -> Iterator[_Cap]:
    if policy.remedies and all(one.lead == "true" for one in policy.remedies):
        yield _Cap(f"{policy.id}.{policy.remedies[0].id}")


def _capped(judged: Judged, caps: Sequence[_Cap], case: Case) -> Judged:
    if not caps or judged.remedy.verdict != "allowed" or case.question.actor == "lead":
        return judged
    because = (*judged.remedy.because, caps[0].because)
    remedy = judged.remedy.model_copy(update={"verdict": "lead", "because": because})
    inputs = judged.evidence.inputs | {"verdict": "lead"}
    evidence = judged.evidence.model_copy(update={"inputs": inputs})
    return judged._replace(remedy=remedy, evidence=evidence)


def _ask_for(case: Case, ranked: Sequence[Judged]) -> tuple[str, ...]:
    """What remedies and policies still want to know from the buyer; nothing that was given."""
    wanted = [name for one in ranked if one.remedy.verdict == "ask" for name in one.remedy.missing]
    for intent in dealt_with(case.question.intents):
        for policy in case.policies(intent):
            if policy.draft:
                wanted += policy.ask_for
    return tuple(dict.fromkeys(name for name in wanted if name not in case.had))


# ── what must and must not be said ───────────────────────────────────────────


def _rules(case: Case, *, asking: bool) -> list[InForce]:
    """Of the policies in question, then of platform, market and culture."""
    found: list[InForce] = []
    for intent in dealt_with(case.question.intents):
        facts = {**case.about(intent), "request.asking": asking}
        for policy in case.policies(intent):
            found += in_force(policy.rules, facts, case)
    facts = {**case.about(case.question.intents[0]), "request.asking": asking}
    found += of_platform(case.platform, facts, case)
    found += in_force(case.market.rules if case.market else (), facts, case)
    found += of_bans(case)
    return [*found, *of_culture(case.culture, facts, case)]


def _of_laws(laws: Laws, side: str) -> list[Demand]:
    return [
        Demand(rule=one.rule, check=check, text=CHECKS[check])
        for one in laws
        if one.certain or side == "forbid"
        for check in getattr(one.law, side)
    ]


def _rights(ranked: Sequence[Judged], laws: Laws) -> list[Demand]:
    """A lesser offer never stands alone where the law owes the thing or the money."""
    offered = any(
        one.remedy.gives in law.LESSER and one.remedy.verdict != "denied" for one in ranked
    )
    right = law.owing_a_right(laws) if offered else None
    if right is None:
        return []
    return [Demand(rule=right.rule, check=law.STATE_RIGHT, text=CHECKS[law.STATE_RIGHT])]


# ── time limits, attachments ─────────────────────────────────────────────────


def _clocks(case: Case) -> list[running.Running]:
    """The nearest first; each once."""
    facts = case.about(case.question.intents[0])
    found = running.of_platform(case.platform, facts, case)
    for intent in dealt_with(case.question.intents):
        about = case.about(intent)
        found += running.running(case.market.clocks if case.market else (), "law", about, case)
        for policy in case.policies(intent):
            found += running.running(policy.clocks, "ours", about, case)
    once: dict[str, running.Running] = {}
    for clock, evidence in sorted(found, key=lambda one: _by_time(one[0])):
        once.setdefault(clock.rule, (clock, evidence))
    return list(once.values())


def _by_time(clock: RunningClock) -> tuple[float, str]:
    return clock.due.timestamp(), clock.rule


def _attachments(case: Case) -> tuple[str, ...]:
    if not case.platform.attachments:
        return ()
    return tuple(case.platform.attachment_kinds) or ("any",)


# ── proof ────────────────────────────────────────────────────────────────────


def _proof(
    case: Case,
    ranked: Sequence[Judged],
    laws: Laws,
    rules: Sequence[InForce],
    clocks: Sequence[running.Running],
) -> tuple[Evidence, ...]:
    """Every step once: remedies, laws, rules, clocks, the platform."""
    name = f"platform.{case.platform.id}"
    stated = {one.evidence.rule: one.evidence for one in rules if one.evidence.rule != name}
    running_now = {evidence.rule: evidence for _, evidence in clocks}
    return (
        *(one.evidence for one in ranked),
        *(one.evidence for one in laws),
        *stated.values(),
        *running_now.values(),
        Evidence(rule=name, source=case.platform.file, inputs=_there(case)),
    )


def _there(case: Case) -> dict[str, object]:
    platform = case.platform
    return {
        "platform": case.question.platform,
        "stands_in": platform.id == MARKETPLACE,
        "tracking_links": platform.tracking_links,
        "links": platform.links,
        "attachments": list(_attachments(case)),
        "attachment_max_mb": platform.attachment_max_mb,
        "max_chars": platform.max_chars,
        "review_ask": platform.review_ask,
    }
