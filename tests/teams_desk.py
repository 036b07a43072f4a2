"""A whole desk with Teams as its room: the real store, the real connector, a Teams on loopback."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from assistant.model import ConversationId
from assistant.playbooks import Playbooks
from assistant.ports import Store
from connectors.files import FolderFiles
from connectors.http import Parts, client_session
from connectors.rooms.teams import Cloud, TeamsPlatform, TeamsRoom, connect
from tests.fakes import FakeTranslator, World, settings
from tests.teams_service import (
    BOT,
    BUYERS,
    GROUP,
    TENANT,
    Member,
    Message,
    Service,
    actions,
    chat_of,
    service,
)
from tests.teams_tokens import APP_ID, APP_PASSWORD, Issuer

BOT_NAME = "Parley"


class Answered(NamedTuple):
    """What the bot answered Teams."""

    status: int
    body: Any

    @property
    def card(self) -> dict[str, Any]:
        assert self.body["type"] == "application/vnd.microsoft.card.adaptive", self.body
        card: dict[str, Any] = self.body["value"]
        return card

    @property
    def said(self) -> str:
        assert self.body["type"] == "application/vnd.microsoft.activity.message", self.body
        return str(self.body["value"])


class Desk:
    """Everything together, and what people do."""

    def __init__(
        self,
        service: Service,
        platform: TeamsPlatform,
        world: World,
        door: TestClient[Any, Any],
        issuer: Issuer | None,
    ) -> None:
        self.service, self.platform, self.world, self.door = service, platform, world, door
        self.issuer = issuer

    @property
    def room(self) -> TeamsRoom:
        return next(iter(self.platform.rooms.values()))

    # ── what Teams sends ─────────────────────────────────────────────────────

    def activity(self, member: Member, conversation: str, **more: Any) -> dict[str, Any]:
        """What every activity from a person holds."""
        personal = conversation.startswith("a:")
        data: dict[str, Any] = {"tenant": {"id": TENANT}}
        if not personal:
            data |= {"team": {"id": BUYERS, "aadGroupId": GROUP}}
            data |= {"channel": {"id": conversation.split(";")[0]}}
        told = {
            "type": "message",
            "id": str(uuid.uuid4()),
            "timestamp": "2026-11-21T10:00:00Z",
            "localTimezone": "Europe/Berlin",
            "channelId": "msteams",
            "serviceUrl": self.service.service_url,
            "recipient": {"id": BOT, "name": BOT_NAME},
            "from": {"id": member.user, "name": member.name, "aadObjectId": member.object_id},
            "conversation": {
                "id": conversation,
                "conversationType": "personal" if personal else "channel",
                "tenantId": TENANT,
            },
            "locale": member.locale,
            "channelData": data,
        }
        return told | more

    def message(
        self, member: Member, conversation: str, text: str, *mentions: Member, **more: Any
    ) -> dict[str, Any]:
        """Words to the bot: in a channel by mention, in a chat as they are."""
        entities = [_mention(BOT, BOT_NAME), *(_mention(one.user, one.name) for one in mentions)]
        if conversation.startswith("a:"):
            return self.activity(member, conversation, text=text, entities=entities[1:], **more)
        said = f"<at>{BOT_NAME}</at> {text}"
        return self.activity(member, conversation, text=said, entities=entities, **more)

    def invoke(
        self, member: Member, pressed: Message, data: Mapping[str, Any], **more: Any
    ) -> dict[str, Any]:
        """A press on Action.Execute of a card."""
        action = {"type": "Action.Execute", "verb": "parley", "data": dict(data)}
        return self.activity(
            member,
            pressed.conversation,
            type="invoke",
            name="adaptiveCard/action",
            replyToId=pressed.id,
            value={"action": action, "trigger": "manual"},
            **more,
        )

    async def send(self, activity: Mapping[str, Any], token: str | None = None) -> Answered:
        """Post it to the bot, with the right token unless another is given."""
        headers = {}
        if token is None and self.issuer is not None:
            token = self.issuer.token(activity["serviceUrl"])
        if token:
            headers["Authorization"] = f"Bearer {token}"
        async with self.door.post("/api/messages", json=activity, headers=headers) as answer:
            raw = await answer.read()
            return Answered(answer.status, await answer.json() if raw else None)

    # ── what people do ───────────────────────────────────────────────────────

    async def says(
        self, member: Member, text: str, *mentions: Member, under: Message | None = None
    ) -> Answered:
        """By mention in the channel or a thread of it; then everything is worked off."""
        place = under.conversation if under else f"{BUYERS};messageid=1700000000001"
        answered = await self.send(self.message(member, place, text, *mentions))
        await self.world.work()
        return answered

    async def writes(self, member: Member, text: str) -> Answered:
        """In their own chat with the bot."""
        answered = await self.send(self.message(member, chat_of(member), text))
        await self.world.work()
        return answered

    async def presses(
        self,
        member: Member,
        on: Message,
        title: str,
        card: Mapping[str, Any] | None = None,
        **typed: str,
    ) -> Answered:
        """A button of a message, or of *card*, which took its place for that person."""
        found = actions(card or on.card)
        assert title in found, f"nobody can press {title!r}: there is only {sorted(found)}"
        answered = await self.send(self.invoke(member, on, {**found[title]["data"], **typed}))
        await self.world.work()
        return answered

    async def buyer_writes(self, text: str, n: int = 1, **changes: Any) -> ConversationId:
        return await self.world.buyer_writes(text, n, **changes)

    @property
    def root(self) -> Message:
        [root] = self.service.roots()
        return root

    async def stored(self) -> int:
        """How much work waits in the store."""
        figures = await self.world.store.figures()
        return int(sum(count for name, count in figures.items() if name.startswith("pending.")))


def _mention(user: str, name: str) -> dict[str, Any]:
    text = f"<at>{name}</at>"
    return {"type": "mention", "text": text, "mentioned": {"id": user, "name": name}}


def configured(**changes: Any) -> Any:
    """Settings of a desk whose one room is a channel of Teams."""
    return settings(
        **{
            "rooms": ("teams",),
            "teams_room": BUYERS,
            "teams_app_id": APP_ID,
            "teams_app_password": SecretStr(APP_PASSWORD),
            **changes,
        }
    )


def cloud_of(service: Service, issuer: Issuer | None) -> Cloud:
    """Microsoft's services on loopback."""
    told = {"login_url": service.url, "service_url": service.service_url}
    return Cloud(**told, **({"keys_url": issuer.metadata_url} if issuer else {}))


