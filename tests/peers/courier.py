"""`parley serve` with one channel more: a courier who can't say whether what he took arrived."""

from __future__ import annotations

import dataclasses
import os
from typing import Any, cast

from aiohttp import ClientSession

import app
from assistant.desk.desk import Desk
from assistant.ports import WebhookChannel
from tests.faults.courier import Courier

composed = app.compose


async def compose(*parts: Any, **named: Any) -> app.Parley:
    """What `app.compose` puts together, and the courier of COURIER_URL."""
    parley = await composed(*parts, **named)
    [client] = [one for one in (*parts, *named.values()) if isinstance(one, ClientSession)]
    inbound = cast(WebhookChannel, parley.ports.channels["webhook"])
    courier = Courier(os.environ["COURIER_URL"], client, inbound)
    channels = {**parley.ports.channels, courier.name: courier}
    ports = dataclasses.replace(parley.ports, channels=channels)
    return dataclasses.replace(parley, ports=ports, desk=Desk(ports))


if __name__ == "__main__":
    # The one seam: app.run puts its parts together by this function.
    cast(Any, app).compose = compose
    app.main(["serve"])
