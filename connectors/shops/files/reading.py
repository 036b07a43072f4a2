"""From a file to orders: its rows, its columns, and what is wrong with which of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from assistant.model import Order, Stock
from connectors.shopping.states import order_state, parcel_state, payment_state
from connectors.shopping.values import country, currency, each, key, variant_of
from connectors.shops.files.cells import (
    Days,
    decoded,
    is_rounded,
    rows,
    sum_of,
    time_of,
)
from connectors.shops.files.columns import OPTIONS, fields_of

MOST_BYTES = 64 << 20
STATES = {"status": order_state, "payment_status": payment_state, "parcel_status": parcel_state}
TIMES = ("placed_at", "paid_at", "shipped_at", "delivered_at", "eta", "refund_at", "cancelled_at")
SUMS = ("total", "unit_price", "refund_amount", "qty", "in_stock")


@dataclass
class Wrong:
    """What is wrong with a file, or a line of it."""

    where: str
    what: str
    ref: str = ""
    """The order it would have told about."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass
class Read:
    """What the files say, all together."""

    orders: dict[str, Order] = field(default_factory=dict)
    stock: dict[str, Stock] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)
    files: int = 0


@dataclass(frozen=True)
class How:
    """What nobody can tell from a file alone."""

    shop: str
    zone: tzinfo
    days: Days = ""
    encoding: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


def read_file(path: Path, how: How, into: Read) -> None:
    """Add what *path* says to *into*; what is wrong with it stands there too."""
    into.files += 1
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"it is over {MOST_BYTES >> 20} MB; split it")
        text = decoded(path.read_bytes(), how.encoding)
        if path.suffix == ".csv":
            _csv(path.name, text, how, into)
        else:
            _json(path.name, text, how, into)
    except (OSError, ValueError, LookupError, RecursionError) as error:
        into.wrong.append(Wrong(path.name, str(error)))


# ── JSON ─────────────────────────────────────────────────────────────────────


def _json(name: str, text: str, how: How, into: Read) -> None:
    for place, one in _documents(text):
        kind: type[BaseModel] = Order if "ref" in one else Stock
        try:
            made = kind.model_validate(one)
        except ValidationError as error:
            wrong = error.errors()[0]
            where = ".".join(str(step) for step in wrong["loc"])
            ref = str(one.get("ref", ""))
            into.wrong.append(Wrong(f"{name}:{place}", f"{where}: {wrong['msg']}", ref))
            continue
        if isinstance(made, Order):
            into.orders[key(made.ref)] = made.model_copy(update={"shop": how.shop})
        elif isinstance(made, Stock):
            into.stock[key(made.sku)] = made


