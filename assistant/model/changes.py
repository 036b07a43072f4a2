"""What a shop shall do because a person approved it: a note, an address, a refund …

A change is on its way as a reply is: `proposed` until whoever may has confirmed it, `confirmed`
while it waits out its undo time, `doing` from just before the shop is asked, then `done`, `failed`
(refused) or `unsure` (nobody can tell: a person looks). What a shop can't do from here is `by_hand`
until somebody has done it there.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import AwareDatetime

from assistant.errors import NotFound, Stale
from assistant.model.guidance import Facts
from assistant.model.ids import ConversationId, Frozen
from assistant.model.orders import Address, Amount, Currency, Order
from assistant.model.people import PARLEY, Actor
from assistant.model.records import Entry
from assistant.model.replies import Replies
from assistant.words import Text, say

ChangeKind = Literal["note", "address", "cancel", "refund", "resend", "coupon"]
ChangeState = Literal[
    "proposed", "by_hand", "confirmed", "doing", "done", "unsure", "failed", "dropped"
]
OPEN_CHANGES: frozenset[ChangeState] = frozenset(
    {"proposed", "by_hand", "confirmed", "doing", "unsure"}
)
KEPT_CHANGES = 30


class Wanted(Frozen):
    """One thing to be done at a shop, with all that it needs."""

    kind: ChangeKind
    shop: str
    ref: str
    """The order it is about; a coupon's, the order it makes up for."""
    text: str = ""
    """A note's words; else why it is done, for the shop's own records."""
    amount: Amount | None = None
    currency: Currency | None = None
    address: Address | None = None
    code: str = ""
    """A coupon's."""


class Written(Frozen):
    """A shop's word that it has done it."""

    external_id: str | None = None


class Change(Frozen):
    """A change on its way to the shop. `number` counts within its conversation."""

    number: int
    wanted: Wanted
    by: Actor
    created_at: AwareDatetime
    seen_seq: int
    """The newest message that was known when it was confirmed."""
    state: ChangeState = "proposed"
    reason: Text | None = None
    """Why it waits, failed, or nobody knows."""
    confirmed_by: Actor | None = None
    do_at: AwareDatetime | None = None
    attempts: int = 0
    done_at: AwareDatetime | None = None
    external_id: str | None = None

    def turned(self, state: ChangeState, **told: Any) -> Self:
        return self.model_copy(update={"state": state, "reason": None, **told})


def change_key(conversation: ConversationId, number: int) -> str:
    """The same key is the same change; short enough to stand in a shop's own notes."""
    told = f"{conversation}:change:{number}".encode("utf-8", "surrogatepass")
    return f"parley-{hashlib.sha256(told).hexdigest()[:16]}"


