"""What a language's grammar needs beyond its phrases: forms of a noun, titles, spacing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from assistant.drafting.plan import Name
from assistant.playbooks import Noun

Forms: TypeAlias = Mapping[str, str]
"""By the name a phrase asks for after the dot; `""` is the bare word: `{product.the}`."""


def _as_it_is(text: str) -> str:
    return text


def _bare(word: str, form: str) -> str:
    return word


def _same(text: str, n: int) -> str:
    return text


def _last(full: str, last: str) -> str:
    return last


@dataclass(frozen=True)
class Tongue:
    """One language's grammar, for `Voice`. Pure functions of words; no culture, no situation."""

    forms: Callable[[Noun | None, str | None], Forms]
    """Of the product: by its noun, else by its title in the shop, else the order as a whole."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """`mr`, `ms`, `mrs`, `dr` → `Frau {last}`; `""`: who has no title, `{full}` or `{last}`."""
    own: Callable[[str, str], str] = _bare
    """A word of the buyer's own matter (gift, person, part) in the form a phrase asks for."""
    surname: Callable[[str, str], str] = _last
    """Of a full name and its last word: what follows a title."""
    carrier: Callable[[str, str], str] = _bare
    """A carrier's name in the form a phrase asks for: `os Correios`, `à DHL`."""
    honorifics: Mapping[str, str] = field(default_factory=dict)
    """Titles that are one in this language alone, as people write them: `M.` is Monsieur."""
    nth: Callable[[str, int], str] = _same
    """A sentence about a parcel, of several: which one it is (`the second parcel`)."""
    finish: Callable[[str], str] = _as_it_is
    """The last touch on a sentence: elisions, particles, spaces around figures."""
    finish_in: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    """`finish`, where one locale does it its own way: `fr_CA`."""
    called: Callable[[Name], str] | None = None
    """How somebody is addressed, where `titles` don't tell: 佐藤様, 김서연 고객님."""
    money: Callable[[str], str] = _as_it_is
    """An amount as the country's people write it, of CLDR's: `990 新台幣` → 新台幣 990 元."""
    flow: Callable[[str], str] = _as_it_is
    """The last touch on a paragraph: sentences that are one in this language."""
    after_greeting: str | None = None
    """Between a chat's greeting and its first sentence; None: as between sentences."""
    unspaced: bool = False
    """No space between sentences, and full-width brackets."""
    goes_on: bool = False
    """After the greeting's comma a letter goes on with a small letter."""
    short_letter: int = 160
    """Characters up to which a letter is one paragraph."""


def counting(words: str, said: Mapping[str, str]) -> Callable[[str, int], str]:
    """A `nth` by the language's *words* for first, second …: *said* is a pattern for what names
    the parcel → the same with `{nth}`."""
    ordinals = words.split("|")

    def nth(text: str, n: int) -> str:
        if not 0 < n <= len(ordinals):
            return text
        for pattern, named in said.items():
            text = re.sub(pattern, named.replace("{nth}", ordinals[n - 1]), text)
        return text

    return nth


PARTICLES = (
    *("de", "du", "des", "le", "la", "les", "da", "do", "dos", "di", "del", "della", "dello"),
    *("dei", "degli", "dal", "dalla", "lo", "van", "von", "der", "den", "ter", "el", "ben", "mac"),
)
"""Small words that belong to the family name they stand before."""


def particled(*particles: str) -> Callable[[str, str], str]:
    """A `surname` that takes along what stands before the last word: `Le Goff`, `De Luca`."""

    def surname(full: str, last: str) -> str:
        before, _, end = full.rpartition(" ")
        if end != last:
            return last
        words = before.split()
        taken = [last]
        while words and words[-1].casefold().rstrip(".'’") in particles:
            taken.insert(0, words.pop())
        return " ".join(taken)

    return surname
