"""What shops are asked to do: confirmed, done once, never by guess (S4.10-S4.12, S2.5)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from assistant.commands import (
    ApproveDraft,
    ChangeOrder,
    ConfirmChange,
    DropChange,
    LookAgain,
    OpenForm,
    SettleChange,
)
from assistant.errors import Forbidden, NotFound, Rejected, Stale, Unavailable, Unfilled, Unsure
from assistant.model import (
    Buyer,
    BuyerId,
    ChangeKind,
    ConversationId,
    Cost,
    Order,
    OrderRef,
    Refund,
    Remedy,
    Wanted,
    Written,
)
from tests.fakes import LENA_LEAD, MARIA, FakeShop, World

HERE = ConversationId("webchat:v1")
ALL: frozenset[ChangeKind] = frozenset({"note", "address", "cancel", "refund", "resend", "coupon"})


class FakeWriter(FakeShop):
    """A shop that keeps what it did by key, and can be told to misbehave."""

    def __init__(self, *orders: Order, writes: frozenset[ChangeKind] = ALL) -> None:
        super().__init__(*orders)
        self.writes = writes
        self.did: list[tuple[str, Wanted]] = []
        self.before: Callable[[], None] = lambda: None
        """Raises before anything was done."""
        self.after: Callable[[], None] = lambda: None
        """Raises once it was done: the answer that got lost."""
        self.remembers = True

    async def write(self, wanted: Wanted, key: str) -> Written:
        self.before()
        self.did.append((key, wanted))
        if wanted.kind == "refund":
            self.confirms(
                *(
                    one.model_copy(update={"refunds": (*one.refunds, Refund(amount=wanted.amount))})
                    for one in self._orders
                )
            )
        self.after()
        return Written(external_id="x1")

    async def find(self, wanted: Wanted, key: str) -> Written | None:
        known = self.remembers and key in dict(self.did)
        return Written(external_id="found") if known else None


def order(ref: str = "10045", **told: Any) -> Order:
    return Order.model_validate(
        {
            "ref": ref,
            "shop": "shop",
            "status": "paid",
            "currency": "EUR",
            "totals": {"total": 34.9},
            **told,
        }
    )


@pytest.fixture
def shop(world: World) -> FakeWriter:
    made = FakeWriter(order())
    world.shop = made
    return made


@pytest.fixture
async def about(world: World, shop: FakeWriter) -> ConversationId:
    """A buyer who proved who they are writes about their order."""
    buyer = Buyer(id=BuyerId("webchat:v1"), name="Tom", email="t@b.example", verified=True)
    return await world.buyer_writes("Where is order 10045?", buyer=buyer)


def ask(what: ChangeKind = "refund", **more: Any) -> ChangeOrder:
    told = {"amount": "12.50", **more} if what in ("refund", "coupon") else more
    return ChangeOrder(conversation_id=HERE, what=what, ref=OrderRef("10045"), **told)


async def allow(world: World, gives: str, amount: str | None = None, verdict: str = "allowed"):
    """The decision as the playbooks would have it."""
    conversation = await world.conversation(HERE)
    assert conversation.decision is not None
    most = Cost(amount=Decimal(amount), currency="EUR") if amount else None
    remedy = Remedy.model_validate(
        {"id": "r", "verdict": verdict, "because": ("x.1",), "gives": gives, "amount": most}
    )
    decision = conversation.decision.model_copy(update={"remedies": (remedy,)})
    await world.store.commit(conversation.model_copy(update={"decision": decision}))


async def later(world: World, seconds: float = 9) -> None:
    world.clock.passes(seconds=seconds)
    await world.work()


async def states(world: World) -> list[str]:
    return [one.state for one in (await world.conversation(HERE)).changes]


def shown(world: World) -> list[str]:
    return [row.value for row in world.card(HERE).known if row.label == "Shop"]


def labels(world: World) -> list[str]:
    return [one.label for one in world.card(HERE).buttons]


async def test_what_the_rules_allow_an_agent_does_after_the_undo_time(
    world: World, shop: FakeWriter, about: ConversationId
) -> None:
    await allow(world, "partial_refund", "15.00")

    answer = await world.handle(ask(text="spout chipped"))

    assert answer.text == "It will be done in 8 s."
    await world.work()
    assert shop.did == []
    assert "Undo: Refund of 12.50 EUR, order 10045" in labels(world)
    await later(world)
    [(key, wanted)] = shop.did
    assert key.startswith("parley-")
    assert (wanted.amount, wanted.currency, wanted.text) == (
        Decimal("12.50"),
        "EUR",
        "spout chipped",
    )
    assert await states(world) == ["done"]
    assert shown(world)[0].startswith("Refund of 12.50 EUR, order 10045 · done")
    log = [entry for _, entry in await world.store.log(HERE)]
    assert [str(one.text) for one in log if one.kind == "change"] == [
        "Olga confirmed: Refund of 12.50 EUR, order 10045",
        "Done: Refund of 12.50 EUR, order 10045",
    ]
    await later(world)
    assert len(shop.did) == 1


async def test_the_draft_knows_of_a_refund_only_once_it_is_done(
    world: World, shop: FakeWriter, about: ConversationId
) -> None:
    """S4.11: progress is told without being asked, and nothing before it is true."""
    await allow(world, "refund", "34.90")
    await world.handle(ask())
    assert not world.drafter.briefs[-1].situation.facts.orders[0].refunds
    await later(world)
    refunds = world.drafter.briefs[-1].situation.facts.orders[0].refunds
    assert [one.amount for one in refunds] == [Decimal("12.50")]
    conversation = await world.conversation(HERE)
    assert [one.state for one in conversation.drafts] == ["outdated", "proposed"]


@pytest.mark.parametrize(
    ("gives", "most", "verdict"),
    [
        ("refund", "10.00", "allowed"),
        ("refund", None, "allowed"),
        ("refund", "34.90", "lead"),
        ("refund", "34.90", "denied"),
        ("refund", "34.90", "ask"),
        ("resend", "34.90", "allowed"),
    ],
)
async def test_what_the_rules_do_not_allow_waits_for_a_lead(
    gives: str,
    most: str | None,
    verdict: str,
    world: World,
    shop: FakeWriter,
    about: ConversationId,
) -> None:
    """S4.12: an agent's limit is what was decided; a lead stands for the rest."""
    await allow(world, gives, most, verdict)
    answer = await world.handle(ask())
    assert answer.text is not None
    assert answer.text.startswith("Proposed to a lead")
    await later(world)
    assert (shop.did, await states(world)) == ([], ["proposed"])
    assert (await world.conversation(HERE)).escalation is not None
    confirm = ConfirmChange(conversation_id=HERE, number=1)
    with pytest.raises(Forbidden, match="Only a lead can confirm this"):
        await world.handle(confirm, MARIA)
    await world.handle(confirm, LENA_LEAD)
    await later(world)
    assert len(shop.did) == 1


