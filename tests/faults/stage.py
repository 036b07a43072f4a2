"""A whole Parley of several processes on one data directory, which a test may kill as it likes."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import aiohttp
from pydantic import SecretStr
from redis.exceptions import RedisError

from assistant.commands import ReceiveMessage
from assistant.settings import Settings
from tests.faults.crowd import Relay
from tests.faults.ledger import Evidence
from tests.faults.providers import Providers
from tests.faults.witness import Reader, Witness, witness

SECRET = "a secret of the tests, long enough to be one"
WEBHOOK_SECRET = "whsec_dGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtdGVzdHM="
ROOT = Path(__file__).parents[2]
UP_S = 30.0
QUIET_S = 60.0

What = Literal["serve", "web", "worker"]
"""Everything in one process, the web server alone, workers alone."""


class TrapAt(NamedTuple):
    """Go the *nth* time that *point* is reached."""

    point: str
    nth: int = 1
    how: Literal["SIGKILL", "SIGSTOP"] = "SIGKILL"


@dataclass
class Running:
    """One process of Parley."""

    what: What
    pid: int
    output: Path
    journal: Path
    ended: asyncio.Task[int]
    url: str | None = None

    @property
    def alive(self) -> bool:
        return not self.ended.done()

    @property
    def status(self) -> int:
        """Its exit status, once it has ended; a signal's number negative."""
        return self.ended.result()

    def signal(self, how: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, how)

    async def gone(self, within_s: float) -> int:
        """Wait for its exit status."""
        async with asyncio.timeout(within_s):
            return await asyncio.shield(self.ended)

    def told(self) -> str:
        return self.output.read_text("utf-8", "replace") if self.output.exists() else ""

    def sprung(self) -> bool:
        return self.journal.exists()


