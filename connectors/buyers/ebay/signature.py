"""Is a notification from eBay? ECDSA over the raw body, by a key that eBay's API gives for its id.

Source: developer.ebay.com, Notification API, public_key/getPublicKey, and eBay's own
event-notification SDK with its sample messages; read 2026-11. What is signed is the body as sent:
the SDK signs its JSON anew, which gives the same bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from assistant.errors import Unauthentic, Unavailable
from assistant.ports import Store
from assistant.words import say
from connectors.http import RateLimiter

KEPT_FOR = timedelta(days=1)
UNKNOWN_FOR = timedelta(minutes=10)
"""So long a key id that eBay does not know is refused without asking again."""
MOST_FETCHES, FETCHES_PER_S = 30, 60.0
"""Anybody can send us key ids: that many are looked up a minute, the rest are told to come back."""
_HEADER = "x-ebay-signature"
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{8,100}")
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----", re.DOTALL)
# eBay's own samples, and its keys, are SHA1; it is what a key says that counts, not the header.
_DIGESTS: dict[str, type[HashAlgorithm]] = {
    "SHA1": SHA1,
    "SHA256": SHA256,
    "SHA384": SHA384,
    "SHA512": SHA512,
}


class PublicKey(NamedTuple):
    """As eBay's API tells it."""

    pem: str
    digest: str


Fetch = Callable[[str], Awaitable[PublicKey | None]]
"""The key of an id; None: eBay knows none. Raises: Unavailable."""


class Verifier:
    """Checks notifications; keys are kept in memory and, for all processes, in the store."""

    def __init__(self, fetch: Fetch, store: Store) -> None:
        self._fetch, self._store = fetch, store
        self._keys: dict[str, PublicKey] = {}
        self._pace = RateLimiter(MOST_FETCHES, FETCHES_PER_S)

    async def check(self, header: str, body: bytes) -> None:
        """Raises: Unauthentic; Unavailable, where the key can't be had now."""
        if not header:
            raise Unauthentic("The header X-EBAY-SIGNATURE is missing.")
        id, signature = _read(header)
        key = await self._key(id)
        if key is None:
            raise Unauthentic("eBay has no key of the id that the signature names.")
        if not _fits(key, signature, body):
            raise Unauthentic("The signature is wrong.")

    async def _key(self, id: str) -> PublicKey | None:
        if id in self._keys:
            return self._keys[id]
        kept = await self._store.kept(_place(id))
        if kept is not None:
            digest, _, pem = kept.partition(" ")
            key = PublicKey(pem, digest) if pem else None
        else:
            key = await self._fetched(id)
        if key is not None:
            self._keys[id] = key
        return key

    async def _fetched(self, id: str) -> PublicKey | None:
        if wait := self._pace.wait_s("keys"):
            raise Unavailable(say("Too many unknown keys are named."), wait)
        key = await self._fetch(id)
        if key is None:
            await self._store.keep(_place(id), "none", UNKNOWN_FOR)
        else:
            await self._store.keep(_place(id), f"{key.digest} {key.pem}", KEPT_FOR)
        return key


def challenge_response(code: str, token: str, endpoint: str) -> str:
    """What proves to eBay that this endpoint is ours."""
    digest = hashlib.sha256()
    for part in (code, token, endpoint):
        digest.update(part.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _place(id: str) -> str:
    return f"ebay:key:{id}"


def _read(header: str) -> tuple[str, bytes]:
    """The key's id and the signature."""
    try:
        told = json.loads(base64.b64decode(header, validate=True))
        id, signature = str(told["kid"]), base64.b64decode(str(told["signature"]), validate=True)
    except (ValueError, binascii.Error, KeyError, TypeError, RecursionError):
        raise Unauthentic("The header X-EBAY-SIGNATURE is not what eBay sends.") from None
    if not _KEY_ID.fullmatch(id):
        raise Unauthentic("The header X-EBAY-SIGNATURE names no key.")
    return id, signature


def _fits(key: PublicKey, signature: bytes, body: bytes) -> bool:
    found, digest = _PEM.search(key.pem), _DIGESTS.get(key.digest.upper())
    if found is None or digest is None:
        return False
    # eBay gives the key in one line, which is no PEM yet.
    base = "".join(found[1].split())
    pem = f"-----BEGIN PUBLIC KEY-----\n{base}\n-----END PUBLIC KEY-----\n"
    try:
        public = load_pem_public_key(pem.encode())
        if not isinstance(public, EllipticCurvePublicKey):
            return False
        public.verify(signature, body, ECDSA(digest()))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
