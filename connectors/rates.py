"""The day's exchange rates, from a file or from a feed such as the European Central Bank's.

A feed is asked once a day, and what it said is kept in the data directory: after a restart without
a network the last rates are there, with their day. Rates that are too old are none: then a lead
decides, and whoever looks is told why.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import logging
import os
import tempfile
import tomllib
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from xml.parsers import expat

import aiohttp
from pydantic import ValidationError

from assistant.errors import Unavailable
from assistant.playbooks import Rates
from assistant.settings import RateSettings
from assistant.words import Text, say
from connectors.http import read_answer

log = logging.getLogger(__name__)

FEEDS = {"ecb": "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"}
KEPT = "rates.json"
"""In the data directory: what the feed said last."""
LARGEST = 256 << 10
PATIENCE_S = 20.0
ASK_EVERY = timedelta(hours=24)
LOOK_EVERY_S = 5.0
AGAIN_S, AGAIN_AT_MOST_S = 60.0, 3600.0


class Wrong(ValueError):
    """What a file or a feed says can't be understood."""


class Exchange:
    """`assistant.ports.Exchange`, kept up to date by `run`."""

    def __init__(
        self,
        settings: RateSettings,
        data: Path,
        client: aiohttp.ClientSession,
        now: Callable[[], datetime],
    ) -> None:
        self._settings, self._kept, self._client, self._now = settings, data / KEPT, client, now
        self._last: Rates | None = None
        self._wrong = ""
        self._asked: datetime | None = None
        self._print: tuple[int, int] | None = None
        if settings.feed:
            self._recall()
        elif settings.file:
            self._read_file(settings.file)

    # ── what others ask ──────────────────────────────────────────────────────

    def rates(self) -> Rates | None:
        """The last ones, unless they are too old."""
        return None if self._last is None or self._too_old(self._last) else self._last

    def trouble(self) -> Text | None:
        """Why there are no rates, for a person; None where there are."""
        if self.rates() is not None:
            return None
        if self._last is not None:
            return say(
                "The exchange rates are of {day}: too old to go by.", day=str(self._last.day)
            )
        if not (self._settings.file or self._settings.feed):
            return say("No exchange rates are set.")
        return say("There are no exchange rates yet.")

    def state(self) -> str:
        """For whoever runs Parley. Raises: Unavailable, where there are none to go by."""
        wrong = f" {self._wrong}" if self._wrong else ""
        if not (self._settings.file or self._settings.feed):
            return "none are set: where two currencies meet, a lead decides."
        if self._last is None:
            raise Unavailable(f"There are none yet.{wrong}")
        told = f"{len(self._last.rates)} of {self._last.day} from {self._last.source}"
        if self._too_old(self._last):
            raise Unavailable(f"{told}: too old, so a lead decides.{wrong}")
        return f"{told}.{wrong}"

    def _too_old(self, rates: Rates) -> bool:
        return working_days(rates.day, self._now().date()) > self._settings.oldest

    # ── keeping up ───────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Until cancelled."""
        again = AGAIN_S
        while self._settings.file or self._settings.feed:
            if await self.look():
                again, wait = AGAIN_S, LOOK_EVERY_S
            else:
                again, wait = min(again * 2, AGAIN_AT_MOST_S), again
            await asyncio.sleep(wait)

    async def look(self) -> bool:
        """The file, where it has changed; the feed, once a day. False: it is to be tried again."""
        if self._settings.file:
            await asyncio.to_thread(self._read_file, self._settings.file)
            return True
        if not self._settings.feed:
            return True
        await asyncio.to_thread(self._recall)  # another process may have asked meanwhile
        if self._asked and self._asked <= self._now() < self._asked + ASK_EVERY:
            return True
        return await self._ask()

    def _read_file(self, path: Path) -> None:
        """A wrong file leaves the last right rates, which grow old."""
        try:
            about = path.stat()
            seen = (about.st_size, about.st_mtime_ns)
            if seen == self._print:
                return
            self._print = seen
            self._take(read(path.name, path.read_text("utf-8")))
        except (OSError, UnicodeDecodeError, Wrong) as error:
            self._complain(f"{path} can't be used: {_why(error)}")

    async def _ask(self) -> bool:
        address = FEEDS.get(self._settings.feed, self._settings.feed)
        try:
            body = await _fetched(self._client, address)
            rates = of_ecb(body, self._settings.feed)
        except (Wrong, Unavailable, aiohttp.ClientError, TimeoutError, ValueError) as error:
            self._complain(f"{address} can't be used: {_why(error)}")
            return False
        self._take(rates)
        self._asked = self._now()
        try:
            await asyncio.to_thread(self._keep, rates, self._asked)
        except OSError as error:
            self._complain(f"{self._kept} can't be written: {_why(error)}")
        return True

    def _take(self, rates: Rates) -> None:
        if rates != self._last:
            log.info("exchange rates of %s from %s", rates.day, rates.source)
        self._last, self._wrong = rates, ""

    def _complain(self, wrong: str) -> None:
        """Once, however often it is tried."""
        if wrong != self._wrong:
            log.warning("exchange rates: %s", wrong)
        self._wrong = wrong

    # ── over a restart ───────────────────────────────────────────────────────

    def _keep(self, rates: Rates, asked: datetime) -> None:
        """Whole or not at all."""
        kept: dict[str, Any] = {"asked": asked.isoformat(), "feed": self._settings.feed}
        kept["rates"] = rates.model_dump(mode="json")
        handle, draft = tempfile.mkstemp(dir=self._kept.parent, prefix=KEPT)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, self._kept)

    def _recall(self) -> None:
        """What this or another process kept; of another feed, nothing."""
        try:
            kept = json.loads(self._kept.read_text("utf-8"))
            if kept["feed"] != self._settings.feed:
                return
            rates, asked = (
                Rates.model_validate(kept["rates"]),
                datetime.fromisoformat(kept["asked"]),
            )
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            return self._complain(f"{self._kept} can't be used: {_why(error)}")
        if self._asked is None or asked > self._asked:
            self._take(rates)
            self._asked = asked


