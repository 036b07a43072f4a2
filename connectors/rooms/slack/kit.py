"""Slack's building blocks, each within its limits. A block of nothing is no block.

Slack refuses a message whole for one empty text, so what makes a block yields it only where there
is something to see.
Source: docs.slack.dev/reference/block-kit, read 2026-11.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.rooms.slack.text import SECTION, clean, markup, pieces, plain, size, visible

Block = dict[str, Any]

MESSAGE_BLOCKS = 50
MESSAGE = 12_000
"""Of a message's blocks as JSON. Slack counts in a way of its own and refuses from about 13,200."""
VIEW_BLOCKS = 100


@dataclass(frozen=True)
class Post:
    """A message: `text` is what a notification and a screen reader say, with no buyer's words."""

    text: str
    blocks: list[Block]


def weight(blocks: Sequence[Block]) -> int:
    """How much of a message's room *blocks* take."""
    return size(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


# ── blocks ───────────────────────────────────────────────────────────────────


def section(text: str, accessory: Block | None = None, *, whole: bool = False) -> Iterator[Block]:
    """Words at normal size, as many blocks as they need; `whole` folds nothing away."""
    for piece in pieces(clean(text), SECTION):
        block: Block = {"type": "section", "text": plain(piece)}
        if whole:
            block["expand"] = True
        if accessory is not None:
            block["accessory"], accessory = accessory, None
        yield block


def marked(text: str, accessory: Block | None = None) -> Block:
    """A line that `bold` and `linked` made."""
    block: Block = {"type": "section", "text": markup(text)}
    return block if accessory is None else {**block, "accessory": accessory}


def columns(*cells: str, accessory: Block | None = None) -> Iterator[Block]:
    """Cells of two columns, which `bold` and `inert` made."""
    fields = [markup(cell) for cell in cells if visible(cell)]
    if fields:
        block: Block = {"type": "section", "fields": fields}
        yield block if accessory is None else {**block, "accessory": accessory}


def context(*texts: str) -> Iterator[Block]:
    """Small and grey: what is good to know."""
    for text in texts:
        for piece in pieces(clean(text), SECTION):
            yield {"type": "context", "elements": [plain(piece)]}


def header(text: str) -> Iterator[Block]:
    if visible(text):
        yield {"type": "header", "text": plain(text, 150)}


def divider() -> Iterator[Block]:
    yield {"type": "divider"}


# ── messages ─────────────────────────────────────────────────────────────────


def posts(text: str, groups: Iterable[Sequence[Block]]) -> list[Post]:
    """As few messages as hold all *groups* in order; a group is torn apart only where it must."""
    made: list[list[Block]] = []
    for group in groups:
        if made and _fits([*made[-1], *group]):
            made[-1].extend(group)
        else:
            made += _packed(group)
    return [Post(text, blocks) for blocks in made]


def _packed(group: Sequence[Block]) -> list[list[Block]]:
    packed: list[list[Block]] = []
    for block in group:
        if packed and _fits([*packed[-1], block]):
            packed[-1].append(block)
        else:
            packed.append([block])
    return packed


def _fits(blocks: Sequence[Block]) -> bool:
    return len(blocks) <= MESSAGE_BLOCKS and weight(blocks) <= MESSAGE
