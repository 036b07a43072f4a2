"""What shops are asked to do, on a card: how far each is, what can be pressed, and its form."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.commands import (
    ChangeOrder,
    ConfirmChange,
    DropChange,
    FormKind,
    LookAgain,
    SettleChange,
)
from assistant.model import (
    OPEN_CHANGES,
    Change,
    ChangeKind,
    Conversation,
    Order,
    OrderRef,
    named,
    plain_amount,
)
from assistant.surface.cards import Button, FormField, Row, Tone
from assistant.words import Text, Words, say

SHOWN = 4
KINDS: Mapping[ChangeKind, FormKind] = {
    "refund": "change_refund",
    "resend": "change_resend",
    "cancel": "change_cancel",
    "address": "change_address",
    "coupon": "change_coupon",
    "note": "change_note",
}
LABELS: Mapping[ChangeKind, Text] = {
    "refund": say("Refund …"),
    "resend": say("Resend …"),
    "cancel": say("Cancel order …"),
    "address": say("New address …"),
    "coupon": say("Coupon …"),
    "note": say("Note for the shop …"),
}
TITLES: Mapping[FormKind, tuple[Text, Text]] = {
    "change_refund": (say("Refund the buyer"), say("Refund")),
    "change_resend": (say("Send it again"), say("Resend")),
    "change_cancel": (say("Cancel the order"), say("Cancel order")),
    "change_address": (say("New address"), say("Change address")),
    "change_coupon": (say("Coupon"), say("Make coupon")),
    "change_note": (say("Note for the shop"), say("Keep note")),
}
FORMS: Mapping[FormKind, ChangeKind] = {form: kind for kind, form in KINDS.items()}
Values = Mapping[str, str]


# ── on the card ──────────────────────────────────────────────────────────────


def change_rows(conversation: Conversation, words: Words) -> tuple[Row, ...]:
    """How far each is, the newest first."""
    shown = [one for one in reversed(conversation.changes) if one.state != "dropped"][:SHOWN]
    return tuple(
        Row(label=words(say("Shop")), value=words(_how_far(one, words)), tone=_tone(one))
        for one in shown
    )


def _how_far(change: Change, words: Words) -> Text:
    what = named(change)
    who = (change.confirmed_by or change.by).name
    when = words.when(change.done_at) if change.done_at else ""
    why = change.reason or say("not confirmed yet")
    if change.state == "confirmed" and change.reason:
        return say("{what} · has to wait: {why}", what=what, why=why)
    told: Mapping[str, Text] = {
        "done": say("{what} · done {when}, by {who}", what=what, when=when, who=who),
        "confirmed": say("{what} · about to be done, by {who}", what=what, who=who),
        "doing": say("{what} · the shop is being asked", what=what),
        "unsure": say("{what} · look in the shop whether it was done", what=what),
        "failed": say("{what} · refused: {why}", what=what, why=why),
    }
    return told.get(change.state, say("{what} · {why}", what=what, why=why))


def _tone(change: Change) -> Tone:
    return "plain" if change.state in ("done", "confirmed", "doing") else "warn"


def change_buttons(conversation: Conversation, words: Words) -> tuple[Button, ...]:
    """Of what is on its way."""
    open_ = [one for one in conversation.changes if one.state in OPEN_CHANGES]
    return tuple(button for one in open_ for button in _of(one, conversation, words))


def _of(change: Change, conversation: Conversation, words: Words) -> tuple[Button, ...]:
    about = {"conversation_id": conversation.id, "number": change.number}
    what = words(named(change))[:40]
    drop = Button(label=words(say("Drop: {what}", what=what)), command=DropChange(**about))
    match change.state:
        case "proposed":
            confirm = Button(
                label=words(say("Confirm: {what}", what=what)),
                command=ConfirmChange(**about),
                style="primary",
            )
            return (confirm, drop)
        case "confirmed":
            undo = say("Undo: {what}", what=what)
            return (Button(label=words(undo), command=DropChange(**about)),)
        case "by_hand" | "unsure":
            done = SettleChange(**about, happened=True)
            not_done = SettleChange(**about, happened=False)
            return (
                Button(label=words(say("It is done: {what}", what=what)), command=done),
                drop
                if change.state == "by_hand"
                else Button(label=words(say("It was not done")), command=not_done),
            )
        case _:
            return ()


def offered_changes(conversation: Conversation, words: Words) -> tuple[Button, ...]:
    """What a shop can be asked for, in the menu, behind what is wanted more often."""
    if not conversation.facts.orders:
        return ()
    order = conversation.facts.orders[0]
    made = tuple(
        Button(
            label=words(LABELS[kind]),
            command=_command(kind, order, conversation),
            form=form,
            menu="more",
        )
        for kind, form in KINDS.items()
        if _makes_sense(kind, order)
    )
    again = LookAgain(conversation_id=conversation.id)
    look = Button(label=words(say("Look again")), command=again, menu="more")
    return (*made, *((look,) if order.read_at else ()))


def _makes_sense(kind: ChangeKind, order: Order) -> bool:
    gone = order.status in ("cancelled", "refunded")
    left = order.status in ("shipped", "delivered", "partially_shipped", "returned", "lost")
    if kind in ("cancel", "address"):
        return not gone and not left
    return kind not in ("refund", "resend") or order.status not in ("cancelled", "unpaid")


def _command(kind: ChangeKind, order: Order, conversation: Conversation) -> ChangeOrder:
    return ChangeOrder(
        conversation_id=conversation.id, what=kind, ref=OrderRef(order.ref), shop=order.shop
    )


# ── its form ─────────────────────────────────────────────────────────────────


def begun(kind: ChangeKind, order: Order, conversation: Conversation) -> Values:
    """What its fields hold at first: what is known, and what was decided."""
    if kind == "address":
        to = order.ship_to
        names = ("name", "line1", "line2", "postcode", "city", "region", "country", "phone")
        return {name: getattr(to, name) or "" for name in names}
    if kind == "coupon":
        return {"code": f"THANKS-{len(conversation.changes) + 1}{order.ref[-6:]}".upper()}
    if kind != "refund":
        return {}
    decided = [
        one.amount.amount
        for one in (conversation.decision.remedies if conversation.decision else ())
        if one.gives in ("refund", "partial_refund") and one.amount and one.verdict != "denied"
    ]
    left = conversation.refundable(order)
    amounts = [*decided[:1], *([left] if left is not None else [])]
    return {"amount": plain_amount(min(amounts))} if amounts else {}


def change_fields(kind: FormKind, words: Words, values: Values) -> tuple[FormField, ...]:
    """The open fields of a change's form."""
    match FORMS[kind]:
        case "refund":
            return (_amount(words, values), _why(words))
        case "coupon":
            return (_line("code", say("Code"), words, values), _amount(words, values))
        case "address":
            return _address(words, values)
        case "note":
            return (_text(say("What should whoever ships know?"), words),)
    return (_why(words),)


