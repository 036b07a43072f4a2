"""What the kinds of playbook share: strict values, sourced statements, rules, clocks, words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from assistant.model import Given, Severity
from assistant.playbooks.checks import CHECKS, MUST, MUST_NOT
from assistant.playbooks.money import Money
from assistant.playbooks.problems import nearest
from assistant.playbooks.vocabulary import BASE, Kind, Vocabulary

Gives = Literal[
    "information",
    "refund",
    "partial_refund",
    "store_credit",
    "coupon",
    "resend",
    "part",
    "exchange",
    "repair",
    "inquiry",
    "cancellation",
    "change",
    "return",
    "document",
    "goodwill",
]
"""What a remedy does for the buyer."""
Status = Literal["verified", "unverified"]
GIVEN: tuple[str, ...] = get_args(Given)


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


# ── values ───────────────────────────────────────────────────────────────────


def _typed(value: Any) -> Any:
    """`allow: true` is fine to write."""
    return str(value).lower() if isinstance(value, bool) else value


def _words_of(info: ValidationInfo) -> Vocabulary:
    """The names a condition may use here: those of Parley and those the storefront declared."""
    return info.context if isinstance(info.context, Vocabulary) else BASE


def _gives(kind: Kind) -> AfterValidator:
    def proven(text: str, info: ValidationInfo) -> str:
        _words_of(info).compiled(text, kind)
        return text

    return AfterValidator(proven)


def check_of(side: str) -> Any:
    ours, other = (MUST, MUST_NOT) if side == "must" else (MUST_NOT, MUST)

    def known(name: str) -> str:
        if name in other:
            turned = "forbid" if side == "must" else "must"
            raise ValueError(f'"{name}" is a check for {turned}, not for {side}')
        if name not in ours:
            raise ValueError(f'no check is called "{name}"{nearest(name, CHECKS)}')
        return name

    return AfterValidator(known)


def several(value: Any) -> Any:
    """One name may stand without brackets."""
    return (value,) if isinstance(value, str) else value


def some(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """A list that says something."""
    if not values:
        raise ValueError("is empty: name at least one, or leave the key out")
    return values


def _money(text: str) -> str:
    Money.parse(text)
    return text


def _one_each(limits: tuple[str, ...]) -> tuple[str, ...]:
    currencies = [Money.parse(one).currency for one in limits]
    twice = next((one for one in currencies if currencies.count(one) > 1), None)
    if twice:
        raise ValueError(f"{twice} stands here twice: give one amount a currency")
    return limits


def _askable(name: str, info: ValidationInfo) -> str:
    """What a buyer can give: known to Parley, or a fact the storefront declared with `ask`."""
    declared = [one for one, what in _words_of(info).declared.items() if what.ask]
    if name not in GIVEN and name not in declared:
        known = (*GIVEN, *declared)
        raise ValueError(f'"{name}" is nothing a buyer can be asked for{nearest(name, known)}')
    return name


_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")


def _language(tag: str) -> str:
    if not _LANGUAGE.fullmatch(tag):
        raise ValueError(f'"{tag}" is no language: write it like de, pt-BR or zh-Hans')
    return tag


def _wording(text: str) -> str:
    if not text.strip(" *"):
        raise ValueError("an empty wording would match everything")
    if "*" in text.rstrip("*") or text.endswith("**"):
        raise ValueError(f'"{text}": * stands for an ending, once, as the last sign')
    return text


Condition = Annotated[str, BeforeValidator(_typed), _gives("bool")]
"""CEL that gives true or false."""
Formula = Annotated[str, _gives("money")]
"""CEL that gives an amount of money."""
Moment = Annotated[str, _gives("time")]
"""CEL that gives a time."""
Sum = Annotated[str, AfterValidator(_money)]
"""`25.00 EUR`"""
Limits = Annotated[tuple[Sum, ...], BeforeValidator(several), AfterValidator(_one_each)]
"""`[25.00 EUR, 20.00 GBP]`: at most one a currency; in another one the day's rate decides."""
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Asked = Annotated[str, AfterValidator(_askable)]
Language = Annotated[str, AfterValidator(_language)]
Wording = Annotated[str, AfterValidator(_wording)]
"""A word or words as they are said; `*` at the end stands for any ending."""
Wordings = Annotated[tuple[Wording, ...], BeforeValidator(several), AfterValidator(some)]
WordsByLanguage = dict[Language, Wordings]
"""`{de: ["du", "dein*"], en: […]}`; in a culture a plain list, in its own language."""
_SPAN = re.compile(r"(\d{1,4}) (minute|hour|day|working day)s?")
Unit = Literal["minutes", "hours", "days", "working_days"]