def _documents(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Each order with its place: of a list, of `{"orders": []}`, or of a file of JSON lines."""
    try:
        whole = json.loads(text)
    except ValueError:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                one = json.loads(line)
                if isinstance(one, Mapping):
                    yield number, one
        return
    listed = whole if isinstance(whole, list) else [*each(whole, "orders"), *each(whole, "stock")]
    if not listed and isinstance(whole, Mapping):
        listed = [whole]
    yield from ((n, one) for n, one in enumerate(listed, 1) if isinstance(one, Mapping))


# ── CSV ──────────────────────────────────────────────────────────────────────


def _csv(name: str, text: str, how: How, into: Read) -> None:
    table = rows(text)
    try:
        _, header = next(table)
    except StopIteration:
        return
    fields = fields_of(header, how.columns)
    if "ref" not in fields.values() and not {"sku", "in_stock"} <= set(fields.values()):
        raise ValueError(
            "no column is an order number (and none are SKU and stock). "
            f"Its columns are: {', '.join(header)[:200]}"
        )
    last: dict[str, str] = {}
    for line, row in table:
        cells = {fields[n]: cell for n, cell in enumerate(row) if n in fields and cell}
        extra = [(header[n], cell) for n, cell in enumerate(row[: len(header)]) if n not in fields]
        # Exports name the order once, and leave it out in the rows of its other items.
        cells = _filled(cells, last) if "ref" in fields.values() else cells
        try:
            _row(cells, variant_of(extra), f"{name}:{line}", how, into)
        except (ValueError, ValidationError) as error:
            into.wrong.append(Wrong(f"{name}:{line}", _said(error), cells.get("ref", "")))
        last = cells


def _filled(cells: dict[str, str], last: Mapping[str, str]) -> dict[str, str]:
    return cells if "ref" in cells or "ref" not in last else {"ref": last["ref"], **cells}


def _said(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        wrong = error.errors()[0]
        return f"{'.'.join(str(step) for step in wrong['loc'])}: {wrong['msg']}"
    return str(error)


def _row(
    cells: Mapping[str, str], variant: Mapping[str, str], where: str, how: How, into: Read
) -> None:
    told = _told(cells, how)
    options = {name: one for name, one in variant.items() if name in OPTIONS}
    if "ref" not in cells:
        stock = Stock.model_validate({"title": told.get("sku"), **told, "variant": options})
        into.stock[key(stock.sku)] = stock
        return
    if is_rounded(cells.get("tracking", "")):
        told.pop("tracking")
        into.wrong.append(Wrong(where, "the spreadsheet has cut the tracking number off"))
    order = _order(told, options, how)
    known = into.orders.get(key(order.ref))
    into.orders[key(order.ref)] = _joined(known, order) if known else order


def _told(cells: Mapping[str, str], how: How) -> dict[str, Any]:
    """The cells as values. Raises: ValueError, naming the field."""
    told: dict[str, Any] = {}
    for name, cell in cells.items():
        try:
            if name in STATES:
                told[name] = STATES[name](cell)
            elif name in TIMES or name == "expected_at":
                told[name] = time_of(cell, how.zone, how.days)
            elif name in SUMS:
                told[name] = sum_of(cell)
            else:
                told[name] = cell
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return told


def _order(told: Mapping[str, Any], variant: Mapping[str, str], how: How) -> Order:
    def some(*names: str, **renamed: str) -> dict[str, Any]:
        pairs = {**{name: name for name in names}, **renamed}
        return {ours: told[name] for ours, name in pairs.items() if name in told}

    item = {**some("sku", "title", "qty", "unit_price", "in_stock"), "variant": variant}
    parcel = some(
        "carrier", "shipped_at", "delivered_at", "eta", number="tracking", url="tracking_url"
    ) | some(status="parcel_status")
    refund = some(amount="refund_amount", reason="refund_reason", at="refund_at")
    address = some("line1", "line2", "city", "region", "postcode", "phone", name="ship_name")
    return Order.model_validate(
        {
            **some("ref", "placed_at", "status", "shipping_method", "cancelled_at"),
            "shop": how.shop,
            "currency": currency(told.get("currency")),
            "totals": some("total"),
            "payment": some("paid_at", method="payment_method", status="payment_status"),
            "customer": some("email", "locale", name="customer_name"),
            "ship_to": {**address, "country": country(told.get("country"))},
            "items": [{"sku": "", "title": item.get("sku", ""), **item}]
            if "sku" in told or "title" in told
            else [],
            "fulfilments": [parcel] if parcel else [],
            "refunds": [refund] if refund else [],
            "notes": [told["note"]] if "note" in told else [],
        }
    )


def _joined(known: Order, row: Order) -> Order:
    """Another row of the same order: one more item, perhaps one more parcel."""

    def more(had: Sequence[Any], new: Sequence[Any]) -> tuple[Any, ...]:
        return (*had, *(one for one in new if one not in had))

    return known.model_copy(
        update={
            "items": (*known.items, *row.items),
            "fulfilments": more(known.fulfilments, row.fulfilments),
            "refunds": more(known.refunds, row.refunds),
            "notes": more(known.notes, row.notes),
        }
    )
