"""The store against real servers: a Valkey, a cluster of three, Debian's Redis (`make peers`)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from assistant.commands import ShowFailure, WakeConversation
from assistant.errors import Conflict, Fenced
from assistant.model import Buyer, BuyerId, ConversationId, ThreadId
from assistant.ports import Change, Fence, Later
from assistant.words import say
from connectors.store import RedisStore, keys
from tests import store_servers
from tests.store_samples import (
    ANGRY,
    NOW,
    OLGA,
    begun,
    draft_for,
    id_of,
    incoming,
    receive,
    same_shard,
    show,
    with_draft,
)

AT_ONCE = timedelta(0)
SOON = timedelta(seconds=4)


@pytest.fixture(
    scope="module",
    params=["valkey", "cluster", pytest.param("redis7", marks=pytest.mark.peers)],
)
def servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[store_servers.Servers]:
    with store_servers.serving(request.param, tmp_path_factory.mktemp("s")) as running:
        yield running


@pytest.fixture
async def store(servers: store_servers.Servers) -> AsyncIterator[RedisStore]:
    servers.ask("FLUSHALL")
    opened = await RedisStore.open(servers.url)
    yield opened
    await opened.close()


@pytest.fixture
async def other(store: RedisStore, servers: store_servers.Servers) -> AsyncIterator[RedisStore]:
    """Another process's store on the same data."""
    opened = await RedisStore.open(servers.url)
    yield opened
    await opened.close()


async def held(store: RedisStore, thread: str = "v1", holder: str = "w1") -> Fence:
    fence = await store.hold(store.shard_of(id_of(thread)), "desk", holder)
    assert fence is not None
    return fence


# ── the way in ───────────────────────────────────────────────────────────────


async def test_two_hundred_concurrent_repeats_of_a_message_become_one_command(
    store: RedisStore, other: RedisStore
) -> None:
    """reliability.md 0.4: a check before the write let 2,000 of 2,000 through."""
    doors = (store, other)
    added = await asyncio.gather(
        *(doors[n % 2].enqueue(receive(), once="webchat:m1") for n in range(200))
    )

    assert added.count(True) == 1
    figures = await store.figures()
    assert (figures["accepted"], figures["pending.desk"]) == (1, 1)


async def test_work_without_a_key_is_added_each_time_and_only_messages_count_as_accepted(
    store: RedisStore,
) -> None:
    for _ in range(2):
        assert await store.enqueue(draft_for(begun()))

    figures = await store.figures()
    assert (figures["accepted"], figures["pending.draft"], figures["pending.desk"]) == (0, 2, 0)


# ── conversations ────────────────────────────────────────────────────────────


async def test_a_conversation_comes_back_as_it_was_committed(store: RedisStore) -> None:
    assert await store.load(id_of("v1")) is None

    stored = await store.commit(begun())

    assert (stored.version, stored.unlogged) == (1, ())
    assert await store.load(stored.id) == stored


async def test_ids_of_all_kinds_are_kept_apart(store: RedisStore) -> None:
    threads = ["a b", "a}b", "{a}", "<m1@mail.example>", "日本", "a\nb", "a", "A"]
    for thread in threads:
        await store.commit(begun(thread))

    view = await store.queue("all", OLGA.id, NOW, 50)

    assert {one.thread_key for one in view.conversations} == set(threads)


async def test_of_two_who_change_the_same_version_one_is_told_of_the_conflict(
    store: RedisStore, other: RedisStore
) -> None:
    first = await store.commit(begun())
    seen_by_both = await other.load(first.id)
    assert seen_by_both is not None
    await store.commit(first.noted("mine", OLGA, NOW), then=[show(first)])

    with pytest.raises(Conflict):
        await other.commit(seen_by_both.noted("theirs", OLGA, NOW), then=[show(first)])

    stored = await store.load(first.id)
    assert stored is not None
    assert [note.text for note in stored.notes] == ["mine"]
    assert (await store.figures())["pending.desk"] == 1, "the refused commit enqueued nothing"
    assert len(await store.log(first.id)) == 2


async def test_fifty_at_once_lose_no_change(store: RedisStore) -> None:
    await store.commit(begun())

    async def note(n: int) -> None:
        while True:
            current = await store.load(id_of("v1"))
            assert current is not None
            try:
                await store.commit(current.noted(str(n), OLGA, NOW))
            except Conflict:
                continue
            return

    await asyncio.gather(*(note(n) for n in range(50)))

    stored = await store.load(id_of("v1"))
    assert stored is not None
    assert {note.text for note in stored.notes} == {str(n) for n in range(50)}
    assert stored.version == 51


