"""What operators set: secrets and addresses by environment, the rest in one TOML file."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from assistant.connector_settings import ChannelSettings, ShopSettings
from assistant.model import PersonId, StorefrontId
from assistant.words import LANGUAGES

T = TypeVar("T")


def _language(language: str) -> str:
    if language not in LANGUAGES:
        raise ValueError(f"Parley does not speak it; write {' or '.join(LANGUAGES)}")
    return language


def _zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no such time zone; write one such as Europe/Berlin") from None
    return zone


def _web(address: str) -> str:
    url = urlsplit(address)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError("this is no web address; it starts with https:// or http://")
    return address.rstrip("/")


def _origin(origin: str) -> str:
    url = urlsplit(_web(origin))
    if url.path or url.query or url.fragment:
        raise ValueError("an origin has no path: write https://shop.example")
    return origin.rstrip("/")


def _some(several: tuple[T, ...]) -> tuple[T, ...]:
    if not several:
        raise ValueError("this list is empty; write at least one")
    return several


Language = Annotated[str, AfterValidator(_language)]
WebAddress = Annotated[str, AfterValidator(_web)]
Origin = Annotated[str, AfterValidator(_origin)]
Weekday = Annotated[int, Field(ge=1, le=7)]
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


_PRICE = r"^\d{1,6}(\.\d{1,6})? [A-Z]{3}$"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hours(_Strict):
    """When the team answers: `days` 1 = Monday, times local to `zone`."""

    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    days: Annotated[tuple[Weekday, ...], AfterValidator(_some)] = (1, 2, 3, 4, 5)
    start: TimeOfDay = "09:00"
    end: TimeOfDay = "18:00"

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: str, info: ValidationInfo) -> str:
        if end <= info.data.get("start", ""):
            raise ValueError("the day has to end later than it starts")
        return end


class Storefront(_Strict):
    """Where the buyer bought. Every conversation belongs to one; nothing crosses them."""

    id: StorefrontId = StorefrontId("default")
    name: str = ""
    brand: str = ""
    platform: str = "own"
    market: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    """A country, as ISO 3166 has it. Absent: from the buyer's locale."""
    signature: str = ""
    """The name replies are signed with; absent: the brand's in a letter, the agent's in a chat."""
    accounts: tuple[str, ...] = ()
    """`channel` or `channel:account`, whose conversations are this storefront's."""
    rooms: tuple[str, ...] = ()
    shops: tuple[str, ...] = ()
    playbooks: Path | None = None
    goodwill: Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,3})? [A-Z]{3}$")] | None = None
    """What an agent may give away a week without a lead: `40.00 EUR`. Absent: nothing."""
    answer_within_hours: float = Field(default=24, gt=0, le=24 * 30)
    hours: Hours = Hours()

    def goodwill_ledger(self, at: datetime) -> str:
        """Where goodwill is noted, by the ISO week of *at* on the storefront's clock."""
        year, week, _ = at.astimezone(ZoneInfo(self.hours.zone)).isocalendar()
        return f"goodwill:{self.id}:{year}-W{week:02}:{(self.goodwill or '')[-3:]}"

    def platform_of(self, told: str) -> str:
        """Where the buyer bought: what the message's channel says, else the storefront's own."""
        return told if told != "own" else self.platform


class Member(_Strict):
    """A person of the team, by id."""

    id: PersonId
    ids: tuple[PersonId, ...] = ()
    """The same person elsewhere: `slack:T1:U9`, `teams:29:1x…`."""
    name: str
    public_name: str = ""
    """How buyers know them."""
    role: Literal["agent", "lead"] = "agent"
    language: Language | None = None


class RoomSettings(_Strict):
    """A room of the team on a platform: exactly one of `slack` and `teams`."""

    slack: str = ""
    """A Slack channel: `C0123`, or `T0456:C0123` where several workspaces are connected."""
    teams: str = ""
    """A Teams channel: `19:…@thread.tacv2`."""
    language: Language | None = None
    """What the room shares is in this one; absent: `PARLEY_LANGUAGE`."""
    fallback: str = ""
    """The room that gets what this one can't take any more, because it is archived, say."""

    @model_validator(mode="after")
    def _one_platform(self) -> Self:
        if bool(self.slack) == bool(self.teams):
            raise ValueError("a room is on one platform; write either slack or teams")
        return self


