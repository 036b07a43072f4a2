"""Shopee: pushes signed either way, its chat as it comes, lost pushes, tokens good once."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from assistant.errors import Misconfigured, Rejected, Unavailable, Unsure
from assistant.model import Attachment, Incoming, MessageId, Report
from assistant.settings import ChannelSettings
from connectors import marketplaces, plugs
from connectors.files import FolderFiles
from connectors.store import RedisStore
from connectors.tokens import Granted, Tokens
from tests.fakes import settings
from tests.markets_stage import SHORT, Stage, answer, conversation, recorded
from tests.provider import BAD_GATEWAY, CUT_AFTER, HANGS, Asked, Says

KEY = "shpk6a6b6c"
ADDRESS = "https://parley.example/buyers/shopee"
ENVIRONMENT = {
    "partner_id": "1000016",
    "partner_key": KEY,
    "shop_id": "947042923",
    "refresh_token": "refresh-1",
}
SEND = "/api/v2/sellerchat/send_message"
RENEW = "/api/v2/auth/access_token/get"


@pytest.fixture
async def shopee(store: RedisStore, tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage("shopee", store, tmp_path, ENVIRONMENT) as stage:
        stage.say.on("POST", RENEW, Says(200, answer("shopee/out/token")))
        stage.say.on("POST", SEND, Says(200, answer("shopee/out/sent")))
        yield stage


def signed(body: bytes, key: str = KEY, base: bytes = f"{ADDRESS}|".encode()) -> str:
    """As the guide of Shopee's push mechanism computes it, without a line of ours."""
    return hmac.new(key.encode(), base + body, hashlib.sha256).hexdigest()


def ours(name: str, **changes: Any) -> bytes:
    """A recorded push, to our shop."""
    told = json.loads(recorded(f"shopee/in/{name}"))
    told["shop_id"] = 947042923
    told["data"]["content"].update(changes)
    return json.dumps(told, ensure_ascii=False).encode()


async def pushed(stage: Stage, body: bytes) -> list[Incoming | Report]:
    assert await stage.push(body, Authorization=signed(body)) == (200, b"")
    return await stage.arrived()


# ── pushes ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "signature",
    [
        signed(recorded("shopee/in/text")),
        signed(recorded("shopee/in/text"), base=b""),
        signed(recorded("shopee/in/text"), KEY.removeprefix("shpk")),
        signed(recorded("shopee/in/text")).upper(),
    ],
    ids=["address and body", "body alone", "key without its mark", "large digits"],
)
async def test_a_push_signed_in_a_way_that_shopee_uses_is_taken(
    shopee: Stage, signature: str
) -> None:
    """Answered 2xx with nothing: Shopee counts a body as a failure."""
    assert await shopee.push(recorded("shopee/in/text"), Authorization=signature) == (200, b"")
    [said] = await shopee.arrived()
    assert isinstance(said, Incoming)
    assert (said.text, said.thread_key, said.message_id) == (
        "Baik kak .. 🤗",
        "709122092476686867",
        "2302748948493123953",
    )
    assert (said.buyer.id, said.buyer.name) == ("shopee:165105353", "vn_cstoreponorogo")
    assert (said.buyer.locale, said.platform) == ("id-ID", "shopee")
    assert said.sent_at == datetime(2024, 9, 11, 8, 52, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "0" * 64,
        signed(recorded("shopee/in/text"), "another partner's key"),
        signed(recorded("shopee/in/text"), base=b"https://elsewhere.example|"),
        signed(recorded("shopee/in/text") + b" "),
        signed(recorded("shopee/in/text"))[:-1],
        "ÿ" * 64,
    ],
)
async def test_a_forged_push_is_refused_and_nothing_kept(shopee: Stage, signature: str) -> None:
    headers = {"Authorization": signature} if signature else {}
    assert (await shopee.push(recorded("shopee/in/text"), **headers))[0] == 401
    assert await shopee.arrived() == []


async def test_one_brand_s_app_can_t_speak_for_another_brand_s_shop(
    store: RedisStore, tmp_path: Path
) -> None:
    """The authentication matrix: another tenant's secret proves nothing here."""
    own = {"de": {"shop_id": "947042923"}, "fr": {"shop_id": "1", "partner_id": "2000"}}
    told = {**ENVIRONMENT, "fr_partner_key": "shpkffff"}
    told.pop("shop_id")
    table = {"shopee": ChannelSettings(accounts=own)}
    async with Stage("shopee", store, tmp_path, told, channels=table) as stage:
        body = recorded("shopee/in/text")
        assert (await stage.push(body, Authorization=signed(body, "shpkffff")))[0] == 401
        assert await stage.arrived() == []
        assert (await stage.push(body, Authorization=signed(body)))[0] == 200


