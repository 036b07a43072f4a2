"""The web chat: a visitor's page on one side, the desk's store on the other."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import FormData, WSMsgType, web
from pydantic import SecretStr

from assistant.commands import ReceiveMessage
from assistant.errors import Unavailable
from assistant.model import Conversation, Incoming, Reply, ReplyKey
from assistant.ports import Change
from assistant.settings import Settings, Storefront
from connectors.buyers.webchat import Visitor, Visitors, WebChat, feed_of
from connectors.buyers.webchat.uploads import MAX_BYTES, type_of
from connectors.files import FolderFiles
from connectors.store import RedisStore

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SECRET = SecretStr("a secret of more than 32 characters")
SHOP = "https://shop.example"
OTHER_SHOP = "https://andere.example"
PATIENCE_S = 5
WEB = Path(__file__).parents[1] / "connectors" / "buyers" / "webchat" / "web"
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 50


class Watched:
    """The real store; remembers what was enqueued and announced, and can be away."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store
        self.down = False
        self.commands: list[ReceiveMessage] = []
        self.announced: list[Change] = []
        self.listened_to = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def enqueue(self, command: ReceiveMessage, *, once: str | None = None) -> bool:
        if self.down:
            raise Unavailable("The store is away.")
        fresh = await self._store.enqueue(command, once=once)
        if fresh:
            self.commands.append(command)
        return fresh

    async def announce(self, change: Change) -> None:
        self.announced.append(change)
        await self._store.announce(change)

    async def changes(self) -> AsyncIterator[Change]:
        async for change in self._store.changes():
            self.listened_to.set()
            yield change

    async def until_listened_to(self) -> None:
        """The process that serves pages hears the news."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.listened_to.is_set():
                await self._store.announce(Change("hello", ""))
                await asyncio.sleep(0.01)

    @property
    def incoming(self) -> list[Incoming]:
        return [command.incoming for command in self.commands]


class Page:
    """A visitor's open page, as the script in it behaves on the wire."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, **frame: Any) -> None:
        await self.socket.send_str(json.dumps({"v": 1, **frame}))

    async def message(self, id: str, text: str, **more: Any) -> dict[str, Any]:
        """Send a message and wait for its acknowledgement or error."""
        await self.say(type="msg", id=id, text=text, **more)
        return await self.heard("ack", "error")

    async def heard(self, *types: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                frame = await self.socket.receive_json()
                if frame["type"] in types:
                    return frame

    async def texts(self, n: int) -> list[str]:
        return [(await self.heard("msg"))["text"] for _ in range(n)]

    async def closed(self) -> int | None:
        async with asyncio.timeout(PATIENCE_S):
            while (await self.socket.receive()).type is WSMsgType.TEXT:
                pass
        return self.socket.close_code


class Site:
    """One process that serves the chat."""

    def __init__(self, client: Any, chat: WebChat) -> None:
        self.client, self.chat = client, chat
        self.origin = str(client.make_url("/")).rstrip("/")

    async def session(self, origin: str | None = None, **body: Any) -> dict[str, Any]:
        response = await self.client.post(
            "/chat/session", json=body, headers={"Origin": origin or self.origin}
        )
        assert response.status == 200, await response.text()
        return await response.json()

    async def open(self, token: str, *, origin: str | None = None, **hello: Any) -> Page:
        socket = await self.client.ws_connect(
            "/chat/socket", headers={"Origin": origin or self.origin}
        )
        page = Page(socket)
        await page.say(type="hello", token=token, **hello)
        return page

    async def welcome(self, token: str, **hello: Any) -> Page:
        page = await self.open(token, **hello)
        await page.heard("welcome")
        return page

    async def upload(
        self, token: str, content: bytes, name: str = "cup.png", origin: str | None = None
    ) -> aiohttp.ClientResponse:
        form = FormData(quote_fields=False)  # as browsers do
        form.add_field("file", BytesIO(content), filename=name, content_type="image/png")
        headers = {"Origin": origin or self.origin, "Authorization": f"Bearer {token}"}
        return await self.client.post("/chat/files", data=form, headers=headers)


@pytest.fixture
def watched(store: RedisStore) -> Watched:
    return Watched(store)


Serve = Callable[..., Awaitable[Site]]


@pytest.fixture
def serve(store: RedisStore, aiohttp_client, tmp_path) -> Serve:
    """Sites whose servers stop before the store does."""

    async def serve(watched: Watched, **more: Any) -> Site:
        settings = Settings(
            secret=SECRET,
            webhook_secret=SecretStr("whsec_" + "A" * 32),
            **{"origins": (SHOP, OTHER_SHOP), **more},
        )
        chat = WebChat(settings, watched, FolderFiles(tmp_path), lambda: NOW)
        app = web.Application(client_max_size=1 << 20)
        chat.mount(app)
        site = Site(await aiohttp_client(app), chat)
        await watched.until_listened_to()
        return site

    return serve


@pytest.fixture
async def site(serve: Serve, watched: Watched) -> Site:
    return await serve(watched)


@pytest.fixture
async def visitor(site: Site) -> dict[str, Any]:
    return await site.session()


@pytest.fixture
async def page(site: Site, visitor: dict[str, Any]) -> Page:
    return await site.welcome(visitor["token"])


def conversation(visitor: str) -> Conversation:
    incoming = Incoming.model_validate(
        {
            "channel": "webchat",
            "thread_key": visitor,
            "message_id": "m",
            "buyer": {"id": f"webchat:{visitor}"},
            "text": "",
            "received_at": NOW,
        }
    )
    return Conversation.begun(incoming, "default", None)


def reply(key: str, text: str) -> Reply:
    return Reply(
        key=ReplyKey(key),
        text=text,
        language="en",
        name="Olga",
        approved_by="console:olga",
        approved_at=NOW,
    )


# ── writing and reading ──────────────────────────────────────────────────────


async def test_a_message_is_durable_work_before_it_is_acknowledged(page, visitor, watched):
    ack = await page.message("message-1", "Where is my parcel?")

    assert (ack["type"], ack["id"], ack["seq"]) == ("ack", "message-1", 1)
    [incoming] = watched.incoming
    assert incoming.text == "Where is my parcel?"
    assert incoming.thread_key == visitor["visitor"]
    assert incoming.buyer.id == f"webchat:{visitor['visitor']}"
    assert (await watched.figures())["accepted"] == 1


async def test_a_page_with_a_very_long_title_is_no_reason_to_refuse_a_message(page, watched):
    ack = await page.message("message-1", "Hello?", title="Teapots " * 500)

    assert ack["type"] == "ack"
    [incoming] = watched.incoming
    assert incoming.text == "Hello?"


async def test_what_is_sent_again_is_the_same_message(page, watched, visitor):
    """Pain 8: an acknowledgement that was lost on the way doubles nothing."""
    first = await page.message("message-1", "Hello?")
    again = await page.message("message-1", "Hello?")

    assert again["seq"] == first["seq"]
    assert len(watched.commands) == 1
    assert len(await watched.after(feed_of(visitor["visitor"]), 0)) == 1


async def test_a_page_that_comes_back_gets_what_it_has_not_seen_and_nothing_twice(
    site, page, visitor
):
    """Issue item 4: resume by sequence number."""
    for n in (1, 2, 3):
        await page.message(f"message-{n}", f"line {n}")
    await page.socket.close()
    await site.chat.send(reply("reply_1", "answer"), conversation(visitor["visitor"]))

    again = await site.welcome(visitor["token"], seq=2)
    assert await again.texts(2) == ["line 3", "answer"]
    reloaded = await site.welcome(visitor["token"])
    assert await reloaded.texts(4) == ["line 1", "line 2", "line 3", "answer"]


async def test_a_reply_sent_by_one_process_appears_on_a_page_of_another(
    serve, site, page, visitor, embedded_url
):
    other = await RedisStore.open(embedded_url)
    elsewhere = await serve(Watched(other))
    receipt = await elsewhere.chat.send(
        reply("reply_1", "On its way!"), conversation(visitor["visitor"])
    )

    shown = await page.heard("msg")
    assert (shown["text"], shown["name"], shown["from"]) == ("On its way!", "Olga", "agent")
    assert receipt.external_id == str(shown["seq"])
    await elsewhere.client.close()
    await other.close()


async def test_the_same_reply_sent_twice_is_shown_once(site, visitor, watched):
    """`can.idempotent`: whoever crashed before noting that it was sent may send it again."""
    to = conversation(visitor["visitor"])
    first = await site.chat.send(reply("reply_1", "Done."), to)
    again = await site.chat.send(reply("reply_1", "Done."), to)

    assert first == again
    assert len(await watched.after(feed_of(visitor["visitor"]), 0)) == 1
    assert site.chat.can.idempotent


async def test_a_visitor_can_not_take_the_key_of_a_reply(site, page, visitor):
    """An id that a page made never stands in the way of what we answer."""
    await page.message("reply_1000", "mine")
    await site.chat.send(reply("reply_1000", "ours"), conversation(visitor["visitor"]))

    again = await site.welcome(visitor["token"])
    assert await again.texts(2) == ["mine", "ours"]


async def test_while_the_store_is_away_nothing_is_acknowledged_and_the_retry_is_kept(page, watched):
    """Fault cases 15 and 18: the page is told to keep what the visitor wrote."""
    watched.down = True
    refused = await page.message("message-1", "Hello?")
    assert (refused["code"], refused["id"]) == ("not_kept", "message-1")

    watched.down = False
    assert (await page.message("message-1", "Hello?"))["type"] == "ack"
    assert len(watched.commands) == 1


async def test_a_message_in_the_work_stream_but_not_in_the_feed_is_completed_by_the_retry(
    page, watched, visitor
):
    """Fault case 2: between the two writes the process died."""
    await page.message("message-1", "Hello?")
    [command] = watched.commands
    lost = command.model_copy(
        update={"incoming": command.incoming.model_copy(update={"message_id": "message-2"})}
    )
    await watched.enqueue(lost, once=lost.incoming.once)

    assert (await page.message("message-2", "Hello?"))["type"] == "ack"
    assert len(watched.commands) == 2
    assert len(await watched.after(feed_of(visitor["visitor"]), 0)) == 2


async def test_the_visitor_s_other_pages_show_what_was_written_and_read_on_one(site, page, visitor):
    other = await site.welcome(visitor["token"])
    await page.message("message-1", "from one page")
    shown = await other.heard("msg")
    assert (shown["from"], shown["text"]) == ("buyer", "from one page")

    await page.say(type="read", seq=shown["seq"])
    assert (await other.heard("read"))["seq"] == shown["seq"]


async def test_visitors_do_not_see_each_other(site, page, visitor):
    stranger = await site.session()
    other = await site.welcome(stranger["token"])
    await page.message("message-1", "private")
    await site.chat.send(reply("reply_1", "for you alone"), conversation(stranger["visitor"]))

    assert await other.texts(1) == ["for you alone"]
    assert stranger["visitor"] != visitor["visitor"]


async def test_typing_is_announced_to_the_team_and_not_with_every_key(page, watched, visitor):
    for _ in range(5):
        await page.say(type="typing")
    await page.message("message-1", "done typing")

    typing = [change for change in watched.announced if change.kind == "typing"]
    assert typing == [Change("typing", feed_of(visitor["visitor"]))]


async def test_who_the_visitor_is_comes_with_the_message(site, watched):
    """S1.3: what the buyer gave before writing is never asked for again."""
    session = await site.session(origin=SHOP)
    page = await site.welcome(session["token"], origin=SHOP, lang="pt-BR")
    about = {"name": " Ana\nSouza ", "email": "ana@example.com", "order": "# 10045"}
    await page.message(
        "message-1",
        "cadê meu pedido?",
        about=about,
        title="Teapot Ines",
        at="2026-11-21T09:00:00Z",
    )
    await page.message("message-2", "oi?", at="2099-01-01T00:00:00Z")

    first, second = watched.incoming
    assert (first.buyer.name, first.buyer.email) == ("Ana Souza", "ana@example.com")
    assert (first.buyer.locale, first.buyer.verified) == ("pt-BR", False)
    assert first.order_refs == ("10045",)
    assert (first.account, first.subject) == ("shop.example", "Teapot Ines")
    assert first.sent_at == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert second.sent_at is None
    assert second.buyer.email == "ana@example.com"


async def test_nulls_controls_and_half_characters_are_cleaned_not_fatal(page, watched):
    """Fault case 32."""
    ack = await page.message("message-1", "caf\u0000é\ud83d\r\nnext\u001b[0m")
    assert ack["type"] == "ack"
    assert watched.incoming[0].text == "café\ufffd\nnext[0m"


# ── limits ───────────────────────────────────────────────────────────────────


async def test_a_text_over_its_limit_is_refused_by_how_much_and_nothing_is_kept(page, watched):
    over = await page.message("message-1", "😀" * 4_003)
    assert (over["code"], over["id"], over["over"]) == ("too_long", "message-1", 3)
    assert not watched.commands
    assert (await page.message("message-2", "😀" * 4_000))["type"] == "ack"


async def test_the_twenty_first_message_of_a_minute_waits(page, watched):
    for n in range(20):
        assert (await page.message(f"message-{n}", "hi"))["type"] == "ack"
    refused = await page.message("message-20", "hi")
    assert refused["code"] == "too_fast"
    assert 0 < refused["retry_after_s"] <= 60
    assert len(watched.commands) == 20


async def test_a_visitor_s_sixth_page_is_refused_until_one_is_closed(site, visitor):
    pages = [await site.welcome(visitor["token"]) for _ in range(5)]
    assert await (await site.open(visitor["token"])).closed() == 4429

    await pages[0].socket.close()
    deadline = time.monotonic() + PATIENCE_S
    while (opened := await site.open(visitor["token"])) and time.monotonic() < deadline:
        message = await opened.socket.receive()
        if message.type is WSMsgType.TEXT:
            break
    assert json.loads(message.data)["type"] == "welcome"


async def test_a_frame_over_its_limit_closes_the_socket(page, watched):
    await page.say(type="msg", id="message-1", text="x" * (65 << 10))
    assert await page.closed() == 1009
    assert not watched.commands


FRAMES = {
    "not JSON": "{",
    "a list": "[]",
    "nested deeply": "[" * 20_000,
    "no type": '{"v":1}',
    "an unknown type": '{"v":1,"type":"admin"}',
    "another version": '{"v":2,"type":"typing"}',
    "no id": '{"v":1,"type":"msg","text":"a"}',
    "an id with odd characters": '{"v":1,"type":"msg","id":"a b:c/d#e","text":"a"}',
    "text a number": '{"v":1,"type":"msg","id":"message-1","text":5}',
    "six files": json.dumps(
        {"v": 1, "type": "msg", "id": "message-1", "text": "a", "files": ["x"] * 6}
    ),
    "seq negative": '{"v":1,"type":"read","seq":-1}',
}


@pytest.mark.parametrize("case", FRAMES)
async def test_a_frame_that_is_none_gets_an_error_and_the_page_goes_on(page, watched, case):
    await page.socket.send_str(FRAMES[case])
    assert (await page.heard("error"))["code"] == "frame"
    assert (await page.message("message-9", "still here"))["type"] == "ack"
    assert len(watched.commands) == 1


async def test_an_empty_message_is_none(page, watched):
    assert (await page.message("message-1", " \n "))["code"] == "empty"
    assert not watched.commands


# ── who may ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "shop.example", ""])
async def test_a_page_that_is_not_listed_opens_nothing(site, visitor, origin, watched):
    """Reliability D: signed session, origin allow-list; every door of it."""
    headers = {} if origin is None else {"Origin": origin}
    bearer = {**headers, "Authorization": f"Bearer {visitor['token']}"}
    for path, more in (("/chat/session", headers), ("/chat/files", bearer)):
        response = await site.client.post(path, headers=more, json={})
        assert response.status == 403
        assert "token" not in await response.text()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await site.client.ws_connect("/chat/socket", headers=headers)
    assert refused.value.status == 403


async def test_a_refused_origin_is_told_which_setting_to_change(site):
    """Its page can read the refusal, and nothing else: the chat there says what is wrong."""
    asked = {"Origin": "https://evil.example"}
    assert (await site.client.options("/chat/session", headers=asked)).status == 204
    response = await site.client.post("/chat/session", headers=asked)
    assert response.headers["Access-Control-Allow-Origin"] == "https://evil.example"
    answer = await response.json()
    assert answer["error"] == "origin"
    assert "PARLEY_ORIGINS" in answer["message"]


@pytest.mark.parametrize("origin", [SHOP, "HTTPS://SHOP.EXAMPLE:443"])
async def test_a_listed_page_may_ask_across_origins(site, origin):
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    preflight = await site.client.options("/chat/session", headers=asked)
    assert preflight.status == 204
    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"].lower()
    response = await site.client.post("/chat/session", headers={"Origin": origin}, json={})
    assert response.headers["Access-Control-Allow-Origin"] == origin
    assert response.headers["Vary"] == "Origin"


async def test_behind_a_proxy_the_public_address_is_our_own(serve, watched):
    site = await serve(watched, public_url="https://desk.example/")
    assert (await site.session(origin="https://desk.example"))["token"]


async def test_a_session_is_renewed_for_the_same_visitor(site, visitor):
    again = await site.session(token=visitor["token"])
    assert again["visitor"] == visitor["visitor"]
    assert again["limits"] == {"chars": 4000, "files": 5, "bytes": MAX_BYTES}


def _tampered(token: str) -> str:
    return ("A" if token[0] != "A" else "B") + token[1:]


async def test_a_token_that_is_not_ours_is_nobody_s(site, visitor):
    foreign = Visitors(SecretStr("another secret of over 32 characters")).token(
        Visitor(visitor["visitor"], "")
    )
    for token in ("", "x", _tampered(visitor["token"]), foreign):
        assert (await site.session(token=token))["visitor"] != visitor["visitor"]
        assert await (await site.open(token)).closed() == 4401


async def test_one_shop_s_visitor_is_a_stranger_to_another_shop(site):
    """Design 2: nothing crosses storefronts."""
    here = await site.session(origin=SHOP)
    there = await site.session(origin=OTHER_SHOP, token=here["token"])
    assert there["visitor"] != here["visitor"]
    assert await (await site.open(here["token"], origin=OTHER_SHOP)).closed() == 4401


async def test_the_first_frame_must_say_who_it_is(site):
    socket = await site.client.ws_connect("/chat/socket", headers={"Origin": site.origin})
    await socket.send_str('{"v":1,"type":"typing"}')
    assert await Page(socket).closed() == 4401


async def test_a_session_that_is_not_its_format_says_so(site):
    response = await site.client.post(
        "/chat/session", data=b'{"token":5}', headers={"Origin": site.origin}
    )
    assert response.status == 400
    assert (await response.json())["field"] == "token"


async def test_a_process_that_stops_lets_its_pages_go_to_another(site, page):
    closing = asyncio.create_task(site.client.server.close())
    assert await page.closed() == 1001
    await closing


# ── attachments ──────────────────────────────────────────────────────────────


async def test_an_attachment_reaches_the_desk_and_comes_back_to_its_visitor_alone(
    site, page, visitor, watched
):
    response = await site.upload(visitor["token"], PNG, "Tasse kaputt.png")
    assert response.status == 201
    ticket = (await response.json())["file"]
    await page.message("message-1", "", files=[ticket])

    [attachment] = watched.incoming[0].attachments
    assert (attachment.name, attachment.mime) == ("Tasse kaputt.png", "image/png")
    [shown] = (await page.heard("msg"))["files"]
    served = await site.client.get(shown["href"])
    assert await served.read() == PNG
    assert served.headers["Content-Type"] == "image/png"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in served.headers["Content-Security-Policy"]


async def test_a_ticket_of_another_visitor_is_not_taken(site, page, watched):
    stranger = await site.session()
    ticket = (await (await site.upload(stranger["token"], PNG)).json())["file"]
    assert (await page.message("message-1", "look", files=[ticket]))["code"] == "file_gone"
    assert (await page.message("message-2", "look", files=["x"]))["code"] == "file_gone"
    assert not watched.commands


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "image/heic"),
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        ("Rechnung für Lena".encode(), "text/plain"),
        ("日本語".encode()[:-1], "text/plain"),
        (b"", None),
        (b"MZ\x90\x00\x03", None),
        (b"PK\x03\x04", None),
        (b"\x7fELF", None),
        (b"\x1f\x8b\x08\x00", None),
        (b"caf\xe9 latin", None),
        (b"text\x00with null", None),
    ],
)
def test_what_a_file_is_is_read_from_its_bytes(content, mime):
    assert type_of(content) == mime


