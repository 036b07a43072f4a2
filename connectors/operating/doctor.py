"""`parley doctor`: every setting with its source, what is wrong, and whether the world answers."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import aiohttp

from assistant.errors import Misconfigured, ParleyError, Unavailable
from assistant.loading import Loaded, Value
from assistant.settings import Settings
from connectors.operating.web import address_of, bind
from connectors.options import Option

PATIENCE_S = 10.0
LITTLE_SPACE = 1 << 30
"""Bytes: with less free, the state may soon have no room to grow."""

_LOCAL = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only compared

Tell = Callable[[str], None]


class Probe(NamedTuple):
    """One thing to try. What it answers is told; our errors say what is wrong."""

    name: str
    ask: Callable[[], Awaitable[str]]


async def examine(
    loaded: Loaded, options: Sequence[Option], probes: Sequence[Probe], tell: Tell
) -> int:
    """Tell everything; try *probes* and what every installation has. 1 where something is wrong."""
    tell("Settings")
    for line in _aligned([*(_row(one) for one in loaded.values), *options]):
        tell(f"  {line}")
    tell("")
    for problem in loaded.problems:
        tell(f"✗ {problem}")
    if loaded.settings is None:
        tell("Put this right and run `parley doctor` again: then it checks the rest.")
        return 1
    tell("Checks")
    settings = loaded.settings
    everywhere = [_data_probe(settings.data), _port_probe(settings)]
    sound = [await _tried(probe, tell) for probe in (*everywhere, *probes)]
    for name, what in _in_use(settings).items():
        tell(f"· {name}: {what}")
    return 0 if all(sound) else 1


def _row(one: Value) -> tuple[str, str, str]:
    return one.name, one.shown, one.source


def _aligned(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    name, shown = (max(len(row[column]) for row in rows) for column in (0, 1))
    return [f"{row[0]:{name}}  {row[1]:{min(shown, 48)}}  {row[2]}" for row in rows]


async def _tried(probe: Probe, tell: Tell) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_S):
            tell(f"✓ {probe.name}: {await probe.ask()}")
    except (ParleyError, TimeoutError) as error:
        said = error if isinstance(error, ParleyError) else f"no answer in {PATIENCE_S:.0f} seconds"
        tell(f"✗ {probe.name}: {said}")
        return False
    return True


# ── what every installation has ──────────────────────────────────────────────


def _data_probe(data: Path) -> Probe:
    """The data directory: written to, and with room left."""

    async def ask() -> str:
        return await asyncio.to_thread(_room_in, data)

    return Probe("Data directory", ask)


def _room_in(data: Path) -> str:
    try:
        with tempfile.TemporaryFile(dir=data) as file:
            file.write(b"\0" * 4096)
            file.flush()
        free = shutil.disk_usage(data).free
    except OSError as error:
        raise Unavailable(f"{data} can't be written to ({error.strerror}).") from error
    if free < LITTLE_SPACE:
        raise Unavailable(f"{data} has only {free >> 20} MB left. Make room on its disk.")
    return f"{data} can be written to; {free >> 30} GB free."


def _port_probe(settings: Settings) -> Probe:
    """The port: free, or Parley's own."""

    async def ask() -> str:
        try:
            bound = bind(settings.host, settings.port)
        except Misconfigured as taken:
            if await _parley_listens(settings):
                return f"Parley listens on {settings.host}:{settings.port}."
            raise taken from None
        with bound:
            return f"{address_of(bound)} is free."

    return Probe("Port", ask)


async def _parley_listens(settings: Settings) -> bool:
    url = f"{local_address(settings)}/healthz"
    patience = aiohttp.ClientTimeout(total=3)
    try:
        async with aiohttp.ClientSession(timeout=patience) as client, client.get(url) as answer:
            return answer.status == 200 and await answer.json() == {"status": "alive"}
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False


def local_address(settings: Settings) -> str:
    """Where a browser on this machine finds Parley."""
    host = _LOCAL.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _in_use(settings: Settings) -> dict[str, str]:
    """What is switched on, and the secret that a relay has to know."""
    on = {"Rooms": settings.rooms, "Channels": settings.buyers, "Shops": settings.shops}
    told = {name: ", ".join(names) or "none" for name, names in on.items()}
    if settings.model_name is None:
        told["Language model"] = settings.unnamed_model or "none, drafts are written offline"
    if "webhook" not in settings.buyers:
        return told
    url = settings.webhook_reply_url
    return {
        **told,
        "Webhook secret": settings.webhook_secret.get_secret_value(),
        "Webhook replies": url or "can't leave yet: set PARLEY_WEBHOOK_REPLY_URL",
    }
