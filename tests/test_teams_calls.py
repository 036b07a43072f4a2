"""Calls to Teams: what was certainly done, what certainly not, and how fast."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from assistant.errors import ParleyError, Rejected, TooLarge, Unavailable, Unsure
from assistant.surface.cards import Line as ThreadLine
from assistant.words import words
from connectors.files import FolderFiles
from connectors.http import client_session
from connectors.rooms.teams.access import EARLY_S, REST_S, Access
from connectors.rooms.teams.addresses import Addresses
from connectors.rooms.teams.answers import sentence_posts
from connectors.rooms.teams.bot import Connectors
from connectors.rooms.teams.client import Client
from connectors.rooms.teams.cloud import Cloud
from connectors.rooms.teams.delivery import Delivery
from connectors.rooms.teams.files import Tickets
from connectors.rooms.teams.memory import Here, Someone
from connectors.rooms.teams.pace import Pace
from connectors.rooms.teams.places import Place
from connectors.rooms.teams.wire import Pipeline, Throttled
from tests.fakes import START, settings
from tests.teams_service import (
    BUYERS,
    NOA,
    OLGA,
    Fault,
    Service,
    chat_of,
    hangs,
    refuses,
    service,
    takes_and_answers,
    takes_and_breaks,
)

POST = sentence_posts("Hello", words("en"))[0]


class Line:
    """A client of the connector, and what it calls."""

    def __init__(self, teams: Service, access: Access, client: Client, clock: Ticks) -> None:
        self.teams, self.access, self.client, self.clock = teams, access, client, clock
        self.here = Here(service_url=teams.service_url, tenant="t", bot="28:bot")

    async def begin(self) -> str:
        return (await self.client.begin(BUYERS, POST, self.here)).conversation


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with service() as teams, client_session() as session:
        cloud = Cloud(login_url=teams.url, service_url=teams.service_url)
        addresses = Addresses(cloud)
        clock = Ticks()
        access = Access(cloud, "app", SecretStr("password"), "", session, clock)
        soon = aiohttp.ClientTimeout(total=0.5)
        pipeline = Pipeline(access, session, lambda: datetime.now(UTC), addresses, soon)
        client = Client(Connectors(pipeline), Pace(), addresses, teams.service_url)
        yield Line(teams, access, client, clock)
        await access.close()


async def test_a_card_is_posted_once_and_brought_up_to_date_in_its_place(line: Line) -> None:
    place = await line.client.begin(BUYERS, POST, line.here)
    later = sentence_posts("Hello again", words("en"))[0]

    await line.client.update(place.conversation, place.root, later, line.here)
    await line.client.update(place.conversation, place.root, later, line.here)

    [root] = line.teams.roots()
    assert root.words == "Hello again"
    assert root.activity["summary"] == "Hello again"
    assert place.conversation == f"{BUYERS};messageid={root.id}"


# ── faults ───────────────────────────────────────────────────────────────────


def breaks_off(_: Service) -> Fault:
    return takes_and_breaks()


FAULTS: list[tuple[Callable[[Service], Fault], type[ParleyError], type[ParleyError], int]] = [
    (lambda _: refuses(429, **{"Retry-After": "3"}), Unavailable, Unavailable, 0),
    (lambda _: refuses(412), Unavailable, Unavailable, 0),
    (lambda _: refuses(403, "BotNotInConversationRoster"), Rejected, Rejected, 0),
    (lambda _: refuses(404, "ConversationNotFound"), Rejected, Rejected, 0),
    (lambda _: refuses(400, "BadSyntax"), Rejected, Rejected, 0),
    (lambda _: refuses(413, "MessageSizeTooBig"), TooLarge, TooLarge, 0),
    (lambda _: takes_and_answers(502), Unsure, Unavailable, 1),
    (lambda _: takes_and_answers(504), Unsure, Unavailable, 1),
    (lambda _: takes_and_answers(500), Unsure, Unavailable, 1),
    (lambda _: takes_and_answers(201), Unsure, Unavailable, 1),
    (breaks_off, Unsure, Unavailable, 1),
    (hangs, Unsure, Unavailable, 0),
]
NAMES = [
    *("429", "412", "403", "404", "400", "413"),
    *("took 502", "took 504", "took 500", "took, HTML", "took, broke off", "hangs"),
]


@pytest.mark.parametrize(("fault", "error", "_", "taken"), FAULTS, ids=NAMES)
async def test_a_post_that_failed_says_whether_it_may_be_there_and_is_never_repeated(
    fault: Callable[[Service], Fault],
    error: type[ParleyError],
    _: type[ParleyError],
    taken: int,
    line: Line,
) -> None:
    """Reliability C 28: a create is not idempotent; botbuilder would send it again by itself."""
    line.teams.faults.append(fault(line.teams))

    with pytest.raises(error) as failed:
        await line.begin()

    assert type(failed.value) is error or isinstance(failed.value, Throttled)
    assert len(line.teams.messages) == taken


@pytest.mark.parametrize(("fault", "_", "error", "taken"), FAULTS, ids=NAMES)
async def test_an_update_that_failed_may_be_repeated(
    fault: Callable[[Service], Fault],
    _: type[ParleyError],
    error: type[ParleyError],
    taken: int,
    line: Line,
) -> None:
    place = await line.client.begin(BUYERS, POST, line.here)
    line.teams.faults.append(fault(line.teams))

    update = line.client.update(place.conversation, place.root, POST, line.here)
    if fault is breaks_off:
        await update  # aiohttp asks again by itself what changes nothing the second time.
    else:
        with pytest.raises(error):
            await update

    assert len(line.teams.messages) == 1


async def test_where_nobody_listens_nothing_was_posted(line: Line) -> None:
    await line.teams.server.close()

    with pytest.raises(Unavailable):
        await line.begin()


async def test_a_thread_that_teams_holds_up_rests_as_long_as_teams_says_and_others_do_not(
    line: Line,
) -> None:
    """429: whoever comes next for that thread is sent away with the time, unasked."""
    place = await line.begin()
    line.teams.faults.append(refuses(429, **{"Retry-After": "30"}))
    with pytest.raises(Unavailable) as first:
        await line.client.reply(place, POST, line.here)
    asked = len(line.teams.messages)

    with pytest.raises(Unavailable) as second:
        await line.client.reply(place, POST, line.here)
    await line.begin()

    assert first.value.retry_after_s == 30
    assert second.value.retry_after_s == pytest.approx(30, abs=1)
    assert len(line.teams.messages) == asked + 1


# ── our own token ────────────────────────────────────────────────────────────


async def test_our_token_is_asked_for_once_and_renewed_where_teams_refuses_it(line: Line) -> None:
    for _ in range(3):
        await line.begin()
    assert len(line.teams.granted) == 1

    line.teams.granted.append("another one is good now")
    await line.begin()

    assert len(line.teams.granted) == 3
    assert len(line.teams.roots()) == 4
    assert {one["client_id"] for one in line.teams.asked} == {"app"}
    assert {one["tenant"] for one in line.teams.asked} == {"botframework.com"}
    assert {one["scope"] for one in line.teams.asked} == {"https://api.botframework.com/.default"}


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("AADSTS7000215: Invalid client secret provided.", "TEAMS_APP_PASSWORD"),
        ("AADSTS7000222: The provided client secret keys are expired.", "has expired"),
        ("AADSTS700016: Application with identifier 'app' was not found.", "TEAMS_APP_ID"),
        ("AADSTS90002: Tenant 'x' not found.", "TEAMS_TENANT_ID"),
        ("AADSTS1: Something new.", "AADSTS1"),
    ],
)
async def test_a_login_that_is_refused_says_which_setting_is_wrong(
    said: str, advice: str, line: Line
) -> None:
    line.teams.login = 401, {"error": "invalid_client", "error_description": said}

    with pytest.raises(Rejected, match=advice) as refused:
        await line.begin()

    assert "password" not in str(refused.value.code)
    assert line.teams.messages == []


async def test_a_login_that_is_down_passes_by_itself(line: Line) -> None:
    line.teams.login = 503, {}

    with pytest.raises(Unavailable):
        await line.begin()

    line.teams.login = None
    with pytest.raises(Unavailable):
        await line.begin()
    line.clock.passes(REST_S)
    await line.begin()


async def test_a_login_that_is_down_is_not_asked_by_every_caller(line: Line) -> None:
    """Pain 8: what waits does not wait longer for each other."""
    line.teams.login = 503, {}

    failed = await asyncio.gather(*(line.access.token() for _ in range(20)), return_exceptions=True)

    assert {type(one) for one in failed} == {Unavailable}
    assert len(line.teams.asked) == 1


async def test_while_our_token_lasts_nobody_waits_for_the_next_one(line: Line) -> None:
    old = await line.access.token()
    line.clock.passes(3_600 - EARLY_S + 1)
    line.teams.login = 503, {}

    assert [await line.access.token() for _ in range(3)] == [old] * 3
    await line.access.close()
    line.teams.login = None
    line.clock.passes(REST_S)
    assert await line.access.token() == old, "the new one is fetched meanwhile"
    async with asyncio.timeout(5):
        while await line.access.token() == old:
            await asyncio.sleep(0.01)


class Ticks:
    """A clock that goes on by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(
    "url",
    [
        "https://smba.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net:443/teams",
        "https://europe.webchat.botframework.com/",
        "https://smba.infra.gcc.teams.microsoft.com/teams",
        "http://127.0.0.1:3978/teams/",
    ],
)
def test_our_token_goes_to_teams(url: str) -> None:
    assert Addresses(Cloud(service_url="http://127.0.0.1:3978/")).has(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "https://evil.example/",
        "https://evil.trafficmanager.net/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://evilbotframework.com/",
        "https://smba.trafficmanager.net:8443/",
        "https://smba.trafficmanager.net:x/",
        "http://smba.trafficmanager.net/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://evil.example\\@smba.trafficmanager.net/",
        "http://127.0.0.1:3979/",
        "http://localhost:3978/",
        "https://[::1/",
    ],
)
def test_our_token_goes_nowhere_else(url: str) -> None:
    """Whoever has it writes in our name."""
    assert not Addresses(Cloud(service_url="http://127.0.0.1:3978/")).has(url)


