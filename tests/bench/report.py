"""docs/benchmarks.md: a section for each thing measured; those not measured anew stay."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

REPORT = Path(__file__).parents[2] / "docs" / "benchmarks.md"

HEAD = """# Benchmarks

Made by `make bench` (about ten minutes), or a part of it by `make bench ONLY="presses stuck"`; this
file is its output. Single figures depend on the machine and on what else it does; the ratio against
the named peer, measured in turn in the same run, is what carries over. Load generator, servers and
the embedded Valkey (AOF `appendfsync always`) share the cores.

"""

INGEST = """## Durable ingest

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
"""

LETTERS = """## A letter, durable and in its conversation

A mail's bytes to a durable conversation: read (charsets, quotation, sender's proof), its thread
found, on disk; then in its conversation. In one process, {mails} letters of as many buyers a round
in four languages, {rounds} rounds, in turn. Peer: django-helpdesk's own `extract_email_metadata`
into SQLite with a write-ahead log, synced at each commit (`tests/bench/helpdesk_peer.py`).

| | letters/s (median) | ratio to the peer, round by round (median) |
|---|---|---|
| peer: django-helpdesk 2.6.1 | {peer_per_s:.0f} | 1 |
| read and durable: no crash loses it, nothing doubles it | {kept_per_s:.0f} | \
**{kept_ratio:.1f}** ({kept_ratios}) |
| and written into its conversation | {whole_per_s:.0f} | **{whole_ratio:.1f}** ({whole_ratios}) |

Our processor time a letter, all of it: {cpu_ms:.1f} ms.
"""

CHANNELS = """## Webhooks of each channel

The recorded webhook of each channel's tests, every time another message: signature checked on the
raw bytes, parsed, de-duplicated and on disk before the answer. Peer: an aiohttp handler that only
computes an HMAC over the body (`tests/bench/peers.py`). {rounds} rounds of {requests} requests
each, 16 connections, in turn, `parley serve --no-workers`.

| channel | peer, requests/s | Parley, requests/s | ratio, pair by pair (median) |
|---|---|---|---|
{rows}
"""

VISIBLE = """## Accepted → visible in the console

A steady stream of new buyers into one `parley serve` (web, channel, workers in one process), each
message drafted offline as well. *Announced*: the browser's event stream names the conversation.
*Visible*: the browser has fetched the changed parts of the page and the card is in them (for every
n-th message).

| messages/s | messages | announced p50 / p99 ms | visible p50 / p99 ms |
|---|---|---|---|
{rows}
"""

MEMORY = """## Memory of an open conversation

In the store, with one message, one draft, its log and indexes.

| open conversations | bytes each |
|---|---|
{rows}
"""

_EVENTS_TABLE = """
| | CPU µs Bolt / Parley | CPU ratio | requests/s Bolt / Parley | ratio | p50 ms | p99 ms |
|---|---|---|---|---|---|---|
{rows}

Bar: CPU ratio of 3.0. The ratios of all rounds:

{ratios}

The store's process takes {store_cpu_us:.0f} µs more for an event. Acknowledged by Parley:
{acknowledged:,}. In its work streams afterwards: {kept:,}. Refused: {refused}.
"""

EVENTS = (
    """## Slack: an event, durable and acknowledged

`POST /slack/events` of `parley serve --no-workers`: signature checked over the raw bytes, payload
read, its conversation found, the command de-duplicated and on disk before the 200. Peer: a bare
slack-bolt `AsyncApp` with its aiohttp adapter, `process_before_response=True`, the signature
checked, listeners that do nothing and keep nothing (`tests/bench/slack_peers.py`). {rounds} rounds
of {requests} requests of each kind, 16 connections, in turn. CPU is what the server's own process
takes for a request; the medians of all rounds, ratios pair by pair.
"""
    + _EVENTS_TABLE
)

ALONE = (
    """## Slack: one event at a time

The same over one connection, {requests} requests a round: what an ordinary day is like. Nothing
shares a write to the store, and each waits for the disk alone, which Bolt's app never does.
"""
    + _EVENTS_TABLE
)

EVENT = (
    "| {kind} | {bare_cpu_us:.0f} / {durable_cpu_us:.0f} | **{cpu_ratio:.2f}** "
    "| {bare_per_s:.0f} / {durable_per_s:.0f} | {rps_ratio:.2f} "
    "| {bare_p50_ms:.1f} / {durable_p50_ms:.1f} | {bare_p99_ms:.1f} / {durable_p99_ms:.1f} |"
)

PRESSES = """## Slack: a press, acknowledged

