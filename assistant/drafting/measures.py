"""Dates, days of the week and lengths of time, as words of a set of languages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import yaml
from babel import Locale, UnknownLocaleError
from babel.dates import get_day_names, get_month_names
from pydantic import BaseModel, ConfigDict, TypeAdapter

from assistant.drafting.lexicon import buyer_words, stem, written
from assistant.drafting.numerals import NUM, PERCENT_WORDS, SIGN
from assistant.drafting.plain import fold, plain_letters

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_EXACT = frozenset({"vi"})
"""Languages in which a number without its accents is another word: `sáu` six, `sau` after."""
_EDGE = r"[^\W\u0e00-\u0e7f]"
"""A letter that a name may not touch; Thai writes its words in one."""


class Measures(BaseModel):
    """Of one language; the file tells what each part is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    numbers: dict[str, int] = {}
    units: dict[str, str] = {}
    lengths: dict[str, str] = {}
    months: dict[str, int] = {}
    weekdays: dict[str, int] = {}
    to: str = ""


@cache
def _measures() -> Mapping[str, Measures]:
    raw = files("assistant.drafting").joinpath("lexicon", "measures.yaml").read_text("utf-8")
    read = yaml.load(raw, Loader=_LOADER)  # noqa: S506 (both loaders are safe ones)
    return TypeAdapter(dict[str, Measures]).validate_python(read)


def measures(language: str) -> Measures:
    return _measures().get(stem(language), Measures())


# ── names of months and days ─────────────────────────────────────────────────


@cache
def _months(language: str) -> dict[str, int]:
    own = {fold(name): month for name, month in measures(language).months.items()}
    return own | _names(language, "month")


@cache
def _weekdays(language: str) -> dict[str, int]:
    own = {fold(name): day for name, day in measures(language).weekdays.items()}
    names = _names(language, "day")
    if stem(language) == "id":
        # "Minggu" is a week as well.
        names["hari minggu"] = names.pop("minggu", 6)
    return own | names


_ORDINARY = frozenset({"ter", "jeu", "mer"})
"""Short for a day, and a word of every day: Portuguese *ter* is *to have*, French *jeu* a set."""


def _names(language: str, what: str) -> dict[str, int]:
    """Names of months (from 1) or weekdays (Monday 0), folded, from Babel's data."""
    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return {}
    found: dict[str, int] = {}
    for width in ("wide", "abbreviated"):
        for context in ("format", "stand-alone"):
            get = get_month_names if what == "month" else get_day_names
            for index, name in get(width, context, locale).items():
                found.setdefault(fold(name).strip("."), int(index))
                # Portuguese says "terça" for "terça-feira".
                found.setdefault(fold(name).split("-feira")[0].strip("."), int(index))
    # Bare "2月" and "周二" have patterns of their own.
    return {
        name: index
        for name, index in found.items()
        if len(name) > 2 and not name[0].isdigit() and name not in _ORDINARY
    }


# ── patterns ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Patterns:
    """The patterns of a set of languages."""

    months: dict[str, int]
    weekdays: dict[str, int]
    numbers: dict[str, int]
    lengths: dict[str, tuple[int, str]]
    dates: re.Pattern[str]
    weekday: re.Pattern[str] | None
    duration: re.Pattern[str]
    length: re.Pattern[str] | None
    spoken: re.Pattern[str] | None
    buddhist: bool
    """May a year be counted as in Thailand: 2569 for 2026?"""
    exact: frozenset[str] = field(default_factory=frozenset)
    """Number words that count only with their accents."""

    def number(self, folded: str, written: str) -> int | None:
        """The value of a number word; *written*: as it stands in the text."""
        value = self.numbers.get(folded)
        if value is None or not self.exact:
            return value
        plain = plain_letters(written)
        return value if plain in self.exact or folded not in map(fold, self.exact) else None


@dataclass
class _Gathered:
    months: dict[str, int] = field(default_factory=dict)
    weekdays: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    units: dict[str, list[str]] = field(default_factory=dict)
    lengths: dict[str, tuple[int, str]] = field(default_factory=dict)
    to: list[str] = field(default_factory=list)
    exact: set[str] = field(default_factory=set)

    def add(self, language: str) -> None:
        self.months = _months(language) | self.months
        self.weekdays = _weekdays(language) | self.weekdays
        own = measures(language)
        numbers, units = dict(own.numbers), dict(own.units)
        if stem(language) in written(""):
            file = buyer_words(stem(language)).file
            numbers = file.numbers | numbers
            units = units or file.units
        if stem(language) in _EXACT:
            self.exact |= {plain_letters(word) for word in numbers}
        self.numbers = {fold(word): value for word, value in numbers.items()} | self.numbers
        for unit, words in units.items():
            self.units.setdefault(unit, []).append(fold(words))
        for said, length in own.lengths.items():
            count, _, unit = length.partition(" ")
            self.lengths[fold(said)] = (int(count), unit)
        self.to += [fold(own.to)] if own.to else []


