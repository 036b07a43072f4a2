"""What is true, on a card: orders, parcels, stock, the buyer, and what could not be looked up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from assistant.clocks import zone_of
from assistant.commands import AttachOrder, LookUp
from assistant.drafting.mentions import borne_out, unlike
from assistant.model import (
    Address,
    Conversation,
    ConversationId,
    Item,
    Order,
    OrderRef,
    Parcel,
    Stock,
    other_name,
    same_order,
)
from assistant.parcels import bare
from assistant.surface.answers import answer_rows, answer_section
from assistant.surface.cards import Button, InfoCard, Row, Section, Tag
from assistant.surface.changes import change_rows
from assistant.surface.labels import flag, language_label, order_state
from assistant.surface.linked import linked_rows
from assistant.surface.parcels import follow_page, parcel_line, parcel_sections, strange_row
from assistant.words import Text, Words, say


def known_rows(conversation: Conversation, words: Words) -> tuple[Row, ...]:
    """One line a fact, for the card itself."""
    facts = conversation.facts
    newest = next((one for one in reversed(conversation.messages) if one.author == "buyer"), None)
    rows = []
    if newest and newest.subject:
        rows.append(Row(label=words(say("Subject")), value=newest.subject))
    rows += [
        Row(label=words(say("Order")), value=f"{order.ref} · {order_line(order, words)}")
        for order in facts.orders[:2]
    ]
    rows += [
        Row(
            label=words(say("Parcel")),
            value=parcel_line(parcel, words, facts.at),
            href=follow_page(parcel),
        )
        for order in facts.orders[:2]
        for parcel in order.fulfilments[:2]
    ]
    rows += [
        Row(label=words(say("Stock")), value=stock_line(stock, words)) for stock in facts.stock[:2]
    ]
    rows += [
        Row(
            label=words(say("Check")),
            value=words(say("Order {ref} is in the name of {name}.", ref=order.ref, name=other)),
            tone="warn",
        )
        for order in facts.orders[:2]
        if (other := other_name(conversation.buyer, order))
    ]
    unknown = [
        ref
        for ref in conversation.order_refs
        if not any(same_order(ref, order.ref) for order in facts.orders)
    ]
    rows += [
        Row(label=words(say("Order")), value=words(say("{ref}: not found", ref=ref)), tone="warn")
        for ref in unknown[:2]
    ]
    rows += linked_rows(conversation, words)
    rows += [strange_row(number, words) for number in _strange(conversation)[:2]]
    rows += _unlike_rows(conversation, words)
    rows += (*change_rows(conversation, words), *answer_rows(conversation, words))
    rows += [
        Row(label=words(say("Not known")), value=words(trouble), tone="warn")
        for trouble in facts.troubles
    ]
    return tuple(rows)


def _strange(conversation: Conversation) -> list[str]:
    """Tracking numbers that the buyer wrote and that no order known here has."""
    what, facts = conversation.understanding, conversation.facts
    known = {
        bare(parcel.number)
        for order in facts.orders
        for parcel in order.fulfilments
        if parcel.number
    }
    told = what.tracking_numbers if what and facts.at else ()
    return [number for number in told if bare(number) not in known]


def _unlike_rows(conversation: Conversation, words: Words) -> Iterator[Row]:
    """What the buyer names and the order does not: a slip, another order, or another offer."""
    named = conversation.understanding.mentions if conversation.understanding else ()
    found = dict.fromkeys(one.text for one in unlike(named, conversation.facts.orders))
    if found:
        told = words(say("{what}: not in the order", what=", ".join(list(found)[:3])))
        yield Row(label=words(say("Mentioned")), value=told)


def order_line(order: Order, words: Words) -> str:
    """`Teapot Ines, green · €34.90 · delivered 18 Nov`"""
    parts = [item_line(item) for item in order.items[:2]]
    if len(order.items) > 2:
        parts.append(words(say("and {n} more", n=len(order.items) - 2)))
    if order.totals.total is not None and order.currency:
        parts.append(words.money(order.totals.total, order.currency))
    parts += [state for parcel in order.fulfilments[:1] if (state := _delivered(parcel, words))]
    return " · ".join(parts)


def _delivered(parcel: Parcel, words: Words) -> str:
    if parcel.delivered_at:
        day = words.day(parcel.delivered_at, parcel.delivered_at.tzinfo)
        if parcel.eta and parcel.eta.date() < parcel.delivered_at.date():
            promised = words.day(parcel.eta, parcel.eta.tzinfo)
            return words(say("delivered {day} (promised {promised})", day=day, promised=promised))
        return words(say("delivered {day}", day=day))
    if parcel.eta:
        return words(say("expected {day}", day=words.day(parcel.eta, parcel.eta.tzinfo)))
    return ""


def item_line(item: Item) -> str:
    """`2 × Teapot Ines, green`"""
    named = ", ".join((item.title, *item.variant.values()))
    return named if item.qty == 1 else f"{item.qty} × {named}"


def stock_line(stock: Stock, words: Words) -> str:
    named = ", ".join((stock.title, *stock.variant.values()))
    if stock.in_stock > 0:
        return f"{named} · " + words(say("{n} in stock", n=stock.in_stock))
    if stock.expected_at:
        more = words(say("none; more expected {day}", day=words.day(stock.expected_at)))
        return f"{named} · {more}"
    return f"{named} · " + words(say("none in stock"))


def fact_sections(
    conversation: Conversation, words: Words, now: datetime, earlier_cases: int
) -> tuple[Section, ...]:
    facts = conversation.facts
    sections = [_buyer_section(conversation, words, now, earlier_cases)]
    for order in facts.orders:
        sections += order_sections(order, words, now)
    if facts.stock:
        lines = tuple(stock_line(stock, words) for stock in facts.stock)
        sections.append(Section(title=words(say("Stock")), lines=lines))
    if (known := answer_section(conversation, words)) is not None:
        sections.append(known)
    if conversation.promises:
        promised = tuple(
            Row(label=words.when(promise.due_at), value=promise.text)
            for promise in conversation.promises[-5:]
        )
        sections.append(Section(title=words(say("Promised")), rows=promised))
    return tuple(sections)


def _buyer_section(
    conversation: Conversation, words: Words, now: datetime, earlier_cases: int
) -> Section:
    buyer = conversation.buyer
    rows = [Row(label=words(say("Name")), value=buyer.name or words(say("unknown")))]
    if buyer.email:
        proven = say("{email} (verified)") if buyer.verified else say("{email} (not verified)")
        rows.append(Row(label=words(say("E-mail")), value=words(proven, email=buyer.email)))
    if conversation.understanding and conversation.understanding.language != "und":
        language = language_label(conversation.understanding.language, words)
        rows.append(Row(label=words(say("Writes in")), value=language))
    zone = zone_of(conversation.market)
    if zone:
        local = words.clock(now, ZoneInfo(zone))
        where = f"{flag(conversation.market)} {conversation.market}"
        rows.append(Row(label=words(say("Local time")), value=f"{local} · {where}"))
    rows += _named_rows(conversation, ZoneInfo(zone) if zone else UTC, words)
    rows.append(Row(label=words(say("Earlier cases")), value=str(earlier_cases)))
    return Section(title=words(say("Buyer")), rows=tuple(rows))


def _named_rows(conversation: Conversation, zone: tzinfo, words: Words) -> Iterator[Row]:
    """Articles, sums and days in the buyer's words, with the order that bears them out."""
    orders = conversation.facts.orders
    told: dict[str, str] = {}
    for one in conversation.understanding.mentions if conversation.understanding else ():
        known = next((order.ref for order in orders if borne_out(one, order, zone)), None)
        if known is not None:
            told[one.text] = words(say("{what} (order {ref})", what=one.text, ref=known))
        elif one.labelled:
            told.setdefault(one.text, one.text)
    if told:
        yield Row(label=words(say("Mentioned")), value=" · ".join(told.values()))


