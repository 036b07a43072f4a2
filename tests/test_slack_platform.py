"""Connecting Slack: settings, Socket Mode, installation by OAuth, several workspaces, doctor."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from aiohttp import web
from pydantic import SecretStr

from assistant.commands import Act, Ask
from assistant.errors import Forbidden, Misconfigured, ParleyError, Rejected
from assistant.settings import RoomSettings, SlackSettings
from assistant.surface.cards import Alert
from connectors.http import Parts, client_session
from connectors.rooms.slack import connect
from connectors.rooms.slack.installs import Installations, Installed
from connectors.rooms.slack.manifest import filled, scopes, shipped
from connectors.rooms.slack.places import person_id
from connectors.store import RedisStore
from tests.fakes import Clock
from tests.slack_cards import a_card
from tests.slack_fake import BOT, ROOM, TEAM, TOKEN, FakeSlack, Fault, refuses
from tests.slack_stage import ANNA, SECRET, Stage, slack_settings, staged

APP_TOKEN = SecretStr("xapp-sham-token")
OAUTH = {"slack_client_id": "1.2", "slack_client_secret": SecretStr("client secret")}


@pytest.fixture
async def stage(store: RedisStore, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(store, tmp_path) as stage:
        yield stage


# ── settings ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "where", "what"),
    [
        ({"slack_bot_token": None}, "SLACK_BOT_TOKEN", "not set"),
        ({"slack_bot_token": SecretStr("xoxp-1")}, "SLACK_BOT_TOKEN", "xoxb-"),
        ({"slack_signing_secret": None}, "SLACK_SIGNING_SECRET", "not set"),
        ({"slack_app_token": SecretStr("xoxb-1")}, "SLACK_APP_TOKEN", "xapp-"),
        ({"slack_client_id": "1.2"}, "SLACK_CLIENT_SECRET", "not set"),
        ({"slack_client_secret": SecretStr("s")}, "SLACK_CLIENT_ID", "not set"),
        ({"slack_bot_token": None, **OAUTH}, "PARLEY_SLACK_ROOM", f"T0456DEF:{ROOM}"),
        ({"slack_room": "#general"}, "PARLEY_SLACK_ROOM", "C0123ABC"),
        (
            {"room": {"a": RoomSettings(slack="general")}, "rooms": ("a",)},
            "room.a.slack",
            "C0123ABC",
        ),
        (
            {"room": {n: RoomSettings(slack="C1") for n in "ab"}, "rooms": ("a", "b")},
            "room.a.slack",
            "another room",
        ),
        ({"slack": SlackSettings(leads=("olga",))}, "slack.leads", "olga"),
    ],
)
async def test_a_wrong_setting_stops_the_start_and_is_named(
    store: RedisStore, tmp_path: Path, changes: dict[str, Any], where: str, what: str
) -> None:
    settings = slack_settings("http://127.0.0.1:9/api/", tmp_path, **changes)
    async with client_session() as client:
        parts = Parts(settings=settings, store=store, files=None, client=client, now=Clock())  # type: ignore[arg-type]
        with pytest.raises(Misconfigured, match=what) as wrong:
            await connect(parts)
    assert wrong.value.where == where


async def test_parley_starts_while_slack_is_down(store: RedisStore, tmp_path: Path) -> None:
    fake = FakeSlack()
    fake.fails("auth.test", refuses("service_unavailable"))
    async with staged(store, tmp_path, slack=fake) as stage:
        event = {"type": "app_home_opened", "user": ANNA, "tab": "home"}
        assert await stage.event(event) == 200
        assert len(stage.work) == 1


async def test_a_platform_alone_makes_no_calls_and_a_worker_needs_no_web(
    store: RedisStore, tmp_path: Path
) -> None:
    settings = slack_settings("http://127.0.0.1:9/api/", tmp_path)
    async with client_session() as client:
        parts = Parts(settings=settings, store=store, files=None, client=client, now=Clock())  # type: ignore[arg-type]
        platform = await connect(parts)
    assert list(platform.rooms) == ["slack"]


# ── Socket Mode ──────────────────────────────────────────────────────────────


def envelope(n: int, **payload: Any) -> dict[str, Any]:
    event = {"type": "app_home_opened", "user": ANNA, "tab": "home"}
    told = {"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{n}", "event": event}
    return {"type": "events_api", "envelope_id": f"e{n}", "payload": payload or told}


async def until(true: Any, seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


async def test_envelopes_are_acknowledged_once_they_are_kept(
    store: RedisStore, tmp_path: Path
) -> None:
    async with staged(store, tmp_path, slack_app_token=APP_TOKEN) as stage:
        stage.slack.envelopes.put_nowait(envelope(1))
        await until(lambda: stage.slack.acknowledged)

        assert stage.slack.acknowledged == [{"envelope_id": "e1"}]
        assert len(stage.work) == 1


async def test_an_envelope_that_is_not_kept_is_not_acknowledged(
    store: RedisStore, tmp_path: Path
) -> None:
    async with staged(store, tmp_path, slack_app_token=APP_TOKEN) as stage:
        stage.store.down = True
        stage.slack.envelopes.put_nowait(envelope(1))
        await asyncio.sleep(0.2)
        stage.store.down = False
        stage.slack.envelopes.put_nowait(envelope(2))
        await until(lambda: stage.slack.acknowledged)

        assert stage.slack.acknowledged == [{"envelope_id": "e2"}]


async def test_a_slash_command_over_the_socket_is_answered_in_its_envelope(
    store: RedisStore, tmp_path: Path
) -> None:
    async with staged(store, tmp_path, slack_app_token=APP_TOKEN) as stage:
        stage.store.down = True
        form = {"command": "/order", "text": "1", "user_id": ANNA, "team_id": TEAM}
        stage.slack.envelopes.put_nowait(envelope(1, **form, channel_id=ROOM, trigger_id="t"))
        await until(lambda: stage.slack.acknowledged)

        told = stage.slack.acknowledged[0]["payload"]["text"]
        assert "if nothing has changed, do it again" in told


async def test_a_new_connection_begins_before_slack_ends_the_old_one(
    store: RedisStore, tmp_path: Path
) -> None:
    async with staged(store, tmp_path, slack_app_token=APP_TOKEN) as stage:
        await until(lambda: stage.slack.sockets)
        await stage.slack.sockets[0].send_json({"type": "disconnect", "reason": "warning"})
        await until(lambda: len(stage.slack.sockets) == 2)

        assert not stage.slack.sockets[0].closed


async def test_a_broken_connection_is_made_anew(store: RedisStore, tmp_path: Path) -> None:
    async with staged(store, tmp_path, slack_app_token=APP_TOKEN) as stage:
        await until(lambda: stage.slack.sockets)
        await stage.slack.sockets[0].close()
        await until(lambda: len(stage.slack.sockets) == 2)
        stage.slack.envelopes.put_nowait(envelope(1))
        stage.slack.envelopes.put_nowait(envelope(2))
        await until(lambda: stage.work)


async def test_a_refused_app_token_is_said_and_tried_again(
    store: RedisStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fake = FakeSlack()
    fake.fails("apps.connections.open", refuses("invalid_auth"))
    async with staged(store, tmp_path, slack=fake, slack_app_token=APP_TOKEN) as stage:
        await until(lambda: stage.slack.sockets)
    assert "socket is down" in caplog.text
    assert "xapp" not in caplog.text


async def test_with_a_socket_alone_nothing_is_taken_over_http(
    store: RedisStore, tmp_path: Path
) -> None:
    changes = {"slack_app_token": APP_TOKEN, "slack_signing_secret": None}
    async with staged(store, tmp_path, **changes) as stage:
        assert (await stage.deliver(b"{}", "application/json", secret="")).status == 404


# ── OAuth ────────────────────────────────────────────────────────────────────


async def install(stage: Stage) -> tuple[str, str]:
    """Begin an installation: the state, the cookie."""
    assert stage.http is not None
    answer = await stage.http.get("/slack/install", allow_redirects=False)
    [state] = parse_qs(urlsplit(answer.headers["Location"]).query)["state"]
    assert answer.status == 302
    return state, answer.headers["Set-Cookie"].split(";")[0]


def grants(token: str, team: str) -> Fault:
    async def fault(call: Any) -> web.StreamResponse:
        told = {
            "ok": True,
            "access_token": token,
            "bot_user_id": BOT,
            "scope": "chat:write",
            "team": {"id": team, "name": "Shop"},
            "authed_user": {"id": ANNA},
            "app_id": "A1",
        }
        return web.json_response(told)

    return fault


@pytest.fixture
async def by_oauth(store: RedisStore, tmp_path: Path) -> AsyncIterator[Stage]:
    fake = FakeSlack(token="xoxb-by-oauth")
    public = {"public_url": "https://parley.example.com"}
    async with staged(
        store,
        tmp_path,
        slack=fake,
        slack_bot_token=None,
        slack_room=f"{TEAM}:{ROOM}",
        **OAUTH,
        **public,
    ) as stage:
        yield stage


async def redirected(stage: Stage, state: str, cookie: str, code: str = "c1") -> int:
    assert stage.http is not None
    query = {"code": code, "state": state}
    headers = {"Cookie": cookie}
    answer = await stage.http.get("/slack/oauth_redirect", params=query, headers=headers)
    return answer.status


async def test_a_workspace_is_installed_and_its_room_works(by_oauth: Stage) -> None:
    by_oauth.slack.fails("oauth.v2.access", grants("xoxb-by-oauth", TEAM))
    state, cookie = await install(by_oauth)

    assert await redirected(by_oauth, state, cookie) == 200

    known = await by_oauth.room.who(f"slack:{TEAM}:{ANNA}")  # type: ignore[arg-type]
    assert known.actor.role == "agent"
    asked = by_oauth.slack.called("oauth.v2.access")[0]
    assert asked.args["redirect_uri"] == "https://parley.example.com/slack/oauth_redirect"


async def test_tokens_are_kept_encrypted(by_oauth: Stage, store: RedisStore) -> None:
    """Whoever reads the store reads no token."""
    by_oauth.slack.fails("oauth.v2.access", grants("xoxb-by-oauth", TEAM))
    await redirected(by_oauth, *await install(by_oauth))

    kept = await store.kept(f"slack:install:{TEAM}")
    assert kept is not None
    assert "xoxb" not in kept
    other = Installations(store, SecretStr("another secret that is as long as the first"))
    with pytest.raises(Rejected, match="PARLEY_SECRET changed"):
        await other.find(TEAM)
    mine = Installations(store, by_oauth.parts.settings.secret)
    found = await mine.find(TEAM)
    assert found is not None
    assert found.token.get_secret_value() == "xoxb-by-oauth"
    assert "xoxb" not in repr(found)


async def test_one_workspaces_token_cannot_pass_as_anothers(store: RedisStore) -> None:
    installs = Installations(store, SecretStr("a secret of the tests, long enough"))
    await installs.save(Installed(team="T1", token=SecretStr("xoxb-1")))
    sealed = await store.kept("slack:install:T1")
    await store.keep("slack:install:T2", sealed or "", timedelta(days=1))

    assert await installs.find("T2") is None


@pytest.mark.parametrize("how", ["forged", "other browser", "used", "late", "none"])
async def test_an_installation_is_good_once_soon_and_in_its_own_browser(
    by_oauth: Stage, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, cookie = await install(by_oauth)
    match how:
        case "forged":
            state = state[:-2] + "xx"
            cookie = f"slack-app-oauth-state={state}"
        case "other browser":
            cookie = "slack-app-oauth-state=another"
        case "used":
            await redirected(by_oauth, state, cookie)
        case "late":
            monkeypatch.setattr("connectors.rooms.slack.oauth.STATE_LASTS", timedelta(seconds=-1))
        case "none":
            state = ""
    by_oauth.slack.fails("oauth.v2.access", grants("xoxb-evil", "T6EVIL"))

    assert await redirected(by_oauth, state, cookie) in (400, 401)
    installs = Installations(by_oauth.parts.store, by_oauth.parts.settings.secret)
    assert await installs.find("T6EVIL") is None


async def test_whoever_installs_a_public_app_elsewhere_is_no_agent_of_ours(
    by_oauth: Stage,
) -> None:
    """A room names its workspace: nobody else's token is asked for it."""
    installs = Installations(by_oauth.parts.store, by_oauth.parts.settings.secret)
    await installs.save(Installed(team="T6EVIL", token=SecretStr("xoxb-evil")))

    with pytest.raises(ParleyError):
        await by_oauth.room.who("slack:T6EVIL:U6EVIL")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "event",
    [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": [BOT]}}],
)
async def test_a_removed_app_is_forgotten(by_oauth: Stage, event: dict[str, Any]) -> None:
    by_oauth.slack.fails("oauth.v2.access", grants("xoxb-by-oauth", TEAM))
    await redirected(by_oauth, *await install(by_oauth))
    await by_oauth.room.who(f"slack:{TEAM}:{ANNA}")  # type: ignore[arg-type]

    gone_at = int(by_oauth.clock().timestamp()) + 60
    assert await by_oauth.event(event, event_time=gone_at, event_id="Ev1GONE") == 200

    by_oauth.clock.passes(minutes=10)
    with pytest.raises(Rejected):
        await by_oauth.room.who(f"slack:{TEAM}:{ANNA}")  # type: ignore[arg-type]


