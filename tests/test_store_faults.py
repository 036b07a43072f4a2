"""What the store does when its servers can't: nothing it said yes to is lost, and it comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from redis.asyncio.connection import Connection
from redis.crc import key_slot
from redis.exceptions import ConnectionError, RedisError

from assistant.errors import Misconfigured, Unavailable
from assistant.ports import Change
from connectors.store import RedisStore, keys
from connectors.store.failures import translated
from tests import store_fixtures as fixtures
from tests import store_servers
from tests.store_samples import NOW, OLGA, begun, id_of, receive, same_shard, send

T = TypeVar("T")
AT_ONCE = timedelta(0)
SOON = timedelta(seconds=2)


@pytest.fixture(params=["valkey", "cluster", pytest.param("redis7", marks=pytest.mark.peers)])
def servers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[store_servers.Servers]:
    with store_servers.serving(request.param, tmp_path) as running:
        yield running


one, store = fixtures.one, fixtures.store_on_one


async def until(call: Callable[[], Awaitable[T]], right: Callable[[T], bool] = lambda _: True) -> T:
    """The first right answer; Unavailable until then is what we wait out."""
    async with asyncio.timeout(20):
        while True:
            try:
                answer = await call()
            except Unavailable:
                await asyncio.sleep(0.05)
                continue
            if right(answer):
                return answer
            await asyncio.sleep(0.05)


async def unavailable(call: Callable[[], Awaitable[object]]) -> str:
    """What it says once it is unavailable."""
    async with asyncio.timeout(20):
        while True:
            try:
                await call()
            except Unavailable as error:
                return str(error)
            await asyncio.sleep(0.02)


# ── killed ───────────────────────────────────────────────────────────────────


async def test_what_was_acknowledged_survives_a_kill_of_the_servers_and_the_store_comes_back(
    servers: store_servers.Servers,
) -> None:
    """Fault 15, I1: the ledger of what was answered yes is kept out here."""
    store = await RedisStore.open(servers.url)
    acknowledged: set[str] = set()
    over = asyncio.Event()

    async def write(writer: int) -> None:
        for n in range(100_000):
            thread = f"{writer}-{n}"
            try:
                await store.enqueue(receive(thread), once=thread)
            except Unavailable:
                if over.is_set():
                    return
                await asyncio.sleep(0.01)
            else:
                acknowledged.add(f"webchat:{thread}")

    async with asyncio.TaskGroup() as group:
        for writer in range(16):
            group.create_task(write(writer))
        while len(acknowledged) < 500:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(servers.kill)
        over.set()

    assert await unavailable(lambda: store.load(id_of("v1")))
    await asyncio.to_thread(servers.start)
    await until(store.ping)
    assert await until(lambda: stored(store)) >= acknowledged
    await store.close()


async def stored(store: RedisStore) -> set[str]:
    """The threads of everything that waits in the desk lanes."""
    found: set[str] = set()
    for shard in range(store.shards):
        key = keys.work(shard, "desk")
        entries = await store._servers.call("XRANGE", key, "-", "+", key=key)
        for _, fields in cast(list[Any], entries):
            incoming = json.loads(fields[1])["incoming"]
            found.add(f"webchat:{incoming['thread_key']}")
    return found


async def test_a_waiting_reader_and_the_news_come_back_after_a_kill(
    servers: store_servers.Servers,
) -> None:
    store = await RedisStore.open(servers.url)
    heard: list[Change] = []

    async def listen() -> None:
        async for change in store.changes():
            heard.append(change)

    listening = asyncio.create_task(listen())
    fence = await store.hold(store.shard_of(id_of("v1")), "desk", "w")
    assert fence is not None
    reading = asyncio.create_task(store.take(fence, 9, timedelta(seconds=60)))
    await until(lambda: store.announce(Change("ready", "")), lambda _: bool(heard))

    await asyncio.to_thread(servers.kill)
    with pytest.raises(Unavailable):
        await reading
    await asyncio.to_thread(servers.start)

    await until(lambda: store.enqueue(receive(), once="k"))
    [job] = await until(lambda: store.take(fence, 9, SOON))
    assert job.command == receive()
    await until(
        lambda: store.announce(Change("ready", "again")), lambda _: Change("again", "") in heard
    )
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await store.close()


@pytest.mark.parametrize("begun", [0, 1, 2])
async def test_a_loop_that_ends_leaves_no_call_without_an_answer(
    store: RedisStore, begun: int
) -> None:
    """It cancels every task: batches before they began, or with calls queueing behind them. A
    worker that gives back its lease just then would have waited for ever, and the process with it.
    """
    node = store._servers._first
    calls = [asyncio.create_task(node.call("PING")) for _ in range(3)]
    await asyncio.sleep(0)
    for _ in range(begun):
        await asyncio.sleep(0)
    calls += [asyncio.create_task(node.call("PING")) for _ in range(3)]
    await asyncio.sleep(0)

    for flight in node._flights:
        flight.cancel()
    async with asyncio.timeout(5):
        answers = await asyncio.gather(*calls, return_exceptions=True)

    assert {type(one) for one in answers} <= {ConnectionError, bytes}
    assert await node.call("PING") == b"PONG"


async def test_a_cluster_without_one_of_its_servers_refuses_and_recovers(tmp_path: Path) -> None:
    with store_servers.serving("cluster", tmp_path) as servers:
        store = await RedisStore.open(servers.url)
        gone = servers.processes[1]
        await asyncio.to_thread(gone.kill)

        said = await unavailable(store.ping)
        # The other two notice after a while that the cluster is not whole, and say so.
        assert "cluster" in await until(
            lambda: refusal_of_each(store), lambda all: "cluster" in all
        )

        await asyncio.to_thread(gone.start)
        await until(store.ping)
        assert "can't be reached" in said
        await store.close()


async def test_a_slot_that_moved_to_another_server_is_found_there(tmp_path: Path) -> None:
    with store_servers.serving("cluster", tmp_path) as servers:
        store = await RedisStore.open(servers.url)
        shard = store.shard_of(id_of("v1"))
        slot = key_slot(keys.tag(shard).encode())
        owner = slot * 3 // 16384
        target = servers.processes[(owner + 1) % 3]
        new_owner = target.ask("CLUSTER", "MYID")
        for process in (target, *servers.processes):
            assert process.ask("CLUSTER", "SETSLOT", slot, "NODE", new_owner) == "+OK"

        kept = await store.commit(begun(), then=[send(begun())])
        fence = await store.hold(shard, "desk", "w")
        assert fence is not None
        [job] = await store.take(fence, 9, SOON)

        assert (await store.load(kept.id), job.command) == (kept, send(kept))
        assert target.ask("EXISTS", keys.conversation(shard, kept.id)) == ":1"
        await store.close()


async def refusal_of_each(store: RedisStore) -> str:
    """What the shards' servers refuse with."""
    said = []
    for shard in range(store.shards):
        [thread] = same_shard(store.shards, shard, 1)
        try:
            await store.first_time(f"webchat:{thread}", SOON)
        except Unavailable as error:
            said.append(str(error))
    return " ".join(said)


