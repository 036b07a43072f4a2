"""Slack: an event until it is durable and acknowledged, and a press, against bare Bolt apps."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import redis.asyncio as redis

from connectors.embedded import running
from connectors.store import RedisStore
from tests.bench.load import Answers, flood, read_answer
from tests.bench.running import SERVE, cpu_s, parley, peer
from tests.bench.slack_load import CARDS, KINDS, SECRET, Kind, Room
from tests.bench.visible import percentile
from tests.slack_fake import ROOM, TEAM, TOKEN

ROUNDS = 7
REQUESTS = 1_000
AT_ONCE = 16
ALONE = 300
"""The same where each waits for the answer before."""
PRESSES = 30
"""A round, for each server."""
PAUSE_S = 0.1
FLOODED = 50
"""Conversations that the events of a flood are about."""
PEERS = "tests.bench.slack_peers"


class Server(NamedTuple):
    """Something that takes Slack's requests, in a process of its own."""

    url: str
    pid: int
    data: Path | None = None

    @property
    def events(self) -> str:
        return f"{self.url}/slack/events"


class Flooded(NamedTuple):
    """How one server fared in one round."""

    answers: Answers
    cpu_us: float
    """Of its own process, for each request."""

    @property
    def p99_ms(self) -> float:
        return percentile(self.answers.latencies_s, 0.99) * 1000

    @property
    def p50_ms(self) -> float:
        return percentile(self.answers.latencies_s, 0.5) * 1000


@contextmanager
def slack() -> Iterator[str]:
    """The address of a Slack that answers."""
    with peer(PEERS, "slack") as (url, _):
        yield url


@contextmanager
def echo(api: str, role: str = "echo") -> Iterator[Server]:
    """The bare Bolt app."""
    with peer(PEERS, role, f"{api}/api/") as (url, pid):
        yield Server(url, pid)


@contextmanager
def slack_parley(api: str, *arguments: str, program: Sequence[str] = SERVE) -> Iterator[Server]:
    """Parley with one room in Slack."""
    with parley(
        *arguments,
        program=program,
        PARLEY_ROOMS="slack",
        PARLEY_SLACK_ROOM=f"{TEAM}:{ROOM}",
        SLACK_BOT_TOKEN=TOKEN,
        SLACK_SIGNING_SECRET=SECRET,
        SLACK_API_URL=f"{api}/api/",
    ) as (url, data, pid):
        yield Server(url, pid, data)


# ── many at once ─────────────────────────────────────────────────────────────


def acks(rounds: int = ROUNDS, count: int = REQUESTS, at_once: int = AT_ONCE) -> dict[str, Any]:
    """For each kind of event, in each round: the bare Bolt app, then Parley."""
    room = Room(FLOODED)
    with slack() as api, echo(api) as bare, slack_parley(api, "--no-workers") as durable:
        asyncio.run(stand(durable, room))
        before = asyncio.run(_store(durable))
        servers = (bare, durable)
        tables = [_table(room, kind, at_once, servers, rounds, count) for kind in KINDS]
        after = asyncio.run(_store(durable))
    rows = [_row(kind, table[1:]) for kind, table in zip(KINDS, tables, strict=True)]
    statuses = sum((row[1].answers.statuses for table in tables for row in table), Counter[int]())
    return {
        "kinds": rows,
        "ratios": "\n".join(f"- {one['kind']}: {one['cpu_ratios']}" for one in rows),
        "acknowledged": statuses[200],
        "refused": statuses.total() - statuses[200],
        "kept": after.waiting - before.waiting,
        "store_cpu_us": (after.cpu_s - before.cpu_s) / statuses.total() * 1e6,
    }


def _table(
    room: Room, kind: Kind, at_once: int, servers: Sequence[Server], rounds: int, count: int
) -> list[list[Flooded]]:
    """A row a round; the first round only warms up."""
    return [
        [_flood(one, room.requests(one.events, kind, count), at_once) for one in servers]
        for _ in range(rounds + 1)
    ]


def _row(kind: Kind, table: Sequence[Sequence[Flooded]]) -> dict[str, Any]:
    cpu = [durable.cpu_us / bare.cpu_us for bare, durable in table]
    return {
        "kind": kind,
        **_figures("bare", [row[0] for row in table]),
        **_figures("durable", [row[1] for row in table]),
        "cpu_ratio": median(cpu),
        "cpu_ratios": sorted(round(one, 2) for one in cpu),
        "rps_ratio": median(
            durable.answers.per_second / bare.answers.per_second for bare, durable in table
        ),
    }


