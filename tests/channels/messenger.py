"""Messenger: as WhatsApp, with ids of its own."""

from __future__ import annotations

from tests.channels.whatsapp import FORGED, impatient, options, out, signed
from tests.proofs import ChannelProof
from tests.provider import Says

PROOF = ChannelProof(
    environment=lambda url: options("messenger", url),
    table={"page_id": "1234567890123"},
    signed=signed,
    forged=FORGED,
    told={"text": "Where is my parcel?"},
    fresh=('"m_1"', '"m_{n}"'),
    thread=("1234567890123/9876543210987", "9876543210987"),
    sends=("POST", r"/v25\.0/1234567890123/messages"),
    taken=Says(200, out("messenger", "taken")),
    external_id="m_SENT",
    words=lambda asked: str(asked.json["message"]["text"]),
    refused=Says(400, out("messenger", "window_over")),
    throttled=Says(429, "slow down", {"Retry-After": "9"}),
    times_out=impatient,
)