async def test_the_log_only_grows_and_is_read_in_pages(store: RedisStore) -> None:
    conversation = await store.commit(begun())
    for n in range(5):
        conversation = await store.commit(conversation.noted(f"note {n}", OLGA, NOW))

    newest = await store.log(conversation.id, limit=2)
    older = await store.log(conversation.id, before=newest[0][0], limit=3)

    assert [entry.said for _, entry in newest] == ["note 3", "note 4"]
    assert [entry.said for _, entry in older] == ["note 0", "note 1", "note 2"]


async def test_a_conversation_is_found_by_buyer_mailbox_order_and_thread(store: RedisStore) -> None:
    days_ago = begun("v1", waiting=timedelta(days=3))
    old = await store.commit(days_ago.shown("slack", ThreadId("C1:2")))
    new = await store.commit(begun("v2"))
    elsewhere = Buyer(id=BuyerId("email:ana@example.com"), email="ana@EXAMPLE.com ")

    assert await store.conversations_of_buyer(old.buyer) == [new.id, old.id]
    assert await store.conversations_of_buyer(elsewhere) == [new.id, old.id]
    assert await store.conversations_of_buyer(Buyer(id=old.buyer.id)) == [old.id]
    assert await store.conversations_of_order("1001") == [new.id, old.id]
    assert await store.conversations_of_order("1002") == []
    assert await store.conversation_of_thread(ThreadId("C1:2")) == old.id
    assert await store.conversation_of_thread(ThreadId("C1:3")) is None


# ── the queue ────────────────────────────────────────────────────────────────


async def filled(store: RedisStore) -> None:
    """One of each kind, committed in an order that is not the queue's."""
    hour = timedelta(hours=1)
    answered = {"waiting_since": None, "due_at": None}
    await store.commit(begun("idle-old", waiting=9 * hour).model_copy(update=answered))
    await store.commit(begun("waits-long", waiting=5 * hour))
    await store.commit(begun("idle-new", waiting=2 * hour).model_copy(update=answered))
    escalated = begun("escalated", waiting=hour).escalated(say("Too dear."), OLGA, NOW)
    await store.commit(escalated)
    await store.commit(begun("late", waiting=3 * hour, due=-hour).assigned(OLGA, OLGA, NOW))
    angry = begun("angry", waiting=2 * hour).model_copy(update={"understanding": ANGRY})
    await store.commit(angry)
    very_late = begun("very-late", waiting=hour, due=-2 * hour)
    await store.commit(very_late.model_copy(update={"understanding": ANGRY}))
    await store.commit(begun("waits", waiting=4 * hour).assigned(OLGA, OLGA, NOW))
    await store.commit(begun("closed").closed("done", OLGA, NOW))
    await store.commit(begun("snoozed").snoozed(NOW + hour, OLGA, NOW))


ORDER = [
    *("very-late", "late", "angry", "escalated", "waits-long", "waits", "idle-new", "idle-old"),
]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ("all", ORDER),
        ("mine", ["late", "waits"]),
        ("unassigned", [one for one in ORDER if one not in ("late", "waits")]),
        ("closed", ["closed"]),
    ],
)
async def test_the_queue_is_late_angry_escalated_waiting_then_the_rest(
    store: RedisStore, only: str, expected: list[str]
) -> None:
    await filled(store)

    view = await store.queue(only, OLGA.id, NOW, 50)

    assert [one.thread_key for one in view.conversations] == expected
    assert view.counts == {
        **{"open": 8, "late": 2, "angry": 2, "escalated": 1, "mine": 2, "unassigned": 6},
        "failed": 0,
    }


@pytest.mark.parametrize("limit", range(1, 9))
async def test_a_short_queue_is_the_beginning_of_the_long_one(
    store: RedisStore, limit: int
) -> None:
    await filled(store)

    view = await store.queue("all", OLGA.id, NOW, limit)

    assert [one.thread_key for one in view.conversations] == ORDER[:limit]


