"""Where a conversation shows: its rooms, its threads there, what they were told, words on offer.

A post to a chat can't be repeated safely, so what is about to be posted is noted first: whoever
finds such a note posts again with the words “possible duplicate”.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import Field

from assistant.errors import NotFound
from assistant.model.ids import Frozen, ThreadId
from assistant.model.people import Actor
from assistant.model.records import Entry, Offer
from assistant.words import Text, say

KEPT_KEYS = 40
KEPT_OFFERS = 20
"""A team that talks a lot in a thread: what is older was meant for nobody outside."""
CARD = "card"


class Left(Frozen):
    """A place where the conversation is not any more, and whose card does not say so yet."""

    room: str
    thread: ThreadId


class Presence(Frozen):
    """The part of a conversation that concerns rooms."""

    rooms: tuple[str, ...] = ()
    """Where it belongs; none: where its storefront's conversations do."""
    pinned: bool = False
    """Somebody, or an outage, put it there: the routes leave it alone."""
    threads: dict[str, ThreadId] = Field(default_factory=dict)
    """Room → our place there."""
    faces: dict[str, str] = Field(default_factory=dict)
    """Room → what its card looks like there, in short: an unchanged one is not sent again."""
    told: dict[str, str] = Field(default_factory=dict)
    """Room → the last line of the log that its thread has."""
    posting: dict[str, str] = Field(default_factory=dict)
    """Room → what is being posted there, and perhaps was: the card, or lines up to a log id."""
    doubled: tuple[str, ...] = ()
    """Rooms whose card may be a second one."""
    left: tuple[Left, ...] = ()
    offers: tuple[Offer, ...] = ()
    """Words typed in a thread that wait to be sent or dropped."""
    decided: tuple[str, ...] = ()
    """The newest of those that were sent, dropped or deleted: they are not offered once more."""
    done: tuple[str, ...] = ()
    """The newest presses that were done: each is done once."""
    last_seq: int = 0
    shown_seq: int = 0
    """The last buyer's message that is visible in a room."""
    unlogged: tuple[Entry, ...] = Field(default=(), exclude=True)
    """Log lines of this change, not stored yet."""

    # ── cards and threads ────────────────────────────────────────────────────

    def shown(self, room: str, thread: ThreadId, up_to: int | None = None, face: str = "") -> Self:
        """Visible in a room, up to the newest message or *up_to*."""
        seq = self.last_seq if up_to is None else min(up_to, self.last_seq)
        settled = self.not_posted(room) if self.posting.get(room) == CARD else self
        if self.rooms and room not in self.rooms:
            # Moved while it was being posted: that card is not the one any more.
            return settled._same(left=(*settled.left, Left(room=room, thread=thread)))
        return settled._same(
            threads={**self.threads, room: thread},
            faces={**self.faces, room: face} if face else self.faces,
            shown_seq=max(self.shown_seq, seq),
        )

    def posting_in(self, room: str, what: str) -> Self:
        """About to post *what*: the card, or lines up to that id of the log."""
        doubled = self.posting.get(room) == what == CARD
        return self._same(
            posting={**self.posting, room: what},
            doubled=tuple(dict.fromkeys((*self.doubled, room))) if doubled else self.doubled,
        )

    def not_posted(self, room: str) -> Self:
        """It certainly was not."""
        return self._same(posting={name: on for name, on in self.posting.items() if name != room})

    def told_up_to(self, room: str, line: str) -> Self:
        """The thread in *room* has the log up to *line*."""
        return self.not_posted(room)._same(told={**self.told, room: line})

    def anew(self, room: str) -> Self:
        """Its card there is gone, deleted perhaps: another one is posted, and told everything."""
        return self._without([room])._same(doubled=self.doubled)

    def moved(
        self, rooms: tuple[str, ...], by: Actor, at: datetime, why: Text, *, pinned: bool = True
    ) -> Self:
        """To other rooms: those it leaves are told so, those it comes to get its whole thread."""
        gone = [name for name in self.threads if name not in rooms]
        left = tuple(Left(room=name, thread=self.threads[name]) for name in gone)
        return self._without(gone)._next(
            Entry(kind="moved", at=at, by=by, text=why),
            rooms=rooms,
            pinned=pinned,
            left=(*self.left, *left),
        )

    def struck_out(self, left: Left) -> Self:
        """The card there says now that it is not the one any more."""
        return self._same(left=tuple(one for one in self.left if one != left))

    def _without(self, rooms: list[str]) -> Self:
        kept: dict[str, Any] = {
            name: {room: value for room, value in getattr(self, name).items() if room not in rooms}
            for name in ("threads", "faces", "told", "posting")
        }
        return self._same(**kept, doubled=tuple(room for room in self.doubled if room not in rooms))

    # ── words typed in a thread ──────────────────────────────────────────────

    def offered(self, offer: Offer) -> Self:
        """Typed, or typed anew: the same message is one offer. An older wording changes nothing."""
        older = any(one.id == offer.id and one.changed > offer.changed for one in self.offers)
        if older or offer.id in self.decided:
            return self
        others = tuple(one for one in self.offers if one.id != offer.id)
        return self._same(offers=(*others, offer)[-KEPT_OFFERS:])

    def offer_of(self, id: str) -> Offer:
        """Raises NotFound."""
        for one in self.offers:
            if one.id == id:
                return one
        raise NotFound(say("These words are not on offer any more: sent, put away, or too old."))

    def settled_offer(self, id: str) -> Self:
        """Sent, or put away."""
        return self._same(
            offers=tuple(one for one in self.offers if one.id != id),
            decided=(*self.decided, id)[-KEPT_KEYS:],
        )

    def did(self, key: str) -> Self:
        """A press is done, in the same write as its effect."""
        return self._same(done=(*self.done, key)[-KEPT_KEYS:])

    # ── inside ───────────────────────────────────────────────────────────────

    def _same(self, **changes: Any) -> Self:
        return self.model_copy(update=changes)

    def _next(self, entry: Entry, **changes: Any) -> Self:
        return self.model_copy(update={**changes, "unlogged": (*self.unlogged, entry)})
