"""Slack's Web API for one workspace: asked, told, and posted to, with our errors.

Nothing is tried again here but what Slack certainly did not do, and only when it said how long to
wait; the SDK's own retries are off, because they would post twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from assistant.errors import Unavailable
from connectors.rooms.slack.faults import translated
from connectors.rooms.slack.pace import PATIENCE_S, Pace

SLACK_API = "https://slack.com/api/"
TIMEOUT_S = 10.0
MOST_PAGES = 100
SILENT = {"unfurl_links": False, "unfurl_media": False, "mrkdwn": False, "link_names": False}
"""With every message: no previews, no names turned into pings."""

Payload = Mapping[str, Any]

quiet = logging.getLogger(f"{__name__}.sdk")
# The SDK's own lines hold bodies and addresses; what matters of them is raised as our errors.
quiet.setLevel(logging.ERROR)


def web_client(
    token: str | None, base_url: str | None, session: aiohttp.ClientSession
) -> AsyncWebClient:
    """The SDK's client: our connections, our log, no retries, no proxy of the environment."""
    client = _Client(
        token=token,
        base_url=base_url or SLACK_API,
        session=session,
        logger=quiet,
        retry_handlers=[],
    )
    client.proxy = None
    return client


class _Client(AsyncWebClient):
    """Follows nobody elsewhere: a redirect would take the token or a post to who knows whom."""

    async def _request(
        self, *, http_verb: str, api_url: str, req_args: dict[str, Any]
    ) -> dict[str, Any]:
        # The SDK has no setting for it. What comes back is no 200, so `faults` can't read it.
        told = {**req_args, "allow_redirects": False}
        return await super()._request(http_verb=http_verb, api_url=api_url, req_args=told)


class Api:
    """The Web API as one bot token sees it."""

    def __init__(self, client: AsyncWebClient, pace: Pace, now: Callable[[], datetime]) -> None:
        self._client, self._pace, self._now = client, pace, now

    @property
    def token(self) -> str:
        return self._client.token or ""

    async def ask(self, method: str, **params: Any) -> Payload:
        """Read something. Raises: Unavailable, Rejected."""
        return _data(await self._call(method, method, params=params, http_verb="GET"))

    async def scopes(self) -> tuple[Payload, str]:
        """Who we are, and what we may, as Slack's header has it. Raises: Unavailable, Rejected."""
        response = await self._call("auth.test", "auth.test")
        return _data(response), response.headers.get("x-oauth-scopes", "")

    async def pages(self, method: str, field: str, **params: Any) -> AsyncIterator[Any]:
        """Everything of a list that comes in pages. Raises: Unavailable, Rejected."""
        cursor = ""
        for _ in range(MOST_PAGES):
            more = {"cursor": cursor} if cursor else {}
            page = await self.ask(method, **params, **more)
            for one in page.get(field) or ():
                yield one
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def tell(
        self, method: str, payload: Payload, *, lane: str = "", within_s: float = TIMEOUT_S
    ) -> Payload:
        """Do something that, done twice, is done once. Raises: Unavailable, Rejected."""
        call = self._call(method, lane or method, within_s=within_s, json=dict(payload))
        return _data(await call)

    async def post(self, channel: str, message: Payload) -> Payload:
        """A message in *channel*, when it is its turn. Raises: Unavailable, Unsure, Rejected."""
        await self._pace.turn(channel)
        told = {"channel": channel, **message, **SILENT}
        return _data(await self._call("chat.postMessage", channel, creates=True, json=told))

    async def whisper(self, message: Payload) -> Payload:
        """A message that one person sees. Raises: Unavailable, Unsure, Rejected."""
        method = "chat.postEphemeral"
        return _data(await self._call(method, method, creates=True, json={**message, **SILENT}))

    async def submit(self, method: str, *, creates: bool, **form: str) -> Payload:
        """The methods that read no JSON. Raises: Unavailable, Unsure (if *creates*), Rejected."""
        return _data(await self._call(method, method, creates=creates, data=form))

    async def _call(
        self,
        method: str,
        lane: str,
        *,
        creates: bool = False,
        within_s: float = TIMEOUT_S,
        **arguments: Any,
    ) -> AsyncSlackResponse:
        try:
            return await self._once(method, lane, creates, within_s, arguments)
        except Unavailable as error:
            # Nothing was done, and Slack said when to come back: soon.
            if error.retry_after_s is None or error.retry_after_s > PATIENCE_S:
                raise
        return await self._once(method, lane, creates, within_s, arguments)

    async def _once(
        self, method: str, lane: str, creates: bool, within_s: float, arguments: dict[str, Any]
    ) -> AsyncSlackResponse:
        await self._pace.rest(lane)
        try:
            async with asyncio.timeout(within_s):
                return await self._client.api_call(method, **arguments)
        except _FAILURES as error:
            told = translated(error, self._now(), creates=creates)
            if isinstance(told, Unavailable) and told.retry_after_s:
                self._pace.hold(lane, told.retry_after_s)
            raise told from error


_FAILURES = (
    SlackClientError,
    aiohttp.ClientError,
    OSError,  # a TimeoutError too
    AttributeError,  # the SDK's word for a body that is no object
    ValueError,  # a body in no charset that there is
)


def _data(response: AsyncSlackResponse) -> Payload:
    return response.data if isinstance(response.data, dict) else {}
