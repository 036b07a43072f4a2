"""Lazada: signed pushes, what its safety check stopped, recalls, catching up without polling."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import Rejected, Unavailable, Unsure
from assistant.model import Incoming, MessageId, Report
from assistant.ports import cursor_of
from assistant.settings import ChannelSettings
from connectors import marketplaces
from connectors.buyers.lazada import channel as module
from connectors.store import RedisStore
from tests.markets_stage import SHORT, Stage, answer, conversation, recorded
from tests.provider import BAD_GATEWAY, CUT_AFTER, HANGS, Asked, Says

KEY, SECRET = "123456", "3412gyo124goi3124"
ENVIRONMENT = {
    "app_key": KEY,
    "app_secret": SECRET,
    "seller_id": "20240305",
    "refresh_token": "refresh-1",
    "auth_url": "{api}",
}
SESSION = "100094063_2_1011822749_1_103"


@pytest.fixture
async def lazada(store: RedisStore, tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage("lazada", store, tmp_path, ENVIRONMENT) as stage:
        stage.say.on("POST", "/auth/token/refresh", Says(200, answer("lazada/out/token")))
        stage.say.on("POST", "/im/message/send", Says(200, answer("lazada/out/sent")))
        stage.say.on("POST", "/im/session/read", Says(200, {"code": "0", "err_code": "0"}))
        yield stage


def signed(body: bytes, key: str = KEY, secret: str = SECRET) -> str:
    """As the sample code of Lazada's push mechanism computes it, without a line of ours."""
    return hmac.new(secret.encode(), key.encode() + body, hashlib.sha256).hexdigest()


async def pushed(stage: Stage, body: bytes) -> list[Incoming | Report]:
    assert (await stage.push(body, Authorization=signed(body)))[0] == 200
    return await stage.arrived()


def changed(name: str, **changes: Any) -> bytes:
    told = json.loads(recorded(f"lazada/in/{name}"))
    told["data"].update(changes)
    return json.dumps(told).encode()


async def test_a_push_is_read_and_one_delivered_again_is_no_second_message(lazada: Stage) -> None:
    """Lazada tries twelve times, half an hour apart."""
    body = recorded("lazada/in/text")
    await asyncio.gather(*(lazada.push(body, Authorization=signed(body)) for _ in range(2)))
    for _ in range(3):
        lazada.clock.passes(minutes=30)
        assert (await lazada.push(body, Authorization=signed(body)))[0] == 200
    [said] = await lazada.arrived()
    assert isinstance(said, Incoming)
    assert (said.thread_key, said.message_id, said.text) == (
        SESSION,
        "1zYOS7N0cuIqw96026",
        "hello world!",
    )
    assert (said.buyer.id, said.platform) == ("lazada:1891549323", "lazada")
    assert said.sent_at == datetime(2020, 8, 4, 14, 19, 49, 323000, tzinfo=UTC)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "0" * 64,
        signed(recorded("lazada/in/text"), secret="another app's secret"),
        signed(recorded("lazada/in/text"), key="654321"),
        signed(recorded("lazada/in/text"), key=""),
        signed(recorded("lazada/in/text") + b"\n"),
    ],
)
async def test_a_forged_push_is_refused_and_nothing_kept(lazada: Stage, signature: str) -> None:
    headers = {"Authorization": signature} if signature else {}
    assert (await lazada.push(recorded("lazada/in/text"), **headers))[0] == 401
    assert await lazada.arrived() == []


async def test_one_brand_s_app_can_t_speak_for_another_brand_s_seller(
    store: RedisStore, tmp_path: Path
) -> None:
    """The authentication matrix: another tenant's secret proves nothing here."""
    own = {"sg": {"seller_id": "20240305"}, "my": {"seller_id": "1", "app_key": "777"}}
    told = {**ENVIRONMENT, "my_app_secret": "another secret"}
    told.pop("seller_id")
    table = {"lazada": ChannelSettings(accounts=own)}
    async with Stage("lazada", store, tmp_path, told, channels=table) as stage:
        body = recorded("lazada/in/text")
        forged = signed(body, "777", "another secret")
        assert (await stage.push(body, Authorization=forged))[0] == 401
        assert await stage.arrived() == []
        assert (await stage.push(body, Authorization=signed(body)))[0] == 200


