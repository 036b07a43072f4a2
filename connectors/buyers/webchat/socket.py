"""One open page: its frames in, its feed out.

A message is durable in the work stream first, then in the feed, and only then acknowledged; a page
sends what was not acknowledged again under the same id, so nothing is lost and nothing is doubled.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import WSCloseCode, WSMsgType, web

from assistant.commands import ReceiveMessage
from assistant.errors import Malformed, Unavailable
from assistant.model import Attachment
from assistant.ports import Change, Files, Store
from connectors.buyers.webchat.frames import (
    MAX_CHARS,
    MAX_FILES,
    About,
    Frame,
    Hello,
    Read,
    Said,
    feed_of,
    incoming_of,
    kept_message,
    read_frame,
    shown,
    write_frame,
)
from connectors.buyers.webchat.hub import Hub
from connectors.buyers.webchat.session import Visitor, Visitors
from connectors.http import RateLimiter, client_ip

log = logging.getLogger(__name__)

MAX_FRAME = 64 << 10
HEARTBEAT_S = 30
HELLO_S = 10
IDLE_S = 2 * 3600
"""A page that says nothing for so long is let go; it comes back when somebody looks at it."""
LOOK_S = 30
"""However quiet the news is, the feed is looked at this often."""
STORE_S = 10
WRITE_S = 10
TYPING_S = 3.0

NOT_A_VISITOR = 4401
TOO_MANY_PAGES = 4429
IDLE = 4408


@dataclass(frozen=True, kw_only=True)
class Chat:
    """What every page of the chat shares."""

    store: Store
    files: Files
    hub: Hub
    visitors: Visitors
    now: Callable[[], datetime]
    by_visitor: RateLimiter
    by_ip: RateLimiter


class _Refused(Exception):
    """A frame that can't be taken; the page keeps what the visitor wrote."""

    def __init__(self, code: str, what: str, **more: object) -> None:
        super().__init__(code)
        self.code, self.what, self.more = code, what, more


async def serve(chat: Chat, request: web.Request, account: str) -> web.WebSocketResponse:
    """A page of the site *account* opens its socket; its first frame says who it is."""
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=MAX_FRAME, timeout=5)
    await socket.prepare(request)
    hello = await _greeting(socket)
    visitor = chat.visitors.read(hello.token, account) if hello else None
    if hello is None or visitor is None:
        await socket.close(code=NOT_A_VISITOR, message=b"Get a session first")
        return socket
    page = Page(
        chat=chat,
        socket=socket,
        ip=client_ip(request),
        visitor=visitor,
        about=hello.about,
        lang=hello.lang,
        seq=hello.seq,
    )
    await page.serve()
    return socket


async def _greeting(socket: web.WebSocketResponse) -> Hello | None:
    try:
        async with asyncio.timeout(HELLO_S):
            message = await socket.receive()
        frame = read_frame(message.data) if message.type is WSMsgType.TEXT else None
    except (TimeoutError, Malformed):
        return None
    return frame if isinstance(frame, Hello) else None


