"""What operators set for Amazon Messaging, once a seller and marketplace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, SecretStr

from assistant.settings import WebAddress
from connectors.options import Opts

API: Mapping[str, str] = {
    "na": "https://sellingpartnerapi-na.amazon.com",
    "eu": "https://sellingpartnerapi-eu.amazon.com",
    "fe": "https://sellingpartnerapi-fe.amazon.com",
}


class Options(Opts):
    """Of one seller in one marketplace."""

    client_id: str
    """The LWA client id of your SP-API application."""
    client_secret: SecretStr
    """Its LWA client secret."""
    refresh_token: SecretStr
    """The refresh token of the seller's authorisation, with the role for buyer communication."""
    marketplace: str = Field(pattern=r"^[A-Z0-9]{10,20}$")
    """The marketplace's id: A1PA6795UKMFR9 is Germany, ATVPDKIKX0DER the United States."""
    region: Literal["na", "eu", "fe"] = "eu"
    """Which of Amazon's regions the marketplace is in."""
    auth_url: WebAddress = "https://api.amazon.com/auth/o2/token"
    """Where tokens are given."""
    per_second: float = Field(default=1, gt=0, le=50)
    """How many calls a second Amazon takes, of each operation."""
    burst: int = Field(default=5, ge=1, le=100)
    """How many at once."""

    @property
    def url(self) -> str:
        return (self.api_url or API[self.region]).rstrip("/")