async def test_a_push_at_once_twice_and_late_three_times_is_one_message(shopee: Stage) -> None:
    body = recorded("shopee/in/text")
    await asyncio.gather(*(shopee.push(body, Authorization=signed(body)) for _ in range(2)))
    shopee.clock.passes(days=1)
    for _ in range(3):
        assert await shopee.push(body, Authorization=signed(body)) == (200, b"")
    assert len(await shopee.arrived()) == 1


async def test_each_kind_of_message_is_shown_as_what_it_is(shopee: Stage) -> None:
    """The samples of Shopee's own page; S2.2: the whole exchange is kept."""
    [image] = await pushed(shopee, ours("image"))
    [video] = await pushed(shopee, ours("video"))
    [item] = await pushed(shopee, ours("item"))
    [faq] = await pushed(shopee, ours("faq_liveagent"))
    assert isinstance(image, Incoming)
    assert isinstance(video, Incoming)
    assert isinstance(item, Incoming)
    assert isinstance(faq, Incoming)
    assert (image.text, image.attachments[0].mime) == ("", "image/jpeg")
    assert (image.attachments[0].url or "").startswith("https://cf.shopee.vn/file/0959")
    assert (video.attachments[0].name, video.attachments[0].url) == ("video.mp4", None)
    assert item.text == "[item 9112503530]"
    assert (faq.text, faq.order_refs) == ("Chat dengan Penjual", ("220818EGS328B9",))

    odd = {"message_id": "1", "message_type": "voucher", "content": {"voucher_code": "SALE5"}}
    [voucher] = await pushed(shopee, ours("text", **odd))
    assert isinstance(voucher, Incoming)
    assert (voucher.kind, voucher.text) == ("unknown", "[voucher]\nvoucher_code: SALE5")


async def test_long_ids_keep_every_digit_whether_number_or_text(shopee: Stage) -> None:
    """They pass 2^53."""
    as_number = {"message_id": 4224948255757271305, "conversation_id": 709122092476686867}
    [said] = await pushed(shopee, ours("text", **as_number))
    assert isinstance(said, Incoming)
    assert (said.message_id, said.thread_key) == ("4224948255757271305", "709122092476686867")


async def test_the_shop_s_own_words_are_ours_and_a_stopped_one_is_told(
    shopee: Stage,
) -> None:
    """Own replies are pushed too; `status` says what Shopee's check did."""
    own = {"from_id": 947151379, "from_shop_id": 947042923}
    for n, told in ((1, own), (2, {"sub_account_id": 77})):
        [elsewhere] = await pushed(shopee, ours("text", message_id=n, **told))
        assert isinstance(elsewhere, Incoming)
        assert (elsewhere.kind, elsewhere.buyer.id) == ("ours", "shopee:947151379")
    robot = {"message_id": "5", "status": "auto_reply", **own}
    assert await pushed(shopee, ours("text", **robot)) == [], "a machine's answer is nobody's"
    [report] = await pushed(shopee, ours("text", message_id="9", status="blocked", **own))
    assert isinstance(report, Report)
    assert (report.kind, report.external_id, report.code) == ("failed", "9", "blocked")
    [buyer] = await pushed(shopee, ours("text", message_id="3", status="censored_blacklist"))
    assert isinstance(buyer, Incoming)
    assert buyer.text.startswith("[censored_blacklist]\nBaik")
    [machine] = await pushed(shopee, ours("text", message_id="4", status="auto_reply"))
    assert isinstance(machine, Incoming)
    assert machine.automatic


async def test_what_is_no_message_is_acknowledged_and_dropped(shopee: Stage) -> None:
    other = json.loads(recorded("shopee/in/text"))
    for body in (
        ours("notification"),
        json.dumps({**other, "code": 3}).encode(),
        json.dumps({**other, "shop_id": 5}).encode(),
        b'{"code":0}',
    ):
        assert await pushed(shopee, body) == []
    body = ours("text", message_id="")
    status, said = await shopee.push(body, Authorization=signed(body))
    assert (status, json.loads(said)["field"]) == (400, "data.content.message_id")


