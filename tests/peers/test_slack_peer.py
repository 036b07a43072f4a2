"""The Slack we test against, put to the test: what it does, what it doesn't, and what we add."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from aiohttp import web
from playwright.sync_api import expect
from slack_bolt import App as BoltApp
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from tests.loopback import Loopback
from tests.peers import faults
from tests.peers.conftest import Windows
from tests.peers.faulty import Faulty, Passage
from tests.peers.slack_peer import SlackPeer, slack
from tests.peers.slack_workspace import (
    BY_SOCKET,
    DESK,
    EVENTS,
    GUEST,
    LEAD,
    LEADS,
    OLGA,
    SOCKET,
    VIP,
    WEI,
)
from tests.processes import until

pytestmark = pytest.mark.peers

BUTTON = {
    "type": "button",
    "action_id": "take",
    "value": "case-1",
    "text": {"type": "plain_text", "text": "Take"},
}
MENU = {
    "type": "static_select",
    "action_id": "more",
    "options": [
        {"text": {"type": "plain_text", "text": word}, "value": word}
        for word in ("snooze", "close")
    ],
}
BLOCKS = [{"type": "actions", "block_id": "acts", "elements": [BUTTON, MENU]}]
FORM = {
    "type": "modal",
    "callback_id": "edit",
    "title": {"type": "plain_text", "text": "Edit"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "text",
            "label": {"type": "plain_text", "text": "Reply"},
            "element": {
                "type": "plain_text_input",
                "action_id": "text",
                "initial_value": "Hallo",
                "max_length": 20,
            },
        },
        {
            "type": "input",
            "block_id": "why",
            "optional": True,
            "label": {"type": "plain_text", "text": "Why"},
            "element": {**MENU, "action_id": "why"},
        },
    ],
}


class Recorder:
    """An app that checks Slack's signature and notes what it gets."""

    def __init__(self, loopback: Loopback) -> None:
        self.got: list[Passage] = []
        self.answer: tuple[int, Any] = (200, None)
        self._check = SignatureVerifier(EVENTS.secret)
        app = web.Application(client_max_size=2**25)
        app.router.add_post("/slack/events", self._take)
        self.url = f"{loopback.serve(app)}"

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not self._check.is_valid_request(body, dict(request.headers)):
            return web.Response(status=401)
        self.got.append(Passage("POST", request.path, request.headers, body, 0))
        status, said = self.answer
        return web.Response(status=status) if said is None else web.json_response(said)

    def payloads(self) -> list[Any]:
        return [one.json for one in self.got]

    def events(self) -> list[dict[str, Any]]:
        return [one["event"] for one in self.payloads() if "event" in one]


@pytest.fixture(scope="module")
def app() -> Iterator[Recorder]:
    loopback = Loopback()
    yield Recorder(loopback)
    loopback.stop()


@pytest.fixture(scope="module")
def workspace(
    app: Recorder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[SlackPeer, Faulty]]:
    with (
        Faulty(app.url).open() as between,
        slack(tmp_path_factory.mktemp("slack"), f"{between.url}/slack/events") as peer,
    ):
        yield peer, between


@pytest.fixture
def peer(workspace: tuple[SlackPeer, Faulty], app: Recorder) -> SlackPeer:
    peer, between = workspace
    peer.reset()
    app.got.clear()
    app.answer = (200, None)
    between.heal()
    between.ledger.clear()
    return peer


@pytest.fixture
def between(workspace: tuple[SlackPeer, Faulty]) -> Faulty:
    return workspace[1]


@pytest.fixture
def bot(peer: SlackPeer) -> WebClient:
    return WebClient(EVENTS.bot_token, base_url=peer.api_url)


