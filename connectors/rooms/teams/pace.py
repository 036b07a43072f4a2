"""How fast Teams lets a bot write: so much a second and an hour in a thread, and rest when told.

Source: MicrosoftDocs/msteams-docs, bots/how-to/rate-limit.md, read 2026-11.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from assistant.errors import Unavailable
from assistant.words import say

PATIENCE_S = 5.0
"""Longer waits are not slept through: the work is put back, and others get the worker."""
THREAD = ((7, 1.0), (8, 2.0), (60, 30.0), (1_800, 3_600.0))
"""So many calls in so many seconds in one thread."""
APP = ((30, 1.0),)
"""The same for all threads together."""
REMEMBERED = 5_000

Limits = Sequence[tuple[int, float]]


@dataclass
class _Lane:
    """When one's turns were, and are to be."""

    limits: Limits
    turns: deque[float] = field(default_factory=deque)
    held_until: float = float("-inf")

    def free_at(self, now: float) -> float:
        """The next moment at which one more turn keeps every limit."""
        longest = max(per_s for _, per_s in self.limits)
        while self.turns and self.turns[0] <= now - longest:
            self.turns.popleft()
        # Turns that are promised already come first.
        newest = self.turns[-1] if self.turns else now
        earliest = [self.turns[-n] + per_s for n, per_s in self.limits if len(self.turns) >= n]
        return max(now, newest, self.held_until, *earliest)


class Pace:
    """Turns by thread."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._app = _Lane(APP)
        self._threads: OrderedDict[str, _Lane] = OrderedDict()

    async def turn(self, thread: str) -> None:
        """Wait for a turn in *thread*. Raises: Unavailable, with when to come back."""
        lane, now = self._lane(thread), self._clock()
        at = lane.free_at(now)
        if at - now > PATIENCE_S:
            raise _busy(at - now)
        lane.turns.append(at)
        if at > now:
            await self._sleep(at - now)
        # A thread that waits holds up no other: the app's turn is taken when the thread's is there.
        while (wait_s := self._app.free_at(self._clock()) - self._clock()) > 0:
            await self._sleep(wait_s)
        self._app.turns.append(self._clock())
        if lane.held_until > self._clock():
            # Teams told somebody else to wait while we slept.
            raise _busy(lane.held_until - self._clock())

    def hold(self, thread: str, seconds: float) -> None:
        """Teams said to wait: nobody has a turn there before."""
        lane = self._lane(thread)
        lane.held_until = max(lane.held_until, self._clock() + seconds)

    def _lane(self, thread: str) -> _Lane:
        lane = self._threads.setdefault(thread, _Lane(THREAD))
        self._threads.move_to_end(thread)
        while len(self._threads) > REMEMBERED:
            self._threads.popitem(last=False)
        return lane


def _busy(wait_s: float) -> Unavailable:
    return Unavailable(say("Teams asks us to wait before the next message."), retry_after_s=wait_s)
