"""Telegram over real HTTP: webhooks and long polling in, the Bot API out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from assistant.errors import Misconfigured, Rejected, TooLarge, Unavailable, Unsure
from assistant.model import Arrival, Attachment
from connectors.arriving import kept
from tests.channel_stage import Stage, at_once, conversation, names_of, recorded, reply, set_up
from tests.fakes import START, World
from tests.provider import (
    BAD_GATEWAY,
    CUT_AFTER,
    CUT_BEFORE,
    CUT_WITHIN,
    HANGS,
    Asked,
    Provider,
    Says,
    nowhere,
)

TOKEN = "123456:AAE-secret-secret-secret-secret-sec"
SECRET, NEXT, FOREIGN = "a-secret-of-ours-1", "a-secret-of-ours-2", "somebody-elses-one"
CHAT = "123456/1111111"


def environment(url: str, secret: str = f"{SECRET} {NEXT}") -> dict[str, str]:
    said = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": url}
    return {**said, "TELEGRAM_WEBHOOK_SECRET": secret} if secret else said


def header(secret: str = SECRET) -> dict[str, str]:
    return {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}


def bot(method: str) -> str:
    return f"/bot{TOKEN}/{method}"


@pytest.fixture
async def stage(world: World, tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(world, "telegram", tmp_path)
    async with made.provider:
        world.settings = set_up("telegram", environment(made.provider.url))
        async with made:
            yield made


@pytest.fixture
async def polled(world: World, tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(world, "telegram", tmp_path)
    async with made.provider:
        world.settings = set_up("telegram", environment(made.provider.url, ""))
        async with made:
            yield made


def out(name: str) -> Any:
    return json.loads(recorded("telegram", name, "out"))


async def takes(stage: Stage, *names: str) -> None:
    for name in names:
        assert await stage.post(recorded("telegram", name), header()) == 200
        await stage.world.work()


# ── in, by webhook ───────────────────────────────────────────────────────────

SAID = {
    "animation": "",
    "blocked": "[blocked the bot]",
    "button": "refund",
    "contact": "[contact] Ana: +5511999999999",
    "document": "",
    "edited": "Cadê o meu pacote 1043?",
    "location": "[location] -23.55, -46.63",
    "of_a_later_version": "[gift]\nid: 1\nstar_count: 5",
    "photo": "Chegou assim",
    "poll": "[poll] Qual? A / B",
    "reaction": "[reaction] 👍",
    "start": "/start cup",
    "sticker": "",
    "text": "Cadê o meu pacote?",
    "venue": "[venue] Loja, Rua A, 1, -23.55, -46.63",
    "voice": "",
}
FILES = {
    "animation": ("animation.mp4", "video/mp4", "telegram:CgACAgQ1"),
    "document": ("nota.pdf", "application/pdf", "telegram:BQACAgQ1"),
    "photo": ("photo.jpg", "image/jpeg", "telegram:AgACAgQAAxkBAAIBY2"),
    "sticker": ("sticker.webp", "image/webp", "telegram:CAACAgI1"),
    "voice": ("voice.ogg", "audio/ogg", "telegram:AwACAgQ1"),
}


async def test_every_kind_of_update_is_shown_and_only_groups_are_left_out(stage):
    seen = {}
    for name in names_of("telegram"):
        update = json.loads(recorded("telegram", name))
        told = stage.channel._told([update], "")
        if told:
            seen[name] = told[0]
    files = {
        name: (one.attachments[0].name, one.attachments[0].mime, one.attachments[0].url)
        for name, one in seen.items()
        if one.attachments
    }
    assert {name: one.text for name, one in seen.items()} == SAID
    assert files == FILES
    assert set(names_of("telegram")) - set(seen) == {"in_a_group"}
    assert {name for name, one in seen.items() if one.automatic} == {"blocked", "reaction", "start"}
    assert seen["text"].buyer.name == "Ana Silva"
    assert {one.thread_key for one in seen.values()} == {CHAT}


async def test_a_message_is_on_the_card_once_and_its_edit_changes_it(stage):
    body = recorded("telegram", "text")
    assert await at_once(*(stage.post(body, header()) for _ in range(2))) == [200, 200]
    await stage.world.work()
    stage.world.clock.passes(hours=30)
    for _ in range(3):
        assert await stage.post(body, header(NEXT)) == 200, "while a secret is changed both hold"
    await stage.world.work()
    about = await stage.only()
    assert [one.text for one in about.messages] == ["Cadê o meu pacote?"]
    assert (about.market, about.buyer.locale) == ("BR", "pt-br")
    await takes(stage, "edited", "edited")
    [message] = (await stage.only()).messages
    assert (message.text, message.earlier) == ("Cadê o meu pacote 1043?", ("Cadê o meu pacote?",))


async def test_what_does_not_bear_the_secret_is_refused(stage):
    body = recorded("telegram", "text")
    for headers in (
        {},
        header(""),
        header(FOREIGN),
        header(SECRET[:-1]),
        header(f"{SECRET} {NEXT}"),
        header("ÿ"),
    ):
        assert await stage.post(body, headers) == 401
    for odd in (b"", b"[]", b"\xff", b'{"a":' * 5000):
        assert await stage.post(odd, header()) == 400
    assert await stage.post(b"{}", header()) == 200
    large = b'{"a":"' + b"x" * (1 << 20) + b'"}'
    assert await stage.post(large, header()) == 413
    assert await stage.world.work() == 0


async def test_several_bots_are_told_apart_by_their_secrets(world, tmp_path):
    env = {
        "TELEGRAM_DE_BOT_TOKEN": TOKEN,
        "TELEGRAM_DE_WEBHOOK_SECRET": SECRET,
        "TELEGRAM_FR_BOT_TOKEN": TOKEN.replace("123456", "654321"),
        "TELEGRAM_FR_WEBHOOK_SECRET": FOREIGN,
    }
    table: dict[str, Any] = {"accounts": {"de": {}, "fr": {}}}
    world.settings = set_up("telegram", env, table)
    async with Stage(world, "telegram", tmp_path) as stage:
        assert await stage.post(recorded("telegram", "text"), header(FOREIGN)) == 200
        await world.work()
        about = await stage.only()
        assert (about.account, about.thread_key) == ("fr", "654321/1111111")
    for wrong, what in (
        ({"TELEGRAM_FR_WEBHOOK_SECRET": SECRET}, "same webhook secret"),
        ({"TELEGRAM_FR_BOT_TOKEN": TOKEN}, "same bot"),
        ({"TELEGRAM_FR_POLLING": "true"}, "not both"),
        ({"TELEGRAM_FR_BOT_TOKEN": "x"}, "no bot token"),
        ({"TELEGRAM_FR_WEBHOOK_SECRET": "too short"}, "16 to 256"),
    ):
        world.settings = set_up("telegram", {**env, **wrong}, table)
        with pytest.raises(Misconfigured, match=what):
            await Stage(world, "telegram", tmp_path).__aenter__()


# ── in, by polling ───────────────────────────────────────────────────────────


class Updates:
    """`getUpdates` as Telegram has it: what is below the offset is forgotten."""

    def __init__(self, provider: Provider, *names: str) -> None:
        self.waiting = [json.loads(recorded("telegram", name)) for name in names]
        self.offsets: list[int] = []
        self.dry = asyncio.Event()
        provider.on("POST", bot("getUpdates"), self.answer)
        provider.on("POST", bot("getWebhookInfo"), Says(200, {"ok": True, "result": {"url": ""}}))

    async def answer(self, asked: Asked) -> Says:
        offset = asked.json.get("offset", 0)
        self.offsets.append(offset)
        self.waiting = [one for one in self.waiting if one["update_id"] >= offset]
        if not self.waiting:
            self.dry.set()
            await asyncio.sleep(0.05)
        return Says(200, {"ok": True, "result": self.waiting[:2]})


async def _pulls(stage: Stage, updates: Updates) -> None:
    async def take(arrivals: Sequence[Arrival]) -> None:
        for one in arrivals:
            await kept(one, stage.world.clock(), stage.world.store)

    pulling = asyncio.create_task(stage.channel.pull("", take))
    waiting = asyncio.create_task(updates.dry.wait())
    async with asyncio.timeout(10):
        await asyncio.wait((pulling, waiting), return_when=asyncio.FIRST_COMPLETED)
    for one in (pulling, waiting):
        one.cancel()
    await asyncio.gather(pulling, waiting, return_exceptions=True)


async def test_polling_takes_everything_once_and_goes_on_where_it_stopped(polled):
    assert polled.channel.accounts() == ("",)
    updates = Updates(polled.provider, "text", "in_a_group", "photo", "voice")
    updates.waiting.sort(key=lambda one: one["update_id"])
    polled.provider.on("POST", bot("getFile"), Says(400, {"ok": False, "error_code": 400}))
    await _pulls(polled, updates)
    await polled.world.work()
    assert len((await polled.only()).messages) == 3
    asked = polled.provider.at(bot("getUpdates"))[0].json
    assert asked["allowed_updates"][0] == "message"
    assert updates.offsets[0] == 0

    again = Updates(polled.provider, "text")
    await _pulls(polled, again)
    assert again.offsets[0] == 10061
    assert await polled.post(recorded("telegram", "text"), header()) == 401, "nobody calls it"


async def test_a_bot_that_telegram_calls_is_not_polled_and_it_says_what_to_do(stage, polled):
    assert stage.channel.accounts() == ()
    info = {"ok": True, "result": {"url": "https://old.example/hook"}}
    polled.provider.on("POST", bot("getWebhookInfo"), Says(200, info))
    with pytest.raises(Rejected, match=r"https://old\.example/hook"):
        await polled.channel.pull("", None)
    Updates(polled.provider)
    conflict = {"ok": False, "error_code": 409, "description": "Conflict: terminated by other"}
    polled.provider.on("POST", bot("getUpdates"), Says(409, conflict))
    with pytest.raises(Unavailable, match="terminated by other"):
        await polled.channel.pull("", None)
    for says in (BAD_GATEWAY, CUT_AFTER, CUT_WITHIN):
        polled.provider.on("POST", bot("getUpdates"), says)
        with pytest.raises(Unavailable):
            await polled.channel.pull("", None)
    polled.provider.on("POST", bot("getUpdates"), Says(429, out("too_many")))
    with pytest.raises(Unavailable) as told:
        await polled.channel.pull("", None)
    assert told.value.retry_after_s == 7


# ── out ──────────────────────────────────────────────────────────────────────


async def test_a_reply_is_sent_once_by_an_agents_press(stage):
    stage.provider.on("POST", bot("sendMessage"), Says(200, out("taken")))
    await takes(stage, "text")
    draft = await stage.approves()
    [asked] = stage.provider.asked
    assert asked.json == {
        "chat_id": "1111111",
        "text": draft.text,
        "link_preview_options": {"is_disabled": True},
    }
    assert (draft.state, draft.external_id) == ("sent", "1366")


@pytest.mark.parametrize(
    ("says", "error", "what"),
    [
        (Says(429, out("too_many")), Unavailable, "wait"),
        (Says(403, out("blocked")), Rejected, "blocked the bot"),
        (Says(400, out("unknown_chat")), Rejected, "chat not found"),
        (
            Says(401, {"ok": False, "error_code": 401, "description": "Unauthorized"}),
            Rejected,
            "token",
        ),
        (
            Says(404, {"ok": False, "error_code": 404, "description": "Not Found"}),
            Rejected,
            "token",
        ),
        (Says(413, "too large"), Rejected, "413"),
        (Says(500, {"ok": False, "error_code": 500}), Unsure, "500"),
        (BAD_GATEWAY, Unsure, "502"),
        (Says(200, {"ok": True, "result": {}}), Unsure, "whether"),
        (CUT_BEFORE, Unsure, "finish"),
        (CUT_AFTER, Unsure, "finish"),
        (CUT_WITHIN, Unsure, "finish"),
    ],
)
async def test_a_refusal_says_what_to_do_and_never_shows_the_token(
    stage, says, error, what, caplog
):
    stage.provider.on("POST", bot("sendMessage"), says)
    with pytest.raises(error, match=what) as told:
        await stage.channel.send(reply(), conversation("telegram", CHAT, "1111111"))
    assert len(stage.provider.asked) == 1
    assert "AAE-secret" not in f"{told.value!r} {told.value.__cause__!r} {caplog.text}"
    if error is Unavailable:
        assert told.value.retry_after_s == 7


async def test_telegram_that_hangs_or_is_away_is_told_apart(stage, monkeypatch):
    from connectors.buyers.telegram import api

    monkeypatch.setattr(api, "TIMEOUT", aiohttp.ClientTimeout(total=0.2))
    stage.provider.on("POST", bot("sendMessage"), HANGS)
    about = conversation("telegram", CHAT, "1111111")
    with pytest.raises(Unsure, match="in time"):
        await stage.channel.send(reply(), about)
    stage.world.settings = set_up("telegram", environment(nowhere()))
    async with Stage(stage.world, "telegram", stage.data) as away:
        with pytest.raises(Unavailable, match="reached"):
            await away.channel.send(reply(), about)


async def test_files_go_both_ways(stage):
    async def chunks() -> AsyncIterator[bytes]:
        yield b"\x89PNG"

    photo = await stage.files.put("cup.png", "image/png", chunks(), 100)
    label = photo.model_copy(update={"name": "label.pdf", "mime": "application/pdf"})
    about = conversation("telegram", CHAT, "1111111")
    for method in ("sendMessage", "sendPhoto", "sendDocument"):
        stage.provider.on("POST", bot(method), Says(200, out("taken")))
    await stage.channel.send(reply("Here.", attachments=(photo, label)), about)
    first, second = stage.provider.asked
    assert (first.path, second.path) == (bot("sendPhoto"), bot("sendDocument"))
    assert (first.parts["photo"], first.parts["caption"]) == (b"\x89PNG", b"Here.")
    assert first.parts["chat_id"] == b"1111111"
    await stage.channel.send(reply("word " * 300, attachments=(photo,)), about)
    assert [one.path for one in stage.provider.asked[2:]] == [bot("sendMessage"), bot("sendPhoto")]

    stage.provider.on(
        "POST", bot("getFile"), Says(200, {"ok": True, "result": {"file_path": "photos/1.jpg"}})
    )
    stage.provider.on("GET", f"/file/bot{TOKEN}/photos/1.jpg", Says(200, b"\xff\xd8\xff"))
    file = Attachment(name="photo.jpg", mime="image/jpeg", url="telegram:AgAC")
    kept = await stage.channel.fetch(file, about)
    assert (kept.size, kept.mime, kept.url) == (3, "image/jpeg", None)
    with pytest.raises(TooLarge):
        await stage.channel.fetch(file.model_copy(update={"size": 21_000_000}), about)
    too_big = {"ok": False, "error_code": 400, "description": "Bad Request: file is too big"}
    stage.provider.on("POST", bot("getFile"), Says(400, too_big))
    with pytest.raises(Rejected, match="too big"):
        await stage.channel.fetch(file, about)
    with pytest.raises(Rejected, match="not at Telegram"):
        await stage.channel.fetch(file.model_copy(update={"url": "https://evil.example"}), about)
    assert about.opened_at == START
