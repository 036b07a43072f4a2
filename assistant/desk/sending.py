"""From a press on “Approve & send” to the channel's word that it has it, or to a question."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import NamedTuple, TypeAlias

from assistant.commands import (
    ApproveDraft,
    DiscardDraft,
    DraftReply,
    SendReply,
    SettleDoubt,
    ShareReply,
    UndoApproval,
    Work,
)
from assistant.desk.checking import by_todays_rules, still_taken
from assistant.desk.goodwill import give_back, granted
from assistant.desk.handling import NOTHING, commit, leads_only, load, public_name
from assistant.desk.situation import brief_as_known
from assistant.desk.translating import translations
from assistant.drafting.review import promises
from assistant.errors import Conflict, ParleyError, Refused, Rejected, Unavailable, Unsure
from assistant.model import (
    Actor,
    Conversation,
    Draft,
    Finding,
    Grant,
    Promise,
    Receipt,
    Reply,
    reply_key,
)
from assistant.ports import BuyerChannel, Later, Ports
from assistant.surface.cards import Answer
from assistant.words import Text, Words, say

SEND_PATIENCE_S = 30.0
FIND_PATIENCE_S = 15.0
"""How long a channel may look for a reply that it may have taken."""
CLAIM_FRESH_S = 2.5
"""A claim that took longer to make is given back: a lease lasts 5 s."""
KEEP_TRYING_S, KEEP_PAUSE_S = 3.0, 0.2
"""How long the store may be away once the channel has spoken."""
THREAD = 20
"""So many of the newest messages a reply says it belongs to."""
MOST_ATTEMPTS = 12
"""With waits that double up to an hour: about six hours, then a person is told."""


# ── what people press ────────────────────────────────────────────────────────


async def approve_draft(command: ApproveDraft, actor: Actor, ports: Ports, words: Words) -> Answer:
    conversation = await load(ports, command.conversation_id)
    conversation = await by_todays_rules(conversation, command.version, ports)
    may_override(conversation.draft_of(command.version).findings, command.override, actor)
    return await approve(conversation, command.version, command.override, actor, ports, words)


async def approve(
    conversation: Conversation,
    version: int,
    override: str | None,
    actor: Actor,
    ports: Ports,
    words: Words,
) -> Answer:
    now = ports.now()
    there = conversation.there
    channel = _channel_of(there.channel, ports)
    still_taken(there, version, channel, now)
    wait = timedelta(seconds=ports.settings.undo_s(there.channel, channel.can.undo_s))
    approved = conversation.approved(version, actor, now, now + wait, override)
    send = SendReply(conversation_id=conversation.id, version=version)
    grant = await granted(conversation, approved.draft_of(version), actor, ports)
    try:
        kept = _with(approved, version, grant)
        leaves = Later(send, now + wait) if wait else send
        await commit(ports, kept, leaves, *translations(kept, ports))
    except Conflict:
        await give_back([grant] if grant else [], ports)
        raise
    if wait:
        return Answer(text=words(say("Sending in {n} s.", n=round(wait.total_seconds()))))
    return Answer(text=words(say("Sending.")))


def _with(approved: Conversation, version: int, grant: Grant | None) -> Conversation:
    drafts = tuple(
        one.model_copy(update={"grant": grant, "via": approved.reply_by})
        if one.version == version
        else one
        for one in approved.drafts
    )
    return approved.model_copy(update={"drafts": drafts})


def may_override(findings: tuple[Finding, ...], override: str | None, actor: Actor) -> None:
    """A block is overridden by a lead with a reason, where its rule allows it. Raises Refused."""
    blocks = [finding for finding in findings if finding.severity == "block"]
    if not blocks or override is None:
        return
    leads_only(actor, say("send in spite of a block"))
    fixed = next((block for block in blocks if not block.lead_may_override), None)
    if fixed:
        raise Refused(say("{what} Nobody can override this.", what=fixed.message))
    if not override.strip():
        raise Refused(say("Say why you send it in spite of the block."))


async def _addressee(conversation: Conversation, draft: Draft, ports: Ports) -> Conversation:
    """In which conversation a reply reaches the buyer. Raises: NotFound, Refused."""
    if draft.via is None:
        return conversation
    if conversation.same(draft.via) is None:
        raise Refused(say("It is no longer sure that both conversations are with one buyer."))
    return await load(ports, draft.via)


def _channel_of(name: str, ports: Ports) -> BuyerChannel:
    channel = ports.channels.get(name)
    if channel is None:
        raise Refused(
            say(
                "The channel {channel} is switched off. Add it to PARLEY_BUYERS to answer here.",
                channel=name,
            )
        )
    return channel


async def undo_approval(command: UndoApproval, actor: Actor, ports: Ports, words: Words) -> Answer:
    conversation = await load(ports, command.conversation_id)
    await commit(ports, conversation.undone(command.version, actor, ports.now()))
    return Answer(text=words(say("Taken back. Nothing was sent.")))


async def discard_draft(command: DiscardDraft, actor: Actor, ports: Ports, words: Words) -> Answer:
    conversation = await load(ports, command.conversation_id)
    await commit(ports, conversation.discarded(command.version, actor, ports.now()))
    return Answer(text=words(say("Discarded. You can write a reply yourself.")))


async def settle_doubt(command: SettleDoubt, actor: Actor, ports: Ports, words: Words) -> Answer:
    conversation = await load(ports, command.conversation_id)
    settled = conversation.settled(
        command.version,
        actor,
        ports.now(),
        arrived=command.arrived,
        promises=promised_in(conversation, conversation.draft_of(command.version), ports),
    )
    await commit(ports, settled, *_draft_if_overtaken(settled, command.version))
    if command.arrived:
        return Answer(text=words(say("Noted as sent.")))
    return Answer(text=words(say("Noted as not sent. You can approve it again.")))


# ── work ─────────────────────────────────────────────────────────────────────


async def send_reply(command: SendReply, actor: Actor, ports: Ports, _: Words) -> Answer:
    """Commit “sending”, hand it over, commit what became of it.

    A crash in between leaves “sending”: the next run repeats the same key where the channel knows
    it, and asks a person where it does not.
    """
    conversation = await load(ports, command.conversation_id)
    draft = conversation.draft_of(command.version)
    to = await _addressee(conversation, draft, ports)
    channel = _channel_of(to.channel, ports)
    if draft.state == "sending" and not channel.can.idempotent:
        await _keep(
            await _interrupted(conversation, to, draft, channel, ports),
            conversation,
            draft.version,
            ports,
        )
        return NOTHING
    if draft.state not in ("approved", "sending"):
        return NOTHING
    if draft.state == "approved" and draft.send_at and draft.send_at > ports.now():
        # Undone and approved again: this is the command of the first time, which comes too early.
        await ports.store.commit(conversation, then=[Later(command, draft.send_at)])
        return NOTHING
    # Whatever can go wrong by itself does so before the claim; after it only the channel speaks.
    reply = _reply(conversation, to, draft, ports)
    promised = promised_in(conversation, draft, ports)
    began = monotonic()
    claimed = await ports.store.commit(conversation.claimed(draft.version, ports.now()))
    if monotonic() - began > CLAIM_FRESH_S:
        # We slept. Another worker may have our lease and ask a person by now: send nothing.
        outcome = _not_taken(draft.version, say("Parley was held up."), None, ports)
    else:
        there = claimed if draft.via is None else to
        outcome = await _hand_over(reply, there, draft.version, promised, channel, ports)
    await _keep(outcome, claimed, draft.version, ports)
    return NOTHING


async def _interrupted(
    conversation: Conversation, to: Conversation, draft: Draft, channel: BuyerChannel, ports: Ports
) -> _Outcome:
    """A run before this one was cut off after it had claimed the reply."""
    reply = _reply(conversation, to, draft, ports)
    why = say(
        "Sending was interrupted and {channel} can't tell whether it arrived.",
        channel=to.channel,
    )
    promised = promised_in(conversation, draft, ports)
    return await _looked_up(reply, to, draft.version, channel, promised, ports) or _doubt(
        draft.version, why, None, channel, ports
    )


async def _looked_up(
    reply: Reply,
    to: Conversation,
    version: int,
    channel: BuyerChannel,
    promised: tuple[Promise, ...],
    ports: Ports,
) -> _Outcome | None:
    """Where the channel itself shows that it has the reply, nobody needs to be asked."""
    find = getattr(channel, "find", None)
    if find is None or channel.can.idempotent:
        return None
    try:
        async with asyncio.timeout(FIND_PATIENCE_S):
            receipt = await find(reply, to)
    except (ParleyError, TimeoutError):
        return None
    return _taken(version, receipt, promised, ports) if receipt else None


class _Change(NamedTuple):
    """A conversation's next state and what follows from it."""

    conversation: Conversation
    then: tuple[Work | Later, ...] = ()