async def test_lost_pushes_are_fetched_and_confirmed_once_they_are_durable(shopee: Stage) -> None:
    """The answer of the page has an order's push; ours adds a chat's. A crash doubles nothing."""
    told = answer("shopee/out/lost_pushes")
    lost = {"shop_id": 947042923, "code": 10, "data": recorded("shopee/in/text").decode()}
    told["response"]["push_message_list"] += [lost, {"code": 10, "data": "not JSON"}]
    order: list[str] = []

    def says(asked: Asked) -> Says:
        order.append("lost")
        return Says(200, told)

    def confirmed(asked: Asked) -> Says:
        order.append("confirmed")
        assert asked.json == {"last_message_id": 176610}
        return Says(200, answer("shopee/out/confirmed"))

    async def take(arrivals: Any) -> None:
        order.append("durable")
        await shopee.take(arrivals)

    shopee.say.on("GET", "/api/v2/push/get_lost_push_message", says)
    path = "/api/v2/push/confirm_consumed_lost_push_message"
    shopee.say.on("POST", path, BAD_GATEWAY, confirmed)
    with pytest.raises(Unavailable):
        await shopee.channel.catch_up("", take)
    await shopee.channel.catch_up("", take)
    await shopee.push(recorded("shopee/in/text"), Authorization=signed(recorded("shopee/in/text")))
    assert len(await shopee.arrived()) == 1
    assert order == ["lost", "durable", "lost", "durable", "confirmed"]
    [asked, _] = shopee.say.at("/api/v2/push/get_lost_push_message")
    stamp = asked.query["timestamp"]
    base = f"1000016/api/v2/push/get_lost_push_message{stamp}".encode()
    assert asked.query["sign"] == hmac.new(KEY.encode(), base, hashlib.sha256).hexdigest()


async def test_without_an_address_to_check_signatures_by_it_does_not_start(
    shopee: Stage,
) -> None:
    parts = replace(shopee.parts_with({}), settings=settings())
    with pytest.raises(Misconfigured, match="SHOPEE_"):
        plugs.channel("shopee", parts)
    bare = shopee.parts_with({}).settings.model_copy(update={"public_url": ""})
    with pytest.raises(Misconfigured, match="SHOPEE_PUSH_URL"):
        plugs.channel("shopee", replace(parts, settings=bare))


# ── replies ──────────────────────────────────────────────────────────────────


def chat() -> Any:
    said = {
        "channel": "shopee",
        "thread_key": "709122092476686867",
        "message_id": MessageId("1"),
        "buyer": {"id": "shopee:165105353"},
        "text": "Baik kak",
    }
    return conversation(Incoming.model_validate(said))


async def test_a_reply_is_signed_as_the_guide_says_and_goes_to_the_buyer(shopee: Stage) -> None:
    receipt = await shopee.channel.send(shopee.reply("Dikirim besok."), chat())
    assert receipt.external_id == "2302748948493129999"
    [asked] = shopee.say.at(SEND)
    assert asked.json == {
        "to_id": 165105353,
        "message_type": "text",
        "content": {"text": "Dikirim besok."},
    }
    query = asked.query
    base = f"1000016{SEND}{query['timestamp']}access-1947042923".encode()
    assert query["sign"] == hmac.new(KEY.encode(), base, hashlib.sha256).hexdigest()
    assert (query["access_token"], query["shop_id"]) == ("access-1", "947042923")


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (Says(200, {"error": "user_is_forbidden", "message": "no"}), Rejected, "last 7 days"),
        (Says(200, {"error": "reach_5_message_limit"}), Rejected, "five messages in a row"),
        (Says(403, {"error": "error_permission", "message": "no access"}), Rejected, "no access"),
        (Says(200, {"error": "error_rate_limit"}, {"Retry-After": "7"}), Unavailable, "wait"),
        (Says(429, {}), Unavailable, "429"),
        (Says(200, {"error": "error_server", "message": "later"}), Unsure, "error_server"),
        (Says(200, "<html>"), Unsure, "200"),
        (BAD_GATEWAY, Unsure, "502"),
        (CUT_AFTER, Unsure, "did not finish"),
        (HANGS, Unsure, "in time"),
    ],
)
async def test_what_becomes_of_a_reply_is_never_guessed(
    shopee: Stage, monkeypatch: pytest.MonkeyPatch, said: Says, kind: type[Exception], words: str
) -> None:
    if said is HANGS:
        monkeypatch.setattr(marketplaces, "TIMEOUT", SHORT)
    shopee.say.on("POST", SEND, said)
    with pytest.raises(kind, match=words):
        await shopee.channel.send(shopee.reply(), chat())
    assert len(shopee.say.at(SEND)) == 1


class Stutters:
    """A store that is away when the first token is to be kept."""

    def __init__(self, store: Any) -> None:
        self.store, self.failed = store, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def keep(self, key: str, body: str, ttl: timedelta) -> None:
        if key == "token:t" and not self.failed:
            self.failed += 1
            raise Unavailable("away")
        await self.store.keep(key, body, ttl)


async def test_a_refresh_token_is_not_lost_while_the_store_is_away(shopee: Stage) -> None:
    """The one before is spent: without this one somebody would have to authorise anew."""
    spent: list[str] = []

    async def renew(refresh: str) -> Granted:
        spent.append(refresh)
        return Granted(f"a{len(spent)}", 14_400, f"refresh-{len(spent) + 1}")

    parts = replace(shopee.parts_with({}), store=Stutters(shopee.store))
    first = SecretStr("refresh-1")
    assert await Tokens(parts, "t", first, renew).access() == "a1"
    assert await Tokens(parts, "t", first, renew).access() == "a1", "kept for all"
    assert spent == ["refresh-1"]


