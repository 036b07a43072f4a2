"""From a channel to durable work: whose thread it is, whether it is new, kept."""

from __future__ import annotations

from datetime import datetime

from assistant.commands import ReceiveMessage, RecordReport
from assistant.model import Arrival, Incoming, Report, conversation_id
from assistant.ports import FOR_GOOD, Store, alias_of


async def kept(arrival: Arrival, at: datetime, store: Store) -> bool:
    """Durable from here on. False: it was seen before, and nothing was added.

    A message's names are claimed for its thread before it is kept: the next one may come before
    this one is worked on. A name without its message does no harm. Raises: Unavailable.
    """
    placed = await _placed(arrival, store)
    if isinstance(placed, Report):
        about = conversation_id(placed.channel, placed.thread_key)
        command = RecordReport(conversation_id=about, report=placed)
        return await store.enqueue(command, once=placed.once)
    if placed.received_at is None:
        placed = placed.model_copy(update={"received_at": at})
    return await store.enqueue(ReceiveMessage(incoming=placed), once=placed.once)


async def _placed(arrival: Arrival, store: Store) -> Arrival:
    """In the thread of the first message it belongs to that we know; else in its own."""
    thread = arrival.thread_key
    for key in arrival.follows:
        known = await store.kept(alias_of(arrival.channel, key))
        if known is not None:
            thread = known
            break
    if isinstance(arrival, Incoming):
        for key in arrival.keys:
            thread = await store.claim(alias_of(arrival.channel, key), thread, FOR_GOOD)
    if thread == arrival.thread_key:
        return arrival
    return arrival.model_copy(update={"thread_key": thread})