@dataclass(eq=False, kw_only=True)
class Page:
    """One socket of one visitor."""

    chat: Chat
    socket: web.WebSocketResponse
    ip: str
    visitor: Visitor
    about: About
    lang: str
    seq: int
    news: asyncio.Event = field(default_factory=asyncio.Event)
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    typed_at: float = -TYPING_S

    def wake(self) -> None:
        self.news.set()

    def leave(self) -> None:
        self.leaving.set()

    async def cleared(self, seq: int) -> None:
        with suppress(ConnectionError):
            await self._say("read", seq=seq)

    async def serve(self) -> None:
        """Until the page closes, goes quiet, or this process stops."""
        with self.chat.hub.listen(self.visitor.id, self) as welcome:
            if not welcome:
                return await self._close(TOO_MANY_PAGES, "Too many pages are open")
            try:
                await self._converse()
            except* ConnectionError:
                pass  # the page has gone; it comes back with what was not acknowledged

    async def _converse(self) -> None:
        await self._say("welcome")
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in (self._tell(), self._let_go())]
            await self._listen()
            for task in tasks:
                task.cancel()

    async def _let_go(self) -> None:
        await self.leaving.wait()
        await self._close(WSCloseCode.GOING_AWAY, "Come back in a moment")

    # ── out ──────────────────────────────────────────────────────────────────

    async def _tell(self) -> None:
        """Everything after `seq`, in order, as it comes."""
        while not self.socket.closed:
            self.news.clear()
            try:
                async with asyncio.timeout(STORE_S):
                    entries = await self.chat.store.after(feed_of(self.visitor.id), self.seq)
            except (Unavailable, TimeoutError):
                await asyncio.sleep(2)
                continue
            for entry in entries:
                await self._send(shown(entry.body, entry.seq, self.visitor.id, self.chat.visitors))
                self.seq = entry.seq
            if not entries:
                await self._anything_new()

    async def _anything_new(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await self.news.wait()

    async def _say(self, type: str, **content: object) -> None:
        await self._send(write_frame(type, **content))

    async def _send(self, frame: str) -> None:
        try:
            async with asyncio.timeout(WRITE_S):
                await self.socket.send_str(frame)
        except TimeoutError:
            raise ConnectionResetError("the page takes nothing") from None

    async def _close(self, code: int, why: str) -> None:
        await self.socket.close(code=code, message=why.encode())

    # ── in ───────────────────────────────────────────────────────────────────

    async def _listen(self) -> None:
        while True:
            try:
                message = await self.socket.receive(timeout=IDLE_S)
            except TimeoutError:
                return await self._close(IDLE, "Nobody is here")
            if message.type is not WSMsgType.TEXT:
                return await self._close(WSCloseCode.UNSUPPORTED_DATA, "Frames are JSON text")
            await self._answer(message.data)

    async def _answer(self, text: str) -> None:
        id = ""
        try:
            frame = read_frame(text)
            id = frame.id if isinstance(frame, Said) else ""
            await self._take(frame)
        except Malformed as error:
            await self._say("error", code="frame", text=str(error))
        except _Refused as error:
            await self._say("error", code=error.code, id=id, text=error.what, **error.more)
        except (Unavailable, TimeoutError):
            await self._say(
                "error", code="not_kept", id=id, text="Your message can't be kept now. Send again."
            )

    async def _take(self, frame: Frame) -> None:
        if isinstance(frame, Said):
            await self._message(frame)
        elif isinstance(frame, Read):
            await self._read(frame)
        elif not isinstance(frame, Hello):
            await self._typing()

    async def _message(self, said: Said) -> None:
        self._check_rate()
        files = self._files(said)
        self.about = said.about or self.about
        self.lang = said.lang or self.lang
        incoming = incoming_of(said, files, self.visitor, self.about, self.lang, self.chat.now())
        if len(incoming.text) > MAX_CHARS:
            over = len(incoming.text) - MAX_CHARS
            raise _Refused("too_long", f"Too long by {over} characters.", over=over)
        if not incoming.text.strip() and not files:
            raise _Refused("empty", "Write something first.")
        async with asyncio.timeout(STORE_S):
            await self.chat.store.enqueue(ReceiveMessage(incoming=incoming), once=incoming.once)
            # The visitor's ids are kept apart from ours: nobody can take a reply's key in advance.
            seq = await self.chat.store.append(
                feed_of(self.visitor.id), kept_message(incoming), once=f"in:{said.id}"
            )
        await self._say("ack", id=said.id, seq=seq)

    def _check_rate(self) -> None:
        wait_s = self.chat.by_visitor.wait_s(self.visitor.id) or self.chat.by_ip.wait_s(self.ip)
        if wait_s:
            log.warning("a visitor writes too fast", extra={"visitor": self.visitor.id})
            raise _Refused("too_fast", "Slow down, please.", retry_after_s=round(wait_s, 1))

    def _files(self, said: Said) -> tuple[Attachment, ...]:
        found = [self.chat.visitors.file(ticket, self.visitor.id) for ticket in said.files]
        files = tuple(file for file in found if file and self.chat.files.path(file.sha256 or ""))
        if len(files) < len(found):
            raise _Refused("file_gone", f"Attach the files again, at most {MAX_FILES}.")
        return files

    async def _read(self, read: Read) -> None:
        """Clear the counters of the same visitor's other pages."""
        for page in self.chat.hub.others(self.visitor.id, self):
            await page.cleared(read.seq)

    async def _typing(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self.typed_at < TYPING_S:
            return
        self.typed_at = now
        async with asyncio.timeout(STORE_S):
            await self.chat.store.announce(Change("typing", feed_of(self.visitor.id)))