async def test_what_the_safety_check_stopped_is_told_and_shown(lazada: Stage) -> None:
    """A non-empty process_msg: only the seller sees that message."""
    [report] = await pushed(lazada, recorded("lazada/in/stopped"))
    assert isinstance(report, Report)
    assert (report.kind, report.external_id, report.code) == (
        "failed",
        "23hR5b20BtRbT00001",
        "process_msg",
    )
    assert report.reason.startswith("NOTE: The message has not been sent.")
    [shown] = await pushed(lazada, changed("text", process_msg="Be careful."))
    assert isinstance(shown, Incoming)
    assert shown.text == "hello world!\n[process_msg] Be careful."


async def test_a_colleague_s_answer_on_lazada_is_ours_and_what_the_buyer_read_is_told(
    lazada: Stage,
) -> None:
    [ours] = await pushed(lazada, changed("stopped", process_msg=None))
    assert isinstance(ours, Incoming)
    assert (ours.kind, ours.buyer.id) == ("ours", "lazada:1891549323")
    [read] = await pushed(lazada, recorded("lazada/in/session_update"))
    assert isinstance(read, Report)
    assert (read.kind, read.thread_key) == ("read", SESSION)
    assert read.up_to == datetime(2020, 8, 4, 14, 19, 49, 323000, tzinfo=UTC)


async def test_a_recalled_message_is_a_deleted_one(lazada: Stage) -> None:
    first = await pushed(lazada, recorded("lazada/in/text"))
    again = await pushed(lazada, recorded("lazada/in/recalled"))
    told = [(one.kind, one.message_id) for one in first + again if isinstance(one, Incoming)]
    assert told == [("message", "1zYOS7N0cuIqw96026"), ("deleted", "1zYOS7N0cuIqw96026")]


async def test_each_kind_of_message_is_shown_as_what_it_is(lazada: Stage) -> None:
    [image] = await pushed(lazada, recorded("lazada/in/image"))
    [order] = await pushed(lazada, recorded("lazada/in/order"))
    [system] = await pushed(lazada, changed("text", type=2, template_id=2, message_id="s1"))
    [odd] = await pushed(lazada, changed("text", template_id=10008, content="{}", message_id="o"))
    [plain] = await pushed(lazada, changed("text", content="not JSON", message_id="p"))
    assert isinstance(image, Incoming)
    assert isinstance(order, Incoming)
    assert isinstance(system, Incoming)
    assert isinstance(odd, Incoming)
    assert isinstance(plain, Incoming)
    assert (image.attachments[0].url or "").startswith("https://sg-live.slatic.net/")
    assert (order.order_refs, order.buyer.locale) == (("260422900198363",), "th-TH")
    assert order.text.splitlines()[0] == "[order]"
    assert (system.automatic, odd.kind, odd.text) == (True, "unknown", "[voucher]")
    assert plain.text == "not JSON"


async def test_what_is_no_message_is_acknowledged_and_dropped(lazada: Stage) -> None:
    own = changed("stopped", process_msg="", auto_reply=True)
    other = recorded("lazada/in/text").replace(b"20240305", b"1")
    for body in (own, other, changed("session_update", user_account_type=1)):
        assert await pushed(lazada, body) == []
    body = changed("text", session_id="")
    status, said = await lazada.push(body, Authorization=signed(body))
    assert (status, json.loads(said)["field"]) == (400, "data.session_id")


# ── replies ──────────────────────────────────────────────────────────────────


def chat() -> Any:
    said = {
        "channel": "lazada",
        "thread_key": SESSION,
        "message_id": MessageId("1zYOS7N0cuIqw96026"),
        "buyer": {"id": "lazada:1891549323"},
        "text": "hello world!",
    }
    return conversation(Incoming.model_validate(said))


