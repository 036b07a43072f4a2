"""Whether a sentence denies something, in a language we read: what a translation must not turn."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from assistant.drafting.bilingual import known, tongue
from assistant.drafting.lexicon import stem
from assistant.drafting.plain import plain_letters

_CONCORD = frozenset({"fr", "es", "it", "pt", "pl", "ru", "tr"})
"""Where two words deny once: `ne … pas`, `nigdy nie`."""
_WITHIN = 28
"""Characters between such two."""


class Denial(NamedTuple):
    """What denies in a sentence, and whether something in it may be put either way."""

    words: tuple[str, ...]
    """As they are written; together they deny once or more often."""
    times: int
    soft: int


@lru_cache(maxsize=4_096)
def denial(sentence: str, language: str) -> Denial:
    """What of *sentence* denies. *language* must be one that is `known`."""
    text = unicodedata.normalize("NFC", sentence)
    plain = plain_letters(text)
    words = tongue(language)
    plain = _blanked(words.seem, plain)
    soft = len(words.soft.findall(plain))
    plain = _blanked(words.soft, plain)
    found = list(words.deny.finditer(plain))
    gap = _WITHIN if stem(language) in _CONCORD else 0
    times, last = 0, -_WITHIN
    for one in found:
        times += one.start() - last >= gap
        last = one.end()
    return Denial(tuple(text[one.start() : one.end()] for one in found), times, soft)


def turned(ours: str, source: str, theirs: str, target: str) -> tuple[str, str] | None:
    """The words that deny on one side alone: ours gone, or theirs new. None: nothing is turned."""
    if not (known(source) and known(target)):
        return None
    here, there = denial(ours, source), denial(theirs, target)
    if _without(here, there):
        return here.words[-1], ""
    if _without(there, here):
        return "", there.words[-1]
    return None


def _without(one: Denial, other: Denial) -> bool:
    """Does *one* deny what *other* does not; or twice, where it denies half as often?"""
    if not one.words or other.soft > one.soft:
        return False
    halved = one.times >= 2 and len(other.words) * 2 <= one.times and not one.soft
    return not other.words or halved


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: " " * len(found[0]), text)
