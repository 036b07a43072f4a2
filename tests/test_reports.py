"""What a channel says of a reply later, and whose thread an arrival belongs to."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from assistant.commands import ApproveDraft, RecordReport, WriteReply
from assistant.errors import Unavailable, Unsure
from assistant.model import (
    Attachment,
    Conversation,
    ConversationId,
    Draft,
    Receipt,
    Reply,
    Report,
    conversation_id,
    reply_key,
)
from connectors.arriving import kept
from tests.fakes import START, World, incoming

LATER = START + timedelta(minutes=5)


async def sent(world: World) -> ConversationId:
    about = await world.buyer_writes("Hello, where is my parcel?")
    await world.handle(ApproveDraft(conversation_id=about, version=1))
    world.clock.passes(seconds=20)
    await world.work()
    return about


async def tell(world: World, about: ConversationId, kind: Any, **more: Any) -> None:
    conversation = await world.conversation(about)
    more.setdefault("external_id", conversation.draft_of(1).external_id or "")
    report = Report(
        channel=conversation.channel,
        thread_key=conversation.thread_key,
        kind=kind,
        at=more.pop("at", LATER),
        **more,
    )
    await world.handle(RecordReport(conversation_id=about, report=report))


async def draft_of(world: World, about: ConversationId) -> Draft:
    return (await world.conversation(about)).draft_of(1)


@pytest.mark.parametrize("order", list(permutations(["accepted", "delivered", "read"])))
async def test_delivered_and_read_are_noted_in_whatever_order_they_come(
    world: World, order: tuple[str, ...]
) -> None:
    about = await sent(world)
    for kind in order:
        await tell(world, about, kind)
        await tell(world, about, kind)
    draft = await draft_of(world, about)
    assert (draft.state, draft.delivered_at, draft.read_at) == ("sent", LATER, LATER)


async def test_a_reply_that_bounced_leaves_the_buyer_waiting_and_says_why(world: World) -> None:
    """Nothing is lost: what never arrived is no answer."""
    about = await sent(world)
    assert (await world.conversation(about)).waiting_since is None
    await tell(world, about, "failed", reason="mailbox full", code="5.2.2")
    await world.work()
    conversation = await world.conversation(about)
    first = conversation.draft_of(1)
    assert first.state == "failed"
    assert "mailbox full (5.2.2)" in str(first.reason)
    assert conversation.waiting_since == START
    assert conversation.draft is not None
    assert conversation.draft.version == 2


async def test_a_report_settles_a_reply_of_which_nobody_knew_whether_it_arrived(
    world: World,
) -> None:
    def lost(reply: Reply) -> None:
        raise Unsure("no answer")

    world.channel.after = lost
    about = await sent(world)
    assert (await draft_of(world, about)).state == "unsure"
    await tell(world, about, "delivered", key=reply_key(about, 1), external_id="x9")
    draft = await draft_of(world, about)
    assert (draft.state, draft.external_id, draft.delivered_at) == ("sent", "x9", LATER)


async def test_what_a_reply_promised_is_kept_track_of_also_where_a_report_settles_it(
    world: World,
) -> None:
    """S2.8: who gets an answer by tomorrow gets one, however we learned that they were told."""

    def lost(reply: Reply) -> None:
        raise Unsure("no answer")

    about = await world.buyer_writes("Hello, where is my parcel?")
    text = "I will look into it and write to you again by tomorrow."
    await world.handle(WriteReply(conversation_id=about, text=text))
    world.channel.after = lost
    version = (await world.conversation(about)).last_version
    world.clock.passes(seconds=20)
    await world.work()
    assert (await world.conversation(about)).draft_of(version).state == "unsure"
    report = Report(
        channel="webchat",
        thread_key="v1",
        kind="delivered",
        at=LATER,
        key=reply_key(about, version),
    )
    await world.handle(RecordReport(conversation_id=about, report=report))
    [promise] = (await world.conversation(about)).promises
    assert promise.version == version


async def test_a_report_on_a_reply_of_somebody_else_changes_nothing(world: World) -> None:
    about = await sent(world)
    before = await world.conversation(about)
    with pytest.raises(Unavailable):
        await tell(world, about, "failed", external_id="of another program")
    assert await world.conversation(about) == before


async def test_where_the_channel_shows_the_reply_nobody_is_asked(world: World) -> None:
    async def find(reply: Reply, to: Conversation) -> Receipt | None:
        return Receipt(external_id="found") if reply in world.channel.accepted else None

    def lost(reply: Reply) -> None:
        raise Unsure("no answer")

    world.channel.after = lost
    world.channel.find = find  # type: ignore[attr-defined]
    about = await sent(world)
    draft = await draft_of(world, about)
    assert (draft.state, draft.external_id) == ("sent", "found")
    assert len(world.channel.accepted) == 1


async def test_what_a_machine_wrote_is_shown_and_nobody_waits_for_an_answer(world: World) -> None:
    """RFC 3834: two machines never answer each other."""
    about = await sent(world)
    await world.buyer_writes("I am on holiday.", n=2, automatic=True)
    conversation = await world.conversation(about)
    assert conversation.messages[-1].text == "I am on holiday."
    assert (conversation.waiting_since, conversation.draft) == (None, None)


async def test_a_machine_s_note_does_not_outdate_a_reply_that_is_ready(world: World) -> None:
    about = await world.buyer_writes("Hello, where is my parcel?")
    await world.handle(WriteReply(conversation_id=about, text="It is on its way to you."))
    await world.buyer_writes("I am on holiday.", n=2, automatic=True)
    draft = (await world.conversation(about)).draft
    assert draft is not None
    assert draft.state != "outdated"


async def test_files_that_only_the_channel_holds_are_copied_at_once(world: World) -> None:
    async def fetch(attachment: Attachment, of: Conversation) -> Attachment:
        return attachment.model_copy(update={"sha256": "5" * 64, "size": 3})

    world.channel.fetch = fetch  # type: ignore[attr-defined]
    photo = Attachment(name="a.jpg", mime="image/jpeg", url="https://media.example/a")
    about = await world.buyer_writes("Broken!", attachments=(photo,))
    await world.work()
    [file] = (await world.conversation(about)).messages[0].attachments
    assert (file.sha256, file.size) == ("5" * 64, 3)


# ── whose thread it is ───────────────────────────────────────────────────────


async def test_a_message_joins_the_thread_of_the_one_it_follows(world: World) -> None:
    first = incoming("One", n=1, thread="root", keys=("a",), follows=("a",))
    second = incoming("Two", n=2, thread="cut", keys=("b",), follows=("b", "a"))
    third = incoming("Three", n=3, thread="cut off", keys=("c",), follows=("c", "b"))
    for one in (first, second, third):
        assert await kept(one, START, world.store)
    await world.work()
    conversation = await world.conversation(conversation_id("webchat", "root"))
    assert [one.text for one in conversation.messages] == ["One", "Two", "Three"]


async def test_a_message_delivered_again_without_its_references_is_the_same(world: World) -> None:
    """Pain 8: one mail in two envelopes."""
    whole = incoming("Two", n=2, thread="root", keys=("b",), follows=("b", "a"))
    cut = incoming("Two", n=2, thread="b", keys=("b",), follows=("b",))
    assert await kept(whole, START, world.store)
    assert not await kept(cut, START, world.store)


async def test_a_report_finds_the_thread_by_the_name_of_what_it_is_about(world: World) -> None:
    await kept(incoming("One", thread="root", keys=("a",)), START, world.store)
    bounce = Report(channel="webchat", thread_key="?", kind="failed", at=START, follows=("a",))
    assert await kept(bounce, START, world.store)
    assert not await kept(bounce, START, world.store)
