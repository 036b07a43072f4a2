"""What stands behind the channels: a relay that knows a key again, and a courier that doesn't.

Both are real HTTP servers with a ledger of what they took. Both misbehave on purpose: they take a
reply and hang up, take it and answer an error, refuse for now, or answer slowly.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Literal

from aiohttp import web

from assistant.model import ReplyKey
from tests.faults.ledger import Acceptance

Mood = Literal["answers", "hangs_up", "breaks", "asks_to_wait", "is_slow", "refuses"]
MOODS: Mapping[Mood, int] = {
    "answers": 60,
    "hangs_up": 12,
    "breaks": 10,
    "asks_to_wait": 6,
    "is_slow": 10,
    "refuses": 2,
}
"""What a provider does with a reply, and how often in a hundred.

`hangs_up` and `breaks` (a 502) come after it took the reply, which the caller can't know.
"""


class Providers:
    """The ledgers of both. Never killed: they live in the process of the test."""

    def __init__(self, secret: str, chance: random.Random) -> None:
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._chance = chance
        self.acceptances: list[Acceptance] = []
        self.asked: Counter[ReplyKey] = Counter()
        """How often each key was handed over."""
        self.forged: list[str] = []
        """Requests whose signature is wrong, or that changed after they were taken."""
        self.moody = True
        self.held = asyncio.Event()
        """While it is cleared, what was taken is not answered."""
        self.held.set()
        self._bodies: dict[ReplyKey, bytes] = {}
        self.url = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Answer on a port of the system's choice until the end."""
        app = web.Application()
        app.router.add_post("/relay", self._relay)
        app.router.add_post("/courier", self._courier)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield
        finally:
            await runner.cleanup()

    def taken(self, key: ReplyKey) -> int:
        return sum(one.key == key for one in self.acceptances)

    async def _relay(self, request: web.Request) -> web.StreamResponse:
        """The same key again is the same message, whatever became of the answer."""
        body = await request.read()
        told = json.loads(body)
        key = ReplyKey(told["idempotency_key"])
        if not self._signed(request, body) or request.headers["webhook-id"] != key:
            self.forged.append(key)
            return web.Response(status=401)
        if self._bodies.get(key, body) != body:
            self.forged.append(key)
            return web.json_response({"status": "rejected", "code": "key_reused"}, status=409)

        def take() -> None:
            if not self.taken(key):
                self._bodies[key] = body
                text = told["message"]["text"]
                self.acceptances.append(Acceptance("webhook", key, text, told["approved_by"]))

        return await self._answer(request, key, take)

    async def _courier(self, request: web.Request) -> web.StreamResponse:
        """Every request is a letter of its own: asked twice, it delivers twice."""
        told = await request.json()
        key = ReplyKey(told["key"])

        def take() -> None:
            one = Acceptance("courier", key, told["text"], told["approved_by"])
            self.acceptances.append(one)

        return await self._answer(request, key, take)

    async def _answer(self, request: web.Request, key: ReplyKey, take: object) -> web.Response:
        assert callable(take)
        mood = self._mood(key)
        self.asked[key] += 1
        if mood == "asks_to_wait":
            return web.Response(status=429, headers={"Retry-After": "1"})
        if mood == "refuses":
            return web.json_response({"status": "rejected", "code": "blocked"}, status=400)
        if mood == "is_slow":
            await asyncio.sleep(self._chance.uniform(0.05, 0.4))
        take()
        if mood == "hangs_up":
            assert request.transport is not None
            request.transport.abort()
        await self.held.wait()
        if mood == "breaks":
            return web.Response(status=502, text="Bad Gateway")
        return web.json_response({"status": "sent", "external_id": f"x{len(self.acceptances)}"})

    def _mood(self, key: ReplyKey) -> Mood:
        """Nobody is unlucky for ever: the third time a key is handed over it is answered."""
        if not self.moody or self.asked[key] >= 2 or self.taken(key):
            return "answers"
        [mood] = self._chance.choices(list(MOODS), list(MOODS.values()))
        return mood

    def _signed(self, request: web.Request, body: bytes) -> bool:
        """As Standard Webhooks has it, computed here and not by what is tested."""
        id, stamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        return hmac.compare_digest(
            request.headers["webhook-signature"], signature(self._key, id, stamp, body)
        )


def signature(key: bytes, id: str, stamp: str, body: bytes) -> str:
    """`v1,` and the signature over id, time and body."""
    signed = b".".join((id.encode(), stamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
