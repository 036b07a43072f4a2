"""The signed webhook: what a relay may send us, in any state, and what it answers to replies."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import standardwebhooks
from aiohttp import web
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr

from assistant.commands import ReceiveMessage
from assistant.errors import Rejected, Unavailable, Unsure
from assistant.model import Conversation, Incoming, Receipt, Reply, conversation_id, reply_key
from assistant.settings import Settings
from connectors.buyers.webhook import SignedWebhook, Signer
from connectors.buyers.webhook.format import platform_of, read_event, thread_key
from connectors.http import MAX_BODY, RateLimiter, client_session
from connectors.inbox import mount_webhooks

FIXTURES = Path(__file__).parent / "fixtures" / "buyers" / "webhook"
NOW = datetime(2026, 11, 21, 10, 0, 30, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a key of twenty-four byt").decode()
NEXT_SECRET = "whsec_" + base64.b64encode(b"the key that follows it!").decode()
FOREIGN_SECRET = "whsec_" + base64.b64encode(b"another tenant's own key").decode()


class Kept:
    """As much of a store as an inbox needs."""

    def __init__(self) -> None:
        self.commands: list[ReceiveMessage] = []
        self.down = False
        self._once: set[str] = set()

    async def enqueue(self, command: ReceiveMessage, *, once: str | None = None) -> bool:
        if self.down:
            raise Unavailable("The store is away.", retry_after_s=2)
        if once in self._once:
            return False
        self._once.add(once or "")
        self.commands.append(ReceiveMessage.model_validate_json(command.model_dump_json()))
        return True

    @property
    def incoming(self) -> list[Incoming]:
        return [command.incoming for command in self.commands]


def settings(**more: Any) -> Settings:
    return Settings(secret=SecretStr("s" * 40), **{"webhook_secret": SecretStr(SECRET), **more})


def recorded(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes().strip()


def event(**changes: Any) -> bytes:
    """The recorded question with some fields changed: `message__text=…` is `message.text`."""
    document = json.loads(recorded("question_about_parcel"))
    for path, value in changes.items():
        *outer, last = path.replace("from_", "from").split("__")
        place = document
        for name in outer:
            place = place[name]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return json.dumps(document).encode()


def signed(body: bytes, *, secret: str = SECRET, id: str = "msg_1", at: datetime = NOW) -> dict:
    signer = Signer(SecretStr(secret))
    return {"Content-Type": "application/json", **signer.headers(id, body, at)}


@pytest.fixture
async def client_of_ours() -> AsyncIterator[aiohttp.ClientSession]:
    async with client_session() as session:
        yield session


@pytest.fixture
def store() -> Kept:
    return Kept()


Post = Callable[..., Awaitable[tuple[int, dict]]]


@pytest.fixture
async def post(aiohttp_client, store, client_of_ours) -> Post:
    app = web.Application()
    channel = SignedWebhook(settings(), client_of_ours, lambda: NOW)
    mount_webhooks(app, {"webhook": channel}, store, lambda: NOW)
    client = await aiohttp_client(app)

    async def post(body: bytes, headers: dict | None = None, path: str = "/buyers/webhook"):
        response = await client.post(path, data=body, headers=headers or signed(body))
        return response.status, await response.json()

    post.client = client
    return post


# ── what is taken ────────────────────────────────────────────────────────────


async def test_a_signed_message_is_durable_before_it_is_answered(post, store):
    assert await post(recorded("question_about_parcel")) == (200, {"status": "accepted"})

    [incoming] = store.incoming
    assert incoming.text == "¿Dónde está?"
    assert (incoming.buyer.name, incoming.buyer.locale) == ("Ana", "es-MX")
    assert (incoming.source, incoming.account, incoming.platform) == (
        "mercadolibre",
        "MLM-1",
        "mercadolibre",
    )
    assert incoming.order_refs == ("2315686468",)
    assert incoming.received_at == NOW
    assert incoming.sent_at == datetime(2026, 11, 21, 10, tzinfo=UTC)


async def test_the_reference_library_of_the_standard_signs_what_we_accept(post, store):
    """An implementation that is not ours agrees on the signature, both ways."""
    body = recorded("question_about_parcel")
    reference = standardwebhooks.Webhook(SECRET)
    headers = {
        "webhook-id": "msg_7",
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": reference.sign("msg_7", NOW, body.decode()),
    }
    assert (await post(body, headers))[0] == 200
    assert Signer(SecretStr(SECRET)).headers("msg_7", body, NOW) == headers


async def test_the_same_message_again_is_a_duplicate_whatever_its_envelope(post, store):
    """Fault cases 2 and 22: a retry, a replay inside 300 s, a second relay: one message."""
    body = recorded("question_about_parcel")
    await post(body)

    assert await post(body) == (200, {"status": "duplicate"})
    resigned = signed(body, id="msg_2", at=NOW - timedelta(seconds=200))
    assert await post(body, resigned) == (200, {"status": "duplicate"})
    reworded = event(id="evt_of_the_second_relay")
    assert await post(reworded) == (200, {"status": "duplicate"})
    assert len(store.commands) == 1


async def test_twenty_deliveries_at_once_make_one_message(post, store):
    body = recorded("question_about_parcel")
    answers = await asyncio.gather(*(post(body) for _ in range(20)))

    assert sorted(answer["status"] for _, answer in answers) == ["accepted"] + ["duplicate"] * 19
    assert len(store.commands) == 1


async def test_reordered_and_late_messages_are_taken_in_order_of_arrival(post, store):
    """Fault case 22: six hours late is still the buyer's word; when it was written is kept."""
    late = (NOW - timedelta(hours=6)).isoformat()
    await post(event(message__id="m2", message__text="second"))
    await post(event(message__id="m1", message__text="first", message__sent_at=late))

    assert [one.text for one in store.incoming] == ["second", "first"]
    assert store.incoming[1].sent_at == NOW - timedelta(hours=6)
    assert store.incoming[0].thread_key == store.incoming[1].thread_key


