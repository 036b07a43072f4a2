"""What a language's grammar needs beyond its phrases: forms of a noun, titles, spacing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from assistant.playbooks import Noun

Forms: TypeAlias = Mapping[str, str]
"""By the name a phrase asks for after the dot; `""` is the bare word: `{product.the}`."""


def _as_it_is(text: str) -> str:
    return text


def _bare(word: str, form: str) -> str:
    return word


@dataclass(frozen=True)
class Tongue:
    """One language's grammar, for `Voice`. Pure functions of words; no culture, no situation."""

    forms: Callable[[Noun | None, str | None], Forms]
    """Of the product: by its noun, else by its title in the shop, else the order as a whole."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """`mr`, `ms`, `mrs`, `dr` → `Frau {last}`; `""`: who has no title, `{full}` or `{last}`."""
    own: Callable[[str, str], str] = _bare
    """A word of the buyer's own matter (gift, person, part) in the form a phrase asks for."""
    finish: Callable[[str], str] = _as_it_is
    """The last touch on a sentence: elisions, particles, spaces around figures."""
    unspaced: bool = False
    """No space between sentences, and full-width brackets."""
    goes_on: bool = False
    """After the greeting's comma a letter goes on with a small letter."""
    short_letter: int = 160
    """Characters up to which a letter is one paragraph."""
