"""A load generator that costs little: keep-alive connections and requests signed beforehand."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

SECRET = "whsec_" + base64.b64encode(b"a key of the benchmarks, 32 bytes").decode()
_KEY = base64.b64decode(SECRET.removeprefix("whsec_"))


def message(n: int, thread: str, text: str = "Guten Tag, wo bleibt mein Paket?") -> bytes:
    """The body of one inbound message, about 500 bytes."""
    return json.dumps(
        {
            "v": 1,
            "type": "message.inbound",
            "id": f"evt_{thread}_{n}",
            "channel": "bench",
            "account": "shop-1",
            "thread": {"id": thread, "window_until": None},
            "from": {"id": f"buyer-{thread}", "name": "Lena Weber", "locale": "de-DE"},
            "order_refs": ["10023"],
            "message": {
                "id": f"m{n}",
                "text": text,
                "sent_at": "2026-11-21T10:00:00Z",
                "attachments": [],
            },
        }
    ).encode()


def signed_request(url: str, body: bytes, id: str) -> bytes:
    """A whole HTTP request, signed as Standard Webhooks has it."""
    at = str(int(time.time()))
    mac = hmac.new(_KEY, f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
    where = urlsplit(url)
    head = (
        f"POST {where.path} HTTP/1.1\r\nhost: {where.netloc}\r\ncontent-type: application/json\r\n"
        f"webhook-id: {id}\r\nwebhook-timestamp: {at}\r\n"
        f"webhook-signature: v1,{base64.b64encode(mac).decode()}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def requests(url: str, count: int) -> list[bytes]:
    """*count* messages of as many threads, never the same as those of an earlier call."""
    run = os.urandom(4).hex()
    return [signed_request(url, message(1, f"t{run}{n}"), f"evt_{run}_{n}") for n in range(count)]


@dataclass
class Answers:
    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies_s: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return self.statuses[200] / self.seconds


async def flood(url: str, prepared: Sequence[bytes], connections: int = 16) -> Answers:
    """All requests as fast as they are answered."""
    answers, queue = Answers(), iter(prepared)
    began = time.perf_counter()
    await asyncio.gather(*(_connection(url, queue, answers) for _ in range(connections)))
    answers.seconds = time.perf_counter() - began
    return answers


async def _connection(url: str, queue: Iterator[bytes], answers: Answers) -> None:
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    for request in queue:
        began = time.perf_counter()
        writer.write(request)
        status = await read_answer(reader)
        answers.latencies_s.append(time.perf_counter() - began)
        answers.statuses[status] += 1
    writer.close()


async def read_answer(reader: asyncio.StreamReader) -> int:
    """The status; the body is read and dropped."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    await reader.readexactly(length)
    return int(head[9:12])
