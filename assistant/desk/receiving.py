"""A buyer wrote: into the conversation, onto the card."""

from __future__ import annotations

from datetime import timedelta

from assistant.clocks import answer_due, market_of
from assistant.commands import DraftReply, ReceiveMessage, ShowConversation, WakeConversation
from assistant.desk.handling import NOTHING, commit, load, rooms_of
from assistant.desk.reporting import fetching
from assistant.desk.sending import promised_in
from assistant.desk.translating import translations
from assistant.errors import Unavailable
from assistant.model import (
    PARLEY,
    Actor,
    Conversation,
    Incoming,
    Receipt,
    conversation_id,
)
from assistant.ports import Later, Ports
from assistant.routing import routed
from assistant.settings import Storefront
from assistant.surface.cards import Answer
from assistant.words import Words, say


async def receive_message(command: ReceiveMessage, actor: Actor, ports: Ports, _: Words) -> Answer:
    incoming = command.incoming
    storefront = ports.settings.storefront_of(incoming.channel, incoming.account)
    conversation = await _conversation_of(incoming, storefront, ports)
    if incoming.kind == "erased":
        return await _erase(conversation, ports)
    if incoming.kind == "ours":
        await _answered_elsewhere(conversation, incoming, ports)
        return NOTHING
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
    received = conversation.received(incoming, due_at)
    if incoming.automatic:
        # Nobody waits for an answer to a machine; two of them would answer each other for ever.
        await commit(ports, received, *fetching(received, ports), *translations(received, ports))
    else:
        await _draft_after(received, ports)
    return NOTHING


async def _answered_elsewhere(conversation: Conversation, incoming: Incoming, ports: Ports) -> None:
    """A colleague's answer is shown; the echo of a reply of ours says that it arrived."""
    known = any(incoming.message_id in (one.id, *one.keys) for one in conversation.messages)
    if known or not conversation.messages:
        return
    ours = conversation.echoed(incoming)
    leaving = conversation.draft is not None and conversation.draft.state == "sending"
    if ours is None and leaving and not incoming.text:
        # A file of the reply that is leaving just now, or a colleague's: its ids will tell.
        raise Unavailable(say("The channel reports on a reply that is not known here."))
    if ours is None:
        told = conversation.answered_elsewhere(incoming)
        await commit(ports, told, *fetching(told, ports), *translations(told, ports))
    elif ours.state != "sent":
        assert incoming.received_at is not None
        receipt = Receipt(external_id=incoming.message_id, keys=(incoming.message_id,))
        promised = promised_in(conversation, ours, ports)
        told = conversation.sent(ours.version, receipt, incoming.received_at, promised)
        await commit(ports, told)


async def _erase(conversation: Conversation, ports: Ports) -> Answer:
    """What was kept of the buyer, its log first: done halfway, it is done again."""
    if conversation.version:
        await ports.store.forget(conversation)
        await commit(ports, conversation.erased(ports.now()))
    return NOTHING


async def _conversation_of(
    incoming: Incoming, storefront: Storefront, ports: Ports
) -> Conversation:
    known = await ports.store.load(conversation_id(incoming.channel, incoming.thread_key))
    if known is not None:
        return known
    market = storefront.market or market_of(incoming.buyer)
    begun = Conversation.begun(incoming, storefront.id, market)
    return begun.model_copy(update={"rooms": routed(begun, ports.settings)})


async def _draft_after(conversation: Conversation, ports: Ports) -> None:
    draft = DraftReply(conversation_id=conversation.id, seq=conversation.last_seq)
    late = _late_later(conversation, ports)
    files = fetching(conversation, ports)
    await commit(ports, conversation, draft, *files, *translations(conversation, ports), *late)


def _late_later(conversation: Conversation, ports: Ports) -> list[Later]:
    """Cards that are posted turn late by themselves, though nobody touches them then."""
    posted = any(room.place(conversation.id) is None for room in rooms_of(conversation, ports))
    if not posted or conversation.due_at is None or conversation.due_at <= ports.now():
        return []
    show = ShowConversation(conversation_id=conversation.id)
    return [Later(show, conversation.due_at + timedelta(seconds=1))]


async def _count_repeat(conversation: Conversation, incoming: Incoming, ports: Ports) -> None:
    """A repeat that came after its `once` key expired; our own second run of a command is none."""
    first = next(one for one in conversation.messages if one.id == incoming.message_id)
    if first.at != incoming.received_at:
        await ports.store.count("suppressed", conversation.id)


async def wake_conversation(
    command: WakeConversation, actor: Actor, ports: Ports, _: Words
) -> Answer:
    conversation = await load(ports, command.conversation_id)
    if conversation.state == "snoozed" and conversation.snoozed_until == command.due_at:
        await commit(ports, conversation.reopened(PARLEY, ports.now()))
    return NOTHING
