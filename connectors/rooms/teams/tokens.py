"""Whose a request is: Teams' signature, checked with keys that never make the loop wait.

botbuilder checks the signature; it fetches keys with blocking calls, trips over a key it does not
know and lets some wrong tokens end as a server error, so the keys and the last word are ours.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import aiohttp
from botframework.connector.auth import ClaimsIdentity, JwtTokenExtractor, VerifyOptions
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from assistant.errors import ParleyError, Unauthentic, Unavailable
from assistant.words import say
from connectors.http import RateLimiter, read_answer
from connectors.rooms.teams.cloud import Cloud

log = logging.getLogger(__name__)

CHANNEL = "msteams"
SKEW_S = 5 * 60
ALGORITHMS = ("RS256",)
"""What the Bot Framework signs with."""
OLD_S = 3600.0
STALE_S = 5 * 24 * 3600.0
"""Keys that nobody could renew for so long are not believed any more."""
KEYS_BYTES = 512 << 10
PATIENCE = aiohttp.ClientTimeout(total=5, connect=3)
STRANGE_KEYS = (5, 60.0)
"""So many unknown keys in so many seconds make us look for new ones."""


class Key(NamedTuple):
    """A key of the Bot Framework's. Its names are botbuilder's."""

    public_key: RSAPublicKey
    endorsements: tuple[str, ...]
    """The channels that it may sign for."""


class Keys:
    """The keys of an issuer: fetched when they are old, and once for a key that nobody knows."""

    def __init__(
        self,
        url: str,
        client: aiohttp.ClientSession,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._client, self._clock = url, client, clock
        self._keys: Mapping[str, Key] = {}
        self._fetched_at = float("-inf")
        self._lock = asyncio.Lock()
        self._strange = RateLimiter(*STRANGE_KEYS, clock=clock)

    async def get(self, kid: str | None) -> Key:
        """Raises: Unauthentic (nobody knows that key), Unavailable (no keys can be had)."""
        if self._age_s() > STALE_S:
            await self.refresh(than=OLD_S)
        found = self._keys.get(kid or "")
        if found is None and kid and not self._strange.wait_s("any"):
            await self.refresh()
            found = self._keys.get(kid)
        if found is None:
            raise Unauthentic("The token is signed with a key that its issuer does not know.")
        return found

    async def refresh(self, *, than: float = 0.0) -> None:
        """Fetch them, where they are older than *than* seconds. Raises: Unavailable."""
        asked_at = self._clock()
        async with self._lock:
            # Whoever waited here got what the one before fetched.
            if self._fetched_at >= asked_at or (than and self._age_s() < than):
                return
            self._keys = await self._fetch()
            self._fetched_at = self._clock()

    def _age_s(self) -> float:
        return self._clock() - self._fetched_at

    async def _fetch(self) -> Mapping[str, Key]:
        try:
            document = await self._json(self._url)
            told = await self._json(str(document["jwks_uri"]))
            found = [(str(one.get("kid")), _key(one)) for one in told["keys"]]
        except (aiohttp.ClientError, TimeoutError, OSError, LookupError, TypeError, ValueError):
            raise Unavailable(say("Microsoft's signing keys can't be fetched now.")) from None
        keys = {kid: key for kid, key in found if key is not None}
        if not keys:
            # Those we have are better than none.
            raise Unavailable(say("Microsoft's signing keys can't be fetched now."))
        log.info("fetched %d signing keys of the Bot Framework", len(keys))
        return keys

    async def _json(self, url: str) -> Any:
        async with self._client.get(url, timeout=PATIENCE, allow_redirects=False) as answer:
            answer.raise_for_status()
            return json.loads(await read_answer(answer, KEYS_BYTES))


def _key(told: Mapping[str, Any]) -> Key | None:
    """A key of the set; None for one that signs nothing of ours. Raises: ValueError, TypeError."""
    if told.get("kty") != "RSA":
        return None
    numbers = RSAPublicNumbers(e=_number(told["e"]), n=_number(told["n"]))
    return Key(numbers.public_key(), tuple(told.get("endorsements") or ()))


def _number(text: str) -> int:
    try:
        return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except binascii.Error as error:
        raise ValueError("not base64") from error


class Verifier:
    """Believes a token that the Bot Framework signed for our app, and no other."""

    def __init__(self, cloud: Cloud, app_id: str, keys: Keys) -> None:
        self._cloud, self._app_id, self._keys = cloud, app_id, keys

    async def claims(self, header: str) -> Mapping[str, Any]:
        """What the token of an `Authorization` header claims, verified.

        Raises: Unauthentic, Unavailable.
        """
        identity = await self._identity(header)
        claims: Mapping[str, Any] = identity.claims if identity else {}
        # Nothing is taken from a claim that is absent: botbuilder asks for none of them.
        if claims.get("iss") != self._cloud.issuer or not claims.get("exp"):
            raise Unauthentic("The request carries no token of the Bot Framework.")
        if not self._app_id or claims.get("aud") != self._app_id:
            raise Unauthentic("The token is for another app.")
        return claims

    async def _identity(self, header: str) -> ClaimsIdentity | None:
        extractor = JwtTokenExtractor(
            VerifyOptions([self._cloud.issuer], None, SKEW_S, ignore_expiration=False),
            self._cloud.keys_url,
            list(ALGORITHMS),
        )
        extractor.open_id_metadata = self._keys
        try:
            return await extractor.get_identity_from_auth_header(header, CHANNEL, [CHANNEL])
        except ParleyError:
            raise
        except Exception as error:
            # Expired, badly signed, not base64, not JSON: each is another exception of another
            # library, and every one of them means that we don't know who it was.
            log.info("a token was refused: %s", type(error).__name__)
            raise Unauthentic("The token is not valid.") from None