_Outcome: TypeAlias = Callable[[Conversation], _Change]
"""What became of a reply, to be noted in the conversation as it is by then."""


async def _hand_over(
    reply: Reply,
    to: Conversation,
    version: int,
    promised: tuple[Promise, ...],
    channel: BuyerChannel,
    ports: Ports,
) -> _Outcome:
    try:
        async with asyncio.timeout(SEND_PATIENCE_S):
            receipt = await channel.send(reply, to)
    except Rejected as error:
        return _refused(version, error.text, ports)
    except Unavailable as error:
        return _not_taken(version, error.text, error.retry_after_s, ports)
    except Unsure as error:
        doubt = _doubt(version, error.text, error.retry_after_s, channel, ports)
    except TimeoutError:
        doubt = _doubt(version, say("The channel did not answer."), None, channel, ports)
    else:
        return _taken(version, receipt, promised, ports)
    return await _looked_up(reply, to, version, channel, promised, ports) or doubt


async def _keep(outcome: _Outcome, conversation: Conversation, version: int, ports: Ports) -> None:
    """The channel has spoken and can't be asked again: its word is kept, whoever else writes.

    Others may have changed the conversation meanwhile, and the store may be away for a moment.
    Raises: Fenced, Unavailable (where it stays away).
    """
    until = monotonic() + KEEP_TRYING_S
    while True:
        changed, then = outcome(conversation)
        try:
            await commit(ports, changed, *then)
        except Conflict:
            conversation = await load(ports, conversation.id)
            if conversation.draft_of(version).state != "sending":
                return  # Our own write, whose answer got lost.
        except Unavailable:
            if monotonic() > until:
                raise
            await asyncio.sleep(KEEP_PAUSE_S)
        else:
            return


