"""What may not be sold or sent to a market: is it what the buyer has, or wants?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from assistant.playbooks.kinds import NotSold

_KINDS = ("item.category", "wanted.category")


def about(ban: NotSold, facts: Mapping[str, Any]) -> bool:
    """By the shop's category, else by a word of the title in whatever language."""
    kinds = {_folded(str(facts[name])) for name in _KINDS if name in facts}
    if kinds & {_folded(one) for one in ban.categories}:
        return True
    title = _folded(str(facts.get("item.title", "")))
    return any(_word(one).search(title) for words in ban.words.values() for one in words)


@lru_cache(maxsize=2_000)
def _word(wording: str) -> re.Pattern[str]:
    """A whole word; `*` at its end is any ending; scripts without spaces have no words."""
    stem = _folded(wording.rstrip("*"))
    if not stem.isascii() and not re.search(r"[a-z]", stem):
        return re.compile(re.escape(stem))
    end = "" if wording.endswith("*") else r"(?!\w)"
    return re.compile(rf"(?<!\w){re.escape(stem)}{end}")


def _folded(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(one for one in parts if not unicodedata.combining(one))
    return unicodedata.normalize("NFC", bare)
