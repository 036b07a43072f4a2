"""Articles, sums and days that the buyer names, and whether an order bears them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from assistant.model import Mention, Order, same_order

if TYPE_CHECKING:
    from assistant.drafting.refs import Refs
    from assistant.drafting.spans import Span

MOST = 12
"""Of one conversation; the newest words come first."""


def mentions(numbers: Refs, found: Iterable[Span]) -> Iterator[Mention]:
    """What one text names, from its *numbers* and the spans *found* in it."""
    yield from numbers.articles
    for span in found:
        text = span.text.strip()
        if span.kind == "amount" and span.number is not None:
            units = tuple(sorted(span.units))
            yield Mention(kind="amount", text=text, number=span.number, currencies=units)
        elif span.kind == "date" and span.day is not None:
            year, month, day = span.day
            # 3/4 is the third of April to one reader, the fourth of March to another.
            other = ((year, day, month),) if span.ambiguous else ()
            yield Mention(kind="date", text=text, days=(span.day, *other))


def each_once(named: Iterable[Mention]) -> tuple[Mention, ...]:
    """The same sum in two spellings is one."""
    kept: dict[object, Mention] = {}
    for one in named:
        same = one.text if one.kind == "article" else (one.number, one.currencies, one.days)
        kept.setdefault((one.kind, same), one)
    return tuple(kept.values())[:MOST]


# ── held against the shop ────────────────────────────────────────────────────


def borne_out(one: Mention, order: Order, zone: tzinfo = UTC) -> bool:
    """Does *order* know that article, that sum, that day (of the buyer's *zone*)?"""
    if one.kind == "article":
        return any(same_order(item.sku, one.text) for item in order.items)
    if one.kind == "amount":
        return _in_currency(one, order) and any(_about(one, known) for known in _sums(order))
    return any(_on_day(one, at, zone) for at in _moments(order))


def found_by(one: Mention, order: Order, zone: tzinfo) -> bool:
    """Whoever says when they ordered, what or for how much, means this one."""
    if one.kind == "date":
        return order.placed_at is not None and _on_day(one, order.placed_at, zone)
    return borne_out(one, order, zone)


def unlike(named: Sequence[Mention], orders: Sequence[Order]) -> tuple[Mention, ...]:
    """Articles and sums that none of *orders* knows, where one of them could."""
    return tuple(
        one
        for one in named
        if one.kind != "date"
        and one.labelled
        and any(_comparable(one, order) for order in orders)
        and not any(borne_out(one, order) for order in orders)
    )


def _comparable(one: Mention, order: Order) -> bool:
    if one.kind == "article":
        return bool(order.items)
    return _in_currency(one, order) and any(True for _ in _sums(order))


def _in_currency(one: Mention, order: Order) -> bool:
    return order.currency in one.currencies


def _about(one: Mention, known: Decimal) -> bool:
    """“35 euros” were paid by whoever paid 34.90."""
    said = one.number
    rounded = said is not None and said == said.to_integral_value()
    return said == known or (rounded and abs(known - said) < 1 if said is not None else False)


def _sums(order: Order) -> Iterator[Decimal]:
    """What was paid, for what, and what went back."""
    if order.totals.total is not None:
        yield order.totals.total
    for item in order.items:
        if item.unit_price is not None:
            yield item.unit_price
            yield item.unit_price * item.qty
    for refund in order.refunds:
        if refund.amount is not None:
            yield refund.amount


def _moments(order: Order) -> Iterator[datetime]:
    if order.placed_at:
        yield order.placed_at
    for refund in order.refunds:
        if refund.at:
            yield refund.at
    for parcel in order.fulfilments:
        yield from filter(None, (parcel.shipped_at, parcel.delivered_at, parcel.eta))
        yield from (event.at for event in parcel.events)


def _on_day(one: Mention, at: datetime, zone: tzinfo) -> bool:
    local = at.astimezone(zone)
    return any(
        day == local.day and month in (0, local.month) and year in (None, local.year)
        for year, month, day in one.days
    )
