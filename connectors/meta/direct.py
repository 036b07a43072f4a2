"""The channel of Messenger and of Instagram: webhooks in, the Send API out.

Within 24 hours of the buyer's message anything may be answered; until seven days a person may,
under the tag HUMAN_AGENT, where Meta granted the app that feature. Every reply of Parley's is
approved by a person, so the tag is true of it; promotion is not allowed under it.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, SecretStr

from assistant.errors import Misconfigured, Rejected, Unsure
from assistant.model import Arrival, Attachment, Conversation, Receipt, Reply, brand_of
from assistant.ports import Capabilities, Webhook
from assistant.words import say
from connectors.fetching import Downloads, Places
from connectors.foreign import text_of
from connectors.http import Parts
from connectors.meta.direct_events import HOSTS, OWN_PART, Kind, arrivals
from connectors.meta.graph import VERSION, Graph
from connectors.meta.signature import challenge, signed_by
from connectors.options import Opts
from connectors.parts import account_missing, in_parts, kept_file

WINDOW = timedelta(hours=24)
TAGGED = timedelta(hours=168)
MOST_DOWN = 100 << 20


class DirectOptions(Opts):
    """One page or account."""

    app_secret: SecretStr
    """The app's secret (App Dashboard, Settings, Basic); two with a space while it is changed."""
    verify_token: SecretStr
    """Any words of yours; write the same ones where the App Dashboard asks for a verify token."""
    token: SecretStr
    """The page's or account's access token."""
    human_agent: bool = False
    """Meta granted the app “Human Agent”: people may answer until seven days have passed."""
    version: Annotated[str, Field(pattern=r"^v\d{2,3}\.\d$")] = VERSION
    """Of the Graph API."""

    @property
    @abstractmethod
    def page(self) -> str:
        """The id that webhooks name it by."""

    @property
    def window(self) -> timedelta:
        """How long a buyer's message may be answered."""
        return TAGGED if self.human_agent else WINDOW