def test_people_write_reply_mention_edit_react_and_delete(peer: SlackPeer, app: Recorder) -> None:
    root = peer.say(DESK, OLGA, f"<@{EVENTS.user}> look")
    reply = peer.say(DESK, WEI, "好的", root)
    peer.edit(DESK, WEI, reply, "好的!")
    peer.react(DESK, OLGA, reply, "eyes")
    peer.delete(DESK, WEI, reply)

    events = app.events()
    assert [one.get("subtype", one["type"]) for one in events] == [
        "message",
        "app_mention",
        "message",
        "message_changed",
        "reaction_added",
        "message_deleted",
    ]
    assert events[2]["thread_ts"] == root
    assert [one["ts"] for one in peer.messages(DESK, root)] == [root]


def test_files_are_shared_and_need_the_bots_token(peer: SlackPeer, app: Recorder) -> None:
    message = peer.share(DESK, OLGA, {"bill.pdf": b"%PDF-1.7", "a.png": b"\x89PNG"}, "the bill")

    assert [one["type"] for one in app.events()] == ["message", "file_shared", "file_shared"]
    link = message["files"][0]["url_private_download"]
    signed = {"authorization": f"Bearer {EVENTS.bot_token}"}
    with urlopen(Request(link, headers=signed)) as file:
        assert file.read() == b"%PDF-1.7"
    with pytest.raises(HTTPError) as refused:
        urlopen(link)
    refused.value.close()
    assert refused.value.code == 403


def test_a_command_is_answered_to_its_user_alone(peer: SlackPeer, app: Recorder) -> None:
    app.answer = (200, {"response_type": "ephemeral", "text": "Only you see it."})

    told = peer.command(DESK, OLGA, "/parley", "help")

    assert (told.status, told.body["text"]) == (200, "Only you see it.")
    assert app.payloads()[0]["text"] == "help"
    assert [one["text"] for one in peer.only_for(DESK, OLGA)] == ["Only you see it."]
    assert peer.only_for(DESK, WEI) == []


def test_buttons_and_menus_are_pressed_where_they_are(
    peer: SlackPeer, app: Recorder, bot: WebClient
) -> None:
    ts = bot.chat_postMessage(channel=DESK, text="case", blocks=BLOCKS)["ts"]

    assert peer.press(DESK, OLGA, ts, "take").status == 200
    assert peer.press(DESK, WEI, ts, "more", "snooze").status == 200

    pressed, chosen = app.payloads()
    assert (pressed["user"]["id"], pressed["actions"][0]["value"]) == (OLGA, "case-1")
    assert pressed["actions"][0]["block_id"] == "acts"
    assert chosen["actions"][0]["selected_option"]["value"] == "snooze"
    with pytest.raises(AssertionError, match=r"only \['take', 'more'\]"):
        peer.press(DESK, OLGA, ts, "send")
    with pytest.raises(AssertionError, match="only"):
        peer.press(DESK, OLGA, ts, "more", "burn")


def test_a_modal_is_filled_in_as_slack_does(peer: SlackPeer, app: Recorder, bot: WebClient) -> None:
    """Presets come back, an empty or overlong field is not submitted, errors keep it open."""
    bot.views_open(trigger_id=peer.trigger(), view=FORM)
    with pytest.raises(AssertionError, match="too long"):
        peer.submit(OLGA, text="much too long for this field")
    with pytest.raises(AssertionError, match="empty"):
        peer.submit(OLGA, text="")

    app.answer = (200, {"response_action": "errors", "errors": {"text": "Say more."}})
    refused = peer.submit(OLGA, why="close")
    assert refused.errors == {"text": "Say more."}
    assert peer.modal() is not None

    app.answer = (200, {"response_action": "push", "view": {**FORM, "callback_id": "sure"}})
    assert [one["callback_id"] for one in peer.submit(OLGA).stack] == ["edit", "sure"]
    app.answer = (200, {"response_action": "clear"})
    assert peer.submit(OLGA, text="Guten Tag").stack == []

    first, _, last = (one["view"]["state"]["values"] for one in app.payloads())
    assert first["text"]["text"]["value"] == "Hallo"
    assert first["why"]["why"]["selected_option"]["value"] == "close"
    assert last["text"]["text"]["value"] == "Guten Tag"