def _address(words: Words, values: Values) -> tuple[FormField, ...]:
    country = _line("country", say("Country, in two letters"), words, values)
    return (
        _line("name", say("Name"), words, values),
        _line("line1", say("Street and number"), words, values),
        _line("line2", say("Second line"), words, values, required=False),
        _line("postcode", say("Postcode"), words, values, required=False),
        _line("city", say("City"), words, values),
        _line("region", say("State or province"), words, values, required=False),
        country,
        _line("phone", say("Telephone"), words, values, required=False),
    )


def _amount(words: Words, values: Values) -> FormField:
    return _line("amount", say("Amount, in the order's currency"), words, values)


def _why(words: Words) -> FormField:
    """For the shop's own records; no buyer reads it."""
    why = _line("text", say("Why, for the shop's records"), words, {}, required=False)
    return why.model_copy(update={"max_chars": 300})


def _text(label: Text, words: Words) -> FormField:
    return FormField(name="text", kind="words", label=words(label), max_chars=1_000)


def _line(
    name: str, label: Text, words: Words, values: Values, *, required: bool = True
) -> FormField:
    return FormField.model_validate(
        {
            "name": name,
            "kind": "line",
            "label": words(label),
            "value": values.get(name, ""),
            "required": required,
            "max_chars": 200,
        }
    )