class Direct:
    """`ports.WebhookChannel` and `ports.MediaChannel` for pages and their direct messages."""

    name: str
    can: Capabilities
    kind: Kind

    def __init__(self, parts: Parts, accounts: Mapping[str, DirectOptions]) -> None:
        self._accounts, self._parts = accounts, parts
        self._pages = _pages(self.kind.channel, accounts)
        self._graphs = {name: self.graph_of(one) for name, one in accounts.items()}

    def graph_of(self, options: DirectOptions) -> Graph:
        """An account's way to its API."""
        return Graph(
            self._parts.client,
            self._parts.now,
            options.token,
            url=options.api_url,
            version=options.version,
        )

    def can_for(self, conversation: Conversation) -> Capabilities:
        """Whether people may answer after a day is the account's."""
        options = self._accounts.get(conversation.account)
        if options is None or not options.human_agent:
            return self.can
        return self.can.model_copy(update={"after_window": "tag", "tag_hours": 168})

    # ── in ───────────────────────────────────────────────────────────────────

    def handshake(self, webhook: Webhook) -> str:
        """Meta's question whether the address is ours. Raises: Unauthentic."""
        return challenge(webhook.query, [one.verify_token for one in self._accounts.values()])

    async def receive(self, webhook: Webhook) -> Sequence[Arrival]:
        """Verify, then parse; writes nothing. Raises: Unauthentic, Malformed."""
        secrets = {name: one.app_secret for name, one in self._accounts.items()}
        signed = signed_by(webhook.headers, webhook.body, secrets)
        return tuple(
            arrivals(webhook.body, webhook.at, self.kind, self._pages, signed, self._window)
        )

    def _window(self, account: str) -> timedelta:
        options = self._accounts.get(account)
        return options.window if options else WINDOW

    async def fetch(self, attachment: Attachment, of: Conversation) -> Attachment:
        """A buyer's file, kept; its address is good for a while only.

        Raises: TooLarge, Rejected, Unavailable.
        """
        options = self._accounts.get(of.account)
        places = Places(HOSTS, options.api_url if options else None)
        downloads = Downloads(self._parts.client, self._parts.files, places)
        return await downloads.keep(attachment.url or "", attachment, MOST_DOWN, guessed=True)

    # ── out ──────────────────────────────────────────────────────────────────

    async def send(self, reply: Reply, to: Conversation) -> Receipt:
        """Hand *reply* over; its last part bears its key, which Messenger's echo tells back.

        Raises: Rejected (the window is over, …), Unavailable, Unsure.
        """
        graph, how = self._graph(to.account), self._allowed(to)
        page, _, buyer = to.thread_key.partition("/")
        path = self.path_of(page, to.account)
        contents: list[dict[str, Any]] = [{"text": reply.text}] if reply.text else []
        contents += [await self._uploaded(one, path, graph) for one in reply.attachments]
        parts = [
            {"recipient": {"id": buyer}, **how, "message": {**one, **self._mark(reply, n)}}
            for n, one in enumerate(contents, 1 - len(contents))
        ]
        return await in_parts(parts, lambda part: _sent(graph, path, part))

    def path_of(self, page: str, account: str) -> str:
        """Whose messages and files they are, in the API's addresses."""
        return page

    def upload_fields(self, kind: str) -> dict[str, str]:
        """What goes with a file on its way up."""
        wanted = {"attachment": {"type": kind, "payload": {"is_reusable": False}}}
        return {"message": json.dumps(wanted)}

    def _mark(self, reply: Reply, n: int) -> dict[str, str]:
        """What the echo of a part will bear; 0 is the last: who hears of it knows of them all."""
        return {"metadata": OWN_PART if n else reply.key}

    def _allowed(self, to: Conversation) -> dict[str, str]:
        """How it is sent by now. Raises: Rejected, where Meta would refuse it."""
        wrote = [
            one.sent_at or one.at
            for one in to.messages
            if one.author == "buyer" and not one.automatic
        ]
        ago = self._parts.now() - max(wrote, default=to.opened_at)
        if ago <= WINDOW:
            return {"messaging_type": "RESPONSE"}
        if ago <= self._window(to.account):
            return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        raise Rejected(
            say(
                "{hours} hours have passed since the buyer last wrote: {channel} takes no answer "
                "any more until they write again.",
                hours=int(self._window(to.account).total_seconds() // 3600),
                channel=brand_of(self.name),
            ),
            "window",
        )

    async def _uploaded(self, file: Attachment, path: str, graph: Graph) -> dict[str, Any]:
        where = kept_file(self._parts.files, file)
        first = file.mime.partition("/")[0]
        kind = first if first in ("image", "video", "audio") else "file"
        told = await graph.upload(
            f"{path}/message_attachments",
            self.upload_fields(kind),
            file.name,
            file.mime,
            where,
            part="filedata",
        )
        payload = {"attachment_id": text_of(told, "attachment_id")}
        return {"attachment": {"type": kind, "payload": payload}}

    def _graph(self, account: str) -> Graph:
        if account not in self._graphs:
            raise account_missing(brand_of(self.name), account)
        return self._graphs[account]

    async def probe(self) -> str:
        """Whether the tokens hold, for `parley doctor`."""
        names = []
        for name in self._accounts:
            told = await self._graphs[name].get("me", fields="name,username")
            names.append(text_of(told, "name") or text_of(told, "username"))
        return ", ".join(filter(None, names))


async def _sent(graph: Graph, path: str, part: Mapping[str, Any]) -> str:
    """The id that Meta gave it. Raises: Rejected, Unavailable, Unsure."""
    id = text_of(await graph.post(f"{path}/messages", part), "message_id")
    if not id:
        raise Unsure(say("Meta answered, but not whether the reply was taken."))
    return id


def _pages(channel: str, known: Mapping[str, DirectOptions]) -> dict[str, str]:
    """Accounts by the ids of their pages. Raises: Misconfigured, where two share one."""
    pages: dict[str, str] = {}
    for name, options in known.items():
        if options.page in pages:
            raise Misconfigured(
                f"channels.{channel}.accounts.{name}",
                "Two accounts have the same id. Give each its own.",
            )
        pages[options.page] = name
    return pages
