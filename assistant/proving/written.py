"""A case as it stands in a file of `cases/`: strict, for a misspelt key would prove nothing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from assistant.model import Intent
from assistant.playbooks import MUST, MUST_NOT, Money
from assistant.playbooks.kinds import Strict
from assistant.playbooks.problems import nearest

UNKNOWN = "unknown"
"""Expected of a cost that can't be told."""


def _several(value: Any) -> Any:
    """One name may stand without brackets."""
    return (value,) if isinstance(value, str) else value


def _sum(text: str) -> str:
    if text != UNKNOWN:
        Money.parse(text)
    return text


def _moment(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValueError('is no moment: write it like "2026-11-20T10:00:00+01:00"')
    return at


def _check(known: Any, other: Any, side: str) -> Any:
    def checked(name: str) -> str:
        if name in other and name not in known:
            raise ValueError(f'"{name}" is a check of {side}')
        if name not in known:
            raise ValueError(f'no check is called "{name}"{nearest(name, known)}')
        return name

    return AfterValidator(checked)


def _decimal(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, int | float) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_several)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Sum = Annotated[str, AfterValidator(_sum)]
Rate = Annotated[Decimal, BeforeValidator(_decimal), Field(gt=0)]
Fact = bool | int | float | str | date | tuple[str, ...] | None
"""None: nobody knows it here."""


class WrittenRates(Strict):
    """What one unit of `base` is worth in other currencies, on a day."""

    day: date
    base: str = Field(pattern=r"^[A-Z]{3}$")
    rates: dict[str, Rate]
    source: str = "case"


class About(Strict):
    """What a case is about; `base` says it for every case of a file."""

    intent: Intent | None = None
    intents: tuple[Intent, ...] = ()
    wishes: Names = ()
    given: Names = ()
    facts: dict[str, Fact] = Field(default_factory=dict)
    market: str | None = None
    platform: str | None = None
    channel: str | None = None
    language: str | None = None
    actor: Literal["agent", "lead"] | None = None
    rates: WrittenRates | None = None
    zone: str | None = None
    now: Moment | None = None
    situation: dict[str, Any] | None = None
    """The JSON line of `parley draft`, in place of facts: understood as a buyer's message is."""


class Expect(Strict):
    """What is expected of the decision, and of the review of the case's text."""

    allowed: Names | None = None
    """Exactly these, best first."""
    lead: Names = ()
    denied: Names = ()
    ask: dict[str, Names] = Field(default_factory=dict)
    must: Annotated[
        tuple[Annotated[str, _check(MUST, MUST_NOT, "must_not")], ...], BeforeValidator(_several)
    ] = ()
    must_not: Annotated[
        tuple[Annotated[str, _check(MUST_NOT, MUST, "must")], ...], BeforeValidator(_several)
    ] = ()
    rules: Names = ()
    no_rules: Names = ()
    ask_for: Names | None = None
    cost: dict[str, Sum] = Field(default_factory=dict)
    amount: dict[str, Sum] = Field(default_factory=dict)
    clocks: dict[str, date | Moment] = Field(default_factory=dict)
    draft: bool | None = None
    links: str | None = None
    attachments: Names | bool | None = None
    findings: Names = ()
    no_findings: Names = ()

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("says nothing: a case that expects nothing proves nothing")
        return self


class WrittenFile(Strict):
    """A file as an agent adds it: its kind by `mime`, its size in bytes."""

    name: str
    mime: str
    size: int | None = Field(default=None, ge=0)


class WrittenCase(About):
    """One case: what it is about, perhaps a reply to review, what is expected."""

    name: str = Field(min_length=1)
    text: str | None = None
    """A reply as an agent typed it, to be reviewed."""
    files: tuple[WrittenFile, ...] = ()
    """What goes with it."""
    expect: Expect


class CaseFile(Strict):
    """One file. In an overlay it replaces the shipped one of its name, as playbooks do."""

    merge: bool = False
    """Case by case, by name, instead."""
    off: bool = False
    base: About = About()
    cases: tuple[WrittenCase, ...] = ()
