"""Names of places and people in Teams, as our ids have them and as Teams has them."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

from assistant.model import PersonId, ThreadId

_MESSAGE = ";messageid="
_OURS = "teams:"


class Place(NamedTuple):
    """A thread of a channel: everything under one message."""

    channel: str
    root: str
    """The id of the message that it began with."""

    @property
    def conversation(self) -> str:
        """What Teams calls the thread."""
        return f"{self.channel}{_MESSAGE}{self.root}"

    @property
    def thread(self) -> ThreadId:
        return ThreadId(f"{_OURS}{self.channel}|{self.root}")


def place_of(thread: ThreadId) -> Place | None:
    """Where *thread* is; None where it is no thread of Teams."""
    channel, bar, root = thread.removeprefix(_OURS).rpartition("|")
    return Place(channel, root) if thread.startswith(_OURS) and bar and channel and root else None


def place_in(conversation: str) -> Place | None:
    """The thread that a conversation of Teams is; None for a chat, or a channel as a whole."""
    channel, mark, root = conversation.partition(_MESSAGE)
    return Place(channel, root) if mark and channel and root else None


def channel_of(conversation: str) -> str:
    """The channel, or the chat, without the thread."""
    return conversation.partition(_MESSAGE)[0]


def person_id(user: str) -> PersonId:
    """Our id of an account: of its object id in Entra where that is known, else of its Teams id."""
    return PersonId(f"{_OURS}{user}")


def user_of(person: PersonId) -> str | None:
    """The account's id; None for whoever is not in Teams."""
    return person.removeprefix(_OURS) if person.startswith(_OURS) else None


def link_of(place: Place, tenant: str, group: str) -> str:
    """The address at which people find a thread.

    Source: learn.microsoft.com, Deep links to a channel message, read 2026-11.
    """
    asked = {
        "tenantId": tenant,
        "groupId": group,
        "parentMessageId": place.root,
        "createdTime": place.root,
    }
    told = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items() if value)
    channel, root = quote(place.channel, safe=""), quote(place.root, safe="")
    return f"https://teams.microsoft.com/l/message/{channel}/{root}?{told}"
