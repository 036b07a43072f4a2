"""What every HTTP edge shares: bounded bodies, errors as answers, who calls, how often, one client.

A body is capped while it is read and before anybody parses it; compressed ones are refused, because
their size is only known once it is too late.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from assistant.errors import (
    Malformed,
    ParleyError,
    TooLarge,
    Unauthentic,
    Unavailable,
    Unsure,
)
from assistant.ports import Desk, Files, Room, Shelf, Store
from assistant.settings import Settings
from assistant.words import say

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a channel or a shop may be made of."""

    settings: Settings
    store: Store
    files: Files
    client: aiohttp.ClientSession
    now: Callable[[], datetime]
    demo: bool = False
    shelf: Shelf | None = None
    """The playbooks in force; not needed only to look whether settings do."""


class Platform(Protocol):
    """A connection to where the team works: its rooms, and its routes on our web server."""

    @property
    def rooms(self) -> Mapping[str, Room]:
        """By the names that the settings give them."""
        ...

    def mount(self, app: web.Application, desk: Desk) -> None:
        """Serve the platform's requests; listen while *app* lives."""
        ...

    def probes(self) -> Mapping[str, Callable[[], Awaitable[str]]]:
        """What `parley doctor` tries, by name: each answers with a sentence, or raises ours."""
        ...


MAX_BODY = 1 << 20
"""Bytes of a webhook's body."""
BODY_TIMEOUT_S = 15.0
TRY_AGAIN_S = 5
"""What a caller is told to wait while our store is away."""
STORE_PATIENCE_S = 2.5
"""How long a caller may be kept waiting for our store: a hung one costs them no more than this."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_STATUS: Mapping[type[ParleyError], tuple[int, str]] = {
    Malformed: (400, "malformed"),
    Unauthentic: (401, "unauthentic"),
    TooLarge: (413, "too_large"),
    Unavailable: (503, "unavailable"),
}


# ── requests ─────────────────────────────────────────────────────────────────


async def read_body(request: web.Request, limit: int = MAX_BODY) -> bytes:
    """The raw bytes of a request.

    Raises: TooLarge (over *limit* bytes), Malformed (too slow), HTTPUnsupportedMediaType.
    """
    refuse_compressed(request)
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            return await _read(request.content, limit)
    except TimeoutError:
        raise Malformed("body", f"did not arrive within {BODY_TIMEOUT_S:.0f} seconds") from None
    except ConnectionError:
        raise Malformed("body", "ended before it was complete") from None


async def _read(content: aiohttp.StreamReader, limit: int) -> bytes:
    body = await content.readany()
    if content.at_eof() and len(body) <= limit:
        return body
    chunks = [body]
    size = len(body)
    while not content.at_eof():
        if size > limit:
            break
        chunks.append(await content.readany())
        size += len(chunks[-1])
    if size > limit:
        raise _too_large(limit)
    return b"".join(chunks)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is over {limit:,} bytes. Send less at once.")


def refuse_compressed(request: web.Request) -> None:
    """Raises HTTPUnsupportedMediaType where the body is compressed."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise web.HTTPUnsupportedMediaType(
            text=json.dumps(
                {"error": "compressed", "message": "Send the body without Content-Encoding."}
            ),
            content_type="application/json",
        )


def client_ip(request: web.Request) -> str:
    """Who calls. Forwarded addresses count only where a proxy on this machine adds them."""
    peer = request.remote or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded and _is_local(peer) else peer


