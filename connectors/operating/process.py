"""What a process of Parley has of its operating system: signals, a terminal, a log."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)
_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def tell(line: str) -> None:
    """One line for the person at the terminal, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def step(what: str) -> Iterator[None]:
    """One step of a start, told when it is over: `✓ Playbooks  0.1 s`."""
    began = time.monotonic()
    try:
        yield
    except BaseException:
        tell(f"✗ {what}")
        raise
    tell(f"✓ {what}  {time.monotonic() - began:.1f} s")


def welcome(address: str, link: str | None, *, demo: bool) -> None:
    """Where to go: for a demo one address, that of a desk with somebody logged in."""
    tell("")
    if demo and link:
        tell(f"Open {link}")
        return tell("Ctrl-C stops it. The next start shows the same desk.")
    tell(f"Parley is at {address}")
    if link:
        tell(f"Log in with this link, once: {link}")
    tell("Ctrl-C stops it.")


class Stopping:
    """SIGTERM or Ctrl-C: once is a request, twice is an order."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self._up = False

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Listen to both signals. Until Parley is up, the first one is an order already."""
        loop, main = asyncio.get_running_loop(), asyncio.current_task()
        assert main is not None

        def signalled() -> None:
            if self.event.is_set() or not self._up:
                main.cancel()
            self.event.set()

        for one in SIGNALS:
            loop.add_signal_handler(one, signalled)
        try:
            yield
        finally:
            for one in SIGNALS:
                loop.remove_signal_handler(one)

    async def asked(self) -> None:
        """Parley is up: wait until somebody wants it to stop."""
        self._up = True
        await self.event.wait()
        tell("Stopping: what is in hand gets 10 seconds. Press Ctrl-C again to stop at once.")


class _Line(logging.Formatter):
    """One line an event, with the ids that came in `extra`: `… handled assign conversation=…`."""

    def format(self, record: logging.LogRecord) -> str:
        ids = [f"{key}={value}" for key, value in vars(record).items() if key not in _ORDINARY]
        first, *rest = super().format(record).split("\n")
        return "\n".join([" ".join((first, *ids)), *rest])


def log_to_stderr(level: int) -> None:
    """Log to stderr, in UTC. Ours go by *level*; of libraries only what is wrong."""
    handler = logging.StreamHandler()
    formatter = _Line("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for ours in ("assistant", "connectors", "app"):
        logging.getLogger(ours).setLevel(level)
