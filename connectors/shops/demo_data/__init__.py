"""What is in the demo shop, and how its file is made of it.

`products.json` and `orders.json` are written by hand. A moment in them is `"-3 15:20"`: that many
days from the day of the first start, at that time on the clock of the order's zone or of the
event's own. It becomes an absolute time when the shop is made, once.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from connectors.shops.demo_data.words import key, title_tokens, tokens

__all__ = ["fill", "shipped"]

HOME_ZONE = "Europe/Berlin"
"""Where the warehouse is."""


def shipped(name: str) -> Any:
    """The content of one of the shipped JSON files."""
    return json.loads(files(__name__).joinpath(name).read_text(encoding="utf-8"))


def fill(shop: sqlite3.Connection, now: datetime) -> None:
    """Make the tables in an empty database and fill them; dates count from the day of *now*."""
    shop.executescript(files(__name__).joinpath("schema.sql").read_text(encoding="utf-8"))
    colours: Mapping[str, str] = shipped("colours.json")
    prices: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
    for product in shipped("products.json"):
        _add_product(shop, product, colours, now)
        for variant in product["variants"]:
            prices[variant["sku"]] = product["titles"], product["prices"]
    for order in shipped("orders.json"):
        _add_order(shop, order, prices, now)


def moment(offset: str, zone: str, now: datetime) -> str:
    """`"-3 15:20"` as an ISO time of *zone*, counted from the day that *now* is there."""
    days, clock = offset.split()
    local = ZoneInfo(zone)
    day = now.astimezone(local).date() + timedelta(days=int(days))
    return datetime.combine(day, time.fromisoformat(clock), local).isoformat()


def _add_product(
    shop: sqlite3.Connection, product: dict[str, Any], colours: Mapping[str, str], now: datetime
) -> None:
    titles = product["titles"]
    title_words = _joined(token for title in titles.values() for token in title_tokens(title))
    for variant in product["variants"]:
        colour, size = variant["colour"], variant.get("size")
        due = variant.get("expected_in_days")
        _insert(
            shop,
            "variant",
            sku=variant["sku"],
            key=key(variant["sku"]),
            title=titles["en"],
            colour=colour,
            size=size,
            in_stock=variant["in_stock"],
            expected_at=due and moment(f"+{due} 09:00", HOME_ZONE, now),
            price=product["prices"]["EUR"],
            currency="EUR",
            cost_eur=product["cost_eur"],
            title_words=title_words,
            variant_words=_joined(tokens(f"{colour} {colours[colour]} {size or ''}")),
        )


def _add_order(
    shop: sqlite3.Connection,
    order: dict[str, Any],
    prices: Mapping[str, tuple[dict[str, str], dict[str, str]]],
    now: datetime,
) -> None:
    ref, currency, customer = order["ref"], order["currency"], order["customer"]
    language = customer["locale"].split("-")[0]
    total = Decimal(order["shipping"]["price"])
    for item in order["items"]:
        titles, amounts = prices[item["sku"]]
        total += item["qty"] * Decimal(amounts[currency])
        title = titles.get(language, titles["en"])
        _insert(shop, "item", order_ref=ref, title=title, unit_price=amounts[currency], **item)
    _insert(
        shop,
        "orders",
        ref=ref,
        key=key(ref),
        placed_at=moment(order["placed"], order["zone"], now),
        status=order["status"],
        currency=currency,
        total=str(total),
        shipping_method=order["shipping"]["method"],
        shipping_price=order["shipping"]["price"],
        **_prefixed("payment", order["payment"]),
        **_prefixed("customer", customer),
        **_prefixed("ship_to", order["ship_to"]),
    )
    _add_parcels(shop, order, now)
    for refund in order["refunds"]:
        at = moment(refund["at"], order["zone"], now)
        _insert(shop, "refund", order_ref=ref, **{**refund, "at": at})
    for note in order["notes"]:
        _insert(shop, "note", order_ref=ref, text=note)


def _add_parcels(shop: sqlite3.Connection, order: dict[str, Any], now: datetime) -> None:
    """Parcels leave the warehouse by its clock, and arrive by the buyer's."""
    for parcel in order["parcels"]:
        number = parcel["number"]
        zones = {"shipped": order.get("ships_from_zone", HOME_ZONE)}
        times = {
            f"{name}_at" if name != "eta" else name: moment(
                parcel[name], zones.get(name, order["zone"]), now
            )
            for name in ("shipped", "eta", "delivered")
            if name in parcel
        }
        plain = {name: parcel[name] for name in ("carrier", "number", "url", "status")}
        _insert(shop, "parcel", order_ref=order["ref"], key=key(number), **plain, **times)
        for event in parcel["events"]:
            at = moment(event["at"], event.get("zone", order["zone"]), now)
            said = {name: event[name] for name in ("status", "place", "text")}
            _insert(shop, "event", parcel_number=number, at=at, **said)


def _insert(shop: sqlite3.Connection, table: str, **row: Any) -> None:
    """Tables and columns are named in this module alone; values are bound."""
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    shop.execute(
        f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 - no outside names
        tuple(row.values()),
    )


def _prefixed(prefix: str, row: Mapping[str, str]) -> dict[str, str]:
    return {f"{prefix}_{name}": value for name, value in row.items()}


def _joined(words: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(words))
