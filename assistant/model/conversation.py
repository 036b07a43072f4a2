"""The one aggregate. Its methods return the next state, or raise Stale / Refused.

Every change writes its own line of the log into `unlogged`; the store appends those in the same
atomic write, so the log has no gap and needs no event bus.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, Self

from pydantic import AwareDatetime

from assistant.errors import NotFound, Refused, Stale
from assistant.model.guidance import Decision, Facts, Understanding
from assistant.model.ids import (
    ConversationId,
    MessageId,
    PersonId,
    StorefrontId,
    conversation_id,
)
from assistant.model.learning import Use
from assistant.model.messages import OPEN_STATES, Draft, Incoming, Message, Note, Receipt
from assistant.model.people import PARLEY, Actor, Buyer
from assistant.model.presence import Presence
from assistant.model.records import (
    Assignment,
    Entry,
    EntryKind,
    Escalation,
    Outcome,
    Problem,
    Promise,
    in_spite_of,
    why_not,
)
from assistant.words import Text, say

KEPT_MESSAGES = 50
KEPT_DRAFTS = 12
UNAPPROVED = {"approved_by": None, "approved_at": None, "send_at": None, "override": None}


class Conversation(Presence):
    """Everything about one thread with one buyer, as the desk sees it now."""

    id: ConversationId
    version: int = 0
    """Of the stored body; 0 is not stored yet. Set by the store alone."""
    storefront: StorefrontId = StorefrontId("default")
    channel: str
    account: str = ""
    source: str = ""
    platform: str = "own"
    market: str | None = None
    thread_key: str
    buyer: Buyer
    state: Literal["open", "snoozed", "closed"] = "open"
    messages: tuple[Message, ...] = ()
    notes: tuple[Note, ...] = ()
    drafts: tuple[Draft, ...] = ()
    last_version: int = 0
    no_draft: Text | None = None
    """Why there is no draft for the newest message."""
    untranslated: Text | None = None
    """Why the newest words are not in the team's language, or not all of them."""
    order_refs: tuple[str, ...] = ()
    understanding: Understanding | None = None
    facts: Facts = Facts()
    decision: Decision | None = None
    assignment: Assignment | None = None
    escalation: Escalation | None = None
    promises: tuple[Promise, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    uses: tuple[Use, ...] = ()
    problem: Problem | None = None
    opened_at: AwareDatetime
    waiting_since: AwareDatetime | None = None
    """Since when the buyer has been waiting for us; None when the last word is ours."""
    due_at: AwareDatetime | None = None
    """By when an answer is owed."""
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
        )
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
            no_draft=None,
            waiting_since=self.waiting_since or at,
            due_at=self.due_at or due_at,
            window_until=incoming.window_until or self.window_until,
        )

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

    # ── drafts ───────────────────────────────────────────────────────────────

    @property
    def draft(self) -> Draft | None:
        """The one that still wants something from somebody, if there is one."""
        return next((one for one in reversed(self.drafts) if one.state in OPEN_STATES), None)

    def draft_of(self, version: int) -> Draft:
        """Raises NotFound."""
        for one in self.drafts:
            if one.version == version:
                return one
        raise NotFound(say("There is no draft {version} in this conversation.", version=version))

    def understood(self, understanding: Understanding, facts: Facts, decision: Decision) -> Self:
        """What we now believe, know and may do; no log line: the draft's holds it."""
        refs = dict.fromkeys((*self.order_refs, *understanding.order_refs))
        messages = tuple(
            one.model_copy(update={"language": understanding.language})
            if one.author == "buyer" and one.language == "und"
            else one
            for one in self.messages
        )
        return self.model_copy(
            update={
                "understanding": understanding,
                "facts": facts,
                "decision": decision,
                "order_refs": tuple(refs),
                "messages": messages,
            }
        )

    def translated(self, *, seq: int, of: str, language: str, means: str) -> Self:
        """What message *seq* means; one that is not worded *of* any more is left alone."""
        messages = tuple(
            one.model_copy(update={"translations": {**one.translations, language: means}})
            if one.seq == seq and one.text == of
            else one
            for one in self.messages
        )
        return self.model_copy(update={"messages": messages})

    def untranslatable(self, why: Text | None) -> Self:
        """Why the newest words stand untranslated, or only in part; None: they don't any more."""
        return self.model_copy(update={"untranslated": why})

    def draft_translated(self, *, version: int, means: str) -> Self:
        """What a person's own reply means to those who don't read it."""
        drafts = tuple(
            one.model_copy(update={"agent_text": means}) if one.version == version else one
            for one in self.drafts
        )
        return self.model_copy(update={"drafts": drafts})

    def drafted(self, draft: Draft) -> Self:
        """A new draft, proposed; the one before is outdated. Raises Stale while one is leaving."""
        current = self.draft
        if current is not None and current.state != "proposed":
            raise Stale(why_not(current))
        reason = say("{who} wrote a new version.", who=draft.author.name)
        outdated = self._outdate(reason, draft.created_at)
        return outdated._next(
            Entry(kind="draft", at=draft.created_at, by=draft.author, draft=draft),
            drafts=(*outdated.drafts, draft)[-KEPT_DRAFTS:],
            last_version=draft.version,
            no_draft=None,
        )

    def undraftable(self, reason: Text) -> Self:
        """No honest draft can be made for the newest message; the agent writes."""
        return self._same(no_draft=reason)

    def kept_draft(self, version: int, why: Text, at: datetime) -> Self:
        """Another wording was asked for and there is none: the draft stays, and everybody knows."""
        stays = say("Draft {version} stays as it is. {why}", version=version, why=why)
        return self._next(Entry(kind="note", at=at, by=PARLEY, text=stays))

    def rechecked(self, draft: Draft, decision: Decision, at: datetime) -> Self:
        """The rules have changed since it was written: what they say of it now, for all to see."""
        anew = say(
            "Draft {version} was checked anew: the rules have changed.", version=draft.version
        )
        drafts = tuple(draft if one.version == draft.version else one for one in self.drafts)
        entry = Entry(kind="note", at=at, by=PARLEY, text=anew)
        return self._next(entry, drafts=drafts, decision=decision)

    def approved(
        self, version: int, by: Actor, at: datetime, send_at: datetime, override: str | None = None
    ) -> Self:
        """An agent stands for a draft. Raises Stale, or Refused where something blocks it."""
        draft = self.draft_of(version)
        if draft.state != "proposed":
            raise Stale(why_not(draft))
        if draft.blocks and not override:
            raise Refused(draft.blocks[0].message)
        stands = draft.turned(
            "approved", approved_by=by, approved_at=at, send_at=send_at, override=override
        )
        return self._put(stands, "approved", by, at, why=in_spite_of(draft, override))

    def undone(self, version: int, by: Actor, at: datetime) -> Self:
        """Back to proposed, while it waits out its undo time."""
        draft = self.draft_of(version)
        if draft.state != "approved":
            raise Stale(why_not(draft))
        return self._put(draft.turned("proposed", **UNAPPROVED), "undone", by, at)

    def discarded(self, version: int, by: Actor, at: datetime) -> Self:
        """Nobody wants this draft."""
        draft = self.draft_of(version)
        if draft.state != "proposed":
            raise Stale(why_not(draft))
        return self._put(draft.turned("discarded"), "discarded", by, at)

    def claimed(self, version: int, at: datetime) -> Self:
        """Just before it is handed to the channel: from here on it may have been sent."""
        draft = self.draft_of(version)
        return self._put(
            draft.turned("sending", attempts=draft.attempts + 1), "sending", PARLEY, at
        )

    def sent(
        self, version: int, receipt: Receipt, at: datetime, promises: tuple[Promise, ...] = ()
    ) -> Self:
        """The channel has it: the last word is ours, unless the buyer wrote meanwhile."""
        draft = self.draft_of(version).turned("sent", sent_at=at, external_id=receipt.external_id)
        message = Message(
            id=MessageId(f"reply:{version}"),
            seq=self.last_seq + 1,
            author="agent",
            text=draft.text,
            at=at,
            name=draft.approved_by.name if draft.approved_by else "",
            language=draft.language,
            translation=draft.agent_text,
            attachments=draft.attachments,
        )
        answered = not self.overtaken(version)
        return self._put(
            draft, "sent", draft.approved_by or PARLEY, at, said=draft.text, message=message
        )._same(
            messages=(*self.messages, message)[-KEPT_MESSAGES:],
            last_seq=message.seq,
            waiting_since=None if answered else self.waiting_since,
            due_at=None if answered else self.due_at,
            promises=(*self.promises, *promises),
            problem=None,
        )

    def doubtful(self, version: int, reason: Text, at: datetime) -> Self:
        """Nobody can tell whether it arrived: a person is asked, nothing is sent by guess."""
        draft = self.draft_of(version).turned("unsure", reason=reason)
        return self._put(draft, "unsure", PARLEY, at)

    def settled(
        self,
        version: int,
        by: Actor,
        at: datetime,
        *,
        arrived: bool,
        promises: tuple[Promise, ...] = (),
    ) -> Self:
        """A person looked: it arrived, or it did not and may be approved again."""
        draft = self.draft_of(version)
        if draft.state != "unsure":
            raise Stale(why_not(draft))
        if arrived:
            return self.sent(version, Receipt(), at, promises)
        return self._put(draft.turned("proposed", **UNAPPROVED), "undone", by, at)

    def failed(self, version: int, reason: Text, at: datetime) -> Self:
        """The channel refused it for good."""
        draft = self.draft_of(version).turned("failed", reason=reason)
        return self._put(draft, "failed", PARLEY, at)

    def postponed(self, version: int, reason: Text, until: datetime, at: datetime) -> Self:
        """The channel took nothing: to be tried again, unless the buyer wrote meanwhile."""
        draft = self.draft_of(version).turned("approved", send_at=until, reason=reason)
        postponed = self._put(draft, "postponed", PARLEY, at)
        if not self.overtaken(version):
            return postponed
        return postponed._outdate(say("{buyer} wrote again.", buyer=self._buyer_name()), at)

    def overtaken(self, version: int) -> bool:
        """The buyer wrote something that this version did not know."""
        answers_seq = self.draft_of(version).answers_seq
        return any(one.author == "buyer" and one.seq > answers_seq for one in self.messages)

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

    # ── inside ───────────────────────────────────────────────────────────────

    def _put(
        self,
        draft: Draft,
        kind: EntryKind,
        by: Actor,
        at: datetime,
        said: str | None = None,
        message: Message | None = None,
        why: Text | None = None,
    ) -> Self:
        drafts = tuple(draft if one.version == draft.version else one for one in self.drafts)
        told = why or draft.reason
        entry = Entry(kind=kind, at=at, by=by, text=told, said=said, message=message, draft=draft)
        return self._next(entry, drafts=drafts)

    def _outdate(self, reason: Text, at: datetime) -> Self:
        """What is proposed or waits out its undo time; what is leaving can't be called back."""
        draft = self.draft
        if draft is None or draft.state not in ("proposed", "approved"):
            return self
        return self._put(draft.turned("outdated", reason=reason), "outdated", PARLEY, at)

    def _buyer_name(self) -> str | Text:
        return self.buyer.name or say("The buyer")


def _buyer(buyer: Buyer) -> Actor:
    return Actor(id=PersonId(buyer.id), name=buyer.name or buyer.id, role="buyer")


def _merged(known: Buyer, told: Buyer) -> Buyer:
    """What the newest message says of the buyer, over what we knew."""
    said = {name: value for name, value in told if value not in (None, "")}
    return known.model_copy(update={**said, "id": known.id, "verified": told.verified})
