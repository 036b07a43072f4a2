"""A Teams channel as a room of the team: cards as messages, what follows in their threads."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.errors import Forbidden, Rejected, TooLarge, Unavailable
from assistant.model import Attachment, ConversationId, Known, PersonId, Spot, ThreadId
from assistant.ports import ChatRoom
from assistant.settings import RoomSettings
from assistant.surface.cards import Alert, Answer, ConversationCard, Line
from assistant.words import Words, words
from connectors.rooms.teams.answers import answer_posts
from connectors.rooms.teams.cards import alert_post, notice_post, root_post, struck_post
from connectors.rooms.teams.client import Client
from connectors.rooms.teams.delivery import Delivery
from connectors.rooms.teams.files import Downloads, Tickets
from connectors.rooms.teams.forms import form_post
from connectors.rooms.teams.memory import Here, Memory
from connectors.rooms.teams.people import People, language_of
from connectors.rooms.teams.pieces import Link
from connectors.rooms.teams.places import Place, link_of, place_of, user_of
from connectors.rooms.teams.post import Post
from connectors.rooms.teams.stamps import stamped
from connectors.rooms.teams.telling import Telling

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Means:
    """What every room of the platform works with."""

    client: Client
    memory: Memory
    people: People
    telling: Telling
    delivery: Delivery
    tickets: Tickets
    downloads: Downloads
    channels: Sequence[str]
    """Of all our rooms: whoever is in one of them is known in all."""


class TeamsRoom:
    """`assistant.ports.ChatRoom`."""

    platform = "teams"

    def __init__(self, name: str, settings: RoomSettings, means: Means) -> None:
        self.name = name
        self.language = settings.language or "en"
        self.fallback = settings.fallback
        self.channel = settings.teams
        self._means = means

    def place(self, about: ConversationId) -> ThreadId | None:
        """Cards are posted here."""
        return None

    # ── what all see ─────────────────────────────────────────────────────────

    async def show(self, card: ConversationCard, thread: ThreadId | None) -> ThreadId:
        """Raises: Unavailable, Unsure, Rejected."""
        here = await self._here()
        place = place_of(thread) if thread else None
        try:
            return await self._show(card, place, here)
        except TooLarge:
            log.warning("a card was too large for Teams and is shown shorter")
        try:
            return await self._show(shorter(card), place, here)
        except TooLarge as error:
            raise Rejected(error.text, "MessageSizeTooBig") from error

    async def _show(self, card: ConversationCard, place: Place | None, here: Here) -> ThreadId:
        post = root_post(card, self._words, files=self._means.tickets.link)
        post = stamped(post, card.version)
        if place is None:
            return (await self._means.client.begin(self.channel, post, here)).thread
        await self._means.client.update(place.conversation, place.root, post, here)
        return place.thread

    async def tell_thread(self, thread: ThreadId, lines: Sequence[Line], *, again: bool) -> None:
        """Raises: Unavailable, Unsure, Rejected."""
        place = place_of(thread)
        if place is None or not lines:
            return
        here = await self._here()
        await self._means.delivery.deliver(place, lines, self._words, here, again=again)

    async def strike_out(self, thread: ThreadId, now_at: ThreadId | None, who: str) -> None:
        """Raises: Unavailable, Rejected."""
        place = place_of(thread)
        if place is None:
            return
        here = await self._here()
        post = struck_post(who, self._words, self._link(here)(now_at) if now_at else None)
        await self._update(place, post, here)

    async def alert(self, alert: Alert) -> None:
        """Raises: Unavailable, Unsure, Rejected."""
        await self._means.client.begin(
            self.channel, alert_post(alert, self._words), await self._here()
        )

    async def mark(self, spot: Spot, *, on: bool) -> None:
        """An app can't react to messages in Teams: the root card's notice is the mark."""

    # ── what one person sees ─────────────────────────────────────────────────

    async def who(self, person: PersonId) -> Known:
        """Raises: Forbidden, Unavailable, Rejected."""
        channels = dict.fromkeys((self.channel, *self._means.channels))
        return await self._means.people.who(person, tuple(channels), self.language)

    async def tell(self, person: PersonId, spot: Spot, answer: Answer) -> None:
        """Raises: Unavailable, Rejected."""
        here = await self._here()
        reads = words(await self._language_of(person))
        link = self._link(here)
        posts = answer_posts(answer, reads, link=link, files=self._means.tickets.link)
        if answer.opened:
            posts.append(form_post(answer.opened, reads))
        if posts:
            await self._means.telling.tell(person, spot, answer, posts, self._words, here)

    async def notify(self, person: PersonId, text: str, card: ConversationCard) -> None:
        """Raises: Unavailable, Rejected."""
        here = await self._here()
        reads = words(await self._language_of(person))
        post = notice_post(text, card, reads, link=self._link(here))
        await self._means.telling.direct(person, [post], here)

    async def reach(self) -> int:
        """How many people see it: so we are in it. Raises: Unavailable, Rejected."""
        return await self._means.client.reach(self.channel, await self._here())

    async def hand(self, person: PersonId, posts: Sequence[Post]) -> None:
        """Cards into a person's chat with us. Raises: Unavailable, Rejected."""
        await self._means.telling.direct(person, posts, await self._here())

    async def fetch(self, attachment: Attachment) -> Attachment:
        """Raises: TooLarge, Rejected, Unavailable."""
        return await self._means.downloads.fetch(attachment)

    # ── inside ───────────────────────────────────────────────────────────────

    @property
    def _words(self) -> Words:
        return words(self.language)

    async def _here(self) -> Here:
        return await self._means.memory.here(self.channel)

    def _link(self, here: Here) -> Link:
        def link(thread: ThreadId) -> str | None:
            place = place_of(thread)
            return link_of(place, here.tenant, here.group) if place else None

        return link

    async def _update(self, place: Place, post: Post, here: Here) -> None:
        try:
            await self._means.client.update(place.conversation, place.root, post, here)
        except TooLarge as error:
            raise Rejected(error.text, "MessageSizeTooBig") from error

    async def _language_of(self, person: PersonId) -> str:
        try:
            return (await self.who(person)).language
        except (Forbidden, Rejected, Unavailable):
            someone = await self._means.memory.someone(user_of(person) or "")
            return language_of(someone.locale, self.language)


def shorter(card: ConversationCard) -> ConversationCard:
    """What nobody can do without: the thread, the forms and the console have the rest."""
    draft = card.draft and card.draft.model_copy(
        update={"text": _begun(card.draft.text, 1_000), "agent_text": None, "flags": ()}
    )
    told = {
        "words": _begun(card.words, 500),
        "means": card.means and _begun(card.means, 300),
        "known": card.known[:2],
        "proof": (),
        "facts": (),
        "first_words": None,
        "attachments": card.attachments[:1],
        "draft": draft,
    }
    return card.model_copy(update=told)


def _begun(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most].rstrip()} …"


_: type[ChatRoom] = TeamsRoom
