"""Conversations: the one atomic write, and reading them one by one."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import Sequence
from typing import Any, Self, cast

from pydantic import ValidationError

from assistant.commands import Work, subject
from assistant.errors import Unavailable
from assistant.model import LANES, Conversation, ConversationId, Entry
from assistant.ports import Fence, Later
from assistant.words import say
from connectors.store import keys, written
from connectors.store.base import Base, script
from connectors.store.wire import Argument

log = logging.getLogger(__name__)

REMEMBERED = 50_000
"""So many (conversation, key) pairs this process remembers as written, and as many threads."""


class Conversations(Base):
    """Load, commit, log."""

    async def load(self, conversation: ConversationId) -> Conversation | None:
        """The conversation as last committed. Raises: Unavailable."""
        key = keys.conversation(self.shard_of(conversation), conversation)
        body = await self._servers.call("HGET", key, "body", key=key)
        return decoded(conversation, body) if isinstance(body, bytes) else None

    async def version(self, conversation: ConversationId) -> int:
        """Of the conversation as stored; 0 where there is none."""
        key = keys.conversation(self.shard_of(conversation), conversation)
        found = await self._servers.call("HGET", key, "version", key=key)
        return int(found) if isinstance(found, bytes) else 0

    async def commit(
        self, conversation: Conversation, then: Sequence[Work | Later] = ()
    ) -> Conversation:
        """Write the conversation, its log lines, its indexes and what follows: all or nothing.

        Not repeated where the answer was lost: if the first write landed, a second would look
        like a Conflict. Raises: Conflict, Fenced, Unavailable (it may have landed: load it to see).
        """
        shard = self.shard_of(conversation.id)
        stored = conversation.model_copy(
            update={"version": conversation.version + 1, "unlogged": ()}
        )
        arguments = self._change(conversation, stored.model_dump_json(), then)
        await self._make_findable(conversation)
        await self._servers.run(script("commit"), self._keys(shard, conversation.id), *arguments)
        return stored

    async def forget(self, conversation: Conversation) -> None:
        """Its log so far, and that its buyer, their address and their orders lead to it.

        Raises: Unavailable. Twice is once.
        """
        log_key = keys.log(self.shard_of(conversation.id), conversation.id)
        await self._servers.call("DEL", log_key, key=log_key)
        for name in written.found_by(conversation.model_copy(update={"threads": {}})):
            await self._servers.call("ZREM", name, conversation.id, key=name)

    def fenced(self, fence: Fence) -> Self:
        """This store for one lease: a commit through it raises Fenced once the lease passed on."""
        other = copy.copy(self)
        other._fence = fence
        return other

    async def log(
        self, conversation: ConversationId, *, before: str | None = None, limit: int = 200
    ) -> Sequence[tuple[str, Entry]]:
        """The newest *limit* lines before the id *before*, oldest of them first, with their ids."""
        key = keys.log(self.shard_of(conversation), conversation)
        newest = f"({before}" if before else "+"
        raw = await self._servers.call("XREVRANGE", key, newest, "-", "COUNT", limit, key=key)
        lines = reversed(cast(list[Any], raw))
        return [(id.decode(), Entry.model_validate_json(fields[1])) for id, fields in lines]

    async def log_after(
        self, conversation: ConversationId, after: str, *, limit: int = 200
    ) -> Sequence[tuple[str, Entry]]:
        """The oldest *limit* lines after the id *after* (`0`: from the start)."""
        key = keys.log(self.shard_of(conversation), conversation)
        raw = await self._servers.call("XRANGE", key, f"({after}", "+", "COUNT", limit, key=key)
        lines = cast(list[Any], raw)
        return [(id.decode(), Entry.model_validate_json(fields[1])) for id, fields in lines]

    async def conversations(self, ids: Sequence[ConversationId]) -> list[Conversation]:
        """Several at once, in that order, without those that are gone or can't be read."""
        loaded = await asyncio.gather(*(self.load(id) for id in ids), return_exceptions=True)
        for id, one in zip(ids, loaded, strict=True):
            if isinstance(one, BaseException) and not isinstance(one, Unreadable):
                raise one
            if isinstance(one, Unreadable):
                log.error("left out of the list: %s", one, extra={"conversation": id})
        return [one for one in loaded if isinstance(one, Conversation)]

    def _keys(self, shard: int, id: ConversationId) -> list[str]:
        fence = self._fence
        if fence is not None and fence.shard != shard:
            raise ValueError(f"{id} is in shard {shard}, the lease is for shard {fence.shard}")
        return [
            keys.conversation(shard, id),
            keys.log(shard, id),
            *(keys.work(shard, lane) for lane in LANES),
            keys.later(shard),
            keys.count(shard),
            keys.fence(shard, fence.lane if fence else "desk"),
            keys.seq(shard),
        ]

    def _change(
        self, conversation: Conversation, body: str, then: Sequence[Work | Later]
    ) -> list[Argument]:
        self._same_shard(conversation.id, then)
        heard = written.heard(conversation)
        now, later = written.work(then)
        counted = written.counters(conversation.unlogged)
        lists: list[Sequence[str | int]] = [
            [entry.model_dump_json() for entry in conversation.unlogged],
            [part for pair in written.indexes(conversation).items() for part in pair],
            now,
            later,
            [part for pair in counted.items() for part in pair],
        ]
        return [
            keys.tag(self.shard_of(conversation.id)),
            self._fence.number if self._fence else "",
            conversation.id,
            conversation.version,
            body,
            heard.unseen,
            heard.now,
            written.unsure(conversation),
            *(item for one in lists for item in written.listed(one)),
        ]

    def _same_shard(self, id: ConversationId, then: Sequence[Work | Later]) -> None:
        shard = self.shard_of(id)
        for one in then:
            command = one.command if isinstance(one, Later) else one
            if self.shard_of(subject(command)) != shard:
                raise ValueError(f"{command.kind} is for a conversation of another shard than {id}")

    async def _make_findable(self, conversation: Conversation) -> None:
        """Before the commit that names them: a look-up may find too early, never too little."""
        pairs = [(conversation.id, name) for name in written.found_by(conversation)]
        new = [pair for pair in pairs if pair not in self._findable]
        if not new:
            return
        opened = written.ms(conversation.opened_at)
        await asyncio.gather(*(self._point(name, id, opened) for id, name in new))
        if len(self._findable) > REMEMBERED:
            self._findable.clear()
        self._findable.update(new)

    async def _point(self, key: str, id: ConversationId, opened: int) -> None:
        if key.startswith("thread:"):
            await self._servers.call("SET", key, id, key=key)
        else:
            await self._servers.call("ZADD", key, opened, id, key=key)


class Unreadable(Unavailable):
    """A stored conversation that this release can't read."""


def decoded(id: ConversationId, body: bytes) -> Conversation:
    """Raises: Unreadable."""
    try:
        return Conversation.model_validate_json(body)
    except ValidationError as error:
        text = say(
            "{conversation} was written by another release of Parley."
            " Update this process; nothing is lost.",
            conversation=id,
        )
        raise Unreadable(text) from error
