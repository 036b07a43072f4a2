"""A lead's answers become files of the storefront's playbooks, where those can be written."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path

from assistant.model import StorefrontId

log = logging.getLogger(__name__)


class FolderNotebook:
    """The `answers` folder of each storefront's own playbooks."""

    def __init__(self, folders: Mapping[StorefrontId, Path]) -> None:
        self._folders = folders

    async def write(self, storefront: StorefrontId, name: str, text: str) -> str | None:
        """None: no playbooks of its own, they are read-only, or the file is there already."""
        folder = self._folders.get(storefront)
        if folder is None:
            return None
        return await asyncio.to_thread(_written, folder / "answers" / name, text)


def _written(path: Path, text: str) -> str | None:
    """Beside the place first, so that nobody reads half a file."""
    unfinished = path.with_name(f".{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, "utf-8")
        try:
            path.hardlink_to(unfinished)
        finally:
            unfinished.unlink()
    except FileExistsError:
        # Ours, where we were stopped before we could say so.
        return str(path) if path.read_bytes() == text.encode() else None
    except OSError as error:
        log.warning("an answer could not be written to %s: %s", path, error.strerror)
        return None
    return str(path)
