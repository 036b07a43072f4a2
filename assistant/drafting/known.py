"""The facts of one matter, by the names that conditions use. What nobody knows is absent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from assistant.deciding import Fact
from assistant.drafting.answers import stated
from assistant.drafting.consent import confirmed
from assistant.drafting.matter import Matter
from assistant.drafting.own import wanted_size
from assistant.playbooks import Money
from assistant.playbooks.names import Kind

_UPSET = frozenset({"anger", "disappointment", "worry", "sadness"})
_PAID = frozenset({"paid", "partially_refunded", "refunded"})
_UNPAID = frozenset({"pending", "authorized", "unpaid", "voided", "expired", "failed"})
_YES: Mapping[str, bool] = {"true": True, "yes": True, "false": False, "no": False}


def known(matter: Matter) -> dict[str, Fact]:
    """Name → value, by the names of the playbooks' vocabulary, as a question has them.

    What Parley knows by itself goes before what a shop tells in `attributes`, or a buyer in words.
    """
    ours = {
        **_request(matter),
        **_order(matter),
        **_item(matter),
        **_wanted(matter),
        **_parcel(matter),
        **_buyer(matter),
    }
    told = {**_told(matter), **{name: one for name, one in ours.items() if one is not None}}
    return {name: _fact(value) for name, value in told.items()}


def _fact(value: Any) -> Fact:
    if isinstance(value, Money):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    fact: Fact = value
    return fact


def _request(matter: Matter) -> dict[str, Any]:
    understanding, situation = matter.understanding, matter.situation
    details = understanding.details
    newest = [one.at for one in situation.newest if one.at]
    return {
        "request.answered": bool(stated(situation, matter.language)),
        "request.at": max(newest, default=situation.now),
        "request.occasion": "occasion" in details,
        "request.emotional": understanding.emotion.kind != "neutral",
        "request.product": "product" in details,
        "request.upset": understanding.emotion.kind in _UPSET,
        "request.silent": matter.says_nothing,
        "request.deadline": matter.needed_by is not None,
        "request.strong": understanding.emotion.strong,
        "request.size": wanted_size(matter),
        "request.confirmed": confirmed(situation),
        "stock.count": matter.stock.in_stock if matter.stock else None,
        "goodwill.left": situation.goodwill_left,
        "goodwill.used": situation.goodwill_used,
    }


def _order(matter: Matter) -> dict[str, Any]:
    order = matter.order
    if order is None:
        return {"order.known": False}
    shipped_at = max((one.shipped_at for one in matter.parcels if one.shipped_at), default=None)
    arrivals = [matter.delivered_at(one) for one in matter.parcels]
    last = max((at for at in arrivals if at is not None), default=None)
    return {
        "order.known": True,
        "order.ref": order.ref,
        "order.status": order.status,
        "order.currency": order.currency,
        "order.country": order.ship_to.country,
        "order.total": matter.total,
        "order.refundable": matter.refundable,
        "order.refunded": matter.refunded,
        "order.refunds": len(order.refunds),
        "order.paid": _paid(order.payment.status),
        "order.payment_method": order.payment.method,
        "order.payment_status": order.payment.status,
        "order.cancelled": matter.cancelled if order.status else None,
        "order.lines": len(order.items) or None,
        "order.placed_at": order.placed_at,
        "order.days_since_placed": matter.days_since(order.placed_at) if order.placed_at else None,
        "order.shipped": matter.shipped,
        "order.shipped_at": shipped_at,
        "order.days_since_shipped": matter.days_since(shipped_at) if shipped_at else None,
        "order.delivered": _delivered(matter),
        "order.delivered_at": last,
        "order.days_since_delivery": matter.days_since(last) if last else None,
        "parcel.known": bool(matter.parcels),
        "parcel.count": len(matter.parcels),
        "route.to": order.ship_to.country,
    }


def _paid(status: str | None) -> bool | None:
    state = (status or "").lower()
    return True if state in _PAID else False if state in _UNPAID else None


def _delivered(matter: Matter) -> bool | None:
    if matter.parcels:
        return all(matter.delivered(one) for one in matter.parcels)
    status = (matter.order.status or "").lower() if matter.order else ""
    return status == "delivered" if status else None


def _item(matter: Matter) -> dict[str, Any]:
    item = matter.item
    if item is None:
        return {}
    return {
        "item.title": item.title,
        "item.sku": item.sku or None,
        "item.price": matter.item_price,
        "item.unit_price": matter.unit_price,
        "item.refundable": matter.item_refundable,
        "item.quantity": item.qty,
        "item.in_stock": item.in_stock,
    }


def _wanted(matter: Matter) -> dict[str, Any]:
    """What the buyer asks about, where the shop found it."""
    stock = matter.stock
    if stock is None:
        return {}
    priced = stock.price is not None and stock.currency is not None
    return {
        "wanted.sku": stock.sku,
        "wanted.in_stock": stock.in_stock,
        "wanted.price": Money.of(stock.price, stock.currency) if priced else None,  # type: ignore[arg-type]
    }


def _parcel(matter: Matter) -> dict[str, Any]:
    parcel = matter.parcel
    if parcel is None:
        return {}
    late = matter.days_late(parcel)
    under_way = not matter.delivered(parcel)
    latest = parcel.latest
    return {
        "parcel.number_known": parcel.number is not None,
        "parcel.status": parcel.status,
        "parcel.late": late > 0 and under_way if late is not None else None,
        "parcel.days_late": late,
        "parcel.days_since_scan": matter.days_since(latest.at) if latest else None,
        "parcel.days_in_transit": matter.days_in_transit(parcel),
        "parcel.days_to_spare": matter.days_to_spare,
        "parcel.shipped_at": parcel.shipped_at,
        "parcel.eta": parcel.eta,
    }


def _buyer(matter: Matter) -> dict[str, Any]:
    buyer = matter.situation.buyer
    return {"buyer.verified": bool(buyer and buyer.verified), "buyer.country": matter.country}


# ── what shops tell beyond what we know ──────────────────────────────────────


def _told(matter: Matter) -> dict[str, Any]:
    """Attributes and details that have a name in the vocabulary, where they are of its kind."""
    order, item = matter.order, matter.item
    sources: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("request", matter.understanding.details),
        ("evidence", matter.understanding.details),
        ("wanted", matter.understanding.details),
        ("order", order.attributes if order else {}),
        ("route", order.attributes if order else {}),
        ("buyer", order.customer.attributes if order else {}),
        ("item", item.attributes if item else {}),
    )
    variables = matter.playbooks.vocabulary.variables
    found: dict[str, Any] = {}
    for prefix, told in sources:
        for key, value in told.items():
            variable = variables.get(f"{prefix}.{key}")
            fact = _of_kind(value, variable.kind) if variable else None
            if fact is not None:
                found[f"{prefix}.{key}"] = fact
    return found


def _of_kind(value: Any, kind: Kind) -> Fact | None:
    """*value* as the vocabulary wants it; None where it can't be."""
    if isinstance(value, str):
        return _read(value, kind)
    if isinstance(value, bool):
        return value if kind == "bool" else None
    if isinstance(value, int):
        return value if kind == "int" else None
    return value if isinstance(value, tuple) and kind == "strings" else None


def _read(text: str, kind: Kind) -> Fact | None:
    try:
        if kind == "money":
            return str(Money.parse(text))
        if kind == "time":
            at = datetime.fromisoformat(text)
            return at.isoformat() if at.tzinfo else None
        if kind == "int":
            return int(text)
    except ValueError:
        return None
    if kind == "bool":
        return _YES.get(text.strip().lower())
    return (text,) if kind == "strings" else text
