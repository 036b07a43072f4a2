"""The store on each kind of server. A module takes what it needs: `store = fixtures.store`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from assistant.ports import Fence
from connectors.store import RedisStore
from tests import store_servers
from tests.store_samples import id_of


@pytest.fixture(
    scope="module",
    params=["valkey", "cluster", pytest.param("redis7", marks=pytest.mark.peers)],
)
def servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[store_servers.Servers]:
    with store_servers.serving(request.param, tmp_path_factory.mktemp("s")) as running:
        yield running


@pytest.fixture
async def store(servers: store_servers.Servers) -> AsyncIterator[RedisStore]:
    servers.ask("FLUSHALL")
    opened = await RedisStore.open(servers.url)
    yield opened
    await opened.close()


@pytest.fixture
async def other(store: RedisStore, servers: store_servers.Servers) -> AsyncIterator[RedisStore]:
    """Another process's store on the same data."""
    opened = await RedisStore.open(servers.url)
    yield opened
    await opened.close()


async def held(store: RedisStore, thread: str = "v1", holder: str = "w1") -> Fence:
    fence = await store.hold(store.shard_of(id_of(thread)), "desk", holder)
    assert fence is not None
    return fence


@pytest.fixture(scope="module", params=["valkey", pytest.param("redis7", marks=pytest.mark.peers)])
def one(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[store_servers.Process]:
    """One server, to be treated badly."""
    with store_servers.serving(request.param, tmp_path_factory.mktemp("s")) as running:
        yield running.processes[0]


@pytest.fixture
async def store_on_one(one: store_servers.Process) -> AsyncIterator[RedisStore]:
    """Its store, which gives up soon."""
    one.ask("FLUSHALL")
    opened = await RedisStore.open(f"{one.url}?socket_timeout=0.5")
    yield opened
    await opened.close()
