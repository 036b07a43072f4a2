"""eBay: orders by the Fulfilment API, version 1.

`GET /sell/fulfillment/v1/order/{id}` and its `/shipping_fulfillment`, with a token that eBay gives
for a refresh token of the seller. By order number alone: the API has no search by address or by
tracking number. Source: developer.ebay.com, Sell Fulfillment API, read 2026-11.
Unverified against a real account: `variationAspects`, and buyers' addresses, which eBay hides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from pydantic import Field, SecretStr

from assistant.errors import Unavailable
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
from assistant.words import say
from connectors.http import Parts
from connectors.options import Opts, read
from connectors.shopping.calls import Caller, Tokens, thing, told, variable_of
from connectors.shopping.states import order_state, payment_state
from connectors.shopping.values import (
    amount,
    at,
    count,
    country,
    currency,
    each,
    key,
    known,
    line,
    moment,
    variant_of,
    words,
)

SCOPE = "https://api.ebay.com/oauth/api_scope/sell.fulfillment.readonly"
NUMBER = re.compile(r"^[0-9A-Za-z!-]{8,40}$")


class Options(Opts):
    """Parley's application at eBay, and the seller who lets it in."""

    client_id: str
    """The App ID."""
    client_secret: SecretStr
    """The Cert ID."""
    refresh_token: SecretStr
    """Which the seller's consent gave; it lasts 18 months."""
    scope: str = SCOPE
    """What the seller's consent has to hold."""
    fresh_seconds: float = Field(default=120, ge=0, le=3_600)
    """For how long what was read is not asked for again."""


class EbayOrders:
    """Orders by their number: `12-34567-89012`."""

    def __init__(self, name: str, given: Options, parts: Parts) -> None:
        self.name, self._given = name, given
        self._base = given.api_url or "https://api.ebay.com"
        self._caller = Caller(name, parts.client, parts.now, variable_of(name, "refresh_token"))
        self._tokens = Tokens(parts.now)

    async def order(self, ref: str) -> Order | None:
        number = ref.strip().lstrip("#")
        if not NUMBER.match(number):
            return None
        data = await self._get(f"/sell/fulfillment/v1/order/{number}")
        if data is None:
            return None
        found = thing(data)
        if key(number) not in {key(line(at(found, name))) for name in ("orderId", "legacyOrderId")}:
            return None
        about = f"/sell/fulfillment/v1/order/{line(found.get('orderId'))}/shipping_fulfillment"
        return order_of(found, await self._get(about), self.name)

    async def orders_of(self, email: str) -> Sequence[Order]:
        return ()

    async def order_by_tracking(self, number: str) -> Order | None:
        return None

    async def stock(self, query: str) -> Sequence[Stock]:
        return ()

    async def probe(self) -> str:
        await self._get("/sell/fulfillment/v1/order", limit="1")
        return "it answers"

    async def _get(self, path: str, **params: str) -> Any:
        token = await self._tokens.get(self._login)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        try:
            answer = await self._caller.read(
                "GET", self._base + path, params=params, headers=headers
            )
        except Unavailable:
            self._tokens.forget()
            raise
        return answer.data if answer else None

    async def _login(self) -> tuple[str, float]:
        given = self._given
        login = aiohttp.encode_basic_auth(given.client_id, given.client_secret.get_secret_value())
        fields = {
            "grant_type": "refresh_token",
            "refresh_token": given.refresh_token.get_secret_value(),
            "scope": given.scope,
        }
        answer = await self._caller.read(
            "POST",
            f"{self._base}/identity/v1/oauth2/token",
            data=fields,
            headers={"Authorization": login},
        )
        token = line(at(answer.data, "access_token"), 8_000) if answer else ""
        if not token:
            why = told(answer.data) if answer else ""
            raise Unavailable(say("It gives Parley no token: {why}", why=why or "?"))
        return token, float(count(at(answer.data, "expires_in") if answer else None) or 7_200)


