"""Understand, look up, decide, draft, review: from the buyer's words to a proposed draft."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic

from assistant.commands import DraftReply, RegenerateDraft, Wish
from assistant.desk.goodwill import standing_of
from assistant.desk.handling import NOTHING, commit, load, rooms_of
from assistant.desk.situation import brief_as_known, situation_of, without_rates
from assistant.drafting.brief import Brief
from assistant.drafting.decide import FOLLOW_UP
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
    Facts,
    Finding,
    Order,
    Proposal,
    Stock,
    Understanding,
    other_name,
    why_not,
)
from assistant.ports import Ports, Shop, tally_of
from assistant.routing import routed
from assistant.surface.cards import Answer
from assistant.words import Text, Words, say

SHOP_PATIENCE_S = 8.0
"""How long a draft waits for a shop; what did not answer by then is said on the card."""
ASKED_REFS = 5
"""The newest order numbers of a thread: an old one is not looked up for ever."""
ASKED_CHARS = 200
"""A shop is asked about stock in so many characters at most."""
SENTENCE_END = re.compile(r"[.!?\n。！？]+")


async def draft_reply(command: DraftReply, actor: Actor, ports: Ports, _: Words) -> Answer:
    """Idempotent: what is newer, or already drafted, is left alone."""
    conversation = await load(ports, command.conversation_id)
    if command.wish is not None:
        return await _draft_anew(command, command.wish, conversation, ports)
    if not _wants_draft(conversation, command.seq):
        return NOTHING
    began = monotonic()
    playbooks = ports.playbooks_of(conversation.storefront)
    brief = _for_its_room(await prepare(conversation, ports), conversation, ports)
    proposal: Proposal | Text
    try:
        proposal = await ports.drafter.draft(brief, playbooks)
    except Refused as refusal:
        proposal = refusal.text
    await ports.give_way()
    await _keep_draft(conversation, brief, proposal, ports)
    ports.observe("draft", monotonic() - began)
    return NOTHING


async def _keep_draft(
    conversation: Conversation, brief: Brief, proposal: Proposal | Text, ports: Ports
) -> None:
    """Rooms note what they show all the while: that is no reason to draft once more.

    Raises: Conflict, where what was drafted from has changed.
    """
    basis = _basis(conversation)
    while True:
        known = conversation.understood(brief.understanding, brief.situation.facts, brief.decision)
        known = _rerouted(_escalated(known, ports), ports)
        if isinstance(proposal, Text):
            known = known.undraftable(proposal)
        else:
            known = known.drafted(_draft(known, proposal, brief, ports))
        try:
            await commit(ports, known)
        except Conflict:
            conversation = await load(ports, conversation.id)
            if _basis(conversation) != basis:
                raise
        else:
            return await _tally(known, ports)


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


def _basis(conversation: Conversation) -> tuple[object, ...]:
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
    began = monotonic()
    await ports.give_way()
    standing = await standing_of(conversation, conversation.owner(), ports)
    known = _for_its_room(brief_as_known(conversation, ports, standing), conversation, ports)
    brief = known.model_copy(update={"wish": wish, "former": _former(conversation, draft)})
    proposal = await _another(brief, draft, conversation, ports)
    if isinstance(proposal, Text):
        await commit(ports, conversation.kept_draft(draft.version, proposal, ports.now()))
        return NOTHING
    told = conversation.understood(brief.understanding, conversation.facts, brief.decision)
    await commit(ports, told.drafted(_draft(told, proposal, brief, ports)))
    ports.observe("draft", monotonic() - began)
    return NOTHING


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
        findings=(
            *review(proposal.text, brief, playbooks, by_agent=False),
            *of_another(conversation),
            *_otherwise(proposal),
        ),
    )


def _otherwise(proposal: Proposal) -> tuple[Finding, ...]:
    """Not written by whom it should have been: the card says why."""
    if proposal.reason is None:
        return ()
    reason = proposal.reason
    return (Finding(severity="tip", rule="draft.offline", start=0, end=0, message=reason),)


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
    understanding = understand(situation)
    facts = await look_up(conversation, understanding, ports)
    known = situation.model_copy(update={"facts": facts})
    brief = brief_from(known, understanding, ports.playbooks_of(conversation.storefront))
    return without_rates(brief, ports)


# ── facts ────────────────────────────────────────────────────────────────────


async def look_up(conversation: Conversation, understanding: Understanding, ports: Ports) -> Facts:
    """What the storefront's shops confirm; one that does not answer in time is named."""
    shops = shops_of(conversation, ports)
    found = await asyncio.gather(*(_facts_of(shop, conversation, understanding) for shop in shops))
    return Facts(
        orders=tuple(order for facts in found for order in facts.orders),
        stock=tuple(stock for facts in found for stock in facts.stock),
        troubles=tuple(trouble for facts in found for trouble in facts.troubles),
        at=ports.now(),
    )


