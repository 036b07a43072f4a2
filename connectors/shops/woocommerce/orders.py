"""WooCommerce's orders and products as ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from assistant.model import (
    Address,
    Customer,
    Item,
    Order,
    Parcel,
    Payment,
    Refund,
    Stock,
    Totals,
)
from connectors.shopping.states import order_state
from connectors.shopping.values import (
    amount,
    at,
    count,
    country,
    currency,
    each,
    https,
    known,
    line,
    moment,
    variant_of,
    words,
)

TRACKING = "_wc_shipment_tracking_items"
STATES: Mapping[str, str] = {"pending": "unpaid", "failed": "unpaid", "on-hold": "pending"}
"""WooCommerce's `pending` means that nobody has paid."""


def order_of(
    told: Mapping[str, Any],
    shop: str,
    notes: Sequence[Mapping[str, Any]] = (),
    refunds: Sequence[Mapping[str, Any]] = (),
) -> Order:
    billing, shipping = told.get("billing"), told.get("shipping")
    # Where nothing else was said, it goes to who pays.
    to = shipping if line(at(shipping, "country")) or line(at(shipping, "address_1")) else billing
    state = line(told.get("status"))
    returned = tuple(_refund(one) for one in refunds or each(told, "refunds"))
    parcels = tuple(_parcels(told))
    return Order(
        ref=line(told.get("number")) or line(told.get("id")),
        id=known(told.get("id")),
        shop=shop,
        placed_at=_gmt(told, "date_created"),
        status=STATES.get(state) or order_state(state),
        currency=currency(told.get("currency")),
        totals=Totals(total=amount(told.get("total"))),
        payment=Payment(
            method=known(told.get("payment_method_title")),
            status=_paid(told, state, bool(returned)),
            paid_at=_gmt(told, "date_paid"),
        ),
        customer=Customer(name=_name(billing), email=known(at(billing, "email"))),
        ship_to=Address(
            name=_name(to) or _name(billing),
            country=country(at(to, "country")),
            city=known(at(to, "city")),
            postcode=known(at(to, "postcode")),
            line1=known(at(to, "address_1")),
            line2=known(at(to, "address_2")),
            region=known(at(to, "state")),
            phone=known(at(to, "phone") or at(billing, "phone")),
        ),
        shipping_method=known(at(told, "shipping_lines", 0, "method_title")),
        items=tuple(_item(one) for one in each(told, "line_items")),
        fulfilments=parcels,
        refunds=returned,
        notes=tuple(_notes(told, notes)),
    )


def _gmt(told: Mapping[str, Any], name: str) -> datetime | None:
    return moment(told.get(f"{name}_gmt")) or moment(told.get(name))


def _paid(told: Mapping[str, Any], state: str, returned: bool) -> str | None:
    if state == "refunded":
        return "refunded"
    if state == "on-hold":
        return "pending"
    if not told.get("date_paid") and not told.get("date_paid_gmt"):
        return "unpaid" if state in ("pending", "failed") else None
    return "partially_refunded" if returned else "paid"


def _name(told: Any) -> str:
    return " ".join(
        part for part in (line(at(told, "first_name")), line(at(told, "last_name"))) if part
    )


def _item(told: Mapping[str, Any]) -> Item:
    return Item(
        id=known(told.get("id")),
        sku=line(told.get("sku")),
        title=line(told.get("parent_name")) or line(told.get("name")),
        variant=variant_of(_options(told)),
        qty=1 if (qty := count(told.get("quantity"))) is None else qty,
        unit_price=amount(told.get("price")),
        image=https(at(told, "image", "src")),
    )


def _options(told: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """What begins with `_` is a plugin's own."""
    for one in each(told, "meta_data"):
        if not line(one.get("key")).startswith("_") and isinstance(one.get("value"), str):
            name = one.get("display_key") or one.get("key")
            yield name, one.get("display_value") or one.get("value")


def _parcels(told: Mapping[str, Any]) -> Iterator[Parcel]:
    for meta in each(told, "meta_data"):
        if meta.get("key") == TRACKING:
            for one in each(meta, "value"):
                yield Parcel(
                    carrier=known(one.get("tracking_provider"))
                    or known(one.get("custom_tracking_provider")),
                    number=known(one.get("tracking_number")),
                    url=https(one.get("custom_tracking_link")) or https(one.get("tracking_link")),
                    shipped_at=moment(one.get("date_shipped")),
                )


def _refund(told: Mapping[str, Any]) -> Refund:
    """`total` within an order is negative, `amount` of a refund itself is not."""
    given = amount(told.get("amount"))
    given = amount(told.get("total")) if given is None else given
    return Refund(
        at=_gmt(told, "date_created"),
        amount=None if given is None else abs(given),
        reason=line(told.get("reason")),
        items=tuple(sku for one in each(told, "line_items") if (sku := line(one.get("sku")))),
    )


def _notes(told: Mapping[str, Any], notes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The buyer's own, then those of people: what WooCommerce notes by itself is no news."""
    if said := words(told.get("customer_note")):
        yield said
    for one in notes:
        if one.get("author") not in ("system", "WooCommerce") and (said := words(one.get("note"))):
            yield said


def stock_of(
    told: Mapping[str, Any], priced: str | None, parent: Mapping[str, Any] | None = None
) -> Stock | None:
    """A product, or a variation of *parent*; None where nobody counts how many there are."""
    there = count(told.get("stock_quantity"))
    if there is None:
        state = told.get("stock_status")
        if state != "outofstock":
            return None
        there = 0
    options = [(one.get("name"), one.get("option")) for one in each(told, "attributes")]
    return Stock(
        sku=line(told.get("sku")),
        title=line(at(parent, "name") or told.get("name")),
        variant=variant_of(options),
        in_stock=there,
        price=amount(told.get("price")),
        currency=priced,
    )
