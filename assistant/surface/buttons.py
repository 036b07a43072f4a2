"""Which buttons a card has: a button is a command, there when it makes sense."""

from __future__ import annotations

from assistant.commands import (
    AddNote,
    ApproveDraft,
    Assign,
    CloseConversation,
    DiscardDraft,
    Escalate,
    OpenReply,
    ReopenConversation,
    SettleDoubt,
    SnoozeConversation,
    UndoApproval,
)
from assistant.model import Actor, Conversation, Draft
from assistant.surface.cards import Button
from assistant.words import Words, say


def buttons_for(
    conversation: Conversation, words: Words, reader: Actor | None
) -> tuple[Button, ...]:
    """The draft's first, then the conversation's."""
    if conversation.state == "closed":
        reopen = ReopenConversation(conversation_id=conversation.id)
        return (Button(label=words(say("Reopen")), command=reopen),)
    draft = conversation.draft
    return (
        *(_of_draft(draft, conversation, words) if draft else ()),
        *_writing(conversation, draft, words),
        *_team(conversation, words, reader),
    )


def _of_draft(draft: Draft, conversation: Conversation, words: Words) -> tuple[Button, ...]:
    about = {"conversation_id": conversation.id, "version": draft.version}
    match draft.state:
        case "proposed":
            edit = Button(
                label=words(say("Edit")),
                command=OpenReply(**about),
                form="edit",
                key="e",
                style="primary" if draft.blocks else "plain",
            )
            discard = Button(label=words(say("Discard")), command=DiscardDraft(**about))
            if draft.blocks:
                return (edit, discard)
            approve = Button(
                label=words(say("Approve & send")),
                command=ApproveDraft(**about),
                style="primary",
                key="a",
            )
            return (approve, edit, discard)
        case "approved":
            undo = UndoApproval(**about)
            return (Button(label=words(say("Undo")), command=undo, style="primary", key="u"),)
        case "unsure":
            return (
                Button(
                    label=words(say("It arrived")),
                    command=SettleDoubt(**about, arrived=True),
                    style="primary",
                ),
                Button(
                    label=words(say("It did not arrive")),
                    command=SettleDoubt(**about, arrived=False),
                ),
            )
        case _:
            return ()


def _writing(conversation: Conversation, draft: Draft | None, words: Words) -> tuple[Button, ...]:
    if draft is not None and draft.state != "proposed":
        return ()
    write = OpenReply(conversation_id=conversation.id)
    style = "plain" if draft else "primary"
    return (
        Button(label=words(say("Write reply")), command=write, form="write", key="w", style=style),
    )


def _team(conversation: Conversation, words: Words, reader: Actor | None) -> tuple[Button, ...]:
    about = conversation.id
    mine = reader is not None and conversation.owner() == reader.id
    take = Assign(conversation_id=about, to=reader.id if reader else None)
    take_button = (
        (Button(label=words(say("Take")), command=take, key="t"),)
        if reader and not mine and (conversation.assignment is None or reader.leads)
        else ()
    )
    return (
        *take_button,
        Button(
            label=words(say("Assign")),
            command=Assign(conversation_id=about, to=None),
            form="assign",
        ),
        Button(
            label=words(say("Note")),
            command=AddNote(conversation_id=about, text=""),
            form="note",
            key="n",
        ),
        Button(
            label=words(say("Escalate")),
            command=Escalate(conversation_id=about, reason=""),
            form="escalate",
        ),
        Button(
            label=words(say("Snooze")),
            command=SnoozeConversation(conversation_id=about),
            form="snooze",
        ),
        Button(
            label=words(say("Close")),
            command=CloseConversation(conversation_id=about),
            form="close",
        ),
    )
