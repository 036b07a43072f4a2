"""Notes, assignments, escalations, closing, the queue."""

from __future__ import annotations

import pytest

from assistant.commands import (
    AddNote,
    Assign,
    CloseConversation,
    Escalate,
    LookUp,
    OpenConversation,
    ReplayFailure,
    ShowQueue,
    SnoozeConversation,
)
from assistant.errors import Forbidden, NotFound, Refused
from assistant.model import ConversationId, PersonId
from assistant.surface.cards import ConversationCard, InfoCard, QueueCard
from tests.fakes import LENA_LEAD, MARIA, OLGA, FakeShop, World
from tests.test_desk_receiving import TEAPOT


async def test_a_note_stays_inside(world: World) -> None:
    """Pain 1: internal talk never slips to the buyer."""
    about = await world.buyer_writes("Hello")
    await world.handle(AddNote(conversation_id=about, text="He is a regular."))
    world.clock.passes(hours=1)
    await world.work()
    assert world.channel.calls == 0
    assert [note.text for note in (await world.conversation(about)).notes] == ["He is a regular."]


async def test_taking_a_conversation_is_seen_by_others(world: World) -> None:
    about = await world.buyer_writes("Hello")
    await world.handle(Assign(conversation_id=about, to=OLGA.id), OLGA)
    with pytest.raises(Refused, match="Olga has this already"):
        await world.handle(Assign(conversation_id=about, to=MARIA.id), MARIA)
    await world.work()
    assert world.card(about).summary.owner == "Olga"


async def test_only_leads_assign_others_and_the_reason_is_kept(world: World) -> None:
    about = await world.buyer_writes("Hello")
    await world.store.remember(MARIA)
    give = Assign(conversation_id=about, to=MARIA.id, reason="knows the product")
    with pytest.raises(Forbidden):
        await world.handle(give, OLGA)
    await world.handle(give, LENA_LEAD)
    assignment = (await world.conversation(about)).assignment
    assert assignment is not None
    assert (assignment.to, assignment.by, assignment.reason) == (
        MARIA,
        LENA_LEAD,
        "knows the product",
    )


async def test_assigning_an_unknown_person_is_refused(world: World) -> None:
    about = await world.buyer_writes("Hello")
    with pytest.raises(NotFound, match="console:nobody"):
        await world.handle(Assign(conversation_id=about, to=PersonId("console:nobody")), LENA_LEAD)


async def test_an_escalation_says_why_and_counts(world: World) -> None:
    about = await world.buyer_writes("Hello")
    await world.handle(Escalate(conversation_id=about, reason="refund above limit"))
    await world.work()
    line = world.card(about).state_line
    assert line is not None
    assert "refund above limit" in line.text
    assert (await queue(world)).counts["escalated"] == 1


async def test_a_snoozed_conversation_comes_back_by_itself(world: World) -> None:
    about = await world.buyer_writes("Hello")
    until = world.clock.at.replace(hour=15)
    await world.handle(SnoozeConversation(conversation_id=about, until=until))
    assert (await world.conversation(about)).state == "snoozed"
    world.clock.passes(hours=5)
    await world.work()
    assert (await world.conversation(about)).state == "open"


async def test_closing_while_a_reply_is_leaving_is_refused(world: World) -> None:
    from assistant.commands import ApproveDraft

    about = await world.buyer_writes("Hello")
    await world.handle(ApproveDraft(conversation_id=about, version=1))
    with pytest.raises(Refused, match="approved version 1"):
        await world.handle(CloseConversation(conversation_id=about))


async def test_what_is_refused_is_said_in_the_persons_language(world: World) -> None:
    with pytest.raises(NotFound) as refusal:
        await world.handle(OpenConversation(conversation_id=ConversationId("webchat:none")))
    assert refusal.value.text.values == {"id": "webchat:none"}


async def queue(world: World, only: str = "all") -> QueueCard:
    answer = await world.handle(ShowQueue(only=only))
    assert isinstance(answer.card, QueueCard)
    return answer.card


async def test_the_queue_is_late_first_then_angry_then_escalated_then_waiting_longest(
    world: World,
) -> None:
    """S0.4; experience: Home and queue."""
    await world.buyer_writes("Where is my parcel?", thread="late")
    world.clock.passes(days=5)
    await world.buyer_writes("Do you ship to Norway?", thread="first")
    world.clock.passes(minutes=1)
    await world.buyer_writes("Do you ship to Spain?", thread="second")
    world.clock.passes(minutes=1)
    escalated = await world.buyer_writes("Hello, a question.", thread="escalated")
    await world.handle(Escalate(conversation_id=escalated, reason="big customer"))
    world.clock.passes(minutes=1)
    await world.buyer_writes(
        "I AM FURIOUS!!! This is a disgrace, worst shop ever, the cup came broken!", thread="angry"
    )
    assert [row.id for row in (await queue(world)).rows] == [
        f"webchat:{name}" for name in ("late", "angry", "escalated", "first", "second")
    ]


async def test_filters_show_mine_and_unassigned(world: World) -> None:
    mine = await world.buyer_writes("Hello", thread="v1")
    other = await world.buyer_writes("Hello", thread="v2")
    await world.handle(Assign(conversation_id=mine, to=OLGA.id))
    assert [row.id for row in (await queue(world, "mine")).rows] == [mine]
    assert [row.id for row in (await queue(world, "unassigned")).rows] == [other]


async def test_an_order_is_looked_up_by_number_and_by_address(world: World) -> None:
    world.shop = FakeShop(TEAPOT)
    for query in ("10045", "#10045", "lena@example.com"):
        answer = await world.handle(LookUp(what="any", query=query))
        assert isinstance(answer.card, InfoCard)
        assert answer.card.title == "Order 10045"


async def test_a_look_up_that_finds_nothing_says_what_it_looked_for(world: World) -> None:
    with pytest.raises(NotFound, match="No order or parcel has the number 4711"):
        await world.handle(LookUp(what="order", query="4711"))


async def test_only_leads_replay_dead_letters(world: World) -> None:
    with pytest.raises(Forbidden):
        await world.handle(ReplayFailure(failed_id="s00:1-1"), OLGA)
    with pytest.raises(NotFound):
        await world.handle(ReplayFailure(failed_id="s00:1-1"), LENA_LEAD)


async def test_the_page_of_a_conversation_knows_the_people_to_assign(world: World) -> None:
    about = await world.buyer_writes("Hello")
    await world.store.remember(OLGA)
    answer = await world.handle(OpenConversation(conversation_id=about))
    assert isinstance(answer.card, ConversationCard)
    assert answer.people == (OLGA,)
