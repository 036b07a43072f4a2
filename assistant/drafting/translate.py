"""What a translation must keep: sentence for sentence, every figure, date, code and link.

Translating is a model's work (`Translator`); whether its work can be believed is checked here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator
from itertools import chain
from typing import NamedTuple

from assistant.drafting.language import UNKNOWN, detect
from assistant.drafting.spans import Span, spans

MOST_CHARS = 8_000
"""What of one text is translated at most."""
_LETTERS = 2
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
    ours = _values(text, source)
    theirs = _values(translated, target)
    here, there = Counter(key for key, _ in ours), Counter(key for key, _ in theirs)
    gone = [what for key, what in ours if key not in there]
    new = [what for key, what in theirs if key not in here]
    return tuple(dict.fromkeys((*gone, *new)))


def _values(text: str, language: str) -> list[tuple[Hashable, str]]:
    found = spans(text, tuple(dict.fromkeys((language, "en"))))
    return list(chain.from_iterable(_keys(one) for one in found))


def _keys(span: Span) -> Iterator[tuple[Hashable, str]]:
    """How languages that write it differently still agree on it."""
    if span.kind == "date" and span.day is not None:
        yield ("date", frozenset(span.day[1:])), span.text
    elif span.kind in ("amount", "percent") and span.number is not None:
        yield (span.kind, span.number), span.text
    elif span.kind in ("link", "email", "tracking"):
        yield (span.kind, span.value), span.text
    elif span.kind == "number" and len(span.value) >= 3:
        yield ("number", span.value), span.text
