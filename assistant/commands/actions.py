"""What people do and ask: pressed, typed, filled in."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from assistant.commands.base import BaseCommand, FormKind, Manner, OfConversation
from assistant.commands.changes import (
    ChangeOrder,
    ConfirmChange,
    DropChange,
    LookAgain,
    SettleChange,
)
from assistant.model import (
    Attachment,
    ConversationId,
    OrderRef,
    PersonId,
    Spot,
)


class ApproveDraft(OfConversation):
    """Approve & send after the undo time. A lead may override a block with a reason."""

    kind: Literal["approve_draft"] = "approve_draft"
    version: int
    override: str | None = Field(default=None, max_length=2_000)


class UndoApproval(OfConversation):
    kind: Literal["undo_approval"] = "undo_approval"
    version: int


class DiscardDraft(OfConversation):
    kind: Literal["discard_draft"] = "discard_draft"
    version: int


class OpenReply(OfConversation):
    """Open the form to edit draft `version`, or to write a reply from nothing."""

    kind: Literal["open_reply"] = "open_reply"
    version: int | None = None
    answer: str = Field(default="", max_length=64)
    """One of the team's answers to begin with, adapted to the buyer."""


class CheckText(OfConversation):
    """What the review says of a text somebody is writing; nothing is kept or sent."""

    kind: Literal["check_text"] = "check_text"
    text: str = Field(max_length=50_000)


class PreviewTranslation(OfConversation):
    """How the buyer would read what somebody is writing in their own language; nothing is sent."""

    kind: Literal["preview_translation"] = "preview_translation"
    text: str = Field(max_length=50_000)
    back: bool = True
    """Translated back as well, by a call that does not see what was typed."""


class WriteReply(OfConversation):
    """A person's own words, approved by pressing send. `based_on` is the draft they edited."""

    kind: Literal["write_reply"] = "write_reply"
    text: str = Field(max_length=50_000)
    based_on: int | None = None
    seen_seq: int | None = None
    """The last message its writer had before their eyes."""
    override: str | None = Field(default=None, max_length=2_000)
    answer: str = Field(default="", max_length=64)
    """The team's answer that its writer began with."""


class RegenerateDraft(OfConversation):
    """Another wording of a proposed draft: shorter, warmer, by an instruction."""

    kind: Literal["regenerate_draft"] = "regenerate_draft"
    version: int
    manner: Manner = "again"
    instruction: str = Field(default="", max_length=1_000)


class OfferWords(OfConversation):
    """Somebody typed words in the thread: offer them, to nobody else, for sending."""

    kind: Literal["offer_words"] = "offer_words"
    id: str
    text: str = Field(max_length=50_000)
    spot: Spot
    attachments: tuple[Attachment, ...] = ()
    changed: str = ""
    """When their author changed them last, as the platform tells it; later sorts behind."""


class SendOffered(OfConversation):
    """Send the words that were offered: as they are, or as they were changed in a form."""

    kind: Literal["send_offered"] = "send_offered"
    id: str
    text: str | None = Field(default=None, max_length=50_000)
    """As they were changed; None: as they are."""
    seen: str = ""
    """The words above the button, in short: words that were edited since are not sent by it."""
    seen_seq: int | None = None
    """The last message that the form showed."""
    override: str | None = Field(default=None, max_length=2_000)


class DropOffered(OfConversation):
    """They stay inside; `as_note` keeps them as a note."""

    kind: Literal["drop_offered"] = "drop_offered"
    id: str
    as_note: bool = False


class SettleDoubt(OfConversation):
    """A person looked where no machine could: did this version arrive?"""

    kind: Literal["settle_doubt"] = "settle_doubt"
    version: int
    arrived: bool


class AddNote(OfConversation):
    kind: Literal["add_note"] = "add_note"
    text: str = Field(max_length=10_000)


class TakeConversation(OfConversation):
    """Whoever presses it has the conversation."""

    kind: Literal["take_conversation"] = "take_conversation"


class Assign(OfConversation):
    """Give it to a person; nobody (`to=None`) hands it back. Others than oneself: leads."""

    kind: Literal["assign"] = "assign"
    to: PersonId | None
    """Their id, or their name where somebody only wrote that."""
    reason: str = Field(default="", max_length=2_000)


class Escalate(OfConversation):
    kind: Literal["escalate"] = "escalate"
    reason: str = Field(max_length=2_000)


class CloseConversation(OfConversation):
    kind: Literal["close_conversation"] = "close_conversation"
    reason: str = Field(default="", max_length=2_000)
    seen_seq: int | None = None
    """The last message that its card showed: nothing is closed over a newer one."""


class ReopenConversation(OfConversation):
    kind: Literal["reopen_conversation"] = "reopen_conversation"


class SnoozeConversation(OfConversation):
    kind: Literal["snooze_conversation"] = "snooze_conversation"
    until: AwareDatetime | None = None
    """None on a button, whose form asks for it."""


class MoveConversation(OfConversation):
    """To another room, with its history."""

    kind: Literal["move_conversation"] = "move_conversation"
    room: str = ""


