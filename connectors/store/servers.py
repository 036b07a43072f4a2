"""One server or a cluster of them behind one address, and the scripts they run."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any, cast

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.asyncio.connection import Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import ConnectionError, MovedError, NoScriptError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from assistant.errors import Misconfigured
from connectors.store.failures import translated
from connectors.store.wire import Argument, Node, Raw

TIMEOUT_S = 5.0
CONNECTIONS = 512
REDIRECTS = 3
RELEARN_S = 0.5
"""At most so often is a cluster asked who has which slot."""


class Script:
    """A Lua file. It is one atomic step on the server, whatever it does."""

    def __init__(self, name: str) -> None:
        folder = files("connectors.store").joinpath("scripts")
        common = folder.joinpath("common.lua").read_text("utf-8")
        self.text = common + folder.joinpath(f"{name}.lua").read_text("utf-8")
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class Servers:
    """Where keys live. Raises our errors only.

    Nothing is repeated here unless the server certainly did not do it (an unknown script, a moved
    slot): a call whose answer was lost may have been done, and only its caller knows whether twice
    is harm.
    """

    def __init__(self, url: str) -> None:
        self._settings = _settings(url)
        self._first = Node(_pool(self._settings))
        self._nodes: dict[tuple[str, int], Node] = {}
        self._slots: list[tuple[int, int, tuple[str, int]]] = []
        self._learned_at = 0.0
        self._learning = asyncio.Lock()
        self.cluster = False

    async def open(self) -> None:
        """Find out what is there. Raises: Unavailable."""
        try:
            about = _text(await self._first.call("INFO", "cluster"))
            self.cluster = "cluster_enabled:1" in about
            if self.cluster:
                await self._learn()
        except (RedisError, OSError) as error:
            raise translated(error) from error

    async def close(self) -> None:
        """Drop every connection."""
        await asyncio.gather(*(node.close() for node in (self._first, *self._nodes.values())))

    async def call(self, *arguments: Argument, key: str) -> Raw:
        """Run one command at the server that has *key*."""
        try:
            return await self._routed(key, arguments)
        except (RedisError, OSError) as error:
            raise translated(error) from error

    async def run(self, script: Script, keys: Sequence[str], *arguments: Argument) -> Raw:
        """Run *script*; all of *keys* are in one slot."""
        rest = (len(keys), *keys, *arguments)
        try:
            try:
                return await self._routed(keys[0], ("EVALSHA", script.sha, *rest))
            except NoScriptError:
                # A server that restarted has forgotten its scripts; it ran nothing.
                return await self._routed(keys[0], ("EVAL", script.text, *rest))
        except (RedisError, OSError) as error:
            raise translated(error) from error

    async def wait(self, *arguments: Argument, key: str, within_s: float) -> Raw:
        """Run one blocking command on a connection of its own."""
        try:
            return await self._node(key).wait(*arguments, within_s=within_s)
        except (RedisError, OSError) as error:
            self._suspect(error)
            raise translated(error) from error

    async def info(self) -> dict[str, str]:
        """What one of the servers says of itself."""
        try:
            lines = _text(await self._first.call("INFO")).splitlines()
        except (RedisError, OSError) as error:
            raise translated(error) from error
        return dict(line.split(":", 1) for line in lines if ":" in line)

    async def clear(self) -> None:
        """Empty this database on every primary."""
        try:
            for node in self._nodes.values() if self.cluster else (self._first,):
                await node.call("FLUSHDB")
        except (RedisError, OSError) as error:
            raise translated(error) from error

    def listener(self) -> PubSub:
        """A subscription; any server of a cluster hears everything."""
        pool = next(iter(self._nodes.values()), self._first).pool
        return Redis(connection_pool=pool).pubsub()

    async def _routed(self, key: str, arguments: Sequence[Argument]) -> Raw:
        for _ in range(REDIRECTS):
            if self.cluster and self._learned_at == 0.0:
                await self._learn()
            try:
                return await self._node(key).call(*arguments)
            except MovedError as error:
                moved: RedisError = error
                await self._learn()
            except (ConnectionError, RedisTimeoutError, OSError) as error:
                self._suspect(error)
                raise
        raise moved

    def _suspect(self, error: Exception) -> None:
        """After a broken connection ask again who has what: a replica may have been promoted."""
        stale = time.monotonic() - self._learned_at > RELEARN_S
        if isinstance(error, (ConnectionError, RedisTimeoutError, OSError, MovedError)) and stale:
            self._learned_at = 0.0

    def _node(self, key: str) -> Node:
        if not self.cluster:
            return self._first
        slot = key_slot(key.encode())
        for low, high, address in self._slots:
            if low <= slot <= high:
                return self._nodes[address]
        raise ConnectionError(f"no server has slot {slot}")

    async def _learn(self) -> None:
        """Who has which slot, from the first server that says."""
        asked_at = time.monotonic()
        async with self._learning:
            if self._learned_at >= asked_at:
                return
            trouble: Exception = ConnectionError("no server answers")
            for node in (*self._nodes.values(), self._first):
                try:
                    self._slots = self._ranges(await node.call("CLUSTER", "SLOTS"), node)
                except (RedisError, OSError) as error:
                    trouble = error
                else:
                    self._learned_at = time.monotonic()
                    return
            raise trouble

    def _ranges(self, raw: Raw, asked: Node) -> list[tuple[int, int, tuple[str, int]]]:
        ranges = []
        for low, high, primary, *_ in cast(Iterable[Any], raw):
            # A server that doesn't know its own name leaves it out: it is the one we asked.
            host = _text(primary[0]) or str(asked.pool.connection_kwargs["host"])
            address = (host, int(primary[1]))
            if address not in self._nodes:
                place = {"host": address[0], "port": address[1]}
                self._nodes[address] = Node(_pool({**self._settings, **place}))
            ranges.append((int(low), int(high), address))
        return ranges


def _settings(url: str) -> dict[str, Any]:
    try:
        settings: dict[str, Any] = {"connection_class": Connection, **parse_url(url)}
        settings.pop("cluster", None)  # found out by asking; some write it all the same
        _pool(settings).make_connection()  # type: ignore[no-untyped-call]
    except (ValueError, TypeError):
        what = (
            "is no address of a Redis that we understand. Write redis://host:6379/0,"
            " rediss://user:password@host:6380/0 or unix:///path/to/socket"
        )
        # Without its cause, which may quote a part of the password.
        raise Misconfigured("PARLEY_REDIS_URL", what) from None
    return {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S, **settings}


def _pool(settings: dict[str, Any]) -> ConnectionPool:
    return ConnectionPool(
        **{
            **settings,
            "max_connections": CONNECTIONS,
            # RESP2: the answers of commands have the same shape inside scripts and outside.
            "protocol": 2,
            "retry": Retry(NoBackoff(), 0),
        }
    )


def _text(raw: Raw) -> str:
    return raw.decode() if isinstance(raw, bytes) else ""
