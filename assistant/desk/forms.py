"""The form that a button opens, with what is known filled in and what its author typed before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from assistant.commands import (
    Action,
    AddNote,
    AnswerQuestion,
    Assign,
    AttachOrder,
    ChangeOrder,
    CloseConversation,
    Escalate,
    FormKind,
    MoveConversation,
    OpenForm,
    RegenerateDraft,
    ReportUnanswered,
    SendOffered,
    SnoozeConversation,
    WriteReply,
)
from assistant.desk.answers import begun_with, waiting_question
from assistant.desk.handling import leads_only, load, rooms_of
from assistant.desk.meaning import read_in
from assistant.desk.offers import theirs
from assistant.desk.situation import brief_as_known
from assistant.drafting.brief import Brief
from assistant.drafting.review import review
from assistant.errors import NotFound, Refused, Stale
from assistant.model import Actor, Conversation, ConversationId, OrderRef, why_not
from assistant.ports import Ports
from assistant.surface.cards import Answer, ReplyForm
from assistant.surface.changes import FORMS, begun
from assistant.surface.conversation import checked, reply_form, summary
from assistant.surface.forms import Around, form_for
from assistant.surface.keeping import KeptWords, kept_words, words_key
from assistant.words import Text, Words, say

MOST_OPEN = 50
"""Open conversations that an order can be attached to: those that want somebody most."""
OF_TEAM: Mapping[FormKind, Callable[[ConversationId], Action]] = {
    "note": lambda about: AddNote(conversation_id=about, text=""),
    "escalate": lambda about: Escalate(conversation_id=about, reason=""),
    "close": lambda about: CloseConversation(conversation_id=about),
    "snooze": lambda about: SnoozeConversation(conversation_id=about),
    "assign": lambda about: Assign(conversation_id=about, to=None),
    "move": lambda about: MoveConversation(conversation_id=about),
    "unanswered": lambda about: ReportUnanswered(conversation_id=about),
}
"""Forms whose command needs nothing but the conversation."""


async def open_form(command: OpenForm, actor: Actor, ports: Ports, words: Words) -> Answer:
    """Raises: NotFound, Stale (its draft is not proposed any more), Refused, Unavailable."""
    if command.form == "attach":
        return await _attach(command, actor, ports, words)
    if command.form == "know":
        return await _know(command, actor, ports, words)
    conversation = await load(ports, command.conversation_id)
    if command.form in FORMS:
        return _change(command, conversation, actor, words)
    words = words.in_zone(ZoneInfo(ports.settings.storefront(conversation.storefront).hours.zone))
    if command.form == "regenerate":
        return _regenerate(command, conversation, actor, ports, words)
    kept = kept_words(
        await ports.store.kept(words_key(actor.id, conversation.id, command.form, command))
    )
    if command.form in ("edit", "write", "offer", "answer"):
        return _written(command, conversation, actor, kept, ports, words)
    around = await _around(command.form, conversation, actor, ports)
    if kept is not None and command.form == "note":
        around = Around(reader=actor, text=kept.text, heading=_from_before(kept, words))
    about = OF_TEAM[command.form](conversation.id)
    return Answer(opened=form_for(command.form, about, words, around))


async def _around(form: FormKind, conversation: Conversation, actor: Actor, ports: Ports) -> Around:
    """Who and where there is to choose from. Raises: Forbidden, Refused: there is no choice."""
    people: tuple[Actor, ...] = ()
    rooms: tuple[str, ...] = ()
    if form == "assign":
        if conversation.owner() != actor.id:
            leads_only(actor, say("assign a conversation to others"))
        people = tuple(await ports.store.people())
    if form == "move":
        here = [room.name for room in rooms_of(conversation, ports)]
        rooms = tuple(name for name in ports.rooms if [name] != here)
        if not rooms:
            raise Refused(say("There is no other room."))
    return Around(reader=actor, conversation=conversation, people=people, rooms=rooms)


def _regenerate(
    command: OpenForm, conversation: Conversation, actor: Actor, ports: Ports, words: Words
) -> Answer:
    version = _proposed(command, conversation)
    about = RegenerateDraft(conversation_id=conversation.id, version=version)
    around = Around(reader=actor, instructions=ports.drafter.name != "offline")
    return Answer(opened=form_for("regenerate", about, words, around))


def _proposed(command: OpenForm, conversation: Conversation) -> int:
    """The version that the form is about. Raises: NotFound, Stale."""
    draft = (
        conversation.draft if command.version is None else conversation.draft_of(command.version)
    )
    if draft is None:
        raise Refused(say("There is no draft here. Write a reply."))
    if draft.state != "proposed":
        raise Stale(why_not(draft))
    return draft.version


def _change(command: OpenForm, conversation: Conversation, actor: Actor, words: Words) -> Answer:
    """What the shop shall do, with what is known of the order. Raises: NotFound."""
    what = FORMS[command.form]
    orders = conversation.facts.orders
    order = next((one for one in orders if command.id in ("", one.ref)), None)
    if order is None:
        raise NotFound(say("No order is known here. Attach one first."))
    about = ChangeOrder(
        conversation_id=conversation.id, what=what, ref=OrderRef(order.ref), shop=order.shop
    )
    around = Around(
        reader=actor,
        heading=say("Order {ref}", ref=order.ref),
        values=begun(what, order, conversation),
    )
    return Answer(opened=form_for(command.form, about, words, around))


async def _attach(command: OpenForm, actor: Actor, ports: Ports, words: Words) -> Answer:
    """The order is known; which of the open conversations is it about?"""
    now = ports.now()
    view = await ports.store.queue("all", actor.id, now, MOST_OPEN)
    others = tuple(
        summary(one, ports.settings.storefront(one.storefront), words, now)
        for one in view.conversations
    )
    if not others:
        raise Refused(say("No conversation is open."))
    about = AttachOrder(conversation_id=command.conversation_id, ref=OrderRef(command.id))
    around = Around(reader=actor, others=others, heading=say("Order {ref}", ref=command.id))
    return Answer(opened=form_for("attach", about, words, around))


async def _know(command: OpenForm, actor: Actor, ports: Ports, words: Words) -> Answer:
    """The question that the answer is to. Raises: Forbidden, NotFound."""
    leads_only(actor, say("write down what the team knows"))
    one = await waiting_question(command.id, ports)
    around = Around(reader=actor, heading=say("{question}", question=one.question[:300]))
    return Answer(opened=form_for("know", AnswerQuestion(id=one.id), words, around))


# ── replies ──────────────────────────────────────────────────────────────────


def _written(
    command: OpenForm,
    conversation: Conversation,
    actor: Actor,
    kept: KeptWords | None,
    ports: Ports,
    words: Words,
) -> Answer:
    """To edit a draft, to write a reply, to change words on offer: reviewed as they stand."""
    about, reply = _reply(command, conversation, actor, ports, words)
    if kept is not None and kept.text != reply.text:
        reply = _with_text(reply, kept.text, conversation, ports, words)
    else:
        kept = None
    around = Around(
        reader=actor, conversation=conversation, reply=reply, heading=_from_before(kept, words)
    )
    return Answer(opened=form_for(command.form, about, words, around))


def _reply(
    command: OpenForm, conversation: Conversation, actor: Actor, ports: Ports, words: Words
) -> tuple[Action, ReplyForm]:
    """Raises: NotFound, Stale, Refused."""
    brief = brief_as_known(conversation, ports)
    if command.form == "offer":
        return _offered(command, conversation, actor, brief, ports, words)
    version = None
    if command.form == "edit":
        version = _proposed(command, conversation)
    elif conversation.draft is not None and conversation.draft.state != "proposed":
        raise Stale(why_not(conversation.draft))
    conversation = read_in(conversation, words.language, ports)
    draft = conversation.draft_of(version) if version is not None else None
    about = WriteReply(
        conversation_id=conversation.id,
        text="",
        based_on=version,
        seen_seq=conversation.last_seq,
        answer=command.id if command.form == "answer" else "",
    )
    if command.form == "answer":
        return about, begun_with(command.id, conversation, actor, ports, words)
    return about, reply_form(conversation, draft, brief, words, actor)


def _offered(
    command: OpenForm,
    conversation: Conversation,
    actor: Actor,
    brief: Brief,
    ports: Ports,
    words: Words,
) -> tuple[Action, ReplyForm]:
    offer = conversation.offer_of(command.id)
    theirs(offer, actor)
    reply = reply_form(conversation, None, brief, words, actor)
    about = SendOffered(
        conversation_id=conversation.id, id=offer.id, seen_seq=conversation.last_seq
    )
    return about, _with_text(reply, offer.reply, conversation, ports, words)


def _with_text(
    reply: ReplyForm, text: str, conversation: Conversation, ports: Ports, words: Words
) -> ReplyForm:
    """*reply* with other words in it, and what the review says of those."""
    brief = brief_as_known(conversation, ports)
    found = checked(review(text, brief, ports.playbooks_of(conversation.storefront)), words)
    return reply.model_copy(
        update={
            "text": text,
            "flags": found.flags,
            "checked": found.checked,
            "overridable": found.overridable,
        }
    )


def _from_before(kept: KeptWords | None, words: Words) -> Text | None:
    if kept is None:
        return None
    if kept.at is None:
        return say("These are your words from before; they are kept until you send them.")
    return say(
        "These are your words of {when}; they are kept until you send them.",
        when=words.when(kept.at),
    )
