"""One shop's Shopee: signed calls of the seller chat, and what the answers mean.

Source: open.shopee.com, “Authorization and Authentication” (signature, tokens: access 4 h, refresh
30 days and good once), get_lost_push_message and confirm_consumed_lost_push_message (2023-11-17);
read 2026-11 in a public copy. Unverified, as those pages are shown to approved apps alone: the
fields of the seller chat, the codes for its refusals, and the codes for a token that has ended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import aiohttp

from assistant.errors import Rejected, Unavailable, Unsure
from assistant.words import Text, say
from connectors.buyers.shopee.options import Options
from connectors.http import Parts, clean_line
from connectors.marketplaces import Caller, Said, hex_hmac
from connectors.tokens import Granted, Tokens, patient

CHAT = "/api/v2/sellerchat"
RENEWAL = "/api/v2/auth/access_token/get"
_ENDED = frozenset({"error_auth", "invalid_access_token", "invalid_acceess_token"})
"""Of an access token; the misspelt one is Shopee's own."""
_BUSY = frozenset({"error_rate_limit", "error_too_frequent", "error_system_busy", "error_limit"})
_UNWELL = frozenset({"error_server", "error_inner", "error_network", "error_unknown"})


class Lost(NamedTuple):
    """Pushes that did not reach us, and what to say once they have."""

    pushes: Sequence[Mapping[str, Any]]
    last: str
    more: bool


