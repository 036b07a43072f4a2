"""Parley as `app.py` composes and runs it, its ports wrapped so that it can be killed at a point.

Reading modules and playbooks takes most of a start, and a test starts dozens of processes. So one
process reads them once, `python -m tests.faults.launch SOCKET`, and forks the others: for each
connection one, which it tells `{"pid": …}` at once and `{"status": …}` when the process is gone.
"""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import json
import logging
import os
import random
import selectors
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import aiohttp

import app
import connectors.buyers.webchat
import connectors.demo
import connectors.embedded
import connectors.inbox
import connectors.models.offline
import connectors.rooms.console
import connectors.shops.demo  # noqa: F401 — what app.py imports late is read before the fork
from assistant.desk.desk import Desk
from assistant.desk.worker import Worker  # noqa: F401 — as above
from assistant.drafting.prepare import warm_up
from assistant.playbooks import Playbooks
from assistant.ports import BuyerChannel, Ports, Store, WebhookChannel
from tests.faults.courier import Courier
from tests.faults.traps import (
    Trap,
    TrappedChannel,
    TrappedDrafter,
    TrappedRoom,
    TrappedStore,
)

composed = app.compose


# ── one process of Parley ────────────────────────────────────────────────────


def run(order: dict[str, Any], playbooks: Playbooks) -> None:
    """Be the process that *order* describes, until it ends or is killed."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    trap = Trap(
        order["point"],
        order["nth"],
        Path(order["journal"]),
        signal.Signals[order["how"]],
        random.Random(order["seed"]),
    )

    async def compose(*parts: Any, **named: Any) -> app.Parley:
        parley = await composed(*parts, **named)
        every = [*parts, *named.values()]
        [client] = [one for one in every if isinstance(one, aiohttp.ClientSession)]
        ports = trapped(parley.ports, order["courier"], client, trap, copies=order["copies"])
        return dataclasses.replace(parley, ports=ports, desk=Desk(ports))

    # The seams: app.run gets its playbooks, and puts its parts together, by these two functions.
    cast(Any, app).playbooks_of = lambda *_, **__: (playbooks, {})
    cast(Any, app).compose = compose
    loaded = app.settings_of(os.environ)
    assert loaded.settings is not None, loaded.problems
    what = order["what"]
    asyncio.run(app.run(loaded.settings, app.Mode(web=what != "worker", workers=what != "web")))


def trapped(
    ports: Ports, courier: str, client: aiohttp.ClientSession, trap: Trap, *, copies: bool
) -> Ports:
    """The same ports with a channel more and a trap in each."""
    inbound = cast(WebhookChannel, ports.channels["webhook"])
    channels: dict[str, BuyerChannel] = {
        **ports.channels,
        "courier": Courier(courier, client, inbound),
    }
    return dataclasses.replace(
        ports,
        store=cast(Store, TrappedStore(ports.store, trap)),
        drafter=TrappedDrafter(ports.drafter, trap),
        channels={
            name: cast(BuyerChannel, TrappedChannel(one, trap)) for name, one in channels.items()
        },
        rooms={name: TrappedRoom(one, trap, copies=copies) for name, one in ports.rooms.items()},
    )


# ── the process that forks them ──────────────────────────────────────────────


class Nursery:
    """Waits for orders, forks, and tells each caller how its process ended."""

    def __init__(self, path: str) -> None:
        self._playbooks = Playbooks.shipped()
        warm_up(self._playbooks, app.now())
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
        output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.closerange(3, 256)
        os.environ.clear()
        os.environ.update(order["environment"])
        random.seed()
        status = 1
        try:
            run(order, self._playbooks)
            status = 0
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


if __name__ == "__main__":
    Nursery(sys.argv[1]).serve()
