"""Who a visitor is, and from which pages they may write: signed tokens and an allow-list.

A token is the only thing that makes somebody the same visitor again. It travels in the first frame
or in a header, never in an address, and is kept by the page (third-party cookies are no more).
"""

from __future__ import annotations

import json
import secrets
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from aiohttp import web
from itsdangerous import BadData, URLSafeTimedSerializer
from pydantic import SecretStr

from assistant.model import Attachment
from assistant.settings import Settings

TOKEN_AGE_S = 180 * 24 * 3600
"""A visitor who does not come back within this is a new one; each visit renews the token."""
TICKET_AGE_S = 7 * 24 * 3600
"""For how long the address of an attachment works; each delivery makes a new one."""


class Visitor(NamedTuple):
    """Somebody at the web chat: 128 random bits, and the site they write from."""

    id: str
    account: str
    """The host of the shop's page; `""` on our own."""


class Visitors:
    """Makes and reads what a visitor holds: tokens, and tickets for their attachments."""

    def __init__(self, secret: SecretStr) -> None:
        key = secret.get_secret_value()
        self._tokens = URLSafeTimedSerializer(key, salt="parley.webchat.visitor")
        self._tickets = URLSafeTimedSerializer(key, salt="parley.webchat.file")

    def new(self, account: str) -> Visitor:
        return Visitor(id=secrets.token_hex(16), account=account)

    def token(self, visitor: Visitor) -> str:
        return str(self._tokens.dumps(list(visitor)))

    def read(self, token: str, account: str) -> Visitor | None:
        """Whose token this is; None if it is forged, too old, or another site's."""
        match _loaded(self._tokens, token, TOKEN_AGE_S):
            case [str(id), str(of)] if of == account:
                return Visitor(id, of)
        return None

    def ticket(self, visitor: str, file: Attachment) -> str:
        """What lets this visitor, and nobody else, refer to a file of theirs."""
        return str(self._tickets.dumps([visitor, file.sha256, file.name, file.mime, file.size]))

    def file(self, ticket: str, visitor: str | None = None) -> Attachment | None:
        """The file of a ticket; None if it is forged, too old, or not *visitor*'s."""
        match _loaded(self._tickets, ticket, TICKET_AGE_S):
            case [str(of), str(sha256), str(name), str(mime), size] if visitor in (None, of):
                return Attachment(sha256=sha256, name=name, mime=mime, size=size)
        return None


def _loaded(serializer: URLSafeTimedSerializer, signed: str, age_s: int) -> Any:
    try:
        return serializer.loads(signed, max_age=age_s)
    except BadData:
        return None


class Origins:
    """The pages that may open the chat: our own, and those of `PARLEY_ORIGINS`."""

    def __init__(self, settings: Settings) -> None:
        self._listed = frozenset(_normal(origin) for origin in settings.origins)
        self._own = _normal(settings.public_url) if settings.public_url else None

    def check(self, request: web.Request) -> str:
        """The site a request comes from, `""` for our own page. Raises: HTTPForbidden."""
        given = request.headers.get("Origin", "")
        origin = _normal(given)
        if origin and (origin == self._own or _host(origin) == request.host.lower()):
            return ""
        if origin and origin in self._listed:
            return _host(origin)
        raise _forbidden(given)

    @property
    def listed(self) -> frozenset[str]:
        return self._listed


def _normal(origin: str) -> str:
    """An origin as browsers write it; `""` for `null` and whatever else is none."""
    url = urlsplit(origin.strip().lower().rstrip("/"))
    if url.scheme not in ("http", "https") or not url.netloc or "@" in url.netloc:
        return ""
    default = {"http": ":80", "https": ":443"}[url.scheme]
    return f"{url.scheme}://{url.netloc.removesuffix(default)}"


def _host(origin: str) -> str:
    return origin.partition("://")[2]


def _forbidden(origin: str) -> web.HTTPForbidden:
    if origin in ("", "null"):
        what = "The chat opens from a web page only, and this request names none (Origin)."
    else:
        what = f"Pages of {origin[:200]} may not open this chat. Add the origin to PARLEY_ORIGINS."
    return web.HTTPForbidden(
        text=json.dumps({"error": "origin", "message": what}), content_type="application/json"
    )
