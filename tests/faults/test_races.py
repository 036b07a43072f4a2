"""Races inside one process that kills seldom hit: each is made to happen here."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from assistant.commands import AddNote, ApproveDraft, ReceiveMessage, SendReply, UndoApproval, Work
from assistant.desk import sending
from assistant.desk.desk import Desk
from assistant.desk.worker import MOST_TRIES, Worker
from assistant.errors import Stale, Unavailable
from assistant.model import PARLEY, Conversation, ConversationId, Receipt, Reply
from connectors.store.keys import shard_of
from tests.fakes import MARIA, OLGA, Clock, FakeChannel, World, incoming, settings


class Slow(FakeChannel):
    """A channel without keys that answers only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answers = asyncio.Event(), asyncio.Event()

    async def send(self, reply: Reply, to: Conversation) -> Receipt:
        self.asked.set()
        await self.answers.wait()
        return await super().send(reply, to)


async def sending_slowly(world: World) -> tuple[ConversationId, Slow, asyncio.Task[Any]]:
    """An approved reply that its channel has been asked to take."""
    world.channel = channel = Slow()
    world.settings = settings(undo_seconds=0)
    about = await world.buyer_writes("Where is my parcel?")
    # Not by a worker: the press alone, then the sending, so that the test decides what comes first.
    conversation = await world.conversation(about)
    await world.store.commit(conversation.approved(1, OLGA, world.clock(), world.clock()))
    command = SendReply(conversation_id=about, version=1)
    task = asyncio.create_task(world.desk.handle(command, PARLEY))
    await channel.asked.wait()
    return about, channel, task


async def test_a_note_during_the_sending_does_not_make_it_unsure(world: World) -> None:
    about, channel, task = await sending_slowly(world)
    await world.handle(AddNote(conversation_id=about, text="She called, too."), MARIA)
    channel.answers.set()
    await task

    conversation = await world.conversation(about)
    assert conversation.draft_of(1).state == "sent"
    assert [note.text for note in conversation.notes] == ["She called, too."]
    assert len(channel.accepted) == 1


async def test_what_the_buyer_writes_during_the_sending_gets_a_draft_of_its_own(
    world: World,
) -> None:
    about, channel, task = await sending_slowly(world)
    await world.buyer_writes("And is it insured?", n=2)
    assert (await world.conversation(about)).draft_of(1).state == "sending"
    channel.answers.set()
    await task
    await world.work()

    conversation = await world.conversation(about)
    assert [(one.version, one.state) for one in conversation.drafts] == [
        (1, "sent"),
        (2, "proposed"),
    ]
    assert conversation.waiting


async def test_a_refused_try_overtaken_by_the_buyer_is_not_tried_again(world: World) -> None:
    """What the buyer wrote meanwhile outdates it, as it does one that waits out its undo time."""
    about, channel, task = await sending_slowly(world)

    def busy(reply: Reply) -> None:
        raise Unavailable("busy")

    channel.before = busy
    await world.buyer_writes("Forget it, it has just arrived!", n=2)
    channel.answers.set()
    await task
    world.clock.passes(seconds=60)
    await world.work()

    conversation = await world.conversation(about)
    assert [(one.version, one.state) for one in conversation.drafts] == [
        (1, "outdated"),
        (2, "proposed"),
    ]
    assert channel.accepted == []


async def test_a_claim_that_took_too_long_is_given_back_unsent(
    world: World, monkeypatch: Any
) -> None:
    """Fault 13: who slept after the claim may have been taken for dead, and a person asked."""
    monkeypatch.setattr(sending, "CLAIM_FRESH_S", -1.0)
    world.settings = settings(undo_seconds=0)
    about = await world.buyer_writes("Where is my parcel?")
    await world.handle(ApproveDraft(conversation_id=about, version=1))
    await world.work()

    assert world.channel.calls == 0
    assert (await world.conversation(about)).draft_of(1).state == "approved"


