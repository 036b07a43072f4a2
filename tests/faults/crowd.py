"""Those outside: a relay that hands in buyers' messages, and two agents at two web processes."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlsplit

import aiohttp
from redis.exceptions import RedisError

from assistant.commands import (
    Action,
    ApproveDraft,
    DiscardDraft,
    SettleDoubt,
    UndoApproval,
    WriteReply,
)
from assistant.model import Conversation, ConversationId, Draft, reply_key
from assistant.settings import Settings
from connectors.rooms.console import make_login_link
from tests.faults.ledger import Acknowledged
from tests.faults.providers import Providers, signature
from tests.faults.witness import Witness

NO_ANSWER = (aiohttp.ClientError, TimeoutError, OSError)
AGAIN_S = 0.1
PATIENCE = aiohttp.ClientTimeout(total=8)
MOST_MESSAGES = 12
"""Of one conversation: a console page shows 200 lines, and each message makes several."""


class Relay:
    """Hands in messages, and hands in again whatever was not answered 2xx, as relays do."""

    def __init__(
        self,
        client: aiohttp.ClientSession,
        secret: str,
        webs: Callable[[], list[str]],
        chance: random.Random,
    ) -> None:
        self._client, self._webs, self._chance = client, webs, chance
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self.acknowledged: list[Acknowledged] = []
        self.offered: set[str] = set()
        """Handed over and not answered 2xx yet."""
        self.answers: Counter[int] = Counter()
        self.patient = True
        """Hands in again until it is taken."""

    async def write(self, conversation: int, n: int) -> bool:
        """One message, until it is acknowledged; sometimes once more, or twice at once."""
        id = f"c{conversation}m{n}"
        channel = channel_of(conversation)
        body = json.dumps(_event(id, conversation)).encode()
        sent_s = time.monotonic()
        self.offered.add(id)
        while not await self._hand_in(channel, id, body):
            if not self.patient:
                return False
            await asyncio.sleep(AGAIN_S)
        self.offered.discard(id)
        about = ConversationId(f"{channel}:shop/a1/t{conversation}")
        self.acknowledged.append(Acknowledged(id, about, sent_s, time.monotonic()))
        if self._chance.random() < 0.1:
            await self._hand_in(channel, id, body)
        return True

    async def _hand_in(self, channel: str, id: str, body: bytes) -> bool:
        """True where one of the requests was answered 2xx."""
        times = 2 if self._chance.random() < 0.1 else 1
        answers = await asyncio.gather(*(self._post(channel, id, body) for _ in range(times)))
        return any(answers)

    async def _post(self, channel: str, id: str, body: bytes) -> bool:
        webs = self._webs()
        if not webs:
            return False
        stamp = str(int(time.time()))
        headers = {
            "webhook-id": id,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(self._key, id, stamp, body),
        }
        url = f"{self._chance.choice(webs)}/buyers/{channel}"
        try:
            async with self._client.post(
                url, data=body, headers=headers, timeout=PATIENCE
            ) as answer:
                self.answers[answer.status] += 1
                return answer.status < 300
        except NO_ANSWER:
            self.answers[0] += 1
            return False


def channel_of(conversation: int) -> str:
    """Even ones come by the signed webhook, odd ones by the channel without keys."""
    return "courier" if conversation % 2 else "webhook"


def _event(id: str, conversation: int) -> dict[str, object]:
    return {
        "v": 1,
        "type": "message.inbound",
        "id": f"e{id}",
        "channel": "shop",
        "account": "a1",
        "thread": {"id": f"t{conversation}"},
        "from": {"id": f"b{conversation}", "name": "Tom Brandt", "locale": "en-GB"},
        "message": {"id": id, "text": f"Hello, where is my parcel? ({id})"},
    }


class Crowd:
    """Buyers who write at a steady pace, each waiting for the receipt before the next message."""

    def __init__(self, relay: Relay, conversations: int, chance: random.Random) -> None:
        self._relay, self._chance = relay, chance
        self._written = dict.fromkeys(range(conversations), 0)
        self._next_s = dict.fromkeys(range(conversations), 0.0)
        """When each may write again; infinite while it waits for a receipt."""
        self.calm = asyncio.Event()
        """Nobody begins a message any more."""

    async def write(self, a_second: float) -> None:
        """Until it is calm; returns when everything begun is acknowledged."""
        async with asyncio.TaskGroup() as group:
            while not self.calm.is_set():
                free = [n for n in self._written if self._is_free(n)]
                if free:
                    group.create_task(self._one(self._chance.choice(free)))
                await asyncio.sleep(self._chance.uniform(0.5, 1.5) / a_second)

    def _is_free(self, n: int) -> bool:
        return time.monotonic() >= self._next_s[n] and self._written[n] < MOST_MESSAGES

    async def _one(self, n: int) -> None:
        self._next_s[n] = float("inf")
        self._written[n] += 1
        await self._relay.write(n, self._written[n])
        # Mostly long enough for an answer, sometimes into the middle of one.
        self._next_s[n] = time.monotonic() + self._chance.choice((0.0, 1.0, 4.0, 8.0, 8.0))


class Agent:
    """A person with a session at one web process's console."""

    def __init__(self, name: str, web: Callable[[], str | None], settings: Settings) -> None:
        self.name, self._web, self._settings = name, web, settings
        self._client = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=PATIENCE
        )
        self._token = ""
        self._coming_in = asyncio.Lock()
        self.told: Counter[int] = Counter()

    async def press(self, command: Action) -> int:
        """The status the console answered with; 0 where it answered nothing."""
        web = self._web()
        if web is None:
            return 0
        try:
            async with self._coming_in:
                self._token = self._token or await self._log_in(web)
            fields = {"token": self._token, "command": command.model_dump_json()}
            async with self._client.post(
                f"{web}/console/do", data=fields, headers={"Accept": "application/json"}
            ) as answer:
                await answer.read()
                self.told[answer.status] += 1
                return answer.status
        except NO_ANSWER:
            self.told[0] += 1
            return 0

    async def _log_in(self, web: str) -> str:
        """By a link, as anybody does; the session outlives the process that gave it."""
        link = make_login_link(self._settings, name=self.name, role="agent", base_url=web)
        [token] = parse_qs(urlsplit(link).query)["token"]
        async with self._client.post(f"{web}/login", data={"link": token}) as page:
            found = re.search(r'name="token" value="(\w+)"', await page.text())
            return found[1] if found else ""

    async def close(self) -> None:
        await self._client.close()


