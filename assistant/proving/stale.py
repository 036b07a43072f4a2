"""Statements about the world that nobody verified, or that nobody looked at for a year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from assistant.proving.entries import Entry
from assistant.proving.report import Line, count

YEAR = timedelta(days=365)


class Doubt(NamedTuple):
    """One statement to look up again, and why."""

    place: Entry
    why: str
    source: str


def doubts(where: Sequence[Entry], today: date) -> Iterator[Doubt]:
    """Of all statements with a source, the unverified and the old ones."""
    for place in where:
        source, checked = place.says.get("source"), place.says.get("checked_on")
        why = []
        if place.says.get("status") == "unverified":
            why.append("unverified")
        if isinstance(checked, date) and today - checked > YEAR:
            why.append(f"last looked at on {checked}")
        if why:
            yield Doubt(place, ", ".join(why), str(source or ""))


def stale(where: Sequence[Entry], today: date, *, verbose: bool) -> Iterator[Line]:
    """How many there are; with *verbose* each, with its place and source."""
    found = list(doubts(in_force(where), today))
    if verbose:
        for one in found:
            yield Line(f"{one.place.where} {one.place.id or one.place.part}: {one.why}", "head")
            yield Line(f"  {one.source}", "dim")
    if found:
        said = count(len(found), "statement", "statements")
        old = sum("last looked at" in one.why for one in found)
        unverified = sum("unverified" in one.why for one in found)
        more = "" if verbose else " `-v` names them."
        yield Line(
            f"{said} to look up again: {unverified:,} unverified (they may restrict and warn, "
            f"never permit), {old:,} older than a year.{more}"
        )


def in_force(where: Sequence[Entry]) -> list[Entry]:
    """The last of each id: what an overlay replaced need not be looked up."""
    last = {(one.kind, one.playbook, one.part, one.id): one for one in where}
    return list(last.values())
