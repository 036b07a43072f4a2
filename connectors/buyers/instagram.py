"""Instagram: the direct messages of professional accounts.

Two ways in: Instagram's own login (graph.instagram.com, which takes no files from us), or a
Facebook page that the account is linked with (graph.facebook.com). Source: developers.facebook.com,
Instagram messaging and Instagram Platform webhooks (2025-11), read 2026-11, partly in stored
copies. Not verified against Instagram itself: sending files through a page; that a text counts by
1,000 bytes of UTF-8.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from assistant.model import Conversation, Reply
from assistant.ports import Capabilities
from connectors.http import Parts
from connectors.meta.direct import Direct, DirectOptions
from connectors.meta.direct_events import Kind
from connectors.meta.graph import Graph
from connectors.options import accounts

NAME = "instagram"
OWN = "https://graph.instagram.com"


class Options(DirectOptions):
    """One professional account."""

    account_id: Annotated[str, Field(pattern=r"^\d{5,30}$")]
    """The account's id, as its webhooks name it."""
    login: Literal["instagram", "facebook"] = "instagram"
    """Which login the token is of."""

    @property
    def page(self) -> str:
        return self.account_id


class Instagram(Direct):
    """Instagram's direct messages."""

    name = NAME
    kind = Kind(NAME, "instagram")
    can = Capabilities(
        idempotent=False,
        max_chars=1_000,
        count="bytes",
        file_kinds=("image/", "video/", "audio/", "application/pdf"),
        max_file_mb=25,
        receipts=("read",),
        edits=True,
        window_hours=24,
    )

    def __init__(self, parts: Parts, known: dict[str, Options]) -> None:
        self._known = known
        super().__init__(parts, known)

    def can_for(self, conversation: Conversation) -> Capabilities:
        """Files go only through a page."""
        through_page = self._login(conversation.account) == "facebook"
        return super().can_for(conversation).model_copy(update={"attachments": through_page})

    def graph_of(self, options: DirectOptions) -> Graph:
        own = isinstance(options, Options) and options.login == "instagram"
        return Graph(
            self._parts.client,
            self._parts.now,
            options.token,
            url=options.api_url or (OWN if own else None),
            version=options.version,
        )

    def path_of(self, page: str, account: str) -> str:
        return page if self._login(account) == "instagram" else "me"

    def upload_fields(self, kind: str) -> dict[str, str]:
        return {**super().upload_fields(kind), "platform": "instagram"}

    def _mark(self, reply: Reply, n: int) -> dict[str, str]:
        """Instagram tells nothing back: its echoes are known by their ids and words."""
        return {}

    def _login(self, account: str) -> str:
        options = self._known.get(account)
        return options.login if options else "instagram"


def connect(parts: Parts) -> Instagram:
    return Instagram(parts, accounts(parts.settings, NAME, Options))
