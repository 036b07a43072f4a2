"""eBay: polled and pushed, its signatures, its tokens, and what becomes of a reply (S2.2)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio as redis
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from assistant.commands import AddNote
from assistant.errors import Rejected, Unavailable, Unsure
from assistant.model import Attachment, ConversationId, Incoming, MessageId
from assistant.playbooks import Playbooks
from assistant.ports import cursor_of
from connectors import marketplaces
from connectors.store import RedisStore
from tests.fakes import START, World
from tests.markets_stage import SHORT, Stage, answer, conversation, recorded
from tests.provider import BAD_GATEWAY, CUT_AFTER, HANGS, Asked, Says, nowhere

API = "/commerce/message/v1"
ENVIRONMENT = {
    "app_id": "App-1",
    "cert_id": "Cert-1",
    "refresh_token": "v^1.1#refresh",
    "username": "linenhouse-de",
    "verification_token": "a-token-of-thirty-two-characters-x",
    "media_hosts": "127.0.0.1",
}


@pytest.fixture
async def ebay(store: RedisStore, tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage("ebay", store, tmp_path, ENVIRONMENT) as stage:
        stage.say.on("POST", "/identity/v1/oauth2/token", Says(200, answer("ebay/out/token")))
        stage.say.on("GET", f"{API}/conversation", Says(200, answer("ebay/out/conversations")))
        stage.say.on("GET", f"{API}/conversation/77001", Says(200, answer("ebay/out/messages")))
        stage.say.on("POST", f"{API}/update_conversation", Says(204, b""))
        yield stage


def with_key(stage: Stage) -> None:
    """eBay gives its own sample's key for any id."""
    path = "/commerce/notification/v1/public_key/.*"
    stage.say.on("GET", path, Says(200, answer("ebay/out/public_key")))


def header_of(name: str) -> str:
    path = Path(__file__).parent / "fixtures" / "buyers" / "ebay" / "in" / f"{name}.headers"
    return path.read_text("utf-8").partition(": ")[2].strip()


class Signer:
    """eBay's side, with keys of our own making."""

    def __init__(self, stage: Stage, id: str = "a-key-of-ours-1", digest: str = "SHA256") -> None:
        self.key, self.id = ec.generate_private_key(ec.SECP256R1()), id
        pem = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        told = {"key": pem.decode().replace("\n", ""), "algorithm": "ECDSA", "digest": digest}
        path = f"/commerce/notification/v1/public_key/{id}"
        stage.say.on("GET", path, Says(200, told))

    def __call__(self, body: bytes) -> str:
        signature = base64.b64encode(self.key.sign(body, ec.ECDSA(SHA256()))).decode()
        told = {"alg": "ecdsa", "kid": self.id, "signature": signature, "digest": "SHA256"}
        return base64.b64encode(json.dumps(told).encode()).decode()


# ── notifications ────────────────────────────────────────────────────────────


async def test_ebay_s_own_sample_is_taken_and_its_forgeries_are_not(ebay: Stage) -> None:
    """The messages, signatures and key of eBay's event-notification SDK."""
    with_key(ebay)
    real, signature = recorded("ebay/in/account_deletion"), header_of("account_deletion")
    forged = recorded("ebay/in/account_deletion_tampered")
    other = header_of("account_deletion_mismatch")

    assert (await ebay.push(real, X_EBAY_SIGNATURE=signature))[0] == 200
    assert (await ebay.push(forged, X_EBAY_SIGNATURE=signature))[0] == 401
    assert (await ebay.push(real, X_EBAY_SIGNATURE=other))[0] == 401
    assert (await ebay.push(real + b" ", X_EBAY_SIGNATURE=signature))[0] == 401
    assert (await ebay.push(real))[0] == 401
    assert len(ebay.say.at("/commerce/notification/.*")) == 1, "a key is fetched once"
    [asked] = ebay.say.at("/identity/v1/oauth2/token")
    assert asked.form["grant_type"] == "client_credentials"
    assert await ebay.arrived() == []


