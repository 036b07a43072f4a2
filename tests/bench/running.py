"""Servers for measurements: the real `parley serve` in its own process, and the peer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.bench.load import SECRET

ROOT = Path(__file__).parents[2]
SERVE = (str(ROOT / "app.py"), "serve")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def parley(
    *arguments: str, program: Sequence[str] = SERVE, **environment: str
) -> Iterator[tuple[str, Path, int]]:
    """The address, data directory and process id of a `parley serve`."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        data = Path(folder) / "data"
        settings = {
            "PARLEY_PORT": str(port),
            "PARLEY_DATA": str(data),
            "PARLEY_WEBHOOK_SECRET": SECRET,
            **environment,
        }
        log = Path(folder) / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, *program, *arguments],
                cwd=ROOT,
                env={**os.environ, **settings},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        try:
            _wait(f"http://127.0.0.1:{port}/readyz", process, log)
            yield f"http://127.0.0.1:{port}", data, process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@contextmanager
def peer(module: str = "tests.bench.peers", *arguments: str) -> Iterator[tuple[str, int]]:
    """The address and process id of a peer; the one of *module*."""
    port = free_port()
    command = [sys.executable, "-m", module, str(port), *arguments]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        _up(port, process)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def going_first(wished: bool) -> Iterator[bool]:
    """Before all other jobs of the machine, with what is started meanwhile, where we may."""
    if not wished:
        yield False
        return
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except (PermissionError, AttributeError):  # only root may, and only Linux has it
        yield False
        return
    try:
        yield True
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def cpu_s(pid: int) -> float:
    """The processor time that a process has taken so far."""
    return time.clock_gettime(~pid << 3 | 2)  # what clock_getcpuclockid(3) makes of it


def _up(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until somebody listens; one that never answers is up as well."""
    deadline = time.monotonic() + 60
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"a peer did not start: {process.args!r}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
            return
        time.sleep(0.05)


def _answers(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while _answers(url) != 200:
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"parley did not start:\n{log.read_text()}")
        time.sleep(0.1)
