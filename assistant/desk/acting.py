"""What people did and asked in a room, verified and durable by now: done once, and answered."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from zoneinfo import ZoneInfo

from assistant.commands import Act, Ask, StrikeOut, Tell, subject
from assistant.desk.actions import ACTIONS
from assistant.desk.handling import NOTHING
from assistant.errors import Forbidden, Refused, Rejected, Unavailable, Unsure
from assistant.model import Actor, Conversation, Known, PersonId
from assistant.ports import ChatRoom, Ports
from assistant.surface.cards import Answer
from assistant.words import Text, Words, say, words

log = logging.getLogger(__name__)

SEEN_ALONE = frozenset({"send_offered", "drop_offered"})
"""Pressed on what only they see, and no card shows: the answer takes its place."""
WHO_S = 2.0
SLOW_S = 2.0
"""After so long somebody who asked is told that the answer comes later."""


async def act(command: Act, actor: Actor, ports: Ports, _: Words) -> Answer:
    """Who it was and what they may do is asked of the room now, not when they pressed.

    Told afterwards: what was refused, and what words brought about; a press shows on the card.
    """
    room = ports.chat(command.spot.room)
    if room is None:
        log.warning("a press in a room that is switched off: %s", command.spot.room)
        return NOTHING
    conversation = await _conversation(command, ports)
    if conversation is not None and command.key in conversation.done:
        return NOTHING
    try:
        known = await _who(room, command.person)
        await ports.store.remember(known.actor)
        answer = await _do(command, known, conversation, ports)
    except Refused as refusal:
        await _tell(command, ports, text=refusal.text)
    else:
        await _told_of(answer, command, ports)
    await _second_card(command, conversation, ports)
    return NOTHING


async def _who(room: ChatRoom, person: PersonId) -> Known:
    """A platform that hangs holds up a conversation's other work for a moment only.

    Raises: Forbidden, Unavailable.
    """
    try:
        async with asyncio.timeout(WHO_S):
            return await room.who(person)
    except TimeoutError:
        raise Unavailable(say("The chat does not say who pressed. Press again.")) from None


async def _do(
    command: Act, known: Known, conversation: Conversation | None, ports: Ports
) -> Answer:
    """Times are told as the storefront's clock has them. Raises: Refused, Unavailable."""
    reader = words(known.language)
    if conversation is not None:
        storefront = ports.settings.storefront(conversation.storefront)
        reader = reader.in_zone(ZoneInfo(storefront.hours.zone))
    once = dataclasses.replace(ports, press=command.key)
    return await ACTIONS[type(command.action)](command.action, known.actor, once, reader)


async def _conversation(command: Act, ports: Ports) -> Conversation | None:
    about = getattr(command.action, "conversation_id", None)
    return await ports.store.load(about) if about else None


async def _told_of(answer: Answer, command: Act, ports: Ports) -> None:
    said = say("{what}", what=answer.text) if answer.text else None
    if answer.unmark is not None:
        # The words may stand elsewhere than the press: the mark goes where it was set.
        unmark = command.model_copy(update={"spot": answer.unmark, "key": f"{command.key}:unmark"})
        await _tell(unmark, ports, mark=False)
    if answer.offer is not None:
        await _tell(command, ports, text=said, offer=answer.offer, mark=_marks(command))
    elif said is not None and (not command.quiet or command.action.kind in SEEN_ALONE):
        await _tell(command, ports, text=said)


def _marks(command: Act) -> bool | None:
    """Words get a mark; a press on an offer changes none."""
    return True if command.action.kind == "offer_words" else None


async def _tell(
    command: Act,
    ports: Ports,
    *,
    text: Text | None = None,
    offer: str | None = None,
    mark: bool | None = None,
) -> None:
    """In the room lane, so that a hung platform holds up nothing else."""
    tell = Tell(
        person=command.person,
        spot=command.spot,
        conversation_id=subject(command),
        text=text,
        offer=offer,
        mark=mark,
    )
    await ports.store.enqueue(tell, once=f"tell:{command.key}")


async def _second_card(command: Act, conversation: Conversation | None, ports: Ports) -> None:
    """Pressed on a card that is not the conversation's in this room: it is a duplicate.

    Only where the pressed message begins its thread: an answer in another conversation's thread
    may have buttons as well.
    """
    pressed, room = command.spot.thread, command.spot.room
    if conversation is None or pressed is None or not command.spot.message:
        return
    if not pressed.endswith(command.spot.message) or not command.quiet:
        return
    recorded = conversation.threads.get(room)
    if recorded is None or recorded == pressed:
        return
    strike = StrikeOut(conversation_id=conversation.id, room=room, thread=pressed)
    await ports.store.enqueue(strike, once=f"strike:{pressed}")


# ── questions ────────────────────────────────────────────────────────────────


async def ask(command: Ask, actor: Actor, ports: Ports, _: Words) -> Answer:
    """Answered where it was asked, as soon as the answer is there; a slow one is announced."""
    room = ports.chat(command.spot.room)
    if room is None:
        return NOTHING
    try:
        known = await room.who(command.person)
    except Forbidden as refusal:
        reader = words(refusal.language or room.language)
        return await _answer(room, command, Answer(text=reader(refusal.text)))
    reader = words(known.language)
    async with asyncio.TaskGroup() as group:
        slow = group.create_task(_say_slow(room, command, reader))
        answer = await _asked(command, known, ports, reader)
        slow.cancel()
    return await _answer(room, command, answer)


async def _asked(command: Ask, known: Known, ports: Ports, reader: Words) -> Answer:
    try:
        return await ACTIONS[type(command.action)](command.action, known.actor, ports, reader)
    except (Refused, Unavailable) as error:
        return Answer(text=reader(error.text))


async def _say_slow(room: ChatRoom, command: Ask, reader: Words) -> None:
    await asyncio.sleep(SLOW_S)
    slow = say("The shop is slow. The answer comes here as soon as it is there.")
    try:
        await room.tell(command.person, command.spot, Answer(text=reader(slow)))
    except (Rejected, Unavailable, Unsure):
        log.info("somebody who waits could not be told so")


async def _answer(room: ChatRoom, command: Ask, answer: Answer) -> Answer:
    try:
        await room.tell(command.person, command.spot, answer)
    except (Rejected, Unsure) as error:
        log.warning("perhaps an answer was not delivered: %s", type(error).__name__)
    return NOTHING