@pytest.mark.parametrize(
    "header",
    [
        "not base64 at all!",
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b'{"kid":"x"}').decode(),
        base64.b64encode(b'{"kid":"../../secret","signature":"AAAA"}').decode(),
        base64.b64encode(b"{" * 5_000).decode(),
    ],
)
async def test_a_signature_that_is_none_is_refused_and_nobody_is_asked(
    ebay: Stage, header: str
) -> None:
    body = recorded("ebay/in/new_message")
    assert (await ebay.push(body, X_EBAY_SIGNATURE=header))[0] == 401
    assert ebay.say.asked == []


async def test_a_message_pushed_at_once_twice_and_late_and_polled_is_one(ebay: Stage) -> None:
    body = recorded("ebay/in/new_message")
    signed = Signer(ebay)(body)
    both = await asyncio.gather(*(ebay.push(body, X_EBAY_SIGNATURE=signed) for _ in range(2)))
    ebay.clock.passes(hours=6)
    late = [await ebay.push(body, X_EBAY_SIGNATURE=signed) for _ in range(3)]
    await ebay.channel.poll("", ebay.take)

    assert sorted(json.loads(said)["status"] for _, said in both) == ["accepted", "duplicate"]
    assert {json.loads(said)["status"] for _, said in late} == {"duplicate"}
    [said] = [one for one in await ebay.arrived() if one.kind == "message"]
    assert isinstance(said, Incoming)
    assert (said.thread_key, said.message_id, said.text) == (
        "77001",
        "5551",
        "Is there a size standard?",
    )
    assert (said.buyer.id, said.buyer.verified, said.platform) == ("ebay:reader_796", True, "ebay")
    assert said.attachments == ()


async def test_what_is_not_for_us_is_acknowledged_and_dropped(ebay: Stage) -> None:
    sign = Signer(ebay)
    system = recorded("ebay/in/new_message").replace(b"FROM_MEMBERS", b"FROM_EBAY")
    other = recorded("ebay/in/new_message").replace(b"NEW_MESSAGE", b"ITEM_MARKED_SHIPPED")
    stranger = recorded("ebay/in/new_message").replace(b'"linenhouse-de"', b'"somebody"')
    for body in (system, other, stranger):
        assert (await ebay.push(body, X_EBAY_SIGNATURE=sign(body)))[0] == 200
    assert await ebay.arrived() == []


async def test_signed_nonsense_is_refused_by_its_field(ebay: Stage) -> None:
    sign = Signer(ebay)
    body = recorded("ebay/in/new_message").replace(b'"messageId":"5551",', b"")
    status, said = await ebay.push(body, X_EBAY_SIGNATURE=sign(body))
    assert (status, json.loads(said)["field"]) == (400, "notification.data.messageId")


async def test_without_ebay_s_key_the_sender_is_told_to_come_back(ebay: Stage) -> None:
    """Not an answer that says “forged”: eBay would give up on a message of its own."""
    body = recorded("ebay/in/new_message")
    signed = Signer(ebay)(body)
    key = "/commerce/notification/v1/public_key/.*"
    ebay.say.on("GET", key, Says(404))
    unknown = base64.b64encode(b'{"kid":"no-such-key-1","signature":"AAAA"}').decode()
    assert (await ebay.push(body, X_EBAY_SIGNATURE=unknown))[0] == 401
    assert (await ebay.push(body, X_EBAY_SIGNATURE=unknown))[0] == 401
    assert len(ebay.say.at(key)) == 1, "an unknown key is not asked for again and again"
    ebay.say.on("GET", key, BAD_GATEWAY)
    assert (await ebay.push(body, X_EBAY_SIGNATURE=signed))[0] == 503
    assert await ebay.arrived() == []


async def test_the_endpoint_proves_itself_to_ebay(ebay: Stage) -> None:
    """sha256(challenge code + verification token + endpoint), as JSON."""
    token, endpoint = ENVIRONMENT["verification_token"], "https://parley.example/buyers/ebay"
    async with ebay.client.get(f"{ebay.url}?challenge_code=abc") as response:
        assert (response.status, response.content_type) == (200, "application/json")
        told = await response.json()
    assert told == {
        "challengeResponse": hashlib.sha256(f"abc{token}{endpoint}".encode()).hexdigest()
    }
    async with ebay.client.get(ebay.url) as response:
        assert response.status == 400