async def test_undo_within_its_time_asks_the_shop_for_nothing(
    world: World, shop: FakeWriter, about: ConversationId
) -> None:
    await world.handle(ask(), LENA_LEAD)
    await world.handle(DropChange(conversation_id=HERE, number=1))
    await later(world)
    assert (shop.did, await states(world)) == ([], ["dropped"])
    with pytest.raises(Stale, match="it was dropped"):
        await world.handle(ConfirmChange(conversation_id=HERE, number=1), LENA_LEAD)


async def test_a_buyer_who_writes_meanwhile_is_read_first(
    world: World, shop: FakeWriter, about: ConversationId
) -> None:
    await world.handle(ask("cancel"), LENA_LEAD)
    await world.buyer_writes("Stop, I want to keep it!", 2)
    await later(world)
    assert (shop.did, await states(world)) == ([], ["proposed"])
    assert "The buyer wrote again" in shown(world)[0]


async def test_two_who_confirm_at_once_do_it_once(
    world: World, shop: FakeWriter, about: ConversationId
) -> None:
    await allow(world, "inquiry")
    await world.handle(ask())
    confirm = ConfirmChange(conversation_id=HERE, number=1)
    await world.handle(confirm, LENA_LEAD)
    with pytest.raises(Stale, match="Lin confirmed it a moment ago"):
        await world.handle(confirm, LENA_LEAD)
    await later(world)
    assert len(shop.did) == 1


