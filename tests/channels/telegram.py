"""Telegram: a secret in a header, and the Bot API."""

from __future__ import annotations

import json
from typing import Any

import aiohttp

from connectors.buyers.telegram import api
from tests.channel_stage import recorded
from tests.proofs import ChannelProof
from tests.provider import Says

TOKEN, SECRET = "123456:AAE-secret-secret-secret-secret-sec", "a-secret-of-ours-1"


def environment(url: str) -> dict[str, str]:
    return {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
        "TELEGRAM_API_URL": url,
    }


def header(secret: str) -> dict[str, str]:
    return {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}


def out(name: str) -> Any:
    return json.loads(recorded("telegram", name, "out"))


PROOF = ChannelProof(
    environment=environment,
    signed=lambda body: header(SECRET),
    forged=(lambda body: {}, lambda body: header(""), lambda body: header(SECRET[:-1])),
    told={"text": "Cadê o meu pacote?", "voice": ""},
    fresh=('"message_id": 1365', '"message_id": {n}'),
    thread=("123456/1111111", "1111111"),
    sends=("POST", f"/bot{TOKEN}/sendMessage"),
    taken=Says(200, out("taken")),
    external_id="1366",
    words=lambda asked: str(asked.json["text"]),
    refused=Says(403, out("blocked")),
    throttled=Says(429, out("too_many")),
    times_out=lambda patch: patch.setattr(api, "TIMEOUT", aiohttp.ClientTimeout(total=0.2)),
)
