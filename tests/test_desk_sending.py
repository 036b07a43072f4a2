"""A reply leaves once, by a person's press, or a person is asked."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from assistant.commands import (
    ApproveDraft,
    DiscardDraft,
    OpenReply,
    SendReply,
    SettleDoubt,
    UndoApproval,
    WriteReply,
)
from assistant.errors import Forbidden, Refused, Rejected, Stale, Unavailable, Unsure
from assistant.model import PARLEY, Totals
from tests.drafting_cases import teapot_order
from tests.fakes import LENA_LEAD, MARIA, OLGA, FakeChannel, World, settings


async def approved(world: World, text: str = "Where is my parcel?"):
    about = await world.buyer_writes(text)
    await world.handle(ApproveDraft(conversation_id=about, version=1))
    return about


async def test_an_approved_draft_leaves_after_the_undo_time_byte_for_byte(world: World) -> None:
    """I6: the text that goes out is the approved revision."""
    about = await approved(world)
    text = world.draft(about).text if world.room.cards else ""
    await world.work()
    assert world.channel.accepted == []

    world.clock.passes(seconds=8)
    await world.work()

    [reply] = world.channel.accepted
    assert reply.text == (await world.conversation(about)).draft_of(1).text == text
    assert reply.approved_by == "Olga"
    assert world.draft(about).state == "sent"


async def test_undo_returns_the_draft_to_proposed_and_nothing_is_sent(world: World) -> None:
    about = await approved(world)
    await world.handle(UndoApproval(conversation_id=about, version=1))
    world.clock.passes(seconds=60)
    await world.work()

    assert world.channel.calls == 0
    assert world.draft(about).state == "proposed"


async def test_undone_and_approved_again_it_waits_its_full_second_undo_time(world: World) -> None:
    about = await approved(world)
    world.clock.passes(seconds=5)
    await world.handle(UndoApproval(conversation_id=about, version=1))
    await world.handle(ApproveDraft(conversation_id=about, version=1), MARIA)
    world.clock.passes(seconds=4)
    await world.work()
    assert world.channel.calls == 0

    world.clock.passes(seconds=4)
    await world.work()
    assert len(world.channel.accepted) == 1


async def test_undo_after_it_left_is_refused_with_who_sent_it(world: World) -> None:
    about = await approved(world)
    world.clock.passes(seconds=8)
    await world.work()

    with pytest.raises(Stale, match="Olga already sent version 1"):
        await world.handle(UndoApproval(conversation_id=about, version=1), MARIA)


async def test_a_second_approval_is_refused_and_nothing_is_sent_twice(world: World) -> None:
    """Pain 9; fault 9: the loser sees who won."""
    about = await world.buyer_writes("Where is my parcel?")
    presses = [
        world.handle(ApproveDraft(conversation_id=about, version=1), actor)
        for actor in (MARIA, OLGA) * 5
    ]
    answers = await asyncio.gather(*presses, return_exceptions=True)
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1
    assert all("approved version 1" in str(e) for e in answers if isinstance(e, Stale))

    world.clock.passes(seconds=8)
    await world.work()
    assert len(world.channel.accepted) == 1


async def test_a_buyer_who_writes_during_the_undo_time_outdates_the_reply(world: World) -> None:
    about = await approved(world)
    await world.buyer_writes("Forget it, it has just arrived!", n=2)
    world.clock.passes(seconds=60)
    await world.work()

    assert world.channel.calls == 0
    first = (await world.conversation(about)).draft_of(1)
    assert first.state == "outdated"
    assert "Tom Brandt wrote again" in str(first.reason)
    assert world.draft(about).version == 2


async def test_approving_an_outdated_draft_says_what_was_faster(world: World) -> None:
    about = await world.buyer_writes("Where is my parcel?")
    await world.buyer_writes("And please send an invoice.", n=2)

    with pytest.raises(Stale, match="Tom Brandt wrote again"):
        await world.handle(ApproveDraft(conversation_id=about, version=1))


async def test_a_discarded_draft_can_not_be_approved(world: World) -> None:
    about = await world.buyer_writes("Where is my parcel?")
    await world.handle(DiscardDraft(conversation_id=about, version=1))

    with pytest.raises(Stale, match="was discarded"):
        await world.handle(ApproveDraft(conversation_id=about, version=1))
    await world.work()
    assert world.card(about).draft is None


async def test_an_agents_own_words_pass_the_review_and_leave(world: World) -> None:
    """Pain 11: one gate for all paths."""
    about = await world.buyer_writes("Where is my parcel?")
    await world.handle(
        WriteReply(conversation_id=about, text="Hello Tom, I am looking into it now.", based_on=1)
    )
    world.clock.passes(seconds=8)
    await world.work()

    [reply] = world.channel.accepted
    assert reply.text == "Hello Tom, I am looking into it now."
    assert (await world.conversation(about)).draft_of(1).state == "outdated"


async def test_a_reply_written_before_the_buyer_wrote_again_is_not_sent_unseen(
    world: World,
) -> None:
    """The new message stays in the queue; the writer's words are kept."""
    about = await world.buyer_writes("Where is my parcel?")
    form = (await world.handle(OpenReply(conversation_id=about))).form
    assert form is not None
    await world.buyer_writes("Cancel the order instead!", n=2)
    blind = WriteReply(
        conversation_id=about, text="I am looking into it now.", seen_seq=form.seen_seq
    )
    with pytest.raises(Stale, match="Tom Brandt wrote again"):
        await world.handle(blind)

    again = (await world.handle(OpenReply(conversation_id=about))).form
    assert again is not None
    await world.handle(blind.model_copy(update={"seen_seq": again.seen_seq}))
    world.clock.passes(seconds=8)
    await world.work()
    assert len(world.channel.accepted) == 1