async def _fetched(client: aiohttp.ClientSession, address: str) -> bytes:
    """Raises: Unavailable, aiohttp.ClientError, TimeoutError."""
    patience = aiohttp.ClientTimeout(total=PATIENCE_S)
    async with client.get(address, timeout=patience, max_redirects=3) as answer:
        if answer.status != 200:
            raise Unavailable(f"it answers {answer.status}")
        if answer.url.scheme != "https" and address.startswith("https:"):
            raise Unavailable("it leads to an address without https")
        return await read_answer(answer, LARGEST)


# ── formats ──────────────────────────────────────────────────────────────────


def read(name: str, text: str) -> Rates:
    """Rates from a file of ours, TOML or CSV by its *name*. Raises: Wrong."""
    return _of_csv(name, text) if name.endswith(".csv") else _of_toml(name, text)


def _of_toml(name: str, text: str) -> Rates:
    """`day = 2026-11-26`, `base = "EUR"`, and a table `[rates]`."""
    try:
        told = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise Wrong(str(error)) from error
    strange = set(told) - {"day", "base", "rates", "source"}
    if strange:
        raise Wrong(f"unknown key {min(strange)}; it has day, base, source and [rates]")
    return _rates({"source": name, **told})


def _of_csv(name: str, text: str) -> Rates:
    """Columns `day`, `base`, `currency`, `rate`; the newest day of the file counts."""
    rows = list(csv.DictReader(io.StringIO(text)))
    if not rows or not {"day", "base", "currency", "rate"} <= set(rows[0]):
        raise Wrong("its first line names the columns day,base,currency,rate")
    newest = max(str(row["day"]) for row in rows)
    of_day = [row for row in rows if row["day"] == newest]
    if len({row["base"] for row in of_day}) > 1:
        raise Wrong(f"{newest} has several bases")
    pairs = [(str(row["currency"]), str(row["rate"])) for row in of_day]
    told = {"day": newest, "base": of_day[0]["base"], "rates": _once(pairs), "source": name}
    return _rates(told)


def of_ecb(body: bytes, source: str) -> Rates:
    """The ECB's daily XML: one euro is so much of each currency. Raises: Wrong."""
    days: list[str] = []
    pairs: list[tuple[str, str]] = []

    def begins(name: str, told: dict[str, str]) -> None:
        if name.rpartition(":")[2] != "Cube":
            return
        if "time" in told:
            days.append(told["time"])
        if "currency" in told:
            pairs.append((told["currency"], told.get("rate", "")))

    def refused(*_: Any) -> None:
        raise Wrong("it defines entities, which no feed of rates needs")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begins
    parser.EntityDeclHandler = refused
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise Wrong(f"it is no XML: {error}") from error
    if len(days) != 1:
        raise Wrong(f"it has {len(days)} days, one is needed")
    return _rates({"day": days[0], "base": "EUR", "rates": _once(pairs), "source": source})


def _once(pairs: Iterable[tuple[str, str]]) -> dict[str, Decimal]:
    rates: dict[str, Decimal] = {}
    for currency, rate in pairs:
        if currency in rates:
            raise Wrong(f"{currency} is there twice")
        try:
            rates[currency] = Decimal(rate)
        except InvalidOperation:
            raise Wrong(f"“{rate}” is no rate for {currency}") from None
    return rates


def _rates(told: dict[str, Any]) -> Rates:
    """Raises: Wrong."""
    try:
        rates = Rates.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Wrong(f"{where}: {first['msg']}" if where else first["msg"]) from error
    if not set(rates.rates) - {rates.base}:
        raise Wrong("it has no rates")
    return rates


def working_days(since: date, until: date) -> int:
    """How many days from Monday to Friday have passed after *since*, up to *until*."""
    days = range(1, (until - since).days + 1)
    return sum((since + timedelta(days=n)).weekday() < 5 for n in days)


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and not isinstance(error, aiohttp.ClientError):
        return error.strerror
    return str(error) or type(error).__name__
