"""A Slack to run against: local-slack, started and driven as people would use it.

What it is and what it isn't, found by running it (0.1.8):

- The Web API, signed Events API, slash commands, `response_url`, block actions, modals, Home, files
  and Socket Mode are real enough for slack-bolt and slack-sdk without changes. `say`, `press`,
  `command` and the like return when the app has answered what they caused.
- It is lenient: any token is the first app's, blocks are not checked (see `tests.slack_limits`),
  nothing is ever retried, late, limited or refused. `tests.peers.faulty` makes that good.
- Its people are all full members: `users.info` knows no guests, admins or deactivated ones, and
  `conversations.info` no archived channels. Change the answer on the way (`changes_answer`).
- It forgets `metadata` of a message; history and replies ignore `limit`, `oldest` and `cursor`.
- An ephemeral message is an ordinary one with `ephemeral_to`, which anybody's history shows.
- There is one stack of modals for the whole workspace. It has no ids for blocks without one.
  A modal that is answered with an error status is closed; Slack would keep it and say so.
- A submitted modal brings the state of `input` blocks alone, untouched ones without their
  initial value; `submit` fills them in as Slack does, and refuses what Slack would refuse.
- A message's `block_actions` have an empty `state`, and `is_ephemeral` is always false.
- In Socket Mode every connection gets every event, where Slack chooses one. Files, `response_url`
  and the WebSocket are addressed at its own port: a proxy in between doesn't see them.
- It knows no shortcuts, no buttons in a modal or on the Home tab, no events but messages,
  reactions, mentions, files and an opened Home. `shortcut`, `press_in_view` and `event` send what
  Slack would send, signed, to an app in events mode.
- Its page, for a browser: choose `Act as` (a label), a channel by the button "# buyers", a thread
  by "1 reply", the Home tab by the app's button. The modal is `.modal`; its fields have no labels
  that are bound to them. The page shows everybody's ephemeral messages and all channels to anybody.
"""

from __future__ import annotations

import json
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import yaml
from aiohttp import ClientSession, FormData, web

from tests.loopback import Loopback
from tests.peers import installed
from tests.peers.slack_forms import action_of, element_of, state_of
from tests.peers.slack_workspace import DESK, EVENTS, KEYS, OLGA, TEAM, App, config, signature
from tests.processes import free_port, get, until


class Told(NamedTuple):
    """What the app answered; status 0 where it didn't."""

    status: int
    body: Any


class Submission(NamedTuple):
    """What became of a submitted modal."""

    told: Told
    errors: Mapping[str, str]
    """By block, where the app found the entries wrong."""
    stack: list[dict[str, Any]]
    """The modals that are open then, the uppermost last."""


