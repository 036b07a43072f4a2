"""`parley serve` with moody shops: the file SHOP_MOOD says how slow they are, or `down`."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import app
from assistant.desk.desk import Desk
from assistant.errors import Unavailable
from assistant.model import Order, Stock
from assistant.ports import Shop
from assistant.words import say

composed = app.compose


class Moody:
    """A shop that answers late, or not at all, while its file says so."""

    def __init__(self, shop: Shop, mood: Path) -> None:
        self.name, self._shop, self._mood = shop.name, shop, mood

    async def order(self, ref: str) -> Order | None:
        await self._wait()
        return await self._shop.order(ref)

    async def orders_of(self, email: str) -> Sequence[Order]:
        await self._wait()
        return await self._shop.orders_of(email)

    async def order_by_tracking(self, number: str) -> Order | None:
        await self._wait()
        return await self._shop.order_by_tracking(number)

    async def stock(self, query: str) -> Sequence[Stock]:
        await self._wait()
        return await self._shop.stock(query)

    async def _wait(self) -> None:
        mood = self._mood.read_text() if self._mood.exists() else ""
        if mood == "down":
            raise Unavailable(say("The shop is out of reach."))
        await asyncio.sleep(float(mood or 0))


async def compose(*parts: Any, **named: Any) -> app.Parley:
    """What `app.compose` puts together, its shops with moods."""
    parley = await composed(*parts, **named)
    mood = Path(os.environ["SHOP_MOOD"])
    shops = {name: Moody(shop, mood) for name, shop in parley.ports.shops.items()}
    ports = dataclasses.replace(parley.ports, shops=shops)
    return dataclasses.replace(parley, ports=ports, desk=Desk(ports))


if __name__ == "__main__":
    # The one seam: app.run puts its parts together by this function.
    cast(Any, app).compose = compose
    app.main(["serve"])
