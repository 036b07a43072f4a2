"""A stand-in for a language model's endpoint, over real HTTP: it counts, streams, misbehaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import openai
from aiohttp import web

from connectors.models.openai.endpoint import Endpoint
from connectors.models.openai.meter import Meter
from tests.loopback import Loopback

Answers = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]
PRAISED = "Hello Tom,\n\nthank you for writing. I am looking into your order.\n\nOlga"

READING: dict[str, Any] = {
    "language": "en",
    "intents": ["where_is_my_order"],
    "emotion": "worry",
    "strength": 0.3,
    "wishes": ["information"],
    "order_numbers": [],
    "tracking_numbers": [],
    "details": [],
}
USAGE = {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000}


def shape_of(body: dict[str, Any]) -> str:
    """`Reading`, `Written` or `Sentences`: what is asked for."""
    wanted = body.get("response_format", {}).get("json_schema", {}).get("name", "")
    return str(wanted)


def whole(content: str | None, usage: dict[str, int] | None = None, **more: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": content, **more}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    told = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    return told | ({"usage": usage} if usage else {})


def event(delta: dict[str, Any] | None, usage: dict[str, int] | None = None) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": None}]
    told = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return b"data: " + json.dumps(told | {"choices": choices, "usage": usage}).encode() + b"\n\n"


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    return response


async def streamed(
    request: web.Request, text: str, *, pause_s: float = 0.0, piece: int = 20, usage: bool = True
) -> web.StreamResponse:
    """*text* in pieces, then its usage, as a server of that protocol does."""
    response = await stream(request)
    for start in range(0, len(text), piece):
        await response.write(event({"content": text[start : start + piece]}))
        if pause_s:
            await asyncio.sleep(pause_s)
    if usage:
        await response.write(event(None, USAGE))
    await response.write(b"data: [DONE]\n\n")
    return response


class ModelServer:
    """What it was asked, and what it answers: by the shape that is asked for, or by `answers`."""

    def __init__(self, loopback: Loopback) -> None:
        self.asked: list[dict[str, Any]] = []
        self.gone = 0
        """Askers who hung up before they were answered."""
        self.reading: dict[str, Any] = dict(READING)
        self.draft, self.meaning = PRAISED, "the same"
        self.answers: Answers = self.good
        app = web.Application(client_max_size=1 << 24)
        app.router.add_post("/v1/chat/completions", self._complete)
        self.url = loopback.serve(app) + "/v1"

    def endpoint(self, deadline_s: float = 15.0, meter: Meter | None = None) -> Endpoint:
        client = openai.AsyncOpenAI(api_key="k", base_url=self.url, max_retries=0)
        return Endpoint(client, "small", deadline_s=deadline_s, meter=meter)

    def says(self, body: dict[str, Any]) -> str:
        if shape_of(body) == "Reading":
            return json.dumps(self.reading)
        if shape_of(body) == "Sentences":
            return str(body["messages"][-1]["content"])
        return json.dumps({"draft": self.draft, "meaning": self.meaning})

    async def good(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return await streamed(request, self.says(body))

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        try:
            return await self.answers(request, body)
        except (asyncio.CancelledError, ConnectionError):
            self.gone += 1
            raise


def just(
    text: str, *, status: int = 200, mime: str = "application/json", **headers: str
) -> Answers:
    """The same body, whatever is asked."""

    async def answer(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return web.Response(text=text, status=status, content_type=mime, headers=headers)

    return answer


def refuses(status: int, message: str = "no", code: str = "", **headers: str) -> Answers:
    error = {"error": {"message": message, "code": code, "type": "e", "param": None}}
    return just(json.dumps(error), status=status, **headers)


def in_one_piece(content: str | None, **more: Any) -> Answers:
    """An answer that is no stream, though one was asked for."""
    return just(json.dumps(whole(content, **more)))
