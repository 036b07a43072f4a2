"""A small, honest Slack: its Web API with a ledger, which can be told to misbehave.

It answers as Slack does, `ok: false` and all; what it was asked, and what it took, is in `calls`
and `messages`. A fault may answer instead of it, before or after it did what was asked.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Fault = Callable[["Call"], Awaitable[web.StreamResponse | None]]
TEAM, BOT, ROOM = "T1SHOP", "U0BOT", "C1ROOM"
TOKEN = "xoxb-sham-token"
FULL_SCOPES = (
    "app_mentions:read,channels:history,channels:read,chat:write,commands,files:read,files:write,"
    "groups:history,groups:read,im:history,im:write,reactions:write,usergroups:read,users:read"
)


@dataclass
class Call:
    """One request to the Web API."""

    method: str
    args: Mapping[str, Any]
    token: str
    at: float = 0.0


@dataclass
class FakeSlack:
    """One workspace."""

    team: str = TEAM
    token: str = TOKEN
    others: dict[str, str] = field(default_factory=dict)
    """Further workspaces behind the same API: by token."""
    scopes: str = FULL_SCOPES
    calls: list[Call] = field(default_factory=list)
    messages: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """By channel, by ts: what stands there now."""
    unseen: list[Call] = field(default_factory=list)
    """What one person was told."""
    responses: list[dict[str, Any]] = field(default_factory=list)
    """What came to response addresses."""
    drops_responses: bool = False
    """It takes them, and its answer is never heard."""
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    marks: set[tuple[str, str, str]] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)
    shared: list[tuple[str, str, str]] = field(default_factory=list)
    """Channel, thread, name of a shared file."""
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    downloads: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    """What `/files/<name>` has, with its type."""
    asked_for_files: list[tuple[str, str]] = field(default_factory=list)
    """Name and Authorization of each download."""
    envelopes: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    _n: int = 0
    _server: TestServer | None = None

    # ── from outside ─────────────────────────────────────────────────────────

    async def start(self, port: int | None = None) -> None:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/respond/{id}", self._responded)
        app.router.add_post("/upload/{id}", self._uploaded)
        app.router.add_get("/files/{name}", self._downloaded)
        app.router.add_get("/socket", self._socket)
        self._server = TestServer(app, port=port)
        await self._server.start_server()

    async def stop(self) -> None:
        for socket in self.sockets:
            with suppress(Exception):
                await socket.close()
        if self._server:
            await self._server.close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return str(self._server.make_url("/")).rstrip("/")

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    def joins(self, user: str, *, room: str = ROOM, **about: Any) -> str:
        """A person of the workspace, and of the room."""
        self.people[user] = {
            "id": user,
            "team_id": self.team,
            "name": user.lower(),
            "real_name": user.title(),
            "locale": "en-GB",
            "tz": "Europe/Berlin",
            "profile": {},
            **about,
        }
        self.members.setdefault(room, []).append(user)
        return user

    def called(self, method: str) -> list[Call]:
        return [one for one in self.calls if one.method == method]

    def fails(self, method: str, *faults: Fault) -> None:
        """The next calls of *method* fare like this, one after another."""
        self.faults[method].extend(faults)

    def posted(self, channel: str = ROOM) -> list[dict[str, Any]]:
        return list(self.messages[channel].values())

    # ── the Web API ──────────────────────────────────────────────────────────

    async def _api(self, request: web.Request) -> web.StreamResponse:
        args = dict(request.query)
        if request.content_type == "application/json":
            args = await request.json()
        elif request.can_read_body:
            args = {**args, **{k: str(v) for k, v in (await request.post()).items()}}
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        call = Call(request.match_info["method"], args, token, asyncio.get_running_loop().time())
        self.calls.append(call)
        if self.faults[call.method]:
            answer = await self.faults[call.method].popleft()(call)
            if answer is not None:
                return answer
        return self.answer(call)

    def answer(self, call: Call) -> web.Response:
        """What Slack does, and says."""
        tokens = {self.token: self.team, **self.others}
        if call.method != "apps.connections.open" and call.token not in tokens:
            return refusal("invalid_auth")
        name = "_" + call.method.replace(".", "_").lower()
        told = getattr(self, name)(call.args)
        if call.method == "auth.test":
            told["team_id"] = tokens[call.token]
        headers = {"x-oauth-scopes": self.scopes} if call.method == "auth.test" else None
        return web.json_response({"ok": "error" not in told, **told}, headers=headers)

    def _auth_test(self, args: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "url": "https://shop.slack.com/",
            "team": "Shop",
            "team_id": self.team,
            "user_id": BOT,
            "bot_id": "B0BOT",
        }

    def _chat_postmessage(self, args: Mapping[str, Any]) -> dict[str, Any]:
        self._n += 1
        ts = f"1790000000.{self._n:06}"
        self.messages[args["channel"]][ts] = {**args, "ts": ts}
        return {"channel": args["channel"], "ts": ts, "message": {"ts": ts}}

    def _chat_update(self, args: Mapping[str, Any]) -> dict[str, Any]:
        if args["ts"] not in self.messages[args["channel"]]:
            return {"error": "message_not_found"}
        self.messages[args["channel"]][args["ts"]] |= args
        return {"channel": args["channel"], "ts": args["ts"]}

    def _chat_postephemeral(self, args: Mapping[str, Any]) -> dict[str, Any]:
        self.unseen.append(Call("chat.postEphemeral", args, ""))
        return {"message_ts": "1.1"}

    def _users_info(self, args: Mapping[str, Any]) -> dict[str, Any]:
        found = self.people.get(args["user"])
        return {"user": found} if found else {"error": "user_not_found"}

    def _usergroups_users_list(self, args: Mapping[str, Any]) -> dict[str, Any]:
        found = self.groups.get(args["usergroup"])
        return {"users": found} if found is not None else {"error": "no_such_subteam"}

    def _conversations_members(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Two to a page, so that pages are read."""
        if args["channel"] not in self.members:
            return {"error": "channel_not_found"}
        start = int(args.get("cursor") or 0)
        found = self.members[args["channel"]]
        more = str(start + 2) if start + 2 < len(found) else ""
        return {
            "members": found[start : start + 2],
            "response_metadata": {"next_cursor": more},
        }

    def _conversations_info(self, args: Mapping[str, Any]) -> dict[str, Any]:
        if args["channel"] not in self.members:
            return {"error": "channel_not_found"}
        is_member = BOT in self.members[args["channel"]]
        return {"channel": {"id": args["channel"], "name": "support", "is_member": is_member}}

    def _conversations_open(self, args: Mapping[str, Any]) -> dict[str, Any]:
        return {"channel": {"id": f"D{args['users']}"}}

    def _reactions_add(self, args: Mapping[str, Any]) -> dict[str, Any]:
        mark = (args["channel"], args["timestamp"], args["name"])
        if mark in self.marks:
            return {"error": "already_reacted"}
        self.marks.add(mark)
        return {}

    def _reactions_remove(self, args: Mapping[str, Any]) -> dict[str, Any]:
        mark = (args["channel"], args["timestamp"], args["name"])
        if mark not in self.marks:
            return {"error": "no_reaction"}
        self.marks.discard(mark)
        return {}

    def _views_open(self, args: Mapping[str, Any]) -> dict[str, Any]:
        self._n += 1
        view = {**args["view"], "id": f"V{self._n}", "hash": f"h{self._n}"}
        self.views[view["id"]] = view
        return {"view": view}

    def _views_update(self, args: Mapping[str, Any]) -> dict[str, Any]:
        if args["view_id"] not in self.views:
            return {"error": "not_found"}
        self._n += 1
        view = {**args["view"], "id": args["view_id"], "hash": f"h{self._n}"}
        self.views[args["view_id"]] = view
        return {"view": view}

    def _views_publish(self, args: Mapping[str, Any]) -> dict[str, Any]:
        self.homes[args["user_id"]] = args["view"]
        return {}

    def _files_getuploadurlexternal(self, args: Mapping[str, Any]) -> dict[str, Any]:
        self._n += 1
        return {"upload_url": f"{self.url}/upload/F{self._n}", "file_id": f"F{self._n}"}

    def _files_completeuploadexternal(self, args: Mapping[str, Any]) -> dict[str, Any]:
        for one in json.loads(args["files"]):
            self.shared.append((args["channel_id"], args["thread_ts"], one["title"]))
        return {"files": json.loads(args["files"])}

    def _apps_connections_open(self, args: Mapping[str, Any]) -> dict[str, Any]:
        return {"url": f"{self.url.replace('http', 'ws', 1)}/socket"}

    def _oauth_v2_access(self, args: Mapping[str, Any]) -> dict[str, Any]:
        return {"error": "invalid_code"}

    # ── beside it ────────────────────────────────────────────────────────────

    async def _responded(self, request: web.Request) -> web.Response:
        self.responses.append(await request.json())
        if self.drops_responses:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(text="ok")

    async def _uploaded(self, request: web.Request) -> web.Response:
        self.files[request.match_info["id"]] = await request.read()
        return web.Response(text="OK")

    async def _downloaded(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.asked_for_files.append((name, request.headers.get("Authorization", "")))
        body, mime = self.downloads[name]
        return web.Response(body=body, content_type=mime)

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        await socket.send_json({"type": "hello", "num_connections": 1})
        sending = asyncio.create_task(self._send(socket))
        try:
            async for message in socket:
                self.acknowledged.append(json.loads(message.data))
        finally:
            sending.cancel()
        return socket

    async def _send(self, socket: web.WebSocketResponse) -> None:
        while True:
            await socket.send_json(await self.envelopes.get())


# ── faults ───────────────────────────────────────────────────────────────────


def refusal(code: str, status: int = 200, **headers: str) -> web.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.json_response({"ok": False, "error": code}, status=status, headers=names)


def answers(status: int, body: str = "", mime: str = "text/html", **headers: str) -> Fault:
    """Something that is not Slack's API."""

    async def fault(call: Call) -> web.StreamResponse:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=body, content_type=mime, headers=names)

    return fault


def refuses(code: str, status: int = 200, **headers: str) -> Fault:
    async def fault(call: Call) -> web.StreamResponse:
        return refusal(code, status, **headers)

    return fault


def hangs(seconds: float = 60.0) -> Fault:
    async def fault(call: Call) -> None:
        await asyncio.sleep(seconds)

    return fault


class Dropped(Exception):
    """The connection breaks."""


def takes_and_drops(slack: FakeSlack) -> Fault:
    """It does what it was asked, and the answer is never heard."""

    async def fault(call: Call) -> web.StreamResponse:
        slack.answer(call)
        return _Broken()

    return fault


class _Broken(web.StreamResponse):
    async def prepare(self, request: web.BaseRequest) -> None:
        assert request.transport is not None
        request.transport.abort()
        await asyncio.sleep(0)
        raise asyncio.CancelledError
