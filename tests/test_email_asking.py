"""Asking a mailbox: from where it was left, in order, once; against a mailbox in memory.

The same against a real Dovecot is among the peers.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import Unavailable
from assistant.model import Arrival, Incoming
from assistant.ports import cursor_of
from connectors.buyers.email import channel as module
from connectors.buyers.email.channel import Email
from connectors.buyers.email.mailbox import Fetched, Selected
from connectors.buyers.email.reading import read_mail
from connectors.files import FolderFiles
from connectors.http import Parts, client_session
from tests.email_letters import letter, options
from tests.fakes import START, World, settings


class Memory:
    """A folder in memory that answers as a server does, and counts what it is asked."""

    def __init__(self, *, has_idle: bool = True) -> None:
        self.validity, self.next = 1, 1
        self.mails: dict[int, tuple[datetime, bytes]] = {}
        self.has_idle, self.idle_works = has_idle, True
        self.read_uids: list[int] = []
        self.asked: list[str] = []
        self.fails: list[Exception] = []
        self.changed = asyncio.Event()
        self.idling = asyncio.Event()

    def comes(self, text: str, at: datetime = START, **heads: str) -> int:
        uid, self.next = self.next, self.next + 1
        heads.setdefault("message_id", f"<m{uid}.{self.validity}@buyer.test>")
        self.mails[uid] = (at, letter(text, **heads))
        self.changed.set()
        return uid

    def again(self) -> None:
        """The folder was made anew: other numbers for the same mails."""
        known = list(self.mails.values())
        self.validity, self.next, self.mails = self.validity + 1, 101, {}
        for one in known:
            self.mails[self.next] = one
            self.next += 1

    async def __aenter__(self) -> Memory:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.idling.clear()

    async def select(self, folder: str) -> Selected:
        return Selected(self.validity, self.next)

    async def after(self, uid: int) -> list[int]:
        self.asked.append("after")
        return [one for one in self.mails if one > uid]

    async def since(self, day: date, *, unanswered: bool) -> list[int]:
        self.asked.append("since")
        return [uid for uid, (at, _) in self.mails.items() if at.date() >= day]

    async def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        return {uid: len(self.mails[uid][1]) for uid in uids if uid in self.mails}

    async def read(self, uids: Sequence[int]) -> list[Fetched]:
        if self.fails:
            raise self.fails.pop(0)
        self.read_uids += uids
        found = [(uid, self.mails[uid]) for uid in uids if uid in self.mails]
        return [Fetched(uid, at, read_mail(raw), False) for uid, (at, raw) in found]

    async def idle(self, seconds: float) -> bool:
        self.asked.append("idle")
        if self.idle_works:
            await self._changes()
        return self.idle_works

    async def pause(self, seconds: float) -> None:
        self.asked.append("pause")
        await self._changes()

    async def _changes(self) -> None:
        self.idling.set()
        await self.changed.wait()
        self.changed.clear()
        self.idling.clear()


class Asked:
    """A channel over such a folder, and what was taken of it."""

    def __init__(self, world: World, box: Memory, files: Path, **changes: Any) -> None:
        self.world, self.box, self.files, self.changes = world, box, files, changes
        self.taken: list[Incoming] = []
        self.refuses: Callable[[], None] = lambda: None

    async def take(self, arrivals: Sequence[Arrival]) -> None:
        self.refuses()
        self.taken += [one for one in arrivals if isinstance(one, Incoming)]

    @property
    def said(self) -> list[str]:
        return [one.text for one in self.taken]

    async def run(self, *meanwhile: Callable[[], object]) -> None:
        """Ask until all is quiet; after each of *meanwhile*, until it is again."""
        async with client_session() as client:
            parts = Parts(
                settings=settings(),
                store=self.world.store,
                files=FolderFiles(self.files),
                client=client,
                now=self.world.clock,
            )
            email = Email(parts, {"": options(**self.changes)})
            task = asyncio.create_task(email.pull("", self.take))
            try:
                for one in (lambda: None, *meanwhile):
                    one()
                    await self._quiet(task)
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _quiet(self, task: asyncio.Task[None]) -> None:
        async with asyncio.timeout(10):
            while self.box.changed.is_set() or not self.box.idling.is_set():
                if task.done():
                    return task.result()
                await asyncio.sleep(0.005)

    async def cursor(self) -> list[Any]:
        return list(json.loads(await self.world.store.kept(cursor_of("email", "")) or "[]"))


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Memory:
    box = Memory()
    monkeypatch.setattr(module, "Mailbox", lambda options, secret: box)
    return box


async def test_mail_is_taken_in_order_as_it_comes_and_the_place_is_kept(
    world: World, box: Memory, tmp_path: Path
) -> None:
    asked = Asked(world, box, tmp_path)
    await asked.run(lambda: box.comes("one"), lambda: [box.comes("two"), box.comes("three")])
    assert asked.said == ["one", "two", "three"]
    assert (await asked.cursor())[:2] == [1, 3]

    box.comes("four")
    again = Asked(world, box, tmp_path)
    await again.run()
    assert again.said == ["four"]


async def test_the_first_start_takes_over_yesterday_and_reads_nothing_older(
    world: World, box: Memory, tmp_path: Path
) -> None:
    """A mailbox of years is not a queue of work."""
    for n in range(300):
        box.comes(f"old {n}", START - timedelta(days=30))
    box.comes("this morning")
    asked = Asked(world, box, tmp_path)
    await asked.run()
    assert asked.said == ["this morning"]
    assert box.read_uids == [301]

    none = Asked(world, box, tmp_path, look_back_days=0)
    await world.store.keep(cursor_of("email", ""), "", timedelta(1))
    await none.run(lambda: box.comes("new"))
    assert none.said == ["new"]


async def test_a_busy_mailbox_gives_two_hundred_at_most_at_first(
    world: World, box: Memory, tmp_path: Path
) -> None:
    for n in range(260):
        box.comes(f"m{n}")
    asked = Asked(world, box, tmp_path)
    await asked.run()
    assert (len(asked.said), asked.said[-1]) == (200, "m259")


async def test_the_place_moves_only_once_the_mails_are_durable(
    world: World, box: Memory, tmp_path: Path
) -> None:
    """3: killed between reading and keeping, they are read again."""
    asked = Asked(world, box, tmp_path)
    await asked.run(lambda: box.comes("one"))

    def away() -> None:
        raise Unavailable("the store is away")

    box.comes("two")
    asked.refuses = away
    with pytest.raises(Unavailable):
        await asked.run()
    assert (await asked.cursor())[1] == 1
    asked.refuses = lambda: None
    await asked.run()
    assert asked.said == ["one", "two"]


async def test_a_folder_made_anew_is_looked_through_from_the_day_of_the_last_mail(
    world: World, box: Memory, tmp_path: Path
) -> None:
    """UIDVALIDITY: the numbers of before say nothing; what is known is told by its Message-ID."""
    box.comes("long ago", START - timedelta(days=40))
    asked = Asked(world, box, tmp_path)
    await asked.run(lambda: box.comes("one"))
    box.comes("two")
    box.again()
    await asked.run()
    assert asked.said == ["one", "one", "two"]
    assert asked.taken[0].once == asked.taken[1].once
    assert (await asked.cursor())[:2] == [2, 103]


async def test_it_asks_again_and_again_where_there_is_no_idle_or_it_fails(
    world: World, box: Memory, tmp_path: Path
) -> None:
    box.has_idle = False
    asked = Asked(world, box, tmp_path)
    await asked.run(lambda: box.comes("one"))
    assert "idle" not in box.asked
    box.has_idle, box.idle_works = True, False
    await asked.run(lambda: box.comes("two"))
    assert asked.said == ["one", "two"]
    assert box.asked.count("pause") >= 4


async def test_a_mail_that_is_gone_when_it_is_read_holds_up_nothing(
    world: World, box: Memory, tmp_path: Path
) -> None:
    asked = Asked(world, box, tmp_path)
    await asked.run()
    gone = box.comes("moved by a rule")
    box.comes("stays")
    del box.mails[gone]
    await asked.run()
    assert asked.said == ["stays"]
    assert (await asked.cursor())[1] == 2


async def test_many_mails_come_in_batches_and_none_is_lost(
    world: World, box: Memory, tmp_path: Path
) -> None:
    asked = Asked(world, box, tmp_path)
    await asked.run(lambda: [box.comes(f"m{n}") for n in range(1_203)])
    assert asked.said == [f"m{n}" for n in range(1_203)]


async def test_a_broken_connection_goes_on_where_it_broke(
    world: World, box: Memory, tmp_path: Path
) -> None:
    asked = Asked(world, box, tmp_path)
    await asked.run()
    for n in range(120):
        box.comes(f"m{n}")
    box.fails = [Unavailable("broken")]
    with pytest.raises(Unavailable):
        await asked.run()
    await asked.run()
    assert asked.said == [f"m{n}" for n in range(120)]
