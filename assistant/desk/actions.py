"""What people do, each with its handler: one table for the console and for chats."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.commands import (
    AddNote,
    AnswerQuestion,
    ApproveDraft,
    Assign,
    AttachOrder,
    ChangeOrder,
    CheckText,
    CloseConversation,
    ConfirmChange,
    DiscardDraft,
    DropChange,
    DropOffered,
    Escalate,
    FindAnswers,
    LookAgain,
    LookUp,
    MoveConversation,
    NotSameBuyer,
    OfferWords,
    OpenConversation,
    OpenForm,
    OpenReply,
    PreviewTranslation,
    RegenerateDraft,
    ReopenConversation,
    ReplayFailure,
    ReplyBy,
    ReportUnanswered,
    SameBuyer,
    SendOffered,
    SettleChange,
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
from assistant.desk.answers import (
    answer_question,
    find_answers,
    report_unanswered,
    show_unanswered,
)
from assistant.desk.buyers import not_same_buyer, reply_by, same_buyer
from assistant.desk.changing import (
    change_order,
    confirm_change,
    drop_change,
    look_again,
    settle_change,
)
from assistant.desk.drafting import regenerate_draft
from assistant.desk.failures import replay_failure
from assistant.desk.forms import open_form
from assistant.desk.handling import Handler
from assistant.desk.offers import drop_offered, offer_words, send_offered
from assistant.desk.previewing import preview_translation
from assistant.desk.sending import (
    approve_draft,
    discard_draft,
    settle_doubt,
    undo_approval,
)
from assistant.desk.starting import start_conversation
from assistant.desk.teamwork import (
    add_note,
    assign,
    attach_order,
    close_conversation,
    escalate,
    move_conversation,
    reopen_conversation,
    snooze_conversation,
    take_conversation,
)
from assistant.desk.views import (
    look_up,
    open_conversation,
    show_help,
    show_home,
    show_queue,
    show_why,
)
from assistant.desk.writing import check_text, open_reply, write_reply

ACTIONS: Mapping[type, Handler] = {
    ApproveDraft: approve_draft,
    UndoApproval: undo_approval,
    DiscardDraft: discard_draft,
    RegenerateDraft: regenerate_draft,
    OpenReply: open_reply,
    OpenForm: open_form,
    CheckText: check_text,
    PreviewTranslation: preview_translation,
    WriteReply: write_reply,
    OfferWords: offer_words,
    SendOffered: send_offered,
    DropOffered: drop_offered,
    SettleDoubt: settle_doubt,
    AddNote: add_note,
    TakeConversation: take_conversation,
    Assign: assign,
    AttachOrder: attach_order,
    ChangeOrder: change_order,
    ConfirmChange: confirm_change,
    DropChange: drop_change,
    SettleChange: settle_change,
    LookAgain: look_again,
    SameBuyer: same_buyer,
    NotSameBuyer: not_same_buyer,
    ReplyBy: reply_by,
    Escalate: escalate,
    CloseConversation: close_conversation,
    ReopenConversation: reopen_conversation,
    SnoozeConversation: snooze_conversation,
    MoveConversation: move_conversation,
    StartConversation: start_conversation,
    ShowQueue: show_queue,
    ShowHome: show_home,
    ShowHelp: show_help,
    ShowWhy: show_why,
    OpenConversation: open_conversation,
    LookUp: look_up,
    FindAnswers: find_answers,
    ReportUnanswered: report_unanswered,
    ShowUnanswered: show_unanswered,
    AnswerQuestion: answer_question,
    ReplayFailure: replay_failure,
}
