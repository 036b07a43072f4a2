"""Lazada's messages, read into our words: of a push and of the message list alike.

Source: “Webhook API: IM send message notifications”, “Lazada IM Open API” and GetMessages of
open.lazada.com, read 2026-11 in a public copy. Numbers come as numbers in pushes and as text in
answers. Unverified: that a buyer's own message can bear a `process_msg`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from assistant.model import Arrival, Attachment, Buyer, BuyerId, Incoming, MessageId, Report
from connectors.http import clean_line, clean_text, mended
from connectors.marketplaces import (
    Id,
    Wire,
    at_ms,
    file_at,
    read_as,
    thread_key,
    too_long,
)

CHAT, READ = 2, 19
BUYER, SELLER = "1", "2"
SYSTEM = "2"
RECALLED = "1"
_LOCALES: Mapping[str, str] = {"TH": "th-TH", "VN": "vi-VN", "ID": "id-ID"}
"""Of countries with one language; elsewhere it is for the words to tell."""


class Im(Wire):
    """One message of a session."""

    id: Id = Field(alias="message_id")
    session: Id = Field(alias="session_id")
    sender: Id = Field(alias="from_account_id")
    side: str = Field(alias="from_account_type")
    receiver: str = Field(default="", alias="to_account_id")
    content: Any = ""
    at: Any = Field(default=None, alias="send_time")
    template: str = Field(default="1", alias="template_id")
    kind: str = Field(default="1", alias="type")
    site: str = Field(default="", alias="site_id")
    stopped: str | None = Field(default="", alias="process_msg")
    automatic: bool = Field(default=False, alias="auto_reply")
    status: str | None = "0"

    @property
    def card(self) -> Mapping[str, Any]:
        """What its template shows: JSON within JSON, or plain text where it is none."""
        if isinstance(self.content, dict):
            return self.content
        try:
            found = mended(json.loads(str(self.content)))
        except (ValueError, RecursionError):
            found = None
        return found if isinstance(found, dict) else {"txt": str(self.content)}

    @property
    def text(self) -> str:
        return clean_text(str(self.card.get("txt") or ""))


class Push(Wire):
    """What is round it."""

    kind: int = Field(alias="message_type")
    seller: str = Field(default="", alias="seller_id")
    data: dict[str, Any] | None = None


class _Read(Wire):
    """What is told when somebody read; `to_position` is the other side's."""

    session: Id = Field(alias="session_id")
    side: str = Field(default="", alias="user_account_type")
    until: Any = Field(default=None, alias="to_position")


class Session(Wire):
    """One session of the list."""

    id: Id = Field(alias="session_id")
    title: str = ""
    newest: Any = Field(default=None, alias="last_message_time")


def push(content: dict[str, Any]) -> Push:
    """Raises: Malformed."""
    return read_as(Push, content)


def im(content: object) -> Im:
    """Raises: Malformed."""
    return read_as(Im, content, "data")


def read_up_to(content: object, account: str, now: datetime) -> Report | None:
    """Until when the buyer of a session has read what was written. Raises: Malformed."""
    told = read_as(_Read, content, "data")
    until = at_ms(told.until, now)
    if until is None or told.side != SELLER:
        return None
    return Report(
        channel="lazada",
        account=account,
        thread_key=thread_key(account, told.session),
        kind="read",
        at=until,
        up_to=until,
    )


def session(content: object) -> Session:
    """Raises: Malformed."""
    return read_as(Session, content, "session_list")


def arrival(said: Im, account: str, now: datetime, name: str = "") -> Arrival | None:
    """What the desk has to know of it: whose message it is, or that ours was stopped.

    What the seller's machines answer is nobody's answer.
    """
    ours = said.side == SELLER
    if ours and said.stopped:
        return _stopped(said, account, now)
    if ours and (said.automatic or said.kind == SYSTEM or said.status == RECALLED):
        return None
    text = _text(said)
    too_long(text)
    return Incoming(
        channel="lazada",
        account=account,
        platform="lazada",
        thread_key=thread_key(account, said.session),
        message_id=MessageId(said.id),
        buyer=Buyer(
            id=BuyerId(f"lazada:{said.receiver if ours else said.sender}"),
            name=clean_line(name),
            locale=_LOCALES.get(said.site.upper()),
            verified=True,
        ),
        text=text,
        kind="ours" if ours else _kind(said),
        sent_at=at_ms(said.at, now),
        order_refs=tuple(_orders(said)),
        attachments=_files(said),
        automatic=said.automatic or said.kind == SYSTEM,
    )


def _kind(said: Im) -> Any:
    if said.status == RECALLED:
        return "deleted"
    return "message" if said.template in _READ or said.text else "unknown"


def _stopped(said: Im, account: str, now: datetime) -> Report:
    return Report(
        channel="lazada",
        account=account,
        thread_key=thread_key(account, said.session),
        kind="failed",
        external_id=said.id,
        at=at_ms(said.at, now) or now,
        code="process_msg",
        reason=clean_line(said.stopped or "", 500),
    )


_READ = frozenset({"1", "2", "3", "4", "6", "10006", "10007"})
_NAMES: Mapping[str, str] = {"10006": "item", "10007": "order", "10008": "voucher"}


def _text(said: Im) -> str:
    lines = [said.text]
    if not said.text and said.template not in ("3", "6"):
        named = _NAMES.get(said.template, f"template {said.template}")
        told = [one for one in _telling(said.card) if one]
        lines = [f"[{named}]", *told[:20]]
    if said.stopped:
        lines.append(f"[process_msg] {clean_line(said.stopped, 500)}")
    return "\n".join(filter(None, lines))[:100_000]


def _telling(card: Mapping[str, Any]) -> Iterator[str]:
    """What of a card is for eyes: its words and ids, no addresses."""
    for name in ("title", "content", "itemId", "orderId", "price", "status", "desc"):
        if value := card.get(name):
            yield f"{name}: {clean_line(str(value), 300)}"


def _orders(said: Im) -> Iterator[str]:
    for name in ("orderId", "order_id"):
        if value := said.card.get(name):
            yield clean_line(str(value), 64)


def _files(said: Im) -> tuple[Attachment, ...]:
    if said.template == "3":
        return (file_at(said.card.get("imgUrl"), "image/jpeg"),)
    if said.template == "6":
        name = clean_line(str(said.card.get("txt") or "video.mp4"), 120)
        return (file_at(said.card.get("videoUrl"), "video/mp4", name),)
    return ()
