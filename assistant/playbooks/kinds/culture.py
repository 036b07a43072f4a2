"""A culture: how we sound in one locale."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from assistant.model import Severity
from assistant.playbooks.kinds.shared import (
    Id,
    Playbook,
    Rule,
    Status,
    Strict,
    Wordings,
    WordsByLanguage,
    in_own_language,
)
from assistant.playbooks.problems import nearest

SLOTS = ("name", "surname", "given", "title")
"""What `opens` may fill in."""


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


def _slots(text: str) -> str:
    for slot in re.findall(r"\{([^{}]*)\}", text):
        if slot not in SLOTS:
            raise ValueError(f"unknown slot {{{slot}}}{nearest(slot, SLOTS)}")
    if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)):
        raise ValueError("a bracket is not closed")
    return text


Opening = Annotated[str, AfterValidator(_slots)]


class ByShape(Strict):
    """A wording for letters (e-mail, marketplaces) and one for chats."""

    letter: Opening = ""
    chat: Opening = ""


class Taboo(Strict):
    """Words that are not said here, and why."""

    id: Id
    words: WordsByLanguage
    says: str
    better: str = ""
    severity: Severity = "warn"
    source: str = ""
    checked_on: date | None = None
    status: Status | None = None


class Avoid(Strict):
    """A wording that sounds wrong here, and a better one."""

    words: Wordings
    better: str


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
    opens: ByShape = ByShape()
    closes: ByShape = ByShape()
    """How a letter and a chat begin and end, for languages without phrases of their own."""
    apologies: int | None = Field(default=None, ge=0, le=3)
    """How often one says sorry in one message, at most."""
    directness: Literal["direct", "soft", "indirect"] | None = None
    emoji: Literal["never", "chat", "free"] | None = None
    name_order: Literal["given_first", "surname_first", "given_only"] | None = None
    feels_pushy: tuple[str, ...] = ()
    taboos: tuple[Taboo, ...] = ()
    avoid: tuple[Avoid, ...] = ()
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _own_language(cls, values: Any) -> Any:
        return in_own_language(values, "rules", "taboos")
