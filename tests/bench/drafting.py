"""What a draft costs: our own time without a model, calls and prompts with one, beside Parlant."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

from assistant.drafting.brief import Situation
from assistant.drafting.compose import compose
from assistant.drafting.lines import draft_line
from assistant.drafting.prepare import brief_from
from assistant.drafting.review import review
from assistant.drafting.understand import understand
from assistant.errors import Refused
from assistant.model import Effort, Facts, at_work
from assistant.playbooks import Playbooks
from connectors.models.offline import OfflineDrafter
from connectors.models.openai.drafter import ModelDrafter
from connectors.models.openai.reader import ModelReader
from tests.drafting_cases import situation, teapot_order, waiting_order
from tests.loopback import Loopback
from tests.model_server import ModelServer, shape_of

ROUNDS = 10
TURNS = 6
PARLANT = "3.3.2"
PEER = Path(__file__).with_name("parlant_peer.py")
SPOILT = (
    "Die Kanne kam drei Tage zu spät und der Ausguss ist abgebrochen, dabei war sie das"
    " Geburtstagsgeschenk für meine Mutter! Ich will mein Geld zurück. Bestellung 10045"
)
SAID = (
    ("Where is my order 10023? It should have been here on Tuesday.", "GB", False),
    ("The teapot came broken and I want my money back. Order 10045", "GB", True),
    ("Can I still change the delivery address of order 10023?", "US", False),
    ("Is the green teapot dishwasher safe?", "US", True),
    (SPOILT, "DE", True),
    ("Wo bleibt mein Paket? Bestellung 10023", "DE", False),
    ("Ich möchte die Kanne zurückgeben, sie gefällt mir nicht. 10045", "AT", True),
    ("我的订单 10023 到哪里了？已经等了一个星期。", "CN", False),
    ("茶壶收到就是坏的，壶嘴断了，请退款。订单 10045", "CN", True),
    ("Bonjour, où est ma commande 10023 ?", "FR", False),
    ("La tetera llegó rota y era un regalo. Pedido 10045", "ES", True),
    ("My lawyer will write to you about order 10045.", "GB", True),
)


def situations() -> list[Situation]:
    """Buyers' messages as they come, with the order a shop confirms."""
    return [
        situation(text, teapot_order() if broken else waiting_order(), market=market)
        for text, market, broken in SAID
    ]


def measure(rounds: int = ROUNDS, turns: int = TURNS) -> dict[str, Any]:
    playbooks, at_hand = Playbooks.shipped(), situations()
    steps = _steps(at_hand, playbooks, rounds)
    lines = [_line(one) for one in at_hand]
    offline = asyncio.run(_lines(lines, playbooks, rounds))
    return {
        "rounds": rounds,
        "turns": turns,
        "messages": len(at_hand),
        "rows": [
            {"what": name, "p50_ms": _p(50, times), "p95_ms": _p(95, times)}
            for name, times in {**steps, "`parley draft`, a line in to a line out": offline}.items()
        ],
        **asyncio.run(_with_model(at_hand, playbooks, rounds)),
        **_parlant(turns),
    }


def _p(which: int, seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=100)[which - 1] * 1000


def _timed(times: list[float], work: Callable[[], Any]) -> Any:
    began = perf_counter()
    done = work()
    times.append(perf_counter() - began)
    return done


# ── without a model ──────────────────────────────────────────────────────────


def _steps(
    at_hand: Sequence[Situation], playbooks: Playbooks, rounds: int
) -> dict[str, list[float]]:
    """Each step's seconds, and those of what a model's draft needs of us, all together."""
    steps: dict[str, list[float]] = {
        name: [] for name in ("understand", "decide and brief", "compose", "review")
    }
    own: list[float] = []
    for n in range(rounds + 1):
        if n == 1:  # the first round loads words and compiles patterns
            for times in (*steps.values(), own):
                times.clear()
        for here in at_hand:
            own.append(_once(here, playbooks, steps))
    return {**steps, "own time: understand → decide → brief → review": own}


def _once(here: Situation, playbooks: Playbooks, steps: dict[str, list[float]]) -> float:
    meant = _timed(steps["understand"], lambda: understand(here))
    brief = _timed(steps["decide and brief"], lambda: brief_from(here, meant, playbooks))
    text = "I am looking into it."
    with suppress(Refused):  # a person writes that; what they write is reviewed all the same
        text = _timed(steps["compose"], lambda: compose(brief, playbooks)).text
    _timed(steps["review"], lambda: review(text, brief, playbooks, by_agent=False))
    return sum(steps[name][-1] for name in ("understand", "decide and brief", "review"))


