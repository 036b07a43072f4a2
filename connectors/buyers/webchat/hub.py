"""Who is at the chat on this process, and the one subscription that tells them what is new."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Protocol

from assistant.errors import Unavailable
from assistant.ports import Store
from connectors.buyers.webchat.frames import feed_of

MAX_SOCKETS = 5
"""Pages a visitor may have open at once, on one process."""


class Listener(Protocol):
    """An open page."""

    def wake(self) -> None:
        """There is something new in its feed."""
        ...

    async def cleared(self, seq: int) -> None:
        """The visitor has read everything up to *seq* on another page."""
        ...

    def leave(self) -> None:
        """This process stops: let it go to another one."""
        ...


class Hub:
    """Pages by feed; at most MAX_SOCKETS a visitor."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pages: defaultdict[str, set[Listener]] = defaultdict(set)
        self._closed = False

    @contextmanager
    def listen(self, visitor: str, page: Listener) -> Iterator[bool]:
        """Tell *page* what is new. False: it won't be, this visitor has too many."""
        feed = feed_of(visitor)
        welcome = len(self._pages[feed]) < MAX_SOCKETS and not self._closed
        if welcome:
            self._pages[feed].add(page)
        try:
            yield welcome
        finally:
            self._pages[feed].discard(page)
            if not self._pages[feed]:
                del self._pages[feed]

    def others(self, visitor: str, page: Listener) -> Iterable[Listener]:
        """The same visitor's other pages."""
        return [one for one in self._pages.get(feed_of(visitor), ()) if one is not page]

    async def run(self) -> None:
        """Pass on the news until cancelled; after a gap in them everybody looks."""
        while True:
            with suppress(Unavailable):
                await self._pass_on()
            await asyncio.sleep(1)
            self._wake(*self._pages)

    async def _pass_on(self) -> None:
        async with aclosing(self._store.changes()) as changes:
            async for change in changes:
                if change.kind == "feed":
                    self._wake(change.id)
                elif change.kind == "again":
                    self._wake(*self._pages)

    def close(self) -> None:
        """Let every page go: it comes back to whichever process answers next."""
        self._closed = True
        for pages in list(self._pages.values()):
            for page in list(pages):
                page.leave()

    def _wake(self, *feeds: str) -> None:
        for feed in feeds:
            for page in self._pages.get(feed, ()):
                page.wake()