# ── polling ──────────────────────────────────────────────────────────────────


def message(n: int, at: Any, sender: str = "reader_796", **more: Any) -> dict[str, Any]:
    return {
        "messageId": f"m{n}",
        "messageBody": f"message {n}",
        "createdDate": at.isoformat().replace("+00:00", "Z"),
        "senderUsername": sender,
        **more,
    }


class Inbox:
    """eBay's list, as its pages describe it: by the time of the last message, in pages."""

    def __init__(self, stage: Stage) -> None:
        self.talks: dict[str, list[dict[str, Any]]] = {}
        stage.say.on("GET", f"{API}/conversation", self.listed)
        stage.say.on("GET", f"{API}/conversation/[^/]+", self.messages)

    def listed(self, asked: Asked) -> Says:
        since = asked.query["start_time"]
        assert asked.query["conversation_type"] == "FROM_MEMBERS"
        found = [
            {"conversationId": id, "latestMessage": said[-1], "conversationTitle": "Linen shirt"}
            for id, said in self.talks.items()
            if said[-1]["createdDate"] > since
        ]
        return Says(200, {"conversations": self._page(asked, found), "total": len(found)})

    def messages(self, asked: Asked) -> Says:
        said = self.talks[asked.path.rpartition("/")[2]]
        return Says(200, {"messages": self._page(asked, said[::-1]), "total": len(said)})

    @staticmethod
    def _page(asked: Asked, all: list[Any]) -> list[Any]:
        start, most = int(asked.query["offset"]), int(asked.query["limit"])
        assert most <= 50
        return all[start : start + most]


async def test_a_poll_reads_what_buyers_wrote_since_the_last(ebay: Stage) -> None:
    ebay.clock.at = START - timedelta(hours=12)
    await ebay.channel.poll("", ebay.take)
    ours, said = sorted(await ebay.arrived(), key=lambda one: one.kind, reverse=True)
    assert isinstance(said, Incoming)
    assert isinstance(ours, Incoming)
    assert (ours.kind, ours.text) == ("ours", "Thank you for your order."), "a colleague's, perhaps"
    assert ours.buyer == said.buyer
    assert said.subject == "Question about your item"
    assert [(one.name, one.mime) for one in said.attachments] == [("label.jpg", "image/jpeg")]
    [asked] = ebay.say.at(f"{API}/conversation")
    assert asked.headers["authorization"] == f"Bearer {answer('ebay/out/token')['access_token']}"
    assert "conversation_status" not in asked.query, "what somebody read on eBay counts as well"


async def test_a_missed_poll_is_made_up_for_without_loss_or_doubles_over_restarts(
    ebay: Stage,
) -> None:
    """Pages, a failure in the middle, and a new process: each message once, in order."""
    inbox, at = Inbox(ebay), ebay.clock() - timedelta(hours=2)
    for n in range(55):
        inbox.talks[f"c{n}"] = [message(n, at + timedelta(seconds=n))]
    inbox.talks["long"] = [
        message(100 + n, at + timedelta(minutes=5, seconds=n)) for n in range(60)
    ]
    ebay.say.on("GET", f"{API}/conversation/c40", BAD_GATEWAY, inbox.messages)
    with pytest.raises(Unavailable):
        await ebay.channel.poll("", ebay.take)
    assert await ebay.store.kept(cursor_of("ebay", "")) != ebay.clock().isoformat()
    ebay.clock.passes(hours=3)
    inbox.talks["c1"].append(message(500, ebay.clock() - timedelta(minutes=1)))
    again = ebay.another()
    await again.poll("", ebay.take)
    await again.poll("", ebay.take)

    found = [one for one in await ebay.arrived() if isinstance(one, Incoming)]
    ids = [str(one.message_id) for one in found]
    assert sorted(ids) == sorted([f"m{n}" for n in (*range(55), *range(100, 160), 500)])
    long = [one.message_id for one in found if one.thread_key == "long"]
    assert long == [f"m{n}" for n in range(100, 160)], "oldest first within a thread"
    kept = await ebay.store.kept(cursor_of("ebay", ""))
    assert kept == (ebay.clock() - timedelta(minutes=1)).isoformat()


