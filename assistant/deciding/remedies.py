"""One remedy of a policy in one case: its verdict, what is missing, its cost, its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from assistant.deciding.case import Case, Facts
from assistant.deciding.costs import OfCost, in_currency, order_of, price
from assistant.deciding.laws import InForce, owing
from assistant.deciding.limits import granted
from assistant.deciding.verdict import DENIED, Ruled, told
from assistant.model import Cost, Evidence, Remedy, Verdict
from assistant.playbooks import Money, Policy, RemedyRule
from assistant.playbooks.expressions import conjuncts, disjuncts
from assistant.playbooks.vocabulary import Outcome

REFUNDING = frozenset({"refund", "partial_refund", "return", "cancellation"})
"""What gives money back: its sum stands in the proof as `refund_amount`, others' as `amount`."""
_ALL_BACK = frozenset({"refund", "return", "cancellation"})
LESS_THAN_OWED = "less than the law owes"
"""Said as a missing fact: why all of it does not go back."""
SENDING = frozenset({"resend", "part", "exchange", "repair"})
"""What sends goods to the buyer."""
_WISH_OF: Mapping[str, frozenset[str]] = {
    "refund": frozenset({"refund"}),
    "partial_refund": frozenset({"discount", "partial_refund"}),
    "store_credit": frozenset({"store_credit"}),
    "coupon": frozenset({"discount", "coupon"}),
    "goodwill": frozenset({"discount", "compensation", "goodwill"}),
    "resend": frozenset({"resend", "exchange", "replacement"}),
    "exchange": frozenset({"exchange", "resend", "replacement"}),
    "part": frozenset({"part", "repair"}),
    "repair": frozenset({"repair"}),
    "information": frozenset({"information"}),
    "cancellation": frozenset({"cancel", "cancellation", "refund"}),
    "change": frozenset({"change"}),
    "return": frozenset({"return", "refund"}),
    "document": frozenset({"document", "invoice"}),
}
ORDER: Mapping[Verdict, int] = {"allowed": 0, "lead": 1, "ask": 2, "denied": 3}
_AT_HAND = ("item.in_stock", "wanted.in_stock", "stock.count")
_STOPPING: Mapping[str, tuple[str, ...]] = {
    "cancellation": ("order.shipped", "order.delivered", "order.cancelled"),
    "change": ("order.shipped", "order.delivered", "order.cancelled"),
}
"""What no law can change: goods that are not there, an order that has left."""


class Judged(NamedTuple):
    remedy: Remedy
    evidence: Evidence
    wished: bool
    priced: OfCost
    owed: tuple[InForce, ...] = ()

    @property
    def rank(self) -> tuple[int, bool, OfCost, str]:
        """What may be offered first; among those what the buyer asks for; then what costs us
        least."""
        return (ORDER[self.remedy.verdict], not self.wished, self.priced, self.remedy.id)


def wished(gives: str, wishes: tuple[str, ...]) -> bool:
    """The buyer asked for this by name."""
    return bool(_WISH_OF.get(gives, frozenset()) & set(wishes))


def judge(
    policy: Policy, rule: RemedyRule, facts: Facts, case: Case, laws: tuple[InForce, ...]
) -> Judged:
    """The verdict on *rule* of *policy*, where *laws* are in force."""
    name = f"{policy.id}.{rule.id}"
    owed = owing(rule.gives, laws)
    ruled = _whole(rule, _ruled(rule, facts, case, owed), owed, facts, case)
    ruled = _restricted(rule, ruled, case)
    cost = price(rule, facts, case)
    because = (name, *(one.rule for one in owed), *ruled.because)
    inputs = case.seen(_expressions(policy, rule), facts)
    inputs |= {"remedy": rule.id, "gives": rule.gives, "verdict": ruled.verdict}
    rates = dict.fromkeys(str(one) for one in (*ruled.rates, *cost.rates))
    shown = {
        "allow": rule.allow,
        **_sums(rule, ruled),
        "met": list(_met(rule.allow, facts, case)) if not ruled.failed else [],
        "failed": list(ruled.failed),
        "cost_missing": list(cost.missing),
        "rates": list(rates),
    }
    inputs |= {key: value for key, value in shown.items() if value}
    remedy = Remedy(
        id=rule.id,
        verdict=ruled.verdict,
        because=because,
        missing=ruled.missing,
        cost=cost.cost,
        gives=rule.gives,
        amount=_sum(ruled.amount),
        fee=_sum(ruled.fee),
    )
    written = rule.cost is not None
    return Judged(
        remedy,
        Evidence(rule=name, source=policy.file, inputs=inputs),
        wished(rule.gives, case.question.wishes),
        order_of(cost.cost, rule.gives, written=written, rates=case.question.rates),
        owed,
    )


