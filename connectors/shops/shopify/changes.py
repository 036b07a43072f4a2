"""What Shopify does for a person who approved it, and whether it did.

A note, a refund, a coupon and a new order carry our key and are found by it; a cancelled order and
a new address are seen on the order itself. Needs the scopes `write_orders`, `write_draft_orders`
and `write_discounts`. Unverified against a real store: the shapes of these mutations, written by
shopify.dev's Admin API as of 2026-11. A cancellation neither refunds nor tells the buyer by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from assistant.errors import ParleyError, Rejected, Unsure
from assistant.model import Address, ChangeKind, Wanted, Written
from assistant.words import say
from connectors.shopping.values import at, count, each, known, line, marked, words

WRITES: frozenset[ChangeKind] = frozenset(
    {"note", "address", "cancel", "refund", "resend", "coupon"}
)
WRONG = "userErrors{field message}"
UPDATE = "mutation($i:OrderInput!){orderUpdate(input:$i){order{id} " + WRONG + "}}"
CANCEL = """
mutation($id:ID!,$why:String!){orderCancel(orderId:$id,reason:CUSTOMER,refund:false,restock:true,
 notifyCustomer:false,staffNote:$why){job{id} orderCancelUserErrors{field message}}}
"""
PAID = """
query($id:ID!){order(id:$id){id note cancelledAt email
 shippingAddress{name address1 address2 city provinceCode zip countryCodeV2 phone}
 transactions(first:50){id kind status gateway amountSet{presentmentMoney{amount currencyCode}}}
 refunds(first:50){id note}
 lineItems(first:50){nodes{currentQuantity variant{id}}}}}
