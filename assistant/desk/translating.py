"""What was written either way, in its reader's language: by a model, where there is one.

A sentence whose translation lost a figure, a date or a denial is not shown translated: it stands as
it was written, and it is said why.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial

from assistant.commands import TranslateMessages
from assistant.desk.handling import NOTHING, Change, commit, load, rooms_of
from assistant.drafting.language import UNKNOWN, detect
from assistant.drafting.translate import Rendered, pieces, rendered, said, speaks, worth_it
from assistant.errors import Conflict, Unavailable
from assistant.model import Actor, Conversation, Draft, Effort, Message, at_work
from assistant.ports import Later, Ports
from assistant.surface.cards import Answer
from assistant.surface.labels import understood
from assistant.words import Text, Words, say

log = logging.getLogger(__name__)

AT_ONCE = 3
"""The newest messages of a thread that are translated; older ones were, or are read in context."""
AGAIN_S = (30.0, 180.0, 900.0)
"""After so long a translation that failed is tried again; a newer message brings its own try."""
NO_MODEL = say("Without a language model, Parley can't translate this.")


def translations(conversation: Conversation, ports: Ports) -> tuple[TranslateMessages, ...]:
    """What follows a commit that brought words somebody of the team may not read."""
    if ports.translator is None:
        return ()
    foreign = any(_foreign(conversation, one) for one in _languages_of(conversation, ports))
    if not foreign and _leaving(conversation, ports) is None:
        return ()
    return (TranslateMessages(conversation_id=conversation.id),)


async def translate_messages(
    command: TranslateMessages, actor: Actor, ports: Ports, _: Words
) -> Answer:
    """Into the language of each room; the reason is noted once where it can't be done."""
    conversation = await load(ports, command.conversation_id)
    wanted = (command.language,) if command.language else ()
    try:
        with at_work(Effort(about=conversation.id)):
            conversation = await _reply_translated(conversation, ports)
            for language in dict.fromkeys((*_languages_of(conversation, ports), *wanted)):
                conversation = await _messages_translated(conversation, language, ports)
    except Unavailable as error:
        why = error.text
        conversation = await _keep(conversation, lambda one: one.untranslatable(why), ports)
        await _once_more(command, conversation, ports)
    return NOTHING


async def _once_more(command: TranslateMessages, conversation: Conversation, ports: Ports) -> None:
    """A model that was away is asked again, some times; a sentence that it can't do is not."""
    if ports.translator is None or command.tries >= len(AGAIN_S):
        return
    due = ports.now() + timedelta(seconds=AGAIN_S[command.tries])
    again = command.model_copy(update={"tries": command.tries + 1})
    with suppress(Conflict):
        await ports.store.commit(conversation, then=[Later(again, due)])


async def wanted_in(conversation: Conversation, language: str, ports: Ports) -> None:
    """Somebody reads it in *language*: it is translated, if it was not asked for already.

    Raises: Unavailable.
    """
    if ports.translator is None or not _foreign(conversation, language):
        return
    once = f"translate:{conversation.id}:{conversation.last_seq}:{language}"
    wanted = TranslateMessages(conversation_id=conversation.id, language=language)
    await ports.store.enqueue(wanted, once=once)


async def _reply_translated(conversation: Conversation, ports: Ports) -> Conversation:
    """Raises: Unavailable."""
    draft = _leaving(conversation, ports)
    if draft is None:
        return conversation
    target = _languages_of(conversation, ports)[0]
    there = await in_another(draft.text, draft.language, target, ports)
    if there.slips:
        return conversation
    told = partial(Conversation.draft_translated, version=draft.version, means=there.text)
    return await _keep(conversation, told, ports)


async def _messages_translated(
    conversation: Conversation, language: str, ports: Ports
) -> Conversation:
    """Raises: Unavailable."""
    for message in _foreign(conversation, language):
        there = await in_another(message.text, message.language, language, ports)
        told = partial(_told, message=message, language=language, there=there)
        conversation = await _keep(conversation, told, ports)
    return conversation


def _told(
    conversation: Conversation, *, message: Message, language: str, there: Rendered
) -> Conversation:
    """What *message* means, as far as it can be believed."""
    newest = message.seq == max(one.seq for one in conversation.messages if one.author == "buyer")
    if newest:
        conversation = conversation.untranslatable(_why_not_all(there))
    means = there.believable
    if means == message.text.strip():
        return conversation
    return conversation.translated(seq=message.seq, of=message.text, language=language, means=means)


def _why_not_all(there: Rendered) -> Text | None:
    if not there.slips:
        return None
    log.warning("of a translation %d sentences are not shown", len(there.slips))
    return say(
        "The translation of a sentence was wrong, so it stands as it was written: {what}",
        what=said(there.slips[0]),
    )


async def in_another(text: str, source: str, target: str, ports: Ports) -> Rendered:
    """*text* in *target*, and what of that is wrong. Raises: Unavailable, with the reason."""
    if ports.translator is None:
        raise Unavailable(NO_MODEL)
    cut = pieces(text)
    means = await ports.translator.translate([one.text for one in cut], source, target)
    if len(means) != len(cut):
        raise Unavailable(say("The translation lost a sentence, so it is not shown."))
    return rendered(cut, source, means, target)


def unread(conversation: Conversation, words: Words, ports: Ports) -> str | None:
    """Why whoever reads *words* has the buyer's newest words not, or not all, in their language.

    Without a model that is what was understood of them.
    """
    newest = next((one for one in reversed(conversation.messages) if one.author == "buyer"), None)
    if newest is None or not worth_it(newest.text) or _reads(newest, words.language):
        return None
    if ports.translator is not None:
        return words(conversation.untranslated) if conversation.untranslated else None
    what = understood(conversation.understanding, words) if conversation.understanding else ""
    if not what:
        return words(NO_MODEL)
    return words(say("{why} What was understood: {what}", why=NO_MODEL, what=what))


def _reads(message: Message, language: str) -> bool:
    if message.language != "und":
        return message.language.split("-")[0] == language.split("-")[0]
    return speaks(message.text, language)


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
    return None if speaks(draft.text, _languages_of(conversation, ports)[0]) else draft


def _foreign(conversation: Conversation, language: str) -> list[Message]:
    """The newest messages that a room of that language does not read as they are."""
    return [
        one
        for one in conversation.messages[-AT_ONCE:]
        if one.means(language) is None
        and not one.deleted
        and worth_it(one.text)
        and not speaks(one.text, language)
    ]


def _languages_of(conversation: Conversation, ports: Ports) -> Sequence[str]:
    """Of the rooms that show it, each once, in their order."""
    rooms = dict.fromkeys(room.language for room in rooms_of(conversation, ports))
    return tuple(rooms) or (ports.settings.language,)


def buyers_language(conversation: Conversation) -> str | None:
    """Of the newest message whose language is known, or can be told before anybody read it."""
    locale = conversation.buyer.locale
    hints = (locale.replace("_", "-"),) if locale else ()
    known = (
        one.language if one.language != UNKNOWN else detect(one.text, hints)
        for one in reversed(conversation.messages)
        if one.author == "buyer"
    )
    return next((one for one in known if one != UNKNOWN), None)
