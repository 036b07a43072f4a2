"""Writing first: a conversation about an order in which no buyer has spoken yet.

What is written there is drafted, reviewed and approved like any reply; its channel alone knows
which kinds of message it takes about an order, and in which language the buyer reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

from assistant.commands import StartConversation
from assistant.desk.facts import look_up
from assistant.desk.handling import commit
from assistant.errors import ParleyError, Refused
from assistant.model import (
    Actor,
    Buyer,
    BuyerId,
    Conversation,
    Incoming,
    MessageId,
    Template,
    Understanding,
    conversation_id,
)
from assistant.ports import Openable, Opening, Ports
from assistant.routing import routed
from assistant.surface.cards import Answer, Button
from assistant.words import Words, say

PATIENCE_S = 4.0
"""How long an order's card waits for a channel to say what may be begun."""


async def beginnings(order: str, ports: Ports, words: Words) -> Sequence[Button]:
    """A button for each thing that may be written first; a channel that fails has none."""
    found: list[Button] = []
    for name, channel in _openable(ports):
        try:
            async with asyncio.timeout(PATIENCE_S):
                openings = await channel.openings(order)
        except (ParleyError, TimeoutError):
            continue
        found += [_button(name, order, one, words) for one in openings]
    return found


def _openable(ports: Ports) -> list[tuple[str, Openable]]:
    return [
        (name, cast(Openable, one))
        for name, one in ports.channels.items()
        if hasattr(one, "openings")
    ]


def _button(channel: str, order: str, opening: Opening, words: Words) -> Button:
    label = say("{channel}: {what}", channel=channel.capitalize(), what=opening.title)
    start = StartConversation.model_validate(
        {"channel": channel, "account": opening.account, "ref": order, "opening": opening.kind}
    )
    return Button(label=words(label), command=start)


async def start_conversation(
    command: StartConversation, actor: Actor, ports: Ports, words: Words
) -> Answer:
    """Raises: Refused, where the channel does not take that kind about the order now."""
    channel = next((one for name, one in _openable(ports) if name == command.channel), None)
    openings = await channel.openings(command.ref) if channel else ()
    wanted = (command.account, command.opening)
    opening = next((one for one in openings if (one.account, one.kind) == wanted), None)
    if opening is None:
        raise Refused(
            say("{channel} does not take this about the order now.", channel=command.channel)
        )
    begun = await _begun(command, opening, ports)
    started = begun.started(
        Template(name=opening.kind, language=opening.locale),
        command.ref,
        opening.title,
        actor,
        ports.now(),
    )
    await commit(ports, await _known(started, opening, ports))
    return Answer(text=words(say("It is open now: press “Write a reply” on its card.")))


async def _begun(command: StartConversation, opening: Opening, ports: Ports) -> Conversation:
    """The order's conversation, which may be there already."""
    known = await ports.store.load(conversation_id(command.channel, opening.thread_key))
    if known is not None:
        return known
    storefront = ports.settings.storefront_of(command.channel, command.account)
    country = opening.locale.rpartition("-")[2]
    incoming = Incoming(
        channel=command.channel,
        account=command.account,
        platform=command.channel,
        thread_key=opening.thread_key,
        message_id=MessageId(""),
        buyer=Buyer(
            id=BuyerId(f"{command.channel}:{command.ref}"), locale=opening.locale, verified=True
        ),
        text="",
        received_at=ports.now(),
    )
    market = storefront.market or (country if len(country) == 2 and country.isupper() else None)
    begun = Conversation.begun(incoming, storefront.id, market)
    return begun.model_copy(update={"rooms": routed(begun, ports.settings)})


async def _known(started: Conversation, opening: Opening, ports: Ports) -> Conversation:
    """With what the shop says of the order, and the buyer's language, to write and to check by."""
    language = opening.locale.partition("-")[0].lower()
    understanding = Understanding(language=language, order_refs=started.order_refs)
    facts = await look_up(started, understanding, ports)
    return started.model_copy(update={"understanding": understanding, "facts": facts})
