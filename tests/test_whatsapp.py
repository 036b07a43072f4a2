"""WhatsApp over real HTTP: signed webhooks in, the Cloud API out."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.commands import ApproveDraft, OpenReply, WriteReply
from assistant.errors import Refused, Rejected, Unavailable, Unsure
from assistant.model import Attachment, Report, Template
from assistant.ports import Webhook, can_for
from assistant.surface.cards import Checked, ReplyForm
from connectors.buyers.whatsapp.events import arrivals
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
from tests.provider import (
    BAD_GATEWAY,
    BROKEN,
    CUT_AFTER,
    CUT_BEFORE,
    CUT_WITHIN,
    HANGS,
    Says,
    nowhere,
)

SECRET, NEXT, FOREIGN = "app-secret-of-ours", "the-next-app-secret", "somebody-elses-secret"
NUMBER, OTHER = "106540352242922", "206540352242922"
PHONE, BSUID = "16505551234", "US.13491208655302741918"
MESSAGES = rf"/v25\.0/{NUMBER}/messages"


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """As Meta documents it, computed here and not by what is tested."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}


def environment(url: str) -> dict[str, str]:
    return {
        "WHATSAPP_APP_SECRET": f"{SECRET} {NEXT}",
        "WHATSAPP_VERIFY_TOKEN": "our own words",
        "WHATSAPP_TOKEN": "EAAG-token",
        "WHATSAPP_API_URL": url,
    }


TABLE: dict[str, Any] = {
    "phone_number_id": NUMBER,
    "templates": [
        {
            "name": "follow_up",
            "language": "en",
            "body": "Hello {{1}}, about order {{2}}: we can help.",
        }
    ],
}


