"""Which workspaces we are in, as whom, and which of them a room belongs to."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from slack_sdk.web.async_client import AsyncWebClient

from assistant.errors import Rejected
from assistant.model import ThreadId
from assistant.words import say
from connectors.http import Parts
from connectors.rooms.slack.api import Api, web_client
from connectors.rooms.slack.faults import TOKEN_IS_GONE
from connectors.rooms.slack.installs import Installations
from connectors.rooms.slack.pace import Pace
from connectors.rooms.slack.places import Address, place_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """One workspace, as its bot token sees it."""

    team: str
    url: str
    bot_user: str
    api: Api
    name: str = ""
    enterprise: str = ""
    scopes: frozenset[str] = frozenset()


class Workspaces:
    """Every workspace that we have a token for."""

    def __init__(self, parts: Parts, installations: Installations) -> None:
        self._parts, self._installations = parts, installations
        self._pace = Pace()
        token = parts.settings.slack_bot_token
        self._own = self.api(token.get_secret_value()) if token else None
        self._own_team = ""
        self._known: dict[str, Workspace] = {}

    def client(self, token: str | None = None) -> AsyncWebClient:
        return web_client(token, self._parts.settings.slack_api_url, self._parts.client)

    def api(self, token: str) -> Api:
        return Api(self.client(token or None), self._pace, self._parts.now)

    def seen(self, team: str) -> Workspace | None:
        """That workspace, if anybody has needed it yet: no call is made."""
        return self._known.get(team)

    def team_of(self, address: Address) -> str:
        """The workspace of a room as far as it is known without asking; else nothing."""
        return address.team or self._own_team

    async def own(self) -> Workspace:
        """The workspace of SLACK_BOT_TOKEN. Raises: Unavailable, Rejected."""
        if self._own is None:
            raise Rejected(say("SLACK_BOT_TOKEN is not set."), "not_installed")
        return await self._own_workspace(self._own)

    async def of(self, team: str) -> Workspace:
        """That workspace. Raises: Unavailable, Rejected (Parley is not installed there)."""
        if team in self._known:
            return self._known[team]
        if self._own is not None and (own := await self._own_workspace(self._own)).team == team:
            return own
        installed = await self._installations.find(team)
        if installed is None:
            told = say("Parley is not installed in the Slack workspace {team}.", team=team)
            raise Rejected(told, "not_installed")
        workspace = await introduced(self.api(installed.token.get_secret_value()))
        self._known[team] = workspace
        return workspace

    async def home(self, address: Address) -> Workspace:
        """The workspace of a room. Raises: Unavailable, Rejected."""
        return await (self.of(address.team) if address.team else self.own())

    async def drop(self, team: str, at: datetime) -> bool:
        """Parley was removed there, or its token revoked, at *at*. Raises: Unavailable."""
        self.forget(team)
        return await self._installations.drop(team, at)

    def forget(self, team: str) -> None:
        """Read its token anew: another process may have a newer one."""
        self._known.pop(team, None)

    def noticed(self, team: str, error: Rejected) -> None:
        """A refusal that concerns the token itself."""
        if error.code in TOKEN_IS_GONE:
            self.forget(team)

    def link(self, thread: ThreadId) -> str | None:
        """Where a thread opens in a browser or in Slack, if we know; the console's, too."""
        place = place_of(thread)
        if place is not None:
            known = self._known.get(place.team)
            stamp = place.ts.replace(".", "")
            return f"{known.url}archives/{place.channel}/p{stamp}" if known else None
        base = self._parts.settings.public_url
        if base and thread.startswith("console:"):
            return f"{base}/conversations/{quote(thread.removeprefix('console:'), safe='')}"
        return None

    async def _own_workspace(self, api: Api) -> Workspace:
        own = self._known.get(self._own_team)
        if own is None:
            own = await introduced(api)
            self._known[own.team] = own
            self._own_team = own.team
        return own


async def introduced(api: Api) -> Workspace:
    """Who we are there. Raises: Unavailable, Rejected."""
    told, scopes = await api.scopes()
    return Workspace(
        team=_text(told, "team_id"),
        url=_text(told, "url").rstrip("/") + "/",
        bot_user=_text(told, "user_id"),
        api=api,
        name=_text(told, "team"),
        enterprise=_text(told, "enterprise_id"),
        scopes=frozenset(filter(None, scopes.replace(" ", "").split(","))),
    )


def _text(told: Mapping[str, object], name: str) -> str:
    return str(told.get(name) or "")
