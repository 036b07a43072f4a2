"""Parcels on cards (S2.8): the number, where it can be followed, the newest event by its own clock.

What a carrier writes is shown in the reader's language where somebody translated it, else with the
milestone that it means, which has words in every language of the team.
"""

from __future__ import annotations

from datetime import datetime

from assistant.model import Order, Parcel, ParcelEvent
from assistant.parcels import recognised
from assistant.surface.cards import InfoCard, Row, Section
from assistant.surface.labels import PARCEL_STATES, parcel_state
from assistant.words import Words, say, say_n

EVENTS_SHOWN = 4
OLD_DAYS = 3
"""From here on a scan is old: its age is said, and nothing is guessed from it."""


def parcel_line(parcel: Parcel, words: Words, now: datetime | None = None) -> str:
    """`DHL 0034…17 · on its way · 20 Nov 18:42 Leipzig: scanned`"""
    parts = [parcel_name(parcel, words)]
    if parcel.latest:
        event = parcel.latest
        place = f"{event.place}: " if event.place else ""
        said = _said(event, words, parcel.status)
        parts.append(f"{words.when(event.at, event.at.tzinfo)} {place}{said}".rstrip(": "))
    return " · ".join(part for part in (*parts, *_ages(parcel, words, now)) if part)


def follow_page(parcel: Parcel) -> str | None:
    """Where a buyer can follow it; https only."""
    pages = (one for one in (parcel.page, parcel.url) if one and one.startswith("https://"))
    return next(pages, None)


def parcel_name(parcel: Parcel, words: Words) -> str:
    """`DHL 0034…17 · on its way`"""
    found = recognised(parcel.number or "") if not parcel.carrier else None
    carrier = parcel.carrier or (found.carrier if found else None)
    number = " ".join(part for part in (carrier, parcel.number) if part)
    return " · ".join(part for part in (number, parcel_state(parcel.status, words)) if part)


def _ages(parcel: Parcel, words: Words, now: datetime | None) -> list[str]:
    """How old the last scan is, and who asked when."""
    told = []
    latest = parcel.latest
    if now and latest and not parcel.delivered:
        days = (now.astimezone(latest.at.tzinfo).date() - latest.at.date()).days
        if days >= OLD_DAYS:
            told.append(words(say_n("last scan {n} day ago", "last scan {n} days ago", days)))
    if parcel.read_at and parcel.read_by:
        when = words.when(parcel.read_at)
        told.append(words(say("{tracker}, {when}", tracker=parcel.read_by, when=when)))
    return told


def _said(event: ParcelEvent, words: Words, known: str | None = None) -> str:
    """What happened; *known* is said already."""
    translated = event.translations.get(words.language)
    if translated:
        return translated
    named = event.status in PARCEL_STATES and event.status != known
    state = parcel_state(event.status, words) if named or not event.text else ""
    return " · ".join(part for part in (state, event.text) if part)


def _event_line(event: ParcelEvent, words: Words) -> str:
    said = _said(event, words, "in_transit")
    return " · ".join(part for part in (event.place, said) if part)


def parcel_sections(order: Order, words: Words, now: datetime | None = None) -> list[Section]:
    """Each parcel of *order* with its last events."""
    return [parcel_section(parcel, words, now) for parcel in order.fulfilments]


def parcel_section(parcel: Parcel, words: Words, now: datetime | None = None) -> Section:
    events = sorted(parcel.events, key=lambda event: event.at, reverse=True)[:EVENTS_SHOWN]
    # The newest event stands right below.
    name = " · ".join((parcel_name(parcel, words), *_ages(parcel, words, now)))
    line = name if events else parcel_line(parcel, words, now)
    rows = [Row(label=words(say("Now")), value=line, href=follow_page(parcel))]
    if parcel.eta and not parcel.delivered_at:
        expected = words.day(parcel.eta, parcel.eta.tzinfo)
        rows.append(Row(label=words(say("Expected")), value=expected))
    rows += [
        Row(label=words.when(event.at, event.at.tzinfo), value=_event_line(event, words))
        for event in events
    ]
    return Section(title=words(say("Parcel")), rows=tuple(rows))


def strange_row(number: str, words: Words) -> Row:
    """A number that a buyer wrote and that no order of theirs has."""
    named = parcel_name(Parcel(number=number), words)
    said = words(say("{parcel}: in no order that is known here", parcel=named))
    return Row(label=words(say("Parcel")), value=said, tone="warn")


def parcel_card(parcel: Parcel, words: Words, now: datetime) -> InfoCard:
    """The answer to `/track` where no order is known: what carriers say, and where to follow it."""
    section = parcel_section(parcel, words, now)
    title = words(say("Parcel {number}", number=parcel.number or ""))
    note = words(say("In no order that is known here."))
    masked = words(say("Parcel {number}", number=parcel.number or ""))
    return InfoCard(title=title, sections=(section,), note=note, masked=masked)
