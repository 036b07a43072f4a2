"""Parley as `app.py` composes and runs it, its ports wrapped so that it can be killed at a point.

`python -m tests.faults.launch SOCKET` is the nursery (`tests/nursery.py`) of such processes.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any, cast

import aiohttp

import app
import connectors.buyers.webchat
import connectors.demo
import connectors.embedded
import connectors.inbox
import connectors.models.offline
import connectors.rooms.console
import connectors.shops.demo  # noqa: F401 — what app.py imports late is read before the fork
from assistant.desk.desk import Desk
from assistant.desk.worker import Worker  # noqa: F401 — as above
from assistant.drafting.prepare import warm_up
from assistant.playbooks import Playbooks
from assistant.ports import BuyerChannel, Ports, Store, WebhookChannel
from tests.faults.courier import Courier
from tests.faults.traps import (
    Trap,
    TrappedChannel,
    TrappedDrafter,
    TrappedRoom,
    TrappedStore,
)
from tests.nursery import Nursery

composed = app.compose


# ── one process of Parley ────────────────────────────────────────────────────


def run(order: dict[str, Any], playbooks: Playbooks) -> None:
    """Be the process that *order* describes, until it ends or is killed."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    trap = Trap(
        order["point"],
        order["nth"],
        Path(order["journal"]),
        signal.Signals[order["how"]],
        random.Random(order["seed"]),
    )

    async def compose(*parts: Any, **named: Any) -> app.Parley:
        parley = await composed(*parts, **named)
        every = [*parts, *named.values()]
        [client] = [one for one in every if isinstance(one, aiohttp.ClientSession)]
        ports = trapped(parley.ports, order["courier"], client, trap, copies=order["copies"])
        return dataclasses.replace(parley, ports=ports, desk=Desk(ports))

    # The seams: app.run gets its playbooks, and puts its parts together, by these two functions.
    cast(Any, app).playbooks_of = lambda *_, **__: (playbooks, {})
    cast(Any, app).compose = compose
    loaded = app.settings_of(os.environ)
    assert loaded.settings is not None, loaded.problems
    what = order["what"]
    asyncio.run(app.run(loaded.settings, app.Mode(web=what != "worker", workers=what != "web")))


def trapped(
    ports: Ports, courier: str, client: aiohttp.ClientSession, trap: Trap, *, copies: bool
) -> Ports:
    """The same ports with a channel more and a trap in each."""
    inbound = cast(WebhookChannel, ports.channels["webhook"])
    channels: dict[str, BuyerChannel] = {
        **ports.channels,
        "courier": Courier(courier, client, inbound),
    }
    return dataclasses.replace(
        ports,
        store=cast(Store, TrappedStore(ports.store, trap)),
        drafter=TrappedDrafter(ports.drafter, trap),
        channels={
            name: cast(BuyerChannel, TrappedChannel(one, trap)) for name, one in channels.items()
        },
        rooms={name: TrappedRoom(one, trap, copies=copies) for name, one in ports.rooms.items()},
    )


def read_all() -> Playbooks:
    """What every process of the tests needs."""
    playbooks = Playbooks.shipped()
    warm_up(playbooks, app.now())
    return playbooks


if __name__ == "__main__":
    every = read_all()
    Nursery(sys.argv[1], lambda order: run(order, every)).serve()
