"""What the store does when its servers can't: nothing it said yes to is lost, and it comes back."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from redis.asyncio.connection import Connection
from redis.exceptions import RedisError

from assistant.commands import ShowFailure
from assistant.errors import Fenced, Misconfigured, Unavailable
from assistant.model import ConversationId
from assistant.ports import Change
from connectors.store import RedisStore, keys
from connectors.store.failures import translated
from tests import store_servers
from tests.store_samples import NOW, OLGA, begun, id_of, receive, same_shard, show

T = TypeVar("T")
AT_ONCE = timedelta(0)
SOON = timedelta(seconds=2)


@pytest.fixture(params=["valkey", "cluster", pytest.param("redis7", marks=pytest.mark.peers)])
def servers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[store_servers.Servers]:
    with store_servers.serving(request.param, tmp_path) as running:
        yield running


@pytest.fixture(scope="module", params=["valkey", pytest.param("redis7", marks=pytest.mark.peers)])
def one(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[store_servers.Process]:
    """One server, for faults that it gets over without a restart."""
    with store_servers.serving(request.param, tmp_path_factory.mktemp("s")) as running:
        yield running.processes[0]


@pytest.fixture
async def store(one: store_servers.Process) -> AsyncIterator[RedisStore]:
    one.ask("FLUSHALL")
    opened = await RedisStore.open(f"{one.url}?socket_timeout=0.5")
    yield opened
    await opened.close()


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
        assert isinstance(entries, list)
        for _, fields in entries:  # type: ignore[misc]
            incoming = json.loads(fields[1])["incoming"]  # type: ignore[index]
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
        lambda: store.commit(kept.noted("x", OLGA, NOW), then=[show(kept)]),
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
        lambda: store.commit(kept.noted("x", OLGA, NOW), then=[show(kept)]),
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


# ── odd data ─────────────────────────────────────────────────────────────────


async def test_a_lost_consumer_group_is_rebuilt_loudly_and_nothing_is_skipped(
    store: RedisStore, one: store_servers.Process, caplog: pytest.LogCaptureFixture
) -> None:
    """Fault 20: never a silent "nothing to do"."""
    fence = await store.hold(store.shard_of(id_of("v1")), "desk", "w")
    assert fence is not None
    for n in range(3):
        await store.enqueue(receive(n=n))
    [first] = await store.take(fence, 1, AT_ONCE)
    one.ask("XGROUP", "DESTROY", keys.work(fence.shard, "desk"), "parley")

    with caplog.at_level(logging.ERROR):
        rest = await store.take(fence, 9, AT_ONCE)

    assert [job.command for job in rest] == [receive(n=1), receive(n=2)], "the first is in hand"
    assert "lost its consumer group" in caplog.text
    for job in (first, *rest):
        await store.done(fence, job)
    assert (await store.figures())["pending.desk"] == 0


async def test_an_emptied_database_is_noticed_and_its_holder_loses_the_lease(
    store: RedisStore, one: store_servers.Process, caplog: pytest.LogCaptureFixture
) -> None:
    shard = store.shard_of(id_of("v1"))
    old = await store.hold(shard, "desk", "w")
    assert old is not None
    one.ask("FLUSHALL")

    with pytest.raises(Fenced):
        await store.take(old, 9, AT_ONCE)
    with caplog.at_level(logging.ERROR):
        new = await store.hold(shard, "desk", "w")

    assert new is not None
    assert new.number > old.number
    assert "flushed" in caplog.text


UNREADABLE = [
    ("c", '{"kind":"send_parcel","conversation_id":"webchat:t1"}', "send_parcel"),
    ("c", '{"kind":"receive_message","incoming":{"channel":"webchat","thread_key":"t1"}}', "rece"),
    ("c", "not JSON at all", "unknown"),
    ("c", "[1, 2]", "unknown"),
    ("x", "no command", "unknown"),
]


@pytest.mark.parametrize(("field", "value", "kind"), UNREADABLE)
async def test_an_entry_nobody_can_read_is_buried_with_its_cause_and_delays_nobody(
    store: RedisStore, one: store_servers.Process, field: str, value: str, kind: str
) -> None:
    """Fault 35: work of a newer release, or rubbish."""
    [thread] = same_shard(store.shards, 2, 1)
    fence = await store.hold(2, "desk", "w")
    assert fence is not None
    one.ask("XADD", keys.work(2, "desk"), "*", field, value)
    await store.enqueue(receive(thread))

    [job] = await store.take(fence, 9, AT_ONCE)

    assert job.command == receive(thread)
    [dead] = await store.failed()
    assert "can't read" in dead.cause or "no command" in dead.cause
    [shown] = await store.take(fence, 9, AT_ONCE)
    assert isinstance(shown.command, ShowFailure)
    assert shown.command.what.startswith(kind)
    assert shown.command.failed_id == dead.id
    assert await store.replay(dead.id), "a release that knows it can still do it"


async def test_rubbish_among_what_is_due_later_does_not_stop_the_rest(
    store: RedisStore, one: store_servers.Process
) -> None:
    fence = await store.hold(2, "desk", "w")
    assert fence is not None
    one.ask("ZADD", keys.later(2), 1, "rubbish")
    one.ask("ZADD", keys.later(2), 2, f"desk:1:0:{receive('t').model_dump_json()}")

    assert await store.wake(fence, NOW) is None

    assert [job.command for job in await store.take(fence, 9, AT_ONCE)] == [receive("t")]
    assert len(await store.failed()) == 1


async def test_a_conversation_of_another_release_is_left_out_of_lists_and_named_when_asked_for(
    store: RedisStore, one: store_servers.Process, caplog: pytest.LogCaptureFixture
) -> None:
    good = await store.commit(begun("good"))
    odd = await store.commit(begun("odd"))
    shard = store.shard_of(odd.id)
    one.ask("HSET", keys.conversation(shard, odd.id), "body", '{"state": "frozen"}')

    with caplog.at_level(logging.ERROR):
        view = await store.queue("all", OLGA.id, NOW, 9)

    assert [one.id for one in view.conversations] == [good.id]
    assert odd.id in caplog.text
    with pytest.raises(Unavailable, match="another release"):
        await store.load(ConversationId(odd.id))
