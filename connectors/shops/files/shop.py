"""A directory of exported orders, asked as a shop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field

from assistant.errors import Misconfigured, Unavailable
from assistant.model import Order, Stock
from assistant.words import say
from connectors.http import Parts
from connectors.options import Opts, read
from connectors.shopping.finding import matching
from connectors.shopping.values import key
from connectors.shops.files.cells import Days
from connectors.shops.files.reading import How, Read, read_file

KINDS = (".csv", ".json", ".jsonl")
MOST = 20
TOLD = 5
"""So many wrong lines are named; of the rest, how many there are."""


class Options(Opts):
    """Which files, and what nobody can tell from them alone."""

    path: str
    """A file, or a directory whose .csv, .json and .jsonl files are read."""
    zone: str = "UTC"
    """The time zone of times without one: `Asia/Shanghai`."""
    days: Days = ""
    """How `03/04/2026` is meant: `dmy` or `mdy`."""
    encoding: str = ""
    """Of the files, where it is guessed wrong: `gb18030`, `cp1252`."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Columns of other names: `{ref = "Vorgang"}`."""
    fresh_seconds: float = Field(default=0, ge=0, le=3_600)
    """For how long what was read is not looked at again; a file that did not change never is."""


class FilesShop:
    """Everything is in memory, and read anew when a file is another one."""

    def __init__(self, path: Path, how: How) -> None:
        self.name = how.shop
        self._path, self._how = path, how
        self._state: tuple[tuple[str, int, int], ...] | None = None
        self._read = Read()
        self._lock = asyncio.Lock()

    async def order(self, ref: str) -> Order | None:
        """Raises: Unavailable, where the line that tells of it can't be read."""
        read = await self._now()
        found = read.orders.get(key(ref))
        wrong = next((one for one in read.wrong if one.ref and key(one.ref) == key(ref)), None)
        if found is None and wrong:
            raise Unavailable(say("{file} can't be read: {why}", file=wrong.where, why=wrong.what))
        return found

    async def orders_of(self, email: str) -> Sequence[Order]:
        read, sought = await self._now(), email.strip().casefold()
        found = [
            one for one in read.orders.values() if (one.customer.email or "").casefold() == sought
        ]
        return sorted(found, key=lambda one: str(one.placed_at or ""), reverse=True)

    async def order_by_tracking(self, number: str) -> Order | None:
        read, sought = await self._now(), key(number)
        for order in read.orders.values():
            if any(key(one.number or "") == sought for one in order.fulfilments):
                return order
        return None

    async def stock(self, query: str) -> Sequence[Stock]:
        read = await self._now()
        return matching(query, list(read.stock.values()))[:MOST]

    async def probe(self) -> str:
        """How many orders there are, and what could not be read."""
        read = await self._now()
        told = f"{len(read.orders):,} orders were read from {read.files} files"
        if read.stock:
            told += f", and the stock of {len(read.stock):,} SKUs"
        if not read.wrong:
            return told
        named = "; ".join(str(one) for one in read.wrong[:TOLD])
        more = f"; and {len(read.wrong) - TOLD:,} more" if len(read.wrong) > TOLD else ""
        return f"{told}. {len(read.wrong):,} lines were left out: {named}{more}"

    async def _now(self) -> Read:
        """What the files say now. Raises: Unavailable, where they are gone."""
        async with self._lock:
            try:
                return await asyncio.to_thread(self._looked)
            except OSError as error:
                what = error.strerror or type(error).__name__
                raise Unavailable(
                    say("{file} can't be read: {why}", file=self._path.name, why=what)
                ) from error

    def _looked(self) -> Read:
        files = sorted(_files(self._path))
        state = tuple((path.name, *_stamp(path)) for path in files)
        if state != self._state:
            read = Read()
            for path in files:
                read_file(path, self._how, read)
            self._read, self._state = read, state
        return self._read


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        path.stat()
        return [path]
    return [
        one for one in path.iterdir() if one.suffix in KINDS and not one.name.startswith((".", "~"))
    ]


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


async def connect(parts: Parts, name: str) -> FilesShop:
    """Raises: Misconfigured, where there are no such files."""
    given = read(parts.settings, name, Options, table="shop")
    path = Path(given.path)
    if not await asyncio.to_thread(path.exists):
        raise Misconfigured(f"shop.{name}.path", f"There is no {path}.")
    try:
        zone = ZoneInfo(given.zone)
    except (OSError, ValueError, KeyError):
        what = "There is no such time zone; write one such as Asia/Shanghai."
        raise Misconfigured(f"shop.{name}.zone", what) from None
    return FilesShop(path, How(name, zone, given.days, given.encoding, given.columns))
