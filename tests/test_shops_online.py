"""Shops asked over HTTP: their orders as ours, their faults as ours (issue: where orders live)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

import pytest

from assistant.errors import Malformed, Misconfigured, Unauthentic, Unavailable
from assistant.model import Order
from assistant.ports import Webhook
from connectors import plugs
from connectors.caching import Cached
from connectors.shops.amazon import numbered
from connectors.store import RedisStore
from tests.fakes import START, Clock
from tests.provider import BROKEN, CUT_AFTER, HANGS, Asked, Provider, Says, nowhere
from tests.shop_parts import parts_of, payload

GRAPH = r"/admin/api/.*/graphql\.json"
KEYS = {
    "SHOPIFY_ACCESS_TOKEN": "shpat_1",
    "SHOPIFY_CLIENT_SECRET": "new",
    "SHOPIFY_CLIENT_SECRET_OLD": "old",
    "WOOCOMMERCE_CONSUMER_KEY": "ck_1",
    "WOOCOMMERCE_CONSUMER_SECRET": "cs_1",
    "WOOCOMMERCE_WEBHOOK_SECRET": "new",
    "WOOCOMMERCE_WEBHOOK_SECRET_OLD": "old",
    "HTTP_ORDERS_TOKEN": "t0ken",
    "AMAZON_CLIENT_ID": "amzn1",
    "AMAZON_CLIENT_SECRET": "s",
    "AMAZON_REFRESH_TOKEN": "Atzr|1",
    "EBAY_CLIENT_ID": "app",
    "EBAY_CLIENT_SECRET": "cert",
    "EBAY_REFRESH_TOKEN": "v^1",
    "VENDURE_USERNAME": "parley",
    "VENDURE_PASSWORD": "pw",
}
Opener = Callable[..., Any]


@pytest.fixture
async def there() -> AsyncIterator[Provider]:
    async with Provider() as provider:
        yield provider


@pytest.fixture
async def opened(store: RedisStore, there: Provider) -> AsyncIterator[Opener]:
    """Makes a shop as the program does, at the provider or elsewhere; without its memory."""
    async with AsyncExitStack() as stack:

        async def make(kind: str, url: str = "", **environment: str) -> Any:
            given = {**KEYS, f"{kind.upper()}_API_URL": url or there.url, **environment}
            given.setdefault("AMAZON_LOGIN_URL", f"{there.url}/auth/o2/token")
            parts = await stack.enter_async_context(parts_of(store, Clock(), **given))
            made = await plugs.shop(kind, parts)
            assert isinstance(made, Cached)
            return made.shop

        yield make


# ── Shopify ──────────────────────────────────────────────────────────────────


async def test_an_order_of_shopify_is_ours(there: Provider, opened: Opener) -> None:
    there.on("POST", GRAPH, Says(200, payload("shopify/order.json")))
    shop = await opened("shopify")

    order = await shop.order("#1001")

    assert (order.ref, order.id) == ("1001", "gid://shopify/Order/5002")
    assert (order.status, order.payment.status, order.payment.method) == (
        "shipped",
        "partially_refunded",
        "paypal",
    )
    assert (order.currency, order.totals.total) == ("EUR", Decimal("69.80"))
    assert order.ship_to.model_dump() == {
        "name": "Lena Weber",
        "country": "DE",
        "city": "Berlin",
        "postcode": "10115",
        "line1": "Torstraße 1",
        "line2": None,
        "region": "Berlin",
        "phone": "+49 30 1234567",
    }
    [pot, card] = order.items
    assert pot.variant == {"colour": "grün", "size": "0.8 l"}
    assert (pot.qty, pot.fulfilled_qty, pot.unit_price) == (2, 2, Decimal("34.90"))
    assert pot.in_stock is None  # sold beyond what is there: how many there are is not known
    assert (card.qty, card.sku, card.variant) == (0, "", {})
    [first, second] = order.fulfilments
    assert (first.number, second.number) == ("00340434161094000017", "00340434161094000024")
    assert first.url is not None
    assert second.url is None  # what is no https link is no link
    assert first.latest is not None
    assert (first.latest.place, first.latest.status) == ("Leipzig, Germany", "in_transit")
    [refund] = order.refunds
    assert (refund.amount, refund.items) == (Decimal("5.00"), ("TEA-GRN-08",))
    assert order.notes == ("Leave it with the neighbour",)
    [asked] = there.asked
    assert asked.headers["x-shopify-access-token"] == "shpat_1"


async def test_a_similar_name_or_address_at_shopify_is_somebody_else(
    there: Provider, opened: Opener
) -> None:
    """A search for `1001` finds `#10010`, too; nobody is shown another buyer's order."""
    there.on("POST", GRAPH, Says(200, payload("shopify/order.json")))
    shop = await opened("shopify")

    assert await shop.order("100") is None
    assert await shop.order('1001" OR name:"10010') is None
    assert [one.ref for one in await shop.orders_of("LENA.weber@buyer.example")] == ["1001"]
    assert await shop.orders_of("weber@buyer.example") == []
    found = await shop.order_by_tracking("0034 0434 1610 9400 0024")
    assert found is not None
    assert found.ref == "1001"
    assert r'name:"1001\" OR name:\"10010"' in there.asked[1].json["variables"]["q"]


