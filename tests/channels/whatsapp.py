"""WhatsApp: signed by the app's secret, sent through the Graph API."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from connectors.meta import graph
from tests.channel_stage import recorded
from tests.proofs import ChannelProof
from tests.provider import Says

SECRET, NUMBER, BSUID = "an-app-secret-of-ours", "106540352242922", "US.13491208655302741918"


def signed(body: bytes, secret: str = SECRET) -> Mapping[str, str]:
    """As Meta documents it."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}


def unsigned(body: bytes) -> Mapping[str, str]:
    return {"Content-Type": "application/json"}


def options(channel: str, url: str) -> dict[str, str]:
    """Of all channels of Meta."""
    name = channel.upper()
    return {
        f"{name}_APP_SECRET": SECRET,
        f"{name}_VERIFY_TOKEN": "our own words",
        f"{name}_TOKEN": "EAAG-token",
        f"{name}_API_URL": url,
    }


def out(channel: str, name: str) -> Any:
    return json.loads(recorded(channel, name, "out"))


FORGED = (unsigned, lambda body: signed(body, "another secret"), lambda body: signed(body + b" "))


def impatient(patch: Any) -> None:
    patch.setattr(graph, "TIMEOUT", aiohttp.ClientTimeout(total=0.2))


PROOF = ChannelProof(
    environment=lambda url: options("whatsapp", url),
    table={"phone_number_id": NUMBER},
    signed=signed,
    forged=FORGED,
    told={"text": "Where is my parcel? Order 1042."},
    fresh=("wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ001", "wamid.{n}"),
    thread=(f"{NUMBER}/{BSUID}", BSUID),
    sends=("POST", rf"/v25\.0/{NUMBER}/messages"),
    taken=Says(200, out("whatsapp", "taken")),
    external_id="wamid.SENT1",
    words=lambda asked: str(asked.json["text"]["body"]),
    refused=Says(400, out("whatsapp", "window_over")),
    throttled=Says(400, out("whatsapp", "pair_rate")),
    times_out=impatient,
)
