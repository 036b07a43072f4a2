"""Everything that happens is a command: one verb, frozen. A button is a command; so is due work.

Commands from people carry ids and versions only; who acts is the `actor` beside them.
`lane` says where the worker runs it, `in_order` that later commands of the same conversation
wait while it is being retried.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from assistant.model import (
    ConversationId,
    Frozen,
    Incoming,
    Lane,
    OrderRef,
    PersonId,
    conversation_id,
)


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
    """Bring the conversation's card in its rooms up to date."""

    kind: Literal["show_conversation"] = "show_conversation"


class DraftReply(_OfConversation):
    """Understand, look up, decide and draft an answer to what was known at `seq`."""

    kind: Literal["draft_reply"] = "draft_reply"
    lane: ClassVar[Lane] = "draft"
    seq: int


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
    conversation_id: ConversationId
    failed_id: str
    what: str
    cause: str


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


class SettleDoubt(_OfConversation):
    """A person looked where no machine could: did this version arrive?"""

    kind: Literal["settle_doubt"] = "settle_doubt"
    version: int
    arrived: bool


class AddNote(_OfConversation):
    kind: Literal["add_note"] = "add_note"
    text: str = Field(max_length=10_000)


class Assign(_OfConversation):
    """Give it to a person; nobody (`to=None`) hands it back. Others than oneself: leads."""

    kind: Literal["assign"] = "assign"
    to: PersonId | None
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


class AttachOrder(_OfConversation):
    """This conversation is about that order."""

    kind: Literal["attach_order"] = "attach_order"
    ref: OrderRef


class ReplayFailure(_Command):
    """Try a dead letter again."""

    kind: Literal["replay_failure"] = "replay_failure"
    failed_id: str


Work = ReceiveMessage | ShowConversation | DraftReply | SendReply | WakeConversation | ShowFailure
"""What the work streams carry."""

Action = (
    ApproveDraft
    | UndoApproval
    | DiscardDraft
    | OpenReply
    | CheckText
    | WriteReply
    | SettleDoubt
    | AddNote
    | Assign
    | Escalate
    | CloseConversation
    | ReopenConversation
    | SnoozeConversation
    | ShowQueue
    | OpenConversation
    | LookUp
    | AttachOrder
    | ReplayFailure
)
"""What people do."""

Command = Work | Action

WORK: TypeAdapter[Work] = TypeAdapter(Annotated[Work, Field(discriminator="kind")])
ACTION: TypeAdapter[Action] = TypeAdapter(Annotated[Action, Field(discriminator="kind")])


def subject(command: Work) -> ConversationId:
    """The conversation whose order and shard a command of the work streams belongs to."""
    if isinstance(command, ReceiveMessage):
        return conversation_id(command.incoming.channel, command.incoming.thread_key)
    return command.conversation_id