def check_signature(asked: Asked, given: dict[str, str]) -> None:
    """The algorithm of Lazada's page, without a line of ours."""
    base = asked.path + "".join(f"{name}{given[name]}" for name in sorted(given) if name != "sign")
    expected = hmac.new(SECRET.encode(), base.encode(), hashlib.sha256).hexdigest().upper()
    assert given["sign"] == expected


async def test_a_reply_is_signed_as_lazada_s_page_says(lazada: Stage) -> None:
    reply = lazada.reply("Đơn hàng & quà?", in_reply_to=MessageId("1zYOS7N0cuIqw96026"))
    receipt = await lazada.channel.send(reply, chat())
    assert receipt.external_id == "23hR7YH0BtkiN00001"
    [asked] = lazada.say.at("/im/message/send")
    check_signature(asked, asked.form)
    assert asked.form["txt"] == "Đơn hàng & quà?"
    assert (asked.form["session_id"], asked.form["template_id"]) == (SESSION, "1")
    assert asked.form["access_token"] == answer("lazada/out/token")["access_token"]
    [read] = lazada.say.at("/im/session/read")
    assert read.form["last_read_message_id"] == "1zYOS7N0cuIqw96026"


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (Says(200, {"code": "ApiCallLimit", "type": "ISV"}), Unavailable, "wait"),
        (Says(429, {}), Unavailable, "429"),
        (Says(200, {"code": "MissingParameter", "message": "no txt"}), Rejected, "no txt"),
        (
            Says(200, {"code": "0", "success": "false", "err_code": "-7", "err_message": "5 only"}),
            Rejected,
            "5 only",
        ),
        (Says(400, {}), Rejected, "400"),
        (Says(200, {"code": "E1", "type": "ISP", "message": "backend"}), Unsure, "E1"),
        (Says(200, "<html>"), Unsure, "200"),
        (BAD_GATEWAY, Unsure, "502"),
        (CUT_AFTER, Unsure, "did not finish"),
        (HANGS, Unsure, "in time"),
    ],
)
async def test_what_becomes_of_a_reply_is_never_guessed(
    lazada: Stage, monkeypatch: pytest.MonkeyPatch, said: Says, kind: type[Exception], words: str
) -> None:
    if said is HANGS:
        monkeypatch.setattr(marketplaces, "TIMEOUT", SHORT)
    lazada.say.on("POST", "/im/message/send", said)
    with pytest.raises(kind, match=words):
        await lazada.channel.send(lazada.reply(), chat())
    assert len(lazada.say.at("/im/message/send")) == 1


async def test_an_ended_token_is_renewed_by_the_refresh_token_that_came_last(
    lazada: Stage,
) -> None:
    await lazada.channel.send(lazada.reply(), chat())
    ended = Says(200, {"code": "IllegalAccessToken", "type": "ISV"})
    lazada.say.on("POST", "/im/message/send", ended, Says(200, answer("lazada/out/sent")))
    following = {**answer("lazada/out/token"), "access_token": "next"}
    lazada.say.on("POST", "/auth/token/refresh", Says(200, following))
    await lazada.channel.send(lazada.reply(), chat())
    first, second = lazada.say.at("/auth/token/refresh")
    assert first.form["refresh_token"] == "refresh-1"
    assert second.form["refresh_token"] == answer("lazada/out/token")["refresh_token"]
    check_signature(second, second.form)
    lazada.clock.passes(days=8)
    refused = Says(200, answer("lazada/out/token_refused"))
    lazada.say.on("POST", "/auth/token/refresh", refused)
    with pytest.raises(Rejected, match="LAZADA_REFRESH_TOKEN"):
        await lazada.channel.send(lazada.reply(), chat())


# ── catching up ──────────────────────────────────────────────────────────────


