"""Which buttons a card has: a button is a command, there when it makes sense."""

from __future__ import annotations

from assistant.commands import (
    AddNote,
    ApproveDraft,
    Assign,
    CloseConversation,
    DiscardDraft,
    Escalate,
    Manner,
    MoveConversation,
    OpenReply,
    RegenerateDraft,
    ReopenConversation,
    SettleDoubt,
    ShowWhy,
    SnoozeConversation,
    TakeConversation,
    UndoApproval,
)
from assistant.model import Actor, Conversation, Draft
from assistant.surface.answers import answer_buttons, nobody_knows
from assistant.surface.cards import Button
from assistant.surface.changes import change_buttons, offered_changes
from assistant.surface.linked import linked_buttons
from assistant.words import Text, Words, say


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
        *change_buttons(conversation, words),
        *linked_buttons(conversation, words),
        *_team(conversation, words, reader),
        *offered_changes(conversation, words),
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
                return (edit, discard, *_regenerate(draft, conversation, words))
            approve = Button(
                label=words(say("Approve & send")),
                command=ApproveDraft(**about),
                style="primary",
                key="a",
            )
            return (approve, edit, discard, *_regenerate(draft, conversation, words))
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


def _regenerate(draft: Draft, conversation: Conversation, words: Words) -> tuple[Button, ...]:
    """Other wordings of what Parley drafted; a person's own words are theirs to change."""
    if draft.drafter == "agent":
        return ()
    manners: tuple[tuple[Manner, Text], ...] = (
        ("again", say("Another wording")),
        ("shorter", say("Shorter")),
        ("warmer", say("Warmer")),
        ("more_formal", say("More formal")),
    )
    about = {"conversation_id": conversation.id, "version": draft.version}
    ready = tuple(
        Button(
            label=words(label),
            command=RegenerateDraft(**about, manner=manner),
            menu="regenerate",
        )
        for manner, label in manners
    )
    by_instruction = Button(
        label=words(say("By an instruction …")),
        command=RegenerateDraft(**about),
        form="regenerate",
        menu="regenerate",
    )
    return (*ready, by_instruction)


def _writing(conversation: Conversation, draft: Draft | None, words: Words) -> tuple[Button, ...]:
    if draft is not None and draft.state != "proposed":
        return ()
    write = OpenReply(conversation_id=conversation.id)
    style = "plain" if draft else "primary"
    return (
        Button(label=words(say("Write reply")), command=write, form="write", key="w", style=style),
        *answer_buttons(conversation, words),
    )


def _team(conversation: Conversation, words: Words, reader: Actor | None) -> tuple[Button, ...]:
    about = conversation.id
    escalate = Button(
        label=words(say("Escalate")),
        command=Escalate(conversation_id=about, reason=""),
        form="escalate",
    )
    return (
        *_owner(conversation, words, reader),
        *(() if conversation.escalation else (escalate,)),
        Button(
            label=words(say("Note")),
            command=AddNote(conversation_id=about, text=""),
            form="note",
            key="n",
        ),
        Button(
            label=words(say("Assign")),
            command=Assign(conversation_id=about, to=None),
            form="assign",
            menu="more",
        ),
        Button(
            label=words(say("Snooze")),
            command=SnoozeConversation(conversation_id=about),
            form="snooze",
            menu="more",
        ),
        Button(
            label=words(say("Close")),
            command=CloseConversation(conversation_id=about, seen_seq=conversation.last_seq),
            form="close",
            menu="more",
        ),
        *nobody_knows(conversation, words),
        *(_for_rooms(conversation, words) if reader is None else ()),
    )


def _owner(conversation: Conversation, words: Words, reader: Actor | None) -> tuple[Button, ...]:
    """Take it, or hand it back; on a card that many see, whoever presses."""
    owner, about = conversation.owner(), conversation.id
    take = Button(
        label=words(say("Take")), command=TakeConversation(conversation_id=about), key="t"
    )
    if reader is None:
        hand_back = Button(
            label=words(say("Hand back")),
            command=Assign(conversation_id=about, to=None),
            menu="more",
        )
        return (take,) if owner is None else (hand_back,)
    return (take,) if owner != reader.id and (owner is None or reader.leads) else ()


def _for_rooms(conversation: Conversation, words: Words) -> tuple[Button, ...]:
    """What the console shows beside the card."""
    about = conversation.id
    why = Button(label=words(say("Why?")), command=ShowWhy(conversation_id=about), menu="more")
    move = Button(
        label=words(say("Move to another room")),
        command=MoveConversation(conversation_id=about),
        form="move",
        menu="more",
    )
    return (why, move)