class OpenForm(OfConversation):
    """The form that a button opens, with what is known filled in."""

    kind: Literal["open_form"] = "open_form"
    form: FormKind
    version: int | None = None
    """The draft it is about."""
    id: str = ""
    """The offer, or the order, that it is about."""


class ShowWhy(OfConversation):
    """What the rules say here, with their proof."""

    kind: Literal["show_why"] = "show_why"


class ShowHelp(BaseCommand):
    """What can be pressed, typed and asked."""

    kind: Literal["show_help"] = "show_help"
    unknown: str = ""
    """What was typed and not understood."""


class ShowHome(BaseCommand):
    """A person's own page: what is theirs, what waits longest, what is escalated."""

    kind: Literal["show_home"] = "show_home"


class ShowQueue(BaseCommand):
    """The queue: late first, then angry, escalated, waiting longest."""

    kind: Literal["show_queue"] = "show_queue"
    only: Literal["all", "mine", "unassigned", "escalated", "closed"] = "all"
    limit: int = Field(default=50, ge=1, le=200)


class OpenConversation(OfConversation):
    """One conversation with its whole thread."""

    kind: Literal["open_conversation"] = "open_conversation"


class LookUp(BaseCommand):
    """An order, its parcel, stock, a buyer: by number, e-mail, SKU or tracking number."""

    kind: Literal["look_up"] = "look_up"
    what: Literal["order", "track", "stock", "buyer", "any"]
    query: str = Field(max_length=200)
    about: ConversationId | None = None
    """The conversation in whose thread it was asked."""
    again: bool = False
    """The shop itself, whatever it said a moment ago."""


class FindAnswers(BaseCommand):
    """What the team knows of it: answers to read, and to use in this conversation."""

    kind: Literal["find_answers"] = "find_answers"
    query: str = Field(max_length=500)
    about: ConversationId | None = None
    """The conversation in whose thread it was asked."""


class ReportUnanswered(OfConversation):
    """Nobody knows the answer to what the buyer asks: a task for a lead."""

    kind: Literal["report_unanswered"] = "report_unanswered"
    question: str = Field(default="", max_length=1_000)
    """In the agent's words; empty: as the buyer put it."""


class ShowUnanswered(BaseCommand):
    """The questions that nobody could answer yet, for those who may."""

    kind: Literal["show_unanswered"] = "show_unanswered"


class AnswerQuestion(BaseCommand):
    """A lead writes the answer down: from now on it is found."""

    kind: Literal["answer_question"] = "answer_question"
    id: str = Field(max_length=64)
    text: str = Field(default="", max_length=4_000)
    reason: str = Field(default="", max_length=300)
    """Where it is from."""


class StartConversation(BaseCommand):
    """Write first, about an order: a conversation in which no buyer has spoken yet."""

    kind: Literal["start_conversation"] = "start_conversation"
    channel: str = Field(max_length=64)
    account: str = Field(default="", max_length=64)
    ref: OrderRef
    opening: str = Field(max_length=64)
    """Which of the kinds of message that the channel takes about it (`Opening.kind`)."""


class SameBuyer(OfConversation):
    """Whoever writes in that other conversation is this buyer, too."""

    kind: Literal["same_buyer"] = "same_buyer"
    other: ConversationId


class NotSameBuyer(OfConversation):
    """Whoever writes in that other conversation is somebody else."""

    kind: Literal["not_same_buyer"] = "not_same_buyer"
    other: ConversationId


class ReplyBy(OfConversation):
    """Replies go by the channel of that other conversation with the same buyer."""

    kind: Literal["reply_by"] = "reply_by"
    other: ConversationId = ConversationId("")
    """Empty: by this conversation's own again."""


class AttachOrder(OfConversation):
    """This conversation is about that order."""

    kind: Literal["attach_order"] = "attach_order"
    ref: OrderRef


class ReplayFailure(BaseCommand):
    """Try a dead letter again."""

    kind: Literal["replay_failure"] = "replay_failure"
    failed_id: str
    conversation_id: ConversationId = ConversationId("")
    """Whose it is, where that is known: its card says no more that something failed."""


Question = LookUp | FindAnswers | ShowUnanswered | ShowQueue | ShowHome | ShowHelp | ShowWhy
"""What people ask; it changes nothing."""

Action = (
    ApproveDraft
    | UndoApproval
    | DiscardDraft
    | OpenReply
    | CheckText
    | PreviewTranslation
    | WriteReply
    | RegenerateDraft
    | OfferWords
    | SendOffered
    | DropOffered
    | SettleDoubt
    | AddNote
    | TakeConversation
    | Assign
    | Escalate
    | CloseConversation
    | ReopenConversation
    | SnoozeConversation
    | MoveConversation
    | OpenForm
    | ShowWhy
    | ShowHelp
    | ShowHome
    | ShowQueue
    | OpenConversation
    | LookUp
    | FindAnswers
    | ReportUnanswered
    | ShowUnanswered
    | AnswerQuestion
    | AttachOrder
    | ChangeOrder
    | ConfirmChange
    | DropChange
    | SettleChange
    | LookAgain
    | StartConversation
    | SameBuyer
    | NotSameBuyer
    | ReplyBy
    | ReplayFailure
)
"""What people do."""
