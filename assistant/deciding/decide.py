"""What the playbooks allow, demand and forbid in one case, with the proof. Pure, deterministic.

Nothing is looked at but the question and the playbooks: no clock, no locale, no order of a set.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.deciding.question import Question
from assistant.deciding.remedies import Judged, judge
from assistant.deciding.rules import InForce, demands, in_force
from assistant.model import Decision, Evidence, Intent
from assistant.playbooks import MARKETPLACE, Playbooks

FAULTS: frozenset[Intent] = frozenset(
    {"damaged", "wrong_item", "missing_item", "not_as_described", "malfunction"}
)
"""What is our fault; money asked for because of one is settled with it."""
SETTLED_WITH_THE_FAULT: frozenset[Intent] = frozenset(
    {"return_request", "refund_status", "review_negative", "complaint_service"}
)
KIND: frozenset[Intent] = frozenset({"thanks", "review_positive"})
"""Beside another matter, a kind word needs no answer of its own."""


def decide(question: Question, playbooks: Playbooks) -> Decision:
    """The decision on *question*. Raises: ValueError, where a fact has no such name or type."""
    judged: dict[str, Judged] = {}
    for intent in dealt_with(question.intents):
        facts = question.about(intent)
        for policy in playbooks.policies_for(intent):
            for rule in policy.remedies:
                judged.setdefault(rule.id, judge(policy, rule, facts, question, playbooks))
    ranked = sorted(judged.values(), key=lambda one: one.rank)
    wanted = _ask_for(question, playbooks, ranked)
    rules = _rules(question, playbooks, asking=bool(wanted))
    return Decision(
        remedies=tuple(one.remedy for one in ranked),
        must=demands(rules, "must"),
        must_not=demands(rules, "forbid"),
        ask_for=wanted,
        proof=_proof(question, playbooks, ranked, rules),
        playbook_version=playbooks.version,
    )


def dealt_with(intents: tuple[Intent, ...]) -> tuple[Intent, ...]:
    """The intents that need an answer of their own: what comes of a fault is settled with it."""
    fault = next((one for one in intents if one in FAULTS), None)
    if fault is None:
        return tuple(one for one in intents if one not in KIND) or intents[:1]
    return tuple(one for one in intents if one not in SETTLED_WITH_THE_FAULT | KIND)


def _rules(question: Question, playbooks: Playbooks, *, asking: bool) -> list[InForce]:
    """Of the policies in question, then of platform, market and culture."""
    found: list[InForce] = []
    for intent in dealt_with(question.intents):
        facts = {**question.about(intent), "request.asking": asking}
        for policy in playbooks.policies_for(intent):
            found += in_force(policy.rules, facts)
    facts = {**question.about(question.intents[0]), "request.asking": asking}
    market = playbooks.market(question.market)
    for rules in (
        playbooks.platform(question.platform).rules,
        market.rules if market else (),
        playbooks.culture(question.language, question.market).rules,
    ):
        found += in_force(rules, facts)
    return found


def _ask_for(question: Question, playbooks: Playbooks, ranked: Sequence[Judged]) -> tuple[str, ...]:
    """What remedies and policies still want to know from the buyer; nothing that was given."""
    wanted = [name for one in ranked if one.remedy.verdict == "ask" for name in one.remedy.missing]
    for intent in dealt_with(question.intents):
        for policy in playbooks.policies_for(intent):
            if policy.draft:
                wanted += policy.ask_for
    return tuple(dict.fromkeys(name for name in wanted if name not in question.had))


def _proof(
    question: Question,
    playbooks: Playbooks,
    ranked: Sequence[Judged],
    rules: Sequence[InForce],
) -> tuple[Evidence, ...]:
    market, platform = playbooks.market(question.market), playbooks.platform(question.platform)
    laws = {
        law.id: Evidence(rule=law.id, source=law.source, checked_on=law.checked_on, inputs={})
        for law in (market.law if market else ())
        if any(law.id in one.remedy.because for one in ranked)
    }
    stated = {evidence.rule: evidence for _, evidence in rules}
    there = Evidence(
        rule=f"platform.{platform.id}",
        source=platform.file,
        inputs={
            "platform": question.platform,
            "stands_in": platform.id == MARKETPLACE,
            "tracking_links": platform.tracking_links,
        },
    )
    return (*(one.evidence for one in ranked), *laws.values(), *stated.values(), there)
