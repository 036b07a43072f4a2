"""Orders out of a shop's exports: any spreadsheet's file, and what is wrong with which line."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import Misconfigured, Unavailable
from connectors.shops.files.cells import sum_of, time_of
from connectors.shops.files.reading import How
from connectors.shops.files.shop import FilesShop, connect
from connectors.store import RedisStore
from tests.fakes import Clock
from tests.shop_parts import parts_of

SHANGHAI = timezone(timedelta(hours=8))

SHOPIFY = """\
Name,Email,Financial Status,Fulfillment Status,Currency,Total,Created at,Lineitem name,\
Lineitem quantity,Lineitem price,Lineitem sku,Shipping Name,Shipping City,Shipping Zip,\
Shipping Country,Notes,Farbe
#1001,lena@b.example,paid,fulfilled,EUR,89.70,2026-11-10 09:12:00 +0100,Teekanne Ines,2,34.90,\
TEA-GRN,Lena Weber,Berlin,'10115,DE,"bitte
klingeln",grün
#1001,,,,,,,Tasse Mai,1,19.90,CUP-WHT,,,,,,
#1002,tom@b.example,pending,unfulfilled,EUR,x,2026-11-11 09:00:00 +0100,Tasse Mai,1,19.90,CUP,\
Tom,Leeds,LS1,GB,,
"""
CHINESE = """\
订单号\t下单时间\t订单状态\t币种\t实付金额\t买家\t邮箱\t收件人\t城市\t邮编\t\
国家\t商品名称\t商品编码\t颜色\t尺码\t数量\t单价\t物流公司\t运单号\t备注
A001\t2026年11月21日 10:05\t已发货\tUSD\t$1,234.50\t王芳\twang@b.example\t王芳\t上海\t\
200000\tCN\t茶壶\tTEA\t绿色\tL\t1\t1234.5\t云途\t="YT2300000000000001"\t礼物
"""


def shop_in(path: Path, **how: Any) -> FilesShop:
    return FilesShop(path, How(**{"shop": "files", "zone": UTC, **how}))


async def test_rows_of_one_number_are_one_order_whatever_columns_are_called(
    tmp_path: Path,
) -> None:
    (tmp_path / "orders.csv").write_text(SHOPIFY, "utf-8-sig")
    shop = shop_in(tmp_path)

    order = await shop.order("1001")

    assert order is not None
    assert [(one.title, one.qty, one.unit_price) for one in order.items] == [
        ("Teekanne Ines", 2, Decimal("34.90")),
        ("Tasse Mai", 1, Decimal("19.90")),
    ]
    assert order.items[0].variant == {"colour": "grün"}
    assert (order.status, order.payment.status) == ("shipped", "paid")
    assert (order.ship_to.postcode, order.ship_to.country) == ("10115", "DE")
    assert order.totals.total == Decimal("89.70")
    assert order.placed_at is not None
    assert order.placed_at.utcoffset() == timedelta(hours=1)
    assert order.notes == ("bitte\nklingeln",)
    assert [one.ref for one in await shop.orders_of("LENA@b.example")] == ["#1001"]


async def test_a_row_that_can_t_be_read_is_left_out_and_named_by_file_and_line(
    tmp_path: Path,
) -> None:
    (tmp_path / "orders.csv").write_text(SHOPIFY, "utf-8")
    shop = shop_in(tmp_path)

    said = await shop.probe()

    assert said == (
        "1 orders were read from 1 files. 1 lines were left out: "
        "orders.csv:5: total: “x” is no amount"
    )
    with pytest.raises(Unavailable, match=r"orders\.csv:5 can't be read: total"):
        await shop.order("1002")
    assert await shop.order("1003") is None


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-16-le", "utf-8", "utf-8-sig"])
async def test_excel_in_chinese_is_read_in_whatever_encoding_it_saves(
    encoding: str, tmp_path: Path
) -> None:
    (tmp_path / "订单.csv").write_bytes(CHINESE.encode(encoding))
    shop = shop_in(tmp_path, zone=SHANGHAI)

    order = await shop.order_by_tracking("yt2300000000000001")

    assert order is not None
    assert (order.ref, order.status, order.customer.name) == ("A001", "shipped", "王芳")
    assert order.placed_at == datetime(2026, 11, 21, 10, 5, tzinfo=SHANGHAI)
    assert order.totals.total == Decimal("1234.50")
    assert order.items[0].variant == {"colour": "绿色", "size": "L"}
    assert (order.fulfilments[0].carrier, order.notes) == ("云途", ("礼物",))
    assert order.ship_to.city == "上海"


async def test_excel_in_german_is_not_taken_for_chinese(tmp_path: Path) -> None:
    text = "Bestellnummer;Artikel;Gesamt;Währung;Größe\n7;Schöne Schüssel;1.234,56 €;EUR;groß\n"
    (tmp_path / "o.csv").write_bytes(text.encode("cp1252"))
    order = await shop_in(tmp_path).order("7")
    assert order is not None
    assert (order.items[0].title, order.items[0].variant) == ("Schöne Schüssel", {"size": "groß"})
    assert (order.totals.total, order.currency) == (Decimal("1234.56"), "EUR")


async def test_files_are_read_anew_when_they_change_and_json_beside_csv(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"orders": [{"ref": "J1", "status": "paid"}]}')
    (tmp_path / "b.jsonl").write_text('{"ref": "J2"}\n{"ref": "J3", "currency": "euro"}\n')
    (tmp_path / "stock.csv").write_text("SKU,Title,库存,颜色\nTEA,Teapot Ines,4,green\n")
    (tmp_path / "~$a.csv").write_text("a lock of Excel's")
    shop = shop_in(tmp_path)

    assert (await shop.order("j1")) is not None
    assert (await shop.order("J2")) is not None
    with pytest.raises(Unavailable, match=r"b\.jsonl:2 can't be read: currency"):
        await shop.order("J3")
    [stock] = await shop.stock("green teapot")
    assert (stock.sku, stock.in_stock, stock.variant) == ("TEA", 4, {"colour": "green"})

    (tmp_path / "a.json").write_text('[{"ref": "J9"}]')
    os.utime(tmp_path / "a.json", ns=(1, 1))
    assert await shop.order("J1") is None
    assert await shop.order("J9") is not None
    assert (await shop.probe()).startswith("2 orders were read from 3 files, and the stock of 1")


async def test_a_number_that_a_spreadsheet_cut_off_is_no_tracking_number(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("Order,Tracking number\n8,3.40435E+18\n9,JD014600003GB\n")
    shop = shop_in(tmp_path)
    order = await shop.order("8")
    assert order is not None
    assert order.fulfilments == ()
    assert "o.csv:2: the spreadsheet has cut the tracking number off" in await shop.probe()
    assert await shop.order_by_tracking("JD014600003GB") is not None


async def test_files_that_are_no_exports_are_named_and_the_others_read(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text("order number\n5\n")
    (tmp_path / "other.csv").write_text("colour,shape\nred,round\n")
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "empty.csv").write_text("")
    shop = shop_in(tmp_path)
    assert await shop.order("5") is not None
    said = await shop.probe()
    assert "other.csv: no column is an order number" in said
    assert "colour, shape" in said
    assert "bad.json" in said
    assert "deep.json" in said


async def test_columns_of_other_names_can_be_told(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("Vorgang;Was\n5;Kanne\n")
    shop = shop_in(tmp_path, columns={"ref": "Vorgang", "title": "Was"})
    order = await shop.order("5")
    assert order is not None
    assert order.items[0].title == "Kanne"


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1.234,56 €", "1234.56"),
        ("$1,234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1'234.50", "1234.50"),
        ("¥1,200,000", "1200000"),
        ("12,5", "12.5"),
        ("-10.00", "-10.00"),
        ("US$ 7", "7"),
    ],
)
def test_amounts_are_read_as_people_write_them(cell: str, amount: str) -> None:
    assert sum_of(cell) == Decimal(amount)


@pytest.mark.parametrize("cell", ["x", "€", "--"])
def test_what_is_no_amount_is_said(cell: str) -> None:
    with pytest.raises(ValueError, match="is no amount"):
        sum_of(cell)


def test_a_day_that_may_be_two_is_not_guessed() -> None:
    assert time_of("21.11.2026", UTC, "") == datetime(2026, 11, 21, tzinfo=UTC)
    assert time_of("2026/11/3 9:05", UTC, "") == datetime(2026, 11, 3, 9, 5, tzinfo=UTC)
    assert time_of("13/04/2026", UTC, "") == datetime(2026, 4, 13, tzinfo=UTC)
    assert time_of("03/04/26", UTC, "mdy") == datetime(2026, 3, 4, tzinfo=UTC)
    with pytest.raises(ValueError, match="may be two days"):
        time_of("03/04/2026", UTC, "")
    for wrong in ("31.02.2026", "soon", "2026-13-01"):
        with pytest.raises(ValueError, match=r"."):
            time_of(wrong, UTC, "")


async def test_a_place_that_is_not_there_is_said_at_the_start_and_later(
    store: RedisStore, tmp_path: Path
) -> None:
    table = {"files": {"path": str(tmp_path / "none")}}
    async with parts_of(store, Clock(), table) as parts:
        with pytest.raises(Misconfigured, match=r"shop\.files\.path: There is no "):
            await connect(parts, "files")
    async with parts_of(store, Clock(), {"f2": {"path": str(tmp_path), "zone": "Mars"}}) as parts:
        with pytest.raises(Misconfigured, match=r"shop\.f2\.zone"):
            await connect(parts, "f2")
    shop = shop_in(tmp_path / "gone")
    with pytest.raises(Unavailable, match="gone can't be read"):
        await shop.order("1")
