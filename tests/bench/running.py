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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.load import SECRET

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def parley(*arguments: str, **environment: str) -> Iterator[tuple[str, Path, int]]:
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
                [sys.executable, str(ROOT / "app.py"), "serve", *arguments],
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
def peer() -> Iterator[str]:
    """The address of the handler that only checks the HMAC."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.peers", str(port)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        while not _answers(f"http://127.0.0.1:{port}/"):
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


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
