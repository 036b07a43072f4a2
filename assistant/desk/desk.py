"""The one door: every command of every surface and every due piece of work goes through it."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from time import monotonic

from assistant.commands import (
    Act,
    AlertRoom,
    Ask,
    Command,
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
    subject,
)
from assistant.desk.acting import act, ask
from assistant.desk.actions import ACTIONS
from assistant.desk.buyers import link_buyer, note_reply, share_reply
from assistant.desk.changing import do_change
from assistant.desk.drafting import draft_reply
from assistant.desk.failures import alert_room, show_failure
from assistant.desk.handling import Handler
from assistant.desk.receiving import receive_message, wake_conversation
from assistant.desk.reporting import fetch_attachments, record_report
from assistant.desk.rooms import notify, show_conversation, strike_out
from assistant.desk.sending import send_reply
from assistant.desk.telling import tell
from assistant.desk.translating import translate_messages
from assistant.errors import Conflict, Unavailable
from assistant.model import Actor, ConversationId, Effort, at_work
from assistant.ports import Ports
from assistant.surface.cards import Answer
from assistant.words import say, words

log = logging.getLogger(__name__)

HANDLERS: Mapping[type, Handler] = {
    **ACTIONS,
    ReceiveMessage: receive_message,
    WakeConversation: wake_conversation,
    DraftReply: draft_reply,
    TranslateMessages: translate_messages,
    DoChange: do_change,
    SendReply: send_reply,
    RecordReport: record_report,
    FetchAttachments: fetch_attachments,
    LinkBuyer: link_buyer,
    ShareReply: share_reply,
    NoteReply: note_reply,
    Act: act,
    Ask: ask,
    ShowConversation: show_conversation,
    ShowFailure: show_failure,
    AlertRoom: alert_room,
    Tell: tell,
    Notify: notify,
    StrikeOut: strike_out,
}

WORKED = (ReceiveMessage, Act, Ask)
"""Work that names its conversation inside."""


def _about(command: Command) -> str:
    """For the log: the conversation, or whoever asked."""
    if isinstance(command, WORKED):
        return subject(command)
    return getattr(command, "conversation_id", None) or ""


async def _was_done(command: Command, ports: Ports) -> bool:
    """The press it comes from was delivered before, and done."""
    about = getattr(command, "conversation_id", None)
    if ports.press is None or not about:
        return False
    conversation = await ports.store.load(about)
    return conversation is not None and ports.press in conversation.done


TRIES = 8
"""How often a command starts over because somebody else changed the conversation meanwhile."""


class Desk:
    """Does commands. The actor is who the surface verified, never what a payload says."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def handle(
        self, command: Command, actor: Actor, language: str = "en", *, press: str | None = None
    ) -> Answer:
        """The answer, in *language*; of a *press* that was done already, nothing.

        Raises: Refused, Unavailable.
        """
        if press is None:
            return await self.handle_with(self._ports, command, actor, language)
        ports = dataclasses.replace(self._ports, press=press)
        return await self.handle_with(ports, command, actor, language)

    async def handle_with(
        self, ports: Ports, command: Command, actor: Actor, language: str = "en"
    ) -> Answer:
        """The same with other ports: a worker's store is fenced by its lease."""
        began = monotonic()
        ports = dataclasses.replace(ports, shelf=ports.shelf.pinned())
        for _ in range(TRIES):
            if await _was_done(command, ports):
                return Answer()
            about = ConversationId(_about(command)) if _about(command) else None
            try:
                with at_work(Effort(about)):
                    answer = await HANDLERS[type(command)](command, actor, ports, words(language))
            except Conflict:
                continue
            log.info(
                "handled %s",
                command.kind,
                extra={
                    "conversation": _about(command),
                    "ms": round((monotonic() - began) * 1000),
                },
            )
            return answer
        raise Unavailable(say("Too many people changed this at once. Try again."))
