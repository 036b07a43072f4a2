"""What the storefront's shops confirm of a conversation: orders and stock, by what it names."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence

from assistant.desk.parcels import followed, page_in
from assistant.errors import Unavailable
from assistant.model import Conversation, Facts, Order, Stock, Understanding, same_order
from assistant.ports import Ports, Shop
from assistant.words import Text, say

SHOP_PATIENCE_S = 8.0
"""How long a draft waits for a shop; what did not answer by then is said on the card."""
ASKED_REFS = 5
"""The newest order numbers of a thread: an old one is not looked up for ever."""
ASKED_CHARS = 200
"""A shop is asked about stock in so many characters at most."""
SENTENCE_END = re.compile(r"[.!?\n。！？]+")


async def look_up(conversation: Conversation, understanding: Understanding, ports: Ports) -> Facts:
    """What the storefront's shops confirm; one that does not answer in time is named."""
    shops = shops_of(conversation, ports)
    found = await asyncio.gather(*(_facts_of(shop, conversation, understanding) for shop in shops))
    orders = [order for facts in found for order in facts.orders]
    playbooks = ports.playbooks_of(conversation.storefront)
    page = page_in(playbooks, understanding.language, conversation.market, conversation.buyer)
    parcels = await followed(orders, ports, understanding.language, page)
    return Facts(
        orders=parcels.orders,
        stock=tuple(stock for facts in found for stock in facts.stock),
        troubles=(*(one for facts in found for one in facts.troubles), *parcels.troubles),
        at=ports.now(),
    )


def shops_of(conversation: Conversation | None, ports: Ports) -> list[Shop]:
    """A storefront's own shops; all of them where it names none."""
    storefront = ports.settings.storefront(conversation.storefront) if conversation else None
    names = storefront.shops if storefront and storefront.shops else tuple(ports.shops)
    return [ports.shops[name] for name in names if name in ports.shops]


async def outdated(shops: Sequence[Shop], *about: str) -> None:
    """Whatever these shops said of it a moment ago: ask them anew."""
    for shop in shops:
        if (outdate := getattr(shop, "outdate", None)) is not None:
            await outdate(*about)


async def _facts_of(shop: Shop, conversation: Conversation, meant: Understanding) -> Facts:
    try:
        async with asyncio.timeout(SHOP_PATIENCE_S):
            orders = await _orders_of(shop, conversation, meant)
            stock = await _stock_of(shop, conversation, meant, orders)
    except (Unavailable, TimeoutError) as error:
        return Facts(troubles=(_trouble(shop, error),))
    return Facts(orders=tuple(orders), stock=tuple(stock), troubles=tuple(aged(shop, orders)))


def aged(shop: Shop, orders: Sequence[Order]) -> Iterator[Text]:
    """What a shop told of earlier, because it can't be asked now."""
    trouble_of = getattr(shop, "trouble_of", None)
    if trouble_of is not None:
        yield from (trouble for order in orders if (trouble := trouble_of(order)))


def _trouble(shop: Shop, error: Unavailable | TimeoutError) -> Text:
    if isinstance(error, Unavailable):
        return say("The shop {shop} could not be asked: {why}", shop=shop.name, why=error.text)
    return say("The shop {shop} did not answer in time.", shop=shop.name)


async def _orders_of(
    shop: Shop, conversation: Conversation, meant: Understanding
) -> Sequence[Order]:
    """By number, by tracking number; by address only where the channel vouches for it."""
    refs = list(dict.fromkeys((*meant.order_refs, *reversed(conversation.order_refs))))
    numbers = meant.tracking_numbers[:ASKED_REFS]
    named = await asyncio.gather(*(shop.order(ref) for ref in refs[:ASKED_REFS]))
    tracked = await asyncio.gather(*(shop.order_by_tracking(number) for number in numbers))
    found = {order.ref: order for order in (*named, *tracked) if order}
    buyer = conversation.buyer
    if not found and buyer.email and buyer.verified:
        return (await shop.orders_of(buyer.email))[:3]
    return list(found.values())


async def _stock_of(
    shop: Shop, conversation: Conversation, meant: Understanding, orders: Sequence[Order]
) -> Sequence[Stock]:
    asks = {"stock_question", "product_question", "size_exchange", "price_or_promotion"}
    if not asks.intersection(meant.intents):
        return ()
    if named := await _named_stock(shop, meant):
        return named
    product = meant.details.get("product")
    if not product:
        return ()
    return (await shop.stock(_wanted(product, conversation, meant, orders)[:ASKED_CHARS]))[:5]


async def _named_stock(shop: Shop, meant: Understanding) -> Sequence[Stock]:
    """Of the articles that the buyer names by number, or by the start of one."""
    articles = [one.text for one in meant.mentions if one.kind == "article"][:ASKED_REFS]
    found = await asyncio.gather(*(shop.stock(one[:ASKED_CHARS]) for one in articles))
    return [
        stock
        for named, stocks in zip(articles, found, strict=True)
        for stock in stocks
        if same_order(stock.sku, named) or stock.sku.casefold().startswith(named.casefold())
    ][:5]


def _wanted(
    product: str, conversation: Conversation, meant: Understanding, orders: Sequence[Order]
) -> str:
    """What was ordered in the size asked for, else what the buyer's sentence says of the product.

    Its name alone would find whichever colour and size the shop lists first.
    """
    size = meant.details.get("wanted_size")
    items = [item for order in orders for item in order.items]
    if size and len(items) == 1:
        [item] = items
        same = (value for name, value in item.variant.items() if name != "size")
        return " ".join((item.title, *same, size))
    newest = next((one for one in reversed(conversation.messages) if one.author == "buyer"), None)
    sentences = SENTENCE_END.split(newest.text if newest else "")
    return next((one for one in sentences if product.casefold() in one.casefold()), product)
