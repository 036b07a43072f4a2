"""The web console: the team's room in a browser, for the first ten minutes and for good.

It shows what the desk's cards say and hands the desk what people press; it decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from assistant.ports import Desk
from connectors.http import Parts
from connectors.rooms.console.room import ConsoleRoom
from connectors.rooms.console.routes import mount
from connectors.rooms.console.session import make_login_link

__all__ = ["ConsolePlatform", "ConsoleRoom", "connect", "make_login_link", "mount"]


class ConsolePlatform:
    """The console as a place where the team works: one room, and its pages."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.rooms = {"console": ConsoleRoom(parts.settings.language)}

    def probes(self) -> Mapping[str, Callable[[], Awaitable[str]]]:
        """What it needs, every installation has."""
        return {}

    def mount(self, app: web.Application, desk: Desk) -> None:
        parts = self._parts
        mount(
            app,
            desk=desk,
            store=parts.store,
            settings=parts.settings,
            files=parts.files,
            demo=parts.demo,
            shelf=parts.shelf,
        )


async def connect(parts: Parts) -> ConsolePlatform:
    return ConsolePlatform(parts)
