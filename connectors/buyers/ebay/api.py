"""One seller's eBay: what Parley asks its REST API, and what the answers mean.

Source: developer.ebay.com, OAuth (refresh_token and client_credentials grants), Message API,
Notification API; read 2026-11.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import aiohttp
from pydantic import SecretStr

from assistant.errors import Rejected, Unavailable, Unsure
from assistant.words import say
from connectors.buyers.ebay import wire
from connectors.buyers.ebay.signature import PublicKey
from connectors.http import Parts
from connectors.marketplaces import Caller, Said
from connectors.tokens import Granted, Tokens, patient

PAGE = 50
"""The most that eBay lists at once."""
MOST_PAGES = 40
"""Two thousand conversations between two polls, or messages in one: no shop has that."""
MESSAGES = "/commerce/message/v1"
APP_SCOPE = "https://api.ebay.com/oauth/api_scope"


class Ebay:
    """The API of *url* for one seller; *keyset* is the app's id and secret."""

    def __init__(
        self,
        parts: Parts,
        account: str,
        url: str,
        keyset: tuple[str, SecretStr],
        refresh_token: SecretStr,
        scope: str,
    ) -> None:
        self._call = Caller("eBay", parts.client, parts.now)
        self._url = url.rstrip("/")
        self._keyset, self._scope = keyset, scope
        self._user = Tokens(parts, f"ebay:{account}", refresh_token, self._renewed)
        self._app = Tokens(parts, f"ebay:{account}:app", keyset[1], self._app_token)

    # ── messages ─────────────────────────────────────────────────────────────

    async def talks(self, since: datetime) -> Sequence[wire.Talk]:
        """The conversations with a message after *since*. Raises: Unavailable, Rejected."""
        found: list[wire.Talk] = []
        for page in range(MOST_PAGES):
            asked = {
                "conversation_type": wire.MEMBERS,
                "start_time": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z",
                "limit": str(PAGE),
                "offset": str(page * PAGE),
            }
            listed = await self._got("/conversation", asked)
            found += wire.talks(listed)
            if wire.count(listed, "conversations") < PAGE:
                break
        return found

    async def messages(self, talk: str, since: datetime) -> Sequence[wire.Said]:
        """Those of one conversation after *since*, oldest first. Raises: Unavailable, Rejected."""
        found: list[wire.Said] = []
        for page in range(MOST_PAGES):
            asked = {
                "conversation_type": wire.MEMBERS,
                "limit": str(PAGE),
                "offset": str(page * PAGE),
            }
            content = await self._got(f"/conversation/{talk}", asked)
            listed = wire.messages(content)
            found += listed
            newest_first = len(listed) > 1 and listed[0].at > listed[-1].at
            is_last = wire.count(content, "messages") < PAGE
            if is_last or (newest_first and listed[-1].at < since):
                break
        fresh = {one.id: one for one in found if one.at > since}
        return sorted(fresh.values(), key=lambda one: one.at)

    async def send(self, talk: str, text: str) -> str | None:
        """Write *text* into a conversation; the message's id.

        Raises: Unavailable, Unsure, Rejected.
        """
        body = {"conversationId": talk, "messageText": text, "emailCopyToSender": False}
        said = await self._asked("POST", "/send_message", sends=True, json=body)
        self._call.unwell(said, sends=True)
        if not said.ok:
            raise self._call.refused(said, *_why(said))
        id = said.json.get("messageId")
        return str(id) if id else None

    async def mark_read(self, talk: str) -> None:
        """For eBay's own pages: somebody answered. Raises: Unavailable, Rejected."""
        body = {"conversationId": talk, "conversationType": wire.MEMBERS, "read": True}
        said = await self._asked("POST", "/update_conversation", json=body)
        self._call.unwell(said)
        if not said.ok:
            raise self._call.refused(said, *_why(said))

    async def _got(self, path: str, asked: dict[str, str]) -> dict[str, Any]:
        said = await self._asked("GET", path, params=asked)
        self._call.unwell(said)
        if not said.ok:
            raise self._call.refused(said, *_why(said))
        return said.json

    async def _asked(self, method: str, path: str, *, sends: bool = False, **request: Any) -> Said:
        """With the seller's token; with a new one where eBay takes the old no more."""
        url = f"{self._url}{MESSAGES}{path}"
        token = await self._user.access()
        said = await self._call.ask(method, url, sends=sends, headers=_bearer(token), **request)
        if said.status != 401:
            return said
        token = await self._user.access(instead_of=token)
        return await self._call.ask(method, url, sends=sends, headers=_bearer(token), **request)

    # ── notifications ────────────────────────────────────────────────────────

    async def public_key(self, id: str) -> PublicKey | None:
        """Raises: Unavailable."""
        url = f"{self._url}/commerce/notification/v1/public_key/{id}"
        try:
            said = await self._call.ask("GET", url, headers=_bearer(await self._app.access()))
            self._call.unwell(said)
        except (Rejected, Unsure) as error:
            raise Unavailable(error.text) from error
        if said.status in (401, 403):
            raise Unavailable(say("{who} answered {status}.", who="eBay", status=said.status))
        key, digest = said.json.get("key"), said.json.get("digest")
        if not said.ok or not isinstance(key, str):
            return None
        return PublicKey(key, str(digest or "SHA1"))

    # ── authorisation ────────────────────────────────────────────────────────

    async def authorised(self) -> None:
        """Raises: Unavailable, Rejected."""
        await self._user.access()

    async def _renewed(self, refresh: str) -> Granted:
        form = {"grant_type": "refresh_token", "refresh_token": refresh, "scope": self._scope}
        return await self._granted(form, "EBAY_REFRESH_TOKEN")

    async def _app_token(self, _: str) -> Granted:
        form = {"grant_type": "client_credentials", "scope": APP_SCOPE}
        return await self._granted(form, "EBAY_CERT_ID")

    async def _granted(self, form: dict[str, str], setting: str) -> Granted:
        app, secret = self._keyset
        auth = aiohttp.encode_basic_auth(app, secret.get_secret_value())
        url = f"{self._url}/identity/v1/oauth2/token"
        try:
            said = await self._call.ask("POST", url, data=form, headers={"Authorization": auth})
            self._call.unwell(said)
        except Unavailable as error:
            raise patient(error) from error
        token = said.json.get("access_token")
        if not said.ok or not isinstance(token, str):
            raise self._call.unauthorised(setting, str(said.json.get("error_description") or ""))
        return Granted(token, float(said.json.get("expires_in") or 7_200))


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _why(said: Said) -> tuple[str, str]:
    """eBay's own words for what is wrong, and its number for it."""
    errors = said.json.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    if not isinstance(first, dict):
        return "", ""
    words = first.get("longMessage") or first.get("message") or ""
    return str(words), str(first.get("errorId") or "")
