"""What people ask of shops, and of what shops are asked to do."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assistant.commands.base import OfConversation
from assistant.model import ChangeKind, OrderRef


class ChangeOrder(OfConversation):
    """Have the shop do something about an order; at once by whoever may, else proposed to a lead.

    The open fields are words as they were typed; each kind uses its own.
    """

    kind: Literal["change_order"] = "change_order"
    what: ChangeKind
    ref: OrderRef
    shop: str = ""
    text: str = Field(default="", max_length=1_000)
    amount: str = Field(default="", max_length=30)
    name: str = Field(default="", max_length=200)
    line1: str = Field(default="", max_length=200)
    line2: str = Field(default="", max_length=200)
    postcode: str = Field(default="", max_length=40)
    city: str = Field(default="", max_length=200)
    region: str = Field(default="", max_length=200)
    country: str = Field(default="", max_length=2)
    phone: str = Field(default="", max_length=60)
    code: str = Field(default="", max_length=40)


class ConfirmChange(OfConversation):
    """Stand for what somebody proposed. `number` is the change's in this conversation."""

    kind: Literal["confirm_change"] = "confirm_change"
    number: int


class DropChange(OfConversation):
    """Not wanted: while it is proposed, waits out its undo time, or waits for a person."""

    kind: Literal["drop_change"] = "drop_change"
    number: int


class SettleChange(OfConversation):
    """A person looked in the shop, or did it there themselves: was it done?"""

    kind: Literal["settle_change"] = "settle_change"
    number: int
    happened: bool


class LookAgain(OfConversation):
    """What do the shops say now? What was drafted from what they said before is drafted anew."""

    kind: Literal["look_again"] = "look_again"