"""
REFUND = "mutation($i:RefundInput!){refundCreate(input:$i){refund{id} " + WRONG + "}}"
DRAFT = "mutation($i:DraftOrderInput!){draftOrderCreate(input:$i){draftOrder{id} " + WRONG + "}}"
COMPLETE = (
    "mutation($id:ID!){draftOrderComplete(id:$id,paymentPending:false){draftOrder{id order{id}} "
    + WRONG
    + "}}"
)
AGAIN = "query($q:String!){orders(first:5,query:$q){nodes{id tags}}}"
COUPON = (
    "mutation($i:DiscountCodeBasicInput!){discountCodeBasicCreate(basicCodeDiscount:$i)"
    "{codeDiscountNode{id} " + WRONG + "}}"
)
COUPONS = """
query($c:String!){codeDiscountNodeByCode(code:$c){id codeDiscount{... on DiscountCodeBasic{title}}}}
"""
ADDRESS: Mapping[str, str] = {
    "line1": "address1",
    "line2": "address2",
    "city": "city",
    "region": "provinceCode",
    "postcode": "zip",
    "country": "countryCodeV2",
    "phone": "phone",
}


class Store(Protocol):
    async def ask(self, query: str, **variables: Any) -> Mapping[str, Any]: ...

    async def do(self, mutation: str, name: str, **variables: Any) -> Mapping[str, Any]: ...


async def written(store: Store, id: str, wanted: Wanted, key: str) -> Written:
    """Do it. Raises: Unavailable, Rejected, Unsure."""
    if wanted.kind == "coupon":
        coupon = _coupon(wanted, key)
        done = await store.do(COUPON, "discountCodeBasicCreate", i=coupon)
        return Written(external_id=known(at(done, "codeDiscountNode", "id")))
    if wanted.kind == "cancel":
        why = marked(wanted.text, key)
        done = await store.do(CANCEL, "orderCancel", id=id, why=why)
        return Written(external_id=known(at(done, "job", "id")))
    order = at(await store.ask(PAID, id=id), "order")
    match wanted.kind:
        case "note":
            # A note replaces the one before: what stood there is kept.
            note = "\n".join(
                part for part in (words(at(order, "note")), marked(wanted.text, key)) if part
            )
            done = await store.do(UPDATE, "orderUpdate", i={"id": id, "note": note})
        case "address":
            given = {"id": id, "shippingAddress": _mailing(wanted.address)}
            done = await store.do(UPDATE, "orderUpdate", i=given)
        case "refund":
            done = await store.do(REFUND, "refundCreate", i=_refund(order, id, wanted, key))
        case _:
            done = await _resent(store, order, key)
    inside = next((one for one in done.values() if isinstance(one, Mapping)), {})
    return Written(external_id=known(inside.get("id")))


async def found(store: Store, id: str, wanted: Wanted, key: str) -> Written | None:
    """Whether it was done. Raises: Unavailable."""
    if wanted.kind == "coupon":
        there = at(await store.ask(COUPONS, c=wanted.code), "codeDiscountNodeByCode")
        ours = key in line(at(there, "codeDiscount", "title"))
        return Written(external_id=known(at(there, "id"))) if ours else None
    if wanted.kind == "resend":
        again = each(await store.ask(AGAIN, q=f'tag:"{key}"'), "orders")
        made = next((one for one in again if key in (one.get("tags") or ())), None)
        return Written(external_id=known(made.get("id"))) if made else None
    return _seen(at(await store.ask(PAID, id=id), "order"), wanted, key)


def _seen(order: Any, wanted: Wanted, key: str) -> Written | None:
    """What the order itself shows of it."""
    match wanted.kind:
        case "note":
            return Written() if key in line(at(order, "note"), 10_000) else None
        case "cancel":
            return Written() if at(order, "cancelledAt") else None
        case "address":
            there = at(order, "shippingAddress")
            told = wanted.address.model_dump() if wanted.address else {}
            same = all(
                line(at(there, theirs)) == line(told.get(ours) or "")
                for ours, theirs in ADDRESS.items()
            )
            return Written() if told and same else None
    for one in each(order, "refunds"):
        if key in line(one.get("note"), 2_000):
            return Written(external_id=known(one.get("id")))
    return None


def _mailing(address: Address | None) -> Mapping[str, str]:
    if address is None:
        raise Rejected(say("There is no address."))
    first, _, last = address.name.rpartition(" ")
    told = address.model_dump()
    named = {theirs: told[ours] or "" for ours, theirs in ADDRESS.items()}
    country = named.pop("countryCodeV2")
    return {**named, "countryCode": country, "firstName": first, "lastName": last}


def _refund(order: Any, id: str, wanted: Wanted, key: str) -> Mapping[str, Any]:
    """Of the payment that was taken."""
    paid = [
        one
        for one in each(order, "transactions")
        if one.get("kind") in ("SALE", "CAPTURE") and one.get("status") == "SUCCESS"
    ]
    if not paid:
        raise Rejected(say("No payment of this order has so much left."))
    transaction = {
        "orderId": id,
        "parentId": paid[-1].get("id"),
        "gateway": paid[-1].get("gateway"),
        "kind": "REFUND",
        "amount": f"{wanted.amount:.2f}",
    }
    return {"orderId": id, "note": marked(wanted.text, key), "transactions": [transaction]}


async def _resent(store: Store, order: Any, key: str) -> Mapping[str, Any]:
    """A draft of the same goods for nothing, which is then made an order."""
    free = {"value": 100, "valueType": "PERCENTAGE", "title": "Parley"}
    items = [
        {"variantId": variant, "quantity": qty, "appliedDiscount": free}
        for one in each(order, "lineItems")
        if (variant := at(one, "variant", "id")) and (qty := count(one.get("currentQuantity")))
    ]
    if not items:
        raise Rejected(say("Nothing of this order can be sent again by Parley."))
    there = at(order, "shippingAddress") or {}
    place = {name: one for name, one in there.items() if name not in ("countryCodeV2", "name")}
    first, _, last = line(there.get("name")).rpartition(" ")
    address = {
        **place,
        "countryCode": there.get("countryCodeV2"),
        "firstName": first,
        "lastName": last,
    }
    given = {"lineItems": items, "shippingAddress": address, "email": order.get("email")}
    draft = await store.do(DRAFT, "draftOrderCreate", i={**given, "tags": [key]})
    try:
        return await store.do(
            COMPLETE, "draftOrderComplete", id=line(at(draft, "draftOrder", "id"))
        )
    except ParleyError as error:
        raise Unsure(error.text) from error


def _coupon(wanted: Wanted, key: str) -> Mapping[str, Any]:
    """Once, for whoever has the code."""
    discount = {"amount": f"{wanted.amount:.2f}", "appliesOnEachItem": False}
    return {
        "title": marked("Parley", key),
        "code": wanted.code,
        "startsAt": datetime.now(UTC).isoformat(),
        "usageLimit": 1,
        "customerSelection": {"all": True},
        "customerGets": {"value": {"discountAmount": discount}, "items": {"all": True}},
    }
