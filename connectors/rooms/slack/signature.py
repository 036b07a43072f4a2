"""Whether a request is Slack's: HMAC over the raw bytes, within five minutes.

Source: docs.slack.dev/authentication/verifying-requests-from-slack, read 2026-11.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from assistant.errors import Unauthentic

WINDOW_S = 300


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> None:
    """Raises: Unauthentic. *body* is what was received, before anybody parses it."""
    stamp = headers.get("X-Slack-Request-Timestamp", "")
    signature = headers.get("X-Slack-Signature", "")
    if not secret or not stamp or not signature:
        raise Unauthentic("The request is not signed. Slack signs every one.")
    if not _is_recent(stamp, now):
        raise Unauthentic("The request was signed over five minutes ago, or our clock is wrong.")
    if not hmac.compare_digest(sign(body, stamp, secret), signature.encode("utf-8", "replace")):
        raise Unauthentic("The signature is wrong. Compare SLACK_SIGNING_SECRET with Slack's.")


def sign(body: bytes, stamp: str, secret: str) -> bytes:
    """What Slack writes into `X-Slack-Signature`."""
    signed = b"v0:" + stamp.encode() + b":" + body
    return b"v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()


def _is_recent(stamp: str, now: datetime) -> bool:
    # Only digits: `int` would take `+1`, `1_0` and other scripts' digits, which Slack never writes.
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        return False
    return abs(now.timestamp() - int(stamp)) <= WINDOW_S