async def test_no_more_is_given_back_than_was_paid_also_while_it_is_on_its_way(
    world: World, shop: FakeWriter, about: ConversationId
) -> None:
    await world.handle(ask(amount="30"), LENA_LEAD)
    with pytest.raises(Unfilled, match=r"At most 4\.90 EUR"):
        await world.handle(ask(amount="5"), LENA_LEAD)
    await later(world)
    with pytest.raises(Unfilled, match=r"At most 4\.90 EUR"):
        await world.handle(ask(amount="5"), LENA_LEAD)
    await world.handle(ask(amount="4,90"), LENA_LEAD)


@pytest.mark.parametrize("amount", ["", "x", "-3", "0", "NaN", "1e400", "3.999"])
async def test_what_is_no_amount_is_said_at_its_field(
    amount: str, world: World, about: ConversationId
) -> None:
    with pytest.raises(Unfilled) as error:
        await world.handle(ask(amount=amount), LENA_LEAD)
    assert error.value.field == "amount"


async def test_a_shop_that_is_busy_is_asked_again_by_itself(
    world: World, shop: FakeWriter, about: ConversationId
) -> None:
    def busy() -> None:
        raise Unavailable("It was asked too often.", 60)

    shop.before = busy
    await world.handle(ask(), LENA_LEAD)
    await later(world)
    assert await states(world) == ["confirmed"]
    assert "has to wait: It was asked too often." in shown(world)[0]
    shop.before = lambda: None
    await later(world, 61)
    assert (await states(world), len(shop.did)) == (["done"], 1)


async def test_what_the_shop_refuses_is_said_and_not_tried_again(
    world: World, shop: FakeWriter, about: ConversationId
) -> None:
    def refuses() -> None:
        raise Rejected("It refused: already refunded")

    shop.before = refuses
    await world.handle(ask(), LENA_LEAD)
    await later(world)
    await later(world, 3_600)
    assert (await states(world), shop.did) == (["failed"], [])
    assert "refused: It refused: already refunded" in shown(world)[0]


async def test_a_lost_answer_is_looked_up_and_never_done_twice(
    world: World, shop: FakeWriter, about: ConversationId
) -> None:
    def lost() -> None:
        raise Unsure("The connection broke off.")

    shop.after = lost
    await world.handle(ask(), LENA_LEAD)
    await later(world)
    assert (await states(world), len(shop.did)) == (["done"], 1)


async def test_where_nobody_can_tell_a_person_looks(
    world: World, shop: FakeWriter, about: ConversationId
) -> None:
    def lost() -> None:
        raise Unsure("The connection broke off.")

    shop.after, shop.remembers = lost, False
    await world.handle(ask(), LENA_LEAD)
    await later(world)
    await later(world, 3_600)
    assert (await states(world), len(shop.did)) == (["unsure"], 1)
    assert "It was not done" in labels(world)
    with pytest.raises(Stale):
        await world.handle(DropChange(conversation_id=HERE, number=1))
    await world.handle(SettleChange(conversation_id=HERE, number=1, happened=False))
    assert await states(world) == ["proposed"]
    shop.after = lambda: None
    await world.handle(ConfirmChange(conversation_id=HERE, number=1), LENA_LEAD)
    await later(world)
    assert await states(world) == ["done"]


