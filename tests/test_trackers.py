"""17TRACK and AfterShip against a provider of ours: what is told, counted, kept, and refused."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from assistant.commands import LookUp
from assistant.errors import Unavailable
from assistant.model import Address, Order, Parcel, ParcelEvent
from assistant.ports import Sought, news_of
from connectors import plugs
from connectors.http import Parts, client_session
from connectors.store import RedisStore
from tests.fakes import START, World, settings
from tests.provider import BROKEN, CUT_AFTER, Asked, Provider, Says

NUMBER = "RB123456785CN"
FIXTURES = Path(__file__).parent / "fixtures" / "parcels"
SECRETS = {
    "SEVENTEENTRACK_TOKEN": SecretStr("17-key"),
    "AFTERSHIP_API_KEY": SecretStr("as-key"),
    "AFTERSHIP_WEBHOOK_SECRET": SecretStr("as-secret"),
}
NAMES = ("seventeentrack", "aftership")
NOT_KNOWN = {"code": -18019902, "message": "The tracking number does not register."}


def recorded(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))


def knows_nothing(asked: Asked) -> Says:
    rejected = [{"number": one["number"], "error": NOT_KNOWN} for one in asked.json]
    return Says(200, {"code": 0, "data": {"accepted": [], "rejected": rejected}})


def takes_up(asked: Asked) -> Says:
    accepted = [{"number": one["number"], "origin": 1} for one in asked.json]
    return Says(200, {"code": 0, "data": {"accepted": accepted, "rejected": []}})


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with Provider() as here:
        yield here


@pytest.fixture
async def client() -> AsyncIterator[ClientSession]:
    async with client_session() as session:
        yield session


@pytest.fixture
def parts(world: World, client: ClientSession, provider: Provider) -> Callable[..., Parts]:
    def make(**options: Any) -> Parts:
        table = {"api_url": provider.url, **options}
        known = settings(environment=SECRETS, tracker=dict.fromkeys(NAMES, table), trackers=NAMES)
        return Parts(
            settings=known,
            store=world.store,
            files=None,  # type: ignore[arg-type]
            client=client,
            now=world.clock,
        )

    return make


def silent(number: str = NUMBER, **changes: Any) -> Order:
    """An order whose shop knows a number and no more."""
    parcel = Parcel(carrier="China Post", number=number, status="in_transit", **changes)
    return Order(
        ref="10023",
        shop="shop",
        ship_to=Address(country="DE", postcode="50674"),
        fulfilments=(parcel,),
    )


# ── what they tell ───────────────────────────────────────────────────────────


async def test_17track_is_asked_politely_and_read_with_local_time(parts, provider) -> None:
    """S2.8: the events of every carrier in the chain, each by the clock of its place."""
    provider.on("POST", "/gettrackinfo", Says(200, recorded("seventeentrack")))
    tracker = await plugs.tracker("seventeentrack", parts())

    found = await tracker.parcels([Sought("RB 123 456 785 CN", language="de")])

    parcel = found[NUMBER]
    assert parcel.latest is not None
    assert parcel.latest.at.isoformat() == "2026-11-20T18:42:00+01:00"
    assert (parcel.status, parcel.latest.status) == ("in_transit", "customs")
    assert (parcel.latest.place, parcel.latest.text) == ("Frankfurt", "Held by customs")
    assert parcel.latest.means("de") == "Beim Zoll"
    assert parcel.carrier == "DHL Paket"
    assert parcel.eta == datetime.fromisoformat("2026-11-26T00:00:00+01:00")
    [asked] = provider.asked
    assert asked.headers["17token"] == "17-key"
    assert asked.json == [{"number": NUMBER}]


async def test_17track_takes_up_an_unknown_number_once_and_asks_again(parts, provider) -> None:
    told = Says(200, recorded("seventeentrack"))
    provider.on("POST", "/gettrackinfo", knows_nothing, told)
    provider.on("POST", "/register", takes_up)
    tracker = await plugs.tracker("seventeentrack", parts())

    found = await tracker.parcels([Sought(NUMBER, postcode="50674", language="zh-Hans")])

    assert set(found) == {NUMBER}
    [new] = provider.at("/register")
    assert new.json == [{"number": NUMBER, "lang": "zh-hans", "param": "50674"}]


async def test_17track_is_asked_forty_at_a_time(parts, provider) -> None:
    provider.on("POST", "/gettrackinfo", Says(200, {"code": 0, "data": {"accepted": []}}))
    tracker = await plugs.tracker("seventeentrack", parts())

    await tracker.parcels([Sought(f"YT{n:016}") for n in range(95)])

    assert [len(one.json) for one in provider.asked] == [40, 40, 15]


@pytest.mark.parametrize(
    "answer", [{"code": -18019908}, {"code": 0, "data": {"errors": [{"code": -18019907}]}}]
)
async def test_17track_is_left_alone_once_its_quota_is_used_up(parts, provider, answer) -> None:
    provider.on("POST", "/gettrackinfo", Says(200, answer))
    tracker = await plugs.tracker("seventeentrack", parts())

    for _ in range(3):
        with pytest.raises(Unavailable):
            await tracker.parcels([Sought(NUMBER)])
    assert len(provider.asked) == 1


async def test_our_own_limit_of_the_month_is_kept_across_processes(parts, provider) -> None:
    """Ten parcels a month, asked for by two processes at once: ten are taken up."""
    provider.on("POST", "/gettrackinfo", knows_nothing)
    provider.on("POST", "/register", takes_up)
    for n in range(2):
        tracker = await plugs.tracker("seventeentrack", parts(monthly_limit=10))
        await tracker.parcels([Sought(f"YT{n}{i:015}") for i in range(7)])

    taken = [one["number"] for asked in provider.at("/register") for one in asked.json]
    assert len(taken) == 10
    with pytest.raises(Unavailable, match="quota"):
        await tracker.parcels([Sought("YT9999999999999999")])


async def test_aftership_is_read_with_local_time_where_it_names_no_offset(parts, provider) -> None:
    """S2.8"""
    provider.on("GET", "/trackings", Says(200, recorded("aftership")))
    tracker = await plugs.tracker("aftership", parts())

    parcel = (await tracker.parcels([Sought(NUMBER)]))[NUMBER]

    assert [one.at.isoformat() for one in parcel.events] == [
        "2026-11-14T09:10:00+08:00",
        "2026-11-20T18:42:00+01:00",
    ]
    assert parcel.latest is not None
    assert (parcel.status, parcel.latest.status, parcel.latest.place) == (
        "in_transit",
        "arrived",
        "Leipzig",
    )
    assert provider.asked[0].headers["as-api-key"] == "as-key"
    assert provider.asked[0].query["tracking_numbers"] == NUMBER


async def test_aftership_is_told_of_a_parcel_that_it_does_not_follow(parts, provider) -> None:
    provider.on("GET", "/trackings", Says(200, {"meta": {"code": 200}, "data": {"trackings": []}}))
    new = {"meta": {"code": 201}, "data": {"tracking_number": NUMBER, "tag": "Pending"}}
    exists = {"meta": {"code": 4003, "message": "exists"}, "data": {}}
    provider.on("POST", "/trackings", Says(201, new), Says(400, exists))
    tracker = await plugs.tracker("aftership", parts(slugs={"China Post": "china-post"}))

    for _ in range(2):
        assert await tracker.parcels([Sought(NUMBER, carrier="China Post", language="de")]) == {}
    assert provider.at("/trackings")[1].json == {
        "tracking_number": NUMBER,
        "slug": "china-post",
        "language": "de",
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Says(401, {"code": 401}), "key"),
        (Says(429, {}, {"Retry-After": "30"}), "too many"),
        (BROKEN, "out of order"),
        (CUT_AFTER, "answer"),
        (Says(200, "no json"), "can't be read"),
        (Says(400, {"meta": {"code": 4001}}), "refused"),
    ],
    ids=["key", "busy", "broken", "cut", "garbage", "refused"],
)
async def test_whatever_goes_wrong_is_a_trouble_that_says_why(
    parts, provider, name, answer, why
) -> None:
    provider.on("*", "/.*", answer)
    tracker = await plugs.tracker(name, parts())

    with pytest.raises(Unavailable, match=why):
        await tracker.parcels([Sought(NUMBER)])


async def test_a_busy_tracker_is_asked_again_after_the_time_it_named(
    parts, provider, world
) -> None:
    busy = Says(429, {}, {"Retry-After": "30"})
    provider.on("GET", "/trackings", busy, Says(200, recorded("aftership")))
    tracker = await plugs.tracker("aftership", parts())
    for _ in range(2):
        with pytest.raises(Unavailable):
            await tracker.parcels([Sought(NUMBER)])
    assert len(provider.asked) == 1

    world.clock.passes(seconds=31)

    assert set(await tracker.parcels([Sought(NUMBER)])) == {NUMBER}


# ── news that are pushed ─────────────────────────────────────────────────────


def signed(name: str, body: bytes) -> dict[str, str]:
    if name == "seventeentrack":
        return {"sign": sha256(body + b"/17-key").hexdigest()}
    digest = hmac.digest(b"as-secret", body, "sha256")
    return {"aftership-hmac-sha256": base64.b64encode(digest).decode()}


def pushed(name: str) -> bytes:
    if name == "seventeentrack":
        told = recorded(name)["data"]["accepted"][0]
        return json.dumps({"event": "TRACKING_UPDATED", "data": told}).encode()
    told = recorded(name)["data"]["trackings"][0]
    return json.dumps({"event": "tracking_update", "msg": told}).encode()


@pytest.mark.parametrize("name", NAMES)
async def test_news_are_taken_only_with_their_signature_and_twice_is_once(
    parts, store: RedisStore, name
) -> None:
    tracker = await plugs.tracker(name, parts())
    app = web.Application()
    tracker.mount(app)  # type: ignore[attr-defined]
    body = pushed(name)
    async with TestClient(TestServer(app)) as caller:
        forged = [
            {},
            {key: "x" * len(value) for key, value in signed(name, body).items()},
            signed(name, body + b" "),
        ]
        for headers in forged:
            answer = await caller.post(f"/parcels/{name}", data=body, headers=headers)
            assert answer.status == 401
        assert await store.kept(news_of(NUMBER)) is None
        for _ in range(2):
            answer = await caller.post(f"/parcels/{name}", data=body, headers=signed(name, body))
            assert answer.status == 200
        odd = await caller.post(f"/parcels/{name}", data=b"{", headers=signed(name, b"{"))
        assert odd.status == 400

    kept = Parcel.model_validate_json(await store.kept(news_of(NUMBER)) or "")
    assert len(kept.events) == 2
    assert kept.read_at == START


# ── what the desk does with it ───────────────────────────────────────────────


class Tracker:
    """Knows what it is told, and counts how often it is asked."""

    name = "17TRACK"

    def __init__(self, **known: Parcel) -> None:
        self.known, self.asked, self.down = known, 0, False

    async def parcels(self, sought: Any) -> dict[str, Parcel]:
        self.asked += 1
        if self.down:
            raise Unavailable("it is out of order")
        return {one.number: self.known[one.number] for one in sought if one.number in self.known}


def scanned(at: datetime, place: str = "Leipzig", status: str = "in_transit") -> ParcelEvent:
    return ParcelEvent(at=at, place=place, status=status, text="Held by customs")


BERLIN = datetime.fromisoformat("2026-11-20T18:42:00+01:00")


async def test_a_shop_that_says_nothing_is_helped_out_with_its_age_on_the_card(
    world: World,
) -> None:
    """S2.8: number, page of the buyer's own country, the newest event by local time."""
    world.shop.confirms(silent())
    event = scanned(BERLIN, status="customs")
    tracker = Tracker(**{NUMBER: Parcel(number=NUMBER, status="in_transit", events=(event,))})
    world.trackers = {"seventeentrack": tracker}

    about = await world.buyer_writes("Wo ist meine Bestellung 10023?", buyer=german())

    [row] = [one for one in world.card(about).known if one.label == "Parcel"]
    assert NUMBER in row.value
    assert "20 Nov 18:42 Leipzig: at customs · Held by customs" in row.value
    assert "17TRACK, 21 Nov" in row.value
    assert row.href is not None
    assert row.href.startswith("https://www.dhl.de/de/")
    assert tracker.asked == 1


async def test_kept_news_are_used_again_and_old_ones_where_the_tracker_is_away(
    world: World,
) -> None:
    world.shop.confirms(silent())
    news = Parcel(number=NUMBER, status="in_transit", events=(scanned(BERLIN),))
    tracker = Tracker(**{NUMBER: news})
    world.trackers = {"seventeentrack": tracker}
    about = await world.buyer_writes("Where is my order 10023?")
    await world.buyer_writes("Hello? Where is my order 10023?", 2)
    assert tracker.asked == 1

    tracker.down = True
    world.clock.passes(days=5)
    await world.buyer_writes("Still nothing! Where is 10023?", 3)

    values = [row.value for row in world.card(about).known]
    assert any("last scan 6 days ago" in one and "17TRACK, 21 Nov" in one for one in values)
    assert any("17TRACK could not be asked: it is out of order" in one for one in values)


async def test_nobody_is_asked_of_parcels_that_arrived_or_whose_news_are_fresh(
    world: World,
) -> None:
    fresh = silent(events=(scanned(START - timedelta(hours=2)),))
    arrived = silent(delivered_at=START - timedelta(days=9)).model_copy(update={"ref": "10024"})
    world.shop.confirms(fresh, arrived)
    tracker = Tracker()
    world.trackers = {"seventeentrack": tracker}

    await world.buyer_writes("Where are my orders 10023 and 10024?")

    assert tracker.asked == 0


