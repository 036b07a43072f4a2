"""Answers for one person: in their chat with Parley, unseen by everybody else."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from assistant.errors import Rejected, TooLarge, Unsure
from assistant.model import PersonId, Spot
from assistant.surface.cards import Answer, InfoCard
from assistant.words import Words, say
from connectors.rooms.teams.answers import masked_post, sentence_posts
from connectors.rooms.teams.client import Client
from connectors.rooms.teams.memory import Here, Memory, Someone
from connectors.rooms.teams.people import People
from connectors.rooms.teams.places import place_in, place_of
from connectors.rooms.teams.post import Post

log = logging.getLogger(__name__)


class Telling:
    """Tells people things."""

    def __init__(self, client: Client, memory: Memory, people: People) -> None:
        self._client, self._memory, self._people = client, memory, people

    async def tell(
        self,
        person: PersonId,
        spot: Spot,
        answer: Answer,
        posts: Sequence[Post],
        shared: Words,
        here: Here,
    ) -> None:
        """*posts* are what *answer* says. A look-up leaves a line without names where it was asked.

        Raises: Unavailable, Rejected.
        """
        thread = _thread(spot)
        try:
            await self.direct(person, posts, here)
        except Rejected:
            if not thread:
                raise
            return await self._in_thread(thread, await self._how_to_hear(person, shared), here)
        masked = [masked_post(one, shared) for one in _infos(answer)]
        if thread:
            await self._in_thread(thread, [one for one in masked if one], here)

    async def direct(self, person: PersonId, posts: Sequence[Post], here: Here) -> None:
        """Into a person's chat with us. Raises: Unavailable, Rejected (the app is not theirs)."""
        someone = await self._people.someone(person)
        chat = someone.chat or await self._chat(someone, here)
        there = here.model_copy(update={"service_url": someone.service_url or here.service_url})
        for at, post in enumerate(posts):
            try:
                await self._post(chat, post, there)
            except Rejected:
                # They took the app out, and perhaps in again: then it is another chat.
                if at or not someone.chat:
                    raise
                chat = await self._chat(someone, here)
                await self._post(chat, post, there)

    async def _chat(self, someone: Someone, here: Here) -> str:
        chat = await self._client.chat_with(someone, here)
        await self._memory.keep_someone(someone.model_copy(update={"chat": chat}))
        return chat

    async def _in_thread(self, thread: str, posts: Sequence[Post], here: Here) -> None:
        """What others may read. Raises: Unavailable, Rejected."""
        for post in posts:
            await self._post(thread, post, here)

    async def _how_to_hear(self, person: PersonId, shared: Words) -> list[Post]:
        name = (await self._people.someone(person)).name
        told = say(
            "{name}, Parley can't write to you. Add the app for yourself: Apps, Parley, Add. "
            "Then ask again.",
            name=name or shared(say("You who asked")),
        )
        return sentence_posts(shared(told), shared)

    async def _post(self, conversation: str, post: Post, here: Here) -> None:
        try:
            await self._client.reply(conversation, post, here)
        except TooLarge as error:
            raise Rejected(error.text, "MessageSizeTooBig") from error
        except Unsure:
            # Most likely it is there; asked for again, it comes again.
            log.info("Teams did not say whether somebody was told")


def _thread(spot: Spot) -> str:
    """The thread of a channel in which it was asked, as Teams calls it; empty in a chat."""
    place = place_of(spot.thread) if spot.thread else place_in(spot.place)
    return place.conversation if place else ""


def _infos(answer: Answer) -> Sequence[InfoCard]:
    first = [answer.card] if isinstance(answer.card, InfoCard) else []
    return (*first, *answer.cards)