async def test_a_removal_that_is_told_late_or_again_removes_no_newer_token(
    by_oauth: Stage,
) -> None:
    """Slack delivers again for hours; meanwhile somebody may have installed the app anew."""
    secret = by_oauth.parts.settings.secret
    installs = Installations(by_oauth.parts.store, secret)
    gone = {"type": "app_uninstalled"}
    before = by_oauth.clock()
    by_oauth.clock.passes(minutes=5)
    new = Installed(team=TEAM, token=SecretStr("xoxb-by-oauth"), installed_at=by_oauth.clock())
    await installs.save(new)

    late = int(before.timestamp())
    assert await by_oauth.event(gone, event_time=late, event_id="Ev1GONE") == 200
    assert await installs.find(TEAM) == new

    after = int(by_oauth.clock().timestamp()) + 60
    assert await by_oauth.event(gone, event_time=after, event_id="Ev2GONE") == 200
    assert await installs.find(TEAM) is None
    await installs.save(new)
    assert await by_oauth.event(gone, event_time=after, event_id="Ev2GONE") == 200
    assert await installs.find(TEAM) == new


async def test_a_token_of_another_secret_is_said_by_doctor_and_the_log(
    by_oauth: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    other = SecretStr("another secret that is as long as the first")
    installs = Installations(by_oauth.parts.store, other)
    await installs.save(Installed(team=TEAM, token=SecretStr("xoxb-by-oauth")))

    told = (await probed(by_oauth))["Slack room slack"]

    assert "PARLEY_SECRET changed: install Parley there again" in told
    assert "PARLEY_SECRET changed" in caplog.text


async def test_each_workspace_has_its_own_room_token_and_people(
    store: RedisStore, tmp_path: Path
) -> None:
    fake = FakeSlack(others={"xoxb-2": "T2SHOP"})
    rooms = {"one": RoomSettings(slack=ROOM), "two": RoomSettings(slack="T2SHOP:C2ROOM")}
    changes = {"room": rooms, "rooms": ("one", "two"), "slack_room": "", **OAUTH}
    async with staged(store, tmp_path, slack=fake, **changes) as stage:
        fake.joins("U2YUKI", room="C2ROOM", team_id="T2SHOP")
        installs = Installations(stage.parts.store, stage.parts.settings.secret)
        await installs.save(Installed(team="T2SHOP", token=SecretStr("xoxb-2")))
        one, two = (stage.platform.rooms[name] for name in ("one", "two"))

        await one.alert(Alert(title="in one", text=""))
        await two.alert(Alert(title="in two", text=""))

        posts = [(call.token, call.args["channel"]) for call in fake.called("chat.postMessage")]
        assert posts == [(TOKEN, ROOM), ("xoxb-2", "C2ROOM")]
        assert (await two.who(person_id("T2SHOP", "U2YUKI"))).actor.role == "agent"
        with pytest.raises(Forbidden):
            await two.who(person_id("T3OTHER", ANNA))
        event = {"type": "app_home_opened", "user": "U2YUKI", "tab": "home"}
        await stage.event(event, team_id="T2SHOP")
        [asked] = stage.work
        assert (asked.spot.room, asked.person) == ("two", "slack:T2SHOP:U2YUKI")


async def test_a_person_is_known_and_told_in_their_own_workspace_by_every_room(
    store: RedisStore, tmp_path: Path
) -> None:
    """S2.8: assigned from a room of one workspace, told in the other, where they are."""
    fake = FakeSlack(others={"xoxb-2": "T2SHOP"})
    rooms = {"one": RoomSettings(slack=ROOM), "two": RoomSettings(slack="T2SHOP:C2ROOM")}
    changes = {"room": rooms, "rooms": ("one", "two"), "slack_room": "", **OAUTH}
    async with staged(store, tmp_path, slack=fake, **changes) as stage:
        fake.joins("U2YUKI", room="C2ROOM", team_id="T2SHOP")
        installs = Installations(stage.parts.store, stage.parts.settings.secret)
        await installs.save(Installed(team="T2SHOP", token=SecretStr("xoxb-2")))
        one, two = (stage.platform.rooms[name] for name in ("one", "two"))
        yuki = person_id("T2SHOP", "U2YUKI")

        assert (await one.who(yuki)).actor.id == yuki
        assert (await two.who(person_id(TEAM, ANNA))).actor.role == "agent"
        await one.notify(yuki, "Anna gave you this.", a_card())

        [opened] = fake.called("conversations.open")
        [posted] = fake.called("chat.postMessage")
        assert (opened.token, posted.token) == ("xoxb-2", "xoxb-2")


async def test_without_a_client_id_there_is_no_installation(stage: Stage) -> None:
    assert stage.http is not None
    assert (await stage.http.get("/slack/install")).status == 404


# ── doctor ───────────────────────────────────────────────────────────────────


async def probed(stage: Stage) -> dict[str, str]:
    told = {}
    for name, ask in stage.platform.probes().items():
        try:
            told[name] = f"✓ {await ask()}"
        except ParleyError as error:
            told[name] = f"✗ {error}"
    return told


async def test_doctor_is_content_where_everything_is_right(
    store: RedisStore, tmp_path: Path
) -> None:
    address = "https://parley.example.com"
    async with staged(store, tmp_path, public_url=address) as stage:
        told = await probed(stage)

    assert all(one.startswith("✓") for one in told.values()), told
    assert f"{address}/slack/events" in told["Slack app"]
    manifest = yaml.safe_load((tmp_path / "slack.manifest.yaml").read_text())
    assert manifest["settings"]["interactivity"]["request_url"] == f"{address}/slack/events"


@pytest.mark.parametrize(
    ("fake", "probe", "says"),
    [
        (FakeSlack(token="xoxb-another"), "Slack bot token", "SLACK_BOT_TOKEN"),
        (FakeSlack(scopes="chat:write,commands"), "Slack bot token", "users:read"),
        (FakeSlack(scopes="chat:write"), "Slack bot token", "reactions:write"),
    ],
)
async def test_doctor_says_which_token_or_scope_is_wrong(
    store: RedisStore, tmp_path: Path, fake: FakeSlack, probe: str, says: str
) -> None:
    async with staged(store, tmp_path, slack=fake) as stage:
        told = (await probed(stage))[probe]
    assert told.startswith("✗")
    assert says in told


async def test_doctor_says_what_is_wrong_with_a_room(store: RedisStore, tmp_path: Path) -> None:
    async with staged(store, tmp_path) as stage:
        stage.slack.members[ROOM].remove(BOT)
        assert "/invite" in (await probed(stage))["Slack room slack"]
        stage.slack.members.clear()
        assert "channel_not_found" in (await probed(stage))["Slack room slack"]


async def test_doctor_says_which_app_token_is_wrong(store: RedisStore, tmp_path: Path) -> None:
    async with staged(store, tmp_path, slack_app_token=APP_TOKEN) as stage:
        await until(lambda: stage.slack.sockets)
        stage.slack.fails("apps.connections.open", refuses("invalid_auth"))
        assert "connections:write" in (await probed(stage))["Slack app token"]


async def test_doctor_asks_for_an_address(stage: Stage) -> None:
    assert "PARLEY_PUBLIC_URL" in (await probed(stage))["Slack app"]


# ── the manifest ─────────────────────────────────────────────────────────────


def test_the_manifest_has_what_parley_uses() -> None:
    manifest = yaml.safe_load(shipped())

    commands = [one["command"] for one in manifest["features"]["slash_commands"]]
    assert commands == ["/order", "/track", "/stock", "/buyer", "/answers", "/queue", "/parley"]
    shortcuts = [one["callback_id"] for one in manifest["features"]["shortcuts"]]
    assert shortcuts == ["send_to_buyer", "add_as_note"]
    assert manifest["features"]["app_home"]["home_tab_enabled"]
    assert {"chat:write", "users:read", "usergroups:read", "files:read"} <= set(scopes())
    assert len(manifest["display_information"]["description"]) <= 140


def test_socket_mode_needs_no_address(tmp_path: Path) -> None:
    text = filled(slack_settings("http://x/api/", tmp_path, slack_app_token=APP_TOKEN))
    manifest = yaml.safe_load(text)

    assert "https://" not in json.dumps(manifest)
    assert manifest["settings"]["socket_mode_enabled"] is True


async def test_no_log_holds_a_token_or_a_word(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """D: secrets and buyers' words are in no log, even at DEBUG."""
    caplog.set_level(logging.DEBUG)
    stage.slack.fails("users.info", refuses("fatal_error"))
    await stage.conversation_in()
    await stage.says("a secret word", thread="1790000000.000001")
    await stage.command("/order", "10045 secret word")
    await stage.interacts(stage.press("{ secret word"))
    await stage.settles()

    assert TOKEN not in caplog.text
    assert SECRET not in caplog.text
    assert "secret word" not in caplog.text


def test_works_are_acts_and_asks() -> None:
    assert {Act.lane, Ask.lane} == {"desk", "room"}
