"""A text as what it can be found by: its words, their beginnings, and the concepts they name.

Concepts (`concepts.yaml`) are the same in every language, so that a question in Thai meets an
answer written in English. What no concept covers is found by its words alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import yaml

from assistant.drafting.plain import fold

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"
"""Thai, Japanese, Chinese: no spaces between words. Korean has them, and endings at its words."""
_WORD = re.compile(r"\w+")
_IN_UNSPACED = re.compile(f"[{_UNSPACED}]")
_HANGUL = re.compile("[\uac00-\ud7af]")
_START = 5
"""So many letters of a word tell what it is; the rest is an ending or the rest of a compound."""


class Tokens(NamedTuple):
    """`words` with repeats and in order; `topics` (dishwasher) and `things` (teapot) each once."""

    words: tuple[str, ...]
    topics: frozenset[str]
    things: frozenset[str]

    @property
    def concepts(self) -> frozenset[str]:
        return self.topics | self.things


@lru_cache(maxsize=4_096)
def tokens(text: str) -> Tokens:
    """What *text* can be found by."""
    folded = fold(text)
    words = tuple(part for word in _WORD.findall(folded) for part in _parts(word))
    return Tokens(words, _named(folded, "topics"), _named(folded, "things"))


def _parts(word: str) -> Iterator[str]:
    if _IN_UNSPACED.search(word) or _HANGUL.search(word):
        yield from (word[n : n + 2] for n in range(len(word) - 1))
        if len(word) == 1:
            yield word
        return
    yield word
    if len(word) > _START:
        yield f"{word[:_START]}_"


def _named(folded: str, kind: str) -> frozenset[str]:
    return frozenset(name for name, words in _concepts()[kind] if words.search(folded))


@cache
def _concepts() -> Mapping[str, tuple[tuple[str, re.Pattern[str]], ...]]:
    raw = files("assistant.answers").joinpath("concepts.yaml").read_text("utf-8")
    # Both loaders are safe ones.
    kinds: dict[str, dict[str, list[str]]] = yaml.load(raw, Loader=_LOADER)  # noqa: S506
    return {
        kind: tuple((name, re.compile(_either(words))) for name, words in table.items())
        for kind, table in kinds.items()
    }


def _either(words: list[str]) -> str:
    return "|".join(dict.fromkeys(map(word_pattern, words)))


def word_pattern(word: str) -> str:
    """A word or wording as a regular expression over folded text; `*` is any ending."""
    plain = fold(word.removesuffix("*"))
    inside = re.escape(plain).replace(r"\ ", r"\s+")
    if _IN_UNSPACED.search(plain) or _HANGUL.search(plain):
        return inside
    ending = "" if word.endswith("*") else r"(?!\w)"
    return rf"(?<!\w){inside}{ending}"
