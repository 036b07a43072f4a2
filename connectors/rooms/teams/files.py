"""Files both ways: a buyer's to the team by a signed link, an agent's out of a chat. What can't be
is said.

An inline picture is fetched with the bot's token, so only from where Teams is called anyway: to
anybody else the token would be given away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
from aiohttp import web
from itsdangerous import BadData, URLSafeTimedSerializer

from assistant.errors import Rejected, TooLarge, Unavailable
from assistant.model import Attachment
from assistant.ports import Files
from assistant.settings import Settings
from assistant.words import say
from connectors.http import clean_line
from connectors.rooms.teams.access import Access
from connectors.rooms.teams.addresses import Addresses
from connectors.rooms.teams.heard import File, Heard

PATH = "/teams/files/{ticket}"
LASTS_S = 14 * 24 * 3600
"""How long a link opens the file; the console has it for longer."""
MOST = 20 << 20
"""Bytes of one file from Teams."""
FILE_S = 60.0
REDIRECTS = 3
PATIENCE = aiohttp.ClientTimeout(total=FILE_S, connect=5)

DRIVE_HOSTS = ("sharepoint.com", "sharepoint.us", "sharepoint.cn", "svc.ms")
"""Where files of chats are, at addresses that are good for some minutes."""
DOWNLOAD = "application/vnd.microsoft.teams.file.download.info"

_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
"""Only what begins like a picture is shown as one, whatever its sender calls it."""


class Tickets:
    """Links to files of ours, for people who are not logged in: signed, and good for some days."""

    def __init__(self, settings: Settings, files: Files) -> None:
        self._base = settings.public_url
        self._files = files
        self._seal = URLSafeTimedSerializer(
            settings.secret.get_secret_value(), salt="parley.teams.file"
        )

    def link(self, attachment: Attachment) -> str | None:
        """None where Teams could not open it: it is on no https of ours, or not kept."""
        kept = attachment.sha256 and self._files.path(attachment.sha256)
        if not kept or not self._base.startswith("https://"):
            return None
        ticket = self._seal.dumps([attachment.sha256, clean_line(attachment.name, 120)])
        return f"{self._base}{PATH.format(ticket=ticket)}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The file of a ticket: pictures are shown, everything else is only ever saved."""
        try:
            sha256, name = self._seal.loads(request.match_info["ticket"], max_age=LASTS_S)
        except BadData:
            raise web.HTTPNotFound(text="This link is not good any more.") from None
        where = self._files.path(str(sha256))
        if where is None:
            raise web.HTTPNotFound(text="This file is not kept any more.")
        mime = _picture(await asyncio.to_thread(_beginning, Path(where)))
        kind = "inline" if mime else "attachment"
        name = quote(clean_line(str(name), 120).replace("/", "_") or "file", safe="")
        return web.FileResponse(
            where,
            headers={
                "Content-Type": mime or "application/octet-stream",
                "Content-Disposition": f"{kind}; filename*=UTF-8''{name}",
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "private, max-age=3600",
            },
        )


class Downloads:
    """Files that agents send to the bot."""

    def __init__(
        self,
        files: Files,
        client: aiohttp.ClientSession,
        access: Access,
        addresses: Addresses,
        *,
        local: bool = False,
    ) -> None:
        self._files, self._client, self._access = files, client, access
        self._addresses, self._local = addresses, local
        """In development the Teams on this machine has files too."""

    async def fetch(self, attachment: Attachment) -> Attachment:
        """A file of a message, kept. Raises: TooLarge, Rejected, Unavailable."""
        if not attachment.url:
            told = say("Teams hands an app no files of channels. Send it in the chat with Parley.")
            raise Rejected(told, "no_file")
        if (attachment.size or 0) > MOST:
            raise TooLarge(say("The file is over {mb} MB.", mb=MOST >> 20))
        try:
            async with asyncio.timeout(FILE_S), self._opened(attachment.url) as answer:
                _check(answer, attachment)
                return await self._files.put(
                    attachment.name, _mime(answer, attachment), _chunks(answer), MOST
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(say("Teams did not hand over the file.")) from error

    @asynccontextmanager
    async def _opened(self, url: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """Every address on the way is looked at before it is asked."""
        for _ in range(REDIRECTS):
            headers = await self._headers(url)
            async with self._client.get(
                url, headers=headers, allow_redirects=False, timeout=PATIENCE
            ) as answer:
                if answer.status not in (301, 302, 303, 307, 308):
                    yield answer
                    return
                url = urljoin(url, answer.headers.get("Location", ""))
        raise Rejected(say("The file is not where Teams said."), "no_file")

    async def _headers(self, url: str) -> dict[str, str]:
        """Raises: Rejected, where it is not Microsoft's."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip(".").casefold(), parts.port
        except ValueError:
            host, port, parts = "", None, urlsplit("")
        if self._local and host in ("localhost", "127.0.0.1", "::1"):
            return {}
        if parts.scheme == "https" and port in (None, 443):
            if _within(host, DRIVE_HOSTS):
                return {}
            if self._addresses.has(url):
                # Where pictures of messages are.
                return {"Authorization": f"Bearer {await self._access.token()}"}
        raise Rejected(say("The file is not at Microsoft, and is not fetched."), "foreign_file")


def attachments_of(heard: Heard) -> tuple[Attachment, ...]:
    """The files of a message, where Teams has them: none is fetched yet."""
    return tuple(found for one in heard.attachments if (found := _attachment(one)))


def _attachment(file: File) -> Attachment | None:
    content = file.content if isinstance(file.content, dict) else {}
    if file.content_type == DOWNLOAD:
        url = str(content.get("downloadUrl") or "")
        return Attachment(name=_name(file.name), mime="application/octet-stream", url=url or None)
    if file.content_type.startswith("image/"):
        kind = clean_line(file.content_type, 100)
        ending = kind.partition("/")[2].partition("+")[0]
        name = file.name or f"picture.{ending if ending.isalnum() else 'png'}"
        return Attachment(name=_name(name), mime=kind, url=file.content_url or None)
    if file.content_type == "text/html" and "<attachment" in str(file.content):
        # Of a file in a channel an app sees only that there is one.
        return Attachment(name="file", mime="application/octet-stream")
    return None


def _name(name: str) -> str:
    return clean_line(name, 120) or "file"


def _within(host: str, hosts: tuple[str, ...]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in hosts)


def _check(answer: aiohttp.ClientResponse, attachment: Attachment) -> None:
    if answer.status == 429 or answer.status >= 500:
        raise Unavailable(say("Teams did not hand over the file."))
    # A log-in page comes as a success.
    is_page = answer.content_type == "text/html" != attachment.mime
    if answer.status != 200 or is_page:
        told = say("Teams does not hand over the file any more. Send it once more.")
        raise Rejected(told, "no_file")
    if (answer.content_length or 0) > MOST:
        raise TooLarge(say("The file is over {mb} MB.", mb=MOST >> 20))


def _mime(answer: aiohttp.ClientResponse, attachment: Attachment) -> str:
    if attachment.mime != "application/octet-stream":
        return attachment.mime
    return clean_line(answer.content_type, 100)


async def _chunks(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async for chunk in answer.content.iter_chunked(1 << 16):
        yield chunk


def _picture(beginning: bytes) -> str | None:
    """The type of a picture by its first bytes; None for everything else."""
    for mark, mime in _PICTURES:
        if beginning.startswith(mark):
            return mime
    webp = beginning.startswith(b"RIFF") and beginning[8:12] == b"WEBP"
    return "image/webp" if webp else None


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)
