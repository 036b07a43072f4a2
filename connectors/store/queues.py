"""Who waits, who wrote before, and how much there is of everything."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from assistant.model import LANES, Buyer, Conversation, ConversationId, PersonId, ThreadId
from assistant.ports import QueueView
from connectors.store import keys, written
from connectors.store.base import script
from connectors.store.conversations import REMEMBERED, Conversations

COUNTS = ("open", "late", "angry", "escalated", "mine", "unassigned", "failed")
FIGURES = ("accepted", "visible", "suppressed", "sent", "unsure", "dead")
NEWEST_FIRST = 5
"""The class of what doesn't wait, and of what is closed: newest first, the others oldest first."""


class _Row(NamedTuple):
    rank: int
    score: float
    id: ConversationId


class Queues(Conversations):
    """Lists over all shards."""

    async def queue(self, only: str, person: PersonId, now: datetime, limit: int) -> QueueView:
        """Late first, then angry, escalated, waiting longest, then the others by last activity."""
        parts = await asyncio.gather(
            *(self._part(shard, only, person, now, limit) for shard in range(self.shards))
        )
        totals = [sum(column) for column in zip(*(counts for counts, _ in parts), strict=True)]
        rows = sorted(row for _, found in parts for row in found)[:limit]
        shown = await self.conversations([row.id for row in rows])
        return QueueView(shown, dict(zip(COUNTS, totals, strict=True)))

    async def conversations_of_buyer(self, buyer: Buyer) -> Sequence[ConversationId]:
        """By the buyer's id and e-mail address, newest first."""
        names = [keys.of_buyer(buyer.id)]
        if buyer.email:
            names.append(keys.of_mailbox(buyer.email))
        found = await asyncio.gather(*(self._found(name) for name in names))
        scores = {id: score for one in found for id, score in one}
        return sorted(scores, key=lambda id: scores[id], reverse=True)

    async def conversations_of_order(self, ref: str) -> Sequence[ConversationId]:
        """Newest first."""
        return [id for id, _ in await self._found(keys.of_order(ref))]

    async def taught(self, since: datetime, limit: int) -> Sequence[Conversation]:
        """Those that tell what became of a draft since then, the newest first."""
        names = [keys.index(shard, written.TAUGHT) for shard in range(self.shards)]
        found = await asyncio.gather(*(self._found(name, limit) for name in names))
        rows = [(at, id) for part in found for id, at in part if at >= written.ms(since)]
        return await self.conversations([id for _, id in sorted(rows, reverse=True)[:limit]])

    async def conversation_of_thread(self, thread: ThreadId) -> ConversationId | None:
        """Whose place in a room this is. It may name a conversation whose commit never came.

        Asked of the server until it knows, then no more: a call for each word typed in a thread
        would cost as much as keeping the word does.
        """
        known = self._of_threads.get(thread)
        if known is not None:
            return known
        key = keys.of_thread(thread)
        raw = await self._servers.call("GET", key, key=key)
        if not isinstance(raw, bytes):
            return None
        if len(self._of_threads) >= REMEMBERED:
            self._of_threads.clear()
        return self._of_threads.setdefault(thread, ConversationId(raw.decode()))

    async def figures(self) -> Mapping[str, float]:
        """Counters over all shards, and how much there is now: `open`, `failed`, `pending.<lane>`.

        `unsure` goes down when a person has settled one; all other counters only grow.
        """
        total: Counter[str] = Counter(dict.fromkeys(FIGURES, 0))
        for part in await asyncio.gather(*map(self._figures, range(self.shards))):
            total.update(part)
        return {name: float(n) for name, n in total.items()}

    async def count(self, name: str, shard_of: ConversationId, by: int = 1) -> None:
        """Add *by* to a counter."""
        key = keys.count(self.shard_of(shard_of))
        await self._servers.call("HINCRBY", key, name, by, key=key)

    async def _part(
        self, shard: int, only: str, person: PersonId, now: datetime, limit: int
    ) -> tuple[list[int], list[_Row]]:
        names = ("open", "waiting", "due", "angry", "escalated", "unassigned", f"assigned:{person}")
        indexes = [keys.index(shard, name) for name in (*names, "closed")]
        raw = await self._servers.run(
            script("queue"), [*indexes, keys.failed(shard)], written.ms(now), only, limit
        )
        counts, flat = cast(tuple[list[int], list[Any]], raw)
        rows = zip(flat[::3], flat[1::3], flat[2::3], strict=True)
        return counts, [_row(id, rank, score) for id, rank, score in rows]

    async def _found(self, key: str, most: int = 0) -> list[tuple[ConversationId, float]]:
        """The newest first; all of them where *most* is 0."""
        raw = await self._servers.call("ZREVRANGE", key, 0, most - 1, "WITHSCORES", key=key)
        flat = cast(list[bytes], raw)
        pairs = zip(flat[::2], flat[1::2], strict=True)
        return [(ConversationId(id.decode()), float(score)) for id, score in pairs]

    async def _figures(self, shard: int) -> Mapping[str, int]:
        sizes = {
            "open": ("ZCARD", keys.index(shard, "open")),
            "failed": ("XLEN", keys.failed(shard)),
            **{f"pending.{lane}": ("XLEN", keys.work(shard, lane)) for lane in LANES},
        }
        counted = keys.count(shard)
        raw, *lengths = await asyncio.gather(
            self._servers.call("HGETALL", counted, key=counted),
            *(self._servers.call(command, key, key=key) for command, key in sizes.values()),
        )
        flat = cast(list[bytes], raw)
        counts = {k.decode(): int(n) for k, n in zip(flat[::2], flat[1::2], strict=True)}
        return {**counts, **dict(zip(sizes, cast(list[int], lengths), strict=True))}


def _row(id: bytes, rank: int, score: bytes) -> _Row:
    at = float(score)
    return _Row(rank, -at if rank == NEWEST_FIRST else at, ConversationId(id.decode()))