def _line(here: Situation) -> str:
    [message], [order] = here.messages, here.facts.orders
    told = {"channel": here.channel, "market": here.market, "agent_language": "en"}
    said = [{"from": "buyer", "text": message.text}]
    shown = json.loads(order.model_dump_json(exclude_none=True))
    return json.dumps({"id": 1, **told, "messages": said, "order": _numbers(shown)})


def _numbers(value: Any) -> Any:
    """Amounts as the contract has them."""
    if isinstance(value, dict):
        return {
            key: float(one) if key in ("total", "unit_price") else _numbers(one)
            for key, one in value.items()
        }
    return [_numbers(one) for one in value] if isinstance(value, list) else value


async def _lines(lines: Sequence[str], playbooks: Playbooks, rounds: int) -> list[float]:
    drafter, times = OfflineDrafter(), []
    for n in range(rounds + 1):
        for line in lines:
            began = perf_counter()
            answer = await draft_line(line, playbooks, drafter)
            assert "error" not in answer, answer
            if n:
                times.append(perf_counter() - began)
    return times


# ── with a model that takes no time ──────────────────────────────────────────


async def _with_model(
    at_hand: Sequence[Situation], playbooks: Playbooks, rounds: int
) -> dict[str, Any]:
    """Read and drafted over real HTTP; the stand-in writes what the composer would."""
    loopback = Loopback()
    model = ModelServer(loopback)
    endpoint = model.endpoint(19.0)
    reader, drafter = ModelReader(endpoint), ModelDrafter(endpoint, OfflineDrafter())
    times: list[float] = []
    written = 0
    for n in range(rounds // 2 + 1):
        if n == 1:
            times.clear()
            model.asked.clear()
            written = 0
        for here in at_hand:
            meant = understand(here)
            model.reading = model.reading | {"language": meant.language, "intents": meant.intents}
            brief = brief_from(here, meant, playbooks)
            try:
                model.draft = compose(brief, playbooks).text
            except Refused:
                model.draft = "I am looking into it."
            with at_work(Effort(seconds=19.0)):
                began = perf_counter()
                read = await reader.read(here.model_copy(update={"facts": Facts()}), playbooks)
                with suppress(Refused):
                    made = await drafter.draft(brief_from(here, read, playbooks), playbooks)
                    written += made.drafter == "model"
                times.append(perf_counter() - began)
    await endpoint.aclose()
    loopback.stop()
    return _asked(model, times, written)


def _asked(model: ModelServer, times: Sequence[float], written: int) -> dict[str, Any]:
    chars = [sum(len(one["content"]) for one in body["messages"]) for body in model.asked]
    schema = [len(json.dumps(body.get("response_format", {}))) for body in model.asked]
    reading = [n for n, body in zip(chars, model.asked, strict=True) if shape_of(body) == "Reading"]
    return {
        "model_p50_ms": _p(50, times),
        "model_p95_ms": _p(95, times),
        "calls": len(model.asked) / len(times),
        "written": written,
        "drafts": len(times),
        "chars": sum(chars) / len(times),
        "schema": sum(schema) / len(times),
        "reading": statistics.mean(reading),
    }


# ── the peer ─────────────────────────────────────────────────────────────────


def parlant() -> Path:
    """A Python that has Parlant, outside the checkout; installed where it is not there yet."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "parley-peers" / f"parlant-{PARLANT}"
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", f"parlant=={PARLANT}"]
        subprocess.run(install, check=True)
        (folder / "installed").touch()
    return python


def _parlant(turns: int) -> dict[str, Any]:
    done = subprocess.run(
        [str(parlant()), str(PEER), str(turns)], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr[-2000:]
    ran = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
    seconds = sorted(one["seconds"] for one in ran)
    return {
        "peer": PARLANT,
        "peer_p50_ms": statistics.median(seconds) * 1000,
        "longest": f"{seconds[-1] * 1000:,.0f} (longest)",
        "peer_calls": statistics.mean(one["calls"] for one in ran),
        "peer_chars": statistics.mean(one["chars"] for one in ran),
    }
