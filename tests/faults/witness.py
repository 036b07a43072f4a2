"""What there is, read from outside: the store key by key, and the console as an agent sees it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
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
from assistant.ports import Failed, Ports, Store
from assistant.settings import Settings
from assistant.surface.cards import ConversationCard, QueueCard
from connectors.store import opened
from tests.faults.ledger import Shown

MARK = re.compile(r"\((c\d+m\d+)\)")
"""Every message says its own id, so that a reader can tell which one it is."""


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

    async def kept(self) -> Kept:
        """Work first: what a worker finishes while we read is then found where it went."""
        pending = [*await self._streamed("*:work:*"), *await self._later()]
        dead = await self._streamed("*:failed")
        bodies = await self.conversations()
        logs = {id: await self._log(key) for id, key in (await self._logs()).items()}
        return Kept(bodies, logs, pending, dead)

    async def conversations(self) -> Mapping[ConversationId, Conversation]:
        """Every conversation as it is stored."""
        keys = await self._keys("*:conversation:*")
        bodies = [await self._redis.hget(key, "body") for key in keys]
        found = [Conversation.model_validate_json(body) for body in bodies if body]
        return {one.id: one for one in found}

    async def to_do(self) -> int:
        """Entries of the work streams and of what is due later."""
        streams: list[int] = [await self._redis.xlen(key) for key in await self._keys("*:work:*")]
        later: list[int] = [await self._redis.zcard(key) for key in await self._keys("*:later")]
        return sum(streams) + sum(later)

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

    async def _logs(self) -> dict[ConversationId, str]:
        keys = await self._keys("*:log:*")
        return {ConversationId(key.split(":log:", 1)[1]): key for key in keys}

    async def _log(self, key: str) -> list[Entry]:
        lines = await self._redis.xrange(key)
        return [Entry.model_validate_json(fields[b"e"]) for _, fields in lines]

    async def _streamed(self, pattern: str) -> list[Work]:
        entries = [
            entry for key in await self._keys(pattern) for entry in await self._redis.xrange(key)
        ]
        return [WORK.validate_json(fields[b"c"]) for _, fields in entries]

    async def _later(self) -> list[Work]:
        members = [
            member
            for key in await self._keys("*:later")
            for member in await self._redis.zrange(key, 0, -1)
        ]
        return [WORK.validate_json(member.split(b":", 3)[3]) for member in members]


class Reader:
    """An agent who looks at the console, by way of the desk."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        # Looking needs neither playbooks nor channels; what is missing would say so loudly.
        ports = Ports(
            settings=settings,
            store=store,
            playbooks=cast(Any, None),
            drafter=cast(Any, None),
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
