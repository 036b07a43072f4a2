"""Standard Webhooks signatures: `v1,<base64 of HMAC-SHA256 over id.timestamp.body>`.

Source: the specification of standardwebhooks.com, read 2026-11.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

from pydantic import SecretStr

from assistant.errors import Unauthentic

TOLERANCE_S = 300


class Signer:
    """Checks and makes signatures. Several secrets, for a rotation: by space or comma.

    Any of them may have signed what comes in; the first signs what goes out. That they are
    `whsec_` and base64 is what the settings have checked.
    """

    def __init__(self, secret: SecretStr) -> None:
        self._keys = tuple(
            _key(one) for one in re.split(r"[\s,]+", secret.get_secret_value().strip())
        )

    def check(self, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
        """Raises: Unauthentic, saying what the sender has to change; never what was expected."""
        id, stamp = _header(headers, "webhook-id"), _header(headers, "webhook-timestamp")
        given = _header(headers, "webhook-signature").split()
        _check_age(stamp, at)
        signed = b".".join((_raw(id), _raw(stamp), body))
        offered = [_raw(one[3:]) for one in given if one.startswith("v1,")]
        good = False
        for key in self._keys:
            expected = base64.b64encode(hmac.digest(key, signed, "sha256"))
            for signature in offered:
                good |= hmac.compare_digest(signature, expected)
        if not good:
            raise Unauthentic(
                "The signature is wrong. Sign the raw body, byte for byte, with the shared secret."
            )

    def headers(self, id: str, body: bytes, at: datetime) -> dict[str, str]:
        """The three headers that let the other side check *body*."""
        stamp = str(int(at.timestamp()))
        signed = b".".join((_raw(id), _raw(stamp), body))
        signature = base64.b64encode(hmac.digest(self._keys[0], signed, "sha256")).decode()
        return {
            "webhook-id": id,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{signature}",
        }


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise Unauthentic(f"The header {name} is missing. Sign requests as Standard Webhooks says.")
    return value


def _check_age(stamp: str, at: datetime) -> None:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise Unauthentic("webhook-timestamp must be the seconds since 1970, in digits.")
    age_s = at.timestamp() - int(stamp)
    if abs(age_s) > TOLERANCE_S:
        where = "behind" if age_s > 0 else "ahead of"
        raise Unauthentic(
            f"webhook-timestamp is {abs(age_s):.0f} s {where} our clock, over {TOLERANCE_S} s."
            " Sign again when you send again, and check both clocks."
        )


def _raw(value: str) -> bytes:
    """A header's bytes, whatever they were."""
    return value.encode("utf-8", "surrogateescape")


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
