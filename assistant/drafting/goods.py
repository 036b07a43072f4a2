"""Whether a shop's title names what a buyer calls by a word of another language."""

from __future__ import annotations

from functools import lru_cache

from assistant.drafting.lexicon import buyer_words, written
from assistant.drafting.plain import fold


@lru_cache(maxsize=2_000)
def names(title: str, key: str) -> bool:
    """Is *title* that of a thing the lexicon has under *key*? `Teapot Ines` is a `teapot`."""
    folded = fold(title)
    if key.replace("_", " ") in folded:
        return True
    return any(
        phrase.search(folded)
        for language in written("")
        for phrase in buyer_words(language).products.get(key, ())
    )
