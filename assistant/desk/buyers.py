"""One buyer by several channels: found, proposed, decided, and answered where they can be reached.

Two conversations are stored apart, so each is told of the other by work of its own. No word of one
ever reaches the draft of the other: what they share is where a reply goes.
"""

from __future__ import annotations

from contextlib import suppress

from assistant.commands import (
    LinkBuyer,
    NoteReply,
    NotSameBuyer,
    ReplyBy,
    SameBuyer,
    ShareReply,
)
from assistant.desk.handling import NOTHING, commit, load
from assistant.desk.situation import brief_as_known
from assistant.drafting.review import review
from assistant.errors import Conflict, Refused, Unavailable
from assistant.model import (
    Actor,
    Conversation,
    ConversationId,
    Link,
    LinkState,
    Side,
    Tie,
    shown_address,
    tie,
    why_not,
)
from assistant.ports import Ports
from assistant.surface.cards import Answer
from assistant.surface.labels import channel_label
from assistant.words import Words, say

MOST_REFS = 3
MOST_OTHERS = 10


# ── found ────────────────────────────────────────────────────────────────────


async def relate(conversation: Conversation, ports: Ports) -> None:
    """Ties it to others that may be with the same buyer, and those to it.

    Never in the way of a draft: what the store can't say now, the next message asks again.
    """
    with suppress(Unavailable):
        for other in await _others(conversation, ports):
            what = tie(_side(conversation), _side(other))
            if what is None:
                continue
            await _link(conversation.id, _as_seen(other, what), ports)
            mine = _as_seen(conversation, what)
            if other.link(conversation.id) != mine.after(other.link(conversation.id)):
                await _tell(other.id, mine, ports)


async def _others(conversation: Conversation, ports: Ports) -> list[Conversation]:
    """By other channels, in the same storefront: nothing crosses those."""
    ids: list[ConversationId] = []
    if conversation.buyer.email:
        ids += await ports.store.conversations_of_buyer(conversation.buyer)
    for ref in conversation.order_refs[:MOST_REFS]:
        ids += await ports.store.conversations_of_order(ref)
    unique = [one for one in dict.fromkeys(ids) if one != conversation.id]
    found = [await ports.store.load(one) for one in unique[:MOST_OTHERS]]
    return [
        one
        for one in found
        if one is not None
        and one.storefront == conversation.storefront
        and one.buyer.id != conversation.buyer.id
        and (one.channel, one.source) != (conversation.channel, conversation.source)
    ]


def _side(one: Conversation) -> Side:
    return Side(channel=one.channel, buyer=one.buyer, orders=one.facts.orders, refs=one.order_refs)


def _as_seen(one: Conversation, what: Tie) -> Link:
    heard = [message.at for message in one.messages if message.author == "buyer"]
    state: LinkState = "same" if what == "order_and_address" else "proposed"
    return Link(
        other=one.id,
        channel=one.channel,
        account=one.account,
        platform=one.platform,
        source=one.source,
        address=shown_address(one.buyer),
        heard_at=max(heard, default=one.opened_at),
        window_until=one.window_until,
        tie=what,
        state=state,
    )


async def _link(about: ConversationId, link: Link, ports: Ports) -> Conversation:
    """Noted in the conversation as it is by now."""
    while True:
        conversation = await load(ports, about)
        linked = conversation.related(link, ports.now())
        if linked == conversation:
            return conversation
        with suppress(Conflict):
            return await commit(ports, linked)


async def _tell(about: ConversationId, link: Link, ports: Ports) -> None:
    """The other conversation has its own place and its own worker."""
    said = f"{link.state}:{link.by.id}:{link.heard_at.isoformat()}:{ports.now().isoformat()}"
    command = LinkBuyer(conversation_id=about, link=link)
    await ports.store.enqueue(command, once=f"link:{about}:{link.other}:{said}")


async def link_buyer(command: LinkBuyer, actor: Actor, ports: Ports, _: Words) -> Answer:
    """Another conversation was found to be with the same buyer, or somebody decided."""
    await _link(command.conversation_id, command.link, ports)
    return NOTHING


# ── decided ──────────────────────────────────────────────────────────────────


async def same_buyer(command: SameBuyer, actor: Actor, ports: Ports, words: Words) -> Answer:
    await _judge(command.conversation_id, command.other, actor, ports, same=True)
    return Answer(text=words(say("Noted: one buyer. You can answer them by either channel.")))


