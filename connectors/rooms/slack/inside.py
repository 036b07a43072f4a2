"""What the inbox works with, and the one thing it does: make a press or a word durable work."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from assistant.commands import Act, Action, Ask, Question
from assistant.errors import ParleyError
from assistant.model import PersonId, Spot
from assistant.ports import Desk, Store
from assistant.settings import Settings
from assistant.surface.cards import Answer
from assistant.words import Text, say, words
from connectors.rooms.slack.errands import Errands
from connectors.rooms.slack.people import People
from connectors.rooms.slack.places import Place, person_id
from connectors.rooms.slack.room import SlackRoom
from connectors.rooms.slack.workspaces import Workspaces

Body = Mapping[str, Any]


class NoRoom(ParleyError):
    """Somebody of a workspace in which Parley has no room."""


@dataclass(frozen=True, kw_only=True)
class Who:
    """Who did it, by the verified payload, and by which room they are known."""

    person: PersonId
    user: str
    team: str
    room: SlackRoom


@dataclass(frozen=True, kw_only=True)
class Inside:
    """Everything behind the door."""

    settings: Settings
    store: Store
    rooms: Sequence[SlackRoom]
    workspaces: Workspaces
    people: People
    errands: Errands
    desk: Desk
    now: Callable[[], datetime]

    def room_of(self, team: str, channel: str) -> SlackRoom:
        """The room of that channel, or else of that workspace. Raises: NoRoom."""
        of_channel = [one for one in self.rooms if one.address.channel == channel]
        # A room whose workspace nobody has asked for yet may be this one's: `who` will tell.
        of_team = [one for one in self.rooms if one.team in (team, "")]
        of_team.sort(key=lambda one: one.team != team)
        found = next(iter([*of_channel, *of_team]), None)
        if found is None:
            raise NoRoom(say("Parley has no room in this workspace. Ask whoever runs Parley."))
        return found

    def who(self, team: str, channel: str, user: str) -> Who:
        """Raises: NoRoom."""
        room = self.room_of(team, channel)
        # A person has one id here: the room's workspace and theirs, even where Slack's payload
        # names another one of a shared channel. Strangers are found out by asking Slack.
        home = room.team or team
        return Who(person=person_id(home, user), user=user, team=home, room=room)

    async def enqueue(
        self, who: Who, spot: Spot, action: Action, *, once: str, quiet: bool = False
    ) -> bool:
        """Durable, once; *quiet* where a card shows what came of it. Raises: Unavailable."""
        work: Act | Ask
        if isinstance(action, Question):
            work = Ask(key=once, person=who.person, spot=spot, action=action)
        else:
            work = Act(key=once, person=who.person, spot=spot, action=action, quiet=quiet)
        return await self.store.enqueue(work, once=once)

    def reads(self, person: PersonId, room: SlackRoom | None = None) -> str:
        """The person's language as far as it is known without asking."""
        known = self.people.at_hand(person)
        if known is not None:
            return known.language
        return room.language if room else self.settings.language

    def zone_of(self, person: PersonId) -> tzinfo:
        return self.people.zone_of(person)

    def tell_later(self, person: PersonId, spot: Spot, text: Text, room: SlackRoom) -> None:
        """A sentence for one person, after the answer to Slack."""

        async def errand() -> None:
            said = words(self.reads(person, room))(text)
            await room.tell(person, spot, Answer(text=said))

        self.errands.begin("telling somebody in Slack", errand())


def thread_place(who: Who, channel: str, ts: str) -> Place:
    return Place(who.team, channel, ts)


def key(*parts: str) -> str:
    """A name for `once`: the same parts, the same name."""
    kind, *rest = parts
    digest = hashlib.sha256("\x1f".join(rest).encode("utf-8", "replace")).hexdigest()[:40]
    return f"slack:{kind}:{digest}"


def text(body: Body, *path: str) -> str:
    """A string deep in a payload; an empty one where there is none."""
    found: Any = body
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else ""
