"""Files: the console's own, kept by browsers for good, and what buyers attached, kept at bay."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from assistant.errors import NotFound
from assistant.words import say
from connectors.rooms.console.edge import Console
from connectors.rooms.console.session import Session

PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
"""Only what begins like a picture is shown as one, whatever its sender calls it."""


async def asset(console: Console, request: web.Request) -> web.StreamResponse:
    """The style, script and icon: their address changes with their content."""
    found = console.pages.assets.get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound()
    current = request.match_info["edition"] == console.pages.edition
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
        "Vary": "Accept-Encoding",
    }
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return web.Response(
        body=found.zipped if zipped else found.body,
        content_type=found.mime,
        charset="utf-8",
        headers=headers,
    )


async def attachment(
    console: Console, request: web.Request, session: Session
) -> web.StreamResponse:
    """A buyer's file: pictures may be shown, everything else is only ever saved."""
    where = console.files.path(request.match_info["sha256"])
    if where is None:
        raise NotFound(say("This file is no longer kept."))
    mime = picture(await asyncio.to_thread(_beginning, Path(where)))
    name = re.sub(r"[\x00-\x1f\x7f/\\]+", "_", request.query.get("name", "file"))[:150] or "file"
    kind = "inline" if mime else "attachment"
    return web.FileResponse(
        where,
        headers={
            "Content-Type": mime or "application/octet-stream",
            "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, max-age=86400, immutable",
        },
    )


def picture(beginning: bytes) -> str | None:
    """The type of a picture by its first bytes; None for everything else."""
    for mark, mime in PICTURES:
        if beginning.startswith(mark):
            return mime
    webp = beginning.startswith(b"RIFF") and beginning[8:12] == b"WEBP"
    return "image/webp" if webp else None


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)
