"""The page of the rules: what is in force, and what is wrong with its files."""

from __future__ import annotations

from aiohttp import web

from connectors.rooms.console.edge import Console, html
from connectors.rooms.console.session import Session


async def playbooks(console: Console, request: web.Request, session: Session) -> web.StreamResponse:
    """Agents and leads may read it; files are changed where they lie."""
    return html(console, request, "playbooks.html", session=session, edition=_edition(console))


def _edition(console: Console) -> list[tuple[str, str]]:
    """Whose playbooks there are, and which version of them is in force."""
    if console.shelf is None:
        return []
    edition = console.shelf.edition
    own = [(str(id), one.version) for id, one in edition.overlays.items()]
    return [("Parley", edition.playbooks.version), *own]