def _figures(name: str, rounds: Sequence[Flooded]) -> dict[str, float]:
    return {
        f"{name}_cpu_us": median(one.cpu_us for one in rounds),
        f"{name}_per_s": median(one.answers.per_second for one in rounds),
        f"{name}_p50_ms": median(one.p50_ms for one in rounds),
        f"{name}_p99_ms": median(one.p99_ms for one in rounds),
    }


def _flood(server: Server, prepared: Sequence[bytes], at_once: int) -> Flooded:
    began = cpu_s(server.pid)
    answers = asyncio.run(flood(server.events, prepared, at_once))
    return Flooded(answers, (cpu_s(server.pid) - began) / len(prepared) * 1e6)


# ── one at a time ────────────────────────────────────────────────────────────

PRESSED = (
    "Bolt's default: acknowledged first",
    "Bolt, `process_before_response`",
    "`parley serve --no-workers`",
    "`parley serve`",
)


def presses(rounds: int = ROUNDS, count: int = PRESSES) -> list[dict[str, Any]]:
    """Approve, one press at a time, in turn between the servers: a row for each of them."""
    room = Room(min((rounds + 1) * count * len(PRESSED), CARDS))
    with (
        slack() as api,
        echo(api, "ack-first") as default,
        echo(api) as bare,
        slack_parley(api, "--no-workers") as edge,
        slack_parley(api) as whole,
    ):
        for one in (edge, whole):
            asyncio.run(stand(one, room))
        table = asyncio.run(_press_rounds(room, (default, bare, edge, whole), rounds, count))
    return [_pressed(name, at, table) for at, name in enumerate(PRESSED)]


def _pressed(name: str, at: int, table: list[list[list[float]]]) -> dict[str, Any]:
    ratios = [percentile(row[at], 0.5) / percentile(row[0], 0.5) for row in table]
    return {
        "server": name,
        "p50_ms": median(percentile(row[at], 0.5) for row in table) * 1000,
        "p99_ms": percentile([s for row in table for s in row[at]], 0.99) * 1000,
        "ratio": median(ratios),
        "ratios": sorted(round(one, 2) for one in ratios),
    }


async def _press_rounds(
    room: Room, servers: Sequence[Server], rounds: int, count: int
) -> list[list[list[float]]]:
    """By round, by server: how long each acknowledgement took, in seconds."""
    lines = [await Line.to(one.events) for one in servers]
    table = []
    for n in range(rounds + 1):
        row: list[list[float]] = [[] for _ in servers]
        for _ in range(count):
            for taken, line, server in zip(row, lines, servers, strict=True):
                await asyncio.sleep(PAUSE_S)
                taken.append(await line.ask(room.request(server.events, "a press")))
        if n:  # the first round only warms up
            table.append(row)
    return table


class Line(NamedTuple):
    """A connection that stays open."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, url: str) -> Line:
        where = urlsplit(url)
        return cls(*await asyncio.open_connection(where.hostname, where.port))

    async def ask(self, request: bytes) -> float:
        """The seconds until it was acknowledged."""
        began = time.perf_counter()
        self.writer.write(request)
        status = await read_answer(self.reader)
        assert status == 200, status
        return time.perf_counter() - began


# ── the store ────────────────────────────────────────────────────────────────


async def stand(server: Server, room: Room) -> None:
    """The room's conversations come to be, as if they had been shown there."""
    assert server.data is not None
    async with running(server.data) as url:
        store = await RedisStore.open(url)
        for one in room.conversations:
            await store.commit(one)
        await store.close()


class Kept(NamedTuple):
    """What a store has, and what it took."""

    waiting: int
    """Work in all lanes."""
    cpu_s: float


async def _store(server: Server) -> Kept:
    assert server.data is not None
    async with running(server.data) as url:
        client = redis.Redis.from_url(url)
        waiting = 0
        async for key in client.scan_iter("*:work:*", _type="stream"):
            waiting += await client.xlen(key)
        pid = int((await client.info("server"))["process_id"])
        await client.aclose()
    return Kept(waiting, cpu_s(pid))
