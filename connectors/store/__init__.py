"""The store on Redis or Valkey: one server, the embedded one, or a cluster."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from assistant.errors import Misconfigured, ParleyError
from connectors.store import keys
from connectors.store.feeds import Feeds
from connectors.store.ledgers import Ledgers
from connectors.store.queues import Queues
from connectors.store.servers import Servers
from connectors.store.work import Streams

__all__ = ["RedisStore", "opened"]

log = logging.getLogger(__name__)

LAYOUT = 1
"""Of the keys and what is in them; data of a higher one are not touched."""


class RedisStore(Queues, Streams, Feeds, Ledgers):
    """`assistant.ports.Store`. Open it with `RedisStore.open` or `opened`."""

    @classmethod
    async def open(cls, url: str, *, shards: int = 8) -> Self:
        """Connect to `unix://`, `redis://` or `rediss://`; a cluster is recognised by itself.

        *shards* counts only for new data. Raises: Misconfigured, Unavailable.
        """
        servers = Servers(url)
        try:
            await servers.open()
            store = cls(servers, await _shards(servers, shards))
            await store._warn()
        except ParleyError:
            await servers.close()
            raise
        return store

    async def close(self) -> None:
        """Drop the connections; what was under way is Unavailable."""
        await self._servers.close()

    async def clear(self) -> None:
        """Forget everything, for good; a store has to be opened again after it. For tests."""
        await self._servers.clear()

    async def _warn(self) -> None:
        info = await self._servers.info()
        if info.get("aof_enabled") == "0":
            log.warning(
                "this Redis keeps no log of its writes: a crash loses what it acknowledged."
                " Set appendonly yes"
            )
        if info.get("maxmemory", "0") != "0" and info.get("maxmemory_policy") != "noeviction":
            log.warning(
                "this Redis drops data when its memory is full (maxmemory-policy %s)."
                " Set maxmemory-policy noeviction",
                info.get("maxmemory_policy"),
            )


@asynccontextmanager
async def opened(url: str, *, shards: int = 8) -> AsyncIterator[RedisStore]:
    """A store, closed at the end."""
    store = await RedisStore.open(url, shards=shards)
    try:
        yield store
    finally:
        await store.close()


async def _shards(servers: Servers, wished: int) -> int:
    """How many shards the data have: decided when the first process ever opened them."""
    for field, value in (("shards", wished), ("layout", LAYOUT)):
        await servers.call("HSETNX", keys.META, field, value, key=keys.META)
    raw = await servers.call("HMGET", keys.META, "shards", "layout", key=keys.META)
    kept, layout = (
        (int(one) for one in raw if isinstance(one, bytes))
        if isinstance(raw, list)
        else (wished, LAYOUT)
    )
    if layout > LAYOUT:
        what = f"the data are of a newer release (layout {layout}, this one knows {LAYOUT}). Update"
        raise Misconfigured(keys.META, what)
    if kept != wished:
        log.info("the data have %s shards; the wish for %s counts only for new data", kept, wished)
    return kept
