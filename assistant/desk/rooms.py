"""The room lane: cards and threads brought up to date, people told and notified."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from contextlib import suppress

from assistant.commands import AlertRoom, FormKind, Notify, ShowConversation, StrikeOut
from assistant.desk.handling import NOTHING, Change, load, note, observe_visible, rooms_of
from assistant.desk.meaning import read_in
from assistant.desk.translating import unread
from assistant.desk.waiting import progress_of
from assistant.errors import (
    Forbidden,
    ParleyError,
    Rejected,
    Unavailable,
    Unsure,
)
from assistant.model import (
    CARD,
    PARLEY,
    Actor,
    Conversation,
    Entry,
    Known,
    Left,
    PersonId,
    ThreadId,
)
from assistant.ports import ChatRoom, Ports, Room
from assistant.surface.cards import Answer, ConversationCard
from assistant.surface.conversation import conversation_card
from assistant.surface.labels import flag
from assistant.surface.thread import chat_lines
from assistant.words import Text, Words, say, words

log = logging.getLogger(__name__)

WHOLE_ON_CARD = 600
"""A first message of so many characters is whole on its card."""

LINES_AT_ONCE = 200


async def show_conversation(
    command: ShowConversation, actor: Actor, ports: Ports, _: Words
) -> Answer:
    """Post or update the card in each room that keeps a copy of it, then what its thread lacks."""
    conversation = await load(ports, command.conversation_id)
    troubles: list[ParleyError] = []
    for room in rooms_of(conversation, ports):
        if room.place(conversation.id):
            continue
        try:
            conversation = await _show_in(conversation, room, ports)
        except (Unavailable, Unsure, Rejected) as error:
            # One room in trouble keeps nothing from the others.
            troubles.append(error)
            conversation = await load(ports, conversation.id)
    await _strike_out_left(conversation, ports)
    if troubles:
        raise troubles[0]
    return NOTHING


async def _show_in(conversation: Conversation, room: Room, ports: Ports) -> Conversation:
    """Raises: Unavailable, Unsure, Rejected."""
    try:
        conversation = await _show_card(conversation, room, ports)
        if chat := ports.chat(room.name):
            conversation = await _tell_thread(conversation, chat, ports)
    except Rejected as error:
        return await _fall_back(conversation, room, error, ports)
    return conversation


# ── the card ─────────────────────────────────────────────────────────────────


async def _show_card(conversation: Conversation, room: Room, ports: Ports) -> Conversation:
    """Posted once it is noted that it is being posted; an unchanged one is left alone."""
    thread = conversation.threads.get(room.name)
    if thread is None:
        conversation = await note(conversation, lambda one: one.posting_in(room.name, CARD), ports)
    progress = await progress_of(conversation.id, ports)
    card = card_for(conversation, room, ports, progress)
    face = _face(card)
    if thread is not None and conversation.faces.get(room.name) == face:
        return conversation
    try:
        place = await room.show(card, thread)
    except (Unavailable, Rejected) as error:
        if thread is None:
            await note(conversation, lambda one: one.not_posted(room.name), ports)
        if thread is None or isinstance(error, Unavailable):
            raise
        conversation, place = await _show_anew(conversation, room, ports)
    seen = conversation.last_seq
    kept = await note(conversation, lambda one: one.shown(room.name, place, seen, face), ports)
    observe_visible(conversation, kept, ports)
    return kept


async def _show_anew(
    conversation: Conversation, room: Room, ports: Ports
) -> tuple[Conversation, ThreadId]:
    """The card can't be brought up to date: somebody deleted it, or the room is gone as well.

    Noted before it is posted, like a first one; what is known of the old one is kept until there
    is a new one. Raises: Unavailable, Unsure, Rejected (the room itself).
    """
    conversation = await note(conversation, lambda one: one.posting_in(room.name, CARD), ports)
    try:
        place = await room.show(card_for(conversation, room, ports), None)
    except (Unavailable, Rejected):
        await note(conversation, lambda one: one.not_posted(room.name), ports)
        raise
    return await note(conversation, lambda one: one.anew(room.name), ports), place


def card_for(
    conversation: Conversation, room: Room, ports: Ports, progress: Text | None = None
) -> ConversationCard:
    """The card as everybody in *room* sees it; *progress*: what is being done for it."""
    storefront = ports.settings.storefront(conversation.storefront)
    reads = words(room.language)
    card = conversation_card(
        read_in(conversation, reads.language, ports),
        storefront,
        reads,
        ports.now(),
        room=room.name,
        unread=unread(conversation, reads, ports),
        progress=progress,
    )
    can = tuple(button for button in card.buttons if button.form not in _pointless(ports))
    return card.model_copy(update={"buttons": can})


def _pointless(ports: Ports) -> set[FormKind]:
    """Forms that could only say that there is nothing to choose here."""
    alone, unguided = len(ports.rooms) < 2, ports.drafter.name == "offline"
    wanting: dict[FormKind, bool] = {"move": alone, "regenerate": unguided}
    return {form for form, without in wanting.items() if without}


def _face(card: ConversationCard) -> str:
    # Facts and proof are shown where they are asked for; a clock in them would tick for ever.
    told = card.model_dump_json(exclude={"version", "facts", "proof"})
    return hashlib.sha256(told.encode()).hexdigest()[:16]


# ── the thread ───────────────────────────────────────────────────────────────


async def _tell_thread(conversation: Conversation, room: ChatRoom, ports: Ports) -> Conversation:
    """What the log has and the thread has not, in order, each line once.

    While the first message is all there is, the card alone shows it.
    """
    name = room.name
    if name not in conversation.threads:
        return conversation  # Moved away meanwhile.
    told = conversation.told.get(name, "0")
    entries = await ports.store.log_after(conversation.id, told, limit=LINES_AT_ONCE)
    if not _worth_telling(entries, conversation, name):
        return conversation
    newest = entries[-1][0]
    again = conversation.posting.get(name, CARD) != CARD
    conversation = await note(conversation, lambda one: one.posting_in(name, newest), ports)
    storefront = ports.settings.storefront(conversation.storefront)
    lines = chat_lines((entry for _, entry in entries), words(room.language), storefront)
    if lines:
        try:
            await room.tell_thread(conversation.threads[name], lines, again=again)
        except Unavailable:
            if not again:
                await note(conversation, lambda one: one.not_posted(name), ports)
            raise
    conversation = await note(conversation, lambda one: one.told_up_to(name, newest), ports)
    if len(entries) < LINES_AT_ONCE:
        return conversation
    return await _tell_thread(conversation, room, ports)


def _worth_telling(
    entries: Sequence[tuple[str, Entry]], conversation: Conversation, room: str
) -> bool:
    if not entries:
        return False
    if room in conversation.told:
        return True
    heard = [entry for _, entry in entries if entry.kind == "message"]
    whole = heard and len(heard[0].said or "") <= WHOLE_ON_CARD and not _files(heard[0])
    silent = all(entry.kind in ("message", "draft") for _, entry in entries)
    return not (whole and silent and len(heard) == 1)


def _files(entry: Entry) -> bool:
    return bool(entry.message and entry.message.attachments)


# ── places that are gone ─────────────────────────────────────────────────────


async def _fall_back(
    conversation: Conversation, room: Room, error: Rejected, ports: Ports
) -> Conversation:
    """To the room that is named for this, which is told; without one, it fails and is shown.

    Raises: Rejected.
    """
    chat = ports.chat(room.name)
    fallback = ports.rooms.get(chat.fallback) if chat else None
    if fallback is None or fallback.name == room.name:
        raise error
    conversation = await load(ports, conversation.id)
    others = [one.name for one in rooms_of(conversation, ports) if one.name != room.name]
    rooms = tuple(dict.fromkeys((*others, fallback.name)))
    why = say("{room} can't be written to: {why}", room=room.name, why=error.text)
    log.error("a room can't be written to: %s", room.name, extra={"conversation": conversation.id})
    moved = conversation.moved(rooms, PARLEY, ports.now(), why)
    left = tuple(one for one in moved.left if one.room != room.name)
    show = ShowConversation(conversation_id=conversation.id)
    alarm = AlertRoom(
        conversation_id=conversation.id,
        room=fallback.name,
        title=say("A room is out of reach"),
        text=why,
        about=f"{room.name} {error.code}",
    )
    return await ports.store.commit(moved.model_copy(update={"left": left}), then=[show, alarm])


async def _strike_out_left(conversation: Conversation, ports: Ports) -> None:
    """Where it was, the old card says that it moved. A place that is gone needs no word."""
    posted = [room for room in rooms_of(conversation, ports) if not room.place(conversation.id)]
    if posted and not conversation.threads:
        return  # Moved while this was under way: whoever posts the new card knows where it is.
    for left in conversation.left:
        chat = ports.chat(left.room)
        now_at = next(iter(conversation.threads.values()), None)
        if chat is not None:
            try:
                await chat.strike_out(left.thread, now_at, _buyer(conversation, chat))
            except Rejected as error:
                log.warning("a card that moved could not be struck out: %s", error.code)
        conversation = await note(conversation, _struck(left), ports)


def _buyer(conversation: Conversation, room: Room) -> str:
    """`🇩🇪 Lena Weber`"""
    name = conversation.buyer.name or words(room.language)(say("Unnamed buyer"))
    return f"{flag(conversation.market)} {name}".strip()


def _struck(left: Left) -> Change:
    return lambda conversation: conversation.struck_out(left)


async def strike_out(command: StrikeOut, actor: Actor, ports: Ports, _: Words) -> Answer:
    """A second card, found because somebody pressed on it."""
    conversation = await load(ports, command.conversation_id)
    now_at = conversation.threads.get(command.room)
    chat = ports.chat(command.room)
    if chat is not None and now_at is not None and now_at != command.thread:
        with suppress(Rejected):  # Somebody deleted it: then there is nothing to strike out.
            await chat.strike_out(command.thread, now_at, _buyer(conversation, chat))
        kept = tuple(room for room in conversation.doubled if room != command.room)
        await note(conversation, lambda one: one.model_copy(update={"doubled": kept}), ports)
        await ports.store.enqueue(ShowConversation(conversation_id=conversation.id))
    return NOTHING


# ── people ───────────────────────────────────────────────────────────────────


async def notify(command: Notify, actor: Actor, ports: Ports, _: Words) -> Answer:
    """A direct message to whom a conversation was given, where they can be reached."""
    conversation = await load(ports, command.conversation_id)
    if conversation.owner() != command.person:
        return NOTHING
    for room, person in _reaches(command.person, conversation, ports):
        try:
            known = await room.who(person)
        except (Forbidden, Rejected):
            continue  # Known on that platform, but not where this room is.
        if await _notified(command, room, person, known, conversation, ports):
            return NOTHING
    return NOTHING


async def _notified(
    command: Notify,
    room: ChatRoom,
    person: PersonId,
    known: Known,
    conversation: Conversation,
    ports: Ports,
) -> bool:
    """False: not to be reached there. Perhaps told counts as told. Raises: Unavailable."""
    text = say("{by} asks you to take this.", by=command.by)
    if command.reason:
        text = say("{by} asks you to take this: {why}", by=command.by, why=command.reason)
    try:
        card = await _card_of(conversation, known, ports)
        await room.notify(person, words(known.language)(text), card)
    except Unsure:
        log.warning("perhaps somebody was not told of their conversation")
    except Rejected:
        return False
    return True


def _reaches(
    person: PersonId, conversation: Conversation, ports: Ports
) -> list[tuple[ChatRoom, PersonId]]:
    """Rooms of the platforms on which *person* is known; those that show the conversation first."""
    member = ports.settings.member(person)
    ids = (member.id, *member.ids) if member else (person,)
    chats = [chat for name in ports.rooms if (chat := ports.chat(name))]
    found = [(chat, id) for chat in chats for id in ids if id.startswith(f"{chat.platform}:")]
    return sorted(found, key=lambda pair: pair[0].name not in conversation.threads)


async def _card_of(conversation: Conversation, known: Known, ports: Ports) -> ConversationCard:
    storefront = ports.settings.storefront(conversation.storefront)
    return conversation_card(conversation, storefront, words(known.language), ports.now())
