"""What we send to messengers and read of them, against public libraries that do the same.

pywa speaks WhatsApp's Cloud API, python-telegram-bot Telegram's Bot API; others made both from the
same documents. What they read of our recorded payloads is what we read, what they sign we take, and
what they ask an API is what we ask it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import telegram
from pywa import utils
from pywa.types import Message
from pywa_async import WhatsApp

from assistant.playbooks import Playbooks
from connectors.store import RedisStore
from tests import store_servers
from tests.channel_stage import Stage, conversation, names_of, recorded, reply, set_up
from tests.fakes import World
from tests.peers.aside import apart
from tests.provider import Says
from tests.test_telegram import CHAT, TOKEN, header
from tests.test_telegram import environment as of_telegram
from tests.test_whatsapp import BSUID, NUMBER, SECRET, TABLE, read, signed
from tests.test_whatsapp import environment as of_whatsapp

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[store_servers.Servers]:
    with store_servers.serving("valkey", tmp_path_factory.mktemp("s")) as running:
        yield running


@asynccontextmanager
async def staged(
    channel: str, servers: store_servers.Servers, folder: Path
) -> AsyncIterator[Stage]:
    """*channel* before a provider of ours."""
    store = await RedisStore.open(servers.url)
    world = World(store, Playbooks.shipped())
    made = Stage(world, channel, folder)
    async with made.provider:
        if channel == "whatsapp":
            world.settings = set_up(channel, of_whatsapp(made.provider.url), TABLE)
        else:
            world.settings = set_up(channel, of_telegram(made.provider.url))
        async with made:
            yield made
    await store.close()


# ── WhatsApp ─────────────────────────────────────────────────────────────────


def test_pywa_takes_what_we_sign_and_refuses_what_we_refuse() -> None:
    for name in names_of("whatsapp"):
        body = recorded("whatsapp", name)
        given = signed(body)["X-Hub-Signature-256"]
        assert utils.webhook_updates_validator(
            app_secret=SECRET, request_body=body, x_hub_signature=given
        )
        assert not utils.webhook_updates_validator(
            app_secret=SECRET, request_body=body + b" ", x_hub_signature=given
        )


@apart
async def test_pywa_reads_of_our_recorded_messages_what_we_read(
    servers: store_servers.Servers, tmp_path: Path
) -> None:
    async with staged("whatsapp", servers, tmp_path) as whatsapp:
        peer = WhatsApp(phone_id=NUMBER, token="t")
        compared = 0
        for name in ("text", "image", "voice", "document", "location", "asks_about_a_product"):
            [ours] = await read(whatsapp, name)
            theirs = Message.from_update(peer, json.loads(recorded("whatsapp", name)))
            assert ours.message_id == theirs.id
            assert ours.sent_at == theirs.timestamp
            assert ours.buyer.id == f"whatsapp:{theirs.from_user.bsuid}"
            assert ours.buyer.name == theirs.from_user.name
            assert ours.text.startswith(theirs.text or theirs.caption or "")
            media = theirs.image or theirs.audio or theirs.document
            assert [one.url for one in ours.attachments] == (
                [f"whatsapp:{media.id}"] if media else []
            )
            compared += 1
        assert compared == 6
        await peer.api._session.aclose()


@apart
async def test_pywa_asks_the_cloud_api_what_we_ask_it(
    servers: store_servers.Servers, tmp_path: Path
) -> None:
    """A text and a template: the same request, field by field."""
    async with staged("whatsapp", servers, tmp_path) as whatsapp:
        path = r"/v25\.0/\d+/messages"
        whatsapp.provider.on(
            "POST", path, Says(200, json.loads(recorded("whatsapp", "taken", "out")))
        )
        peer = WhatsApp(phone_id=NUMBER, token="EAAG-token", api_version=25.0)
        peer.api._session.base_url = f"{whatsapp.provider.url}/v25.0"
        key = reply().key
        await peer.send_message(to=BSUID, text="It left today.", preview_url=False, tracker=key)
        about = conversation("whatsapp", f"{NUMBER}/{BSUID}", BSUID)
        await whatsapp.channel.send(reply("It left today."), about)
        theirs, ours = whatsapp.provider.asked
        assert (theirs.method, theirs.path) == (ours.method, ours.path)
        assert theirs.headers["authorization"] == ours.headers["authorization"]
        assert theirs.json == ours.json
        await peer.api._session.aclose()


# ── Telegram ─────────────────────────────────────────────────────────────────


@apart
async def test_python_telegram_bot_reads_of_our_recorded_updates_what_we_read(
    servers: store_servers.Servers, tmp_path: Path
) -> None:
    """Each is read by it, written anew as it writes updates, and still the same to us."""
    async with staged("telegram", servers, tmp_path) as bot:
        for name in names_of("telegram"):
            document = json.loads(recorded("telegram", name))
            theirs = telegram.Update.de_json(document, None)
            if name == "of_a_later_version" or theirs is None:
                continue
            again = json.loads(theirs.to_json())
            ours, anew = (bot.channel._told([one], "") for one in (document, again))
            assert ours == anew, name
            if ours and theirs.message and theirs.message.text:
                assert ours[0].text == theirs.message.text
                assert ours[0].sent_at == theirs.message.date
        sent = telegram.Update.de_json(json.loads(recorded("telegram", "text")), None).to_json()
        assert await bot.post(sent.encode(), header()) == 200


@apart
async def test_python_telegram_bot_asks_the_bot_api_what_we_ask_it(
    servers: store_servers.Servers, tmp_path: Path
) -> None:
    async with staged("telegram", servers, tmp_path) as bot:
        taken = Says(200, json.loads(recorded("telegram", "taken", "out")))
        for method in ("sendMessage", "sendPhoto"):
            bot.provider.on("POST", f"/bot{TOKEN}/{method}", taken)

        async def chunks() -> AsyncIterator[bytes]:
            yield b"\x89PNG"

        photo = await bot.files.put("cup.png", "image/png", chunks(), 100)
        me = {"id": 123456, "is_bot": True, "first_name": "Shop", "username": "shop_bot"}
        bot.provider.on("POST", f"/bot{TOKEN}/getMe", Says(200, {"ok": True, "result": me}))
        peer = telegram.Bot(TOKEN, base_url=f"{bot.provider.url}/bot")
        about = conversation("telegram", CHAT, "1111111")
        quiet = telegram.LinkPreviewOptions(is_disabled=True)
        async with peer:
            await peer.send_message(
                chat_id="1111111", text="It left today.", link_preview_options=quiet
            )
            await bot.channel.send(reply("It left today."), about)
            await peer.send_photo(chat_id="1111111", photo=b"\x89PNG", caption="Here.")
            await bot.channel.send(reply("Here.", attachments=(photo,)), about)

        first, second, third, fourth = bot.provider.at(rf"/bot{TOKEN}/send\w+")
        assert (first.path, third.path) == (second.path, fourth.path)
        asked = {name: _value(text) for name, text in first.form.items()}
        assert asked == second.json
        for name in ("chat_id", "caption"):
            assert third.parts[name] == fourth.parts[name]
        assert b"\x89PNG" in third.parts.values()
        assert fourth.parts["photo"] == b"\x89PNG"


def _value(text: str) -> Any:
    """It sends forms, in which what is no text is JSON; we send JSON."""
    return json.loads(text) if text.startswith("{") else text
