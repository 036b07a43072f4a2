"""How a mailbox is logged in to: a password, or an access token that is fetched and renewed.

Gmail takes app passwords; Exchange Online takes tokens alone for IMAP. XOAUTH2 as Google and
Microsoft document it, read 2026-11; tried against loopback servers only.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import aiohttp

from assistant.errors import ParleyError, Rejected, Unavailable
from assistant.words import say
from connectors.buyers.email.options import Options
from connectors.buyers.email.posting import Secret
from connectors.http import Parts, told

_EARLY = timedelta(minutes=2)
TIMEOUT = aiohttp.ClientTimeout(total=8, connect=4)


def secret_of(options: Options, parts: Parts) -> Secret:
    """Asked for at every log-in."""
    if options.oauth_token_url:
        return _Tokens(options, parts).secret

    async def password() -> tuple[str, str]:
        return "password", options.password.get_secret_value() if options.password else ""

    return password


class _Tokens:
    """One access token, kept while it is good."""

    def __init__(self, options: Options, parts: Parts) -> None:
        self._options, self._parts = options, parts
        self._token, self._until = "", parts.now()

    async def secret(self) -> tuple[str, str]:
        """Raises: Unavailable, Rejected (the registration or the consent is gone)."""
        if not self._token or self._parts.now() >= self._until:
            self._token, self._until = await self._fetched()
        return "oauth", self._token

    async def _fetched(self) -> tuple[str, datetime]:
        now = self._parts.now()
        url = self._options.oauth_token_url
        try:
            answer = await told(
                self._parts.client, "POST", url, now=now, data=self._asked(), timeout=TIMEOUT
            )
            said = answer.json()
        except ParleyError as error:
            raise Unavailable(
                say("No access token for the mailbox: {why}", why=error.text)
            ) from error
        token = said.get("access_token") if isinstance(said, dict) else None
        if not token:
            why = str(said.get("error", answer.status)) if isinstance(said, dict) else ""
            refused = 400 <= answer.status < 500 and answer.status != 429
            kind = Rejected if refused else Unavailable
            raise kind(say("No access token for the mailbox: {why}", why=why[:200]))
        return str(token), now + timedelta(seconds=float(said.get("expires_in", 3600))) - _EARLY

    def _asked(self) -> dict[str, str]:
        options = self._options
        asked = {
            "client_id": options.oauth_client_id,
            "grant_type": "client_credentials",
            "scope": options.oauth_scope,
        }
        if options.oauth_client_secret:
            asked["client_secret"] = options.oauth_client_secret.get_secret_value()
        if options.oauth_refresh_token:
            asked["grant_type"] = "refresh_token"
            asked["refresh_token"] = options.oauth_refresh_token.get_secret_value()
        return {name: value for name, value in asked.items() if value}