class Route(_Strict):
    """Which conversations go to which rooms. What is not said matches everything."""

    to: Annotated[tuple[str, ...], AfterValidator(_some)]
    """Names of rooms; several show the same conversation."""
    storefronts: tuple[StorefrontId, ...] = ()
    channels: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    """Of the buyer's words, once they are understood; `zh` matches `zh-Hans` too."""
    intents: tuple[str, ...] = ()
    hours: Hours | None = None
    """Only for what begins within these."""


class SlackSettings(_Strict):
    """Who may do what in Slack, where `members` does not say it."""

    agents: tuple[str, ...] = ()
    """User groups (`S0123`) or users (`U0123`); absent: every full member of the room."""
    leads: tuple[str, ...] = ()


class TeamsSettings(_Strict):
    """The same in Teams: user ids, object ids of Entra ID, or addresses (user principal names)."""

    agents: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()


class RateSettings(_Strict):
    """Where the day's exchange rates are from: a file or a feed; absent: there are none."""

    file: Path | None = None
    """TOML or CSV, read anew when it changes; its path starts where the settings file is."""
    feed: str = ""
    """`ecb`, or an https address in the ECB's XML format; asked once a day."""
    oldest: int = Field(default=4, ge=0, le=60)
    """After so many working days rates are too old to go by."""

    @field_validator("feed")
    @classmethod
    def _a_feed(cls, feed: str) -> str:
        url = urlsplit(feed)
        local = url.scheme == "http" and url.hostname in ("127.0.0.1", "localhost")
        if feed and feed != "ecb" and not (url.scheme == "https" and url.hostname) and not local:
            raise ValueError("write ecb, or an address that starts with https://")
        return feed

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.file and self.feed:
            raise ValueError("rates are from one place; write either file or feed")
        return self


class ModelSettings(_Strict):
    """What a language model may cost. The model itself is named by `PARLEY_MODEL`."""

    tokens_per_day: Annotated[int, Field(ge=0)] | None = None
    """In and out, by UTC days; absent: as many as it takes."""
    tokens_per_conversation: Annotated[int, Field(ge=0)] | None = None
    """The same for one conversation, while it goes on."""
    price_in: Annotated[str, Field(pattern=_PRICE)] | None = None
    price_out: Annotated[str, Field(pattern=_PRICE)] | None = None
    """Of a million tokens: `0.15 USD`. Only for telling what was used."""

    @model_validator(mode="after")
    def _one_currency(self) -> Self:
        if bool(self.price_in) != bool(self.price_out):
            raise ValueError("write both price_in and price_out, or neither")
        if self.price_in and self.price_out and self.price_in[-3:] != self.price_out[-3:]:
            raise ValueError("price_in and price_out are in different currencies")
        return self


