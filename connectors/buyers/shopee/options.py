"""What operators set for Shopee, once a shop."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr

from assistant.settings import WebAddress
from connectors.options import Opts

Number = Annotated[str, BeforeValidator(str), Field(pattern=r"^\d{1,20}$")]


# fmt: off
MEDIA = (
    "shopee.sg", "shopee.com.my", "shopee.co.id", "shopee.co.th", "shopee.vn", "shopee.ph",
    "shopee.tw", "shopee.com.br", "shopee.com.mx", "shopee.cl", "shopee.com.co", "shopee.pl",
    "shopeemobile.com", "susercontent.com",
)
# fmt: on


class Options(Opts):
    """Of one shop."""

    partner_id: Number
    """The partner id of your app at open.shopee.com."""
    partner_key: SecretStr
    """The app's key, which signs what we ask."""
    push_key: SecretStr | None = None
    """The key that signs pushes, where the console shows another one. Absent: the app's key."""
    push_url: WebAddress | None = None
    """The callback address as the console has it. Absent: PARLEY_PUBLIC_URL/buyers/shopee."""
    shop_id: Number
    """The shop's id."""
    refresh_token: SecretStr
    """The refresh token of the shop's authorisation; each is good once, Parley keeps the next."""
    seller_id: str = ""
    """The user id that the shop chats under; needed only where pushes don't say from_shop_id."""
    max_chars: int = Field(default=600, ge=1, le=5_000)
    """How long a message may be. Unverified: as sellers' software reports it."""
    images: bool = True
    """Send pictures with replies. Unverified: upload_image, then a message with image_url."""
    lost_pushes: bool = True
    """Ask for pushes that were lost. Turn it off where other software shares the app: what is
    fetched is confirmed for all."""
    lost_minutes: float = Field(default=10, ge=1, le=24 * 60)
    """How often those are asked for; Shopee keeps them for three days."""
    media_hosts: tuple[str, ...] = MEDIA
    """Where Shopee keeps pictures (`cf.shopee.vn` and its sisters). Unverified."""

    @property
    def url(self) -> str:
        return self.api_url or "https://partner.shopeemobile.com"
