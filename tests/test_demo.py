"""The buyers of the demo: they come once, by the way of every buyer, and leave what they said."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from assistant.commands import ReceiveMessage
from assistant.errors import Unavailable
from assistant.model import Conversation, Incoming, conversation_id
from assistant.ports import Store
from assistant.settings import Settings
from connectors.buyers.webchat.frames import feed_of, shown
from connectors.buyers.webchat.session import Visitors
from connectors.demo import STOREFRONTS, arrivals, demo_visitors
from connectors.files import FolderFiles
from connectors.shops.demo import DemoShop

START = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


class Time:
    """A clock, and a sleep that moves it on at once."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


async def received(store: Store) -> list[Incoming]:
    """Everything that waits in the work streams for the first time, in the order of arrival."""
    jobs = []
    for shard in range(store.shards):
        fence = await store.hold(shard, "desk", "tests")
        assert fence is not None
        jobs += await store.take(fence, 100, timedelta(0))
    commands = [job.command for job in jobs]
    messages = [one.incoming for one in commands if isinstance(one, ReceiveMessage)]
    assert len(messages) == len(commands)
    return sorted(messages, key=lambda message: message.received_at or START)


async def work(store: Store, messages: list[Incoming]) -> None:
    """What a worker does first: the message becomes part of its conversation."""
    for incoming in messages:
        begun = Conversation.begun(incoming, STOREFRONTS[0].id, None)
        await store.commit(begun.received(incoming, START))


async def test_five_buyers_write_within_the_first_minute_and_more_later(store: Store) -> None:
    """`experience.md`, the first three minutes."""
    time = Time()
    await arrivals(store, time.now, time.sleep)
    messages = await received(store)
    early = [
        one
        for one in messages
        if one.received_at and one.received_at <= START + timedelta(minutes=1)
    ]
    assert [one.thread_key for one in early] == [
        "demo-lena",
        "demo-misaki",
        "demo-rafael",
        "demo-megan",
        "demo-growth",
    ]
    assert len(messages) > len(early) + 2
    assert time.at - START < timedelta(minutes=4)
    assert {(one.buyer.locale or "")[:2] for one in messages} == {"de", "ja", "pt", "en", "fr"}


async def test_everybody_writes_exactly_once_however_often_the_demo_starts(store: Store) -> None:
    """The second start finds nothing worked yet, the third everything."""
    time = Time()
    await arrivals(store, time.now, time.sleep)
    await arrivals(store, time.now, time.sleep)
    messages = await received(store)
    assert Counter(one.once for one in messages) == Counter(
        f"webchat::{one.visitor}:message:{one.message_id}" for one in demo_visitors()
    )
    assert (await store.figures())["accepted"] == len(demo_visitors())

    await work(store, messages)
    before = time.at
    await arrivals(store, time.now, time.sleep)
    assert time.at == before, "nobody is waited for who was here before"
    assert await received(store) == []


async def test_who_had_not_come_when_the_demo_stopped_comes_at_the_next_start(
    store: Store,
) -> None:
    time = Time()
    gone = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await time.sleep(seconds)
        if time.at > START + timedelta(seconds=30):
            gone.set()
            await asyncio.Event().wait()

    demo = asyncio.create_task(arrivals(store, time.now, sleep))
    await gone.wait()
    demo.cancel()
    first = await received(store)
    await work(store, first)
    assert 0 < len(first) < len(demo_visitors())

    await arrivals(store, time.now, time.sleep)
    rest = await received(store)
    assert {one.thread_key for one in first}.isdisjoint(one.thread_key for one in rest)
    assert len(first) + len(rest) == len(demo_visitors())


class Away:
    """A store that is not there the first times it is asked."""

    def __init__(self, store: Store, times: int) -> None:
        self._store, self.left = store, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def load(self, conversation: Any) -> Conversation | None:
        if self.left:
            self.left -= 1
            raise Unavailable("it is starting")
        return await self._store.load(conversation)


