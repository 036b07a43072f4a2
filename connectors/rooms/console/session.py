"""Who is at a page: a signed cookie, made from a link that works once."""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from datetime import timedelta
from hashlib import sha256
from urllib.parse import quote, urlsplit

from aiohttp import web
from itsdangerous import BadData, URLSafeTimedSerializer
from pydantic import ValidationError

from assistant.errors import Forbidden, Refused
from assistant.model import Actor, Frozen, PersonId, Role
from assistant.settings import Settings
from assistant.words import say

COOKIE = "parley_session"
LINK_LASTS = timedelta(hours=24)
SESSION_LASTS = timedelta(days=30)


class Invitation(Frozen):
    """What a login link carries. `nonce` is what makes it work once."""

    id: PersonId
    name: str
    role: Role
    language: str | None = None
    nonce: str


class Session(Frozen):
    """A person at a browser. The id stays when they change their name."""

    id: PersonId
    name: str
    role: Role
    language: str
    nonce: str

    @property
    def actor(self) -> Actor:
        return Actor(id=self.id, name=self.name, role=self.role)


def person_id(name: str) -> PersonId:
    """`console:olga-maria`; the same name is the same person, on every device."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    slug = re.sub(r"[^\w]+", "-", plain).strip("-_")[:60]
    return PersonId(f"console:{slug or 'someone'}")


def make_login_link(
    settings: Settings, *, name: str, role: Role, language: str | None = None, base_url: str
) -> str:
    """A link that opens the console once, within 24 hours, as *name* with *role*."""
    invitation = Invitation(
        id=_known_id(settings, name) or person_id(name),
        name=name,
        role=role,
        language=language,
        nonce=secrets.token_urlsafe(16),
    )
    token = _links(settings).dumps(invitation.model_dump(mode="json"))
    return f"{base_url.rstrip('/')}/login?token={quote(str(token))}"


def read_link(settings: Settings, token: str) -> Invitation:
    """What a link says. Raises: Refused where it is too old or not one of ours."""
    try:
        told = _links(settings).loads(token, max_age=int(LINK_LASTS.total_seconds()))
        return Invitation.model_validate(told)
    except (BadData, ValidationError):
        raise Refused(
            say("This link is too old or incomplete. Ask a lead for a new one.")
        ) from None


def session_for(invitation: Invitation, language: str) -> Session:
    return Session(
        id=invitation.id,
        name=invitation.name,
        role=invitation.role,
        language=invitation.language or language,
        nonce=secrets.token_urlsafe(16),
    )


def read_session(settings: Settings, request: web.Request) -> Session | None:
    """The verified session of *request*; None without one, or with one that is over."""
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return None
    try:
        told = _cookies(settings).loads(cookie, max_age=int(SESSION_LASTS.total_seconds()))
        return Session.model_validate(told)
    except (BadData, ValidationError):
        return None


def keep_session(
    settings: Settings, request: web.Request, response: web.StreamResponse, session: Session
) -> None:
    response.set_cookie(
        COOKIE,
        str(_cookies(settings).dumps(session.model_dump(mode="json"))),
        max_age=int(SESSION_LASTS.total_seconds()),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=is_secure(settings, request),
    )


def end_session(response: web.StreamResponse) -> None:
    response.del_cookie(COOKIE, path="/")


def is_secure(settings: Settings, request: web.Request) -> bool:
    return request.secure or settings.public_url.startswith("https://")


def form_token(settings: Settings, session: Session) -> str:
    """What every form of this session carries, and no other site can know."""
    key = settings.secret.get_secret_value().encode()
    return hmac.new(key, f"console-form:{session.nonce}".encode(), sha256).hexdigest()[:40]


def check_origin(settings: Settings, request: web.Request) -> None:
    """Raises: Forbidden where a browser says that another site sent this request."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    ours = {request.host, urlsplit(settings.public_url).netloc}
    foreign = origin not in (None, "null") and urlsplit(str(origin)).netloc not in ours
    if site not in ("same-origin", "none") or foreign:
        raise Forbidden(say("This came from another site. Open the console and press it there."))


def check_token(settings: Settings, session: Session, told: str) -> None:
    """Raises: Forbidden where a form is not one of this session's."""
    if not hmac.compare_digest(form_token(settings, session).encode(), told.encode()):
        raise Forbidden(say("This page is from an earlier session. Reload it and press again."))


def _known_id(settings: Settings, name: str) -> PersonId | None:
    """The id that the settings file gives to the person of that name."""
    for member in settings.members:
        if member.id.startswith("console:") and member.name.casefold() == name.casefold():
            return member.id
    return None


def _links(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret.get_secret_value(), salt="parley.console.link")


def _cookies(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret.get_secret_value(), salt="parley.console.session")
