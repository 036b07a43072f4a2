"""Installing Parley in a workspace by OAuth: `/slack/install`, `/slack/oauth_redirect`.

The state is signed, short-lived, good once, and only in the browser that asked for it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from aiohttp import web
from itsdangerous import BadSignature, URLSafeTimedSerializer
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from assistant.errors import Rejected, Unavailable
from assistant.ports import Store
from connectors.http import Parts, answer_to
from connectors.rooms.slack.api import Api, quiet
from connectors.rooms.slack.installs import BoltStore, Installations
from connectors.rooms.slack.manifest import scopes
from connectors.rooms.slack.workspaces import introduced

log = logging.getLogger(__name__)

STATE_LASTS = timedelta(minutes=10)
INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class States(AsyncOAuthStateStore):
    """States that prove themselves; the store only knows which were used."""

    def __init__(self, store: Store, secret: str) -> None:
        self._store = store
        self._signer = URLSafeTimedSerializer(secret, salt="parley slack oauth state")

    @property
    def logger(self) -> logging.Logger:
        return log

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        return self._signer.dumps(secrets.token_urlsafe(16))

    async def async_consume(self, state: str) -> bool:
        """Raises: Unavailable."""
        try:
            nonce = self._signer.loads(state, max_age=int(STATE_LASTS.total_seconds()))
        except BadSignature:
            return False
        return await self._store.first_time(f"slack:state:{nonce}", STATE_LASTS * 2)


class Flow(AsyncOAuthFlow):
    """Bolt's flow; the code is exchanged with our errors and without the SDK's `BasicAuth`."""

    def __init__(self, api: Callable[[str], Api], **more: Any) -> None:
        super().__init__(**more)
        self._api = api

    async def run_installation(self, code: str) -> Installation | None:
        """None where Slack does not accept the code. Raises: Unavailable."""
        form = {
            "code": code,
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret,
            **({"redirect_uri": self.redirect_uri} if self.redirect_uri else {}),
        }
        try:
            told = await self._api("").submit("oauth.v2.access", creates=False, **form)
            token = str(told.get("access_token") or "")
            known = await introduced(self._api(token))
        except Rejected as error:
            log.warning("an installation was refused by Slack: %s", error.code)
            return None
        return Installation(
            team_id=known.team,
            team_name=known.name,
            bot_token=token,
            bot_user_id=known.bot_user,
            bot_scopes=sorted(known.scopes),
            user_id=str((told.get("authed_user") or {}).get("id") or ""),
        )


def oauth_flow(
    parts: Parts, installations: Installations, api: Callable[[str], Api]
) -> Flow | None:
    """Bolt's flow, where the settings have a client id and its secret."""
    settings = parts.settings
    if not settings.slack_client_id or settings.slack_client_secret is None:
        return None
    public = settings.public_url
    return Flow(
        api,
        logger=quiet,
        settings=AsyncOAuthSettings(
            client_id=settings.slack_client_id,
            client_secret=settings.slack_client_secret.get_secret_value(),
            scopes=list(scopes()),
            user_scopes=[],
            redirect_uri=f"{public}{REDIRECT}" if public else None,
            install_path=INSTALL,
            install_page_rendering_enabled=False,
            redirect_uri_path=REDIRECT,
            installation_store=BoltStore(installations, parts.now),
            state_store=States(parts.store, settings.secret.get_secret_value()),
            state_expiration_seconds=int(STATE_LASTS.total_seconds()),
            logger=quiet,
        ),
    )


def mount_oauth(app: web.Application, flow: AsyncOAuthFlow) -> None:
    """Serve both pages."""

    async def install(request: web.Request) -> web.StreamResponse:
        return await _answered(await flow.handle_installation(_asked(request)))

    async def redirect(request: web.Request) -> web.StreamResponse:
        try:
            return await _answered(await flow.handle_callback(_asked(request)))
        except Unavailable as error:
            return answer_to(error)

    app.router.add_get(INSTALL, install)
    app.router.add_get(REDIRECT, redirect)


def _asked(request: web.Request) -> AsyncBoltRequest:
    cookie: dict[str, str | Sequence[str]] = {"cookie": request.headers.get("Cookie", "")}
    return AsyncBoltRequest(body="", query=request.query_string, headers=cookie)


async def _answered(told: BoltResponse) -> web.StreamResponse:
    response = await to_aiohttp_response(told)
    response.headers.update(HEADERS)
    return response
