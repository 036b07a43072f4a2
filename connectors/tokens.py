"""Tokens of somebody else's API: kept sealed in the store, renewed in time, by one of us at a time.

Some marketplaces (Shopee, Lazada) give a new refresh token with every renewal and take each once:
two processes that renew at the same moment would lock the shop out. So whoever renews holds a claim
in the store, and all others wait for what comes of it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid4

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import AwareDatetime, SecretStr, ValidationError

from assistant.errors import Unavailable
from assistant.model import Frozen
from assistant.ports import FOR_GOOD
from assistant.words import say
from connectors.http import Parts

log = logging.getLogger(__name__)

EARLY_S = 300.0
"""So long before it ends a token is renewed; of one that lives shorter, a tenth of its life."""
CLAIM = timedelta(seconds=30)
"""How long one may take to renew before another tries."""
LOOK_AGAIN_S = 0.2


class Granted(NamedTuple):
    """What an API gave for a refresh token."""

    access: str
    lives_s: float
    refresh: str = ""
    """The one to use next time, where it changes."""


class _Held(Frozen):
    access: str
    refresh: str
    until: AwareDatetime
    given: str
    """A digest of the refresh token in the settings that all this came from."""


Renew = Callable[[str], Awaitable[Granted]]
"""Asks for a token. Raises: Unavailable, Rejected (the refresh token is no good any more)."""


class Tokens:
    """The access token of one account, by its *name*; *first* is the operator's refresh token."""

    def __init__(self, parts: Parts, name: str, first: SecretStr, renew: Renew) -> None:
        self._key, self._first, self._renew = f"token:{name}", first.get_secret_value(), renew
        self._store, self._now = parts.store, parts.now
        self._cipher = Fernet(_derived(parts.settings.secret))
        self._alone = asyncio.Lock()
        self._held: _Held | None = None

    async def access(self, *, instead_of: str = "") -> str:
        """A token that is good now, and another one than *instead_of*, which was refused.

        Raises: Unavailable, Rejected (somebody has to authorise Parley again).
        """
        if self._good(self._held, instead_of):
            assert self._held is not None
            return self._held.access
        async with self._alone:
            self._held = await self._shared(instead_of)
            return self._held.access

    async def _shared(self, instead_of: str) -> _Held:
        """What is kept for all processes; renewed by us, unless another one is at it."""
        holder = uuid4().hex
        while True:
            kept = await self._kept()
            if kept is not None and self._good(kept, instead_of):
                return kept
            if await self._store.claim(f"{self._key}:renewing", holder, CLAIM) == holder:
                return await self._renewed(instead_of)
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _renewed(self, instead_of: str) -> _Held:
        try:
            # Somebody may have been done between our look and our claim.
            kept = await self._kept()
            if kept is not None and self._good(kept, instead_of):
                return kept
            granted = await self._renew(kept.refresh if kept else self._first)
            refresh = granted.refresh or (kept.refresh if kept else self._first)
            until = self._now() + timedelta(seconds=_useful_s(granted.lives_s))
            held = _Held(
                access=granted.access, refresh=refresh, until=until, given=_digest(self._first)
            )
            sealed = self._cipher.encrypt(held.model_dump_json().encode()).decode()
            await self._store.keep(self._key, sealed, FOR_GOOD)
            return held
        finally:
            await self._store.keep(f"{self._key}:renewing", "", CLAIM)

    async def _kept(self) -> _Held | None:
        """None: nothing, or of another refresh token, or sealed with another secret."""
        sealed = await self._store.kept(self._key)
        if sealed is None:
            return None
        try:
            held = _Held.model_validate_json(self._cipher.decrypt(sealed.encode()))
        except (InvalidToken, ValidationError):
            log.warning("%s can't be read, PARLEY_SECRET changed: starting anew", self._key)
            return None
        return held if held.given == _digest(self._first) else None

    def _good(self, held: _Held | None, instead_of: str) -> bool:
        return held is not None and held.access != instead_of and held.until > self._now()


def patient(error: Unavailable) -> Unavailable:
    """*error*, told as trouble with the authorisation."""
    return Unavailable(
        say("The authorisation can't be renewed now. {why}", why=error.text), error.retry_after_s
    )


def _useful_s(lives_s: float) -> float:
    return max(lives_s - min(EARLY_S, lives_s / 10), 1.0)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def _derived(secret: SecretStr) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"parley tokens 1")
    return base64.urlsafe_b64encode(hkdf.derive(secret.get_secret_value().encode()))