async def test_one_odd_entry_keeps_no_other_from_us(ebay: Stage) -> None:
    inbox, at = Inbox(ebay), ebay.clock() - timedelta(hours=1)
    inbox.talks["c1"] = [message(1, at), {"messageId": "no time"}, message(2, at)]
    inbox.talks["c1"].append(message(3, at + timedelta(minutes=1), sender="LinenHouse-DE"))
    await ebay.channel.poll("", ebay.take)
    found = [one for one in await ebay.arrived() if isinstance(one, Incoming)]
    assert sorted((one.message_id, one.kind) for one in found) == [
        ("m1", "message"),
        ("m2", "message"),
        ("m3", "ours"),
    ]


# ── tokens ───────────────────────────────────────────────────────────────────


async def test_an_odd_entry_on_a_full_page_does_not_hide_the_pages_after_it(ebay: Stage) -> None:
    """Nothing is lost: the cursor moves past all of them."""
    inbox, at = Inbox(ebay), ebay.clock() - timedelta(hours=2)
    for n in range(55):
        inbox.talks[f"c{n}"] = [message(n, at + timedelta(seconds=n))]
    inbox.talks["c7"] = [{**message(7, at), "messageId": ""}]
    inbox.talks["c54"] = [message(100 + n, at + timedelta(minutes=5, seconds=n)) for n in range(60)]
    inbox.talks["c54"][30]["messageId"] = ""
    await ebay.channel.poll("", ebay.take)
    told = {one.message_id for one in await ebay.arrived() if isinstance(one, Incoming)}
    assert {f"{message(n, at)['messageId']}" for n in (53, 100, 159)} <= told
    assert len(told) == 53 + 59


async def test_a_message_of_any_length_stops_no_poll(ebay: Stage) -> None:
    """What is too long is shown as far as it goes: nobody could be told to send less."""
    inbox, at = Inbox(ebay), ebay.clock() - timedelta(hours=2)
    inbox.talks["long"] = [{**message(1, at), "messageBody": "x" * 100_001}]
    inbox.talks["next"] = [message(2, at + timedelta(seconds=1))]
    await ebay.channel.poll("", ebay.take)
    first, second = await ebay.arrived()
    assert isinstance(first, Incoming)
    assert isinstance(second, Incoming)
    assert len(first.text) <= 100_000
    assert first.text.endswith("[…]")
    assert second.message_id == message(2, at)["messageId"]


@pytest.mark.parametrize("stamp", ["Infinity", float("inf"), "1e400", "nan", "-inf", "", None])
def test_a_time_that_no_clock_can_say_is_none_at_once(stamp: object) -> None:
    """JSON has numbers without an end: one of them must not hold up everybody."""
    assert marketplaces.at_ms(stamp, START) is None


async def test_a_token_is_renewed_once_however_many_want_it(ebay: Stage) -> None:
    """In one process and in two; it stays good for the next start, sealed."""
    first, second = ebay.channel, ebay.another()
    await asyncio.gather(*(one.poll("", ebay.take) for one in (first, second) * 5))
    [asked] = ebay.say.at("/identity/v1/oauth2/token")
    assert asked.form["refresh_token"] == "v^1.1#refresh"
    assert "https://api.ebay.com/oauth/api_scope/commerce.message" in asked.form["scope"]
    auth = base64.b64decode(asked.headers["authorization"].removeprefix("Basic "))
    assert auth == b"App-1:Cert-1"

    await ebay.another().poll("", ebay.take)
    assert len(ebay.say.at("/identity/v1/oauth2/token")) == 1
    kept = await ebay.store.kept("token:ebay:")
    assert kept
    assert "access" not in kept

    ebay.clock.passes(hours=2)
    await first.poll("", ebay.take)
    assert len(ebay.say.at("/identity/v1/oauth2/token")) == 2


