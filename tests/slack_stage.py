"""Parley's side of Slack on a stage: the real platform and store, a desk that remembers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from assistant.commands import Act, Ask, Command, Work
from assistant.errors import Unavailable
from assistant.model import Actor, Conversation, ConversationId, StorefrontId, ThreadId
from assistant.ports import Store
from assistant.settings import Settings, SlackSettings
from assistant.surface.cards import Answer
from connectors.files import FolderFiles
from connectors.http import Parts, client_session
from connectors.rooms.slack import SlackPlatform, SlackRoom, connect
from connectors.rooms.slack.signature import sign
from connectors.store import RedisStore
from tests.fakes import Clock, incoming, settings
from tests.slack_fake import BOT, ROOM, TEAM, TOKEN, FakeSlack

SECRET = "signing secret of the tests"
ANNA, BEN = "U1ANNA", "U2BEN"


class Watched:
    """The real store; it can be away, or slow, and remembers what was enqueued."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store
        self.down = False
        self.hangs = False
        self.slow_to_keep_s = 0.0
        self.work: list[Work] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def keep(self, key: str, body: str, ttl: timedelta) -> None:
        """Slow once, where it is."""
        slow_s, self.slow_to_keep_s = self.slow_to_keep_s, 0.0
        await asyncio.sleep(slow_s)
        await self._store.keep(key, body, ttl)

    async def enqueue(self, command: Work, *, once: str | None = None) -> bool:
        if self.hangs:
            await asyncio.sleep(60)
        if self.down:
            raise Unavailable("The store is away.")
        fresh = await self._store.enqueue(command, once=once)
        if fresh:
            self.work.append(command)
        return fresh


@dataclass
class DeskOfTests:
    """Answers what it was told to, and remembers what it was asked."""

    answers: dict[type, Callable[[Any], Answer]] = field(default_factory=dict)
    handled: list[tuple[Command, Actor, str]] = field(default_factory=list)
    hangs: set[type] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    """The presses that were done: again, they are not."""
    slow_s: float = 0.0

    async def handle(
        self, command: Command, actor: Actor, language: str = "en", *, press: str | None = None
    ) -> Answer:
        if press in self.done:
            return Answer()
        self.handled.append((command, actor, language))
        if type(command) in self.hangs:
            await asyncio.sleep(60)
        await asyncio.sleep(self.slow_s)
        make = self.answers.get(type(command))
        answer = make(command) if make else Answer()
        if press and not getattr(answer.card, "blocked", False):
            self.done.add(press)
        return answer


