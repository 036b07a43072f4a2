"""One outbox a channel: a message a second, a few at once where it was quiet, and rest when told.

Whoever would wait long is sent away with the time of their own turn, so that a burst spreads itself
out instead of coming back all at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from assistant.errors import Unavailable
from assistant.words import say

PATIENCE_S = 5.0
"""Longer waits are not slept through: the work is put back, and others get the worker."""


@dataclass
class _Lane:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    next_at: float = 0.0
    """When the next turn would be, had nobody been quiet before."""
    held_until: float = 0.0
    told_until: float = 0.0
    """The last turn that somebody was sent away with."""


class Pace:
    """Turns by key, first come first served. *burst* turns are there at once after a quiet time."""

    def __init__(
        self,
        *,
        interval_s: float = 1.0,
        burst: int = 4,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._interval_s, self._slack_s = interval_s, (burst - 1) * interval_s
        self._patience_s, self._clock, self._sleep = patience_s, clock, sleep
        self._lanes: dict[str, _Lane] = {}

    async def turn(self, key: str) -> None:
        """Wait for a turn. Raises: Unavailable, with when to come back."""
        lane = self._lanes.setdefault(key, _Lane())
        wait_s = self._pause_s(lane) + lane.waiting * self._interval_s
        if wait_s > self._patience_s:
            raise _busy(self._told(lane, wait_s))
        lane.waiting += 1
        try:
            async with lane.lock:
                await self._wait(lane)
                lane.next_at = max(lane.next_at, self._clock()) + self._interval_s
        finally:
            lane.waiting -= 1

    async def rest(self, key: str) -> None:
        """Wait only where *key* was told to rest. Raises: Unavailable."""
        lane = self._lanes.get(key)
        while lane and (wait_s := lane.held_until - self._clock()) > 0:
            if wait_s > self._patience_s:
                raise _busy(wait_s)
            await self._sleep(wait_s)

    def hold(self, key: str, seconds: float) -> None:
        """Slack said to wait: nobody has a turn before, and then they come one by one."""
        lane = self._lanes.setdefault(key, _Lane())
        lane.held_until = max(lane.held_until, self._clock() + seconds)
        lane.next_at = max(lane.next_at, lane.held_until + self._slack_s)

    async def _wait(self, lane: _Lane) -> None:
        # Held anew while somebody slept: those behind keep their order, for they wait at the lock.
        while (pause_s := self._pause_s(lane)) > 0:
            if pause_s > self._patience_s:
                raise _busy(self._told(lane, pause_s))
            await self._sleep(pause_s)

    def _pause_s(self, lane: _Lane) -> float:
        free_at = max(lane.next_at - self._slack_s, lane.held_until)
        return max(0.0, free_at - self._clock())

    def _told(self, lane: _Lane, wait_s: float) -> float:
        now = self._clock()
        turn_at = max(now + wait_s, lane.told_until + self._interval_s)
        lane.told_until = turn_at
        return turn_at - now


def _busy(wait_s: float) -> Unavailable:
    return Unavailable(say("Slack asks us to wait before the next message."), retry_after_s=wait_s)