async def test_a_message_from_the_future_is_taken_but_its_clock_is_not_believed(post, store):
    """Fault case 24."""
    assert (await post(event(message__sent_at="2099-01-01T00:00:00Z")))[0] == 200
    assert store.incoming[0].sent_at is None
    assert store.incoming[0].received_at == NOW


async def test_edits_and_deletions_name_the_message_they_change(post, store):
    """Fault case 23, pain 6."""
    for name in ("question_about_parcel", "edited", "deleted"):
        assert await post(recorded(name)) == (200, {"status": "accepted"})

    assert [(one.kind, one.message_id) for one in store.incoming] == [
        ("message", "m1"),
        ("edited", "m1"),
        ("deleted", "m1"),
    ]
    assert len({one.thread_key for one in store.incoming}) == 1


async def test_a_second_edit_of_a_message_is_not_taken_for_the_first(post, store):
    edit = json.loads(recorded("edited"))
    edit_back = {**edit, "id": "evt_later", "message": {"id": "m1", "text": "¿Dónde está?"}}
    for document in (edit, edit_back, edit_back):
        await post(json.dumps(document).encode())

    assert [one.text for one in store.incoming] == [edit["message"]["text"], "¿Dónde está?"]


async def test_an_event_of_an_unknown_type_is_kept_and_a_person_sees_all_of_it(post, store):
    """Fault case 23: kept, shown, not crashed."""
    assert (await post(recorded("reaction_of_unknown_type")))[0] == 200
    [incoming] = store.incoming
    assert incoming.kind == "unknown"
    assert incoming.text.splitlines() == [
        "[message.reaction]",
        "to: wamid.7",
        "emoji: 👍",
        "list: 1",
        "list: True",
        "deep: words",
    ]
    assert incoming.buyer.name == "Lena Weber"


async def test_an_unknown_type_may_have_any_shape_of_its_own(post, store):
    body = recorded("claim_of_unknown_shape")
    assert await post(body) == (200, {"status": "accepted"})
    assert await post(body) == (200, {"status": "duplicate"})
    [incoming] = store.incoming
    assert incoming.text == "[claim.opened]\nid: 5003\nreason: PNR\nstage: dispute"
    assert incoming.thread_key == "mercadolibre/MLM-1/pack%3A2315686468"


