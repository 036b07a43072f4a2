"""Everything that happens is a command: one verb, frozen. A button is a command; so is due work.

Commands from people carry ids and versions only; who acts is the `actor` beside them.
`lane` says where the worker runs it, `in_order` that later commands of the same conversation
wait while it is being retried.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from assistant.model import (
    Attachment,
    ConversationId,
    Frozen,
    Incoming,
    Lane,
    OrderRef,
    PersonId,
    Spot,
    conversation_id,
)
from assistant.words import Text

Manner = Literal["again", "shorter", "warmer", "more_formal"]
FormKind = Literal[
    "edit",
    "write",
    "regenerate",
    "note",
    "assign",
    "escalate",
    "close",
    "snooze",
    "attach",
    "move",
    "offer",
]
"""A form is a command with open fields; this is which of them."""


class Wish(Frozen):
    """How a draft should be worded instead."""

    manner: Manner = "again"
    instruction: str = Field(default="", max_length=1_000)


class _Command(Frozen):
    lane: ClassVar[Lane] = "desk"
    in_order: ClassVar[bool] = False


class _OfConversation(_Command):
    conversation_id: ConversationId


# ── work ─────────────────────────────────────────────────────────────────────


class ReceiveMessage(_Command):
    """A buyer's message, verified and durable, becomes part of its conversation."""

    kind: Literal["receive_message"] = "receive_message"
    in_order: ClassVar[bool] = True
    incoming: Incoming


class ShowConversation(_OfConversation):
    """Bring the conversation's card and thread in its rooms up to date."""

    kind: Literal["show_conversation"] = "show_conversation"
    lane: ClassVar[Lane] = "room"


class DraftReply(_OfConversation):
    """Understand, look up, decide and draft an answer to what was known at `seq`."""

    kind: Literal["draft_reply"] = "draft_reply"
    lane: ClassVar[Lane] = "draft"
    seq: int
    wish: Wish | None = None
    """How somebody wants it worded; then a draft that is there already is written anew."""
    instead_of: int | None = None
    """The version that `wish` is about."""


class SendReply(_OfConversation):
    """Hand an approved draft to its channel, once its undo time is over."""

    kind: Literal["send_reply"] = "send_reply"
    version: int


class WakeConversation(_OfConversation):
    """A snooze is over."""

    kind: Literal["wake_conversation"] = "wake_conversation"
    due_at: AwareDatetime


class ShowFailure(_Command):
    """Tell the rooms that a command failed for good, with its cause."""

    kind: Literal["show_failure"] = "show_failure"
    lane: ClassVar[Lane] = "room"
    conversation_id: ConversationId
    failed_id: str
    what: str
    cause: str


class Act(_Command):
    """What a person did in a room, verified and durable: done by a worker, once a `key`.

    Who that person is and what they may do is asked of the room when it is done.
    """

    kind: Literal["act"] = "act"
    key: str
    """The platform's id of this very press or message."""
    person: PersonId
    spot: Spot
    action: Annotated[Action, Field(discriminator="kind")]


class Ask(_Command):
    """The same for a question, whose answer may take a while and changes nothing."""

    kind: Literal["ask"] = "ask"
    lane: ClassVar[Lane] = "room"
    key: str
    person: PersonId
    spot: Spot
    action: Annotated[Question, Field(discriminator="kind")]


class Tell(_Command):
    """Tell one person, where they pressed or spoke, what came of it."""

    kind: Literal["tell"] = "tell"
    lane: ClassVar[Lane] = "room"
    person: PersonId
    spot: Spot
    conversation_id: ConversationId
    text: Text | None = None
    offer: str | None = None
    """Offer these words of theirs for sending."""
    mark: bool | None = None
    """Set or take away the mark at the words."""


class Notify(_OfConversation):
    """Tell a person, wherever they are, that a conversation was given to them."""

    kind: Literal["notify"] = "notify"
    lane: ClassVar[Lane] = "room"
    person: PersonId
    by: str
    reason: str = ""


# ── what people do ───────────────────────────────────────────────────────────


class ApproveDraft(_OfConversation):
    """Approve & send after the undo time. A lead may override a block with a reason."""

    kind: Literal["approve_draft"] = "approve_draft"
    version: int
    override: str | None = Field(default=None, max_length=2_000)


class UndoApproval(_OfConversation):
    kind: Literal["undo_approval"] = "undo_approval"
    version: int


class DiscardDraft(_OfConversation):
    kind: Literal["discard_draft"] = "discard_draft"
    version: int


class OpenReply(_OfConversation):
    """Open the form to edit draft `version`, or to write a reply from nothing."""

    kind: Literal["open_reply"] = "open_reply"
    version: int | None = None


class CheckText(_OfConversation):
    """What the review says of a text somebody is writing; nothing is kept or sent."""

    kind: Literal["check_text"] = "check_text"
    text: str = Field(max_length=50_000)


class WriteReply(_OfConversation):
    """A person's own words, approved by pressing send. `based_on` is the draft they edited."""

    kind: Literal["write_reply"] = "write_reply"
    text: str = Field(max_length=50_000)
    based_on: int | None = None
    seen_seq: int | None = None
    """The last message its writer had before their eyes."""
    override: str | None = Field(default=None, max_length=2_000)


class RegenerateDraft(_OfConversation):
    """Another wording of a proposed draft: shorter, warmer, by an instruction."""

    kind: Literal["regenerate_draft"] = "regenerate_draft"
    version: int
    manner: Manner = "again"
    instruction: str = Field(default="", max_length=1_000)


