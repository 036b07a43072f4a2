"""Shopee's chat, read into our words: of a push and of the message list alike.

Source: the page of push mechanism 10 (webchat_push, last changed 2025-04-18) and the guide “Push
Mechanism” of open.shopee.com, read 2026-11 in a public copy. The pages of the seller chat API are
shown to approved apps alone: what is said of `get_message` is as public software has it,
unverified. Ids pass 2^53: they are text here, whatever they came as.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from assistant.model import (
    Arrival,
    Attachment,
    Buyer,
    BuyerId,
    Incoming,
    MessageId,
    Report,
)
from connectors.foreign import leaves
from connectors.http import clean_line, clean_text
from connectors.marketplaces import (
    Id,
    Wire,
    at_ms,
    file_at,
    read_as,
    thread_key,
    too_long,
)

CHAT = 10
AFFILIATE = "11"
BLOCKED = frozenset({"blocked", "censored_blacklist"})
"""What Shopee's own check says of a message that the other side never sees."""
AUTOMATIC = frozenset({"auto_reply", "offwork_autoreply"})


class Chat(Wire):
    """One message."""

    id: Id = Field(alias="message_id")
    conversation: Id = Field(alias="conversation_id")
    sender: Id = Field(alias="from_id")
    sender_name: str = Field(default="", alias="from_user_name")
    receiver: str = Field(default="", alias="to_id")
    receiver_name: str = Field(default="", alias="to_user_name")
    by_bot: bool = Field(default=False, alias="is_in_chatbot_session")
    sender_shop: str = Field(default="", alias="from_shop_id")
    sub_account: str = Field(default="0", alias="sub_account_id")
    kind: str = Field(default="text", alias="message_type")
    content: dict[str, Any] | None = None
    source: dict[str, Any] | None = Field(default=None, alias="source_content")
    at: Any = Field(default=None, alias="created_timestamp")
    status: str = ""
    region: str = ""
    business: str = Field(default="0", alias="business_type")

    def is_ours(self, shop: str, seller: str) -> bool:
        """The shop wrote it: from here, from the Seller Centre, from anywhere."""
        by_shop = self.sender_shop not in ("", "0") and self.sender_shop == shop
        by_colleague = self.sub_account not in ("", "0")
        return by_shop or by_colleague or bool(seller and self.sender == seller)


class Push(Wire):
    """What is round it."""

    code: int
    shop: str = Field(default="", alias="shop_id")
    data: dict[str, Any] | None = None

    @property
    def is_chat(self) -> bool:
        """A message; what is told of read marks and the like is nothing to answer."""
        return self.code == CHAT and (self.data or {}).get("type") == "message"


def push(content: dict[str, Any]) -> Push:
    """Raises: Malformed."""
    return read_as(Push, content)


def chat(content: object) -> Chat:
    """Raises: Malformed."""
    return read_as(Chat, content, "data.content")


def arrival(said: Chat, account: str, ours: bool, now: datetime) -> Arrival | None:
    """What the desk has to know of it: whose message it is, or that ours was stopped.

    What the shop's machines answer is nobody's answer.
    """
    if ours and said.status in BLOCKED:
        return _stopped(said, account, now)
    if ours and (said.by_bot or said.status in AUTOMATIC):
        return None
    text = clean_text(_text(said))
    too_long(text)
    if said.status in BLOCKED:
        text = f"[{said.status}]\n{text}"
    return Incoming(
        channel="shopee",
        account=account,
        platform="shopee",
        thread_key=thread_key(account, said.conversation),
        message_id=MessageId(said.id),
        buyer=Buyer(
            id=BuyerId(f"shopee:{said.receiver if ours else said.sender}"),
            name=clean_line(said.receiver_name if ours else said.sender_name),
            locale=_LOCALES.get(said.region.upper()),
            verified=True,
        ),
        text=text,
        kind=_kind(said, ours),
        sent_at=at_ms(said.at, now),
        order_refs=tuple(dict.fromkeys(_orders(said))),
        attachments=_files(said),
        automatic=said.status in AUTOMATIC,
    )


def _kind(said: Chat, ours: bool) -> Literal["ours", "message", "unknown"]:
    if ours:
        return "ours"
    return "message" if said.kind in _READ else "unknown"


def _stopped(said: Chat, account: str, now: datetime) -> Report:
    return Report(
        channel="shopee",
        account=account,
        thread_key=thread_key(account, said.conversation),
        kind="failed",
        external_id=said.id,
        at=at_ms(said.at, now) or now,
        code=said.status,
        reason=f"Shopee's check stopped it ({said.status}).",
    )


_LOCALES: Mapping[str, str] = {
    "ID": "id-ID",
    "TH": "th-TH",
    "VN": "vi-VN",
    "TW": "zh-TW",
    "BR": "pt-BR",
    "MX": "es-MX",
    "CL": "es-CL",
    "CO": "es-CO",
    "PL": "pl-PL",
}
"""Of regions with one language; in SG, MY and PH it is for the words to tell."""
_READ = frozenset({"text", "image", "video", "item", "order", "sticker", "faq_liveagent"})


def _text(said: Chat) -> str:
    content = said.content or {}
    match said.kind:
        case "text" | "faq_liveagent":
            return str(content.get("text") or "")
        case "image" | "video":
            return ""
        case "item":
            return f"[item {content.get('item_id') or '?'}]"
        case "order":
            return f"[order {content.get('order_sn') or '?'}]"
        case "sticker":
            return "[sticker]"
    lines = [f"[{said.kind}]", *list(leaves("", content))[:40]]
    return "\n".join(lines)[:2_000]


def _orders(said: Chat) -> Iterator[str]:
    for place in (said.content, said.source):
        if place and (order := str(place.get("order_sn") or "")):
            yield clean_line(order, 64)


def _files(said: Chat) -> tuple[Attachment, ...]:
    content = said.content or {}
    match said.kind:
        case "image":
            return (file_at(content.get("url"), "image/jpeg"),)
        case "video":
            # What stands there is an id, or an address: the page shows the former.
            return (file_at(content.get("video_url"), "video/mp4", "video.mp4"),)
    return ()
