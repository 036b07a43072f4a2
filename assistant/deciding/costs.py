"""What a remedy costs the seller: item by item, in one currency, or not told at all."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from assistant.deciding.case import Case, Facts
from assistant.model import Cost
from assistant.playbooks import Money, Rates, RemedyRule, UsedRate

RECOVERY = "recovery"
"""The part that comes back; all others are added up, and this one taken off."""
FREE = frozenset({"information", "inquiry", "document", "cancellation", "change"})
"""What sends no goods and no money: costs nothing where no cost is written."""


class Price(NamedTuple):
    """`cost` is None where it can't be told; `missing` says what for."""

    cost: Cost | None
    missing: tuple[str, ...] = ()
    rates: tuple[UsedRate, ...] = ()


def price(rule: RemedyRule, facts: Facts, case: Case) -> Price:
    """The cost of *rule*, in the currency of its first part."""
    parts: dict[str, Money] = {}
    missing: list[str] = []
    used: list[UsedRate] = []
    for part, formula in rule.cost_parts.items():
        outcome = case.evaluate(formula, "money", facts)
        missing += outcome.missing
        used += outcome.rates
        if isinstance(outcome.value, Money):
            parts[part] = outcome.value
    if missing or not parts:
        return Price(None, tuple(dict.fromkeys(missing)), tuple(used))
    return _together(parts, used, case.question.rates)


def _together(parts: dict[str, Money], used: list[UsedRate], rates: Rates | None) -> Price:
    currency = next(iter(parts.values())).currency
    same: dict[str, Money] = {}
    for part, one in parts.items():
        converted = in_currency(one, currency, rates)
        if converted is None:
            return Price(None, (f"rate {one.currency} to {currency}",), tuple(used))
        used += used_rate(one, currency, rates)
        same[part] = converted
    total = sum(one.minor * (-1 if part == RECOVERY else 1) for part, one in same.items())
    itemised = {part: one.amount for part, one in same.items()} if "total" not in same else {}
    cost = Cost(amount=Money(total, currency).amount, currency=currency, parts=itemised)
    return Price(cost, (), tuple(used))


def in_currency(money: Money, currency: str, rates: Rates | None) -> Money | None:
    """*money* in *currency* by the day's rates; None without them."""
    if money.currency == currency:
        return money
    return rates.convert(money, currency) if rates else None


def used_rate(money: Money, currency: str, rates: Rates | None) -> tuple[UsedRate, ...]:
    """The rate by which the two met."""
    rate = rates.rate(money.currency, currency) if rates and money.currency != currency else None
    if rate is None or rates is None:
        return ()
    return (UsedRate(money.currency, currency, rate, rates.day, rates.source),)


def order_of(cost: Cost | None, gives: str, *, written: bool, rates: Rates | None) -> OfCost:
    """Where a cost stands among others: the cheaper first, the unknown last.

    Currencies without a rate stand one after the other, each in the order of its amounts.
    """
    if cost is None:
        return (0, "", Decimal(0)) if gives in FREE and not written else (2, "", Decimal(0))
    rate = rates.rate(cost.currency, rates.base) if rates else None
    if rate is None or rates is None:
        return (1 if cost.amount > 0 else 0, cost.currency, cost.amount)
    return (1 if cost.amount > 0 else 0, "", cost.amount * rate)


OfCost = tuple[int, str, Decimal]
