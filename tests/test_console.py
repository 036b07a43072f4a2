"""The web console against a scripted desk and a real store: what it shows, hands on and refuses."""

from __future__ import annotations

import asyncio
import gzip
import html
import json
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientResponse, CookieJar, web
from aiohttp.test_utils import TestClient
from pydantic import SecretStr

from assistant.commands import (
    Action,
    AddNote,
    ApproveDraft,
    Assign,
    CheckText,
    Command,
    LookUp,
    OpenConversation,
    OpenReply,
    ReplayFailure,
    ShowConversation,
    ShowQueue,
    UndoApproval,
    WriteReply,
)
from assistant.errors import NotFound, Refused, Stale, Unavailable
from assistant.model import Actor, Attachment, ConversationId, PersonId
from assistant.ports import Change
from assistant.settings import Member, Settings
from assistant.surface.cards import (
    Answer,
    Button,
    Checked,
    ConversationCard,
    DraftCard,
    Flag,
    InfoCard,
    Line,
    QueueCard,
    ReplyForm,
    Row,
    Section,
    Summary,
    Tag,
)
from assistant.surface.grammar import look_up_of
from assistant.surface.moments import until
from assistant.words import say
from connectors.files import FolderFiles
from connectors.rooms.console import ConsoleRoom, make_login_link, mount
from connectors.rooms.console.pieces import country, plain, safe_link, segments, shortened
from connectors.rooms.console.render import MIMES
from connectors.store import RedisStore

ID = ConversationId("webchat:lena")
HOSTILE = "<img src=x onerror=alert(1)></textarea><script>alert('1')</script>{{ 7 * 7 }}"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 24
Client = TestClient[web.Request, web.Application]
Entering = Callable[..., Awaitable[Client]]


# ── a desk that says what it is told to ──────────────────────────────────────


def summary(**changes: Any) -> Summary:
    return Summary(
        **{
            "id": ID,
            "buyer": "Lena Weber",
            "flag": "🇩🇪",
            "via": "Amazon DE · e-mail",
            "excerpt": "Die Kanne kam zu spät",
            "tags": (Tag(text="angry", tone="warn"),),
            "waiting": "waiting 12 min",
            "owner": None,
            "state": "open",
            **changes,
        }
    )


def draft(**changes: Any) -> DraftCard:
    return DraftCard(
        **{
            "version": 1,
            "state": "proposed",
            "heading": "Draft 1 · German · offline",
            "text": "Guten Tag, Frau Weber, das tut mir leid.",
            "agent_text": "Hello Ms Weber, I am sorry.",
            "language": "de",
            "checked": "Checked: 1 tip",
            "why": ("damaged.1 allows a refund",),
            **changes,
        }
    )


BUTTONS = (
    Button(
        label="Approve & send",
        command=ApproveDraft(conversation_id=ID, version=1),
        style="primary",
        key="a",
    ),
    Button(label="Edit", command=OpenReply(conversation_id=ID, version=1), form="edit", key="e"),
    Button(label="Note", command=AddNote(conversation_id=ID, text=""), form="note", key="n"),
    Button(label="Assign", command=Assign(conversation_id=ID, to=None), form="assign"),
)


def card(**changes: Any) -> ConversationCard:
    return ConversationCard(
        **{
            "id": ID,
            "seq": 1,
            "version": 3,
            "summary": summary(),
            "due": "due tomorrow 12:53",
            "words": "Die Kanne kam drei Tage zu spät.",
            "means": "The pot came three days late.",
            "known": (Row(label="Order", value="10045 · Teapot Ines"),),
            "may": "Refund €34.90.",
            "mind": "Say: apologise, once. By 24 Nov 23:59: Make the refund.",
            "facts": (Section(title="Buyer", rows=(Row(label="Name", value="Lena Weber"),)),),
            "proof": ("damaged.1: allowed",),
            "draft": draft(),
            "buttons": BUTTONS,
            "thread": (
                Line(
                    kind="message",
                    at=datetime(2026, 11, 21, 12, tzinfo=UTC),
                    when="21 Nov 12:00",
                    who="Lena Weber",
                    text="Lena Weber wrote.",
                    said="Die Kanne kam drei Tage zu spät.",
                    language="de",
                    side="buyer",
                ),
            ),
            **changes,
        }
    )


FORM = ReplyForm(
    conversation_id=ID,
    based_on=1,
    seen_seq=1,
    heading="Reply to Lena Weber",
    text="Guten Tag",
    agent_text="Hello",
    language="de",
    checked="Checked: nothing to object to",
    max_chars=2000,
    may_override=False,
)
MARIA = Actor(id=PersonId("console:maria"), name="Maria")


