"""What WooCommerce does for a person who approved it, and whether it did.

Notes, refunds, coupons and orders carry our key and are found by it; a cancelled order and a new
address are seen on the order itself. A refund goes through the payment plugin (`api_refund`).
Unverified against a real site: that every payment plugin takes refunds by the API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from assistant.errors import Rejected
from assistant.model import Address, ChangeKind, Wanted, Written
from assistant.words import say
from connectors.shopping.values import at, count, each, known, line, marked, words

WRITES: frozenset[ChangeKind] = frozenset(
    {"note", "address", "cancel", "refund", "resend", "coupon"}
)
KEY = "_parley_key"


class Site(Protocol):
    async def get(self, path: str, **params: str) -> Any: ...

    async def put(self, method: str, path: str, body: Mapping[str, Any]) -> Any: ...


async def written(site: Site, order: Mapping[str, Any], wanted: Wanted, key: str) -> Written:
    """Do it. Raises: Unavailable, Rejected, Unsure."""
    about = f"/orders/{line(order.get('id'))}"
    match wanted.kind:
        case "note":
            body = {"note": marked(wanted.text, key), "customer_note": False}
            done = await site.put("POST", f"{about}/notes", body)
        case "cancel":
            done = await site.put("PUT", about, {"status": "cancelled"})
        case "address":
            done = await site.put("PUT", about, {"shipping": _shipping(wanted.address)})
        case "refund":
            reason = marked(wanted.text, key)
            body = {"amount": f"{wanted.amount:.2f}", "reason": reason, "api_refund": True}
            done = await site.put("POST", f"{about}/refunds", body)
        case "resend":
            done = await site.put("POST", "/orders", _again(order, key))
        case "coupon":
            done = await site.put("POST", "/coupons", _coupon(wanted, key))
    return Written(external_id=known(at(done, "id")))


async def found(
    site: Site, order: Mapping[str, Any] | None, wanted: Wanted, key: str
) -> Written | None:
    """Whether it was done. Raises: Unavailable."""
    about = f"/orders/{line(at(order, 'id'))}"
    match wanted.kind:
        case "coupon":
            traces = each(await site.get("/coupons", code=wanted.code))
            return _first(traces, "description", key)
        case "note":
            return _first(each(await site.get(f"{about}/notes")), "note", key)
        case "refund":
            return _first(each(await site.get(f"{about}/refunds")), "reason", key)
        case "resend":
            return await _sent_again(site, order, key)
    return Written() if _seen(order, wanted) else None


def _seen(order: Any, wanted: Wanted) -> bool:
    """What the order itself shows of it."""
    if wanted.kind == "cancel":
        return bool(at(order, "status") == "cancelled")
    there = at(order, "shipping")
    wants = _shipping(wanted.address)
    return all(line(at(there, name)) == line(one) for name, one in wants.items())


async def _sent_again(site: Site, order: Any, key: str) -> Written | None:
    email = line(at(order, "billing", "email"))
    for one in each(await site.get("/orders", search=email, per_page="20", orderby="date")):
        if any(m.get("key") == KEY and m.get("value") == key for m in each(one, "meta_data")):
            return Written(external_id=known(one.get("id")))
    return None


def _first(traces: Sequence[Mapping[str, Any]], name: str, key: str) -> Written | None:
    for one in traces:
        if key in words(one.get(name)):
            return Written(external_id=known(one.get("id")))
    return None


def _shipping(address: Address | None) -> Mapping[str, str]:
    if address is None:
        raise Rejected(say("There is no address."))
    first, _, last = address.name.rpartition(" ")
    return {
        "first_name": first,
        "last_name": last,
        "address_1": address.line1 or "",
        "address_2": address.line2 or "",
        "city": address.city or "",
        "state": address.region or "",
        "postcode": address.postcode or "",
        "country": address.country or "",
        "phone": address.phone or "",
    }


def _again(order: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The same goods to the same place, for nothing."""
    items = [
        {
            "product_id": one.get("product_id"),
            "variation_id": one.get("variation_id") or 0,
            "quantity": count(one.get("quantity")) or 1,
            "subtotal": "0",
            "total": "0",
        }
        for one in each(order, "line_items")
    ]
    shipped = at(order, "shipping_lines", 0) or {}
    way = {"method_id": shipped.get("method_id"), "method_title": shipped.get("method_title")}
    return {
        "status": "processing",
        "set_paid": True,
        "customer_id": order.get("customer_id") or 0,
        "currency": order.get("currency"),
        "billing": order.get("billing"),
        "shipping": order.get("shipping"),
        "line_items": items,
        "shipping_lines": [{**way, "total": "0"}] if way["method_id"] else [],
        "meta_data": [{"key": KEY, "value": key}],
    }


def _coupon(wanted: Wanted, key: str) -> Mapping[str, Any]:
    """Once, for whoever has the code."""
    return {
        "code": wanted.code,
        "discount_type": "fixed_cart",
        "amount": f"{wanted.amount:.2f}",
        "usage_limit": 1,
        "individual_use": True,
        "description": marked("Parley", key),
    }
