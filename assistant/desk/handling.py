"""What every handler shares: loading, refusing, saying."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeAlias

from assistant.commands import ShowConversation, Work
from assistant.drafting.learning import with_uses
from assistant.errors import Conflict, Forbidden, NotFound, Unavailable
from assistant.model import Actor, Conversation, ConversationId, Grant
from assistant.ports import Later, Ports, Room, Spending
from assistant.surface.cards import Answer
from assistant.words import Text, Words, say

Handler: TypeAlias = Callable[[Any, Actor, Ports, Words], Awaitable[Answer]]
"""`handler(command, actor, ports, words)`: load → model → commit. Runs again on a Conflict."""

Change: TypeAlias = Callable[[Conversation], Conversation]

NOTHING = Answer()


async def load(ports: Ports, conversation: ConversationId) -> Conversation:
    """Raises NotFound."""
    found = await ports.store.load(conversation)
    if found is None:
        raise NotFound(say("There is no conversation {id}.", id=conversation))
    return found


async def commit(ports: Ports, conversation: Conversation, *then: Work | Later) -> Conversation:
    """Store it, with what follows and its card brought up to date in every room.

    A room with a place for it already shows what is committed; the others are told in turn.
    """
    conversation, back = _without_returned(with_uses(conversation, ports.now()))
    shown, told = conversation.did(ports.press) if ports.press else conversation, False
    for room in rooms_of(conversation, ports):
        place = room.place(conversation.id)
        told = told or place is None
        shown = shown.shown(room.name, place) if place else shown
    show = [ShowConversation(conversation_id=conversation.id)] if told else []
    kept = await ports.store.commit(shown, then=[*then, *show])
    observe_visible(conversation, shown, ports)
    for grant in back:
        # Where the store is away now, whoever spends next finds it.
        with suppress(Unavailable):
            await ports.store.give_back(grant.ledger, Spending(grant.who, grant.id, 0))
    return kept


def _without_returned(conversation: Conversation) -> tuple[Conversation, list[Grant]]:
    """What a reply would have given away is given back with the commit that takes it back."""
    back = [one.grant for one in conversation.drafts if one.grant and not one.stands]
    if not back:
        return conversation, []
    drafts = tuple(
        one if one.stands else one.model_copy(update={"grant": None}) for one in conversation.drafts
    )
    return conversation.model_copy(update={"drafts": drafts}), back


async def note(conversation: Conversation, change: Change, ports: Ports) -> Conversation:
    """Note *change*. What is out there already is not done again on a Conflict, only noted again.

    Raises: Unavailable, Fenced.
    """
    while True:
        changed = change(conversation)
        if changed == conversation:
            return conversation
        try:
            return await ports.store.commit(changed)
        except Conflict:
            conversation = await load(ports, conversation.id)


def rooms_of(conversation: Conversation, ports: Ports) -> list[Room]:
    """Where it belongs; where those are gone or it never was routed, its storefront's rooms."""
    storefront = ports.settings.storefront(conversation.storefront)
    routed = [ports.rooms[name] for name in conversation.rooms if name in ports.rooms]
    names = storefront.rooms or tuple(ports.rooms)
    return routed or [ports.rooms[name] for name in names if name in ports.rooms]


def observe_visible(before: Conversation, shown: Conversation, ports: Ports) -> None:
    """How long the messages that *shown* made visible had waited for it."""
    for message in before.messages:
        if message.author == "buyer" and before.shown_seq < message.seq <= shown.shown_seq:
            ports.observe("visible", (ports.now() - message.at).total_seconds())


def leads_only(actor: Actor, what: Text) -> None:
    """Raises Forbidden."""
    if not actor.leads:
        raise Forbidden(say("Only a lead can {what}. Escalate it, or ask one.", what=what))


def public_name(conversation: Conversation, approver: Actor, ports: Ports) -> str:
    """What the buyer sees: the storefront's signature, the agent's public name, their name."""
    storefront = ports.settings.storefront(conversation.storefront)
    if storefront.signature:
        return storefront.signature
    if member := ports.settings.member(approver.id):
        return member.public_name or member.name
    # A nickname of a chat is not how buyers should know somebody: only the console's names are
    # given for them to see.
    chats = [room.platform for name in ports.rooms if (room := ports.chat(name))]
    unmapped = approver.id.partition(":")[0] in chats
    return (storefront.brand or storefront.name) if unmapped else approver.name
