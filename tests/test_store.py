"""The store against real servers: a Valkey, a cluster of three, Debian's Redis (`make peers`)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from assistant.errors import Conflict
from assistant.model import Buyer, BuyerId, ConversationId, ThreadId
from assistant.ports import Change
from assistant.words import say
from connectors.store import RedisStore, keys
from tests import store_fixtures as fixtures
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
    send,
    with_draft,
)

AT_ONCE = timedelta(0)
SOON = timedelta(seconds=4)


servers, store, other = fixtures.servers, fixtures.store, fixtures.other

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
    await store.commit(first.noted("mine", OLGA, NOW), then=[send(first)])

    with pytest.raises(Conflict):
        await other.commit(seen_by_both.noted("theirs", OLGA, NOW), then=[send(first)])

    stored = await store.load(first.id)
    assert stored is not None
    assert [note.text for note in stored.notes] == ["mine"]
    assert (await store.figures())["pending.desk"] == 1, "the refused commit enqueued nothing"
    assert len(await store.log(first.id)) == 2


async def test_twenty_at_once_lose_no_change(store: RedisStore) -> None:
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

    await asyncio.gather(*(note(n) for n in range(20)))

    stored = await store.load(id_of("v1"))
    assert stored is not None
    assert {note.text for note in stored.notes} == {str(n) for n in range(20)}
    assert stored.version == 21


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
    assert await store.conversation_of_thread(ThreadId("C1:2")) == old.id
    assert await store.conversation_of_thread(ThreadId("C1:3")) is None
    await store.commit(new.shown("slack", ThreadId("C1:3")))
    assert await store.conversation_of_thread(ThreadId("C1:3")) == new.id


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


async def test_of_many_who_claim_a_key_at_once_all_are_told_the_first(store: RedisStore) -> None:
    """Pain 8: one atomic step, so that a press delivered twice has one key."""
    told = await asyncio.gather(
        *(store.claim("press:1", f"event {n}", timedelta(seconds=60)) for n in range(20))
    )
    assert len(set(told)) == 1
    assert await store.kept("press:1") == told[0]

    assert await store.claim("press:2", "one", timedelta(milliseconds=1)) == "one"
    await asyncio.sleep(0.02)
    assert await store.claim("press:2", "two", timedelta(seconds=60)) == "two"


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
