"""Finding things by what people type: numbers in any spelling, words in any language."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Set
from typing import NamedTuple

__all__ = ["Shelf", "key", "rank", "title_tokens", "tokens"]

_HAN = "\u3400-\u9fff"
_KANA_HANGUL = "\u3040-\u30ff\uac00-\ud7af"
_RUN = re.compile(f"[{_HAN}{_KANA_HANGUL}]+|[^\\W_{_HAN}{_KANA_HANGUL}]+")
_WITHOUT_SPACES = re.compile(f"[{_HAN}{_KANA_HANGUL}]")

_LONG = 4
"""From so many letters on, a part of a word is as good as the word: `kanne` in `teekanne`."""
_ENDING = 2
"""So many letters may a grammatical ending have: `teapots`."""
_TELLING = 3
"""Shorter words of a title ("24 l", "de") say nothing about what it is."""
_IDLE = frozenset({"com", "lot", "set", "the"})
"""Nor do these; French tea is English "the" without its accent."""
_ENOUGH = 0.5
"""What scores less than this share of the best is not what was looked for."""


class Shelf(NamedTuple):
    """What one thing can be found by."""

    title: Set[str]
    variant: Set[str]


def key(number: str) -> str:
    """An order number, SKU or tracking number without what people add to it or leave out."""
    return "".join(c for c in unicodedata.normalize("NFKC", number).upper() if c.isalnum())


def tokens(text: str) -> list[str]:
    """Words without case and accents; scripts without spaces give pairs of characters."""
    bare = "".join(
        c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c)
    )
    # A letter left over by an apostrophe (l'article, I'm) would be taken for a size.
    joined = re.sub("['’]", "", unicodedata.normalize("NFC", bare))
    return [token for run in _RUN.findall(joined) for token in _split(run)]


def title_tokens(text: str) -> list[str]:
    """The words of a title that say what it is."""
    return [
        token
        for token in tokens(text)
        if _WITHOUT_SPACES.match(token) or (len(token) >= _TELLING and token not in _IDLE)
    ]


def _split(run: str) -> Iterator[str]:
    if not _WITHOUT_SPACES.match(run):
        yield run
        return
    yield from (run[n : n + 2] for n in range(len(run) - 1))
    # A colour is often a single Han character.
    yield from re.findall(f"[{_HAN}]", run)


def rank(query: str, shelves: Mapping[str, Shelf]) -> list[str]:
    """The keys of *shelves* that *query* is about, best first, ties in their given order.

    A rare word says more than a common one. Where a word names something by its title, nothing else
    counts: "green" finds all that is green, "green teapot" the green one and then other teapots.
    """
    asked = set(tokens(query))
    in_title = {name: _found(asked, shelf.title) for name, shelf in shelves.items()}
    in_variant = {name: _found(asked, shelf.variant) for name, shelf in shelves.items()}
    weights = {
        token: math.log(1 + len(shelves) / holders)
        for token in asked
        if (holders := sum(token in in_title[n] or token in in_variant[n] for n in shelves))
    }
    named = [name for name in shelves if in_title[name]] or list(shelves)
    scores = {
        name: sum(weights[token] for token in in_title[name] | in_variant[name]) for name in named
    }
    least = max(scores.values(), default=0) * _ENOUGH
    good = [name for name, score in scores.items() if score and score >= least]
    return sorted(good, key=lambda name: -scores[name])


def _found(asked: Set[str], words: Set[str]) -> Set[str]:
    return {token for token in asked if any(_same(token, word) for word in words)}


def _same(asked: str, word: str) -> bool:
    if asked == word:
        return True
    if len(asked) >= _LONG and asked in word:
        return True
    return len(word) >= _LONG and asked.startswith(word) and len(asked) - len(word) <= _ENDING
