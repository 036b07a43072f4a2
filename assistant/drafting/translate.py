"""What a translation must keep: sentence for sentence, every figure, date, code, link and denial.

Translating is a model's work (`Translator`); whether its work can be believed is checked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple

from assistant.drafting.agreeing import Slip, SlipKind, slips
from assistant.drafting.language import UNKNOWN, detect
from assistant.drafting.lexicon import stem
from assistant.drafting.polarity import turned
from assistant.words import Text, say

__all__ = [
    "MOST_CHARS",
    "Piece",
    "Rendered",
    "Slip",
    "compared",
    "lost",
    "pieces",
    "rendered",
    "said",
    "speaks",
    "worth_it",
]

MOST_CHARS = 8_000
"""What of one text is translated at most."""
_LETTERS = 2
_ENOUGH = 28
"""Letters in which a language can be told."""
_SURELY = 12
"""The same for words that were left as they are."""
_SHORTENED = 0.3
"""A translation of so little of its sentence has lost a part of it."""
_LONG_ENOUGH = 40
_END = re.compile(r"(?<=[.!?…])(?:[\"”’»)]*)\s+(?=[^\s\d])|(?<=[。！？])|\n+")
_ABBREVIATED = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|dra|sr|sra|srta|lic|nr|no|st|tel|str|inkl|ca|bzw)|\d)\.$", re.IGNORECASE
)
_WIDE = ("。", "！", "？", "」")
"""Signs behind which Chinese and Japanese put no space."""
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Scripts of which one character says as much as three letters."""


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
    return spoken in (UNKNOWN, language, language.split("-")[0]) or spoken.split("-")[0] == language


def worth_it(text: str) -> bool:
    """There is something to translate."""
    return sum(char.isalpha() for char in text) >= _LETTERS


class Rendered(NamedTuple):
    """A text in another language, sentence by sentence, and what is wrong with that."""

    cut: tuple[Piece, ...]
    means: tuple[str, ...]
    slips: tuple[Slip, ...] = ()

    @property
    def text(self) -> str:
        """All of it in the other language."""
        return self._joined(frozenset())

    @property
    def believable(self) -> str:
        """The sentences that something is wrong with stand as they were written."""
        return self._joined(wrong_sentences(self.slips))

    def _joined(self, left: frozenset[int]) -> str:
        parts = zip(self.cut, self.means, strict=True)
        said = (
            one.text + one.after if number in left else there + _after(there, one.after)
            for number, (one, there) in enumerate(parts)
        )
        return "".join(said).strip()


def _after(sentence: str, space: str) -> str:
    """What stands between it and the next: lines stay, spaces are of the language they are in."""
    if "\n" in space:
        return space
    return "" if sentence.endswith(_WIDE) else " "


def rendered(cut: tuple[Piece, ...], source: str, means: tuple[str, ...], target: str) -> Rendered:
    """*means* stands for the sentences of *cut*, one for each."""
    return Rendered(cut, means, compared([one.text for one in cut], source, means, target))


# ── the check ────────────────────────────────────────────────────────────────


def compared(
    ours: Sequence[str], source: str, theirs: Sequence[str], target: str
) -> tuple[Slip, ...]:
    """What *theirs* does not keep of *ours*, a sentence for a sentence."""
    found: list[Slip] = []
    for number, (one, other) in enumerate(zip_longest(ours, theirs, fillvalue="")):
        found += _of_sentence(number, one, source, other, target)
    return tuple(found)


def _of_sentence(number: int, one: str, source: str, other: str, target: str) -> list[Slip]:
    short = stem(source) != stem(target) and _cut_short(one, other)
    if worth_it(one) and (short or not worth_it(other)):
        return [Slip("empty", number, one.strip(), other.strip())]
    if _untranslated(one, other, source, target):
        return [Slip("foreign", number, one.strip(), other.strip())]
    here = source if source != UNKNOWN else detect(one)
    found = slips((one, other), (here, target), number)
    if change := turned(one, here, other, target):
        found.append(Slip("turned" if change[0] else "denied", number, *change))
    return found


def _cut_short(one: str, other: str) -> bool:
    whole, left = _weight(one), _weight(other)
    return whole >= _LONG_ENOUGH and left < whole * _SHORTENED


def _weight(text: str) -> int:
    return sum(char.isalnum() for char in text) + 2 * len(_DENSE.findall(text))


def _untranslated(one: str, other: str, source: str, target: str) -> bool:
    """It is what it was, or in the language that it was in."""
    letters = sum(char.isalpha() for char in other) + 2 * len(_DENSE.findall(other))
    if stem(source) == stem(target) or letters < _SURELY:
        return False
    if one.strip() == other.strip() and stem(_spoken(one, (source, target))) == stem(source):
        return True
    if letters < _ENOUGH:
        return False
    spoken = _spoken(other, (target, source))
    return stem(spoken) == stem(source) and not (source == UNKNOWN or spoken == UNKNOWN)


@lru_cache(maxsize=1_024)
def _spoken(text: str, hints: tuple[str, str]) -> str:
    return detect(text, hints)


def lost(text: str, source: str, translated: str, target: str) -> tuple[str, ...]:
    """What stands in *text* and not in *translated*, or was invented there: as it is written.

    Sentence by sentence where both have as many; a translation may join or part them.
    """
    ours, theirs = _sentences(text), _sentences(translated)
    if len(ours) != len(theirs):
        ours, theirs = [text], [translated]
    found = compared(ours, source, theirs, target)
    return tuple(dict.fromkeys(word for one in found for word in (one.ours, one.theirs) if word))


def _sentences(text: str) -> list[str]:
    return [one.text for one in pieces(text) if one.text.strip()]


def said(slip: Slip) -> Text:
    """For a person: what became of which words."""
    ours, theirs = slip.ours, slip.theirs
    told: dict[SlipKind, Text] = {
        "changed": say("“{ours}” became “{theirs}”.", ours=ours, theirs=theirs),
        "gone": say("“{ours}” is missing.", ours=ours),
        "new": say("“{theirs}” was added.", theirs=theirs),
        "swapped": say("“{ours}” and “{theirs}” changed places.", ours=ours, theirs=theirs),
        "turned": say("“{ours}” is lost: it may say the opposite.", ours=ours),
        "denied": say("“{theirs}” was added: it may say the opposite.", theirs=theirs),
        "empty": say("This sentence is missing, or a part of it."),
        "foreign": say("This sentence is not translated."),
    }
    return told[slip.kind]


def wrong_sentences(found: Iterable[Slip]) -> frozenset[int]:
    """The sentences that something is wrong with."""
    return frozenset(one.sentence for one in found)
