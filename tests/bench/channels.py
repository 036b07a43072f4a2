"""Webhooks of every channel with one, each against a handler that only computes an HMAC."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from importlib import import_module
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from connectors import plugs
from tests.bench.load import flood
from tests.bench.running import parley, peer
from tests.channel_stage import recorded
from tests.proofs import ChannelProof

ROUNDS = 5
REQUESTS = 1_000
NOBODY = "http://127.0.0.1:9"


def proofs() -> dict[str, ChannelProof]:
    """The channels that are measured: those whose recorded webhook can be made a new one."""
    found = {}
    for name in plugs.channel_names():
        proof = import_module(f"tests.channels.{name}").PROOF
        if isinstance(proof, ChannelProof) and proof.fresh[0]:
            found[name] = proof
    return found


def measure(rounds: int = ROUNDS, count: int = REQUESTS) -> list[Mapping[str, Any]]:
    """A row a channel: durable webhooks a second, and their ratio to the peer pair by pair."""
    known = proofs()
    settings = {"PARLEY_BUYERS": ",".join(known)}
    for name, proof in known.items():
        settings |= proof.environment(NOBODY)
        settings |= {f"{name}_{key}".upper(): str(value) for key, value in proof.table.items()}
    with peer() as (plain, _), parley("--no-workers", **settings) as (ours, _, _):
        return [_row(name, proof, plain, ours, rounds, count) for name, proof in known.items()]


def _row(
    name: str, proof: ChannelProof, plain: str, ours: str, rounds: int, count: int
) -> Mapping[str, Any]:
    pairs = []
    for n in range(rounds + 1):
        rates = []
        for url in (plain, ours):
            address = f"{url}/buyers/{name}"
            made = requests(address, name, proof, count)
            answers = asyncio.run(flood(address, made))
            taken = sum(answers.statuses[status] for status in (200, 204))
            assert taken == count, f"{name}: {dict(answers.statuses)}"
            rates.append(count / answers.seconds)
        if n:  # the first round only warms up
            pairs.append(rates)
    return {
        "channel": name,
        "peer_per_s": median(peer_s for peer_s, _ in pairs),
        "per_s": median(own_s for _, own_s in pairs),
        "ratio": median(own_s / peer_s for peer_s, own_s in pairs),
    }


def requests(url: str, name: str, proof: ChannelProof, count: int) -> list[bytes]:
    """*count* webhooks of new messages, signed as their provider signs them."""
    assert proof.signed is not None
    body = recorded(name, next(iter(proof.told)))
    old, new = proof.fresh
    assert old.encode() in body, f"{name}: {old} is not in its recorded webhook"
    first = int.from_bytes(os.urandom(5), "big")
    where, made = urlsplit(url), []
    for n in range(count):
        one = body.replace(old.encode(), new.format(n=first + n).encode())
        headers = {"Content-Type": "application/json", **proof.signed(one)}
        lines = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
        head = f"POST {where.path} HTTP/1.1\r\nhost: {where.netloc}\r\n{lines}"
        made.append(f"{head}content-length: {len(one)}\r\n\r\n".encode() + one)
    return made
