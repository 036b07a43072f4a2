"""Ledgers and tallies on each kind of server; each is in one slot of a cluster (S4.12)."""

from __future__ import annotations

import asyncio

from assistant.model import Used
from assistant.ports import Spending
from connectors.store import RedisStore
from tests import store_fixtures as fixtures

servers, store, other = fixtures.servers, fixtures.store, fixtures.other


async def test_a_ledger_never_holds_more_than_the_limit(
    store: RedisStore, other: RedisStore
) -> None:
    async def spend(n: int) -> bool:
        one = Spending("olga", f"{n}", 100)
        return await (store, other)[n % 2].spend("week", one, 450)

    assert sum(await asyncio.gather(*(spend(n) for n in range(20)))) == 4
    assert sum(one.minor for one in await store.spent("week")) == 400


async def test_the_same_id_counts_once_and_people_count_apart(store: RedisStore) -> None:
    one = Spending("olga", "1:2:x:webchat:v:1", 300)
    assert await store.spend("week", one, 400)
    assert await store.spend("week", one, 400)
    assert await store.spend("week", one._replace(who="olg"), 400)
    assert not await store.spend("week", Spending("olga", "2", 300), 400)
    assert set(await store.spent("week")) == {one, one._replace(who="olg")}
    for _ in range(2):
        await store.give_back("week", one)
    assert await store.spent("week") == [one._replace(who="olg")]


async def test_tallies_add_up(store: RedisStore) -> None:
    await store.tally("day1", ["damaged.1", "de.3", "de.3"])
    await store.tally("day1", ["de.3"])
    await store.tally("day2", ["de.3"])
    await store.tally("day2", [])
    found = await store.tallied(["day1", "day2", "day3"])
    assert found == {"damaged.1": 1, "de.3": 3}


async def test_a_budget_is_never_overdrawn_and_what_is_settled_counts(
    store: RedisStore, other: RedisStore
) -> None:
    """Of two processes that want the same rest, one is refused; the figures survive both."""

    async def hold(n: int) -> int | None:
        return await (store, other)[n % 2].set_aside("model:day", f"{n}", 100, 450)

    held = await asyncio.gather(*(hold(n) for n in range(12)))

    assert held.count(None) == 4
    assert all(one == 400 for one in held if one is not None)
    assert await store.set_aside("model:day", f"{held.index(None)}", 100, 450) is None, "held once"
    used = Used(calls=1, tokens_in=30, tokens_out=12)
    for n, one in enumerate(held):
        if one is None:
            await other.settle("model:day", f"{n}", used, figures=True)
    assert await store.used("model:day") == Used(calls=4, tokens_in=120, tokens_out=48, refused=8)
    assert await store.set_aside("model:day", "next", 282, 450) is None
    assert await store.set_aside("model:day", "more", 1, 450) == 450
    figures = await store.figures()
    assert (figures["model.tokens_out"], figures["model.refused"]) == (48, 9)
