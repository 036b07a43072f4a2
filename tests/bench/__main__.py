"""`make bench`: measures, prints, and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench import ingest, memory, visible

REPORT = Path(__file__).parents[2] / "docs" / "benchmarks.md"

TEXT = """# Benchmarks

Made by `make bench` (about three minutes); this file is its output. Single figures depend on the
machine; the ratio against the named peer, measured in turn in the same run, is what carries over.

Last run: {when}, {cores} cores, Python {python}, {system}. Load generator, servers and the embedded
Valkey (AOF `appendfsync always`) share these cores.

## Durable ingest

`POST /buyers/webhook` of `parley serve`: signature checked, payload validated, message
de-duplicated and on disk before the 200. Peer: an aiohttp handler that only checks the HMAC
(`tests/bench/peers.py`). {rounds} rounds of {requests} requests each, 16 connections, in turn.

| | requests/s (median) | ratio to the peer, pair by pair (median) |
|---|---|---|
| peer: HMAC only | {peer_per_s:.0f} | 1 |
| `parley serve --no-workers` | {ingest_per_s:.0f} | **{ingest_ratio:.2f}** ({ingest_ratios}) |
| `parley serve`, working on what it accepts meanwhile | {whole_per_s:.0f} | {whole_ratio:.2f} |

p99 of an acknowledgement under this flood (16 at once, without workers): {ingest_p99_ms:.0f} ms.
Requests refused: {refused}.

## Accepted → visible in the console

A steady stream of new buyers into one `parley serve` (web, channel, workers in one process), each
message drafted offline as well. *Announced*: the browser's event stream names the conversation.
*Visible*: the browser has fetched the changed parts of the page and the card is in them (for every
n-th message).

| messages/s | messages | announced p50 / p99 ms | visible p50 / p99 ms |
|---|---|---|---|
{visible}

## Memory of an open conversation

In the store, with one message, one draft, its log and indexes.

| open conversations | bytes each |
|---|---|
{memory}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, nothing written")
    quick = parser.parse_args().quick
    print("durable ingest …", flush=True)
    ingested = ingest.measure(2, 500) if quick else ingest.measure()
    print(ingested, flush=True)
    print("accepted → visible …", flush=True)
    seen = visible.measure()
    print(seen, flush=True)
    print("memory …", flush=True)
    kept = memory.measure()
    print(kept, flush=True)
    if not quick:
        REPORT.write_text(report(ingested, seen, kept), encoding="utf-8")
        print(f"written to {REPORT.name}")


def report(
    ingested: dict[str, Any], seen: list[dict[str, float]], kept: list[dict[str, float]]
) -> str:
    return TEXT.format(
        when=datetime.now(UTC).date(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        system=platform.system(),
        rounds=ingest.ROUNDS,
        requests=ingest.REQUESTS,
        visible="\n".join(
            "| {rate} | {messages} | {announced_p50_ms:.0f} / {announced_p99_ms:.0f} "
            "| {visible_p50_ms:.0f} / {visible_p99_ms:.0f} |".format(**row)
            for row in seen
        ),
        memory="\n".join("| {conversations:,} | {bytes_each:,.0f} |".format(**row) for row in kept),
        **ingested,
    )


if __name__ == "__main__":
    main()
