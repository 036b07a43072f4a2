"""`POST /slack/events`: bounded and verified as bytes, and only then anybody's to parse."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from assistant.errors import Malformed, TooLarge, Unauthentic
from connectors.http import answer_to, mended, read_body
from connectors.rooms.slack.events import Events
from connectors.rooms.slack.inside import Inside
from connectors.rooms.slack.signature import verify

log = logging.getLogger(__name__)

_HALF = re.compile(r"\\u[dD][89a-fA-F]")


class Edge:
    """The HTTP side of Slack's deliveries."""

    def __init__(self, app: AsyncApp, events: Events, inside: Inside, secret: str) -> None:
        self._app, self._events, self._in, self._secret = app, events, inside, secret

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """An event, an interaction or a slash command."""
        try:
            body = await read_body(request)
            verify(request.headers, body, self._secret, self._in.now())
            payload = parsed(request.content_type, body)
        except (Unauthentic, Malformed, TooLarge) as error:
            log.warning("refused a request to /slack/events: %s", type(error).__name__)
            return answer_to(error)
        return await to_aiohttp_response(await dispatch(self._app, self._events, payload))


async def dispatch(app: AsyncApp, events: Events, payload: Mapping[str, Any]) -> BoltResponse:
    """Through Bolt, but for the one payload that it has no listener for."""
    body = dict(payload)
    if body.get("type") == "app_rate_limited":
        events.rate_limited(body)
        return BoltResponse(status=200, body="")
    # As over a socket, where Bolt takes the payload as it is. Its own parser of HTTP bodies takes
    # a slash command for empty whose text holds the word “payload”.
    return await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))


def parsed(content_type: str, body: bytes) -> Mapping[str, Any]:
    """JSON, or a form that holds JSON, or a form. Raises: Malformed."""
    try:
        text = body.decode()
        if content_type == "application/json":
            payload = loaded(text)
        else:
            form = dict(parse_qsl(text, keep_blank_values=True, errors="strict"))
            payload = loaded(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError):
        raise _not_slacks() from None
    if not isinstance(payload, dict) or not payload:
        raise _not_slacks()
    return payload


def loaded(text: str) -> Any:
    """JSON without halves of characters. Raises: ValueError, RecursionError.

    Only escapes make halves: what has none of those, which is most, needs no second look, and a
    press brings its whole card along.
    """
    value = json.loads(text)
    return mended(value) if _HALF.search(text) else value


def _not_slacks() -> Malformed:
    return Malformed("", "this is not what Slack sends")
