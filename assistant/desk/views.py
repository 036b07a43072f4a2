"""What people look at: the queue, one conversation, look-ups in shops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo

from assistant.commands import (
    LookUp,
    OpenConversation,
    ShowHelp,
    ShowHome,
    ShowQueue,
    ShowWhy,
)
from assistant.desk.answers import answers_found, several, unanswered
from assistant.desk.facts import SHOP_PATIENCE_S, aged, outdated, shops_of
from assistant.desk.handling import load
from assistant.desk.meaning import read_in
from assistant.desk.parcels import followed, heard
from assistant.desk.starting import beginnings
from assistant.desk.translating import unread, wanted_in
from assistant.desk.waiting import progress_of
from assistant.errors import NotFound, Unavailable
from assistant.model import Actor, Conversation, Order, Parcel, Stock, Unanswered
from assistant.parcels import checked
from assistant.ports import Ports, Shop, Sought
from assistant.surface.cards import Answer, InfoCard, QueueCard, Section, Summary
from assistant.surface.conversation import EXCERPT, conversation_card, summary
from assistant.surface.explain import explain
from assistant.surface.facts import order_card, order_line, stock_line
from assistant.surface.home import help_card, home_card
from assistant.surface.making import made_lines
from assistant.surface.parcels import parcel_card
from assistant.surface.thread import thread_lines
from assistant.words import Text, Words, say

THREAD_LINES = 200
MOST_ORDERS = 10
"""Of one buyer; the newest."""
Found = TypeVar("Found", Order, Stock)


async def show_queue(command: ShowQueue, actor: Actor, ports: Ports, words: Words) -> Answer:
    now = ports.now()
    view = await ports.store.queue(command.only, actor.id, now, command.limit)
    rows = tuple(
        summary(one, ports.settings.storefront(one.storefront), words, now)
        for one in view.conversations
    )
    counts = dict(view.counts)
    if actor.leads:
        counts["unanswered"] = len(await unanswered(ports))
    return Answer(card=QueueCard(rows=rows, counts=counts, only=command.only))


HOME_ROWS = 8


async def show_home(command: ShowHome, actor: Actor, ports: Ports, words: Words) -> Answer:
    """What is theirs, what waits longest, what is escalated: late first, then angry."""
    now = ports.now()
    groups = {
        only: await ports.store.queue(only, actor.id, now, HOME_ROWS)
        for only in ("mine", "unassigned", "escalated")
    }
    rows = {
        only: tuple(
            summary(one, ports.settings.storefront(one.storefront), words, now)
            for one in view.conversations
        )
        for only, view in groups.items()
    }
    counts = dict(groups["mine"].counts)
    if actor.leads:
        waiting = await unanswered(ports)
        rows["unanswered"] = await _asked_in(waiting[:HOME_ROWS], ports, words)
        counts["unanswered"] = len(waiting)
    return Answer(card=home_card(actor.name, rows, counts, words))


async def _asked_in(
    waiting: Sequence[Unanswered], ports: Ports, words: Words
) -> tuple[Summary, ...]:
    """The conversations whose question nobody could answer, with that question."""
    rows = []
    for one in waiting:
        conversation = await ports.store.load(one.conversation_id)
        if conversation is not None:
            storefront = ports.settings.storefront(conversation.storefront)
            row = summary(conversation, storefront, words, ports.now())
            rows.append(row.model_copy(update={"excerpt": one.question[:EXCERPT]}))
    return tuple(rows)


async def show_help(command: ShowHelp, actor: Actor, ports: Ports, words: Words) -> Answer:
    return Answer(card=help_card(command.unknown, words))


async def show_why(command: ShowWhy, actor: Actor, ports: Ports, words: Words) -> Answer:
    """What the rules say here, with their proof."""
    conversation = await load(ports, command.conversation_id)
    if conversation.decision is None:
        raise NotFound(say("Nothing was decided yet: the buyer's words are still being read."))
    newest = conversation.drafts[-1] if conversation.drafts else None
    lines = (*explain(conversation.decision, words), *made_lines(newest, words))
    return Answer(
        card=InfoCard(title=words(say("Why")), sections=(Section(title="", lines=lines),))
    )


async def open_conversation(
    command: OpenConversation, actor: Actor, ports: Ports, words: Words
) -> Answer:
    conversation = await load(ports, command.conversation_id)
    await wanted_in(conversation, words.language, ports)
    log = await ports.store.log(conversation.id, limit=THREAD_LINES)
    storefront = ports.settings.storefront(conversation.storefront)
    local = words.in_zone(ZoneInfo(storefront.hours.zone))
    card = conversation_card(
        read_in(conversation, words.language, ports),
        storefront,
        words,
        ports.now(),
        reader=actor,
        thread=thread_lines((entry for _, entry in log), local, conversation.messages),
        earlier_cases=await _earlier_cases(conversation, ports),
        unread=unread(conversation, words, ports),
        progress=await progress_of(conversation.id, ports),
    )
    more = len(log) == THREAD_LINES
    people = tuple(await ports.store.people())
    return Answer(card=card.model_copy(update={"more": more}), people=people)


async def _earlier_cases(conversation: Conversation, ports: Ports) -> int:
    """This thread's closed cases, and the buyer's other conversations."""
    others = await ports.store.conversations_of_buyer(conversation.buyer)
    return len(conversation.outcomes) + len([one for one in others if one != conversation.id])


# ── look-ups ─────────────────────────────────────────────────────────────────


async def look_up(command: LookUp, actor: Actor, ports: Ports, words: Words) -> Answer:
    """By order number, tracking number, e-mail, SKU or words, whatever `query` looks like.

    In a conversation's thread its storefront's shops are asked, by its clock; elsewhere all, by
    that of the first one.
    """
    about = await ports.store.load(command.about) if command.about else None
    storefront = ports.settings.storefront(about.storefront) if about else None
    words = words.in_zone(ZoneInfo((storefront or ports.settings.storefronts[0]).hours.zone))
    shops = shops_of(about, ports)
    query = command.query.strip().lstrip("#")
    if not query:
        raise NotFound(say("Say what to look up: an order number, e-mail, tracking number or SKU."))
    if not ports.shops:
        raise NotFound(say("No shop is connected. Set PARLEY_SHOPS, or ask who runs Parley."))
    orders = await _orders(command, query, shops)
    if orders:
        # Of one order it is worth asking what may be written first.
        beginning = await beginnings(orders[0].ref, ports, words) if len(orders) == 1 else ()
        orders = await _followed(orders[:MOST_ORDERS], about, ports, words)
        cards = tuple(
            order_card(order, words, ports.now(), command.about, beginning, _why_old(order, shops))
            for order in orders[:MOST_ORDERS]
        )
        return Answer(card=cards[0]) if len(cards) == 1 else _several(cards, orders, words)
    if command.what in ("track", "any") and (card := await _parcel(query, about, ports, words)):
        return Answer(card=card)
    if command.what in ("stock", "any"):
        stock = await _asked([shop.stock(query) for shop in shops])
        if stock:
            return Answer(card=_stock_card(query, stock, words))
    if command.what == "any" and (known := answers_found(query, about, ports, words)):
        return several(known, words)
    raise NotFound(_nothing(command.what, query))


def _why_old(order: Order, shops: Sequence[Shop]) -> Text | None:
    """What its shop says of an order that is older than it should be."""
    of = (one for shop in shops if shop.name == order.shop for one in aged(shop, [order]))
    return next(of, None)


async def _followed(
    orders: Sequence[Order], about: Conversation | None, ports: Ports, words: Words
) -> Sequence[Order]:
    """With the newest of their parcels, and a page for each that its buyer can read."""
    playbooks = ports.playbooks_of(about.storefront if about else ports.settings.storefronts[0].id)
    read = about.understanding.language if about and about.understanding else ""

    def page(order: Order, parcel: Parcel) -> str | None:
        spoken = read or (order.customer.locale or "").replace("_", "-").split("-")[0]
        market = (about.market if about else None) or order.ship_to.country
        return playbooks.tracking_link(parcel, market, spoken or words.language)

    return (await followed(orders, ports, words.language, page)).orders


async def _parcel(
    query: str, about: Conversation | None, ports: Ports, words: Words
) -> InfoCard | None:
    """A parcel of no order that is known here, if the number can be nothing else."""
    number = checked(query)
    if number is None:
        return None
    news, _ = await heard({number: Sought(number, language=words.language)}, ports)
    storefront = about.storefront if about else ports.settings.storefronts[0].id
    parcel = news.get(number, Parcel(number=number))
    country = about.market if about else None
    page = ports.playbooks_of(storefront).tracking_link(parcel, country, words.language)
    return parcel_card(parcel.model_copy(update={"page": page}), words, ports.now())


async def _orders(command: LookUp, query: str, shops: Sequence[Shop]) -> Sequence[Order]:
    what = command.what
    if what == "stock":
        return ()
    if command.again:
        await outdated(shops, query)
    if "@" in query:
        return await _asked([shop.orders_of(query) for shop in shops])
    found = await _asked([_one(shop, what, query) for shop in shops])
    if found or what != "buyer":
        return found
    return ()


async def _one(shop: Shop, what: str, query: str) -> Sequence[Order]:
    """By number first; a tracking number never looks like one of the same shop's order numbers."""
    if what != "track":
        order = await shop.order(query)
        if order:
            return (order,)
    order = await shop.order_by_tracking(query)
    return (order,) if order else ()


