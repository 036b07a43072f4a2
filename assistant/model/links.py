"""One buyer by several channels: what ties two conversations together, and where a reply goes.

Proven is only what a shop confirms of both: the same order, and each of them writes from an address
that is the order's own. Everything else is proposed, and a person decides; what they decided stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import AwareDatetime

from assistant.errors import NotFound, Refused
from assistant.model.ids import ConversationId, Frozen
from assistant.model.orders import Order, same_order
from assistant.model.people import PARLEY, Actor, Buyer
from assistant.model.presence import Presence
from assistant.model.records import Entry
from assistant.words import Text, say

LinkState = Literal["proposed", "same", "different"]
Tie = Literal["order_and_address", "order", "address"]
"""What speaks for it: the first alone proves it."""
MOST_LINKS = 10


class Link(Frozen):
    """Another conversation that may be with the same buyer, as it was last seen."""

    other: ConversationId
    channel: str
    account: str = ""
    platform: str = "own"
    source: str = ""
    address: str = ""
    """Where a reply would go, as people may see it: `a…@x.de`."""
    heard_at: AwareDatetime
    window_until: AwareDatetime | None = None
    tie: Tie
    state: LinkState = "proposed"
    by: Actor = PARLEY

    def decided(self) -> bool:
        """A person said so."""
        return self.by.id != PARLEY.id

    def after(self, known: Link | None) -> Link:
        """This over what was *known*: a person's word stays, and so does what was proven once."""
        if known is None:
            return self
        if self.decided() or (self.state == "same" and not known.decided()):
            return self
        kept = {"state": known.state, "by": known.by, "tie": known.tie}
        return self.model_copy(update=kept)


class Linked(Presence):
    """The part of a conversation that knows of the others with the same buyer."""

    links: tuple[Link, ...] = ()
    reply_by: ConversationId | None = None
    """In which other conversation's channel replies go out; None: in this one's."""

    @property
    def route(self) -> Link | None:
        """Where replies go, if it isn't here."""
        return self.same(self.reply_by) if self.reply_by else None

    def link(self, other: ConversationId) -> Link | None:
        return next((one for one in self.links if one.other == other), None)

    def same(self, other: ConversationId) -> Link | None:
        """The link to a conversation that is sure to be with the same buyer."""
        found = self.link(other)
        return found if found and found.state == "same" else None

    def related(self, link: Link, at: datetime) -> Self:
        """What is now known of another conversation; nothing where it is known already."""
        known = self.link(link.other)
        link = link.after(known)
        if link == known:
            return self
        links = (link, *(one for one in self.links if one.other != link.other))[:MOST_LINKS]
        told = known is None or (known.state, known.by) != (link.state, link.by)
        changes: dict[str, Any] = {"links": links}
        if self.reply_by == link.other and link.state != "same":
            changes["reply_by"] = None
        if not told:
            return self._same(**changes)
        return self._next(Entry(kind="note", at=at, by=link.by, text=_told(link)), **changes)

    def judged(self, other: ConversationId, by: Actor, at: datetime, *, same: bool) -> Self:
        """A person says whether it is the same buyer. Raises: NotFound."""
        known = self.link(other)
        if known is None:
            raise NotFound(say("No such conversation is tied to this one."))
        state: LinkState = "same" if same else "different"
        return self.related(known.model_copy(update={"state": state, "by": by}), at)

    def replying_by(self, other: ConversationId | None, by: Actor, at: datetime) -> Self:
        """Replies go by another conversation's channel from now on; None: by this one's again.

        Raises: Refused, where it is not sure that both are the same buyer.
        """
        if other == self.reply_by:
            return self
        link = self.same(other) if other else None
        if other and link is None:
            raise Refused(say("First say that this is the same buyer."))
        what = (
            say("Replies go by {channel} to {address}.", channel=link.channel, address=link.address)
            if link
            else say("Replies go by this conversation's own channel again.")
        )
        return self._next(Entry(kind="note", at=at, by=by, text=what), reply_by=other)


def _told(link: Link) -> Text:
    match link.state:
        case "same":
            return say("The same buyer also writes by {channel}.", channel=link.channel)
        case "different":
            return say("Who writes by {channel} is somebody else.", channel=link.channel)
        case _:
            return say("Perhaps the same buyer writes by {channel}.", channel=link.channel)


# ── proof ────────────────────────────────────────────────────────────────────


class Side(Frozen):
    """What one of two conversations tells of its buyer."""

    channel: str
    buyer: Buyer
    orders: tuple[Order, ...] = ()
    """As shops confirmed them."""
    refs: tuple[str, ...] = ()
    """As the buyer wrote them."""


def tie(one: Side, other: Side) -> Tie | None:
    """What speaks for both being the same buyer; None where nothing does."""
    if any(_owns(one, order) and _owns(other, order) for order in _shared(one, other)):
        return "order_and_address"
    if _mail(one.buyer) and _mail(one.buyer) == _mail(other.buyer):
        return "address"
    confirmed = [order.ref for order in (*one.orders, *other.orders)]
    both = [ref for ref in one.refs if any(same_order(ref, theirs) for theirs in other.refs)]
    return "order" if any(same_order(ref, known) for ref in both for known in confirmed) else None


def _shared(one: Side, other: Side) -> Iterable[Order]:
    """Orders that a shop confirmed and that both name, or one names whose owner the other is."""
    for order in (*one.orders, *other.orders):
        if all(_names(side, order) for side in (one, other)):
            yield order


def _names(side: Side, order: Order) -> bool:
    known = (*side.refs, *(one.ref for one in side.orders))
    return any(same_order(order.ref, ref) for ref in known)


def _owns(side: Side, order: Order) -> bool:
    """The channel vouches for an address of theirs that is the order's own."""
    mail = _mail(side.buyer) if side.buyer.verified else ""
    if mail and mail == (order.customer.email or "").casefold():
        return True
    name, _, number = side.buyer.id.partition(":")
    return name == "whatsapp" and _same_phone(number, order)


def _mail(buyer: Buyer) -> str:
    return (buyer.email or "").casefold()


def _same_phone(number: str, order: Order) -> bool:
    """WhatsApp's numbers are whole; a shop's proves nothing unless it is, too."""
    known = re.sub(r"[\s()./-]", "", order.ship_to.phone or "")
    whole = re.fullmatch(r"(?:\+|00)(\d{8,15})", known)
    return bool(whole and whole[1] == number)


def shown_address(buyer: Buyer) -> str:
    """As much of an address as says which one it is: `a…@x.de`, `…4567`."""
    if buyer.email:
        local, _, host = buyer.email.partition("@")
        return f"{local[:1]}…@{host}"
    digits = "".join(char for char in buyer.id.partition(":")[2] if char.isdigit())
    return f"…{digits[-4:]}" if len(digits) >= 7 else buyer.name
