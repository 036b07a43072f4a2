"""Parley as `app.py` composes and runs it, its ports wrapped so that it can be killed at a point.

python -m tests.faults.launch serve --courier URL [--trap POINT --nth N --journal FILE]
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import os
import random
import signal
from pathlib import Path
from typing import Any, cast

import click
from aiohttp import ClientSession

import app
from assistant.desk.desk import Desk
from assistant.ports import BuyerChannel, Ports, Store, WebhookChannel
from tests.faults.courier import Courier
from tests.faults.traps import (
    Trap,
    TrappedChannel,
    TrappedDrafter,
    TrappedRoom,
    TrappedStore,
)

as_usual = app.compose


@click.command()
@click.argument("what", type=click.Choice(["serve", "web", "worker"]))
@click.option("--courier", required=True, help="Where the channel without keys delivers.")
@click.option("--trap", "point", default="", help="The point at which to go.")
@click.option("--nth", default=1)
@click.option("--journal", type=click.Path(path_type=Path), default=Path(os.devnull))
@click.option("--signal", "how", type=click.Choice(["SIGKILL", "SIGSTOP"]), default="SIGKILL")
@click.option("--seed", default=0)
def main(what: str, courier: str, point: str, nth: int, journal: Path, how: str, seed: int) -> None:
    """Run one process of Parley with a trap in it."""
    logging.basicConfig(level=logging.INFO)
    trap = Trap(point, nth, journal, signal.Signals[how], random.Random(seed))

    async def compose(*parts: Any, **named: Any) -> app.Parley:
        parley = await as_usual(*parts, **named)
        [client] = [one for one in (*parts, *named.values()) if isinstance(one, ClientSession)]
        ports = trapped(parley.ports, courier, client, trap)
        return dataclasses.replace(parley, ports=ports, desk=Desk(ports))

    # The one seam: app.run puts its parts together by this function.
    cast(Any, app).compose = compose
    settings = app.settings_of(os.environ).settings
    assert settings is not None
    asyncio.run(app.run(settings, app.Mode(web=what != "worker", workers=what != "web")))


def trapped(ports: Ports, courier: str, client: ClientSession, trap: Trap) -> Ports:
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
        rooms={name: TrappedRoom(one, trap) for name, one in ports.rooms.items()},
    )


if __name__ == "__main__":
    main()