async def test_a_token_that_ebay_takes_no_more_is_renewed_and_the_call_repeated(
    ebay: Stage,
) -> None:
    ebay.say.on("POST", "/identity/.*", *(Says(200, {"access_token": f"t{n}"}) for n in (1, 2)))
    ebay.say.on("POST", f"{API}/send_message", Says(401), Says(200, answer("ebay/out/sent")))
    receipt = await ebay.channel.send(ebay.reply(), talk())
    sent = ebay.say.at(f"{API}/send_message")
    assert [one.headers["authorization"] for one in sent] == ["Bearer t1", "Bearer t2"]
    assert receipt.external_id == "5552"


async def test_an_ended_consent_is_told_with_what_to_do(ebay: Stage) -> None:
    said = {"error": "invalid_grant", "error_description": "the refresh token is invalid"}
    ebay.say.on("POST", "/identity/v1/oauth2/token", Says(400, said))
    with pytest.raises(Rejected, match="EBAY_REFRESH_TOKEN"):
        await ebay.channel.poll("", ebay.take)


# ── replies ──────────────────────────────────────────────────────────────────


def talk(**changes: Any) -> Any:
    said = {
        "channel": "ebay",
        "thread_key": "77001",
        "message_id": MessageId("5551"),
        "buyer": {"id": "ebay:reader_796"},
        "text": "Is there a size standard?",
        **changes,
    }
    return conversation(Incoming.model_validate(said))


async def test_a_reply_goes_into_its_conversation_which_is_read_then(ebay: Stage) -> None:
    ebay.say.on("POST", f"{API}/send_message", Says(200, answer("ebay/out/sent")))
    receipt = await ebay.channel.send(ebay.reply("It is EU 52."), talk())
    assert receipt.external_id == "5552"
    assert ebay.say.at(f"{API}/send_message")[0].json == {
        "conversationId": "77001",
        "messageText": "It is EU 52.",
        "emailCopyToSender": False,
    }
    assert ebay.say.at(f"{API}/update_conversation")[0].json == {
        "conversationId": "77001",
        "conversationType": "FROM_MEMBERS",
        "read": True,
    }
    ebay.say.on("POST", f"{API}/update_conversation", BAD_GATEWAY)
    assert (await ebay.channel.send(ebay.reply(), talk())).external_id == "5552"


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (Says(400, answer("ebay/out/refused")), Rejected, "The conversation does not exist"),
        (Says(403, {}), Rejected, "403"),
        (Says(429, {}, {"Retry-After": "30"}), Unavailable, "429"),
        (Says(500, {}), Unsure, "500"),
        (BAD_GATEWAY, Unsure, "502"),
        (CUT_AFTER, Unsure, "did not finish"),
        (HANGS, Unsure, "in time"),
    ],
)
async def test_what_becomes_of_a_reply_is_never_guessed(
    ebay: Stage, monkeypatch: pytest.MonkeyPatch, said: Says, kind: type[Exception], words: str
) -> None:
    if said is HANGS:
        monkeypatch.setattr(marketplaces, "TIMEOUT", SHORT)
    ebay.say.on("POST", f"{API}/send_message", said)
    with pytest.raises(kind, match=words) as error:
        await ebay.channel.send(ebay.reply(), talk())
    assert len(ebay.say.at(f"{API}/send_message")) == 1, "no blind second try"
    if isinstance(error.value, Unavailable):
        assert error.value.retry_after_s == 30


async def test_a_marketplace_that_is_not_there_certainly_took_nothing(ebay: Stage) -> None:
    """With a token in hand, and without one."""
    ebay.say.on("POST", f"{API}/send_message", Says(200, answer("ebay/out/sent")))
    await ebay.channel.send(ebay.reply(), talk())
    away = ebay.another(api_url=nowhere())
    with pytest.raises(Unavailable, match="can't be reached"):
        await away.send(ebay.reply(), talk())
    ebay.clock.passes(days=30)
    with pytest.raises(Unavailable, match="can't be reached"):
        await ebay.another(api_url=nowhere()).send(ebay.reply(), talk())


