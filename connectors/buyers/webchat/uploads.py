"""A visitor's attachments: what they are is read from their bytes, never from their names."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import cast
from urllib.parse import quote

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from assistant.errors import Malformed
from assistant.model import Attachment
from assistant.ports import Files
from connectors.http import refuse_compressed

MAX_BYTES = 10 << 20
UPLOAD_S = 300
CHUNK_S = 30
_CHUNK = 64 << 10

_MAGIC: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb".{4}ftyp(heic|heix|heim|heis|mif1|msf1)", re.DOTALL), "image/heic"),
    (re.compile(rb".{4}ftypavi[fs]", re.DOTALL), "image/avif"),
    (re.compile(rb"%PDF-"), "application/pdf"),
)
SHOWN_IN_PAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"})
"""Everything else is offered for download."""
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


class UnfitType(Malformed):
    """A kind of file that is not taken."""


def type_of(start: bytes) -> str | None:
    """The MIME type of a file that begins with *start*; None for kinds that are not taken."""
    for magic, mime in _MAGIC:
        if magic.match(start):
            return mime
    return "text/plain" if _is_text(start) else None


def _is_text(start: bytes) -> bool:
    if not start or _BINARY.search(start):
        return False
    try:
        start.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"  # a character cut by the chunk's end
    return True


async def take_upload(request: web.Request, files: Files) -> Attachment:
    """Keep the one file of a multipart request, streamed.

    Raises: Malformed (no file in it, too slow), UnfitType, TooLarge, Unavailable.
    """
    refuse_compressed(request)
    if not request.content_type.startswith("multipart/"):
        raise Malformed("file", "send it as multipart/form-data")
    try:
        async with asyncio.timeout(UPLOAD_S):
            return await _kept(await _file_of(request), files)
    except TimeoutError:
        raise Malformed("file", "did not arrive in time; try again") from None
    except (ValueError, HttpProcessingError, ConnectionError) as error:
        # aiohttp's words for a multipart body that is none, and for one that ends too early
        raise Malformed("file", "can't be read: the request is broken") from error


async def _file_of(request: web.Request) -> BodyPartReader:
    part = await (await request.multipart()).next()
    if not isinstance(part, BodyPartReader) or part.name != "file" or not part.filename:
        raise Malformed("file", "is missing: send one part of that name")
    return part


async def _kept(part: BodyPartReader, files: Files) -> Attachment:
    start = await _chunk(part)
    mime = type_of(start)
    if mime is None:
        raise UnfitType("file", "Pictures, PDF and plain text can be sent, other kinds can't")
    return await files.put(cast(str, part.filename), mime, _chunks(start, part), MAX_BYTES)


async def _chunks(start: bytes, part: BodyPartReader) -> AsyncIterator[bytes]:
    chunk = start
    while chunk:
        yield chunk
        chunk = await _chunk(part)


async def _chunk(part: BodyPartReader) -> bytes:
    async with asyncio.timeout(CHUNK_S):
        return await part.read_chunk(_CHUNK)


def file_answer(file: Attachment, path: str) -> web.StreamResponse:
    """A kept file for the visitor it belongs to; nothing in it may run."""
    inline = "inline" if file.mime in SHOWN_IN_PAGES else "attachment"
    response = web.FileResponse(path)
    response.content_type = file.mime
    if file.mime == "text/plain":
        response.charset = "utf-8"
    response.headers.update(
        {
            "Content-Disposition": f"{inline}; filename*=UTF-8''{quote(file.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "private, max-age=86400",
        }
    )
    return response
