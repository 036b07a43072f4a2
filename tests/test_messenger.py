"""Messenger and Instagram over real HTTP: signed webhooks in, the Send API out."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import Misconfigured, Rejected, Unavailable, Unsure
from assistant.model import Attachment, Report
from assistant.ports import Webhook, can_for
from tests.channel_stage import (
    KEY,
    Stage,
    at_once,
    conversation,
    names_of,
    recorded,
    reply,
    set_up,
)
from tests.fakes import START, World
from tests.provider import BROKEN, CUT_AFTER, CUT_BEFORE, Says, nowhere

SECRET, FOREIGN = "app-secret-of-ours", "somebody-elses-secret"
PAGE, BUYER = "1234567890123", "9876543210987"
ACCOUNT, FOLLOWER = "17841400000000001", "1020304050607080"
MESSAGES = rf"/v25\.0/{PAGE}/messages"


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}


def environment(channel: str, url: str) -> dict[str, str]:
    name = channel.upper()
    return {
        f"{name}_APP_SECRET": SECRET,
        f"{name}_VERIFY_TOKEN": "our own words",
        f"{name}_TOKEN": "EAAG-token",
        f"{name}_API_URL": url,
    }


@pytest.fixture
async def stage(world: World, tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(world, "messenger", tmp_path)
    async with made.provider:
        env = environment("messenger", made.provider.url)
        world.settings = set_up("messenger", env, {"page_id": PAGE})
        async with made:
            yield made


@pytest.fixture
async def gram(world: World, tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(world, "instagram", tmp_path)
    async with made.provider:
        env = environment("instagram", made.provider.url)
        world.settings = set_up("instagram", env, {"account_id": ACCOUNT, "human_agent": True})
        async with made:
            yield made


async def read(stage: Stage, name: str) -> Any:
    body = recorded(stage.name, name)
    headers = {name.lower(): value for name, value in signed(body).items()}
    at = START + timedelta(minutes=10)
    return await stage.channel.receive(Webhook(headers=headers, body=body, path="", at=at))


async def takes(stage: Stage, *names: str, key: str = KEY) -> None:
    for name in names:
        body = recorded(stage.name, name).replace(KEY.encode(), key.encode())
        assert await stage.post(body, signed(body)) == 200
        await stage.world.work()


# ── in ───────────────────────────────────────────────────────────────────────

SAID = {
    "edited": "Where is my parcel 1043?",
    "file": "",
    "image": "",
    "location": "[location] title: Ana's Location · url: https://www.facebook.com/l.php · "
    "lat: 52.52 · long: 13.4",
    "of_a_later_version": "[game_play]\ngame_id: 1\nscore: 30",
    "postback": "Get Started",
    "quick_reply": "Refund",
    "reaction": "[reaction] ❤️",
    "referral": "[referral]\nref: shop-cup\nsource: SHORTLINK\ntype: OPEN_THREAD",
    "shared_link": "this one\n[fallback] url: https://shop.example/cup · title: Cup",
    "standby": "Anybody there?",
    "text": "Where is my parcel?",
    "thumb": "",
}
GRAM_SAID = {
    "deleted": "",
    "product": "This one?\n[referral] id: PRODUCT-ID",
    "reaction": "[reaction] 🔥",
    "story_mention": "[story_mention] url: https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=2",
    "story_reply": "Do you ship to Spain?\n[story] "
    "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1",
    "text": "MESSAGE-TEXT",
    "unsupported": "[unsupported]",
}


async def incoming_of(stage: Stage) -> dict[str, Any]:
    told = {name: await read(stage, name) for name in names_of(stage.name)}
    return {
        name: one[0]
        for name, one in told.items()
        if len(one) == 1 and not isinstance(one[0], Report) and one[0].kind != "ours"
    }


async def test_every_kind_of_event_is_shown_and_none_is_lost(stage, gram):
    seen, theirs = await incoming_of(stage), await incoming_of(gram)
    assert {name: one.text for name, one in seen.items()} == SAID
    assert {name: one.text for name, one in theirs.items()} == GRAM_SAID
    files = {name: one.attachments[0].mime for name, one in seen.items() if one.attachments}
    assert files == {
        "file": "application/octet-stream",
        "image": "image/jpeg",
        "thumb": "image/jpeg",
    }
    assert theirs["story_mention"].attachments[0].url.endswith("asset_id=2")
    quiet = {name for name, one in seen.items() if one.automatic}
    assert quiet == {"reaction", "referral", "of_a_later_version"}
    assert theirs["deleted"].kind == "deleted"
    assert seen["edited"].revision == "1"


async def test_a_message_is_on_the_card_once_however_often_it_comes(stage):
    body = recorded("messenger", "text")
    assert await at_once(*(stage.post(body, signed(body)) for _ in range(2))) == [200, 200]
    await stage.world.work()
    stage.world.clock.passes(hours=20)
    for _ in range(3):
        await takes(stage, "text")
    about = await stage.only()
    assert [one.text for one in about.messages] == ["Where is my parcel?"]
    assert (about.thread_key, about.buyer.id) == (f"{PAGE}/{BUYER}", f"messenger:{BUYER}")
    assert about.window_until == about.messages[0].sent_at + timedelta(hours=24)


async def test_with_human_agent_a_person_has_seven_days(gram):
    await takes(gram, "text")
    about = await gram.only()
    assert about.window_until == about.messages[0].sent_at + timedelta(hours=168)
    can = can_for(gram.channel, about)
    assert (can.after_window, can.tag_hours, can.count) == ("tag", 168, "bytes")
    assert not can.attachments, "Instagram's own login takes no files"


async def test_an_edit_changes_the_message_and_a_colleagues_answer_is_seen(stage):
    await takes(stage, "text", "edited")
    [message] = (await stage.only()).messages
    assert (message.text, message.earlier) == ("Where is my parcel 1043?", ("Where is my parcel?",))
    await takes(stage, "echo_of_a_colleague")
    about = await stage.only()
    assert about.messages[-1].author == "agent"
    assert about.messages[-1].text == "I'll look into it."
    assert (about.waiting_since, about.draft) == (None, None)


async def test_what_meta_did_not_sign_for_that_page_is_refused(stage, world, tmp_path):
    body = recorded("messenger", "text")
    good = signed(body)["X-Hub-Signature-256"]
    for headers in (
        {},
        {"X-Hub-Signature-256": good[:-1]},
        {"X-Hub-Signature-256": "sha256=" + "f" * 64},
        signed(body, FOREIGN),
        signed(body + b"\n"),
    ):
        assert await stage.post(body, headers) == 401
    for odd in (b"{}", b'{"object":"instagram"}', b"x"):
        assert await stage.post(odd, signed(odd)) == 400
    asks = {"hub.mode": "subscribe", "hub.verify_token": "our own words", "hub.challenge": "1158"}
    assert await stage.get(asks) == (200, "1158")
    assert (await stage.get({**asks, "hub.verify_token": "x"}))[0] == 401
    assert await world.work() == 0

    two = {
        **environment("messenger", nowhere()),
        "MESSENGER_B_APP_SECRET": FOREIGN,
    }
    table = {"accounts": {"a": {"page_id": PAGE}, "b": {"page_id": "999999"}}}
    world.settings = set_up("messenger", two, table)
    async with Stage(world, "messenger", tmp_path) as other:
        assert await other.post(body, signed(body, FOREIGN)) == 401
        assert await other.post(body, signed(body)) == 200
    table["accounts"]["b"]["page_id"] = PAGE
    world.settings = set_up("messenger", two, table)
    with pytest.raises(Misconfigured, match="same id"):
        await Stage(world, "messenger", tmp_path).__aenter__()


# ── out ──────────────────────────────────────────────────────────────────────


async def test_a_reply_goes_out_and_delivered_and_read_come_back(stage):
    stage.provider.on("POST", MESSAGES, Says(200, {"recipient_id": BUYER, "message_id": "m_SENT"}))
    await takes(stage, "text")
    draft = await stage.approves()
    [asked] = stage.provider.asked
    assert asked.json["recipient"] == {"id": BUYER}
    assert asked.json["messaging_type"] == "RESPONSE"
    assert asked.json["message"]["text"] == draft.text
    key = asked.json["message"]["metadata"]
    stage.world.clock.passes(minutes=5)
    await takes(stage, "read", "delivered", "delivered_up_to", "echo_of_ours", key=key)
    about = await stage.only()
    draft = about.draft_of(draft.version)
    assert draft.state == "sent"
    assert draft.read_at
    assert draft.delivered_at
    assert len(about.messages) == 2, "the echo of our own reply is nothing new"


async def test_a_reply_nobody_knows_of_is_settled_by_its_echo(stage):
    """Messenger tells our key back; Instagram only the words."""
    stage.provider.on("POST", MESSAGES, CUT_AFTER)
    await takes(stage, "text")
    draft = await stage.approves()
    assert draft.state == "unsure"
    await takes(stage, "echo_of_ours", key=stage.provider.asked[0].json["message"]["metadata"])
    settled = (await stage.only()).draft_of(draft.version)
    assert (settled.state, settled.external_id) == ("sent", "m_SENT")


async def test_instagrams_echo_of_a_reply_in_doubt_settles_it_by_its_words(gram):
    gram.provider.on("POST", rf"/v25\.0/{ACCOUNT}/messages", CUT_AFTER)
    await takes(gram, "text")
    draft = await gram.approves()
    assert draft.state == "unsure"
    body = json.loads(recorded("instagram", "echo"))
    body["entry"][0]["messaging"][0]["message"]["text"] = draft.text
    sent = json.dumps(body).encode()
    for _ in range(2):
        await gram.post(sent, signed(sent))
        await gram.world.work()
    about = await gram.only()
    assert about.draft_of(draft.version).state == "sent"
    assert len(about.messages) == 2
    await takes(gram, "seen")
    assert (await gram.only()).draft_of(draft.version).read_at


async def test_the_same_words_by_a_colleague_are_not_taken_for_our_echo(gram):
    """Nor is the echo of a reply, once its id is known, shown a second time."""
    gram.provider.on("POST", rf"/v25\.0/{ACCOUNT}/messages", Says(200, {"message_id": "aWdfSENT"}))
    await takes(gram, "text")
    draft = await gram.approves()
    echo = json.loads(recorded("instagram", "echo"))
    told = echo["entry"][0]["messaging"][0]["message"]
    for mid in ("aWdfSENT", "aWdfCOLLEAGUE", "aWdfCOLLEAGUE"):
        told.update(text=draft.text, mid=mid)
        sent = json.dumps(echo).encode()
        await gram.post(sent, signed(sent))
        await gram.world.work()
    about = await gram.only()
    assert [one.author for one in about.messages] == ["buyer", "agent", "agent"]
    assert about.messages[-1].name == "Instagram"


async def test_after_a_day_the_tag_is_used_where_meta_granted_it_and_else_it_says_so(stage, gram):
    for one in (stage, gram):
        one.provider.on("POST", r"/v25\.0/\d+/messages", Says(200, {"message_id": "m"}))
    messenger = conversation("messenger", f"{PAGE}/{BUYER}", BUYER)
    instagram = conversation("instagram", f"{ACCOUNT}/{FOLLOWER}", FOLLOWER)
    stage.world.clock.passes(hours=25)
    with pytest.raises(Rejected, match="24 hours"):
        await stage.channel.send(reply(), messenger)
    await gram.channel.send(reply(), instagram)
    [asked] = gram.provider.asked
    assert (asked.json["messaging_type"], asked.json["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    assert stage.provider.asked == []
    stage.world.clock.passes(hours=24 * 6)
    with pytest.raises(Rejected, match="168 hours"):
        await gram.channel.send(reply(), instagram)


@pytest.mark.parametrize(
    ("says", "error", "what"),
    [
        (Says(400, json.loads(recorded("messenger", "window_over", "out"))), Rejected, "24 hours"),
        (Says(400, json.loads(recorded("messenger", "unreachable", "out"))), Rejected, "blocked"),
        (Says(400, {"error": {"code": 613}}), Unavailable, "wait"),
        (Says(429, ""), Unavailable, "wait"),
        (Says(401, {"error": {"code": 190}}), Rejected, "token"),
        (BROKEN, Unsure, "500"),
        (Says(200, {}), Unsure, "whether"),
        (CUT_BEFORE, Unsure, "finish"),
        (CUT_AFTER, Unsure, "finish"),
    ],
)
async def test_a_refusal_of_the_send_api_says_what_to_do(stage, says, error, what):
    stage.provider.on("POST", MESSAGES, says)
    with pytest.raises(error, match=what):
        await stage.channel.send(reply(), conversation("messenger", f"{PAGE}/{BUYER}", BUYER))
    assert len(stage.provider.asked) == 1


async def test_files_go_up_first_and_buyers_files_come_from_metas_hosts_alone(stage):
    async def chunks() -> AsyncIterator[bytes]:
        yield b"\x89PNG"

    photo = await stage.files.put("cup.png", "image/png", chunks(), 100)
    up = rf"/v25\.0/{PAGE}/message_attachments"
    stage.provider.on("POST", up, Says(200, {"attachment_id": "55"}))
    stage.provider.on(
        "POST", MESSAGES, Says(200, {"message_id": "m1"}), Says(200, {"message_id": "m2"})
    )
    about = conversation("messenger", f"{PAGE}/{BUYER}", BUYER)
    receipt = await stage.channel.send(reply(attachments=(photo,)), about)
    assert (receipt.external_id, receipt.keys) == ("m2", ("m1", "m2"))
    first, second = stage.provider.at(MESSAGES)
    assert first.json["message"]["metadata"] == "parley-part"
    assert second.json["message"]["attachment"]["payload"] == {"attachment_id": "55"}
    assert stage.provider.at(up)[0].parts["filedata"] == b"\x89PNG"

    stage.provider.on("GET", "/cup", Says(200, b"%PDF", {"Content-Type": "application/pdf"}))
    file = Attachment(name="file", mime="application/octet-stream", url=f"{stage.provider.url}/cup")
    kept = await stage.channel.fetch(file, about)
    assert (kept.mime, kept.size) == ("application/pdf", 4)
    assert "authorization" not in stage.provider.at("/cup")[0].headers, "no token leaves us"
    foreign = file.model_copy(update={"url": "https://evil.example/cup"})
    with pytest.raises(Rejected, match="not the channel's"):
        await stage.channel.fetch(foreign, about)
