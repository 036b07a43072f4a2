"""The channel of WhatsApp: webhooks in, the Cloud API out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.errors import Misconfigured, Unsure
from assistant.model import Arrival, Attachment, Conversation, Receipt, Reply
from assistant.ports import Capabilities, Webhook
from assistant.words import say
from connectors.buyers.whatsapp.events import arrivals
from connectors.buyers.whatsapp.options import Options
from connectors.buyers.whatsapp.payloads import media_id
from connectors.buyers.whatsapp.sending import Uploaded, messages, recipient
from connectors.fetching import Downloads, Places
from connectors.foreign import text_of
from connectors.http import Parts
from connectors.meta import Graph, challenge, signed_by
from connectors.options import accounts
from connectors.parts import account_missing, in_parts, kept_file

NAME = "whatsapp"
HOSTS = ("lookaside.fbsbx.com", "fbcdn.net", "whatsapp.net")
"""Where Meta keeps what buyers send."""
MOST_DOWN = 100 << 20


class WhatsApp:
    """`ports.WebhookChannel` and `ports.MediaChannel` for WhatsApp's Cloud API."""

    name = NAME
    can = Capabilities(
        idempotent=False,
        max_chars=4_096,
        attachments=True,
        max_files=10,
        max_file_mb=100,
        receipts=("delivered", "read", "failed"),
        edits=True,
        window_hours=24,
        after_window="template",
    )

    def __init__(self, parts: Parts) -> None:
        self._accounts = accounts(parts.settings, NAME, Options)
        self._numbers = _numbers(self._accounts)
        self._files, self._parts = parts.files, parts
        self._graphs = {name: _graph(one, parts) for name, one in self._accounts.items()}

    def can_for(self, conversation: Conversation) -> Capabilities:
        """With the templates that this number may send."""
        options = self._accounts.get(conversation.account)
        templates = options.templates if options else ()
        return self.can.model_copy(
            update={"templates": templates, "after_window": "template" if templates else "refused"}
        )

    # ── in ───────────────────────────────────────────────────────────────────

    def handshake(self, webhook: Webhook) -> str:
        """Meta's question whether the address is ours. Raises: Unauthentic."""
        return challenge(webhook.query, [one.verify_token for one in self._accounts.values()])

    async def receive(self, webhook: Webhook) -> Sequence[Arrival]:
        """Verify, then parse; writes nothing. Raises: Unauthentic, Malformed."""
        secrets = {name: one.app_secret for name, one in self._accounts.items()}
        signed = signed_by(webhook.headers, webhook.body, secrets)
        return tuple(arrivals(webhook.body, webhook.at, self._numbers, signed))

    async def fetch(self, attachment: Attachment, of: Conversation) -> Attachment:
        """A buyer's file, kept. Raises: TooLarge, Rejected, Unavailable."""
        graph = self._graph(of.account)
        told = await graph.get(media_id(attachment))
        options = self._accounts[of.account]
        downloads = Downloads(self._parts.client, self._files, Places(HOSTS, options.api_url))
        return await downloads.keep(
            text_of(told, "url"), attachment, MOST_DOWN, graph.authorization
        )

    # ── out ──────────────────────────────────────────────────────────────────

    async def send(self, reply: Reply, to: Conversation) -> Receipt:
        """Hand *reply* over; its last part bears its key, which comes back with what became of it.

        Files go up before anything is sent. Raises: Rejected, Unavailable (nothing was taken),
        Unsure (nothing tells, or only a part of it was taken).
        """
        graph, who = self._graph(to.account), recipient(to)
        number = to.thread_key.partition("/")[0]
        files = [await self._uploaded(one, number, graph) for one in reply.attachments]
        parts = [{**who, **message} for message in messages(reply, files)]
        if parts:
            # Whoever hears of the last part knows that all of them arrived.
            parts[-1]["biz_opaque_callback_data"] = reply.key
        return await in_parts(parts, lambda part: _sent(graph, number, part))

    async def _uploaded(self, file: Attachment, number: str, graph: Graph) -> Uploaded:
        where = kept_file(self._files, file)
        fields = {"messaging_product": "whatsapp", "type": file.mime}
        told = await graph.upload(f"{number}/media", fields, file.name, file.mime, where)
        return Uploaded(file, text_of(told, "id"))

    def _graph(self, account: str) -> Graph:
        if account not in self._graphs:
            raise account_missing("WhatsApp", account)
        return self._graphs[account]

    async def probe(self) -> str:
        """Whether the tokens hold, for `parley doctor`."""
        told = []
        for name, one in self._accounts.items():
            shown = await self._graphs[name].get(
                one.phone_number_id, fields="display_phone_number,verified_name"
            )
            told.append(
                f"{text_of(shown, 'display_phone_number')} ({text_of(shown, 'verified_name')})"
            )
        return ", ".join(told)


async def _sent(graph: Graph, number: str, part: Mapping[str, Any]) -> str:
    """The id that WhatsApp gave it. Raises: Rejected, Unavailable, Unsure."""
    whole = {"messaging_product": "whatsapp", "recipient_type": "individual", **part}
    told = await graph.post(f"{number}/messages", whole)
    known = told.get("messages")
    id = text_of(known[0], "id") if isinstance(known, list) and known else ""
    if not id:
        raise Unsure(say("WhatsApp answered, but not whether the reply was taken."))
    return id


def _graph(options: Options, parts: Parts) -> Graph:
    return Graph(
        parts.client, parts.now, options.token, url=options.api_url, version=options.version
    )


def _numbers(known: Mapping[str, Options]) -> dict[str, str]:
    """Accounts by their phone number ids. Raises: Misconfigured, where two share one."""
    numbers: dict[str, str] = {}
    for name, options in known.items():
        if options.phone_number_id in numbers:
            raise Misconfigured(
                f"channels.whatsapp.accounts.{name}.phone_number_id",
                "Two accounts have the same phone number id. Give each its own.",
            )
        numbers[options.phone_number_id] = name
    return numbers
