"""Amazon: orders by the Selling Partner API, Orders 2026-01-01.

`GET /orders/2026-01-01/orders/{id}` with `x-amz-access-token`, which Login with Amazon gives for a
refresh token and which lasts an hour. By order number alone: the API finds nothing by a parcel's
number or an address, and its stock belongs to another API. Half a question a second is allowed, in
bursts of 30, so what was read is kept longer. Orders are searched so rarely there that Parley does
not. Source: amzn/selling-partner-api-models, orders_2026-01-01.json, read 2026-11.
Unverified against a real account: whether `buyerEmail` is the address that buyers' mails come from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, SecretStr

from assistant.errors import Unavailable
from assistant.model import Address, Customer, Item, Order, Parcel, Payment, Stock, Totals
from assistant.words import say
from connectors.http import Parts
from connectors.options import Opts, read
from connectors.shopping.calls import Caller, Tokens, thing, told, variable_of
from connectors.shopping.states import order_state, parcel_state
from connectors.shopping.values import (
    amount,
    at,
    count,
    country,
    currency,
    each,
    known,
    line,
    moment,
)

LOGIN = "https://api.amazon.com/auth/o2/token"
DATA = "BUYER,RECIPIENT,FULFILLMENT,PACKAGES,CANCELLATION,PAYMENT,PROCEEDS"
NUMBER = re.compile(r"^\d{3}-\d{7}-\d{7}$")
DIGITS = 17
TRIED = "000-0000000-0000000"
"""An order that nobody has: to see whether we may ask at all."""


class Options(Opts):
    """Parley's application at Amazon, and the seller who lets it in."""

    client_id: str
    """Of the application: `amzn1.application-oa2-client.…`"""
    client_secret: SecretStr
    refresh_token: SecretStr
    """Which the seller's authorization gave: `Atzr|…`"""
    endpoint: str = Field(default="https://sellingpartnerapi-eu.amazon.com", pattern=r"^https://")
    """By the seller's region: `-na`, `-eu` or `-fe`."""
    login_url: str = Field(default=LOGIN, pattern=r"^https?://")
    fresh_seconds: float = Field(default=300, ge=0, le=3_600)
    """For how long what was read is not asked for again."""


class AmazonOrders:
    """Orders by their number, three digits, seven, seven."""

    def __init__(self, name: str, given: Options, parts: Parts) -> None:
        self.name, self._given = name, given
        self._base = given.api_url or given.endpoint
        self._caller = Caller(name, parts.client, parts.now, variable_of(name, "refresh_token"))
        self._tokens = Tokens(parts.now)

    async def order(self, ref: str) -> Order | None:
        number = numbered(ref)
        data = await self._get(number) if number else None
        if data is None:
            return None
        found = thing(at(thing(data), "order"))
        return order_of(found, self.name) if line(found.get("orderId")) == number else None

    async def orders_of(self, email: str) -> Sequence[Order]:
        return ()

    async def order_by_tracking(self, number: str) -> Order | None:
        return None

    async def stock(self, query: str) -> Sequence[Stock]:
        return ()

    async def probe(self) -> str:
        await self._get(TRIED)
        return "it answers"

    async def _get(self, number: str) -> Any:
        url = f"{self._base}/orders/2026-01-01/orders/{number}"
        token = await self._tokens.get(self._login)
        try:
            answer = await self._caller.read(
                "GET", url, params={"includedData": DATA}, headers={"x-amz-access-token": token}
            )
        except Unavailable:
            self._tokens.forget()
            raise
        return answer.data if answer else None

    async def _login(self) -> tuple[str, float]:
        given = self._given
        fields = {
            "grant_type": "refresh_token",
            "refresh_token": given.refresh_token.get_secret_value(),
            "client_id": given.client_id,
            "client_secret": given.client_secret.get_secret_value(),
        }
        answer = await self._caller.read("POST", given.login_url, data=fields)
        token = line(at(answer.data, "access_token"), 4_000) if answer else ""
        if not token:
            why = told(answer.data) if answer else ""
            raise Unavailable(say("It gives Parley no token: {why}", why=why or "?"))
        return token, float(count(at(answer.data, "expires_in") if answer else None) or 3_600)


