"""An order as shops confirm it: the shape of `docs/contract.json`. Absent is unknown, not false."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, PlainSerializer, StringConstraints

from assistant.model.ids import Frozen
from assistant.model.people import Buyer

Amount = Annotated[
    Decimal, Field(allow_inf_nan=False), PlainSerializer(float, return_type=float, when_used="json")
]
"""A decimal in the order's currency; a JSON number outside."""
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


def same_order(one: str, other: str) -> bool:
    """Whether two spellings name one order: `#BS-10045` is `bs 10045`."""
    return _key(one) == _key(other)


def _key(ref: str) -> str:
    return "".join(char for char in ref.casefold() if char.isalnum())


Attributes = dict[str, bool | int | str | tuple[str, ...]]
"""What a shop tells beyond what Parley knows; playbooks declare which of it they use."""


class Totals(Frozen):
    total: Amount | None = None


class Payment(Frozen):
    method: str | None = None
    status: str | None = None
    paid_at: AwareDatetime | None = None


class Customer(Frozen):
    name: str = ""
    email: str | None = None
    locale: str | None = None
    attributes: Attributes = Field(default_factory=dict)


class Address(Frozen):
    """Where an order goes. What names a door is for the team, and for no draft."""

    name: str = ""
    country: Country | None = None
    city: str | None = None
    postcode: str | None = None
    line1: str | None = None
    line2: str | None = None
    region: str | None = None
    """A state, a province, a prefecture."""
    phone: str | None = None


class Item(Frozen):
    sku: str
    title: str
    variant: dict[str, str] = Field(default_factory=dict)
    """`{"colour": "green", "size": "M"}`"""
    qty: int = 1
    unit_price: Amount | None = None
    in_stock: int | None = None
    """How many are there now."""
    id: str | None = None
    """The shop's own id of this line, by which a refund names it."""
    image: str | None = None
    fulfilled_qty: int | None = None
    """How many of them have left."""
    attributes: Attributes = Field(default_factory=dict)


class ParcelEvent(Frozen):
    at: AwareDatetime
    status: str = ""
    place: str = ""
    text: str = ""
    """In the carrier's own words."""
    translations: dict[str, str] = Field(default_factory=dict)
    """The same in other languages, where a tracker translates."""

    def means(self, language: str) -> str:
        """What it says for who reads *language*; in the carrier's words where nobody translated."""
        return self.translations.get(language) or self.text


class Parcel(Frozen):
    """A fulfilment: what left in one parcel."""

    carrier: str | None = None
    number: str | None = None
    url: str | None = None
    status: str | None = None
    """`label_created | in_transit | out_for_delivery | delivered | exception | lost`"""
    shipped_at: AwareDatetime | None = None
    delivered_at: AwareDatetime | None = None
    eta: AwareDatetime | None = None
    events: tuple[ParcelEvent, ...] = ()
    read_at: AwareDatetime | None = None
    """When the carrier was asked, where somebody else than the shop did."""
    read_by: str = ""
    """Who asked: `17TRACK`."""
    page: str | None = None
    """Where the buyer can follow it, in their own country and language."""

    @property
    def delivered(self) -> bool:
        return self.status == "delivered" or self.delivered_at is not None

    def with_news(self, news: Parcel) -> Parcel:
        """What the shop says, and what was heard of it elsewhere; of both, the newer counts."""
        newer = news if _age(news) >= _age(self) else self
        older = self if newer is news else news
        return self.model_copy(
            update={
                "carrier": self.carrier or news.carrier,
                "status": newer.status or older.status,
                "delivered_at": self.delivered_at or news.delivered_at,
                "eta": newer.eta or older.eta,
                # Not both: each tells the same scans in words of its own.
                "events": newer.events or older.events,
                "read_at": news.read_at,
                "read_by": news.read_by,
            }
        )

    @property
    def latest(self) -> ParcelEvent | None:
        """The newest event, whatever order the carrier sent them in."""
        return max(self.events, key=lambda event: event.at, default=None)


def _age(parcel: Parcel) -> float:
    """When it was last heard of, in seconds of the epoch."""
    return parcel.latest.at.timestamp() if parcel.latest else 0.0


class Refund(Frozen):
    at: AwareDatetime | None = None
    amount: Amount | None = None
    reason: str = ""
    items: tuple[str, ...] = ()
    """The SKUs it was for, where the shop tells them."""


class Order(Frozen):
    """What the shop confirms about one order; hence what may be said."""

    ref: str
    shop: str = ""
    placed_at: AwareDatetime | None = None
    status: str | None = None
    currency: Currency | None = None
    totals: Totals = Totals()
    payment: Payment = Payment()
    customer: Customer = Customer()
    ship_to: Address = Address()
    shipping_method: str | None = None
    items: tuple[Item, ...] = ()
    fulfilments: tuple[Parcel, ...] = ()
    refunds: tuple[Refund, ...] = ()
    notes: tuple[str, ...] = ()
    attributes: Attributes = Field(default_factory=dict)
    id: str | None = None
    """The shop's own id, where people know the order by another number."""
    cancelled_at: AwareDatetime | None = None
    read_at: AwareDatetime | None = None
    """When the shop was asked: how old all this is."""


UNSAID: Mapping[str, Any] = {
    "notes": True,
    "id": True,
    "read_at": True,
    "ship_to": {"line1": True, "line2": True, "region": True, "phone": True},
    "items": {"__all__": {"id": True, "image": True}},
    "fulfilments": {"__all__": {"url": True}},
}
"""What of an order no draft is made of: keys of the shop, notes, and where somebody's door is."""


class Stock(Frozen):
    """What a shop says about one product variant."""

    sku: str
    title: str
    variant: dict[str, str] = Field(default_factory=dict)
    in_stock: int
    price: Amount | None = None
    currency: Currency | None = None
    expected_at: datetime | None = None
    """When more will come, where the shop knows."""


def own_postcode(buyer: Buyer | None, order: Order) -> str | None:
    """Where *order* goes, only if it is proven that *buyer* is whom it goes to."""
    told = (buyer.email or "").casefold() if buyer and buyer.verified else ""
    proven = told and told == (order.customer.email or "").casefold()
    return order.ship_to.postcode if proven else None


def other_name(buyer: Buyer, order: Order) -> str:
    """The name on the order, where nothing yet proves that it is this buyer's; else nothing."""
    if buyer.verified or not order.customer.name:
        return ""
    if buyer.email and buyer.email.casefold() == (order.customer.email or "").casefold():
        return ""
    named = set(buyer.name.casefold().split())
    return "" if named & set(order.customer.name.casefold().split()) else order.customer.name
