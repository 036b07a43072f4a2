"""What an agent may give without a lead: sums, budgets, what the buyer must have confirmed."""

from __future__ import annotations

from assistant.deciding.case import Case, Facts
from assistant.deciding.costs import in_currency, price, used_rate
from assistant.deciding.verdict import Ruled, told
from assistant.playbooks import Money, RemedyRule
from assistant.playbooks.vocabulary import Outcome

NOTHING_LEFT = "nothing left to refund"
"""Said as a missing fact: the sum that a refund would need is nought."""


def granted(rule: RemedyRule, facts: Facts, case: Case) -> Ruled:
    """Where the policy allows *rule*: by whom, and what is still missing."""
    sums = {name: _sum(getattr(rule, name), facts, case) for name in ("amount", "fee")}
    unknown = next((one for one in sums.values() if one and one.missing), None)
    if unknown:
        return told(unknown, case)
    amount, fee = (one.value if one else None for one in sums.values())
    rates = tuple(rate for one in sums.values() if one for rate in one.rates)
    ruled = Ruled("allowed", amount=amount, fee=fee, rates=rates)
    if amount is not None and amount.minor <= 0:
        return ruled._replace(verdict="lead", missing=(NOTHING_LEFT,))
    if case.question.actor != "lead":
        ruled = _for_an_agent(rule, ruled, facts, case)
    return _confirmed(rule, ruled, facts)


def _sum(formula: str | None, facts: Facts, case: Case) -> Outcome | None:
    return case.evaluate(formula, "money", facts) if formula else None


def _for_an_agent(rule: RemedyRule, ruled: Ruled, facts: Facts, case: Case) -> Ruled:
    """The first reason why a lead must decide; none: as it is."""
    lead = case.evaluate(rule.lead, "bool", facts) if rule.lead else Outcome(False)
    if lead.missing or lead.value:
        return ruled._replace(verdict="lead", missing=lead.missing)
    if rule.lead_above and ruled.amount is not None:
        ruled = _within(tuple(map(Money.parse, rule.lead_above)), ruled.amount, ruled, case)
    if rule.goodwill and ruled.verdict == "allowed":
        return _within_budget(rule, ruled, facts, case)
    return ruled


def _within(limits: tuple[Money, ...], amount: Money, ruled: Ruled, case: Case) -> Ruled:
    """No more than the limit in its currency; in another currency, than the first by the rate of
    the day."""
    limit = next((one for one in limits if one.currency == amount.currency), limits[0])
    rates = case.question.rates
    there = in_currency(amount, limit.currency, rates)
    if there is None:
        missing = (f"rate {amount.currency} to {limit.currency}",)
        return ruled._replace(verdict="lead", missing=missing)
    used = (*ruled.rates, *used_rate(amount, limit.currency, rates))
    verdict = ruled.verdict if there.at_most(limit) else "lead"
    return ruled._replace(verdict=verdict, rates=used)


def _within_budget(rule: RemedyRule, ruled: Ruled, facts: Facts, case: Case) -> Ruled:
    """What the agent may still give away this week covers it."""
    if "goodwill.left" not in facts:
        return ruled._replace(verdict="lead", missing=("goodwill.left",))
    spent = ruled.amount or _cost(rule, facts, case)
    if spent is None:
        return ruled._replace(verdict="lead", missing=("cost",))
    return _within((Money.from_cel(facts["goodwill.left"]),), spent, ruled, case)


def _cost(rule: RemedyRule, facts: Facts, case: Case) -> Money | None:
    cost = price(rule, facts, case).cost
    return Money.of(cost.amount, cost.currency) if cost else None


def _confirmed(rule: RemedyRule, ruled: Ruled, facts: Facts) -> Ruled:
    """What needs the buyer's yes is not done before it."""
    if not rule.confirm or ruled.verdict != "allowed" or facts.get("request.confirmed") is True:
        return ruled
    return ruled._replace(verdict="ask", missing=("request.confirmed",))
