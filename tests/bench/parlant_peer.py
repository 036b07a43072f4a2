"""Parlant's turn with a model that answers at once: run by the Python that has Parlant installed.

`python parlant_peer.py TURNS` prints JSON: for each turn its seconds from the customer's message to
the agent's, the calls of the model, and the characters of their prompts. The model is a stand-in in
its process, so it takes no time at all: each call is answered with the least that its schema takes.
"""

from __future__ import annotations

import asyncio
import enum
import json
import os
import socket
import sys
import tempfile
import time
import types
import urllib.request
from importlib import import_module
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin

T = TypeVar("T")
MESSAGES = (
    "Where is my order 10023? It should have been here on Tuesday.",
    "The teapot came broken, I want my money back.",
    "Can I change the delivery address?",
)
GUIDELINES = (
    ("the customer asks where an order is", "look the parcel up and say when it arrives"),
    ("something arrived broken", "apologise once and offer a refund or a new one"),
    ("the customer wants to send something back", "explain how a return works"),
    ("the customer is angry", "name their matter first, and stay calm"),
    ("the customer asks for a discount", "say what may be given, and nothing else"),
    ("the customer wants to cancel", "check whether the order has left"),
    ("the customer asks for an invoice", "say when it will be sent"),
    ("the customer names a lawyer", "leave it to a lead"),
    ("the customer thanks", "answer in one sentence"),
    ("the customer writes in another language", "answer in that language"),
)
RAN = {"calls": 0, "chars": 0}
SAID = "I am looking into it."


def least(kind: Any) -> Any:
    """The smallest value of a type."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if type(None) in inner else least(inner[0])
    if origin is Literal:
        return inner[0]
    if origin is not None:
        return {} if origin is dict else []
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    if hasattr(kind, "model_fields"):
        return instance(kind)
    known: dict[Any, Any] = {str: SAID, bool: False, int: 1, float: 0.0}
    return known.get(kind)


def instance(schema: Any) -> Any:
    """The least that *schema* takes, with words where a reply is wanted."""
    wanted = {
        name: SAID if name in ("response_body", "response", "message") else least(field.annotation)
        for name, field in schema.model_fields.items()
        if field.is_required() or name in ("response_body", "response", "message")
    }
    return schema.model_validate(wanted)


class NoTokens:
    async def estimate_token_count(self, prompt: str) -> int:
        return len(prompt) // 4


class Instant(Generic[T]):
    """A generator of structured answers that takes no time."""

    id, max_tokens = "instant", 1_000_000
    tokenizer = NoTokens()

    @property
    def schema(self) -> Any:
        return get_args(self.__orig_class__)[0]  # type: ignore[attr-defined]  # set by Generic

    async def generate(self, prompt: Any, hints: Any = None) -> Any:
        core = import_module("parlant.core.nlp.generation")
        info = import_module("parlant.core.nlp.generation_info")
        text = prompt if isinstance(prompt, str) else prompt.build()
        RAN["calls"] += 1
        RAN["chars"] += len(text)
        used = info.UsageInfo(input_tokens=len(text) // 4, output_tokens=10)
        told = info.GenerationInfo(self.schema.__name__, "instant", 0.0, used)
        return core.SchematicGenerationResult(content=instance(self.schema), info=told)


class Nowhere:
    """An embedder for which all texts are alike."""

    id, max_tokens, dimensions = "nowhere", 100_000, 8
    tokenizer = NoTokens()

    async def embed(self, texts: list[str], hints: Any = None) -> Any:
        embedding = import_module("parlant.core.nlp.embedding")
        return embedding.EmbeddingResult(vectors=[[1.0] + [0.0] * 7 for _ in texts])


class Service:
    """Parlant's door to a model."""

    supports_streaming = False

    async def get_schematic_generator(self, t: Any, hints: Any = None) -> Any:
        return Instant[t]()

    async def get_embedder(self, hints: Any = None) -> Any:
        return Nowhere()

    async def get_moderation_service(self) -> Any:
        return import_module("parlant.core.nlp.moderation").NoModeration()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def serve(port: int, agents: list[str]) -> None:
    sdk = import_module("parlant.sdk")
    async with sdk.Server(
        host="127.0.0.1",
        port=port,
        tool_service_port=free_port(),
        nlp_service=lambda container: Service(),
        log_level=sdk.LogLevel.CRITICAL,
    ) as server:
        agent = await server.create_agent(name="Olga", description="Answers a shop's buyers.")
        for condition, action in GUIDELINES:
            await agent.create_guideline(condition=condition, action=action)
        agents.append(agent.id)


def ask(port: int, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", data, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


async def turn(port: int, agent: str, text: str) -> dict[str, float]:
    """One message, up to the agent's answer."""
    session = await asyncio.to_thread(ask, port, "/sessions", {"agent_id": agent})
    RAN.update(calls=0, chars=0)
    began = time.monotonic()
    place = f"/sessions/{session['id']}/events"
    event = {"kind": "message", "source": "customer", "message": text}
    posted = await asyncio.to_thread(ask, port, place, event)
    wanted = f"?min_offset={posted['offset'] + 1}&kinds=message&source=ai_agent&wait_for_data=50"
    await asyncio.to_thread(ask, port, place + wanted)
    seconds = time.monotonic() - began
    return {"seconds": seconds, "calls": RAN["calls"], "chars": RAN["chars"]}


async def main(turns: int) -> list[dict[str, float]]:
    port, agents = free_port(), list[str]()
    serving = asyncio.create_task(serve(port, agents))
    async with asyncio.timeout(240):
        while True:
            await asyncio.sleep(0.5)
            if serving.done():
                serving.result()
            try:
                await asyncio.to_thread(ask, port, "/agents")
            except OSError:
                continue
            break
    await turn(port, agents[0], MESSAGES[0])
    found = [await turn(port, agents[0], MESSAGES[n % len(MESSAGES)]) for n in range(turns)]
    serving.cancel()
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["PARLANT_HOME"] = home
        os.chdir(home)
        ran = asyncio.run(main(int(sys.argv[1])))
        sys.stdout.write("\n" + json.dumps(ran) + "\n")
        sys.stdout.flush()
        os._exit(0)  # its server has threads of its own, which nobody needs any more