class Shopee:
    """The API for one shop."""

    def __init__(self, parts: Parts, account: str, of: Options) -> None:
        self._call = Caller("Shopee", parts.client, parts.now)
        self._of, self._now = of, parts.now
        self._tokens = Tokens(
            parts, f"shopee:{of.partner_id}:{of.shop_id}", of.refresh_token, self._renewed
        )
        self._account = account

    # ── chat ─────────────────────────────────────────────────────────────────

    async def send(self, to: str, kind: str, content: Mapping[str, Any], more: Any = None) -> str:
        """One message to the user *to*; its id. Raises: Unavailable, Unsure, Rejected."""
        body = {"to_id": int(to), "message_type": kind, "content": content, **(more or {})}
        # The numbers are exact: Python's JSON writes all of a long one.
        answer = await self._shop("POST", f"{CHAT}/send_message", sends=True, json=body)
        return str(_response(answer).get("message_id") or "")

    async def upload(self, name: str, mime: str, content: bytes) -> str:
        """A picture; its address. Raises: Unavailable, Rejected."""
        form = aiohttp.FormData()
        form.add_field("file", content, filename=name, content_type=mime)
        answer = await self._shop("POST", f"{CHAT}/upload_image", data=lambda: form)
        return str(_response(answer).get("url") or "")

    async def messages(self, conversation: str) -> Sequence[Any]:
        """The newest of one conversation. Raises: Unavailable, Rejected."""
        asked = {"conversation_id": conversation, "page_size": "25"}
        found = _response(await self._shop("GET", f"{CHAT}/get_message", asked=asked))
        listed = found.get("messages")
        return listed if isinstance(listed, list) else ()

    # ── pushes that were lost ────────────────────────────────────────────────

    async def lost(self) -> Lost:
        """The oldest hundred. Raises: Unavailable, Rejected."""
        said = await self._app("GET", "/api/v2/push/get_lost_push_message")
        found = _response(self._judged(said, sends=False))
        listed = found.get("push_message_list")
        pushes = [one for one in listed if isinstance(one, dict)] if listed else []
        last = str(found.get("last_message_id") or "")
        return Lost(pushes, last, bool(found.get("has_next_page")))

    async def confirm(self, last: str) -> None:
        """All up to *last* are durable with us. Raises: Unavailable, Rejected."""
        body = {"last_message_id": int(last)}
        said = await self._app("POST", "/api/v2/push/confirm_consumed_lost_push_message", json=body)
        self._judged(said, sends=False)

    # ── calls ────────────────────────────────────────────────────────────────

    async def _shop(
        self,
        method: str,
        path: str,
        *,
        asked: Mapping[str, str] | None = None,
        sends: bool = False,
        **request: Any,
    ) -> Said:
        """With the shop's token; with a new one where Shopee takes the old no more."""
        token = await self._tokens.access()
        said = await self._asked(method, path, token, asked or {}, sends, request)
        if said.json.get("error") in _ENDED:
            token = await self._tokens.access(instead_of=token)
            said = await self._asked(method, path, token, asked or {}, sends, request)
        return self._judged(said, sends=sends)

    async def _asked(
        self,
        method: str,
        path: str,
        token: str,
        asked: Mapping[str, str],
        sends: bool,
        request: Mapping[str, Any],
    ) -> Said:
        made = {name: one() if callable(one) else one for name, one in request.items()}
        query = {**self._signed(path, token), **asked}
        return await self._call.ask(
            method, f"{self._of.url}{path}", sends=sends, params=query, **made
        )

    async def _app(self, method: str, path: str, **request: Any) -> Said:
        """In the app's name, whichever shop it is about."""
        url = f"{self._of.url}{path}"
        return await self._call.ask(method, url, params=self._signed(path), **request)

    def _signed(self, path: str, token: str | None = None) -> dict[str, str]:
        """The common parameters, with the signature over them."""
        stamp = str(int(self._now().timestamp()))
        base = f"{self._of.partner_id}{path}{stamp}"
        query = {"partner_id": self._of.partner_id, "timestamp": stamp}
        if token is not None:
            base += f"{token}{self._of.shop_id}"
            query |= {"access_token": token, "shop_id": self._of.shop_id}
        sign = hex_hmac(self._of.partner_key.get_secret_value(), base.encode())
        return {**query, "sign": sign}

    def _judged(self, said: Said, *, sends: bool) -> Said:
        """*said*, where Shopee did it. Raises: Unavailable, Unsure, Rejected."""
        code = str(said.json.get("error") or "").strip("-")
        if code in _BUSY:
            raise Unavailable(say("{who} asks us to wait.", who="Shopee"), said.retry_after_s)
        if code in _UNWELL:
            raise (Unsure if sends else Unavailable)(
                say("{who} answered {status}.", who="Shopee", status=code)
            )
        self._call.unwell(said, sends=sends)
        if code:
            raise Rejected(_told(code, str(said.json.get("message") or "")), code)
        if not said.ok:
            raise self._call.refused(said)
        if not said.json and sends:
            raise Unsure(say("{who} answered {status}.", who="Shopee", status=said.status))
        return said

    # ── authorisation ────────────────────────────────────────────────────────

    async def authorised(self) -> None:
        """Raises: Unavailable, Rejected."""
        await self._tokens.access()

    async def _renewed(self, refresh: str) -> Granted:
        body = {
            "refresh_token": refresh,
            "partner_id": int(self._of.partner_id),
            "shop_id": int(self._of.shop_id),
        }
        try:
            said = await self._app("POST", RENEWAL, json=body)
            self._call.unwell(said)
        except Unavailable as error:
            raise patient(error) from error
        told = said.json
        access, following = told.get("access_token"), told.get("refresh_token")
        if not isinstance(access, str) or not access:
            raise self._call.unauthorised("SHOPEE_REFRESH_TOKEN", str(told.get("message") or ""))
        return Granted(access, float(told.get("expire_in") or 14_400), str(following or ""))


def _response(said: Said) -> Mapping[str, Any]:
    found = said.json.get("response")
    return found if isinstance(found, dict) else {}


def _told(code: str, message: str) -> Text:
    """What a refusal means and what to do, where we know it."""
    if "5_message_limit" in code:
        return say(
            "{who} takes five messages in a row; then the buyer has to write first.", who="Shopee"
        )
    if code == "user_is_forbidden":
        return say(
            "{who} lets a shop write only to buyers who wrote in the last 7 days, ordered in the "
            "last 30 or have an open return.",
            who="Shopee",
        )
    if code == "message_too_long":
        return say("{who} finds the message too long. Shorten it.", who="Shopee")
    why = clean_line(f"{message} ({code})" if message else code, 500)
    return say("{who} refused it: {why}", who="Shopee", why=why)


def embedded(push: Mapping[str, Any]) -> bytes:
    """A lost push as it would have come: it stands as text inside its entry."""
    inner = push.get("data")
    return inner.encode() if isinstance(inner, str) else json.dumps(dict(push)).encode()