async def test_a_kind_that_is_not_taken_is_415_whatever_it_calls_itself(site, visitor):
    response = await site.upload(visitor["token"], b"MZ\x90\x00" * 50, "photo.png")
    assert response.status == 415
    assert "PDF" in (await response.json())["message"]


async def test_a_page_in_disguise_is_offered_for_download_and_never_run(site, visitor):
    html = b"<!doctype html><script>alert(1)</script>"
    ticket = (await (await site.upload(visitor["token"], html, "a.html")).json())["file"]
    served = await site.client.get(f"/chat/files/{ticket}")
    assert served.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert served.headers["Content-Disposition"].startswith("attachment")


async def test_ten_megabytes_are_taken_and_a_byte_more_is_not(site, visitor, tmp_path):
    """Fault case 32: streamed, capped, and nothing of it stays."""
    whole = PNG + b"x" * (MAX_BYTES - len(PNG))
    assert (await site.upload(visitor["token"], whole)).status == 201
    kept = list((tmp_path / "files").rglob("*"))
    assert (await site.upload(visitor["token"], whole + b"x")).status == 413
    assert list((tmp_path / "files").rglob("*")) == kept


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/json"),
        (b"", "multipart/form-data"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"--x\r\n" * 10_000, "multipart/form-data; boundary=x"),
    ],
)
async def test_an_upload_that_is_none_is_400(site, visitor, body, kind):
    headers = {
        "Origin": site.origin,
        "Authorization": f"Bearer {visitor['token']}",
        "Content-Type": kind,
    }
    response = await site.client.post("/chat/files", data=body, headers=headers)
    assert response.status == 400
    assert (await response.json())["field"] == "file"


