"""What all commands share."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from assistant.model import (
    ConversationId,
    Frozen,
    Lane,
)

Manner = Literal["again", "shorter", "warmer", "more_formal"]
FormKind = Literal[
    "edit",
    "write",
    "regenerate",
    "note",
    "assign",
    "escalate",
    "close",
    "snooze",
    "attach",
    "move",
    "offer",
    "answer",
    "unanswered",
    "know",
    "change_note",
    "change_address",
    "change_cancel",
    "change_refund",
    "change_resend",
    "change_coupon",
]
"""A form is a command with open fields; this is which of them."""


class Wish(Frozen):
    """How a draft should be worded instead."""

    manner: Manner = "again"
    instruction: str = Field(default="", max_length=1_000)


class BaseCommand(Frozen):
    lane: ClassVar[Lane] = "desk"
    in_order: ClassVar[bool] = False
    for_rooms: ClassVar[bool] = False
    """Needs the platform where the team works: an outage of that is waited for."""
    most_tries: ClassVar[int | None] = None
    """Fewer than usual, where others wait behind it."""
    best_effort: ClassVar[bool] = False
    """Of no use once it is late: given up without a dead letter."""


class OfConversation(BaseCommand):
    conversation_id: ConversationId
