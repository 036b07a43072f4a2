"""Who takes part: the buyer who writes, the people of the team who act."""

from __future__ import annotations

from typing import Literal

from assistant.model.ids import BuyerId, Frozen, PersonId, ThreadId

Role = Literal["agent", "lead", "system", "buyer"]


class Actor(Frozen):
    """Who does a command. Its role comes from a verified identity, never from a payload."""

    id: PersonId
    name: str
    role: Role = "agent"

    @property
    def leads(self) -> bool:
        """May assign others, override blocks where the rule allows it, see reports."""
        return self.role in ("lead", "system")


class Known(Frozen):
    """A person of the team as a room knows them now: who they are, which language they read."""

    actor: Actor
    language: str


class Spot(Frozen):
    """Where in a room somebody pressed or spoke; the room alone reads `place` and `reply_to`."""

    room: str
    """The room's name, as the settings have it."""
    place: str = ""
    """The platform's channel or chat; `home` is a person's own page."""
    thread: ThreadId | None = None
    """The thread it happened in, as `Conversation.threads` names it."""
    message: str = ""
    """The platform's id of the message that was pressed on or written."""
    reply_to: str = ""
    """An address that the platform gave for the answer, if it did."""


PARLEY = Actor(id=PersonId("parley"), name="Parley", role="system")
"""Parley itself: workers, timers."""


class Buyer(Frozen):
    """Who writes to us. Absent is unknown."""

    id: BuyerId
    name: str = ""
    locale: str | None = None
    """As the channel says it: `de-DE`."""
    email: str | None = None
    verified: bool = False
    """The channel proved who it is; only then may order data be shown to the buyer."""
