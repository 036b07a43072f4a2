"""The workspace that tests run in: its apps, people and channels, and how Slack signs."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any, NamedTuple

TEAM = "T01PARLEY"
LEAD, OLGA, WEI, GUEST = "U01LEAD", "U02OLGA", "U03WEI", "U04GUEST"
DESK, VIP, LEADS, SOCKET = "C01DESK", "C02VIP", "C03LEADS", "C04SOCKET"
PEOPLE = [
    {"id": LEAD, "name": "lena", "real_name": "Lena Lead", "email": "lena@example.com"},
    {"id": OLGA, "name": "olga", "real_name": "Olga Agent", "email": "olga@example.com"},
    {"id": WEI, "name": "wei", "real_name": "李伟", "email": "wei@example.com"},
    {"id": GUEST, "name": "gus", "real_name": "Gus Guest", "email": "gus@example.org"},
]
ZONES = {LEAD: "Europe/Berlin", OLGA: "Europe/Warsaw", WEI: "Asia/Shanghai"}


class App(NamedTuple):
    """An app of the workspace, as an operator has it from Slack's pages."""

    id: str
    user: str
    """Its bot user: mention it as `<@…>`."""
    name: str
    bot_token: str
    app_token: str
    secret: str
    mode: str


EVENTS = App("A01EVENTS", "U0PARLEY", "parley", "xoxb-events", "xapp-events", "s3cr3t-1", "events")
BY_SOCKET = App(
    "A02SOCKET", "U0SOCKET", "wired", "xoxb-socket", "xapp-socket", "s3cr3t-2", "socket"
)
KEYS = App("A03KEYS", "U0KEYS", "keys", "xoxb-keys", "xapp-keys", "s3cr3t-3", "events")
"""An app of the driver's own: what it is sent holds trigger ids that are valid."""


def config(request_url: str, keys_url: str) -> dict[str, Any]:
    """The workspace as local-slack's configuration has it."""
    urls = {EVENTS.id: request_url, BY_SOCKET.id: None, KEYS.id: keys_url}
    bots, everybody = [EVENTS.user, BY_SOCKET.user], [one["id"] for one in PEOPLE]
    return {
        "workspace": {"name": "Parley", "domain": "parley", "teamId": TEAM},
        "apps": [_app(one, urls[one.id]) for one in (EVENTS, BY_SOCKET, KEYS)],
        "users": [{**one, "tz": ZONES.get(one["id"], "UTC")} for one in PEOPLE],
        "channels": [
            {"id": DESK, "name": "buyers", "members": [*everybody, bots[0]]},
            {"id": VIP, "name": "vip-buyers", "members": [LEAD, OLGA, bots[0]]},
            {"id": LEADS, "name": "leads", "is_private": True, "members": [LEAD, bots[0]]},
            {"id": SOCKET, "name": "wired", "members": [*everybody, bots[1]]},
        ],
    }


def signature(body: bytes, secret: str = EVENTS.secret, at: float | None = None) -> dict[str, str]:
    """Slack's two headers, computed here and not by what is tested."""
    stamp = str(int(time.time() if at is None else at))
    signed = hmac.digest(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={signed.hex()}"}


def _app(app: App, url: str | None) -> dict[str, Any]:
    return {
        "appId": app.id,
        "botUserId": app.user,
        "botName": app.name,
        "botToken": app.bot_token,
        "appToken": app.app_token,
        "signingSecret": app.secret,
        "mode": app.mode,
        **({"requestUrl": url} if url else {}),
    }
