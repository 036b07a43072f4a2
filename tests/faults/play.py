"""One run: buyers write and agents answer while processes are killed; then the ledgers meet."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from redis.exceptions import RedisError

from tests.faults.crowd import Agent, Crowd, Team
from tests.faults.ledger import Evidence, violations
from tests.faults.stage import Stage, TrapAt, What
from tests.faults.witness import Reader, Witness, reader, witness

WEBS = {"Olga": "one", "Maria": "two"}
"""Each agent's web process."""
CONVERSATIONS = 120
A_SECOND = 5.0
"""Messages, while things are being killed."""
SPRINGS_S = 40.0
PLAY_S = 240.0
"""Nothing hangs for ever, neither what is tested nor the test."""


@dataclass(frozen=True)
class Scene:
    """A stage with its crowd at work."""

    stage: Stage
    look: Witness
    read: Reader
    crowd: Crowd
    team: Team
    fast: bool
    """Leases of the dead are made to expire at once, instead of after five seconds."""

    async def fall(self, name: str, what: What, traps: Sequence[TrapAt]) -> None:
        """A process that falls into one trap after the other, and then runs without."""
        for trap in traps:
            await self.stage.start(name, what, trap)
            await self.stage.springs(name, trap, SPRINGS_S)
            await self.bury(what)
        await self.stage.start(name, what)

    async def bury(self, what: What) -> None:
        """A process is certainly dead: its leases need not run out."""
        while self.fast and what != "web":
            try:
                return await self.look.expire_leases()
            except (RedisError, OSError):
                await self.pause(0.1)  # The server may just have been killed, too.

    async def pause(self, seconds: float) -> None:
        """Let the crowd go on for a while."""
        await asyncio.sleep(seconds)


Act = Callable[[Scene], Awaitable[None]]


async def play(stage: Stage, act: Act, *, fast: bool = True) -> Evidence:
    """Everybody at work while *act* does harm; then quiet, and what the ledgers say.

    The processes that *act* leaves running must be able to finish the work.
    """
    async with (
        asyncio.timeout(PLAY_S),
        _scene(stage, fast=fast) as scene,
        asyncio.TaskGroup() as group,
    ):
        over = asyncio.Event()
        group.create_task(stage.watch(scene.look, over))
        writing = group.create_task(scene.crowd.write(A_SECOND))
        answering = group.create_task(scene.team.work())
        try:
            await act(scene)
            scene.crowd.calm.set()
            await writing
            stage.note("all acknowledged")
            stage.providers.moody = False
            scene.team.done.set()
            await answering
            await stage.quiet(scene.look, scene.read)
            stage.note("quiet")
        finally:
            # redis-py may swallow a cancellation: whoever reads in a loop is told to end it, too.
            over.set()
            scene.team.done.set()
    return await _told(stage)


async def _told(stage: Stage) -> Evidence:
    async with witness(stage.url) as look, reader(stage.url, stage.settings) as read:
        return await stage.evidence(look, read, list(WEBS))


@asynccontextmanager
async def _scene(stage: Stage, *, fast: bool) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        look = await stack.enter_async_context(witness(stage.url))
        read = await stack.enter_async_context(reader(stage.url, stage.settings))
        olga, maria = (Agent(name, stage.web(web), stage.settings) for name, web in WEBS.items())
        stack.push_async_callback(olga.close)
        stack.push_async_callback(maria.close)
        chance = random.Random(stage.seed + 3)
        crowd = Crowd(stage.relay, CONVERSATIONS, chance)
        team = Team((olga, maria), look, stage.providers, chance)
        yield Scene(stage, look, read, crowd, team, fast)


def check(stage: Stage, evidence: Evidence) -> None:
    """Nothing may be lost, doubled, untrue or quiet; and something must have happened at all."""
    found = violations(evidence)
    assert not found, stage.told("\n".join(map(str, found)))
    assert not evidence.dead, stage.told(str(evidence.dead))
    assert not stage.providers.forged, stage.told(str(stage.providers.forged))
    assert evidence.acknowledged, stage.told("nobody wrote")
    assert evidence.acceptances, stage.told("nothing was sent")
