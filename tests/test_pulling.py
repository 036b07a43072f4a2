"""Channels that have to be asked: by one process at a time, for ever, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from assistant.errors import Rejected, Unavailable
from assistant.model import Arrival
from assistant.ports import Capabilities, Take, cursor_of
from assistant.ports.store import FOR_GOOD
from connectors import pulling as module
from connectors.pulling import Pulling
from tests.fakes import FakeChannel, FakeRoom, World, incoming


class Mailbox(FakeChannel):
    """A channel that hands out its messages, and moves on once they are taken."""

    def __init__(self, world: World, letters: Sequence[str]) -> None:
        super().__init__("webchat")
        self.can = Capabilities(idempotent=False)
        self.world, self.letters = world, letters
        self.asked = 0
        self.fails: list[Exception] = []
        self.emptied = asyncio.Event()

    def accounts(self) -> Sequence[str]:
        return ("",)

    async def pull(self, account: str, take: Take) -> None:
        self.asked += 1
        if self.fails:
            raise self.fails.pop(0)
        cursor = cursor_of(self.name, account)
        at = int(await self.world.store.kept(cursor) or 0)
        for n in range(at, len(self.letters)):
            arrivals: list[Arrival] = [incoming(self.letters[n], n=n, thread=f"t{n}")]
            await take(arrivals)
            await self.world.store.keep(cursor, str(n + 1), FOR_GOOD)
        self.emptied.set()
        await asyncio.Event().wait()


async def asked(world: World, box: Mailbox, room: FakeRoom | None = None) -> Pulling:
    rooms = {"console": room or world.room}
    pulling = Pulling({box.name: box}, world.store, rooms, world.clock)
    task = asyncio.create_task(pulling.run())
    try:
        async with asyncio.timeout(10):
            await box.emptied.wait()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return pulling


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HOPELESS_WAIT_S", 0.01)
    monkeypatch.setattr(module, "LONGEST_WAIT_S", 0.01)


async def test_what_was_asked_for_is_kept_and_not_asked_for_again(world: World) -> None:
    await asked(world, Mailbox(world, ["One", "Two"]))
    await asked(world, Mailbox(world, ["One", "Two", "Three"]))
    await world.work()
    assert (await world.store.figures())["accepted"] == 3


async def test_a_channel_that_is_away_is_asked_again(world: World) -> None:
    box = Mailbox(world, ["One"])
    box.fails = [Unavailable("away"), RuntimeError("unforeseen"), Unavailable("away")]
    pulling = await asked(world, box)
    assert (box.asked, pulling.troubles) == (4, {})


async def test_a_channel_that_is_away_for_days_is_still_asked(world: World) -> None:
    """For ever, whatever happens: no number of failures ends it, nor the others beside it."""
    box = Mailbox(world, ["One"])
    line = module._Line("webchat")
    for _ in range(2_000):
        assert 0 <= line.wait_s(Unavailable("away")) <= 1.2 * module.LONGEST_WAIT_S
    await asked(world, box)
    assert box.asked == 1


async def test_the_team_is_told_once_where_it_does_not_pass_by_itself(world: World) -> None:
    """A wrong password: nothing unknown is kept quiet."""
    box = Mailbox(world, ["One"])
    box.fails = [Rejected("The password is wrong."), Rejected("The password is wrong.")]
    await asked(world, box)
    assert [alert.text for alert in world.room.alerts] == ["The password is wrong."]


async def test_two_processes_never_ask_at_once_and_one_takes_over(world: World) -> None:
    first, second = Mailbox(world, ["One"]), Mailbox(world, ["One", "Two"])
    one = Pulling({"webchat": first}, world.store, {}, world.clock)
    other = Pulling({"webchat": second}, world.store, {}, world.clock)
    running = asyncio.create_task(one.run())
    await first.emptied.wait()
    waiting = asyncio.create_task(other.run())
    await asyncio.sleep(0.05)
    assert second.asked == 0
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await asked(world, second)
    assert second.asked == 1