def _taken(version: int, receipt: Receipt, promised: tuple[Promise, ...], ports: Ports) -> _Outcome:
    def change(conversation: Conversation) -> _Change:
        sent = conversation.sent(version, receipt, ports.now(), promised)
        also = _shared(sent, version)
        overtaken = _draft_if_overtaken(sent, version)
        return _Change(sent, (*overtaken, *also, *translations(sent, ports)))

    return change


def _shared(sent: Conversation, version: int) -> tuple[Work, ...]:
    """What went out by another conversation's channel is told to that one."""
    if sent.draft_of(version).via is None:
        return ()
    return (ShareReply(conversation_id=sent.id, version=version),)


def _refused(version: int, reason: Text, ports: Ports) -> _Outcome:
    def change(conversation: Conversation) -> _Change:
        failed = conversation.failed(version, reason, ports.now())
        return _Change(failed, _draft_if_overtaken(failed, version))

    return change


def _not_taken(version: int, reason: Text, retry_after_s: float | None, ports: Ports) -> _Outcome:
    """Certainly not taken: approved still, unless the buyer wrote meanwhile."""

    def change(conversation: Conversation) -> _Change:
        attempts = conversation.draft_of(version).attempts
        if attempts >= MOST_ATTEMPTS:
            gave_up = say("Given up after {n} attempts: {why}", n=attempts, why=reason)
            return _refused(version, gave_up, ports)(conversation)
        until = ports.now() + timedelta(seconds=retry_after_s or backoff_s(attempts))
        postponed = conversation.postponed(version, reason, until, ports.now())
        if postponed.draft_of(version).state == "outdated":
            return _Change(postponed, _draft_if_overtaken(postponed, version))
        again = SendReply(conversation_id=conversation.id, version=version)
        return _Change(postponed, (Later(again, until),))

    return change


def _doubt(
    version: int, reason: Text, retry_after_s: float | None, channel: BuyerChannel, ports: Ports
) -> _Outcome:
    """Perhaps taken: the same key again where that is safe, else a question to a person."""

    def change(conversation: Conversation) -> _Change:
        attempts = conversation.draft_of(version).attempts
        if not channel.can.idempotent or attempts >= MOST_ATTEMPTS:
            return _Change(conversation.doubtful(version, reason, ports.now()))
        until = ports.now() + timedelta(seconds=retry_after_s or backoff_s(attempts))
        again = SendReply(conversation_id=conversation.id, version=version)
        return _Change(conversation, (Later(again, until),))

    return change


def _draft_if_overtaken(conversation: Conversation, version: int) -> tuple[Work, ...]:
    """What the buyer wrote while a reply was leaving got no draft then: now it does."""
    if not conversation.overtaken(version):
        return ()
    return (DraftReply(conversation_id=conversation.id, seq=conversation.last_seq),)


def promised_in(conversation: Conversation, draft: Draft, ports: Ports) -> tuple[Promise, ...]:
    """What the buyer is promised by it: to be kept track of from when it is sent."""
    brief = brief_as_known(conversation, ports)
    return tuple(
        Promise(text=one.text, due_at=one.due_at, version=draft.version)
        for one in promises(draft.text, brief, ports.playbooks_of(conversation.storefront))
    )


def backoff_s(attempts: int) -> float:
    """1, 2, 4 … seconds up to an hour, each ±20 % so that many do not come back at once."""
    return min(2.0 ** max(attempts - 1, 0), 3600.0) * random.uniform(0.8, 1.2)  # noqa: S311 — jitter


def _reply(conversation: Conversation, to: Conversation, draft: Draft, ports: Ports) -> Reply:
    """For the buyer of *conversation*, in the thread of *to*."""
    assert draft.approved_by is not None
    assert draft.approved_at is not None
    answered = next((one for one in reversed(to.messages) if one.author == "buyer"), None)
    return Reply(
        key=reply_key(conversation.id, draft.version),
        text=draft.text,
        language=draft.language,
        name=public_name(conversation, draft.approved_by, ports),
        approved_by=draft.approved_by.name,
        approved_at=draft.approved_at,
        attachments=draft.attachments,
        in_reply_to=answered.id if answered else None,
        subject=answered.subject if answered else None,
        answers=answered.keys if answered else (),
        references=tuple(one.keys[0] for one in to.messages[-THREAD:] if one.keys),
        template=draft.template,
    )
