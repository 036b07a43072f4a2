"""A provider of ours to play against: a real HTTP server that records, and answers by script.

A channel's, a shop's or a carrier's API in tests: whoever is tested is told its `url` and speaks
real HTTP to it, so that time-outs, broken connections and half answers are what they are outside.

    async with Provider() as meta:
        meta.on("POST", "/v25.0/1/messages", Says(200, {"messages": [{"id": "wamid.1"}]}))
        …
        [asked] = meta.asked
        assert asked.json["to"] == "16315551181"
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from urllib.parse import parse_qsl

from aiohttp import web

Fault = Literal["", "hangs", "cut_before", "cut_after", "cut_within", "trickles"]
"""What goes wrong beyond what a status says.

`hangs`: the request is read, and never answered. `cut_before`: the connection breaks before the
body was read; `cut_after`: once it was; `cut_within`: in the middle of the answer. `trickles`: the
answer comes a byte every tenth of a second.
"""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, as it came."""

    method: str
    path: str
    """Without the query; as sent, still escaped."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        """The fields of an urlencoded body."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def parts(self) -> dict[str, bytes]:
        """The fields of a multipart body by their names; a file's is its bytes."""
        kind = self.headers.get("content-type", "")
        found = re.search(r'boundary="?([^";]+)', kind)
        assert found, f"not multipart: {kind}"
        pieces = self.body.split(b"--" + found[1].encode())[1:-1]
        return dict(_part(piece) for piece in pieces)


def _part(piece: bytes) -> tuple[str, bytes]:
    head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    name = re.search(rb'name="([^"]*)"', head)
    assert name, head
    return name[1].decode(), content.removesuffix(b"\r\n")


@dataclass(frozen=True)
class Says:
    """One answer: `content` is JSON, or the bytes or text themselves."""

    status: int = 200
    content: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault = ""
    after_s: float = 0.0

    @property
    def body(self) -> bytes:
        match self.content:
            case bytes():
                return self.content
            case str():
                return self.content.encode()
        return json.dumps(self.content, ensure_ascii=False).encode()

    @property
    def mime(self) -> str:
        if isinstance(self.content, bytes):
            return "application/octet-stream"
        return "text/plain" if isinstance(self.content, str) else "application/json"


HANGS = Says(fault="hangs")
CUT_BEFORE = Says(fault="cut_before")
CUT_AFTER = Says(fault="cut_after")
CUT_WITHIN = Says(fault="cut_within", content={"cut": "in the middle of this"})
BROKEN = Says(500, "<html>Internal Server Error</html>")
BAD_GATEWAY = Says(502, "<html>Bad Gateway</html>")

Answer = Says | Callable[[Asked], Says | Awaitable[Says]]
"""What is said, or who decides that once asked."""


class Provider:
    """Answers on a port of the system's choice while it is entered."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        """Every request, oldest first, also those that got no answer."""
        self.url = ""
        self._scripts: list[tuple[str, re.Pattern[str], list[Answer]]] = []
        self._leaving = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=200 << 20)
        app.router.add_route("*", "/{rest:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._leaving.set()
        assert self._runner is not None
        await self._runner.cleanup()

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """To *method* (`*`: any) at *path*, a pattern that must fit all of it, give *answers*.

        One after the other, the last of them for ever. What was said last goes first, so a test
        may change its mind.
        """
        assert answers, "say something"
        self._scripts.insert(0, (method.upper(), re.compile(path), list(answers)))

    def at(self, path: str) -> list[Asked]:
        """The requests to *path*, a pattern."""
        return [one for one in self.asked if re.fullmatch(path, one.path)]

    def forget(self) -> None:
        """What was asked so far; the script stays."""
        self.asked.clear()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        answers = self._answers(request.method, path)
        if answers and isinstance(answers[0], Says) and answers[0].fault == "cut_before":
            self._note(request, path, b"")
            self._next(answers)
            return _cut(request)
        asked = self._note(request, path, await request.read())
        if answers is None:
            return web.Response(status=404, text=f"nothing is scripted for {path}")
        said = self._next(answers)
        if not isinstance(said, Says):
            decided = said(asked)
            said = decided if isinstance(decided, Says) else await decided
        return await self._say(request, said)

    def _answers(self, method: str, path: str) -> list[Answer] | None:
        for wanted, pattern, answers in self._scripts:
            if wanted in ("*", method) and pattern.fullmatch(path):
                return answers
        return None

    @staticmethod
    def _next(answers: list[Answer]) -> Answer:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def _note(self, request: web.Request, path: str, body: bytes) -> Asked:
        asked = Asked(
            method=request.method,
            path=path,
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
        )
        self.asked.append(asked)
        return asked

    async def _say(self, request: web.Request, said: Says) -> web.StreamResponse:
        if said.after_s:
            await self._pause(said.after_s)
        match said.fault:
            case "hangs":
                await self._leaving.wait()
                return _cut(request)
            case "cut_after" | "cut_before":
                return _cut(request)
            case "cut_within" | "trickles":
                return await self._brokenly(request, said)
        return web.Response(
            status=said.status,
            body=said.body,
            headers={"Content-Type": said.mime, **said.headers},
        )

    async def _brokenly(self, request: web.Request, said: Says) -> web.StreamResponse:
        response = web.StreamResponse(
            status=said.status, headers={"Content-Type": said.mime, **said.headers}
        )
        response.content_length = len(said.body)
        await response.prepare(request)
        if said.fault == "cut_within":
            await response.write(said.body[: len(said.body) // 2])
            return _cut(request)
        for one in said.body:
            await response.write(bytes([one]))
            await self._pause(0.1)
            if self._leaving.is_set():
                return _cut(request)
        return response

    async def _pause(self, s: float) -> None:
        """Not longer than the server lives."""
        try:
            async with asyncio.timeout(s):
                await self._leaving.wait()
        except TimeoutError:
            return


def _cut(request: web.Request) -> web.StreamResponse:
    """Break the connection, without a word."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def nowhere() -> str:
    """An address where nobody listens: a connection to it is refused at once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"
