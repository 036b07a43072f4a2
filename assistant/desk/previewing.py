"""What somebody types in their own language, as the buyer would read it: seen before it is sent.

The translation is shown sentence by sentence beside what was typed, with what a second call, which
sees the translation alone, makes of it in the writer's language, and with what the check finds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from pydantic import ValidationError

from assistant.commands import PreviewTranslation
from assistant.desk.handling import load, note
from assistant.desk.situation import brief_as_known
from assistant.desk.translating import buyers_language, in_another
from assistant.drafting.language import UNKNOWN, detect
from assistant.drafting.review import review
from assistant.drafting.translate import Rendered, said, speaks, worth_it
from assistant.errors import Unavailable
from assistant.model import (
    Actor,
    Conversation,
    ConversationId,
    Effort,
    Frozen,
    Offer,
    PersonId,
    Sentence,
    at_work,
)
from assistant.ports import Ports
from assistant.surface.cards import Answer, Checked
from assistant.surface.conversation import checked
from assistant.surface.translation import translation_shown
from assistant.words import Text, Words, say

PATIENCE_S = 14.0
"""For both calls together; a translation is shown without the second."""
SHOWN_FOR = timedelta(days=1)


class Shown(Frozen):
    """What its writer was shown last: these words, and what they had typed."""

    wording: str
    typed: str
    read: bool = True
    """In full, before it would be sent; not only while they typed."""


class Preview(NamedTuple):
    """A text in the buyer's language, and how it came about."""

    wording: str
    language: str
    sentences: tuple[Sentence, ...]
    note: Text | None


async def preview_translation(
    command: PreviewTranslation, actor: Actor, ports: Ports, words: Words
) -> Answer:
    """What would be sent, with what the review says of that; nothing where none is needed."""
    conversation = await load(ports, command.conversation_id)
    theirs = needed(command.text, conversation)
    if theirs is None:
        return Answer(card=Checked(flags=(), checked="", blocked=False))
    try:
        return Answer(card=await held(command, theirs, conversation, actor, ports, words))
    except Unavailable as error:
        told = Checked(flags=(), checked="", blocked=False, foreign=True)
        return Answer(card=told.model_copy(update={"untranslated": words(error.text)}))


def needed(text: str, conversation: Conversation) -> str | None:
    """The buyer's language, where *text* is in another."""
    theirs = buyers_language(conversation)
    return None if theirs is None or not worth_it(text) or speaks(text, theirs) else theirs


async def held(
    command: PreviewTranslation,
    theirs: str,
    conversation: Conversation,
    actor: Actor,
    ports: Ports,
    words: Words,
) -> Checked:
    """The preview and the findings about it, kept as what this writer saw. Raises: Unavailable."""
    with at_work(Effort(about=conversation.id)):
        found = await previewed(command.text, words.language, theirs, ports, back=command.back)
    shown = Shown(wording=found.wording, typed=command.text, read=command.back)
    await ports.store.keep(_key(actor.id, conversation.id), shown.model_dump_json(), SHOWN_FOR)
    brief = brief_as_known(conversation, ports, by_lead=actor.leads)
    flags = review(found.wording, brief, ports.playbooks_of(conversation.storefront))
    seen = translation_shown(found.wording, theirs, found.sentences, found.note, words)
    return checked(flags, words).model_copy(update={"foreign": True, "translation": seen})


async def shown_to(actor: Actor, about: ConversationId, ports: Ports) -> Shown | None:
    """What *actor* was shown last in that conversation. Raises: Unavailable."""
    body = await ports.store.kept(_key(actor.id, about))
    try:
        return Shown.model_validate_json(body) if body else None
    except ValidationError:
        return None


def _key(person: PersonId, about: ConversationId) -> str:
    return f"shown:{person}:{about}"


# ── both ways ────────────────────────────────────────────────────────────────


async def previewed(
    text: str, reads: str, theirs: str, ports: Ports, *, back: bool = True
) -> Preview:
    """*text* for a buyer who reads *theirs*, typed by somebody who *reads*. Raises: Unavailable."""
    until = asyncio.get_running_loop().time() + PATIENCE_S
    written = detect(text, (reads,))
    there = await in_another(text, reads if written == UNKNOWN else written, theirs, ports)
    again, why = await _back(there, theirs, reads, ports, until) if back else ((), None)
    return Preview(there.text, theirs, _beside(there, again), why)


async def _back(
    there: Rendered, theirs: str, reads: str, ports: Ports, until: float
) -> tuple[tuple[str, ...], Text | None]:
    """What the translation says to somebody who never saw what was typed; or why not."""
    assert ports.translator is not None
    try:
        async with asyncio.timeout_at(until):
            return await ports.translator.translate(there.means, theirs, reads), None
    except TimeoutError:
        why = say("The language model did not answer in time.")
    except Unavailable as error:
        why = error.text
    return (), say("It could not be translated back: {why}", why=why)


def _beside(there: Rendered, again: tuple[str, ...]) -> tuple[Sentence, ...]:
    wrong: dict[int, list[Text]] = {}
    for slip in there.slips:
        wrong.setdefault(slip.sentence, []).append(said(slip))
    return tuple(
        Sentence(
            typed=one.text,
            wording=means,
            back=again[number] if number < len(again) else None,
            wrong=tuple(wrong.get(number, ())),
        )
        for number, (one, means) in enumerate(zip(there.cut, there.means, strict=True))
    )


# ── words on offer ───────────────────────────────────────────────────────────


async def offer_translated(
    conversation: Conversation, offer: Offer, language: str, ports: Ports
) -> tuple[Conversation, tuple[Text, ...]]:
    """Words on offer with what they mean to their author, or in the buyer's language.

    Typed in the buyer's language, they are shown in the author's beside it; typed in another, the
    buyer is offered the translation, with what was typed beside it.
    """
    if ports.translator is None or offer.means is not None or not worth_it(offer.text):
        return conversation, ()
    theirs = needed(offer.text, conversation)
    if theirs is None and speaks(offer.text, language):
        return conversation, ()
    try:
        with at_work(Effort(about=conversation.id)):
            if theirs is not None:
                changes, notes = await _for_the_buyer(offer, language, theirs, ports)
            else:
                source = buyers_language(conversation) or UNKNOWN
                changes, notes = await _for_its_author(offer, source, language, ports)
    except Unavailable as error:
        return conversation, (error.text,)
    beside = partial(_with, offer=offer, changes=changes)
    return await note(conversation, beside, ports), tuple(notes)


async def _for_its_author(
    offer: Offer, source: str, language: str, ports: Ports
) -> tuple[Mapping[str, object], list[Text]]:
    """Raises: Unavailable."""
    there = await in_another(offer.text, source, language, ports)
    return {"means": there.believable}, [said(one) for one in there.slips]


async def _for_the_buyer(
    offer: Offer, language: str, theirs: str, ports: Ports
) -> tuple[Mapping[str, object], list[Text]]:
    """Raises: Unavailable."""
    found = await previewed(offer.text, language, theirs, ports)
    changes = {"wording": found.wording, "means": offer.text, "sentences": found.sentences}
    return changes, [found.note] if found.note else []


def _with(
    conversation: Conversation, *, offer: Offer, changes: Mapping[str, object]
) -> Conversation:
    """Kept with the offer, unless it was sent, put away or edited meanwhile."""
    there = next((one for one in conversation.offers if one.id == offer.id), None)
    if there is None or there.edition != offer.edition:
        return conversation
    return conversation.offered(there.model_copy(update=dict(changes)))