@cache
def patterns_of(languages: tuple[str, ...]) -> Patterns:
    found = _Gathered()
    for language in languages:
        found.add(language)
    return Patterns(
        months=found.months,
        weekdays=found.weekdays,
        numbers=found.numbers,
        lengths=found.lengths,
        dates=_dates(found.months),
        weekday=_weekday_pattern(found.weekdays),
        duration=_durations(found),
        length=_whole(_alternatives(list(found.lengths)), found.lengths),
        spoken=_spoken(found.numbers),
        buddhist=any(stem(one) == "th" for one in languages),
        exact=frozenset(found.exact),
    )


def _alternatives(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _whole(alternatives: str, words: object) -> re.Pattern[str] | None:
    return re.compile(rf"(?<!{_EDGE})(?P<said>{alternatives})(?!{_EDGE})") if words else None


_PART_OF_DAY = r"(?:s|abends?|morgens?|vormittags?|nachmittags?|mittags?|nachts?)?"


def _weekday_pattern(weekdays: dict[str, int]) -> re.Pattern[str] | None:
    """`Tuesday`, `Tuesdays`, `Dienstagabend`."""
    if not weekdays:
        return None
    names = _alternatives(list(weekdays))
    return re.compile(rf"(?<!{_EDGE})(?P<name>{names}){_PART_OF_DAY}(?!{_EDGE})")


def _dates(months: dict[str, int]) -> re.Pattern[str]:
    month = _alternatives(list(months)) or "(?!)"
    ending = r"(?:st|nd|rd|th|er|o|º|\.|-?(?:го|ого|е|ое|му)(?!\w))?"
    day = rf"(?<!\d)(?P<{{0}}>\d{{{{1,2}}}})(?!\d){ending},?"
    century = r"(?:19|20|25)\d\d"
    year = rf"(?:,?\s?(?:de\s|del\s|nam\s|พ\.ศ\.\s?|ปี\s?)?(?P<{{0}}>{century})(?!\d))?"
    of = r"\s?(?:of|de|del|di|do|du|من|เดือน)?\s?"
    return re.compile(
        rf"{day.format('d1')}{of}(?P<m1>{month})(?![a-z])\.?{year.format('y1')}"
        rf"|(?<![a-z])(?P<m2>{month})\.?\s(?:the\s)?{day.format('d2')}{year.format('y2')}"
    )


def _durations(found: _Gathered) -> re.Pattern[str]:
    spelled = _alternatives(list(found.numbers)) or "(?!)"
    number = rf"{NUM}|[〇一二两三四五六七八九十]{{1,3}}|(?<![a-z])(?:{spelled})(?![a-z])"
    units = {name: "|".join(words) for name, words in found.units.items()}
    if "hour" in units:
        units["hour"] += r"|(?:(?<=\d)|(?<=\d\s))h"
    unit = "|".join(f"(?P<u_{name}>{words})" for name, words in units.items()) or "(?!)"
    to = "|".join(("-", "to", "bis", "a", "à", "〜", "~", "至", "到", *found.to))
    return re.compile(
        rf"(?<![a-z\d])(?<!\d[.,])(?P<n>{number})(?:\s?(?:{to})\s?(?P<n2>{number}))?[\s-]?(?:{unit})(?![a-z])"
    )


def _spoken(numbers: dict[str, int]) -> re.Pattern[str] | None:
    """`ten dollars`, `fünfzig Prozent`."""
    words = _alternatives([word for word, value in numbers.items() if value > 1])
    if not words:
        return None
    return re.compile(
        rf"(?<![a-z])(?P<n>{words})(?:[\s-]|(?<=[\u0e00-\u0e7f\uac00-\ud7af]))"
        rf"(?:(?P<p>{PERCENT_WORDS})|(?P<sign>{SIGN}))(?![a-z])"
        rf"|(?<!\w)yuzde\s(?P<t>{words})(?![a-z])"
    )
