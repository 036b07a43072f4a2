"""What a hostile reader of the rooms' code found: storms, deleted cards, moves while posting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from assistant.commands import (
    AttachOrder,
    CloseConversation,
    DropOffered,
    MoveConversation,
    ReceiveMessage,
    ShowConversation,
)
from assistant.desk.desk import Desk
from assistant.desk.worker import Worker
from assistant.errors import NotFound, Rejected, Stale, Unavailable, Unsure
from assistant.model import Known, OrderRef
from assistant.settings import Route, Storefront
from assistant.surface.cards import ConversationCard
from tests.fakes import FakeChat, FakeShop, World, incoming, settings
from tests.test_desk_receiving import TEAPOT
from tests.test_desk_rooms import OLGA, Team


@pytest.fixture
def chat(world: World) -> FakeChat:
    chat = FakeChat()
    world.room = chat
    world.settings = settings(undo_seconds=0)
    return chat


@asynccontextmanager
async def working(world: World) -> AsyncIterator[None]:
    """A real worker, all lanes at once."""
    stop = asyncio.Event()
    task = asyncio.create_task(Worker(world.ports, Desk(world.ports)).run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def until(check: object, seconds: float = 10) -> None:
    assert callable(check)
    async with asyncio.timeout(seconds):
        while not check():
            await asyncio.sleep(0.02)


async def test_a_card_that_somebody_deleted_is_posted_anew_with_its_thread(
    world: World, chat: FakeChat
) -> None:
    """A conversation is never silenced by a deleted card."""
    about = await world.buyer_writes("Hello")
    [old] = chat.cards

    show = chat.show

    async def gone(card: ConversationCard, thread: object) -> object:
        if thread == old:
            raise Rejected("somebody deleted it", "message_not_found")
        return await show(card, thread)  # type: ignore[arg-type]

    chat.show = gone  # type: ignore[method-assign, assignment]
    await world.buyer_writes("Still there?", 2)

    conversation = await world.conversation(about)
    assert chat.posted == 2
    assert conversation.threads["slack"] != old
    assert conversation.shown_seq == 2
    told = [line.said for line, _ in chat.lines[conversation.threads["slack"]]]
    assert told == ["Hello", "Still there?"], "the new thread has everything"


async def test_one_room_in_trouble_keeps_nothing_from_the_others(
    world: World, chat: FakeChat
) -> None:
    other = FakeChat("teams")
    world.more_rooms = {"teams": other}
    message = incoming("Hello")

    def down() -> None:
        raise Unavailable("Slack is down")

    chat.before = down
    await world.store.enqueue(ReceiveMessage(incoming=message), once=message.once)
    with pytest.raises(Unavailable):
        await world.work()
    assert [card.words for card in other.cards.values()] == ["Hello"]


async def test_a_card_that_was_being_posted_while_it_moved_is_struck_out(
    world: World, chat: FakeChat
) -> None:
    """Routes by intent move a conversation while its first card is on its way."""
    other = FakeChat("returns")
    world.more_rooms = {"returns": other}
    world.settings = settings(routes=(Route(to=("slack",)),), rooms=("slack", "returns"))
    message = incoming("Hello")
    show = chat.show

    async def slow(card: ConversationCard, thread: object) -> object:
        place = await show(card, thread)  # type: ignore[arg-type]
        if thread is None:
            move = MoveConversation(conversation_id=card.id, room="returns")
            await world.handle(move, OLGA)
        return place

    chat.show = slow  # type: ignore[method-assign, assignment]
    await world.store.enqueue(ReceiveMessage(incoming=message), once=message.once)
    await world.work()

    conversation = await world.conversation(next(iter(other.cards.values())).id)
    assert list(conversation.threads) == ["returns"]
    assert list(chat.struck.values()) == [conversation.threads["returns"]]


async def test_a_room_that_is_gone_alarms_the_others_once_and_not_for_ever(
    world: World, chat: FakeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One archived room without a fallback: a bounded number of dead letters and alarms."""
    monkeypatch.setattr("assistant.desk.worker._wait_s", lambda tries, error: 0.01)
    other = FakeChat("teams")
    world.more_rooms = {"teams": other}

    def archived() -> None:
        raise Rejected("the channel is archived", "is_archived")

    chat.before = archived
    message = incoming("Hello")
    await world.store.enqueue(ReceiveMessage(incoming=message), once=message.once)
    async with working(world):
        await until(lambda: world.clock.passes(seconds=1) or other.alerts)
        for _ in range(30):
            world.clock.passes(seconds=10)
            await asyncio.sleep(0.05)
        first = len(await world.store.failed())
        for _ in range(30):
            world.clock.passes(seconds=10)
            await asyncio.sleep(0.05)
    assert len(await world.store.failed()) == first, "it comes to rest"
    assert len(other.alerts) == 1
    assert [card.words for card in other.cards.values()] == ["Hello"]


