"""A language's wordings, for drafts written offline."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assistant.playbooks.kinds.shared import Playbook, Strict


class Noun(Strict):
    """A word of a buyer's matter. `also`: other words for it that buyers use, in any form."""

    word: str
    gender: Literal["m", "f", "n", "p", "mp", "fp", "s"] = "s"
    """`p`: plural (shoes); `mp`, `fp`: where it has a gender, too. `s`: singular without one."""
    measure: str = ""
    """Chinese: the measure word."""
    also: tuple[str, ...] = ()
    local: bool = False
    """Another thing elsewhere, as a French robe is: found for buyers who write this language."""


class Lexicon(Strict):
    """Words for what buyers write about, by concept: `teapot`, `birthday`, `mother`, `spout`."""

    products: dict[str, Noun] = Field(default_factory=dict)
    pieces: dict[str, Noun] = Field(default_factory=dict)
    """What comes with a product and can be sent alone: its lid, its charger."""
    gifts: dict[str, str] = Field(default_factory=dict)
    """Occasion → what the product was to be: `a birthday present`, `das Geburtstagsgeschenk`."""
    occasions: dict[str, str] = Field(default_factory=dict)
    """Occasion → what it was for: `your trip`, `Ihre Reise`."""
    people: dict[str, str] = Field(default_factory=dict)
    """Person → `your mother`, `Ihre Mutter`."""
    parts: dict[str, str] = Field(default_factory=dict)
    """Part → how it arrived: `with a broken spout`, `mit abgebrochener Tülle`."""
    numbers: tuple[str, ...] = ()
    """One to twelve in words."""
    colours: dict[str, str] = Field(default_factory=dict)
    also: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Occasion, person or part → other words buyers use for it."""


class Phrases(Playbook):
    """A language's wording: per key the ways to say the same, with `{slots}` and `[one|many]`."""

    kind: Literal["phrases"]
    language: str = ""
    times: dict[str, str] = Field(default_factory=dict)
    """How days and hours stand in a sentence; the keys of `slots.TIMES`."""
    phrases: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    words: Lexicon = Lexicon()
