"""Feeds, people, and news from one process to the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Any, cast

from redis.exceptions import RedisError

from assistant.errors import Unavailable
from assistant.model import Actor
from assistant.ports import Change, FeedEntry
from assistant.words import say
from connectors.store import keys
from connectors.store.base import Base, script
from connectors.store.wire import cancellable

log = logging.getLogger(__name__)

PING_S = 2.0
QUIET_S = 15.0
"""After so long without news the connection is tried."""
AGAIN = Change("again", "")
"""Said after a gap in the news: whoever shows something loads it anew."""


class Feeds(Base):
    """What is neither a conversation nor work."""

    async def append(self, feed: str, body: str, *, once: str) -> int:
        """Add *body* to a feed; the same `once` gives the sequence number it had."""
        shard = self.shard_of(feed)
        names = [keys.feed(shard, feed), keys.numbers(shard, feed)]
        return cast(int, await self._servers.run(script("append"), names, feed, once, body))

    async def after(self, feed: str, seq: int, limit: int = 500) -> Sequence[FeedEntry]:
        """What came after the sequence number *seq*, oldest first."""
        key = keys.feed(self.shard_of(feed), feed)
        raw = await self._servers.call("XRANGE", key, f"({seq}-0", "+", "COUNT", limit, key=key)
        entries = cast(list[Any], raw)
        return [FeedEntry(int(id.split(b"-")[0]), fields[1].decode()) for id, fields in entries]

    async def first_time(self, key: str, ttl: timedelta) -> bool:
        """True once per *key* until *ttl* is over."""
        name = keys.first(self.shard_of(key), key)
        ms = max(1, int(ttl.total_seconds() * 1000))
        return await self._servers.call("SET", name, 1, "NX", "PX", ms, key=name) is not None

    async def keep(self, key: str, body: str, ttl: timedelta) -> None:
        """Put *body* under *key* until *ttl* is over; an empty one takes it away."""
        name = keys.kept(self.shard_of(key), key)
        if not body:
            await self._servers.call("DEL", name, key=name)
            return
        ms = max(1, int(ttl.total_seconds() * 1000))
        await self._servers.call("SET", name, body, "PX", ms, key=name)

    async def kept(self, key: str) -> str | None:
        """What is kept under *key*, if anything still is."""
        name = keys.kept(self.shard_of(key), key)
        body = await self._servers.call("GET", name, key=name)
        return body.decode() if isinstance(body, bytes) else None

    async def claim(self, key: str, body: str, ttl: timedelta) -> str:
        """What is kept under *key*: *body*, for *ttl*, where nothing was; else what was first."""
        name = keys.kept(self.shard_of(key), key)
        ms = max(1, int(ttl.total_seconds() * 1000))
        # NX beside GET: from Redis 7.0 on, and in every Valkey.
        first = await self._servers.call("SET", name, body, "NX", "GET", "PX", ms, key=name)
        return first.decode() if isinstance(first, bytes) else body

    async def remember(self, person: Actor) -> None:
        """Keep a person of the team, as they are called now."""
        await self._servers.run(
            script("remember"), [keys.PEOPLE], person.id, person.model_dump_json()
        )

    async def people(self) -> Sequence[Actor]:
        """Everybody who was remembered, by name."""
        raw = await self._servers.call("HVALS", keys.PEOPLE, key=keys.PEOPLE)
        people = [Actor.model_validate_json(one) for one in cast(list[bytes], raw)]
        return sorted(people, key=lambda person: (person.name.casefold(), person.id))

    async def announce(self, change: Change) -> None:
        """Tell every process."""
        news = f"{change.kind} {change.id}"
        await self._servers.call("PUBLISH", keys.CHANNEL, news, key=keys.CHANNEL)

    async def changes(self) -> AsyncGenerator[Change]:
        """Everything announced from now on, by any process; ends never, reconnects by itself.

        After a gap it says `Change("again", "")`. It has a connection of its own: one for a process
        that passes the news on, not one for every browser.
        """
        gap = False
        while True:
            try:
                async with aclosing(self._heard(gap=gap)) as heard:
                    async for change in heard:
                        gap = False
                        yield change
            except (RedisError, OSError) as error:
                if not gap:
                    log.warning("no news from the store: %s; listening again", error)
                gap = True
                await asyncio.sleep(0.5)

    async def ping(self) -> None:
        """Raises Unavailable where a write would not be kept."""
        probes = [keys.probe(shard) for shard in range(self.shards)]
        try:
            async with asyncio.timeout(PING_S):
                await asyncio.gather(
                    *(self._servers.call("SET", key, 1, "EX", 60, key=key) for key in probes)
                )
        except TimeoutError as error:
            raise Unavailable(
                say("The store did not answer in time. Try again in a moment.")
            ) from error

    async def _heard(self, *, gap: bool) -> AsyncGenerator[Change]:
        async with self._servers.listener() as listener:
            await cancellable(listener.subscribe(keys.CHANNEL))
            while True:
                news = await listener.get_message(timeout=QUIET_S)
                if news is None:
                    await listener.ping()
                elif news["type"] == "subscribe" and gap:
                    yield AGAIN
                elif news["type"] == "message":
                    kind, _, id = news["data"].decode().partition(" ")
                    yield Change(kind, id)