def order_of(data: Mapping[str, Any], shipped: Any, shop: str) -> Order:
    total = at(data, "pricingSummary", "total")
    step = at(data, "fulfillmentStartInstructions", 0, "shippingStep")
    cancelled = line(at(data, "cancelStatus", "cancelState")) == "CANCELED"
    return Order(
        ref=line(data.get("orderId")),
        id=known(data.get("legacyOrderId")),
        shop=shop,
        placed_at=moment(data.get("creationDate")),
        cancelled_at=moment(at(data, "cancelStatus", "cancelledDate")) if cancelled else None,
        status="cancelled" if cancelled else _status(data),
        currency=currency(at(total, "currency")),
        totals=Totals(total=amount(at(total, "value"))),
        payment=Payment(
            method=known(at(data, "paymentSummary", "payments", 0, "paymentMethod")),
            status=payment_state(data.get("orderPaymentStatus")),
            paid_at=moment(at(data, "paymentSummary", "payments", 0, "paymentDate")),
        ),
        customer=Customer(
            name=line(at(data, "buyer", "buyerRegistrationAddress", "fullName"))
            or line(at(data, "buyer", "username")),
            email=known(at(step, "shipTo", "email")),
        ),
        ship_to=_address(at(step, "shipTo")),
        shipping_method=known(at(step, "shippingServiceCode")),
        items=tuple(_item(one) for one in each(data, "lineItems")),
        fulfilments=tuple(_parcel(one, data) for one in each(shipped, "fulfillments")),
        refunds=tuple(_refund(one) for one in each(data, "paymentSummary", "refunds")),
        notes=tuple(said for said in (words(data.get("buyerCheckoutNotes")),) if said),
    )


def _status(data: Mapping[str, Any]) -> str | None:
    paid = payment_state(data.get("orderPaymentStatus"))
    sent = order_state(data.get("orderFulfillmentStatus"))
    if paid == "refunded":
        return "refunded"
    return paid if sent == "paid" and paid in ("pending", "unpaid") else sent


def _address(data: Any) -> Address:
    place = at(data, "contactAddress")
    return Address(
        name=line(at(data, "fullName")),
        country=country(at(place, "countryCode")),
        city=known(at(place, "city")),
        postcode=known(at(place, "postalCode")),
        line1=known(at(place, "addressLine1")),
        line2=known(at(place, "addressLine2")),
        region=known(at(place, "stateOrProvince")),
        phone=known(at(data, "primaryPhone", "phoneNumber")),
    )


def _item(data: Mapping[str, Any]) -> Item:
    qty = count(data.get("quantity")) or 1
    whole = amount(at(data, "lineItemCost", "value"))
    done = line(data.get("lineItemFulfillmentStatus"))
    return Item(
        id=known(data.get("lineItemId")),
        sku=line(data.get("sku")) or line(data.get("legacyItemId")),
        title=line(data.get("title")),
        variant=variant_of(
            (one.get("name"), one.get("value")) for one in each(data, "variationAspects")
        ),
        qty=qty,
        fulfilled_qty={"FULFILLED": qty, "NOT_STARTED": 0}.get(done),
        # What eBay tells is for all of them together.
        unit_price=None if whole is None else whole / qty,
    )


def _parcel(data: Mapping[str, Any], order: Mapping[str, Any]) -> Parcel:
    """eBay says what was handed to whom, not where it is now."""
    return Parcel(
        carrier=known(data.get("shippingCarrierCode")),
        number=known(data.get("shipmentTrackingNumber")),
        status="in_transit" if data.get("shippedDate") else None,
        shipped_at=moment(data.get("shippedDate")),
        eta=moment(at(order, "fulfillmentStartInstructions", 0, "maxEstimatedDeliveryDate")),
    )


def _refund(data: Mapping[str, Any]) -> Refund:
    return Refund(at=moment(data.get("refundDate")), amount=amount(at(data, "amount", "value")))


async def connect(parts: Parts, name: str) -> EbayOrders:
    """Raises: Misconfigured, where its settings do not do."""
    return EbayOrders(name, read(parts.settings, name, Options, table="shop"), parts)