class CutOff:
    """A store whose process ends just before the first message is durable."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def enqueue(self, command: Any, *, once: str) -> bool:
        raise asyncio.CancelledError


async def test_a_store_that_is_away_delays_the_buyers_and_loses_none(store: Store) -> None:
    time = Time()
    away: Any = Away(store, 3)
    await arrivals(away, time.now, time.sleep)
    assert len(await received(store)) == len(demo_visitors())
    assert away.left == 0


async def test_the_photos_are_kept_as_pictures(store: Store, tmp_path: Path) -> None:
    """The birthday gift comes with two, the cup with one."""
    time, files = Time(), FolderFiles(tmp_path)
    await arrivals(store, time.now, time.sleep, files=files)
    sent = {one.thread_key: one.attachments for one in await received(store) if one.attachments}
    assert {name: len(photos) for name, photos in sent.items()} == {
        "demo-lena": 2,
        "demo-misaki": 1,
    }
    for photo in (photo for photos in sent.values() for photo in photos):
        assert photo.mime == "image/jpeg"
        place = files.path(photo.sha256 or "")
        assert place is not None
        content = Path(place).read_bytes()  # noqa: ASYNC240 - a test may wait for its disk
        assert (content[:3], content[-2:]) == (b"\xff\xd8\xff", b"\xff\xd9")
        assert 5_000 < len(content) == (photo.size or 0) < 100_000


async def test_without_a_place_for_files_a_photo_still_has_a_name(store: Store) -> None:
    time = Time()
    await arrivals(store, time.now, time.sleep)
    (lena,) = [one for one in await received(store) if one.thread_key == "demo-lena"]
    assert [(photo.name, photo.sha256) for photo in lena.attachments] == [
        ("Kanne.jpg", None),
        ("Paket.jpg", None),
    ]


async def test_a_buyers_page_shows_what_they_wrote_once(store: Store, tmp_path: Path) -> None:
    """The same entry as one written at the page: the page can't tell the difference."""
    time, visitors = Time(), Visitors(SecretStr("a secret of the tests, made up for them"))
    for _ in range(2):
        await arrivals(store, time.now, time.sleep, files=FolderFiles(tmp_path))
    for visitor in demo_visitors():
        (entry,) = await store.after(feed_of(visitor.visitor), 0)
        shown_there = json.loads(shown(entry.body, entry.seq, visitor.visitor, visitors))
        assert (shown_there["from"], shown_there["text"]) == ("buyer", visitor.text)
        assert len(shown_there["files"]) == len(visitor.photos)


async def test_a_demo_cut_off_between_its_two_writes_makes_up_for_it(store: Store) -> None:
    time = Time()
    cut: Any = CutOff(store)
    with pytest.raises(asyncio.CancelledError):
        await arrivals(cut, time.now, time.sleep)
    await arrivals(store, time.now, time.sleep)
    assert len(await received(store)) == len(demo_visitors())
    for visitor in demo_visitors():
        assert len(await store.after(feed_of(visitor.visitor), 0)) == 1


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[DemoShop]:
    opened = await DemoShop.open(tmp_path / "shop.sqlite", START)
    yield opened
    await opened.close()


async def test_what_the_buyers_write_about_is_in_the_shop_and_theirs(shop: DemoShop) -> None:
    for visitor in demo_visitors():
        mine = [order.ref for order in await shop.orders_of(visitor.email or "")]
        assert bool(mine) == visitor.buyer.verified
        assert set(re.findall(r"(?<!\d)1\d{4}(?!\d)", visitor.text)) <= set(mine), visitor.visitor


async def test_what_the_buyers_say_is_so(shop: DemoShop) -> None:
    """Late parcels are late, the size asked for is there, the colour asked for is sold out."""
    lamp = await shop.order("10038")
    speaker = await shop.order("10036")
    assert lamp is not None
    assert speaker is not None
    for order, late in ((lamp, 1), (speaker, 6)):
        (parcel,) = order.fulfilments
        assert parcel.eta is not None
        assert (START.date() - parcel.eta.date()).days == late
        assert parcel.delivered_at is None
    (larger,) = await shop.stock("HE-MALO-BLU-L")
    assert larger.in_stock > 0
    white = (await shop.stock("Ines teapot in white"))[0]
    assert (white.variant["colour"], white.in_stock) == ("white", 0)


def test_ids_are_those_of_the_web_chat() -> None:
    for visitor in demo_visitors():
        assert visitor.buyer.id == f"webchat:{visitor.visitor}"
        assert conversation_id("webchat", visitor.visitor) == f"webchat:{visitor.visitor}"
    assert len({one.visitor for one in demo_visitors()}) == len(demo_visitors())


def test_the_storefronts_are_settings_and_each_account_finds_its_own() -> None:
    settings = Settings(
        secret=SecretStr("a secret of the tests, made up for them"),
        webhook_secret=SecretStr("whsec_" + "dGVzdHMt" * 4),
        storefronts=STOREFRONTS,
        shops=("demo",),
    )
    assert settings.storefront_of("webchat", "").id == "blaue-stunde"
    assert settings.storefront_of("webhook", "").id == "blaue-stunde"
    assert settings.storefront_of("webhook", "amazon-de").platform == "amazon"
    assert settings.storefront_of("webhook", "mercadolivre-br").market == "BR"
    assert len({one.id for one in STOREFRONTS}) == len(STOREFRONTS)
    assert all(set(one.shops) <= set(settings.shops) for one in STOREFRONTS)