async def test_in_development_teams_is_on_this_machine_alone() -> None:
    here = Addresses(Cloud(), local=True)
    assert here.has("http://127.0.0.1:56150/_connector")
    assert here.has("http://localhost:56150/")
    assert not here.has("https://smba.trafficmanager.net/teams/")


@pytest.mark.parametrize("url", ["https://evil.example/", "http://127.0.0.1:9/", ""])
async def test_an_address_that_is_kept_and_is_not_teams_is_ignored(url: str, line: Line) -> None:
    there = line.here.model_copy(update={"service_url": url})

    await line.client.begin(BUYERS, POST, there)

    assert len(line.teams.roots()) == 1


# ── chats ────────────────────────────────────────────────────────────────────


async def test_a_chat_is_made_once_more_where_the_answer_was_lost(line: Line) -> None:
    line.teams.faults.append(takes_and_breaks())

    with pytest.raises(Unavailable):
        await line.client.chat_with(Someone(user=OLGA.user), line.here)

    assert await line.client.chat_with(Someone(user=OLGA.user), line.here) == chat_of(OLGA)


async def test_whoever_has_not_the_app_has_no_chat(line: Line) -> None:
    with pytest.raises(Rejected) as refused:
        await line.client.chat_with(Someone(user=NOA.user), line.here)

    assert refused.value.code == "MessageWritesBlocked"


