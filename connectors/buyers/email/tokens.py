"""Names of ours that come back: in the Message-ID of every reply, and in its Reply-To.

`<reply_…​.TOKEN@shop.example>` and `support+TOKEN@shop.example`. A token is a keyed digest of the
thread, so nobody can make one up, and a mail that brings one belongs to the thread.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from typing import NamedTuple

from pydantic import SecretStr

from assistant.model import ReplyKey

_OURS = re.compile(r"(reply_[0-9a-f]{32})\.([a-z2-7]{20})@")
_TOKEN = re.compile(r"[a-z2-7]{20}")


class Ours(NamedTuple):
    """A mail that we sent."""

    key: ReplyKey
    token: str

    @property
    def alias(self) -> str:
        return alias_of(self.token)


def alias_of(token: str) -> str:
    """Under which the thread of *token* is known."""
    return f"token:{token}"


class Tokens:
    """Makes and reads them with the installation's secret."""

    def __init__(self, secret: SecretStr) -> None:
        self._key = hmac.digest(secret.get_secret_value().encode(), b"email token", "sha256")

    def token(self, thread_key: str) -> str:
        digest = hmac.digest(self._key, thread_key.encode("utf-8", "surrogatepass"), "sha256")
        return base64.b32encode(digest)[:20].decode().lower()

    def message_id(self, key: str, thread_key: str, domain: str) -> str:
        """Of the reply *key*, without brackets: the same however often it is sent."""
        return f"{key}.{self.token(thread_key)}@{domain}"

    def of(self, message_id: str) -> Ours | None:
        """What *message_id* says, where it has the form of ours."""
        found = _OURS.match(message_id)
        return Ours(ReplyKey(found[1]), found[2]) if found else None

    def find(self, text: str) -> Ours | None:
        """The first of ours that *text* names."""
        found = _OURS.search(text)
        return Ours(ReplyKey(found[1]), found[2]) if found else None

    def in_addresses(self, addresses: Iterable[str], own: frozenset[str]) -> tuple[str, ...]:
        """The tokens that mail to *own* addresses brought after a plus."""
        found = []
        for address in addresses:
            local, _, domain = address.lower().rpartition("@")
            name, plus, token = local.rpartition("+")
            if plus and _TOKEN.fullmatch(token) and f"{name}@{domain}" in own:
                found.append(token)
        return tuple(dict.fromkeys(found))
