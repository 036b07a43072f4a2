"""What a translation must keep: sentence for sentence, every figure, date, code and link.

Translating is a model's work (`Translator`); whether its work can be believed is checked here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from assistant.drafting.language import UNKNOWN, detect
from assistant.drafting.spans import Span, spans

MOST_CHARS = 8_000
"""What of one text is translated at most."""
_LETTERS = 2
_LONG = 3
"""Figures of a number that no language puts into words."""
_DAYS = {"day": ("day", 1), "week": ("day", 7), "month": ("month", 1), "year": ("month", 12)}
_END = re.compile(r"(?<=[.!?…])(?:[\"”’»)]*)\s+(?=[^\s\d])|(?<=[。！？])|\n+")
_ABBREVIATED = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|nr|no|st|tel|str|inkl|ca|bzw)|\d)\.$", re.IGNORECASE
)


class Piece(NamedTuple):
    """A sentence, and the white space that follows it."""

    text: str
    after: str


def pieces(text: str) -> tuple[Piece, ...]:
    """*text* sentence by sentence; put together again they are *text*."""
    found: list[Piece] = []
    start = 0
    for match in _END.finditer(text):
        said = text[start : match.start()]
        if "\n" not in match[0] and _ABBREVIATED.search(said):
            continue
        found.append(Piece(said, match[0]))
        start = match.end()
    found.append(Piece(text[start:], ""))
    return tuple(one for one in found if one.text or one.after)


def speaks(text: str, language: str) -> bool:
    """Whether *text* is in *language* already, or in none: a number, a smiley."""
    spoken = detect(text, (language,))
    return spoken in (UNKNOWN, language) or spoken.split("-")[0] == language


def worth_it(text: str) -> bool:
    """There is something to translate."""
    return sum(char.isalpha() for char in text) >= _LETTERS


def lost(text: str, source: str, translated: str, target: str) -> tuple[str, ...]:
    """What stands in *text* and not in *translated*, or was invented there: as it is written."""
    ours, theirs = _spans(text, source), _spans(translated, target)
    gone, new = _differing(_keys, ours, theirs)
    short = _differing(_short_keys, ours, theirs)
    replaced = (*short[0], *short[1]) if all(short) else ()
    return tuple(dict.fromkeys((*gone, *new, *_in_other_money(ours, theirs), *replaced)))


def _spans(text: str, language: str) -> tuple[Span, ...]:
    return spans(text, tuple(dict.fromkeys((language, "en"))))


def _differing(
    keys: Callable[[Span], Iterator[tuple[Hashable, str]]],
    ours: Sequence[Span],
    theirs: Sequence[Span],
) -> tuple[list[str], list[str]]:
    """What is gone and what is new, by *keys*."""
    before = list(chain.from_iterable(map(keys, ours)))
    after = list(chain.from_iterable(map(keys, theirs)))
    here, there = {key for key, _ in before}, {key for key, _ in after}
    gone = [what for key, what in before if key not in there]
    return gone, [what for key, what in after if key not in here]


def _in_other_money(ours: Sequence[Span], theirs: Sequence[Span]) -> list[str]:
    """The same sum in a currency that its sign there can't stand for."""
    sums = [one for one in theirs if one.kind == "amount"]
    return [
        one.text
        for one in ours
        if one.kind == "amount"
        and (same := [each.units for each in sums if each.number == one.number])
        and not any(one.units & units for units in same)
    ]


def _keys(span: Span) -> Iterator[tuple[Hashable, str]]:
    """How languages that write it differently still agree on it."""
    if span.kind == "date" and span.day is not None:
        yield ("date", frozenset(span.day[1:])), span.text
    elif span.kind in ("amount", "percent") and span.number is not None:
        yield (span.kind, span.number), span.text
    elif span.kind in ("link", "email", "tracking"):
        yield (span.kind, span.value), span.text
    elif span.kind == "number" and len(span.value) >= _LONG:
        yield ("number", span.value), span.text


def _short_keys(span: Span) -> Iterator[tuple[Hashable, str]]:
    """What another language may put into words: told only where it became another figure."""
    if span.kind == "duration" and span.number is not None and len(span.units) == 1:
        unit, times = _DAYS.get(next(iter(span.units)), (next(iter(span.units)), 1))
        yield ("duration", unit, span.number * times), span.text
    elif span.kind == "time":
        yield ("time", span.value), span.text
    elif span.kind == "number" and len(span.value) < _LONG:
        yield ("number", span.value), span.text
