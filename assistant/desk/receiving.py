"""A buyer wrote: into the conversation, onto the card."""

from __future__ import annotations

from assistant.clocks import answer_due, market_of
from assistant.commands import DraftReply, ReceiveMessage, ShowConversation, WakeConversation
from assistant.desk.handling import NOTHING, commit, load, observe_visible, rooms_of
from assistant.errors import Conflict
from assistant.model import PARLEY, Actor, Conversation, Incoming, conversation_id
from assistant.ports import Ports, Room
from assistant.settings import Storefront
from assistant.surface.cards import Answer
from assistant.surface.conversation import conversation_card
from assistant.words import Words, words


async def receive_message(command: ReceiveMessage, actor: Actor, ports: Ports, _: Words) -> Answer:
    incoming = command.incoming
    storefront = ports.settings.storefront_of(incoming.channel, incoming.account)
    conversation = await _conversation_of(incoming, storefront, ports)
    if incoming.kind in ("edited", "deleted") and conversation.knows(incoming.message_id):
        amended = conversation.amended(incoming)
        if amended != conversation:
            await _draft_after(amended, ports)
        return NOTHING
    if conversation.knows(incoming.message_id):
        await _count_repeat(conversation, incoming, ports)
        return NOTHING
    assert incoming.received_at is not None
    due_at = answer_due(incoming.received_at, storefront, incoming.platform)
    await _draft_after(conversation.received(incoming, due_at), ports)
    return NOTHING


async def _conversation_of(
    incoming: Incoming, storefront: Storefront, ports: Ports
) -> Conversation:
    known = await ports.store.load(conversation_id(incoming.channel, incoming.thread_key))
    if known is not None:
        return known
    market = storefront.market or market_of(incoming.buyer)
    return Conversation.begun(incoming, storefront.id, market)


async def _draft_after(conversation: Conversation, ports: Ports) -> None:
    await commit(
        ports, conversation, DraftReply(conversation_id=conversation.id, seq=conversation.last_seq)
    )


async def _count_repeat(conversation: Conversation, incoming: Incoming, ports: Ports) -> None:
    """A repeat that came after its `once` key expired; our own second run of a command is none."""
    first = next(one for one in conversation.messages if one.id == incoming.message_id)
    if first.at != incoming.received_at:
        await ports.store.count("suppressed", conversation.id)


async def show_conversation(
    command: ShowConversation, actor: Actor, ports: Ports, _: Words
) -> Answer:
    """Post or update the card in each room that keeps a copy of it, and remember where."""
    conversation = await load(ports, command.conversation_id)
    storefront = ports.settings.storefront(conversation.storefront)
    for room in rooms_of(conversation, ports):
        if room.place(conversation.id):
            continue
        card = conversation_card(conversation, storefront, words(room.language), ports.now())
        thread = await room.show(card, conversation.threads.get(room.name))
        shown = conversation.shown(room.name, thread)
        if shown != conversation:
            conversation = await _keep_shown(conversation, shown, room, ports)
    return NOTHING


async def _keep_shown(
    before: Conversation, shown: Conversation, room: Room, ports: Ports
) -> Conversation:
    """The card is out there already: on a Conflict only the record is made again, not the card."""
    while True:
        try:
            kept = await ports.store.commit(shown)
        except Conflict:
            current = await load(ports, shown.id)
            shown = current.shown(room.name, shown.threads[room.name], up_to=before.last_seq)
        else:
            observe_visible(before, kept, ports)
            return kept


async def wake_conversation(
    command: WakeConversation, actor: Actor, ports: Ports, _: Words
) -> Answer:
    conversation = await load(ports, command.conversation_id)
    if conversation.state == "snoozed" and conversation.snoozed_until == command.due_at:
        await commit(ports, conversation.reopened(PARLEY, ports.now()))
    return NOTHING
