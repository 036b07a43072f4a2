"""Instagram: as WhatsApp, with ids of its own."""

from __future__ import annotations

from tests.channels.whatsapp import FORGED, impatient, options, out, signed
from tests.proofs import ChannelProof
from tests.provider import Says

PROOF = ChannelProof(
    environment=lambda url: options("instagram", url),
    table={"account_id": "17841400000000001"},
    signed=signed,
    forged=FORGED,
    told={"text": "MESSAGE-TEXT"},
    fresh=("aWdfZAG1", "aWdf{n}"),
    thread=("17841400000000001/1020304050607080", "1020304050607080"),
    sends=("POST", r"/v25\.0/17841400000000001/messages"),
    taken=Says(200, out("instagram", "taken")),
    external_id="aWdfSENT",
    words=lambda asked: str(asked.json["message"]["text"]),
    refused=Says(400, out("messenger", "unreachable")),
    throttled=Says(429, "slow down", {"Retry-After": "9"}),
    times_out=impatient,
)
