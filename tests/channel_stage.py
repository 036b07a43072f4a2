"""A channel of ours between a provider and a desk: requests over HTTP in, replies over HTTP out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from assistant.commands import ApproveDraft
from assistant.errors import ParleyError
from assistant.model import (
    Buyer,
    BuyerId,
    Conversation,
    Draft,
    Reply,
    ReplyKey,
    StorefrontId,
)
from assistant.settings import ChannelSettings, Settings
from connectors import plugs
from connectors.files import FolderFiles
from connectors.http import Parts, client_session
from connectors.inbox import mount_webhooks
from tests.fakes import OLGA, START, World, incoming, settings
from tests.provider import Provider

FIXTURES = Path(__file__).parent / "fixtures" / "buyers"
KEY = "KEY"
"""What stands for a reply's key in recorded payloads."""


def recorded(channel: str, name: str, sub: str = "in") -> bytes:
    return (FIXTURES / channel / sub / f"{name}.json").read_bytes().strip()


def names_of(channel: str) -> list[str]:
    """Every recorded webhook."""
    return sorted(path.stem for path in (FIXTURES / channel / "in").glob("*.json"))


def set_up(
    channel: str, environment: Mapping[str, str], table: Mapping[str, Any] | None = None
) -> Settings:
    """Settings with one channel's options."""
    return settings(
        buyers=(channel,),
        undo_seconds=0,
        environment={name: SecretStr(value) for name, value in environment.items()},
        channels={channel: ChannelSettings(**(table or {}))},
    )


@dataclass
class Stage:
    """A channel with all around it. Enter it to have it served."""

    world: World
    name: str
    data: Path
    provider: Provider = field(default_factory=Provider)
    session: aiohttp.ClientSession = field(init=False)
    channel: Any = field(init=False)
    files: FolderFiles = field(init=False)
    _client: TestClient[Any, Any] = field(init=False)

    async def __aenter__(self) -> Stage:
        self.files, self.session = FolderFiles(self.data), client_session()
        parts = Parts(
            settings=self.world.settings,
            store=self.world.store,
            files=self.files,
            client=self.session,
            now=self.world.clock,
        )
        try:
            self.channel = plugs.channel(self.name, parts)
        except ParleyError:
            await self.session.close()
            raise
        self.world.more_channels = {self.name: self.channel}
        app = web.Application()
        mount_webhooks(app, {self.name: self.channel}, self.world.store, self.world.clock)
        self._client = TestClient(TestServer(app))
        await self._client.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()
        await self.session.close()

    # ── in ───────────────────────────────────────────────────────────────────

    async def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        async with self._client.post(
            f"/buyers/{self.name}", data=BytesIO(body), headers=headers
        ) as answer:
            await answer.read()
            return answer.status

    async def get(self, query: Mapping[str, str]) -> tuple[int, str]:
        async with self._client.get(f"/buyers/{self.name}", params=query) as answer:
            return answer.status, await answer.text()

    # ── out ──────────────────────────────────────────────────────────────────

    async def only(self) -> Conversation:
        """The one conversation there is."""
        queue = await self.world.store.queue("open", OLGA.id, self.world.clock(), 10)
        [found] = queue.conversations
        return await self.world.conversation(found.id)

    async def approves(self) -> Draft:
        """Olga sends the draft of the one conversation; what became of it by then."""
        about = await self.only()
        assert about.draft is not None
        version = about.draft.version
        await self.world.handle(ApproveDraft(conversation_id=about.id, version=version))
        await self.world.work()
        return (await self.world.conversation(about.id)).draft_of(version)


def reply(text: str = "It left today.", **more: Any) -> Reply:
    """What an agent approved."""
    return Reply(
        **{
            "key": ReplyKey("reply_0123456789abcdef0123456789abcdef"),
            "text": text,
            "language": "en",
            "name": "Olga",
            "approved_by": "Olga",
            "approved_at": START,
            **more,
        }
    )


def conversation(channel: str, thread_key: str, buyer: str, account: str = "") -> Conversation:
    """One whose buyer wrote a minute ago."""
    message = incoming(
        "Where is it?",
        channel=channel,
        thread_key=thread_key,
        account=account,
        buyer=Buyer(id=BuyerId(f"{channel}:{buyer}")),
        sent_at=START - timedelta(minutes=1),
    )
    begun = Conversation.begun(message, StorefrontId("default"), None)
    return begun.received(message, START)


async def at_once(*posts: Any) -> list[int]:
    return list(await asyncio.gather(*posts))
