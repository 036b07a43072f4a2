"""What tests share: a real store on the embedded server, and a desk over it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from assistant.playbooks import Playbooks
from connectors.embedded import running
from connectors.store import RedisStore
from tests.fakes import World
from tests.nursery import nursing

# Modules and thousands of tests stay for the whole run: nothing is gained by looking through them
# again and again, neither while they are collected nor later.
gc.disable()


def pytest_collection_finish() -> None:
    gc.enable()
    gc.freeze()


@pytest.fixture(scope="session")
def embedded_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One embedded server for the whole run, stopped at its end."""
    data: Path = tmp_path_factory.mktemp("data")
    stack = AsyncExitStack()
    with asyncio.Runner() as runner:
        url = runner.run(stack.enter_async_context(running(data)))
        yield url
        runner.run(stack.aclose())


@pytest.fixture
async def store(embedded_url: str) -> AsyncIterator[RedisStore]:
    """An empty store."""
    former = await RedisStore.open(embedded_url)
    await former.clear()
    await former.close()
    opened = await RedisStore.open(embedded_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where processes of Parley are born that need no cold start."""
    with nursing(tmp_path_factory.mktemp("n")) as path:
        yield path


@pytest.fixture(scope="session")
def playbooks() -> Playbooks:
    return Playbooks.shipped()


@pytest.fixture
def world(store: RedisStore, playbooks: Playbooks) -> World:
    return World(store=store, playbooks=playbooks)
