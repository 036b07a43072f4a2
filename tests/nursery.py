"""Processes of Parley without the time that starting Python takes.

Reading modules, playbooks and languages takes most of a start, and tests start some hundred
processes. So one process reads them once, `python -m tests.nursery SOCKET`, and forks the others:
for each connection one, which it tells `{"pid": …}` at once and `{"status": …}` when the process is
gone. What a cold start does, the tests show that start `app.py` itself: each command once.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import random
import select
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
UP_S = 60.0


# ── the process that forks them ──────────────────────────────────────────────


class Nursery:
    """Waits for orders, forks, and tells each caller how its process ended.

    An order names `files` (its input, output and errors), its `environment`, the directory `cwd`,
    whether it begins a `session`, and whatever *be* needs besides.
    """

    def __init__(self, path: str, be: Callable[[dict[str, Any]], None]) -> None:
        self._be = be
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(path)
        self._listening.listen(64)
        self._callers: dict[int, socket.socket] = {}
        # A child that ends wakes the loop below.
        self._ended, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # What was read so far is shared with the children and stays as it is.
        gc.freeze()

    def serve(self) -> None:
        """Until it is killed."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._listening, selectors.EVENT_READ)
            selector.register(self._ended, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._listening:
                        self._fork()
                    else:
                        self._ended.recv(4096)
                self._reap()

    def _fork(self) -> None:
        caller, _ = self._listening.accept()
        order = json.loads(caller.makefile("rb").readline())
        pid = os.fork()
        if pid == 0:
            self._become(order)
        self._callers[pid] = caller
        caller.sendall(json.dumps({"pid": pid}).encode() + b"\n")

    def _become(self, order: dict[str, Any]) -> None:
        """The child: nothing of its parent's but what it has read."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if order["session"]:
            os.setsid()
        modes = (os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT | os.O_APPEND] * 2)
        for number, (file, mode) in enumerate(zip(order["files"], modes, strict=True)):
            os.dup2(os.open(file, mode), number)
        os.closerange(3, 256)
        os.chdir(order["cwd"])
        os.environ.clear()
        os.environ.update(order["environment"])
        random.seed()
        status = 1
        try:
            self._be(order)
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            logging.getLogger(__name__).exception("ended by an error")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _reap(self) -> None:
        while self._callers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            if caller := self._callers.pop(pid, None):
                told = {"status": os.waitstatus_to_exitcode(status)}
                with suppress(OSError):  # Whoever asked for it may have gone.
                    caller.sendall(json.dumps(told).encode() + b"\n")
                caller.close()


@contextmanager
def nursing(folder: Path, module: str = "tests.nursery") -> Iterator[Path]:
    """Where processes are born, for as long as tests need any."""
    path = folder / "n"
    process = subprocess.Popen([sys.executable, "-u", "-m", module, str(path)], cwd=ROOT)
    try:
        deadline = time.monotonic() + UP_S
        while not path.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        yield path
    finally:
        process.kill()
        process.wait()


# ── one of its processes, seen from outside ──────────────────────────────────


class Born:
    """What `subprocess.Popen` tells of a process, of one that a nursery forked."""

    def __init__(
        self,
        nursery: Path,
        arguments: tuple[str, ...],
        *,
        cwd: Path,
        env: Mapping[str, str],
        files: tuple[Path, Path, Path],
    ) -> None:
        self.returncode: int | None = None
        self._heard = b""
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(str(nursery))
        order = {
            "arguments": arguments,
            "cwd": str(cwd),
            "environment": dict(env),
            "files": [str(file) for file in files],
            "session": True,
        }
        self._line.sendall(json.dumps(order).encode() + b"\n")
        told = self._next(UP_S)
        assert told is not None, "the nursery does not answer"
        self.pid = int(told["pid"])

    def _next(self, seconds: float) -> dict[str, int] | None:
        """The next line of the nursery; nothing where it doesn't come in time."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._heard:
            if not select.select([self._line], [], [], max(0, deadline - time.monotonic()))[0]:
                return None
            more = self._line.recv(4096)
            assert more, "the nursery is gone"
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        told: dict[str, int] = json.loads(line)
        return told

    def poll(self) -> int | None:
        """Its status, once it has ended."""
        if self.returncode is None and (told := self._next(0)):
            self._ended(told)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Its status. Raises: subprocess.TimeoutExpired."""
        if self.returncode is None:
            told = self._next(timeout)
            if told is None:
                raise subprocess.TimeoutExpired("parley", timeout)
            self._ended(told)
        assert self.returncode is not None
        return self.returncode

    def _ended(self, told: dict[str, int]) -> None:
        self.returncode = told["status"]
        self._line.close()

    def send_signal(self, how: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, how)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


# ── Parley's own ─────────────────────────────────────────────────────────────


def program(order: dict[str, Any]) -> None:
    """`parley …`, as `app.py` runs it."""
    import app

    app.main(list(order["arguments"]), prog_name="parley")


def read_all() -> None:
    """What its commands import, load and compile."""
    from importlib import import_module

    import app
    from assistant.drafting.prepare import warm_up
    from assistant.playbooks import Playbooks

    for name in (
        "assistant.desk.worker",
        "assistant.drafting.lines",
        "assistant.proving.library",
        "connectors.buyers.webchat",
        "connectors.buyers.webhook",
        "connectors.demo",
        "connectors.inbox",
        "connectors.models.offline",
        "connectors.operating.doctor",
        "connectors.operating.metrics",
        "connectors.operating.serving",
        "connectors.rates",
        "connectors.rooms.console",
        "connectors.shops.demo",
        "connectors.store",
        "connectors.watching",
    ):
        import_module(name)
    warm_up(Playbooks.shipped(), app.now())


if __name__ == "__main__":
    read_all()
    Nursery(sys.argv[1], program).serve()
