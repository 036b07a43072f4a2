"""Calls to Teams: posts, updates, chats, people. Paced, asked once, with our errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from botbuilder.schema import Activity, Attachment, ChannelAccount, ConversationParameters
from botframework.connector.aio import ConnectorClient

from assistant.errors import Rejected, Unavailable, Unsure
from assistant.words import say
from connectors.http import clean_line
from connectors.rooms.teams.addresses import Addresses
from connectors.rooms.teams.bot import Connectors
from connectors.rooms.teams.memory import Here, Someone
from connectors.rooms.teams.pace import Pace
from connectors.rooms.teams.places import Place, place_in
from connectors.rooms.teams.post import CARD, Post
from connectors.rooms.teams.wire import Throttled

MEMBERS = "members"
"""Asking who somebody is has a pace of its own."""


class Profile(NamedTuple):
    """What Teams says of a member."""

    user: str
    object_id: str
    name: str
    principal: str
    """The user principal name: how they log in."""
    tenant: str
    role: str
    """`user`, `owner`, `guest`, `anonymous`."""


class Client:
    """Teams' connector."""

    def __init__(
        self, connectors: Connectors, pace: Pace, addresses: Addresses, service_url: str
    ) -> None:
        self._connectors, self._pace, self._addresses = connectors, pace, addresses
        self._service_url = service_url
        """Where nothing else is known; empty in development: then we must be told first."""

    # ── posts ────────────────────────────────────────────────────────────────

    async def begin(self, channel: str, post: Post, here: Here) -> Place:
        """Post the first message of a new thread.

        Raises: Unavailable, Unsure, Rejected, TooLarge.
        """
        parameters = ConversationParameters(
            is_group=True,
            activity=_activity(post),
            channel_data={"channel": {"id": channel}},
        )
        async with self._at(channel, here.service_url) as teams:
            made = await teams.conversations.create_conversation(parameters)
        place = place_in(str(made.id or "")) if made else None
        if place is None and made and made.activity_id:
            place = Place(channel, str(made.activity_id))
        if place is None:
            raise Unsure(say("Teams did not say whether it took the message."))
        return place

    async def reply(self, conversation: str, post: Post, here: Here) -> str:
        """Post into a thread or chat; the message's id. Raises: as `begin`."""
        async with self._at(conversation, here.service_url) as teams:
            made = await teams.conversations.send_to_conversation(conversation, _activity(post))
        return str(made.id or "") if made else ""

    async def update(self, conversation: str, message: str, post: Post, here: Here) -> None:
        """Bring a message up to date; the same twice is once.

        Raises: Unavailable, Rejected, TooLarge.
        """
        activity = _activity(post)
        activity.id = message
        async with self._at(conversation, here.service_url) as teams:
            await teams.conversations.update_activity(conversation, message, activity)

    # ── people ───────────────────────────────────────────────────────────────

    async def chat_with(self, someone: Someone, here: Here) -> str:
        """The chat of a person with us, made where there is none. Raises: Unavailable, Rejected."""
        tenant = someone.tenant or here.tenant
        parameters = ConversationParameters(
            is_group=False,
            bot=ChannelAccount(id=here.bot),
            members=[ChannelAccount(id=someone.user or someone.object_id)],
            tenant_id=tenant,
            channel_data={"tenant": {"id": tenant}},
        )
        try:
            async with self._at(MEMBERS, someone.service_url or here.service_url) as teams:
                made = await teams.conversations.create_conversation(parameters)
        except Unsure as error:
            # Made twice it is the same chat: nothing was said in it.
            raise Unavailable(error.text) from error
        if not made or not made.id:
            raise Rejected(say("Teams has no chat with this person."), "NoChat")
        return str(made.id)

    async def member(self, channel: str, user: str, here: Here) -> Profile | None:
        """What Teams says of a member of *channel*; None: there is none.

        Raises: Unavailable, Rejected.
        """
        try:
            async with self._at(MEMBERS, here.service_url) as teams:
                found = await teams.conversations.get_conversation_member(channel, user)
        except Rejected as error:
            if error.code in ("404", "MemberNotFoundInConversation", "NotFound"):
                return None
            raise
        return _profile(found, found.additional_properties or {}) if found else None

    async def reach(self, channel: str, here: Here) -> int:
        """How many members *channel* has: proves that we are in it.

        Raises: Unavailable, Rejected.
        """
        async with self._at(MEMBERS, here.service_url) as teams:
            page = await teams.conversations.get_teams_conversation_paged_members(channel, 50)
        return len(page.members or ()) if page else 0

    # ── how ──────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def _at(self, lane: str, service_url: str) -> AsyncIterator[ConnectorClient]:
        """Where to call, when it is our turn; a thread that Teams holds up rests."""
        # What was kept by a former version, or by hand, may be anywhere.
        address = service_url if self._addresses.has(service_url) else self._service_url
        if not address:
            raise Unavailable(
                say("Parley does not know yet where Teams is: add the app to the team first.")
            )
        await self._pace.turn(lane)
        try:
            yield self._connectors.at(address)
        except Throttled as error:
            self._pace.hold(lane, error.retry_after_s or 0.0)
            raise


def _activity(post: Post) -> Activity:
    card = Attachment(content_type=CARD, content=post.card)
    return Activity(type="message", summary=post.summary, attachments=[card])


def _profile(found: Any, more: Mapping[str, Any]) -> Profile:
    def text(name: str) -> str:
        value = more.get(name)
        return value if isinstance(value, str) else ""

    return Profile(
        user=str(found.id or ""),
        object_id=str(found.aad_object_id or "") or text("objectId"),
        name=clean_line(str(found.name or ""), 80),
        principal=text("userPrincipalName"),
        tenant=text("tenantId"),
        role=text("userRole").casefold(),
    )
