"""Articles, sums and days that the buyer names: read in every language, held against the shop."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from assistant.drafting.brief import Situation, Spoken
from assistant.drafting.matter import Matter
from assistant.drafting.mentions import borne_out, unlike
from assistant.drafting.understand import understand
from assistant.model import Facts, Item, Mention, Order, Stock, Totals, Understanding
from assistant.playbooks import Playbooks
from assistant.surface.facts import fact_sections, known_rows
from assistant.words import words
from tests.drafting_cases import teapot_order, waiting_order
from tests.fakes import FakeShop, World

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def read(text: str, *orders: Order) -> Understanding:
    return understand(heard(text, *orders))


def heard(text: str, *orders: Order) -> Situation:
    said = Spoken(author="buyer", text=text, at=NOW)
    return Situation(channel="email", messages=(said,), now=NOW, facts=Facts(orders=orders))


def told(what: Understanding) -> list[str]:
    """`article 88213`, `amount 34.90`, `date 12.11.`"""
    return [
        f"date {one.days[0][2]}.{one.days[0][1]}."
        if one.kind == "date"
        else f"{one.kind} {one.number or one.text}"
        for one in what.mentions
    ]


NAMED = [
    "Order 10045 of 12 November, 34.90 EUR, item no. 88213",
    "Bestellung 10045 vom 12.11.2026, 34,90 €, Artikel 88213",
    "Commande 10045 du 12 novembre, 34,90 €, article 88213",
    "Pedido 10045 del 12 de noviembre, 34,90 €, artículo 88213",
    "Ordine 10045 del 12 novembre, 34,90 €, codice articolo 88213",
    "Pedido 10045 de 12 de novembro, € 34,90, produto 88213",
    "Bestelling 10045 van 12 november, € 34,90, artikelnummer 88213",
    "Zamówienie 10045 z 12 listopada, 34,90 EUR, artykuł 88213",
    "Beställning 10045 den 12 november, 34,90 €, artikelnummer 88213",
    "Заказ 10045, 12 ноября, 34,90 евро, артикул 88213",
    "Sipariş 10045, 12 Kasım, 34,90 €, ürün kodu 88213",
    "الطلب 10045 بتاريخ 12 نوفمبر بمبلغ 34.90 يورو منتج 88213",
    "注文番号 10045、11月12日、34.90ユーロ、商品番号 88213",
    "주문 10045, 11월 12일, 34.90유로, 상품번호 88213",
    "订单10045，11月12号，34.90欧元，型号88213",
    "訂單10045，11月12日，34.90歐元，商品編號 88213",
    "ออเดอร์ 10045 วันที่ 12 พฤศจิกายน 34.90 ยูโร รหัสสินค้า 88213",
    "Đơn hàng 10045 ngày 12 tháng 11, 34,90 EUR, mã sản phẩm 88213",
    "Pesanan 10045 tanggal 12 November, 34,90 EUR, kode produk 88213",
]


@pytest.mark.parametrize("text", NAMED)
def test_article_sum_and_day_are_read_and_the_order_number_is_none_of_them(text: str) -> None:
    """The contract: order numbers are never amounts, dates or article numbers."""
    found = read(text)

    assert found.order_refs == ("10045",)
    assert sorted(told(found)) == ["amount 34.90", "article 88213", "date 12.11."]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我的包裹10023在哪里", ("10023",)),
        ("我的包裹10023在哪裡", ("10023",)),
        ("cadê meu pacote 10023", ("10023",)),
        ("waar blijft mijn pakketje 10023", ("10023",)),
        ("kargom 10023 nerede", ("10023",)),
        ("أين طردي 10023", ("10023",)),
        ("وين شحنتي 10023", ("10023",)),
        ("荷物10023が届きません", ("10023",)),
        ("제 소포 10023 언제 와요", ("10023",)),
        ("kiện hàng của tôi 10023 đâu rồi", ("10023",)),
        ("paket saya 10023 di mana", ("10023",)),
        ("พัสดุของฉัน 10023 อยู่ไหน", ("10023",)),
        ("包裹10023元", ()),
        ("我的包裹，10115 柏林", ()),
        ("荷物は10023円でした", ()),
        ("소포 10000원", ()),
        ("meu pacote de R$ 10023", ()),
        ("meu pacote, 10115 Berlim", ()),
        ("paket saya 15000 rupiah", ()),
        ("kargom 2026 yılında geldi", ()),
        ("أين طردي، هاتفي 0501234567", ()),
        ("包裹里有 12345678901 手机", ()),
    ],
)
def test_whoever_names_their_parcel_by_a_short_number_has_named_the_order(
    text: str, found: tuple[str, ...]
) -> None:
    """S1.3: what was given is not asked for again, in no language."""
    assert read(text).order_refs == found


@pytest.mark.parametrize(
    "text",
    [
        "The model of 2024 holds 500ml, part 2 of 3, item 30x40, size 42",
        "Do you sell a WI-FI lamp? E-MAIL me, my size is 42.",
        "Ist das Produkt 12V oder 230V?",
        "Call me on item day: +49 30 1234567",
        "这个型号2024年的吗？",
    ],
)
def test_years_measures_and_capitals_are_no_article(text: str) -> None:
    assert not [one for one in read(text).mentions if one.kind == "article" and one.labelled]


def test_what_is_named_is_held_against_the_order() -> None:
    """A day as the buyer's clock has it, a round sum, an article in small letters."""
    teapot = Item(sku="TK-INES-GRN", title="Teapot", unit_price=Decimal("34.90"))
    order = teapot_order(items=(teapot,))
    zone = ZoneInfo("Europe/Berlin")
    sure = read("I paid 35 € for article tk-ines-grn").mentions
    wrong = read("I paid 39,90 € (or $12), article 88213").mentions

    assert all(borne_out(one, order, zone) for one in sure)
    assert [one.text for one in unlike(wrong, (order,))] == ["88213", "39,90 €"]
    assert unlike(wrong, ()) == ()