def test_a_modal_is_opened_with_a_valid_trigger_alone(bot: WebClient, peer: SlackPeer) -> None:
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        bot.views_open(trigger_id="1.2.3", view=FORM)

    bot.views_open(trigger_id=peer.trigger(), view=FORM)
    peer.close(OLGA)
    assert peer.modal() is None


def test_the_home_tab_is_shown_and_its_buttons_are_pressed(
    peer: SlackPeer, app: Recorder, bot: WebClient
) -> None:
    peer.open_home(LEAD)
    assert app.events()[0]["type"] == "app_home_opened"
    bot.views_publish(user_id=LEAD, view={"type": "home", "blocks": BLOCKS})
    home = peer.home(LEAD)
    assert home is not None
    assert peer.home(OLGA) is None

    assert peer.press_in_view(LEAD, home, "take").status == 200

    pressed = app.payloads()[-1]
    assert (pressed["container"]["type"], pressed["view"]["id"]) == ("view", home["id"])
    opened = bot.views_open(trigger_id=pressed["trigger_id"], view=FORM)
    assert opened["ok"], "what the driver sends can be answered with a modal"


def test_shortcuts_come_with_what_slack_sends(peer: SlackPeer, app: Recorder) -> None:
    ts = peer.say(DESK, OLGA, "hello")

    assert peer.shortcut(OLGA, "search").status == 200
    assert peer.message_shortcut(DESK, OLGA, ts, "as_note").status == 200

    _, anywhere, of_message = app.payloads()
    assert (anywhere["type"], anywhere["callback_id"]) == ("shortcut", "search")
    assert (of_message["type"], of_message["message"]["text"]) == ("message_action", "hello")


def test_events_are_retried_forged_and_stale(peer: SlackPeer, app: Recorder) -> None:
    archived = {"type": "channel_archive", "channel": DESK, "user": LEAD}
    assert peer.event(archived, id="Ev1").status == 200
    assert peer.event(archived, id="Ev1", x_slack_retry_num="1").status == 200
    assert peer.event(archived, x_slack_signature="v0=00").status == 401
    assert peer.post(b"{}", "application/json", at=1_000_000_000).status == 401

    assert [one["event_id"] for one in app.payloads()] == ["Ev1", "Ev1"]
    assert app.got[1].headers["x-slack-retry-num"] == "1"


def test_ephemeral_and_threaded_posts_are_told_apart(peer: SlackPeer, bot: WebClient) -> None:
    root = bot.chat_postMessage(channel=VIP, text="case")["ts"]
    bot.chat_postMessage(channel=VIP, text="offer", thread_ts=root)
    bot.chat_postEphemeral(channel=VIP, user=OLGA, text="psst")

    assert [one["text"] for one in peer.roots(VIP)] == ["case"]
    assert [one["text"] for one in peer.messages(VIP, root)] == ["case", "offer"]
    assert [one["text"] for one in peer.only_for(VIP, OLGA)] == ["psst"]


def test_people_write_to_the_app_directly(peer: SlackPeer, app: Recorder, bot: WebClient) -> None:
    bot.chat_postMessage(channel=OLGA, text="For you alone.")
    chat = peer.direct(OLGA)

    peer.say(chat, OLGA, "thanks")

    assert app.events()[-1]["channel_type"] == "im"
    assert [one["text"] for one in peer.messages(chat)] == ["For you alone.", "thanks"]


