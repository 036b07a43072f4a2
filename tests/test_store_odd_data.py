"""Data that nobody should have written: rubbish, another release's, a database that was emptied."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TypeVar

import pytest

from assistant.commands import ShowFailure
from assistant.errors import Fenced, Unavailable
from assistant.model import ConversationId
from connectors.store import RedisStore, keys
from tests import store_fixtures as fixtures
from tests import store_servers
from tests.store_samples import NOW, OLGA, begun, id_of, receive, same_shard

T = TypeVar("T")
AT_ONCE = timedelta(0)
SOON = timedelta(seconds=2)


one, store = fixtures.one, fixtures.store_on_one


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
    told = await store.hold(2, "room", "w")
    assert told is not None
    [shown] = await store.take(told, 9, AT_ONCE)
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