class ScriptedDesk:
    """Answers by kind of command; keeps who asked what, and in which language."""

    def __init__(self) -> None:
        self.asked: list[tuple[Command, Actor, str]] = []
        self.answers: dict[type[Any], Answer | Exception] = {
            ShowQueue: Answer(
                card=QueueCard(rows=(summary(),), counts={"open": 1, "late": 1}, only="all")
            ),
            OpenConversation: Answer(card=card(), people=(MARIA,)),
            OpenReply: Answer(form=FORM),
        }

    async def handle(self, command: Command, actor: Actor, language: str = "en") -> Answer:
        self.asked.append((command, actor, language))
        answer = self.answers.get(type(command), Answer())
        if isinstance(answer, Exception):
            raise answer
        return answer

    def shows(self, **changes: Any) -> None:
        self.answers[OpenConversation] = Answer(card=card(**changes), people=(MARIA,))

    def told(self, kind: type[Any]) -> list[Any]:
        """The commands of one kind that were asked."""
        return [command for command, _, _ in self.asked if isinstance(command, kind)]


@pytest.fixture
def desk() -> ScriptedDesk:
    return ScriptedDesk()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        secret=SecretStr("a secret of the tests, long enough"),
        webhook_secret=SecretStr("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="),
        data=tmp_path,
    )


@pytest.fixture
def files(settings: Settings) -> FolderFiles:
    return FolderFiles(settings.data)


@pytest.fixture
def anybody(
    aiohttp_client: Any,
    desk: ScriptedDesk,
    store: RedisStore,
    settings: Settings,
    files: FolderFiles,
) -> Entering:
    """A browser that has not logged in."""

    async def opened(*, demo: bool = False, settings: Settings = settings) -> Client:
        app = web.Application()
        mount(app, desk=desk, store=store, settings=settings, files=files, demo=demo)
        client: Client = await aiohttp_client(app, cookie_jar=CookieJar(unsafe=True))
        return client

    return opened


@pytest.fixture
def entered(anybody: Entering, settings: Settings) -> Entering:
    """A browser in which somebody is logged in."""

    async def opened(name: str = "Olga", role: str = "agent", **how: Any) -> Client:
        client = await anybody(**how)
        await log_in(client, settings, name=name, role=role)
        return client

    return opened


def link(settings: Settings, **who: Any) -> str:
    """Path and query of a login link."""
    made = urlsplit(make_login_link(settings, base_url="http://parley.test", **who))
    return f"{made.path}?{made.query}"


async def log_in(client: Client, settings: Settings, **who: Any) -> None:
    token = link(settings, **who).partition("token=")[2]
    async with client.post("/login", data={"link": token}, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()


async def page(client: Client, path: str, status: int = 200) -> str:
    async with client.get(path) as answer:
        text = await answer.text()
        assert answer.status == status, text
        return text


async def token_of(client: Client) -> str:
    found = re.search(r'name="token" value="([0-9a-f]+)"', await page(client, "/"))
    assert found
    return found[1]


async def do(client: Client, command: Action, **fields: str) -> tuple[int, dict[str, Any]]:
    """Press a button as the script does."""
    body = {"token": await token_of(client), "command": command.model_dump_json(), **fields}
    headers = {"Accept": "application/json"}
    async with client.post("/console/do", data=body, headers=headers) as answer:
        return answer.status, await answer.json()


# ── coming in ────────────────────────────────────────────────────────────────


async def test_without_a_session_the_page_says_how_to_get_a_link(anybody: Entering) -> None:
    client = await anybody()

    told = await page(client, "/", status=401)

    assert "The terminal in which Parley runs prints a link" in told
    async with client.get("/console/parts", headers={"Accept": "application/json"}) as answer:
        assert (answer.status, (await answer.json())["loggedOut"]) == (401, True)


async def test_looking_at_a_link_uses_nothing_up_and_pressing_enters_once(
    anybody: Entering, settings: Settings
) -> None:
    """Chat programs fetch links for their previews."""
    client, other = await anybody(), await anybody()
    address = link(settings, name="Olga", role="lead")
    for _ in range(3):
        assert "Open the console as Olga (lead)" in await page(client, address)
    token = address.partition("token=")[2]

    async with client.post("/login", data={"link": token}) as answer:
        assert 'data-testid="queue"' in await answer.text()
    async with other.post("/login", data={"link": token}) as answer:
        assert answer.status == 422
        assert "each works once" in await answer.text()


@pytest.mark.parametrize("token", ["x", "eyJuYW1lIjoiT2xnYSJ9.aaaa.bbbb"])
async def test_a_link_that_is_not_ours_is_refused_with_what_to_do(
    anybody: Entering, token: str
) -> None:
    told = await page(await anybody(), f"/login?token={token}", status=422)

    assert "Ask a lead for a new one" in told


async def test_in_the_demo_the_printed_address_opens_the_desk_itself(
    anybody: Entering, settings: Settings
) -> None:
    client = await anybody(demo=True)
    address = link(settings, name="Olga", role="lead")
    async with client.head(address, allow_redirects=False) as answer:
        assert answer.status == 200

    first = await page(client, address)
    again = await page(client, address)

    assert 'data-testid="queue"' in first
    assert 'data-testid="try"' in first
    assert 'data-testid="queue"' in again, "who is in already is not turned away"


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    anybody: Entering, settings: Settings
) -> None:
    safe = settings.model_copy(update={"public_url": "https://desk.example"})
    client = await anybody(settings=safe)
    token = link(settings, name="Olga", role="agent").partition("token=")[2]

    async with client.post("/login", data={"link": token}, allow_redirects=False) as answer:
        cookie = answer.headers["Set-Cookie"]

    for part in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/", f"Max-Age={30 * 86400}"):
        assert part in cookie