async def test_a_prefix_that_buyers_leave_out_is_added(there: Provider, opened: Opener) -> None:
    answer = json.loads(json.dumps(payload("shopify/order.json")).replace("#1001", "EN1001"))
    there.on("POST", GRAPH, Says(200, answer))
    shop = await opened("shopify", SHOPIFY_ORDER_PREFIX="EN")
    assert (await shop.order("1001")).ref == "EN1001"


async def test_stock_at_shopify_knows_colours_by_any_name(there: Provider, opened: Opener) -> None:
    there.on("POST", GRAPH, Says(200, payload("shopify/stock.json")))
    shop = await opened("shopify")
    found = await shop.stock("teapot")
    assert [(one.sku, one.variant, one.in_stock) for one in found] == [
        ("TEA-GRN-08", {"colour": "green"}, 12),
        ("TEA-BLU-08", {"colour": "blue"}, 0),
    ]
    assert [one.sku for one in await shop.stock("tea-blu-08")] == ["TEA-BLU-08"]


async def test_a_short_throttle_is_waited_out_and_a_long_one_is_told(
    there: Provider, opened: Opener
) -> None:
    """THROTTLED comes with HTTP 200; how long to wait is (cost - held) / rate."""
    short = payload("shopify/throttled.json")
    short["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] = 111
    there.on("POST", GRAPH, Says(200, short), Says(200, payload("shopify/order.json")))
    shop = await opened("shopify")
    assert (await shop.order("1001")).ref == "1001"
    assert len(there.asked) == 2

    long = payload("shopify/throttled.json")
    long["extensions"]["cost"]["throttleStatus"]["restoreRate"] = 1
    there.on("POST", GRAPH, Says(200, long))
    with pytest.raises(Unavailable) as error:
        await shop.order("1001")
    assert error.value.retry_after_s == 12
    there.forget()
    with pytest.raises(Unavailable):
        await shop.order("1001")  # nothing is asked while the bucket fills
    assert there.asked == []


# ── WooCommerce ──────────────────────────────────────────────────────────────

API = "/wp-json/wc/v3"


def woo(there: Provider) -> None:
    order = payload("woocommerce/order.json")
    there.on("GET", f"{API}/orders", Says(200, [order, {**order, "number": "A-10420"}]))
    there.on("GET", f"{API}/orders/727", Says(200, order))
    there.on("GET", f"{API}/orders/727/notes", Says(200, payload("woocommerce/notes.json")))
    there.on("GET", f"{API}/orders/727/refunds", Says(200, payload("woocommerce/refunds.json")))
    there.on("GET", f"{API}/data/currencies/current", Says(200, {"code": "USD"}))


async def test_an_order_of_woocommerce_is_ours_with_its_tracking_and_notes(
    there: Provider, opened: Opener
) -> None:
    woo(there)
    shop = await opened("woocommerce")

    order = await shop.order("#A-1042")

    assert (order.ref, order.id, order.status) == ("A-1042", "727", "paid")
    assert (order.currency, order.totals.total) == ("USD", Decimal("68.20"))
    assert (order.customer.name, order.ship_to.city, order.ship_to.region) == (
        "Ann Smith",
        "Denver",
        "CO",
    )
    [shirt] = order.items
    assert shirt.variant == {"colour": "White", "size": "M"}
    assert (shirt.title, shirt.qty) == ("Linen shirt Nuno", 2)
    [parcel] = order.fulfilments
    assert (parcel.carrier, parcel.number) == ("usps", "9400111899223456789012")
    assert parcel.shipped_at is not None
    assert order.placed_at is not None
    assert order.placed_at.isoformat() == "2026-11-10T15:12:00+00:00"
    [refund] = order.refunds
    assert (refund.amount, refund.at is not None) == (Decimal("10.00"), True)
    assert order.payment.status == "partially_refunded"
    assert order.notes == ("Please no plastic", "Gift: no invoice in the box")
    login = base64.b64decode(there.asked[0].headers["authorization"].removeprefix("Basic "))
    assert login == b"ck_1:cs_1"


async def test_a_renumbered_order_is_found_by_its_number_alone(
    there: Provider, opened: Opener
) -> None:
    """A plugin numbers orders: id 727 is another order than number 727."""
    woo(there)
    shop = await opened("woocommerce")
    assert await shop.order("727") is None
    assert (await shop.order("A1042")).id == "727"
    assert await shop.order("A-104") is None
    assert await shop.orders_of("smith@buyer.example") == []
    assert (await shop.order_by_tracking("9400111899223456789012")).ref == "A-1042"


async def test_stock_at_woocommerce_is_that_of_variations(there: Provider, opened: Opener) -> None:
    woo(there)
    there.on("GET", f"{API}/products", Says(200, payload("woocommerce/product.json")))
    there.on(
        "GET", f"{API}/products/93/variations", Says(200, payload("woocommerce/variations.json"))
    )
    shop = await opened("woocommerce")
    found = await shop.stock("linen shirt L")
    assert {(one.sku, one.in_stock, one.currency) for one in found} == {
        ("SHI-WHT-L", 0, "USD"),
        ("SHI-WHT-M", 4, "USD"),
    }


async def test_a_key_is_never_sent_without_tls(opened: Opener, there: Provider) -> None:
    with pytest.raises(Misconfigured, match="WOOCOMMERCE_SITE: Its key is sent"):
        await opened("woocommerce", WOOCOMMERCE_SITE="http://shop.example")


# ── Amazon and eBay ──────────────────────────────────────────────────────────


async def test_an_order_of_amazon_s_own_sandbox_is_ours(there: Provider, opened: Opener) -> None:
    told = payload("amazon/order.json")
    told["order"]["packages"] = [
        {
            "packageReferenceId": "1",
            "packageStatus": {"status": "DELIVERED"},
            "carrier": "UPS",
            "shipTime": "2025-03-16T09:00:00Z",
            "trackingNumber": "1Z999AA10123456784",
        }
    ]
    there.on("POST", "/auth/o2/token", Says(200, {"access_token": "Atza|1", "expires_in": 3600}))
    there.on("GET", "/orders/2026-01-01/orders/028-1234567-8901234", Says(200, told))
    shop = await opened("amazon")

    order = await shop.order("028 1234567 8901234")
    again = await shop.order("028-1234567-8901234")

    assert order == again
    assert (order.ref, order.status, order.payment.status) == (
        "028-1234567-8901234",
        "delivered",
        "paid",
    )
    assert (order.currency, order.totals.total) == ("TRY", Decimal("125.00"))
    assert (order.ship_to.city, order.ship_to.country) == ("Istanbul", "TR")
    assert order.customer.email == "buyer-email@marketplace.amazon.com.tr"
    [item] = order.items
    assert (item.sku, item.qty, item.fulfilled_qty) == ("FIRE-HD10-TR-BLK", 2, 2)
    assert order.fulfilments[0].number == "1Z999AA10123456784"
    [login, *asked] = there.asked  # one token for both
    assert login.form["grant_type"] == "refresh_token"
    assert [one.headers["x-amz-access-token"] for one in asked] == ["Atza|1"] * 2
    assert await shop.order("10045") is None
    assert len(there.asked) == 3  # what can't be Amazon's is not asked for


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("028-1234567-8901234", "028-1234567-8901234"),
        ("#028 1234567 8901234", "028-1234567-8901234"),
        ("02812345678901234", "028-1234567-8901234"),
        ("10045", None),
        ("028-1234567-8901234/../x", None),
    ],
)
def test_a_number_of_amazon_is_told_by_its_shape(said: str, means: str | None) -> None:
    assert numbered(said) == means


