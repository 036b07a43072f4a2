"""One IMAP connection, in a thread of its own: the library blocks, and an IDLE blocks for minutes.

Source: RFC 3501, 2177 (IDLE), 6154 (special folders), read 2026-11. `aioimaplib` was left alone:
its licence (GPL) does not go with ours.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, ParamSpec, TypeVar

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError

from assistant.errors import Rejected, Unavailable
from assistant.words import say
from connectors.buyers.email.options import Options
from connectors.buyers.email.posting import Secret, tls_context
from connectors.buyers.email.reading import Mail, read_mail
from connectors.http import clean_line

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

TIMEOUT = SocketTimeout(connect=10, read=60)
MAX_MAIL = 40 << 20
"""Bytes of a mail that is read whole; of a larger one, its beginning."""
BEGINNING = 2 << 20
AT_ONCE, BYTES_AT_ONCE = 50, 16 << 20
"""What is fetched in one go, at most."""


class Selected(NamedTuple):
    """A folder as it was opened. While `validity` stays the same, so do the numbers of mails."""

    validity: int
    next: int


class Fetched(NamedTuple):
    """A mail out of a folder."""

    uid: int
    at: datetime
    """When the server got it."""
    mail: Mail
    cut: bool
    """It is too large, and only its beginning was read."""


class Mailbox:
    """A logged-in connection; whoever opened it closes it.

    Every call raises Unavailable where the server is away, and Rejected where it refuses for good.
    """

    def __init__(self, options: Options, secret: Secret) -> None:
        self._options, self._secret = options, secret
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="imap")
        self._client: IMAPClient | None = None

    async def __aenter__(self) -> Mailbox:
        try:
            kind, secret = await self._secret()
            await self._do(self._connect)
            await self._do(self._log_in, kind, secret)
        except BaseException:
            self._drop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._drop()

    def _drop(self) -> None:
        """Whatever the thread waits for ends at once: its socket is gone."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError, AttributeError):
                client.socket().shutdown(socket.SHUT_RDWR)
            self._thread.submit(_closed, client)
        self._thread.shutdown(wait=False)

    async def _do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """*work* in the connection's thread, its errors as ours."""
        loop = asyncio.get_running_loop()
        host = self._options.imap_host
        try:
            return await loop.run_in_executor(self._thread, lambda: work(*args, **kwargs))
        except LoginError as error:
            what = _said(error)
            raise Rejected(
                say(
                    "The mail server {host} refused the log-in of {user}: {why}",
                    host=host,
                    user=self._options.login,
                    why=what,
                )
            ) from error
        except (OSError, ssl.SSLError, TimeoutError) as error:
            log.warning("the mailbox at %s can't be reached: %s", host, type(error).__name__)
            raise Unavailable(say("The mail server {host} can't be reached.", host=host)) from error
        except IMAPClient.Error as error:
            raise Unavailable(
                say("The mail server {host} said: {why}", host=host, why=_said(error))
            ) from error

    # ── what is asked ────────────────────────────────────────────────────────

    @property
    def has_idle(self) -> bool:
        return self._client is not None and self._client.has_capability("IDLE")

    async def select(self, folder: str) -> Selected:
        """Open *folder* to look only: nothing in it is changed, not even what is read."""
        told = await self._do(self._live.select_folder, folder, readonly=True)
        return Selected(int(told.get(b"UIDVALIDITY", 0)), int(told.get(b"UIDNEXT", 1)))

    async def after(self, uid: int) -> list[int]:
        """The numbers above *uid*, in order."""
        # A server answers `9:*` with its last mail, however low: numbers up to *uid* are dropped.
        found = await self._do(self._live.search, ["UID", f"{uid + 1}:*"])
        return sorted(one for one in found if one > uid)

    async def since(self, day: date, *, unanswered: bool) -> list[int]:
        criteria: list[Any] = ["SINCE", day]
        return sorted(
            await self._do(self._live.search, [*criteria, *(["UNANSWERED"] if unanswered else [])])
        )

    async def with_id(self, message_id: str) -> list[int]:
        """The mails of the open folder whose Message-ID this is."""
        found = await self._do(self._live.search, ["HEADER", "Message-ID", f"<{message_id}>"])
        return list(found)

    async def read(self, uids: Sequence[int]) -> list[Fetched]:
        """Those of *uids* that are still there, read; their state on the server stays as it is."""
        return await self._do(self._read, list(uids))

    async def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        told = await self._do(self._live.fetch, list(uids), ["RFC822.SIZE"])
        return {uid: int(about[b"RFC822.SIZE"]) for uid, about in told.items()}

    async def idle(self, seconds: float) -> bool:
        """Until something changes in the open folder, or *seconds* are over. False: refused."""
        return await self._do(self._idle, seconds)

    async def pause(self, seconds: float) -> None:
        """As `idle`, where the server has none: it is asked after *seconds*."""
        await asyncio.sleep(seconds)
        await self._do(self._live.noop)

    async def put(self, folder: str, mail: bytes, at: datetime) -> None:
        """Add *mail*, which somebody has read, to *folder*."""
        await self._do(self._live.append, folder, mail, flags=(b"\\Seen",), msg_time=at)

    async def sent_folder(self) -> str:
        """Where this server keeps what was sent; empty where it does not say."""
        found = await self._do(self._live.find_special_folder, b"\\Sent")
        return str(found or "")

    # ── in the thread ────────────────────────────────────────────────────────

    @property
    def _live(self) -> IMAPClient:
        if self._client is None:
            raise OSError("closed")
        return self._client

    def _connect(self) -> None:
        options = self._options
        host, port = options.imap
        over_tls = options.imap_security == "tls"
        context = tls_context(options) if options.imap_security != "plain" else None
        client = IMAPClient(
            host, port, use_uid=True, ssl=over_tls, ssl_context=context, timeout=TIMEOUT
        )
        client.normalise_times = False
        self._client = client
        _keep_alive(client.socket())
        if options.imap_security == "starttls":
            client.starttls(context)

    def _log_in(self, kind: str, secret: str) -> None:
        client, user = self._live, self._options.login
        if kind == "oauth":
            client.oauth2_login(user, secret)
        else:
            client.login(user, secret)
        # Servers of 163 and QQ hide mailboxes from whoever does not say who they are.
        if client.has_capability("ID"):
            with suppress(IMAPClient.Error):
                client.id_({"name": "Parley", "vendor": "Parley"})

    def _read(self, uids: list[int]) -> list[Fetched]:
        sizes = self._live.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        whole = [uid for uid in uids if uid in sizes and _size(sizes[uid]) <= MAX_MAIL]
        large = [uid for uid in uids if uid in sizes and _size(sizes[uid]) > MAX_MAIL]
        found = self._live.fetch(whole, ["BODY.PEEK[]"]) if whole else {}
        begun = self._live.fetch(large, [f"BODY.PEEK[]<0.{BEGINNING}>"]) if large else {}
        return [
            Fetched(uid, _when(sizes[uid]), read_mail(raw), uid in begun)
            for uid in uids
            if (raw := _body(found.get(uid) or begun.get(uid) or {})) is not None
        ]

    def _idle(self, seconds: float) -> bool:
        client = self._live
        try:
            client.idle()
        except IMAPClient.AbortError:
            raise
        except IMAPClient.Error:
            return False
        client.idle_check(timeout=seconds)
        client.idle_done()
        return True


def _closed(client: IMAPClient) -> None:
    with suppress(Exception):
        client.shutdown()


def _keep_alive(sock: socket.socket) -> None:
    """A peer that vanished is noticed within two minutes, though nothing is said for so long."""
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _size(told: dict[bytes, Any]) -> int:
    return int(told.get(b"RFC822.SIZE", 0))


def _when(told: dict[bytes, Any]) -> datetime:
    at = told.get(b"INTERNALDATE")
    return at.astimezone(UTC) if isinstance(at, datetime) and at.tzinfo else datetime.now(UTC)


def _body(told: dict[bytes, Any]) -> bytes | None:
    return next((raw for name, raw in told.items() if name.startswith(b"BODY[") and raw), None)


def _said(error: Exception) -> str:
    words = error.args[0] if error.args else ""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return clean_line(text, 200)
