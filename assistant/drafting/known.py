"""The facts of one matter, by the names that conditions use. What nobody knows is absent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from assistant.deciding import Fact
from assistant.drafting.answers import stated
from assistant.drafting.matter import Matter
from assistant.drafting.own import wanted_size
from assistant.playbooks import Money

_UPSET = frozenset({"anger", "disappointment", "worry", "sadness"})


def known(matter: Matter) -> dict[str, Fact]:
    """Name → value, by the names of `assistant.playbooks.vocabulary`, as a question has them."""
    facts = {**_request(matter), **_order(matter), **_item(matter), **_parcel(matter)}
    return {name: _fact(value) for name, value in facts.items() if value is not None}


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
    return {
        "request.answered": bool(stated(situation, understanding.language)),
        "request.occasion": "occasion" in details,
        "request.emotional": understanding.emotion.kind != "neutral",
        "request.product": "product" in details,
        "request.upset": understanding.emotion.kind in _UPSET,
        "request.size": wanted_size(matter),
        "stock.count": matter.stock.in_stock if matter.stock else None,
        "buyer.verified": bool(situation.buyer and situation.buyer.verified),
    }


def _order(matter: Matter) -> dict[str, Any]:
    order = matter.order
    if order is None:
        return {"order.known": False}
    arrivals = [matter.delivered_at(one) for one in matter.parcels]
    last = max((at for at in arrivals if at is not None), default=None)
    return {
        "order.known": True,
        "order.ref": order.ref,
        "order.status": order.status,
        "order.total": matter.total,
        "order.refundable": matter.refundable,
        "order.days_since_placed": matter.days_since(order.placed_at) if order.placed_at else None,
        "order.shipped": matter.shipped,
        "order.delivered": _delivered(matter),
        "order.days_since_delivery": matter.days_since(last) if last else None,
        "parcel.known": bool(matter.parcels),
    }


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
        "item.price": matter.item_price,
        "item.refundable": matter.item_refundable,
        "item.quantity": item.qty,
        "item.in_stock": item.in_stock,
    }


def _parcel(matter: Matter) -> dict[str, Any]:
    parcel = matter.parcel
    if parcel is None:
        return {}
    late = matter.days_late(parcel)
    under_way = not matter.delivered(parcel)
    latest = parcel.latest
    return {
        "parcel.status": parcel.status,
        "parcel.late": late > 0 and under_way if late is not None else None,
        "parcel.days_late": late,
        "parcel.days_since_scan": matter.days_since(latest.at) if latest else None,
        "parcel.eta": parcel.eta,
    }
