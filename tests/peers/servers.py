"""Parley's own processes on one data directory, as an operator runs them, and links for people."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import Request, urlopen

from app import settings_of
from assistant.model import Role
from connectors.rooms.console import make_login_link
from tests.processes import APP, Running, event, signed

UNDO_S = 2
"""Long enough to press Undo on a busy machine, short enough to wait for many replies."""


class Server(Running):
    """One process of Parley with a web server. It can come back on the same port."""

    def link(self, name: str, role: Role = "agent", language: str | None = None) -> str:
        """A log-in link for a person of the team, as `parley doctor` and leads make them."""
        settings = settings_of(self.environ).settings
        assert settings is not None
        return make_login_link(settings, name=name, role=role, language=language, base_url=self.url)

    def takes(self, text: str, channel: str = "webhook") -> None:
        """A buyer's message comes in by a signed request."""
        body = json.dumps(event(text, 1)).encode()
        headers = {"content-type": "application/json", **signed(body, "evt_1")}
        request = Request(f"{self.url}/buyers/{channel}", body, headers)
        with urlopen(request, timeout=10) as answer:
            assert answer.status == 200, answer.read()

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

    def start(self, *arguments: str, program: Sequence[str] = APP, **environ: str) -> Server:
        """`parley …` with a web server, up."""
        server = Server(self.place, *arguments, program=program, **{**self.environ, **environ})
        self._servers.append(server)
        server.ready()
        return server

    def work(self) -> None:
        """`parley worker` beside them: nobody waits for it but whoever waits for its work."""
        self._servers.append(Server(self.place, "worker", **self.environ))

    def end(self) -> None:
        for server in reversed(self._servers):
            server.end()


class Elsewhere:
    """Somebody else's web server: a shop's page, or what stands behind a channel."""

    def __init__(self) -> None:
        self.html = ""
        self.answer = (500, "")
        """Status and body for whoever posts something."""
        self.posted: list[bytes] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever)
        self._thread.start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        elsewhere = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(200 if self.path == "/" else 404, elsewhere.html, "text/html")

            def do_POST(self) -> None:
                elsewhere.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
                self._say(*elsewhere.answer, "application/json")

            def _say(self, status: int, body: str, mime: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", f"{mime}; charset=utf-8")
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:
                """Nobody reads it."""

        return Handler