async def test_an_unlicensed_promise_is_answered_with_its_finding_and_not_sent(
    world: World,
) -> None:
    about = await world.buyer_writes("Where is my parcel?")
    promise = "We will refund you 9,999.99 EUR on 31 December."
    answer = await world.handle(WriteReply(conversation_id=about, text=promise))

    assert answer.card is not None
    assert answer.card.blocked
    world.clock.passes(seconds=60)
    await world.work()
    assert world.channel.calls == 0


async def test_only_a_lead_sends_in_spite_of_a_block_and_only_with_a_reason(world: World) -> None:
    about = await world.buyer_writes("Where is my parcel?")
    anyway = WriteReply(
        conversation_id=about, text="We will refund you 35.00 GBP.", override="agreed by phone"
    )
    with pytest.raises(Forbidden, match="Only a lead"):
        await world.handle(anyway, OLGA)
    with pytest.raises(Refused, match="Say why"):
        await world.handle(anyway.model_copy(update={"override": " "}), LENA_LEAD)

    await world.handle(anyway, LENA_LEAD)
    world.clock.passes(seconds=8)
    await world.work()
    assert len(world.channel.accepted) == 1
    assert (await world.conversation(about)).drafts[-1].override == "agreed by phone"
    told = [str(one.text) for _, one in await world.store.log(about) if one.kind == "approved"]
    assert told[0].startswith("In spite of commitment.refund")
    assert told[0].endswith("because: agreed by phone")


async def test_a_warning_that_is_overridden_stands_in_the_log_with_its_rule(world: World) -> None:
    """Whoever reads the log sees which rule somebody sent against."""
    about = await world.buyer_writes("Where is my parcel?")
    await world.handle(
        WriteReply(conversation_id=about, text="As I already told you, I am on it."), OLGA
    )

    [entry] = [one for _, one in await world.store.log(about) if one.kind == "approved"]
    assert entry.text is not None
    assert "S1.5" in str(entry.text)


async def test_what_needs_a_lead_is_written_by_a_lead_without_asking_anybody(world: World) -> None:
    """The actor's role is part of every question; 400 EUR are more than an agent's."""
    dear = {"fulfilments": (), "status": "paid", "totals": Totals(total=Decimal("400.00"))}
    world.shop.confirms(teapot_order(**dear))
    about = await world.buyer_writes("Please cancel my order 10045.")
    said = WriteReply(conversation_id=about, text="I have cancelled your order today.")

    refused = (await world.handle(said, OLGA)).card
    assert refused is not None
    assert [flag.rule for flag in refused.flags if flag.severity == "block"] == [
        "commitment.cancel"
    ]
    await world.handle(said, LENA_LEAD)

    sent = (await world.conversation(about)).drafts[-1]
    assert (sent.state, sent.override) == ("approved", None)


# ── when the channel fails ───────────────────────────────────────────────────


async def test_a_busy_channel_is_tried_again_and_the_card_says_when(world: World) -> None:
    def busy(_: object) -> None:
        raise Unavailable("The channel is busy.", retry_after_s=30)

    world.channel.before = busy
    about = await approved(world)
    world.clock.passes(seconds=8)
    await world.work()
    draft = world.draft(about)
    assert draft.state == "approved"
    assert draft.status is not None
    assert "The channel is busy" in draft.status.text

    world.channel.before = lambda _: None
    world.clock.passes(seconds=31)
    await world.work()
    assert len(world.channel.accepted) == 1


