"""What a shop shall do, out of a form's words, and who may confirm it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from assistant.commands import ChangeOrder
from assistant.errors import Refused, Unfilled
from assistant.model import (
    Address,
    ChangeKind,
    Conversation,
    Order,
    Remedy,
    Wanted,
    plain_amount,
)
from assistant.words import Text, say

MOST_AMOUNT = 10**9
GIVES: dict[ChangeKind, frozenset[str]] = {
    "refund": frozenset({"refund", "partial_refund", "goodwill"}),
    "resend": frozenset({"resend", "part", "exchange"}),
    "coupon": frozenset({"coupon", "goodwill"}),
    "cancel": frozenset({"cancellation"}),
    "address": frozenset({"change"}),
}
"""What a remedy gives, by the change that brings it about."""


def needs_lead(wanted: Wanted, conversation: Conversation) -> Text | None:
    """Why only a lead may confirm it; None where the rules let an agent."""
    if wanted.kind == "note":
        return None
    if wanted.kind == "address" and not conversation.buyer.verified:
        return say("Nobody has proven that this is the buyer's own wish. A lead has to confirm it.")
    decision = conversation.decision
    remedies = decision.remedies if decision else ()
    fitting = [one for one in remedies if one.gives in GIVES[wanted.kind]]
    if any(one.verdict == "allowed" and _covers(one, wanted) for one in fitting):
        return None
    return say("The rules leave this to a lead here.")


def _covers(remedy: Remedy, wanted: Wanted) -> bool:
    """What was decided is the most that an agent may give."""
    if wanted.amount is None:
        return True
    most = remedy.amount
    return most is not None and most.currency == wanted.currency and wanted.amount <= most.amount


# ── what is wanted ───────────────────────────────────────────────────────────


def wanted_of(command: ChangeOrder, order: Order, conversation: Conversation) -> Wanted:
    """Raises: Unfilled (the field, and what it lacks), Refused."""
    text = command.text.strip()
    told: dict[str, object] = {}
    if command.what == "note" and not text:
        raise Unfilled("text", say("The note is empty."))
    if command.what in ("refund", "coupon"):
        told = {"amount": _amount(command, order, conversation), "currency": order.currency}
    if command.what == "coupon":
        told["code"] = _code(command.code)
    if command.what == "address":
        told["address"] = _address(command)
    return Wanted.model_validate(
        {"kind": command.what, "shop": order.shop, "ref": order.ref, "text": text, **told}
    )


def _amount(command: ChangeOrder, order: Order, conversation: Conversation) -> Decimal:
    try:
        amount = Decimal(command.amount.strip().replace(",", "."))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 < amount < MOST_AMOUNT:
        raise Unfilled("amount", say("Write an amount, such as 12.50."))
    if amount != round(amount, 2):
        raise Unfilled("amount", say("Two digits after the point are enough."))
    if not order.currency:
        raise Refused(say("The shop does not say in which currency this order was paid."))
    left = conversation.refundable(order) if command.what == "refund" else None
    if left is not None and amount > left:
        most = say(
            "At most {most} {currency} can still be given back.",
            most=plain_amount(left),
            currency=order.currency,
        )
        raise Unfilled("amount", most)
    return amount


def _code(code: str) -> str:
    plain = code.strip().upper()
    if not (plain.isascii() and plain.replace("-", "").isalnum()):
        raise Unfilled("code", say("A code is made of letters, digits and hyphens."))
    return plain


def _address(command: ChangeOrder) -> Address:
    country = command.country.strip().upper()
    if len(country) != 2 or not country.isalpha():
        raise Unfilled("country", say("Write the country in two letters, such as DE."))
    for name in ("line1", "city"):
        if not getattr(command, name).strip():
            raise Unfilled(name, say("An address needs this."))
    told = {
        name: getattr(command, name).strip() or None
        for name in ("line1", "line2", "city", "region", "postcode", "phone")
    }
    return Address.model_validate({**told, "name": command.name.strip(), "country": country})
