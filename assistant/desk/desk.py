"""The one door: every command of every surface and every due piece of work goes through it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from time import monotonic

from assistant.commands import (
    AddNote,
    ApproveDraft,
    Assign,
    AttachOrder,
    CheckText,
    CloseConversation,
    Command,
    DiscardDraft,
    DraftReply,
    Escalate,
    LookUp,
    OpenConversation,
    OpenReply,
    ReceiveMessage,
    ReopenConversation,
    ReplayFailure,
    SendReply,
    SettleDoubt,
    ShowConversation,
    ShowFailure,
    ShowQueue,
    SnoozeConversation,
    UndoApproval,
    WakeConversation,
    WriteReply,
)
from assistant.desk.drafting import draft_reply
from assistant.desk.failures import replay_failure, show_failure
from assistant.desk.handling import Handler
from assistant.desk.receiving import receive_message, show_conversation, wake_conversation
from assistant.desk.sending import (
    approve_draft,
    check_text,
    discard_draft,
    open_reply,
    send_reply,
    settle_doubt,
    undo_approval,
    write_reply,
)
from assistant.desk.teamwork import (
    add_note,
    assign,
    attach_order,
    close_conversation,
    escalate,
    reopen_conversation,
    snooze_conversation,
)
from assistant.desk.views import look_up, open_conversation, show_queue
from assistant.errors import Conflict, Unavailable
from assistant.model import Actor
from assistant.ports import Ports
from assistant.surface.cards import Answer
from assistant.words import say, words

log = logging.getLogger(__name__)

HANDLERS: Mapping[type, Handler] = {
    ReceiveMessage: receive_message,
    ShowConversation: show_conversation,
    WakeConversation: wake_conversation,
    DraftReply: draft_reply,
    ApproveDraft: approve_draft,
    UndoApproval: undo_approval,
    DiscardDraft: discard_draft,
    OpenReply: open_reply,
    CheckText: check_text,
    WriteReply: write_reply,
    SettleDoubt: settle_doubt,
    SendReply: send_reply,
    AddNote: add_note,
    Assign: assign,
    AttachOrder: attach_order,
    Escalate: escalate,
    CloseConversation: close_conversation,
    ReopenConversation: reopen_conversation,
    SnoozeConversation: snooze_conversation,
    ShowQueue: show_queue,
    OpenConversation: open_conversation,
    LookUp: look_up,
    ShowFailure: show_failure,
    ReplayFailure: replay_failure,
}

TRIES = 8
"""How often a command starts over because somebody else changed the conversation meanwhile."""


class Desk:
    """Does commands. The actor is who the surface verified, never what a payload says."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def handle(self, command: Command, actor: Actor, language: str = "en") -> Answer:
        """The answer, in *language*. Raises: Refused, Unavailable."""
        return await self.handle_with(self._ports, command, actor, language)

    async def handle_with(
        self, ports: Ports, command: Command, actor: Actor, language: str = "en"
    ) -> Answer:
        """The same with other ports: a worker's store is fenced by its lease."""
        began = monotonic()
        for _ in range(TRIES):
            try:
                answer = await HANDLERS[type(command)](command, actor, ports, words(language))
            except Conflict:
                continue
            log.info(
                "handled %s",
                command.kind,
                extra={
                    "conversation": getattr(command, "conversation_id", ""),
                    "ms": round((monotonic() - began) * 1000),
                },
            )
            return answer
        raise Unavailable(say("Too many people changed this at once. Try again."))
