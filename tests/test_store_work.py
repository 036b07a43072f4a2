"""Leases, work, retries and dead letters, against real servers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from assistant.commands import ShowFailure, WakeConversation
from assistant.errors import Fenced
from assistant.ports import Later
from connectors.store import RedisStore
from tests import store_fixtures as fixtures
from tests.store_fixtures import held
from tests.store_samples import (
    NOW,
    OLGA,
    begun,
    draft_for,
    id_of,
    receive,
    send,
)

AT_ONCE = timedelta(0)
SOON = timedelta(seconds=4)


servers, store, other = fixtures.servers, fixtures.store, fixtures.other

# ── leases and work ──────────────────────────────────────────────────────────


async def test_one_holder_at_a_time_and_every_new_one_has_a_higher_number(
    store: RedisStore, other: RedisStore
) -> None:
    first = await held(store)
    assert await other.hold(first.shard, "desk", "w2") is None
    assert await store.hold(first.shard, "desk", "w1") == first, "renewed"
    assert await other.hold(first.shard, "draft", "w2") is not None, "the other lane is free"

    await store.release(first)
    second = await other.hold(first.shard, "desk", "w2")

    assert second is not None
    assert second.number > first.number
    await store.release(first)
    assert await store.hold(first.shard, "desk", "w1") is None, "an old fence releases nothing"


async def test_a_holder_whose_lease_passed_on_can_write_nothing(
    store: RedisStore, other: RedisStore
) -> None:
    """Fault 13: a worker that slept through the end of its lease."""
    await store.enqueue(receive())
    old = await held(store)
    [job] = await store.take(old, 9, AT_ONCE)
    asleep = store.fenced(old)
    await asleep.commit(begun())
    await store.release(old)
    assert await other.hold(old.shard, "desk", "w2")

    known = await store.load(id_of("v1"))
    assert known is not None
    refused = [
        asleep.commit(known.noted("late", OLGA, NOW)),
        store.take(old, 9, SOON),
        store.in_hand(old),
        store.done(old, job),
        store.tried(old, job),
        store.retry(old, job, NOW),
        store.bury(old, job, "why"),
        store.wake(old, NOW),
    ]
    for call in refused:
        with pytest.raises(Fenced):
            await call

    assert await store.load(id_of("v1")) == known
    assert (await store.figures())["pending.desk"] == 1
    await store.commit(known.noted("by a person", OLGA, NOW))


async def test_the_next_holder_gets_what_the_last_one_had_in_hand_in_order(
    store: RedisStore, other: RedisStore
) -> None:
    """Fault 3: killed after it took work. Only what was begun is counted, by who begins it."""
    for n in range(5):
        await store.enqueue(receive(n=n))
    first = await held(store)
    jobs = await store.take(first, 3, AT_ONCE)
    await store.done(first, jobs[0])
    await store.tried(first, jobs[1])
    await store.release(first)

    second = await other.hold(first.shard, "desk", "w2")
    assert second is not None
    left = await other.in_hand(second)

    assert [(job.id, job.tries) for job in left] == [(jobs[1].id, 2), (jobs[2].id, 1)]
    new = await other.take(second, 9, AT_ONCE)
    assert [job.command for job in new] == [receive(n=3), receive(n=4)]
    assert await other.take(second, 9, AT_ONCE) == []


async def test_work_whose_delivery_got_lost_on_the_way_is_delivered_by_the_next_reading(
    store: RedisStore,
) -> None:
    fence = await held(store)
    await store.enqueue(receive())
    for _ in range(20):
        taking = asyncio.create_task(store.take(fence, 9, AT_ONCE))
        await asyncio.sleep(0)
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)

    found = [job for _ in range(3) for job in await store.take(fence, 9, AT_ONCE)]

    assert [job.command for job in found] == [receive()]


async def test_a_waiting_reader_has_new_work_at_once(store: RedisStore, other: RedisStore) -> None:
    fence = await held(store)
    started = asyncio.get_running_loop().time()
    waiting = asyncio.create_task(store.take(fence, 9, SOON))
    await asyncio.sleep(0.1)
    await other.enqueue(receive())

    [job] = await waiting

    assert job.command == receive()
    assert asyncio.get_running_loop().time() - started < SOON.total_seconds() / 2
    assert await store.take(fence, 9, timedelta(milliseconds=20)) == []


async def test_a_commit_and_what_follows_it_are_one(store: RedisStore) -> None:
    conversation = begun()
    due_at = NOW + timedelta(hours=1)
    wake = WakeConversation(conversation_id=conversation.id, due_at=due_at)
    fence = await held(store)

    await store.fenced(fence).commit(
        conversation, then=[send(conversation), draft_for(conversation), Later(wake, due_at)]
    )

    figures = await store.figures()
    assert (figures["pending.desk"], figures["pending.draft"]) == (1, 1), "later is not pending"
    assert await store.wake(fence, NOW) == due_at
    assert [job.command for job in await store.take(fence, 9, AT_ONCE)] == [send(conversation)]
    assert await store.wake(fence, due_at) is None
    assert [job.command for job in await store.take(fence, 9, AT_ONCE)] == [wake]


async def test_what_is_due_comes_in_the_order_of_its_time_and_equal_commands_stay_two(
    store: RedisStore,
) -> None:
    conversation, fence = begun(), await held(store)
    first, second = (NOW + timedelta(minutes=n) for n in (1, 2))
    wakes = [WakeConversation(conversation_id=conversation.id, due_at=at) for at in (first, second)]
    await store.commit(
        conversation,
        then=[Later(wakes[1], second), Later(wakes[0], first), Later(wakes[0], first)],
    )

    await store.wake(fence, second)

    taken = [job.command for job in await store.take(fence, 9, AT_ONCE)]
    assert taken == [wakes[0], wakes[0], wakes[1]]


async def test_a_retry_keeps_its_tries_and_waits_for_its_time(store: RedisStore) -> None:
    fence, due = await held(store), NOW + timedelta(minutes=1)
    await store.enqueue(receive())
    [job] = await store.take(fence, 9, AT_ONCE)

    await store.retry(fence, job, due)
    await store.retry(fence, job, due)  # its answer was lost, so it is said again

    assert (await store.figures())["pending.desk"] == 0
    assert await store.wake(fence, NOW) == due
    assert await store.wake(fence, due) is None
    [again] = await store.take(fence, 9, AT_ONCE)
    assert (again.command, again.tries) == (job.command, 2)


async def test_a_dead_letter_has_its_cause_is_shown_and_can_be_replayed_once(
    store: RedisStore, other: RedisStore
) -> None:
    fence = await held(store)
    await store.enqueue(receive())
    [job] = await store.take(fence, 9, AT_ONCE)

    id = await store.bury(fence, job._replace(tries=6), 'it said "no" \\ twice')

    [dead] = await store.failed()
    assert await other.failure(id) == dead
    assert (dead.id, dead.command, dead.tries) == (id, receive(), 6)
    assert dead.cause == 'it said "no" \\ twice'
    told_in = await store.hold(fence.shard, "room", "w1")
    assert told_in is not None
    [shown] = await store.take(told_in, 9, AT_ONCE)
    told = {"failed_id": id, "what": "receive_message", "cause": dead.cause}
    assert shown.command == ShowFailure(conversation_id=id_of("v1"), **told)
    assert (await store.queue("all", OLGA.id, NOW, 9)).counts["failed"] == 1

    assert [await other.replay(id), await store.replay(id)] == [True, False]
    [again] = await store.take(fence, 9, AT_ONCE)
    assert (again.command, again.tries) == (receive(), 1)
    assert (await store.failed(), await store.failure(id)) == ([], None)
    assert (await store.figures())["dead"] == 1


async def test_a_failure_that_cannot_be_shown_does_not_make_another_one(store: RedisStore) -> None:
    fence = await store.hold((await held(store)).shard, "room", "w1")
    assert fence is not None
    failure = ShowFailure(conversation_id=id_of("v1"), failed_id="7.1-1", what="x", cause="y")
    await store.enqueue(failure)
    [job] = await store.take(fence, 9, AT_ONCE)

    await store.bury(fence, job, "the room is gone")

    assert await store.take(fence, 9, AT_ONCE) == []
    assert len(await store.failed()) == 1


@pytest.mark.parametrize("id", ["", "x", "1", "99.1-1", "-1.1-1", "1.x-1", "1.1-1-1", "0.0-0"])
async def test_an_id_of_no_dead_letter_finds_none(store: RedisStore, id: str) -> None:
    assert (await store.failure(id), await store.replay(id)) == (None, False)
