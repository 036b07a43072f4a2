"""Shops: where orders live, and what some of them do when a person approved it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from assistant.model import ChangeKind, Order, Stock, Wanted, Written
from assistant.words import Text


class Shop(Protocol):
    """Where orders live. Nothing found is empty; what can't be looked up raises Unavailable."""

    name: str

    async def order(self, ref: str) -> Order | None: ...

    async def orders_of(self, email: str) -> Sequence[Order]:
        """Newest first."""
        ...

    async def order_by_tracking(self, number: str) -> Order | None: ...

    async def stock(self, query: str) -> Sequence[Stock]:
        """By SKU, or by words of the title and variant; best match first."""
        ...


class Remembering(Shop, Protocol):
    """A shop whose answers may be older than now."""

    def trouble_of(self, order: Order) -> Text | None:
        """Why *order* is older than it should be, with its age; None where it is fresh."""
        ...

    async def outdate(self, *about: str) -> None:
        """Order numbers, addresses or tracking numbers that are to be asked for anew."""
        ...


class ShopWriter(Shop, Protocol):
    """A shop that does what a person approved."""

    writes: frozenset[ChangeKind]
    """What it can do; the rest is a task for a person."""

    async def write(self, wanted: Wanted, key: str) -> Written:
        """Do it. *key* goes where the shop keeps it, so that `find` finds it.

        Raises: Unavailable (certainly not done: try again), Rejected (certainly refused), Unsure
        (may have been done: the desk asks `find`, and then a person).
        """
        ...

    async def find(self, wanted: Wanted, key: str) -> Written | None:
        """Whether it was done; None: there is no trace of it. Raises: Unavailable."""
        ...
