"""The worker: in order, in two lanes, over crashes; what can't be done becomes a dead letter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from assistant.commands import ApproveDraft, ReceiveMessage
from assistant.desk import worker as worker_module
from assistant.desk.desk import Desk
from assistant.desk.worker import Worker
from assistant.model import ConversationId
from tests.fakes import FakeChannel, World, incoming, settings


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def working(world: World, *, desk: Desk | None = None) -> AsyncIterator[Worker]:
    """A real worker over the world's store, on real time."""
    world.clock = now  # type: ignore[assignment] — real time passes by itself
    worker = Worker(world.ports, desk or world.desk)
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    try:
        yield worker
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)


async def until(check: Callable[[], Awaitable[Any]], seconds: float = 10) -> Any:
    async with asyncio.timeout(seconds):
        while not (value := await check()):
            await asyncio.sleep(0.02)
    return value


async def accept(world: World, text: str, n: int = 1, thread: str = "v1") -> ConversationId:
    message = incoming(text, n, thread, received_at=now())
    await world.store.enqueue(ReceiveMessage(incoming=message), once=message.once)
    return ConversationId(f"webchat:{thread}")


async def test_accepted_messages_become_visible_each_once_and_in_order(world: World) -> None:
    """I2, I5."""
    async with working(world):
        for n in range(1, 21):
            for thread in ("a", "b", "c"):
                await accept(world, f"Message {n}", n, thread)

        async def all_visible() -> bool:
            return (await world.store.figures())["visible"] == 60

        await until(all_visible)
    for thread in ("a", "b", "c"):
        conversation = await world.conversation(ConversationId(f"webchat:{thread}"))
        assert [m.text for m in conversation.messages] == [f"Message {n}" for n in range(1, 21)]


async def test_with_every_model_call_hung_messages_appear_and_replies_leave(world: World) -> None:
    world.settings = settings(undo_seconds=0)
    async with working(world):
        first = await accept(world, "Where is my parcel?", thread="v1")

        async def drafted() -> bool:
            found = await world.store.load(first)
            return found is not None and found.draft is not None

        await until(drafted)
        world.drafter.hangs.clear()
        for n in range(40):
            await accept(world, "Hello?", thread=f"hung{n}")
        await world.desk.handle(ApproveDraft(conversation_id=first, version=1), _agent())

        async def all_shown_and_sent() -> bool:
            return len(world.room.cards) == 41 and len(world.channel.accepted) == 1

        await until(all_shown_and_sent)
        world.drafter.hangs.set()


def _agent() -> Any:
    from tests.fakes import OLGA

    return OLGA


class _Poisoned(Desk):
    """A desk that breaks on one message, as a bug would."""

    async def handle_with(self, ports: Any, command: Any, actor: Any, language: str = "en") -> Any:
        if isinstance(command, ReceiveMessage) and command.incoming.text == "poison":
            raise ValueError(command.incoming.text)
        return await super().handle_with(ports, command, actor, language)


async def test_a_poison_message_becomes_a_dead_letter_its_neighbours_are_unaffected(
    world: World, monkeypatch: Any, caplog: Any
) -> None:
    """Fault 31. The log says where it happened, never in words that may be a buyer's."""
    monkeypatch.setattr(worker_module, "MOST_TRIES", 2)
    async with working(world, desk=_Poisoned(world.ports)):
        await accept(world, "poison", thread="p")
        healthy = await accept(world, "Hello", thread="h")

        async def buried() -> Any:
            return await world.store.failed()

        [failure] = await until(buried)
        assert failure.cause == "poison"

        async def alerted() -> bool:
            return bool(world.room.alerts) and await world.store.load(healthy) is not None

        await until(alerted)
    [alert] = world.room.alerts
    assert alert.failed_id == failure.id
    assert "ValueError" in caplog.text
    assert "in handle_with" in caplog.text
    assert "poison" not in caplog.text

    async with working(world):
        assert await world.store.replay(failure.id)

        async def received() -> Any:
            return await world.store.load(ConversationId("webchat:p"))

        await until(received)
    assert await world.store.failed() == []


async def test_a_second_worker_takes_over_what_a_cancelled_one_had_in_hand(world: World) -> None:
    """Fault 3: taken and not finished is run again by the next holder."""
    world.settings = settings(undo_seconds=0)
    world.channel = FakeChannel(idempotent=True)
    hanging = asyncio.Event()

    class Stuck(Desk):
        async def handle_with(self, *args: Any, **kwargs: Any) -> Any:
            await hanging.wait()

    world.clock = now  # type: ignore[assignment] — real time passes by itself
    first = asyncio.create_task(Worker(world.ports, Stuck(world.ports)).run(asyncio.Event()))
    about = await accept(world, "Hello")

    async def taken() -> bool:
        return (await world.store.figures())["pending.desk"] == 1

    await until(taken)
    await asyncio.sleep(0.3)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)

    async with working(world):

        async def shown() -> bool:
            return any(card.id == about for card in world.room.cards.values())

        await until(shown)
    assert len((await world.conversation(about)).messages) == 1
