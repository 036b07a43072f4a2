"""Channels that have to be asked: by one process at a time, for ever, whatever happens.

Who asks holds a lease of 30 s in the store; another process takes over once it runs out. Were two
to ask at once, nothing would be doubled: what arrives is told by `once`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic

from assistant.errors import ParleyError, Rejected, Unavailable, whereabouts
from assistant.model import Arrival
from assistant.ports import PullingChannel, Room, Store
from assistant.surface.cards import Alert
from assistant.words import Text, say, words
from connectors.arriving import kept

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
RENEW_S = 10.0
LONGEST_WAIT_S = 300.0
HOPELESS_WAIT_S = 900.0
"""A wrong password is not tried every minute: some providers lock an account for that."""
PATIENCE_S = 300.0
"""So long may a channel be away before the team is told."""


class Pulling:
    """Asks all of *channels*; `troubles` says which could not be asked lately, and why."""

    def __init__(
        self,
        channels: Mapping[str, PullingChannel],
        store: Store,
        rooms: Mapping[str, Room],
        now: Callable[[], datetime],
    ) -> None:
        self._channels, self._store, self._rooms, self._now = channels, store, rooms, now
        self._name = secrets.token_hex(8)
        self.troubles: dict[str, Text] = {}

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, channel in self._channels.items():
                for account in channel.accounts():
                    group.create_task(self._ask_for_ever(name, channel, account))

    async def _ask_for_ever(self, name: str, channel: PullingChannel, account: str) -> None:
        line = _Line(f"{name}:{account}" if account else name)
        try:
            await self._ask_again_and_again(channel, account, line)
        finally:
            await self._release(line.what)

    async def _ask_again_and_again(
        self, channel: PullingChannel, account: str, line: _Line
    ) -> None:
        while True:
            try:
                await self._hold(line.what)
                await self._ask(channel, account, line)
                error: Exception = Unavailable(say("It ended by itself."))
            except ParleyError as failed:
                error = failed
            except Exception as unforeseen:
                log.error("asking %s ended: %s", line.what, whereabouts(unforeseen))
                error = unforeseen
            await self._report(line, error)
            await asyncio.sleep(line.wait_s(error))

    async def _ask(self, channel: PullingChannel, account: str, line: _Line) -> None:
        """Ask while the lease is ours. Raises: Unavailable, Rejected."""

        async def take(arrivals: Sequence[Arrival]) -> None:
            for one in arrivals:
                await kept(one, self._now(), self._store)
            line.worked()
            self.troubles.pop(line.what, None)

        asking = asyncio.create_task(channel.pull(account, take))
        renewing = asyncio.create_task(self._renew(line.what))
        try:
            await asyncio.wait((asking, renewing), return_when=asyncio.FIRST_COMPLETED)
            for ended in (asking, renewing):
                if ended.done():
                    ended.result()
        finally:
            for one in (asking, renewing):
                one.cancel()
            await asyncio.gather(asking, renewing, return_exceptions=True)

    # ── one at a time ────────────────────────────────────────────────────────

    async def _hold(self, what: str) -> None:
        """Wait for the lease. Raises: Unavailable (the store)."""
        while True:
            if await self._store.claim(_lease(what), self._name, LEASE) == self._name:
                return
            await asyncio.sleep(RENEW_S)

    async def _renew(self, what: str) -> None:
        """Raises: Unavailable, where the lease is another's or the store is away."""
        while True:
            await asyncio.sleep(RENEW_S)
            if await self._store.claim(_lease(what), self._name, LEASE) != self._name:
                raise Unavailable(say("Another process asks now."))
            await self._store.keep(_lease(what), self._name, LEASE)

    async def _release(self, what: str) -> None:
        """The next process need not wait until the lease runs out."""
        with suppress(ParleyError):
            if await self._store.kept(_lease(what)) == self._name:
                await self._store.keep(_lease(what), "", LEASE)

    # ── telling ──────────────────────────────────────────────────────────────

    async def _report(self, line: _Line, error: Exception) -> None:
        """The log each time; the team once, where it lasts or does not pass by itself."""
        why = (
            error.text if isinstance(error, ParleyError) else say("Something unforeseen happened.")
        )
        self.troubles[line.what] = why
        log.warning("%s could not be asked: %s", line.what, why)
        if line.told or not (isinstance(error, Rejected) or line.away_s() > PATIENCE_S):
            return
        line.told = True
        for room in self._rooms.values():
            try:
                await room.alert(_alert(line.what, why, room.language))
            except ParleyError as failed:
                log.warning("%s could not be told of it: %s", room.name, failed)


class _Line:
    """How it goes with one account of one channel."""

    def __init__(self, what: str) -> None:
        self.what, self.told = what, False
        self._failures = 0
        self._since = monotonic()

    def worked(self) -> None:
        self._failures, self.told, self._since = 0, False, monotonic()

    def away_s(self) -> float:
        return monotonic() - self._since

    def wait_s(self, error: Exception) -> float:
        """1, 2, 4 … s up to five minutes; what the other side asked for; a quarter of an hour."""
        self._failures += 1
        if isinstance(error, Rejected):
            return HOPELESS_WAIT_S
        if isinstance(error, Unavailable) and error.retry_after_s:
            return error.retry_after_s
        # Bounded before it is raised: after a thousand failures no float holds it any more.
        wait = min(2.0 ** min(self._failures - 1, 30), LONGEST_WAIT_S)
        return wait * random.uniform(0.8, 1.2)  # noqa: S311 — jitter


def _lease(what: str) -> str:
    return f"asks:{what}"


def _alert(what: str, why: Text, language: str) -> Alert:
    in_their = words(language)
    title = in_their(say("{channel} can't be asked for messages.", channel=what))
    return Alert(title=title, text=in_their(why))