@dataclass
class Stage:
    """One workspace with Parley in it."""

    slack: FakeSlack
    store: Watched
    clock: Clock
    parts: Parts
    platform: SlackPlatform
    desk: DeskOfTests
    http: TestClient[web.Request, web.Application] | None = None
    _n: int = 0

    @property
    def room(self) -> SlackRoom:
        return self.platform.rooms["slack"]

    @property
    def work(self) -> list[Act | Ask]:
        return [one for one in self.store.work if isinstance(one, Act | Ask)]

    async def settles(self) -> None:
        """What goes on after the answer is done."""
        while self.platform._errands._tasks:
            await asyncio.gather(*self.platform._errands._tasks, return_exceptions=True)

    # ── Slack delivers ───────────────────────────────────────────────────────

    async def deliver(
        self, body: bytes, mime: str, *, secret: str = SECRET, at: float | None = None, **more: str
    ) -> aiohttp.ClientResponse:
        stamp = str(int(self.clock().timestamp() if at is None else at))
        headers = {
            "Content-Type": mime,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": sign(body, stamp, secret).decode(),
            **{name.replace("_", "-"): value for name, value in more.items()},
        }
        headers = {name: value for name, value in headers.items() if value != "-"}
        assert self.http is not None
        return await self.http.post("/slack/events", data=BytesIO(body), headers=headers)

    async def event(self, event: Mapping[str, Any], **more: Any) -> int:
        """What the Events API sends. The status of our answer."""
        self._n += 1
        body = {
            "type": "event_callback",
            "team_id": TEAM,
            "event_id": f"Ev{self._n}",
            "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
            "event": event,
            **more,
        }
        return (await self.deliver(json.dumps(body).encode(), "application/json")).status

    async def says(self, text: str, *, thread: str = "", user: str = ANNA, **more: Any) -> int:
        """A person types a message."""
        self._n += 1
        ts = more.pop("ts", f"1790000001.{self._n:06}")
        root = {"thread_ts": thread} if thread else {}
        channel = {"channel": ROOM, "channel_type": "channel"}
        event = {"type": "message", "user": user, "text": text, "ts": ts, **channel, **root, **more}
        return await self.event(event)

    async def interacts(self, payload: Mapping[str, Any]) -> aiohttp.ClientResponse:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return await self.deliver(body, "application/x-www-form-urlencoded")

    def press(
        self, value: str, *, user: str = ANNA, ts: str = "1790000000.000001", **more: Any
    ) -> dict[str, Any]:
        """The payload of a pressed button."""
        self._n += 1
        container = {"type": "message", "message_ts": ts, "channel_id": ROOM}
        return {
            "type": "block_actions",
            "user": {"id": user, "team_id": TEAM},
            "team": {"id": TEAM},
            "channel": {"id": ROOM},
            "container": {**container, **more.pop("container", {})},
            "message": {"ts": ts},
            "trigger_id": f"trigger{self._n}",
            "response_url": f"{self.slack.url}/respond/{self._n}",
            "actions": [
                {
                    "type": "button",
                    "action_id": "do:approve_draft:0",
                    "value": value,
                    "action_ts": f"1790000002.{self._n:06}",
                }
            ],
            **more,
        }

    async def command(
        self, name: str, text: str = "", *, user: str = ANNA
    ) -> aiohttp.ClientResponse:
        self._n += 1
        form = {
            "command": name,
            "text": text,
            "user_id": user,
            "team_id": TEAM,
            "channel_id": ROOM,
            "trigger_id": f"trigger{self._n}",
            "response_url": f"{self.slack.url}/respond/{self._n}",
        }
        return await self.deliver(urlencode(form).encode(), "application/x-www-form-urlencoded")

    async def conversation_in(self, ts: str = "1790000000.000001") -> ConversationId:
        """A conversation whose card stands in the room at *ts*."""
        about = ConversationId("webchat:v1")
        thread = ThreadId(f"slack:{TEAM}:{ROOM}:{ts}")
        await self.store.commit(sample(about, thread))
        return about


def sample(about: ConversationId, thread: ThreadId) -> Conversation:
    begun = Conversation.begun(incoming("Hello"), StorefrontId("default"), None)
    return begun.model_copy(update={"id": about, "threads": {"slack": thread}})


def slack_settings(api_url: str, data: Path, **changes: Any) -> Settings:
    return settings(
        **{
            "rooms": ("slack",),
            "slack_room": ROOM,
            "slack_bot_token": SecretStr(TOKEN),
            "slack_signing_secret": SecretStr(SECRET),
            "slack_api_url": api_url,
            "data": data,
            **changes,
        }
    )


@asynccontextmanager
async def staged(
    store: RedisStore,
    data: Path,
    *,
    slack: FakeSlack | None = None,
    roles: SlackSettings | None = None,
    **changes: Any,
) -> AsyncIterator[Stage]:
    """Everything, started and stopped."""
    slack = slack or FakeSlack()
    changes |= {"slack": roles} if roles else {}
    async with AsyncExitStack() as stack:
        await slack.start()
        stack.push_async_callback(slack.stop)
        slack.joins(ANNA)
        slack.joins(BEN)
        slack.members[ROOM].append(BOT)
        clock, watched = Clock(), Watched(store)
        parts = Parts(
            settings=slack_settings(slack.api_url, data, **changes),
            store=cast(Store, watched),
            files=FolderFiles(data),
            client=await stack.enter_async_context(client_session()),
            now=clock,
        )
        platform = await connect(parts)
        stage = Stage(slack, watched, clock, parts, platform, DeskOfTests())
        app = web.Application()
        platform.mount(app, stage.desk)
        stage.http = await stack.enter_async_context(TestClient(TestServer(app)))
        await stage.settles()
        yield stage
