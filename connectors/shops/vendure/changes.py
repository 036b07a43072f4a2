"""What Vendure does for a person who approved it, and whether it did.

A note, a refund and a coupon carry our key in their words, and are found by it; a cancelled order
and a new address are seen on the order itself. Sending something again takes eight calls there,
any of which may fail: that is left to people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from assistant.errors import ParleyError, Rejected, Unavailable, Unsure
from assistant.model import Address, ChangeKind, Wanted, Written
from assistant.words import say
from connectors.shopping.values import amount, at, each, known, line, marked

WRITES: frozenset[ChangeKind] = frozenset({"note", "address", "cancel", "refund", "coupon"})
ERROR = "... on ErrorResult{errorCode message}"
ORDER = "{... on Order{id state} " + ERROR + "}}"
BACK = "{... on Refund{id state} " + ERROR + "}}"
NOTE = "mutation($i:AddNoteToOrderInput!){addNoteToOrder(input:$i){id}}"
CANCEL = "mutation($i:CancelOrderInput!){cancelOrder(input:$i)" + ORDER
MODIFY = "mutation($i:ModifyOrderInput!){modifyOrder(input:$i)" + ORDER
STATE = "mutation($id:ID!,$s:String!){transitionOrderToState(id:$id,state:$s)" + ORDER
REFUND = "mutation($i:RefundOrderInput!){refundOrder(input:$i)" + BACK
SETTLE = "mutation($i:SettleRefundInput!){settleRefund(input:$i)" + BACK
COUPON = (
    "mutation($i:CreatePromotionInput!){createPromotion(input:$i){... on Promotion{id} "
    + ERROR
    + "}}"
)
COUPONS = """
query($c:String!){promotions(options:{filter:{couponCode:{eq:$c}}}){items{id name couponCode}}}
"""
MODIFIABLE = ("PaymentSettled", "PaymentAuthorized")
ADDRESS: Mapping[str, str] = {
    "name": "fullName",
    "line1": "streetLine1",
    "line2": "streetLine2",
    "city": "city",
    "region": "province",
    "postcode": "postalCode",
    "country": "countryCode",
    "phone": "phoneNumber",
}


class Admin(Protocol):
    async def ask(self, query: str, **variables: Any) -> Mapping[str, Any]: ...

    async def do(self, mutation: str, name: str, **variables: Any) -> Mapping[str, Any]: ...


async def written(admin: Admin, order: Mapping[str, Any], wanted: Wanted, key: str) -> Written:
    """Do it. Raises: Unavailable, Rejected, Unsure."""
    match wanted.kind:
        case "note":
            given = {"id": order["id"], "note": marked(wanted.text, key), "isPublic": False}
            done = await admin.do(NOTE, "addNoteToOrder", i=given)
        case "cancel":
            given = {"orderId": order["id"], "reason": marked(wanted.text, key)}
            done = await admin.do(CANCEL, "cancelOrder", i={**given, "cancelShipping": True})
        case "refund":
            done = await _refunded(admin, order, wanted, key)
        case "address":
            done = await _moved(admin, order, wanted, key)
        case "coupon":
            done = await admin.do(COUPON, "createPromotion", i=_coupon(wanted, key))
        case _:
            raise Rejected(say("Parley can't do this in {shop}.", shop=wanted.shop))
    return Written(external_id=known(done.get("id")))


async def found(
    admin: Admin, order: Mapping[str, Any] | None, wanted: Wanted, key: str
) -> Written | None:
    """Whether it was done. Raises: Unavailable."""
    if wanted.kind == "coupon":
        promotions = each(await admin.ask(COUPONS, c=wanted.code), "promotions")
        return _first([one for one in promotions if key in line(one.get("name"))])
    if wanted.kind == "note":
        notes = each(order, "history")
        return _first([one for one in notes if key in line(at(one, "data", "note"), 2_000)])
    if wanted.kind == "refund":
        refunds = [one for paid in each(order, "payments") for one in each(paid, "refunds")]
        return _first(
            [
                one
                for one in refunds
                if key in line(one.get("reason"), 2_000) and one.get("state") != "Failed"
            ]
        )
    if wanted.kind == "cancel":
        return Written() if at(order, "state") == "Cancelled" else None
    same = wanted.address is not None and _is_at(order, wanted.address)
    return Written() if same and at(order, "state") != "Modifying" else None


def _first(traces: list[Mapping[str, Any]]) -> Written | None:
    return Written(external_id=known(traces[0].get("id"))) if traces else None


async def _refunded(
    admin: Admin, order: Mapping[str, Any], wanted: Wanted, key: str
) -> Mapping[str, Any]:
    """Of the payment that has enough left; at a provider that does not settle it, by us."""
    wants = int((wanted.amount or 0) * 100)
    payment = next((one for one in each(order, "payments") if _left(one) >= wants), None)
    if payment is None:
        raise Rejected(say("No payment of this order has so much left."))
    given = {"paymentId": payment["id"], "amount": wants, "reason": marked(wanted.text, key)}
    # These are deprecated, and 3.7.3 fails where they are left out.
    of_nothing: Mapping[str, Any] = {"lines": [], "shipping": 0, "adjustment": 0}
    done = await admin.do(REFUND, "refundOrder", i={**given, **of_nothing})
    if done.get("state") == "Failed":
        raise Rejected(say("The payment provider refused the refund."))
    if done.get("state") == "Pending":
        try:
            await admin.do(SETTLE, "settleRefund", i={"id": done["id"], "transactionId": key})
        except Unavailable as error:
            raise Unsure(error.text) from error
    return done


def _left(payment: Mapping[str, Any]) -> int:
    if payment.get("state") != "Settled":
        return 0
    back = [one for one in each(payment, "refunds") if one.get("state") != "Failed"]
    given_back = sum(int(amount(one.get("total")) or 0) for one in back)
    return int(amount(payment.get("amount")) or 0) - given_back


async def _moved(
    admin: Admin, order: Mapping[str, Any], wanted: Wanted, key: str
) -> Mapping[str, Any]:
    """An order is changed in a state of its own; whatever happens, it comes back from there."""
    state = line(order.get("state"))
    if state not in MODIFIABLE or wanted.address is None:
        raise Rejected(say("Its address can't be changed any more: it is {state}.", state=state))
    await admin.do(STATE, "transitionOrderToState", id=order["id"], s="Modifying")
    told = wanted.address.model_dump()
    given = {
        "dryRun": False,
        "orderId": order["id"],
        "updateShippingAddress": {theirs: told[ours] or "" for ours, theirs in ADDRESS.items()},
        "note": key,
    }
    try:
        done = await admin.do(MODIFY, "modifyOrder", i=given)
    except Rejected:
        await admin.do(STATE, "transitionOrderToState", id=order["id"], s=state)
        raise
    except ParleyError as error:
        raise Unsure(error.text) from error
    try:
        await admin.do(STATE, "transitionOrderToState", id=order["id"], s=state)
    except ParleyError as error:
        raise Unsure(error.text) from error
    return done


def _is_at(order: Any, address: Address) -> bool:
    told = address.model_dump()
    there = at(order, "shippingAddress")
    return all(
        line(at(there, theirs)) == line(told[ours] or "") for ours, theirs in ADDRESS.items()
    )


def _coupon(wanted: Wanted, key: str) -> Mapping[str, Any]:
    """Once, for whoever has the code."""
    cents = str(int((wanted.amount or 0) * 100))
    return {
        "enabled": True,
        "couponCode": wanted.code,
        "usageLimit": 1,
        "conditions": [],
        "actions": [
            {
                "code": "order_fixed_discount",
                "arguments": [{"name": "discount", "value": cents}],
            }
        ],
        "translations": [{"languageCode": "en", "name": marked("Parley", key), "description": ""}],
    }