def test_3_4_is_either_day() -> None:
    order = waiting_order(placed_at=datetime(2026, 3, 4, 23, 30, tzinfo=UTC))
    [said] = read("I ordered on 4/3/2026").mentions
    [later] = read("I ordered on 3/5/2026").mentions

    assert borne_out(said, order)
    assert borne_out(later, order, ZoneInfo("Europe/Berlin"))
    assert not borne_out(later, order)


def test_of_several_orders_the_one_described_is_meant(playbooks: Playbooks) -> None:
    """S1.3: whoever says when, what or for how much is not asked for a number."""
    teapot = Item(sku="TK-INES-GRN", title="Teapot")
    two = waiting_order(), teapot_order(items=(teapot,))

    def meant(text: str) -> str | None:
        here = heard(text, *two)
        order = Matter(here, understand(here), playbooks).order
        return order.ref if order else None

    assert meant("Where is my order for 48 €?") == "10023"
    assert meant("Where is TK-INES-GRN?") == two[1].ref
    assert meant("Where is my order? It cost 99 €.") is None
    assert meant("Where is my order?") is None


def test_of_several_things_the_one_named_by_number_is_meant(playbooks: Playbooks) -> None:
    items = (Item(sku="MG-NORA", title="Mug"), Item(sku="MG-NORA-2", title="Mug"))
    here = heard("MG-NORA-2 is broken", waiting_order(items=items))
    item = Matter(here, understand(here), playbooks).item

    assert item is not None
    assert item.sku == "MG-NORA-2"


async def test_the_card_says_what_the_order_does_not_know(world: World) -> None:
    """A slip, another order, another offer: the agent should know before they answer."""
    world.shop.confirms(waiting_order())
    about = await world.buyer_writes("Order 10023: I paid 84 €, not 48 €, for article 88213.")
    conversation = await world.conversation(about)
    english = words("en")

    rows = {row.label: row.value for row in known_rows(conversation, english)}
    [buyer, *_] = fact_sections(conversation, english, NOW, 0)

    assert rows["Mentioned"] == "88213, 84 €: not in the order"
    assert "48 € (order 10023)" in {row.label: row.value for row in buyer.rows}["Mentioned"]


async def test_stock_is_asked_by_the_article_number(world: World) -> None:
    """S2.3: what a shop has under another number is not what was asked for."""

    class Shelf(FakeShop):
        async def stock(self, query: str) -> list[Stock]:
            green = Stock(sku="TK-INES-GRN", title="Teapot", in_stock=3)
            cable = Stock(sku="CB-1", title="Cable", in_stock=1)
            return [green] if query == "TK-INES-GRN" else [cable]

    world.shop = Shelf()
    known = await world.buyer_writes("Is TK-INES-GRN in stock again?")
    other = await world.buyer_writes("Is USB-C in stock again?", 2, thread_key="t2")

    assert [one.sku for one in (await world.conversation(known)).facts.stock] == ["TK-INES-GRN"]
    assert (await world.conversation(other)).facts.stock == ()


def test_a_mention_that_nobody_can_compare_is_no_discrepancy() -> None:
    said = Mention(kind="amount", text="$12", number=Decimal(12), currencies=("USD",))

    assert unlike((said,), (waiting_order(),)) == ()
    assert unlike((said,), (Order(ref="1", currency="USD", totals=Totals()),)) == ()
