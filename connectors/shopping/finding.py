"""What a stock question is about, where a shop gives us its products and we choose."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.model import Stock
from connectors.shopping.values import key

LONG = 4
"""From so many letters on, a part of a word is as good as the word: `kanne` in `teekanne`."""


def matching(query: str, stock: Sequence[Stock]) -> list[Stock]:
    """By SKU, else by words of title and variant; best first, of equals what is in stock."""
    asked = {key(part) for part in (query, *query.split())} - {""}
    exact = [one for one in stock if key(one.sku) in asked]
    if exact:
        return exact
    scored = [(_score(asked, one), one) for one in stock]
    best = max((score for score, _ in scored), default=0)
    found = [(score, one) for score, one in scored if score and score * 2 >= best]
    return [one for _, one in sorted(found, key=lambda pair: (-pair[0], pair[1].in_stock == 0))]


def _score(asked: set[str], stock: Stock) -> int:
    """A word of the title says more than one of the variant."""
    title = [key(word) for word in stock.title.split()]
    variant = [key(word) for value in stock.variant.values() for word in value.split()]
    named = sum(3 for word in asked if any(_same(word, one) for one in title))
    return named + sum(1 for word in asked if any(word == one for one in variant)) if named else 0


def _same(asked: str, word: str) -> bool:
    if asked == word:
        return True
    short, long = sorted((asked, word), key=len)
    needed = LONG if short.isascii() else 2
    return len(short) >= needed and short in long
