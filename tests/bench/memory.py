"""What an open conversation costs in memory, in the store and in the process that serves it."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import redis.asyncio as redis

from assistant.commands import ReceiveMessage
from assistant.model import PARLEY, Conversation, Draft, Facts, Incoming, StorefrontId
from connectors.embedded import running
from connectors.store import RedisStore
from tests.fakes import incoming

SIZES = (1_000, 10_000, 100_000)
WORDS = "Guten Tag, wo bleibt mein Paket? Bestellung 10023, ich warte seit zwei Wochen darauf!"
REPLY = (
    "Guten Tag, Frau Weber, ich habe gerade nachgesehen: Ihr Paket wurde gestern um 18:42 Uhr in "
    "Leipzig bearbeitet und soll am Dienstag, dem 24. November, bei Ihnen sein. Am Dienstagabend "
    "sehe ich noch einmal nach und melde mich, falls es nicht angekommen ist."
)


def measure() -> list[dict[str, float]]:
    return asyncio.run(_measure())


async def _measure() -> list[dict[str, float]]:
    rows: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        async with running(Path(folder)) as url:
            store = await RedisStore.open(url)
            server = redis.Redis.from_url(url)
            empty, made = await _used(server), 0
            for size in SIZES:
                await _fill(store, made, size)
                made = size
                used = await _used(server)
                rows.append({"conversations": size, "bytes_each": (used - empty) / size})
            await server.aclose()
            await store.close()
    return rows


async def _used(server: redis.Redis) -> int:
    return int((await server.info("memory"))["used_memory"])


async def _fill(store: RedisStore, start: int, end: int) -> None:
    for begin in range(start, end, 200):
        chunk = range(begin, min(begin + 200, end))
        await asyncio.gather(*(store.commit(waiting(n)) for n in chunk))


def waiting(n: int, **changes: Any) -> Conversation:
    """One buyer's message and its draft: what a waiting conversation holds."""
    now = datetime.now(UTC)
    told: Incoming = ReceiveMessage(
        incoming=incoming(WORDS, thread=f"bench-{n}", received_at=now)
    ).incoming
    draft = Draft(
        version=1,
        text=REPLY,
        agent_text=REPLY,
        language="de",
        drafter="offline",
        answers_seq=1,
        created_at=now,
        author=PARLEY,
    )
    begun = Conversation.begun(told, StorefrontId("default"), "DE")
    begun = begun.received(told, now).model_copy(update={"facts": Facts(at=now), **changes})
    return begun.drafted(draft)
