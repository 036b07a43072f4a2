"""A connection that misbehaves on purpose, between Parley and a platform, in either direction.

Give one side `Faulty.url` instead of the other's address. What is not told otherwise goes through
untouched; `on` says what goes wrong with which request. The ledger is kept here, outside of what
is tested: what was asked, what the target took, and what the asker was told.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import ClientError, ClientSession, DummyCookieJar, TCPConnector, web
from multidict import CIMultiDict
from yarl import URL

from tests.loopback import Loopback

HOP = {"connection", "content-length", "host", "keep-alive", "te", "transfer-encoding", "upgrade"}
"""Headers that belong to one connection and not to the message."""


@dataclass
class Passage:
    """One request, and what became of it."""

    method: str
    path: str
    """With its query, as it was asked."""
    headers: Mapping[str, str]
    body: bytes
    at: float
    """By the monotonic clock."""
    forwarded: int = 0
    """How often the target got it."""
    status: int = 0
    """What the target answered last; 0 where it didn't."""
    answer: bytes = b""
    told: int = 0
    """The status that the asker saw; 0 where the connection was cut or is still held."""

    @property
    def json(self) -> Any:
        """The body as JSON, or that of a form's `payload`, or the form itself."""
        if "json" in self.headers.get("content-type", ""):
            return json.loads(self.body)
        form = dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        return json.loads(form["payload"]) if "payload" in form else form

    @property
    def accepted(self) -> bool:
        """The target took it: an answer of success, and not one that says `"ok": false`."""
        return 200 <= self.status < 300 and b'"ok":false' not in self.answer.replace(b" ", b"")


@dataclass
class Crossing:
    """A passage while it happens: what a fault does something with."""

    passage: Passage
    request: web.Request
    forward: Callable[..., Awaitable[web.Response]]
    """Sends it to the target (with other headers or another body, if given); its answer."""
    kept: list[Passage]
    released: asyncio.Event

    def cut(self) -> web.Response:
        """Close the connection; the answer reaches nobody."""
        if self.request.transport is not None:
            self.request.transport.abort()
        return web.Response(status=500)


Fault = Callable[[Crossing], Awaitable[web.Response]]
"""What happens to a request instead of going through: `tests.peers.faults` has them."""


async def passes(crossing: Crossing) -> web.Response:
    """Nothing goes wrong."""
    return await crossing.forward()


@dataclass
class Rule:
    """Which requests a fault befalls, and how often it still does."""

    path: str
    fault: Fault
    method: str | None
    left: float
    only: Callable[[Passage], bool]
    used: int = 0

    def fits(self, passage: Passage) -> bool:
        path = passage.path.split("?")[0]
        right = self.method in (None, passage.method) and fnmatchcase(path, f"*{self.path}")
        return right and self.left > 0 and self.only(passage)


@dataclass
class Faulty:
    """A reverse proxy in front of *target* (`http://127.0.0.1:…`), which may be set later."""

    target: str = ""
    url: str = ""
    ledger: list[Passage] = field(default_factory=list)
    kept: list[Passage] = field(default_factory=list)
    """What `keeps` has told the asker is taken, and the target hasn't got yet."""
    rules: list[Rule] = field(default_factory=list)
    _loopback: Loopback = field(default_factory=Loopback)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def on(
        self,
        path: str,
        fault: Fault,
        *,
        method: str | None = None,
        times: float = 1,
        only: Callable[[Passage], bool] = lambda _: True,
    ) -> Rule:
        """The next *times* requests whose path ends so (a glob) meet *fault*. First come, first."""
        self.rules.append(Rule(path, fault, method, times, only))
        return self.rules[-1]

    def heal(self) -> None:
        """Nothing goes wrong any more, and what hangs is let go."""
        self.rules.clear()
        self._loopback.run(self._release())

    def asked(self, path: str = "*", method: str | None = None) -> list[Passage]:
        """What was asked so far, of a path that ends so."""
        rule = Rule(path, passes, method, 1, lambda _: True)
        return [one for one in self.ledger if rule.fits(one)]

    def accepted(self, path: str = "*", method: str | None = None) -> list[Passage]:
        """What the target took, once for each time it got it."""
        took = [one for one in self.asked(path, method) if one.accepted]
        return [one for one in took for _ in range(one.forwarded)]

    def deliver(self, *passages: Passage, headers: Mapping[str, str] | None = None) -> list[int]:
        """Send these once more, or for the first time, in this order; what was answered."""
        return [self._loopback.run(self._forward(one, headers)).status for one in passages]

    async def _release(self) -> None:
        self._released.set()
        self._released = asyncio.Event()

    async def _open(self) -> None:
        self._session = ClientSession(
            auto_decompress=False,
            connector=TCPConnector(force_close=True),  # a target may die and come back
            cookie_jar=DummyCookieJar(),
        )

    async def _pass(self, request: web.Request) -> web.Response:
        passage = Passage(
            request.method, request.raw_path, request.headers, await request.read(), monotonic()
        )
        self.ledger.append(passage)
        rule = next((one for one in self.rules if one.fits(passage)), None)
        if rule is not None:
            rule.used, rule.left = rule.used + 1, rule.left - 1

        async def forward(
            headers: Mapping[str, str] | None = None, body: bytes | None = None
        ) -> web.Response:
            return await self._forward(passage, headers, body)

        crossing = Crossing(passage, request, forward, self.kept, self._released)
        answer = await (rule.fault if rule is not None else passes)(crossing)
        cut = request.transport is None or request.transport.is_closing()
        passage.told = 0 if cut else answer.status
        return answer

    async def _forward(
        self, passage: Passage, changes: Mapping[str, str] | None, body: bytes | None = None
    ) -> web.Response:
        headers = CIMultiDict(one for one in passage.headers.items() if one[0].lower() not in HOP)
        headers.update(changes or {})
        try:
            async with self._session.request(
                passage.method,
                URL(self.target + passage.path, encoded=True),
                headers=headers,
                data=passage.body if body is None else body,
                allow_redirects=False,
            ) as said:
                passage.answer, passage.status = await said.read(), said.status
                passage.forwarded += 1
        except ClientError as error:
            return web.Response(status=502, text=f"Nobody answers at the target: {error}")
        kept = CIMultiDict(one for one in said.headers.items() if one[0].lower() not in HOP)
        return web.Response(status=said.status, headers=kept, body=passage.answer)

    @contextmanager
    def open(self) -> Iterator[Faulty]:
        """Between them until the end."""
        self._loopback.run(self._open())
        app = web.Application(client_max_size=2**30)
        app.router.add_route("*", "/{path:.*}", self._pass)
        self.url = self._loopback.serve(app)
        try:
            yield self
        finally:
            self.heal()
            self._loopback.run(self._session.close())
            self._loopback.stop()
