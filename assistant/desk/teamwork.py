"""What the team does among itself: notes, assignments, escalations, closing."""

from __future__ import annotations

from assistant.commands import (
    AddNote,
    Assign,
    AttachOrder,
    CloseConversation,
    DraftReply,
    Escalate,
    MoveConversation,
    Notify,
    ReopenConversation,
    SnoozeConversation,
    TakeConversation,
    WakeConversation,
)
from assistant.desk.facts import shops_of
from assistant.desk.handling import NOTHING, commit, leads_only, load, rooms_of
from assistant.desk.offers import unmark
from assistant.errors import Forbidden, NotFound, Refused, Stale, Unavailable
from assistant.model import Actor, Conversation, Known, OrderRef, PersonId
from assistant.ports import Later, Ports
from assistant.surface.cards import Answer
from assistant.words import Words, say


async def add_note(command: AddNote, actor: Actor, ports: Ports, words: Words) -> Answer:
    if not command.text.strip():
        raise Refused(say("The note is empty."))
    conversation = await load(ports, command.conversation_id)
    await commit(ports, conversation.noted(command.text, actor, ports.now()))
    return Answer(text=words(say("Noted, for the team only.")))


async def take_conversation(
    command: TakeConversation, actor: Actor, ports: Ports, words: Words
) -> Answer:
    """Whoever presses it."""
    take = Assign(conversation_id=command.conversation_id, to=actor.id)
    return await assign(take, actor, ports, words)


async def assign(command: Assign, actor: Actor, ports: Ports, words: Words) -> Answer:
    conversation = await load(ports, command.conversation_id)
    owner = conversation.owner()
    if command.to is not None:
        command = command.model_copy(update={"to": _same_person(command.to, ports)})
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
    assigned = conversation.assigned(person, actor, ports.now(), command.reason)
    if person.id == actor.id:
        await commit(ports, assigned)
        return Answer(text=words(say("You have it now.")))
    notice = Notify(
        conversation_id=conversation.id, person=person.id, by=actor.name, reason=command.reason
    )
    await commit(ports, assigned, notice)
    return Answer(text=words(say("Assigned to {who}.", who=person.name)))


def _same_person(id: PersonId, ports: Ports) -> PersonId:
    """The id that the settings give to whoever is known by several."""
    member = ports.settings.member(id)
    return member.id if member else id


async def _person(wanted: PersonId, actor: Actor, ports: Ports) -> Actor:
    """By id, as the platform knows them now; else by name. Raises: NotFound, Refused, Forbidden."""
    if wanted == actor.id:
        return actor
    if known := await _on_a_platform(wanted, ports):
        return known.actor
    named = wanted.casefold().removeprefix("@")
    people = await ports.store.people()
    found = [one for one in people if wanted == one.id or one.name.casefold() == named]
    if len(found) > 1:
        raise Refused(say("Several people are called {who}. Mention the one you mean.", who=wanted))
    if not found:
        raise NotFound(say("Nobody here is called {who}.", who=wanted))
    return found[0]


async def _on_a_platform(wanted: PersonId, ports: Ports) -> Known | None:
    """As the first room that knows them says; None for a name. Raises: Forbidden, Unavailable."""
    refusal: Forbidden | None = None
    for room in (ports.chat(name) for name in ports.rooms):
        if room is None or not wanted.startswith(f"{room.platform}:"):
            continue
        try:
            known = await room.who(wanted)
        except Forbidden as error:
            refusal = error
            continue
        await ports.store.remember(known.actor)
        return known
    if refusal is not None:
        raise refusal
    return None


async def move_conversation(
    command: MoveConversation, actor: Actor, ports: Ports, words: Words
) -> Answer:
    """To another room, whose thread gets all that was said; the old card says where it went."""
    conversation = await load(ports, command.conversation_id)
    named = command.room.strip().removeprefix("#")
    wanted = next((name for name in ports.rooms if name.casefold() == named.casefold()), None)
    if wanted is None:
        rooms = ", ".join(ports.rooms)
        raise NotFound(
            say("There is no room “{room}”. There are: {rooms}.", room=named, rooms=rooms)
        )
    if [room.name for room in rooms_of(conversation, ports)] == [wanted]:
        return Answer(text=words(say("It is in {room} already.", room=wanted)))
    why = say("{who} moved this to {room}.", who=actor.name, room=wanted)
    await commit(ports, conversation.moved((wanted,), actor, ports.now(), why))
    return Answer(text=words(say("Moved to {room}.", room=wanted)))


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
    seen = command.seen_seq
    heard = [one for one in conversation.messages if one.author == "buyer"]
    if seen is not None and any(one.seq > seen for one in heard):
        raise Stale(say("The buyer wrote again. Read it before you close this."))
    closed = conversation.closed(command.reason, actor, ports.now())
    unmarked = [unmark(one, conversation) for one in conversation.offers]
    for one in conversation.offers:
        closed = closed.settled_offer(one.id)
    await commit(ports, closed, *unmarked)
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
    await _of_its_shops(command.ref, conversation, ports)
    attached = conversation.about_order(command.ref, actor, ports.now())
    redraft = DraftReply(conversation_id=conversation.id, seq=conversation.last_seq)
    await commit(ports, attached, redraft)
    return Answer(text=words(say("Order {ref} attached.", ref=command.ref)))


async def _of_its_shops(ref: OrderRef, conversation: Conversation, ports: Ports) -> None:
    """Nothing crosses storefronts: another shop's number may be another buyer's order here.

    A shop that can't be asked now is no objection. Raises: NotFound.
    """
    shops = shops_of(conversation, ports)
    for shop in shops:
        try:
            if await shop.order(ref):
                return
        except Unavailable:
            return
    if shops:
        raise NotFound(say("No shop of this storefront has the order {ref}.", ref=ref))