@asynccontextmanager
async def desk(
    store: Store,
    playbooks: Playbooks,
    place: Path,
    issuer: Issuer | None,
    *,
    keys_url: str = "",
    translator: FakeTranslator | None = None,
    **changes: Any,
) -> AsyncIterator[Desk]:
    """A desk in Teams until the end; without an issuer, as in development."""
    async with service() as teams, client_session() as client:
        open_door = {"teams_app_id": "", "teams_app_password": None, "teams_dev": True}
        chosen = configured(**({} if issuer else open_door), **changes)
        world = World(store=store, playbooks=playbooks, settings=chosen, translator=translator)
        parts = parts_of(world, place, client)
        cloud = cloud_of(teams, issuer)
        platform = await connect(parts, replace(cloud, keys_url=keys_url or cloud.keys_url))
        rooms = dict(platform.rooms)
        world.room = rooms.pop(next(iter(rooms)))  # type: ignore[assignment]
        world.more_rooms = rooms  # type: ignore[assignment]
        app = web.Application()
        platform.mount(app, world.desk)
        async with TestClient(TestServer(app)) as door:
            yield Desk(teams, platform, world, door, issuer)


def parts_of(world: World, place: Path, client: aiohttp.ClientSession) -> Parts:
    return Parts(
        settings=world.settings,
        store=world.store,
        files=FolderFiles(place),
        client=client,
        now=world.clock,
    )
