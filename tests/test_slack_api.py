"""What Slack's failures mean, and that no failure makes Parley post twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from time import monotonic

import aiohttp
import pytest

from assistant.errors import ParleyError, Rejected, Unavailable, Unsure
from connectors.http import client_session
from connectors.rooms.slack.api import Api, web_client
from connectors.rooms.slack.pace import Pace
from tests.fakes import Clock
from tests.slack_fake import (
    ROOM,
    TOKEN,
    FakeSlack,
    Fault,
    answers,
    hangs,
    refuses,
    takes_and_drops,
)

HELLO = {"text": "hello", "blocks": []}


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    fake = FakeSlack()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with client_session() as session:
        yield session


@pytest.fixture
def api(slack: FakeSlack, session: aiohttp.ClientSession) -> Api:
    return Api(web_client(TOKEN, slack.api_url, session), Pace(interval_s=0.01), Clock())


# ── one failure, one meaning ─────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fault", "meant"),
    [
        (refuses("ratelimited", 429, Retry_After="30"), Unavailable),
        (refuses("ratelimited", Retry_After="30"), Unavailable),
        (answers(429, "slow down", Retry_After="30"), Unavailable),
        (refuses("service_unavailable", 200), Unavailable),
        (answers(403, "<html>proxy</html>"), Unavailable),
        (answers(404, "<html>not here</html>"), Unavailable),
        (refuses("fatal_error"), Unsure),
        (refuses("internal_error", 500), Unsure),
        (answers(500, "<html>oops</html>"), Unsure),
        (answers(502, "bad gateway", "text/plain"), Unsure),
        (answers(503, "", "application/json"), Unsure),
        (answers(200, "<html>log in</html>"), Unsure),
        (answers(302, "", Location="https://slack.com/api/chat.postMessage"), Unsure),
        (answers(307, '{"ok": true}', "application/json", Location="/api/auth.test"), Unsure),
        (refuses("is_archived", 308, Location="/api/auth.test"), Unsure),
        (answers(200, "[1]", "application/json"), Unsure),
        (answers(200, "{", "application/json"), Unsure),
        (answers(200, "fine", "text/plain"), Unsure),
        (refuses("is_archived"), Rejected),
        (refuses("channel_not_found"), Rejected),
        (refuses("not_in_channel"), Rejected),
        (refuses("token_revoked"), Rejected),
        (refuses("invalid_blocks", 200), Rejected),
        (refuses("a_code_of_next_year"), Rejected),
    ],
)
async def test_every_failure_of_a_post_has_one_meaning_and_is_not_tried_again(
    slack: FakeSlack, api: Api, fault: Fault, meant: type[ParleyError]
) -> None:
    """C 26: passing, perhaps done, refused for good."""
    slack.fails("chat.postMessage", fault)

    with pytest.raises(meant):
        await api.post(ROOM, HELLO)
    assert len(slack.called("chat.postMessage")) == 1


@pytest.mark.parametrize(
    "fault",
    [
        refuses("fatal_error"),
        answers(500, "<html>oops</html>"),
        answers(200, "<html>log in</html>"),
        answers(200, "fine", "text/plain"),
    ],
)
async def test_what_may_be_done_twice_is_only_unavailable(
    slack: FakeSlack, api: Api, fault: Fault
) -> None:
    """An update done twice is done once, so nothing about it is in doubt."""
    slack.fails("chat.update", fault)

    with pytest.raises(Unavailable):
        await api.tell("chat.update", {"channel": ROOM, "ts": "1", "text": "x"})


async def test_a_permanent_refusal_names_slacks_code_and_what_to_do(
    slack: FakeSlack, api: Api
) -> None:
    slack.fails("chat.postMessage", refuses("is_archived"))

    with pytest.raises(Rejected, match="archived") as refused:
        await api.post(ROOM, HELLO)
    assert refused.value.code == "is_archived"


async def test_a_missing_scope_is_named(slack: FakeSlack, api: Api) -> None:
    answer = '{"ok": false, "error": "missing_scope", "needed": "chat:write"}'
    slack.fails("chat.postMessage", answers(200, answer, "application/json"))

    with pytest.raises(Rejected, match="chat:write"):
        await api.post(ROOM, HELLO)


async def test_a_post_that_slack_took_before_the_connection_broke_is_posted_once(
    slack: FakeSlack, api: Api
) -> None:
    """C 27: the SDK by itself posts twice here; the ledger says once, and nobody claims to know."""
    slack.fails("chat.postMessage", takes_and_drops(slack))

    with pytest.raises(Unsure):
        await api.post(ROOM, HELLO)
    assert len(slack.posted()) == 1
    assert len(slack.called("chat.postMessage")) == 1


async def test_a_slack_that_hangs_is_left_alone_and_in_doubt(slack: FakeSlack) -> None:
    slack.fails("chat.postMessage", hangs(1))
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.3)) as session:
        api = Api(web_client(TOKEN, slack.api_url, session), Pace(), Clock())
        with pytest.raises(Unsure):
            await api.post(ROOM, HELLO)

    assert len(slack.called("chat.postMessage")) == 1


async def test_a_slack_that_cannot_be_reached_was_certainly_not_told(
    slack: FakeSlack, session: aiohttp.ClientSession
) -> None:
    url = slack.api_url
    await slack.stop()
    api = Api(web_client(TOKEN, url, session), Pace(), Clock())

    with pytest.raises(Unavailable):
        await api.post(ROOM, HELLO)


async def test_a_short_wait_is_waited_and_the_message_posted_once(
    slack: FakeSlack, api: Api
) -> None:
    slack.fails("chat.postMessage", refuses("ratelimited", 429, Retry_After="1"))

    began = monotonic()
    await api.post(ROOM, HELLO)

    assert monotonic() - began >= 1
    assert len(slack.posted()) == 1


async def test_after_a_long_wait_was_asked_for_nobody_bothers_slack(
    slack: FakeSlack, api: Api
) -> None:
    """C 25: 429 with Retry-After 30 rests the whole channel, updates too; others go on."""
    slack.fails("chat.postMessage", refuses("ratelimited", 429, Retry_After="30"))

    for _ in range(3):
        with pytest.raises(Unavailable) as busy:
            await api.post(ROOM, HELLO)
        assert 29 <= (busy.value.retry_after_s or 0) <= 35
    with pytest.raises(Unavailable):
        await api.tell("chat.update", {"channel": ROOM, "ts": "1"}, lane=ROOM)
    await api.post("C2OTHER", HELLO)

    assert len(slack.calls) == 2


async def test_every_post_is_silent(slack: FakeSlack, api: Api) -> None:
    """D: no previews, no names turned into pings."""
    await api.post(ROOM, {**HELLO, "unfurl_links": True})

    [posted] = slack.posted()
    assert [posted[one] for one in ("unfurl_links", "unfurl_media", "link_names")] == [False] * 3


async def test_nothing_goes_through_a_proxy_of_the_environment(
    slack: FakeSlack, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    api = Api(web_client(TOKEN, slack.api_url, session), Pace(), Clock())

    await api.post(ROOM, HELLO)

    assert len(slack.posted()) == 1


# ── pace ─────────────────────────────────────────────────────────────────────


class Minutes:
    """Time that passes while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, until)