@pytest.fixture
async def stage(world: World, tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(world, "whatsapp", tmp_path)
    async with made.provider:
        world.settings = set_up("whatsapp", environment(made.provider.url), TABLE)
        async with made:
            yield made


def at_whatsapp(account: str = "") -> Any:
    return conversation("whatsapp", f"{NUMBER}/{BSUID}", BSUID, account)


async def read(stage: Stage, name: str) -> Any:
    body = recorded("whatsapp", name)
    told = await stage.channel.receive(
        Webhook(
            headers={name.lower(): value for name, value in signed(body).items()},
            body=body,
            path="/buyers/whatsapp",
            at=START + timedelta(seconds=5),
        )
    )
    return told


# ── in ───────────────────────────────────────────────────────────────────────


async def test_a_message_is_on_the_card_with_its_window_and_a_colleague_reads_no_number(stage):
    body = recorded("whatsapp", "text")
    assert await stage.post(body, signed(body)) == 200
    await stage.world.work()

    about = await stage.only()
    [message] = about.messages
    assert (message.text, message.name) == ("Where is my parcel? Order 1042.", "Sheena Nelson")
    assert about.window_until == START + timedelta(hours=24)
    assert (about.channel, about.thread_key) == ("whatsapp", f"{NUMBER}/{BSUID}")
    assert about.buyer.id == f"whatsapp:{BSUID}"
    assert not about.buyer.verified, "whoever has a phone is not whoever ordered"


async def test_the_same_webhook_twice_at_once_and_three_times_late_is_one_message(stage):
    body = recorded("whatsapp", "text")
    first = await at_once(*(stage.post(body, signed(body)) for _ in range(2)))
    await stage.world.work()
    stage.world.clock.passes(hours=30)
    late = [await stage.post(body, signed(body)) for _ in range(3)]
    await stage.world.work()

    assert (first, late) == ([200, 200], [200, 200, 200])
    assert len((await stage.only()).messages) == 1
    assert stage.world.room.posted == 1


async def test_of_several_buyers_in_one_webhook_each_keeps_their_own_name_and_thread(stage):
    """Nothing crosses from one buyer to another: what both leave out is no likeness."""
    anna = {"wa_id": "4915100001", "profile": {"name": "Anna"}}
    bernd = {"wa_id": "4915100002", "profile": {"name": "Bernd"}}
    chloe = {"user_id": BSUID, "profile": {"name": "Chloe"}}
    said = [{"from": "4915100002"}, {"from_user_id": BSUID}, {"from": "4915100001"}]
    value = {
        "metadata": {"phone_number_id": NUMBER},
        "contacts": [anna, bernd, chloe],
        "messages": [
            {"id": f"wamid.{n}", "type": "text", "text": {"body": "Hi"}, **one}
            for n, one in enumerate(said)
        ],
        "statuses": [{"id": "wamid.9", "status": "read", "recipient_id": "4915100002"}],
    }
    change = {"field": "messages", "value": value}
    told = {"object": "whatsapp_business_account", "entry": [{"changes": [change]}]}
    found = arrivals(json.dumps(told).encode(), START, {NUMBER: ""}, frozenset({""}))
    *messages, report = list(found)
    assert [(one.buyer.name, one.keys) for one in messages] == [
        ("Bernd", (f"{NUMBER}/4915100002",)),
        ("Chloe", (f"{NUMBER}/{BSUID}",)),
        ("Anna", (f"{NUMBER}/4915100001",)),
    ]
    assert report.follows == (f"{NUMBER}/4915100002",)


SAID = {
    "asks_about_a_product": "Is this still in stock?\n[product] di9ozbzfi4",
    "button": "Yes, please",
    "button_reply": "Cancel",
    "came_by_an_ad": "Hello!\n[ad] Chat with us · Summer succulents are here! · https://fb.me/3cr4Wqqkv",
    "changed_number": "[system] Sheena Nelson changed from 16505551234 to 12195555358",
    "contact_by_request": "[contact] BEGIN:VCARD\nTEL:+14155550829\nEND:VCARD",
    "contacts": "[contact] Barbara J. Johnson: +1 415-555-0829, barbara@example.com",
    "document": "The receipt",
    "edited": "Where is my parcel 1043?",
    "form_reply": '[form]\nSent\n{"size":"M"}',
    "image": "It arrived like this",
    "list_reply": "Priority Mail Express\nNext Day to 2 Days",
    "location": "[location] Philz Coffee, 101 Forest Ave, Palo Alto, CA 94301, "
    "37.44221496582, -122.16165924072",
    "of_a_later_version": "[payment_note]\nvalue: 2100\noffset: 100\nnote: for the cups",
    "order": "[order]\n2 × di9ozbzfi4 (30 USD)\nLove these!",
    "reaction": "[reaction] 👍",
    "reaction_taken_back": "[reaction] –",
    "revoked": "",
    "sticker": "",
    "text": "Where is my parcel? Order 1042.",
    "unsupported": "[unsupported] poll\nMessage type is currently not supported.",
    "video": "",
    "voice": "",
    "without_a_number": "I have no number here",
    "without_an_id": "Only my number",
}
FILES = {
    "image": ("image.jpg", "image/jpeg", "whatsapp:1003383421387256"),
    "video": ("video.mp4", "video/mp4", "whatsapp:3071707966477841"),
    "voice": ("voice.ogg", "audio/ogg", "whatsapp:1908647269898587"),
    "document": ("receipt.pdf", "application/pdf", "whatsapp:1376223850470843"),
    "sticker": ("sticker.webp", "image/webp", "whatsapp:1302431218220234"),
}


async def test_every_type_of_message_is_shown_and_none_is_lost(stage):
    """Unknown ones as they are; only reactions and changes of number ask for no answer."""
    seen = {}
    for name in names_of("whatsapp"):
        told = await read(stage, name)
        if len(told) == 1 and getattr(told[0], "kind", "") in (
            "message",
            "edited",
            "deleted",
            "unknown",
        ):
            seen[name] = told[0]
    texts = {name: one.text for name, one in seen.items() if name != "meta_test_payload"}
    files = {
        name: (one.attachments[0].name, one.attachments[0].mime, one.attachments[0].url)
        for name, one in seen.items()
        if one.attachments
    }
    assert texts == SAID
    assert files == FILES
    assert {name for name, one in seen.items() if one.automatic} == {
        "changed_number",
        "reaction",
        "reaction_taken_back",
    }
    assert {name for name, one in seen.items() if one.kind == "unknown"} == {
        "of_a_later_version",
        "unsupported",
    }
    assert all(
        (one.window_until is None) == (one.automatic or one.kind in ("edited", "deleted"))
        for one in seen.values()
    )
    assert seen["meta_test_payload"].window_until < START, "it is counted from when they wrote"


async def test_one_webhook_may_tell_of_several_messages_one_of_them_odd(stage):
    told = await read(stage, "several")
    assert [one.text for one in told] == ["one", "two", "[text]", "three"]
    assert len({one.once for one in told}) == 4
    assert await read(stage, "template_status") == ()


async def test_a_buyer_who_hides_their_number_stays_in_their_conversation(stage):
    """First a number alone, then both, then the id alone: one conversation."""
    for name in ("without_an_id", "text", "without_a_number"):
        body = recorded("whatsapp", name)
        assert await stage.post(body, signed(body)) == 200
    await stage.world.work()

    about = await stage.only()
    assert about.messages[0].text == "Only my number"
    assert len(about.messages) == 3


async def test_an_edit_and_a_deletion_change_the_message_they_name(stage):
    first = json.loads(recorded("whatsapp", "text"))
    first["entry"][0]["changes"][0]["value"]["messages"][0]["id"] = "wamid.FIRST"
    for body in (json.dumps(first).encode(), recorded("whatsapp", "edited")):
        assert await stage.post(body, signed(body)) == 200
    await stage.world.work()
    [message] = (await stage.only()).messages
    assert (message.text, message.earlier) == (
        "Where is my parcel 1043?",
        ("Where is my parcel? Order 1042.",),
    )
    body = recorded("whatsapp", "revoked")
    await stage.post(body, signed(body))
    await stage.world.work()
    [message] = (await stage.only()).messages
    assert message.deleted


async def test_a_colleague_who_answered_on_the_phone_is_seen_and_nobody_answers_twice(stage):
    for name in ("text", "colleague_on_the_phone"):
        body = recorded("whatsapp", name)
        await stage.post(body, signed(body))
        await stage.world.work()
    about = await stage.only()
    assert [(one.author, one.text) for one in about.messages][-1] == ("agent", "It left yesterday.")
    assert about.waiting_since is None
    assert about.draft is None, "what was proposed is outdated"


# ── who may tell us ──────────────────────────────────────────────────────────


def forgeries(body: bytes) -> dict[str, tuple[bytes, dict[str, str]]]:
    good = signed(body)["X-Hub-Signature-256"]
    as_header = lambda value: {"X-Hub-Signature-256": value}  # noqa: E731 — a table
    return {
        "missing": (body, {}),
        "empty": (body, as_header("")),
        "wrong": (body, as_header("sha256=" + "0" * 64)),
        "truncated": (body, as_header(good[:-1])),
        "of another tenant": (body, signed(body, FOREIGN)),
        "of another body": (body, signed(body + b" ")),
        "serialised anew": (json.dumps(json.loads(body)).encode(), signed(body)),
        "of the older kind": (body, {"X-Hub-Signature": good.replace("sha256", "sha1")}),
        "without its prefix": (body, as_header(good.removeprefix("sha256="))),
        "not ASCII": (body, as_header("sha256=ÿÿ")),
    }


async def test_what_meta_did_not_sign_is_refused_and_nothing_is_stored(stage):
    body = recorded("whatsapp", "text")
    for what, (sent, headers) in forgeries(body).items():
        assert await stage.post(sent, headers) == 401, what
    zipped = gzip.compress(body)
    assert await stage.post(zipped, {**signed(zipped), "Content-Encoding": "gzip"}) == 415
    large = b'{"object":"' + b"x" * (1 << 20) + b'"}'
    assert await stage.post(large, signed(large)) == 413
    for odd in (b"", b"[]", b"{}", b"\xff", b'{"object":"page"}', b'{"a":' * 5000):
        assert await stage.post(odd, signed(odd)) == 400, odd[:20]
    assert await stage.world.work() == 0


async def test_while_a_secret_is_changed_both_hold(stage):
    body = recorded("whatsapp", "text")
    assert await stage.post(body, signed(body, NEXT)) == 200


async def test_meta_is_told_that_the_address_is_ours_only_with_our_words(stage):
    asks = {
        "hub.mode": "subscribe",
        "hub.verify_token": "our own words",
        "hub.challenge": "1158201444",
    }
    assert await stage.get(asks) == (200, "1158201444")
    for wrong in (
        {**asks, "hub.verify_token": "theirs"},
        {**asks, "hub.mode": "unsubscribe"},
        {**asks, "hub.challenge": "<script>"},
        {},
    ):
        assert (await stage.get(wrong))[0] == 401


async def test_one_apps_secret_signs_for_its_own_numbers_alone(world, tmp_path):
    """Two apps, two numbers: a webhook for one, signed by the other's secret, is forged."""
    env = {
        "WHATSAPP_VERIFY_TOKEN": "words",
        "WHATSAPP_TOKEN": "t",
        "WHATSAPP_EU_APP_SECRET": SECRET,
        "WHATSAPP_US_APP_SECRET": FOREIGN,
    }
    table = {"accounts": {"eu": {"phone_number_id": NUMBER}, "us": {"phone_number_id": OTHER}}}
    world.settings = set_up("whatsapp", env, table)
    body = recorded("whatsapp", "text")
    async with Stage(world, "whatsapp", tmp_path) as stage:
        assert await stage.post(body, signed(body, FOREIGN)) == 401
        assert await stage.post(body, signed(body)) == 200
        await world.work()
        assert (await stage.only()).account == "eu"


# ── out ──────────────────────────────────────────────────────────────────────


async def test_a_reply_goes_out_bearing_its_key_and_what_became_of_it_comes_back(stage):
    """Delivered and read come in any order, and twice; a failure makes the buyer wait again."""
    stage.provider.on("POST", MESSAGES, Says(200, json.loads(recorded("whatsapp", "taken", "out"))))
    body = recorded("whatsapp", "text")
    await stage.post(body, signed(body))
    await stage.world.work()
    draft = await stage.approves()

    [asked] = stage.provider.asked
    assert asked.headers["authorization"] == "Bearer EAAG-token"
    assert asked.json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "recipient": BSUID,
        "type": "text",
        "text": {"preview_url": False, "body": draft.text},
        "biz_opaque_callback_data": asked.json["biz_opaque_callback_data"],
    }
    assert (draft.state, draft.external_id) == ("sent", "wamid.SENT1")
    key = asked.json["biz_opaque_callback_data"].encode()
    for name in ("status_read", "status_delivered", "status_sent", "status_read"):
        body = recorded("whatsapp", name).replace(KEY.encode(), key)
        assert await stage.post(body, signed(body)) == 200
    await stage.world.work()
    draft = (await stage.only()).draft_of(draft.version)
    assert draft.read_at
    assert draft.delivered_at
    body = recorded("whatsapp", "status_failed").replace(KEY.encode(), key)
    await stage.post(body, signed(body))
    await stage.world.work()
    about = await stage.only()
    assert about.draft_of(draft.version).state == "failed"
    assert "Message Undeliverable" in str(about.draft_of(draft.version).reason)
    assert about.waiting_since is not None