async def test_a_cookie_that_was_touched_is_no_session(entered: Entering) -> None:
    client = await entered()
    jar = {one.key: one.value for one in client.session.cookie_jar}
    client.session.cookie_jar.clear()

    changed = jar["parley_session"][:-3] + "AAA"
    async with client.get("/", cookies={"parley_session": changed}) as answer:
        assert answer.status == 401


async def test_logging_out_ends_it(entered: Entering) -> None:
    client = await entered()
    async with client.post("/logout", data={"token": await token_of(client)}):
        await page(client, "/", status=401)


async def test_the_settings_file_says_who_a_name_is(
    anybody: Entering, desk: ScriptedDesk, settings: Settings
) -> None:
    mia = Member(id=PersonId("console:m1"), name="Mia Wang", role="lead")
    named = settings.model_copy(update={"members": (mia,)})
    client = await anybody(settings=named)

    await log_in(client, named, name="Mia Wang", role="lead")
    await page(client, "/")

    assert desk.asked[-1][1].id == "console:m1"


# ── what is shown ────────────────────────────────────────────────────────────


async def test_the_conversation_shows_words_facts_draft_and_its_reasons(entered: Entering) -> None:
    shown = await page(await entered(), f"/conversations/{quote(ID, safe='')}")

    for part in (
        '<div class="said own" lang="de" dir="auto">Die Kanne kam drei Tage zu spät.</div>',
        "The pot came three days late.",
        "10045 · Teapot Ines",
        "Refund €34.90.",
        "By 24 Nov 23:59: Make the refund.",
        "damaged.1: allowed",
        "damaged.1 allows a refund",
        "Hello Ms Weber, I am sorry.",
        "Approve &amp; send",
        'aria-current="page"',
    ):
        assert part in shown


async def test_what_a_buyer_writes_is_never_markup(entered: Entering, desk: ScriptedDesk) -> None:
    said = Line(
        kind="message",
        at=datetime(2026, 11, 21, 12, tzinfo=UTC),
        when="12:00",
        who=HOSTILE,
        text=HOSTILE,
        said=HOSTILE * 20,
        means=HOSTILE,
        language=HOSTILE,
        attachments=(Attachment(name=HOSTILE, mime="image/png", sha256="a" * 64),),
        earlier=(HOSTILE,),
        side="buyer",
    )
    desk.shows(
        words=HOSTILE,
        means=HOSTILE,
        summary=summary(buyer=HOSTILE, excerpt=HOSTILE, owner=HOSTILE),
        draft=draft(
            text=HOSTILE,
            flags=(Flag(severity="warn", start=2, end=9, message=HOSTILE, better=HOSTILE),),
        ),
        known=(Row(label="Order", value=HOSTILE, href="javascript:alert(1)"),),
        thread=(said,),
    )
    desk.answers[OpenReply] = Answer(form=FORM.model_copy(update={"text": HOSTILE}))
    client = await entered()

    shown = await page(client, f"/conversations/{ID}")
    _, told = await do(client, OpenReply(conversation_id=ID, version=1))

    for text in (shown, "".join(told["parts"].values())):
        assert HOSTILE not in text
        assert "<script>" not in text
        assert "onerror=alert(1)>" not in text
        assert "javascript:" not in text
    assert html.escape("{{ 7 * 7 }}") in shown


