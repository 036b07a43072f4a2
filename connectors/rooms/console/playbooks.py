"""The pages of the rules: what is in force, why, how often, what is unproven, what is wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from aiohttp import web
from yarl import URL

from assistant.errors import Forbidden, NotFound, Refused
from assistant.model import ConversationId, StorefrontId
from assistant.playbooks import Money, Playbooks
from assistant.ports import Edition, Whose, tally_of
from assistant.words import say, words
from connectors.rooms.console.actions import posted
from connectors.rooms.console.edge import Console, html
from connectors.rooms.console.proving import Report
from connectors.rooms.console.rulebook import (
    KINDS,
    PARTS,
    BookView,
    Known,
    RuleView,
    names_of,
    shelf_view,
)
from connectors.rooms.console.session import Session

DAYS = 30
"""Over which it is counted how often rules held."""
MOST_FOUND = 100


class Match(NamedTuple):
    """A rule that a search found, and whose it is."""

    book: BookView
    rule: RuleView


# ── pages ────────────────────────────────────────────────────────────────────


async def playbooks(console: Console, request: web.Request, session: Session) -> web.StreamResponse:
    """Agents and leads may read it; files are changed where they lie. `?of=` a storefront."""
    whose = _whose(console, request.query.get("of", ""))
    report = console.prover.report(whose)
    books = await _books(console, whose, report, session)
    asked = request.query.get("q", "").strip()[:200]
    kind = request.query.get("kind", "")
    return html(
        console,
        request,
        "playbooks.html",
        session=session,
        groups=_grouped(one for one in books if kind in ("", one.kind)),
        kinds=_counted(books),
        kind=kind,
        q=asked,
        found=_found(books, asked),
        most=MOST_FOUND,
        report=report,
        current=report is not None and _current(console, whose, report),
        loose=[Match(book, one) for book in books for one in book.rules if one.unnoticed],
        running=console.prover.running,
        proof_wrong=console.prover.wrong.get(whose, ""),
        goodwill=await _goodwill(console) if session.role == "lead" else (),
        **_where(console, whose),
    )


async def book(console: Console, request: web.Request, session: Session) -> web.StreamResponse:
    """One file, with all its rules. Raises: NotFound."""
    whose = _whose(console, request.query.get("of", ""))
    books = await _books(console, whose, console.prover.report(whose), session)
    wanted = (request.match_info["kind"], request.match_info["id"])
    one = next((one for one in books if (one.kind, one.id) == wanted), None)
    if one is None:
        raise NotFound(say("There is no such playbook. It may have been taken away."))
    return html(
        console,
        request,
        "playbook.html",
        session=session,
        book=one,
        days=DAYS,
        **_where(console, whose),
    )


async def rule(console: Console, request: web.Request, session: Session) -> web.StreamResponse:
    """From a rule's name to where it stands: `?of=` a storefront, or `?about=` a conversation."""
    name = request.match_info["rule"]
    whose = _whose(console, request.query.get("of", ""))
    if about := request.query.get("about"):
        conversation = await console.store.load(ConversationId(about))
        own = _edition(console).overlays
        whose = conversation.storefront if conversation and conversation.storefront in own else None
    for known, kind, id in names_of(_of(console, whose)):
        if known == name:
            raise web.HTTPSeeOther(URL(rule_path(kind, id, name, whose), encoded=True))
    raise NotFound(say("There is no rule {rule} any more: the playbooks have changed.", rule=name))


async def prove(console: Console, request: web.Request, session: Session) -> web.StreamResponse:
    """Weaken every rule in the background. Raises: Forbidden, Refused."""
    fields = await posted(console, request, session)
    if session.role != "lead":
        raise Forbidden(say("Only a lead can start this: it takes a while."))
    whose = _whose(console, fields.get("of", ""))
    overlay = console.settings.storefront(whose).playbooks if whose else None
    if not console.prover.begin(whose, overlay):
        raise Refused(say("It runs already; wait until it is done."))
    raise web.HTTPSeeOther(URL(f"/console/playbooks?of={quote(whose or '')}#proof", encoded=True))


