"""From “accepted” to “visible in the console”, as a browser would see it, at a steady rate."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import aiohttp
from pydantic import SecretStr

from connectors.rooms.console import make_login_link
from tests.bench.load import message, read_answer, signed_request
from tests.bench.running import parley
from tests.fakes import settings

RATES = (1, 25, 100)
LENGTH_S = {1: 30, 25: 20, 100: 20}
SAMPLED = {1: 1, 25: 5, 100: 20}
"""Every how many-th message the page's parts are really fetched for, as a browser does."""
SECRET = "the secret of the benchmarks, which nobody can guess"


@dataclass
class Seen:
    accepted: dict[str, float] = field(default_factory=dict)
    announced_s: list[float] = field(default_factory=list)
    visible_s: list[float] = field(default_factory=list)


def measure() -> list[dict[str, float]]:
    """One row a rate, each on a fresh desk."""
    rows = []
    for rate in RATES:
        with parley(PARLEY_SECRET=SECRET) as (url, _, _):
            seen = asyncio.run(_watch(url, rate))
        rows.append(
            {
                "rate": rate,
                "messages": len(seen.accepted),
                "announced": len(seen.announced_s),
                "announced_p50_ms": percentile(seen.announced_s, 0.5) * 1000,
                "announced_p99_ms": percentile(seen.announced_s, 0.99) * 1000,
                "visible_p50_ms": percentile(seen.visible_s, 0.5) * 1000,
                "visible_p99_ms": percentile(seen.visible_s, 0.99) * 1000,
            }
        )
    return rows


def percentile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else float("nan")


async def _watch(url: str, rate: int) -> Seen:
    seen = Seen()
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, cookie_jar=jar) as browser:
        await _log_in(browser, url)
        listening = asyncio.create_task(_listen(browser, seen, SAMPLED[rate]))
        await asyncio.sleep(1)
        await _write_steadily(url, rate, seen)
        deadline = time.monotonic() + 30
        while len(seen.announced_s) < len(seen.accepted) and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    return seen


async def _log_in(browser: aiohttp.ClientSession, url: str) -> None:
    own = settings(secret=SecretStr(SECRET))
    link = make_login_link(own, name="Bench", role="agent", base_url=url)
    token = parse_qs(urlsplit(link).query)["token"][0]
    async with browser.post("/login", data={"link": token}) as answer:
        answer.raise_for_status()


async def _listen(browser: aiohttp.ClientSession, seen: Seen, every: int) -> None:
    """The first word of each conversation, and for some the fetch that follows it."""
    known: set[str] = set()
    waits = aiohttp.ClientTimeout(total=None)
    async with (
        browser.get("/console/events", timeout=waits) as events,
        asyncio.TaskGroup() as group,
    ):
        async for id in _ids(events):
            thread = id.rsplit("/", 1)[-1]
            began = seen.accepted.get(thread)
            if began is None or thread in known:
                continue
            known.add(thread)
            seen.announced_s.append(time.perf_counter() - began)
            if len(known) % every == 0:
                group.create_task(_fetch(browser, id, began, seen))


async def _ids(events: aiohttp.ClientResponse) -> AsyncIterator[str]:
    async for line in events.content:
        if line.startswith(b"data:"):
            told = json.loads(line[5:])
            if told.get("kind") == "conversation":
                yield told["id"]


async def _fetch(browser: aiohttp.ClientSession, id: str, began: float, seen: Seen) -> None:
    asked = {"names": "queue,conversation", "id": id}
    async with browser.get("/console/parts", params=asked) as answer:
        assert "Lena Weber" in await answer.text()
    seen.visible_s.append(time.perf_counter() - began)


async def _write_steadily(url: str, rate: int, seen: Seen) -> None:
    """An open loop: the next message does not wait for the last one's answer."""
    where = urlsplit(url)
    pool: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(16):
        pool.put_nowait(await asyncio.open_connection(where.hostname, where.port))
    run, began = os.urandom(3).hex(), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for n in range(rate * LENGTH_S[rate]):
            await asyncio.sleep(max(0.0, began + n / rate - time.perf_counter()))
            group.create_task(_write_one(url, f"{run}{n}", pool, seen))


async def _write_one(
    url: str,
    thread: str,
    pool: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]],
    seen: Seen,
) -> None:
    reader, writer = connection = await pool.get()
    body = message(1, thread)
    seen.accepted[thread] = time.perf_counter()
    writer.write(signed_request(f"{url}/buyers/webhook", body, f"evt_{thread}"))
    status = await read_answer(reader)
    assert status == 200, status
    pool.put_nowait(connection)
