"""While a model takes its time: the card says so, and what has no use any more is cut short."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from types import TracebackType
from typing import Any, Self, TypeVar

from assistant.commands import ShowConversation
from assistant.desk.handling import load, rooms_of
from assistant.errors import Conflict, Unavailable
from assistant.model import Conversation, ConversationId, Doing
from assistant.ports import Change, Ports
from assistant.words import Text, say

LOOK_S = 0.4
"""How often it is looked whether what is being written is still wanted."""
PAGE_S = 2.0
"""How often an open page is told how far it is: each time it fetches the card anew."""
CHAT_S = 3.0
"""The same for a chat, where each time is an edit of a message."""
KEPT = timedelta(seconds=30)
"""After a crash the card says for so long, at most, that somebody writes."""
Result = TypeVar("Result")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


async def while_it_stands(
    work: Coroutine[Any, Any, Result],
    conversation: Conversation,
    basis_of: Callable[[Conversation], object],
    ports: Ports,
) -> Result:
    """What *work* comes to, unless its basis changes: then it is cancelled, down to its sockets.

    Raises: Conflict, where somebody was faster: the buyer, the team, or another worker.
    """
    doing = asyncio.ensure_future(work)
    basis, version = basis_of(conversation), conversation.version
    try:
        while not (await asyncio.wait({doing}, timeout=LOOK_S))[0]:
            with suppress(Unavailable):  # A store that is away decides nothing.
                now = await ports.store.version(conversation.id)
                if now != version and basis_of(await load(ports, conversation.id)) != basis:
                    raise Conflict("what it was made from has changed")
                version = now
        return await doing
    finally:
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)


# ── how far it is ────────────────────────────────────────────────────────────


def _key(about: ConversationId) -> str:
    return f"progress:{about}"


class Progress:
    """What a card says meanwhile. It ends with the work, and by itself should that never end."""

    def __init__(self, conversation: Conversation, ports: Ports) -> None:
        self._about, self._store = conversation.id, ports.store
        places = [room.place(conversation.id) for room in rooms_of(conversation, ports)]
        self._page, self._chat = any(places), None in places
        self._said = False
        self._doing: Doing | None = None
        self._page_at = 0.0
        self._chat_at = monotonic()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._said:
            with suppress(Unavailable):
                await self._store.keep(_key(self._about), "", KEPT)

    async def heard(self, doing: Doing, text: str) -> None:
        """Best effort: that it can't be told is no reason not to write."""
        now = monotonic()
        if doing == self._doing and now - self._page_at < PAGE_S:
            return
        self._doing, self._page_at, self._said = doing, now, True
        with suppress(Unavailable):
            told = json.dumps({"doing": doing, **_length(text)})
            await self._store.keep(_key(self._about), told, KEPT)
            if self._page:
                await self._store.announce(Change("conversation", self._about))
            if self._chat and now - self._chat_at >= CHAT_S:
                self._chat_at = now
                await self._store.enqueue(ShowConversation(conversation_id=self._about))


def _length(text: str) -> dict[str, int]:
    """Its words, or its characters where words have no spaces between them; nothing of itself."""
    if len(_UNSPACED.findall(text)) > len(text) // 4:
        return {"characters": len(text)}
    return {"words": len(text.split())}


async def progress_of(about: ConversationId, ports: Ports) -> Text | None:
    """What is being done for it at the moment, for its card."""
    if ports.drafter.name == "offline" and ports.reader is None:
        return None
    told = await ports.store.kept(_key(about))
    if told is None:
        return None
    found = json.loads(told)
    if found["doing"] in _DOING:
        return _DOING[found["doing"]]
    return _so_far(found)


_DOING: Mapping[str, Text] = {
    "reading": say("Parley is reading what the buyer wrote …"),
    "repairing": say("Parley is writing it anew: the check objected to something …"),
}


def _so_far(found: Mapping[str, int]) -> Text:
    if found.get("characters"):
        return say("Parley is writing … {n} characters so far.", n=found["characters"])
    if found.get("words"):
        return say("Parley is writing … {n} words so far.", n=found["words"])
    return say("Parley is writing …")
