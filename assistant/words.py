"""Every word a person of the team sees, in that person's language.

`say("Sent by {who}.", who=name)` makes a `Text`: a message id and its values, kept as data,
so each reader gets it in their own language. `words("zh-Hans")` is the translator of one language.
Catalogues are gettext .po files in `assistant/locale/<language>.po`, read as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Union

from babel import Locale
from babel.dates import format_datetime, format_skeleton, format_timedelta
from babel.messages.pofile import read_po
from babel.numbers import format_currency
from pydantic import BaseModel, ConfigDict, Field

SOURCE = "en"
LANGUAGES: Mapping[str, str] = {"en": "English", "zh-Hans": "简体中文"}

Value = Union[str, int, float, "Text"]


class Text(BaseModel):
    """A sentence for a person, not yet in a language. A value may be a Text itself."""

    model_config = ConfigDict(frozen=True)

    id: str
    values: dict[str, Value] = Field(default_factory=dict)
    many: str | None = None
    """The plural message id; the count is `values["n"]`."""

    def __str__(self) -> str:
        return words(SOURCE)(self)

    def __hash__(self) -> int:
        return hash((self.id, str(self.values)))


def say(id: str, /, **values: Value) -> Text:
    """A Text; catalogues are extracted from the calls of this function."""
    return Text(id=id, values=values)


def say_n(one: str, many: str, n: int, /, **values: Value) -> Text:
    """A Text whose wording depends on the count *n*, which it can use as `{n}`."""
    return Text(id=one, many=many, values={"n": n, **values})


class Words:
    """One language: sentences, dates, times, amounts."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse(language, sep="-")
        self._catalogue = _catalogue(language)

    def __call__(self, text: Text | str, /, **values: Any) -> str:
        """*text* in this language. A plain string is a message id."""
        if isinstance(text, str):
            text = Text(id=text, values=values)
        filled = {
            name: self(value) if isinstance(value, Text) else value
            for name, value in text.values.items()
        }
        return self._pattern(text).format(**filled)

    def _pattern(self, text: Text) -> str:
        if text.many is None:
            return self._catalogue.get(text.id, (text.id,))[0]
        forms = self._catalogue.get(text.id) or (text.id, text.many)
        singular = len(forms) > 1 and text.values["n"] == 1
        return forms[0] if singular else forms[-1]

    def when(self, at: datetime, zone: tzinfo | None = None) -> str:
        """Day and time, the month by name: `21 Nov, 13:05`."""
        local = at.astimezone(zone)
        day = format_skeleton("MMMd", local, locale=self.locale)
        return f"{day} {format_datetime(local, 'HH:mm', locale=self.locale)}"

    def day(self, at: datetime, zone: tzinfo | None = None) -> str:
        """The day, the month by name: `21 Nov`."""
        return format_skeleton("MMMd", at.astimezone(zone), locale=self.locale)

    def clock(self, at: datetime, zone: tzinfo | None = None) -> str:
        """The time of day: `13:05`."""
        return format_datetime(at.astimezone(zone), "HH:mm", locale=self.locale)

    def lasting(self, seconds: float) -> str:
        """A length of time in its largest unit: `12 min`."""
        return format_timedelta(timedelta(seconds=seconds), format="short", locale=self.locale)

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount as this language writes it: `€34.90`."""
        return format_currency(amount, currency, locale=self.locale)


@cache
def words(language: str) -> Words:
    """The translator for *language*; one we have no catalogue for gets English."""
    return Words(language if language in LANGUAGES else SOURCE)


def _catalogue(language: str) -> dict[str, tuple[str, ...]]:
    if language == SOURCE:
        return {}
    raw = files("assistant").joinpath("locale", f"{language}.po").read_bytes()
    entries: dict[str, tuple[str, ...]] = {}
    for entry in read_po(BytesIO(raw)):
        wordings = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
        if entry.id and all(wordings):
            entries[entry.id if isinstance(entry.id, str) else entry.id[0]] = wordings
    return entries
