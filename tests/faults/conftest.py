"""How many seeds, and which."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faults.stage import Stage, stage
from tests.nursery import nursing

SEEDS = 1
"""As part of the whole suite; `pytest tests/faults --seeds 20` is the thorough run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    group.addoption("--seeds", type=int, default=SEEDS, help="so many seeds of each fault")
    group.addoption("--seed", type=int, default=None, help="this one alone: replays a failure")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "thorough: runs where seeds are asked for, not by default")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if _asked(config):
        return
    thorough = [item for item in items if item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=thorough)
    items[:] = [item for item in items if item not in thorough]


def _asked(config: pytest.Config) -> bool:
    one = config.getoption("--seed", default=None)
    return one is not None or config.getoption("--seeds", default=SEEDS) != SEEDS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" not in metafunc.fixturenames:
        return
    one = metafunc.config.getoption("--seed", default=None)
    many = metafunc.config.getoption("--seeds", default=SEEDS)
    metafunc.parametrize("seed", [one] if one is not None else range(1, many + 1))


@pytest.fixture(scope="session")
def born_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The socket of the process that forks all others."""
    with nursing(tmp_path_factory.mktemp("n"), "tests.faults.launch") as path:
        yield path


@pytest.fixture
async def parley(tmp_path: Path, seed: int, born_in: Path) -> AsyncIterator[Stage]:
    """An empty stage, with nothing left of it at the end."""
    async with stage(tmp_path, seed, born_in) as built:
        yield built
