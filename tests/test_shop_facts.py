"""What shops tell reaches the right card, with its age, and nobody else's."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from assistant.commands import AttachOrder, LookUp, OpenConversation
from assistant.drafting.lines import review_line
from assistant.errors import NotFound, Unavailable
from assistant.model import Address, Buyer, BuyerId, Customer, Item, Order, OrderRef, StorefrontId
from assistant.playbooks import Playbooks
from assistant.settings import Storefront
from connectors.caching import Cached
from tests.fakes import FakeShop, World, settings

DOOR = Address(
    name="Lena Weber",
    line1="Torstrasse 217",
    city="Berlin",
    postcode="10115",
    country="DE",
    phone="+49 30 7654321",
)


def order(ref: str, **told: object) -> Order:
    return Order.model_validate(
        {"ref": ref, "shop": "shop", "status": "paid", "currency": "EUR", **told}
    )


def cached(world: World) -> FakeShop:
    """From now on the world's shop remembers what it said, as real ones do."""
    inner = world.shop
    world.shop = Cached(inner, world.store, world.clock)  # type: ignore[assignment]
    return inner


async def test_an_older_reading_is_used_and_its_age_stands_on_the_card(world: World) -> None:
    """Reliability 33: a shop that is down delays no answer, and nobody takes old for new."""
    world.shop.confirms(order("10045", totals={"total": 34.9}))
    shop = cached(world)
    await world.buyer_writes("Where is my order 10045?")
    shop.down = True
    world.clock.passes(minutes=12)

    about = await world.buyer_writes("Hello? Order 10045!", 2)

    conversation = await world.conversation(about)
    assert [one.ref for one in conversation.facts.orders] == ["10045"]
    [said] = [row.value for row in world.card(about).known if row.label == "Not known"]
    assert said == (
        "The shop shop could not be asked: it is down for maintenance "
        "Order 10045 is as it was 12 min ago."
    )


async def test_look_again_asks_the_shop_itself(world: World) -> None:
    world.shop.confirms(order("10045"))
    shop = cached(world)
    first = (await world.handle(LookUp(what="order", query="10045"))).card
    shop.confirms(order("10045", status="shipped"))
    world.clock.passes(seconds=5)
    same = (await world.handle(LookUp(what="order", query="10045"))).card
    again = next(one.command for one in first.buttons if one.label == "Look again")
    anew = (await world.handle(again)).card

    assert [card.tags[0].text for card in (first, same, anew)] == ["paid", "paid", "shipped"]
    assert first.note == same.note == "From shop, 10:00."
    shop.down = True
    world.clock.passes(minutes=3)
    old = (await world.handle(again)).card
    assert "it is down for maintenance" in old.note
    [row] = [row for part in anew.sections for row in part.rows if row.label == "As of"]
    assert "10:00" in row.value


async def test_an_order_of_another_storefront_s_shop_is_never_shown(world: World) -> None:
    """Nothing crosses storefronts, whatever number the buyer writes."""
    world.shop.confirms(order("10045", customer=Customer(email="tom@b.example")))
    tea = Storefront(id=StorefrontId("tea"), shops=("shop",), accounts=("email",))
    cups = Storefront(id=StorefrontId("cups"), shops=("other",), accounts=("webchat",))
    world.settings = settings(storefronts=(tea, cups))
    buyer = Buyer(id=BuyerId("webchat:v1"), name="Tom", email="tom@b.example", verified=True)

    about = await world.buyer_writes("Where is 10045?", buyer=buyer)

    conversation = await world.conversation(about)
    assert conversation.storefront == "cups"
    assert conversation.facts.orders == ()
    with pytest.raises(NotFound):
        await world.handle(LookUp(what="any", query="10045", about=about))
    with pytest.raises(NotFound):
        await world.handle(LookUp(what="buyer", query="tom@b.example", about=about))
    # Neither is it by a press.
    world.shop.down = False
    with pytest.raises(NotFound):
        await world.handle(LookUp(what="track", query="10045", about=about))


