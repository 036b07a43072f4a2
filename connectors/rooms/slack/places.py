"""How Slack's places and people are named in ours: `slack:T1:C1:1711.2`, `slack:T1:U9`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from assistant.model import PersonId, Spot, ThreadId

HOME = "home"
"""The place that is a person's own page, as `Spot.place` has it."""
_ROOM = re.compile(r"(?:(T[A-Z0-9]+):)?([CG][A-Z0-9]+)")
_RESPONSE_LASTS = timedelta(minutes=29)
"""Slack takes answers at a response_url for 30 minutes."""

Origin = Literal["message", "private", "command"]
"""What was pressed: something everybody sees, something one person sees, a slash command."""


class Address(NamedTuple):
    """A channel; the workspace where the settings name it."""

    team: str
    channel: str


class Place(NamedTuple):
    """A thread: the workspace, the channel, the `ts` of the message it hangs from."""

    team: str
    channel: str
    ts: str

    @property
    def thread(self) -> ThreadId:
        return ThreadId(f"slack:{self.team}:{self.channel}:{self.ts}")


class ReplyTo(NamedTuple):
    """A response_url: where a person can be answered for half an hour, five times."""

    url: str
    issued_at: datetime
    origin: Origin

    def __str__(self) -> str:
        return f"{self.issued_at.isoformat()} {self.origin} {self.url}"

    def is_fresh(self, now: datetime) -> bool:
        return timedelta() <= now - self.issued_at < _RESPONSE_LASTS


def address_of(written: str) -> Address | None:
    """`C0123` or `T0456:C0123`, as the settings have it; None where it is neither."""
    found = _ROOM.fullmatch(written)
    return Address(found[1] or "", found[2]) if found else None


def place_of(thread: ThreadId) -> Place | None:
    """The place that a thread of ours names; None for another platform's."""
    platform, *parts = thread.split(":")
    return Place(*parts) if platform == "slack" and len(parts) == 3 and all(parts) else None


def person_id(team: str, user: str) -> PersonId:
    return PersonId(f"slack:{team}:{user}")


def user_of(person: PersonId) -> tuple[str, str] | None:
    """Workspace and user of a person here; None for somebody of another platform."""
    platform, *parts = person.split(":")
    return (parts[0], parts[1]) if platform == "slack" and len(parts) == 2 and all(parts) else None


def on_a_card(spot: Spot) -> bool:
    """Pressed on a card that all see, which shows what came of it."""
    place, reply_to = place_of(spot.thread) if spot.thread else None, reply_to_of(spot.reply_to)
    is_private = reply_to is not None and reply_to.origin != "message"
    return place is not None and place.ts == spot.message and not is_private


def reply_to_of(written: str) -> ReplyTo | None:
    """What `Spot.reply_to` says; None where it says nothing that we wrote."""
    try:
        issued, origin, url = written.split(" ")
        issued_at = datetime.fromisoformat(issued)
    except ValueError:
        return None
    if origin not in ("message", "private", "command") or issued_at.tzinfo is None:
        return None
    return ReplyTo(url, issued_at, origin)  # type: ignore[arg-type] # one of the three
