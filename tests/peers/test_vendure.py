"""A real shop end to end: found, shown, noted, moved, refunded, cancelled (issue: Vendure)."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import pytest

from assistant.commands import ChangeOrder, LookUp, OpenForm
from assistant.errors import Rejected, Unavailable
from assistant.model import Address, Order, OrderRef, Wanted
from assistant.playbooks import Playbooks
from connectors import plugs
from connectors.caching import Cached
from connectors.store import RedisStore
from tests.fakes import LENA_LEAD, START, Clock, World
from tests.peers.vendure_shop import Vendure, running
from tests.shop_parts import parts_of

pytestmark = pytest.mark.peers
PLACE = Address(
    name="Lena Weber", line1="Neue Gasse 3", city="Potsdam", postcode="14467", country="DE"
)


@pytest.fixture(scope="module")
def vendure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendure]:
    with running(tmp_path_factory.mktemp("vendure")) as server:
        yield server


@pytest.fixture
async def shop(vendure: Vendure, store: RedisStore) -> AsyncIterator[Any]:
    told = {
        "VENDURE_API_URL": vendure.url,
        "VENDURE_USERNAME": "superadmin",
        "VENDURE_PASSWORD": "superadmin",
    }
    async with parts_of(store, Clock(), **told) as parts:
        yield await plugs.shop("vendure", parts)


async def test_an_order_is_found_by_number_address_and_parcel(vendure: Vendure, shop: Any) -> None:
    code = vendure.ordered("TEA-GRN-08", "SHI-NVY-M")
    vendure.ships(code, "00340434161094000017")

    order = await shop.order(f"#{code}")

    assert isinstance(order, Order)
    assert (order.ref, order.status, order.payment.status) == (code, "shipped", "paid")
    assert order.currency == "USD"
    assert (order.ship_to.line1, order.ship_to.country) == ("Torstrasse 217", "DE")
    pot, shirt = sorted(order.items, key=lambda one: one.sku, reverse=True)
    assert (pot.title, pot.variant) == ("Teapot Ines", {"colour": "green", "size": "0.8 l"})
    assert shirt.variant == {"colour": "navy", "size": "M"}
    assert pot.fulfilled_qty == 1
    assert order.totals.total is not None
    assert order.totals.total == sum((one.unit_price or 0 for one in order.items), Decimal(5))
    [parcel] = order.fulfilments
    assert (parcel.carrier, parcel.number, parcel.status) == (
        "DHL",
        "00340434161094000017",
        "in_transit",
    )
    found = await shop.order_by_tracking("0034 0434 1610 9400 0017")
    assert found is not None
    assert found.ref == code
    assert code in [one.ref for one in await shop.orders_of("LENA.weber@buyer.example")]
    assert await shop.orders_of("weber@buyer.example") == ()
    assert await shop.order("99999") is None
    assert "superadmin" in await shop.probe()


async def test_stock_is_what_is_there_and_not_promised(vendure: Vendure, shop: Any) -> None:
    vendure.ordered("TEA-GRN-12")
    [big] = await shop.stock("TEA-GRN-12")
    assert (big.in_stock, big.variant["size"]) == (2, "1.2 l")
    [blue, *_] = await shop.stock("blue teapot")
    assert (blue.sku, blue.in_stock) == ("TEA-BLU-08", 0)
    [cup] = await shop.stock("CUP-WHT")
    assert cup.variant == {"colour": "白"}


async def test_a_session_that_the_server_forgot_is_begun_anew(vendure: Vendure, shop: Any) -> None:
    code = vendure.ordered("CUP-WHT")
    shop.shop.admin._token = "forgotten"
    assert (await shop.order(code)).ref == code
    shop.shop.admin._token = ""
    shop.shop.admin._given = shop.shop.admin._given.model_copy(update={"username": "nobody"})
    with pytest.raises(Unavailable, match="can't log in there"):
        await shop.order("10022")


async def test_what_was_approved_is_done_and_found_again(vendure: Vendure, shop: Any) -> None:
    code = vendure.ordered("TEA-GRN-08")

    def wanted(kind: str, **more: Any) -> Wanted:
        told = {"kind": kind, "shop": "vendure", "ref": code, "text": "asked by e-mail", **more}
        return Wanted.model_validate(told)

    steps = [
        wanted("note", text="gift: no invoice"),
        wanted("address", address=PLACE),
        wanted("refund", amount=Decimal("5.00"), currency="USD"),
        wanted("coupon", amount=Decimal("3.00"), currency="USD", code=f"SORRY-{code}"),
        wanted("cancel"),
    ]
    for n, step in enumerate(steps):
        assert await shop.find(step, f"parley-{n:016}") is None, step.kind
        await shop.write(step, f"parley-{n:016}")
        assert await shop.find(step, f"parley-{n:016}") is not None, step.kind

    told = vendure.told(
        code,
        "state shippingAddress{streetLine1 city} payments{refunds{total state reason}}"
        ' history(options:{filter:{type:{eq:"ORDER_NOTE"}}}){items{data isPublic}}',
    )
    assert told["state"] == "Cancelled"
    assert told["shippingAddress"] == {"streetLine1": "Neue Gasse 3", "city": "Potsdam"}
    [refund] = [one for paid in told["payments"] for one in paid["refunds"]]
    assert (refund["total"], refund["state"]) == (500, "Settled")
    assert not any(one["isPublic"] for one in told["history"]["items"])
    with pytest.raises(Rejected, match="has so much left"):
        await shop.write(wanted("refund", amount=Decimal("500"), currency="USD"), "parley-x")
    with pytest.raises(Rejected, match="can't be changed any more"):
        await shop.write(wanted("address", address=PLACE), "parley-y")


async def test_from_a_look_up_to_a_refund_that_the_buyer_is_told_of(
    vendure: Vendure, shop: Any, store: RedisStore, playbooks: Playbooks
) -> None:
    """S4.10, S4.11: `/order`, the card, a form, the undo time, the money, the draft."""
    code = vendure.ordered("TEA-GRN-08")
    world = World(store=store, playbooks=playbooks)
    assert isinstance(shop, Cached)
    shop._now = world.clock
    world.shop = shop  # type: ignore[assignment]
    began = time.monotonic()
    card = (await world.handle(LookUp(what="order", query=code))).card
    assert time.monotonic() - began < 3
    assert code in card.title
    about = await world.buyer_writes(f"My teapot of order {code} came broken. I want my money.")

    form = await world.handle(
        OpenForm(conversation_id=about, form="change_refund", id=code), LENA_LEAD
    )
    [amount, _] = form.opened.fields
    assert Decimal(amount.value) == (await shop.order(code)).totals.total
    ask = ChangeOrder(
        conversation_id=about, what="refund", ref=OrderRef(code), shop="vendure", amount="12.50"
    )
    answer = await world.handle(ask, LENA_LEAD)
    assert answer.text == "It will be done in 8 s."
    await world.work()
    assert (await world.conversation(about)).changes[0].state == "confirmed"
    world.clock.passes(seconds=9)
    await world.work()

    conversation = await world.conversation(about)
    [change] = conversation.changes
    assert change.state == "done"
    assert conversation.facts.orders[0].refunds[0].amount == Decimal("12.5")
    told = vendure.told(code, "payments{refunds{total state reason}}")
    [refund] = [one for paid in told["payments"] for one in paid["refunds"]]
    assert (refund["total"], refund["state"]) == (1250, "Settled")
    rows = [row.value for row in world.card(about).known if row.label == "Shop"]
    assert rows[0].startswith(f"Refund of 12.50 USD, order {code} · done")
    assert len(world.drafter.briefs) == 2  # what was drafted before it is outdated
    assert world.drafter.briefs[-1].situation.facts.orders[0].refunds
    assert change.done_at == START.replace(second=9)