async def test_a_reply_nobody_knows_of_settles_itself_by_the_key_that_comes_back(stage):
    """The answer got lost; WhatsApp's word for it comes by webhook, and nobody has to look."""
    stage.provider.on("POST", MESSAGES, CUT_AFTER)
    body = recorded("whatsapp", "text")
    await stage.post(body, signed(body))
    await stage.world.work()
    draft = await stage.approves()
    assert draft.state == "unsure"
    assert len(stage.provider.asked) == 1, "nothing is sent by guess"

    key = stage.provider.asked[0].json["biz_opaque_callback_data"].encode()
    body = recorded("whatsapp", "status_sent").replace(KEY.encode(), key)
    await stage.post(body, signed(body))
    await stage.world.work()
    draft = (await stage.only()).draft_of(draft.version)
    assert (draft.state, draft.external_id) == ("sent", "wamid.SENT1")


def out(name: str) -> Any:
    return json.loads(recorded("whatsapp", name, "out"))


@pytest.mark.parametrize(
    ("says", "error", "what"),
    [
        (Says(400, out("window_over")), Rejected, "24 hours"),
        (Says(400, out("pair_rate")), Unavailable, "wait"),
        (Says(401, out("token_expired")), Rejected, "access token"),
        (Says(500, out("went_wrong")), Unsure, "500"),
        (Says(400, {"error": {"code": 99, "message": "Odd"}}), Rejected, "Odd"),
        (Says(403, {"error": {"code": 230, "message": "x"}}), Rejected, "permission"),
        (Says(404, "nothing here"), Rejected, "404"),
        (Says(429, "slow down", {"Retry-After": "9"}), Unavailable, "wait"),
        (Says(302, "", {"Location": "https://evil.example/"}), Rejected, "302"),
        (Says(200, "not JSON"), Unsure, "read"),
        (Says(200, {"messages": []}), Unsure, "whether"),
        (BROKEN, Unsure, "500"),
        (BAD_GATEWAY, Unsure, "502"),
        (CUT_BEFORE, Unsure, "finish"),
        (CUT_AFTER, Unsure, "finish"),
        (CUT_WITHIN, Unsure, "finish"),
    ],
)
async def test_a_refusal_says_what_to_do_and_a_broken_answer_is_nobodys_guess(
    stage, says, error, what
):
    stage.provider.on("POST", MESSAGES, says)
    with pytest.raises(error, match=what) as told:
        await stage.channel.send(reply(), at_whatsapp())
    assert len(stage.provider.asked) == 1, "nothing is sent twice"
    assert "EAAG-token" not in str(told.value)
    if error is Unavailable:
        assert told.value.retry_after_s in (6, 9)


