"""A Teams on loopback, as far as a bot sees it: threads, chats, members, a log-in; with a ledger.

It does what the Bot Framework's connector does and keeps everything it took. It can be told to
misbehave with the next call: refuse, take it and lose the answer, hang, break off.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

TENANT = "11111111-0000-4000-8000-000000000001"
GROUP = "22222222-0000-4000-8000-000000000002"
BOT = "28:00000000-0000-4000-8000-00000000b075"
BUYERS = "19:buyers@thread.tacv2"
RETURNS = "19:returns@thread.tacv2"
CARD = "application/vnd.microsoft.card.adaptive"

Do = Callable[[], Awaitable[web.Response]]
Fault = Callable[[web.Request, Do], Awaitable[web.StreamResponse]]


@dataclass
class Message:
    """Something the bot said, as it is now and as it was."""

    id: str
    conversation: str
    activity: dict[str, Any]
    former: list[dict[str, Any]] = field(default_factory=list)

    @property
    def card(self) -> dict[str, Any]:
        [attachment] = self.activity["attachments"]
        assert attachment["contentType"] == CARD
        content: dict[str, Any] = attachment["content"]
        return content

    @property
    def words(self) -> str:
        """Everything that can be read on it."""
        return "\n".join(texts(self.card))


@dataclass
class Member:
    """Somebody with an account."""

    user: str
    name: str
    tenant: str = TENANT
    role: str = "user"
    principal: str = ""
    has_app: bool = True
    """They have the app for themselves, so that it may write to them."""
    locale: str = "en-GB"

    @property
    def object_id(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.user))

    def told(self) -> dict[str, str]:
        return {
            "id": self.user,
            "name": self.name,
            "aadObjectId": self.object_id,
            "userPrincipalName": self.principal or f"{self.user[3:]}@team.example",
            "tenantId": self.tenant,
            "userRole": self.role,
        }


OLGA = Member("29:olga", "Olga Agent")
LENA = Member("29:lena", "Lena Lead")
WEI = Member("29:wei", "李伟", locale="zh-CN")
GUS = Member("29:gus", "Gus Guest", role="guest")
EVE = Member("29:eve", "Eve Extern", principal="eve_else.example#EXT#@team.example")
PIA = Member("29:pia", "Pia Partner", tenant="33333333-0000-4000-8000-000000000003")
NOA = Member("29:noa", "Noa Noapp", has_app=False)


class Service:
    """The connector, and the log-in beside it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.calls: list[str] = []
        """`POST /v3/conversations 201`"""
        self.members = {one.user: one for one in (OLGA, LENA, WEI, GUS, EVE, PIA, NOA)}
        self.channels = {BUYERS, RETURNS}
        self.gone: set[str] = set()
        """Chats that were."""
        self.faults: deque[Fault] = deque()
        self.granted: list[str] = []
        self.asked: list[dict[str, str]] = []
        self.login: tuple[int, dict[str, Any]] | None = None
        """What the log-in answers instead of a token."""
        self.server = TestServer(self._app())
        self.released = asyncio.Event()
        """Set, what hangs goes on."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def service_url(self) -> str:
        return f"{self.url}/teams/"

    # ── what is there ────────────────────────────────────────────────────────

    def roots(self, channel: str = BUYERS) -> list[Message]:
        """First messages of threads."""
        return [one for one in self.messages if one.conversation == f"{channel};messageid={one.id}"]

    def under(self, root: Message) -> list[Message]:
        return [one for one in self.messages if one.conversation == root.conversation][1:]

    def private(self, member: Member) -> list[Message]:
        return [one for one in self.messages if one.conversation == chat_of(member)]

    def message(self, id: str) -> Message:
        return next(one for one in self.messages if one.id == id)

    # ── the connector ────────────────────────────────────────────────────────

    def _app(self) -> web.Application:
        app = web.Application()
        base = "/teams/v3/conversations"
        app.router.add_post(base, self._misbehaving(self._create))
        app.router.add_post(f"{base}/{{id}}/activities", self._misbehaving(self._post))
        app.router.add_put(f"{base}/{{id}}/activities/{{message}}", self._misbehaving(self._update))
        app.router.add_get(f"{base}/{{id}}/members/{{user}}", self._misbehaving(self._member))
        app.router.add_get(f"{base}/{{id}}/pagedmembers", self._misbehaving(self._members))
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._grant)
        return app

    def _misbehaving(self, handler: Callable[[web.Request], Awaitable[web.Response]]) -> Any:
        async def serve(request: web.Request) -> web.StreamResponse:
            given = request.headers.get("Authorization", "")
            if self.granted and given != f"Bearer {self.granted[-1]}":
                return self._noted(request, refusal(401, "Unauthorized"))
            if self.faults:
                return await self.faults.popleft()(request, lambda: handler(request))
            return self._noted(request, await handler(request))

        return serve

    def _noted(self, request: web.Request, answer: web.Response) -> web.Response:
        self.calls.append(f"{request.method} {request.path.removeprefix('/teams')} {answer.status}")
        return answer

    async def _create(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if not asked.get("isGroup"):
            return self._chat(asked["members"][0]["id"])
        channel = asked["channelData"]["channel"]["id"]
        if channel not in self.channels:
            return refusal(403, "BotNotInConversationRoster")
        id = self._new_id()
        place = f"{channel};messageid={id}"
        self.messages.append(Message(id, place, asked["activity"]))
        return web.json_response({"id": place, "activityId": id}, status=201)

    def _chat(self, user: str) -> web.Response:
        members = [one for one in self.members.values() if user in (one.user, one.object_id)]
        if not members or not members[0].has_app:
            return refusal(403, "MessageWritesBlocked")
        return web.json_response({"id": chat_of(members[0])}, status=201)

    async def _post(self, request: web.Request) -> web.Response:
        conversation = request.match_info["id"]
        known = conversation.split(";")[0] in self.channels or conversation.startswith("a:")
        if not known or conversation in self.gone:
            return refusal(404, "ConversationNotFound")
        id = self._new_id()
        self.messages.append(Message(id, conversation, await request.json()))
        return web.json_response({"id": id}, status=201)

    async def _update(self, request: web.Request) -> web.Response:
        conversation, id = request.match_info["id"], request.match_info["message"]
        found = [one for one in self.messages if (one.conversation, one.id) == (conversation, id)]
        if not found:
            return refusal(404, "ActivityNotFoundInConversation")
        found[0].former.append(found[0].activity)
        found[0].activity = await request.json()
        return web.json_response({"id": id})

    async def _member(self, request: web.Request) -> web.Response:
        user = request.match_info["user"]
        for one in self.members.values():
            if user in (one.user, one.object_id):
                return web.json_response(one.told())
        return refusal(404, "MemberNotFoundInConversation")

    async def _members(self, request: web.Request) -> web.Response:
        if request.match_info["id"] not in self.channels:
            return refusal(403, "BotNotInConversationRoster")
        return web.json_response({"members": [one.told() for one in self.members.values()]})

    async def _grant(self, request: web.Request) -> web.Response:
        asked = await request.post()
        told = {name: str(value) for name, value in asked.items()}
        self.asked.append({**told, "tenant": request.match_info["tenant"]})
        if self.login is not None:
            return web.json_response(self.login[1], status=self.login[0])
        self.granted.append(f"granted-{uuid.uuid4().hex}")
        return web.json_response({"access_token": self.granted[-1], "expires_in": 3600})

    def _new_id(self) -> str:
        return str(1_795_800_000_000 + len(self.messages))


@asynccontextmanager
async def service() -> AsyncIterator[Service]:
    """A Teams until the end."""
    one = Service()
    await one.server.start_server()
    try:
        yield one
    finally:
        one.released.set()
        await one.server.close()


def chat_of(member: Member) -> str:
    """The chat of a person with the bot."""
    return f"a:chat-{member.user[3:]}"


# ── misbehaving ──────────────────────────────────────────────────────────────


def refusal(status: int, code: str, **headers: str) -> web.Response:
    body = {"error": {"code": code, "message": "as the tests want it"}}
    return web.json_response(body, status=status, headers=headers)


def refuses(status: int, code: str = "Refused", **headers: str) -> Fault:
    """It is not done."""

    async def fault(request: web.Request, do: Do) -> web.StreamResponse:
        return refusal(status, code, **headers)

    return fault


def takes_and_answers(status: int, text: str = "<html>Bad gateway</html>") -> Fault:
    """It is done, and a gateway says something else."""

    async def fault(request: web.Request, do: Do) -> web.StreamResponse:
        await do()
        return web.Response(status=status, text=text, content_type="text/html")

    return fault


def takes_and_breaks() -> Fault:
    """It is done, and the connection ends without an answer."""

    async def fault(request: web.Request, do: Do) -> web.StreamResponse:
        await do()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return fault


def hangs(service: Service) -> Fault:
    """Nothing is said until the end."""

    async def fault(request: web.Request, do: Do) -> web.StreamResponse:
        await service.released.wait()
        return web.Response(status=503)

    return fault


# ── cards ────────────────────────────────────────────────────────────────────


def texts(element: Any) -> list[str]:
    """Everything of a card that people read, from top to bottom."""
    if isinstance(element, list):
        return [text for one in element for text in texts(one)]
    if not isinstance(element, dict):
        return []
    own = [element[name] for name in ("text", "label", "title", "value") if name in element]
    found = [one for one in own if isinstance(one, str)]
    if "inlines" in element:
        return ["".join(one["text"] for one in element["inlines"])]
    inner = [one for name, one in element.items() if name not in ("data", "fallback", "refresh")]
    return found + [text for one in inner for text in texts(one)]


def actions(element: Any) -> dict[str, dict[str, Any]]:
    """What can be pressed on a card, by its title."""
    if isinstance(element, list):
        return {title: one for part in element for title, one in actions(part).items()}
    if not isinstance(element, dict):
        return {}
    found = {}
    if element.get("type") in ("Action.Execute", "Action.Submit"):
        found[str(element.get("title", ""))] = element
    inner = [one for name, one in element.items() if name not in ("data", "fallback")]
    return found | {title: one for part in inner for title, one in actions(part).items()}


def dumped(card: Any) -> str:
    return json.dumps(card, ensure_ascii=False)