class Changes(Replies):
    """The part of a conversation that concerns what shops are asked to do."""

    changes: tuple[Change, ...] = ()
    last_change: int = 0

    def change_of(self, number: int) -> Change:
        """Raises NotFound."""
        for one in self.changes:
            if one.number == number:
                return one
        raise NotFound(say("There is no change {number} in this conversation.", number=number))

    def asked_of_shop(self, wanted: Wanted, by: Actor, at: datetime) -> Self:
        """Proposed; nothing is done yet."""
        change = Change(
            number=self.last_change + 1,
            wanted=wanted,
            by=by,
            created_at=at,
            seen_seq=self.last_seq,
        )
        told = (*self.changes, change)[-KEPT_CHANGES:]
        return self._same(changes=told, last_change=change.number)

    def change_put(self, change: Change, what: Text, by: Actor, at: datetime) -> Self:
        """*change* as it is now, with its line in the log."""
        told = tuple(change if one.number == change.number else one for one in self.changes)
        return self._next(Entry(kind="change", at=at, by=by, text=what), changes=told)

    def change_confirmed(self, number: int, by: Actor, at: datetime, do_at: datetime) -> Self:
        """Somebody who may stands for it. Raises Stale."""
        change = self.change_of(number)
        if change.state != "proposed":
            raise Stale(why_not_change(change))
        stands = change.turned("confirmed", confirmed_by=by, do_at=do_at, seen_seq=self.last_seq)
        return self.change_put(
            stands, say("{who} confirmed: {what}", who=by.name, what=named(change)), by, at
        )

    def change_dropped(self, number: int, by: Actor, at: datetime) -> Self:
        """Nobody wants it, before it was asked of the shop. Raises Stale."""
        change = self.change_of(number)
        if change.state not in ("proposed", "confirmed", "by_hand"):
            raise Stale(why_not_change(change))
        what = say("{who} dropped: {what}", who=by.name, what=named(change))
        return self.change_put(change.turned("dropped"), what, by, at)

    def change_settled(self, number: int, by: Actor, at: datetime, *, done: bool) -> Self:
        """A person looked, or did it by hand. Raises Stale."""
        change = self.change_of(number)
        if change.state not in ("unsure", "by_hand"):
            raise Stale(why_not_change(change))
        if done:
            return self.change_done(number, Written(), by, at)
        what = say("{who} saw that it was not done: {what}", who=by.name, what=named(change))
        back = change.turned("proposed", confirmed_by=None, do_at=None)
        return self.change_put(back, what, by, at)

    def change_done(self, number: int, written: Written, by: Actor, at: datetime) -> Self:
        """The shop has done it: from now on it may be told."""
        change = self.change_of(number)
        told = change.turned("done", done_at=at, external_id=written.external_id)
        return self.change_put(told, say("Done: {what}", what=named(change)), by, at)

    def change_turned(
        self, number: int, state: ChangeState, reason: Text, at: datetime, **told: Any
    ) -> Self:
        """Failed, unsure, to wait or back to whoever confirms: with the reason."""
        change = self.change_of(number).turned(state, **told).model_copy(update={"reason": reason})
        what = say("{what}: {why}", what=named(change), why=reason)
        return self.change_put(change, what, PARLEY, at)

    def change_claimed(self, number: int) -> Self:
        """Just before the shop is asked: from here on it may have been done."""
        change = self.change_of(number)
        doing = change.turned("doing", attempts=change.attempts + 1)
        told = tuple(doing if one.number == number else one for one in self.changes)
        return self._same(changes=told)

    def facts_renewed(self, order: Order, why: Text, at: datetime) -> Self:
        """What the shop says now; a draft that was made without it is outdated."""
        orders = tuple(order if one.ref == order.ref else one for one in self.facts.orders)
        facts: Facts = self.facts.model_copy(update={"orders": orders})
        return self._outdate(why, at)._same(facts=facts)

    def refundable(self, order: Order) -> Decimal | None:
        """What can still be given back, with what is on its way taken off; None: not known."""
        if order.totals.total is None:
            return None
        back = sum((one.amount or Decimal() for one in order.refunds), Decimal())
        on_way = sum(
            (
                one.wanted.amount or Decimal()
                for one in self.changes
                if one.wanted.kind == "refund"
                and one.wanted.ref == order.ref
                and one.state in ("confirmed", "doing", "unsure")
            ),
            Decimal(),
        )
        return order.totals.total - back - on_way


def plain_amount(amount: Decimal) -> str:
    """`12.50`, `1200`: as people write it, whatever it went through."""
    return f"{amount:.2f}" if amount % 1 else f"{amount:.0f}"


def named(change: Change) -> Text:
    """`Refund of 12.50 EUR, order 10045`"""
    wanted = change.wanted
    money = f"{plain_amount(wanted.amount)} {wanted.currency}" if wanted.amount else ""
    about: dict[ChangeKind, Text] = {
        "note": say("Note on order {ref}", ref=wanted.ref),
        "address": say("New address for order {ref}", ref=wanted.ref),
        "cancel": say("Cancel order {ref}", ref=wanted.ref),
        "refund": say("Refund of {money}, order {ref}", money=money, ref=wanted.ref),
        "resend": say("Resend order {ref}", ref=wanted.ref),
        "coupon": say("Coupon {code} of {money}", code=wanted.code, money=money),
    }
    return about[wanted.kind]


def why_not_change(change: Change) -> Text:
    """Why nothing can be done with *change* any more: who or what was faster."""
    what = named(change)
    who = change.confirmed_by.name if change.confirmed_by else change.by.name
    about: dict[ChangeState, Text] = {
        "proposed": say("{what}: nobody has confirmed it yet.", what=what),
        "by_hand": say("{what}: somebody has to do it in the shop itself.", what=what),
        "confirmed": say("{what}: {who} confirmed it a moment ago.", what=what, who=who),
        "doing": say("{what}: the shop is being asked.", what=what),
        "done": say("{what}: it is done. Nothing is done twice.", what=what),
        "unsure": say("{what}: nobody knows whether it was done. Look in the shop.", what=what),
        "failed": say("{what}: the shop refused it.", what=what),
        "dropped": say("{what}: it was dropped.", what=what),
    }
    return about[change.state]
