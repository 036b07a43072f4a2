"""The lines of a conversation's thread as messages: quiet, in order, whole.

Several lines that fit go together, since Teams bounds how many messages a thread may get. What is
too long for one message goes on in the next; nothing is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assistant.surface.cards import Line
from assistant.words import Words, say
from connectors.rooms.teams.heads import files_line
from connectors.rooms.teams.pieces import Element, FileLink, no_file, rich, run, said
from connectors.rooms.teams.post import BUDGET, Post, packed, post, size
from connectors.rooms.teams.text import line, parts

PIECE = 4_000
"""Characters in one paragraph of a card; a message holds more than one."""
LABEL = 200
MANY_FILES = 12
GOES_ON = 1_200
"""Bytes kept for the line that says whose words go on."""


def line_posts(
    lines: Sequence[Line], words: Words, *, again: bool = False, files: FileLink = no_file
) -> list[Post]:
    """*lines* in as few messages as they fit; *again*: they may be in the thread already."""
    told = [(one, list(_line(one, words, files))) for one in lines]
    pieces = [[piece] for _, found in told for piece in found]
    later = {id(piece): one for one, found in told for piece in found[1:]}
    if again and pieces:
        pieces.insert(0, [_again(words)])
    summary = _summary(lines)
    posts = packed(pieces, lambda held: post(held, (), words, summary), spare=GOES_ON)
    return [_going_on(one, later, words) for one in posts]


def _going_on(one: Post, later: Mapping[int, Line], words: Words) -> Post:
    """With whose words they are, where a message begins in the middle of them."""
    body = one.card["body"]
    line_of = later.get(id(body[0]))
    if line_of is None:
        return one
    who = words(say("{who}, continued", who=line(line_of.who, LABEL)))
    return post([rich(run(who, small=True, subtle=True)), *body], (), words, one.summary)


def _summary(lines: Sequence[Line]) -> str:
    if not lines:
        return ""
    newest = lines[-1]
    return line(newest.text or newest.who, 120)


def _again(words: Words) -> Element:
    doubt = say("Teams did not say whether this had arrived. It may be here twice.")
    return rich(run(words(doubt), small=True, subtle=True))


def _line(one: Line, words: Words, files: FileLink) -> Iterator[Element]:
    """A line's paragraphs: what happened, the words, what they mean, what came with them."""
    quiet = one.side == "inside"
    what = one.text.strip() or one.who
    yield from _happened(one, what, quiet=quiet)
    for name, text in _texts(one, words):
        for piece in parts(text, PIECE):
            yield from _fitting_piece(name, piece, quiet=quiet)
    for start in range(0, len(one.attachments), MANY_FILES):
        yield from files_line(one.attachments[start : start + MANY_FILES], files)


def _happened(one: Line, what: str, *, quiet: bool) -> Iterator[Element]:
    """`Olga approved version 1 · 21 Nov 13:05`"""
    first, *more = parts(what, PIECE) or [" "]
    when = run(f" · {line(one.when, LABEL)}", small=True, subtle=True)
    yield rich(run(first, small=True, bold=not quiet, subtle=quiet), when, spacing="Medium")
    for piece in more:
        yield rich(run(piece, small=True, subtle=True), spacing="None")


def _texts(one: Line, words: Words) -> Iterator[tuple[str, str]]:
    """Which texts a line has, each with what it is."""
    said_text = (one.said or "").strip("\n")
    if said_text.strip():
        yield "said", said_text
    means = (one.means or "").strip()
    if means and means != said_text.strip():
        yield "means", f"↳ {means}"
    for text in one.earlier:
        if text.strip():
            yield "earlier", words(say("Earlier wording: {text}", text=text.strip("\n")))


def _fitting_piece(name: str, text: str, *, quiet: bool) -> Iterator[Element]:
    """A paragraph that fits a message: characters may take more room than they count."""
    if name == "said":
        shown = said(text, spacing="Small", subtle=quiet)
    else:
        shown = said(text, spacing="Small", small=True, subtle=True)
    if size(shown) <= BUDGET // 2:
        yield shown
        return
    for half in parts(text, max(1, len(text) // 2)):
        yield from _fitting_piece(name, half, quiet=quiet)
