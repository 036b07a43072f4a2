"""Vendure's orders and variants as ours."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
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
from connectors.shopping.states import parcel_state, payment_state
from connectors.shopping.values import (
    at,
    count,
    country,
    currency,
    each,
    known,
    line,
    minor,
    moment,
    variant_of,
    words,
)

ORDER = """
id code state active orderPlacedAt updatedAt currencyCode totalWithTax nextStates
customer{firstName lastName emailAddress}
shippingAddress{fullName streetLine1 streetLine2 city province postalCode countryCode phoneNumber}
shippingLines{shippingMethod{name}}
lines{id quantity orderPlacedQuantity unitPriceWithTax featuredAsset{preview}
 productVariant{sku name product{name} options{name group{name}}
 stockLevels{stockOnHand stockAllocated}}
 fulfillmentLines{quantity}}
payments{id method state amount createdAt
 refunds{id state total reason createdAt transactionId
 lines{orderLine{productVariant{sku}}}}}
fulfillments{state method trackingCode createdAt updatedAt}
history(options:{filter:{type:{eq:"ORDER_NOTE"}}}){items{data createdAt}}
"""
ORDERS = (
    "query($f:OrderFilterParameter!,$n:Int!){orders(options:{filter:$f,take:$n,"
    "sort:{orderPlacedAt:DESC}}){items{" + ORDER + "}}}"
)
BUYERS = """
query($e:String!){customers(options:{filter:{emailAddress:{eq:$e}},take:3}){items{emailAddress
 orders(options:{take:20,sort:{orderPlacedAt:DESC}}){items{code active}}}}}
"""
PARCELS = """
query($skip:Int!){orders(options:{take:100,skip:$skip,sort:{orderPlacedAt:DESC},
 filter:{active:{eq:false}}}){items{code fulfillments{trackingCode}}}}
"""
STOCK = """
query($w:[ProductVariantFilterParameter!]!){productVariants(options:{take:100,filter:{_or:$w}}){items{
 sku name priceWithTax currencyCode product{name} options{name group{name}}
 stockLevels{stockOnHand stockAllocated}}}}
"""
STATES: Mapping[str, str] = {
    "AddingItems": "unpaid",
    "ArrangingPayment": "unpaid",
    "PaymentAuthorized": "paid",
    "PaymentSettled": "paid",
    "PartiallyShipped": "partially_shipped",
    "Shipped": "shipped",
    "PartiallyDelivered": "partially_shipped",
    "Delivered": "delivered",
    "Modifying": "paid",
    "ArrangingAdditionalPayment": "pending",
    "Cancelled": "cancelled",
}


def order_of(told: Mapping[str, Any], shop: str) -> Order:
    priced = currency(told.get("currencyCode"))
    state = line(told.get("state"))
    refunds = tuple(_refunds(told, priced))
    return Order(
        ref=line(told.get("code")),
        id=known(told.get("id")),
        shop=shop,
        placed_at=moment(told.get("orderPlacedAt")),
        cancelled_at=moment(told.get("updatedAt")) if state == "Cancelled" else None,
        status=STATES.get(state, state) or None,
        currency=priced,
        totals=Totals(total=_total(told, priced)),
        payment=_payment(told, refunds),
        customer=Customer(
            name=_joined(at(told, "customer", "firstName"), at(told, "customer", "lastName")),
            email=known(at(told, "customer", "emailAddress")),
        ),
        ship_to=_address(told.get("shippingAddress")),
        shipping_method=known(at(told, "shippingLines", 0, "shippingMethod", "name")),
        items=tuple(_item(one, priced) for one in each(told, "lines")),
        fulfilments=tuple(_parcel(one) for one in each(told, "fulfillments")),
        refunds=refunds,
        notes=tuple(
            said for one in each(told, "history") if (said := words(at(one, "data", "note")))
        ),
    )


def _joined(*parts: Any) -> str:
    return " ".join(said for part in parts if (said := line(part)))


def _total(told: Mapping[str, Any], priced: str | None) -> Decimal | None:
    """A cancelled order's total is nothing any more: what was paid is what it was."""
    paid = [minor(one.get("amount"), priced) for one in _good(told)]
    if line(told.get("state")) == "Cancelled" and paid:
        return sum((one for one in paid if one is not None), Decimal())
    return minor(told.get("totalWithTax"), priced)


