"""Lists of wordings that playbooks bring, looked for in a text as people write it.

A word of a list is a whole word, whatever its case; `*` at its end stands for any ending. Written
without accents it is found with them too; written with accents, only with these (`tú`, `schön`),
and in Vietnamese, where accents make other words, always as written. In scripts that put no spaces
between words (Chinese, Japanese, Korean with its particles, Thai) it is found in longer runs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from assistant.drafting.plain import INVISIBLE, fold, plain_letters

Place = tuple[int, int]
_EXACT = frozenset({"vi"})
"""Languages whose accents make other words: `máy` is a machine, `mày` an insult."""
_LETTER = r"\w\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
"""Letters with the vowel signs that Python does not count among them."""
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)
_LEFT_OUT = frozenset(INVISIBLE) | frozenset(map(chr, [*range(0x64B, 0x653), 0x640]))
"""What nobody sees, and what Arabic writers may or may not write: short vowels, the stretch."""


class Composed:
    """A text as word lists see it, and where each of its characters stands in the original."""

    def __init__(self, text: str) -> None:
        shown, places = _composed(text)
        self.exact = plain_letters(shown)
        self.folded = fold(shown)
        self._places = (*places, len(text))

    def place(self, match: re.Match[str]) -> Place:
        """Where *match* stands in the original text."""
        return self._places[match.start()], self._places[match.end()]


def _composed(text: str) -> tuple[str, Sequence[int]]:
    """*text* with every letter one code point, without what is left out, and the offsets."""
    plain = not any(char in _LEFT_OUT for char in text)
    if plain and unicodedata.is_normalized("NFC", text):
        return text, range(len(text))
    starts = [n for n, char in enumerate(text) if not _continues(char)] or [0]
    shown, places = "", []
    for start, end in pairwise([*starts, len(text)]):
        letters = unicodedata.normalize("NFC", text[start:end])
        kept = "".join(char for char in letters if char not in _LEFT_OUT)
        shown += kept
        places += [start] * len(kept)
    return shown, places


def _continues(char: str) -> bool:
    """Is it part of the letter before: an accent, the rest of a Korean syllable?"""
    return unicodedata.combining(char) > 0 or "\u1160" <= char <= "\u11ff"


class WordList:
    """One list, made ready once; `wordlist` keeps it."""

    def __init__(self, words: tuple[str, ...], language: str) -> None:
        exact = language.split("-")[0] in _EXACT
        groups: tuple[list[str], list[str]] = ([], [])
        for word in words:
            shown, _ = _composed(word.strip())
            strict = exact or plain_letters(shown) != fold(shown)
            text = plain_letters(shown) if strict else fold(shown)
            groups[strict].append(_pattern(text))
        self._folded, self._exact = (_any(group) for group in groups)

    def places(self, text: Composed) -> Iterator[Place]:
        """Every place where one of the words stands, in the order of the text, none twice."""
        found = [
            text.place(match)
            for pattern, where in ((self._folded, text.folded), (self._exact, text.exact))
            if pattern is not None
            for match in pattern.finditer(where)
        ]
        end = 0
        for start, stop in sorted(found, key=lambda place: (place[0], -place[1])):
            if start >= end:
                yield start, stop
                end = stop


@lru_cache(maxsize=8_192)
def wordlist(words: tuple[str, ...], language: str) -> WordList:
    """*words* ready to be looked for in texts of *language*."""
    return WordList(words, language)


def _any(patterns: list[str]) -> re.Pattern[str] | None:
    # The longer wording first, so that a finding covers all of it.
    return re.compile("|".join(sorted(patterns, key=len, reverse=True))) if patterns else None


def _pattern(word: str) -> str:
    parts = word.split()
    gap = r"\s*" if _UNSPACED.search(word) else r"\s+"
    body = gap.join(_part(part) for part in parts)
    first, last = word[0], word[-1]
    before = f"(?<![{_LETTER}])" if _bounded(first) else ""
    after = f"(?![{_LETTER}])" if _bounded(last) else ""
    return f"{before}{body}{after}"


def _part(part: str) -> str:
    stem = part.removesuffix("*")
    return re.escape(stem) + (f"[{_LETTER}]*" if stem != part else "")


def _bounded(char: str) -> bool:
    """Does a word end here only where no letter follows?"""
    return bool(re.fullmatch(f"[{_LETTER}]", char)) and not _UNSPACED.match(char)
