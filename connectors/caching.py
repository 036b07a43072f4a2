"""A shop that remembers: what was read a moment ago is not asked again, and a fault is bridged.

- A reading is fresh for `fresh_s` (60 s), unless the shop itself told us by a webhook that the
  order changed, or somebody asked to look again.
- One look-up at a time for one thing: whoever asks meanwhile gets the same answer.
- Where the shop fails, a reading of up to a day is used; `trouble_of` says so and how old it is.
- A shop that says for how long to leave it alone is left alone for so long.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar
from weakref import WeakValueDictionary

from pydantic import BaseModel, TypeAdapter, ValidationError

from assistant.errors import Unavailable
from assistant.model import Order, Stock
from assistant.ports import Shop, Store
from assistant.words import Text, say

log = logging.getLogger(__name__)

FRESH_S = 60.0
MISSING_S = 10.0
"""How long it holds that a shop does not know something: an order may be a minute old."""
REST_S = 1.0
"""How long a shop that failed is left alone, where it does not say it."""
PATIENT_S = 2.5
"""A shop that wants to be left alone no longer than this is waited for."""
OLDEST = timedelta(days=1)

One = TypeVar("One", bound=BaseModel)
_ORDERS: TypeAdapter[tuple[Order, ...]] = TypeAdapter(tuple[Order, ...])
_STOCK: TypeAdapter[tuple[Stock, ...]] = TypeAdapter(tuple[Stock, ...])


class _Reading(NamedTuple):
    """What the shop said, and when it was asked."""

    at: datetime
    found: tuple[Any, ...]


class Cached:
    """*shop*, asked no more often than needed; its `Shop` port and what it can do besides."""

    def __init__(
        self, shop: Shop, store: Store, now: Callable[[], datetime], fresh_s: float = FRESH_S
    ) -> None:
        self.shop, self.name = shop, shop.name
        self._store, self._now = store, now
        self._fresh = timedelta(seconds=fresh_s)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._why: Text | None = None
        self._rest_until: datetime | None = None

    def __getattr__(self, name: str) -> Any:
        """Whatever else this shop can do: take webhooks, be tried, write."""
        return getattr(self.shop, name)

    # ── the port ─────────────────────────────────────────────────────────────

    async def order(self, ref: str) -> Order | None:
        found = await self._orders(f"order:{_key(ref)}", lambda: _maybe(self.shop.order(ref)))
        return found[0] if found else None

    async def orders_of(self, email: str) -> Sequence[Order]:
        about = f"email:{email.strip().casefold()}"
        return await self._orders(about, lambda: self.shop.orders_of(email))

    async def order_by_tracking(self, number: str) -> Order | None:
        about = f"tracking:{_key(number)}"
        found = await self._orders(about, lambda: _maybe(self.shop.order_by_tracking(number)))
        return found[0] if found else None

    async def stock(self, query: str) -> Sequence[Stock]:
        about = f"stock:{' '.join(query.casefold().split())}"
        return (await self._read(about, lambda: self.shop.stock(query), _STOCK)).found

    # ── age ──────────────────────────────────────────────────────────────────

    def trouble_of(self, order: Order) -> Text | None:
        """Why *order* is older than it should be; None where it is fresh."""
        if order.read_at is None or self._now() - order.read_at <= self._fresh:
            return None
        minutes = max(round((self._now() - order.read_at).total_seconds() / 60), 1)
        return say(
            "The shop {shop} could not be asked: {why} Order {ref} is as it was {n} min ago.",
            shop=self.name,
            why=self._why or say("It did not answer in time."),
            ref=order.ref,
            n=minutes,
        )

    async def outdate(self, *about: str) -> None:
        """Order numbers, addresses or tracking numbers that are to be asked for anew."""
        for one in about:
            kind = "email" if "@" in one else "any"
            name = one.strip().casefold() if kind == "email" else _key(one)
            await self._store.keep(
                self._at(f"changed:{kind}:{name}"), self._now().isoformat(), OLDEST
            )

    # ── inside ───────────────────────────────────────────────────────────────

    async def _orders(
        self, about: str, ask: Callable[[], Awaitable[Sequence[Order]]]
    ) -> tuple[Order, ...]:
        reading = await self._read(about, ask, _ORDERS)
        return tuple(one.model_copy(update={"read_at": reading.at}) for one in reading.found)

    async def _read(
        self,
        about: str,
        ask: Callable[[], Awaitable[Sequence[Any]]],
        kind: TypeAdapter[Any],
    ) -> _Reading:
        lock = self._locks.setdefault(about, asyncio.Lock())
        async with lock:
            former = await self._kept(about, kind)
            if former is not None and await self._is_fresh(about, former):
                return former
            return await self._asked(about, ask, kind, former)

    async def _asked(
        self,
        about: str,
        ask: Callable[[], Awaitable[Sequence[Any]]],
        kind: TypeAdapter[Any],
        former: _Reading | None,
    ) -> _Reading:
        began = self._now()
        try:
            await self._rest(began)
            found = tuple(await ask())
        except (Unavailable, asyncio.CancelledError) as error:
            self._failed(error)
            # How old stock is stands nowhere on a card: old stock is none.
            if former is None or kind is _STOCK or isinstance(error, asyncio.CancelledError):
                raise
            return former
        self._why = self._rest_until = None
        reading = _Reading(began, found)
        body = {"at": began.isoformat(), "found": kind.dump_python(found, mode="json")}
        await self._store.keep(self._at(about), json.dumps(body, ensure_ascii=False), OLDEST)
        return reading

    async def _rest(self, now: datetime) -> None:
        """Until the shop may be asked. Raises: Unavailable, where that is too long to wait."""
        if self._rest_until is None or now >= self._rest_until:
            return
        left = (self._rest_until - now).total_seconds()
        if left > PATIENT_S:
            raise Unavailable(self._why or say("It was asked too often."), left)
        await asyncio.sleep(left)

    def _failed(self, error: BaseException) -> None:
        """Cancelled is too slow: whoever waited has given up."""
        unavailable = error if isinstance(error, Unavailable) else None
        if self._rest_until and self._now() < self._rest_until:
            return  # it was not asked: what it said last still holds
        self._why = unavailable.text if unavailable else say("It did not answer in time.")
        wait_s = (unavailable.retry_after_s if unavailable else None) or REST_S
        self._rest_until = self._now() + timedelta(seconds=wait_s)

    async def _kept(self, about: str, kind: TypeAdapter[Any]) -> _Reading | None:
        body = await self._store.kept(self._at(about))
        if not body:
            return None
        try:
            kept = json.loads(body)
            return _Reading(datetime.fromisoformat(kept["at"]), kind.validate_python(kept["found"]))
        except (ValueError, KeyError, TypeError, ValidationError):
            return None  # of another version of ours

    async def _is_fresh(self, about: str, reading: _Reading) -> bool:
        age = self._now() - reading.at
        limit = self._fresh if reading.found else min(self._fresh, timedelta(seconds=MISSING_S))
        if age > limit:
            return False
        for name in _names(about, reading.found):
            changed = await self._store.kept(self._at(f"changed:{name}"))
            if changed and datetime.fromisoformat(changed) > reading.at:
                return False
        return True

    def _at(self, about: str) -> str:
        return f"shop:{self.name}:{about}"[:500]


def _names(about: str, found: Iterable[Any]) -> Iterable[str]:
    """By which names it may be told that what was found has changed."""
    kind, _, name = about.partition(":")
    if kind != "stock":
        yield f"email:{name}" if kind == "email" else f"any:{name}"
        yield from {f"any:{_key(one.ref)}" for one in found if isinstance(one, Order)}


async def _maybe(asked: Awaitable[Order | None]) -> Sequence[Order]:
    order = await asked
    return (order,) if order else ()


def _key(number: str) -> str:
    return "".join(char for char in number.casefold() if char.isalnum())
