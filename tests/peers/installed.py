"""What stands in for Slack and Teams, installed from npm outside the checkout.

`python -m tests.peers.installed` installs it (`make peers` does); tests then find it by `path`.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

NODE = Path(__file__).parent / "node"
NEEDED = 20
"""The oldest Node.js that runs the Agents Playground."""
APT = "sudo apt-get install -y --no-install-recommends nodejs npm"


def folder() -> Path:
    """Where this lock's packages are: another lock, another folder."""
    lock = (NODE / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "parley-peers" / hashlib.sha256(lock).hexdigest()[:16]


def path(package: str) -> Path:
    """A file of an installed package; a test without it fails and says what to run."""
    found = folder() / "node_modules" / package
    if not found.exists():
        pytest.fail(f"{package} is not installed. Run: make peers", pytrace=False)
    return found


def node() -> str:
    """Node.js; a test without it fails and says what to run."""
    if complaint := missing():
        pytest.fail(complaint, pytrace=False)
    return shutil.which("node") or ""


def missing() -> str:
    """What is missing before anything can be installed, as a sentence; empty where all is there."""
    if not (shutil.which("node") and shutil.which("npm")):
        return f"Node.js or npm is missing. Run: {APT}"
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)", said)
    if found is None or int(found[1]) < NEEDED:
        return (
            f"Node.js {NEEDED} or newer is needed, and this is {said.strip()}. Where the system "
            f"packages a newer one, run: {APT}; elsewhere install Node.js {NEEDED} from its makers."
        )
    return ""


def install(to: Path) -> None:
    """`npm ci` into a new folder, which takes its place when whole; no package runs scripts."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix="new-") as new:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(NODE / name, new)
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=new, check=True
        )
        whole = Path(new) / "whole"
        whole.mkdir()
        (Path(new) / "node_modules").rename(whole / "node_modules")
        try:
            whole.rename(to)
        except OSError:
            if not to.exists():
                raise  # else somebody else was faster, with the same lock


def main() -> None:
    if folder().exists():
        return
    if complaint := missing():
        sys.exit(complaint)
    print(f"Installing what stands in for Slack and Teams into {folder()} ...")
    install(folder())


if __name__ == "__main__":
    main()
