"""Attachments by content: `<data>/files/<2 hex>/<62 hex>`, shared by every process of one machine.

A file is written beside its place, synced, and only then renamed into it: a crash leaves a stray
temporary file, never half an attachment under a name that promises the whole.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, ParamSpec, TypeVar

from assistant.errors import TooLarge, Unavailable
from assistant.model import Attachment
from assistant.words import say

P = ParamSpec("P")
T = TypeVar("T")

STRAY_AFTER_S = 24 * 3600.0

_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNFIT_FOR_A_NAME = re.compile(r'[\x00-\x1f\x7f\ud800-\udfff"/\\]+')


class FolderFiles:
    """`ports.Files` in a folder; the same content is kept once, whatever it is called."""

    def __init__(self, data: Path) -> None:
        self._root = data / "files"
        self._coming = self._root / "coming"
        try:
            self._coming.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sweep()
        except OSError as error:
            raise Unavailable(
                say(
                    "Files can't be kept in {folder}: {why}",
                    folder=str(self._root),
                    why=_why(error),
                )
            ) from error

    async def put(
        self, name: str, mime: str, chunks: AsyncIterator[bytes], limit: int
    ) -> Attachment:
        """Keep a file. Raises: TooLarge at more than *limit* bytes, Unavailable (disk)."""
        part = await _on_disk(self._open)
        try:
            digest, size = await _copy(chunks, part, limit)
            await _on_disk(self._settle, part, self._place(digest))
        finally:
            _drop(part)
        return Attachment(name=file_name(name), mime=mime, size=size, sha256=digest)

    def path(self, sha256: str) -> str | None:
        """Where the file of that content is, if we have it."""
        if not _SHA256.fullmatch(sha256):
            return None
        place = self._place(sha256)
        return str(place) if place.is_file() else None

    def _place(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256[2:]

    def _open(self) -> IO[bytes]:
        return NamedTemporaryFile(dir=self._coming, delete=False)

    def _settle(self, part: IO[bytes], place: Path) -> None:
        part.flush()
        os.fsync(part.fileno())
        place.parent.mkdir(mode=0o700, exist_ok=True)
        Path(part.name).rename(place)
        for folder in (place.parent, self._root):
            _sync_folder(folder)

    def _sweep(self) -> None:
        """Remove what crashed uploads left behind; younger ones may be another process's."""
        oldest = time.time() - STRAY_AFTER_S
        for stray in self._coming.iterdir():
            # Another process's upload may be done, and gone from here, at any moment.
            with suppress(FileNotFoundError):
                if stray.stat().st_mtime < oldest:
                    stray.unlink()


def file_name(name: str) -> str:
    """*name* as people may see it: its last part, harmless in a header, at most 120 characters."""
    last = _UNFIT_FOR_A_NAME.sub(" ", re.split(r"[/\\]", name)[-1]).strip(" .")
    stem, dot, suffix = last.rpartition(".")
    if len(last) <= 120:
        return last or "file"
    return f"{stem[: 119 - len(suffix)]}{dot}{suffix}" if len(suffix) <= 10 else last[:120]


async def _copy(chunks: AsyncIterator[bytes], part: IO[bytes], limit: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise TooLarge(say("The file is over {mb} MB.", mb=limit >> 20))
        digest.update(chunk)
        await _on_disk(part.write, chunk)
    return digest.hexdigest(), size


async def _on_disk(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """*work* in a thread; only its own failures are the disk's, not those of whoever sends."""
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except OSError as error:
        raise Unavailable(say("The file can't be kept now: {why}", why=_why(error))) from error


def _drop(part: IO[bytes]) -> None:
    # On a full disk closing fails once more, at what is still buffered: it is given up anyway.
    with suppress(OSError):
        part.close()
    Path(part.name).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