def _good(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in each(told, "payments") if one.get("state") in ("Settled", "Authorized")]


def _payment(told: Mapping[str, Any], refunds: tuple[Refund, ...]) -> Payment:
    good = _good(told)
    if not good:
        return Payment(status="unpaid" if told.get("active") is False else None)
    paid = sum((minor(one.get("amount"), "any") or 0 for one in good), Decimal())
    back = sum((one.amount or 0 for one in refunds), Decimal())
    state = payment_state(good[-1].get("state"))
    if back:
        state = "refunded" if back >= paid else "partially_refunded"
    return Payment(
        method=known(good[-1].get("method")), status=state, paid_at=moment(good[0].get("createdAt"))
    )


def _address(told: Any) -> Address:
    return Address(
        name=line(at(told, "fullName")),
        country=country(at(told, "countryCode")),
        city=known(at(told, "city")),
        postcode=known(at(told, "postalCode")),
        line1=known(at(told, "streetLine1")),
        line2=known(at(told, "streetLine2")),
        region=known(at(told, "province")),
        phone=known(at(told, "phoneNumber")),
    )


def _item(told: Mapping[str, Any], priced: str | None) -> Item:
    variant = at(told, "productVariant")
    # What was cancelled since counts as ordered still: the buyer speaks of what they bought.
    ordered = count(told.get("quantity")) or count(told.get("orderPlacedQuantity")) or 1
    return Item(
        id=known(told.get("id")),
        sku=line(at(variant, "sku")),
        title=line(at(variant, "product", "name") or at(variant, "name")),
        variant=_options(variant),
        qty=ordered,
        fulfilled_qty=sum(
            count(one.get("quantity")) or 0 for one in each(told, "fulfillmentLines")
        ),
        unit_price=minor(told.get("unitPriceWithTax"), priced),
        in_stock=_there(variant),
    )


def _options(variant: Any) -> dict[str, str]:
    return variant_of(
        (at(one, "group", "name"), one.get("name")) for one in each(variant, "options")
    )


def _there(variant: Any) -> int | None:
    """What is there and not yet promised to others, over all places."""
    levels = each(variant, "stockLevels")
    if not levels:
        return None
    free = sum(
        (count(one.get("stockOnHand")) or 0) - (count(one.get("stockAllocated")) or 0)
        for one in levels
    )
    return max(free, 0)


def _parcel(told: Mapping[str, Any]) -> Parcel:
    state = line(told.get("state"))
    changed = moment(told.get("updatedAt"))
    return Parcel(
        carrier=known(told.get("method")),
        number=known(told.get("trackingCode")),
        status="exception" if state == "Cancelled" else parcel_state(state),
        shipped_at=moment(told.get("createdAt")) if state in ("Shipped", "Delivered") else None,
        delivered_at=changed if state == "Delivered" else None,
    )


def _refunds(told: Mapping[str, Any], priced: str | None) -> list[Refund]:
    found = []
    for payment in each(told, "payments"):
        for one in each(payment, "refunds"):
            if one.get("state") == "Failed":
                continue
            skus = (
                at(inside, "orderLine", "productVariant", "sku") for inside in each(one, "lines")
            )
            found.append(
                Refund(
                    at=moment(one.get("createdAt")),
                    amount=minor(one.get("total"), priced),
                    reason=line(one.get("reason")),
                    items=tuple(sku for sku in map(line, skus) if sku),
                )
            )
    return found


def stock_of(told: Mapping[str, Any]) -> list[Stock]:
    return [
        Stock(
            sku=line(one.get("sku")),
            title=line(at(one, "product", "name")),
            variant=_options(one),
            in_stock=_there(one) or 0,
            price=minor(one.get("priceWithTax"), line(one.get("currencyCode"))),
            currency=currency(one.get("currencyCode")),
        )
        for one in each(told, "productVariants")
    ]
