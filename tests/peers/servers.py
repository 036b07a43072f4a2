"""Parley's own processes on one data directory, as an operator runs them, and links for people."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from app import settings_of
from assistant.model import Role
from connectors.rooms.console import make_login_link
from tests.processes import Running

UNDO_S = 2
"""Long enough to press Undo on a busy machine, short enough to wait for many replies."""


class Server(Running):
    """One process of Parley with a web server. It can come back on the same port."""

    def link(self, name: str, role: Role = "agent", language: str | None = None) -> str:
        """A log-in link for a person of the team, as `parley doctor` and leads make them."""
        settings = settings_of(self.environ).settings
        assert settings is not None
        return make_login_link(settings, name=name, role=role, language=language, base_url=self.url)

    def killed(self) -> None:
        """SIGKILL: no handler runs, nothing is tidied up."""
        self.stop(signal.SIGKILL)

    def again(self, **environ: str) -> Server:
        """The same command, port and data directory once more, *environ* changed."""
        self.environ = {**self.environ, **environ}
        self.process = subprocess.Popen(
            self.process.args,
            cwd=self.place,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=self.out,
            stderr=self.out,
            start_new_session=True,
        )
        self.ready()
        return self


class Site:
    """Processes that share one data directory: all are ended together."""

    def __init__(self, place: Path, **environ: str) -> None:
        self.place = place
        self.environ: Mapping[str, str] = {
            "PARLEY_SHOPS": "demo",
            "PARLEY_UNDO_SECONDS": str(UNDO_S),
            **environ,
        }
        self._servers: list[Server] = []

    def start(self, *arguments: str, **environ: str) -> Server:
        """`parley …` with a web server, up."""
        server = Server(self.place, *arguments, **{**self.environ, **environ})
        self._servers.append(server)
        server.ready()
        return server

    def work(self) -> None:
        """`parley worker` beside them: nobody waits for it but whoever waits for its work."""
        self._servers.append(Server(self.place, "worker", **self.environ))

    def end(self) -> None:
        for server in reversed(self._servers):
            server.end()


class ShopPage:
    """A page of somebody else's web server, on an origin of its own."""

    def __init__(self) -> None:
        self.html = ""
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = page.html.encode() if self.path == "/" else b""
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever)
        self._thread.start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