class OfferWords(_OfConversation):
    """Somebody typed words in the thread: offer them, to nobody else, for sending."""

    kind: Literal["offer_words"] = "offer_words"
    id: str
    text: str = Field(max_length=50_000)
    spot: Spot
    attachments: tuple[Attachment, ...] = ()


class SendOffered(_OfConversation):
    """Send the words that were offered, as they are."""

    kind: Literal["send_offered"] = "send_offered"
    id: str
    override: str | None = Field(default=None, max_length=2_000)


class DropOffered(_OfConversation):
    """They stay inside; `as_note` keeps them as a note."""

    kind: Literal["drop_offered"] = "drop_offered"
    id: str
    as_note: bool = False


class SettleDoubt(_OfConversation):
    """A person looked where no machine could: did this version arrive?"""

    kind: Literal["settle_doubt"] = "settle_doubt"
    version: int
    arrived: bool


class AddNote(_OfConversation):
    kind: Literal["add_note"] = "add_note"
    text: str = Field(max_length=10_000)


class TakeConversation(_OfConversation):
    """Whoever presses it has the conversation."""

    kind: Literal["take_conversation"] = "take_conversation"


class Assign(_OfConversation):
    """Give it to a person; nobody (`to=None`) hands it back. Others than oneself: leads."""

    kind: Literal["assign"] = "assign"
    to: PersonId | None
    """Their id, or their name where somebody only wrote that."""
    reason: str = Field(default="", max_length=2_000)


class Escalate(_OfConversation):
    kind: Literal["escalate"] = "escalate"
    reason: str = Field(max_length=2_000)


class CloseConversation(_OfConversation):
    kind: Literal["close_conversation"] = "close_conversation"
    reason: str = Field(default="", max_length=2_000)


class ReopenConversation(_OfConversation):
    kind: Literal["reopen_conversation"] = "reopen_conversation"


class SnoozeConversation(_OfConversation):
    kind: Literal["snooze_conversation"] = "snooze_conversation"
    until: AwareDatetime | None = None
    """None on a button, whose form asks for it."""


class MoveConversation(_OfConversation):
    """To another room, with its history."""

    kind: Literal["move_conversation"] = "move_conversation"
    room: str = ""


class OpenForm(_OfConversation):
    """The form that a button opens, with what is known filled in."""

    kind: Literal["open_form"] = "open_form"
    form: FormKind
    version: int | None = None
    """The draft it is about."""
    id: str = ""
    """The offer, or the order, that it is about."""


class ShowWhy(_OfConversation):
    """What the rules say here, with their proof."""

    kind: Literal["show_why"] = "show_why"


class ShowHelp(_Command):
    """What can be pressed, typed and asked."""

    kind: Literal["show_help"] = "show_help"
    unknown: str = ""
    """What was typed and not understood."""


class ShowHome(_Command):
    """A person's own page: what is theirs, what waits longest, what is escalated."""

    kind: Literal["show_home"] = "show_home"


class ShowQueue(_Command):
    """The queue: late first, then angry, escalated, waiting longest."""

    kind: Literal["show_queue"] = "show_queue"
    only: Literal["all", "mine", "unassigned", "closed"] = "all"
    limit: int = Field(default=50, ge=1, le=200)


class OpenConversation(_OfConversation):
    """One conversation with its whole thread."""

    kind: Literal["open_conversation"] = "open_conversation"


class LookUp(_Command):
    """An order, its parcel, stock, a buyer: by number, e-mail, SKU or tracking number."""

    kind: Literal["look_up"] = "look_up"
    what: Literal["order", "track", "stock", "buyer", "any"]
    query: str = Field(max_length=200)
    about: ConversationId | None = None
    """The conversation in whose thread it was asked."""


class AttachOrder(_OfConversation):
    """This conversation is about that order."""

    kind: Literal["attach_order"] = "attach_order"
    ref: OrderRef


class ReplayFailure(_Command):
    """Try a dead letter again."""

    kind: Literal["replay_failure"] = "replay_failure"
    failed_id: str


Question = LookUp | ShowQueue | ShowHome | ShowHelp | ShowWhy
"""What people ask; it changes nothing."""

Action = (
    ApproveDraft
    | UndoApproval
    | DiscardDraft
    | OpenReply
    | CheckText
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
    | AttachOrder
    | ReplayFailure
)
"""What people do."""

Work = (
    ReceiveMessage
    | ShowConversation
    | DraftReply
    | SendReply
    | WakeConversation
    | ShowFailure
    | Act
    | Ask
    | Tell
    | Notify
)
"""What the work streams carry."""

Command = Work | Action

Act.model_rebuild()
Ask.model_rebuild()

WORK: TypeAdapter[Work] = TypeAdapter(Annotated[Work, Field(discriminator="kind")])
ACTION: TypeAdapter[Action] = TypeAdapter(Annotated[Action, Field(discriminator="kind")])


def subject(command: Work) -> ConversationId:
    """The conversation whose order and shard a command of the work streams belongs to."""
    if isinstance(command, ReceiveMessage):
        return conversation_id(command.incoming.channel, command.incoming.thread_key)
    if isinstance(command, Act | Ask):
        about = getattr(command.action, "conversation_id", None)
        # What concerns no conversation keeps its order for the person who asked.
        return about or ConversationId(command.person)
    return command.conversation_id
