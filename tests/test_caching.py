"""A shop that remembers: asked once, its age told, its faults bridged (pain: a slow shop)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import io
import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from assistant.errors import Unavailable
from assistant.model import Customer, Order, Stock
from connectors import plugs
from connectors.caching import Cached
from connectors.shopdoor import mount_shops
from connectors.store import RedisStore
from tests.fakes import START, Clock
from tests.shop_parts import parts_of


class Counting:
    """A shop that counts what it is asked, and answers what it is told to."""

    name = "shop"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = "paid"
        self.error: Unavailable | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def order(self, ref: str) -> Order | None:
        await self._told(ref)
        known = ref.lstrip("#") == "1001"
        return (
            Order(ref="1001", status=self.status, customer=Customer(email="a@b.c"))
            if known
            else None
        )

    async def orders_of(self, email: str) -> Sequence[Order]:
        await self._told(email)
        return [Order(ref="1001", status=self.status)]

    async def order_by_tracking(self, number: str) -> Order | None:
        await self._told(number)
        return Order(ref="1001", status=self.status)

    async def stock(self, query: str) -> Sequence[Stock]:
        await self._told(query)
        return [Stock(sku="S", title="Cup", in_stock=1)]

    async def _told(self, what: str) -> None:
        self.asked.append(what)
        await self.gate.wait()
        if self.error:
            raise self.error


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(counting: Counting, store: RedisStore, clock: Clock) -> Cached:
    return Cached(counting, store, clock)


async def test_what_was_read_a_moment_ago_is_not_asked_again(
    shop: Cached, counting: Counting, clock: Clock, store: RedisStore
) -> None:
    first = await shop.order("1001")
    clock.passes(seconds=59)
    again = await shop.order("#10-01")
    # Another process knows it, too.
    elsewhere = await Cached(counting, store, clock).order("1001")
    assert first == again == elsewhere
    assert first is not None
    assert first.read_at == START
    assert counting.asked == ["1001"]
    clock.passes(seconds=2)
    fresh = await shop.order("1001")
    assert fresh is not None
    assert fresh.read_at == clock()
    assert len(counting.asked) == 2
    assert shop.trouble_of(fresh) is None


async def test_everything_that_a_shop_can_be_asked_is_remembered(
    shop: Cached, counting: Counting
) -> None:
    for _ in range(2):
        assert (await shop.orders_of("A@b.c"))[0].read_at == START
        assert await shop.order_by_tracking("AB 12") is not None
        assert (await shop.stock("a  cup"))[0].in_stock == 1
    assert counting.asked == ["A@b.c", "AB 12", "a  cup"]


async def test_that_there_is_nothing_holds_for_seconds_only(
    shop: Cached, counting: Counting, clock: Clock
) -> None:
    assert await shop.order("7") is None
    assert await shop.order("7") is None
    clock.passes(seconds=11)
    assert await shop.order("7") is None
    assert counting.asked == ["7", "7"]


async def test_a_hundred_who_ask_at_once_ask_the_shop_once(
    shop: Cached, counting: Counting
) -> None:
    counting.gate.clear()
    waiting = [asyncio.create_task(shop.order("1001")) for _ in range(100)]
    while not counting.asked:
        await asyncio.sleep(0)
    counting.gate.set()
    found = await asyncio.gather(*waiting)
    assert {one.ref for one in found if one} == {"1001"}
    assert counting.asked == ["1001"]


async def test_a_fault_is_bridged_by_an_older_reading_and_said_with_its_age(
    shop: Cached, counting: Counting, clock: Clock
) -> None:
    await shop.order("1001")
    counting.error = Unavailable("It is down for maintenance.")
    clock.passes(minutes=20)

    order = await shop.order("1001")

    assert order is not None
    assert order.read_at == START
    assert str(shop.trouble_of(order)) == (
        "The shop shop could not be asked: It is down for maintenance."
        " Order 1001 is as it was 20 min ago."
    )
    with pytest.raises(Unavailable, match="maintenance"):
        await shop.order("1002")  # what nobody read can't be bridged
    clock.passes(days=2)
    counting.error = None
    fresh = await shop.order("1001")
    assert fresh is not None
    assert fresh.read_at == clock()


async def test_whoever_asked_and_gave_up_leaves_the_next_one_to_ask(
    shop: Cached, counting: Counting
) -> None:
    counting.gate.clear()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await shop.order("1001")
    counting.gate.set()
    assert await shop.order("1001") is not None


async def test_a_shop_that_says_for_how_long_is_left_alone_for_so_long(
    shop: Cached, counting: Counting, clock: Clock
) -> None:
    counting.error = Unavailable("It was asked too often.", 30)
    for ref in ("1001", "1002", "1003"):
        with pytest.raises(Unavailable) as error:
            await shop.order(ref)
    assert error.value.retry_after_s == 30
    assert counting.asked == ["1001"]
    counting.error = None
    clock.passes(seconds=31)
    assert await shop.order("1001") is not None


async def test_what_the_shop_says_has_changed_is_asked_anew_and_nothing_else(
    shop: Cached, counting: Counting, clock: Clock
) -> None:
    await shop.order("1001")
    await shop.orders_of("a@b.c")
    await shop.order_by_tracking("T1")
    await shop.stock("cup")
    counting.status = "shipped"
    clock.passes(seconds=1)
    await shop.outdate("1001")
    counting.asked.clear()
    order = await shop.order("1001")
    assert order is not None
    assert order.status == "shipped"
    assert (await shop.orders_of("a@b.c"))[0].status == "shipped"  # that order was among them
    assert (await shop.order_by_tracking("T1")) is not None
    await shop.stock("cup")
    await shop.order("1001")
    assert counting.asked == ["1001", "a@b.c", "T1"]


async def test_what_changed_while_the_shop_was_being_asked_is_not_taken_for_fresh(
    shop: Cached, counting: Counting, clock: Clock
) -> None:
    counting.gate.clear()
    asking = asyncio.create_task(shop.order("1001"))
    while not counting.asked:
        await asyncio.sleep(0)
    clock.passes(seconds=1)
    await shop.outdate("1001")
    counting.gate.set()
    await asking
    await shop.order("1001")
    assert len(counting.asked) == 2


async def test_what_another_version_kept_is_not_trusted(
    shop: Cached, counting: Counting, store: RedisStore
) -> None:
    for body in ("{", "[]", '{"at": "x"}', '{"at": "2026-11-21T10:00:00Z", "found": [{"x": 1}]}'):
        await store.keep("shop:shop:order:1001", body, timedelta(days=1))
        assert await shop.order("1001") is not None
        counting.asked.clear()


async def test_a_shop_tells_over_http_what_changed(store: RedisStore, clock: Clock) -> None:
    """Reliability, the authentication matrix: signed or 401; no forger outdates anything."""
    secrets = {"SHOPIFY_ACCESS_TOKEN": "t", "SHOPIFY_CLIENT_SECRET": "s", "SHOPIFY_STORE": "x"}
    async with parts_of(store, clock, **secrets) as parts:
        shop = await plugs.shop("shopify", parts)
        app = web.Application()
        mount_shops(app, {"shopify": shop}, clock)
        async with TestClient(TestServer(app)) as client:
            body = json.dumps({"name": "#1001"}).encode()
            right = base64.b64encode(hmac.digest(b"s", body, hashlib.sha256)).decode()
            at = "/shops/shopify"

            async def post(path: str, body: bytes, **headers: str) -> int:
                async with client.post(path, data=io.BytesIO(body), headers=headers) as answer:
                    return answer.status

            assert await post(at, body, **{"X-Shopify-Hmac-Sha256": "x" + right[1:]}) == 401
            assert await post(at, body) == 401
            assert await store.kept("shop:shopify:changed:any:1001") is None
            assert await post(at, body, **{"X-Shopify-Hmac-Sha256": right}) == 200
            assert await store.kept("shop:shopify:changed:any:1001")
            assert await post("/shops/other", body) == 404
            assert await post(at, b"x" * (1_048_577)) == 413