@pytest.mark.parametrize("did", [True, False])
async def test_a_crash_while_the_shop_is_asked_is_looked_up(
    did: bool, world: World, shop: FakeWriter, about: ConversationId
) -> None:
    """Reliability 6 and 7: killed between “doing” and “done”."""

    class Killed(BaseException):
        pass

    def killed() -> None:
        raise Killed

    setattr(shop, "after" if did else "before", killed)
    await world.handle(ask(), LENA_LEAD)
    world.clock.passes(seconds=9)
    with pytest.raises(Killed):
        await world.work()
    assert await states(world) == ["doing"]
    shop.after = shop.before = lambda: None
    await world.work()
    assert await states(world) == ["done" if did else "unsure"]
    assert len(shop.did) == int(did)


async def test_what_a_shop_can_t_do_is_a_task_for_a_person(
    world: World, shop: FakeWriter, about: ConversationId
) -> None:
    shop.writes = frozenset({"note"})
    answer = await world.handle(ask("resend"))
    assert answer.text == "Parley can't do this in shop. Do it there, then press “It is done”."
    assert await states(world) == ["by_hand"]
    await later(world)
    assert shop.did == []
    await world.handle(SettleChange(conversation_id=HERE, number=1, happened=True))
    assert await states(world) == ["done"]


async def test_an_order_of_somebody_else_is_never_changed(
    world: World, shop: FakeWriter, about: ConversationId
) -> None:
    with pytest.raises(NotFound):
        await world.handle(
            ChangeOrder(conversation_id=HERE, what="cancel", ref=OrderRef("10046")), LENA_LEAD
        )
    with pytest.raises(NotFound):
        await world.handle(ask("cancel", shop="other"), LENA_LEAD)


async def test_an_address_by_a_buyer_who_proved_nothing_needs_a_lead(
    world: World, shop: FakeWriter
) -> None:
    """A stranger who knows an order number does not have a parcel sent elsewhere."""
    await world.buyer_writes("Order 10045: please send it to Neue Gasse 3 instead.")
    await allow(world, "change")
    new = {"name": "Tom", "line1": "Neue Gasse 3", "city": "Potsdam", "country": "de"}
    answer = await world.handle(ask("address", **new))
    assert "Nobody has proven" in (answer.text or "")
    assert await states(world) == ["proposed"]
    with pytest.raises(Unfilled):
        await world.handle(ask("address", **{**new, "city": ""}))


async def test_a_note_for_the_shop_is_anybody_s(
    world: World, shop: FakeWriter, about: ConversationId
) -> None:
    """S2.5: a change asked by the buyer reaches the colleague who ships."""
    await world.handle(ask("note", text="no invoice in the box"))
    await later(world)
    assert [one.text for _, one in shop.did] == ["no invoice in the box"]


async def test_its_form_begins_with_what_was_decided(
    world: World, shop: FakeWriter, about: ConversationId
) -> None:
    await allow(world, "partial_refund", "7.00")
    form = (
        await world.handle(OpenForm(conversation_id=HERE, form="change_refund", id="10045"))
    ).opened
    assert form is not None
    assert [(one.name, one.value) for one in form.fields] == [("amount", "7"), ("text", "")]
    with pytest.raises(NotFound):
        await world.handle(OpenForm(conversation_id=HERE, form="change_refund", id="1"))


async def test_looking_again_outdates_what_was_drafted_from_old_facts(
    world: World, shop: FakeWriter, about: ConversationId
) -> None:
    shop.confirms(order(status="shipped"))
    await world.handle(LookAgain(conversation_id=HERE))
    await world.work()
    conversation = await world.conversation(HERE)
    assert conversation.facts.orders[0].status == "shipped"
    assert [one.state for one in conversation.drafts] == ["outdated", "proposed"]
    await world.handle(ApproveDraft(conversation_id=HERE, version=2))