def rule_path(kind: str, id: str, rule: str, whose: Whose) -> str:
    return f"{book_path(kind, id, whose)}#{quote(rule, safe='')}"


def book_path(kind: str, id: str, whose: Whose) -> str:
    of = f"?of={quote(whose, safe='')}" if whose else ""
    return f"/console/playbooks/{quote(kind, safe='')}/{quote(id, safe='')}{of}"


# ── what they show ───────────────────────────────────────────────────────────


def _edition(console: Console) -> Edition:
    """Raises: NotFound."""
    if console.shelf is None:
        raise NotFound(say("No playbooks are loaded here."))
    return console.shelf.edition


def _whose(console: Console, of: str) -> Whose:
    """A storefront that has files of its own, else the shipped ones."""
    return StorefrontId(of) if StorefrontId(of) in _edition(console).overlays else None


def _of(console: Console, whose: Whose) -> Playbooks:
    edition = _edition(console)
    return edition.of(whose) if whose else edition.playbooks


def _where(console: Console, whose: Whose) -> dict[str, Any]:
    """Whose are shown, and which others there are."""
    edition = _edition(console)
    versions: list[tuple[Whose, str]] = [(None, edition.playbooks.version)]
    versions += [(one, books.version) for one, books in edition.overlays.items()]
    return {
        "whose": whose,
        "editions": versions,
        "book_path": book_path,
        "rule_path": rule_path,
        "kind_names": KINDS,
        "part_names": PARTS,
    }


async def _books(
    console: Console, whose: Whose, report: Report | None, session: Session
) -> list[BookView]:
    """Some thousand rules: beside the event loop."""
    today = datetime.now(UTC).date()
    hits = await console.store.tallied(_tallies(console, whose, today))
    current = report if report and _current(console, whose, report) else None
    known = Known(hits, current.unnoticed if current else {}, today)
    reader = words(session.language)
    return await asyncio.to_thread(shelf_view, _of(console, whose), known, reader)


def _tallies(console: Console, whose: Whose, today: date) -> Iterable[str]:
    """Of the storefront; for the shipped ones, of all that have none of their own."""
    own = _edition(console).overlays
    ids = [whose] if whose else [one.id for one in console.settings.storefronts]
    days = [today - timedelta(days=n) for n in range(DAYS)]
    return [tally_of(id, day) for id in ids if whose or id not in own for day in days]


def _current(console: Console, whose: Whose, report: Report) -> bool:
    """About the playbooks in force, as far as it says."""
    return report.version in ("", _of(console, whose).version)


def _counted(books: Sequence[BookView]) -> Mapping[str, int]:
    return Counter(one.kind for one in books)


def _grouped(books: Iterable[BookView]) -> Mapping[str, Sequence[BookView]]:
    groups: dict[str, list[BookView]] = {}
    for one in books:
        groups.setdefault(one.kind, []).append(one)
    return groups


def _found(books: Sequence[BookView], asked: str) -> list[Match]:
    """Rules with every word of *asked*, those that are called so first."""
    parts = asked.casefold().split()
    if not parts:
        return []
    found = [
        Match(book, one)
        for book in books
        for rules in book.parts.values()
        for one in rules
        if all(part in f"{book.kind} {book.name.casefold()} {one.text}" for part in parts)
    ]
    return sorted(found, key=lambda one: asked.casefold() not in one.rule.id.casefold())


async def _goodwill(console: Console) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """For leads: storefront, budget, and what each person gave away this week."""
    people = {one.id: one.name for one in await console.store.people()}
    people |= {one.id: one.name for one in console.settings.members}
    shown = []
    for one in console.settings.storefronts:
        if one.goodwill is None:
            continue
        budget = Money.parse(one.goodwill)
        used: Counter[str] = Counter()
        for each in await console.store.spent(one.goodwill_ledger(datetime.now(UTC))):
            used[each.who] += each.minor
        rows = [
            (str(people.get(who, who)), str(Money(minor, budget.currency)))  # type: ignore[call-overload]
            for who, minor in used.most_common()
        ]
        shown.append((one.name or str(one.id), str(budget), rows))
    return shown