async def test_an_order_of_ebay_is_ours(there: Provider, opened: Opener) -> None:
    there.on(
        "POST", "/identity/v1/oauth2/token", Says(200, {"access_token": "v1", "expires_in": 7200})
    )
    there.on(
        "GET", "/sell/fulfillment/v1/order/12-34567-89012", Says(200, payload("ebay/order.json"))
    )
    there.on(
        "GET",
        "/sell/fulfillment/v1/order/12-34567-89012/shipping_fulfillment",
        Says(200, payload("ebay/fulfillments.json")),
    )
    shop = await opened("ebay")

    order = await shop.order("12-34567-89012")

    assert (order.ref, order.status, order.payment.status) == (
        "12-34567-89012",
        "shipped",
        "partially_refunded",
    )
    assert (order.currency, order.totals.total) == ("GBP", Decimal("43.80"))
    assert (order.ship_to.line1, order.ship_to.phone) == ("1 High St", "0113 496 0000")
    [cup] = order.items
    assert (cup.unit_price, cup.qty, cup.variant) == (Decimal("19.90"), 2, {"colour": "White"})
    [parcel] = order.fulfilments
    assert (parcel.carrier, parcel.number) == ("Royal Mail", "AB123456785GB")
    assert order.refunds[0].amount == Decimal("5.00")
    assert order.notes == ("Ring twice",)
    assert there.asked[0].form["refresh_token"] == "v^1"
    assert there.asked[1].headers["authorization"] == "Bearer v1"


