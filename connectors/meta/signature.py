"""`X-Hub-Signature-256: sha256=<hex of HMAC-SHA256 over the raw body>`, and the greeting by GET.

Several secrets, by space or comma, hold while one replaces another. Meta signs no time: a replay is
told by the message's own id.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping

from pydantic import SecretStr

from assistant.errors import Unauthentic

HEADER = "x-hub-signature-256"


def signed_by(
    headers: Mapping[str, str], body: bytes, secrets: Mapping[str, SecretStr]
) -> frozenset[str]:
    """The names in *secrets* whose secret signed *body*: nobody signs for another's account.

    Raises: Unauthentic, where none did.
    """
    given = headers.get(HEADER, "")
    if not given:
        raise Unauthentic("The header X-Hub-Signature-256 is missing.")
    offered = given.removeprefix("sha256=").encode("utf-8", "surrogateescape")
    fits = {name for name, secret in secrets.items() if _signs(secret, body, offered)}
    if not fits or not given.startswith("sha256="):
        raise Unauthentic(
            "The signature is wrong. It must be Meta's own, over the raw body, by the app's secret."
        )
    return frozenset(fits)


def _signs(secret: SecretStr, body: bytes, offered: bytes) -> bool:
    good = False
    for one in parts_of(secret):
        expected = hmac.digest(one.encode(), body, "sha256").hex().encode()
        good |= hmac.compare_digest(expected, offered)
    return good


def parts_of(secret: SecretStr) -> tuple[str, ...]:
    """Several secrets in one setting, for a rotation."""
    return tuple(one for one in re.split(r"[\s,]+", secret.get_secret_value()) if one)


def challenge(query: Mapping[str, str], tokens: Iterable[SecretStr]) -> str:
    """What to answer to Meta's question whether the address is ours. Raises: Unauthentic."""
    offered = query.get("hub.verify_token", "").encode("utf-8", "surrogateescape")
    good = False
    for token in tokens:
        good |= hmac.compare_digest(token.get_secret_value().encode(), offered)
    said = query.get("hub.challenge", "")
    if not good or query.get("hub.mode") != "subscribe" or not re.fullmatch(r"\w{1,200}", said):
        raise Unauthentic("Write the same verify token in Meta's App Dashboard and in Parley.")
    return said