@pytest.mark.parametrize(
    "id",
    ["webhook:a/b", "webhook:ä ?#%", "webhook:100%2Foff", "email:<x@y.z>", "webchat:日本/../x"],
)
async def test_a_conversation_id_may_hold_any_character(
    entered: Entering, desk: ScriptedDesk, id: str
) -> None:
    client = await entered()
    rows = (summary(id=ConversationId(id)),)
    desk.answers[ShowQueue] = Answer(card=QueueCard(rows=rows, counts={}, only="all"))
    found = re.search(r'<a class="row" href="([^"]+)"', await page(client, "/"))
    assert found

    async with client.get(html.unescape(found[1])) as answer:
        assert answer.status == 200

    assert desk.told(OpenConversation)[-1].conversation_id == id


async def test_a_conversation_that_is_gone_says_so(entered: Entering, desk: ScriptedDesk) -> None:
    desk.answers[OpenConversation] = NotFound(say("There is no conversation {id}.", id="x"))

    assert "There is no conversation x." in await page(await entered(), "/conversations/x", 404)


async def test_filters_reach_the_desk_and_unknown_ones_mean_all(
    entered: Entering, desk: ScriptedDesk
) -> None:
    client = await entered()
    for asked, meant in (("mine", "mine"), ("unassigned", "unassigned"), ("x'--", "all")):
        await page(client, f"/?only={quote(asked)}")
        assert desk.told(ShowQueue)[-1].only == meant


async def test_an_empty_queue_says_what_will_happen(entered: Entering, desk: ScriptedDesk) -> None:
    desk.answers[ShowQueue] = Answer(card=QueueCard(rows=(), counts={}, only="all"))

    assert "New messages appear here by themselves." in await page(await entered(), "/")


async def test_a_draft_that_waits_out_its_undo_time_says_how_long(
    entered: Entering, desk: ScriptedDesk
) -> None:
    waits = draft(
        state="approved",
        status=Tag(text="Approved by Olga. Sending …", tone="good"),
        send_at=datetime.now(UTC) + timedelta(seconds=60),
    )
    undo = Button(label="Undo", command=UndoApproval(conversation_id=ID, version=1), key="u")
    desk.shows(draft=waits, buttons=(undo,))

    shown = await page(await entered(), f"/conversations/{ID}")

    found = re.search(r'data-left="([\d.]+)"', shown)
    assert found
    assert 50 < float(found[1]) <= 60
    assert 'data-shortcut="u"' in shown


@pytest.mark.parametrize("path", ["/", f"/conversations/{ID}", "/console/people", "/login", "/x"])
async def test_every_page_forbids_what_it_does_not_need(entered: Entering, path: str) -> None:
    client = await entered()
    async with client.get(path) as answer:
        text = await answer.text()
        if path == "/x":
            return
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|https?://", text)


# ── what people press ────────────────────────────────────────────────────────


async def test_the_actor_is_the_session_whatever_the_payload_says(
    entered: Entering, desk: ScriptedDesk
) -> None:
    """Line 6 of the way of a message: the actor from the verified identity."""
    client = await entered()
    lie = {**ApproveDraft(conversation_id=ID, version=1).model_dump(), "actor": "console:boss"}
    body = {
        "token": await token_of(client),
        "command": json.dumps(lie),
        "actor": "console:boss",
        "role": "lead",
    }

    async with client.post("/console/do", data=body, allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/conversations/webchat%3Alena"

    command, actor, _ = next(one for one in desk.asked if isinstance(one[0], ApproveDraft))
    assert command == ApproveDraft(conversation_id=ID, version=1)
    assert actor == Actor(id=PersonId("console:olga"), name="Olga", role="agent")


async def test_after_a_press_the_changed_parts_come_back_at_once(
    entered: Entering, desk: ScriptedDesk
) -> None:
    desk.answers[ApproveDraft] = Answer(text="Leaves in 8 s.")

    status, told = await do(await entered(), ApproveDraft(conversation_id=ID, version=1))

    assert (status, told["tone"], told["text"]) == (200, "good", "Leaves in 8 s.")
    assert set(told["parts"]) == {"queue", "conversation", "facts"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://sub.127.0.0.1"},
    ],
)
async def test_another_site_can_press_nothing(
    entered: Entering, desk: ScriptedDesk, headers: dict[str, str]
) -> None:
    client = await entered()
    command = ApproveDraft(conversation_id=ID, version=1).model_dump_json()
    body = {"token": await token_of(client), "command": command}

    async with client.post("/console/do", data=body, headers=headers) as answer:
        assert answer.status == 403
        assert "another site" in await answer.text()

    assert desk.told(ApproveDraft) == []


