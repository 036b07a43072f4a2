"""Shopify's orders and products as ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
from connectors.shopping.states import order_state, parcel_state, payment_state
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

ORDER = """
id name createdAt processedAt cancelledAt displayFinancialStatus displayFulfillmentStatus note
email customerLocale paymentGatewayNames
customer{displayName}
totalPriceSet{presentmentMoney{amount currencyCode}}
shippingLine{title}
shippingAddress{name address1 address2 city province provinceCode zip countryCodeV2 phone}
lineItems(first:50){nodes{id title sku quantity currentQuantity unfulfilledQuantity image{url}
 variantTitle variant{id selectedOptions{name value} inventoryQuantity}
 originalUnitPriceSet{presentmentMoney{amount}}}}
fulfillments(first:10){displayStatus createdAt inTransitAt deliveredAt estimatedDeliveryAt
 trackingInfo(first:5){company number url}
 events(first:20,sortKey:HAPPENED_AT,reverse:true){nodes{status happenedAt message city country}}}
refunds(first:20){createdAt note totalRefundedSet{presentmentMoney{amount}}
 refundLineItems(first:20){nodes{quantity lineItem{id sku}}}}
"""
ORDERS = (
    "query($q:String!){orders(first:10,sortKey:CREATED_AT,reverse:true,query:$q){nodes{"
    + ORDER
    + "}}}"
)
STOCK = """
query($q:String!){shop{currencyCode} productVariants(first:20,query:$q){nodes{
 sku price inventoryQuantity selectedOptions{name value} product{title}}}}
"""


def order_of(told: Mapping[str, Any], shop: str) -> Order:
    money = at(told, "totalPriceSet", "presentmentMoney")
    return Order(
        ref=line(told.get("name")).removeprefix("#"),
        id=known(told.get("id")),
        shop=shop,
        placed_at=moment(told.get("processedAt") or told.get("createdAt")),
        cancelled_at=moment(told.get("cancelledAt")),
        status=_status(told),
        currency=currency(at(money, "currencyCode")),
        totals=Totals(total=amount(at(money, "amount"))),
        payment=Payment(
            method=known(", ".join(map(line, told.get("paymentGatewayNames") or ()))),
            status=payment_state(told.get("displayFinancialStatus")),
        ),
        customer=Customer(
            name=line(at(told, "customer", "displayName")),
            email=known(told.get("email")),
            locale=known(told.get("customerLocale")),
        ),
        ship_to=_address(told.get("shippingAddress")),
        shipping_method=known(at(told, "shippingLine", "title")),
        items=tuple(_item(one) for one in each(told, "lineItems")),
        fulfilments=tuple(_parcels(told)),
        refunds=tuple(_refund(one) for one in each(told, "refunds")),
        notes=tuple(one for one in (words(told.get("note")),) if one),
    )


def _status(told: Mapping[str, Any]) -> str | None:
    """Cancelled and paid back before how far it got; unpaid before not shipped."""
    if told.get("cancelledAt"):
        return "cancelled"
    paid = payment_state(told.get("displayFinancialStatus"))
    if paid == "refunded":
        return "refunded"
    sent = order_state(told.get("displayFulfillmentStatus"))
    if sent == "shipped":
        parcels = each(told, "fulfillments")
        there = bool(parcels) and all(one.get("deliveredAt") for one in parcels)
        return "delivered" if there else "shipped"
    return paid if sent == "paid" and paid in ("unpaid", "pending") else sent


def _address(told: Any) -> Address:
    return Address(
        name=line(at(told, "name")),
        country=country(at(told, "countryCodeV2")),
        city=known(at(told, "city")),
        postcode=known(at(told, "zip")),
        line1=known(at(told, "address1")),
        line2=known(at(told, "address2")),
        region=known(at(told, "province") or at(told, "provinceCode")),
        phone=known(at(told, "phone")),
    )


def _item(told: Mapping[str, Any]) -> Item:
    options = [
        (one.get("name"), one.get("value")) for one in each(told, "variant", "selectedOptions")
    ]
    ordered = count(told.get("currentQuantity"))
    ordered = count(told.get("quantity")) if ordered is None else ordered
    open_ = count(told.get("unfulfilledQuantity"))
    return Item(
        id=known(told.get("id")),
        sku=line(told.get("sku")),
        title=line(told.get("title")),
        # A variant that was deleted since has only its title left.
        variant=variant_of(options or [("variant", told.get("variantTitle"))]),
        qty=1 if ordered is None else ordered,
        fulfilled_qty=None if ordered is None or open_ is None else max(ordered - open_, 0),
        unit_price=amount(at(told, "originalUnitPriceSet", "presentmentMoney", "amount")),
        in_stock=count(at(told, "variant", "inventoryQuantity")),
        image=https(at(told, "image", "url")),
    )


def _parcels(told: Mapping[str, Any]) -> list[Parcel]:
    """Each of a fulfilment's tracking numbers is a parcel."""
    found = []
    for one in each(told, "fulfillments"):
        tracking: list[Mapping[str, Any]] = [*each(one, "trackingInfo")] or [{}]
        found += [_parcel(one, number) for number in tracking]
    return found


def _parcel(told: Mapping[str, Any], tracking: Mapping[str, Any]) -> Parcel:
    delivered = moment(told.get("deliveredAt"))
    return Parcel(
        carrier=known(tracking.get("company")),
        number=known(tracking.get("number")),
        url=https(tracking.get("url")),
        status="delivered" if delivered else parcel_state(told.get("displayStatus")),
        shipped_at=moment(told.get("inTransitAt") or told.get("createdAt")),
        delivered_at=delivered,
        eta=moment(told.get("estimatedDeliveryAt")),
        events=tuple(
            ParcelEvent(
                at=happened,
                status=parcel_state(event.get("status")) or "",
                place=", ".join(
                    part for part in (line(event.get("city")), line(event.get("country"))) if part
                ),
                text=line(event.get("message")),
            )
            for event in each(told, "events")
            if (happened := moment(event.get("happenedAt")))
        ),
    )


def _refund(told: Mapping[str, Any]) -> Refund:
    skus = (line(at(one, "lineItem", "sku")) for one in each(told, "refundLineItems"))
    return Refund(
        at=moment(told.get("createdAt")),
        amount=amount(at(told, "totalRefundedSet", "presentmentMoney", "amount")),
        reason=line(told.get("note")),
        items=tuple(sku for sku in skus if sku),
    )


def stock_of(told: Mapping[str, Any]) -> list[Stock]:
    priced = currency(at(told, "shop", "currencyCode"))
    return [
        Stock(
            sku=line(one.get("sku")),
            title=line(at(one, "product", "title")),
            variant=variant_of(
                (option.get("name"), option.get("value")) for option in each(one, "selectedOptions")
            ),
            # What is sold beyond what is there counts below zero.
            in_stock=count(one.get("inventoryQuantity")) or 0,
            price=amount(one.get("price")),
            currency=priced,
        )
        for one in each(told, "productVariants")
    ]
