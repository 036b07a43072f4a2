"""What goes on after an answer was given: owned, bounded, and finished before we stop."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Coroutine
from typing import Any, TypeVar

from assistant.errors import ParleyError, whereabouts

log = logging.getLogger(__name__)

T = TypeVar("T")

LONGEST_S = 30.0
DRAIN_S = 5.0


class Errands:
    """Tasks that nobody waits for, and that are not forgotten either."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._owned: set[asyncio.Task[Any]] = set()

    def begin(self, what: str, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_run(what, errand))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def own(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Work whose result somebody waits for, though not for ever; it goes on without them."""
        task = asyncio.create_task(_bounded(work))
        self._owned.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._owned.discard(task)
        # Whoever waited hears of a failure; where nobody did, it must not end as a surprise.
        error = None if task.cancelled() else task.exception()
        if error and not isinstance(error, ParleyError | TimeoutError):
            log.error("an answer to Teams failed: %s", whereabouts(error))

    async def drain(self) -> None:
        """What is under way gets a moment to finish."""
        tasks = [*self._tasks, *self._owned]
        if tasks:
            await asyncio.wait(tasks, timeout=DRAIN_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(what: str, errand: Coroutine[Any, Any, None]) -> None:
    try:
        async with asyncio.timeout(LONGEST_S):
            await errand
    except (ParleyError, TimeoutError) as error:
        log.warning("%s was not done: %s", what, str(error) or "it took too long")
    except Exception as error:
        log.error("%s was not done, %s: %s", what, secrets.token_hex(4), whereabouts(error))


async def _bounded(work: Coroutine[Any, Any, T]) -> T:
    async with asyncio.timeout(LONGEST_S):
        return await work
