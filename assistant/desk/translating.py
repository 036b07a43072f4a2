"""What was written either way, in the reader's language: by a model, where there is one.

A translation that lost a figure, a date or a link is not shown: none is better than a wrong one.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial

from assistant.commands import TranslateMessages
from assistant.desk.handling import NOTHING, Change, commit, load, note, rooms_of
from assistant.drafting.translate import lost, speaks, worth_it
from assistant.errors import Conflict, Unavailable
from assistant.model import Actor, Conversation, Draft, Message, Offer
from assistant.ports import Ports
from assistant.surface.cards import Answer
from assistant.words import Text, Words, say

log = logging.getLogger(__name__)

AT_ONCE = 3
"""The newest messages of a thread that are translated; older ones were, or are read in context."""


def translations(conversation: Conversation, ports: Ports) -> tuple[TranslateMessages, ...]:
    """What follows a commit that brought words somebody of the team may not read."""
    if ports.translator is None:
        return ()
    if not _foreign(conversation, ports) and _leaving(conversation, ports) is None:
        return ()
    return (TranslateMessages(conversation_id=conversation.id),)


async def translate_messages(
    command: TranslateMessages, actor: Actor, ports: Ports, _: Words
) -> Answer:
    conversation = await load(ports, command.conversation_id)
    language = _language_of(conversation, ports)
    if draft := _leaving(conversation, ports):
        means = await translated(draft.text, draft.language, language, ports)
        if isinstance(means, str):
            told = partial(Conversation.draft_translated, version=draft.version, means=means)
            conversation = await _keep(conversation, told, ports)
    for message in _foreign(conversation, ports):
        means = await translated(message.text, message.language, language, ports)
        if isinstance(means, str):
            told = partial(Conversation.translated, seq=message.seq, of=message.text, means=means)
            conversation = await _keep(conversation, told, ports)
    return NOTHING


async def translated(text: str, source: str, target: str, ports: Ports) -> str | Text:
    """*text* in *target*, or why there is none."""
    if ports.translator is None:
        return say("Without a language model, Parley can't translate this.")
    try:
        means = await ports.translator.translate(text, source, target)
    except Unavailable as error:
        return error.text
    changed = lost(text, source, means, target)
    if changed:
        log.warning("a translation lost %d values, so it is not shown", len(changed))
        return say("The translation changed {what}, so it is not shown.", what=", ".join(changed))
    return means


async def offer_translated(
    conversation: Conversation, offer: Offer, language: str, ports: Ports
) -> tuple[Conversation, tuple[Text, ...]]:
    """Words on offer with what they mean to their author, or in the buyer's language.

    Typed in the buyer's language, they are shown in the author's beside it; typed in another, the
    buyer is offered the translation, with what was typed beside it.
    """
    if ports.translator is None or offer.means is not None or not worth_it(offer.text):
        return conversation, ()
    theirs = _buyers_language(conversation)
    if theirs is None or speaks(offer.text, theirs):
        if speaks(offer.text, language):
            return conversation, ()
        means = await translated(offer.text, theirs or "und", language, ports)
        changes = {"means": means}
    else:
        means = await translated(offer.text, language, theirs, ports)
        changes = {"wording": means, "means": offer.text}
    if isinstance(means, Text):
        return conversation, (means,)
    beside = partial(_beside, offer=offer, changes=changes)
    return await note(conversation, beside, ports), ()


def _beside(
    conversation: Conversation, *, offer: Offer, changes: Mapping[str, object]
) -> Conversation:
    """Kept with the offer, unless it was sent, put away or edited meanwhile."""
    there = next((one for one in conversation.offers if one.id == offer.id), None)
    if there is None or there.edition != offer.edition:
        return conversation
    return conversation.offered(there.model_copy(update=dict(changes)))


async def _keep(conversation: Conversation, change: Change, ports: Ports) -> Conversation:
    """A conversation that changed meanwhile is no reason to ask the model once more."""
    while (changed := change(conversation)) != conversation:
        try:
            return await commit(ports, changed)
        except Conflict:
            conversation = await load(ports, conversation.id)
    return conversation


def _leaving(conversation: Conversation, ports: Ports) -> Draft | None:
    """A person's own reply on its way, in a language that the room's team does not read."""
    draft = conversation.draft
    if draft is None or draft.drafter != "agent" or draft.agent_text is not None:
        return None
    if draft.state not in ("approved", "sending"):
        return None
    return None if speaks(draft.text, _language_of(conversation, ports)) else draft


def _foreign(conversation: Conversation, ports: Ports) -> list[Message]:
    """The newest messages that the room's team does not read as they are."""
    language = _language_of(conversation, ports)
    return [
        one
        for one in conversation.messages[-AT_ONCE:]
        if one.translation is None
        and not one.deleted
        and worth_it(one.text)
        and not speaks(one.text, language)
    ]


def _language_of(conversation: Conversation, ports: Ports) -> str:
    rooms = rooms_of(conversation, ports)
    return rooms[0].language if rooms else ports.settings.language


def _buyers_language(conversation: Conversation) -> str | None:
    """Of the newest message whose language is known."""
    known = (
        one.language
        for one in reversed(conversation.messages)
        if one.author == "buyer" and one.language != "und"
    )
    return next(known, None)
