"""The bytes of an answer: a stream of events with its usage at the end, or one JSON body."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from assistant.model import Used

MOST_ANSWER = 100_000
"""Characters of an answer; more is no answer."""
MOST_BYTES = 8_000_000
"""Of all that comes for it: each word of a stream stands in an event of its own."""
MOST_LINE = 1_000_000
TOLD_EVERY_S = 0.5
"""How often somebody who follows an answer is told how far it is."""


Create = Callable[..., Any]
"""The client's call of Chat Completions, whose answer is left in bytes."""


class Garbled(Exception):
    """What came is no answer of this protocol."""


class Declined(Exception):
    """The model, or a filter before it, will not answer this."""


def estimated(text: str) -> int:
    """About how many tokens *text* is: four Latin letters, or one sign of another script."""
    plain = sum(char < "\u0250" for char in text)
    return plain // 4 + len(text) - plain + 1


@dataclass
class Answering:
    """An answer as far as it came."""

    prompt: str
    """What was asked, for counting where the endpoint does not."""
    follows: Callable[[str], Awaitable[None]] | None = None
    parts: list[str] = field(default_factory=list)
    chars: int = 0
    usage: Used | None = None
    declined: bool = False
    told_at: float = 0.0
    calls: int = 0

    @property
    def text(self) -> str:
        return "".join(self.parts)

    @property
    def used(self) -> Used:
        """By the endpoint's word; by our guess where it says nothing, or was not heard out."""
        if not self.calls:
            return Used()
        if self.usage is not None:
            return self.usage.model_copy(update={"calls": self.calls})
        return Used(
            calls=self.calls, tokens_in=estimated(self.prompt), tokens_out=estimated(self.text)
        )

    async def takes(self, payload: Any) -> None:
        """One event, or the whole body. Raises: Garbled, Declined."""
        if not isinstance(payload, dict) or payload.get("error"):
            raise Garbled
        self._counts(payload.get("usage"))
        choices = payload.get("choices")
        if not choices:
            return
        said = choices[0].get("delta") or choices[0].get("message")
        if choices[0].get("finish_reason") == "content_filter" or (said or {}).get("refusal"):
            raise Declined
        await self._says((said or {}).get("content") or "")

    async def _says(self, text: str) -> None:
        self.parts.append(text)
        self.chars += len(text)
        if self.chars > MOST_ANSWER:
            raise Garbled
        if self.follows and text and monotonic() - self.told_at >= TOLD_EVERY_S:
            self.told_at = monotonic()
            await self.follows(self.text)

    def _counts(self, usage: Any) -> None:
        if isinstance(usage, dict):
            self.usage = Used(
                tokens_in=max(int(usage.get("prompt_tokens") or 0), 0),
                tokens_out=max(int(usage.get("completion_tokens") or 0), 0),
            )


async def heard(create: Create, request: dict[str, Any], answer: Answering) -> None:
    """Ask, and put what comes into *answer*. Cancelled, the connection is closed at once.

    Raises: openai.APIError, Garbled, Declined, and what comes of broken connections.
    """
    answer.calls += 1
    async with create(**request) as response:
        if "event-stream" not in response.headers.get("content-type", ""):
            # Asked for a stream, some answer in one piece: that is as good.
            await answer.takes(await _whole(response.iter_bytes()))
            return
        async for event in _events(response.iter_bytes()):
            await answer.takes(event)


async def _whole(chunks: AsyncIterator[bytes]) -> Any:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MOST_LINE:
            raise Garbled
    return json.loads(body)


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[Any]:
    """What stands behind `data:` in each line, up to `[DONE]`."""
    rest, total = b"", 0
    async for chunk in chunks:
        total += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        if total > MOST_BYTES or len(rest) > MOST_LINE:
            raise Garbled
        for line in lines:
            data = line.strip().removeprefix(b"data:").strip()
            if data == b"[DONE]":
                return
            if line.startswith(b"data:") and data:
                yield json.loads(data)