async def test_whatsapp_that_hangs_or_is_away_is_told_apart(stage, monkeypatch):
    """A time-out may have been taken; a refused connection certainly was not (pain 12)."""
    import aiohttp

    from connectors.meta import graph

    monkeypatch.setattr(graph, "TIMEOUT", aiohttp.ClientTimeout(total=0.2))
    stage.provider.on("POST", MESSAGES, HANGS)
    with pytest.raises(Unsure, match="in time"):
        await stage.channel.send(reply(), at_whatsapp())
    stage.world.settings = set_up("whatsapp", environment(nowhere()), TABLE)
    async with Stage(stage.world, "whatsapp", stage.data) as away:
        with pytest.raises(Unavailable, match="reached"):
            await away.channel.send(reply(), at_whatsapp())


async def _kept(stage: Stage, name: str, mime: str, content: bytes) -> Attachment:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    return await stage.files.put(name, mime, chunks(), 1 << 20)


async def test_a_short_text_stands_under_its_file_and_a_long_one_before_it(stage):
    stage.provider.on("POST", rf"/v25\.0/{NUMBER}/media", Says(200, {"id": "777"}))
    stage.provider.on("POST", MESSAGES, Says(200, out("taken")))
    label = await _kept(stage, "label.pdf", "application/pdf", b"%PDF")
    photo = await _kept(stage, "cup.png", "image/png", b"\x89PNG")
    await stage.channel.send(reply("Here it is.", attachments=(label, photo)), at_whatsapp())

    up, _, first, second = [one for one in stage.provider.asked]
    assert up.parts["file"] == b"%PDF"
    assert up.parts["messaging_product"] == b"whatsapp"
    assert first.json["document"] == {
        "id": "777",
        "caption": "Here it is.",
        "filename": "label.pdf",
    }
    assert "biz_opaque_callback_data" not in first.json
    assert second.json["image"] == {"id": "777"}
    assert second.json["biz_opaque_callback_data"] == reply().key, "the last part tells of them all"

    stage.provider.forget()
    await stage.channel.send(reply("word " * 300, attachments=(photo,)), at_whatsapp())
    assert [one.json["type"] for one in stage.provider.at(MESSAGES)] == ["text", "image"]


