"""`POST /shops/<name>`: a shop says that something changed there, so that it is asked anew.

What a webhook tells is never believed as data: it only makes what was read before stale.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from aiohttp import web

from assistant.errors import Malformed, TooLarge, Unauthentic, Unavailable
from assistant.ports import Shop, Webhook
from connectors.caching import Cached
from connectors.http import answer_to, json_answer, patiently, problem, read_body

log = logging.getLogger(__name__)


def mount_shops(
    app: web.Application, shops: Mapping[str, Shop], now: Callable[[], datetime]
) -> None:
    """Serve the webhooks of those shops that have any."""
    able = {
        name: one
        for name, one in shops.items()
        if isinstance(one, Cached) and hasattr(one.shop, "changed")
    }

    async def take(request: web.Request) -> web.Response:
        shop = able.get(request.match_info["name"])
        if shop is None:
            return problem(404, "unknown_shop", "No shop of this name sends anything here.")
        webhook = Webhook(
            headers={name.lower(): value for name, value in request.headers.items()},
            body=b"",
            path=request.path_qs,
            at=now(),
        )
        try:
            told = webhook._replace(body=await read_body(request))
            await patiently(shop.outdate(*await shop.changed(told)))
        except (Unauthentic, Malformed, TooLarge, Unavailable) as error:
            log.warning("refused a webhook of the shop %s: %s", shop.name, type(error).__name__)
            return answer_to(error)
        return json_answer({"status": "accepted"})

    app.router.add_post("/shops/{name}", take)
