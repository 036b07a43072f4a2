"""SIGKILL between any two steps, of any process: nothing is lost, doubled, untrue or quiet.

`pytest tests/faults --seeds 20` is the thorough run, `--seed N` replays one.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from tests.faults.play import Scene, check, play
from tests.faults.stage import Stage, TrapAt
from tests.faults.traps import ROOM_POINTS, WEB_POINTS, WORK_POINTS

SETTINGS = ("in_one_process", pytest.param("apart", marks=pytest.mark.thorough))
"""Web and workers in one process; or two web processes and one of workers."""


def _traps(points: Sequence[str], chance: random.Random) -> list[TrapAt]:
    shuffled = chance.sample(points, len(points))
    return [TrapAt(point, chance.randint(1, 3)) for point in shuffled]


@pytest.mark.parametrize("setting", SETTINGS)
async def test_killed_at_every_point_nothing_is_lost_doubled_or_untrue(
    parley: Stage, setting: str
) -> None:
    """Faults 1–9 and 15, I1–I8; every process is started again, as a supervisor would."""
    chance = random.Random(parley.seed)

    async def act(scene: Scene) -> None:
        async with asyncio.TaskGroup() as group:
            if setting == "apart":
                group.create_task(scene.fall("one", "web", _traps(WEB_POINTS, chance)))
                group.create_task(scene.fall("worker", "worker", _traps(WORK_POINTS, chance)))
            else:
                points = (*WEB_POINTS, *WORK_POINTS, *ROOM_POINTS)
                group.create_task(scene.fall("one", "serve", _traps(points, chance)))
            group.create_task(_kill_the_server(scene, chance.uniform(1.0, 15.0)))

    parley.copies = setting == "in_one_process"
    await parley.start("two", "web")
    check(parley, await play(parley, act))
    await parley.stop()


async def _kill_the_server(scene: Scene, after_s: float) -> None:
    """The embedded Valkey itself, under everybody."""
    await scene.pause(after_s)
    await scene.stage.kill_server(scene.look)


async def test_killed_at_random_times_nothing_is_lost_doubled_or_untrue(parley: Stage) -> None:
    """Whatever no named point covers; the web, the worker and the server in any order."""
    chance = random.Random(parley.seed)

    async def act(scene: Scene) -> None:
        await parley.start("one", "web")
        await parley.start("worker", "worker")
        for _ in range(8):
            await scene.pause(chance.uniform(0.05, 1.2))
            victim = chance.choice(["one", "two", "worker", "worker", "server"])
            if victim == "server":
                await scene.stage.kill_server(scene.look)
                continue
            what = parley.running[victim].what
            await parley.kill(victim)
            await scene.bury(what)
            await parley.start(victim, what)

    await parley.start("two", "web")
    check(parley, await play(parley, act))
    await parley.stop()
