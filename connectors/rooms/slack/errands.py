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
        self._tasks: set[asyncio.Task[Any]] = set()

    def begin(self, what: str, errand: Coroutine[Any, Any, None]) -> None:
        """Nobody waits for it; what goes wrong is logged."""
        self.own(_run(what, errand))

    def own(self, errand: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Whoever waits for it may stop waiting; it goes on."""
        task = asyncio.create_task(errand)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def drain(self) -> None:
        """What is under way gets a moment to finish."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=DRAIN_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _run(what: str, errand: Coroutine[Any, Any, None]) -> None:
    try:
        async with asyncio.timeout(LONGEST_S):
            await errand
    except (ParleyError, TimeoutError) as error:
        log.warning("%s was not done: %s", what, str(error) or "it took too long")
    except Exception as error:
        log.error("%s was not done, %s: %s", what, secrets.token_hex(4), whereabouts(error))