def _is_local(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return not address  # a Unix socket has no address: only a proxy of ours can be behind it


# ── answers ──────────────────────────────────────────────────────────────────


def json_answer(
    content: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """*content* as JSON that no cache keeps."""
    return web.Response(
        body=json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def problem(
    status: int, error: str, message: str, headers: Mapping[str, str] | None = None, **more: Any
) -> web.Response:
    """An error as JSON: a word for programs, a sentence for people, and what else helps."""
    return json_answer({"error": error, "message": message, **more}, status, headers)


def answer_to(error: ParleyError) -> web.Response:
    """What a caller is told of *error*. One of ours without a status of its own is raised again."""
    known = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), None)
    if known is None:
        raise error
    status, word = known
    if isinstance(error, Malformed):
        return problem(status, word, str(error), field=error.field)
    if isinstance(error, Unavailable):
        # What is away, and where, is for whoever runs Parley: callers may be anybody.
        wait = math.ceil(error.retry_after_s or TRY_AGAIN_S)
        said = "Parley can't take this now. Try again in a moment."
        return problem(status, word, said, {"Retry-After": str(wait)})
    return problem(status, word, str(error))


async def patiently(answer: Awaitable[T]) -> T:
    """What the store says to a caller who waits. Raises: Unavailable, where that takes too long."""
    try:
        async with asyncio.timeout(STORE_PATIENCE_S):
            return await answer
    except TimeoutError:
        raise Unavailable(say("The store did not answer in time.")) from None


# ── words from outside ───────────────────────────────────────────────────────


def clean_text(text: str) -> str:
    """Text that can be stored and shown: no control characters, no halves, plain newlines."""
    if text.isprintable():
        return text
    plain = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _SURROGATES.sub("\ufffd", plain)


def mended(value: Any) -> Any:
    """JSON with its halves of characters, which neither UTF-8 nor the store takes, made visible."""
    match value:
        case str():
            return _SURROGATES.sub("\ufffd", value)
        case list():
            return [mended(item) for item in value]
        case dict():
            return {mended(name): mended(item) for name, item in value.items()}
    return value


def clean_line(text: str, limit: int = 200) -> str:
    """One line of *text*, for names and titles: at most *limit* characters."""
    return " ".join(clean_text(text).split())[:limit]


# ── how often ────────────────────────────────────────────────────────────────


class RateLimiter:
    """At most *count* events a key in any *per_s* seconds; remembers the *keys* used last."""

    def __init__(
        self,
        count: int,
        per_s: float,
        *,
        keys: int = 20_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count, self._per_s, self._keys, self._clock = count, per_s, keys, clock
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """0 and the event counts, or how many seconds until the next one may happen."""
        now = self._clock()
        seen = self._seen.setdefault(key, deque())
        self._seen.move_to_end(key)
        while len(self._seen) > self._keys:
            self._seen.popitem(last=False)
        while seen and seen[0] <= now - self._per_s:
            seen.popleft()
        if len(seen) >= self._count:
            return seen[0] + self._per_s - now
        seen.append(now)
        return 0.0


# ── calls of ours ────────────────────────────────────────────────────────────


def client_session() -> aiohttp.ClientSession:
    """The one client for calls to other systems: no cookies, no proxy of the environment, bounded.

    Made inside a running loop; whoever makes it closes it.
    """
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=10, connect=5),
        connector=aiohttp.TCPConnector(limit=100, limit_per_host=20, ttl_dns_cache=60),
        headers={"User-Agent": "Parley"},
        trust_env=False,
    )


async def read_answer(response: aiohttp.ClientResponse, limit: int = 64 << 10) -> bytes:
    """What another system answered. Raises: Unavailable (over *limit* bytes)."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise Unavailable(say("The answer is over {limit} bytes.", limit=limit))
    return bytes(body)


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """For how long another system asks us to wait: at most a day; None where it does not say."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), 86_400.0)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), 86_400.0)


PATIENCE = aiohttp.ClientTimeout(total=10, connect=5)


class Told(NamedTuple):
    """What another system answered."""

    status: int
    body: bytes
    retry_after_s: float | None
    headers: Mapping[str, str]

    def json(self) -> Any:
        """Raises: Unsure, where it is no JSON."""
        try:
            return mended(json.loads(self.body))
        except (ValueError, RecursionError):
            what = say("The answer ({status}) is not what its format says.", status=self.status)
            raise Unsure(what) from None


async def told(
    client: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    now: datetime,
    limit: int = 1 << 20,
    **more: Any,
) -> Told:
    """Ask another system. Whatever it answers is an answer: whoever asks knows what it means.

    Raises: Unavailable (it can't be reached: nothing was asked), Unsure (asked, and not answered,
    or not to the end: where nothing is changed by asking, that is as good as Unavailable).
    """
    more.setdefault("timeout", PATIENCE)
    try:
        async with client.request(method, url, allow_redirects=False, **more) as response:
            delay_s = retry_after_s(response.headers, now)
            body = await read_answer(response, limit)
            return Told(response.status, body, delay_s, response.headers)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise Unavailable(say("{host} can't be reached.", host=_host(url))) from error
    except TimeoutError as error:
        raise Unsure(say("{host} did not answer in time.", host=_host(url))) from error
    except (aiohttp.ClientError, OSError, Unavailable) as error:
        raise Unsure(say("{host} did not finish its answer.", host=_host(url))) from error


def _host(url: str) -> str:
    return urlsplit(url).hostname or "?"