class History:
    """Lazada's lists, as its pages describe them: the newest first, twenty a page."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.sessions: dict[str, list[dict[str, str]]] = {}
        stage.say.on("GET", "/im/session/list", self.listed)
        stage.say.on("GET", "/im/message/list", self.messages)

    def add(self, session: str, id: str, ago: timedelta, **more: str) -> None:
        at = int((self.stage.clock() - ago).timestamp() * 1000)
        [shape] = answer("lazada/out/messages")["data"]["message_list"]
        said = {
            **shape,
            "session_id": session,
            "message_id": id,
            "send_time": str(at),
            "content": json.dumps({"txt": f"message {id}"}),
            "from_account_type": "1",
            "process_msg": "",
            **more,
        }
        self.sessions.setdefault(session, []).append(said)

    def listed(self, asked: Asked) -> Says:
        check_signature(asked, dict(asked.query))
        newest = {id: max(int(one["send_time"]) for one in s) for id, s in self.sessions.items()}
        order = sorted(newest, key=lambda id: -newest[id])
        all = [
            {"session_id": id, "title": f"buyer of {id}", "last_message_time": str(newest[id])}
            for id in order
        ]
        return self._page(asked, all, "session_list", "session_id")

    def messages(self, asked: Asked) -> Says:
        said = sorted(self.sessions[asked.query["session_id"]], key=lambda one: one["send_time"])
        return self._page(asked, said[::-1], "message_list", "message_id")

    @staticmethod
    def _page(asked: Asked, all: list[Any], name: str, id: str) -> Says:
        last = asked.query.get(f"last_{id}")
        start = next((n + 1 for n, one in enumerate(all) if one[id] == last), 0)
        page = all[start : start + int(asked.query["page_size"])]
        data = {
            name: page,
            "has_more": str(start + len(page) < len(all)).lower(),
            "next_start_time": "1",
            f"last_{id}": page[-1][id] if page else "",
        }
        return Says(200, {"code": "0", "success": "true", "err_code": "0", "data": data})


async def test_after_a_long_absence_what_no_push_told_is_caught_up_with(lazada: Stage) -> None:
    history = History(lazada)
    for n in range(25):
        history.add(f"s{n}", f"new{n}", timedelta(hours=1, minutes=n))
    for n in range(30):
        history.add("s3", f"more{n}", timedelta(minutes=30, seconds=n))
    history.add("s0", "old", timedelta(days=20))
    history.add("s0", "ours", timedelta(minutes=5), from_account_type="2")
    history.add("asleep", "older", timedelta(days=21))
    lazada.say.on("GET", "/im/message/list", BAD_GATEWAY, history.messages)
    with pytest.raises(Unavailable):
        await lazada.channel.catch_up("", lazada.take)
    assert await lazada.store.kept(cursor_of("lazada", "")) is None
    await lazada.another().catch_up("", lazada.take)
    await lazada.channel.catch_up("", lazada.take)
    found = [one for one in await lazada.arrived() if isinstance(one, Incoming)]
    ids = sorted(str(one.message_id) for one in found if one.kind == "message")
    assert ids == sorted([*(f"new{n}" for n in range(25)), *(f"more{n}" for n in range(30))])
    assert {one.buyer.name for one in found if one.thread_key == "s7"} == {"buyer of s7"}


async def test_lazada_is_not_asked_more_often_than_it_likes(
    lazada: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the right away from who polls: a restart asks nothing anew."""
    History(lazada)
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) > 1:
            raise asyncio.CancelledError
        lazada.clock.passes(seconds=seconds)

    await lazada.channel.catch_up("", lazada.take)
    lazada.clock.passes(hours=2)
    monkeypatch.setattr(module.asyncio, "sleep", wait)
    with pytest.raises(asyncio.CancelledError):
        await lazada.another().pull("", lazada.take)
    assert waits == [4 * 3600, 6 * 3600]
    assert len(lazada.say.at("/im/session/list")) == 2


async def test_a_reply_in_doubt_is_looked_for_and_a_stopped_one_is_not_it(lazada: Stage) -> None:
    history, reply = History(lazada), lazada.reply("message r2")
    history.add(SESSION, "r1", timedelta(), from_account_type="2", process_msg="no")
    history.sessions[SESSION][0]["content"] = json.dumps({"txt": "message r2"})
    assert await lazada.channel.find(reply, chat()) is None
    history.add(SESSION, "r2", timedelta(), from_account_type="2")
    found = await lazada.channel.find(reply, chat())
    assert found is not None
    assert found.external_id == "r2"
