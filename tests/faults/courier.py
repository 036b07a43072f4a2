"""A channel without keys and without look-up, as e-mail is: what was not answered stays unknown."""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp

from assistant.errors import Rejected, Unavailable, Unsure
from assistant.model import Conversation, Incoming, Receipt, Reply
from assistant.ports import Capabilities, Webhook, WebhookChannel

PATIENCE = aiohttp.ClientTimeout(total=10)


class Courier:
    """Comes in as the signed webhook does, goes out to a provider that never dedupes."""

    name = "courier"
    can = Capabilities(idempotent=False)

    def __init__(self, url: str, client: aiohttp.ClientSession, inbound: WebhookChannel) -> None:
        self._url, self._client, self._inbound = url, client, inbound

    async def receive(self, webhook: Webhook) -> Sequence[Incoming]:
        """Raises: Unauthentic, Malformed, TooLarge."""
        return [
            one.model_copy(update={"channel": self.name})
            for one in await self._inbound.receive(webhook)
        ]

    async def send(self, reply: Reply, to: Conversation) -> Receipt:
        """Raises: Unavailable only where it was certainly not taken, Rejected, Unsure."""
        letter = {"key": reply.key, "text": reply.text, "approved_by": reply.approved_by}
        try:
            async with self._client.post(self._url, json=letter, timeout=PATIENCE) as response:
                if response.status == 200:
                    return Receipt(external_id=(await response.json())["external_id"])
        except aiohttp.ClientConnectorError as error:
            raise Unavailable("The courier can't be reached.") from error
        except (TimeoutError, aiohttp.ClientError) as error:
            raise Unsure("The courier did not answer.") from error
        if response.status == 429:
            raise Unavailable("The courier is busy.", retry_after_s=1.0)
        if response.status < 500:
            raise Rejected("The courier refused it.", str(response.status))
        raise Unsure(f"The courier answered {response.status}.")