class SlackPeer:
    """A workspace. Its app's events go to *request_url*, a Faulty's in most tests."""

    def __init__(self, place: Path, request_url: str) -> None:
        self.request_url = request_url
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        """Its web page, for people with a browser."""
        self.api_url = f"{self.url}/api/"
        self._loopback = Loopback()
        self._triggers: list[str] = []
        self._out = (place / "local-slack.out").open("w+b")
        app = web.Application()
        app.router.add_post("/", self._take_trigger)
        workspace = config(request_url, self._loopback.serve(app))
        file = place / "local-slack.yaml"
        file.write_text(yaml.safe_dump(workspace, allow_unicode=True))
        program = installed.path("local-slack-linux-x64/bin/local-slack")
        options = {"config": file, "port": self.port, "base-host": "127.0.0.1"}
        files = place / "slack-files"
        arguments = [f"{part}" for name, value in options.items() for part in (f"--{name}", value)]
        self._process = subprocess.Popen(
            [program, *arguments, "--files-dir", files], stdout=self._out, stderr=self._out
        )
        if not until(lambda: get(f"{self.url}/_control/state")[0] == 200, 15):
            self.stop()
            raise AssertionError(f"local-slack doesn't start: {self.said()}")

    # ── what people do ───────────────────────────────────────────────────────

    def say(self, channel: str, user: str, text: str, thread: str | None = None) -> str:
        """A message, or a reply in the thread of the message *thread*; its `ts`."""
        body = {"channel": channel, "user": user, "text": text}
        if thread:
            body["thread_ts"] = thread
        return str(self._control("message", body)["message"]["ts"])

    def share(
        self,
        channel: str,
        user: str,
        files: Mapping[str, bytes],
        text: str = "",
        thread: str | None = None,
    ) -> dict[str, Any]:
        """A message with files. Apps get `file_share` and, for each file, `file_shared`."""

        async def upload() -> dict[str, Any]:
            form = FormData({"channel": channel, "user": user, "text": text})
            if thread:
                form.add_field("thread_ts", thread)
            for name, content in files.items():
                form.add_field("file", content, filename=name)
            async with (
                ClientSession() as session,
                session.post(f"{self.url}/_control/upload", data=form) as said,
            ):
                answer: dict[str, Any] = await said.json()
                assert answer["ok"], answer
                return answer

        message: dict[str, Any] = self._loopback.run(upload())["message"]
        return message

    def command(
        self, channel: str, user: str, command: str, text: str = "", app: App = EVENTS
    ) -> Told:
        """`/command text`. What is answered with text is shown in the channel, or to the user."""
        body = {"channel": channel, "user": user, "command": command, "text": text}
        return self._caused(lambda: self._control("command", {**body, "appId": app.id}))

    def press(self, channel: str, user: str, ts: str, action_id: str, value: str = "") -> Told:
        """Press a button of a message, or choose *value* in a menu of it. It must be there."""
        blocks = self.message(channel, ts).get("blocks", [])
        action = action_of(element_of(blocks, action_id), value)
        body = {"channel": channel, "user": user, "messageTs": ts, "action": action}
        return self._caused(lambda: self._control("interact", body))

    def react(self, channel: str, user: str, ts: str, name: str, present: bool = True) -> None:
        self._control(
            "reaction",
            {"channel": channel, "ts": ts, "user": user, "name": name, "present": present},
        )

    def edit(self, channel: str, user: str, ts: str, text: str) -> None:
        """People edit what is theirs alone."""
        self._control("edit-message", {"channel": channel, "ts": ts, "user": user, "text": text})

    def delete(self, channel: str, user: str, ts: str) -> None:
        self._control("delete-message", {"channel": channel, "ts": ts, "user": user})

    def open_home(self, user: str, app: App = EVENTS) -> None:
        """The event has no `view`, even where one was published: `home` has it."""
        self._control("open-home", {"user": user, "appId": app.id})

    def submit(self, user: str, **values: Any) -> Submission:
        """Submit the uppermost modal; *values* by block or action id, as a person enters them."""
        view = self.modal()
        assert view is not None, "no modal is open"
        state = state_of(view, values)
        return self._loopback.run(
            self._over_page({"t": "view_submit", "user": user, "values": state})
        )

    def close(self, user: str) -> None:
        """Leave all modals."""
        self._loopback.run(self._over_page({"t": "view_close", "user": user}, answered=False))

    def chat(self, user: str, app: App = EVENTS) -> str:
        """The chat of a person with the app, begun where there is none yet."""
        headers = {"authorization": f"Bearer {app.bot_token}", "content-type": "application/json"}
        body = json.dumps({"users": user}).encode()
        with urlopen(Request(f"{self.api_url}conversations.open", body, headers)) as said:
            return str(json.load(said)["channel"]["id"])

    # ── what people see ──────────────────────────────────────────────────────

    def messages(self, channel: str, thread: str | None = None) -> list[dict[str, Any]]:
        """Everything in a channel or a direct chat, or one thread with its root, oldest first."""
        every: list[dict[str, Any]] = self._get(f"messages/{channel}")["messages"]
        if thread is None:
            return every
        return [one for one in every if thread in (one["ts"], one.get("thread_ts"))]

    def message(self, channel: str, ts: str) -> dict[str, Any]:
        found = [one for one in self.messages(channel) if one["ts"] == ts]
        assert found, f"{channel} has no message {ts}"
        return found[0]

    def roots(self, channel: str, app: App = EVENTS) -> list[dict[str, Any]]:
        """What the app posted outside of threads, to everybody."""
        return [
            one
            for one in self.messages(channel)
            if one.get("app_id") == app.id and "thread_ts" not in one and "ephemeral_to" not in one
        ]

    def only_for(self, channel: str, user: str) -> list[dict[str, Any]]:
        """Ephemeral messages that this person sees."""
        return [one for one in self.messages(channel) if one.get("ephemeral_to") == user]

    def direct(self, user: str, app: App = EVENTS) -> str:
        """The chat of a person with the app; empty where nobody has written yet."""
        both = {user, app.user}
        found = [
            one["id"]
            for one in self._get("state")["channels"]
            if one.get("is_im") and both == set(one["members"])
        ]
        return found[0] if found else ""

    def modal(self) -> dict[str, Any] | None:
        """The uppermost modal."""
        stack = self.page()["modalStack"]
        return stack[-1] if stack else None

    def home(self, user: str, app: App = EVENTS) -> dict[str, Any] | None:
        view: dict[str, Any] | None = self.page()["homeViews"].get(user, {}).get(app.id)
        return view

    def page(self) -> dict[str, Any]:
        """All that the web page is told when it opens."""

        async def look() -> dict[str, Any]:
            async with ClientSession() as session, session.ws_connect(f"{self.url}/ui") as socket:
                state: dict[str, Any] = (await socket.receive_json())["state"]
                return state

        return self._loopback.run(look())

    def log(self) -> list[dict[str, Any]]:
        """The last thousand calls and events, each `direction`, `kind`, `summary`, `detail`."""
        entries: list[dict[str, Any]] = self._get("log")["log"]
        return entries

    # ── what the peer lacks, sent as Slack would ─────────────────────────────

    def trigger(self, user: str = OLGA) -> str:
        """A trigger id with which the peer opens a modal."""
        body = {"channel": DESK, "user": user, "command": "/key", "text": "", "appId": KEYS.id}
        self._control("command", body)
        return self._triggers.pop()

    def event(self, event: Mapping[str, Any], *, id: str = "", **headers: str) -> Told:
        """An event of any type; the same *id* again is a retry. *headers*: `x_slack_retry_num`."""
        body = {
            "token": "verification-token",
            "team_id": TEAM,
            "api_app_id": EVENTS.id,
            "event": event,
            "type": "event_callback",
            "event_id": id or f"Ev{uuid.uuid4().hex[:10].upper()}",
            "event_time": int(time.time()),
            "authorizations": [{"team_id": TEAM, "user_id": EVENTS.user, "is_bot": True}],
        }
        return self.post(json.dumps(body).encode(), "application/json", at=None, **headers)

    def press_in_view(
        self, user: str, view: Mapping[str, Any], action_id: str, value: str = "", **values: Any
    ) -> Told:
        """A button of a modal or the Home tab; *values* is what was entered until then."""
        element = element_of(view["blocks"], action_id)
        action = {**action_of(element, value), "action_ts": f"{time.time():.6f}"}
        state = {"values": state_of(view, values, unfinished=True)}
        return self.interaction(
            "block_actions",
            user,
            container={"type": "view", "view_id": view["id"]},
            view={**view, "state": state},
            actions=[action],
        )

    def shortcut(self, user: str, callback_id: str) -> Told:
        """A global shortcut."""
        return self.interaction("shortcut", user, callback_id=callback_id)

    def message_shortcut(self, channel: str, user: str, ts: str, callback_id: str) -> Told:
        """A shortcut of a message's menu."""
        return self.interaction(
            "message_action",
            user,
            callback_id=callback_id,
            channel={"id": channel},
            message=self.message(channel, ts),
            message_ts=ts,
        )

    def interaction(self, kind: str, user: str, **more: Any) -> Told:
        """Any interactive payload, with a valid trigger id."""
        payload = {
            "type": kind,
            "api_app_id": EVENTS.id,
            "token": "verification-token",
            "team": {"id": TEAM, "domain": "parley"},
            "user": {"id": user, "team_id": TEAM},
            "is_enterprise_install": False,
            "trigger_id": self.trigger(user),
            **more,
        }
        form = urlencode({"payload": json.dumps(payload)}).encode()
        return self.post(form, "application/x-www-form-urlencoded")

    def post(self, body: bytes, mime: str, *, at: float | None = None, **headers: str) -> Told:
        """To the app's request URL, signed (as of *at*; a header given replaces the signature)."""
        signed = {"content-type": mime, **signature(body, at=at)}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            with urlopen(Request(self.request_url, body, {**signed, **named}), timeout=30) as said:
                return Told(said.status, _body(said.read()))
        except HTTPError as error:
            with error:
                return Told(error.code, _body(error.read()))
        except OSError as error:
            return Told(0, str(error))

    # ── its life ─────────────────────────────────────────────────────────────

    def reset(self) -> None:
        """Empty channels, no direct chats, modals, Home views, files or log."""
        self._control("reset", {})

    def said(self) -> str:
        """What its process printed."""
        self._out.seek(0)
        return self._out.read().decode()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._out.close()
        self._loopback.stop()

    # ── how it is done ───────────────────────────────────────────────────────

    def _control(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        request = Request(
            f"{self.url}/_control/{path}",
            json.dumps(body).encode(),
            {"content-type": "application/json"},
        )
        try:
            with urlopen(request, timeout=60) as said:
                answer: dict[str, Any] = json.load(said)
        except HTTPError as error:
            with error:
                raise AssertionError(f"{path}: {error.read().decode()}") from None
        return answer

    def _get(self, path: str) -> dict[str, Any]:
        with urlopen(f"{self.url}/_control/{path}", timeout=30) as said:
            answer: dict[str, Any] = json.load(said)
        return answer

    def _caused(self, act: Any) -> Told:
        """What the app answered to what *act* made the peer send."""
        former = {one["id"] for one in self.log()}
        act()
        return _answer([one for one in self.log() if one["id"] not in former])

    async def _over_page(self, order: Mapping[str, Any], answered: bool = True) -> Submission:
        """Submit or close as the page does, and wait for what comes of it."""
        entries: list[dict[str, Any]] = []
        async with ClientSession() as session, session.ws_connect(f"{self.url}/ui") as socket:
            await socket.receive_json()
            await socket.send_json(order)
            while True:
                told = await socket.receive_json(timeout=30)
                if told["t"] == "log":
                    entries.append(told["entry"])
                done = told["t"] in ("view", "view_errors")
                if done and (not answered or _answer(entries) != NOTHING):
                    stack = told.get("stack", [])
                    return Submission(_answer(entries), told.get("errors", {}), stack)

    async def _take_trigger(self, request: web.Request) -> web.Response:
        self._triggers.append(str((await request.post())["trigger_id"]))
        return web.Response()


NOTHING = Told(0, None)


@contextmanager
def slack(place: Path, request_url: str) -> Iterator[SlackPeer]:
    """A workspace until the end."""
    peer = SlackPeer(place, request_url)
    try:
        yield peer
    finally:
        peer.stop()


def _answer(entries: list[dict[str, Any]]) -> Told:
    """The app's answer to a command, an interaction or a modal, in new entries of the log."""
    for one in entries:
        if one["direction"] == "from_bot" and one["kind"] in ("slash_commands", "interactive"):
            return Told(int(one["summary"].split()[-1]), _body(one.get("detail") or ""))
        if one["kind"] == "ack":
            return Told(200, one.get("detail") or "")
        if one["direction"] == "internal" and one["kind"] in ("slash_commands", "interactive"):
            return Told(0, one["summary"])
    return NOTHING


def _body(raw: str | bytes) -> Any:
    text = raw.decode() if isinstance(raw, bytes) else raw
    try:
        return json.loads(text)
    except ValueError:
        return text
