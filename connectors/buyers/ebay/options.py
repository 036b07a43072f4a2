"""What operators set for eBay, once a seller's account."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from assistant.settings import WebAddress
from connectors.options import Opts

API = {"production": "https://api.ebay.com", "sandbox": "https://api.sandbox.ebay.com"}
SCOPES = " ".join(
    f"https://api.ebay.com/oauth/api_scope{part}" for part in ("", "/commerce.message")
)


class Options(Opts):
    """Of one seller."""

    app_id: str
    """The App ID (client id) of your keyset at developer.ebay.com."""
    cert_id: SecretStr
    """The Cert ID (client secret) of the same keyset."""
    refresh_token: SecretStr
    """The refresh token of the seller's consent, with the scope commerce.message."""
    username: str
    """The seller's user name on eBay: what it writes is ours."""
    known_as: tuple[str, ...] = ()
    """Other names of the same seller: a former user name, the id that eBay puts in its place."""
    environment: Literal["production", "sandbox"] = "production"
    """Where the keyset is of."""
    verification_token: SecretStr | None = None
    """The token that you gave eBay for its notifications (32 to 80 characters)."""
    endpoint: WebAddress | None = None
    """The address that you gave eBay, letter by letter. Absent: PARLEY_PUBLIC_URL/buyers/ebay."""
    scope: str = SCOPES
    """What a renewed token may do: no more than the consent says."""
    poll_seconds: float = Field(default=60, ge=5, le=3_600)
    """How often eBay is asked for new messages."""
    first_hours: float = Field(default=24, ge=0, le=24 * 90)
    """How far back the very first poll looks."""
    mark_read: bool = True
    """Mark a conversation as read on eBay once it was answered here."""
    media_hosts: tuple[str, ...] = ("ebayimg.com", "ebaystatic.com")
    """Where eBay keeps buyers' files. Unverified."""

    @property
    def url(self) -> str:
        return self.api_url or API[self.environment]

    def is_ours(self, name: str) -> bool:
        """*name* is the seller's own."""
        return name.casefold() in {one.casefold() for one in (self.username, *self.known_as)}
