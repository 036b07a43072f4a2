"""The kinds of playbook, as strict models: a key we don't know is an error, not a no-op."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from assistant.model import Given, Intent
from assistant.playbooks.checks import CHECKS, MUST, MUST_NOT
from assistant.playbooks.money import Money
from assistant.playbooks.problems import nearest
from assistant.playbooks.vocabulary import compiled

KindName = Literal["policy", "culture", "market", "platform", "phrases", "answer"]
Gives = Literal["information", "refund", "resend", "exchange", "inquiry", "cancellation", "return"]
"""What a remedy does for the buyer; also what the composer knows how to say."""
Shape = Literal["letter", "chat"]
Status = Literal["verified", "unverified"]


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _typed(value: Any) -> Any:
    """`allow: true` is fine to write."""
    return str(value).lower() if isinstance(value, bool) else value


def _condition(text: str) -> str:
    compiled(text, "bool")
    return text


def _formula(text: str) -> str:
    compiled(text, "money")
    return text


def _check(side: str) -> Any:
    ours, other = (MUST, MUST_NOT) if side == "must" else (MUST_NOT, MUST)

    def known(name: str) -> str:
        if name in other:
            turned = "forbid" if side == "must" else "must"
            raise ValueError(f'"{name}" is a check for {turned}, not for {side}')
        if name not in ours:
            raise ValueError(f'no check is called "{name}"{nearest(name, CHECKS)}')
        return name

    return AfterValidator(known)


def _several(value: Any) -> Any:
    """One name may stand without brackets."""
    return (value,) if isinstance(value, str) else value


def _money(text: str) -> str:
    Money.parse(text)
    return text


def _one_each(limits: tuple[str, ...]) -> tuple[str, ...]:
    currencies = [Money.parse(one).currency for one in limits]
    twice = next((one for one in currencies if currencies.count(one) > 1), None)
    if twice:
        raise ValueError(f"{twice} stands here twice: give one amount a currency")
    return limits


Condition = Annotated[str, BeforeValidator(_typed), AfterValidator(_condition)]
"""CEL that gives true or false."""
Formula = Annotated[str, AfterValidator(_formula)]
"""CEL that gives an amount of money."""
Sum = Annotated[str, AfterValidator(_money)]
"""`25.00 EUR`"""
Limits = Annotated[tuple[Sum, ...], BeforeValidator(_several), AfterValidator(_one_each)]
"""`[25.00 EUR, 20.00 GBP]`: at most one a currency, since no rate of the day is known."""
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
HttpsTemplate = Annotated[str, Field(pattern=r"^https://[^\s{}]+(\{(n|lang|cc|CC)\}[^\s{}]*)+$")]


class Sourced(Strict):
    """A statement about the world: where it is from, when somebody looked, whether it was proven.

    An unverified one may restrict and warn, never permit.
    """

    source: str
    checked_on: date
    status: Status


class Rule(Strict):
    """Something that must, or must not, be said; each name is a check of the review."""

    id: Id
    must: Annotated[tuple[Annotated[str, _check("must")], ...], BeforeValidator(_several)] = ()
    forbid: Annotated[tuple[Annotated[str, _check("forbid")], ...], BeforeValidator(_several)] = ()
    when: Condition | None = None
    because: str
    source: str = ""
    checked_on: date | None = None
    status: Status | None = None


class RemedyRule(Strict):
    """One thing a policy can do for the buyer.

    `allow`: may an agent offer it? `lead`: even so, only with a lead. `cost`: to the seller.
    `amount`: what the buyer gets. `lead_above`: from which amount on a lead decides, in each
    currency that agents may give back by themselves.
    """

    id: Id
    gives: Gives
    allow: Condition
    lead: Condition | None = None
    cost: Formula | None = None
    amount: Formula | None = None
    lead_above: Limits = ()
    because: str


class Playbook(Strict):
    """What every file has."""

    kind: KindName
    id: Id
    off: bool = False
    """In an overlay: take the playbook of this kind and id away."""
    prose: str = ""
    """The text under the front matter: tone and reasons. Nothing checks it; it proves nothing."""
    file: str = ""


class Applies(Strict):
    intents: tuple[Intent, ...]


class Policy(Playbook):
    """What we do when a buyer wants one thing. `ask_for`: evidence wanted, unless it was given."""

    kind: Literal["policy"]
    applies: Applies
    draft: bool = True
    """False: no draft is made; a person writes."""
    no_draft: str = ""
    """Why, for the agent, in the seller's own words."""
    ask_for: tuple[Given, ...] = ()
    answers_within_working_days: int = Field(default=1, ge=0, le=10)
    """How soon the buyer hears from us again where this reply settles nothing."""
    remedies: tuple[RemedyRule, ...] = ()
    rules: tuple[Rule, ...] = ()