@pytest.mark.parametrize("token", ["", "0" * 40, "ä"])
async def test_a_form_without_this_sessions_token_does_nothing(
    entered: Entering, desk: ScriptedDesk, token: str
) -> None:
    client = await entered()
    command = ApproveDraft(conversation_id=ID, version=1).model_dump_json()

    async with client.post("/console/do", data={"token": token, "command": command}) as answer:
        assert answer.status == 403

    assert desk.told(ApproveDraft) == []


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (Stale(say("Maria approved version 2 a moment ago.")), 409, "Maria approved version 2"),
        (Refused(say("Nothing allows 500.")), 422, "Nothing allows 500."),
        (Unavailable(say("The store is away.")), 503, "Nothing was lost; try again in a moment."),
    ],
)
async def test_a_refusal_is_a_sentence_and_nothing_happens_twice(
    entered: Entering, desk: ScriptedDesk, error: Exception, status: int, text: str
) -> None:
    desk.answers[ApproveDraft] = error

    answered, told = await do(await entered(), ApproveDraft(conversation_id=ID, version=2))

    assert (answered, told["tone"]) == (status, "bad")
    assert text in told["text"]


async def test_what_nobody_foresaw_gets_a_reference_that_the_log_has_without_its_words(
    entered: Entering, desk: ScriptedDesk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.answers[ApproveDraft] = RuntimeError("Lena Weber, lena@example.de")

    with caplog.at_level(logging.ERROR):
        status, told = await do(await entered(), ApproveDraft(conversation_id=ID, version=1))

    found = re.search(r"reference ([0-9a-f]{8})", told["text"])
    assert status == 500
    assert found
    assert found[1] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "Lena" not in caplog.text


@pytest.mark.parametrize(
    "command", ["", "{", "[]", '{"kind": "send_reply"}', '{"kind": "approve_draft"}', "null"]
)
async def test_a_button_that_is_no_command_says_to_reload(entered: Entering, command: str) -> None:
    client = await entered()
    body = {"token": await token_of(client), "command": command}

    async with client.post("/console/do", data=body) as answer:
        assert answer.status == 422
        assert "Reload the page" in await answer.text()


async def test_a_form_fills_in_open_fields_and_nothing_else(
    entered: Entering, desk: ScriptedDesk
) -> None:
    client = await entered()
    await do(client, AddNote(conversation_id=ID, text=""), text="Zwei\r\nZeilen", version="9")
    await do(client, Assign(conversation_id=ID, to=None), to="console:maria", reason="late")
    await do(client, Assign(conversation_id=ID, to=None), to="", conversation_id="webchat:other")
    reply = WriteReply(conversation_id=ID, text="", based_on=1)
    await do(client, reply, text="Guten Tag", override=" ")

    assert desk.told(AddNote) == [AddNote(conversation_id=ID, text="Zwei\nZeilen")]
    assert desk.told(Assign) == [
        Assign(conversation_id=ID, to=PersonId("console:maria"), reason="late"),
        Assign(conversation_id=ID, to=None),
    ]
    assert desk.told(WriteReply) == [reply.model_copy(update={"text": "Guten Tag"})]


async def test_a_text_over_its_limit_names_the_limit(entered: Entering) -> None:
    note = AddNote(conversation_id=ID, text="")

    status, told = await do(await entered(), note, text="a" * 10_001)

    assert status == 422
    assert "10000 characters" in told["text"]


# ── writing ──────────────────────────────────────────────────────────────────


async def test_opening_the_form_takes_a_conversation_that_nobody_has(
    entered: Entering, desk: ScriptedDesk
) -> None:
    """Two agents at once see each other's claim."""
    _, told = await do(await entered(), OpenReply(conversation_id=ID, version=1))

    assert desk.told(Assign) == [Assign(conversation_id=ID, to=PersonId("console:olga"))]
    assert ">\nGuten Tag</textarea>" in told["parts"]["reply"]


async def test_opening_the_form_takes_nothing_from_a_colleague(
    entered: Entering, desk: ScriptedDesk
) -> None:
    desk.shows(summary=summary(owner="Maria"))

    await do(await entered(), OpenReply(conversation_id=ID, version=1))

    assert desk.told(Assign) == []


async def test_a_claim_that_comes_too_late_still_opens_the_form(
    entered: Entering, desk: ScriptedDesk
) -> None:
    desk.answers[Assign] = Stale(say("Maria has it."))

    _, told = await do(await entered(), OpenReply(conversation_id=ID, version=1))

    assert "reply" in told["parts"]


async def test_the_form_opens_without_a_script_too(entered: Entering) -> None:
    client = await entered()
    command = OpenReply(conversation_id=ID, version=1).model_dump_json()
    body = {"token": await token_of(client), "command": command}

    async with client.post("/console/do", data=body) as answer:
        shown = await answer.text()

    assert 'id="reply-form"' in shown
    assert 'data-testid="queue"' in shown


async def test_checking_a_text_gives_the_findings_and_nothing_else(
    entered: Entering, desk: ScriptedDesk
) -> None:
    flag = Flag(severity="block", start=3, end=6, message="Not allowed.", better="34,90")
    checked = Checked(flags=(flag,), checked="1 to fix", blocked=True)
    desk.answers[CheckText] = Answer(card=checked)

    _, told = await do(await entered(), CheckText(conversation_id=ID, text="😀 500"))

    assert told == {"checked": checked.model_dump(mode="json")}


async def test_only_a_lead_is_offered_to_send_in_spite_of_a_block(
    entered: Entering, desk: ScriptedDesk
) -> None:
    client = await entered()
    _, agents = await do(client, OpenReply(conversation_id=ID))
    desk.answers[OpenReply] = Answer(form=FORM.model_copy(update={"may_override": True}))
    _, leads = await do(client, OpenReply(conversation_id=ID))

    assert 'name="override"' not in agents["parts"]["reply"]
    assert 'name="override"' in leads["parts"]["reply"]


# ── looking up ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "what", "query"),
    [
        ("/order 10045", "order", "10045"),
        ("order 10045", "order", "10045"),
        ("10045", "any", "10045"),
        ("  lena@example.de ", "any", "lena@example.de"),
        ("/track 0034 0434", "track", "0034 0434"),
        ("STOCK green teapot", "stock", "green teapot"),
        ("green teapot", "any", "green teapot"),
    ],
)
def test_what_is_typed_into_the_look_up_box(typed: str, what: str, query: str) -> None:
    assert look_up_of(typed) == LookUp.model_validate({"what": what, "query": query})