async def test_a_file_that_does_not_go_up_leaves_nothing_sent_and_half_a_reply_is_a_question(stage):
    photo = await _kept(stage, "cup.png", "image/png", b"\x89PNG")
    media = rf"/v25\.0/{NUMBER}/media"
    stage.provider.on("POST", media, Says(400, {"error": {"code": 131053}}))
    with pytest.raises(Rejected, match="file"):
        await stage.channel.send(reply(attachments=(photo,)), at_whatsapp())
    stage.provider.on("POST", media, CUT_AFTER)
    with pytest.raises(Unavailable):
        await stage.channel.send(reply(attachments=(photo,)), at_whatsapp())
    assert stage.provider.at(MESSAGES) == []
    stage.provider.on("POST", media, Says(200, {"id": "777"}))
    stage.provider.on("POST", MESSAGES, Says(200, out("taken")), Says(400, out("pair_rate")))
    with pytest.raises(Unsure, match="1 of 2 parts"):
        await stage.channel.send(reply("word " * 300, attachments=(photo,)), at_whatsapp())
    gone = photo.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(Rejected, match="not kept"):
        await stage.channel.send(reply(attachments=(gone,)), at_whatsapp())


async def test_outside_the_window_an_approved_template_goes_with_its_gaps_filled(stage):
    stage.provider.on("POST", MESSAGES, Says(200, out("taken")))
    filled = Template(name="follow_up", language="en", values=("Sheena", "1042"))
    await stage.channel.send(reply("as read by the buyer", template=filled), at_whatsapp())
    [asked] = stage.provider.asked
    assert asked.json["template"] == {
        "name": "follow_up",
        "language": {"code": "en"},
        "components": [
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "text": "Sheena"},
                    {"type": "text", "text": "1042"},
                ],
            }
        ],
    }
    can = can_for(stage.channel, at_whatsapp())
    assert (can.after_window, can.templates[0].gaps) == ("template", 2)
    assert can.templates[0].filled(("Sheena", "1042")).startswith("Hello Sheena, about order 1042")