def _ruled(rule: RemedyRule, facts: Facts, case: Case, owed: tuple[InForce, ...]) -> Ruled:
    """Allowed only where every fact that was looked at is known."""
    outcome = case.evaluate(rule.allow, "bool", facts)
    if outcome.missing:
        return told(_enough(rule.allow, outcome, facts, case), case)
    if outcome.value:
        ruled = granted(rule, facts, case)
        return ruled._replace(rates=(*outcome.rates, *ruled.rates))
    failed = _failed(rule.allow, facts, case)
    if not owed:
        return DENIED._replace(failed=failed, rates=outcome.rates)
    return _owed(rule, facts, case, owed, failed)


def _enough(condition: str, outcome: Outcome, facts: Facts, case: Case) -> Outcome:
    """One thing to ask for, where it would settle it alone: a photo or a film, not both (S4.9)."""
    for name in outcome.missing:
        shown = name.startswith("evidence.")
        if not shown:
            continue
        given = {**facts, name: True}
        if not case.words.evaluate(condition, "bool", given, case.question.rates).missing:
            return outcome._replace(missing=(name,))
    return outcome


def _owed(
    rule: RemedyRule, facts: Facts, case: Case, owed: tuple[InForce, ...], failed: tuple[str, ...]
) -> Ruled:
    """A policy denies what a law owes: a lead's, unless the law was read by somebody and nothing
    but the policy stands in the way."""
    ruled = granted(rule, facts, case)
    proven = any(one.verified for one in owed)
    verdict: Verdict = "lead"
    if proven and ruled.verdict in ("allowed", "ask") and not _can_not(rule, failed, case):
        verdict = ruled.verdict
    return ruled._replace(verdict=verdict, failed=failed)


def _whole(
    rule: RemedyRule, ruled: Ruled, owed: tuple[InForce, ...], facts: Facts, case: Case
) -> Ruled:
    """Where a law owes the money back, less than all of it is a lead's, whoever wrote the rule."""
    agents = ruled.verdict == "allowed" and case.question.actor != "lead"
    if not (agents and owed and ruled.amount and rule.gives in _ALL_BACK):
        return ruled
    due = facts.get("item.refundable", facts.get("order.refundable"))
    if due is None:
        return ruled._replace(verdict="lead", missing=("item.refundable",))
    all_of_it = Money.from_cel(due)
    there = in_currency(ruled.amount, all_of_it.currency, case.question.rates)
    if there is None or there.below(all_of_it):
        return ruled._replace(verdict="lead", missing=(LESS_THAN_OWED,))
    return ruled


def _can_not(rule: RemedyRule, failed: tuple[str, ...], case: Case) -> bool:
    """The goods are not there, or the order has left: no law helps."""
    names = {name for one in failed for name in case.words.names_in(one)}
    return bool(names & {*_AT_HAND, *_STOPPING.get(rule.gives, ())})


def _met(condition: str, facts: Facts, case: Case) -> tuple[str, ...]:
    """Its parts that are true; of alternatives those that are."""
    met: list[str] = []
    for part in conjuncts(condition):
        held = (one for one in disjuncts(part) if case.evaluate(one, "bool", facts).value is True)
        met += filter(None, (" || ".join(held),))
    return tuple(met)


def _failed(condition: str, facts: Facts, case: Case) -> tuple[str, ...]:
    """Those of its parts that are false."""
    parts = conjuncts(condition)
    return tuple(one for one in parts if case.evaluate(one, "bool", facts).value is False)


def _restricted(rule: RemedyRule, ruled: Ruled, case: Case) -> Ruled:
    """What may not be sold there is not sent there, whoever wants it."""
    if rule.gives not in SENDING or ruled.verdict == "denied":
        return ruled
    for ban in case.bans:
        verdict: Verdict = "denied" if ban.status == "verified" else "lead"
        stricter = verdict if ORDER[verdict] > ORDER[ruled.verdict] else ruled.verdict
        ruled = ruled._replace(verdict=stricter, because=(*ruled.because, ban.id))
    return ruled


def _sums(rule: RemedyRule, ruled: Ruled) -> dict[str, Any]:
    """What a reply may name: nothing of what is refused, or not yet known."""
    if ruled.verdict not in ("allowed", "lead") or ruled.missing:
        return {}
    key = "refund_amount" if rule.gives in REFUNDING else "amount"
    sums = {key: ruled.amount, "fee": ruled.fee}
    return {name: str(one) for name, one in sums.items() if one is not None}


def _sum(money: Money | None) -> Cost | None:
    return Cost(amount=money.amount, currency=money.currency) if money else None


def _expressions(policy: Policy, rule: RemedyRule) -> tuple[str | None, ...]:
    costs = rule.cost_parts.values()
    goodwill = "goodwill.left" if rule.goodwill else None
    confirmed = "request.confirmed" if rule.confirm else None
    parts = (policy.when, rule.allow, rule.lead, rule.amount, rule.fee, *costs)
    return (*parts, goodwill, confirmed)
