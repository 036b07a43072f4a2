"""What there is, read from outside: the store key by key, and the console as an agent sees it."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from assistant.commands import WORK, OpenConversation, ShowQueue, Work
from assistant.desk.desk import Desk
from assistant.model import PARLEY, Conversation, ConversationId, Entry
from assistant.ports import Failed, Ports, Shelf, Store
from assistant.settings import Settings
from assistant.surface.cards import ConversationCard, QueueCard
from connectors.models.offline import OfflineDrafter
from connectors.store import opened
from tests.faults.ledger import Shown

MARK = re.compile(r"\((c\d+m\d+)\)")
"""Every message says its own id, so that a reader can tell which one it is."""

FAR_S = 3600.0
"""What is due later than that is no work to wait for: a card that turns late tomorrow."""


@dataclass(frozen=True)
class Kept:
    """S: everything in the store that says that a message exists."""

    conversations: Mapping[ConversationId, Conversation]
    logs: Mapping[ConversationId, list[Entry]]
    pending: list[Work]
    """In the streams, and due later."""
    dead: list[Work]


class Witness:
    """Reads Redis itself, by the names that the design gives its keys; writes nothing of it."""

    def __init__(self, redis: Redis) -> None:
        # Answers are bytes here; redis-py's types say everything they could be.
        self._redis: Any = redis
        self._known: dict[str, tuple[bytes, Conversation]] = {}

    async def kept(self) -> Kept:
        """Work first: what a worker finishes while we read is then found where it went."""
        pending = [*await self._streamed("*:work:*"), *await self._later()]
        dead = await self._streamed("*:failed")
        bodies = await self.conversations()
        keys = await self._keys("*:log:*")
        logs = {
            ConversationId(key.split(":log:", 1)[1]): [
                Entry.model_validate_json(fields[b"e"]) for _, fields in lines
            ]
            for key, lines in zip(keys, await self._all("xrange", keys), strict=True)
        }
        return Kept(bodies, logs, pending, dead)

    async def ids(self) -> set[str]:
        """Every message that the store holds anywhere, whatever it is stored as."""
        work = await self._raw("xrange", "*:work:*")
        later = await self._raw("zrange", "*:later", 0, -1)
        dead = await self._raw("xrange", "*:failed")
        logs = await self._raw("xrange", "*:log:*")
        return set(MARK.findall(f"{work}{later}{dead}{logs}"))

    async def conversations(self) -> Mapping[ConversationId, Conversation]:
        """Every conversation as it is stored; only what has changed is read again."""
        keys = await self._keys("*:conversation:*")
        versions = await self._all("hget", keys, "version")
        changed = [
            key
            for key, version in zip(keys, versions, strict=True)
            if version and self._known.get(key, (b"", None))[0] != version
        ]
        read = await self._all("hmget", changed, "version", "body")
        for key, (version, body) in zip(changed, read, strict=True):
            self._known[key] = (version, Conversation.model_validate_json(body))
        return {one.id: one for _, one in self._known.values()}

    async def to_do(self) -> int:
        """Entries of the work streams and of what is due soon."""
        streams: list[int] = await self._raw("xlen", "*:work:*")
        return sum(streams) + len(await self._later())

    async def expire_leases(self) -> None:
        """What five seconds would do. Only when the holder is certainly dead."""
        for key in await self._keys("*:lease:*"):
            await self._redis.delete(key)

    async def server(self) -> int | None:
        """The server's process id; None while it is down."""
        try:
            told = await self._redis.info("server")
        except (RedisError, OSError):
            return None
        return int(told["process_id"])

    async def _keys(self, pattern: str) -> list[str]:
        return [key.decode() async for key in self._redis.scan_iter(pattern, count=500)]

    async def _all(self, command: str, keys: Sequence[str], *arguments: object) -> list[Any]:
        """The same command for each key, in one go."""
        async with self._redis.pipeline(transaction=False) as together:
            for key in keys:
                getattr(together, command)(key, *arguments)
            answers: list[Any] = await together.execute()
            return answers

    async def _raw(self, command: str, pattern: str, *arguments: object) -> list[Any]:
        return await self._all(command, await self._keys(pattern), *arguments)

    async def _streamed(self, pattern: str) -> list[Work]:
        streams = await self._raw("xrange", pattern)
        return [WORK.validate_json(fields[b"c"]) for entries in streams for _, fields in entries]

    async def _later(self) -> list[Work]:
        soon = (time.time() + FAR_S) * 1000
        found = await self._raw("zrangebyscore", "*:later", "-inf", soon)
        members = [member for one in found for member in one]
        return [WORK.validate_json(member.split(b":", 3)[3]) for member in members]


class Reader:
    """An agent who looks at the console, by way of the desk."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        # Looking needs neither playbooks nor channels; what is missing would say so loudly.
        ports = Ports(
            settings=settings,
            store=store,
            shelf=Shelf(cast(Any, None)),
            drafter=OfflineDrafter(),
            channels={},
            rooms={},
            shops={},
            now=lambda: datetime.now(UTC),
        )
        self._desk = Desk(ports)

    async def shown(self) -> dict[ConversationId, Shown]:
        """V: every conversation of the store, and what the console shows of it."""
        queue = (await self._desk.handle(ShowQueue(limit=200), PARLEY)).card
        assert isinstance(queue, QueueCard)
        return {row.id: await self._open(row.id) for row in queue.rows}

    async def open(self, about: ConversationId) -> Shown:
        """One conversation that the queue does not list."""
        return (await self._open(about))._replace(in_queue=False)

    async def dead(self) -> list[Failed]:
        return list(await self.store.failed(1000))

    async def _open(self, about: ConversationId) -> Shown:
        card = (await self._desk.handle(OpenConversation(conversation_id=about), PARLEY)).card
        assert isinstance(card, ConversationCard)
        said = [line.said or "" for line in card.thread if line.kind == "message"]
        draft = card.draft
        return Shown(
            [MARK.findall(text)[0] for text in said],
            draft.version if draft else None,
            draft.state if draft else None,
            in_queue=True,
        )


@asynccontextmanager
async def witness(url: str) -> AsyncIterator[Witness]:
    """Connected to the server at *url*."""
    redis = Redis.from_url(url, protocol=2, socket_timeout=5, retry=Retry(NoBackoff(), 0))
    try:
        yield Witness(redis)
    finally:
        await redis.aclose()


@asynccontextmanager
async def reader(url: str, settings: Settings) -> AsyncIterator[Reader]:
    """Looks by way of the server at *url*."""
    async with opened(url) as store:
        yield Reader(store, settings)