async def test_a_burst_into_one_channel_keeps_its_order_and_loses_nothing() -> None:
    """C 25: 120 messages, a message a second but for the first few, drained in 1.15 × the ideal."""
    time = Minutes()
    pace = Pace(clock=time, sleep=time.sleep)
    posted: list[int] = []
    at: list[float] = []
    waiting = [(time.now, n) for n in range(120)]

    while waiting:
        due, n = waiting.pop(0)
        time.now = max(time.now, due)
        try:
            await pace.turn(ROOM)
        except Unavailable as busy:
            # As the worker does: back when it said.
            waiting = sorted([*waiting, (time.now + (busy.retry_after_s or 0), n)])
            continue
        posted.append(n)
        at.append(time.now)

    assert posted == list(range(120))
    assert at[-1] - at[0] <= 1.15 * 120
    assert all(later - one >= 1 for one, later in pairwise(at[4:]))


async def test_those_who_wait_at_once_are_served_in_the_order_they_came() -> None:
    time = Minutes()
    pace = Pace(clock=time, sleep=time.sleep)
    served: list[int] = []

    async def one(n: int) -> None:
        await pace.turn(ROOM)
        served.append(n)

    await asyncio.gather(*(one(n) for n in range(8)))

    assert served == list(range(8))


async def test_whoever_would_wait_long_is_sent_away_with_a_turn_of_their_own() -> None:
    time = Minutes()
    pace = Pace(clock=time, sleep=time.sleep)
    pace.hold(ROOM, 30)
    told = []
    for _ in range(5):
        with pytest.raises(Unavailable) as busy:
            await pace.turn(ROOM)
        told.append(busy.value.retry_after_s)

    assert told == [30, 31, 32, 33, 34]


async def test_a_channel_told_to_rest_comes_back_one_by_one() -> None:
    time = Minutes()
    pace = Pace(clock=time, sleep=time.sleep)
    pace.hold(ROOM, 3)
    at = []
    for _ in range(3):
        await pace.turn(ROOM)
        at.append(time.now)

    assert at == [1_003, 1_004, 1_005]


async def test_channels_do_not_wait_for_one_another() -> None:
    time = Minutes()
    pace = Pace(clock=time, sleep=time.sleep)
    pace.hold(ROOM, 600)

    await pace.turn("C2OTHER")

    assert time.now == 1_000


async def test_the_shipped_manifest_fits_the_paths(tmp_path: Path) -> None:
    """Every address of the manifest is one that Parley serves."""
    from connectors.rooms.slack.manifest import shipped

    addresses = [
        line.split("https://")[1] for line in shipped().splitlines() if "https://p" in line
    ]
    paths = {one.partition("/")[2] for one in addresses if "/" in one and "#" not in one}
    assert {"slack/events", "slack/oauth_redirect"} <= paths
