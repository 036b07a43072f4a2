"""What an agent may give away a week (S4.12): counted once, given back, never over the limit."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from assistant.commands import SendReply, UndoApproval, WriteReply
from assistant.desk.desk import Desk
from assistant.desk.goodwill import standing_of
from assistant.desk.situation import brief_as_known
from assistant.drafting.goodwill import kindness_in
from assistant.drafting.prepare import brief_from
from assistant.errors import Conflict, Refused, Rejected
from assistant.model import PARLEY, Actor, Conversation, ConversationId, PersonId
from assistant.playbooks import Money, Playbooks
from assistant.ports import Edition, Spending, Store
from assistant.settings import Member, Storefront
from connectors.store import RedisStore
from tests.drafting_cases import WHERE_IS_IT, situation, waiting_order
from tests.fakes import LENA_LEAD, MARIA, OLGA, FakeShop, World, settings

KIND = """---
kind: policy
id: kind
applies: {intents: [where_is_my_order, complaint_service, damaged]}
when: order.known
remedies:
  - id: kindness
    gives: goodwill
    goodwill: true
    allow: "true"
    amount: order.total.percent(10)
    cost: {money: order.total.percent(10)}
    because: A tenth for the wait
---
"""
GIVES = "Hello Tom Brandt, as compensation for the wait we refund €4.80 to your card today."
ASKS = "Where is my order 10023? The service is a disgrace."


@pytest.fixture
def kind(tmp_path: Path) -> Playbooks:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "kind.md").write_text(KIND, "utf-8")
    return Playbooks.load(tmp_path)


def shop_with(store: Store, playbooks: Playbooks, budget: str | None = "10.00 EUR") -> World:
    world = World(
        store=store,
        playbooks=playbooks,
        shop=FakeShop(waiting_order()),
        settings=settings(
            storefronts=(Storefront(goodwill=budget),),
            members=(Member(id=OLGA.id, ids=(PersonId("slack:T1:U1"),), name="Olga"),),
        ),
    )
    world.shelf.put(Edition(playbooks), {})
    return world


@pytest.fixture
def here(store: Store, kind: Playbooks) -> World:
    return shop_with(store, kind)


async def asked(world: World, n: int) -> ConversationId:
    return await world.buyer_writes(ASKS, thread=f"v{n}")


async def gives(world: World, about: ConversationId, actor: Actor = OLGA, **how: Any) -> str:
    answer = await world.handle(WriteReply(conversation_id=about, text=GIVES, **how), actor)
    flags = getattr(answer.card, "flags", ())
    return answer.text or "; ".join(one.message for one in flags)


async def used(world: World, actor: Actor = OLGA) -> int:
    ledger = world.settings.storefronts[0].goodwill_ledger(world.clock())
    return sum(one.minor for one in await world.store.spent(ledger) if one.who == actor.id)


def newest(conversation: Conversation) -> Any:
    return conversation.drafts[-1]


async def test_a_reply_that_gives_goodwill_counts_once_when_it_is_approved(here: World) -> None:
    """From approval over sending to sent: one sum, in the draft and in the ledger."""
    about = await asked(here, 1)
    assert "Sending" in await gives(here, about)
    grant = newest(await here.conversation(about)).grant
    assert (f"{grant.amount:.2f}", grant.currency, grant.who) == ("4.80", "EUR", OLGA.id)
    assert await used(here) == 480
    here.clock.passes(minutes=1)
    await here.work()
    assert newest(await here.conversation(about)).state == "sent"
    assert await used(here) == 480


async def test_what_is_over_the_budget_is_a_lead_s(here: World) -> None:
    """Twice 4.80 of 10.00; the third is refused with the sums, and nothing leaves."""
    for n in (1, 2):
        assert "Sending" in await gives(here, await asked(here, n))
    third = await asked(here, 3)
    told = await gives(here, third)
    assert "lead" in told
    assert await used(here) == 960
    assert "Sending" in await gives(here, third, MARIA)  # her own budget is whole
    fourth = await asked(here, 4)
    assert "Sending" in await gives(here, fourth, LENA_LEAD)
    assert await used(here, LENA_LEAD) == 480


async def test_the_decision_sees_what_is_left_to_whoever_acts(here: World) -> None:
    about = await asked(here, 1)
    conversation = await here.conversation(about)
    nobody = await standing_of(conversation, None, here.ports)
    assert nobody == ("10.00 EUR", "0.00 EUR")
    await gives(here, about)
    left = await standing_of(conversation, OLGA.id, here.ports)
    assert left == ("5.20 EUR", "4.80 EUR")
    # The same person elsewhere.
    assert await standing_of(conversation, PersonId("slack:T1:U1"), here.ports) == left
    assert (await standing_of(conversation, MARIA.id, here.ports)) == nobody
    brief = brief_as_known(conversation, here.ports, left)
    verdicts = {one.id: one.verdict for one in brief.decision.remedies}
    assert verdicts["kindness"] == "allowed"


async def test_without_a_budget_a_lead_decides(store: Store, kind: Playbooks) -> None:
    world = shop_with(store, kind, None)
    about = await asked(world, 1)
    conversation = await world.conversation(about)
    brief = brief_as_known(conversation, world.ports)
    verdicts = {one.id: one.verdict for one in brief.decision.remedies}
    assert verdicts["kindness"] == "lead"
    assert "Sending" not in await gives(world, about)


async def test_what_is_undone_is_given_back(here: World) -> None:
    about = await asked(here, 1)
    await gives(here, about)
    draft = newest(await here.conversation(about))
    await here.handle(UndoApproval(conversation_id=about, version=draft.version))
    assert await used(here) == 0
    assert newest(await here.conversation(about)).grant is None


async def test_what_the_channel_refuses_is_given_back(here: World) -> None:
    def refuse(_: object) -> None:
        raise Rejected("this buyer is gone")

    about = await asked(here, 1)
    await gives(here, about)
    here.channel.before = refuse
    here.clock.passes(minutes=1)
    await here.work()
    assert newest(await here.conversation(about)).state == "failed"
    assert await used(here) == 0


async def test_what_the_buyer_overtakes_is_given_back(here: World) -> None:
    about = await asked(here, 1)
    await gives(here, about)
    await here.buyer_writes("And another thing", 2, thread="v1")
    assert await used(here) == 0


async def test_a_new_week_begins_with_a_whole_budget(here: World) -> None:
    for n in (1, 2):
        await gives(here, await asked(here, n))
    here.clock.passes(days=7)
    conversation = await here.conversation(await asked(here, 3))
    assert await standing_of(conversation, OLGA.id, here.ports) == ("10.00 EUR", "0.00 EUR")


async def test_ten_at_once_are_never_over_the_limit(
    here: World, kind: Playbooks, embedded_url: str
) -> None:
    """Two processes, ten conversations, one agent: two replies leave, the others are told why."""
    second = await RedisStore.open(embedded_url)
    try:
        abouts = [await asked(here, n) for n in range(10)]
        desks = [here.desk, Desk(dataclasses.replace(here.ports, store=second))]

        async def press(n: int) -> bool:
            write = WriteReply(conversation_id=abouts[n], text=GIVES)
            try:
                answer = await desks[n % 2].handle(write, OLGA)
            except Refused:
                return False
            return answer.card is None

        left = await asyncio.gather(*(press(n) for n in range(10)))
        assert sum(left) == 2
        assert await used(here) == 960
    finally:
        await second.close()


async def test_a_sum_that_no_approval_carries_is_given_back_when_it_is_needed(
    here: World,
) -> None:
    """A process died between the two writes: its sum counts, until the conversation went on."""
    about = await asked(here, 1)
    before = await here.conversation(about)
    ledger = here.settings.storefronts[0].goodwill_ledger(here.clock())
    under_way = Spending(OLGA.id, f"{before.version}:2:abc:{about}", 900)
    assert await here.store.spend(ledger, under_way, 1000)
    other = await asked(here, 2)
    assert "Sending" not in await gives(here, other)  # it may still come
    await here.buyer_writes("Anybody there?", 2, thread="v1")
    assert "Sending" in await gives(here, other)
    assert await used(here) == 480


async def test_a_conflict_gives_the_sum_back(here: World) -> None:
    """Somebody was faster with the same conversation: only theirs counts."""
    about = await asked(here, 1)
    write = WriteReply(conversation_id=about, text=GIVES)

    async def press() -> bool:
        try:
            return (await here.handle(write, OLGA)).card is None
        except (Refused, Conflict):
            return False

    assert sum(await asyncio.gather(press(), press(), press())) == 1
    assert await used(here) == 480


async def test_sending_again_after_a_crash_counts_nothing_twice(here: World) -> None:
    about = await asked(here, 1)
    await gives(here, about)
    draft = newest(await here.conversation(about))
    here.clock.passes(minutes=1)
    for _ in range(3):
        send = SendReply(conversation_id=about, version=draft.version)
        await here.handle(send, PARLEY)
    assert await used(here) == 480


# ── what a text gives ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "sum"),
    [
        (GIVES, "4.80 EUR"),
        ("We refund you €4.80 for the wait.", "4.80 EUR"),
        ("Wir erstatten Ihnen 4,80 € für die Wartezeit.", "4.80 EUR"),
        ("I am looking into it and write again tomorrow.", None),
        ("We can not refund anything yet.", None),
    ],
)
async def test_what_a_text_gives_is_read_in_any_language(
    here: World, kind: Playbooks, text: str, sum: str | None
) -> None:
    conversation = await here.conversation(await asked(here, 1))
    brief = brief_as_known(conversation, here.ports)
    found = kindness_in(text, brief, kind)
    assert (str(found.amount) if found else None) == sum


TWO = KIND.replace(
    "  - id: kindness",
    """  - id: voucher
    gives: coupon
    goodwill: true
    allow: platform == 'own'
    amount: order.total.percent(5)
    because: A voucher
  - id: kindness""",
)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("We refund €4.80 today. We also give you a voucher of €2.40.", 720),
        ("As compensation we refund €4.80 and give you a voucher of €2.40.", 720),
        ("As compensation for the wait we refund €4.80 today.", 480),
        ("We refund €4.80 today. The refund of €4.80 arrives this week.", 480),
    ],
)
def test_two_kindnesses_in_one_text_come_to_their_sum(
    text: str, minor: int, tmp_path: Path
) -> None:
    """S4.12: what counts is all that is given, once."""
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "kind.md").write_text(TWO, "utf-8")
    playbooks = Playbooks.load(tmp_path)
    brief = brief_from(situation(order=waiting_order()), WHERE_IS_IT, playbooks)

    found = kindness_in(text, brief, playbooks)

    assert found is not None
    assert found.amount == Money(minor, "EUR")


def test_money_of_a_budget_is_written_as_in_rules() -> None:
    assert Storefront(goodwill="40.00 EUR").goodwill == str(Money(4000, "EUR"))
    with pytest.raises(ValueError, match="goodwill"):
        Storefront(goodwill="40 euros")
