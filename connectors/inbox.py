"""`POST /buyers/<channel>`: verified, de-duplicated and durable, and only then answered.

200 `{"status":"accepted"|"duplicate"}`. Anything else is an error that says what to do, and then
nothing was stored, or what was stored will be recognised when the sender tries again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import cast

from aiohttp import web

from assistant.errors import Malformed, TooLarge, Unauthentic, Unavailable
from assistant.model import Arrival
from assistant.ports import Greeted, Store, Webhook, WebhookChannel
from connectors.arriving import kept
from connectors.http import answer_to, json_answer, patiently, problem, read_body

log = logging.getLogger(__name__)

ACCEPTED, DUPLICATE = "accepted", "duplicate"


def mount_webhooks(
    app: web.Application,
    channels: Mapping[str, WebhookChannel],
    store: Store,
    now: Callable[[], datetime],
) -> None:
    """Serve `/buyers/<name>` for each of *channels*."""
    inbox = _Inbox(channels, store, now)
    app.router.add_route("*", "/buyers/{channel}", inbox.answer)


class _Inbox:
    def __init__(
        self,
        channels: Mapping[str, WebhookChannel],
        store: Store,
        now: Callable[[], datetime],
    ) -> None:
        self._channels, self._store, self._now = channels, store, now

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["channel"]
        channel = self._channels.get(name)
        if channel is None:
            return self._unknown()
        if request.method == "GET" and hasattr(channel, "handshake"):
            return self._greeted(cast(Greeted, channel), request)
        if request.method != "POST":
            return problem(405, "method", f"Send messages for {name} with POST.", {"Allow": "POST"})
        try:
            status = await self._take(channel, request)
        except (Unauthentic, Malformed, TooLarge, Unavailable) as error:
            # What is wrong is told to the sender; the log names neither the words nor the sender.
            log.warning("refused a webhook of %s: %s", channel.name, _kind(error))
            return answer_to(error)
        own = getattr(channel, "answer_body", None)
        return json_answer({"status": status}) if own is None else web.Response(body=own)

    def _greeted(self, channel: Greeted, request: web.Request) -> web.Response:
        try:
            said = channel.handshake(self._webhook(request, b""))
        except (Unauthentic, Malformed) as error:
            log.warning("refused a greeting of %s: %s", channel.name, _kind(error))
            return answer_to(error)
        kind = "application/json" if said.startswith("{") else "text/plain"
        return web.Response(text=said, content_type=kind)

    def _webhook(self, request: web.Request, body: bytes) -> Webhook:
        return Webhook(
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
            path=request.path_qs,
            at=self._now(),
            query=dict(request.query),
        )

    def _unknown(self) -> web.Response:
        names = sorted(self._channels)
        listed = ", ".join(f"/buyers/{name}" for name in names) or "none is configured"
        return problem(404, "unknown_channel", f"No such channel. There is: {listed}.")

    async def _take(self, channel: WebhookChannel, request: web.Request) -> str:
        webhook = self._webhook(request, await read_body(request))
        fresh = await patiently(self._kept(await channel.receive(webhook), webhook.at))
        return DUPLICATE if fresh and not any(fresh) else ACCEPTED

    async def _kept(self, arrivals: Sequence[Arrival], at: datetime) -> list[bool]:
        """Whether each is new, now that all are durable."""
        return [await kept(one, at, self._store) for one in arrivals]


def _kind(error: Exception) -> str:
    """`Malformed message.text`: the field by its name in our format, never what was in it."""
    field = error.field if isinstance(error, Malformed) else ""
    return f"{type(error).__name__} {field}".rstrip()