def shops_of(conversation: Conversation | None, ports: Ports) -> list[Shop]:
    """A storefront's own shops; all of them where it names none."""
    storefront = ports.settings.storefront(conversation.storefront) if conversation else None
    names = storefront.shops if storefront and storefront.shops else tuple(ports.shops)
    return [ports.shops[name] for name in names if name in ports.shops]


async def _facts_of(shop: Shop, conversation: Conversation, meant: Understanding) -> Facts:
    try:
        async with asyncio.timeout(SHOP_PATIENCE_S):
            orders = await _orders_of(shop, conversation, meant)
            stock = await _stock_of(shop, conversation, meant, orders)
    except (Unavailable, TimeoutError) as error:
        return Facts(troubles=(_trouble(shop, error),))
    return Facts(orders=tuple(orders), stock=tuple(stock))


def _trouble(shop: Shop, error: Unavailable | TimeoutError) -> Text:
    if isinstance(error, Unavailable):
        return say("The shop {shop} could not be asked: {why}", shop=shop.name, why=error.text)
    return say("The shop {shop} did not answer in time.", shop=shop.name)


async def _orders_of(
    shop: Shop, conversation: Conversation, meant: Understanding
) -> Sequence[Order]:
    """By number, by tracking number; by address only where the channel vouches for it."""
    refs = list(dict.fromkeys((*meant.order_refs, *reversed(conversation.order_refs))))
    numbers = meant.tracking_numbers[:ASKED_REFS]
    named = await asyncio.gather(*(shop.order(ref) for ref in refs[:ASKED_REFS]))
    tracked = await asyncio.gather(*(shop.order_by_tracking(number) for number in numbers))
    found = {order.ref: order for order in (*named, *tracked) if order}
    buyer = conversation.buyer
    if not found and buyer.email and buyer.verified:
        return (await shop.orders_of(buyer.email))[:3]
    return list(found.values())


async def _stock_of(
    shop: Shop, conversation: Conversation, meant: Understanding, orders: Sequence[Order]
) -> Sequence[Stock]:
    asks = {"stock_question", "product_question", "size_exchange", "price_or_promotion"}
    product = meant.details.get("product")
    if not product or not asks.intersection(meant.intents):
        return ()
    return (await shop.stock(_wanted(product, conversation, meant, orders)[:ASKED_CHARS]))[:5]


def _wanted(
    product: str, conversation: Conversation, meant: Understanding, orders: Sequence[Order]
) -> str:
    """What was ordered in the size asked for, else what the buyer's sentence says of the product.

    Its name alone would find whichever colour and size the shop lists first.
    """
    size = meant.details.get("wanted_size")
    items = [item for order in orders for item in order.items]
    if size and len(items) == 1:
        [item] = items
        same = (value for name, value in item.variant.items() if name != "size")
        return " ".join((item.title, *same, size))
    newest = next((one for one in reversed(conversation.messages) if one.author == "buyer"), None)
    sentences = SENTENCE_END.split(newest.text if newest else "")
    return next((one for one in sentences if product.casefold() in one.casefold()), product)