async def test_a_draft_is_made_once_though_rooms_note_what_they_show_meanwhile(
    world: World, chat: FakeChat
) -> None:
    world.drafter.hangs.clear()
    message = incoming("Hello")
    await world.store.enqueue(ReceiveMessage(incoming=message), once=message.once)
    async with working(world):
        await until(lambda: chat.cards)
        world.drafter.hangs.set()
        await until(lambda: any(card.draft for card in chat.cards.values()))
    assert len(world.drafter.briefs) == 1


async def test_nothing_is_closed_over_a_newer_message_of_the_buyer(
    world: World, chat: FakeChat
) -> None:
    about = await world.buyer_writes("Hello")
    close = next(
        button.command
        for button in world.card(about).buttons
        if isinstance(button.command, CloseConversation)
    )
    await world.buyer_writes("It is not solved at all!", 2)
    with pytest.raises(Stale, match="wrote again"):
        await world.handle(close, OLGA)
    assert (await world.conversation(about)).waiting


async def test_words_that_were_deleted_before_they_were_offered_stay_away(
    world: World, chat: FakeChat
) -> None:
    from assistant.commands import OfferWords

    chat.people = {OLGA.id: Known(actor=OLGA, language="en")}
    team = Team(world, chat)
    about = await world.buyer_writes("Hello")
    await team.types(about, "Never mind.")
    await team.press(DropOffered(conversation_id=about, id="m9"))
    late = OfferWords(conversation_id=about, id="m9", text="Never mind.", spot=team.spot(about))
    await team.press(late)
    assert (await world.conversation(about)).offers == ()


async def test_an_order_of_another_storefronts_shop_is_not_attached(
    world: World, chat: FakeChat
) -> None:
    """Nothing crosses storefronts."""
    world.shop = FakeShop(TEAPOT, name="other")
    world.settings = settings(storefronts=(Storefront(shops=("mine",)),), shops=("mine", "other"))
    about = await world.buyer_writes("Hello")
    mine = FakeShop(name="mine")
    ports = world.ports
    desk = Desk(type(ports)(**{**vars(ports), "shops": {"mine": mine, "other": world.shop}}))
    with pytest.raises(NotFound, match="No shop of this storefront"):
        await desk.handle(AttachOrder(conversation_id=about, ref=OrderRef("10045")), OLGA)


async def test_a_long_history_is_whole_after_a_move(world: World, chat: FakeChat) -> None:
    from assistant.commands import AddNote

    other = FakeChat("returns")
    world.more_rooms = {"returns": other}
    world.settings = settings(routes=(Route(to=("slack",)),), rooms=("slack", "returns"))
    about = await world.buyer_writes("Hello")
    for n in range(220):
        await world.handle(AddNote(conversation_id=about, text=f"note {n}"), OLGA)
    await world.work()
    await world.handle(MoveConversation(conversation_id=about, room="returns"), OLGA)
    await world.store.enqueue(ShowConversation(conversation_id=about))
    await world.work()
    told = [line.said for lines in other.lines.values() for line, _ in lines]
    assert told.count("note 219") == 1
    assert len([one for one in told if one and one.startswith("note")]) == 220


async def test_a_deleted_card_whose_new_post_was_lost_is_marked_as_a_possible_duplicate(
    world: World, chat: FakeChat
) -> None:
    """Pain 8: posted anew, it is noted first like any other card."""
    about = await world.buyer_writes("Hello")
    [old] = chat.cards
    show, lost = chat.show, [True]

    async def deleted(card: ConversationCard, thread: object) -> object:
        if thread == old:
            raise Rejected("somebody deleted it", "message_not_found")
        place = await show(card, thread)  # type: ignore[arg-type]
        if lost.pop() if lost else False:
            raise Unsure("the connection broke")
        return place

    chat.show = deleted  # type: ignore[method-assign, assignment]
    with pytest.raises(Unsure):
        await world.buyer_writes("Still there?", 2)
    await world.work()

    first, second = (card for thread, card in chat.cards.items() if thread != old)
    assert first.notices == ()
    assert "Possible duplicate" in second.notices[0]
    assert (await world.conversation(about)).shown_seq == 2


async def test_words_too_old_to_be_kept_on_offer_lose_their_mark(
    world: World, chat: FakeChat
) -> None:
    """Nobody believes that a mark still stands for something."""
    chat.people = {OLGA.id: Known(actor=OLGA, language="en")}
    team = Team(world, chat)
    about = await world.buyer_writes("Hello")
    for n in range(22):
        await team.types(about, f"words {n}", message=f"m{n}")
    assert len((await world.conversation(about)).offers) == 20
    assert chat.marks == {f"m{n}" for n in range(2, 22)}