def order_sections(order: Order, words: Words, now: datetime | None = None) -> list[Section]:
    """An order in full, then each of its parcels."""
    rows = [Row(label=words(say("Items")), value=item_line(item)) for item in order.items]
    if order.totals.total is not None and order.currency:
        total = words.money(order.totals.total, order.currency)
        rows.append(Row(label=words(say("Total")), value=total))
    if order.placed_at:
        rows.append(Row(label=words(say("Placed")), value=words.day(order.placed_at)))
    rows += _paid_rows(order, words)
    if place := _place(order.ship_to):
        rows.append(Row(label=words(say("Ship to")), value=place))
    if order.shipping_method:
        rows.append(Row(label=words(say("Shipping")), value=order.shipping_method))
    rows += [Row(label=words(say("Note")), value=note) for note in order.notes]
    if order.cancelled_at:
        rows.append(Row(label=words(say("Cancelled")), value=words.day(order.cancelled_at)))
    if order.read_at:
        rows.append(Row(label=words(say("As of")), value=words.when(order.read_at)))
    title = words(say("Order {ref}", ref=order.ref))
    return [Section(title=title, rows=tuple(rows)), *parcel_sections(order, words, now)]


def _place(address: Address) -> str:
    """All of it: who ships has to see it. No draft does."""
    parts = (
        *(address.name, address.line1, address.line2, address.postcode, address.city),
        *(address.region, address.country, address.phone),
    )
    return ", ".join(part for part in parts if part)