# ── the generic one ──────────────────────────────────────────────────────────

ORDER = {
    "ref": "B-7",
    "currency": "EUR",
    "totals": {"total": 12.5},
    "customer": {"email": "a@b.example"},
    "fulfilments": [{"number": "AB1"}],
    "of_a_later_version": True,
}


async def test_any_system_may_answer_with_our_own_order(there: Provider, opened: Opener) -> None:
    there.on("GET", "/orders/B-7", Says(200, ORDER))
    there.on("GET", "/orders/B-8", Says(200, ORDER))
    there.on("GET", "/orders", Says(200, {"orders": [ORDER]}))
    there.on("GET", "/stock", Says(200, [{"sku": "S", "title": "Cup", "in_stock": 3}]))
    shop = await opened("http_orders")

    assert (await shop.order("B-7")).totals.total == Decimal("12.5")
    assert await shop.order("B-8") is None  # another number's order gives nothing away
    assert await shop.order("B-9") is None
    assert [one.ref for one in await shop.orders_of("A@b.example")] == ["B-7"]
    assert await shop.orders_of("else@b.example") == []
    assert (await shop.order_by_tracking("ab 1")).shop == "http_orders"
    assert (await shop.stock("cup"))[0].in_stock == 3
    assert there.asked[0].headers["authorization"] == "Bearer t0ken"

    there.on("GET", "/orders/B-7", Says(200, {**ORDER, "currency": "euro"}))
    with pytest.raises(Unavailable, match="Its answer is no order: currency"):
        await shop.order("B-7")


# ── what goes wrong is the same everywhere ───────────────────────────────────

LOGINS = {"access_token": "t", "expires_in": 3600}
REFS = {
    "shopify": "1001",
    "woocommerce": "727",
    "http_orders": "B-7",
    "amazon": "028-1234567-8901234",
    "ebay": "12-34567-89012",
    "vendure": "10021",
}
FAULTS = {
    "a wrong key": (Says(401, {}), "does not accept Parley's key"),
    "no right": (Says(403, {}), "does not accept Parley's key"),
    "too often": (Says(429, {}, {"Retry-After": "17"}), "asked too often"),
    "broken": (BROKEN, "answered with status 500"),
    "garbage": (Says(200, "<html>Welcome</html>"), "no JSON"),
    "half of it": (CUT_AFTER, "can't be reached"),
    "huge": (Says(200, b'"' + b"x" * (5 << 20) + b'"'), "over 4194304 bytes"),
    "elsewhere": (Says(302, "", {"Location": "https://evil.example"}), "sends us elsewhere"),
    "too deep": (Says(200, "[" * 200_000), "no JSON"),
}


def token(_: Asked) -> Says:
    return Says(200, LOGINS)


def logged_in(_: Asked) -> Says:
    return Says(
        200, {"data": {"login": {"__typename": "CurrentUser"}}}, {"vendure-auth-token": "v"}
    )


@pytest.mark.parametrize("kind", REFS)
async def test_every_fault_of_a_shop_is_told_with_what_to_do(
    kind: str, there: Provider, opened: Opener
) -> None:
    """Reliability 33: what can't be looked up is never an order that is not there."""
    shop = await opened(kind)
    for name, (answer, said) in FAULTS.items():
        there.on("*", "/.*", answer)
        there.on("POST", "/(auth/o2|identity/v1/oauth2)/token", token)
        if kind == "vendure":
            shop.admin._token = "v"
        with pytest.raises(Unavailable) as error:
            await shop.order(REFS[kind])
        assert said in str(error.value), name
        if name == "too often":
            assert error.value.retry_after_s == 17
        if name == "a wrong key":
            assert f"{kind.upper()}_" in str(error.value)
        assert not any(secret in str(error.value) for secret in KEYS.values() if len(secret) > 3)
    elsewhere = await opened(kind, nowhere(), AMAZON_LOGIN_URL=nowhere())
    with pytest.raises(Unavailable, match="can't be reached"):
        await elsewhere.order(REFS[kind])


