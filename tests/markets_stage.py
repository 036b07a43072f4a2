"""Where the marketplaces' channels play: a provider of ours, a real store, our real web server."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from assistant.commands import ReceiveMessage, RecordReport
from assistant.model import (
    Arrival,
    Conversation,
    Incoming,
    Message,
    MessageId,
    Reply,
    Report,
    StorefrontId,
    reply_key,
)
from assistant.ports import Fence
from connectors import plugs
from connectors.arriving import kept
from connectors.files import FolderFiles
from connectors.http import Parts, client_session
from connectors.inbox import mount_webhooks
from connectors.store import RedisStore
from tests.fakes import START, Clock, settings
from tests.provider import Provider

FIXTURES = Path(__file__).parent / "fixtures" / "buyers"


def recorded(path: str) -> bytes:
    """A payload, byte for byte: `ebay/in/new_message`."""
    return (FIXTURES / f"{path}.json").read_bytes()


def answer(path: str) -> Any:
    """What a provider answered: `ebay/out/token`."""
    return json.loads(recorded(path))


class Stage:
    """One channel with all round it; `say` is the provider that it calls."""

    def __init__(
        self, name: str, store: RedisStore, folder: Path, environment: dict[str, str], **more: Any
    ) -> None:
        self.name, self.store, self.clock = name, store, Clock()
        self.say = Provider()
        self._folder, self._environment, self._more = folder, environment, more
        self._stack = AsyncExitStack()
        self.url = ""

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.say)
        self.client = await self._stack.enter_async_context(client_session())
        self.channel: Any = self.another()
        app = web.Application()
        if hasattr(self.channel, "receive"):
            mount_webhooks(app, {self.name: self.channel}, self.store, self.clock)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/buyers/{self.name}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def parts_with(self, environment: Mapping[str, str]) -> Parts:
        set_to = {"api_url": "{api}", **self._environment, **environment}
        said = {
            f"{self.name.upper()}_{name.upper()}": SecretStr(value.format(api=self.say.url))
            for name, value in set_to.items()
        }
        made = settings(environment=said, public_url="https://parley.example", **self._more)
        files = FolderFiles(self._folder)
        return Parts(
            settings=made, store=self.store, files=files, client=self.client, now=self.clock
        )

    def another(self, **environment: str) -> Any:
        """The channel as another process, or the next start, has it; some options are others."""
        return plugs.channel(self.name, self.parts_with(environment))

    # ── in ───────────────────────────────────────────────────────────────────

    async def push(self, body: bytes, **headers: str) -> tuple[int, bytes]:
        """What our server answers to a webhook."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.post(self.url, data=body, headers=named) as response:
            return response.status, await response.read()

    async def take(self, arrivals: Sequence[Arrival]) -> None:
        """As the runner of channels that are asked does it."""
        for one in arrivals:
            await kept(one, self.clock(), self.store)

    async def arrived(self) -> list[Incoming | Report]:
        """All that became work, oldest first a shard; it is work no more then."""
        found: list[Incoming | Report] = []
        for shard in range(self.store.shards):
            fence = await self.store.hold(shard, "desk", "tests")
            assert isinstance(fence, Fence)
            for job in await self.store.take(fence, 1_000, timedelta(0)):
                match job.command:
                    case ReceiveMessage():
                        found.append(job.command.incoming)
                    case RecordReport():
                        found.append(job.command.report)
                await self.store.done(fence, job)
        return found

    # ── out ──────────────────────────────────────────────────────────────────

    def reply(self, text: str = "It ships tomorrow.", language: str = "en", **more: Any) -> Reply:
        about = more.pop("about", "x")
        return Reply(
            key=reply_key(about, 1),
            text=text,
            language=language,
            name="Olga",
            approved_by="Olga",
            approved_at=self.clock(),
            **more,
        )


def conversation(incoming: Incoming, *, wrote: bool = True) -> Conversation:
    """The one that *incoming* is of, as the desk hands it to the channel."""
    begun = Conversation.begun(
        incoming.model_copy(update={"received_at": START}), StorefrontId("default"), "DE"
    )
    said = Message(id=MessageId("m"), seq=1, author="buyer", text=incoming.text, at=START)
    return begun.model_copy(update={"messages": (said,) if wrote else ()})


SHORT = aiohttp.ClientTimeout(total=1)
