"""Servers of the tests on loopback, each in a thread with a loop of its own.

A test that blocks, and a library that blocks inside async code, can't block what it waits for.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine
from threading import Thread
from typing import Any, TypeVar

from aiohttp import web

Result = TypeVar("Result")


class Loopback:
    """A loop in a thread, and the servers that run in it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._runners: list[web.AppRunner] = []
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result], seconds: float = 60) -> Result:
        """What *work* returns, done in the other thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def serve(self, app: web.Application, tls: ssl.SSLContext | None = None, port: int = 0) -> str:
        """Serve *app*; the URL it has then."""
        return self.run(self._serve(app, tls, port))

    async def _serve(self, app: web.Application, tls: ssl.SSLContext | None, port: int) -> str:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
        return f"http{'s' if tls else ''}://127.0.0.1:{runner.addresses[0][1]}"

    async def _end(self, runner: web.AppRunner) -> None:
        # Whoever keeps a connection open doesn't answer TLS's farewell, which would be waited for.
        for one in runner.server.connections if runner.server else ():
            if one.transport is not None:
                one.transport.abort()
        await runner.cleanup()
        await asyncio.sleep(0.01)  # what is closed is closed in the loop's next rounds

    def stop(self) -> None:
        """End every server, the loop and its thread."""
        for runner in self._runners:
            self.run(self._end(runner))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