def test_members_of_a_channel_can_be_asked_and_guests_be_made(
    peer: SlackPeer, bot: WebClient
) -> None:
    """The peer knows no guests: the answer is changed on the way."""
    assert set(bot.conversations_members(channel=LEADS)["members"]) == {LEAD, EVENTS.user}

    with Faulty(peer.api_url.removesuffix("/api/")).open() as between:
        between.on(
            "users.info",
            faults.changes_answer(
                lambda said: {**said, "user": {**said["user"], "is_restricted": True}}
            ),
        )
        behind = WebClient(EVENTS.bot_token, base_url=f"{between.url}/api/")
        assert behind.users_info(user=GUEST)["user"]["is_restricted"] is True


def test_events_pass_through_what_misbehaves(
    peer: SlackPeer, app: Recorder, between: Faulty
) -> None:
    between.on("/slack/events", faults.repeats(2, X_Slack_Retry_Num="1"))
    between.on("/slack/events", faults.breaks(500))

    peer.say(DESK, OLGA, "twice")
    peer.say(DESK, OLGA, "lost")

    assert [one["text"] for one in app.events()] == ["twice", "twice"]
    assert app.payloads()[0]["event_id"] == app.payloads()[1]["event_id"]
    assert len(between.accepted()) == 2


def test_an_app_that_is_gone_is_said_to_be(peer: SlackPeer, between: Faulty) -> None:
    between.on("*", faults.resets)

    assert peer.command(DESK, OLGA, "/parley").status == 0


def test_what_it_forgets_and_takes_although_slack_would_not(
    peer: SlackPeer, bot: WebClient
) -> None:
    """Written down, so that nobody builds on it."""
    event = {"event_type": "case", "event_payload": {"id": "1"}}
    ts = bot.chat_postMessage(channel=DESK, text="x", metadata=event)["ts"]
    assert "metadata" not in peer.message(DESK, ts)

    dividers = [{"type": "divider"}] * 51
    assert bot.chat_postMessage(channel=DESK, text="x", blocks=dividers)["ok"]
    assert WebClient("xoxb-nobody", base_url=peer.api_url).auth_test()["user_id"] == EVENTS.user


def test_its_page_is_used_with_a_browser(
    peer: SlackPeer, app: Recorder, bot: WebClient, window: Windows
) -> None:
    ts = bot.chat_postMessage(channel=DESK, text="case", blocks=BLOCKS)["ts"]
    bot.chat_postMessage(channel=DESK, text="offer", thread_ts=ts)
    page = window()
    page.goto(peer.url)
    page.get_by_label("Act as").select_option("Olga Agent")
    page.get_by_role("button", name="# buyers").click()

    page.get_by_role("button", name="Take").click()
    assert until(lambda: app.payloads())
    page.get_by_role("button", name="1 reply").click()
    expect(page.get_by_text("offer")).to_be_visible()
    bot.views_open(trigger_id=peer.trigger(), view=FORM)
    page.locator(".modal").get_by_role("textbox").fill("Guten Tag")
    page.get_by_role("button", name="Save").click()

    assert until(lambda: len(app.payloads()) == 2)
    pressed, submitted = app.payloads()
    assert (pressed["user"]["id"], pressed["actions"][0]["action_id"]) == (OLGA, "take")
    assert submitted["view"]["state"]["values"]["text"]["text"]["value"] == "Guten Tag"
    assert submitted["user"]["id"] == OLGA


def test_socket_mode_delivers_to_whoever_connects(peer: SlackPeer) -> None:
    client = WebClient(BY_SOCKET.bot_token, base_url=peer.api_url)
    bolt = BoltApp(client=client)
    got: list[str] = []
    bolt.event("message")(lambda event: got.append(event["text"]))
    handler = SocketModeHandler(
        bolt,
        BY_SOCKET.app_token,
        web_client=WebClient(BY_SOCKET.app_token, base_url=peer.api_url),
    )
    handler.connect()
    try:
        assert until(lambda: any(one.get("connected") for one in peer.page()["apps"]))
        peer.say(SOCKET, OLGA, "over the wire")
        assert until(lambda: got) == ["over the wire"]
    finally:
        handler.close()
