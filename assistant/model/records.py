"""What a conversation keeps about itself: its log, its owner, its escalation, its promises."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import AwareDatetime

from assistant.model.ids import Frozen
from assistant.model.messages import Attachment, Draft, DraftState, Message
from assistant.model.people import Actor, Spot
from assistant.words import Text, say

EntryKind = Literal[
    "message",
    "edited",
    "deleted",
    "files",
    "note",
    "draft",
    "approved",
    "undone",
    "discarded",
    "outdated",
    "sending",
    "sent",
    "delivered",
    "read",
    "unsure",
    "failed",
    "postponed",
    "assigned",
    "escalated",
    "closed",
    "snoozed",
    "reopened",
    "moved",
    "problem",
    "change",
]


class Entry(Frozen):
    """One line of a conversation's log: who did what, when. Append-only: audit and evidence."""

    kind: EntryKind
    at: AwareDatetime
    by: Actor
    text: Text | None = None
    """What happened, for people."""
    said: str | None = None
    """The words themselves: a message, a note, a reply."""
    message: Message | None = None
    draft: Draft | None = None


class Assignment(Frozen):
    to: Actor
    by: Actor
    at: AwareDatetime
    reason: str = ""


class Escalation(Frozen):
    """Why a lead is needed."""

    reason: Text
    by: Actor
    at: AwareDatetime


class Sentence(Frozen):
    """One sentence as its author typed it, as the buyer would read it, and that translated back."""

    typed: str
    wording: str
    back: str | None = None
    wrong: tuple[Text, ...] = ()
    """What the check says of it."""


class Offer(Frozen):
    """Words typed in a thread, which no buyer sees unless their author presses send."""

    id: str
    """The platform's id of the message."""
    by: Actor
    text: str
    at: AwareDatetime
    spot: Spot
    attachments: tuple[Attachment, ...] = ()
    seen_seq: int
    """The last message its author had before their eyes."""
    changed: str = ""
    """When their author changed them last, as the platform tells it; later sorts behind."""
    wording: str | None = None
    """The same in the buyer's language, where their author typed another: what would be sent."""
    means: str | None = None
    """What would be sent, in their author's language."""
    sentences: tuple[Sentence, ...] = ()
    """How `wording` came about."""

    @property
    def reply(self) -> str:
        """What the buyer would get."""
        return self.wording or self.text

    @property
    def edition(self) -> str:
        """Its words and files in short: another one after every edit, and once it is translated."""
        told = "\0".join((self.text, self.reply, *(file.name for file in self.attachments)))
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:12]


class Promise(Frozen):
    """Something we told the buyer we would do."""

    text: str
    due_at: AwareDatetime
    version: int


class Outcome(Frozen):
    """How one case of a conversation ended; an endless thread has many."""

    at: AwareDatetime
    by: Actor
    reason: str
    intents: tuple[str, ...] = ()


class Problem(Frozen):
    """Something that did not work, shown until it is dealt with."""

    text: Text
    at: AwareDatetime
    failed_id: str | None = None
    """The dead letter to replay."""


def why_not(draft: Draft) -> Text:
    """Why nothing can be done with *draft* any more: who or what was faster."""
    who = draft.approved_by.name if draft.approved_by else draft.author.name
    about: dict[DraftState, Text] = {
        "proposed": say("Draft {version} has not been approved.", version=draft.version),
        "approved": say(
            "{who} approved version {version} a moment ago. Nothing was sent twice.",
            who=who,
            version=draft.version,
        ),
        "sending": say(
            "Version {version}, approved by {who}, is being sent.", who=who, version=draft.version
        ),
        "sent": say(
            "{who} already sent version {version}. Nothing was sent twice.",
            who=who,
            version=draft.version,
        ),
        "discarded": say(
            "Version {version} was discarded. Nothing was sent.", version=draft.version
        ),
        "outdated": say(
            "Version {version} is outdated: {reason} Nothing was sent.",
            version=draft.version,
            reason=draft.reason or say("a newer one exists."),
        ),
        "unsure": say(
            "Nobody knows yet whether version {version} arrived. Look in the channel first.",
            version=draft.version,
        ),
        "failed": say(
            "The channel refused version {version}. Write a new reply.", version=draft.version
        ),
    }
    return about[draft.state]


def in_spite_of(draft: Draft, reason: str | None) -> Text | None:
    """The rules that objected and were overridden, for the log; None where none did."""
    grave = dict.fromkeys(one.rule for one in draft.findings if one.severity != "tip")
    if not grave:
        return None
    rules = ", ".join(grave)
    if draft.blocks and reason:
        return say("In spite of {rules}, because: {reason}", rules=rules, reason=reason)
    return say("In spite of {rules}.", rules=rules)