async def test_without_a_session_nothing_is_uploaded_or_shown(site, visitor):
    assert (await site.upload("", PNG)).status == 401
    assert (await site.upload(_tampered(visitor["token"]), PNG)).status == 401
    ticket = (await (await site.upload(visitor["token"], PNG)).json())["file"]
    assert (await site.client.get(f"/chat/files/{_tampered(ticket)}")).status == 404
    assert (await site.client.get(f"/chat/files/{visitor['token']}")).status == 404


async def test_uploads_are_limited_too(site, visitor):
    statuses = [(await site.upload(visitor["token"], PNG)).status for _ in range(21)]
    assert statuses == [201] * 20 + [429]


# ── the page ─────────────────────────────────────────────────────────────────


async def test_the_page_runs_no_script_but_ours(serve, watched):
    site = await serve(watched, storefronts=(Storefront(brand='Tea & "Pots" <b>'),))
    response = await site.client.get("/chat")
    html = await response.text()
    policy = response.headers["Content-Security-Policy"]

    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "Tea &amp; &quot;Pots&quot; &lt;b&gt;" in html
    assert not re.search(r"<script(?![^>]* src=)|\son[a-z]+=|<style|javascript:", html)


async def test_everything_the_page_needs_is_served(site):
    for path in [f"/chat/web/{file.name}" for file in WEB.iterdir() if file.suffix != ".html"]:
        response = await site.client.get(path)
        assert response.status == 200, path
        again = await site.client.get(path, headers={"If-None-Match": response.headers["ETag"]})
        assert again.status == 304
    assert (await site.client.get("/chat/web/nothing.js")).status == 404
    assert (await site.client.get("/chat/web/..%2fchannel.py")).status == 404


