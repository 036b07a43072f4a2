"""From “refund it” to the shop's word that it is done, or to a question: never twice by guess.

The same road as a reply's: a person confirms, an undo time passes, “doing” is committed, the shop
is asked, what became of it is committed. A crash in between leaves “doing”: the next run asks the
shop whether it was done, and where there is no trace of it a person looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Literal, TypeAlias, cast

from assistant.commands import (
    ChangeOrder,
    ConfirmChange,
    DoChange,
    DraftReply,
    DropChange,
    LookAgain,
    SettleChange,
    Work,
)
from assistant.desk.facts import outdated, shops_of
from assistant.desk.handling import NOTHING, commit, leads_only, load
from assistant.desk.sending import CLAIM_FRESH_S, MOST_ATTEMPTS, backoff_s
from assistant.desk.wanting import needs_lead, wanted_of
from assistant.errors import (
    Conflict,
    NotFound,
    Rejected,
    Unavailable,
    Unsure,
)
from assistant.model import (
    PARLEY,
    Actor,
    Change,
    Conversation,
    Order,
    Wanted,
    Written,
    change_key,
    named,
    same_order,
)
from assistant.ports import Later, Ports, Shop, ShopWriter
from assistant.surface.cards import Answer
from assistant.words import Text, Words, say

WRITE_PATIENCE_S = 28.0
FIND_PATIENCE_S = 8.0
KEEP_TRYING_S, KEEP_PAUSE_S = 3.0, 0.2
"""How long our store may be away once the shop has spoken."""


# ── what people press ────────────────────────────────────────────────────────


async def change_order(command: ChangeOrder, actor: Actor, ports: Ports, words: Words) -> Answer:
    """At once by whoever may; else it waits for a lead. Raises: NotFound, Refused, Unfilled."""
    conversation = await load(ports, command.conversation_id)
    order = _known(conversation, command)
    wanted = wanted_of(command, order, conversation)
    proposed = conversation.asked_of_shop(wanted, actor, ports.now())
    number = proposed.last_change
    if not _can(wanted, conversation, ports):
        return await _by_hand(proposed, number, actor, ports, words)
    why = needs_lead(wanted, conversation)
    if why is None or actor.leads:
        return await _confirm(proposed, number, actor, ports, words)
    told = proposed.change_turned(number, "proposed", why, ports.now())
    needs = say("{what}: {why}", what=named(proposed.change_of(number)), why=why)
    await commit(ports, told.escalated(needs, actor, ports.now()))
    return Answer(text=words(say("Proposed to a lead: {why}", why=why)))


async def confirm_change(
    command: ConfirmChange, actor: Actor, ports: Ports, words: Words
) -> Answer:
    conversation = await load(ports, command.conversation_id)
    change = conversation.change_of(command.number)
    if needs_lead(change.wanted, conversation) is not None:
        leads_only(actor, say("confirm this"))
    return await _confirm(conversation, command.number, actor, ports, words)


async def drop_change(command: DropChange, actor: Actor, ports: Ports, words: Words) -> Answer:
    conversation = await load(ports, command.conversation_id)
    await commit(ports, conversation.change_dropped(command.number, actor, ports.now()))
    return Answer(text=words(say("Dropped. The shop was not asked.")))


async def settle_change(command: SettleChange, actor: Actor, ports: Ports, words: Words) -> Answer:
    conversation = await load(ports, command.conversation_id)
    settled = conversation.change_settled(command.number, actor, ports.now(), done=command.happened)
    if command.happened:
        settled = await _renewed(settled, command.number, ports)
    await commit(ports, settled, _redraft(settled))
    if command.happened:
        return Answer(text=words(say("Noted as done.")))
    return Answer(text=words(say("Noted as not done. It can be confirmed again.")))


async def look_again(command: LookAgain, actor: Actor, ports: Ports, words: Words) -> Answer:
    """Raises: NotFound."""
    conversation = await load(ports, command.conversation_id)
    about = [*conversation.order_refs, *(one.ref for one in conversation.facts.orders)]
    about += [conversation.buyer.email] if conversation.buyer.email else []
    await outdated(shops_of(conversation, ports), *dict.fromkeys(about))
    looked = conversation.looked_again(actor, ports.now())
    await commit(ports, looked, _redraft(looked))
    return Answer(text=words(say("The shop is being asked.")))


async def _confirm(
    conversation: Conversation, number: int, actor: Actor, ports: Ports, words: Words
) -> Answer:
    now = ports.now()
    wait = timedelta(seconds=ports.settings.undo_s(conversation.channel, None))
    confirmed = conversation.change_confirmed(number, actor, now, now + wait)
    work = DoChange(conversation_id=conversation.id, number=number)
    await commit(ports, confirmed, Later(work, now + wait) if wait else work)
    if wait:
        return Answer(text=words(say("It will be done in {n} s.", n=round(wait.total_seconds()))))
    return Answer(text=words(say("The shop is being asked.")))


async def _by_hand(
    conversation: Conversation, number: int, actor: Actor, ports: Ports, words: Words
) -> Answer:
    """A task for a person; whoever has the conversation sees it on its card."""
    shop = conversation.change_of(number).wanted.shop
    why = say("Parley can't do this in {shop}. Do it there, then press “It is done”.", shop=shop)
    task = conversation.change_turned(number, "by_hand", why, ports.now(), confirmed_by=actor)
    await commit(ports, task)
    return Answer(text=words(why))


# ── who may what ─────────────────────────────────────────────────────────────


def _can(wanted: Wanted, conversation: Conversation, ports: Ports) -> bool:
    shop = _shop(wanted, conversation, ports)
    return shop is not None and wanted.kind in getattr(shop, "writes", ())


def _shop(wanted: Wanted, conversation: Conversation, ports: Ports) -> Shop | None:
    """One of its storefront's own: nothing crosses storefronts."""
    return next((one for one in shops_of(conversation, ports) if one.name == wanted.shop), None)


