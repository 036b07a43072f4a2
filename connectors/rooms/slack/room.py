"""A Slack channel as a room of the team: cards as messages, what follows in their threads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from assistant.errors import Forbidden, Rejected, Unavailable
from assistant.model import Attachment, ConversationId, Known, PersonId, Spot, ThreadId
from assistant.ports import ChatRoom
from assistant.settings import RoomSettings
from assistant.surface.cards import Alert, Answer, ConversationCard, Line
from assistant.words import Words, say, words
from connectors.rooms.slack.attachments import Transfers
from connectors.rooms.slack.blocks import Post, alert_post, card_post, direct_post, struck_post
from connectors.rooms.slack.delivery import Delivery
from connectors.rooms.slack.people import People
from connectors.rooms.slack.places import Address, Place, place_of, user_of
from connectors.rooms.slack.telling import Telling
from connectors.rooms.slack.workspaces import Workspace, Workspaces

MARK = "hourglass_flowing_sand"
"""The reaction at words that are offered and not sent."""
_SET_ALREADY = frozenset({"already_reacted", "no_reaction", "message_not_found"})


@dataclass(frozen=True, kw_only=True)
class Means:
    """What every room of the platform works with."""

    workspaces: Workspaces
    people: People
    telling: Telling
    delivery: Delivery
    transfers: Transfers
    neighbours: Sequence[Address]
    """All rooms of the platform: whoever is in one of them is known in all."""


class SlackRoom:
    """`assistant.ports.ChatRoom`."""

    platform = "slack"

    def __init__(self, name: str, settings: RoomSettings, address: Address, means: Means) -> None:
        self.name = name
        self.language = settings.language or "en"
        self.fallback = settings.fallback
        self.address = address
        self._means = means

    @property
    def team(self) -> str:
        """The workspace, as far as it is known without asking."""
        return self._means.workspaces.team_of(self.address)

    def place(self, about: ConversationId) -> ThreadId | None:
        """Cards are posted here."""
        return None

    # ── what all see ─────────────────────────────────────────────────────────

    async def show(self, card: ConversationCard, thread: ThreadId | None) -> ThreadId:
        """Raises: Unavailable, Unsure, Rejected."""
        post = card_post(card, self._words)
        async with self._at(thread) as (workspace, place):
            if place is not None:
                await self._update(workspace, place, post)
                return place.thread
            told = await workspace.api.post(self.address.channel, _content(post))
            # Slack tells the channel it posted to; the same id, unless it was a direct message.
            channel = str(told.get("channel") or self.address.channel)
            return Place(workspace.team, channel, str(told.get("ts"))).thread

    async def tell_thread(self, thread: ThreadId, lines: Sequence[Line], *, again: bool) -> None:
        """Raises: Unavailable, Unsure, Rejected."""
        async with self._at(thread) as (workspace, place):
            if place is None or not lines:
                return
            await self._means.delivery.deliver(workspace, place, lines, self._words, again=again)

    async def strike_out(self, thread: ThreadId, now_at: ThreadId | None, who: str) -> None:
        """Raises: Unavailable, Rejected."""
        link = self._means.workspaces.link(now_at) if now_at else None
        async with self._at(thread) as (workspace, place):
            if place is not None:
                await self._update(workspace, place, struck_post(who, self._words, link=link))

    async def alert(self, alert: Alert) -> None:
        """Raises: Unavailable, Unsure, Rejected."""
        about = alert.conversation_id
        link = self._means.workspaces.link(ThreadId(f"console:{about}")) if about else None
        post = alert_post(alert, self._words, link=link)
        async with self._at(None) as (workspace, _):
            await workspace.api.post(self.address.channel, _content(post))

    async def mark(self, spot: Spot, *, on: bool) -> None:
        """Raises: Unavailable, Rejected."""
        method = "reactions.add" if on else "reactions.remove"
        words_at = {"channel": spot.place, "timestamp": spot.message, "name": MARK}
        async with self._at(spot.thread) as (workspace, _):
            try:
                await workspace.api.tell(method, words_at)
            except Rejected as error:
                if error.code not in _SET_ALREADY:
                    raise

    # ── what one person sees ─────────────────────────────────────────────────

    async def who(self, person: PersonId) -> Known:
        """Raises: Forbidden, Unavailable, Rejected."""
        async with self._with(person) as workspace:
            channels = [
                one.channel
                for one in self._means.neighbours
                if self._means.workspaces.team_of(one) == workspace.team
            ]
            return await self._means.people.who(
                workspace, person, channels or [self.address.channel], self.language
            )

    async def tell(self, person: PersonId, spot: Spot, answer: Answer) -> None:
        """Raises: Unavailable, Rejected."""
        team, user = user_of(person) or ("", "")
        reads = words(await self._language_of(person))
        # Whoever is from a workspace without a room is told so there.
        workspace = await self._means.workspaces.of(team) if team else await self._home()
        await self._means.telling.tell(workspace, user, spot, answer, reads)

    async def notify(self, person: PersonId, text: str, card: ConversationCard) -> None:
        """Raises: Unavailable, Rejected."""
        _, user = user_of(person) or ("", "")
        if not user:
            raise Rejected(say("This person is not in Slack."), "user_not_found")
        thread = card.summary.threads.get(self.name)
        async with self._with(person) as workspace:
            link = self._means.workspaces.link(thread) if thread else None
            reads = words(await self._language_of(person))
            await self._means.telling.direct(
                workspace, user, direct_post(text, card, reads, link=link)
            )

    async def fetch(self, attachment: Attachment) -> Attachment:
        """Raises: TooLarge, Rejected, Unavailable."""
        async with self._at(None) as (workspace, _):
            return await self._means.transfers.fetch(workspace, attachment)

    # ── inside ───────────────────────────────────────────────────────────────

    @property
    def _words(self) -> Words:
        return words(self.language)

    async def _home(self) -> Workspace:
        return await self._means.workspaces.home(self.address)

    @asynccontextmanager
    async def _at(self, thread: ThreadId | None) -> AsyncIterator[tuple[Workspace, Place | None]]:
        """The workspace, and the place of *thread* in it. A token found dead is read anew."""
        place = place_of(thread) if thread else None
        workspaces = self._means.workspaces
        workspace = await (workspaces.of(place.team) if place else self._home())
        with self._noticing(workspace):
            yield workspace, place

    @asynccontextmanager
    async def _with(self, person: PersonId) -> AsyncIterator[Workspace]:
        """The person's own workspace where any room of ours is in it; else this room's."""
        team, _ = user_of(person) or ("", "")
        workspaces, neighbours = self._means.workspaces, self._means.neighbours
        teams = {workspaces.team_of(one) for one in neighbours}
        if team not in teams and "" in teams:
            teams.add((await workspaces.own()).team)
        workspace = await (workspaces.of(team) if team in teams - {""} else self._home())
        with self._noticing(workspace):
            yield workspace

    @contextmanager
    def _noticing(self, workspace: Workspace) -> Iterator[None]:
        try:
            yield
        except Rejected as error:
            self._means.workspaces.noticed(workspace.team, error)
            raise

    async def _update(self, workspace: Workspace, place: Place, post: Post) -> None:
        told = {"channel": place.channel, "ts": place.ts, "link_names": False, **_content(post)}
        await workspace.api.tell("chat.update", told, lane=place.channel)

    async def _language_of(self, person: PersonId) -> str:
        try:
            return (await self.who(person)).language
        except (Forbidden, Rejected, Unavailable):
            return self.language


def _content(post: Post) -> dict[str, object]:
    return {"text": post.text, "blocks": post.blocks}


_: type[ChatRoom] = SlackRoom