def numbered(ref: str) -> str | None:
    """`028 1234567 8901234` as Amazon writes it; None of what can't be one."""
    digits = "".join(char for char in ref if char.isascii() and char.isdigit())
    if len(digits) != DIGITS or re.search(r"[^\d\s#-]", ref):
        return None
    found = f"{digits[:3]}-{digits[3:10]}-{digits[10:]}"
    return found if NUMBER.match(found) else None


def order_of(data: Mapping[str, Any], shop: str) -> Order:
    total = at(data, "proceeds", "grandTotal")
    state = line(at(data, "fulfillment", "fulfillmentStatus"))
    parcels = tuple(_parcel(one, data) for one in each(data, "packages"))
    waits = state in ("PENDING", "PENDING_AVAILABILITY")
    return Order(
        ref=line(data.get("orderId")),
        shop=shop,
        placed_at=moment(data.get("createdTime")),
        status=_status(state, parcels),
        currency=currency(at(total, "currencyCode")),
        totals=Totals(total=amount(at(total, "amount"))),
        payment=Payment(
            method=known(at(data, "payment", "paymentExecutions", 0, "paymentMethod")),
            # Amazon takes the money before it lets anybody ship.
            status="pending" if waits else "paid" if state and state != "CANCELLED" else None,
        ),
        customer=Customer(
            name=line(at(data, "buyer", "buyerName")), email=known(at(data, "buyer", "buyerEmail"))
        ),
        ship_to=_address(at(data, "recipient", "deliveryAddress")),
        shipping_method=known(at(data, "fulfillment", "fulfillmentServiceLevel")),
        items=tuple(_item(one) for one in each(data, "orderItems")),
        fulfilments=parcels,
        cancelled_at=moment(data.get("lastUpdatedTime")) if state == "CANCELLED" else None,
    )


def _status(state: str, parcels: tuple[Parcel, ...]) -> str | None:
    if state == "SHIPPED" and parcels and all(one.status == "delivered" for one in parcels):
        return "delivered"
    return "pending" if state == "PENDING_AVAILABILITY" else order_state(state)


def _address(data: Any) -> Address:
    return Address(
        name=line(at(data, "name")),
        country=country(at(data, "countryCode")),
        city=known(at(data, "city")),
        postcode=known(at(data, "postalCode")),
        line1=known(at(data, "addressLine1")),
        line2=known(", ".join(part for n in (2, 3) if (part := line(at(data, f"addressLine{n}"))))),
        region=known(at(data, "stateOrRegion")),
        phone=known(at(data, "phone")),
    )


def _item(data: Mapping[str, Any]) -> Item:
    return Item(
        id=known(data.get("orderItemId")),
        sku=line(at(data, "product", "sellerSku") or at(data, "product", "asin")),
        title=line(at(data, "product", "title")),
        qty=1 if (qty := count(data.get("quantityOrdered"))) is None else qty,
        fulfilled_qty=count(at(data, "fulfillment", "quantityFulfilled")),
        unit_price=amount(at(data, "product", "price", "unitPrice", "amount")),
    )


def _parcel(data: Mapping[str, Any], order: Mapping[str, Any]) -> Parcel:
    return Parcel(
        carrier=known(data.get("carrier")),
        number=known(data.get("trackingNumber")),
        status=parcel_state(at(data, "packageStatus", "status")),
        shipped_at=moment(data.get("shipTime")),
        eta=moment(at(order, "fulfillment", "deliverByWindow", "latestDateTime")),
    )


async def connect(parts: Parts, name: str) -> AmazonOrders:
    """Raises: Misconfigured, where its settings do not do."""
    return AmazonOrders(name, read(parts.settings, name, Options, table="shop"), parts)
