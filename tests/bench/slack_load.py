"""What Slack sends, shaped as Slack shapes it and signed beforehand; every one is a new event."""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from assistant.model import Conversation, ThreadId
from assistant.settings import Storefront
from assistant.surface.conversation import conversation_card
from assistant.words import words
from connectors.rooms.slack.blocks import card_post
from connectors.rooms.slack.signature import sign
from tests.bench.memory import waiting
from tests.slack_fake import BOT, ROOM, TEAM

SECRET = "signing secret of the benchmarks"
PEOPLE = tuple(f"U{n}AGENT" for n in range(1, 6))
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
RESPOND = "https://hooks.slack.com/commands/T1SHOP/1/x"
CARDS = 1_000
"""Of conversations that stand in the room."""
_RUN = int.from_bytes(os.urandom(3))

Kind = Literal["words in a thread", "a mention", "a press", "a slash command"]
KINDS: tuple[Kind, ...] = ("words in a thread", "a mention", "a press", "a slash command")

_numbers = itertools.count(1)


class Room:
    """Conversations whose cards stand in the room, and what people there do."""

    def __init__(self, count: int) -> None:
        self.conversations = tuple(_standing(n) for n in range(count))
        self._cards = tuple(_card(one) for one in self.conversations)

    def requests(self, url: str, kind: Kind, count: int) -> list[bytes]:
        """*count* whole HTTP requests, never the same as those of an earlier call."""
        return [self.request(url, kind) for _ in range(count)]

    def request(self, url: str, kind: Kind, button: str = "do:approve_draft") -> bytes:
        n = next(_numbers)
        if kind == "a press":
            payload = json.dumps(self._press(n, button), separators=(",", ":"))
            return signed_request(url, urlencode({"payload": payload}).encode(), FORM)
        if kind == "a slash command":
            return signed_request(url, urlencode(_command(n)).encode(), FORM)
        event = _mention(n, self._thread(n)) if kind == "a mention" else _words(n, self._thread(n))
        return signed_request(url, json.dumps(event, separators=(",", ":")).encode(), JSON)

    def _thread(self, n: int) -> str:
        return root(n % len(self._cards))

    def _press(self, n: int, button: str) -> dict[str, Any]:
        """A button of a card, with the whole card, as Slack sends it along."""
        at = n % len(self._cards)
        blocks = self._cards[at]
        action = next(one for one in _elements(blocks) if one["action_id"].startswith(button))
        user = PEOPLE[n % len(PEOPLE)]
        return {
            "type": "block_actions",
            "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": TEAM},
            "api_app_id": "A1PARLEY",
            "token": "a verification token",
            "container": {
                "type": "message",
                "message_ts": root(at),
                "channel_id": ROOM,
                "is_ephemeral": False,
            },
            "trigger_id": f"{_RUN}.{n}.0123456789abcdef",
            "team": {"id": TEAM, "domain": "shop"},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": ROOM, "name": "support"},
            "message": {
                "user": BOT,
                "type": "message",
                "ts": root(at),
                "bot_id": "B0BOT",
                "app_id": "A1PARLEY",
                "text": "Lena Weber",
                "team": TEAM,
                "blocks": blocks,
            },
            "state": {"values": {}},
            "response_url": f"{RESPOND}/{n}",
            "actions": [{**action, "block_id": "b", "action_ts": f"{_RUN}.{n:06}"}],
        }


def signed_request(url: str, body: bytes, mime: str) -> bytes:
    """A whole HTTP request, signed as Slack signs, with the headers that Slack sends."""
    stamp = str(int(time.time()))
    where = urlsplit(url)
    head = (
        f"POST {where.path} HTTP/1.1\r\nhost: {where.netloc}\r\n"
        f"user-agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\naccept: */*\r\n"
        f"accept-encoding: gzip,deflate\r\ncontent-type: {mime}\r\n"
        f"x-slack-request-timestamp: {stamp}\r\n"
        f"x-slack-signature: {sign(body, stamp, SECRET).decode()}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _standing(n: int) -> Conversation:
    """One whose card stands in the room, with a draft to approve."""
    return waiting(n, threads={"slack": ThreadId(f"slack:{TEAM}:{ROOM}:{root(n)}")})


def _card(conversation: Conversation) -> list[dict[str, Any]]:
    in_english = words("en")
    card = conversation_card(
        conversation, Storefront(), in_english, datetime.now(UTC), room="slack"
    )
    return card_post(card, in_english).blocks


def _elements(blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every button of a card."""
    return [
        one for block in blocks for one in block.get("elements", ()) if one.get("type") == "button"
    ]


def root(n: int) -> str:
    """The `ts` of the card of conversation *n*."""
    return f"1790000000.{n:06}"


def _words(n: int, thread: str) -> dict[str, Any]:
    """Plain words under a card: inside, and offered to whoever typed them."""
    text = f"I asked the warehouse, they will look for it tonight ({n})"
    return _event(n, {"type": "message", "channel_type": "channel"}, text, thread)


def _mention(n: int, thread: str) -> dict[str, Any]:
    return _event(n, {"type": "app_mention"}, f"<@{BOT}> note the warehouse looks ({n})", thread)


def _event(n: int, kind: Mapping[str, str], text: str, thread: str) -> dict[str, Any]:
    ts = f"{1791000000 + _RUN % 1000000}.{n:06}"
    typed = {"type": "text", "text": text}
    rich = {"type": "rich_text_section", "elements": [typed]}
    return {
        "token": "a verification token",
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": "A1PARLEY",
        "event": {
            **kind,
            "user": PEOPLE[n % len(PEOPLE)],
            "ts": ts,
            "client_msg_id": f"6b0a{_RUN:06x}-0000-4000-8000-{n:012}",
            "text": text,
            "team": TEAM,
            "thread_ts": thread,
            "parent_user_id": BOT,
            "blocks": [{"type": "rich_text", "block_id": "r", "elements": [rich]}],
            "channel": ROOM,
            "event_ts": ts,
        },
        "type": "event_callback",
        "event_id": f"Ev{_RUN:06X}{n:06}",
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{_RUN:06x}{n:06}",
    }


def _command(n: int) -> dict[str, str]:
    user = PEOPLE[n % len(PEOPLE)]
    return {
        "token": "a verification token",
        "team_id": TEAM,
        "team_domain": "shop",
        "channel_id": ROOM,
        "channel_name": "support",
        "user_id": user,
        "user_name": user.lower(),
        "command": "/order",
        "text": f"{10000 + n}",
        "api_app_id": "A1PARLEY",
        "is_enterprise_install": "false",
        "response_url": f"{RESPOND}/{n}",
        "trigger_id": f"{_RUN}.{n}.0123456789abcdef",
    }
