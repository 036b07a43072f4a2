"""The life of a process: up, at work, and down again in an order that loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from socket import socket
from typing import Any, NamedTuple

from aiohttp import web

from connectors.operating.process import Stopping, step
from connectors.operating.web import address_of, listen

DRAIN_S = 12.0
"""Workers give what is in hand 10 s to finish; this is the end of our patience with them."""

Duty = Coroutine[Any, Any, None]


class Door(NamedTuple):
    """The web server: what it serves, where, and what to do once it is open."""

    app: web.Application
    bound: socket
    opened: Callable[[str], None]
    """Called with the address."""


async def at_work(
    door: Door | None, duties: Sequence[Duty], extras: Sequence[Duty], stopping: Stopping
) -> None:
    """Until somebody wants it to stop; then first nothing new comes in, then hands are emptied.

    *duties* end by themselves once they are asked to stop, *extras* are cut short. Where one of
    them fails, all of it ends, and its error is raised.
    """
    async with asyncio.TaskGroup() as group:
        working = [group.create_task(duty) for duty in duties]
        runner = await _open(door) if door else None
        hurried = [group.create_task(extra) for extra in extras]
        await stopping.asked()
        for task in hurried:
            task.cancel()
        for site in list(runner.sites) if runner else []:
            await site.stop()
        if working:
            await asyncio.wait(working, timeout=DRAIN_S)
        for task in working:
            task.cancel()
        if runner is not None:
            await runner.cleanup()


async def _open(door: Door) -> web.AppRunner:
    with step("Web server"):
        runner = await listen(door.app, door.bound)
    door.opened(address_of(door.bound))
    return runner
