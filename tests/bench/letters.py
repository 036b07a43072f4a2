"""From a mail to a durable conversation, beside django-helpdesk, in turn, in one run."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from pydantic import SecretStr

from assistant.commands import ReceiveMessage
from assistant.desk.desk import Desk
from assistant.model import PARLEY, Arrival, conversation_id
from assistant.playbooks import Playbooks
from assistant.ports import Capabilities, Ports, Shelf
from assistant.settings import Settings
from connectors.arriving import kept
from connectors.buyers.email.arrivals import Reader, apart, thread_key
from connectors.buyers.email.options import Options
from connectors.buyers.email.reading import read_mail
from connectors.buyers.email.tokens import Tokens
from connectors.embedded import running
from connectors.files import FolderFiles
from connectors.models.offline import OfflineDrafter
from connectors.store import RedisStore

HELPDESK = "2.6.1"
PEER = Path(__file__).with_name("helpdesk_peer.py")
ROUNDS = 3
MAILS = 200
AT_ONCE = 50
"""As many as a mailbox hands out at once."""
SECRET = SecretStr("a secret of the benchmarks, long enough")
TEXTS = (
    "Hello,\n\nwhere is my order {n}? It should have been here on Tuesday.\n\nAnn",
    "Guten Tag,\n\ndie Kanne aus Bestellung {n} kam kaputt an. Was nun?\n\nLena Weber",
    "您好，我的订单 {n} 到哪里了？已经等了一个星期。",
    "Bonjour,\n\nma commande {n} n'est pas arrivée.\n\nFrançois",
)
MAIL = """Received: from mail.buyer.test by mx.shop.test; Sat, 21 Nov 2026 09:59:00 +0000
Authentication-Results: mx.shop.test; dkim=pass header.d=buyer.test
From: "Buyer {n}" <buyer{n}@buyer.test>
To: support@shop.test
Subject: Order {n}
Date: Sat, 21 Nov 2026 09:59:00 +0000
Message-ID: <{round}.{n}@buyer.test>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

{text}
--b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: 8bit

