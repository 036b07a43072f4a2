"""The shop of the demo: a SQLite file, made at the first start and only read from then on."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self, TypeVar

from assistant.errors import Misconfigured, Unavailable
from assistant.model import (
    Address,
    Customer,
    Item,
    Order,
    Parcel,
    ParcelEvent,
    Payment,
    Refund,
    Stock,
    Totals,
)
from assistant.words import Text, say
from connectors.http import Parts
from connectors.shops.demo_data import fill
from connectors.shops.demo_data.words import Shelf, key, rank

__all__ = ["DemoShop"]

BUSY_S = 1.0
"""How long SQLite itself waits for a lock."""
TIMEOUT_S = 3.0
"""How long a look-up may take altogether; longer than a lock, so that a lock is named."""
SKU_START = 4
"""So many letters of a SKU are taken for the start of one."""
MAKING_S = 30.0
MOST = 20
"""So many variants does a stock look-up name."""

Found = TypeVar("Found")


class DemoShop:
    """Fifteen products, some forty orders of twelve markets; see `docs/demo.md`.

    Every look-up opens the file anew in a thread of its own: nothing is shared, nothing to lock.
    """

    name = "demo"

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    async def open(cls, path: Path, now: datetime) -> Self:
        """The shop in the file *path*; made first where there is none, with dates around *now*.

        Raises: Misconfigured (the file can't be made).
        """
        try:
            async with asyncio.timeout(MAKING_S):
                await asyncio.to_thread(_make, path, now)
        except (OSError, sqlite3.Error) as error:
            raise Misconfigured(str(path), f"The demo shop can't be made here: {error}.") from error
        return cls(path)

    async def close(self) -> None:
        """Nothing is held between look-ups."""

    async def order(self, ref: str) -> Order | None:
        """By number, with or without `#`, spaces or hyphens, in either case."""
        return await self._look(lambda shop: _first(_orders(shop, "key = ?", key(ref))))

    async def orders_of(self, email: str) -> Sequence[Order]:
        return await self._look(lambda shop: _orders(shop, "customer_email = ?", email.strip()))

    async def order_by_tracking(self, number: str) -> Order | None:
        """The order that this parcel belongs to, however the number is grouped."""
        of_parcel = "ref = (SELECT order_ref FROM parcel WHERE key = ?)"
        return await self._look(lambda shop: _first(_orders(shop, of_parcel, key(number))))

    async def stock(self, query: str) -> Sequence[Stock]:
        """By SKU or the start of one, or by words in any language the shop sells in.

        At most twenty; among equals, what is in stock comes first. Prices are the home market's.
        """
        return await self._look(lambda shop: _stock(shop, query))

    async def _look(self, at: Callable[[sqlite3.Connection], Found]) -> Found:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await asyncio.to_thread(self._read, at)
        except TimeoutError as error:
            raise Unavailable(say("The demo shop is slow to answer. Try again.")) from error
        except sqlite3.Error as error:
            raise Unavailable(self._trouble(error)) from error

    def _read(self, at: Callable[[sqlite3.Connection], Found]) -> Found:
        address = f"{self._path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=BUSY_S)) as shop:
            shop.row_factory = sqlite3.Row
            return at(shop)

    def _trouble(self, error: sqlite3.Error) -> Text:
        if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return say("Something else is using the demo shop's file. Try again.")
        return say(
            "The demo shop's file {file} can't be read. Delete it; the next start makes it anew.",
            file=self._path.name,
        )


def _make(path: Path, now: datetime) -> None:
    """Beside the place and then moved there, so that a start cut short leaves no half a shop."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as beside:
        unfinished = Path(beside, path.name)
        with closing(sqlite3.connect(unfinished)) as shop, shop:
            fill(shop, now)
        unfinished.replace(path)


# ── rows become orders ───────────────────────────────────────────────────────

_ITEMS = """
    SELECT item.*, variant.colour, variant.size, variant.in_stock
    FROM item JOIN variant USING (sku) WHERE order_ref = ? ORDER BY item.rowid
"""
_PARCELS = "SELECT * FROM parcel WHERE order_ref = ? ORDER BY rowid"
_EVENTS = "SELECT * FROM event WHERE parcel_number = ? ORDER BY rowid"
_REFUNDS = "SELECT * FROM refund WHERE order_ref = ? ORDER BY rowid"
_NOTES = "SELECT * FROM note WHERE order_ref = ? ORDER BY rowid"


def _orders(shop: sqlite3.Connection, where: str, value: str) -> list[Order]:
    """Newest first. *where* is a condition written in this module, with one `?`."""
    rows = shop.execute(f"SELECT * FROM orders WHERE {where}", (value,)).fetchall()  # noqa: S608 - ours
    # Times are kept with the offset of their place: as text they don't sort.
    newest_first = sorted(
        rows, key=lambda row: datetime.fromisoformat(row["placed_at"]), reverse=True
    )
    return [_order(shop, row) for row in newest_first]


def _order(shop: sqlite3.Connection, row: sqlite3.Row) -> Order:
    def belonging(query: str) -> list[sqlite3.Row]:
        return shop.execute(query, (row["ref"],)).fetchall()

    return Order(
        ref=row["ref"],
        shop=DemoShop.name,
        placed_at=row["placed_at"],
        status=row["status"],
        currency=row["currency"],
        totals=Totals(total=row["total"]),
        payment=Payment(**_prefixed(row, "payment")),
        customer=Customer(**_prefixed(row, "customer")),
        ship_to=Address(**_prefixed(row, "ship_to")),
        shipping_method=row["shipping_method"],
        items=tuple(Item(**dict(one), variant=_variant(one)) for one in belonging(_ITEMS)),
        fulfilments=tuple(_parcel(shop, one) for one in belonging(_PARCELS)),
        refunds=tuple(Refund(**dict(one)) for one in belonging(_REFUNDS)),
        notes=tuple(one["text"] for one in belonging(_NOTES)),
    )


def _parcel(shop: sqlite3.Connection, row: sqlite3.Row) -> Parcel:
    events = shop.execute(_EVENTS, (row["number"],)).fetchall()
    return Parcel(**dict(row), events=tuple(ParcelEvent(**dict(event)) for event in events))


def _prefixed(row: sqlite3.Row, prefix: str) -> dict[str, str]:
    """The columns `prefix_…` of a row, by their names without it."""
    start = f"{prefix}_"
    return {name.removeprefix(start): row[name] for name in row.keys() if name.startswith(start)}  # noqa: SIM118 - a Row iterates over its values


def _variant(row: sqlite3.Row) -> dict[str, str]:
    return {name: row[name] for name in ("colour", "size") if row[name] is not None}


# ── stock ────────────────────────────────────────────────────────────────────


def _stock(shop: sqlite3.Connection, query: str) -> list[Stock]:
    rows = shop.execute("SELECT * FROM variant ORDER BY in_stock = 0, rowid").fetchall()
    by_sku = {row["sku"]: row for row in rows}
    return [_shelf_stock(by_sku[sku]) for sku in _matching(query, by_sku)[:MOST]]


def _matching(query: str, by_sku: Mapping[str, sqlite3.Row]) -> list[str]:
    """A SKU in the query is what it is about; then the start of one; then words."""
    asked = {key(piece) for piece in (query, *query.split())}
    exact = [sku for sku, row in by_sku.items() if row["key"] in asked]
    if exact:
        return exact
    start = key(query)
    if len(start) >= SKU_START:
        family = [sku for sku, row in by_sku.items() if row["key"].startswith(start)]
        if family:
            return family
    return rank(query, {sku: _shelf(row) for sku, row in by_sku.items()})


def _shelf(row: sqlite3.Row) -> Shelf:
    return Shelf(
        title=frozenset(row["title_words"].split()), variant=frozenset(row["variant_words"].split())
    )


def _shelf_stock(row: sqlite3.Row) -> Stock:
    return Stock(**dict(row) | {"variant": _variant(row)})


def _first(orders: Sequence[Order]) -> Order | None:
    return orders[0] if orders else None


async def connect(parts: Parts, name: str) -> DemoShop:
    """The demo shop of this installation, in a file of the data directory."""
    return await DemoShop.open(parts.settings.data / "demo-shop.sqlite", parts.now())
