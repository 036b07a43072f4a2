"""What people gave away, how often each rule held, and what language models used."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from assistant.model import Used
from assistant.ports import Spending
from connectors.store import keys
from connectors.store.base import Base, script

KEPT = timedelta(days=400)
"""Longer than anybody asks for, shorter than for ever."""
USED_KEPT = timedelta(days=35)
"""A conversation that was left alone for so long begins anew."""
HELD = timedelta(minutes=2)
"""Longer than any call takes: whoever holds tokens for longer has died."""


class Ledgers(Base):
    """Each in one slot, so that two processes can't spend the same rest."""

    async def spend(self, ledger: str, one: Spending, most: int | None) -> bool:
        """Note *one*, unless all of that person's would come to over *most*: one Lua call."""
        key = keys.ledger(self.shard_of(ledger), ledger)
        limit = "" if most is None else most
        kept = int(KEPT.total_seconds())
        raw = await self._servers.run(
            script("spend"), [key], one.who, one.id, one.minor, limit, kept
        )
        return cast(list[int], raw)[0] == 1

    async def give_back(self, ledger: str, one: Spending) -> None:
        """As if it had never been spent; twice is once."""
        key = keys.ledger(self.shard_of(ledger), ledger)
        await self._servers.call("HDEL", key, f"{one.who}\n{one.id}", key=key)

    async def spent(self, ledger: str) -> Sequence[Spending]:
        """All of it, by person."""
        found = await self._hash(keys.ledger(self.shard_of(ledger), ledger))
        parts = ((name.partition("\n"), minor) for name, minor in found.items())
        return sorted(Spending(who, id, minor) for (who, _, id), minor in parts)

    async def tally(self, name: str, what: Iterable[str]) -> None:
        """Count one more of each."""
        counted = sorted(set(what))
        if counted:
            key = keys.tally(self.shard_of(name), name)
            kept = int(KEPT.total_seconds())
            await self._servers.run(script("tally"), [key], kept, *counted)

    async def tallied(self, names: Iterable[str]) -> Mapping[str, int]:
        """The sum of several tallies."""
        found = await asyncio.gather(
            *(self._hash(keys.tally(self.shard_of(name), name)) for name in names)
        )
        return sum((Counter(one) for one in found), Counter())

    async def set_aside(self, budget: str, id: str, tokens: int, most: int | None) -> int | None:
        """Hold *tokens* for what is about to be asked; None, or what is used and held already."""
        shard = self.shard_of(budget)
        limit = "" if most is None else most
        raw = await self._servers.run(
            script("set_aside"),
            [keys.budget(shard, budget), keys.count(shard)],
            *(id, tokens, limit, int(HELD.total_seconds() * 1000)),
            int(USED_KEPT.total_seconds()),
        )
        held, used = cast(list[int], raw)
        return None if held else used

    async def settle(self, budget: str, id: str, used: Used, *, figures: bool) -> None:
        """Instead of what is held under *id*, *used* was used."""
        shard = self.shard_of(budget)
        await self._servers.run(
            script("settle"),
            [keys.budget(shard, budget), keys.count(shard)],
            *(id, used.calls, used.tokens_in, used.tokens_out),
            *(int(figures), int(USED_KEPT.total_seconds())),
        )

    async def used(self, budget: str) -> Used:
        """What was used of it so far; what is only held does not count."""
        key = keys.budget(self.shard_of(budget), budget)
        raw = await self._servers.call("HMGET", key, *Used.model_fields, key=key)
        counts = (int(one or 0) for one in cast(list[Any], raw))
        return Used(**dict(zip(Used.model_fields, counts, strict=True)))

    async def _hash(self, key: str) -> dict[str, int]:
        raw: Any = await self._servers.call("HGETALL", key, key=key)
        pairs = raw.items() if isinstance(raw, dict) else zip(raw[::2], raw[1::2], strict=True)
        return {name.decode(): int(value) for name, value in pairs}