async def test_a_reply_in_doubt_is_looked_for_among_the_messages(ebay: Stage) -> None:
    inbox, reply = Inbox(ebay), ebay.reply("It ships\n\ntomorrow.")
    before, after = ebay.clock() - timedelta(days=1), ebay.clock() + timedelta(seconds=20)
    same = {"messageBody": "It ships tomorrow."}
    inbox.talks["77001"] = [
        message(1, before, "linenhouse-de", **same),
        message(2, after, "reader_796", **same),
    ]
    assert await ebay.channel.find(reply, talk()) is None
    inbox.talks["77001"].append(message(3, after, "linenhouse-de", **same))
    found = await ebay.channel.find(reply, talk())
    assert found is not None
    assert found.external_id == "m3"


async def test_a_buyer_s_picture_is_copied_from_ebay_alone(ebay: Stage) -> None:
    ebay.say.on(
        "GET", "/i/label.jpg", Says(200, b"\xff\xd8picture", {"Content-Type": "image/jpeg"})
    )
    here = Attachment(name="label.jpg", mime="image/jpeg", url=f"{ebay.say.url}/i/label.jpg")
    copied = await ebay.channel.fetch(here, talk())
    assert copied.sha256 == hashlib.sha256(b"\xff\xd8picture").hexdigest()
    for url in (
        "http://169.254.169.254/latest/meta-data",
        "http://i.ebayimg.com/label.jpg",
        "https://i.ebayimg.com:6379/label.jpg",
        "https://i.ebayimg.com:99999999/label.jpg",
        "file://127.0.0.1/etc/passwd.ebayimg.example",
        "https://[::1/label.jpg",
    ):
        elsewhere = here.model_copy(update={"url": url})
        with pytest.raises(Rejected, match="are not fetched"):
            await ebay.channel.fetch(elsewhere, talk())
    ebay.say.on("GET", "/i/label.jpg", Says(302, b"", {"Location": "http://10.0.0.1/"}))
    with pytest.raises(Rejected, match="302"):
        await ebay.channel.fetch(here, talk())


# ── accounts that were closed ────────────────────────────────────────────────


async def everything(url: str) -> dict[str, str]:
    """All that the store's server holds, by its keys."""
    found: dict[str, str] = {}
    client = redis.Redis.from_url(url, decode_responses=True)
    async with client:
        async for key in client.scan_iter("*"):
            read = {
                "string": client.get,
                "hash": client.hgetall,
                "stream": client.xrange,
                "zset": lambda name: client.zrange(name, 0, -1),
            }.get(await client.type(key), client.type)
            found[key] = str(await read(key))
    return found


async def test_a_closed_account_is_erased_by_ebay_s_own_notice(
    ebay: Stage, playbooks: Playbooks, embedded_url: str
) -> None:
    """Their notice, signed by them: nothing of the member is found anywhere any more."""
    with_key(ebay)
    inbox, world = Inbox(ebay), World(store=ebay.store, playbooks=playbooks, clock=ebay.clock)
    world.more_channels = {"ebay": ebay.channel}
    at = ebay.clock() - timedelta(hours=1)
    told = {"messageBody": "My mug 88-4711 arrived broken, says Zenobia", "subject": "Zenobia"}
    inbox.talks["c1"] = [message(1, at, "test_user", **told)]
    inbox.talks["c2"] = [message(2, at, "another_member")]
    await ebay.channel.poll("", ebay.take)
    await world.work()
    about, other = ConversationId("ebay:c1"), ConversationId("ebay:c2")
    await world.handle(AddNote(conversation_id=about, text="Zenobia is a good customer"))
    await world.work()
    assert "Zenobia" in str(await everything(embedded_url))

    notice, signature = recorded("ebay/in/account_deletion"), header_of("account_deletion")
    for _ in range(2):
        assert (await ebay.push(notice, X_EBAY_SIGNATURE=signature))[0] == 200
        await world.work()
    left = await everything(embedded_url)
    trace = [key for key, value in left.items() if re.search("Zenobia|4711|test_user", key + value)]
    assert trace == []
    bare = await world.conversation(about)
    assert (bare.state, [one.text for one in bare.messages]) == ("closed", [""])
    assert "Zenobia" not in world.card(about).model_dump_json()
    assert (await world.conversation(other)).messages[0].text == "message 2", "nobody else's"
