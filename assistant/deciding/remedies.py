"""One remedy of a policy in one case: its verdict, what is missing, its cost, its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from assistant.deciding.question import Question
from assistant.model import Cost, Evidence, Remedy, Verdict
from assistant.playbooks import Law, Money, Playbooks, Policy, RemedyRule
from assistant.playbooks.vocabulary import VARIABLES, Outcome, evaluate, names_in

NOTHING_LEFT = "nothing left to refund"
"""Said as a missing fact: the sum that a refund would need is nought."""
_WISH_OF: Mapping[str, frozenset[str]] = {
    "refund": frozenset({"refund"}),
    "resend": frozenset({"resend", "exchange", "replacement"}),
    "exchange": frozenset({"exchange", "resend", "replacement"}),
    "information": frozenset({"information"}),
    "cancellation": frozenset({"cancel", "cancellation"}),
    "return": frozenset({"return"}),
}
_ORDER: Mapping[Verdict, int] = {"allowed": 0, "lead": 1, "ask": 2, "denied": 3}


class Judged(NamedTuple):
    remedy: Remedy
    evidence: Evidence
    wished: bool

    @property
    def rank(self) -> tuple[int, bool, bool, Any, str]:
        """What may be offered first; among those what the buyer asks for; then what costs us
        least."""
        cost = self.remedy.cost
        return (
            _ORDER[self.remedy.verdict],
            not self.wished,
            cost is None,
            cost.amount if cost else 0,
            self.remedy.id,
        )


def wished(gives: str, wishes: tuple[str, ...]) -> bool:
    """The buyer asked for this by name."""
    return bool(_WISH_OF.get(gives, frozenset()) & set(wishes))


def judge(
    policy: Policy,
    rule: RemedyRule,
    facts: Mapping[str, Any],
    question: Question,
    playbooks: Playbooks,
) -> Judged:
    """The verdict on *rule* of *policy*."""
    name = f"{policy.id}.{rule.id}"
    verdict, missing = _verdict(rule, facts, question)
    laws = _laws(rule, facts, question, playbooks)
    if verdict == "denied" and laws:
        verdict = "lead"
    inputs = {one: plain(facts[one]) for one in _looked_at(rule) if one in facts}
    inputs |= {"remedy": rule.id, "gives": rule.gives, "verdict": verdict}
    amount = _value(rule.amount, facts)
    if amount is not None and verdict in ("allowed", "lead") and not missing:
        inputs["refund_amount"] = str(amount)
    cost = _total(rule, facts)
    remedy = Remedy(
        id=rule.id,
        verdict=verdict,
        because=(name, *(law.id for law in laws)),
        missing=missing,
        cost=Cost(amount=cost.amount, currency=cost.currency) if cost else None,
    )
    evidence = Evidence(rule=name, source=policy.file, inputs=inputs)
    return Judged(remedy, evidence, wished(rule.gives, question.wishes))


def _verdict(
    rule: RemedyRule, facts: Mapping[str, Any], question: Question
) -> tuple[Verdict, tuple[str, ...]]:
    """Allowed only where every fact that was looked at is known."""
    outcome = evaluate(rule.allow, "bool", facts)
    if outcome.missing:
        return _unknown(outcome, question)
    if not outcome.value:
        return "denied", ()
    amount = evaluate(rule.amount, "money", facts) if rule.amount else None
    if amount and amount.missing:
        return _unknown(amount, question)
    return _with_a_lead(rule, facts, amount.value if amount else None)


def _with_a_lead(
    rule: RemedyRule, facts: Mapping[str, Any], amount: Money | None
) -> tuple[Verdict, tuple[str, ...]]:
    if amount is not None and amount.minor <= 0:
        return "lead", (NOTHING_LEFT,)
    lead = evaluate(rule.lead, "bool", facts) if rule.lead else Outcome(False)
    if lead.missing or lead.value:
        return "lead", lead.missing
    if not rule.lead_above or amount is None:
        return "allowed", ()
    limits = {limit.currency: limit for limit in map(Money.parse, rule.lead_above)}
    if amount.currency not in limits:
        return "lead", (f"rate {amount.currency} to {next(iter(limits))}",)
    return ("allowed" if amount.at_most(limits[amount.currency]) else "lead"), ()


def _unknown(outcome: Outcome, question: Question) -> tuple[Verdict, tuple[str, ...]]:
    """Ask the buyer for what they can give and have not; else a lead must find out."""
    facts: list[str] = []
    questions: list[str] = []
    for name in outcome.missing:
        askable: str | None = VARIABLES[name].ask if name in VARIABLES else None
        unseen = not question.known["order.known"]
        if unseen and name.startswith(("order.", "item.", "parcel.")):
            askable, name = "order_number", "order"
        elif askable == "order_number":
            askable = None
        if askable and askable not in question.had:
            questions.append(askable)
        else:
            facts.append(name)
    if questions:
        return "ask", tuple(dict.fromkeys(questions))
    return "lead", tuple(dict.fromkeys(facts))


def _laws(
    rule: RemedyRule, facts: Mapping[str, Any], question: Question, playbooks: Playbooks
) -> tuple[Law, ...]:
    """Those of the buyer's market that owe what the remedy gives."""
    market = playbooks.market(question.market)
    return tuple(
        law
        for law in (market.law if market else ())
        if rule.gives in law.owes and evaluate(law.when, "bool", facts).value is True
    )


def _looked_at(rule: RemedyRule) -> tuple[str, ...]:
    parts = (rule.allow, rule.lead, rule.amount, *rule.cost_parts.values())
    return tuple(dict.fromkeys(name for part in parts if part for name in names_in(part)))


def _value(formula: str | None, facts: Mapping[str, Any]) -> Money | None:
    value = evaluate(formula, "money", facts).value if formula else None
    return value if isinstance(value, Money) else None


def _total(rule: RemedyRule, facts: Mapping[str, Any]) -> Money | None:
    """All parts together, less what comes back; None where one can't be told."""
    total: Money | None = None
    for part, formula in rule.cost_parts.items():
        value = _value(formula, facts)
        if value is None or (total and total.currency != value.currency):
            return None
        value = value.times(-1) if part == "recovery" else value
        total = total.plus(value) if total else value
    return total


def plain(value: Any) -> Any:
    """For JSON."""
    if isinstance(value, Mapping):
        return str(Money.from_cel(value))
    return value.isoformat() if isinstance(value, datetime) else value
