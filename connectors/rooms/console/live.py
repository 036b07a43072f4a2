"""What other processes commit reaches every open page: one subscription, many listeners."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import aclosing, contextmanager, suppress

from aiohttp import web

from assistant.errors import Unavailable
from assistant.ports import Change, Store

BEAT_S = 15
"""A quiet line this often, so that proxies keep the connection and we notice when it is gone."""
WRITE_S = 10
BEHIND = 200
"""A page so many changes behind is told to fetch everything instead."""
EVERYTHING = Change("again", "")
"""What the store says after a gap, too."""
KINDS = frozenset({"conversation", "failed", "people", "playbooks", "typing", EVERYTHING.kind})


class Hub:
    """The one subscription of this process, fanned out to the pages that listen."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listeners: set[asyncio.Queue[Change | None]] = set()
        self._closed = False

    async def run(self) -> None:
        """Fan out until cancelled; after a gap, every page fetches everything."""
        while True:
            with suppress(Unavailable):
                await self._pass_on()
            await asyncio.sleep(1)
            self._tell(EVERYTHING)

    async def _pass_on(self) -> None:
        async with aclosing(self._store.changes()) as changes:
            async for change in changes:
                if change.kind in KINDS:
                    self._tell(change)

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[Change | None]]:
        """A queue of what happens from now on; None says that this process stops."""
        news: asyncio.Queue[Change | None] = asyncio.Queue()
        if self._closed:
            news.put_nowait(None)
        self._listeners.add(news)
        try:
            yield news
        finally:
            self._listeners.discard(news)

    def close(self) -> None:
        """Let go of every page: it reconnects to whichever process answers next."""
        self._closed = True
        for news in self._listeners:
            news.put_nowait(None)

    def _tell(self, change: Change) -> None:
        for news in self._listeners:
            if news.qsize() < BEHIND:
                news.put_nowait(change)
            elif news.qsize() == BEHIND:
                news.put_nowait(EVERYTHING)


async def stream(hub: Hub, request: web.Request) -> web.StreamResponse:
    """Server-sent events: `hello` at the start, then a `change` with its kind and id."""
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",  # nginx holds events back without it
        }
    )
    with hub.listen() as news, suppress(ConnectionError, TimeoutError):
        await response.prepare(request)
        await _write(response, "retry: 2000\nevent: hello\ndata: {}\n\n")
        while True:
            try:
                change = await asyncio.wait_for(news.get(), BEAT_S)
            except TimeoutError:
                await _write(response, ": still here\n\n")
                continue
            if change is None:
                break
            told = json.dumps({"kind": change.kind, "id": change.id})
            await _write(response, f"event: change\ndata: {told}\n\n")
    return response


async def _write(response: web.StreamResponse, text: str) -> None:
    await asyncio.wait_for(response.write(text.encode()), WRITE_S)