async def test_nulls_controls_and_half_characters_are_cleaned_not_fatal(post, store):
    """Fault case 32: what the store and the cards can't hold never reaches them."""
    assert (await post(recorded("text_with_nulls_and_halves")))[0] == 200
    [incoming] = store.incoming
    assert incoming.text == "まだ届きません\ufffd\n急いで[31m😭"
    assert incoming.buyer.name == "Yui\ufffd"


async def test_ids_may_be_numbers_beyond_what_a_double_holds(post, store):
    assert (await post(recorded("ids_as_numbers")))[0] == 200
    [incoming] = store.incoming
    assert incoming.thread_key == "shopee/165103149/709122092476686867"
    assert incoming.message_id == "2302748948493123953"
    assert incoming.buyer.locale is None
    assert incoming.buyer.name == ""


async def test_a_photo_without_words_is_a_message_and_its_address_is_never_a_file_of_ours(
    post, store
):
    """Reliability D, SSRF: nothing is fetched; a digest somebody claims opens no file of ours."""
    assert (await post(recorded("photo_without_words")))[0] == 200
    photo, other = store.incoming[0].attachments
    assert (photo.name, photo.size, photo.sha256) == ("tasse.jpg", 12345, None)
    assert other.url is None
    await post(event(message__id="m9"))
    assert store.incoming[1].attachments[0].sha256 is None


async def test_fields_of_a_later_version_are_ignored(post, store):
    assert (await post(recorded("fields_of_a_later_version")))[0] == 200
    [incoming] = store.incoming
    assert (incoming.platform, incoming.buyer.locale) == ("amazon", "de-DE")
    assert incoming.buyer.email == "joerg@relay.example"
    assert incoming.window_until == datetime(2026, 11, 22, 10, tzinfo=UTC)


async def test_of_a_field_given_twice_the_last_counts_and_there_is_one_message(post, store):
    body = recorded("question_about_parcel").replace(b'"id":"m1"', b'"id":"m0","id":"m1"')
    await post(recorded("question_about_parcel"))
    assert await post(body) == (200, {"status": "duplicate"})
    assert len(store.commands) == 1


TEXTS = st.text(min_size=1, max_size=12).filter(lambda text: all(ord(c) > 31 for c in text))


@hypothesis_settings(deadline=None)  # a busy machine is no counterexample
@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
def test_two_different_threads_never_share_a_conversation(a, b, c, x, y, z):
    assert (thread_key(a, b, c) == thread_key(x, y, z)) == ((a, b, c) == (x, y, z))


def test_separators_inside_names_do_not_make_threads_meet():
    assert len({thread_key("a/b", "c", "d"), thread_key("a", "b/c", "d"), "a/b/c/d"}) == 3
    assert thread_key("a%2Fb", "", "") != thread_key("a/b", "", "")


@pytest.mark.parametrize(
    ("channel", "platform"),
    [
        ("mercadolibre", "mercadolibre"),
        ("Amazon.de", "amazon"),
        ("tiktok", "tiktok_shop"),
        ("TikTok-Shop", "tiktok_shop"),
        ("ebay_uk", "ebay"),
        ("whatsapp", "own"),
        ("my shop", "own"),
    ],
)
def test_a_marketplace_is_known_by_its_channel(channel, platform):
    assert platform_of(channel) == platform


# ── what is refused ──────────────────────────────────────────────────────────


def _without(name: str) -> dict:
    headers = signed(event())
    del headers[name]
    return headers


STAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"
FORGERIES = {
    "no id": (event(), _without("webhook-id")),
    "no timestamp": (event(), _without(STAMP)),
    "no signature": (event(), _without(SIGNATURE)),
    "another tenant's secret": (event(), signed(event(), secret=FOREIGN_SECRET)),
    "truncated": (event(), {**signed(event()), SIGNATURE: signed(event())[SIGNATURE][:-2]}),
    "empty": (event(), {**signed(event()), SIGNATURE: "v1,"}),
    "another version": (
        event(),
        {**signed(event()), SIGNATURE: signed(event())[SIGNATURE].replace("v1,", "v1a,")},
    ),
    "of another body": (event(message__text="Refund me!"), signed(event())),
    "of another id": (event(), {**signed(event()), "webhook-id": "msg_2"}),
    "re-serialised body": (json.dumps(json.loads(event()), indent=1).encode(), signed(event())),
    "stale": (event(), signed(event(), at=NOW - timedelta(seconds=301))),
    "from the future": (event(), signed(event(), at=NOW + timedelta(seconds=301))),
    "timestamp not a number": (event(), {**signed(event()), STAMP: "١٢٣"}),
    "timestamp changed": (
        event(),
        {**signed(event()), STAMP: str(int(NOW.timestamp()) + 1)},
    ),
    "not ASCII": (event(), {**signed(event()), SIGNATURE: "v1,ünïcödé"}),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_what_is_not_signed_by_us_is_401_and_nothing_is_stored(post, store, forgery):
    """Reliability D: the webhook row of the authentication matrix."""
    status, answer = await post(*FORGERIES[forgery])
    assert (status, answer["error"]) == (401, "unauthentic")
    assert not store.commands


async def test_a_wrong_clock_is_told_apart_from_a_wrong_secret(post):
    """Fault case 24: the sender learns what to repair."""
    body = event()
    _, stale = await post(body, signed(body, at=NOW - timedelta(minutes=10)))
    _, early = await post(body, signed(body, at=NOW + timedelta(minutes=10)))
    _, forged = await post(body, signed(body, secret=FOREIGN_SECRET))

    assert "600 s behind our clock" in stale["message"]
    assert "600 s ahead of our clock" in early["message"]
    assert "shared secret" in forged["message"]


async def test_the_edges_of_the_300_seconds_are_inside(post):
    for seconds in (-300, 300):
        body = event(message__id=f"m{seconds}")
        status, _ = await post(body, signed(body, at=NOW + timedelta(seconds=seconds)))
        assert status == 200


async def test_while_a_secret_is_changed_both_are_accepted(aiohttp_client, store, client_of_ours):
    both = settings(webhook_secret=SecretStr(f"{NEXT_SECRET}, {SECRET}"))
    app = web.Application()
    channel = SignedWebhook(both, client_of_ours, lambda: NOW)
    mount_webhooks(app, {"webhook": channel}, store, lambda: NOW)
    client = await aiohttp_client(app)

    for id, secret in (("m1", SECRET), ("m2", NEXT_SECRET), ("m3", FOREIGN_SECRET)):
        body = event(message__id=id)
        await client.post("/buyers/webhook", data=body, headers=signed(body, secret=secret))
    assert [one.message_id for one in store.incoming] == ["m1", "m2"]


async def test_one_good_signature_among_several_is_enough(post):
    body = event()
    foreign = signed(body, secret=FOREIGN_SECRET)[SIGNATURE]
    headers = signed(body)
    headers[SIGNATURE] = f"v1a,xyz {foreign} {headers[SIGNATURE]}"
    assert (await post(body, headers))[0] == 200


MALFORMED = {
    "not JSON": (b"{", "body"),
    "empty": (b"", "body"),
    "a list": (b"[]", "body"),
    "a text": (b'"hello"', "body"),
    "not UTF-8": (event().replace(b"Ana", b"\xe9na"), "body"),
    "UTF-16": (event().decode().encode("utf-16"), "body"),
    "nested a hundred thousand deep": (b"[" * 100_000 + b"]" * 100_000, "body"),
    "nested inside an unknown field": (
        event()[:-1] + b',"extra":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
        "body",
    ),
    "a number of a thousand digits": (event()[:-1] + b',"v":' + b"9" * 5_000 + b"}", "body"),
    "another version": (event(v=2), "v"),
    "no version": (event(v=...), "v"),
    "no type": (event(type=...), "type"),
    "account an object": (event(account={}), "account"),
    "channel with a newline": (event(channel="a\nb"), "channel"),
    "type a number": (event(type=7), "type"),
    "no channel": (event(channel=...), "channel"),
    "channel empty": (event(channel=""), "channel"),
    "no thread": (event(thread=...), "thread"),
    "thread a list": (event(thread=[]), "thread"),
    "thread id null": (event(thread__id=None), "thread.id"),
    "thread id true": (event(thread__id=True), "thread.id"),
    "thread id too long": (event(thread__id="x" * 300), "thread.id"),
    "thread id with a null byte": (event(thread__id="a\0b"), "thread.id"),
    "thread id with half a character": (event(thread__id="a\ud800"), "thread.id"),
    "no sender": (event(from_=...), "from"),
    "sender id an object": (event(from___id={}), "from.id"),
    "no message": (event(message=...), "message"),
    "message a list": (event(message=[]), "message"),
    "message id missing": (event(message__id=...), "message.id"),
    "text a number": (event(message__text=5), "message.text"),
    "text a list": (event(message__text=["a"]), "message.text"),
    "nothing said": (event(message__text=" \x00 ", message__attachments=[]), "message.text"),
    "sent_at without a zone": (event(message__sent_at="2026-11-21T10:00:00"), "message.sent_at"),
    "sent_at no time": (event(message__sent_at="yesterday"), "message.sent_at"),
    "attachments an object": (event(message__attachments={}), "message.attachments"),
    "too many attachments": (
        event(message__attachments=[{"url": "https://x.example/1"}] * 51),
        "message.attachments",
    ),
    "unknown type without a thread": (event(type="new", thread=...), "thread"),
}


@pytest.mark.parametrize("case", MALFORMED)
async def test_what_is_not_the_format_is_400_naming_the_field_and_nothing_is_stored(
    post, store, case
):
    body, field = MALFORMED[case]
    status, answer = await post(body)
    assert (status, answer["error"], answer["field"]) == (400, "malformed", field)
    assert answer["message"].startswith(field)
    assert not store.commands


async def test_what_is_too_long_or_too_many_is_told_with_its_limit(post):
    _, long = await post(event(channel="x" * 65))
    _, many = await post(event(message__attachments=[{"url": "https://x.example/1"}] * 51))
    assert long["message"] == "channel: must have 64 characters at most"
    assert many["message"] == "message.attachments: must have 50 entries at most"


async def test_a_body_over_the_limit_is_413_before_it_is_parsed(post, store):
    big = b"{" + b" " * MAX_BODY
    response = await post.client.post("/buyers/webhook", data=BytesIO(big), headers=signed(big))
    assert response.status == 413

    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * (MAX_BODY // 20)

    response = await post.client.post(
        "/buyers/webhook", data=unannounced(), headers=signed(b" " * MAX_BODY * 2)
    )
    assert response.status == 413
    assert not store.commands


async def test_a_sender_who_hangs_up_half_way_leaves_nothing(post, store, caplog):
    """Fault case 22's cousin: no 500 in anybody's log, and the retry is taken."""
    url = post.client.make_url("/buyers/webhook")
    _, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"POST /buyers/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    assert (await post(event()))[0] == 200
    assert len(store.commands) == 1
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_body_of_exactly_the_limit_is_read(post):
    body = event()
    assert (await post(body + b" " * (MAX_BODY - len(body))))[0] == 200


async def test_a_text_over_its_limit_is_refused_not_cut(post, store):
    assert (await post(event(message__text="é" * 100_000)))[0] == 200
    status, answer = await post(event(message__id="m2", message__text="é" * 100_001))
    assert (status, answer["error"]) == (413, "too_large")
    assert "100,000 characters" in answer["message"]
    assert [one.message_id for one in store.incoming] == ["m1"]


async def test_a_compressed_body_is_refused_before_it_is_unpacked(post, store):
    """Fault case 32: a zip bomb."""
    body = gzip.compress(b"\0" * (50 << 20))
    status, answer = await post(body, {**signed(body), "Content-Encoding": "gzip"})
    assert status == 415
    assert "Content-Encoding" in answer["message"]
    assert not store.commands


async def test_while_the_store_is_away_nothing_is_acknowledged_and_the_retry_is_taken(post, store):
    """Fault cases 1, 15, 18: 503 with a time to come back, then one message."""
    body = event()
    store.down = True
    response = await post.client.post("/buyers/webhook", data=body, headers=signed(body))
    assert (response.status, response.headers["Retry-After"]) == (503, "2")

    store.down = False
    assert await post(body) == (200, {"status": "accepted"})
    assert len(store.commands) == 1


async def test_an_unknown_channel_is_404_and_names_those_there_are(post):
    status, answer = await post(event(), path="/buyers/shopify")
    assert status == 404
    assert "/buyers/webhook" in answer["message"]


async def test_another_method_is_405_and_says_which_to_use(post):
    response = await post.client.get("/buyers/webhook")
    assert (response.status, response.headers["Allow"]) == (405, "POST")
    assert "POST" in (await response.json())["message"]


# ── replies ──────────────────────────────────────────────────────────────────


@pytest.fixture
def conversation() -> Conversation:
    incoming = read_event(recorded("question_about_parcel"), NOW)
    return Conversation.begun(incoming, "default", "MX").received(incoming, NOW)


@pytest.fixture
def reply(conversation) -> Reply:
    return Reply(
        key=reply_key(conversation.id, 1),
        text="Su paquete está en camino 🙂",
        language="es",
        name="Olga",
        approved_by="console:olga",
        approved_at=NOW,
    )


class Relay:
    """What stands behind PARLEY_WEBHOOK_REPLY_URL; answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[], Awaitable[web.StreamResponse]] = self.sent

    async def sent(self) -> web.Response:
        return web.json_response({"status": "sent", "external_id": 99})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((dict(request.headers), await request.read()))
        return await self.answer()

    def says(self, body: Any, status: int = 200, **headers: str) -> None:
        text = body if isinstance(body, str) else json.dumps(body)

        async def answer() -> web.Response:
            return web.Response(text=text, status=status, headers=headers)

        self.answer = answer


@pytest.fixture
def relay() -> Relay:
    return Relay()


@pytest.fixture
async def channel(aiohttp_server, relay, client_of_ours) -> SignedWebhook:
    app = web.Application()
    app.router.add_post("/replies", relay.handle)
    server = await aiohttp_server(app)
    url = str(server.make_url("/replies"))
    return SignedWebhook(settings(webhook_reply_url=url), client_of_ours, lambda: NOW)


async def test_a_reply_goes_out_in_the_format_of_the_contract_signed_like_what_comes_in(
    channel, relay, conversation, reply
):
    assert await channel.send(reply, conversation) == Receipt(external_id="99")

    [(headers, body)] = relay.requests
    assert json.loads(body) == {
        "v": 1,
        "type": "message.outbound",
        "id": reply.key,
        "channel": "mercadolibre",
        "account": "MLM-1",
        "thread": {"id": "pack:2315686468"},
        "to": {"id": "523132944"},
        "message": {"text": reply.text, "language": "es", "attachments": []},
        "idempotency_key": reply.key,
        "approved_by": "console:olga",
        "approved_at": "2026-11-21T10:00:30Z",
    }
    assert headers["webhook-id"] == reply.key
    lower = {name.lower(): value for name, value in headers.items()}
    Signer(SecretStr(SECRET)).check(lower, body, NOW)


async def test_the_same_reply_again_is_the_same_bytes_under_the_same_key(
    channel, relay, conversation, reply
):
    await channel.send(reply, conversation)
    await channel.send(reply, conversation)
    assert relay.requests[0][1] == relay.requests[1][1]
    assert channel.can.idempotent


async def test_a_refusal_of_the_relay_says_why(channel, relay, conversation, reply):
    relay.says({"status": "rejected", "code": "PERSONAL_DATA", "reason": "No phone numbers."})
    with pytest.raises(Rejected, match="No phone numbers") as refused:
        await channel.send(reply, conversation)
    assert refused.value.code == "PERSONAL_DATA"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
async def test_another_4xx_is_final(channel, relay, conversation, reply, status):
    relay.says("<html>no</html>", status)
    with pytest.raises(Rejected, match=str(status)):
        await channel.send(reply, conversation)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (408, Unavailable),
        (425, Unavailable),
        (429, Unavailable),
        (500, Unsure),
        (502, Unsure),
        (503, Unsure),
        (504, Unsure),
    ],
)
async def test_what_passes_by_itself_is_tried_again_when_the_relay_says(
    channel, relay, conversation, reply, status, told
):
    """Fault case 8: after a 5xx the relay may have it, so it can neither be undone nor outdated."""
    relay.says({"status": "rejected"}, status, **{"Retry-After": "30"})
    with pytest.raises(told) as away:
        await channel.send(reply, conversation)
    assert away.value.retry_after_s == 30


async def test_a_relay_may_ask_for_a_retry_in_its_answer(channel, relay, conversation, reply):
    at = "Sat, 21 Nov 2026 10:01:30 GMT"
    relay.says({"status": "retry", "reason": "thread is locked"}, **{"Retry-After": at})
    with pytest.raises(Unavailable, match="thread is locked") as away:
        await channel.send(reply, conversation)
    assert away.value.retry_after_s == 60


@pytest.mark.parametrize(
    "answer", ["", "OK", "<html>welcome</html>", "[]", '{"status":"SENT"}', "x" * 200_000]
)
async def test_a_200_that_does_not_say_what_became_of_the_reply_is_not_believed(
    channel, relay, conversation, reply, answer
):
    """Fault case 26: the key makes trying again safe, so nothing is taken for sent."""
    relay.says(answer)
    with pytest.raises(Unsure):
        await channel.send(reply, conversation)


async def test_a_redirect_is_not_followed(channel, relay, conversation, reply):
    """Reliability D, SSRF: a signed reply goes to the address that was set, or nowhere."""
    relay.says("", 307, Location="http://169.254.169.254/latest")
    with pytest.raises(Rejected, match="PARLEY_WEBHOOK_REPLY_URL"):
        await channel.send(reply, conversation)
    assert len(relay.requests) == 1


async def test_a_relay_that_takes_the_reply_and_hangs_up_is_tried_again(
    unused_tcp_port_factory, client_of_ours, conversation, reply
):
    """Fault case 8: the client itself repeats nothing; the worker does, with the same key."""
    taken = []

    async def take_and_hang_up(reader, writer) -> None:
        taken.append(await reader.readuntil(b"}}"[:1]))
        writer.close()

    server = await asyncio.start_server(take_and_hang_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/"
        channel = SignedWebhook(settings(webhook_reply_url=url), client_of_ours, lambda: NOW)
        with pytest.raises(Unsure):
            await channel.send(reply, conversation)
    assert len(taken) == 1


async def test_a_relay_that_is_not_there_is_unavailable(
    unused_tcp_port, client_of_ours, conversation, reply
):
    url = f"http://127.0.0.1:{unused_tcp_port}/"
    channel = SignedWebhook(settings(webhook_reply_url=url), client_of_ours, lambda: NOW)
    with pytest.raises(Unavailable, match="can't be reached"):
        await channel.send(reply, conversation)


async def test_without_an_address_the_reply_is_refused_and_the_setting_named(
    client_of_ours, conversation, reply
):
    channel = SignedWebhook(settings(), client_of_ours, lambda: NOW)
    with pytest.raises(Rejected, match="PARLEY_WEBHOOK_REPLY_URL"):
        await channel.send(reply, conversation)


# ── the shared edge ──────────────────────────────────────────────────────────


def test_a_rate_limiter_lets_go_again_after_its_time():
    now = [0.0]
    limiter = RateLimiter(2, 60, clock=lambda: now[0])
    assert [limiter.wait_s("a"), limiter.wait_s("a"), limiter.wait_s("a")] == [0, 0, 60]
    assert limiter.wait_s("b") == 0
    now[0] = 61
    assert limiter.wait_s("a") == 0


def test_a_rate_limiter_forgets_the_longest_unused_keys():
    limiter = RateLimiter(1, 60, keys=2, clock=lambda: 0.0)
    for key in ("a", "b", "c"):
        limiter.wait_s(key)
    assert limiter.wait_s("c") > 0
    assert limiter.wait_s("a") == 0


def test_the_conversation_of_a_message_is_derived_from_its_thread():
    incoming = read_event(recorded("question_about_parcel"), NOW)
    assert conversation_id(incoming.channel, incoming.thread_key) == (
        "webhook:mercadolibre/MLM-1/pack%3A2315686468"
    )
