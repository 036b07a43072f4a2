"""Parley as a process of its own, for tests: started, asked, stopped, killed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.nursery import Born

ROOT = Path(__file__).parent.parent
APP = [sys.executable, str(ROOT / "app.py")]
SECRET = "whsec_" + base64.b64encode(b"a key of the tests, 32 bytes long").decode()
START_S = 30.0
NOTHING = Path(os.devnull)


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def get(url: str, *, cookies: bool = False) -> tuple[int, str]:
    """Status and body, after redirects; 0 where nobody listens."""
    handlers = [urllib.request.HTTPCookieProcessor()] if cookies else []
    try:
        with urllib.request.build_opener(*handlers).open(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def until(ask: Callable[[], Any], seconds: float = START_S) -> Any:
    """What *ask* says, once it says something; nothing where it doesn't in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if said := ask():
            return said
        time.sleep(0.05)
    return None


class Running:
    """A Parley of its own process group, port and data directory.

    Born in *nursery*, if one is given; else *program* is started.
    """

    def __init__(
        self,
        place: Path,
        *arguments: str,
        program: Sequence[str] = APP,
        nursery: Path | None = None,
        **environ: str,
    ) -> None:
        self.place, self.port = place, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environ = {
            **clean_environ(place),
            "PARLEY_PORT": str(self.port),
            "PARLEY_WEBHOOK_SECRET": SECRET,
            **environ,
        }
        self.out = (place / f"out-{self.port}").open("w+b")
        self.process: subprocess.Popen[bytes] | Born
        if nursery is not None:
            out = Path(self.out.name)
            self.process = Born(
                nursery, arguments, cwd=place, env=self.environ, files=(NOTHING, out, out)
            )
            return
        self.process = subprocess.Popen(
            [*program, *arguments],
            cwd=place,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=self.out,
            stderr=self.out,
            start_new_session=True,
        )

    def said(self) -> str:
        self.out.seek(0)
        return self.out.read().decode()

    def ready(self) -> Running:
        def up() -> bool:
            return self.process.poll() is not None or get(f"{self.url}/readyz")[0] == 200

        assert until(up), self.said()
        assert self.process.poll() is None, self.said()
        return self

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit status."""
        self.process.send_signal(how)
        return self.process.wait(30)

    def post(self, text: str, n: int = 1) -> tuple[int, str]:
        """A buyer's message by the signed webhook."""
        body = json.dumps(event(text, n)).encode()
        headers = {"content-type": "application/json", **signed(body, f"evt_{n}")}
        request = urllib.request.Request(f"{self.url}/buyers/webhook", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def metric(self, name: str) -> float | None:
        found = re.findall(rf"^{re.escape(name)} ([\d.e+]+)$", get(f"{self.url}/metrics")[1], re.M)
        return float(found[0]) if found else None

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.out.close()


def clean_environ(place: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    return {**kept, "PARLEY_DATA": str(place / "data"), "PYTHONUNBUFFERED": "1"}


def event(text: str, n: int) -> dict[str, object]:
    return {
        "v": 1,
        "type": "message.inbound",
        "id": f"evt_{n}",
        "channel": "webhook",
        "account": "test",
        "thread": {"id": f"t{n}", "window_until": None},
        "from": {"id": f"b{n}", "name": "Lena", "locale": "de-DE"},
        "order_refs": [],
        "message": {"id": f"m{n}", "text": text, "attachments": []},
    }


def signed(body: bytes, id: str) -> dict[str, str]:
    stamp = str(int(time.time()))
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    mac = hmac.new(key, f"{id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(mac).decode()
    return {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": signature}


def born(
    nursery: Path, place: Path, *arguments: str, stdin: str = "", **environ: str
) -> tuple[int, str, str]:
    """The same as `run`, without a cold start."""
    with TemporaryDirectory() as folder:
        given, said, told = (Path(folder) / name for name in ("in", "out", "err"))
        given.write_text(stdin, "utf-8")
        env = {**clean_environ(place), **environ}
        done = Born(nursery, arguments, cwd=place, env=env, files=(given, said, told))
        return done.wait(60), said.read_text("utf-8"), told.read_text("utf-8")


def run(place: Path, *arguments: str, stdin: str = "", **environ: str) -> tuple[int, str, str]:
    """A command that ends by itself: exit status, stdout, stderr."""
    done = subprocess.run(
        [*APP, *arguments],
        cwd=place,
        env={**clean_environ(place), **environ},
        input=stdin,
        text=True,
        capture_output=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr
