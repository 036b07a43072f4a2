"""The day's exchange rates: from a file or a feed, kept, and never too old (S4.7, design §6)."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from assistant.desk.situation import brief_as_known, situation_of, without_rates
from assistant.errors import Unavailable
from assistant.loading import Names, load
from assistant.model import Facts, Remedy
from assistant.settings import RateSettings
from connectors.http import client_session
from connectors.rates import KEPT, Exchange, Wrong, of_ecb, read, working_days
from tests.fakes import Clock, World

FRIDAY = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
ECB = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject>
<Cube><Cube time='2026-11-27'>
<Cube currency='USD' rate='1.0823'/>
<Cube currency='JPY' rate='162.05'/>
<Cube currency='GBP' rate='0.83318'/>
</Cube></Cube></gesmes:Envelope>"""
TOML = 'day = 2026-11-26\nbase = "EUR"\n[rates]\nUSD = 1.0801\nGBP = 0.8330\n'
CSV = "day,base,currency,rate\n2026-11-25,EUR,USD,1.07\n2026-11-26,EUR,USD,1.08\n"
Serve = Callable[..., Awaitable[str]]


@pytest.fixture
def clock() -> Clock:
    return Clock(FRIDAY)


@pytest.fixture
async def client() -> AsyncIterator[ClientSession]:
    async with client_session() as session:
        yield session


class Feed:
    """Somebody's server of rates, which may misbehave."""

    def __init__(self) -> None:
        self.asked, self.status, self.body = 0, 200, ECB.encode()
        self.url = ""

    async def answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(status=self.status, body=self.body)


@pytest.fixture
async def feed() -> AsyncIterator[Feed]:
    made, app = Feed(), web.Application()
    app.router.add_get("/daily.xml", made.answer)
    async with TestServer(app) as server:
        made.url = str(server.make_url("/daily.xml"))
        yield made


@pytest.fixture
def from_feed(feed: Feed, client: ClientSession, clock: Clock, tmp_path: Path) -> Exchange:
    return Exchange(RateSettings(feed=feed.url), tmp_path, client, clock)


# ── formats ──────────────────────────────────────────────────────────────────


def test_the_ecb_s_xml_is_understood() -> None:
    rates = of_ecb(ECB.encode(), "ecb")
    assert (rates.day, rates.base, rates.source) == (date(2026, 11, 27), "EUR", "ecb")
    assert rates.rates["GBP"] == Decimal("0.83318")


def test_files_are_toml_or_csv_and_the_newest_day_counts() -> None:
    assert read("rates.toml", TOML).rates["USD"] == Decimal("1.0801")
    rates = read("rates.csv", CSV)
    assert (rates.day, rates.rates) == (date(2026, 11, 26), {"USD": Decimal("1.08")})


@pytest.mark.parametrize(
    "text",
    [
        "<Envelope/>",
        "no xml",
        ECB.replace("162.05", "-1"),
        ECB.replace("162.05", "much"),
        ECB.replace("JPY", "USD"),
        ECB.replace("<gesmes:Env", "<!DOCTYPE x [<!ENTITY a 'b'>]><gesmes:Env"),
    ],
    ids=["empty", "no xml", "negative", "no number", "twice", "entities"],
)
def test_what_is_no_feed_of_rates_is_refused(text: str) -> None:
    with pytest.raises(Wrong):
        of_ecb(text.encode(), "ecb")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.toml", "day = 2026-11-26"),
        ("r.toml", TOML.replace("base", "basis")),
        ("r.toml", TOML.replace("1.0801", "0")),
        ("r.csv", "currency,rate\nUSD,1\n"),
        ("r.csv", CSV.replace("26,EUR", "26,GBP,").replace(",USD,1.08", "")),
        ("r.csv", ""),
    ],
)
def test_what_is_no_file_of_rates_is_refused(name: str, text: str) -> None:
    with pytest.raises(Wrong):
        read(name, text)


def test_only_working_days_make_rates_old() -> None:
    assert working_days(date(2026, 11, 27), date(2026, 11, 29)) == 0
    assert working_days(date(2026, 11, 27), date(2026, 12, 3)) == 4


# ── a feed ───────────────────────────────────────────────────────────────────


async def test_a_feed_is_asked_once_a_day(from_feed: Exchange, feed: Feed, clock: Clock) -> None:
    for _ in range(3):
        assert await from_feed.look()
    assert feed.asked == 1
    assert from_feed.trouble() is None
    clock.passes(hours=25)
    await from_feed.look()
    assert feed.asked == 2


async def test_after_a_restart_without_a_network_the_last_rates_are_there_with_their_day(
    from_feed: Exchange, feed: Feed, client: ClientSession, clock: Clock, tmp_path: Path
) -> None:
    await from_feed.look()
    feed.status = 503
    clock.passes(hours=25)
    again = Exchange(RateSettings(feed=feed.url), tmp_path, client, clock)
    assert not await again.look()
    rates = again.rates()
    assert rates is not None
    assert rates.day == date(2026, 11, 27)
    assert "of 2026-11-27" in again.state()
    assert "it answers 503" in again.state()


async def test_rates_that_are_too_old_are_none_and_it_is_said(
    from_feed: Exchange, clock: Clock
) -> None:
    await from_feed.look()
    clock.passes(days=6)
    assert from_feed.rates() is not None  # Thursday: four working days
    clock.passes(days=1)
    assert from_feed.rates() is None
    assert "of 2026-11-27: too old" in str(from_feed.trouble())
    with pytest.raises(Unavailable, match="a lead decides"):
        from_feed.state()


async def test_what_another_feed_kept_is_not_believed(
    from_feed: Exchange, client: ClientSession, clock: Clock, tmp_path: Path
) -> None:
    await from_feed.look()
    other = Exchange(RateSettings(feed="https://other.example/x.xml"), tmp_path, client, clock)
    assert other.rates() is None


@pytest.mark.parametrize("body", [b"x" * (300 << 10), b"\xff\xfe"], ids=["huge", "garbage"])
async def test_a_bad_answer_leaves_the_last_right_rates(
    from_feed: Exchange, feed: Feed, clock: Clock, body: bytes
) -> None:
    await from_feed.look()
    feed.body = body
    clock.passes(hours=25)
    assert not await from_feed.look()
    assert from_feed.rates() is not None


async def test_a_damaged_copy_is_asked_for_anew(
    from_feed: Exchange, feed: Feed, client: ClientSession, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / KEPT).write_text("{", "utf-8")
    again = Exchange(RateSettings(feed=feed.url), tmp_path, client, clock)
    assert again.rates() is None
    assert await again.look()
    assert again.rates() is not None


# ── a file ───────────────────────────────────────────────────────────────────


async def test_a_file_is_read_anew_and_a_wrong_one_leaves_the_last_right_rates(
    client: ClientSession, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "rates.toml"
    file.write_text(TOML, "utf-8")
    exchange = Exchange(RateSettings(file=file), tmp_path, client, clock)
    for text, rate in ((TOML.replace("1.0801", "1.09"), "1.09"), ("day = 3", "1.09")):
        file.write_text(text, "utf-8")
        os.utime(file, ns=(1, hash(text) % 10**15))
        assert await exchange.look()
        rates = exchange.rates()
        assert rates is not None
        assert rates.rates["USD"] == Decimal(rate)
    assert "can't be used" in exchange.state()


async def test_without_rates_it_says_so(
    client: ClientSession, clock: Clock, tmp_path: Path
) -> None:
    exchange = Exchange(RateSettings(), tmp_path, client, clock)
    assert await exchange.look()
    assert exchange.rates() is None
    assert str(exchange.trouble()) == "No exchange rates are set."
    assert "a lead decides" in exchange.state()


# ── settings ─────────────────────────────────────────────────────────────────


def problems(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "parley.toml").write_text(text, "utf-8")
    environ = {"PARLEY_CONFIG": str(tmp_path / "parley.toml"), "PARLEY_DATA": str(tmp_path / "d")}
    loaded = load(environ, Names(("console",), ("webchat", "webhook"), ()))
    return [str(one) for one in loaded.problems]


def test_the_settings_file_says_where_rates_are_from(tmp_path: Path) -> None:
    assert problems(tmp_path, '[rates]\nfeed = "ecb"\noldest = 2') == []
    assert problems(tmp_path, '[rates]\nfile = "rates.toml"') == []
    [both] = problems(tmp_path, '[rates]\nfile = "rates.toml"\nfeed = "ecb"')
    assert "either file or feed" in both
    [plain] = problems(tmp_path, '[rates]\nfeed = "http://rates.example"')
    assert "parley.toml:2 rates.feed" in plain
    assert "https://" in plain
    [typo] = problems(tmp_path, '[rates]\nfed = "ecb"')
    assert "feed" in typo


# ── on the desk ──────────────────────────────────────────────────────────────


async def test_drafts_are_made_with_the_day_s_rates(world: World, from_feed: Exchange) -> None:
    """What is decided and reviewed gets them; where there are none, nothing is guessed."""
    await from_feed.look()
    ports = dataclasses.replace(world.ports, exchange=from_feed)
    about = await world.buyer_writes("Where is my order?")
    conversation = await world.conversation(about)
    assert situation_of(conversation, Facts(), world.ports).rates is None
    assert situation_of(conversation, Facts(), ports).rates == from_feed.rates()


async def test_a_missing_rate_is_explained_on_the_card(
    world: World, client: ClientSession, clock: Clock, tmp_path: Path
) -> None:
    exchange = Exchange(RateSettings(), tmp_path, client, clock)
    ports = dataclasses.replace(world.ports, exchange=exchange)
    about = await world.buyer_writes("Where is my order?")
    brief = brief_as_known(await world.conversation(about), ports)
    asks = Remedy(id="refund", verdict="lead", because=(), missing=("rate USD to EUR",))
    decision = brief.decision.model_copy(update={"remedies": (asks,)})
    told = without_rates(brief.model_copy(update={"decision": decision}), ports)
    assert [str(one) for one in told.situation.facts.troubles] == ["No exchange rates are set."]
    assert without_rates(brief, ports).situation.facts.troubles == ()
