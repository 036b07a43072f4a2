"""The connection that misbehaves, itself put to the test: what it counts is what happened."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import RemoteDisconnected

import pytest
from aiohttp import web

from tests.loopback import Loopback
from tests.peers import faults
from tests.peers.faulty import Faulty
from tests.processes import until


class Target:
    """A server that notes what it gets."""

    def __init__(self, loopback: Loopback) -> None:
        self.got: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.answer: object = {"ok": True, "ts": "1.1"}
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._take)
        self.url = loopback.serve(app)

    async def _take(self, request: web.Request) -> web.Response:
        self.got.append(f"{request.method} {request.raw_path} {await request.text()}")
        self.headers.append(request.headers)
        return web.json_response(self.answer)


@pytest.fixture
def target() -> Iterator[Target]:
    loopback = Loopback()
    yield Target(loopback)
    loopback.stop()


@pytest.fixture
def between(target: Target) -> Iterator[Faulty]:
    with Faulty(target.url).open() as between:
        yield between


def ask(
    between: Faulty, text: str = "hi", path: str = "/api/chat.postMessage", seconds: float = 10
) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers of the answer; status 0 where there is none."""
    request = urllib.request.Request(between.url + path, text.encode(), {"content-type": "x/y"})
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), dict(error.headers)
    except (RemoteDisconnected, ConnectionResetError, urllib.error.URLError, TimeoutError):
        return 0, "", {}


def test_what_nobody_disturbs_goes_through_untouched(between: Faulty, target: Target) -> None:
    status, body, _ = ask(between, "Grüße", "/api/x%20y?a=%2F&b=")

    assert (status, json.loads(body)) == (200, target.answer)
    assert target.got == ["POST /api/x%20y?a=%2F&b= Grüße"]
    assert target.headers[0]["content-type"] == "x/y"
    [passage] = between.accepted()
    assert (passage.forwarded, passage.status, passage.told) == (1, 200, 200)


def test_429_says_when_to_come_again_and_the_target_hears_nothing(
    between: Faulty, target: Target
) -> None:
    rule = between.on("chat.postMessage", faults.busy(30), times=2)

    answers = [ask(between) for _ in range(3)]

    assert [status for status, _, _ in answers] == [429, 429, 200]
    assert answers[0][2]["Retry-After"] == "30"
    assert (rule.used, len(target.got), len(between.asked())) == (2, 1, 3)


@pytest.mark.parametrize(
    ("fault", "status", "says", "got", "told"),
    [
        (faults.breaks(500), 500, "Internal Server Error", 0, 500),
        (faults.html(), 200, "<!doctype html>", 0, 200),
        (faults.refuses("is_archived"), 200, '"is_archived"', 0, 200),
        (faults.rejects(413, "MessageSizeTooBig"), 413, "MessageSizeTooBig", 0, 413),
        (faults.resets, 0, "", 0, 0),
        (faults.takes_and_drops, 0, "", 1, 0),
        (faults.takes_and_answers(502, "Bad Gateway"), 502, "Bad Gateway", 1, 502),
        (faults.is_slow(0.01), 200, '"ok"', 1, 200),
        (faults.repeats(3), 200, '"ok"', 3, 200),
        (faults.repeats(3, at_once=True), 200, '"ok"', 3, 200),
        (faults.keeps, 200, "", 0, 200),
    ],
    ids=lambda value: getattr(value, "__qualname__", str(value)).split(".")[0],
)
def test_a_fault_does_what_it_says(
    fault, status: int, says: str, got: int, told: int, between: Faulty, target: Target
) -> None:
    """Pain: nobody knows whether a post whose answer was lost arrived. The ledger does."""
    between.on("chat.postMessage", fault)

    answered, body, _ = ask(between)

    assert answered == status
    assert says in body
    assert len(target.got) == got
    assert until(lambda: between.ledger[0].told == told) or told == 0
    assert (between.ledger[0].told, len(between.accepted())) == (told, got)


def test_an_answer_that_never_comes_is_let_go_when_all_heals(
    between: Faulty, target: Target
) -> None:
    between.on("*", faults.hangs)
    between.on("*", faults.takes_and_hangs)

    assert ask(between, "first", seconds=0.2)[0] == 0
    with ThreadPoolExecutor() as pool:
        second = pool.submit(ask, between, "second")
        assert until(lambda: target.got)
        assert not second.done()
        between.heal()
        assert second.result()[0] == 200

    assert target.got == ["POST /api/chat.postMessage second"]


def test_what_the_target_refuses_does_not_count_as_accepted(
    between: Faulty, target: Target
) -> None:
    target.answer = {"ok": False, "error": "channel_not_found"}

    assert ask(between)[0] == 200
    assert (len(between.asked()), between.accepted()) == (1, [])


def test_events_arrive_late_in_another_order_and_twice(between: Faulty, target: Target) -> None:
    """Fault case 22: duplicated, reordered and late deliveries."""
    between.on("*", faults.keeps, times=2)
    ask(between, "one")
    ask(between, "two")
    assert target.got == []

    one, two = between.kept
    assert between.deliver(two, one) == [200, 200]
    assert between.deliver(one, headers={"X-Slack-Retry-Num": "1"}) == [200]

    assert [got.split()[-1] for got in target.got] == ["two", "one", "one"]
    assert target.headers[-1]["X-Slack-Retry-Num"] == "1"
    assert len(between.accepted()) == 3


def test_a_request_and_an_answer_can_be_changed_on_the_way(between: Faulty, target: Target) -> None:
    between.on("*", faults.changes_request(lambda one: ({"a": "b"}, one.body + b"!")))
    between.on("*", faults.changes_answer(lambda answer: {**answer, "is_restricted": True}))

    ask(between)
    assert json.loads(ask(between)[1])["is_restricted"] is True

    assert target.got[0].endswith("hi!")
    assert target.headers[0]["a"] == "b"


def test_a_fault_befalls_what_was_meant_and_nothing_else(between: Faulty, target: Target) -> None:
    between.on("chat.*", faults.resets, only=lambda one: b"poison" in one.body)
    between.on("chat.postMessage", faults.resets, method="GET")

    assert ask(between, "good")[0] == 200
    assert ask(between, "poison", "/api/chat.update")[0] == 0
    assert ask(between, "poison", "/api/users.info")[0] == 200


def test_where_nobody_listens_at_the_target_the_asker_hears_502() -> None:
    with Faulty("http://127.0.0.1:9").open() as between:
        assert ask(between)[0] == 502
        assert between.accepted() == []
