"""Shopee: pushes signed by the partner key; its seller chat API."""

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

KEY, ADDRESS = "shpk6a6b6c", "https://parley.example/buyers/shopee"
SHOP = "947042923"


def signed(body: bytes, key: str = KEY) -> Mapping[str, str]:
    """As the guide of Shopee's push mechanism computes it."""
    told = f"{ADDRESS}|".encode() + body
    return {"Authorization": hmac.new(key.encode(), told, hashlib.sha256).hexdigest()}


def environment(url: str) -> dict[str, str]:
    return {
        "SHOPEE_PARTNER_ID": "1000016",
        "SHOPEE_PARTNER_KEY": KEY,
        "SHOPEE_SHOP_ID": SHOP,
        "SHOPEE_REFRESH_TOKEN": "refresh-1",
        "SHOPEE_PUSH_URL": ADDRESS,
        "SHOPEE_API_URL": url,
    }


def out(name: str) -> Any:
    return json.loads(recorded("shopee", name, "out"))


def script(provider: Provider) -> None:
    provider.on("POST", "/api/v2/auth/access_token/get", Says(200, out("token")))


PROOF = ChannelProof(
    environment=environment,
    signed=signed,
    forged=(
        lambda body: {},
        lambda body: signed(body, "another"),
        lambda body: signed(b"x" + body),
    ),
    told={"text": "Baik kak .. 🤗"},
    fresh=("2302748948493123953", "2302{n}"),
    thread=(f"{SHOP}/709122092476686867/165105353", "165105353"),
    script=script,
    sends=("POST", "/api/v2/sellerchat/send_message"),
    taken=Says(200, out("sent")),
    external_id="2302748948493129999",
    words=lambda asked: str(asked.json["content"]["text"]),
    refused=Says(200, {"error": "user_is_forbidden", "message": "no"}),
    throttled=Says(200, {"error": "error_rate_limit"}, {"Retry-After": "7"}),
    times_out=lambda patch: patch.setattr(
        marketplaces, "TIMEOUT", aiohttp.ClientTimeout(total=0.2)
    ),
)
