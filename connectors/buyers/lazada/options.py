"""What operators set for Lazada, once a seller and country."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr

from assistant.settings import WebAddress
from connectors.options import Opts

API: Mapping[str, str] = {
    "sg": "https://api.lazada.sg/rest",
    "my": "https://api.lazada.com.my/rest",
    "th": "https://api.lazada.co.th/rest",
    "vn": "https://api.lazada.vn/rest",
    "ph": "https://api.lazada.com.ph/rest",
    "id": "https://api.lazada.co.id/rest",
}
Number = Annotated[str, BeforeValidator(str), Field(pattern=r"^\d{1,20}$")]


class Options(Opts):
    """Of one seller in one country."""

    app_key: Number
    """The App Key of your app at open.lazada.com."""
    app_secret: SecretStr
    """The App Secret of the same app: it signs what we ask and what Lazada pushes."""
    seller_id: Number
    """The seller's id, as pushes name it."""
    refresh_token: SecretStr
    """The refresh token of the seller's authorisation; Parley keeps the ones that follow it."""
    country: Literal["sg", "my", "th", "vn", "ph", "id"] = "sg"
    """Which Lazada the seller is on."""
    auth_url: WebAddress = "https://auth.lazada.com/rest"
    """Where tokens are renewed."""
    max_chars: int = Field(default=1_000, ge=1, le=5_000)
    """How long a message may be. Unverified: Lazada's pages say nothing."""
    catch_up: bool = True
    """Look for what no push told. Lazada takes the right to list away from who asks often."""
    catch_up_hours: float = Field(default=6, ge=3, le=24 * 7)
    """How often. Lazada itself tries for six hours to deliver a push."""
    first_hours: float = Field(default=24, ge=0, le=24 * 30)
    """How far back the very first look goes; Lazada keeps a month."""
    mark_read: bool = True
    """Mark a session as read on Lazada once it was answered here."""
    media_hosts: tuple[str, ...] = ("slatic.net", "lazcdn.com")
    """Where Lazada keeps pictures. `slatic.net` is in its samples; the other is unverified."""

    @property
    def url(self) -> str:
        return (self.api_url or API[self.country]).rstrip("/")