# ── alive, but taking nothing ────────────────────────────────────────────────


async def test_a_replica_takes_nothing_and_all_is_well_once_it_is_the_primary(
    store: RedisStore, one: store_servers.Process
) -> None:
    """Fault 18."""
    kept = await store.commit(begun())
    one.ask("REPLICAOF", "127.0.0.1", "1")

    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: store.enqueue(receive(), once="k"),
        lambda: store.commit(kept.noted("x", OLGA, NOW), then=[send(kept)]),
        lambda: store.first_time("k", SOON),
        store.ping,
    ]
    for call in calls:
        assert "replica" in await unavailable(call)

    one.ask("REPLICAOF", "NO", "ONE")
    await store.ping()
    assert await store.load(kept.id) == kept
    assert await store.enqueue(receive(), once="k"), "the key was not used up by the refusal"


async def test_a_full_server_takes_nothing_and_all_is_well_once_it_has_room(
    store: RedisStore, one: store_servers.Process
) -> None:
    """Fault 19."""
    kept = await store.commit(begun())
    one.ask("CONFIG", "SET", "maxmemory", "1")

    for call in (
        lambda: store.enqueue(receive(), once="k"),
        lambda: store.commit(kept.noted("x", OLGA, NOW), then=[send(kept)]),
    ):
        with pytest.raises(Unavailable, match="out of memory"):
            await call()
    with pytest.raises(Unavailable, match="maxmemory"):
        await store.ping()
    assert await store.load(kept.id) == kept

    one.ask("CONFIG", "SET", "maxmemory", "0")
    assert await store.enqueue(receive(), once="k")
    assert (await store.figures())["pending.desk"] == 1


