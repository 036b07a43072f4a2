"""Names of things. An id says what it is: `webchat:v1f3`, `slack:T1:U9`."""

from __future__ import annotations

import hashlib
from typing import Literal, NewType, get_args

from pydantic import BaseModel, ConfigDict

ConversationId = NewType("ConversationId", str)
"""`<channel>:<thread key>`: derived, so two first messages make one conversation."""
MessageId = NewType("MessageId", str)
BuyerId = NewType("BuyerId", str)
"""`<channel>:<the buyer's id there>`; never a phone number or an address by itself."""
PersonId = NewType("PersonId", str)
"""Of the team: `console:olga`, `slack:T1:U9`."""
OrderRef = NewType("OrderRef", str)
StorefrontId = NewType("StorefrontId", str)
ThreadId = NewType("ThreadId", str)
"""A conversation's place in a room: `console:<conversation>`, `slack:C1:1711.2`."""
ReplyKey = NewType("ReplyKey", str)
"""The same key is the same reply, however often it is sent."""

Lane = Literal["desk", "draft", "room", "translate"]
"""`desk` is quick; `draft` waits for models, `room` for the platforms where the team works.

A hung model or a hung Slack delays nothing in `desk`: replies still leave.
"""
LANES: tuple[Lane, ...] = get_args(Lane)


_BRANDS = {
    "amazon": "Amazon",
    "ebay": "eBay",
    "instagram": "Instagram",
    "lazada": "Lazada",
    "messenger": "Messenger",
    "shopee": "Shopee",
    "telegram": "Telegram",
    "whatsapp": "WhatsApp",
}


def brand_of(channel: str) -> str:
    """A channel's name as its maker writes it; one that we don't know keeps ours."""
    return _BRANDS.get(channel, channel)


class Frozen(BaseModel):
    """A value. Fields of a newer version are ignored, so old and new processes read each other."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def conversation_id(channel: str, thread_key: str) -> ConversationId:
    """The id of the conversation that *thread_key* names in *channel*."""
    return ConversationId(f"{channel}:{thread_key}")


def reply_key(conversation: ConversationId, version: int) -> ReplyKey:
    """The idempotency key of a draft's reply: letters and digits, whatever the id holds."""
    digest = hashlib.sha256(f"{conversation}#{version}".encode()).hexdigest()
    return ReplyKey(f"reply_{digest[:32]}")