class Settings(_Strict):
    """Everything, validated. Absent settings have the defaults of `docs/contract.json`."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: Annotated[str, AfterValidator(lambda url: _web(url) if url else url)] = ""
    secret: SecretStr
    data: Path = Path(".parley")
    redis_url: SecretStr | None = None
    rooms: tuple[str, ...] = ("console",)
    buyers: tuple[str, ...] = ("webchat", "webhook")
    origins: tuple[Origin, ...] = ()
    undo_seconds: float = Field(default=8, ge=0, le=600)
    language: Language = "en"
    shops: tuple[str, ...] = ()
    webhook_secret: SecretStr
    webhook_reply_url: WebAddress | None = None
    openai_api_key: SecretStr | None = None
    openai_base_url: WebAddress | None = None
    model_name: str | None = None
    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_client_id: str = ""
    slack_client_secret: SecretStr | None = None
    slack_api_url: WebAddress | None = None
    slack_room: str = ""
    teams_room: str = ""
    teams_app_id: str = ""
    teams_app_password: SecretStr | None = None
    teams_tenant_id: str = ""
    teams_dev: bool = False
    offer_words: bool = True
    """Whether words typed in a thread are offered to their author for sending."""
    room: dict[str, RoomSettings] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    slack: SlackSettings = SlackSettings()
    teams: TeamsSettings = TeamsSettings()
    storefronts: Annotated[tuple[Storefront, ...], AfterValidator(_some)] = (Storefront(),)
    members: tuple[Member, ...] = ()
    channels: dict[str, ChannelSettings] = Field(default_factory=dict)
    shop: dict[str, ShopSettings] = Field(default_factory=dict)
    tracker: dict[str, ShopSettings] = Field(default_factory=dict)
    trackers: tuple[str, ...] = ()
    """Who is asked about parcels besides the shops: `seventeentrack`, `aftership`."""
    environment: dict[str, SecretStr] = Field(default_factory=dict)
    """What the environment says of connectors: `TELEGRAM_BOT_TOKEN`, by its name."""
    rates: RateSettings = RateSettings()
    model: ModelSettings = ModelSettings()

    @field_validator("secret")
    @classmethod
    def _hard_to_guess(cls, secret: SecretStr) -> SecretStr:
        if len(secret.get_secret_value()) < 32:
            raise ValueError("it is shorter than 32 characters")
        return secret

    @field_validator("webhook_secret")
    @classmethod
    def _as_standard_webhooks(cls, secret: SecretStr) -> SecretStr:
        """Several, with spaces or commas between them, while one replaces another."""
        for one in re.split(r"[\s,]+", secret.get_secret_value().strip()):
            kind, _, key = one.partition("_")
            try:
                size = len(base64.b64decode(key, validate=True))
            except binascii.Error:
                raise ValueError("what follows whsec_ is not base64") from None
            if kind != "whsec" or size < 24:
                raise ValueError("it does not start with whsec_, or its key is under 24 bytes")
        return secret

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: SecretStr | None) -> SecretStr | None:
        scheme = url.get_secret_value().partition("://")[0] if url else "redis"
        if scheme.partition("+")[0] not in ("redis", "rediss", "unix"):
            raise ValueError("it does not start with redis://, rediss:// or unix://")
        return url

    @model_validator(mode="after")
    def _one_owner_each(self) -> Self:
        """Two storefronts can't share an id or an account, nor can two members share an id."""
        accounts = [account for one in self.storefronts for account in one.accounts]
        for what, names in (
            ("storefronts have the id", [str(one.id) for one in self.storefronts]),
            ("storefronts own the account", accounts),
            ("members have the id", [str(id) for one in self.members for id in (one.id, *one.ids)]),
        ):
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                raise ValueError(f"two {what} “{min(twice)}”; give it to one")
        return self

    @property
    def unnamed_model(self) -> str:
        """A model was meant, and is not used; empty where none was, or it is."""
        meant = [
            name
            for name, value in (
                ("OPENAI_API_KEY", self.openai_api_key),
                ("OPENAI_BASE_URL", self.openai_base_url),
            )
            if value is not None
        ]
        if self.model_name or not meant:
            return ""
        is_set = "is set" if len(meant) == 1 else "are set"
        return (
            f"{' and '.join(meant)} {is_set}, but no language model is named, so none is used."
            " Set PARLEY_MODEL to its name."
        )

    def storefront(self, id: StorefrontId) -> Storefront:
        """That storefront; one taken out of the settings since gets the first."""
        return next((one for one in self.storefronts if one.id == id), self.storefronts[0])

    def rooms_on(self, platform: Literal["slack", "teams"]) -> dict[str, RoomSettings]:
        """The rooms in use on that platform, by name, each with its language."""
        own: str = getattr(self, f"{platform}_room")
        known = dict(self.room)
        if own:
            known.setdefault(platform, RoomSettings.model_validate({platform: own}))
        return {
            name: known[name].model_copy(update={"language": known[name].language or self.language})
            for name in self.rooms
            if name in known and getattr(known[name], platform)
        }

    def kind_of_shop(self, name: str) -> str:
        """The connector of the shop called *name*."""
        own = self.shop.get(name)
        return own.kind if own and own.kind else name

    def member(self, person: PersonId) -> Member | None:
        """Who has that id, here or elsewhere."""
        return next((one for one in self.members if person in (one.id, *one.ids)), None)

    def storefront_of(self, channel: str, account: str) -> Storefront:
        """Whose a conversation is, by the most exact of `accounts`; else the first storefront's."""
        for name in (f"{channel}:{account}", channel):
            for one in self.storefronts:
                if name in one.accounts:
                    return one
        return self.storefronts[0]

    def undo_s(self, channel: str, channel_default: float | None) -> float:
        """How many seconds an approved reply waits: the channel's setting, its own, the general."""
        own = self.channels.get(channel, ChannelSettings()).undo_seconds
        return next(s for s in (own, channel_default, self.undo_seconds) if s is not None)
