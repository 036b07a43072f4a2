"""One seller's Messaging API: what an order allows, the buyer's language, typed messages.

Source: the model messaging.json of amzn/selling-partner-api-models (Apache-2.0; its sandbox's
requests and answers are our fixtures), the Uploads API 2020-11-01 and Login with Amazon; read
2026-11.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from assistant.errors import Unavailable
from connectors.buyers.amazon.options import Options
from connectors.http import Parts, clean_line
from connectors.marketplaces import Caller, Pace, Said
from connectors.tokens import Granted, Tokens, patient

MESSAGING = "/messaging/v1/orders"
UPLOADS = "/uploads/2020-11-01/uploadDestinations"


class Amazon:
    """The API for one seller in one marketplace."""

    def __init__(self, parts: Parts, account: str, of: Options) -> None:
        self._call = Caller("Amazon", parts.client, parts.now)
        self._of = of
        self._paces: dict[str, Pace] = {}
        self._tokens = Tokens(
            parts, f"amazon:{account}:{of.marketplace}", of.refresh_token, self._renewed
        )

    async def kinds(self, order: str) -> Sequence[str]:
        """The kinds that may be sent about *order* now. Raises: Unavailable, Rejected."""
        answer = await self._got("actions", f"{MESSAGING}/{_in_path(order)}")
        actions = (answer.get("_links") or {}).get("actions")
        named = [one.get("name") for one in actions or () if isinstance(one, dict)]
        return tuple(str(name) for name in named if name)

    async def locale(self, order: str) -> str:
        """The buyer's language, as `en-US`. Raises: Unavailable, Rejected."""
        answer = await self._got("attributes", f"{MESSAGING}/{_in_path(order)}/attributes")
        return str((answer.get("buyer") or {}).get("locale") or "")

    async def send(self, order: str, kind: str, body: Mapping[str, Any]) -> None:
        """One message. Raises: Unavailable, Unsure, Rejected."""
        path = f"{MESSAGING}/{_in_path(order)}/messages/{kind}"
        said = await self._asked(kind, "POST", path, sends=True, json=body)
        self._call.unwell(said, sends=True)
        if not said.ok:
            raise self._call.refused(said, *_why(said))

    async def upload(self, order: str, kind: str, content: bytes, mime: str) -> str:
        """Put a file where Amazon takes it; the id to name it by. Raises: Unavailable, Rejected."""
        resource = f"messaging/v1/orders/{order}/messages/{kind}"
        digest = hashlib.md5(content, usedforsecurity=False).digest()
        more = {"contentMD5": base64.b64encode(digest).decode(), "contentType": mime}
        path = f"{UPLOADS}/{_in_path(resource)}"
        said = await self._asked("uploads", "POST", path, more=more)
        self._call.unwell(said)
        place = said.json.get("payload")
        if not said.ok or not isinstance(place, dict):
            raise self._call.refused(said, *_why(said))
        headers = {**(place.get("headers") or {}), "Content-Type": mime}
        put = await self._call.ask("PUT", str(place.get("url")), data=content, headers=headers)
        self._call.unwell(put)
        if not put.ok:
            raise self._call.refused(put)
        return str(place.get("uploadDestinationId") or "")

    # ── calls ────────────────────────────────────────────────────────────────

    async def _got(self, operation: str, path: str) -> dict[str, Any]:
        said = await self._asked(operation, "GET", path)
        self._call.unwell(said)
        if not said.ok:
            raise self._call.refused(said, *_why(said))
        return said.json

    async def _asked(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        more: Mapping[str, str] | None = None,
        sends: bool = False,
        **request: Any,
    ) -> Said:
        """In its turn, with the seller's token; with a new one where the old is not taken."""
        pace = self._paces.setdefault(operation, Pace(self._of.per_second, self._of.burst))
        query = {"marketplaceIds": self._of.marketplace, **(more or {})}
        token = await self._tokens.access()
        await pace.turn()
        said = await self._once(method, path, token, query, sends, request)
        if said.status not in (401, 403) or not _expired(said):
            return said
        token = await self._tokens.access(instead_of=token)
        await pace.turn()
        return await self._once(method, path, token, query, sends, request)

    async def _once(
        self,
        method: str,
        path: str,
        token: str,
        query: Mapping[str, str],
        sends: bool,
        request: Mapping[str, Any],
    ) -> Said:
        headers = {"x-amz-access-token": token, "Accept": "application/hal+json, application/json"}
        url = f"{self._of.url}{path}"
        return await self._call.ask(
            method, url, sends=sends, params=query, headers=headers, **request
        )

    # ── authorisation ────────────────────────────────────────────────────────

    async def authorised(self) -> None:
        """Raises: Unavailable, Rejected."""
        await self._tokens.access()

    async def _renewed(self, refresh: str) -> Granted:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": refresh,
            "client_id": self._of.client_id,
            "client_secret": self._of.client_secret.get_secret_value(),
        }
        try:
            said = await self._call.ask("POST", self._of.auth_url, data=form)
            self._call.unwell(said)
        except Unavailable as error:
            raise patient(error) from error
        token = said.json.get("access_token")
        if not said.ok or not isinstance(token, str):
            why = str(said.json.get("error_description") or "")
            raise self._call.unauthorised("AMAZON_REFRESH_TOKEN", why)
        return Granted(token, float(said.json.get("expires_in") or 3_600))


def _in_path(part: str) -> str:
    """Ours to put into an address, whatever is in it."""
    return quote(part, safe="")


def _first(said: Said) -> dict[str, Any]:
    errors = said.json.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else {}


def _why(said: Said) -> tuple[str, str]:
    """Amazon's own words for what is wrong, and its code for it."""
    first = _first(said)
    words = " ".join(str(first.get(one) or "") for one in ("message", "details"))
    return clean_line(words, 500), str(first.get("code") or "")


def _expired(said: Said) -> bool:
    """Of the token; a 403 that is about the order or a missing role would stay one."""
    return said.status == 401 or "token" in str(_first(said)).lower()