class Span(NamedTuple):
    """How long a clock gives: `Span(14, "days")`."""

    number: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Self:
        """`14 days`, `2 working days`, `48 hours`, `30 minutes`. Raises ValueError."""
        match = _SPAN.fullmatch(text)
        if match is None:
            raise ValueError(f'"{text}" is no time: write "14 days", "2 working days", "48 hours"')
        units: Mapping[str, Unit] = {
            "minute": "minutes",
            "hour": "hours",
            "day": "days",
            "working day": "working_days",
        }
        return cls(int(match[1]), units[match[2]])


def _span(text: str) -> str:
    Span.parse(text)
    return text


# ── statements ───────────────────────────────────────────────────────────────


class Sourced(Strict):
    """A statement about the world: where it is from, when somebody looked, whether it was proven.

    An unverified one may restrict and warn, never permit.
    """

    source: str
    checked_on: date
    status: Status


class Rule(Strict):
    """Something that must, or must not, be said; each name is a check of the review.

    A rule may bring its own wordings: `forbid_words` are not said, of `must_words` one is.
    """

    id: Id
    must: Annotated[tuple[Annotated[str, check_of("must")], ...], BeforeValidator(several)] = ()
    forbid: Annotated[tuple[Annotated[str, check_of("forbid")], ...], BeforeValidator(several)] = ()
    must_words: WordsByLanguage = Field(default_factory=dict)
    forbid_words: WordsByLanguage = Field(default_factory=dict)
    better: str = ""
    """A wording to offer in place of what is forbidden."""
    severity: Severity | None = None
    """Absent: what is forbidden blocks, what is missing warns; a culture only warns."""
    when: Condition | None = None
    because: str
    source: str = ""
    checked_on: date | None = None
    status: Status | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.must or self.forbid or self.must_words or self.forbid_words):
            raise ValueError("a rule needs must, forbid, must_words or forbid_words")
        if self.source and not (self.checked_on and self.status):
            raise ValueError("who names a source says checked_on and status, too")
        return self

    @property
    def sourced(self) -> bool:
        """A statement of law or of a platform, which no overlay changes."""
        return bool(self.source)


class Clock(Strict):
    """A time limit: it runs while `when` is true, from a known moment on."""

    id: Id
    since: Moment = Field(alias="from")
    within: Annotated[str, AfterValidator(_span)]
    when: Condition = "true"
    says: str

    @property
    def span(self) -> Span:
        return Span.parse(self.within)


class OurClock(Clock):
    """A limit that we set ourselves."""

    because: str


class SourcedClock(Clock, Sourced):
    """A limit that a law or a platform sets."""


class Playbook(Strict):
    """What every file has."""

    kind: str
    id: Id
    off: bool = False
    """In an overlay: take the playbook of this kind and id away."""
    merge: bool = False
    """In an overlay: lay this file over the shipped one entry by entry."""
    prose: str = ""
    """The text under the front matter: tone and reasons. Nothing checks it; it proves nothing."""
    file: str = ""


def in_own_language(values: Any, *keys: str) -> Any:
    """In a culture a plain list of words is in its own language."""
    if not isinstance(values, Mapping) or not isinstance(values.get("language"), str):
        return values
    own = values["language"]

    def spelt(entry: Any) -> Any:
        if not isinstance(entry, Mapping):
            return entry
        lists = {
            key: {own: entry[key]}
            for key in ("words", "forbid_words", "must_words")
            if isinstance(entry.get(key), str | tuple | list)
        }
        return {**entry, **lists}

    changed = {
        key: tuple(spelt(one) for one in values[key])
        for key in keys
        if isinstance(values.get(key), tuple | list)
    }
    return {**values, **changed}