async def test_when_the_window_is_over_only_a_template_can_be_approved_and_it_is_offered(stage):
    """What can't be sent can't be approved, and says why; the form begins with what can."""
    stage.provider.on("POST", MESSAGES, Says(200, out("taken")))
    body = recorded("whatsapp", "text")
    await stage.post(body, signed(body))
    await stage.world.work()
    about = await stage.only()
    card = stage.world.card(about.id)
    assert any("free answer until" in one for one in card.notices)
    stage.world.clock.passes(hours=25)
    with pytest.raises(Refused, match="approved template"):
        await stage.world.handle(ApproveDraft(conversation_id=about.id, version=1))
    form = (await stage.world.handle(OpenReply(conversation_id=about.id))).form
    assert isinstance(form, ReplyForm)
    assert form.text == TABLE["templates"][0]["body"]
    blocks = [one.rule for one in form.flags if one.severity == "block"]
    assert blocks[0] == "channel.window"
    assert "platform.whatsapp.window_hours" not in blocks, "it is said once"

    for text in ("Hello, we can help.", form.text):
        shown = await stage.world.handle(WriteReply(conversation_id=about.id, text=text))
        assert isinstance(shown.card, Checked)
        assert shown.card.blocked
    filled = "Hello Sheena, about order 1042: we can help."
    await stage.world.handle(WriteReply(conversation_id=about.id, text=filled))
    await stage.world.work()
    [asked] = stage.provider.asked
    assert asked.json["template"]["name"] == "follow_up"
    parameters = asked.json["template"]["components"][0]["parameters"]
    assert [one["text"] for one in parameters] == ["Sheena", "1042"]
    sent = (await stage.only()).drafts[-1]
    assert (sent.state, sent.text) == ("sent", filled)


# ── files of buyers ──────────────────────────────────────────────────────────


