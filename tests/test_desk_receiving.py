"""A buyer's message becomes part of one conversation, visible at once, with a draft."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from assistant.commands import AttachOrder, CloseConversation, OpenConversation, ReceiveMessage
from assistant.model import ConversationId, Customer, Item, Lane, Order, ThreadId, Totals
from assistant.surface.cards import ConversationCard
from tests.fakes import START, FakeRoom, FakeShop, World, incoming

TEAPOT = Order(
    ref="10045",
    shop="shop",
    status="delivered",
    currency="EUR",
    totals=Totals(total="34.90"),
    customer=Customer(name="Lena Weber", email="lena@example.com"),
    items=(Item(sku="INES-GRN", title="Teapot Ines", variant={"colour": "green"}, in_stock=4),),
)


async def test_a_message_is_visible_with_a_draft(world: World) -> None:
    about = await world.buyer_writes("Hello, where is my parcel?")
    card = world.card(about)
    assert card.words == "Hello, where is my parcel?"
    assert card.summary.buyer == "Tom Brandt"
    assert world.draft(about).state == "proposed"
    assert world.room.posted == 1


async def test_further_messages_stay_in_one_conversation_in_order(world: World) -> None:
    """I3, I5: one root card, in the order they came."""
    for n in range(1, 6):
        about = await world.buyer_writes(f"Message {n}", n=n)
    conversation = await world.conversation(about)
    assert [message.text for message in conversation.messages] == [
        f"Message {n}" for n in range(1, 6)
    ]
    assert world.room.posted == 1
    assert world.draft(about).text.endswith("number 5.")


async def test_the_same_message_twice_is_one_message(world: World) -> None:
    """Pain 8."""
    about = await world.buyer_writes("Hello")
    await world.buyer_writes("Hello")
    assert len((await world.conversation(about)).messages) == 1
    figures = await world.store.figures()
    assert figures["accepted"] == figures["visible"] == 1


async def test_a_command_run_again_after_a_crash_changes_nothing(world: World) -> None:
    about = await world.buyer_writes("Hello")
    before = await world.conversation(about)
    await world.handle(ReceiveMessage(incoming=incoming("Hello", received_at=START)))
    await world.work()
    assert await world.conversation(about) == before
    assert (await world.store.figures())["suppressed"] == 0


async def test_a_repeat_after_its_key_expired_is_counted_as_suppressed(world: World) -> None:
    """I7: accepted = visible + dead + suppressed + pending."""
    about = await world.buyer_writes("Hello")
    late = incoming("Hello", received_at=START + timedelta(days=8))
    await world.handle(ReceiveMessage(incoming=late))
    assert len((await world.conversation(about)).messages) == 1
    assert (await world.store.figures())["suppressed"] == 1


async def test_an_edited_message_keeps_its_versions_and_outdates_the_draft(world: World) -> None:
    """Pain 6."""
    about = await world.buyer_writes("Where is order 10O45?")
    await world.buyer_writes("Where is order 10045?", kind="edited")
    conversation = await world.conversation(about)
    [message] = conversation.messages
    assert message.text == "Where is order 10045?"
    assert message.earlier == ("Where is order 10O45?",)
    assert conversation.draft_of(1).state == "outdated"


async def test_an_edit_that_is_run_again_changes_nothing(world: World) -> None:
    about = await world.buyer_writes("Where is order 10O45?")
    edit = incoming("Where is order 10045?", kind="edited")
    await world.handle(ReceiveMessage(incoming=edit))
    await world.work()
    before = await world.conversation(about)
    await world.handle(ReceiveMessage(incoming=edit))
    assert await world.conversation(about) == before


async def test_a_deleted_message_is_marked_and_not_lost(world: World) -> None:
    about = await world.buyer_writes("My card number is …")
    await world.buyer_writes("", kind="deleted")
    [message] = (await world.conversation(about)).messages
    assert message.deleted
    assert message.text == "My card number is …"


async def test_a_new_message_reopens_a_closed_conversation(world: World) -> None:
    about = await world.buyer_writes("Hello")
    await world.handle(CloseConversation(conversation_id=about, reason="solved"))
    world.clock.passes(days=1)
    await world.buyer_writes("It broke again.", n=2)
    conversation = await world.conversation(about)
    assert conversation.state == "open"
    assert conversation.waiting_since == world.clock()
    assert [outcome.reason for outcome in conversation.outcomes] == ["solved"]


async def test_the_order_the_buyer_names_is_on_the_card(world: World) -> None:
    """Pain 5; S3.8."""
    world.shop = FakeShop(TEAPOT)
    about = await world.buyer_writes("The spout of my teapot is broken. Order 10045.")
    [row] = [row for row in world.card(about).known if row.label == "Order"]
    assert row.value.startswith("10045 · Teapot Ines, green · €34.90")


async def test_an_order_in_another_name_is_pointed_out_before_its_data_is_told(
    world: World,
) -> None:
    world.shop = FakeShop(TEAPOT)
    about = await world.buyer_writes("Where is order 10045?")
    assert any("in the name of Lena Weber" in row.value for row in world.card(about).known)


async def test_an_order_is_known_however_its_number_is_written(world: World) -> None:
    class Lenient(FakeShop):
        async def order(self, ref: str) -> Order | None:
            return await super().order(ref.replace(" ", "").lstrip("#"))

    world.shop = Lenient(TEAPOT)
    about = await world.buyer_writes("Where is it?", order_refs=("#10 045",))
    shown = [row.value for row in world.card(about).known if row.label == "Order"]
    assert len(shown) == 1
    assert shown[0].startswith("10045 · ")


async def test_an_order_that_is_not_found_is_said(world: World) -> None:
    about = await world.buyer_writes("Where is order 99999?")
    assert any("99999: not found" in row.value for row in world.card(about).known)


async def test_a_shop_that_is_down_is_said_and_the_message_is_visible(world: World) -> None:
    """Fault 33."""
    world.shop.down = True
    about = await world.buyer_writes("Where is order 10045?")
    assert any("could not be asked" in row.value for row in world.card(about).known)
    assert world.draft(about).state == "proposed"


async def test_orders_are_looked_up_by_address_only_where_the_channel_vouches_for_it(
    world: World,
) -> None:
    world.shop = FakeShop(TEAPOT)
    for thread, verified in (("v1", False), ("v2", True)):
        told = incoming("Where is my parcel?", thread=thread)
        buyer = told.buyer.model_copy(update={"email": "lena@example.com", "verified": verified})
        about = await world.buyer_writes("Where is my parcel?", thread=thread, buyer=buyer)
        assert bool((await world.conversation(about)).facts.orders) is verified


async def test_an_attached_order_is_looked_up_and_drafted_anew(world: World) -> None:
    world.shop = FakeShop(TEAPOT)
    about = await world.buyer_writes("The spout is broken.")
    await world.handle(AttachOrder(conversation_id=about, ref="10045"))
    await world.work()
    assert [order.ref for order in (await world.conversation(about)).facts.orders] == ["10045"]
    assert world.draft(about).version == 2


LANES_BUT_DRAFT: tuple[Lane, ...] = ("desk", "room")


async def test_with_the_drafter_hung_the_message_shows_and_the_reply_can_be_written(
    world: World,
) -> None:
    """A hung model delays nothing in the lanes of the desk and of the rooms."""
    message = incoming("Where is my parcel?")
    await world.store.enqueue(ReceiveMessage(incoming=message), once=message.once)
    for lane, shard in product(LANES_BUT_DRAFT, range(world.store.shards)):
        fence = await world.store.hold(shard, lane, "tests")
        assert fence is not None
        while jobs := await world.store.take(fence, 10, timedelta(0)):
            for job in jobs:
                await world.handle(job.command)
                await world.store.done(fence, job)
    [card] = world.room.cards.values()
    assert card.words == "Where is my parcel?"
    assert card.no_draft is not None
    assert next(button.label for button in card.buttons) == "Write reply"


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
async def test_the_thread_tells_what_happened_in_the_readers_language(
    world: World, language: str
) -> None:
    about = await world.buyer_writes("Hello")
    answer = await world.handle(OpenConversation(conversation_id=about), language=language)
    assert isinstance(answer.card, ConversationCard)
    [line] = answer.card.thread
    assert line.said == "Hello"
    assert line.side == "buyer"


class LiveRoom(FakeRoom):
    """Renders what is committed when it is looked at, as the console does."""

    def place(self, about: ConversationId) -> ThreadId:  # type: ignore[override]
        return ThreadId(f"console:{about}")


async def test_a_room_that_renders_what_is_committed_needs_no_posting(world: World) -> None:
    world.room = LiveRoom()
    about = await world.buyer_writes("Hello")
    conversation = await world.conversation(about)
    assert conversation.threads == {"console": f"console:{about}"}
    assert (await world.store.figures())["visible"] == 1
    assert world.room.cards == {}
