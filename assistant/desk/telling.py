"""Telling one person, where they pressed or spoke: what came of it, and their words on offer."""

from __future__ import annotations

import logging

from assistant.commands import Tell
from assistant.desk.handling import NOTHING, load, note
from assistant.desk.offers import offered
from assistant.desk.previewing import offer_translated
from assistant.errors import Forbidden, NotFound, Rejected, TooLarge, Unsure
from assistant.model import Actor, Attachment, Conversation, Offer
from assistant.ports import ChatRoom, Ports
from assistant.surface.cards import Answer
from assistant.words import Text, Words, say, words

log = logging.getLogger(__name__)


async def tell(command: Tell, actor: Actor, ports: Ports, _: Words) -> Answer:
    """Best effort: whoever is not told finds the same on the card."""
    room = ports.chat(command.spot.room)
    if room is None:
        return NOTHING
    try:
        if command.mark is not None:
            await room.mark(command.spot, on=command.mark)
        if answer := await _told(command, room, ports):
            await room.tell(command.person, command.spot, answer)
    except (Rejected, NotFound, Unsure) as error:
        # Unsure: perhaps they were. Told twice is worse than told by the card alone.
        log.warning("somebody could not be told: %s", type(error).__name__)
    return NOTHING


async def _told(command: Tell, room: ChatRoom, ports: Ports) -> Answer | None:
    if command.text is None and command.offer is None:
        return None
    try:
        reader = words((await room.who(command.person)).language)
    except Forbidden as refusal:
        reader = words(refusal.language or room.language)
    if command.offer is None:
        return Answer(text=reader(command.text)) if command.text else None
    conversation = await load(ports, command.conversation_id)
    conversation, troubles = await _fetched(conversation, command.offer, room, ports)
    offer = conversation.offer_of(command.offer)
    conversation, untold = await offer_translated(conversation, offer, reader.language, ports)
    notes = [*([command.text] if command.text else ()), *troubles, *untold]
    return offered(conversation, command.offer, notes, ports, reader)


async def _fetched(
    conversation: Conversation, id: str, room: ChatRoom, ports: Ports
) -> tuple[Conversation, list[Text]]:
    """The files that came with the words, kept; those that can't be are named."""
    kept: list[Attachment] = []
    troubles: list[Text] = []
    offer = conversation.offer_of(id)
    for file in offer.attachments:
        try:
            kept.append(file if file.sha256 else await room.fetch(file))
        except (TooLarge, Rejected) as error:
            troubles.append(say("{name} can't be sent: {why}", name=file.name, why=error.text))
    if tuple(kept) == offer.attachments:
        return conversation, troubles
    files = tuple(kept)
    return await note(conversation, lambda one: _with_files(one, offer, files), ports), troubles


def _with_files(
    conversation: Conversation, fetched: Offer, files: tuple[Attachment, ...]
) -> Conversation:
    """The offer with its files, unless it was sent, put away or edited meanwhile."""
    for offer in conversation.offers:
        if offer.id == fetched.id and offer.edition == fetched.edition:
            return conversation.offered(offer.model_copy(update={"attachments": files}))
    return conversation
