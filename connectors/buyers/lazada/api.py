"""One seller's Lazada: signed calls of the IM API, and what the answers mean.

Source: “Signature algorithm”, SendMessage, GetSessionList, GetMessages, ReadSession and
RefreshAccessToken of open.lazada.com, read 2026-11 in a public copy. Unverified: which of the
platform's error codes mean that a token has ended or that we ask too often.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from assistant.errors import ParleyError, Rejected, Unavailable, Unsure
from assistant.words import say
from connectors.buyers.lazada import wire
from connectors.buyers.lazada.options import Options
from connectors.http import Parts, clean_line
from connectors.marketplaces import Caller, Said, at_ms, hex_hmac
from connectors.tokens import Granted, Tokens, patient

PAGE = 20
"""The most that Lazada lists at once."""
MOST_PAGES = 150
"""Three thousand sessions: as many as Lazada keeps."""
_ENDED = frozenset({"IllegalAccessToken", "AccessTokenExpired", "MissingAccessToken"})
_BUSY = frozenset({"ApiCallLimit", "AppCallLimit", "SellerCallLimit", "ApiCallExceed"})
_UNWELL = frozenset({"ServiceTimeout", "ServiceUnavailable", "RemoteServiceError", "E901"})
Refusal = tuple[str, str]


class Lazada:
    """The API for one seller."""

    def __init__(self, parts: Parts, account: str, of: Options) -> None:
        self._call = Caller("Lazada", parts.client, parts.now)
        self._of, self._now = of, parts.now
        self._tokens = Tokens(
            parts,
            f"lazada:{of.app_key}:{of.country}:{of.seller_id}",
            of.refresh_token,
            self._renewed,
        )

    # ── messages ─────────────────────────────────────────────────────────────

    async def send(self, session: str, text: str) -> str | None:
        """The message's id. Raises: Unavailable, Unsure, Rejected."""
        asked = {"session_id": session, "template_id": "1", "txt": text}
        data = await self._done("/im/message/send", asked, sends=True)
        id = data.get("message_id")
        return str(id) if id else None

    async def mark_read(self, session: str, message: str) -> None:
        """Raises: Unavailable, Rejected."""
        asked = {"session_id": session, "last_read_message_id": message}
        await self._done("/im/session/read", asked)

    async def sessions(self, since: datetime) -> AsyncIterator[wire.Session]:
        """Those with a message after *since*, the newest first. Raises: Unavailable, Rejected."""
        page = {"start_time": self._stamp(), "page_size": str(PAGE)}
        for _ in range(MOST_PAGES):
            data = await self._done("/im/session/list", page, method="GET")
            for one in _listed(data, "session_list"):
                found = _tolerantly(wire.session, one)
                if found is None:
                    continue
                at = at_ms(found.newest, self._now())
                if at is not None and at < since:
                    return
                yield found
            if str(data.get("has_more")).lower() != "true":
                return
            page |= {
                "start_time": str(data.get("next_start_time") or ""),
                "last_session_id": str(data.get("last_session_id") or ""),
            }

    async def messages(self, session: str, since: datetime) -> list[wire.Im]:
        """Those of one session from *since* on, oldest first. Raises: Unavailable, Rejected."""
        page = {"session_id": session, "start_time": self._stamp(), "page_size": str(PAGE)}
        found: list[wire.Im] = []
        for _ in range(MOST_PAGES):
            data = await self._done("/im/message/list", page, method="GET")
            listed = [_tolerantly(wire.im, one) for one in _listed(data, "message_list")]
            times = [(at_ms(one.at, self._now()), one) for one in listed if one]
            found += [one for at, one in times if at is None or at >= since]
            over = any(at is not None and at < since for at, _ in times)
            if over or str(data.get("has_more")).lower() != "true":
                break
            page |= {
                "start_time": str(data.get("next_start_time") or ""),
                "last_message_id": str(data.get("last_message_id") or ""),
            }
        now = self._now()
        return sorted(found, key=lambda one: at_ms(one.at, now) or now)

    # ── calls ────────────────────────────────────────────────────────────────

    async def _done(
        self, path: str, asked: Mapping[str, str], *, method: str = "POST", sends: bool = False
    ) -> Mapping[str, Any]:
        """The answer's data. Raises: Unavailable, Unsure, Rejected."""
        token = await self._tokens.access()
        said = await self._asked(
            method, self._of.url, path, {**asked, "access_token": token}, sends
        )
        if str(said.json.get("code")) in _ENDED:
            token = await self._tokens.access(instead_of=token)
            with_new = {**asked, "access_token": token}
            said = await self._asked(method, self._of.url, path, with_new, sends)
        return self._judged(said, sends=sends)

    async def _asked(
        self, method: str, url: str, path: str, asked: Mapping[str, str], sends: bool
    ) -> Said:
        query = self._signed(path, asked)
        place = "params" if method == "GET" else "data"
        return await self._call.ask(method, f"{url}{path}", sends=sends, **{place: query})

    def _signed(self, path: str, asked: Mapping[str, str]) -> dict[str, str]:
        """All parameters and the signature over them: sorted, name and value, after the path."""
        query = {
            **{name: value for name, value in asked.items() if value},
            "app_key": self._of.app_key,
            "timestamp": self._stamp(),
            "sign_method": "sha256",
        }
        base = path + "".join(f"{name}{query[name]}" for name in sorted(query))
        secret = self._of.app_secret.get_secret_value()
        return {**query, "sign": hex_hmac(secret, base.encode()).upper()}

    def _judged(self, said: Said, *, sends: bool) -> Mapping[str, Any]:
        code, why = _platform(said)
        if code in _BUSY:
            raise Unavailable(say("{who} asks us to wait.", who="Lazada"), said.retry_after_s)
        if code in _UNWELL or said.json.get("type") == "ISP":
            raise (Unsure if sends else Unavailable)(
                say("{who} answered {status}.", who="Lazada", status=code)
            )
        self._call.unwell(said, sends=sends)
        if code or not said.ok:
            raise self._call.refused(said, f"{why} ({code})" if code else why, code)
        if not said.json:
            raise (Unsure if sends else Unavailable)(
                say("{who} answered {status}.", who="Lazada", status=said.status)
            )
        code, why = _business(said)
        if code:
            raise self._call.refused(said, f"{why} ({code})", code)
        data = said.json.get("data")
        return data if isinstance(data, dict) else said.json

    def _stamp(self) -> str:
        return str(int(self._now().timestamp() * 1000))

    # ── authorisation ────────────────────────────────────────────────────────

    async def authorised(self) -> None:
        """Raises: Unavailable, Rejected."""
        await self._tokens.access()

    async def _renewed(self, refresh: str) -> Granted:
        path = "/auth/token/refresh"
        try:
            said = await self._asked(
                "POST", self._of.auth_url.rstrip("/"), path, {"refresh_token": refresh}, False
            )
            self._call.unwell(said)
        except Unavailable as error:
            raise patient(error) from error
        told = said.json
        access = told.get("access_token")
        if not isinstance(access, str) or not access:
            raise self._call.unauthorised("LAZADA_REFRESH_TOKEN", str(told.get("message") or ""))
        lives = float(told.get("expires_in") or 3_600)
        return Granted(access, lives, str(told.get("refresh_token") or ""))


def _platform(said: Said) -> Refusal:
    """What the platform before the service says: `0` is well."""
    code = str(said.json.get("code") or "")
    return ("", "") if code in ("", "0") else (code, str(said.json.get("message") or ""))


def _business(said: Said) -> Refusal:
    """What the service says."""
    code = str(said.json.get("err_code") or "")
    good = str(said.json.get("success", "true")).lower() == "true"
    if code in ("", "0") and good:
        return "", ""
    return code or "not a success", clean_line(str(said.json.get("err_message") or ""), 300)


def _listed(data: Mapping[str, Any], name: str) -> list[Any]:
    found = data.get(name)
    return found if isinstance(found, list) else []


def _tolerantly(reader: Any, one: Any) -> Any:
    """One odd entry must not keep the rest from us."""
    try:
        return reader(one)
    except Rejected:
        raise
    except ParleyError:
        return None
