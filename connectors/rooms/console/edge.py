"""The edge of the console: who is asking, what they get when it can't be done, and safe headers."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from assistant.errors import Forbidden, NotFound, Refused, Stale, Unavailable, whereabouts
from assistant.ports import Desk, Files, Shelf, Store, Trouble, Whose
from assistant.settings import Settings
from assistant.surface.cards import Answer
from assistant.words import LANGUAGES, Text, say, words
from connectors.rooms.console.live import Hub
from connectors.rooms.console.newest import Newest
from connectors.rooms.console.proving import Prover
from connectors.rooms.console.render import Pages
from connectors.rooms.console.rulebook import ruled
from connectors.rooms.console.session import Session, form_token, read_session

log = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # `no-referrer` would make browsers post forms with `Origin: null`, which we could not check.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, kw_only=True)
class Console:
    """What every page needs."""

    desk: Desk
    store: Store
    settings: Settings
    files: Files
    pages: Pages
    hub: Hub
    prover: Prover
    demo: bool = False
    shelf: Shelf | None = None
    previews: Newest[Answer] = field(default_factory=Newest)

    @property
    def troubles(self) -> Mapping[Whose, Trouble]:
        """Playbooks whose files are wrong: said on every page until they are right."""
        return self.shelf.troubles if self.shelf else {}

    def ruled(self, line: str) -> list[tuple[str, bool]]:
        """A line of a proof in pieces: (text, whether it names a rule that can be looked at)."""
        return ruled(self.shelf.edition, line) if self.shelf else [(line, False)]


Page = Callable[[Console, web.Request, Session], Awaitable[web.StreamResponse]]
OpenPage = Callable[[Console, web.Request], Awaitable[web.StreamResponse]]


def for_members(console: Console, page: Page) -> Callable[[web.Request], Any]:
    """*page* for people with a session; everybody else is told how to get one."""

    async def answered(console: Console, request: web.Request) -> web.StreamResponse:
        session = read_session(console.settings, request)
        if session is not None:
            return await page(console, request, session)
        if wants_json(request):
            return web.json_response({"tone": "bad", "loggedOut": True}, status=401)
        return html(console, request, "welcome.html", status=401)

    return for_all(console, answered)


def for_all(console: Console, page: OpenPage) -> Callable[[web.Request], Any]:
    """*page* behind the one error boundary of the console."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            response = await page(console, request)
        except web.HTTPException:
            raise
        except Exception as error:
            response = trouble(console, request, error)
        if not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    return answered


def trouble(console: Console, request: web.Request, error: Exception) -> web.Response:
    """What went wrong, as a sentence for the person; what nobody foresaw gets a reference."""
    status, text = _told(error)
    if wants_json(request):
        said = words(reader_language(console, request))(text)
        return web.json_response(
            {"tone": "bad", "text": said, "stale": isinstance(error, Stale)}, status=status
        )
    return html(console, request, "problem.html", status=status, problem=text)


def _told(error: Exception) -> tuple[int, Text]:
    match error:
        case Forbidden():
            return 403, error.text
        case NotFound():
            return 404, error.text
        case Stale():
            return 409, error.text
        case Refused():
            return 422, error.text
        case Unavailable():
            return 503, say("{what} Nothing was lost; try again in a moment.", what=error.text)
    reference = secrets.token_hex(4)
    log.error("console error %s: %s", reference, whereabouts(error))
    return 500, say(
        "This did not work, and Parley does not know why. Nothing was sent. "
        "Give reference {reference} to whoever runs Parley; the log says where it happened.",
        reference=reference,
    )


def html(
    console: Console,
    request: web.Request,
    template: str,
    *,
    session: Session | None = None,
    status: int = 200,
    problem: Text | None = None,
    **context: Any,
) -> web.Response:
    """A whole page."""
    session = session or read_session(console.settings, request)
    language = reader_language(console, request)
    page = console.pages.render(
        template,
        language,
        me=session,
        token=form_token(console.settings, session) if session else "",
        theme=theme_of(request),
        problem=words(language)(problem) if problem else None,
        demo=console.demo,
        troubles=console.troubles,
        ruled=console.ruled,
        path=request.path_qs,
        **{"asked": None, **context},
    )
    response = web.Response(text=page, content_type="text/html", status=status)
    response.enable_compression()
    return response


def reader_language(console: Console, request: web.Request) -> str:
    """The person's choice; before log-in what the browser prefers, then the team's."""
    session = read_session(console.settings, request)
    if session is not None:
        return session.language
    preferred = request.headers.get("Accept-Language", "").casefold()
    if preferred.startswith("zh"):
        return "zh-Hans"
    return "en" if preferred.startswith("en") else _known(console.settings.language)


def theme_of(request: web.Request) -> str:
    """`light` or `dark` where the person chose; nothing where the system decides."""
    chosen = request.cookies.get("parley_theme", "")
    return chosen if chosen in ("light", "dark") else ""


def wants_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _known(language: str) -> str:
    return language if language in LANGUAGES else "en"