async def test_a_reply_the_channel_refuses_for_good_says_why(world: World) -> None:
    def refuse(_: object) -> None:
        raise Rejected("Links are not allowed here.", code="LINK")

    world.channel.before = refuse
    about = await approved(world)
    world.clock.passes(seconds=8)
    await world.work()

    draft = world.draft(about)
    assert draft.state == "failed"
    assert draft.status is not None
    assert "Links are not allowed" in draft.status.text
    assert (await world.conversation(about)).waiting


def lost_answer(_: object) -> None:
    raise Unsure("The answer got lost.")


async def test_where_a_channel_can_not_tell_a_person_is_asked_and_never_sent_twice(
    world: World,
) -> None:
    """Fault 8; I4."""
    world.channel.after = lost_answer
    about = await approved(world)
    world.clock.passes(seconds=8)
    await world.work()
    world.clock.passes(hours=1)
    await world.work()

    assert len(world.channel.accepted) == world.channel.calls == 1
    assert world.draft(about).state == "unsure"
    labels = [button.label for button in world.card(about).buttons]
    assert {"It arrived", "It did not arrive"} <= set(labels)


async def test_a_settled_doubt_is_sent_or_may_be_approved_again(world: World) -> None:
    world.channel.after = lost_answer
    about = await approved(world)
    world.clock.passes(seconds=8)
    await world.work()

    await world.handle(SettleDoubt(conversation_id=about, version=1, arrived=False))
    world.channel.after = lambda _: None
    await world.handle(ApproveDraft(conversation_id=about, version=1))
    world.clock.passes(seconds=8)
    await world.work()
    assert world.draft(about).state == "sent"

    with pytest.raises(Stale):
        await world.handle(SettleDoubt(conversation_id=about, version=1, arrived=True))


@pytest.mark.parametrize("doubtful", [False, True])
async def test_what_a_reply_promised_is_kept_in_mind_however_it_was_found_to_have_arrived(
    world: World, doubtful: bool
) -> None:
    about = await world.buyer_writes("Where is my parcel?")
    world.channel.after = lost_answer if doubtful else world.channel.after
    promise = "I will write to you again by tomorrow, 18:00."
    await world.handle(WriteReply(conversation_id=about, text=f"Thank you. {promise}"))
    world.clock.passes(seconds=8)
    await world.work()
    if doubtful:
        [draft] = [one for one in (await world.conversation(about)).drafts if one.state == "unsure"]
        settled = SettleDoubt(conversation_id=about, version=draft.version, arrived=True)
        await world.handle(settled)

    [kept] = (await world.conversation(about)).promises
    assert kept.text == promise
    assert kept.due_at.date() == (world.clock() + timedelta(days=1)).date()


async def test_a_channel_that_knows_the_key_is_asked_again_with_it(world: World) -> None:
    world.channel = FakeChannel(idempotent=True)
    world.channel.after = lost_answer
    about = await approved(world)
    world.clock.passes(seconds=8)
    await world.work()
    assert (await world.conversation(about)).draft_of(1).state == "sending"

    world.channel.after = lambda _: None
    world.clock.passes(seconds=10)
    await world.work()
    assert world.channel.calls == 2
    assert len(world.channel.accepted) == 1
    assert world.draft(about).state == "sent"


@pytest.mark.parametrize(
    ("idempotent", "state", "calls"), [(True, "sent", 1), (False, "unsure", 0)]
)
async def test_a_crash_between_sending_and_sent_is_repeated_or_asked_about(
    world: World, idempotent: bool, state: str, calls: int
) -> None:
    """Faults 6 and 7: the claim was stored, then the worker died."""
    world.channel = FakeChannel(idempotent=idempotent)
    about = await approved(world)
    world.clock.passes(seconds=8)
    conversation = await world.conversation(about)
    await world.store.commit(conversation.claimed(1, world.clock()))
    await world.desk.handle(SendReply(conversation_id=about, version=1), PARLEY)
    await world.work()

    assert world.draft(about).state == state
    assert world.channel.calls == calls


async def test_an_undo_time_of_zero_sends_at_once(world: World) -> None:
    world.settings = settings(undo_seconds=0)
    about = await approved(world)
    await world.work()
    assert world.draft(about).state == "sent"
