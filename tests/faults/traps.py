"""Points at which a process kills or stops itself: between two steps of the product, or within one.

The product has no hooks for this. Its ports are wrapped, and each wrapper does what it wraps.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

from assistant.commands import Work
from assistant.drafting.brief import Brief
from assistant.model import (
    Conversation,
    ConversationId,
    Entry,
    Lane,
    Proposal,
    Receipt,
    Reply,
    ThreadId,
)
from assistant.playbooks import Playbooks
from assistant.ports import (
    BuyerChannel,
    Drafter,
    Fence,
    Job,
    Later,
    Room,
    Store,
)
from assistant.surface.cards import Alert, ConversationCard

T = TypeVar("T")

WEB_POINTS = ("enqueuing", "enqueued", "approved")
"""Where a message or a press comes in: before the answer is given."""
ROOM_POINTS = ("posted", "shown")
"""Where a room keeps a copy of a card: posted, and noted where. The console needs neither."""
WORK_POINTS = (
    "leased",
    "taken",
    "receiving",
    "received",
    "composed",
    "drafted",
    "waking",
    "woken",
    "claiming",
    "claimed",
    "sending",
    "accepted",
    "recording",
    "sent",
    "finishing",
)
"""What a worker does, in the order of a message's way. Names in -ing are within the step."""
LINES: Mapping[str, tuple[str, str]] = {
    "message": ("receiving", "received"),
    "draft": ("", "drafted"),
    "approved": ("", "approved"),
    "sending": ("claiming", "claimed"),
    "sent": ("recording", "sent"),
}
"""Line of the log → the point within its commit, and the one after it."""


@dataclass
class Trap:
    """Springs once: the *nth* time that its point is reached."""

    point: str
    nth: int
    journal: Path
    signal: signal.Signals = signal.SIGKILL
    chance: random.Random = field(default_factory=random.Random)
    reached: int = 0

    def at(self, *points: str) -> None:
        """We are between two steps."""
        if self._due(points):
            self.spring()

    async def during(self, points: Sequence[str], step: Awaitable[T]) -> T:
        """*step* is under way; a little later we may be gone, and it done or not."""
        if not self._due(points):
            return await step
        task = asyncio.ensure_future(step)
        for _ in range(self.chance.randrange(6)):
            await asyncio.sleep(0)
        await asyncio.sleep(self.chance.choice((0.0, 0.0005, 0.001, 0.003)))
        self.spring()
        return await task

    def spring(self) -> None:
        """Say where, then be gone: no handler of the process gets to run."""
        with self.journal.open("a") as journal:
            journal.write(f"{self.point}\n")
        os.kill(os.getpid(), self.signal)

    def _due(self, points: Sequence[str]) -> bool:
        if not self.point or self.point not in points:
            return False
        self.reached += 1
        return self.reached == self.nth


class TrappedStore:
    """A store with points before, within and after its steps; everything else is passed on."""

    def __init__(self, inner: Store, trap: Trap) -> None:
        self._inner, self._trap = inner, trap
        self._due: list[datetime] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def fenced(self, fence: Fence) -> TrappedStore:
        fenced = TrappedStore(self._inner.fenced(fence), self._trap)
        fenced._due = self._due
        return fenced

    async def enqueue(self, command: Work, *, once: str | None = None) -> bool:
        new = await self._trap.during(["enqueuing"], self._inner.enqueue(command, once=once))
        self._trap.at("enqueued")
        return new

    async def commit(
        self, conversation: Conversation, then: Sequence[Work | Later] = ()
    ) -> Conversation:
        within, after = _points(conversation.unlogged, then)
        stored = await self._trap.during(within, self._inner.commit(conversation, then))
        self._due += [one.due for one in then if isinstance(one, Later)]
        self._trap.at(*after)
        return stored

    async def hold(self, shard: int, lane: Lane, holder: str) -> Fence | None:
        fence = await self._inner.hold(shard, lane, holder)
        if fence is not None:
            self._trap.at("leased")
        return fence

    async def take(self, fence: Fence, count: int, block: timedelta) -> Sequence[Job]:
        jobs = await self._inner.take(fence, count, block)
        if jobs:
            self._trap.at("taken")
        return jobs

    async def done(self, fence: Fence, job: Job) -> None:
        await self._trap.during(["finishing"], self._inner.done(fence, job))

    async def wake(self, fence: Fence, now: datetime) -> datetime | None:
        """Only where something that was committed here is due: an empty step proves nothing."""
        due = [one for one in self._due if one <= now]
        if not due:
            return await self._inner.wake(fence, now)
        next_due = await self._trap.during(["waking"], self._inner.wake(fence, now))
        self._trap.at("woken")
        return next_due


def _points(lines: Sequence[Entry], then: Sequence[Work | Later]) -> tuple[list[str], list[str]]:
    """The points within and after a commit, by the lines that it adds to the log."""
    if not lines and not then:
        return [], ["shown"]
    found = [LINES[one.kind] for one in lines if one.kind in LINES]
    return [within for within, _ in found if within], [after for _, after in found]


class TrappedChannel:
    """A channel that may be cut off within a call, and after it was told yes."""

    def __init__(self, inner: BuyerChannel, trap: Trap) -> None:
        self._inner, self._trap = inner, trap
        self.name, self.can = inner.name, inner.can

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def send(self, reply: Reply, to: Conversation) -> Receipt:
        receipt = await self._trap.during(["sending"], self._inner.send(reply, to))
        self._trap.at("accepted")
        return receipt


class TrappedRoom:
    """A room that shows a card nobody has noted yet."""

    def __init__(self, inner: Room, trap: Trap, *, copies: bool) -> None:
        self._inner, self._trap, self._copies = inner, trap, copies
        self.name, self.language = inner.name, inner.language

    def place(self, about: ConversationId) -> ThreadId | None:
        """The console's own; none where it plays a room that keeps copies and must be asked."""
        return None if self._copies else self._inner.place(about)

    async def show(self, card: ConversationCard, thread: ThreadId | None) -> ThreadId:
        thread = await self._inner.show(card, thread)
        self._trap.at("posted")
        return thread

    async def alert(self, alert: Alert) -> None:
        await self._inner.alert(alert)


class TrappedDrafter:
    """A drafter whose words nobody has kept yet."""

    def __init__(self, inner: Drafter, trap: Trap) -> None:
        self._inner, self._trap = inner, trap
        self.name: Literal["offline", "model"] = inner.name

    async def draft(self, brief: Brief, playbooks: Playbooks) -> Proposal:
        proposal = await self._inner.draft(brief, playbooks)
        self._trap.at("composed")
        return proposal
