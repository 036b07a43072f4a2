"""Messenger: the direct messages of Facebook pages.

Source: developers.facebook.com, Messenger Platform (Send API, webhook events, updated 2024 to
2026-03), read 2026-11, partly in stored copies. Not verified against Messenger itself. A buyer has
another id at each page, and webhooks tell no names.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from assistant.ports import Capabilities
from connectors.http import Parts
from connectors.meta.direct import Direct, DirectOptions
from connectors.meta.direct_events import Kind
from connectors.options import accounts

NAME = "messenger"


class Options(DirectOptions):
    """One page."""

    page_id: Annotated[str, Field(pattern=r"^\d{5,30}$")]
    """The page's id."""

    @property
    def page(self) -> str:
        return self.page_id


class Messenger(Direct):
    """Messenger as Meta's pages have it."""

    name = NAME
    kind = Kind(NAME, "page")
    can = Capabilities(
        idempotent=False,
        max_chars=2_000,
        attachments=True,
        max_files=10,
        max_file_mb=25,
        receipts=("delivered", "read"),
        edits=True,
        window_hours=24,
    )


def connect(parts: Parts) -> Messenger:
    return Messenger(parts, accounts(parts.settings, NAME, Options))