async def test_a_server_that_hangs_is_unavailable_in_time_and_a_repeat_is_taken_once(
    store: RedisStore, one: store_servers.Process
) -> None:
    """It may have done what it did not answer: the same key says so."""
    one.pause()
    try:
        with pytest.raises(Unavailable, match="in time"):
            await store.enqueue(receive(), once="k")
    finally:
        one.resume()

    await until(lambda: store.enqueue(receive(), once="k"))
    assert (await store.figures())["pending.desk"] == 1


async def test_a_server_that_is_busy_with_a_script_is_unavailable(
    store: RedisStore, one: store_servers.Process
) -> None:
    one.ask("CONFIG", "SET", "busy-reply-threshold", "10")
    endless = asyncio.create_task(asyncio.to_thread(one.ask, "EVAL", "while true do end", "0"))
    try:
        assert "busy" in await unavailable(store.ping)
    finally:
        one.ask("SCRIPT", "KILL")
        await endless
    await until(store.ping)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ("LOADING Redis is loading the dataset in memory", "still reading"),
        ("READONLY You can't write against a read only replica.", "PARLEY_REDIS_URL"),
        ("OOM command not allowed when used memory > 'maxmemory'.", "out of memory"),
        ("MISCONF Errors writing to the AOF file: No space left on device", "disk"),
        ("BUSY Redis is busy running a script.", "busy"),
        ("NOREPLICAS Not enough good replicas to write.", "replicas"),
        ("CLUSTERDOWN The cluster is down", "cluster"),
        ("TRYAGAIN Multiple keys request during rehashing of slot", "cluster"),
        ("NOAUTH Authentication required.", "password"),
        ("WRONGPASS invalid username-password pair", "password"),
        ("NOPERM this user has no permissions to run 'xadd'", "forbids"),
        ("ERR something new", "something new"),
    ],
)
def test_what_a_server_refuses_with_becomes_a_sentence_that_says_what_to_do(
    reply: str, says: str
) -> None:
    error = Connection()._parser.parse_error(reply)
    assert isinstance(error, RedisError)

    ours = translated(error)

    assert isinstance(ours, Unavailable)
    assert says in str(ours)


async def test_an_address_that_leads_nowhere_says_what_to_check(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="can't be reached"):
        await RedisStore.open(f"unix://{tmp_path}/nobody")
    with pytest.raises(Misconfigured, match="PARLEY_REDIS_URL"):
        await RedisStore.open("localhost:6379")
    with pytest.raises(Misconfigured, match="PARLEY_REDIS_URL"):
        await RedisStore.open("redis://localhost:6379/0?no_such_setting=1")


async def test_data_of_a_newer_release_are_not_touched(
    store: RedisStore, one: store_servers.Process
) -> None:
    one.ask("HSET", keys.META, "layout", "99")

    with pytest.raises(Misconfigured, match="newer release"):
        await RedisStore.open(one.url)


async def test_a_listener_can_be_cancelled_at_any_moment(embedded_url: str) -> None:
    """While it connects, too: redis-py may swallow a cancellation there."""
    store = await RedisStore.open(embedded_url)

    async def listen() -> None:
        async for _ in store.changes():
            pass

    for n in range(60):
        listening = asyncio.create_task(listen())
        await asyncio.sleep(n * 0.0001)
        listening.cancel()
        _, pending = await asyncio.wait([listening], timeout=2)
        assert not pending
    await store.close()
