"""The one aggregate. Its methods return the next state, or raise Stale / Refused.

Every change writes its own line of the log into `unlogged`; the store appends those in the same
atomic write, so the log has no gap and needs no event bus.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from pydantic import AwareDatetime

from assistant.errors import Refused, Stale
from assistant.model.changes import Changes
from assistant.model.ids import (
    BuyerId,
    ConversationId,
    MessageId,
    OrderRef,
    PersonId,
    StorefrontId,
    brand_of,
    conversation_id,
)
from assistant.model.learning import Use
from assistant.model.messages import Attachment, Incoming, Message, Note, Template
from assistant.model.people import PARLEY, Actor, Buyer
from assistant.model.records import (
    Assignment,
    Entry,
    Escalation,
    Outcome,
    Problem,
    why_not,
)
from assistant.model.replies import KEPT_MESSAGES
from assistant.words import Text, say

KEPT_OF_ERASED = (
    *("version", "rooms", "pinned", "threads", "told", "posting", "doubled", "left", "done"),
    *("last_seq", "shown_seq", "last_version"),
)
"""Where it shows and up to where, so that its cards can be brought up to date."""


class Conversation(Changes):
    """Everything about one thread with one buyer, as the desk sees it now."""

    version: int = 0
    """Of the stored body; 0 is not stored yet. Set by the store alone."""
    storefront: StorefrontId = StorefrontId("default")
    channel: str
    account: str = ""
    source: str = ""
    platform: str = "own"
    market: str | None = None
    thread_key: str
    state: Literal["open", "snoozed", "closed"] = "open"
    notes: tuple[Note, ...] = ()
    untranslated: Text | None = None
    """Why the newest words are not in the team's language, or not all of them."""
    assignment: Assignment | None = None
    escalation: Escalation | None = None
    outcomes: tuple[Outcome, ...] = ()
    uses: tuple[Use, ...] = ()
    opened_at: AwareDatetime
    opening: Template | None = None
    """Of one that we began: as what its channel takes the message."""
    window_until: AwareDatetime | None = None
    snoozed_until: AwareDatetime | None = None

    @classmethod
    def begun(cls, incoming: Incoming, storefront: StorefrontId, market: str | None) -> Self:
        """The conversation a first message opens; the message itself is `received` next."""
        assert incoming.received_at is not None
        return cls(
            id=conversation_id(incoming.channel, incoming.thread_key),
            storefront=storefront,
            channel=incoming.channel,
            account=incoming.account,
            source=incoming.source,
            platform=incoming.platform,
            market=market,
            thread_key=incoming.thread_key,
            buyer=incoming.buyer,
            opened_at=incoming.received_at,
        )

    def started(
        self, opening: Template, about: OrderRef, what: Text, by: Actor, at: datetime
    ) -> Self:
        """We write first, about an order. Raises Refused, where the buyer wrote already."""
        if any(one.author == "buyer" for one in self.messages):
            raise Refused(say("The buyer wrote here already. Write a reply."))
        refs = dict.fromkeys((*self.order_refs, about))
        told = say("{who} begins: {what}.", who=by.name, what=what)
        entry = Entry(kind="note", at=at, by=by, text=told)
        return self._next(entry, opening=opening, order_refs=tuple(refs), state="open")

    @property
    def there(self) -> Self:
        """As seen from where its replies go: by which channel and account, and until when."""
        route = self.route
        if route is None:
            return self
        seen = {name: getattr(route, name) for name in ("channel", "account", "source", "platform")}
        return self.model_copy(update={**seen, "window_until": route.window_until})

    # ── the buyer ────────────────────────────────────────────────────────────

    def knows(self, message: MessageId) -> bool:
        return any(known.id == message for known in self.messages)

    def received(self, incoming: Incoming, due_at: datetime) -> Self:
        """The buyer wrote. A reply that is not on its way yet is outdated by it."""
        assert incoming.received_at is not None
        at = incoming.received_at
        message = Message(
            id=incoming.message_id,
            seq=self.last_seq + 1,
            author="buyer",
            text=incoming.text,
            at=at,
            name=incoming.buyer.name,
            sent_at=incoming.sent_at,
            subject=incoming.subject,
            attachments=incoming.attachments,
            deleted=incoming.kind == "deleted",
            trust=incoming.trust,
            automatic=incoming.automatic,
            whole=incoming.whole,
            keys=incoming.keys,
        )
        outdated = self
        if not incoming.automatic:
            outdated = self._outdate(say("{buyer} wrote again.", buyer=self._buyer_name()), at)
        refs = dict.fromkeys((*self.order_refs, *incoming.order_refs))
        return outdated._next(
            Entry(
                kind="message", at=at, by=_buyer(incoming.buyer), said=message.text, message=message
            ),
            state="open",
            snoozed_until=None,
            messages=(*self.messages, message)[-KEPT_MESSAGES:],
            last_seq=message.seq,
            buyer=_merged(self.buyer, incoming.buyer),
            order_refs=tuple(refs),
            **({} if incoming.automatic else self._awaited(at, due_at)),
            window_until=incoming.window_until or self.window_until,
        )

    def _awaited(self, at: datetime, due_at: datetime) -> dict[str, Any]:
        """From now on the buyer waits for us, if they don't already."""
        return {
            "no_draft": None,
            "waiting_since": self.waiting_since or at,
            "due_at": self.due_at or due_at,
        }

    def answered_for(self, of: ConversationId, version: int, reply: Message) -> Self:
        """A reply of another conversation with this buyer went out by this one's channel."""
        id = MessageId(f"reply:{of}:{version}")
        if self.knows(id):
            return self
        message = reply.model_copy(update={"id": id, "seq": self.last_seq + 1})
        what = say("A reply of another conversation with this buyer went out here.")
        return self._next(
            Entry(kind="note", at=reply.at, by=PARLEY, text=what, said=reply.text, message=message),
            messages=(*self.messages, message)[-KEPT_MESSAGES:],
            last_seq=message.seq,
        )

    def answered_elsewhere(self, incoming: Incoming) -> Self:
        """One of the team answered in the platform's own inbox: the buyer waits no more."""
        assert incoming.received_at is not None
        message = Message(
            id=incoming.message_id,
            seq=self.last_seq + 1,
            author="agent",
            text=incoming.text,
            at=incoming.received_at,
            name=(where := brand_of(incoming.channel)),
            sent_at=incoming.sent_at,
            attachments=incoming.attachments,
            keys=(incoming.message_id,),
        )
        outdated = self._outdate(
            say("Somebody answered in {channel} itself.", channel=where), message.at
        )
        told = say("Somebody of the team answered in {channel} itself.", channel=where)
        entry = Entry(
            kind="note", at=message.at, by=PARLEY, text=told, said=message.text, message=message
        )
        return outdated._next(
            entry,
            messages=(*self.messages, message)[-KEPT_MESSAGES:],
            last_seq=message.seq,
            waiting_since=None,
            due_at=None,
        )

    def with_files(self, message: MessageId, files: tuple[Attachment, ...], at: datetime) -> Self:
        """The files of a message are copied now, or it is known why they can't be."""
        messages = tuple(
            one.model_copy(update={"attachments": files}) if one.id == message else one
            for one in self.messages
        )
        told = next(one for one in messages if one.id == message)
        entry = Entry(kind="files", at=at, by=_buyer(self.buyer), message=told)
        return self._next(entry, messages=messages)

    def amended(self, incoming: Incoming) -> Self:
        """The buyer edited or deleted a message; itself where that is known already."""
        assert incoming.received_at is not None
        changed = tuple(
            one.amended(incoming) if one.id == incoming.message_id else one for one in self.messages
        )
        if changed == self.messages:
            return self
        reason = say("{buyer} changed what they wrote.", buyer=self._buyer_name())
        entry = Entry(
            kind="deleted" if incoming.kind == "deleted" else "edited",
            at=incoming.received_at,
            by=_buyer(incoming.buyer),
            said=incoming.text,
        )
        return self._outdate(reason, entry.at)._next(entry, messages=changed)

    def erased(self, at: datetime) -> Self:
        """Nothing left that tells of the buyer; that there was a conversation stays."""
        digest = hashlib.sha256(self.buyer.id.encode()).hexdigest()[:12]
        nobody = Buyer(id=BuyerId(f"{self.channel}:erased:{digest}"))
        why = say("The buyer closed their account: what was kept of them was erased.")
        blank = type(self).begun(
            Incoming(
                channel=self.channel,
                thread_key=self.thread_key,
                message_id=MessageId(""),
                buyer=nobody,
                text="",
                account=self.account,
                source=self.source,
                platform=self.platform,
                received_at=self.opened_at,
            ),
            self.storefront,
            self.market,
        )
        kept = {name: getattr(self, name) for name in KEPT_OF_ERASED}
        bare = blank.model_copy(
            update={
                **kept,
                "messages": tuple(one.erased() for one in self.messages),
                "drafts": tuple(one.erased() for one in self.drafts),
                "state": "closed",
            }
        )
        return bare._next(Entry(kind="closed", at=at, by=PARLEY, text=why))

    # ── the team ─────────────────────────────────────────────────────────────

    def noted(self, text: str, by: Actor, at: datetime) -> Self:
        note = Note(by=by, text=text, at=at)
        return self._next(
            Entry(kind="note", at=at, by=by, said=text), notes=(*self.notes, note)[-KEPT_MESSAGES:]
        )

    def assigned(self, to: Actor, by: Actor, at: datetime, reason: str = "") -> Self:
        what = (
            say("{who} took this conversation.", who=by.name)
            if to.id == by.id
            else say("{by} asked {to} to take this.", by=by.name, to=to.name)
        )
        return self._next(
            Entry(kind="assigned", at=at, by=by, text=what, said=reason or None),
            assignment=Assignment(to=to, by=by, at=at, reason=reason),
        )

    def unassigned(self, by: Actor, at: datetime) -> Self:
        return self._next(
            Entry(kind="assigned", at=at, by=by, text=say("{by} handed this back.", by=by.name)),
            assignment=None,
        )

    def about_order(self, ref: str, by: Actor, at: datetime) -> Self:
        """It concerns that order: what was drafted without knowing it is outdated."""
        attached = say("Order {ref} was attached.", ref=ref)
        return self._outdate(attached, at)._next(
            Entry(kind="note", at=at, by=by, text=attached),
            order_refs=tuple(dict.fromkeys((ref, *self.order_refs))),
        )

    def looked_again(self, by: Actor, at: datetime) -> Self:
        """The shops are asked anew: what was drafted from what they said before is outdated."""
        asks = say("{who} asked the shops again.", who=by.name)
        entry = Entry(kind="note", at=at, by=by, text=asks)
        return self._outdate(asks, at)._next(entry)

    def escalated(self, reason: Text, by: Actor, at: datetime) -> Self:
        return self._next(
            Entry(kind="escalated", at=at, by=by, text=reason),
            escalation=Escalation(reason=reason, by=by, at=at),
        )

    def closed(self, reason: str, by: Actor, at: datetime) -> Self:
        """Done, with its outcome. A reply on its way is refused: it must arrive first."""
        draft = self.draft
        if draft is not None and draft.state != "proposed":
            raise Refused(why_not(draft))
        intents = self.understanding.intents if self.understanding else ()
        outcome = Outcome(at=at, by=by, reason=reason, intents=intents)
        return self._outdate(say("The conversation was closed."), at)._next(
            Entry(kind="closed", at=at, by=by, said=reason or None),
            state="closed",
            waiting_since=None,
            due_at=None,
            escalation=None,
            problem=None,
            outcomes=(*self.outcomes, outcome),
        )

    def reopened(self, by: Actor, at: datetime) -> Self:
        if self.state == "open":
            raise Stale(say("This conversation is open already."))
        return self._next(Entry(kind="reopened", at=at, by=by), state="open", snoozed_until=None)

    def snoozed(self, until: datetime, by: Actor, at: datetime) -> Self:
        return self._next(Entry(kind="snoozed", at=at, by=by), state="snoozed", snoozed_until=until)

    # ── rooms and troubles ───────────────────────────────────────────────────

    def with_problem(self, problem: Problem) -> Self:
        return self._next(
            Entry(kind="problem", at=problem.at, by=PARLEY, text=problem.text), problem=problem
        )

    @property
    def waiting(self) -> bool:
        """The buyer has the last word."""
        return self.state == "open" and self.waiting_since is not None

    def owner(self) -> PersonId | None:
        return self.assignment.to.id if self.assignment else None

    def waited(self, now: datetime) -> timedelta:
        return now - self.waiting_since if self.waiting_since else timedelta(0)


def _buyer(buyer: Buyer) -> Actor:
    return Actor(id=PersonId(buyer.id), name=buyer.name or buyer.id, role="buyer")


def _merged(known: Buyer, told: Buyer) -> Buyer:
    """What the newest message says of the buyer, over what we knew.

    A reply goes to whom the conversation began with: where another address joins, nothing of it
    becomes that one's, least of all what it proves.
    """
    if known.email and told.email and told.id != known.id:
        return known.model_copy(update={"verified": False})
    said = {name: value for name, value in told if value not in (None, "")}
    return known.model_copy(update={**said, "id": known.id, "verified": told.verified})
