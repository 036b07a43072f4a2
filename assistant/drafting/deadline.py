"""By which day the buyer needs it, from their own words; words in `lexicon/deadline.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import yaml
from pydantic import ConfigDict

from assistant.drafting.lexicon import buyer_words, reply_words, stem, written
from assistant.drafting.plain import fold
from assistant.drafting.spans import possible, spans
from assistant.model import Frozen

AHEAD = 60
"""Days: what lies further ahead is another year's, or was meant as a day gone by."""
NEAR = 3
"""Days: who means a day so near does not call it the next one."""
_NEXT_BEFORE = re.compile(r"(?:next|nachste[nrs]?|proxim[oa]|prossim[oa])\s$")
_NEXT_AFTER = re.compile(r"\s(?:prochaine?|prossim[oa]|que vem|que viene|proxim[oa])\b")
_UNSPACED = frozenset({"ja", "ko", "zh"})
_CLAUSE = re.compile(
    r"[;!?\n。！？，；、,:：]|(?<!\d)\.(?=\s|$)"
    r"|(?<=\s)(?:but|and|because|aber|und|weil|denn|mais|car|et|pero|porque|y|ma|perche|mas|e)(?=\s)"
)
_SENTENCE = re.compile(r"[!?\n。！？]|(?<!\d)\.(?=\s|$)")
_FEASTS: Mapping[str, tuple[int, int]] = {
    "christmas": (12, 24),
    "valentine": (2, 14),
    "halloween": (10, 31),
    "new_year": (12, 31),
}
"""The same day every year, by which what is meant for them has to be there."""
_WEEKEND = re.compile(
    r"weekend|wochenende|week-end|fin de semana|fine settimana|fim de semana|週末|주말|周末"
)
_SATURDAY = 5


class _Words(Frozen):
    model_config = ConfigDict(extra="forbid")
    need: str
    by: str
    in_time: str
    past: str
    next: str
    ordinal: str


class _Signs(NamedTuple):
    """The patterns of one language."""

    need: re.Pattern[str]
    by: re.Pattern[str]
    in_time: re.Pattern[str]
    past: re.Pattern[str]
    next: re.Pattern[str]
    ordinal: re.Pattern[str]


class _Found(NamedTuple):
    day: date
    start: int
    end: int


def needed_by(text: str, language: str, today: date) -> date | None:
    """The day in *text* by which something is needed, written on *today*; None where it has none.

    A day counts in one breath with a word for the need: the occasion, the journey, `in time`. What
    was promised for a day, or is over, does not.
    """
    signs = _signs(stem(language))
    if signs is None:
        return None
    folded = fold(text)
    days = [one for one in _days(text, folded, language, signs, today) if _ahead(one.day, today)]
    for cut in (_CLAUSE, _SENTENCE):
        for strong in (True, False):
            for start, end in _parts(cut, folded):
                meant = _meant(folded[start:end], language, signs, strong=strong)
                inside = [one.day for one in days if start <= one.start and one.end <= end]
                if meant and inside:
                    return inside[0]
    return _feast(folded, language, today)


def asks_in_time(text: str, language: str) -> bool:
    """Does *text* ask whether it comes in time?"""
    signs = _signs(stem(language))
    return signs is not None and bool(signs.in_time.search(fold(text)))


def _meant(part: str, language: str, signs: _Signs, *, strong: bool) -> bool:
    if signs.past.search(part) and not signs.in_time.search(part):
        return False
    if not strong:
        return bool(signs.by.search(part))
    return bool(signs.need.search(part)) or _occasion(part, language) is not None


def _occasion(part: str, language: str) -> str | None:
    occasions = buyer_words(stem(language)).occasions
    return next(
        (key for key, phrases in occasions.items() if any(one.search(part) for one in phrases)),
        None,
    )


