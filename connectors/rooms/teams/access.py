"""Our own token for calling Teams: asked for without making the loop wait, and kept while it lasts.

botbuilder's way to it blocks (msal), so its clients are given the token ready made.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
from pydantic import SecretStr

from assistant.errors import Rejected, Unavailable
from assistant.words import Text, say
from connectors.http import read_answer
from connectors.rooms.teams.cloud import Cloud

log = logging.getLogger(__name__)

EARLY_S = 300.0
"""A token is renewed so long before it ends."""
REST_S = 30.0
"""After a failure nobody asks again sooner: callers hear of it at once."""
PATIENCE = aiohttp.ClientTimeout(total=10, connect=5)

_WRONG: Mapping[str, Text] = {
    "AADSTS700016": say("There is no such app in this tenant: check TEAMS_APP_ID."),
    "AADSTS7000215": say("The app's password is wrong: check TEAMS_APP_PASSWORD."),
    "AADSTS7000222": say("The app's password has expired: make a new one, set TEAMS_APP_PASSWORD."),
    "AADSTS90002": say("There is no such tenant: check TEAMS_TENANT_ID."),
    "AADSTS900023": say("This is no tenant's id: check TEAMS_TENANT_ID."),
    "AADSTS700027": say("The app's password is wrong: check TEAMS_APP_PASSWORD."),
}
"""What Entra's own codes mean for whoever set this up.

Source: learn.microsoft.com, Microsoft Entra authentication and authorization error codes,
read 2026-11.
"""


class Access:
    """Tokens for one app."""

    def __init__(
        self,
        cloud: Cloud,
        app_id: str,
        password: SecretStr | None,
        tenant: str,
        client: aiohttp.ClientSession,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._scope = cloud.token_url(tenant), cloud.scope
        self._app_id, self._password = app_id, password
        self._client, self._clock = client, clock
        self._token, self._ends_at = "", float("-inf")
        self._lock = asyncio.Lock()
        self._failed: tuple[float, Unavailable | Rejected] | None = None
        self._renewing: asyncio.Task[None] | None = None

    async def token(self) -> str:
        """A token that lasts; empty where there is no app, in development.

        Raises: Unavailable, Rejected (the settings are wrong: the text says which).
        """
        if not self._app_id:
            return ""
        if self._clock() < self._ends_at - EARLY_S:
            return self._token
        if self._clock() < self._ends_at:
            # It is good for a while yet: nobody waits for the next one.
            resting = self._failed is not None and self._clock() < self._failed[0]
            if not resting and (self._renewing is None or self._renewing.done()):
                self._renewing = asyncio.create_task(self._renewed())
            return self._token
        async with self._lock:
            if self._clock() >= self._ends_at - EARLY_S:
                await self._renew()
        return self._token

    def forget(self, token: str) -> None:
        """Teams did not take it."""
        if token == self._token:
            self._ends_at = float("-inf")

    async def close(self) -> None:
        """Nothing is asked for any more."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)

    async def _renewed(self) -> None:
        async with self._lock:
            if self._clock() >= self._ends_at - EARLY_S:
                try:
                    await self._renew()
                except (Unavailable, Rejected) as error:
                    log.warning("our token for Teams was not renewed: %s", error)

    async def _renew(self) -> None:
        """Raises: Unavailable, Rejected; for a while also what failed last."""
        if self._failed is not None and self._clock() < self._failed[0]:
            raise self._failed[1].with_traceback(None)
        try:
            told = await self._asked()
        except (Unavailable, Rejected) as error:
            self._failed = self._clock() + REST_S, error
            raise
        self._failed = None
        self._token = str(told["access_token"])
        self._ends_at = self._clock() + float(told.get("expires_in") or 0)

    async def _asked(self) -> Mapping[str, Any]:
        """Raises: Unavailable, Rejected."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._app_id,
            "client_secret": self._password.get_secret_value() if self._password else "",
            "scope": self._scope,
        }
        try:
            async with self._client.post(
                self._url, data=form, timeout=PATIENCE, allow_redirects=False
            ) as answer:
                told = json.loads(await read_answer(answer))
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            raise Unavailable(say("Microsoft's log-in can't be reached now.")) from None
        if status == 200 and isinstance(told, dict) and told.get("access_token"):
            return told
        raise _refusal(status, told if isinstance(told, dict) else {})


def _refusal(status: int, told: Mapping[str, Any]) -> Unavailable | Rejected:
    if status == 429 or status >= 500:
        return Unavailable(say("Microsoft's log-in can't be reached now."))
    said = str(told.get("error_description") or told.get("error") or status)
    code = said.split(":")[0].split()[0]
    wrong = _WRONG.get(code)
    if wrong is None:
        wrong = say(
            "Microsoft refuses to log the app in ({code}): check TEAMS_APP_ID, "
            "TEAMS_APP_PASSWORD and TEAMS_TENANT_ID.",
            code=code[:60],
        )
    return Rejected(wrong, code)
