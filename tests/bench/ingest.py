"""Durable ingest against a handler that only checks the HMAC, in turn, in one run."""

from __future__ import annotations

import asyncio
from statistics import median

from tests.bench.load import Answers, flood, requests
from tests.bench.running import parley, peer

ROUNDS = 7
REQUESTS = 3_000


def measure(rounds: int = ROUNDS, count: int = REQUESTS) -> dict[str, object]:
    """Per round: the peer, then Parley without workers, then Parley with them."""
    with (
        peer() as (plain, _),
        parley("--no-workers") as (ingest, _, _),
        parley() as (whole, _, _),
    ):
        table = []
        for n in range(rounds + 1):
            row = [_flood(url, count) for url in (plain, ingest, whole)]
            if n:  # the first round only warms up
                table.append(row)
    rates = [[answers.per_second for answers in row] for row in table]
    return {
        "peer_per_s": median(row[0] for row in rates),
        "ingest_per_s": median(row[1] for row in rates),
        "whole_per_s": median(row[2] for row in rates),
        "ingest_ratio": median(row[1] / row[0] for row in rates),
        "ingest_ratios": sorted(round(row[1] / row[0], 3) for row in rates),
        "whole_ratio": median(row[2] / row[0] for row in rates),
        "refused": sum(_refused(answers) for row in table for answers in row),
        "ingest_p99_ms": median(_p99_ms(row[1]) for row in table),
    }


def _flood(url: str, count: int) -> Answers:
    address = f"{url}/buyers/webhook"
    return asyncio.run(flood(address, requests(address, count)))


def _refused(answers: Answers) -> int:
    return sum(count for status, count in answers.statuses.items() if status != 200)


def _p99_ms(answers: Answers) -> float:
    return sorted(answers.latencies_s)[int(len(answers.latencies_s) * 0.99)] * 1000