async def test_undo_and_send_at_once_end_in_one_of_the_two(world: World) -> None:
    world.settings = settings(undo_seconds=0)
    for n in range(20):
        about = await world.buyer_writes("Where is my parcel?", thread=f"u{n}")
        conversation = await world.conversation(about)
        await world.store.commit(conversation.approved(1, OLGA, world.clock(), world.clock()))
        before = len(world.channel.accepted)
        undone, _ = await asyncio.gather(
            world.handle(UndoApproval(conversation_id=about, version=1), MARIA),
            world.handle(SendReply(conversation_id=about, version=1), PARLEY),
            return_exceptions=True,
        )
        state = (await world.conversation(about)).draft_of(1).state
        sent = len(world.channel.accepted) - before
        expected = (1, "sent") if isinstance(undone, Stale) else (0, "proposed")
        assert (sent, state) == expected


# ── the worker ───────────────────────────────────────────────────────────────


class RealTime(Clock):
    """Passes by itself."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


async def accept(world: World, thread: str, text: str = "Hello", n: int = 1) -> ConversationId:
    message = incoming(text, n, thread, received_at=datetime.now(UTC))
    await world.store.enqueue(ReceiveMessage(incoming=message), once=message.once)
    return ConversationId(f"webchat:{thread}")


class Deadly(Desk):
    """A desk on which one message kills the worker, again and again; it takes its time first."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.killed = asyncio.Event()

    async def handle_with(self, ports: Any, command: Any, actor: Any, language: str = "en") -> Any:
        if isinstance(command, ReceiveMessage) and command.incoming.text == "poison":
            await asyncio.sleep(0.05)
            self.killed.set()
            await asyncio.Event().wait()
        if isinstance(command, ReceiveMessage):
            await asyncio.sleep(0.2)
        return await super().handle_with(ports, command, actor, language)


async def test_what_kills_the_worker_is_buried_and_its_neighbours_are_not(world: World) -> None:
    """Fault 31: neighbours that were under way each time are not taken for the culprit."""
    world.clock = RealTime()
    await accept(world, "p", "poison")
    alike = [t for t in (f"v{n}" for n in range(999)) if _shard(world, t) == _shard(world, "p")]
    healthy = [await accept(world, thread) for thread in alike[:6]]
    for _ in range(MOST_TRIES):
        desk = Deadly(world.ports)
        worker = asyncio.create_task(Worker(world.ports, desk).run(asyncio.Event()))
        async with asyncio.timeout(10):
            await desk.killed.wait()
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)

    worker = asyncio.create_task(Worker(world.ports, Deadly(world.ports)).run(asyncio.Event()))
    async with asyncio.timeout(15):
        while len(await world.store.failed()) < 1 or not all(
            [await world.store.load(about) for about in healthy]
        ):
            await asyncio.sleep(0.05)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    [failure] = await world.store.failed()
    assert _text(failure.command) == "poison"


def _shard(world: World, thread: str) -> int:
    return shard_of(f"webchat:{thread}", world.store.shards)


async def test_a_backlog_survives_many_workers(world: World) -> None:
    """Taken by one worker after the other and never begun, it is nobody's poison."""

    class Stuck(Desk):
        async def handle_with(self, *args: Any, **kwargs: Any) -> Any:
            await asyncio.Event().wait()

    world.clock = RealTime()
    for n in range(1, 4):
        await accept(world, "v1", f"Message {n}", n)
    for _ in range(MOST_TRIES + 2):
        worker = asyncio.create_task(Worker(world.ports, Stuck(world.ports)).run(asyncio.Event()))
        await asyncio.sleep(0.15)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    worker = asyncio.create_task(Worker(world.ports, world.desk).run(asyncio.Event()))
    async with asyncio.timeout(15):
        while not (found := await world.store.load(ConversationId("webchat:v1"))) or (
            len(found.messages) < 2
        ):
            await asyncio.sleep(0.05)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    # The first one was begun each time; those behind it only waited.
    assert {_text(one.command) for one in await world.store.failed()} <= {"Message 1"}


def _text(command: Work) -> str:
    assert isinstance(command, ReceiveMessage)
    return command.incoming.text