async def test_what_changes_leaves_the_lists_it_was_in(store: RedisStore) -> None:
    hour = timedelta(hours=1)
    conversation = begun(due=-hour).assigned(OLGA, OLGA, NOW).escalated(say("Why."), OLGA, NOW)
    kept = await store.commit(conversation.model_copy(update={"understanding": ANGRY}))

    closed = await store.commit(kept.closed("done", OLGA, NOW))

    empty = dict.fromkeys(("open", "late", "angry", "escalated", "mine", "unassigned", "failed"), 0)
    assert (await store.queue("all", OLGA.id, NOW, 9)).counts == empty
    assert [one.id for one in (await store.queue("closed", OLGA.id, NOW, 9)).conversations] == [
        closed.id
    ]
    again = await store.commit(closed.reopened(OLGA, NOW))
    view = await store.queue("mine", OLGA.id, NOW, 9)
    assert ([one.id for one in view.conversations], view.counts["open"]) == ([again.id], 1)


async def test_a_list_of_thousands_is_read_only_as_far_as_it_is_shown(store: RedisStore) -> None:
    """More unassigned ones than are ranked one by one, in one shard: they are walked instead."""
    shard = 3
    for thread in same_shard(store.shards, shard, 3):
        await store.commit(begun(thread))
    tag = keys.tag(shard)
    for n in range(1100):
        ghost = (f"webchat:ghost{n}", keys.index(shard, "unassigned"))
        await store._servers.call("ZADD", ghost[1], n, ghost[0], key=tag)

    view = await store.queue("unassigned", OLGA.id, NOW, 2)

    assert len(view.conversations) == 2


# ── counters ─────────────────────────────────────────────────────────────────


async def test_a_message_counts_as_visible_once_when_a_room_shows_it(store: RedisStore) -> None:
    """I7: accepted = visible + dead + suppressed + pending."""
    two = begun().received(incoming(n=2), NOW)
    kept = await store.commit(two)
    assert (await store.figures())["visible"] == 0

    shown = await store.commit(kept.shown("console", ThreadId("console:v1")))
    assert (await store.figures())["visible"] == 2

    again = await store.commit(shown.shown("slack", ThreadId("C1:1")))
    third = await store.commit(again.received(incoming(n=3), NOW))
    assert (await store.figures())["visible"] == 2
    await store.commit(third.shown("console", ThreadId("console:v1")))
    assert (await store.figures())["visible"] == 3


async def test_more_messages_than_a_conversation_keeps_are_all_counted_when_shown(
    store: RedisStore,
) -> None:
    conversation = begun()
    for n in range(2, 71):
        conversation = conversation.received(incoming(n=n), NOW)
    kept = await store.commit(conversation)
    assert (await store.figures())["visible"] == 0

    await store.commit(kept.shown("console", ThreadId("console:v1")))

    assert (await store.figures())["visible"] == 70


async def test_drafts_and_replies_are_counted_by_what_became_of_them(store: RedisStore) -> None:
    kept = await store.commit(with_draft(begun(), "proposed", "draft"))
    kept = await store.commit(with_draft(kept, "approved", "approved"))
    kept = await store.commit(with_draft(kept, "unsure", "unsure"))
    figures = await store.figures()
    assert (figures["unsure"], figures["sent"]) == (1, 0)

    await store.commit(with_draft(kept, "sent", "sent"))

    figures = await store.figures()
    assert (figures["unsure"], figures["sent"]) == (0, 1), "nobody has to look now"
    outcomes = ("proposed", "approved", "unsure", "sent")
    assert [figures[f"drafts.offline.{outcome}"] for outcome in outcomes] == [1, 1, 1, 1]


async def test_counters_are_there_before_anything_happened(store: RedisStore) -> None:
    figures = await store.figures()
    names = ("accepted", "visible", "suppressed", "sent", "unsure", "dead", "open")
    assert [figures[name] for name in (*names, "pending.desk", "pending.draft")] == [0] * 9

    await store.count("suppressed", id_of("v1"), by=2)

    assert (await store.figures())["suppressed"] == 2


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
    """Fault 3: killed after it took work. Each time counts, so a killing command has an end."""
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

    assert [(job.id, job.tries) for job in left] == [(jobs[1].id, 3), (jobs[2].id, 2)]
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
        conversation, then=[show(conversation), draft_for(conversation), Later(wake, due_at)]
    )

    figures = await store.figures()
    assert (figures["pending.desk"], figures["pending.draft"]) == (1, 1), "later is not pending"
    assert await store.wake(fence, NOW) == due_at
    assert [job.command for job in await store.take(fence, 9, AT_ONCE)] == [show(conversation)]
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
    [shown] = await store.take(fence, 9, AT_ONCE)
    told = {"failed_id": id, "what": "receive_message", "cause": dead.cause}
    assert shown.command == ShowFailure(conversation_id=id_of("v1"), **told)
    assert (await store.queue("all", OLGA.id, NOW, 9)).counts["failed"] == 1

    assert [await other.replay(id), await store.replay(id)] == [True, False]
    [again] = await store.take(fence, 9, AT_ONCE)
    assert (again.command, again.tries) == (receive(), 1)
    assert (await store.failed(), await store.failure(id)) == ([], None)
    assert (await store.figures())["dead"] == 1


