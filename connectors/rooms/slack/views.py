"""Slack's modals and the page of one person.

The view of a form is made again whenever something is checked in it. Slack keeps what somebody
typed while a field's `block_id` stays; another *edition* of the view shows what we put in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assistant.surface.cards import Flag, Form, HomeCard, HomeGroup, Row
from assistant.words import Words, say
from connectors.rooms.slack.blocks import Link, more_rows, queue_row
from connectors.rooms.slack.card import GRAVITY, named_value, words_about
from connectors.rooms.slack.fields import (
    errors_of,
    inputs,
    resolve,
    values_of,
)
from connectors.rooms.slack.kit import VIEW_BLOCKS, Block, context, header, section
from connectors.rooms.slack.press import better_button, bettered
from connectors.rooms.slack.text import clean, cut, isolated, one_line, plain

__all__ = [
    "bettered",
    "errors_of",
    "form_view",
    "home_view",
    "loading_view",
    "resolve",
    "told_view",
    "values_of",
]

View = dict[str, Any]

TITLE = 24
VIEW_BYTES = 240_000
FLAGS = 10
GROUPS = 8
ROWS = 36
"""Of a person's page: two blocks each, and a page may have 100."""


# ── a person's page ──────────────────────────────────────────────────────────


def home_view(home: HomeCard, words: Words, *, link: Link) -> View:
    """A person's page: what is theirs, what waits longest, what a lead is wanted for."""
    groups = home.groups[:GROUPS]
    room = ROWS // max(1, len(groups))
    blocks = [block for group in groups for block in _group(group, room, words, link)]
    tips = [block for tip in home.tips[:5] for block in context(cut(clean(tip), 300))]
    if not blocks and not tips:
        tips = list(context(words(say("Nothing is waiting here."))))
    return {"type": "home", "blocks": [*blocks, *tips]}


def _group(group: HomeGroup, room: int, words: Words, link: Link) -> Iterator[Block]:
    yield from header(one_line(f"{group.title} · {group.count}", 150))
    for row in group.rows[:room]:
        yield from queue_row(row, words, link)
    if not group.rows:
        yield from context(cut(clean(group.empty), 300))
    yield from more_rows(group.count - len(group.rows[:room]), words)


# ── modals ───────────────────────────────────────────────────────────────────


def loading_view(words: Words, metadata: str = "") -> View:
    """What stands there until the form is ready: Slack waits three seconds for a form, no more."""
    return _modal("Parley", list(context(words(say("One moment …")))), words, metadata)


def told_view(title: str, text: str, words: Words) -> View:
    """A sentence in the place of a form."""
    blocks = list(section(isolated(cut(clean(text), 3_000))))
    return _modal(title, blocks or list(context("…")), words)


def _modal(title: str, blocks: Sequence[Block], words: Words, metadata: str = "") -> View:
    view: View = {
        "type": "modal",
        "title": plain(_short(title)),
        "close": plain(_short(words(say("Cancel")))),
        "blocks": list(blocks),
    }
    return {**view, "private_metadata": metadata} if metadata else view


def _short(text: str) -> str:
    return one_line(text, TITLE) or "…"


def form_view(
    form: Form,
    words: Words,
    *,
    metadata: str = "",
    typed: Mapping[str, str] | None = None,
    edition: int = 0,
) -> View:
    """*form* as a modal; *typed* is what its reader has typed already, by field."""
    for room in (1_500, 300, 0):
        blocks = list(_form(form, words, typed or {}, edition, room))
        view = _modal(form.title, blocks, words, metadata)
        view["submit"] = plain(_short(form.submit))
        if len(blocks) <= VIEW_BLOCKS and _bytes(view) <= VIEW_BYTES:
            break
    return view


def _bytes(view: View) -> int:
    return len(json.dumps(view, ensure_ascii=False).encode())


def _form(
    form: Form, words: Words, typed: Mapping[str, str], edition: int, room: int
) -> Iterator[Block]:
    beside = list(_beside(form.beside, room))
    yield from context(cut(clean(form.heading), 300))
    # Who edits has the draft before their eyes; who writes, what they answer to.
    yield from () if form.kind == "edit" else beside
    for field in form.fields:
        watched = form.may_check and field.name == "text"
        value = typed.get(field.name, field.value)
        yield from inputs(field, value, words, edition=edition, watched=watched)
        yield from _review(form, value, words) if field.name == "text" else ()
    yield from beside if form.kind == "edit" else ()


def _beside(rows: Sequence[Row], room: int) -> Iterator[Block]:
    for row in rows[:10] if room else ():
        yield from context(one_line(row.label))
        yield from section(isolated(cut(clean(row.value), room)))


def _review(form: Form, text: str, words: Words) -> Iterator[Block]:
    """What the review says of the words, each with a press to take the better ones."""
    for at, flag in enumerate(form.flags[:FLAGS]):
        yield from _flagged(flag, text, at, words)
    if form.checked:
        yield from context(cut(clean(form.checked), 300))
    if form.may_check:
        check = plain(words(say("Check the text")))
        button = {"type": "button", "action_id": "check", "text": check}
        yield {"type": "actions", "elements": [button]}


def _flagged(flag: Flag, text: str, at: int, words: Words) -> Iterator[Block]:
    about = words_about(flag, text)
    message = one_line(flag.message, 500)
    found = named_value(f"“{about}”", message, words) if about else message
    said = f"{GRAVITY[flag.severity]} {found}"
    if flag.better:
        said += "\n" + words(say("Better: {better}", better=one_line(flag.better, 300)))
    yield from section(isolated(said), better_button(flag, text, at, words))