async def test_an_address_that_nobody_proved_unlocks_no_order(world: World) -> None:
    """Reliability D: identity is never what a message says of itself."""
    world.shop.confirms(order("10045", customer=Customer(email="lena@b.example")))
    claims = Buyer(id=BuyerId("webchat:v1"), name="Lena", email="lena@b.example")

    about = await world.buyer_writes("Where is my parcel?", buyer=claims)
    assert (await world.conversation(about)).facts.orders == ()

    proven = claims.model_copy(update={"id": BuyerId("webchat:v2"), "verified": True})
    about = await world.buyer_writes("Where is my parcel?", 2, thread="v2", buyer=proven)
    assert [one.ref for one in (await world.conversation(about)).facts.orders] == ["10045"]


async def test_a_door_is_for_the_team_and_for_no_draft(world: World) -> None:
    """Data protection: the card shows where it goes; a draft may not say it."""
    world.shop.confirms(order("10045", ship_to=DOOR, items=(Item(sku="A", title="Teapot"),)))
    about = await world.buyer_writes("Where is my order 10045?")

    card = (await world.handle(OpenConversation(conversation_id=about))).card
    rows = [row.value for section in card.facts for row in section.rows]
    assert "Lena Weber, Torstrasse 217, 10115, Berlin, DE, +49 30 7654321" in rows


LINE: dict[str, Any] = {
    "id": "1",
    "channel": "email",
    "market": "DE",
    "agent_language": "en",
    "now": "2026-11-21T10:00:00Z",
    "messages": [{"from": "buyer", "text": "My teapot of order 10045 came broken."}],
    "order": {
        "ref": "10045",
        "currency": "EUR",
        "totals": {"total": 34.9},
        "ship_to": DOOR.model_dump(),
        "items": [{"sku": "A", "title": "Teapot", "unit_price": 34.9}],
    },
}


def blocks(playbooks: Playbooks, text: str, **changed: Any) -> set[str]:
    told = review_line(json.dumps({**LINE, **changed, "text": text}), playbooks)
    return {one["rule"] for one in told["findings"] if one["severity"] == "block"}


def test_a_reply_says_no_street_and_no_telephone(playbooks: Playbooks) -> None:
    """Whoever writes may not be who lives there; the town is enough."""
    said = "It goes to Torstrasse 217, 10115 Berlin, phone +49 30 7654321."
    assert blocks(playbooks, said) == {"leak.address", "leak.contact"}
    assert blocks(playbooks, "It goes to 10115 Berlin.") == set()
    theirs = [{"from": "buyer", "text": "Order 10045 is broken. I live at Torstrasse 217, Berlin."}]
    assert blocks(playbooks, "You live at Torstrasse 217.", messages=theirs) == set()


def test_a_refund_is_said_to_be_made_only_once_the_shop_says_so(playbooks: Playbooks) -> None:
    """S4.11: “your refund of 12.50 EUR was made today” is a fact, or it is blocked."""
    said = "Your refund of 12.50 EUR was made today."
    assert "value.amount" in blocks(playbooks, said)
    refund = {"at": "2026-11-21T09:59:00Z", "amount": 12.5}
    assert blocks(playbooks, said, order={**LINE["order"], "refunds": [refund]}) == set()


async def test_an_order_is_attached_while_its_shop_can_not_be_asked(world: World) -> None:
    world.shop.down = True
    about = await world.buyer_writes("Hello")
    await world.handle(AttachOrder(conversation_id=about, ref=OrderRef("10045")))
    assert (await world.conversation(about)).order_refs == ("10045",)


async def test_a_reading_older_than_a_day_is_none(world: World) -> None:
    world.shop.confirms(order("10045"))
    shop = cached(world)
    assert await world.shop.order("10045") is not None
    await world.store.keep("shop:shop:order:10045", "", timedelta(days=1))  # its day is over
    shop.down = True
    with pytest.raises(Unavailable):
        await world.shop.order("10045")