def _feast(folded: str, language: str, today: date) -> date | None:
    month, day = _FEASTS.get(_occasion(folded, language) or "", (0, 0))
    found = _coming(today, month, day) if month else None
    return found if found and _ahead(found, today) else None


def _ahead(day: date, today: date) -> bool:
    return 0 <= (day - today).days <= AHEAD


def _parts(cut: re.Pattern[str], folded: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in cut.finditer(folded):
        yield start, match.start()
        start = match.end()
    yield start, len(folded)


# ── days ─────────────────────────────────────────────────────────────────────


def _days(text: str, folded: str, language: str, signs: _Signs, today: date) -> Iterator[_Found]:
    """Every day that is named: dates before the weekdays beside them."""
    found = spans(text, (language,))
    for span in found:
        if span.kind == "date" and span.day:
            year, month, number = span.day
            day = date(year, month, number) if year and month else _coming(today, month, number)
            if day:
                yield _Found(day, span.start, span.end)
    yield from _ordinals(folded, signs, today)
    for span in found:
        if span.kind == "weekday" and span.number is not None:
            before, after = folded[max(0, span.start - 12) : span.start], folded[span.end :][:24]
            later = bool(signs.next.search(before + folded[span.start : span.end] + after))
            day = _weekday(today, int(span.number), later=later)
            if not later and (day - today).days <= NEAR and _next_one(before, after):
                day += timedelta(days=7)
            yield _Found(day, span.start, span.end)
    yield from _relative(folded, language, today)


def _next_one(before: str, after: str) -> bool:
    """`Next Saturday`, said on a Thursday, is not the day after tomorrow."""
    return bool(_NEXT_BEFORE.search(before) or _NEXT_AFTER.match(after))


def _ordinals(folded: str, signs: _Signs, today: date) -> Iterator[_Found]:
    for match in signs.ordinal.finditer(folded):
        day = _coming(today, 0, int(match[1]))
        if day:
            yield _Found(day, match.start(), match.end())


def _relative(folded: str, language: str, today: date) -> Iterator[_Found]:
    """`Tomorrow`, `the weekend`."""
    words = reply_words(stem(language)).file.today
    for word in sorted(words, key=len, reverse=True):
        for match in re.finditer(_bounded(re.escape(fold(word)), stem(language)), folded):
            yield _Found(today + timedelta(days=words[word]), match.start(), match.end())
    for match in _WEEKEND.finditer(folded):
        yield _Found(_weekday(today, _SATURDAY, later=False), match.start(), match.end())


def _weekday(today: date, index: int, *, later: bool) -> date:
    """The coming one; *later*: that of next week."""
    if later:
        return today + timedelta(days=7 - today.weekday() + index)
    return today + timedelta(days=(index - today.weekday() - 1) % 7 + 1)


def _coming(today: date, month: int, number: int) -> date | None:
    """The next day of this date; month 0: of this month or the next."""
    if not possible((None, month, number)):
        return None
    for ahead in range(AHEAD + 1):
        day = today + timedelta(days=ahead)
        if day.day == number and month in (0, day.month):
            return day
    return None


# ── words ────────────────────────────────────────────────────────────────────


def _bounded(words: str, language: str) -> str:
    return words if language in _UNSPACED else rf"(?<!\w)(?:{words})(?!\w)"


@cache
def _signs(language: str) -> _Signs | None:
    told = _files().get(language)
    if told is None or language not in written(""):
        return None
    ordinal = re.compile(fold(told.ordinal))
    need, by, in_time, past, later = (
        re.compile(_bounded(fold(one), language))
        for one in (told.need, told.by, told.in_time, told.past, told.next)
    )
    return _Signs(need, by, in_time, past, later, ordinal)


@cache
def _files() -> Mapping[str, _Words]:
    raw = files("assistant.drafting").joinpath("lexicon", "deadline.yaml").read_text("utf-8")
    return {name: _Words.model_validate(one) for name, one in yaml.safe_load(raw).items()}
