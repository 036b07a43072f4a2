"""What Shopify and WooCommerce are asked to do, and how it is found again: what goes over the wire.

Vendure's is tried against the real server, in `tests/peers/test_vendure.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from assistant.errors import Rejected, Unavailable, Unsure
from assistant.model import Address, Wanted
from connectors import plugs
from connectors.store import RedisStore
from tests.fakes import Clock
from tests.provider import BROKEN, CUT_AFTER, Provider, Says, nowhere
from tests.shop_parts import parts_of, payload

KEY = "parley-0123456789abcdef"
PLACE = Address(name="Ann May Smith", line1="1 High St", city="Leeds", postcode="LS1", country="GB")
GRAPH = r"/admin/api/.*/graphql\.json"
API = "/wp-json/wc/v3"
TELLS = {
    "SHOPIFY_ACCESS_TOKEN": "t",
    "WOOCOMMERCE_CONSUMER_KEY": "ck",
    "WOOCOMMERCE_CONSUMER_SECRET": "cs",
}


def wanted(kind: str, ref: str, **more: Any) -> Wanted:
    told = {"kind": kind, "shop": "x", "ref": ref, "text": "chipped", "currency": "EUR", **more}
    return Wanted.model_validate(told)


@pytest.fixture
async def there() -> AsyncIterator[Provider]:
    async with Provider() as provider:
        yield provider


@pytest.fixture
async def made(store: RedisStore, there: Provider) -> AsyncIterator[Any]:
    urls = {"SHOPIFY_API_URL": there.url, "WOOCOMMERCE_API_URL": there.url}
    async with parts_of(store, Clock(), **TELLS, **urls) as parts:
        yield {name: await plugs.shop(name, parts) for name in ("shopify", "woocommerce")}


# ── WooCommerce ──────────────────────────────────────────────────────────────


@pytest.fixture
def woo(there: Provider, made: Any) -> Any:
    order = payload("woocommerce/order.json")
    there.on("GET", f"{API}/orders", Says(200, [order]))
    there.on("GET", f"{API}/orders/727/notes", Says(200, []))
    there.on("GET", f"{API}/orders/727/refunds", Says(200, []))
    there.on("GET", f"{API}/coupons", Says(200, []))
    there.on("*", f"{API}/(orders|coupons)(/727.*)?", Says(201, {"id": 9}))
    there.on("GET", f"{API}/orders", Says(200, [order]))
    return made["woocommerce"]


ASKED: list[tuple[str, dict[str, Any], str, str, dict[str, Any]]] = [
    ("note", {}, "POST", "/orders/727/notes", {"note": f"chipped [{KEY}]", "customer_note": False}),
    ("cancel", {}, "PUT", "/orders/727", {"status": "cancelled"}),
    (
        "refund",
        {"amount": Decimal("12.5")},
        "POST",
        "/orders/727/refunds",
        {"amount": "12.50", "reason": f"chipped [{KEY}]", "api_refund": True},
    ),
    (
        "coupon",
        {"amount": Decimal(5), "code": "SORRY-1"},
        "POST",
        "/coupons",
        {
            "code": "SORRY-1",
            "discount_type": "fixed_cart",
            "amount": "5.00",
            "usage_limit": 1,
            "individual_use": True,
            "description": f"Parley [{KEY}]",
        },
    ),
]


@pytest.mark.parametrize(("kind", "more", "method", "path", "body"), ASKED)
async def test_woocommerce_is_asked_once_with_our_key(
    kind: str,
    more: dict[str, Any],
    method: str,
    path: str,
    body: dict[str, Any],
    there: Provider,
    woo: Any,
) -> None:
    done = await woo.write(wanted(kind, "A-1042", **more), KEY)
    assert done.external_id == "9"
    [asked] = [one for one in there.asked if one.method != "GET"]
    assert (asked.method, asked.path, asked.json) == (method, f"{API}{path}", body)


async def test_woocommerce_sends_again_for_nothing_and_to_a_new_address(
    there: Provider, woo: Any
) -> None:
    await woo.write(wanted("resend", "A-1042"), KEY)
    await woo.write(wanted("address", "A-1042", address=PLACE), KEY)
    again, moved = (one.json for one in there.asked if one.method != "GET")
    [line] = again["line_items"]
    assert (line["product_id"], line["variation_id"], line["quantity"]) == (93, 94, 2)
    assert (line["total"], again["shipping_lines"][0]["total"]) == ("0", "0")
    assert again["meta_data"] == [{"key": "_parley_key", "value": KEY}]
    assert moved["shipping"]["first_name"] == "Ann May"
    assert moved["shipping"]["address_1"] == "1 High St"


async def test_woocommerce_says_what_it_has_done_by_our_key(there: Provider, woo: Any) -> None:
    kinds = {"amount": Decimal(5), "code": "SORRY-1", "address": PLACE}
    for kind in ("note", "cancel", "refund", "coupon", "address", "resend"):
        assert await woo.find(wanted(kind, "A-1042", **kinds), KEY) is None, kind
    order = payload("woocommerce/order.json")
    moved = {
        **{"first_name": "Ann May", "last_name": "Smith", "address_1": "1 High St"},
        **{"city": "Leeds", "postcode": "LS1", "country": "GB"},
    }
    meta = [{"key": "_parley_key", "value": KEY}]
    after = {**order, "status": "cancelled", "shipping": moved}
    there.on("GET", f"{API}/orders", Says(200, [after, {**order, "id": 9, "meta_data": meta}]))
    there.on("GET", f"{API}/orders/727/notes", Says(200, [{"id": 1, "note": f"x [{KEY}]"}]))
    there.on("GET", f"{API}/orders/727/refunds", Says(200, [{"id": 2, "reason": f"[{KEY}]"}]))
    there.on("GET", f"{API}/coupons", Says(200, [{"id": 3, "description": f"[{KEY}]"}]))
    for kind in ("note", "cancel", "refund", "coupon", "address", "resend"):
        assert await woo.find(wanted(kind, "A-1042", **kinds), KEY) is not None, kind


@pytest.mark.parametrize(
    ("says", "error"),
    [
        (Says(400, {"code": "x", "message": "Invalid refund amount"}), Rejected),
        (Says(401, {}), Unavailable),
        (Says(429, {}, {"Retry-After": "9"}), Unavailable),
        (BROKEN, Unsure),
        (Says(504, ""), Unsure),
        (CUT_AFTER, Unsure),
        (Says(200, "<html>"), Unsure),
    ],
)
async def test_how_a_write_ended_is_never_guessed(
    says: Says, error: type[Exception], there: Provider, woo: Any
) -> None:
    there.on("POST", f"{API}/orders/727/refunds", says)
    with pytest.raises(error) as told:
        await woo.write(wanted("refund", "A-1042", amount=Decimal(1)), KEY)
    if error is Rejected:
        assert str(told.value) == "It refused: Invalid refund amount"


async def test_a_shop_that_is_not_there_has_certainly_done_nothing(store: RedisStore) -> None:
    urls = {"WOOCOMMERCE_API_URL": nowhere()}
    async with parts_of(store, Clock(), **TELLS, **urls) as parts:
        shop = (await plugs.shop("woocommerce", parts)).shop  # type: ignore[attr-defined]
        with pytest.raises(Unavailable):
            await shop.put("POST", "/orders/1/refunds", {})


# ── Shopify ──────────────────────────────────────────────────────────────────

PAID = {
    "id": "gid://shopify/Order/5002",
    "note": "Leave it with the neighbour",
    "cancelledAt": None,
    "email": "lena.weber@buyer.example",
    "shippingAddress": {"name": "Lena Weber", "address1": "Torstraße 1", "countryCodeV2": "DE"},
    "transactions": [
        {"id": "t1", "kind": "AUTHORIZATION", "status": "SUCCESS", "gateway": "paypal"},
        {"id": "t2", "kind": "CAPTURE", "status": "SUCCESS", "gateway": "paypal"},
    ],
    "refunds": [],
    "lineItems": {
        "nodes": [
            {"currentQuantity": 2, "variant": {"id": "v1"}},
            {"currentQuantity": 0, "variant": {"id": "v2"}},
        ]
    },
}
GIVES = {
    "orderUpdate": {"order": {"id": "o"}, "userErrors": []},
    "orderCancel": {"job": {"id": "j"}, "orderCancelUserErrors": []},
    "refundCreate": {"refund": {"id": "r"}, "userErrors": []},
    "draftOrderCreate": {"draftOrder": {"id": "d"}, "userErrors": []},
    "draftOrderComplete": {"draftOrder": {"id": "d", "order": {"id": "o2"}}, "userErrors": []},
    "discountCodeBasicCreate": {"codeDiscountNode": {"id": "c"}, "userErrors": []},
}


class Store:
    """A store of Shopify that answers by what it is asked."""

    def __init__(self, there: Provider) -> None:
        self.order: dict[str, Any] = dict(PAID)
        self.gives: dict[str, Any] = dict(GIVES)
        self.more: dict[str, Any] = {}
        self.done: list[tuple[str, Any]] = []
        there.on("POST", GRAPH, self._answer)

    def _answer(self, asked: Any) -> Says:
        query, variables = asked.json["query"], asked.json["variables"]
        for name, given in self.gives.items():
            if f"{name}(" in query:
                self.done.append((name, variables))
                return given if isinstance(given, Says) else Says(200, {"data": {name: given}})
        if "transactions" in query:
            return Says(200, {"data": {"order": self.order}})
        if "lineItems" in query:
            return Says(200, payload("shopify/order.json"))
        return Says(200, {"data": {"orders": {"nodes": []}, **self.more}})


async def test_shopify_is_asked_with_our_key_and_keeps_what_stood_there(
    there: Provider, made: Any
) -> None:
    store, shop = Store(there), made["shopify"]
    await shop.write(wanted("note", "1001", text="gift"), KEY)
    await shop.write(wanted("refund", "1001", amount=Decimal("12.5")), KEY)
    await shop.write(wanted("cancel", "1001"), KEY)
    await shop.write(wanted("address", "1001", address=PLACE), KEY)
    await shop.write(wanted("resend", "1001"), KEY)
    await shop.write(wanted("coupon", "1001", amount=Decimal(5), code="SORRY-1"), KEY)

    (_, note), (_, refund), (_, cancel), (_, moved), (_, draft), (_, whole), (_, coupon) = (
        store.done
    )
    assert note["i"]["note"] == f"Leave it with the neighbour\ngift [{KEY}]"
    assert refund["i"]["note"] == f"chipped [{KEY}]"
    assert refund["i"]["transactions"] == [
        {
            "orderId": "gid://shopify/Order/5002",
            "parentId": "t2",
            "gateway": "paypal",
            "kind": "REFUND",
            "amount": "12.50",
        }
    ]
    assert cancel == {"id": "gid://shopify/Order/5002", "why": f"chipped [{KEY}]"}
    assert moved["i"]["shippingAddress"]["countryCode"] == "GB"
    assert [one["variantId"] for one in draft["i"]["lineItems"]] == ["v1"]
    assert draft["i"]["lineItems"][0]["appliedDiscount"]["value"] == 100
    assert draft["i"]["tags"] == [KEY]
    assert whole == {"id": "d"}
    assert coupon["i"]["customerGets"]["value"]["discountAmount"]["amount"] == "5.00"


async def test_shopify_says_what_it_has_done(there: Provider, made: Any) -> None:
    store, shop = Store(there), made["shopify"]
    more = {"amount": Decimal(5), "code": "SORRY-1", "address": PLACE}
    for kind in ("note", "cancel", "refund", "coupon", "address", "resend"):
        assert await shop.find(wanted(kind, "1001", **more), KEY) is None, kind
    place = {"name": "x", "address1": "1 High St", "city": "Leeds", "zip": "LS1"}
    store.order |= {
        "note": f"x [{KEY}]",
        "cancelledAt": "2026-11-21T10:00:00Z",
        "refunds": [{"id": "r", "note": f"[{KEY}]"}],
        "shippingAddress": {**place, "countryCodeV2": "GB"},
    }
    titled = {"id": "c", "codeDiscount": {"title": f"Parley [{KEY}]"}}
    store.more = {
        "codeDiscountNodeByCode": titled,
        "orders": {"nodes": [{"id": "o2", "tags": [KEY]}]},
    }
    for kind in ("note", "cancel", "refund", "coupon", "address", "resend"):
        assert await shop.find(wanted(kind, "1001", **more), KEY) is not None, kind


@pytest.mark.parametrize(
    ("says", "error"),
    [
        ({"userErrors": [{"message": "Refund amount is too high"}]}, Rejected),
        (Says(200, payload("shopify/throttled.json")), Unavailable),
        (
            Says(200, {"errors": [{"message": "x", "extensions": {"code": "ACCESS_DENIED"}}]}),
            Rejected,
        ),
        (Says(200, {"errors": [{"extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}), Unsure),
        (Says(200, {"data": {"refundCreate": None}}), Unsure),
        (BROKEN, Unsure),
        (CUT_AFTER, Unsure),
    ],
)
async def test_how_a_write_of_shopify_ended_is_never_guessed(
    says: Any, error: type[Exception], there: Provider, made: Any
) -> None:
    store = Store(there)
    store.gives["refundCreate"] = says
    with pytest.raises(error):
        await made["shopify"].write(wanted("refund", "1001", amount=Decimal(1)), KEY)


async def test_a_draft_that_was_not_made_an_order_is_a_doubt(there: Provider, made: Any) -> None:
    """Half done is not certainly not done."""
    store = Store(there)
    store.gives["draftOrderComplete"] = {"userErrors": [{"message": "no"}]}
    with pytest.raises(Unsure):
        await made["shopify"].write(wanted("resend", "1001"), KEY)


async def test_nothing_is_done_about_an_order_that_is_not_there(there: Provider, made: Any) -> None:
    store = Store(there)
    with pytest.raises(Rejected, match="has no order 9"):
        await made["shopify"].write(wanted("cancel", "9"), KEY)
    assert store.done == []