async def test_the_one_line_needs_no_framework_and_stays_small(site):
    loader = await site.client.get("/chat.js")
    assert loader.headers["Content-Type"].startswith("text/javascript")
    assert len(await loader.read()) < 2_000
    assert sum(file.stat().st_size for file in WEB.iterdir()) < 100_000


TEXTS: dict[str, dict[str, str]] = json.loads((WEB / "texts.json").read_text())


@pytest.mark.parametrize("language", TEXTS)
def test_every_language_says_everything(language):
    """S1.6: the buyer's page is in the buyer's language."""
    said = TEXTS[language]
    assert said.keys() == TEXTS["en"].keys()
    for key, text in said.items():
        assert text.strip()
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", TEXTS["en"][key])), key


def test_the_languages_of_the_first_markets_are_there():
    wanted = {"en", "de", "fr", "es", "it", "pt-BR", "ja", "ko", "zh-Hans", "zh-Hant"}
    assert wanted <= TEXTS.keys()


async def test_a_quiet_feed_is_looked_at_after_a_gap_in_the_news(site, page, visitor, watched):
    """Whatever was said while the subscription was down is shown as soon as it is back."""
    gap = "webchat:" + visitor["visitor"]
    store = watched._store
    await store.append(gap, json.dumps({"type": "msg", "from": "agent", "text": "late"}), once="x")
    await store.announce(Change("again", ""))
    assert await page.texts(1) == ["late"]
