"""The buyers' side of the signed webhook: who writes there, and what they got."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.request import Request, urlopen

from aiohttp import web

from tests.loopback import Loopback
from tests.processes import signed, until


@dataclass
class Relay:
    """Takes Parley's replies, each key once, as `docs/webhook.md` asks for it."""

    url: str = ""
    posted: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """By thread: every request, a repeated one too."""
    _loopback: Loopback = field(default_factory=Loopback)
    _seen: set[str] = field(default_factory=set)

    def open(self) -> Relay:
        app = web.Application()
        app.router.add_post("/", self._take)
        self.url = self._loopback.serve(app)
        return self

    def close(self) -> None:
        self._loopback.stop()

    def got(self, thread: str) -> list[str]:
        """The replies that reached a buyer, each as often as it did."""
        return [one["message"]["text"] for one in self._once(thread)]

    def files(self, thread: str) -> list[dict[str, Any]]:
        return [file for one in self._once(thread) for file in one["message"]["attachments"]]

    def _once(self, thread: str) -> list[dict[str, Any]]:
        keys = {one["idempotency_key"]: one for one in self.posted[thread]}
        return list(keys.values())

    async def _take(self, request: web.Request) -> web.Response:
        told = await request.json()
        self.posted[told["thread"]["id"]].append(told)
        return web.json_response({"status": "sent", "external_id": told["idempotency_key"]})


NUMBERS = count(1)


@dataclass
class Buyer:
    """Somebody who writes by the webhook of the Parley at *url*, in a thread of their own."""

    url: str
    relay: Relay
    name: str
    locale: str = "de-DE"
    account: str = "shop"
    n: int = field(default_factory=lambda: next(NUMBERS))
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.name = f"{self.name} ({self.n})"
        """Of nobody else, so that their card is found by it."""

    @property
    def thread(self) -> str:
        return f"thread-{self.n}"

    @property
    def got(self) -> list[str]:
        """The replies that reached them."""
        return self.relay.got(self.thread)

    def writes(self, text: str, attachments: Sequence[dict[str, Any]] = (), **more: Any) -> Buyer:
        """A message comes in, and is acknowledged."""
        self.said.append(text)
        return self._sends("message.inbound", len(self.said), text, attachments, more)

    def changes(self, text: str) -> Buyer:
        """Their newest message, edited."""
        return self._sends("message.edited", len(self.said), text, (), {})

    def gets(self, *texts: str) -> None:
        """Wait until exactly these reached them, byte for byte."""
        until(lambda: len(self.got) >= len(texts))
        assert self.got == list(texts)

    def _sends(
        self, kind: str, at: int, text: str, attachments: Sequence[Any], more: dict[str, Any]
    ) -> Buyer:
        told = {
            "v": 1,
            "type": kind,
            "id": f"evt-{self.n}-{at}-{kind}",
            "channel": "webhook",
            "account": self.account,
            "thread": {"id": self.thread, "window_until": None},
            "from": {"id": f"buyer-{self.n}", "name": self.name, "locale": self.locale},
            "order_refs": [],
            "message": {"id": f"m-{self.n}-{at}", "text": text, "attachments": list(attachments)},
            **more,
        }
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = {"content-type": "application/json", **signed(body, str(told["id"]))}
        request = Request(f"{self.url}/buyers/webhook", body, headers)
        with urlopen(request, timeout=10) as answer:
            assert answer.status == 200, answer.read()
        return self
