"""A market: a country's law, carriers, calendar, and what may not be sold there."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from holidays.registry import COUNTRIES
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from assistant.playbooks.kinds.shared import (
    Condition,
    Gives,
    Id,
    Language,
    Playbook,
    Rule,
    Sourced,
    SourcedClock,
    Strict,
    Sum,
    WordsByLanguage,
    check_of,
    several,
)
from assistant.playbooks.money import currency_called
from assistant.playbooks.problems import nearest

HttpsTemplate = Annotated[
    str, Field(pattern=r"^https://[^\s{}]+(\{(n|lang|cc|CC|postcode)\}[^\s{}]*)+$")
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Law(Sourced):
    """What the law of a market owes the buyer; where a policy denies it, a lead decides."""

    id: Id
    owes: tuple[Gives, ...] = ()
    when: Condition
    says: str
    must: Annotated[tuple[Annotated[str, check_of("must")], ...], BeforeValidator(several)] = ()
    forbid: Annotated[tuple[Annotated[str, check_of("forbid")], ...], BeforeValidator(several)] = ()
    buyer_chooses: bool = False
    """The buyer may choose among what is owed."""


class NotSold(Sourced):
    """What may not be sold or sent to a market: restricts what is offered and said (S3.10)."""

    id: Id
    what: str
    words: WordsByLanguage = Field(default_factory=dict)
    categories: tuple[str, ...] = ()
    """As the shop names them: `item.category`."""
    says: str


class MarketCosts(Strict):
    """The seller's own estimates; a shop that knows the real figure goes first."""

    goods_percent: int | None = Field(default=None, ge=0, le=100)
    """What goods cost us, of their price."""
    shipping: Sum | None = None
    return_label: Sum | None = None


def _country(code: str) -> str:
    if code != code.upper():
        raise ValueError(f'a country\'s code is written in capital letters: "{code.upper()}"')
    return code


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = nearest(name, available_timezones())
        raise ValueError(f'no time zone is called "{name}"{near}') from None
    return name


class Carrier(Sourced):
    """`names`: how shops write it. `page`: `{n}` number, `{lang}`, `{cc}` / `{CC}` country.

    A page with `{postcode}` is used where the buyer's own one is known, and passed over elsewhere.
    """

    id: Id | None = None
    """For overlays that merge; absent: `shown` names it."""
    names: tuple[str, ...]
    shown: str
    """How a buyer knows it."""
    page: HttpsTemplate
    post: bool = False
    """The country's post: whatever the post of any country sent there can be followed here."""
    country: Annotated[Id, AfterValidator(_country)] | None = None
    """Whose post it is; absent: the market's own."""
    speaks: tuple[Language, ...] = ()
    """What `{lang}` may be, the page's first choice first; absent: the market's languages."""
    writes: dict[Language, str] = Field(default_factory=dict)
    """How the page writes a language, where it is not as in `de`: `{zh-Hans: zh-cn}`."""
    verified_on: date | None = None
    """When somebody opened the page with a number of theirs; absent: nobody has."""

    @model_validator(mode="after")
    def _opened(self) -> Self:
        if (self.status == "verified") != (self.verified_on is not None):
            raise ValueError("a page is verified by opening it: give verified_on with that status")
        return self


_CALENDARS = frozenset(code for names in COUNTRIES.values() for code in names[1:])


def _calendar(code: str) -> str:
    if code != "none" and code.partition("-")[0] not in _CALENDARS:
        raise ValueError(f'the holidays library has no country "{code}": give its code, or none')
    return code


def _weekend(days: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(days)) > 3:
        raise ValueError("more than three days a week without work make no deadline end")
    return days


class Market(Playbook):
    """A country: its law, carriers, time zone, and how long our parcels take to get there."""

    kind: Literal["market"]
    id: Annotated[Id, AfterValidator(_country)]
    name: str = ""
    languages: tuple[Language, ...] = ()
    currency: Annotated[str, AfterValidator(currency_called)] | None = None
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    holidays: Annotated[str, AfterValidator(_calendar)] | None = None
    """The code of the `holidays` library; absent: the market's id; `none`: nobody knows them."""
    weekend: Annotated[tuple[Day, ...], AfterValidator(_weekend)] | None = None
    """Absent: as CLDR has it for the country."""
    ships_in_working_days: int | None = Field(default=None, ge=0, le=30)
    arrives_in_working_days: int | None = Field(default=None, ge=0, le=60)
    """After shipping. Absent: no arrival is ever promised."""
    costs: MarketCosts = MarketCosts()
    law: tuple[Law, ...] = ()
    not_sold: tuple[NotSold, ...] = ()
    carriers: tuple[Carrier, ...] = ()
    rules: tuple[Rule, ...] = ()
    clocks: tuple[SourcedClock, ...] = ()
