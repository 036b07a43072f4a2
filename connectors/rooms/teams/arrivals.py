"""The app comes to a team or to a person: what we learn from it is kept, and they are greeted."""

from __future__ import annotations

import logging
from datetime import timedelta

from assistant.commands import ShowHelp
from assistant.words import Text, say
from connectors.rooms.teams.answers import sentence_posts
from connectors.rooms.teams.heard import Heard
from connectors.rooms.teams.inside import Inside, key
from connectors.rooms.teams.memory import here_of
from connectors.rooms.teams.room import TeamsRoom

log = logging.getLogger(__name__)

AGAIN = timedelta(days=1)


class Arrivals:
    """Installations. Teams tells of one by two activities; who is greeted is greeted once."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside

    async def handle(self, heard: Heard) -> None:
        """Raises: Unavailable."""
        if heard.is_personal:
            if heard.type == "conversationUpdate" and _we_came(heard):
                await self._greet(heard)
        elif heard.type == "installationUpdate" and heard.action in ("add", "add-upgrade"):
            self._say_where(heard)
        elif heard.type == "installationUpdate" and heard.action.startswith("remove"):
            log.error("Parley was taken out of a team: its rooms there get nothing any more")

    async def _greet(self, heard: Heard) -> None:
        """What can be asked here; whoever may not work here is told that instead."""
        once = key("greeted", heard.conversation.id, heard.sender.person)
        await self._in.enqueue(heard, ShowHelp(), once=once, spot=self._in.spot(heard))

    def _say_where(self, heard: Heard) -> None:
        """To a channel, whether it is a room, and how it becomes one."""
        channel = heard.channel_data.channel.id or heard.channel
        room = self._in.rooms.get(channel)
        reads, told = self._in.reads(heard), _greeting(channel, room)

        async def errand() -> None:
            # An app that is added is told of more than once, and at every upgrade.
            name = key("greeted", channel, "room" if room else "")
            if not await self._in.store.first_time(name, AGAIN):
                return
            here = here_of(heard)
            for post in sentence_posts(reads(told), reads):
                await self._in.client.begin(channel, post, here)

        if channel:
            self._in.errands.begin("greeting a channel of Teams", errand())


def _greeting(channel: str, room: TeamsRoom | None) -> Text:
    if room is not None:
        return say("Parley is here. This channel is the room {room}.", room=room.name)
    return say(
        "Parley is here. To make this channel a room, set PARLEY_TEAMS_ROOM={channel} and start "
        "Parley again.",
        channel=channel,
    )


def _we_came(heard: Heard) -> bool:
    return any(one.id == heard.recipient.id for one in heard.members_added)
