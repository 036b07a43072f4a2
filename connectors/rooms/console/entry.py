"""Coming in and going out: one-time links, people, and a person's own settings."""

from __future__ import annotations

from aiohttp import web
from yarl import URL

from assistant.errors import Forbidden, Refused
from assistant.model import Role
from assistant.words import LANGUAGES, say
from connectors.rooms.console.actions import posted
from connectors.rooms.console.edge import Console, html, reader_language
from connectors.rooms.console.session import (
    LINK_LASTS,
    Invitation,
    Session,
    check_origin,
    end_session,
    is_secure,
    keep_session,
    make_login_link,
    read_link,
    read_session,
    session_for,
)

NAME_CHARS = 60
A_YEAR_S = 31_536_000
ROLES: tuple[Role, ...] = ("agent", "lead")


async def login_page(console: Console, request: web.Request) -> web.StreamResponse:
    """What a link opens: a page with one button, so that a link preview uses nothing up."""
    token = request.query.get("token", "")
    if not token:
        return html(console, request, "welcome.html")
    invitation = read_link(console.settings, token)
    if console.demo and request.method == "GET":
        return await _enter(console, request, invitation)
    return html(console, request, "login.html", invitation=invitation, link=token)


async def login(console: Console, request: web.Request) -> web.StreamResponse:
    check_origin(console.settings, request)
    token = str((await request.post()).get("link", ""))
    return await _enter(console, request, read_link(console.settings, token))


async def _enter(
    console: Console, request: web.Request, invitation: Invitation
) -> web.StreamResponse:
    """Redeem an invitation. Raises: Refused where it was used before."""
    fresh = await console.store.first_time(f"login:{invitation.nonce}", LINK_LASTS * 2)
    response = web.HTTPSeeOther("/")
    if not fresh and read_session(console.settings, request) is None:
        raise Refused(say("This link was used already: each works once. Ask a lead for a new one."))
    if fresh:
        session = session_for(invitation, reader_language(console, request))
        await console.store.remember(session.actor)
        keep_session(console.settings, request, response, session)
    raise response


async def logout(console: Console, request: web.Request, session: Session) -> web.StreamResponse:
    await posted(console, request, session)
    response = web.HTTPSeeOther("/login")
    end_session(response)
    raise response


async def people_page(
    console: Console, request: web.Request, session: Session
) -> web.StreamResponse:
    """Who is here; the language and name of oneself; for leads, links for others."""
    return await _people(console, request, session)


async def invite(console: Console, request: web.Request, session: Session) -> web.StreamResponse:
    """A one-time link with a role. Raises: Forbidden for anybody but a lead."""
    fields = await posted(console, request, session)
    if not session.actor.leads:
        raise Forbidden(say("Only a lead can invite people. Ask one for a link."))
    link = make_login_link(
        console.settings,
        name=_name(fields.get("name", "")),
        role="lead" if fields.get("role") == "lead" else "agent",
        language=fields.get("language") if fields.get("language") in LANGUAGES else None,
        base_url=console.settings.public_url or f"{request.scheme}://{request.host}",
    )
    return await _people(console, request, session, link=link, invited=_name(fields["name"]))


async def settle_in(console: Console, request: web.Request, session: Session) -> web.StreamResponse:
    """A person's own name, language, theme, and whether they are done with the first steps."""
    fields = await posted(console, request, session)
    response = web.HTTPSeeOther(URL(_back(fields.get("back", "/")), encoded=True))
    changed = session
    if fields.get("language") in LANGUAGES:
        changed = changed.model_copy(update={"language": fields["language"]})
    if "name" in fields:
        changed = changed.model_copy(update={"name": _name(fields["name"])})
        await _is_free(console, changed)
        await console.store.remember(changed.actor)
    if changed != session:
        keep_session(console.settings, request, response, changed)
    for name in ("theme", "try"):
        if name in fields:
            _remember_choice(console, request, response, name, fields[name])
    raise response


async def _people(
    console: Console,
    request: web.Request,
    session: Session,
    link: str | None = None,
    invited: str = "",
) -> web.Response:
    people = sorted(await console.store.people(), key=lambda one: one.name.casefold())
    return html(
        console,
        request,
        "people.html",
        session=session,
        people=people,
        link=link,
        invited=invited,
        roles=ROLES,
    )


async def _is_free(console: Console, session: Session) -> None:
    """Nobody can go by another person's name. Raises: Refused."""
    for other in await console.store.people():
        if other.id != session.id and other.name.casefold() == session.name.casefold():
            raise Refused(
                say("Somebody here is called {name} already. Add a letter.", name=other.name)
            )


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not 0 < len(name) <= NAME_CHARS:
        raise Refused(say("A name has 1 to {limit} characters.", limit=NAME_CHARS))
    return name


def _remember_choice(
    console: Console, request: web.Request, response: web.StreamResponse, name: str, value: str
) -> None:
    response.set_cookie(
        f"parley_{name}",
        value if value in ("light", "dark", "off") else "",
        max_age=A_YEAR_S,
        samesite="Lax",
        secure=is_secure(console.settings, request),
    )


def _back(path: str) -> str:
    """Only to a page of ours: `//elsewhere` and `/\\elsewhere` are other sites."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if ours and path.isprintable() else "/"
