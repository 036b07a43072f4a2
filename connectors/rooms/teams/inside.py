"""What the inbox works with, and the one thing it does: make a press or a word durable work."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from assistant.commands import Act, Action, Ask, Question, Tell
from assistant.model import ConversationId, Spot
from assistant.ports import Desk, Store
from assistant.settings import Settings
from assistant.words import Text, Words, words
from connectors.rooms.teams.client import Client
from connectors.rooms.teams.errands import Errands
from connectors.rooms.teams.heard import Heard
from connectors.rooms.teams.memory import Memory
from connectors.rooms.teams.people import People, language_of
from connectors.rooms.teams.room import TeamsRoom

REPEATED = timedelta(seconds=45)
"""Teams sends what was not answered again, after 15 s and after 30, at times with a new id."""


@dataclass(frozen=True, kw_only=True)
class Inside:
    """Everything behind the door."""

    settings: Settings
    store: Store
    rooms: Mapping[str, TeamsRoom]
    """By the channels that they are."""
    client: Client
    memory: Memory
    people: People
    errands: Errands
    desk: Desk
    now: Callable[[], datetime]

    def room_of(self, heard: Heard) -> TeamsRoom:
        """The room of its channel; a chat is with all of Parley, by way of the first room."""
        return self.rooms.get(heard.channel) or next(iter(self.rooms.values()))

    def is_ours(self, heard: Heard) -> bool:
        """It is from a room or a chat, not from a channel that is none of our rooms."""
        return heard.is_personal or heard.channel in self.rooms

    def spot(self, heard: Heard, *, pressed: bool = False) -> Spot:
        place = heard.place
        return Spot(
            room=self.room_of(heard).name,
            place=heard.conversation.id,
            thread=place.thread if place else None,
            message=heard.reply_to_id if pressed else heard.id,
        )

    async def about(self, heard: Heard) -> ConversationId | None:
        """Whose thread it was said in, by record. Raises: Unavailable."""
        place = heard.place
        return await self.store.conversation_of_thread(place.thread) if place else None

    async def enqueue(
        self, heard: Heard, action: Action, *, once: str, spot: Spot, quiet: bool = False
    ) -> bool:
        """Durable, once. Raises: Unavailable."""
        person = heard.sender.person
        work: Act | Ask
        if isinstance(action, Question):
            work = Ask(key=once, person=person, spot=spot, action=action)
        else:
            work = Act(key=once, person=person, spot=spot, action=action, quiet=quiet)
        return await self.store.enqueue(work, once=once)

    async def tell_later(
        self, heard: Heard, text: Text, *, once: str, spot: Spot, about: ConversationId | None
    ) -> None:
        """A sentence for whoever said it: durable, too. Raises: Unavailable."""
        person = heard.sender.person
        tell = Tell(
            person=person, spot=spot, conversation_id=about or ConversationId(person), text=text
        )
        await self.store.enqueue(tell, once=once)

    def reads(self, heard: Heard) -> Words:
        """The sender's language as far as it is known without asking."""
        known = self.people.at_hand(heard.sender.person)
        id = known.actor.id if known else heard.sender.person
        member = self.settings.member(id)
        if member is not None and member.language:
            return words(member.language)
        return words(language_of(heard.locale, self.room_of(heard).language))

    async def press_key(self, heard: Heard, data: Mapping[str, Any]) -> str:
        """The same for the same press, also where Teams sends it again by another id.

        Cards of a conversation carry its version, so the same button on the next card is another
        press. Raises: Unavailable.
        """
        told = json.dumps(data, sort_keys=True, ensure_ascii=False)
        where = (heard.conversation.id, heard.reply_to_id, heard.sender.person, told)
        name = key("press", *where)
        first = await self.store.claim(name, heard.id or told, REPEATED)
        return key("pressed", *where, first)


def key(*parts: str) -> str:
    """A name for `once`: the same parts, the same name."""
    kind, *rest = parts
    digest = hashlib.sha256("\x1f".join(rest).encode("utf-8", "replace")).hexdigest()[:40]
    return f"teams:{kind}:{digest}"
