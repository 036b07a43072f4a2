"""The channel of the signed webhook: requests in, replies out.

In: Standard Webhooks headers over a `message.inbound`, `message.edited` or `message.deleted`.
Events of other types are kept and shown as they are; unknown fields are ignored; of a field given
twice the last counts. Order is that of arrival; `sent_at` is kept beside it.
Out: `message.outbound`, signed the same way, `webhook-id` = the reply's key, so that the same key
again is the same message.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

import aiohttp
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from assistant.errors import Rejected, Unavailable, Unsure
from assistant.model import Attachment, Conversation, Incoming, Receipt, Reply
from assistant.ports import Capabilities, Webhook
from assistant.settings import Settings
from assistant.words import say
from connectors.buyers.webhook.format import read_event, sender_of, thread_of
from connectors.buyers.webhook.signing import Signer
from connectors.http import clean_line, read_answer, retry_after_s

log = logging.getLogger(__name__)

SETTING = "PARLEY_WEBHOOK_REPLY_URL"
TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
_PASSES = frozenset({408, 425, 429})
"""Refusals that pass by themselves."""


class SignedWebhook:
    """`ports.WebhookChannel` for what stands behind a relay: n8n, Zapier, a system of one's own."""

    name = "webhook"
    can = Capabilities(idempotent=True)

    def __init__(
        self, settings: Settings, client: aiohttp.ClientSession, now: Callable[[], datetime]
    ) -> None:
        self._signer = Signer(settings.webhook_secret)
        self._url = settings.webhook_reply_url
        self._client, self._now = client, now

    async def receive(self, webhook: Webhook) -> Sequence[Incoming]:
        """Verify, then parse; writes nothing. Raises: Unauthentic, Malformed, TooLarge."""
        self._signer.check(webhook.headers, webhook.body, webhook.at)
        return (read_event(webhook.body, webhook.at),)

    async def send(self, reply: Reply, to: Conversation) -> Receipt:
        """Hand *reply* to the relay, which answers whether it went.

        Raises: Rejected (for good, or no reply address is set), Unavailable (certainly not taken),
        Unsure (not answered, or not clearly: the relay may have it, so it can't be taken back).
        """
        if not self._url:
            raise Rejected(
                say("There is no address to send replies to. Set {setting}.", setting=SETTING)
            )
        body = json.dumps(_outbound(reply, to), ensure_ascii=False).encode()
        status, retry_s, answer = await self._post(self._url, reply.key, body)
        return _receipt(status, retry_s, answer)

    async def _post(self, url: str, key: str, body: bytes) -> tuple[int, float | None, bytes]:
        now = self._now()
        headers = {"Content-Type": "application/json", **self._signer.headers(key, body, now)}
        try:
            async with self._client.post(
                url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            ) as response:
                delay_s = retry_after_s(response.headers, now)
                return response.status, delay_s, await read_answer(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            log.warning("the relay can't be reached: %s", type(error).__name__)
            raise Unavailable(say("The relay can't be reached.")) from error
        except TimeoutError as error:
            raise Unsure(
                say("The relay did not answer within {s} seconds.", s=int(TIMEOUT.total or 0))
            ) from error
        except (aiohttp.ClientError, OSError, Unavailable) as error:
            log.warning("the relay did not finish its answer: %s", type(error).__name__)
            raise Unsure(say("The channel did not answer.")) from error


class _Answer(BaseModel):
    """What a relay says became of a reply."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: Literal["sent", "rejected", "retry"]
    external_id: Annotated[
        str | None, BeforeValidator(lambda id: id if id is None else str(id))
    ] = None
    code: Annotated[str, BeforeValidator(lambda code: "" if code is None else str(code))] = ""
    reason: str | None = None


def _receipt(status: int, retry_s: float | None, body: bytes) -> Receipt:
    """The answer as the desk knows it: a Receipt, or Rejected, Unavailable, Unsure."""
    if status in _PASSES:
        raise Unavailable(say("The relay answered {status}.", status=status), retry_s)
    if status >= 500:
        # A gateway's 502 says nothing about what the relay behind it did.
        raise Unsure(say("The relay answered {status}.", status=status), retry_s)
    if 300 <= status < 400:
        raise Rejected(
            say(
                "The relay redirects ({status}). Set {setting} to the final address.",
                status=status,
                setting=SETTING,
            ),
            str(status),
        )
    answer = _understood(body)
    if answer is None and status >= 400:
        raise Rejected(say("The relay refused the reply ({status}).", status=status), str(status))
    if answer is None:
        log.warning("the relay answered %d with something other than its status", status)
        raise Unsure(
            say("The relay answered {status}, but not whether the reply was sent.", status=status)
        )
    return _settled(answer, retry_s)


def _understood(body: bytes) -> _Answer | None:
    try:
        return _Answer.model_validate_json(body)
    except ValidationError:
        return None


def _settled(answer: _Answer, retry_s: float | None) -> Receipt:
    reason = clean_line(answer.reason or answer.code, 500)
    match answer.status:
        case "sent":
            return Receipt(external_id=answer.external_id)
        case "retry":
            raise Unavailable(say("The relay asks to try again later. {why}", why=reason), retry_s)
        case "rejected":
            raise Rejected(
                say("The channel refused the reply: {why}", why=reason)
                if reason
                else say("The channel refused the reply and did not say why."),
                answer.code,
            )


def _outbound(reply: Reply, to: Conversation) -> dict[str, object]:
    """`message.outbound`: the same for the same reply, however often it is sent."""
    return {
        "v": 1,
        "type": "message.outbound",
        "id": reply.key,
        "channel": to.source,
        "account": to.account,
        "thread": {"id": thread_of(to.thread_key)},
        "to": {"id": sender_of(to.buyer.id)},
        "message": {
            "text": reply.text,
            "language": reply.language,
            "attachments": [_file(one) for one in reply.attachments],
        },
        "idempotency_key": reply.key,
        "approved_by": reply.approved_by,
        "approved_at": reply.approved_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }


def _file(attachment: Attachment) -> dict[str, object]:
    return attachment.model_dump(
        include={"name", "mime", "size", "sha256", "url"}, exclude_none=True
    )
