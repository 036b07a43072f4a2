"""Everything that happens is a command: one verb, frozen. A button is a command; so is due work.

Commands from people carry ids and versions only; who acts is the `actor` beside them.
`lane` says where the worker runs it, `in_order` that later commands of the same conversation
wait while it is being retried.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from assistant.commands.actions import (
    Action,
    AddNote,
    AnswerQuestion,
    ApproveDraft,
    Assign,
    AttachOrder,
    CheckText,
    CloseConversation,
    DiscardDraft,
    DropOffered,
    Escalate,
    FindAnswers,
    LookUp,
    MoveConversation,
    NotSameBuyer,
    OfferWords,
    OpenConversation,
    OpenForm,
    OpenReply,
    PreviewTranslation,
    Question,
    RegenerateDraft,
    ReopenConversation,
    ReplayFailure,
    ReplyBy,
    ReportUnanswered,
    SameBuyer,
    SendOffered,
    SettleDoubt,
    ShowHelp,
    ShowHome,
    ShowQueue,
    ShowUnanswered,
    ShowWhy,
    SnoozeConversation,
    StartConversation,
    TakeConversation,
    UndoApproval,
    WriteReply,
)
from assistant.commands.base import FormKind, Manner, Wish
from assistant.commands.changes import (
    ChangeOrder,
    ConfirmChange,
    DropChange,
    LookAgain,
    SettleChange,
)
from assistant.commands.work import (
    Act,
    AlertRoom,
    Ask,
    DoChange,
    DraftReply,
    FetchAttachments,
    LinkBuyer,
    NoteReply,
    Notify,
    ReceiveMessage,
    RecordReport,
    SendReply,
    ShareReply,
    ShowConversation,
    ShowFailure,
    StrikeOut,
    Tell,
    TranslateMessages,
    WakeConversation,
    Work,
)
from assistant.model import (
    ConversationId,
    conversation_id,
)

__all__ = [
    "ACTION",
    "WORK",
    "Act",
    "Action",
    "AddNote",
    "AlertRoom",
    "AnswerQuestion",
    "ApproveDraft",
    "Ask",
    "Assign",
    "AttachOrder",
    "ChangeOrder",
    "CheckText",
    "CloseConversation",
    "Command",
    "ConfirmChange",
    "DiscardDraft",
    "DoChange",
    "DraftReply",
    "DropChange",
    "DropOffered",
    "Escalate",
    "FetchAttachments",
    "FindAnswers",
    "FormKind",
    "LinkBuyer",
    "LookAgain",
    "LookUp",
    "Manner",
    "MoveConversation",
    "NotSameBuyer",
    "NoteReply",
    "Notify",
    "OfferWords",
    "OpenConversation",
    "OpenForm",
    "OpenReply",
    "PreviewTranslation",
    "Question",
    "ReceiveMessage",
    "RecordReport",
    "RegenerateDraft",
    "ReopenConversation",
    "ReplayFailure",
    "ReplyBy",
    "ReportUnanswered",
    "SameBuyer",
    "SendOffered",
    "SendReply",
    "SettleChange",
    "SettleDoubt",
    "ShareReply",
    "ShowConversation",
    "ShowFailure",
    "ShowHelp",
    "ShowHome",
    "ShowQueue",
    "ShowUnanswered",
    "ShowWhy",
    "SnoozeConversation",
    "StartConversation",
    "StrikeOut",
    "TakeConversation",
    "Tell",
    "TranslateMessages",
    "UndoApproval",
    "WakeConversation",
    "Wish",
    "Work",
    "WriteReply",
    "subject",
]

Command = Work | Action


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