async def test_a_buyers_file_is_fetched_at_once_and_kept_by_its_content(stage):
    """Its address lives for minutes, its id for days; the token goes to Meta alone."""
    cdn = f"{stage.provider.url}/media/1?hash=h"
    stage.provider.on("GET", r"/v25\.0/1003383421387256", Says(200, {"url": cdn, "file_size": 4}))
    stage.provider.on("GET", "/media/1", Says(200, b"\xff\xd8\xff\xe0"))
    body = recorded("whatsapp", "image")
    await stage.post(body, signed(body))
    await stage.world.work()

    [file] = (await stage.only()).messages[0].attachments
    assert file.sha256 == hashlib.sha256(b"\xff\xd8\xff\xe0").hexdigest()
    assert file.mime == "image/jpeg"
    assert [one.headers["authorization"] for one in stage.provider.asked] == [
        "Bearer EAAG-token"
    ] * 2


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/a.jpg",
        "http://lookaside.fbsbx.com/a.jpg",
        "https://lookaside.fbsbx.com.evil.example/a.jpg",
        "https://evil-fbcdn.net/a.jpg",
        "https://user@lookaside.fbsbx.com/a.jpg",
        "https://lookaside.fbsbx.com:8443/a.jpg",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:169.254.169.254]/",
        "file:///etc/passwd",
        "gopher://lookaside.fbsbx.com/",
        "https://[",
        "",
    ],
)
async def test_a_file_is_fetched_from_nobody_but_meta(stage, place):
    stage.provider.on("GET", r"/v25\.0/5", Says(200, {"url": place}))
    with pytest.raises(Rejected, match="not the channel's"):
        await stage.channel.fetch(
            Attachment(name="a", mime="image/jpeg", url="whatsapp:5"), at_whatsapp()
        )


async def test_a_file_that_is_too_large_gone_redirected_or_not_of_whatsapp_says_so(stage):
    url = stage.provider.url
    file = Attachment(name="a", mime="image/jpeg", url="whatsapp:5")
    stage.provider.on("GET", r"/v25\.0/5", Says(200, {"url": f"{url}/media"}))
    stage.provider.on("GET", "/media", Says(302, "", {"Location": "http://127.0.0.1:1/"}))
    with pytest.raises(Rejected, match="not the channel's"):
        await stage.channel.fetch(file, at_whatsapp())
    stage.provider.on("GET", "/media", Says(404, ""))
    with pytest.raises(Rejected, match="no longer"):
        await stage.channel.fetch(file, at_whatsapp())
    for broken in (Says(503, ""), CUT_WITHIN):
        stage.provider.on("GET", "/media", broken)
        with pytest.raises(Unavailable):
            await stage.channel.fetch(file, at_whatsapp())
    stage.provider.on(
        "GET", r"/v25\.0/5", Says(400, {"error": {"code": 100, "message": "expired"}})
    )
    with pytest.raises(Rejected, match="expired"):
        await stage.channel.fetch(file, at_whatsapp())
    for foreign in ("https://evil.example/", "whatsapp:../../me", None):
        odd = file.model_copy(update={"url": foreign})
        with pytest.raises(Rejected, match="not at WhatsApp"):
            await stage.channel.fetch(odd, at_whatsapp())
    assert all(isinstance(one, Report) for one in await read(stage, "status_sent"))


async def test_doctor_is_told_whose_number_it_is(stage):
    shown = {"display_phone_number": "+1 555 078 3881", "verified_name": "Blue Hour"}
    stage.provider.on("GET", rf"/v25\.0/{NUMBER}", Says(200, shown))
    assert await stage.channel.probe() == "+1 555 078 3881 (Blue Hour)"
    stage.provider.on("GET", rf"/v25\.0/{NUMBER}", Says(401, out("token_expired")))
    with pytest.raises(Rejected, match="access token"):
        await stage.channel.probe()


async def test_a_number_that_the_settings_lack_is_shown_and_its_answer_says_what_to_do(stage):
    body = recorded("whatsapp", "meta_test_payload")
    assert await stage.post(body, signed(body)) == 200
    await stage.world.work()
    about = await stage.only()
    assert (about.account, about.messages[0].text) == ("123456123", "this is a text message")
    with pytest.raises(Rejected, match="not in the settings"):
        await stage.channel.send(reply(), about)
    assert can_for(stage.channel, about).after_window == "refused"