*Approve & send*, one press at a time, with the whole card in its payload as Slack sends it.
{rounds} rounds of {presses} presses for each server, in turn. Bolt's default looks every 10 ms
whether its listener has acknowledged. Parley's press is on disk before the 200; `parley serve` does
meanwhile what was pressed before (a reply approved and sent, its card updated), with a Slack that
answers at once.

| | p50 ms | p99 ms | p50 to Bolt's default, pair by pair (median) |
|---|---|---|---|
{rows}

Bar: 0.5.
"""

STUCK = """## Slack: everything else hangs

{per_s} events a second for {seconds} s into one `parley serve` (web, channel, workers in one
process), with the gaps of chance: words in threads, mentions, presses, slash commands. Besides,
{buyers_per_s} buyers' messages a second that are to be drafted for. The drafter and the shop never
answer (`tests/bench/stuck.py`); Slack's API takes connections and never says a word. An
acknowledgement counts from when its event was due to be sent. *In the store* counts the keys that
an event leaves there in the same atomic step as its work.

| hangs | events | acknowledged | in the store | p50 ms | p99 ms | longest ms |
|---|---|---|---|---|---|---|
{rows}

Bar: p99 of 300 ms, none lost.
"""


DECISIONS = """## Decisions by the playbooks

All {questions:,} recorded cases of facts (`playbooks/cases/`), decided by all {playbooks} shipped
playbooks in one process, proof included. Peer: Google's CEL runtime (`cel-expr-python`) alone,
evaluating the same compiled conditions over the same facts and nothing else, {conditions:.0f} of
them a decision. {rounds} rounds of each, in turn; processor time, pair by pair.

| | µs a decision | decisions/s | ratio to the peer |
|---|---|---|---|
| peer: the conditions alone | {bare_us:.0f} | {bare_per_s:,.0f} | 1 |
| `decide()` | {each_us:.0f} | {per_s:,.0f} | **{ratio:.2f}** ({ratios}) |

Among more playbooks: the shipped policies, markets, platforms and cultures again and again under
other names, as of other shops, each policy `when` the platform is that shop's. They never apply,
but each has to be asked. Every fortieth case.

| times | playbooks | decisions/s | µs a decision | µs for each one added | read and checked in s |
|---|---|---|---|---|---|
{rows}
"""


DRAFTING = """## A draft

{messages} buyers' messages in five languages, each with the order that a shop confirms, {rounds}
rounds after a first one that loads words and patterns. Wall-clock time in one process.

| without a model | p50 ms | p95 ms |
|---|---|---|
{rows}

With a model that takes no time (`tests/model_server.py`), asked over real HTTP, streamed; it writes
what the composer would. Peer: Parlant {peer} with ten guidelines, whose model answers at once in
its own process, without HTTP (`tests/bench/parlant_peer.py`); {turns} turns after a first one, its
own pacing included.

| a draft with a model | calls | prompt characters | p50 ms | p95 ms |
|---|---|---|---|---|
| peer: Parlant | {peer_calls:.0f} | {peer_chars:,.0f} | {peer_p50_ms:,.0f} | {longest} |
| Parley | {calls:.2f} | {chars:,.0f} | {model_p50_ms:,.0f} | {model_p95_ms:,.0f} |
| ratio to the peer | **{calls_ratio:.2f}** | **{chars_ratio:.3f}** | **{time_ratio:.3f}** | |

Of {drafts} drafts {written} were the model's; the others are left to a person by policy and ask it
to read alone. Of the characters, {reading:,.0f} are for reading; JSON schemas, sent beside the
prompts, are another {schema:,.0f} a draft.
"""


def table(row: str, rows: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(row.format(**one) for one in rows)


def machine(part: str, loads: Sequence[float], *, first: bool) -> str:
    """How, when and where, and what else the machine did. *first*: we went before the others."""
    where = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    about = f"`make bench ONLY={part}`, {datetime.now(UTC).date()}, {where};\n"
    about += f"load average {loads[0]:.0f} before and {loads[1]:.0f} after."
    if first:
        about += "\nAll processes of the run went before other jobs' (`SCHED_RR`)."
    return f"{about}\n"


def section(text: str, about: str) -> str:
    """*text* with a word on the run under its heading."""
    heading, rest = text.split("\n\n", 1)
    return f"{heading}\n\n{about}\n{rest}"


def document(old: str, new: Sequence[str], order: Sequence[str]) -> str:
    """The document with *new* sections in place of those of the same heading, all in *order*."""
    parts = re.split(r"^(?=## )", old, flags=re.MULTILINE)[1:]
    sections = {_heading(one): one for one in (*parts, *new)}
    kept = [sections[heading].strip() for heading in order if heading in sections]
    return HEAD + "\n\n".join(kept) + "\n"


def _heading(section: str) -> str:
    return section.split("\n", 1)[0]