async def test_a_look_up_shows_every_card_as_a_part_and_as_a_page(
    entered: Entering, desk: ScriptedDesk
) -> None:
    cards = tuple(InfoCard(title=f"Order {ref}", note="From demo, 14:12.") for ref in (1, 2))
    desk.answers[LookUp] = Answer(card=InfoCard(title="2 orders match"), cards=cards)
    client = await entered()

    whole = await page(client, "/console/look-up?q=lena%40example.de")
    async with client.get(
        "/console/look-up?q=/order+1", headers={"Accept": "application/json"}
    ) as answer:
        part = (await answer.json())["parts"]["look-up"]

    assert [whole.count("info-card"), part.count("info-card")] == [2, 2]
    assert "From demo, 14:12." in part


@pytest.mark.parametrize("typed", ["", "/order", "   "])
async def test_an_empty_look_up_says_what_to_type(entered: Entering, typed: str) -> None:
    told = await page(await entered(), f"/console/look-up?q={quote(typed)}", status=422)

    assert "Type an order number" in told


# ── putting aside ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"until": "1h"}, datetime(2026, 11, 21, 12, 0, tzinfo=UTC)),
        ({"until": "tomorrow"}, datetime(2026, 11, 22, 8, 0, tzinfo=UTC)),
        ({"until": "monday"}, datetime(2026, 11, 23, 8, 0, tzinfo=UTC)),
        (
            {"until": "at", "until_at": "2026-12-01T10:30"},
            datetime(2026, 12, 1, 9, 30, tzinfo=UTC),
        ),
    ],
)
def test_a_snooze_ends_when_the_reader_means(chosen: dict[str, str], expected: datetime) -> None:
    now = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)  # a Saturday, 12:00 in Berlin

    assert until(chosen, now, ZoneInfo("Europe/Berlin")) == expected


@pytest.mark.parametrize(
    "chosen", [{"until": "at"}, {"until": "at", "until_at": "2020-01-01T00:00"}, {"until": "x"}]
)
def test_a_snooze_never_ends_in_the_past(chosen: dict[str, str]) -> None:
    with pytest.raises(Refused, match="still to come"):
        until(chosen, datetime(2026, 11, 21, tzinfo=UTC), UTC)


# ── news ─────────────────────────────────────────────────────────────────────


async def next_event(answer: ClientResponse) -> tuple[str, dict[str, str]]:
    """The next server-sent event."""
    name = ""
    while True:
        line = (await asyncio.wait_for(answer.content.readline(), 5)).decode().rstrip("\n")
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        if line.startswith("data: "):
            return name, json.loads(line.removeprefix("data: "))


async def heard(store: RedisStore, answer: ClientResponse, change: Change) -> dict[str, str]:
    """Announce until somebody listens: a subscription begins when it begins."""
    event: asyncio.Task[tuple[str, dict[str, str]]] = asyncio.ensure_future(next_event(answer))
    while not event.done():
        await store.announce(change)
        await asyncio.wait([event], timeout=0.05)
    return (await event)[1]