class Law(Sourced):
    """What the law of a market owes the buyer; where a policy denies it, a lead decides."""

    id: Id
    owes: tuple[Gives, ...] = ()
    when: Condition
    says: str


class Carrier(Sourced):
    """`names`: how shops write it. `page`: `{n}` number, `{lang}`, `{cc}` / `{CC}` country."""

    names: tuple[str, ...]
    shown: str
    """How a buyer knows it."""
    page: HttpsTemplate


class Market(Playbook):
    """A country: its law, carriers, time zone, and how long our parcels take to get there."""

    kind: Literal["market"]
    name: str = ""
    languages: tuple[str, ...] = ()
    zone: str = "UTC"
    ships_in_working_days: int | None = Field(default=None, ge=0, le=30)
    arrives_in_working_days: int | None = Field(default=None, ge=0, le=60)
    """After shipping. Absent: no arrival is ever promised."""
    law: tuple[Law, ...] = ()
    carriers: tuple[Carrier, ...] = ()
    rules: tuple[Rule, ...] = ()


class Platform(Playbook):
    """A marketplace's rules for messages."""

    kind: Literal["platform"]
    name: str = ""
    also: tuple[str, ...] = ()
    """Other names that mean the same."""
    tracking_links: bool = False
    plain_text: bool = True
    signature: bool = True
    max_chars: int | None = Field(default=None, ge=50)
    answer_within_hours: int | None = Field(default=None, ge=1)
    rules: tuple[Rule, ...] = ()


class Formats(Strict):
    """Patterns of CLDR (`EEEE d MMMM`) for one locale. The month always by its name."""

    date: str = "EEEE d MMMM"
    date_by: str = ""
    """Where the language declines it (`Donnerstag, den 26. November`); absent: as `date`."""
    weekday: str = "EEEE"
    time: str = "HH:mm"
    hour: str = ""
    """For full hours; absent: as `time`."""
    money: Literal["standard", "name"] = "standard"
    """`€34.90`, or `34.90欧元`."""


class Culture(Playbook):
    """How we sound in one locale."""

    kind: Literal["culture"]
    language: str = ""
    locale: str = ""
    """CLDR's name, for dates, times and amounts."""
    address: Literal["first_name", "title_surname", "full_name"] = "first_name"
    """`title_surname` needs a known title; without one the full name is used."""
    formats: Formats = Formats()
    phrases: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Wordings that differ here from the language's own."""
    spelling: dict[str, str] = Field(default_factory=dict)
    """Words of the language's wordings that are others here: `cancelled: canceled`."""
    rules: tuple[Rule, ...] = ()


class Noun(Strict):
    """A word of a buyer's matter. `also`: other words for it that buyers use, in any form."""

    word: str
    gender: Literal["m", "f", "n", "p", "s"] = "s"
    """`p`: plural (shoes). `s`: singular, where the language has no genders."""
    measure: str = ""
    """Chinese: the measure word."""
    also: tuple[str, ...] = ()


class Lexicon(Strict):
    """Words for what buyers write about, by concept: `teapot`, `birthday`, `mother`, `spout`."""

    products: dict[str, Noun] = Field(default_factory=dict)
    gifts: dict[str, str] = Field(default_factory=dict)
    """Occasion → what the product was to be: `a birthday present`, `das Geburtstagsgeschenk`."""
    occasions: dict[str, str] = Field(default_factory=dict)
    """Occasion → what it was for: `your trip`, `Ihre Reise`."""
    people: dict[str, str] = Field(default_factory=dict)
    """Person → `your mother`, `Ihre Mutter`."""
    parts: dict[str, str] = Field(default_factory=dict)
    """Part → how it arrived: `with a broken spout`, `mit abgebrochener Tülle`."""
    numbers: tuple[str, ...] = ()
    """One to twelve in words."""
    colours: dict[str, str] = Field(default_factory=dict)
    also: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Occasion, person or part → other words buyers use for it."""


class Phrases(Playbook):
    """A language's wording: per key the ways to say the same, with `{slots}` and `[one|many]`."""

    kind: Literal["phrases"]
    language: str = ""
    times: dict[str, str] = Field(default_factory=dict)
    """How days and hours stand in a sentence; the keys of `slots.TIMES`."""
    phrases: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    words: Lexicon = Lexicon()


MODELS: dict[str, type[Playbook]] = {
    "policy": Policy,
    "culture": Culture,
    "market": Market,
    "platform": Platform,
    "phrases": Phrases,
}
INTENTS: tuple[str, ...] = get_args(Intent)
