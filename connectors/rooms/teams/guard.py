"""Who may talk to us: Teams, for our app, from our tenant. In development, this machine alone."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import HttpVersion11, web

from assistant.errors import Misconfigured, Unauthentic
from assistant.settings import Settings
from connectors.rooms.teams.addresses import Addresses, is_local
from connectors.rooms.teams.heard import Heard
from connectors.rooms.teams.tokens import CHANNEL, Verifier

log = logging.getLogger(__name__)

_FORWARDED = ("Forwarded", "Via", "X-Real-Ip")


def refuse_an_open_door(settings: Settings) -> None:
    """Raises: Misconfigured, where anybody could press buttons."""
    if settings.teams_app_id:
        if not settings.teams_app_password:
            what = "Without it Parley can't write in Teams. Write a client secret of the app."
            raise Misconfigured("TEAMS_APP_PASSWORD", what)
        return
    if not settings.teams_dev:
        what = "Without it anybody could press buttons here. Write the Azure bot's app id."
        raise Misconfigured("TEAMS_APP_ID", what)
    if not is_local(settings.host):
        what = "It works on loopback only. Set PARLEY_HOST to 127.0.0.1, or set TEAMS_APP_ID."
        raise Misconfigured("PARLEY_TEAMS_DEV", what)
    if settings.public_url and not is_local(urlsplit(settings.public_url).hostname or ""):
        what = "It is for this machine alone. Take PARLEY_PUBLIC_URL out, or set TEAMS_APP_ID."
        raise Misconfigured("PARLEY_TEAMS_DEV", what)
    log.warning(
        "PARLEY_TEAMS_DEV: THE DOOR FOR TEAMS IS OPEN. Every program on this machine may press "
        "buttons as anybody. Never put a proxy or a tunnel before it; set TEAMS_APP_ID to close it."
    )


class Guard:
    """Looks at every request twice: at its token first, then at what the token is for."""

    def __init__(self, settings: Settings, verifier: Verifier, addresses: Addresses) -> None:
        self._addresses = addresses
        self._verifier, self._tenant = verifier, settings.teams_tenant_id.casefold()
        self._open = not settings.teams_app_id
        """Only ever on loopback: see `refuse_an_open_door`."""

    async def claims(self, request: web.Request) -> Mapping[str, Any]:
        """What the sender of *request* proves, before its body is looked at.

        Raises: Unauthentic, Unavailable.
        """
        if not self._open:
            return await self._verifier.claims(request.headers.get("Authorization", ""))
        # A tunnel or proxy to this machine would bring strangers in by the back door, and so
        # would a web page in a browser here, which can't send JSON without asking first.
        host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
        near = is_local(request.remote or "") and is_local(host)
        if not near or _came_through(request):
            raise Unauthentic("In development only this machine may talk to the bot.")
        return {}

    def check(self, claims: Mapping[str, Any], heard: Heard) -> None:
        """That *heard* is what its sender may say. Raises: Unauthentic."""
        if heard.channel_id != CHANNEL:
            raise Unauthentic("Only Microsoft Teams may talk to the bot.")
        if self._open:
            if not self._addresses.has(heard.service_url):
                raise Unauthentic("In development only this machine may talk to the bot.")
        elif not heard.service_url or claims.get("serviceurl") != heard.service_url:
            raise Unauthentic("The token is not for the service that the activity names.")
        elif not self._addresses.has(heard.service_url):
            raise Unauthentic("The service that the activity names is not Teams.")
        if self._tenant and heard.tenant.casefold() != self._tenant:
            raise Unauthentic("The activity is from another tenant.")


def _came_through(request: web.Request) -> bool:
    """By way of somebody else: they say so, or they speak as old proxies do."""
    names = (name.casefold() for name in request.headers)
    told = {name.casefold() for name in _FORWARDED}
    if any(name in told or name.startswith("x-forwarded") for name in names):
        return True
    return request.version < HttpVersion11