async def test_the_second_tracker_is_asked_what_the_first_does_not_know(world: World) -> None:
    world.shop.confirms(silent())
    away, other = Tracker(), Tracker(**{NUMBER: Parcel(number=NUMBER, events=(scanned(BERLIN),))})
    away.down, other.name = True, "AfterShip"
    world.trackers = {"seventeentrack": away, "aftership": other}

    about = await world.buyer_writes("Where is my order 10023?")

    assert any("AfterShip, 21 Nov" in row.value for row in world.card(about).known)


@pytest.mark.parametrize(("language", "words"), [("en", "at customs"), ("zh-Hans", "海关")])
async def test_track_answers_also_of_a_parcel_that_no_order_has(
    world: World, language, words
) -> None:
    """S2.8 in `/track`: number, page, newest event by local time, in the language of who asks."""
    event = scanned(BERLIN, status="customs")
    news = Parcel(number=NUMBER, status="in_transit", events=(event,))
    world.trackers = {"seventeentrack": Tracker(**{NUMBER: news})}

    answer = await world.handle(LookUp(what="track", query="RB 123 456 785 CN"), language=language)

    card = answer.card
    assert card is not None
    rows = [row for section in card.sections for row in section.rows]  # type: ignore[union-attr]
    assert any(NUMBER in row.value and row.href for row in rows)
    assert any("18:42" in row.label and words in row.value for row in rows)


async def test_a_tracking_number_of_no_order_is_shown_with_whose_it_is(world: World) -> None:
    about = await world.buyer_writes("Where is my parcel 1Z999AA10123456784?")

    values = [row.value for row in world.card(about).known]
    assert "UPS 1Z999AA10123456784: in no order that is known here" in values
    assert not any("not found" in one for one in values)


def german() -> Any:
    from assistant.model import Buyer, BuyerId

    return Buyer(id=BuyerId("webchat:v1"), name="Tom Brandt", locale="de-DE")


def test_the_newer_of_two_reports_counts() -> None:
    old, new = datetime(2026, 11, 18, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
    shop = Parcel(number="1", carrier="DHL", status="in_transit", events=(scanned(old),))
    news = Parcel(number="1", status="delivered", delivered_at=new, events=(scanned(new),))

    assert shop.with_news(news).status == "delivered"
    assert shop.with_news(news).carrier == "DHL"
    assert news.with_news(shop).status == "delivered"
    assert news.with_news(shop).events == news.events
