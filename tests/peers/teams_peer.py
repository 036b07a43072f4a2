"""A Teams to run against: Microsoft's Agents Playground, started and driven as people would use it.

What it is and what it isn't, found by running it (0.2.28):

- The bot connector is real enough for botbuilder without changes: posts, threads, replies, updates,
  new posts in a channel, members, teams, typing. `delete` is not there (it answers an error).
- Whoever writes, `from` is the configured current user. So `say` sends what others write as an
  activity made here, of the same shape; the playground passes it on, but its page doesn't show it.
- In a channel, only what mentions the bot is passed on, as in Teams without further permissions.
- It passes no token on and asks for none. To test with tokens, let its activities go through a
  `Faulty` that adds one (`signed_by`), or send them past it with `deliver`.
- A card's `Action.Execute` is answered as in Teams: the card in the answer replaces the old one,
  for everybody. `refresh` and `userIds` are ignored. An error of the bot comes out as 502.
- Neither cards nor sizes are checked: see `tests.card_limits`. Nothing is retried or limited.
- It has one team with two channels, one group chat, one personal chat (the current user's; others'
  come to be when the bot writes to them) and exactly six people. Nothing can be reset: start
  another, which takes a second, or write into threads of one's own.
- What the bot said can't be asked for over HTTP, so it is read from the recording of all calls.
- The `serviceUrl` of activities is *service_url* where given: a Faulty's whose target is `url`.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import quote, unquote
from urllib.request import Request, urlopen

import yaml

from tests.peers import installed
from tests.peers.faults import changes_request
from tests.peers.faulty import Fault
from tests.peers.teams_tenant import (
    BOT,
    BOT_NAME,
    BUYERS,
    CURRENT,
    GENERAL,
    PERSONAL,
    action_of,
    channel_of,
    config,
    in_thread,
    message,
)
from tests.processes import clean_environ, free_port, get, until


@dataclass
class Post:
    """A message of the bot's: as it is now, and as it was."""

    id: str
    conversation: str
    """With `;messageid=` where it is in a thread."""
    activity: dict[str, Any]
    former: list[dict[str, Any]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return str(self.activity.get("text") or "")

    @property
    def card(self) -> dict[str, Any]:
        """Its Adaptive Card; empty where it has none."""
        for one in self.activity.get("attachments") or []:
            if one["contentType"] == "application/vnd.microsoft.card.adaptive":
                card: dict[str, Any] = one["content"]
                return card
        return {}


class Said(NamedTuple):
    """A person's message."""

    id: str
    conversation: str
    """With `;messageid=` in a channel, also where it begins a thread."""

    @property
    def thread(self) -> str:
        return self.conversation.partition(";messageid=")[2]


@dataclass(frozen=True)
class Call:
    """One request between the playground and the bot, with its answer."""

    to_bot: bool
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    status: int
    answer: Any


class TeamsPeer:
    """A tenant. Activities go to *endpoint*, a Faulty's in most tests."""

    def __init__(self, place: Path, endpoint: str, service_url: str = "") -> None:
        self.endpoint = endpoint
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.service_url = f"{service_url or self.url}/_connector"
        home = place / f"teams-{self.port}"
        home.mkdir()
        (home / ".m365agentsplayground.yml").write_text(
            yaml.safe_dump(config(), allow_unicode=True)
        )
        self._recording = home / "recording"
        self._out = (home / "out").open("w+b")
        program = installed.path("@microsoft/m365agentsplayground/cli.js")
        options = ["-p", str(self.port), "-e", endpoint, "--service-url", self.service_url]
        self._process = subprocess.Popen(
            [installed.node(), program, *options, "--disable-telemetry", "--er"],
            cwd=home,
            env={
                **clean_environ(home),
                "TEAMSAPPTESTER_BROWSER": "none",
                "M365_AGENTS_PLAYGROUND_RECORDING_FILE": str(self._recording),
            },
            stdout=self._out,
            stderr=self._out,
        )
        if not until(lambda: get(f"{self.url}/_debug/ping")[0] == 200, 30):
            self.stop()
            logs = "".join(one.read_text() for one in home.glob("devTools/*.log"))
            raise AssertionError(f"the Agents Playground doesn't start: {self.said()}{logs}")

    # ── what people do ───────────────────────────────────────────────────────

    def install(self, conversation: str = BUYERS) -> None:
        """The app is added: `installationUpdate`, and `conversationUpdate` with the bot."""
        self._post(f"_debug/conversation/{quote(conversation, safe='')}/installation", {})

    def say(
        self, conversation: str, user: str, text: str, thread: str = "", mention: bool = True
    ) -> Said:
        """A message, or a reply in the thread of a post.

        In a channel, the message of the current user without a mention reaches nobody; that of
        others does, as it would with the permission to read all messages.
        """
        said = f"<at>{BOT_NAME}</at> {text}" if mention else text
        if user == CURRENT:
            return self._write(conversation, user, said, thread, mention)
        if channel_of(conversation) not in (GENERAL, BUYERS):
            return Said(
                self.custom(message(self.service_url, conversation, user, said, mention)),
                conversation,
            )
        # Written without a mention it reaches nobody, but the playground has a thread for it.
        place = self._write(conversation, user, said, thread, mention=False)
        self.custom(
            {**message(self.service_url, place.conversation, user, said, mention), "id": place.id}
        )
        return place

    def _write(self, conversation: str, user: str, text: str, thread: str, mention: bool) -> Said:
        place = in_thread(conversation, thread)
        body: dict[str, Any] = {"text": text, "textFormat": "plain", "from": {"id": user}}
        if mention:
            body["mentions"] = [{"mentioned": {"id": BOT}, "text": f"<at>{BOT_NAME}</at>"}]
        answer = self._post(
            f"_conversation/v1/conversations/{quote(place, safe='')}/messages", body
        )
        return Said(str(answer["messageId"]), answer.get("postConversationId") or place)

    def personal(self, user: str) -> str:
        """The chat of a person with the bot, which is there from then on."""
        if user == CURRENT:
            return PERSONAL
        members = {"isGroup": False, "bot": {"id": BOT}, "members": [{"id": user}]}
        return str(self._post("_connector/v3/conversations", members, status=201)["id"])

    def invoke(self, user: str, post: Post, verb: str, **data: Any) -> Any:
        """Press `Action.Execute` of a card, *data* with its inputs; what the bot answered.

        The action must be there. `{"type": …, "value": …}`: a card or a message.
        """
        action = action_of(post.card, verb)
        given = action.get("data") or {}
        body = {
            "name": "adaptiveCard/action",
            "value": {
                "action": {**action, "data": {**given, **data}},
                "trigger": "manual",
            },
            "from": {"id": user},
            "conversation": {"id": post.conversation},
            "replyToId": post.id,
        }
        return self._post("_conversation/v1/invoke", body)

    def submit(self, user: str, post: Post, **data: Any) -> None:
        """Press `Action.Submit`: a message without text whose `value` is *data*."""
        body = {
            "from": {"id": user},
            "conversation": {"id": post.conversation},
            "replyToId": post.id,
            "value": data,
        }
        self._post("_conversation/v1/submit", body)

    def custom(self, activity: Mapping[str, Any]) -> str:
        """Any activity, passed on by the playground; its id. Comes back before it is answered."""
        self._post("_internal/v1/customActivities", activity)
        return str(activity["id"])

    def template(self, kind: str, conversation: str = BUYERS) -> dict[str, Any]:
        """A ready activity of the playground's.

        `install`, `uninstall`, `botAdded`, `userAdded`, `botRemoved`, `userRemoved`,
        `channelCreated`, `channelRenamed`, `channelDeleted`, `teamRenamed`, `teamDeleted`.
        """
        where = quote(conversation, safe="")
        with urlopen(
            f"{self.url}/_internal/v1/customActivities/template?conversationId={where}&type={kind}"
        ) as said:
            activity: dict[str, Any] = json.load(said)
        return activity

    def deliver(self, activity: Mapping[str, Any], token: str = "") -> tuple[int, Any]:
        """Send it to the bot past the playground, with a token; status and answer."""
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        return _asked(Request(self.endpoint, json.dumps(activity).encode(), headers))

    # ── what people see ──────────────────────────────────────────────────────

    def posts(self, conversation: str = "", thread: str = "") -> list[Post]:
        """What the bot posted, as it is now, oldest first; in a channel or chat, or in a thread."""
        place = in_thread(conversation, thread)
        every: dict[str, Post] = {}
        for call in self.calls():
            _apply(call, every)
        return [
            one
            for one in every.values()
            if one.conversation == place
            or (not thread and channel_of(one.conversation) == place)
            or not conversation
        ]

    def roots(self, conversation: str = BUYERS) -> list[Post]:
        """What the bot posted outside of threads: each begins one of its own."""
        return [
            one
            for one in self.posts(conversation)
            if one.conversation.endswith(f"messageid={one.id}")
        ]

    def calls(self) -> list[Call]:
        """Every answered call in either direction; a connection that broke isn't among them."""
        if not self._recording.exists():
            return []
        # What stands after the last line is still being written.
        parts = self._recording.read_text("utf-8").split("\n---\n")[:-1]
        return [_call(json.loads(part)) for part in parts if part.strip()]

    # ── its life ─────────────────────────────────────────────────────────────

    def said(self) -> str:
        self._out.seek(0)
        return self._out.read().decode()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._out.close()

    def _post(self, path: str, body: Mapping[str, Any], status: int = 200) -> Any:
        request = Request(
            f"{self.url}/{path}", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        answered, answer = _asked(request)
        assert answered == status, f"{path}: {answered} {answer}"
        return answer


@contextmanager
def teams(place: Path, endpoint: str, service_url: str = "") -> Iterator[TeamsPeer]:
    """A tenant until the end."""
    peer = TeamsPeer(place, endpoint, service_url)
    try:
        yield peer
    finally:
        peer.stop()


def signed_by(token: Callable[[Any], str]) -> Fault:
    """Adds a token to what passes; *token* makes it of the activity."""
    return changes_request(lambda one: ({"Authorization": f"Bearer {token(one.json)}"}, one.body))


# ── what was recorded ────────────────────────────────────────────────────────


def _call(item: Mapping[str, Any]) -> Call:
    request, answer = item["request"], item["response"]
    to_bot = item["direction"].endswith("-> User Application")
    return Call(
        to_bot,
        request["method"],
        unquote(request["url"]),
        request["headers"],
        request.get("body"),
        answer["statusCode"],
        answer.get("body"),
    )


def _apply(call: Call, posts: dict[str, Post]) -> None:
    """What an answered call changed in what people see."""
    if call.to_bot:
        _replace_card(call, posts)
        return
    if not 200 <= call.status < 300:
        return
    parts = call.path.split("?")[0].split("/v3/conversations")[-1].strip("/").split("/")
    body = call.body
    if call.method == "PUT":
        post = posts.get(parts[2])
        if post is not None:
            post.former.append(post.activity)
            post.activity = body
    elif call.method == "POST" and parts == [""] and body.get("activity") and body.get("isGroup"):
        new = Post(str(call.answer["activityId"]), str(call.answer["id"]), body["activity"])
        posts[new.id] = new
    elif call.method == "POST" and body.get("type") == "message" and call.answer:
        id = str(call.answer["id"])
        posts[id] = Post(id, _thread(parts[0], id), body)


def _replace_card(call: Call, posts: dict[str, Post]) -> None:
    """The card in the answer to an invoke takes the place of the old one."""
    body, answer = call.body, call.answer
    post = posts.get(body.get("replyToId", ""))
    card = "application/vnd.microsoft.card.adaptive"
    if post is None or not isinstance(answer, dict) or answer.get("type") != card:
        return
    post.former.append(post.activity)
    attachment = {"contentType": card, "content": answer["value"]}
    post.activity = {**post.activity, "attachments": [attachment]}


def _asked(request: Request) -> tuple[int, Any]:
    try:
        with urlopen(request, timeout=60) as said:
            return said.status, _body(said.read())
    except HTTPError as error:
        with error:
            return error.code, _body(error.read())


def _body(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode()


def _thread(conversation: str, id: str) -> str:
    """A post in a channel itself begins a thread."""
    bare = conversation in (GENERAL, BUYERS)
    return in_thread(conversation, id) if bare else conversation