def _known(conversation: Conversation, command: ChangeOrder) -> Order:
    """The order as the shop confirmed it to this conversation. Raises: NotFound."""
    for order in conversation.facts.orders:
        if same_order(order.ref, command.ref) and command.shop in ("", order.shop):
            return order
    raise NotFound(
        say("Order {ref} is not one of this conversation's. Attach it first.", ref=command.ref)
    )


# ── work ─────────────────────────────────────────────────────────────────────

_Outcome: TypeAlias = Callable[[Conversation], tuple[Conversation, tuple[Work | Later, ...]]]


async def do_change(command: DoChange, actor: Actor, ports: Ports, _: Words) -> Answer:
    """Ask the shop, once; after a crash ask it whether it was done."""
    conversation = await load(ports, command.conversation_id)
    change = conversation.change_of(command.number)
    if change.state not in ("confirmed", "doing"):
        return NOTHING
    if change.state == "confirmed" and change.do_at and change.do_at > ports.now():
        await ports.store.commit(conversation, then=[Later(command, change.do_at)])
        return NOTHING
    if (why := _why_not_now(conversation, change, ports)) is not None:
        back = conversation.change_turned(change.number, "proposed", why, ports.now())
        await commit(ports, back)
        return NOTHING
    writer = cast("ShopWriter", _shop(change.wanted, conversation, ports))
    key = change_key(conversation.id, change.number)
    if change.state == "doing":
        outcome = await _looked_up(writer, change, key, say("It was interrupted."), ports)
    else:
        conversation, outcome = await _claimed(writer, conversation, change, key, ports)
    await _keep(outcome, conversation, change.number, ports)
    return NOTHING


async def _claimed(
    writer: ShopWriter, conversation: Conversation, change: Change, key: str, ports: Ports
) -> tuple[Conversation, _Outcome]:
    """“Doing” is committed, then the shop is asked."""
    began = monotonic()
    conversation = await ports.store.commit(conversation.change_claimed(change.number))
    claimed = conversation.change_of(change.number)
    if monotonic() - began > CLAIM_FRESH_S:
        # We slept. Another worker may have our lease and look it up by now: ask for nothing.
        return conversation, _to_wait(claimed, Unavailable(say("Parley was held up.")), ports)
    return conversation, await _asked(writer, claimed, key, ports)


def _why_not_now(conversation: Conversation, change: Change, ports: Ports) -> Text | None:
    """Nothing has been asked of the shop yet, and something speaks against it."""
    if change.state == "doing":
        return None
    if not _can(change.wanted, conversation, ports):
        return say("The shop {shop} is switched off.", shop=change.wanted.shop)
    if _overtaken(conversation, change):
        return say("The buyer wrote again. Read it, then confirm once more.")
    return None


def _overtaken(conversation: Conversation, change: Change) -> bool:
    return any(
        one.author == "buyer" and one.seq > change.seen_seq and not one.automatic
        for one in conversation.messages
    )