class Team:
    """Two agents who go for the same draft at once, take some back, and write some themselves."""

    def __init__(
        self,
        agents: tuple[Agent, Agent],
        witness: Witness,
        providers: Providers,
        chance: random.Random,
    ) -> None:
        self._agents, self._witness, self._providers = agents, witness, providers
        self._chance = chance
        self._doubts: dict[tuple[ConversationId, int], float] = {}
        self.done = asyncio.Event()

    async def work(self) -> None:
        """Until it is done."""
        while not self.done.is_set():
            await self.once()
            await asyncio.sleep(0.25)

    async def once(self) -> None:
        """Look at every conversation, press what there is to press."""
        found: Mapping[ConversationId, Conversation] = await self._seen()
        async with asyncio.TaskGroup() as group:
            for one in found.values():
                if one.draft:
                    group.create_task(self._deal_with(one, one.draft))

    async def _seen(self) -> Mapping[ConversationId, Conversation]:
        try:
            return await self._witness.conversations()
        except (RedisError, OSError):
            # The server may just have been killed; whoever looks at a page sees nothing then.
            return {}

    async def _deal_with(self, conversation: Conversation, draft: Draft) -> None:
        about = {"conversation_id": conversation.id, "version": draft.version}
        match draft.state:
            case "proposed":
                await self._answer(conversation, draft)
            case "approved" if self._chance.random() < 0.03:
                await self._chance.choice(self._agents).press(UndoApproval(**about))
            case "unsure" if self._long_doubted(conversation.id, draft.version):
                arrived = self._providers.taken(reply_key(conversation.id, draft.version)) > 0
                settle = SettleDoubt(**about, arrived=arrived)
                await self._chance.choice(self._agents).press(settle)

    async def _answer(self, conversation: Conversation, draft: Draft) -> None:
        about = {"conversation_id": conversation.id, "version": draft.version}
        dice = self._chance.random()
        if dice < 0.03:
            await self._chance.choice(self._agents).press(DiscardDraft(**about))
        elif dice < 0.12:
            words = WriteReply(
                conversation_id=conversation.id,
                text=f"Hello Tom, I am looking into it now. {self._chance.randrange(1000)} ×",
                based_on=draft.version,
            )
            await self._chance.choice(self._agents).press(words)
        else:
            approve = ApproveDraft(**about)
            await asyncio.gather(*(agent.press(approve) for agent in self._agents))

    def _long_doubted(self, about: ConversationId, version: int) -> bool:
        """A person looks in the channel, which takes them a while; half of them never do."""
        since = self._doubts.setdefault((about, version), time.monotonic())
        return len(about) % 2 == 0 and time.monotonic() - since > 1.5