def _paid_rows(order: Order, words: Words) -> list[Row]:
    state = order_state(order.payment.status, words)
    paid = " · ".join(part for part in (order.payment.method, state) if part)
    rows = [Row(label=words(say("Payment")), value=paid)] if paid else []
    for refund in order.refunds:
        amount = (
            words.money(refund.amount, order.currency)
            if refund.amount is not None and order.currency
            else ""
        )
        day = words.day(refund.at) if refund.at else ""
        said = " · ".join(part for part in (amount, day, refund.reason) if part)
        rows.append(Row(label=words(say("Refund")), value=said))
    return rows


def order_card(
    order: Order,
    words: Words,
    looked_up_at: datetime,
    about: ConversationId | None = None,
    beginning: Sequence[Button] = (),
    trouble: Text | None = None,
) -> InfoCard:
    """The answer to `/order`; *about* is the conversation in whose thread it was asked.

    *beginning*: what may be written to the buyer first. *trouble*: why it is as old as it is.
    """
    tags = (Tag(text=order_state(order.status, words)),) if order.status else ()
    read_at = order.read_at or looked_up_at
    note = trouble or say("From {shop}, {when}.", shop=order.shop, when=words.clock(read_at))
    return InfoCard(
        title=words(say("Order {ref}", ref=order.ref)),
        tags=tags,
        sections=tuple(order_sections(order, words, looked_up_at)),
        note=words(note),
        masked=_masked(order, words),
        buttons=(*_attaching(order, words, about), *beginning),
    )


def _masked(order: Order, words: Words) -> str:
    """What those may read who did not ask: no name, no address, no amount."""
    state = order_state(order.status, words)
    return " · ".join(one for one in (words(say("Order {ref}", ref=order.ref)), state) if one)


def _attaching(order: Order, words: Words, about: ConversationId | None) -> tuple[Button, ...]:
    """To the conversation it was asked in, or to one that a form asks for."""
    ref = OrderRef(order.ref)
    if about is not None:
        attach = AttachOrder(conversation_id=about, ref=ref)
        to = Button(label=words(say("Attach to this conversation")), command=attach)
        return (to, *_again(order, words, about))
    attach = AttachOrder(conversation_id=ConversationId(""), ref=ref)
    label = words(say("Attach to a conversation"))
    return (Button(label=label, command=attach, form="attach"), *_again(order, words, about))


def _again(order: Order, words: Words, about: ConversationId | None) -> tuple[Button, ...]:
    """Where what a shop said is kept for a while, it can be asked itself."""
    if order.read_at is None:
        return ()
    look = LookUp(what="order", query=order.ref[:200], about=about, again=True)
    return (Button(label=words(say("Look again")), command=look),)
