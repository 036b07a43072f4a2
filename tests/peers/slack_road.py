"""The road between Slack and Parley, both ways, with what the peer doesn't do put right.

The peer names its own port where files and answers to a press go, so it would be passed by; here
those addresses are the road's. It says of no message that only one person sees it; Slack does, and
then leaves the message out. What is changed on the way is signed again, as Slack would.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from tests.peers.faulty import Faulty, Passage
from tests.peers.slack_peer import SlackPeer
from tests.peers.slack_workspace import signature
from tests.slack_limits import of_message, of_view


@dataclass
class ToSlack(Faulty):
    """What Parley asks and tells Slack."""

    async def _forward(
        self, passage: Passage, changes: Mapping[str, str] | None, body: bytes | None = None
    ) -> web.Response:
        answer = await super()._forward(passage, changes, body)
        if isinstance(answer.body, bytes) and "json" in (answer.content_type or ""):
            answer.body = answer.body.replace(self.target.encode(), self.url.encode())
        return answer


@dataclass
class ToParley(Faulty):
    """What Slack tells Parley, and what people do there."""

    peer: SlackPeer | None = None
    slack: ToSlack | None = None

    async def _forward(
        self, passage: Passage, changes: Mapping[str, str] | None, body: bytes | None = None
    ) -> web.Response:
        right = self._right(passage, passage.body if body is None else body)
        signed: Mapping[str, str] = {}
        if right != passage.body and body is None:
            signed = signature(right, at=float(passage.headers["x-slack-request-timestamp"]))
        return await super()._forward(passage, {**signed, **(changes or {})}, right)

    def _right(self, passage: Passage, body: bytes) -> bytes:
        if "json" in passage.headers.get("content-type", ""):
            return self._addressed(body.decode()).encode()
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        if "payload" in form:
            payload = json.loads(form["payload"])
            _unseen(payload)
            form["payload"] = json.dumps(payload)
        return urlencode({name: self._addressed(value) for name, value in form.items()}).encode()

    def _addressed(self, text: str) -> str:
        if self.peer is None or self.slack is None:
            return text
        return text.replace(self.peer.url, self.slack.url)


def _unseen(payload: dict[str, Any]) -> None:
    """Of a message that one person sees, Slack tells where it is and no more."""
    message, container = payload.get("message"), payload.get("container")
    if not message or not container:
        return
    if message.get("thread_ts"):
        container.setdefault("thread_ts", message["thread_ts"])
    if message.get("ephemeral_to"):
        container["is_ephemeral"] = True
        del payload["message"]


MESSAGES = ("chat.postMessage", "chat.update", "chat.postEphemeral")
VIEWS = ("views.open", "views.update", "views.push", "views.publish")


def objections(asked: Iterable[Passage], told: Iterable[Passage]) -> list[str]:
    """What Slack would refuse of all that Parley sent, and of what it answered."""
    found = [f"{name}: {one}" for name, body in _sent(asked, told) for one in _objections(body)]
    return list(dict.fromkeys(found))


def _sent(
    asked: Iterable[Passage], told: Iterable[Passage]
) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for passage in asked:
        name = passage.path.split("?")[0].rpartition("/")[2]
        if name in MESSAGES or "/_hooks/" in passage.path:
            yield name, _decoded(passage.json)
        elif name in VIEWS:
            yield name, _decoded(passage.json)["view"]
    for passage in told:
        view = _answered(passage).get("view")
        if view:
            yield "view_submission", view


def _decoded(body: Mapping[str, Any]) -> dict[str, Any]:
    """Of a form, what is JSON in it."""
    return {
        name: json.loads(value) if name in ("blocks", "view") and isinstance(value, str) else value
        for name, value in body.items()
    }


def _answered(passage: Passage) -> Mapping[str, Any]:
    try:
        answer = json.loads(passage.answer or b"{}")
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _objections(body: Mapping[str, Any]) -> list[str]:
    if body.get("type") in ("modal", "home"):
        return of_view(body)
    return [] if body.get("delete_original") else of_message(body)
