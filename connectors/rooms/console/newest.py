"""Of several things somebody asks for one after another, only the newest goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class Newest(Generic[Result]):
    """What is under way, by whom it is for: one at a time."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[Result]] = {}

    async def of(self, key: str, work: Coroutine[Any, Any, Result]) -> Result | None:
        """What *work* gives; None: something newer was asked for under the same *key*."""
        task = asyncio.ensure_future(work)
        before = self._running.get(key)
        self._running[key] = task
        if before is not None:
            before.cancel()
        try:
            return await task
        except asyncio.CancelledError:
            if self._running.get(key) is task:
                raise
            return None
        finally:
            if self._running.get(key) is task:
                del self._running[key]