async def test_refresh_tokens_are_good_once_and_two_processes_spend_one(shopee: Stage) -> None:
    """Shopee gives the next one with each; a second use would lock the shop out."""
    spent: list[str] = []

    def renewed(asked: Asked) -> Says:
        token = asked.json["refresh_token"]
        n = len(spent) + 1
        if token != f"refresh-{n}":
            return Says(403, {"error": "error_auth", "message": "Invalid refresh_token."})
        spent.append(token)
        told = {"access_token": f"a{n}", "refresh_token": f"refresh-{n + 1}", "expire_in": 14_400}
        return Says(200, told, after_s=0.05)

    def sent(asked: Asked) -> Says:
        if asked.query["access_token"] != f"a{len(spent)}":
            return Says(403, {"error": "invalid_acceess_token", "message": "Invalid access_token."})
        return Says(200, answer("shopee/out/sent"))

    shopee.say.on("POST", RENEW, renewed)
    shopee.say.on("POST", SEND, sent)
    channels = [shopee.channel, shopee.another(), shopee.another()]
    await asyncio.gather(*(one.send(shopee.reply(), chat()) for one in channels * 3))
    assert spent == ["refresh-1"]
    shopee.clock.passes(hours=5)
    await asyncio.gather(*(one.send(shopee.reply(), chat()) for one in channels * 3))
    assert spent == ["refresh-1", "refresh-2"]
    # A token that ended early: all who hear so renew it once.
    spent.append("by somebody else")
    shopee.say.on("POST", RENEW, Says(403, {"error": "error_auth", "message": "Invalid."}))
    with pytest.raises(Rejected, match="SHOPEE_REFRESH_TOKEN"):
        await shopee.channel.send(shopee.reply(), chat())


async def test_pictures_are_uploaded_before_a_word_is_sent(shopee: Stage, tmp_path: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield BytesIO(b"\xff\xd8picture").read()

    kept = await FolderFiles(tmp_path).put("cup.jpg", "image/jpeg", chunks(), 1_000)
    upload = "/api/v2/sellerchat/upload_image"
    address = {"error": "", "response": {"url": "https://cf.shopee.sg/file/1"}}
    shopee.say.on("POST", upload, Says(200, address))
    await shopee.channel.send(shopee.reply(attachments=(kept,)), chat())
    assert shopee.say.at(upload)[0].parts["file"] == b"\xff\xd8picture"
    assert [one.json["message_type"] for one in shopee.say.at(SEND)] == ["text", "image"]
    assert shopee.say.at(SEND)[1].json["content"] == {"image_url": "https://cf.shopee.sg/file/1"}

    shopee.say.on("POST", SEND, Says(200, answer("shopee/out/sent")), BAD_GATEWAY)
    with pytest.raises(Unsure, match="not every picture"):
        await shopee.channel.send(shopee.reply(attachments=(kept,)), chat())
    shopee.say.forget()
    shopee.say.on("POST", upload, Says(400, {"error": "error_param", "message": "too big"}))
    with pytest.raises(Rejected, match="too big"):
        await shopee.channel.send(shopee.reply(attachments=(kept,)), chat())
    gone = Attachment(name="x.jpg", mime="image/jpeg", sha256="0" * 64)
    with pytest.raises(Rejected, match="gone"):
        await shopee.channel.send(shopee.reply(attachments=(gone,)), chat())
    assert shopee.say.at(SEND) == []


async def test_a_reply_in_doubt_is_looked_for(shopee: Stage) -> None:
    now = int(shopee.clock().timestamp())
    words = {"message_type": "text", "content": {"text": "It ships tomorrow."}}
    about = {"conversation_id": "709122092476686867", **words}
    listed = [
        {**about, "message_id": "1", "from_id": 165105353, "created_timestamp": now},
        {**about, "message_id": "2", "from_id": 947151379, "created_timestamp": now - 3_600},
        {"odd": True},
    ]
    path = "/api/v2/sellerchat/get_message"
    shopee.say.on("GET", path, Says(200, {"error": "", "response": {"messages": listed}}))
    assert await shopee.channel.find(shopee.reply(), chat()) is None
    listed.append({**about, "message_id": "3", "from_id": 947151379, "created_timestamp": now + 5})
    found = await shopee.channel.find(shopee.reply(), chat())
    assert found is not None
    assert found.external_id == "3"
    assert shopee.say.at(path)[0].query["conversation_id"] == "709122092476686867"
