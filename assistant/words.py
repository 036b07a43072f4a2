"""Every word a person of the team sees, in that person's language.

`say("Sent by {who}.", who=name)` makes a `Text`: a message id and its values, kept as data,
so each reader gets it in their own language. `words("zh-Hans")` is the translator of one language.
Catalogues are gettext .po files in `assistant/locale/<language>.po`, read as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache, reduce
from importlib.resources import files
from io import BytesIO
from string import Formatter
from typing import Any, Union

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime, format_skeleton, format_timedelta
from babel.messages.pofile import read_po
from babel.numbers import format_currency
from pydantic import BaseModel, ConfigDict, Field

SOURCE = "en"
LANGUAGES: Mapping[str, str] = {"en": "English", "zh-Hans": "简体中文"}
_SPACED = tuple("。！？；：，、）")
_DAYS: Mapping[str, str] = {"en": "en-GB"}
"""Where days are not written as the language alone has it: `21 Nov`, not `Nov 21`."""

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

    def __init__(self, language: str, zone: tzinfo = UTC) -> None:
        self.language = language
        self.zone = zone
        self.locale = Locale.parse(language, sep="-")
        self._days = Locale.parse(_DAYS.get(language, language), sep="-")
        self._catalogue = _catalogue(language)

    def __call__(self, text: Text | str, /, **values: Any) -> str:
        """*text* in this language. A plain string is a message id; *values* add to a Text's own."""
        if isinstance(text, str):
            text = Text(id=text, values=values)
        elif values:
            text = text.model_copy(update={"values": {**text.values, **values}})
        filled = {
            name: self(value) if isinstance(value, Text) else value
            for name, value in text.values.items()
        }
        pattern = self._pattern(text)
        # A sentence of a playbook has no values, and may hold braces that are none of ours.
        return self._fill(pattern, filled) if filled else pattern

    def _pattern(self, text: Text) -> str:
        if text.many is None:
            return self._catalogue.get(text.id, (text.id,))[0]
        forms = self._catalogue.get(text.id) or (text.id, text.many)
        singular = len(forms) > 1 and text.values["n"] == 1
        return forms[0] if singular else forms[-1]

    def _fill(self, pattern: str, values: Mapping[str, Any]) -> str:
        """*pattern* with its holes filled; a value is inert, whatever braces it holds.

        `{code:language}` is the name of a language. Raises: KeyError for a hole without a value.
        """
        filled = ""
        for literal, name, spec, _ in Formatter().parse(pattern):
            filled = _beside(filled, literal)
            if name is not None:
                filled = _beside(filled, self._shown(values[name], spec or ""))
        return filled

    def _shown(self, value: Any, spec: str) -> str:
        return self.language_name(value) if spec == "language" else format(value, spec)

    def together(self, sentences: Iterable[str]) -> str:
        """Whole sentences one after the other, without the empty ones."""
        found = [one for one in sentences if one]
        return reduce(lambda before, one: _beside(before, f" {one}"), found[1:], "".join(found[:1]))

    def language_name(self, code: str) -> str:
        """`German` for `de`; a code that CLDR does not know stays as it is."""
        try:
            return _locale(code).get_display_name(self.locale) or code
        except (ValueError, UnknownLocaleError):
            return code

    def in_zone(self, zone: tzinfo) -> Words:
        """The same language; days and times as *zone* has them."""
        return Words(self.language, zone)

    def when(self, at: datetime, zone: tzinfo | None = None) -> str:
        """Day and time, the month by name: `21 Nov 13:05`."""
        return f"{self.day(at, zone)} {self.clock(at, zone)}"

    def day(self, at: datetime, zone: tzinfo | None = None) -> str:
        """The day, the month by name: `21 Nov`."""
        return format_skeleton("MMMd", at.astimezone(zone or self.zone), locale=self._days)

    def weekday(self, day: date) -> str:
        """The day with its weekday: `Sat 21 Nov`."""
        return format_skeleton("MMMEd", day, locale=self._days)

    def clock(self, at: datetime, zone: tzinfo | None = None) -> str:
        """The time of day: `13:05`."""
        return format_datetime(at.astimezone(zone or self.zone), "HH:mm", locale=self.locale)

    def lasting(self, seconds: float) -> str:
        """A length of time in its largest unit: `12 min`."""
        return format_timedelta(timedelta(seconds=seconds), format="short", locale=self.locale)

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount as this language writes it: `€34.90`."""
        return format_currency(amount, currency, locale=self.locale)


def _locale(code: str) -> Locale:
    """Raises: ValueError, UnknownLocaleError. `und` is nobody's, not American English."""
    return Locale.parse(code, sep="-", resolve_likely_subtags=False)


def _beside(before: str, after: str) -> str:
    """Chinese full stops bring their own space."""
    return before + (after.removeprefix(" ") if before.endswith(_SPACED) else after)


@cache
def words(language: str) -> Words:
    """The translator for *language*; one we have no catalogue for gets English."""
    return Words(language if language in LANGUAGES else SOURCE)


@cache
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
