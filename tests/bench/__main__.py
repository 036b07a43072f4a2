"""`make bench`: measures, prints, and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import Any

from tests.bench import (
    channels,
    decisions,
    drafting,
    ingest,
    letters,
    memory,
    report,
    slack,
    slack_stuck,
    visible,
)
from tests.bench.running import going_first


def ingested(quick: bool) -> str:
    figures = ingest.measure(2, 500) if quick else ingest.measure()
    return report.INGEST.format(rounds=ingest.ROUNDS, requests=ingest.REQUESTS, **figures)


def mailed(quick: bool) -> str:
    return report.LETTERS.format(**(letters.measure(2, 50) if quick else letters.measure()))


def by_channel(quick: bool) -> str:
    rows = channels.measure(1, 100) if quick else channels.measure()
    row = "| {channel} | {peer_per_s:.0f} | {per_s:.0f} | **{ratio:.2f}** |"
    return report.CHANNELS.format(
        rounds=channels.ROUNDS, requests=channels.REQUESTS, rows=report.table(row, rows)
    )


def seen(quick: bool) -> str:
    row = (
        "| {rate} | {messages} | {announced_p50_ms:.0f} / {announced_p99_ms:.0f} "
        "| {visible_p50_ms:.0f} / {visible_p99_ms:.0f} |"
    )
    return report.VISIBLE.format(rows=report.table(row, visible.measure()))


def remembered(quick: bool) -> str:
    row = "| {conversations:,} | {bytes_each:,.0f} |"
    return report.MEMORY.format(rows=report.table(row, memory.measure()))


def events(quick: bool) -> str:
    figures = slack.acks(2, 200) if quick else slack.acks()
    return _events(report.EVENTS, slack.REQUESTS, figures)


def alone(quick: bool) -> str:
    figures = slack.acks(2, 50, 1) if quick else slack.acks(count=slack.ALONE, at_once=1)
    return _events(report.ALONE, slack.ALONE, figures)


def _events(text: str, requests: int, figures: dict[str, Any]) -> str:
    rows = report.table(report.EVENT, figures.pop("kinds"))
    return text.format(rounds=slack.ROUNDS, requests=requests, rows=rows, **figures)


def presses(quick: bool) -> str:
    rows = slack.presses(2, 5) if quick else slack.presses()
    row = "| {server} | {p50_ms:.1f} | {p99_ms:.1f} | **{ratio:.2f}** ({ratios}) |"
    return report.PRESSES.format(
        rounds=slack.ROUNDS, presses=slack.PRESSES, rows=report.table(row, rows)
    )


def stuck(quick: bool) -> str:
    rows = slack_stuck.measure(5) if quick else slack_stuck.measure()
    row = (
        "| {hangs} | {events:,} | {acknowledged:,} | {kept:,} | {ack_p50_ms:.0f} "
        "| **{ack_p99_ms:.0f}** | {ack_max_ms:.0f} |"
    )
    return report.STUCK.format(
        per_s=slack_stuck.PER_S,
        seconds=slack_stuck.LENGTH_S,
        buyers_per_s=slack_stuck.BUYERS_PER_S,
        rows=report.table(row, rows),
    )


def decided(quick: bool) -> str:
    figures = decisions.measure(2, (1, 10)) if quick else decisions.measure()
    row = "| {times}× | {playbooks:,} | {per_s:,.0f} | {each_us:,.0f} | {added_us} | {load_s} |"
    rows = report.table(row, figures.pop("grown"))
    return report.DECISIONS.format(rows=rows, **figures)


def drafted(quick: bool) -> str:
    figures = drafting.measure(2, 1) if quick else drafting.measure()
    row = "| {what} | {p50_ms:.1f} | {p95_ms:.1f} |"
    rows = report.table(row, figures.pop("rows"))
    ratios = {
        "calls_ratio": figures["calls"] / figures["peer_calls"],
        "chars_ratio": figures["chars"] / figures["peer_chars"],
        "time_ratio": figures["model_p50_ms"] / figures["peer_p50_ms"],
    }
    return report.DRAFTING.format(rows=rows, **figures, **ratios)


PARTS: dict[str, tuple[str, Callable[[bool], str]]] = {
    "decisions": (report.DECISIONS, decided),
    "drafting": (report.DRAFTING, drafted),
    "ingest": (report.INGEST, ingested),
    "letters": (report.LETTERS, mailed),
    "channels": (report.CHANNELS, by_channel),
    "events": (report.EVENTS, events),
    "alone": (report.ALONE, alone),
    "presses": (report.PRESSES, presses),
    "stuck": (report.STUCK, stuck),
    "visible": (report.VISIBLE, seen),
    "memory": (report.MEMORY, remembered),
}
FIRST = ("alone", "presses", "stuck")
"""What measures milliseconds at a pace that leaves the machine idle: of other jobs' processes it
would measure nothing else. Floods take all there is, so they don't go before anybody."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, nothing written")
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; none: all")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; write some of {', '.join(PARTS)}")
    for name in asked.parts or PARTS:
        print(f"{name} …", flush=True)
        section = _measured(name, asked.quick)
        print(section, flush=True)
        if not asked.quick:
            _write(section)


def _measured(name: str, quick: bool) -> str:
    before = os.getloadavg()[0]
    with going_first(name in FIRST) as first:
        section = PARTS[name][1](quick)
    return report.section(section, report.machine(name, (before, os.getloadavg()[0]), first=first))


def _write(section: str) -> None:
    order = [text.split("\n", 1)[0] for text, _ in PARTS.values()]
    old = report.REPORT.read_text("utf-8")
    report.REPORT.write_text(report.document(old, [section], order), encoding="utf-8")
    print(f"written to {report.REPORT.name}")


if __name__ == "__main__":
    main()