async def test_a_shop_that_hangs_is_given_up_before_the_draft_gives_up_itself(
    there: Provider, opened: Opener
) -> None:
    there.on("GET", "/.*", HANGS)
    shop = await opened("http_orders")
    shop._caller._timeout_s = 0.05
    with pytest.raises(Unavailable, match="did not answer in time"):
        await shop.order("B-7")


@pytest.mark.parametrize("kind", REFS)
async def test_an_order_that_is_not_there_is_none(
    kind: str, there: Provider, opened: Opener
) -> None:
    nothing = Says(200, {"data": {"orders": {"nodes": [], "items": []}}})
    there.on("POST", "/(auth/o2|identity/v1/oauth2)/token", token)
    there.on("POST", "/admin-api", logged_in, nothing)
    there.on("POST", GRAPH, nothing)
    there.on("GET", f"{API}/orders", Says(200, []))
    shop = await opened(kind)
    assert await shop.order(REFS[kind]) is None


@pytest.mark.parametrize("kind", REFS)
async def test_answers_of_another_shape_are_no_orders_and_no_crash(
    kind: str, there: Provider, opened: Opener
) -> None:
    there.on("POST", "/(auth/o2|identity/v1/oauth2)/token", token)
    shop = await opened(kind)
    for odd in ([], {}, 7, "x", None, {"data": None}, {"order": [1]}, {"orders": {"nodes": [3]}}):
        there.on("*", "/(?!auth|identity).*", Says(200, json.dumps(odd)))
        try:
            assert await shop.order(REFS[kind]) is None
        except Unavailable:
            continue


# ── webhooks ─────────────────────────────────────────────────────────────────


def signed(header: str, secret: str, body: bytes) -> Webhook:
    made = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
    return Webhook({header: made}, body, "/shops/x", START)


@pytest.mark.parametrize(
    ("kind", "header", "body", "about"),
    [
        (
            "shopify",
            "x-shopify-hmac-sha256",
            json.dumps(payload("shopify/order_updated.json")).encode(),
            {"1001", "lena.weber@buyer.example", "00340434161094000017"},
        ),
        (
            "woocommerce",
            "x-wc-webhook-signature",
            json.dumps(payload("woocommerce/order.json")).encode(),
            {"A-1042", "727", "ann.smith@buyer.example", "9400111899223456789012"},
        ),
    ],
)
async def test_a_webhook_is_believed_by_its_signature_and_says_what_changed(
    kind: str, header: str, body: bytes, about: set[str], opened: Opener
) -> None:
    """The authentication matrix: two secrets are right while one is being changed."""
    shop = await opened(kind)
    for secret in ("new", "old"):
        assert set(await shop.changed(signed(header, secret, body))) == about
    right = signed(header, "new", body)
    for forged in (
        signed(header, "another tenant's", body),
        signed(header, "", body),
        right._replace(headers={}),
        right._replace(headers={header: ""}),
        right._replace(headers={header: right.headers[header][:-2]}),
        right._replace(headers={header: "ü" * 44}),
        right._replace(body=body + b" "),
    ):
        with pytest.raises(Unauthentic):
            await shop.changed(forged)
    with pytest.raises(Malformed):
        await shop.changed(signed(header, "new", b"{"))
    for odd in (b"[]", b"7", b'{"name":[1],"number":{}}'):
        assert await shop.changed(signed(header, "new", odd)) == []


async def test_no_webhook_is_taken_without_a_secret(opened: Opener) -> None:
    shop = await opened("shopify", SHOPIFY_CLIENT_SECRET="", SHOPIFY_CLIENT_SECRET_OLD="")
    body = b"{}"
    for secret in ("", "new"):
        with pytest.raises(Unauthentic):
            await shop.changed(signed("x-shopify-hmac-sha256", secret, body))


def test_an_order_without_anything_new_reads_as_before() -> None:
    old = {"ref": "1", "ship_to": {"city": "Berlin"}, "items": [{"sku": "A", "title": "B"}]}
    assert Order.model_validate(old).items[0].fulfilled_qty is None
