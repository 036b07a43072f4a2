"""One message for Teams, and how it is made to fit."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from assistant.words import Words
from connectors.rooms.teams.pieces import Element
from connectors.rooms.teams.text import flat, inert, line

LIMIT = 28 * 1024
"""Bytes of an activity as UTF-16. Bots have been granted more since, Teams' own pages differ."""
ENVELOPE = 4_000
"""Of them for addresses and ids, which whoever sends it adds."""
BUDGET = LIMIT - ENVELOPE
SUMMARY = 200

CARD = "application/vnd.microsoft.card.adaptive"


@dataclass(frozen=True)
class Post:
    """One message: a card, and what a notification says of it."""

    card: Element
    summary: str

    def attachment(self) -> dict[str, Any]:
        return {"contentType": CARD, "content": self.card}

    def activity(self) -> dict[str, Any]:
        """As the Bot Framework takes it."""
        return {"type": "message", "summary": self.summary, "attachments": [self.attachment()]}

    @property
    def size(self) -> int:
        return size(self.activity())


class Space(NamedTuple):
    """How many characters there are for what, on one card."""

    words: int
    """Of a buyer, with what is folded away; and of what they mean."""
    draft: int
    means: int
    """Of what the draft says in the reader's language."""
    row: int
    rows: int
    flags: int
    proof: int
    menu: bool = True
    """Presses past the first six, and what old clients need."""


SPACES: Sequence[Space] = (
    Space(words=2_500, draft=4_500, means=2_500, row=260, rows=8, flags=4, proof=10),
    Space(words=1_500, draft=3_600, means=1_200, row=200, rows=6, flags=3, proof=6),
    Space(words=900, draft=2_400, means=700, row=140, rows=5, flags=3, proof=3),
    Space(words=500, draft=1_400, means=300, row=90, rows=4, flags=2, proof=0),
    Space(words=250, draft=500, means=120, row=60, rows=3, flags=1, proof=0, menu=False),
)
"""From the roomiest to one that holds whatever is put on it."""


def size(whole: Any) -> int:
    """Bytes as UTF-16, as Teams counts them."""
    return 2 * sum(2 if one > "\uffff" else 1 for one in json.dumps(whole, ensure_ascii=False))


def post(
    body: Sequence[Element],
    actions: Sequence[Element],
    words: Words,
    summary: str,
    **more: Any,
) -> Post:
    """A card of *body* and *actions* in the language of *words*."""
    summary = inert(line(summary, SUMMARY)) or "Parley"
    card: Element = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "lang": words.language,
        "msteams": {"width": "full"},
        "fallbackText": flat(summary),
        "body": list(body),
        **more,
    }
    if actions:
        card["actions"] = list(actions)
    return Post(card=card, summary=summary)


def fitting(made: Callable[[Space], Post]) -> Post:
    """What *made* makes in the roomiest space in which it fits."""
    for space in SPACES:
        found = made(space)
        if found.size <= BUDGET:
            break
    return found


def packed(
    pieces: Sequence[Sequence[Element]],
    made: Callable[[Sequence[Element]], Post],
    *,
    spare: int = 0,
) -> list[Post]:
    """As few messages as *pieces* fit into, in their order; each stays in one message.

    *spare* bytes are kept for what is added to a message afterwards.
    """
    most = BUDGET - spare - made(()).size
    posts: list[Post] = []
    held: list[Element] = []
    for piece in pieces:
        if held and size([*held, *piece]) > most:
            posts.append(made(held))
            held = []
        held += piece
    return [*posts, made(held)] if held else posts
