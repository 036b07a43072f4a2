"""What the team does among itself: notes, assignments, escalations, closing."""

from __future__ import annotations

from assistant.commands import (
    AddNote,
    Assign,
    AttachOrder,
    CloseConversation,
    DraftReply,
    Escalate,
    ReopenConversation,
    SnoozeConversation,
    WakeConversation,
)
from assistant.desk.handling import NOTHING, commit, leads_only, load
from assistant.errors import NotFound, Refused
from assistant.model import Actor, PersonId
from assistant.ports import Later, Ports
from assistant.surface.cards import Answer
from assistant.words import Words, say


async def add_note(command: AddNote, actor: Actor, ports: Ports, words: Words) -> Answer:
    if not command.text.strip():
        raise Refused(say("The note is empty."))
    conversation = await load(ports, command.conversation_id)
    await commit(ports, conversation.noted(command.text, actor, ports.now()))
    return Answer(text=words(say("Noted, for the team only.")))


async def assign(command: Assign, actor: Actor, ports: Ports, words: Words) -> Answer:
    conversation = await load(ports, command.conversation_id)
    owner = conversation.owner()
    if command.to == owner:
        return NOTHING
    if command.to != actor.id and owner != actor.id:
        leads_only(actor, say("assign a conversation to others"))
    if command.to is None:
        await commit(ports, conversation.unassigned(actor, ports.now()))
        return Answer(text=words(say("Handed back to the queue.")))
    if command.to == actor.id and owner is not None and not actor.leads:
        assert conversation.assignment is not None
        raise Refused(
            say("{who} has this already. Ask them, or a lead.", who=conversation.assignment.to.name)
        )
    person = await _person(command.to, actor, ports)
    await commit(ports, conversation.assigned(person, actor, ports.now(), command.reason))
    if person.id == actor.id:
        return Answer(text=words(say("You have it now.")))
    return Answer(text=words(say("Assigned to {who}.", who=person.name)))


async def _person(wanted: PersonId, actor: Actor, ports: Ports) -> Actor:
    if wanted == actor.id:
        return actor
    for person in await ports.store.people():
        if person.id == wanted:
            return person
    raise NotFound(say("Nobody here is called {who}.", who=wanted))


async def escalate(command: Escalate, actor: Actor, ports: Ports, words: Words) -> Answer:
    if not command.reason.strip():
        raise Refused(say("Say in a few words why a lead is needed."))
    conversation = await load(ports, command.conversation_id)
    reason = say("{reason}", reason=command.reason)
    await commit(ports, conversation.escalated(reason, actor, ports.now()))
    return Answer(text=words(say("Escalated: leads see it on top of the queue.")))


async def close_conversation(
    command: CloseConversation, actor: Actor, ports: Ports, words: Words
) -> Answer:
    conversation = await load(ports, command.conversation_id)
    if conversation.state == "closed":
        return NOTHING
    await commit(ports, conversation.closed(command.reason, actor, ports.now()))
    return Answer(text=words(say("Closed. A new message from the buyer reopens it.")))


async def reopen_conversation(
    command: ReopenConversation, actor: Actor, ports: Ports, words: Words
) -> Answer:
    conversation = await load(ports, command.conversation_id)
    await commit(ports, conversation.reopened(actor, ports.now()))
    return Answer(text=words(say("Open again.")))


async def snooze_conversation(
    command: SnoozeConversation, actor: Actor, ports: Ports, words: Words
) -> Answer:
    if command.until is None or command.until <= ports.now():
        raise Refused(say("Choose a time in the future."))
    conversation = await load(ports, command.conversation_id)
    wake = WakeConversation(conversation_id=conversation.id, due_at=command.until)
    await commit(
        ports,
        conversation.snoozed(command.until, actor, ports.now()),
        Later(wake, command.until),
    )
    return Answer(text=words(say("Put aside until {when}.", when=words.when(command.until))))


async def attach_order(command: AttachOrder, actor: Actor, ports: Ports, words: Words) -> Answer:
    """This conversation is about that order: kept, and the draft is made anew with it."""
    conversation = await load(ports, command.conversation_id)
    attached = conversation.about_order(command.ref, actor, ports.now())
    redraft = DraftReply(conversation_id=conversation.id, seq=conversation.last_seq)
    await commit(ports, attached, redraft)
    return Answer(text=words(say("Order {ref} attached.", ref=command.ref)))