<html><body><p>{text}</p></body></html>
--b--
"""


def mails(round: int, count: int) -> list[str]:
    """Letters of so many buyers, in four languages, as programs send them."""
    return [
        MAIL.format(n=n, round=round, text=TEXTS[n % len(TEXTS)].format(n=10_000 + n))
        for n in range(count)
    ]


def measure(rounds: int = ROUNDS, count: int = MAILS) -> dict[str, Any]:
    """Per round: the peer, then ours; the first round only warms up."""
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        for n in range(rounds + 1):
            place = Path(folder, "mails", str(n))
            place.mkdir(parents=True)
            for i, text in enumerate(mails(n, count)):
                (place / f"{i:05}.eml").write_text(text, "utf-8")
        with _peer(Path(folder, "mails"), rounds + 1) as peer:
            table = asyncio.run(_ours(Path(folder), peer, rounds + 1))[1:]
    return {
        "rounds": rounds,
        "mails": count,
        "peer_per_s": median(row["peer"] for row in table),
        "kept_per_s": median(row["kept"] for row in table),
        "whole_per_s": median(row["whole"] for row in table),
        "kept_ratio": median(row["kept"] / row["peer"] for row in table),
        "kept_ratios": sorted(round(row["kept"] / row["peer"], 1) for row in table),
        "whole_ratio": median(row["whole"] / row["peer"] for row in table),
        "whole_ratios": sorted(round(row["whole"] / row["peer"], 1) for row in table),
        "cpu_ms": median(row["cpu_ms"] for row in table),
    }


# ── ours ─────────────────────────────────────────────────────────────────────


async def _ours(folder: Path, peer: subprocess.Popen[str], rounds: int) -> list[dict[str, float]]:
    """As the program does it, without a mail server: the peer reads files, too."""
    table = []
    async with running(folder / "data") as url:
        store = await RedisStore.open(url)
        settings = Settings(secret=SECRET, webhook_secret=_webhook_secret(), buyers=("email",))
        options = Options(address="support@shop.test", auth_host="mx.shop.test")
        reader = Reader("", options, "", Tokens(SECRET), FolderFiles(folder))
        desk = Desk(_ports(store, settings))
        for n in range(rounds):
            paths = sorted((folder / "mails" / str(n)).glob("*.eml"))
            row = {"peer": _turn(peer, len(paths))}
            cpu, began = process_time(), perf_counter()
            for at in range(0, len(paths), AT_ONCE):
                await _taken(paths[at : at + AT_ONCE], reader, store)
            row["kept"] = len(paths) / (perf_counter() - began)
            await _worked(store, desk)
            row["whole"] = len(paths) / (perf_counter() - began)
            row["cpu_ms"] = (process_time() - cpu) / len(paths) * 1000
            await _checked(store, n, len(paths))
            table.append(row)
        await store.close()
    return table


async def _taken(paths: Sequence[Path], reader: Reader, store: RedisStore) -> None:
    """Read, and durable: what `pull` does with what a mailbox hands out."""
    now = datetime.now(UTC)
    found = [await reader.arrivals(read_mail(path.read_bytes()), now) for path in paths]
    threads = apart([one for some in found for one in some])
    await asyncio.gather(*(_kept(thread, now, store) for thread in threads))


async def _kept(thread: Sequence[Arrival], now: datetime, store: RedisStore) -> None:
    for one in thread:
        await kept(one, now, store)


async def _worked(store: RedisStore, desk: Desk) -> None:
    """Every message into its conversation; what follows from that is left for later."""

    async def shard(number: int) -> None:
        while True:
            fence = await store.hold(number, "desk", "bench")
            assert fence is not None
            jobs = await store.take(fence, 100, timedelta(0))
            if not jobs:
                return
            for job in jobs:
                if isinstance(job.command, ReceiveMessage):
                    await desk.handle(job.command, PARLEY)
                await store.done(fence, job)

    await asyncio.gather(*(shard(number) for number in range(store.shards)))


async def _checked(store: RedisStore, round: int, count: int) -> None:
    for n in range(count):
        about = conversation_id("email", thread_key("", f"{round}.{n}@buyer.test"))
        assert await store.version(about) > 0, "a mail is no conversation"


class _Nowhere:
    """A channel by which nothing is sent."""

    name = "email"
    can = Capabilities(idempotent=False)


def _ports(store: RedisStore, settings: Settings) -> Ports:
    channel: Any = _Nowhere()
    return Ports(
        settings=settings,
        store=store,
        shelf=Shelf(Playbooks.shipped()),
        drafter=OfflineDrafter(),
        channels={"email": channel},
        rooms={},
        shops={},
        now=lambda: datetime.now(UTC),
    )


def _webhook_secret() -> SecretStr:
    return SecretStr("whsec_dGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtdGVzdHM=")


# ── the peer ─────────────────────────────────────────────────────────────────


def helpdesk() -> Path:
    """A Python that has django-helpdesk, outside the checkout; installed where it is not yet."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "parley-peers" / f"django-helpdesk-{HELPDESK}"
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", f"django-helpdesk=={HELPDESK}"]
        subprocess.run(install, check=True)
        (folder / "installed").touch()
    return python


@contextmanager
def _peer(folder: Path, rounds: int) -> Iterator[subprocess.Popen[str]]:
    command = [str(helpdesk()), str(PEER), str(folder), str(rounds)]
    peer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield peer
    finally:
        peer.terminate()
        peer.wait(10)
        for pipe in (peer.stdin, peer.stdout):
            if pipe is not None:
                pipe.close()


def _turn(peer: subprocess.Popen[str], count: int) -> float:
    """Its mails a second in a round of its own."""
    assert peer.stdin is not None
    assert peer.stdout is not None
    said = peer.stdout.readline().strip()
    assert said == "go", said
    peer.stdin.write("\n")
    peer.stdin.flush()
    told = json.loads(peer.stdout.readline())
    assert told["made"] == count, told
    return float(told["per_s"])
