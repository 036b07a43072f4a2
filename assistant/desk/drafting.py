"""Understand, look up, decide, draft, review: from the buyer's words to a proposed draft."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from assistant.commands import DraftReply, RegenerateDraft, Wish
from assistant.desk.buyers import relate
from assistant.desk.facts import look_up
from assistant.desk.goodwill import standing_of
from assistant.desk.handling import NOTHING, commit, load, rooms_of
from assistant.desk.situation import brief_as_known, situation_of, without_rates
from assistant.desk.waiting import Progress, while_it_stands
from assistant.drafting.brief import Brief, Situation
from assistant.drafting.decide import FOLLOW_UP
from assistant.drafting.findings import otherwise
from assistant.drafting.manner import NEEDS_MODEL
from assistant.drafting.prepare import brief_from
from assistant.drafting.review import review
from assistant.drafting.understand import understand
from assistant.errors import Conflict, Refused, Stale, Unavailable
from assistant.model import (
    PARLEY,
    Actor,
    Conversation,
    Draft,
    Effort,
    Facts,
    Finding,
    Proposal,
    Understanding,
    at_work,
    effort,
    other_name,
    why_not,
)
from assistant.ports import Ports, tally_of
from assistant.routing import routed
from assistant.surface.cards import Answer
from assistant.words import Text, Words, say

PATIENCE_S = 19.0
"""How long a draft may wait for a model in all, to read and to write; then rules do."""


async def draft_reply(command: DraftReply, actor: Actor, ports: Ports, _: Words) -> Answer:
    """Idempotent: what is newer, or already drafted, is left alone."""
    conversation = await load(ports, command.conversation_id)
    if command.wish is not None:
        return await _draft_anew(command, command.wish, conversation, ports)
    if not _wants_draft(conversation, command.seq):
        return NOTHING
    async with Progress(conversation, ports) as progress:
        work = Effort(about=conversation.id, seconds=PATIENCE_S, heard=progress.heard)
        with at_work(work):
            made = _made(conversation, ports)
            brief, proposal = await while_it_stands(made, conversation, basis_of, ports)
    await ports.give_way()
    with at_work(work):
        await _keep_draft(conversation, brief, proposal, ports)
    ports.observe("draft", monotonic() - work.began)
    return NOTHING


async def _made(conversation: Conversation, ports: Ports) -> tuple[Brief, Proposal | Text]:
    """The brief, and what is drafted from it or why nothing is."""
    brief = _for_its_room(await prepare(conversation, ports), conversation, ports)
    playbooks = ports.playbooks_of(conversation.storefront)
    try:
        return brief, await ports.drafter.draft(brief, playbooks)
    except Refused as refusal:
        return brief, refusal.text


async def _keep_draft(
    conversation: Conversation, brief: Brief, proposal: Proposal | Text, ports: Ports
) -> None:
    """Raises: Conflict, where what was drafted from has changed."""

    def drafted(one: Conversation) -> Conversation:
        known = one.understood(brief.understanding, brief.situation.facts, brief.decision)
        known = _rerouted(_escalated(known, ports), ports)
        if isinstance(proposal, Text):
            return known.undraftable(proposal)
        return known.drafted(_draft(known, proposal, brief, ports))

    kept = await _kept(conversation, drafted, ports)
    await _tally(kept, ports)
    await relate(kept, ports)


async def _kept(
    conversation: Conversation, change: Callable[[Conversation], Conversation], ports: Ports
) -> Conversation:
    """Rooms note what they show all the while: that is no reason to draft once more.

    Raises: Conflict, where what the draft was made from has changed.
    """
    basis = basis_of(conversation)
    while True:
        known = change(conversation)
        try:
            await commit(ports, known)
        except Conflict:
            conversation = await load(ports, conversation.id)
            if basis_of(conversation) != basis:
                raise
        else:
            return known


async def _tally(conversation: Conversation, ports: Ports) -> None:
    """How often each rule held in a draft, and what remedies came to; a missed one is no harm."""
    steps = conversation.decision.proof if conversation.decision else ()
    held = [
        f"{one.rule}={one.inputs['verdict']}" if "verdict" in one.inputs else one.rule
        for one in steps
        if one.rule != FOLLOW_UP
    ]
    with suppress(Unavailable):
        await ports.store.tally(tally_of(conversation.storefront, ports.now().date()), held)


def basis_of(conversation: Conversation) -> tuple[object, ...]:
    """What a draft is made from."""
    return (
        conversation.messages,
        conversation.drafts,
        conversation.notes,
        conversation.order_refs,
        conversation.state,
    )


async def regenerate_draft(
    command: RegenerateDraft, actor: Actor, ports: Ports, words: Words
) -> Answer:
    """Asks for another wording; the one there is stays until that is there."""
    conversation = await load(ports, command.conversation_id)
    draft = conversation.draft_of(command.version)
    if draft.state != "proposed":
        raise Stale(why_not(draft))
    if draft.drafter == "agent":
        raise Refused(say("These are {who}'s words. Edit them instead.", who=draft.author.name))
    wish = Wish(manner=command.manner, instruction=command.instruction.strip())
    if wish.instruction and ports.drafter.name == "offline":
        raise Refused(NEEDS_MODEL)
    again = DraftReply(
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        wish=wish,
        instead_of=draft.version,
    )
    await commit(ports, conversation, again)
    return Answer(text=words(say("Another wording is on its way.")))


async def _draft_anew(
    command: DraftReply, wish: Wish, conversation: Conversation, ports: Ports
) -> Answer:
    """From the same facts; nothing where that version is not proposed any more."""
    draft = conversation.draft
    if draft is None or draft.state != "proposed" or draft.version != command.instead_of:
        return NOTHING
    await ports.give_way()
    standing = await standing_of(conversation, conversation.owner(), ports)
    known = _for_its_room(brief_as_known(conversation, ports, standing), conversation, ports)
    brief = known.model_copy(update={"wish": wish, "former": _former(conversation, draft)})
    async with Progress(conversation, ports) as progress:
        work = Effort(about=conversation.id, seconds=PATIENCE_S, heard=progress.heard)
        with at_work(work):
            another = _another(brief, draft, conversation, ports)
            proposal = await while_it_stands(another, conversation, basis_of, ports)
    with at_work(work):
        await _keep_another(conversation, draft, brief, proposal, ports)
    return NOTHING


async def _keep_another(
    conversation: Conversation, draft: Draft, brief: Brief, proposal: Proposal | Text, ports: Ports
) -> None:
    """Raises: Conflict, where what it was worded from has changed."""

    def worded(one: Conversation) -> Conversation:
        if isinstance(proposal, Text):
            return one.kept_draft(draft.version, proposal, ports.now())
        told = one.understood(brief.understanding, one.facts, brief.decision)
        return told.drafted(_draft(told, proposal, brief, ports))

    await _kept(conversation, worded, ports)
    ports.observe("draft", monotonic() - effort().began)


async def _another(
    brief: Brief, draft: Draft, conversation: Conversation, ports: Ports
) -> Proposal | Text:
    """Another wording, or why there is none."""
    try:
        proposal = await ports.drafter.draft(brief, ports.playbooks_of(conversation.storefront))
    except Refused as refusal:
        return refusal.text
    return say("No other wording was found.") if proposal.text == draft.text else proposal


def _former(conversation: Conversation, draft: Draft) -> tuple[str, ...]:
    """What was drafted for the same messages, the draft in hand last."""
    earlier = [
        one.text
        for one in conversation.drafts
        if one.answers_seq == draft.answers_seq and one.version != draft.version
    ]
    return (*earlier, draft.text)


def _wants_draft(conversation: Conversation, seq: int) -> bool:
    if conversation.last_seq > seq or conversation.state == "closed":
        return False
    open_draft = conversation.draft
    if open_draft is None:
        return not any(draft.answers_seq >= seq for draft in conversation.drafts if _stands(draft))
    return open_draft.state == "proposed" and open_draft.answers_seq < seq


def _stands(draft: Draft) -> bool:
    """One that nobody wanted or took does not keep a new one from being written."""
    return draft.state not in ("outdated", "discarded", "failed")


def _draft(conversation: Conversation, proposal: Proposal, brief: Brief, ports: Ports) -> Draft:
    playbooks = ports.playbooks_of(conversation.storefront)
    return Draft(
        version=conversation.last_version + 1,
        text=proposal.text,
        agent_text=proposal.agent_text,
        language=proposal.language,
        drafter=proposal.drafter,
        answers_seq=conversation.last_seq,
        created_at=ports.now(),
        author=PARLEY,
        playbook_version=playbooks.version,
        phrases=proposal.phrases,
        made=effort().making(playbooks.version, brief.understanding.source),
        findings=(
            *review(
                proposal.text,
                brief,
                playbooks,
                by_agent=False,
                by_model=proposal.drafter == "model",
            ),
            *of_another(conversation),
            *otherwise(proposal, brief.understanding),
        ),
    )


def of_another(conversation: Conversation) -> tuple[Finding, ...]:
    """Whoever knows a number is not yet its buyer: a person looks before its data is told."""
    return tuple(
        Finding(
            severity="warn",
            rule="order.other_name",
            start=0,
            end=0,
            message=say(
                "Order {ref} is in the name of {name}. Make sure who asks before you send this.",
                ref=order.ref,
                name=name,
            ),
        )
        for order in conversation.facts.orders
        if (name := other_name(conversation.buyer, order))
    )


def _rerouted(conversation: Conversation, ports: Ports) -> Conversation:
    """Now that language and intent are known: to the rooms for those, unless somebody is on it."""
    rooms = routed(conversation, ports.settings)
    touched = (
        conversation.pinned or conversation.assignment or conversation.notes or conversation.offers
    )
    answered = any(draft.approved_by for draft in conversation.drafts)
    settled = conversation.pinned or not rooms or rooms == conversation.rooms
    if settled or touched or answered:
        return conversation
    why = say("Moved to {rooms} by the routes.", rooms=", ".join(rooms))
    return conversation.moved(rooms, PARLEY, ports.now(), why, pinned=False)


def _for_its_room(brief: Brief, conversation: Conversation, ports: Ports) -> Brief:
    """What a draft says is told in the language of the room that will show it."""
    situation = brief.situation
    known = conversation.understood(brief.understanding, situation.facts, brief.decision)
    rooms = rooms_of(_rerouted(known, ports), ports)
    language = rooms[0].language if rooms else situation.agent_language
    told = situation.model_copy(update={"agent_language": language})
    return brief.model_copy(update={"situation": told})


def _escalated(conversation: Conversation, ports: Ports) -> Conversation:
    """What no agent should decide alone goes to a lead by itself, once."""
    understanding = conversation.understanding
    if conversation.escalation or understanding is None:
        return conversation
    if understanding.intents[0] != "legal_or_chargeback":
        return conversation
    reason = say("The buyer names a legal step or a chargeback.")
    return conversation.escalated(reason, PARLEY, ports.now())


async def prepare(conversation: Conversation, ports: Ports) -> Brief:
    """The brief for the conversation as it stands, with facts looked up now."""
    standing = await standing_of(conversation, conversation.owner(), ports)
    situation = situation_of(conversation, Facts(), ports, standing)
    await ports.give_way()
    understanding = await _read(situation, ports, conversation)
    facts = await look_up(conversation, understanding, ports)
    known = situation.model_copy(update={"facts": facts})
    brief = brief_from(known, understanding, ports.playbooks_of(conversation.storefront))
    return without_rates(brief, ports)


async def _read(situation: Situation, ports: Ports, conversation: Conversation) -> Understanding:
    """By the model where there is one, else by the rules: then with the reason."""
    playbooks = ports.playbooks_of(conversation.storefront)
    if ports.reader is None:
        return understand(situation, playbooks)
    try:
        return await ports.reader.read(situation, playbooks)
    except Unavailable as error:
        return understand(situation, playbooks).model_copy(update={"reason": error.text})
