"""The shop of the demo: its data holds together, and its look-ups find what people type."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from assistant.errors import Misconfigured, Unavailable
from assistant.model import Order, Parcel
from assistant.ports import Shop
from connectors.shops.demo import DemoShop
from connectors.shops.demo_data import shipped

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
REFS = [order["ref"] for order in shipped("orders.json")]
STARTS = [
    *(datetime(2026, 11, 21, hour, 5, tzinfo=UTC) for hour in range(24)),
    datetime(2027, 3, 28, 0, 59, tzinfo=UTC),  # Berlin's clocks go forward a minute later
    datetime(2026, 10, 25, 1, 1, tzinfo=UTC),  # and have just gone back
    datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[DemoShop]:
    opened = await DemoShop.open(tmp_path / "shop.sqlite", NOW)
    yield opened
    await opened.close()


async def every_order(shop: DemoShop) -> list[Order]:
    found = [await shop.order(ref) for ref in REFS]
    return [order for order in found if order is not None]


async def test_it_is_a_shop_to_the_desk(shop: DemoShop) -> None:
    port: Shop = shop
    assert port.name == "demo"


# ── the data ─────────────────────────────────────────────────────────────────


async def test_the_shop_holds_fifteen_products_and_forty_orders_of_ten_markets(
    shop: DemoShop,
) -> None:
    """Issue item 6: about 15 products and 40 orders across ten markets, with variants."""
    orders = await every_order(shop)
    assert len(orders) == len(REFS) == len(set(REFS)) >= 40
    assert len({order.ship_to.country for order in orders}) >= 10
    products = shipped("products.json")
    assert len(products) >= 15
    assert all(len(product["variants"]) > 1 for product in products)


async def test_every_state_that_an_agent_meets_is_there(shop: DemoShop) -> None:
    orders = await every_order(shop)
    assert {order.status for order in orders} >= {
        "unpaid",
        "paid",
        "partially_shipped",
        "shipped",
        "delivered",
        "cancelled",
        "returned",
        "refunded",
        "lost",
    }
    parcels = [parcel for order in orders for parcel in order.fulfilments]
    assert {parcel.status for parcel in parcels} >= {
        "in_transit",
        "out_for_delivery",
        "delivered",
        "exception",
        "lost",
    }
    assert any(len(order.fulfilments) > 1 for order in orders)
    assert any(order.notes for order in orders)
    late = [
        parcel for parcel in parcels if not parcel.delivered_at and parcel.eta and parcel.eta < NOW
    ]
    assert late


async def test_an_order_is_the_same_after_a_round_trip_through_the_contracts_json(
    shop: DemoShop,
) -> None:
    for order in await every_order(shop):
        assert Order.model_validate_json(order.model_dump_json()) == order


async def test_totals_are_the_items_and_the_shipping(shop: DemoShop) -> None:
    shipping = {one["ref"]: Decimal(one["shipping"]["price"]) for one in shipped("orders.json")}
    for order in await every_order(shop):
        items = sum((item.qty * (item.unit_price or 0) for item in order.items), Decimal())
        assert items > 0, order.ref
        assert order.totals.total == items + shipping[order.ref], order.ref


async def test_nobody_gets_back_more_than_they_paid(shop: DemoShop) -> None:
    for order in await every_order(shop):
        assert order.totals.total is not None
        returned = sum((refund.amount or 0 for refund in order.refunds), Decimal())
        assert returned <= order.totals.total, order.ref
        whole = returned == order.totals.total
        if order.status in ("cancelled", "refunded", "lost"):
            assert whole, order.ref
        assert (order.payment.status == "refunded") == (whole or order.status == "returned")


async def test_amounts_have_the_decimals_of_their_currency(shop: DemoShop) -> None:
    for order in await every_order(shop):
        places = 0 if order.currency in ("JPY", "KRW") else 2
        for amount in (order.totals.total, *(item.unit_price for item in order.items)):
            assert amount is not None
            assert amount == round(amount, places), order.ref


def in_order(times: Sequence[datetime | None]) -> bool:
    known = [time for time in times if time is not None]
    return known == sorted(known)


def history(parcel: Parcel) -> list[datetime]:
    return [event.at for event in parcel.events if event.status != "label_created"]


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.strftime("%d.%m-%H:%M"))
async def test_whenever_the_first_start_is_nothing_happens_before_its_cause_or_in_the_future(
    start: datetime, tmp_path: Path
) -> None:
    orders = await every_order(await DemoShop.open(tmp_path / "shop.sqlite", start))
    for order in orders:
        assert order.placed_at is not None
        assert order.placed_at <= start, order.ref
        for parcel in order.fulfilments:
            assert in_order([order.placed_at, parcel.shipped_at, *history(parcel)]), order.ref
            assert in_order([event.at for event in parcel.events]), order.ref
            assert all(event.at <= start for event in parcel.events), order.ref
            assert in_order([order.placed_at, parcel.shipped_at, parcel.delivered_at, start])
            assert in_order([parcel.shipped_at, parcel.eta]), order.ref
        for refund in order.refunds:
            assert in_order([order.placed_at, refund.at, start]), order.ref


async def test_a_parcels_last_event_says_what_its_status_says(shop: DemoShop) -> None:
    for order in await every_order(shop):
        for parcel in order.fulfilments:
            assert parcel.latest is not None
            if parcel.status in ("delivered", "lost", "out_for_delivery"):
                assert parcel.latest.status == parcel.status, order.ref
            assert (parcel.status == "delivered") == (parcel.delivered_at is not None)
            if parcel.delivered_at:
                assert parcel.latest.at == parcel.delivered_at, order.ref


async def test_the_status_of_an_order_fits_its_parcels(shop: DemoShop) -> None:
    for order in await every_order(shop):
        states = {parcel.status for parcel in order.fulfilments}
        match order.status:
            case "unpaid" | "paid" | "cancelled":
                assert not states, order.ref
            case "delivered" | "returned" | "refunded":
                assert states == {"delivered"}, order.ref
            case "shipped" | "partially_shipped":
                assert states, order.ref
                assert not states & {"delivered", "lost"}, order.ref


def s10_is_right(number: str) -> bool:
    """UPU S10: the check digit of two letters, eight digits, one to check, a country."""
    weighed = sum(int(c) * w for c, w in zip(number[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    return {10: 0, 11: 5}.get(11 - weighed % 11, 11 - weighed % 11) == int(number[10])


def ups_is_right(number: str) -> bool:
    """Letters count as (code - 63) mod 10; every second place, from the second on, twice."""
    values = [int(c) if c.isdigit() else (ord(c) - 63) % 10 for c in number[2:]]
    return (sum(values[0:15:2]) + 2 * sum(values[1:15:2]) + values[15]) % 10 == 0


def gs1_is_right(number: str) -> bool:
    """From the right, places count once and three times in turn."""
    return sum(int(c) * (3 if n % 2 else 1) for n, c in enumerate(reversed(number))) % 10 == 0


CHECKS = [
    (re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}"), s10_is_right),
    (re.compile(r"1Z[A-Z0-9]{16}"), ups_is_right),
    (re.compile(r"9400\d{18}"), gs1_is_right),
]


def test_the_checks_themselves_know_right_from_wrong() -> None:
    """Published examples of the formats."""
    assert s10_is_right("RB123456785GB")
    assert not s10_is_right("RB123456786US")
    assert ups_is_right("1Z5R89390357567127")
    assert not ups_is_right("1Z5R89390357567128")
    assert gs1_is_right("9400111202555842332669")
    assert not gs1_is_right("9400111202555842332660")


async def test_tracking_numbers_are_unique_and_have_right_check_digits(shop: DemoShop) -> None:
    numbers = [
        parcel.number or "" for order in await every_order(shop) for parcel in order.fulfilments
    ]
    assert len(set(numbers)) == len(numbers) > 30
    checked = [
        (number, is_right(number))
        for number in numbers
        for form, is_right in CHECKS
        if form.fullmatch(number)
    ]
    assert len(checked) > 20
    assert all(right for _, right in checked), checked


async def test_every_parcel_can_be_followed_at_its_carriers_site(shop: DemoShop) -> None:
    """S2.8"""
    for order in await every_order(shop):
        for parcel in order.fulfilments:
            assert parcel.number
            assert parcel.url
            assert parcel.url.startswith("https://")
            assert parcel.number in parcel.url


async def test_no_real_person_can_be_written_to(shop: DemoShop) -> None:
    for order in await every_order(shop):
        assert re.fullmatch(r"[a-z.]+@example\.(com|org|net)", order.customer.email or "")


# ── two orders that the documentation tells of ──────────────────────────────


async def test_the_teapot_came_three_days_late_three_days_ago(shop: DemoShop) -> None:
    """S1.2: the birthday gift."""
    order = await shop.order("10045")
    assert order is not None
    assert (order.customer.name, order.ship_to.country) == ("Lena Weber", "DE")
    (item,), (parcel,) = order.items, order.fulfilments
    assert (item.title, item.variant) == ("Teekanne Ines", {"colour": "green"})
    assert (order.totals.total, order.currency) == (Decimal("34.90"), "EUR")
    assert item.in_stock
    assert parcel.eta is not None
    assert parcel.delivered_at is not None
    delivered = parcel.delivered_at.astimezone(BERLIN).date()
    assert delivered - parcel.eta.astimezone(BERLIN).date() == timedelta(days=3)
    assert NOW.date() - delivered == timedelta(days=3)


async def test_the_lamp_was_scanned_in_leipzig_yesterday_evening(shop: DemoShop) -> None:
    """S2.8: number, site, latest event."""
    order = await shop.order("10023")
    assert order is not None
    assert order.customer.name == "Tom Brandt"
    (parcel,) = order.fulfilments
    assert (parcel.carrier, parcel.number) == ("DHL", "00340434161094000017")
    assert parcel.latest is not None
    assert parcel.latest.place == "Leipzig"
    assert parcel.latest.at == datetime(2026, 11, 20, 18, 42, tzinfo=BERLIN)
    assert parcel.eta is not None
    assert parcel.eta.date() == NOW.date() + timedelta(days=3)


async def test_events_keep_the_clock_of_their_place(shop: DemoShop) -> None:
    order = await shop.order("10041")
    assert order is not None
    first, last = order.fulfilments[0].events[0], order.fulfilments[0].events[-1]
    assert (first.place, first.at.utcoffset()) == ("Leipzig", timedelta(hours=1))
    assert (last.at.utcoffset(), last.at.strftime("%H:%M")) == (timedelta(hours=9), "14:26")


# ── look-ups ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("typed", ["10045", " #10045 ", "# 10045", "１００４５"])
async def test_an_order_is_found_however_its_number_is_typed(shop: DemoShop, typed: str) -> None:
    order = await shop.order(typed)
    assert order is not None
    assert order.ref == "10045"


async def test_a_marketplaces_number_is_found_with_and_without_its_hyphens(shop: DemoShop) -> None:
    for typed in ("303-5512894-7719046", "30355128947719046"):
        order = await shop.order(typed)
        assert order is not None
        assert order.ref == "303-5512894-7719046"


@pytest.mark.parametrize("typed", ["", "#", "1004", "99999", "10045' OR '1'='1", "%", "lena"])
async def test_what_is_no_order_number_finds_nothing(shop: DemoShop, typed: str) -> None:
    assert await shop.order(typed) is None


async def test_a_buyers_orders_come_newest_first(shop: DemoShop) -> None:
    refs = [order.ref for order in await shop.orders_of(" Lena.Weber@Example.com ")]
    assert refs == ["10045", "10012"]
    assert await shop.orders_of("nobody@example.com") == []
    assert await shop.orders_of("") == []


async def test_every_parcel_leads_back_to_its_order(shop: DemoShop) -> None:
    for order in await every_order(shop):
        for parcel in order.fulfilments:
            assert await shop.order_by_tracking(parcel.number or "") == order


async def test_a_tracking_number_is_found_however_it_is_grouped(shop: DemoShop) -> None:
    order = await shop.order_by_tracking("0034 0434-1610 9400 0017")
    assert order is not None
    assert order.ref == "10023"
    assert await shop.order_by_tracking("00340434161094000018") is None


async def skus(shop: DemoShop, query: str) -> list[str]:
    return [stock.sku for stock in await shop.stock(query)]


@pytest.mark.parametrize(
    "query", ["TK-INES-GRN", "tk-ines-grn", "tkinesgrn", "is TK-INES-GRN there?"]
)
async def test_a_sku_finds_that_variant_alone(shop: DemoShop, query: str) -> None:
    assert await skus(shop, query) == ["TK-INES-GRN"]


async def test_the_start_of_a_sku_finds_the_family_what_is_there_first(shop: DemoShop) -> None:
    assert await skus(shop, "TK-INES") == ["TK-INES-GRN", "TK-INES-BLU", "TK-INES-WHT"]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("teapot green", "TK-INES-GRN"),
        ("green teapots", "TK-INES-GRN"),
        ("Hello, do you have the Ines teapot in white?", "TK-INES-WHT"),
        ("I'd like the linen shirt in blue, size L please", "HE-MALO-BLU-L"),
        ("Haben Sie die Regenjacken in gelb in M?", "RJ-NORD-YEL-M"),
        ("grüne Kanne", "TK-INES-GRN"),
        ("chemise en lin blanche XL", "HE-MALO-WHI-XL"),
        ("théière verte", "TK-INES-GRN"),
        ("tênis de trilha 41", "SH-PFAD-GRY-41"),
        ("緑のティーポット", "TK-INES-GRN"),
        ("찻주전자 초록", "TK-INES-GRN"),
        ("绿色茶壶", "TK-INES-GRN"),
        ("shoes 42", "SH-PFAD-GRY-42"),
        ("large vase", "VA-FLOR-BLU-L"),
    ],
)
async def test_the_best_match_comes_first_in_every_language(
    shop: DemoShop, query: str, first: str
) -> None:
    """S2.3"""
    found = await skus(shop, query)
    assert found[0] == first
    assert {sku.rsplit("-", 1)[0].split("-")[1] for sku in found} == {first.split("-")[1]}


async def test_a_colour_alone_finds_everything_in_it(shop: DemoShop) -> None:
    found = await shop.stock("green")
    assert {stock.variant["colour"] for stock in found} == {"green"}
    assert len({stock.title for stock in found}) > 2
    counts = [stock.in_stock > 0 for stock in found]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize("query", ["", "   ", "hello how are you", "xyzzy", "%", "的", "'"])
async def test_what_names_no_product_finds_none(shop: DemoShop, query: str) -> None:
    assert await skus(shop, query) == []


async def test_what_is_sold_out_says_when_more_will_come(shop: DemoShop) -> None:
    """S2.3"""
    (white,) = await shop.stock("TK-INES-WHT")
    assert white.in_stock == 0
    assert white.expected_at is not None
    assert white.expected_at.date() == NOW.date() + timedelta(days=9)
    assert (white.price, white.currency) == (Decimal("34.90"), "EUR")


async def test_a_very_long_query_is_answered_in_time(shop: DemoShop) -> None:
    assert "TK-INES-GRN" in await skus(shop, "teapot " + "lorem ipsum dolor " * 5_000)


# ── the file ─────────────────────────────────────────────────────────────────


async def test_the_second_start_keeps_the_dates_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "shop.sqlite"
    before = await every_order(await DemoShop.open(path, NOW))
    after = await every_order(await DemoShop.open(path, NOW + timedelta(days=40)))
    assert before == after


async def test_two_processes_that_start_at_once_get_one_shop(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    shops = await asyncio.gather(*(DemoShop.open(path, NOW) for _ in range(4)))
    orders = await asyncio.gather(*(shop.order("10045") for shop in shops))
    assert all(orders)
    assert os.listdir(tmp_path) == ["shop.sqlite"]


async def test_a_start_that_was_killed_half_way_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    (tmp_path / ".shop.sqlite.4711").write_bytes(b"half")
    assert await (await DemoShop.open(path, NOW)).order("10045")


async def test_twenty_look_ups_at_once_are_answered(shop: DemoShop) -> None:
    async with asyncio.timeout(10):
        orders = await asyncio.gather(*(shop.order(ref) for ref in REFS[:20]))
    assert [order and order.ref for order in orders] == REFS[:20]


async def test_a_broken_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    path.write_bytes(b"not a database at all " * 200)
    shop = await DemoShop.open(path, NOW)
    with pytest.raises(Unavailable, match=r"shop\.sqlite can't be read\. Delete it"):
        await shop.order("10045")
    path.unlink()
    with pytest.raises(Unavailable, match="Delete it"):
        await shop.stock("teapot")
    assert os.listdir(tmp_path) == [], "an empty shop in its place would be taken for a made one"


async def test_a_locked_file_is_a_passing_trouble(shop: DemoShop, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unavailable, match=r"using the demo shop's file\. Try again"):
            await shop.order("10045")
    assert await shop.order("10045")


async def test_a_folder_that_cant_be_written_stops_the_start_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Misconfigured, match=r"file/shop\.sqlite"):
        await DemoShop.open(tmp_path / "file" / "shop.sqlite", NOW)


async def test_looking_up_changes_nothing(shop: DemoShop, tmp_path: Path) -> None:
    before = (tmp_path / "shop.sqlite").read_bytes()
    await every_order(shop)
    await shop.stock("green")
    assert (tmp_path / "shop.sqlite").read_bytes() == before


async def test_the_documentation_names_only_what_is_there(shop: DemoShop) -> None:
    text = Path(__file__).parent.with_name("docs").joinpath("demo.md").read_text()
    quoted = set(re.findall(r"`([^`]+)`", text))
    refs = {one for one in quoted if re.fullmatch(r"1\d{4}|\d{3}-\d{7}-\d{7}|\d{16}", one)}
    assert len(refs) > 20
    assert refs <= set(REFS)
    starts = {one for one in quoted if re.fullmatch(r"[A-Z]{2}-[A-Z]{3,4}", one)}
    assert starts == {
        "-".join(variant["sku"].split("-")[:2])
        for product in shipped("products.json")
        for variant in product["variants"]
    }
    assert {one["visitor"] for one in shipped("buyers.json")} <= quoted
    assert all(one["name"].split()[-1] in text for one in shipped("buyers.json"))


def test_the_shipped_files_are_json_that_people_can_read() -> None:
    for name in ("products.json", "orders.json", "colours.json", "buyers.json"):
        assert "\\u" not in json.dumps(shipped(name), ensure_ascii=False), name