async def test_what_another_process_commits_reaches_every_page_at_once(
    entered: Entering, store: RedisStore
) -> None:
    """A browser on one process sees without reload what another one committed."""
    client = await entered()
    change = Change("conversation", "webchat:ä\nb")

    async with client.get("/console/events") as one, client.get("/console/events") as other:
        assert [await next_event(one), await next_event(other)] == [("hello", {})] * 2
        told = await heard(store, one, change)
        assert (await next_event(other))[1] == told == {"kind": "conversation", "id": change.id}


async def test_what_buyers_pages_say_to_each_other_stays_there(
    entered: Entering, store: RedisStore
) -> None:
    client = await entered()
    async with client.get("/console/events") as answer:
        await next_event(answer)
        await heard(store, answer, Change("conversation", "first"))
        await store.announce(Change("feed", "webchat:v1"))
        await store.announce(Change("failed", "9-0"))
        kinds = []
        while "failed" not in kinds:
            kinds.append((await next_event(answer))[1]["kind"])

    assert "feed" not in kinds


async def test_a_process_that_stops_lets_go_of_its_pages(entered: Entering) -> None:
    client = await entered()
    async with client.get("/console/events") as answer:
        await next_event(answer)
        await client.app.shutdown()
        assert (await asyncio.wait_for(answer.content.read(), 5)).strip() == b""


async def test_only_the_parts_that_are_asked_for_are_made(
    entered: Entering, desk: ScriptedDesk
) -> None:
    client = await entered()
    desk.asked.clear()

    async with client.get("/console/parts?names=conversation,evil&id=webchat:lena") as answer:
        assert list((await answer.json())["parts"]) == ["conversation"]

    assert desk.told(ShowQueue) == []


# ── people ───────────────────────────────────────────────────────────────────


async def test_a_lead_invites_and_the_link_brings_the_role_it_names(
    entered: Entering, anybody: Entering, desk: ScriptedDesk
) -> None:
    lead = await entered(name="Lin", role="lead")
    body = {"token": await token_of(lead), "name": " Wei  Chen ", "role": "agent", "language": "en"}
    async with lead.post("/console/people", data=body) as answer:
        found = re.search(r'value="(http[^"]+/login\?token=[^"]+)"', await answer.text())
    assert found
    guest = await anybody()
    token = html.unescape(found[1]).partition("token=")[2]
    async with guest.post("/login", data={"link": token}):
        pass

    assert desk.asked[-1][1] == Actor(id=PersonId("console:wei-chen"), name="Wei Chen")
    assert "Wei Chen" in await page(lead, "/console/people")


async def test_an_agent_can_invite_nobody(entered: Entering) -> None:
    client = await entered()
    body = {"token": await token_of(client), "name": "Eve", "role": "lead"}

    async with client.post("/console/people", data=body) as answer:
        assert answer.status == 403
        assert "Only a lead can invite" in await answer.text()


