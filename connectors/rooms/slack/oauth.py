"""Installing Parley in a workspace by OAuth: `/slack/install`, `/slack/oauth_redirect`.

The state is signed, short-lived, good once, and only in the browser that asked for it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from datetime import timedelta

from aiohttp import web
from itsdangerous import BadSignature, URLSafeTimedSerializer
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from assistant.ports import Store
from assistant.settings import Settings
from connectors.rooms.slack.api import quiet
from connectors.rooms.slack.installs import BoltStore, Installations
from connectors.rooms.slack.manifest import scopes

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


def oauth_flow(
    settings: Settings, store: Store, installations: Installations, client: AsyncWebClient
) -> AsyncOAuthFlow | None:
    """Bolt's flow, where the settings have a client id and its secret."""
    if not settings.slack_client_id or settings.slack_client_secret is None:
        return None
    public = settings.public_url
    return AsyncOAuthFlow(
        client=client,
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
            installation_store=BoltStore(installations),
            state_store=States(store, settings.secret.get_secret_value()),
            state_expiration_seconds=int(STATE_LASTS.total_seconds()),
            logger=quiet,
        ),
    )


def mount_oauth(app: web.Application, flow: AsyncOAuthFlow) -> None:
    """Serve both pages."""

    async def install(request: web.Request) -> web.StreamResponse:
        return await _answered(await flow.handle_installation(_asked(request)))

    async def redirect(request: web.Request) -> web.StreamResponse:
        return await _answered(await flow.handle_callback(_asked(request)))

    app.router.add_get(INSTALL, install)
    app.router.add_get(REDIRECT, redirect)


def _asked(request: web.Request) -> AsyncBoltRequest:
    cookie: dict[str, str | Sequence[str]] = {"cookie": request.headers.get("Cookie", "")}
    return AsyncBoltRequest(body="", query=request.query_string, headers=cookie)


async def _answered(told: BoltResponse) -> web.StreamResponse:
    response = await to_aiohttp_response(told)
    response.headers.update(HEADERS)
    return response