async def _asked(writer: ShopWriter, change: Change, key: str, ports: Ports) -> _Outcome:
    try:
        async with asyncio.timeout(WRITE_PATIENCE_S):
            written = await writer.write(change.wanted, key)
    except Rejected as error:
        return _turned(change, "failed", error.text, ports)
    except Unavailable as error:
        return _to_wait(change, error, ports)
    except (Unsure, TimeoutError) as error:
        why = error.text if isinstance(error, Unsure) else say("It did not answer in time.")
        return await _looked_up(writer, change, key, why, ports)
    return await _happened(writer, change, written, ports)


async def _looked_up(
    writer: ShopWriter | None, change: Change, key: str, why: Text, ports: Ports
) -> _Outcome:
    """Nobody saw how it ended: the shop may know. No trace of it is no proof that it was not."""
    if writer is None:
        return _turned(change, "unsure", why, ports)
    try:
        async with asyncio.timeout(FIND_PATIENCE_S):
            written = await writer.find(change.wanted, key)
    except (Unavailable, Rejected, Unsure, TimeoutError):
        written = None
    if written is not None:
        return await _happened(writer, change, written, ports)
    return _turned(change, "unsure", why, ports)


def _turned(
    change: Change, state: Literal["failed", "unsure"], why: Text, ports: Ports
) -> _Outcome:
    def outcome(conversation: Conversation) -> tuple[Conversation, tuple[Work | Later, ...]]:
        return conversation.change_turned(change.number, state, why, ports.now()), ()

    return outcome


def _to_wait(change: Change, error: Unavailable, ports: Ports) -> _Outcome:
    """Certainly not done: tried again by itself, for some hours."""
    if change.attempts >= MOST_ATTEMPTS:
        gave_up = say("Given up after {n} attempts: {why}", n=change.attempts, why=error.text)
        return _turned(change, "failed", gave_up, ports)
    until = ports.now() + timedelta(seconds=error.retry_after_s or backoff_s(change.attempts))

    def outcome(conversation: Conversation) -> tuple[Conversation, tuple[Work | Later, ...]]:
        waits = conversation.change_turned(
            change.number, "confirmed", error.text, ports.now(), do_at=until
        )
        again = DoChange(conversation_id=conversation.id, number=change.number)
        return waits, (Later(again, until),)

    return outcome


async def _happened(writer: ShopWriter, change: Change, written: Written, ports: Ports) -> _Outcome:
    order = await _as_of_now(writer, change.wanted.ref)

    def outcome(conversation: Conversation) -> tuple[Conversation, tuple[Work | Later, ...]]:
        by = change.confirmed_by or PARLEY
        done = conversation.change_done(change.number, written, by, ports.now())
        done = _with_order(done, change, order, ports.now())
        return done, (_redraft(done),)

    return outcome


async def _as_of_now(shop: Shop, ref: str) -> Order | None:
    """The order after it; None where the shop does not say."""
    try:
        async with asyncio.timeout(FIND_PATIENCE_S):
            await outdated([shop], ref)
            return await shop.order(ref)
    except (Unavailable, TimeoutError):
        return None


async def _renewed(conversation: Conversation, number: int, ports: Ports) -> Conversation:
    change = conversation.change_of(number)
    shop = _shop(change.wanted, conversation, ports)
    order = await _as_of_now(shop, change.wanted.ref) if shop else None
    return _with_order(conversation, change, order, ports.now())


def _with_order(
    conversation: Conversation, change: Change, order: Order | None, at: datetime
) -> Conversation:
    if order is None:
        return conversation
    return conversation.facts_renewed(order, say("Done: {what}", what=named(change)), at)


def _redraft(conversation: Conversation) -> DraftReply:
    """A buyer who waits is told of it; one who does not is left alone."""
    return DraftReply(conversation_id=conversation.id, seq=conversation.last_seq)


async def _keep(outcome: _Outcome, conversation: Conversation, number: int, ports: Ports) -> None:
    """The shop has spoken: its word is kept, whoever else writes. Raises: Fenced, Unavailable."""
    until = monotonic() + KEEP_TRYING_S
    while True:
        changed, then = outcome(conversation)
        try:
            await commit(ports, changed, *then)
        except Conflict:
            conversation = await load(ports, conversation.id)
            if conversation.change_of(number).state != "doing":
                return  # our own write, whose answer got lost
        except Unavailable:
            if monotonic() > until:
                raise
            await asyncio.sleep(KEEP_PAUSE_S)
        else:
            return
