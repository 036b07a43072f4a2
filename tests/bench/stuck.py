"""`parley serve` with a model and a shop that never answer."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Literal, NoReturn

import app
from assistant.desk.desk import Desk
from assistant.drafting.brief import Brief
from assistant.drafting.prepare import warm_up
from assistant.model import Order, Proposal, Stock
from assistant.playbooks import Playbooks
from assistant.settings import Settings
from connectors.http import client_session
from connectors.operating.process import Stopping, log_to_stderr
from connectors.operating.web import bind


async def never() -> NoReturn:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


class StuckDrafter:
    name: Literal["offline", "model"] = "model"

    async def draft(self, brief: Brief, playbooks: Playbooks) -> Proposal:
        await never()


class StuckShop:
    name = "stuck"

    async def order(self, ref: str) -> Order | None:
        await never()

    async def orders_of(self, email: str) -> Sequence[Order]:
        await never()

    async def order_by_tracking(self, number: str) -> Order | None:
        await never()

    async def stock(self, query: str) -> Sequence[Stock]:
        await never()


def stuck(parley: app.Parley) -> app.Parley:
    """The real one, but for these two."""
    ports = dataclasses.replace(parley.ports, drafter=StuckDrafter(), shops={"stuck": StuckShop()})
    return dataclasses.replace(parley, ports=ports, desk=Desk(ports))


async def serve(settings: Settings) -> None:
    """As `parley serve` does it."""
    stopping = Stopping()
    async with AsyncExitStack() as stack:
        stack.enter_context(stopping.on_signals())
        bound = bind(settings.host, settings.port)
        stack.callback(bound.close)
        playbooks, overlays = app.playbooks_of(settings)
        warm_up(playbooks, app.now())
        store = await stack.enter_async_context(app.store_of(settings))
        client = await stack.enter_async_context(client_session())
        parley = await app.compose(settings, store, client, playbooks, overlays)
        await app._work(stuck(parley), app.Mode(), bound, stopping)


def main() -> None:
    log_to_stderr(logging.INFO)
    settings = app.settings_of(os.environ).settings
    assert settings is not None
    asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
