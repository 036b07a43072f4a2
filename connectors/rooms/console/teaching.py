"""The page of what became of drafts: how often people send them as they are, for leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, get_args

from aiohttp import web

from assistant.errors import Forbidden
from assistant.evaluating.taught import figures
from assistant.model import Became
from assistant.surface.labels import INTENTS, language_label
from assistant.words import Text, Words, say, say_n, words
from connectors.rooms.console.edge import Console, html, reader_language
from connectors.rooms.console.session import Session

DAYS = 30
MOST = 2_000
"""Conversations that are looked at, the newest first."""
BECAME: Mapping[Became, Text] = {
    "used": say("sent as it was"),
    "edited": say("edited"),
    "rewritten": say("rewritten"),
    "discarded": say("discarded"),
    "outdated": say("outdated"),
}
KINDS: tuple[Became, ...] = get_args(Became)


class Part(NamedTuple):
    """One piece of a bar, in hundredths of its width."""

    became: str
    start: float
    width: float
    n: int


class Row(NamedTuple):
    name: str
    drafts: int
    parts: tuple[Part, ...]

    def n(self, became: str) -> int:
        return sum(one.n for one in self.parts if one.became == became)


async def drafts(console: Console, request: web.Request, session: Session) -> web.StreamResponse:
    """For leads. Raises: Forbidden."""
    if not session.actor.leads:
        raise Forbidden(say("Only a lead sees what became of drafts."))
    since = datetime.now(UTC) - timedelta(days=DAYS)
    found = figures(await console.store.taught(since, MOST))
    speak = words(reader_language(console, request))
    return html(
        console,
        request,
        "drafts.html",
        session=session,
        days=DAYS,
        kinds=BECAME,
        count=_count,
        total=_row("", found.values()),
        by_language=_rows(found, speak, by=0),
        by_intent=_rows(found, speak, by=1),
    )


def _count(n: int) -> Text:
    return say_n("{n} draft", "{n} drafts", n)


def _rows(
    found: Mapping[tuple[str, str], Mapping[str, int]], speak: Words, *, by: int
) -> Sequence[Row]:
    """One a language or an intent, the most drafts first."""
    names = dict.fromkeys(key[by] for key in found)
    rows = [
        _row(_named(name, speak, by), [one for key, one in found.items() if key[by] == name])
        for name in names
    ]
    return sorted(rows, key=lambda one: (-one.drafts, one.name))


def _named(name: str, speak: Words, by: int) -> str:
    if by == 0:
        return language_label(name, speak)
    label = {str(intent): text for intent, text in INTENTS.items()}.get(name)
    return speak(label) if label else name


def _row(name: str, of: Iterable[Mapping[str, int]]) -> Row:
    counted: Counter[str] = Counter()
    for one in of:
        counted.update(one)
    total = sum(counted.values())
    parts, start = [], 0.0
    for became in KINDS:
        width = 100 * counted[became] / total if total else 0.0
        parts.append(Part(became, round(start, 2), round(width, 2), counted[became]))
        start += width
    return Row(name, total, tuple(parts))
