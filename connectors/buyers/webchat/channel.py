"""The web chat as a channel: its routes, and the way of a reply into a visitor's feed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from assistant.errors import Malformed, ParleyError, Unavailable
from assistant.model import Conversation, Receipt, Reply
from assistant.ports import Capabilities, Files, Store
from assistant.settings import Settings
from assistant.words import say
from connectors.buyers.webchat import socket
from connectors.buyers.webchat.frames import MAX_CHARS, MAX_FILES, feed_of, kept_reply
from connectors.buyers.webchat.hub import Hub
from connectors.buyers.webchat.pages import Pages
from connectors.buyers.webchat.session import Origins, Visitor, Visitors
from connectors.buyers.webchat.uploads import MAX_BYTES, UnfitType, file_answer, take_upload
from connectors.http import (
    Handler,
    RateLimiter,
    answer_to,
    client_ip,
    json_answer,
    problem,
    read_body,
)

SEND_S = 10
MESSAGES_A_MINUTE = 20
MESSAGES_A_MINUTE_AND_IP = 120
SESSIONS_A_MINUTE_AND_IP = 60
FILES_A_MINUTE = 20


class WebChat:
    """`ports.BuyerChannel` of the chat at `/chat` and of the script at `/chat.js`.

    Its limits count on each process for itself: 20 messages a minute and 5 open pages a visitor,
    120 messages and 60 sessions a minute an address.
    """

    name = "webchat"
    can = Capabilities(idempotent=True, attachments=True)

    def __init__(
        self, settings: Settings, store: Store, files: Files, now: Callable[[], datetime]
    ) -> None:
        self._settings, self._store, self._files, self._now = settings, store, files, now
        self._origins = Origins(settings)
        self._visitors = Visitors(settings.secret)
        self._sessions = RateLimiter(SESSIONS_A_MINUTE_AND_IP, 60)
        self._uploads = RateLimiter(FILES_A_MINUTE, 60)

    async def send(self, reply: Reply, to: Conversation) -> Receipt:
        """Put *reply* into the visitor's feed: open pages show it at once, others when they come.

        The same `reply.key` is the same entry. Raises: Unavailable.
        """
        try:
            async with asyncio.timeout(SEND_S):
                seq = await self._store.append(
                    feed_of(to.thread_key), kept_reply(reply, self._now()), once=f"out:{reply.key}"
                )
        except TimeoutError as error:
            raise Unavailable(say("The store did not answer in time.")) from error
        return Receipt(external_id=str(seq))

    def mount(self, app: web.Application) -> None:
        """Serve the page, its script, sessions, sockets and files; listen while *app* lives."""
        hub = Hub(self._store)
        chat = socket.Chat(
            store=self._store,
            files=self._files,
            hub=hub,
            visitors=self._visitors,
            now=self._now,
            by_visitor=RateLimiter(MESSAGES_A_MINUTE, 60),
            by_ip=RateLimiter(MESSAGES_A_MINUTE_AND_IP, 60),
        )

        async def open_socket(request: web.Request) -> web.StreamResponse:
            return await socket.serve(chat, request, self._origins.check(request))

        async def listening(_: web.Application) -> AsyncIterator[None]:
            # A TaskGroup can't span an application's life; this task ends with it, and is awaited.
            listener = asyncio.create_task(hub.run())
            yield
            while not listener.done():
                # redis-py swallows a cancellation that meets it while it connects: ask again.
                listener.cancel()
                await asyncio.wait([listener], timeout=0.5)

        async def leave(_: web.Application) -> None:
            hub.close()

        Pages(self._settings).mount(app)
        app.router.add_get("/chat/socket", open_socket)
        for path, handler in (("/chat/session", self._session), ("/chat/files", self._upload)):
            app.router.add_post(path, self._across_origins(handler))
            app.router.add_options(path, self._across_origins(_nothing))
        app.router.add_get("/chat/files/{ticket}", self._download)
        app.cleanup_ctx.append(listening)
        app.on_shutdown.append(leave)

    # ── routes ───────────────────────────────────────────────────────────────

    async def _session(self, request: web.Request) -> web.StreamResponse:
        """Who the visitor is from now on: the same as before where they hold a good token."""
        wait_s = self._sessions.wait_s(client_ip(request))
        if wait_s:
            return _too_often(wait_s)
        account = self._origins.check(request)
        asked = _read_session(await read_body(request, 4 << 10))
        visitor = self._visitors.read(asked.token, account) or self._visitors.new(account)
        return json_answer(
            {
                "v": 1,
                "token": self._visitors.token(visitor),
                "visitor": visitor.id,
                "limits": {"chars": MAX_CHARS, "files": MAX_FILES, "bytes": MAX_BYTES},
            }
        )

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        """Keep one file; the answer's `file` is what a message names it by."""
        visitor = self._bearer(request)
        if visitor is None:
            return problem(401, "session", "Get a session first, and send its token as Bearer.")
        wait_s = self._uploads.wait_s(visitor.id)
        if wait_s:
            return _too_often(wait_s)
        kept = await take_upload(request, self._files)
        ticket = self._visitors.ticket(visitor.id, kept)
        return json_answer(
            {"file": ticket, "name": kept.name, "mime": kept.mime, "size": kept.size}, 201
        )

    async def _download(self, request: web.Request) -> web.StreamResponse:
        file = self._visitors.file(request.match_info["ticket"])
        path = self._files.path(file.sha256 or "") if file else None
        if file is None or path is None:
            return problem(404, "gone", "This address is too old. Open the chat again.")
        return file_answer(file, path)

    def _bearer(self, request: web.Request) -> Visitor | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        return self._visitors.read(token, self._origins.check(request))

    def _across_origins(self, handler: Handler) -> Handler:
        """*handler* for the pages that may ask, its errors as JSON that they may read.

        A page that may not gets its refusal in the same way: the chat there can say so.
        """

        async def answered(request: web.Request) -> web.StreamResponse:
            origin = request.headers.get("Origin", "")
            try:
                if request.method != "OPTIONS":
                    self._origins.check(request)
                response = await _answered(handler, request)
            except web.HTTPForbidden as refused:
                if not origin.startswith("http"):
                    raise
                response = web.json_response(text=refused.text, status=403)
            response.headers.update(
                {
                    "Access-Control-Allow-Origin": origin,
                    "Access-Control-Allow-Headers": "Content-Type, Authorization",
                    "Access-Control-Allow-Methods": "POST",
                    "Access-Control-Expose-Headers": "Retry-After",
                    "Access-Control-Max-Age": "600",
                    "Vary": "Origin",
                }
            )
            return response

        return answered


class _Session(BaseModel):
    token: str = Field(default="", max_length=1_000)


def _read_session(body: bytes) -> _Session:
    try:
        return _Session.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise Malformed("token", "must be the text of an earlier session, or absent") from error


async def _answered(handler: Handler, request: web.Request) -> web.StreamResponse:
    try:
        return await handler(request)
    except UnfitType as error:
        return problem(415, "file_type", str(error))
    except ParleyError as error:
        return answer_to(error)


async def _nothing(_: web.Request) -> web.StreamResponse:
    return web.Response(status=204)


def _too_often(wait_s: float) -> web.Response:
    wait = str(int(wait_s) + 1)
    return problem(429, "too_fast", f"Try again in {wait} seconds.", {"Retry-After": wait})
