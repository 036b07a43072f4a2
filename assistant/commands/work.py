"""What the work streams carry."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from assistant.commands.actions import Action, Question
from assistant.commands.base import BaseCommand, OfConversation, Wish
from assistant.model import (
    ConversationId,
    Incoming,
    Lane,
    Link,
    Message,
    MessageId,
    PersonId,
    Report,
    Spot,
    ThreadId,
)
from assistant.words import Text


class ReceiveMessage(BaseCommand):
    """A buyer's message, verified and durable, becomes part of its conversation."""

    kind: Literal["receive_message"] = "receive_message"
    in_order: ClassVar[bool] = True
    incoming: Incoming


class RecordReport(OfConversation):
    """What a channel says of a reply of ours, some time after it took it."""

    kind: Literal["record_report"] = "record_report"
    best_effort: ClassVar[bool] = True
    most_tries: ClassVar[int | None] = 6
    """It may come before we noted that the reply is sent; of one that is not ours it is nothing."""
    report: Report


class FetchAttachments(OfConversation):
    """Files that a channel keeps for a while only: copied before they are gone."""

    kind: Literal["fetch_attachments"] = "fetch_attachments"
    lane: ClassVar[Lane] = "translate"
    """Beside the drafts: none of them waits for a download."""
    message: MessageId


class ShowConversation(OfConversation):
    """Bring the conversation's card and thread in its rooms up to date."""

    kind: Literal["show_conversation"] = "show_conversation"
    for_rooms: ClassVar[bool] = True
    lane: ClassVar[Lane] = "room"


class DraftReply(OfConversation):
    """Understand, look up, decide and draft an answer to what was known at `seq`."""

    kind: Literal["draft_reply"] = "draft_reply"
    lane: ClassVar[Lane] = "draft"
    seq: int
    wish: Wish | None = None
    """How somebody wants it worded; then a draft that is there already is written anew."""
    instead_of: int | None = None
    """The version that `wish` is about."""


class TranslateMessages(OfConversation):
    """What was written either way, in the language of each room that shows it."""

    kind: Literal["translate_messages"] = "translate_messages"
    best_effort: ClassVar[bool] = True
    lane: ClassVar[Lane] = "translate"
    """Of its own, so that no draft waits for it."""
    language: str | None = None
    """Also into this one: somebody reads the conversation in it."""
    tries: int = 0
    """How often it failed before."""


class SendReply(OfConversation):
    """Hand an approved draft to its channel, once its undo time is over."""

    kind: Literal["send_reply"] = "send_reply"
    version: int


class DoChange(OfConversation):
    """Ask a shop to do what was confirmed."""

    kind: Literal["do_change"] = "do_change"
    number: int


class LinkBuyer(OfConversation):
    """Another conversation is with the same buyer, may be, or is not."""

    kind: Literal["link_buyer"] = "link_buyer"
    link: Link


class ShareReply(OfConversation):
    """A reply went out by another conversation's channel: tell that one."""

    kind: Literal["share_reply"] = "share_reply"
    version: int


class NoteReply(OfConversation):
    """A reply of another conversation with this buyer went out by this one's channel."""

    kind: Literal["note_reply"] = "note_reply"
    of: ConversationId
    version: int
    message: Message


class WakeConversation(OfConversation):
    """A snooze is over."""

    kind: Literal["wake_conversation"] = "wake_conversation"
    due_at: AwareDatetime


class ShowFailure(BaseCommand):
    """Tell the rooms that a command failed for good, with its cause."""

    kind: Literal["show_failure"] = "show_failure"
    for_rooms: ClassVar[bool] = True
    lane: ClassVar[Lane] = "room"
    conversation_id: ConversationId
    failed_id: str
    what: str
    cause: str


class Act(BaseCommand):
    """What a person did in a room, verified and durable: done by a worker, once a `key`.

    Who that person is and what they may do is asked of the room when it is done.
    """

    kind: Literal["act"] = "act"
    in_order: ClassVar[bool] = True
    most_tries: ClassVar[int | None] = 4
    key: str
    """The platform's id of this very press or message."""
    person: PersonId
    spot: Spot
    action: Annotated[Action, Field(discriminator="kind")]
    quiet: bool = False
    """A press whose effect the card shows: only what went wrong is told."""


class Ask(BaseCommand):
    """The same for a question, whose answer may take a while and changes nothing."""

    kind: Literal["ask"] = "ask"
    for_rooms: ClassVar[bool] = True
    best_effort: ClassVar[bool] = True
    lane: ClassVar[Lane] = "room"
    key: str
    person: PersonId
    spot: Spot
    action: Annotated[Question, Field(discriminator="kind")]


class Tell(BaseCommand):
    """Tell one person, where they pressed or spoke, what came of it."""

    kind: Literal["tell"] = "tell"
    for_rooms: ClassVar[bool] = True
    best_effort: ClassVar[bool] = True
    lane: ClassVar[Lane] = "room"
    person: PersonId
    spot: Spot
    conversation_id: ConversationId
    text: Text | None = None
    offer: str | None = None
    """Offer these words of theirs for sending."""
    mark: bool | None = None
    """Set or take away the mark at the words."""


class AlertRoom(OfConversation):
    """Something that all of one room must know, and that belongs to no card."""

    kind: Literal["alert_room"] = "alert_room"
    for_rooms: ClassVar[bool] = True
    lane: ClassVar[Lane] = "room"
    room: str
    title: Text
    text: Text
    failed_id: str | None = None
    about: str = ""
    """Of the same thing one alert an hour is enough; empty: each counts."""


class StrikeOut(OfConversation):
    """A card that is not the conversation's, found because somebody pressed on it."""

    kind: Literal["strike_out"] = "strike_out"
    for_rooms: ClassVar[bool] = True
    lane: ClassVar[Lane] = "room"
    room: str
    thread: ThreadId


class Notify(OfConversation):
    """Tell a person, wherever they are, that a conversation was given to them."""

    kind: Literal["notify"] = "notify"
    for_rooms: ClassVar[bool] = True
    lane: ClassVar[Lane] = "room"
    person: PersonId
    by: str
    reason: str = ""


Work = (
    ReceiveMessage
    | ShowConversation
    | DraftReply
    | TranslateMessages
    | SendReply
    | DoChange
    | RecordReport
    | FetchAttachments
    | LinkBuyer
    | ShareReply
    | NoteReply
    | WakeConversation
    | ShowFailure
    | Act
    | Ask
    | Tell
    | Notify
    | AlertRoom
    | StrikeOut
)
"""What the work streams carry."""