async def test_a_new_name_keeps_the_person_and_never_takes_anothers(
    entered: Entering, anybody: Entering, settings: Settings, desk: ScriptedDesk
) -> None:
    await log_in(await anybody(), settings, name="Maria", role="lead")
    client = await entered()
    token = await token_of(client)
    async with client.post("/console/me", data={"token": token, "name": "maria"}) as answer:
        assert answer.status == 422

    async with client.post("/console/me", data={"token": token, "name": "Olga B."}):
        pass

    assert desk.asked[-1][1] == Actor(id=PersonId("console:olga"), name="Olga B.")


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example"])
async def test_a_choice_leads_back_to_a_page_of_ours_only(entered: Entering, back: str) -> None:
    client = await entered()
    body = {"token": await token_of(client), "theme": "dark", "back": back}

    async with client.post("/console/me", data=body, allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/"
    assert 'data-theme="dark"' in await page(client, "/")


async def test_the_first_steps_stay_away_once_hidden(entered: Entering) -> None:
    client = await entered(demo=True)
    assert 'data-testid="try"' in await page(client, "/")

    async with client.post("/console/me", data={"token": await token_of(client), "try": "off"}):
        pass

    assert 'data-testid="try"' not in await page(client, "/")


# ── failed commands ──────────────────────────────────────────────────────────


async def buried(store: RedisStore, cause: str) -> str:
    """A dead letter, made the way a worker makes one."""
    await store.enqueue(ShowConversation(conversation_id=ID))
    for shard in range(store.shards):
        fence = await store.hold(shard, "room", "tests")
        assert fence
        for job in await store.take(fence, 1, timedelta(0)):
            return await store.bury(fence, job, cause)
    raise AssertionError("nothing to bury")


@pytest.mark.parametrize(("role", "buttons"), [("lead", 1), ("agent", 0)])
async def test_failed_commands_say_their_cause_and_leads_can_try_again(
    entered: Entering, store: RedisStore, desk: ScriptedDesk, role: str, buttons: int
) -> None:
    failed_id = await buried(store, "The channel refused: 401 <Unauthorized>")
    client = await entered(role=role)

    shown = await page(client, "/console/failed")
    await do(client, ReplayFailure(failed_id=failed_id))

    assert "The channel refused: 401 &lt;Unauthorized&gt;" in shown
    assert shown.count('data-testid="replay"') == buttons
    assert desk.told(ReplayFailure) == [ReplayFailure(failed_id=failed_id)]


# ── files ────────────────────────────────────────────────────────────────────


async def kept(files: FolderFiles, body: bytes, name: str, mime: str) -> Attachment:
    async def chunks() -> Any:
        yield body

    return await files.put(name, mime, chunks(), 1 << 20)


async def test_a_picture_is_shown_and_anything_else_is_only_saved(
    entered: Entering, files: FolderFiles
) -> None:
    """A page that calls itself a picture must not run here."""
    client = await entered()
    photo = await kept(files, PNG, "spout.png", "image/png")
    trap = await kept(files, b"<script>alert(1)</script>", "photo.png", "image/png")

    async with client.get(f"/console/files/{photo.sha256}?name=spout.png") as answer:
        assert answer.headers["Content-Type"] == "image/png"
        assert await answer.read() == PNG
    async with client.get(f'/console/files/{trap.sha256}?name=a%22%0D%0Ab/"ä.png') as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''a")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_files_need_a_session_and_unknown_ones_say_so(
    entered: Entering, anybody: Entering, files: FolderFiles
) -> None:
    photo = await kept(files, PNG, "spout.png", "image/png")

    await page(await anybody(), f"/console/files/{photo.sha256}", status=401)
    assert "no longer kept" in await page(await entered(), f"/console/files/{'0' * 64}", 404)


async def test_style_and_scripts_are_kept_by_browsers_until_they_change(
    entered: Entering,
) -> None:
    client = await entered()
    linked = re.findall(r'(?:src|href)="(/console/static/[^"]+)"', await page(client, "/"))

    assert {path.rpartition("/")[2] for path in linked} == set(MIMES)
    for path in linked:
        async with client.get(path, auto_decompress=False) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.headers["Content-Encoding"] == "gzip"
            assert gzip.decompress(await answer.read())
    await page(client, linked[0].rpartition("/")[0] + "/evil.js", status=404)


# ── pieces ───────────────────────────────────────────────────────────────────


def flags(*spans: tuple[int, int]) -> Sequence[Flag]:
    return [Flag(severity="tip", start=start, end=end, message="x") for start, end in spans]


def test_findings_mark_their_words_by_code_points_and_never_twice() -> None:
    pieces = [
        (text, flag is not None)
        for text, flag in segments("a😀bcd", flags((3, 5), (1, 2), (1, 4), (2, 2)))
    ]

    assert [text for text, marked in pieces if marked] == ["😀", "cd"]
    assert "".join(text for text, _ in pieces) == "a😀bcd"


def test_a_block_is_marked_though_a_warning_is_about_the_whole_text() -> None:
    warned = Flag(severity="warn", start=0, end=12, message="It does not apologise.")
    blocked = Flag(severity="block", start=4, end=11, message="Nobody confirmed it.")

    pieces = list(segments("We: 500 EUR.", [warned, blocked]))

    assert [text for text, flag in pieces if flag] == ["500 EUR"]


def test_long_words_are_folded_at_a_space_and_short_ones_are_not() -> None:
    assert shortened("kurz") is None
    assert shortened("wort " * 200) == ("wort " * 119).rstrip()
    assert shortened("茶" * 1000) == "茶" * 600


def test_small_pieces() -> None:
    assert [country("🇩🇪"), country(""), country("EU")] == ["DE", "", "EU"]
    assert plain("00:20 · 🇩🇪 DE, Flagge 🇩🇪") == "00:20 · DE, Flagge 🇩🇪"
    assert [safe_link("https://x"), safe_link("javascript:x"), safe_link(None)] == [
        True,
        False,
        False,
    ]


async def test_showing_a_card_is_having_a_place_for_it() -> None:
    room = ConsoleRoom("zh-Hans")

    assert await room.show(card(), None) == "console:webchat:lena"
    assert (room.name, room.language) == ("console", "zh-Hans")