# ── pace ─────────────────────────────────────────────────────────────────────


class Time:
    """Time that passes by sleeping."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


def most_in(times: list[float], seconds: float) -> int:
    """The most of *times* within any *seconds*."""
    return max(sum(1 for one in times if start <= one < start + seconds) for start in times)


async def test_a_burst_into_one_thread_keeps_every_limit_of_teams_and_its_order() -> None:
    """Reliability A: 7 in a second, 8 in two, 60 in thirty, 1,800 an hour."""
    time = Time()
    pace = Pace(time, time.sleep)
    times: list[float] = []
    sent_away = 0
    while len(times) < 120:
        try:
            await pace.turn("thread")
        except Unavailable as busy:
            sent_away += 1
            await time.sleep(busy.retry_after_s or 1_000)
        else:
            times.append(time.at)

    assert most_in(times, 1) <= 7
    assert most_in(times, 2) <= 8
    assert most_in(times, 30) <= 60
    assert times == sorted(times)
    assert times[-1] - times[0] <= 60 * 1.15, "as fast as Teams allows, about"
    assert sent_away > 0, "nobody sleeps for long"


async def test_a_quiet_thread_does_not_wait_for_a_busy_one() -> None:
    time = Time()
    pace = Pace(time, time.sleep)
    for _ in range(7):
        await pace.turn("busy")
    before = time.at

    await pace.turn("quiet")

    assert time.at == before


# ── several messages, one delivery ───────────────────────────────────────────


class Thread:
    """A delivery of three messages under a card."""

    def __init__(self, line: Line, place: Place, tmp_path: Path) -> None:
        self.line, self.place = line, place
        tickets = Tickets(settings(), FolderFiles(tmp_path))
        self.delivery = Delivery(line.client, tickets)
        self.lines = [
            ThreadLine(kind="message", at=START, when="", who="Tom", said=one * 7_000)
            for one in "abc"
        ]

    async def deliver(self) -> None:
        await self.delivery.deliver(
            self.place, self.lines, words("en"), self.line.here, again=False
        )

    @property
    def told(self) -> str:
        _, *rest = self.line.teams.messages
        return "\n".join(one.words for one in rest)


@pytest.fixture
async def thread(line: Line, tmp_path: Path) -> Thread:
    return Thread(line, await line.client.begin(BUYERS, POST, line.here), tmp_path)


async def test_lines_come_in_order_each_once(thread: Thread) -> None:
    await thread.deliver()

    assert [thread.told.count(one) for one in "abc"].count(0) == 0
    assert thread.told.index("aaa") < thread.told.index("bbb") < thread.told.index("ccc")


async def test_a_delivery_that_was_cut_off_goes_on_where_it_ended(
    thread: Thread, line: Line
) -> None:
    """Some of it is there: the next try does not begin anew."""
    passes: Fault = lambda request, do: do()  # type: ignore[assignment,return-value]  # noqa: E731
    line.teams.faults += [passes, refuses(429, **{"Retry-After": "0"})]
    with pytest.raises(Unsure):
        await thread.deliver()

    await thread.deliver()

    whole = thread.told
    assert [whole.count(one * 500) for one in "abc"] == [14, 14, 14]
    assert "twice" not in whole


async def test_a_message_that_may_be_there_is_marked_where_it_comes_again(
    thread: Thread, line: Line
) -> None:
    line.teams.faults.append(takes_and_breaks())
    with pytest.raises(Unsure):
        await thread.deliver()

    await thread.deliver()

    assert "Perhaps this is here twice" in thread.told
    assert thread.told.count("c" * 500) == 14


async def test_nothing_of_a_delivery_is_there_while_teams_asks_to_wait(
    thread: Thread, line: Line
) -> None:
    line.teams.faults.append(refuses(429, **{"Retry-After": "0"}))

    with pytest.raises(Unavailable):
        await thread.deliver()

    assert thread.told == ""