async def _asked(questions: Sequence[Awaitable[Sequence[Found]]]) -> list[Found]:
    """All shops at once. One that fails is said, unless another one knew."""
    answers = await asyncio.gather(*(_in_time(one) for one in questions), return_exceptions=True)
    found = [item for answer in answers if not isinstance(answer, BaseException) for item in answer]
    errors = [answer for answer in answers if isinstance(answer, BaseException)]
    if errors and not found:
        raise errors[0]
    return found


async def _in_time(question: Awaitable[Sequence[Found]]) -> Sequence[Found]:
    try:
        async with asyncio.timeout(SHOP_PATIENCE_S):
            return await question
    except TimeoutError as error:
        raise Unavailable(say("The shop is slow right now. Try again in a minute.")) from error


def _several(cards: tuple[InfoCard, ...], orders: Sequence[Order], words: Words) -> Answer:
    lines = tuple(f"{order.ref} · {order_line(order, words)}" for order in orders)
    title = words(say("{n} orders match", n=len(orders)))
    return Answer(
        card=InfoCard(title=title, sections=(Section(title="", lines=lines),)), cards=cards
    )


def _stock_card(query: str, stock: Sequence[Stock], words: Words) -> InfoCard:
    lines = tuple(stock_line(one, words) + f" · {one.sku}" for one in stock)
    title = words(say("Stock: {query}", query=query))
    return InfoCard(title=title, sections=(Section(title="", lines=lines),))


def _nothing(what: str, query: str) -> Text:
    match what:
        case "order" | "track":
            return say("No order or parcel has the number {query}.", query=query)
        case "stock":
            return say("No product matches {query}.", query=query)
        case "buyer":
            return say("No buyer has the address {query}.", query=query)
        case _:
            return say("Nothing matches {query}.", query=query)
