"""What every handler shares: loading, refusing, saying."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from assistant.commands import ShowConversation, Work
from assistant.errors import Forbidden, NotFound
from assistant.model import Actor, Conversation, ConversationId
from assistant.ports import Later, Ports
from assistant.surface.cards import Answer
from assistant.words import Text, Words, say

Handler: TypeAlias = Callable[[Any, Actor, Ports, Words], Awaitable[Answer]]
"""`handler(command, actor, ports, words)`: load → model → commit. Runs again on a Conflict."""

NOTHING = Answer()


async def load(ports: Ports, conversation: ConversationId) -> Conversation:
    """Raises NotFound."""
    found = await ports.store.load(conversation)
    if found is None:
        raise NotFound(say("There is no conversation {id}.", id=conversation))
    return found


async def commit(ports: Ports, conversation: Conversation, *then: Work | Later) -> Conversation:
    """Store it, with what follows and its card brought up to date."""
    show = ShowConversation(conversation_id=conversation.id)
    return await ports.store.commit(conversation, then=[*then, show])


def leads_only(actor: Actor, what: Text) -> None:
    """Raises Forbidden."""
    if not actor.leads:
        raise Forbidden(say("Only a lead can {what}. Escalate it, or ask one.", what=what))