async def not_same_buyer(command: NotSameBuyer, actor: Actor, ports: Ports, words: Words) -> Answer:
    await _judge(command.conversation_id, command.other, actor, ports, same=False)
    return Answer(text=words(say("Noted: somebody else.")))


async def _judge(
    about: ConversationId, other: ConversationId, actor: Actor, ports: Ports, *, same: bool
) -> None:
    conversation = await load(ports, about)
    judged = conversation.judged(other, actor, ports.now(), same=same)
    _refuse_while_leaving(conversation, judged)
    link = judged.link(other)
    assert link is not None
    mine = _as_seen(conversation, link.tie)
    await _tell(other, mine.model_copy(update={"state": link.state, "by": actor}), ports)
    await commit(ports, _rechecked(judged, ports) if judged.route != conversation.route else judged)


def _refuse_while_leaving(before: Conversation, after: Conversation) -> None:
    """Where a reply goes is not changed while it is on its way. Raises: Refused."""
    draft = before.draft
    if before.route != after.route and draft is not None and draft.state != "proposed":
        raise Refused(why_not(draft))


async def reply_by(command: ReplyBy, actor: Actor, ports: Ports, words: Words) -> Answer:
    """The draft stays, and is checked by what the other channel can carry."""
    conversation = await load(ports, command.conversation_id)
    routed = conversation.replying_by(command.other or None, actor, ports.now())
    if routed == conversation:
        return NOTHING
    _refuse_while_leaving(conversation, routed)
    link = routed.route
    if link is not None:
        await _can_take(link, routed, ports)
    await commit(ports, _rechecked(routed, ports))
    if link is None:
        return Answer(text=words(say("Replies go by this conversation's own channel again.")))
    channel = channel_label(link.source or link.channel, words)
    told = say("Replies go by {channel} to {address}.", channel=channel, address=link.address)
    return Answer(text=words(told))


async def _can_take(link: Link, conversation: Conversation, ports: Ports) -> None:
    """Raises: Refused, where that channel takes no reply of ours any more."""
    there = await load(ports, link.other)
    if there.storefront != conversation.storefront:
        raise Refused(say("That conversation belongs to another storefront."))
    if link.channel not in ports.channels:
        raise Refused(say("The channel {channel} is switched off.", channel=link.channel))
    if there.window_until and there.window_until <= ports.now():
        raise Refused(
            say(
                "{channel} takes no answer any more: its window is over.",
                channel=link.channel.capitalize(),
            )
        )


def _rechecked(conversation: Conversation, ports: Ports) -> Conversation:
    """The draft as it stands, by the rules and the reach of the channel it would go by now."""
    draft = conversation.draft
    if draft is None or draft.state != "proposed":
        return conversation
    playbooks = ports.playbooks_of(conversation.storefront)
    brief = brief_as_known(conversation, ports)
    found = review(
        draft.text,
        brief,
        playbooks,
        by_agent=draft.drafter == "agent",
        by_model=draft.drafter == "model",
    )
    changes = {"findings": tuple(found), "playbook_version": playbooks.version}
    drafts = tuple(
        one.model_copy(update=changes) if one.version == draft.version else one
        for one in conversation.drafts
    )
    return conversation.model_copy(update={"drafts": drafts, "decision": brief.decision})


# ── answered ─────────────────────────────────────────────────────────────────


async def share_reply(command: ShareReply, actor: Actor, ports: Ports, _: Words) -> Answer:
    """A reply went out by another conversation's channel: that one's log tells it, too."""
    conversation = await load(ports, command.conversation_id)
    draft = conversation.draft_of(command.version)
    sent = next((one for one in conversation.messages if one.id == f"reply:{draft.version}"), None)
    if draft.via is None or sent is None:
        return NOTHING
    note = NoteReply(
        conversation_id=draft.via, of=conversation.id, version=draft.version, message=sent
    )
    await ports.store.enqueue(note, once=f"shared:{conversation.id}:{draft.version}")
    return NOTHING


async def note_reply(command: NoteReply, actor: Actor, ports: Ports, _: Words) -> Answer:
    conversation = await load(ports, command.conversation_id)
    noted = conversation.answered_for(command.of, command.version, command.message)
    if noted != conversation:
        await commit(ports, noted)
    return NOTHING
