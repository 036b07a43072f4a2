"""The part of a conversation that concerns replies: from a draft to the channel's last word of it.

Its methods return the next state, or raise Stale / Refused.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from pydantic import AwareDatetime

from assistant.errors import NotFound, Refused, Stale
from assistant.model.guidance import Decision, Facts, Understanding
from assistant.model.ids import ConversationId, MessageId, reply_key
from assistant.model.links import Linked
from assistant.model.messages import (
    OPEN_STATES,
    Draft,
    Incoming,
    Message,
    Receipt,
    Report,
)
from assistant.model.people import PARLEY, Actor, Buyer
from assistant.model.records import Entry, EntryKind, Problem, Promise, in_spite_of, why_not
from assistant.words import Text, say

KEPT_MESSAGES = 50
KEPT_DRAFTS = 12
CLOCKS = timedelta(seconds=5)
"""A channel's time of a reply is that of when it took it; ours, of when we knew that."""
UNAPPROVED = {"approved_by": None, "approved_at": None, "send_at": None, "override": None}


class Replies(Linked):
    """What was said, and what is about to be."""

    id: ConversationId
    buyer: Buyer
    messages: tuple[Message, ...] = ()
    drafts: tuple[Draft, ...] = ()
    last_version: int = 0
    no_draft: Text | None = None
    """Why there is no draft for the newest message."""
    understanding: Understanding | None = None
    facts: Facts = Facts()
    decision: Decision | None = None
    order_refs: tuple[str, ...] = ()
    promises: tuple[Promise, ...] = ()
    problem: Problem | None = None
    waiting_since: AwareDatetime | None = None
    """Since when the buyer has been waiting for us; None when the last word is ours."""
    due_at: AwareDatetime | None = None
    """By when an answer is owed."""

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
            keys=receipt.keys,
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
        return any(
            one.author == "buyer" and one.seq > answers_seq and not one.automatic
            for one in self.messages
        )

    # ── what the channel says later ──────────────────────────────────────────

    def reply_of(self, report: Report) -> Draft | None:
        """Which of our replies *report* is about; None where it is none that we know."""
        for one in reversed(self.drafts):
            if report.up_to and one.sent_at and one.sent_at - CLOCKS <= report.up_to:
                return one
            if report.external_id and one.external_id == report.external_id:
                return one
            if report.key and reply_key(self.id, one.version) == report.key:
                return one
        return None

    def echoed(self, incoming: Incoming) -> Draft | None:
        """Which of our replies *incoming* repeats: by the id its channel gave it.

        By its words only while that id is not known: the same words again may be a colleague's.
        """
        words = incoming.text.split()
        for one in reversed(self.drafts):
            if one.state not in ("sending", "sent", "unsure"):
                continue
            unnamed = one.external_id is None and bool(words) and one.text.split() == words
            if unnamed or one.external_id == incoming.message_id:
                return one
        return None

    def reported(self, version: int, report: Report) -> Self:
        """What the channel says of a reply that it took; one that comes late or twice is nothing.

        “Read” says “delivered” too, and neither takes back what the other said.
        """
        draft = self.draft_of(version)
        if report.kind == "failed":
            return self._bounced(draft, report) if draft.state != "failed" else self
        if report.kind == "delayed":
            why = say("Version {version} is delayed: {why}", version=version, why=_said(report))
            return self._next(Entry(kind="note", at=report.at, by=PARLEY, text=why))
        if report.kind == "read" and draft.read_at is None:
            told = draft.model_copy(
                update={"read_at": report.at, "delivered_at": draft.delivered_at or report.at}
            )
            return self._put(told, "read", PARLEY, report.at)
        if report.kind == "delivered" and draft.delivered_at is None:
            told = draft.model_copy(update={"delivered_at": report.at})
            return self._put(told, "delivered", PARLEY, report.at)
        return self

    def _bounced(self, draft: Draft, report: Report) -> Self:
        """It never arrived: the buyer waits still, as if it had not been sent."""
        failed = self._put(
            draft.turned("failed", reason=_said(report)), "failed", PARLEY, report.at
        )
        id = MessageId(f"reply:{draft.version}")
        messages = tuple(
            one.model_copy(update={"undelivered": True}) if one.id == id else one
            for one in self.messages
        )
        asked = [one.at for one in self.messages if one.author == "buyer" and not one.automatic]
        return failed._same(
            messages=messages,
            waiting_since=self.waiting_since or max(asked, default=report.at),
            due_at=self.due_at or report.at,
        )

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


def _said(report: Report) -> Text:
    """In the channel's own words."""
    what = " ".join(
        part for part in (report.reason, f"({report.code})" * bool(report.code)) if part
    )
    return say("The channel says: {why}", why=what) if what else say("The channel did not say why.")