async def test_a_failure_that_cannot_be_shown_does_not_make_another_one(store: RedisStore) -> None:
    fence = await held(store)
    failure = ShowFailure(conversation_id=id_of("v1"), failed_id="7.1-1", what="x", cause="y")
    await store.enqueue(failure)
    [job] = await store.take(fence, 9, AT_ONCE)

    await store.bury(fence, job, "the room is gone")

    assert await store.take(fence, 9, AT_ONCE) == []
    assert len(await store.failed()) == 1


@pytest.mark.parametrize("id", ["", "x", "1", "99.1-1", "-1.1-1", "1.x-1", "1.1-1-1", "0.0-0"])
async def test_an_id_of_no_dead_letter_finds_none(store: RedisStore, id: str) -> None:
    assert (await store.failure(id), await store.replay(id)) == (None, False)


# ── feeds, people, news ──────────────────────────────────────────────────────


async def test_a_feed_numbers_its_entries_and_adds_each_once(store: RedisStore) -> None:
    numbers = await asyncio.gather(
        *(store.append("webchat:v1", f"body {n % 5}", once=f"k{n % 5}") for n in range(50))
    )

    assert sorted(set(numbers)) == [1, 2, 3, 4, 5]
    entries = await store.after("webchat:v1", 0)
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    assert {entry.body for entry in entries} == {f"body {n}" for n in range(5)}
    assert await store.after("webchat:v1", 3) == entries[3:]
    assert await store.after("webchat:v1", 0, limit=2) == entries[:2]
    assert await store.after("webchat:v2", 0) == []


async def test_a_key_is_new_once_until_its_time_is_over(store: RedisStore) -> None:
    asked = await asyncio.gather(
        *(store.first_time("login:1", timedelta(seconds=60)) for _ in range(20))
    )
    assert asked.count(True) == 1

    assert await store.first_time("login:2", timedelta(milliseconds=1))
    await asyncio.sleep(0.02)
    assert await store.first_time("login:2", timedelta(seconds=60))


async def test_people_are_remembered_as_they_are_called_now(store: RedisStore) -> None:
    await store.remember(OLGA)
    await store.remember(OLGA.model_copy(update={"name": "Olga K.", "role": "lead"}))

    assert [(one.name, one.role) for one in await store.people()] == [("Olga K.", "lead")]


async def test_changes_reach_another_process(store: RedisStore, other: RedisStore) -> None:
    heard: list[Change] = []

    async def listen() -> None:
        async for change in other.changes():
            heard.append(change)

    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listen())
        async with asyncio.timeout(10):
            while Change("ready", "") not in heard:  # from whenever it listens
                await store.announce(Change("ready", ""))
                await asyncio.sleep(0.01)
            kept = await store.commit(begun("a b"))
            await store.append("webchat:v1", "hello", once="k")
            await store.remember(OLGA)
            await store.announce(Change("typing", "webchat:v1 Ana"))
            expected = {
                Change("conversation", kept.id),
                Change("feed", "webchat:v1"),
                Change("people", OLGA.id),
                Change("typing", "webchat:v1 Ana"),
            }
            while not expected <= set(heard):  # a cluster keeps no order among its servers
                await asyncio.sleep(0.01)
        listening.cancel()


# ── opening ──────────────────────────────────────────────────────────────────


async def test_the_number_of_shards_is_kept_with_the_data(servers: store_servers.Servers) -> None:
    servers.ask("FLUSHALL")
    first = await RedisStore.open(servers.url, shards=5)
    await first.commit(begun())

    second = await RedisStore.open(servers.url, shards=16)

    assert (first.shards, second.shards) == (5, 5)
    assert await second.load(ConversationId("webchat:v1")) is not None
    for one in (first, second):
        await one.close()


async def test_all_keys_of_a_shard_are_one_slot(store: RedisStore) -> None:
    """What one call touches must be in one slot of a cluster, whatever an id holds."""
    from redis.crc import key_slot

    id = ConversationId("{x}:a}b{c")
    names = [keys.conversation(3, id), keys.log(3, id), keys.work(3, "desk"), keys.once(3, "{y}")]
    assert len({key_slot(name.encode()) for name in names}) == 1
