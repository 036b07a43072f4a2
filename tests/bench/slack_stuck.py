"""Acknowledgements at a steady rate while the model, the shop and at last Slack's API hang."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import redis.asyncio as redis

from connectors.embedded import running
from tests.bench.load import message, read_answer, signed_request
from tests.bench.running import peer
from tests.bench.slack import PEERS, Line, Server, slack, slack_parley, stand
from tests.bench.slack_load import Kind, Room
from tests.bench.visible import percentile

PER_S = 25
LENGTH_S = 60
BUYERS_PER_S = 2
"""Their messages are what the model and the shop hang on."""
STANDING = 200
SEED = 20_261_127
STUCK = ("-m", "tests.bench.stuck")

MIX: tuple[tuple[Kind, str], ...] = (
    ("words in a thread", ""),
    ("a press", "do:approve_draft"),
    ("a mention", ""),
    ("a slash command", ""),
    ("words in a thread", ""),
    ("a press", "do:take_conversation"),
    ("a mention", ""),
    ("a press", "do:"),
)


@dataclass
class Told:
    """What was sent, and how it was answered."""

    statuses: Counter[int] = field(default_factory=Counter)
    acks_s: list[float] = field(default_factory=list)
    """From when it was due to be sent."""
    buyers: Counter[int] = field(default_factory=Counter)


def measure(seconds: int = LENGTH_S) -> list[dict[str, Any]]:
    """With a Slack that answers, and with one that does not."""
    with slack() as api:
        answering = _stuck("the model and the shop", api, seconds)
    with peer(PEERS, "nothing") as (api, _):
        hanging = _stuck("the model, the shop and Slack's API", api, seconds)
    return [answering, hanging]


def _stuck(what: str, api: str, seconds: int) -> dict[str, Any]:
    room = Room(STANDING)
    with slack_parley(api, program=STUCK) as server:
        asyncio.run(stand(server, room))
        before = asyncio.run(_kept(server))
        told = asyncio.run(_steadily(server, room, seconds))
        kept = asyncio.run(_kept(server)) - before
    return {
        "hangs": what,
        "events": sum(told.statuses.values()),
        "acknowledged": told.statuses[200],
        "kept": kept,
        "ack_p50_ms": percentile(told.acks_s, 0.5) * 1000,
        "ack_p99_ms": percentile(told.acks_s, 0.99) * 1000,
        "ack_max_ms": max(told.acks_s) * 1000,
        "buyers": told.buyers[200],
    }


async def _steadily(server: Server, room: Room, seconds: int) -> Told:
    """An open loop with the gaps that chance makes: nobody waits for anybody's answer."""
    told, lines = Told(), _Lines(server)
    kinds = _kinds(room, server)
    async with asyncio.TaskGroup() as group:
        group.create_task(_buyers(server, seconds, told))
        for due in _moments(PER_S, seconds):
            await asyncio.sleep(due - time.perf_counter())
            group.create_task(lines.ask(next(kinds), due, told))
    return told


def _moments(per_s: float, seconds: int) -> Iterator[float]:
    gaps, due = random.Random(SEED), time.perf_counter()
    for _ in range(int(per_s * seconds)):
        due += gaps.expovariate(per_s)
        yield due


def _kinds(room: Room, server: Server) -> Iterator[bytes]:
    while True:
        for kind, button in MIX:
            yield room.request(server.events, kind, button or "do:")


class _Lines:
    """Connections that stay open; another one where all are taken, as Slack would do it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._free: list[Line] = []

    async def ask(self, request: bytes, due: float, told: Told) -> None:
        line = self._free.pop() if self._free else await Line.to(self._server.events)
        line.writer.write(request)
        told.statuses[await read_answer(line.reader)] += 1
        told.acks_s.append(time.perf_counter() - due)
        self._free.append(line)


async def _buyers(server: Server, seconds: int, told: Told) -> None:
    """Buyers write meanwhile."""
    url = f"{server.url}/buyers/webhook"
    line = await Line.to(url)
    for n in range(BUYERS_PER_S * seconds):
        await asyncio.sleep(1 / BUYERS_PER_S)
        line.writer.write(signed_request(url, message(n, f"stuck{n}"), f"evt_stuck_{n}"))
        told.buyers[await read_answer(line.reader)] += 1


async def _kept(server: Server) -> int:
    """Events from Slack that the store has taken, done already or not: each left its name."""
    assert server.data is not None
    async with running(server.data) as url:
        client = redis.Redis.from_url(url)
        names = [key async for key in client.scan_iter("*:once:slack:*", count=1_000)]
        await client.aclose()
    return len(set(names))