@dataclass
class Stage:
    """Where a test plays: processes, providers, buyers and agents around one data directory."""

    folder: Path
    seed: int
    nursery: Path
    client: aiohttp.ClientSession
    providers: Providers
    undo_s: float = 0.3
    redis_url: str | None = None
    """None: the embedded server."""
    copies: bool = False
    """The console is asked to show every card, as a room that keeps a copy of each is."""
    running: dict[str, Running] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)
    """What was done to it, for whoever reads a failure."""
    replayed: set[str] = field(default_factory=set)
    _started: int = 0
    _began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.data = self.folder / "data"
        self.relay = Relay(self.client, WEBHOOK_SECRET, self.webs, random.Random(self.seed + 1))

    @property
    def socket(self) -> Path:
        """Of the embedded server."""
        return self.data / "valkey.sock"

    @property
    def url(self) -> str:
        """Where the state is."""
        return self.redis_url or f"unix://{self.socket}"

    @property
    def settings(self) -> Settings:
        return Settings(
            secret=SecretStr(SECRET), webhook_secret=SecretStr(WEBHOOK_SECRET), data=self.data
        )

    def note(self, what: str) -> None:
        self.events.append(f"{time.monotonic() - self._began:6.2f} s  {what}")

    def webs(self) -> list[str]:
        """Addresses that answer, as far as anybody outside can know."""
        return [one.url for one in self.running.values() if one.url and one.alive]

    def web(self, name: str) -> Callable[[], str | None]:
        return lambda: self.running[name].url if name in self.running else None

    # ── processes ────────────────────────────────────────────────────────────

    async def start(self, name: str, what: What, trap: TrapAt | None = None) -> Running:
        """Start a process and wait until it is up, or gone already."""
        self._started += 1
        output = self.folder / f"{self._started:03}-{name}.log"
        journal = output.with_suffix(".trap")
        reading, writing = await asyncio.open_unix_connection(self.nursery)
        at = trap or TrapAt("")
        order = {
            "what": what,
            "files": [os.devnull, str(output), str(output)],
            "cwd": str(ROOT),
            "session": False,
            "journal": str(journal),
            "courier": f"{self.providers.url}/courier",
            "seed": self.seed,
            "copies": self.copies,
            "environment": self._environment(),
            **at._asdict(),
        }
        writing.write(json.dumps(order).encode() + b"\n")
        pid = json.loads(await reading.readline())["pid"]
        ended = asyncio.create_task(_ended(reading, writing))
        running = Running(what, pid, output, journal, ended)
        self.note(f"{name} ({what}, {pid}) starts" + (f" with {trap}" if trap else ""))
        self.running[name] = running
        await self._up(running)
        assert running.alive or trap, self.told(f"{name} ended at once: {running.told()[-3000:]}")
        return running

    def _environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if "PARLEY_" not in name}
        redis = {"PARLEY_REDIS_URL": self.redis_url} if self.redis_url else {}
        return {
            **ours,
            **redis,
            "PARLEY_DATA": str(self.data),
            "PARLEY_PORT": "0",
            "PARLEY_SECRET": SECRET,
            "PARLEY_BUYERS": "webhook",
            "PARLEY_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "PARLEY_WEBHOOK_REPLY_URL": f"{self.providers.url}/relay",
            "PARLEY_UNDO_SECONDS": str(self.undo_s),
        }

    async def _up(self, one: Running) -> None:
        said = r"Parley is at (\S+)" if one.what != "worker" else r"State: [^\n]+ s\n"
        async with asyncio.timeout(UP_S):
            while one.alive and not (found := re.search(said, one.told())):
                await asyncio.sleep(0.02)
        if one.alive and found and one.what != "worker":
            one.url = found[1]

    async def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        one = self.running[name]
        self.note(f"{how.name} to {name} ({one.pid})")
        one.signal(how)
        await one.gone(30)

    async def kill_server(self, witness: Witness) -> None:
        """SIGKILL to the embedded server itself."""
        while (pid := await witness.server()) is None:
            await asyncio.sleep(0.05)
        self.note(f"SIGKILL to the server ({pid})")
        os.kill(pid, signal.SIGKILL)

    async def springs(self, name: str, trap: TrapAt, within_s: float) -> None:
        """Wait until its trap has sprung and it is gone."""
        one = self.running[name]
        try:
            status = await one.gone(within_s)
        except TimeoutError:
            raise AssertionError(self.told(f"{trap} never came in {name}")) from None
        self.note(f"{name} ({one.pid}) is gone at {trap.point}, status {status}")
        assert (status, one.sprung()) == (-signal.SIGKILL, True), self.told(one.told()[-3000:])

    async def stop(self) -> None:
        """SIGTERM to all, as an operator would; each has to end by itself."""
        for name, one in self.running.items():
            if one.alive:
                self.note(f"SIGTERM to {name} ({one.pid})")
                one.signal(signal.SIGTERM)
        for name, one in self.running.items():
            status = await one.gone(25)
            assert status in (0, -signal.SIGKILL), self.told(
                f"{name}: {status} {one.told()[-3000:]}"
            )

    async def raze(self) -> None:
        """Nothing of ours is left behind, whatever happened."""
        for one in self.running.values():
            if one.alive:
                one.signal(signal.SIGKILL)
                await one.gone(10)
        if self.socket.exists():
            async with witness(self.url) as look:
                pid = await look.server()
            if pid is not None:
                os.kill(pid, signal.SIGKILL)

    # ── evidence ─────────────────────────────────────────────────────────────

    async def quiet(self, look: Witness, read: Reader, within_s: float = QUIET_S) -> None:
        """Until nothing is to do or due, and no reply is on its way.

        What was given up because the process died under it again and again is tried again, as a
        lead would who sees it in the console.
        """
        until = time.monotonic() + within_s
        calm = 0
        while calm < 2:
            if time.monotonic() > until:
                raise AssertionError(self.told(f"not quiet: {await self._restless(look)}"))
            calm = 0 if await self._replay(read) or await self._restless(look) else calm + 1
            await asyncio.sleep(0.1)

    async def _replay(self, read: Reader) -> bool:
        killed = [one for one in await read.dead() if "perhaps it kills" in one.cause]
        for one in killed:
            self.note(f"replays {one.command.kind} {one.id}")
            if isinstance(one.command, ReceiveMessage):
                self.replayed.add(one.command.incoming.message_id)
            await read.store.replay(one.id)
        return bool(killed)

    async def _restless(self, look: Witness) -> list[str]:
        to_do = await look.to_do()
        if to_do:
            return [f"{to_do} commands"]
        found = await look.conversations()
        return [
            f"{one.id} is {one.draft.state}"
            for one in found.values()
            if one.draft and one.draft.state in ("approved", "sending")
        ]

    async def evidence(self, look: Witness, read: Reader, team: Sequence[str]) -> Evidence:
        """All ledgers, once it is quiet."""
        # What was acknowledged comes first: it must be in what is read after it.
        acknowledged = list(self.relay.acknowledged)
        stored = await look.kept()
        shown = await read.shown()
        missing = [id for id in stored.conversations if id not in shown]
        return Evidence(
            acknowledged=acknowledged,
            offered=set(self.relay.offered),
            conversations=stored.conversations,
            logs=stored.logs,
            shown={**shown, **{id: await read.open(id) for id in missing}},
            pending=stored.pending,
            dead=await read.dead(),
            replayed=set(self.replayed),
            acceptances=list(self.providers.acceptances),
            figures=await read.store.figures(),
            idempotent={"webhook"},
            team=set(team),
        )

    async def watch(self, look: Witness, over: asyncio.Event) -> None:
        """I1 at every instant, not only at the end; a server that is down is asked again."""
        while not over.is_set():
            await asyncio.sleep(0.5)
            acknowledged = {one.id for one in self.relay.acknowledged}
            try:
                lost = acknowledged - await look.ids()
            except (RedisError, OSError):
                continue
            assert not lost, self.told(f"I1: acknowledged and nowhere in the store: {lost}")

    def told(self, what: str) -> str:
        """A failure, with what is needed to see it again."""
        history = "\n".join(self.events)
        return f"{what}\nseed {self.seed}, logs in {self.folder}\n{history}"


async def _ended(reading: asyncio.StreamReader, writing: asyncio.StreamWriter) -> int:
    try:
        line = await reading.readline()
        # Nothing comes where the nursery itself was killed.
        status: int = json.loads(line)["status"] if line else -signal.SIGKILL
        return status
    finally:
        writing.close()


@asynccontextmanager
async def stage(folder: Path, seed: int, nursery: Path, **changes: Any) -> AsyncIterator[Stage]:
    """An empty stage with its providers serving; everything is gone at the end."""
    providers = Providers(WEBHOOK_SECRET, random.Random(seed + 2))
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(aiohttp.ClientSession())
        await stack.enter_async_context(providers.serving())
        built = Stage(folder, seed, nursery, client, providers, **changes)
        stack.push_async_callback(built.raze)
        yield built
