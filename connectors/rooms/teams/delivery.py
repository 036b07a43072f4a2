"""Lines under a card, in order, each once as far as we can tell.

Several messages can't be posted as one. What was posted before a failure is remembered here, so
that the next try goes on where the last one ended; what may have been posted is posted again, and
says so.
"""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.errors import Rejected, TooLarge, Unavailable, Unsure
from assistant.surface.cards import Line
from assistant.words import Words, say
from connectors.rooms.teams.answers import sentence_posts
from connectors.rooms.teams.client import Client
from connectors.rooms.teams.files import Tickets
from connectors.rooms.teams.memory import Here
from connectors.rooms.teams.places import Place
from connectors.rooms.teams.post import Post
from connectors.rooms.teams.thread import line_posts

log = logging.getLogger(__name__)

REMEMBERED = 1_000


@dataclass
class _Under:
    """What is left of a delivery under way."""

    posts: list[Post]
    begun: bool = False
    """Some of it is there."""
    in_doubt: bool = False
    """The first of what is left may be there already."""


class Delivery:
    """Posts lines under cards."""

    def __init__(self, client: Client, tickets: Tickets) -> None:
        self._client, self._tickets = client, tickets
        self._under_way: OrderedDict[str, _Under] = OrderedDict()

    async def deliver(
        self, place: Place, lines: Sequence[Line], words: Words, here: Here, *, again: bool
    ) -> None:
        """Raises: Unavailable (none of it is there), Unsure (some of it may be), Rejected."""
        key = _key(place, lines)
        under = self._under_way.get(key) or _Under(self._posts(lines, words, again=again))
        self._remember(key, under)
        while under.posts:
            try:
                await self._post(place, under, words, here)
            except Unavailable as error:
                if under.begun:
                    raise Unsure(error.text, error.retry_after_s) from error
                raise
            except Unsure:
                under.begun = under.in_doubt = True
                raise
            under.posts.pop(0)
            under.begun, under.in_doubt = True, False
        self._under_way.pop(key, None)

    async def _post(self, place: Place, under: _Under, words: Words, here: Here) -> None:
        if under.in_doubt:
            told = say("Perhaps this is here twice: Teams did not say whether it took it.")
            under.posts[:0] = sentence_posts(words(told), words)
            under.in_doubt = False
        try:
            await self._client.reply(place.conversation, under.posts[0], here)
        except TooLarge:
            log.warning("a message was too large for Teams")
            told = say("This is too long for Teams. The console shows it whole.")
            [short] = sentence_posts(words(told), words)
            await self._short(place, short, here)

    async def _short(self, place: Place, post: Post, here: Here) -> None:
        try:
            await self._client.reply(place.conversation, post, here)
        except TooLarge as error:
            raise Rejected(error.text, "MessageSizeTooBig") from error

    def _posts(self, lines: Sequence[Line], words: Words, *, again: bool) -> list[Post]:
        posts = line_posts(lines, words, again=again, files=self._tickets.link)
        files = [one for line in lines for one in line.attachments]
        if all(self._tickets.link(one) for one in files):
            return posts
        told = say("Teams can't open every file here. The console has them.")
        return [*posts, *sentence_posts(words(told), words)]

    def _remember(self, key: str, under: _Under) -> None:
        self._under_way[key] = under
        self._under_way.move_to_end(key)
        while len(self._under_way) > REMEMBERED:
            self._under_way.popitem(last=False)


def _key(place: Place, lines: Sequence[Line]) -> str:
    told = "\n".join(line.model_dump_json() for line in lines)
    return f"{place.thread} {hashlib.sha256(told.encode()).hexdigest()}"
