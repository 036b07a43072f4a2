"""Statements about the world that nobody verified, or that nobody looked at for a year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from assistant.proving.places import Place

YEAR = timedelta(days=365)


class Doubt(NamedTuple):
    """One statement to look up again, and why."""

    place: Place
    why: str
    source: str


def doubts(where: Sequence[Place], today: date) -> Iterator[Doubt]:
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


def in_force(where: Sequence[Place]) -> list[Place]:
    """The last of each id: what an overlay replaced need not be looked up."""
    last = {(one.kind, one.playbook, one.part, one.id): one for one in where}
    return list(last.values())
