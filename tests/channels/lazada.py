"""Lazada: pushes signed over key and body; its instant messaging API."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from connectors import marketplaces
from tests.channel_stage import recorded
from tests.proofs import ChannelProof
from tests.provider import Provider, Says

KEY, SECRET, SELLER = "123456", "3412gyo124goi3124", "20240305"
SESSION = "100094063_2_1011822749_1_103"


def signed(body: bytes, secret: str = SECRET) -> Mapping[str, str]:
    """As the sample code of Lazada's push mechanism computes it."""
    digest = hmac.new(secret.encode(), KEY.encode() + body, hashlib.sha256).hexdigest()
    return {"Authorization": digest}


def environment(url: str) -> dict[str, str]:
    return {
        "LAZADA_APP_KEY": KEY,
        "LAZADA_APP_SECRET": SECRET,
        "LAZADA_SELLER_ID": SELLER,
        "LAZADA_REFRESH_TOKEN": "refresh-1",
        "LAZADA_AUTH_URL": url,
        "LAZADA_API_URL": url,
    }


def out(name: str) -> Any:
    return json.loads(recorded("lazada", name, "out"))


def script(provider: Provider) -> None:
    provider.on("POST", "/auth/token/refresh", Says(200, out("token")))
    provider.on("POST", "/im/session/read", Says(200, {"code": "0", "err_code": "0"}))


PROOF = ChannelProof(
    environment=environment,
    signed=signed,
    forged=(lambda body: {}, lambda body: signed(body, "other"), lambda body: signed(b"x" + body)),
    told={"text": "hello world!"},
    fresh=("1zYOS7N0cuIqw96026", "1z{n}"),
    thread=(f"{SELLER}/{SESSION}", "1891549323"),
    script=script,
    sends=("POST", "/im/message/send"),
    taken=Says(200, out("sent")),
    external_id="23hR7YH0BtkiN00001",
    words=lambda asked: str(asked.form["txt"]),
    refused=Says(200, {"code": "MissingParameter", "message": "no txt"}),
    throttled=Says(200, {"code": "ApiCallLimit", "type": "ISV"}),
    times_out=lambda patch: patch.setattr(
        marketplaces, "TIMEOUT", aiohttp.ClientTimeout(total=0.2)
    ),
)
