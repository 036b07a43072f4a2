"""Calls to a shop: every fault becomes one of ours, and a sentence that says what to do."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import aiohttp

from assistant.errors import ParleyError, Rejected, TooLarge, Unavailable, Unsure
from assistant.words import Text, say
from connectors.http import mended, read_answer, retry_after_s

TIMEOUT_S = 7.0
"""Less than a draft waits for a shop, so that the shop's silence is what is told."""
WRITE_TIMEOUT_S = 25.0
MOST_BYTES = 4 << 20
SAID_CHARS = 200
_OK = range(200, 300)
_BUSY = (429, 503)
_NOT_PROCESSED = (*_BUSY, 401, 403)


def variable_of(name: str, option: str) -> str:
    """The environment's name for an option of the shop *name*: what a person is told to check."""
    return re.sub(r"[^A-Z0-9]", "_", f"{name}_{option}".upper())


class Answer(NamedTuple):
    """What a shop answered with a status that means yes."""

    status: int
    data: Any
    headers: Mapping[str, str]


class Caller:
    """One shop's API. *key_of* is what to check where the shop knows us not: a variable's name."""

    def __init__(
        self,
        name: str,
        client: aiohttp.ClientSession,
        now: Callable[[], datetime],
        key_of: str,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.name, self._client, self._now = name, client, now
        self._key_of, self._timeout_s = key_of, timeout_s

    async def read(self, method: str, url: str, **request: Any) -> Answer | None:
        """What the shop answers; None where there is no such thing (404). Raises: Unavailable."""
        try:
            async with asyncio.timeout(self._timeout_s):
                async with self._client.request(
                    method, url, allow_redirects=False, **request
                ) as got:
                    if got.status == 404:
                        return None
                    if got.status not in _OK:
                        raise Unavailable(self._why(got.status), self._wait(got))
                    return await self._answer(got)
        except TimeoutError as error:
            raise Unavailable(say("It did not answer in time.")) from error
        except aiohttp.ClientError as error:
            raise Unavailable(say("It can't be reached.")) from error

    async def write(self, method: str, url: str, **request: Any) -> Answer:
        """Ask the shop to do something.

        Raises: Unavailable (certainly not done), Rejected (refused), Unsure (may have been done).
        """
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                async with self._client.request(
                    method, url, allow_redirects=False, **request
                ) as got:
                    return await self._written(got)
        except aiohttp.ClientConnectorError as error:
            raise Unavailable(say("It can't be reached.")) from error
        except TimeoutError as error:
            raise Unsure(say("It did not answer in time.")) from error
        except aiohttp.ClientError as error:
            raise Unsure(say("The connection broke off.")) from error

    async def _written(self, got: aiohttp.ClientResponse) -> Answer:
        if got.status in _NOT_PROCESSED:
            raise Unavailable(self._why(got.status), self._wait(got))
        if got.status >= 500 or got.status < 200:
            raise Unsure(self._why(got.status))
        if got.status not in _OK:
            raise Rejected(await self._refusal(got), code=str(got.status))
        try:
            return await self._answer(got)
        except (Unavailable, TooLarge) as error:
            raise Unsure(error.text) from error

    async def _answer(self, got: aiohttp.ClientResponse) -> Answer:
        body = await read_answer(got, MOST_BYTES)
        try:
            data = mended(json.loads(body)) if body.strip() else None
        except (ValueError, RecursionError) as error:
            raise Unavailable(say("It answered something that is no JSON.")) from error
        return Answer(got.status, data, got.headers)

    async def _refusal(self, got: aiohttp.ClientResponse) -> Text:
        """Why, in the shop's own words."""
        try:
            data = (await self._answer(got)).data
        except ParleyError:
            data = None
        said = told(data)
        if said:
            return say("It refused: {why}", why=said)
        return say("It refused with status {status}.", status=got.status)

    def _wait(self, got: aiohttp.ClientResponse) -> float | None:
        return retry_after_s(got.headers, self._now())

    def _why(self, status: int) -> Text:
        if status in (401, 403):
            return say("It does not accept Parley's key. Check {name}.", name=self._key_of)
        if status == 429:
            return say("It was asked too often.")
        if status in range(300, 400):
            return say("It sends us elsewhere ({status}). Check its address.", status=status)
        return say("It answered with status {status}.", status=status)


def thing(data: Any) -> Mapping[str, Any]:
    """An object, as was asked for. Raises: Unavailable: something else is no “there is none”."""
    if not isinstance(data, Mapping):
        raise Unavailable(say("It answered something else than was asked for."))
    return data


def things(data: Any) -> Sequence[Mapping[str, Any]]:
    """A list of objects, as was asked for. Raises: Unavailable."""
    if not isinstance(data, list):
        raise Unavailable(say("It answered something else than was asked for."))
    return [thing(one) for one in data]


def told(data: Any) -> str:
    """The sentence inside an error's body, wherever an API puts it."""
    if isinstance(data, str):
        return " ".join(data.split())[:SAID_CHARS]
    if isinstance(data, list):
        return told(data[0]) if data else ""
    if isinstance(data, Mapping):
        names = ("message", "longMessage", "error_description", "errors", "error", "detail")
        return next((said for name in names if (said := told(data.get(name)))), "")
    return ""


class Tokens:
    """An access token that is got by another one, and got anew shortly before it ends."""

    EARLY_S = 60.0

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._token, self._until = "", 0.0
        self._lock = asyncio.Lock()

    async def get(self, ask: Callable[[], Any]) -> str:
        """The token; *ask* gives a new one with its seconds. Raises: Unavailable."""
        async with self._lock:
            if self._now().timestamp() >= self._until - self.EARLY_S:
                self._token, lasts_s = await ask()
                self._until = self._now().timestamp() + lasts_s
            return self._token

    def forget(self) -> None:
        """It was refused: get another one next time."""
        self._until = 0.0
