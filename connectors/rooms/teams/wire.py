"""botbuilder's connector client over our own connections.

Its own way out runs blocking calls in a few threads, where each waits long for a hung Teams, and
repeats what may have been taken. This one waits in the loop, for ten seconds, and asks once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import aiohttp
from botframework.connector.aio import ConnectorClient
from botframework.connector.bot_framework_sdk_client_async import (
    BotFrameworkConnectorConfiguration,
)
from yarl import URL

from assistant.errors import ParleyError, Rejected, TooLarge, Unavailable, Unsure
from assistant.words import say
from connectors.http import read_answer, retry_after_s
from connectors.rooms.teams.access import Access
from connectors.rooms.teams.addresses import Addresses

PATIENCE = aiohttp.ClientTimeout(total=10, connect=4)
ANSWER_BYTES = 1 << 20
WAIT_S = 2.0
"""For how long a thread rests where Teams does not say it."""

_ASKED = object()
"""botbuilder wants credentials; ours are put in on the way."""


class Throttled(Unavailable):
    """Teams did not do it, because too much was asked of it; `retry_after_s` is always set."""


class Pipeline:
    """What botbuilder's client hands its requests to, in place of its own."""

    def __init__(
        self,
        access: Access,
        client: aiohttp.ClientSession,
        now: Callable[[], datetime],
        addresses: Addresses,
        patience: aiohttp.ClientTimeout = PATIENCE,
    ) -> None:
        self._addresses = addresses
        self._access, self._client, self._now = access, client, now
        self._patience = patience

    async def run(self, request: Any, **_: Any) -> SimpleNamespace:
        """What Teams answered, as botbuilder takes it. A token that Teams refuses is renewed once.

        Raises: Unavailable (certainly not done), Unsure (a post that may have been taken),
        Rejected, TooLarge.
        """
        token = await self._access.token()
        status, headers, body = await self._sent(request, token)
        if status == 401 and token:
            self._access.forget(token)
            status, headers, body = await self._sent(request, await self._access.token())
        if status >= 300:
            raise _refusal(request.method, status, headers, body, self._now())
        found = SimpleNamespace(status_code=status, headers=headers)
        context = {"deserialized_data": _content(request.method, body)}
        return SimpleNamespace(http_response=found, context=context)

    async def _sent(self, request: Any, token: str) -> tuple[int, Mapping[str, str], bytes]:
        headers = {name: str(value) for name, value in request.headers.items()}
        headers.pop("Content-Length", None)
        if not self._addresses.has(request.url):
            # Somebody else would get our token.
            raise Rejected(say("Teams told of an address that is none."), "InvalidURL")
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with self._client.request(
                request.method,
                URL(request.url, encoded=True),
                data=request.data,
                headers=headers,
                timeout=self._patience,
                allow_redirects=False,
            ) as answer:
                return answer.status, answer.headers, await read_answer(answer, ANSWER_BYTES)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise Unavailable(say("Teams can't be reached now.")) from None
        except aiohttp.InvalidURL:
            raise Rejected(say("Teams told of an address that is none."), "InvalidURL") from None
        except (aiohttp.ClientError, TimeoutError, OSError, Unavailable):
            raise _lost(request.method) from None


def connector(pipeline: Pipeline, service_url: str) -> ConnectorClient:
    """botbuilder's client for one address of Teams."""
    return ConnectorClient(
        _ASKED,
        custom_configuration=BotFrameworkConnectorConfiguration(
            _ASKED, service_url, pipeline_type=lambda _: pipeline
        ),
    )


def _content(method: str, body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        raise _lost(method) from None


def _lost(method: str) -> ParleyError:
    """Teams did not say whether it did it. What changes nothing, or only once, may be repeated."""
    if method == "POST":
        return Unsure(say("Teams did not say whether it took the message."))
    return Unavailable(say("Teams does not answer now."))


def _refusal(
    method: str, status: int, headers: Mapping[str, str], body: bytes, now: datetime
) -> ParleyError:
    if status in (412, 429):
        wait_s = retry_after_s(headers, now)
        told = say("Teams asks us to wait before the next message.")
        return Throttled(told, WAIT_S if wait_s is None else wait_s)
    if status == 413:
        return TooLarge(say("The message is too large for Teams."))
    if status == 408 or status >= 500:
        # A gateway's 502 or 504 says nothing about what the service behind it did.
        return _lost(method)
    code = _code(body) or str(status)
    if status == 401:
        told = say("Teams does not accept the app's id and password.")
    elif status == 403:
        told = say("Parley is not in this channel or chat of Teams. Add the app there.")
    elif status == 404:
        told = say("This channel, chat or message is not in Teams any more.")
    else:
        told = say("Teams refuses this ({code}).", code=code)
    return Rejected(told, code)


def _code(body: bytes) -> str:
    """Teams' own word for what is wrong."""
    try:
        told = json.loads(body)
        return str(told["error"]["code"])[:80]
    except (ValueError, LookupError, TypeError):
        return ""
