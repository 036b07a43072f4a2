"""What ships: everything the program needs, nothing else, and it runs from anywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import installed as stand_ins
from tests.processes import Running, until

ROOT = Path(__file__).parent.parent
PACKAGES = ("assistant", "connectors", "playbooks", "prompts")
SOURCES = (*PACKAGES, "app.py", "pyproject.toml", "README.md", "LICENSE")


def shipped_files() -> Iterator[str]:
    """Every file of the packages, as a path inside the wheel."""
    yield "app.py"
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(ROOT).as_posix()


def copied(to: Path) -> Path:
    """The sources alone: a build must leave no trace in the tree, nor find one there."""
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, to)
    return to


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    source = copied(tmp_path_factory.mktemp("source"))
    build = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"
    subprocess.run(
        [sys.executable, "-c", build], cwd=source, check=True, capture_output=True, timeout=120
    )
    [built] = (source / "dist").glob("*.whl")
    return zipfile.ZipFile(built)


@pytest.fixture(scope="module")
def installed(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds what the wheel holds, as site-packages would."""
    place = tmp_path_factory.mktemp("installed")
    wheel.extractall(place)
    return place


def run(
    installed: Path, tmp_path: Path, *arguments: str, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Parley from *installed*, started in an unrelated directory."""
    return subprocess.run(
        [sys.executable, "-P", "-c", "import app; app.main(prog_name='parley')", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed), "PARLEY_DATA": str(tmp_path / "data")},
        input=stdin,
        text=True,
        capture_output=True,
        timeout=60,
    )


def test_every_file_of_the_packages_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    """Lua, web files, catalogues, playbooks, prompts: also those that come later."""
    assert set(shipped_files()) - set(wheel.namelist()) == set()


def test_nothing_else_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    others = set(wheel.namelist()) - set(shipped_files())

    assert {name.split("/")[0].split("-")[0] for name in others} == {"parley"}
    assert all(".dist-info/" in name for name in others)


def test_the_wheel_says_who_what_and_under_which_licence(wheel: zipfile.ZipFile) -> None:
    [metadata] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    [entries] = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    text = wheel.read(metadata).decode()

    assert "License-Expression: MIT" in text
    assert "Requires-Python: >=3.11" in text
    assert "parley = app:main" in wheel.read(entries).decode()
    assert any(name.endswith("/licenses/LICENSE") for name in wheel.namelist())


def test_the_installed_playbooks_are_right(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "playbook", "check")

    assert done.stderr == ""
    assert (done.returncode, done.stdout.split(":")[0]) == (0, "The playbooks are right")


def test_the_installed_program_drafts_from_another_directory(
    installed: Path, tmp_path: Path
) -> None:
    line = (
        '{"id":"a","channel":"webchat","market":"DE","agent_language":"en",'
        '"messages":[{"from":"buyer","text":"Wo ist mein Paket? Bestellung 10023"}]}\n'
    )

    done = run(installed, tmp_path, "draft", stdin=line)

    assert done.returncode == 0, done.stderr
    assert '"language": "de"' in done.stdout
    assert not (tmp_path / "data").exists(), "drafting needs no data directory"


def test_the_locks_hold_every_library_with_its_hashes_and_no_registry() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = project["optional-dependencies"]
    tests = [*project["dependencies"], *extra["dev"]]
    wanted = {
        "requirements.lock": project["dependencies"],
        "requirements-dev.lock": tests,
        "requirements-peers.lock": [*tests, *extra["peers"][1:]],
    }

    for name, libraries in wanted.items():
        text = (ROOT / name).read_text()
        pinned = {line.split("==")[0] for line in text.splitlines() if "==" in line[:60]}
        assert {library.split(">")[0] for library in libraries} <= pinned, name
        assert text.count("==") <= text.count("--hash=sha256:")
        assert "://" not in text


def test_the_stand_ins_are_locked_with_their_hashes_and_no_registry() -> None:
    text = (ROOT / "tests/peers/node/package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    wanted = packages.pop("")["dependencies"]

    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
    pinned = {name.removeprefix("node_modules/"): one["version"] for name, one in packages.items()}
    assert pinned == wanted
    assert "://" not in text


def test_without_node_the_installation_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert stand_ins.missing() == f"Node.js or npm is missing. Run: {stand_ins.APT}"

    for name in ("node", "npm"):
        old = tmp_path / name
        old.write_text("#!/bin/sh\necho v18.20.4\n")
        old.chmod(0o755)
    assert "this is v18.20.4" in stand_ins.missing()


@pytest.mark.peers
def test_pip_installs_it_into_a_new_venv_as_a_user_does(tmp_path: Path) -> None:
    """`pip install .`, then `parley demo` from another directory."""
    source = tmp_path / "source"
    source.mkdir()
    copied(source)
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", home], check=True, timeout=120)
    subprocess.run([home / "bin/pip", "install", "-q", source], check=True, timeout=600)
    shutil.rmtree(source)

    parley = Running(tmp_path, "demo", program=[str(home / "bin" / "parley")])
    try:
        parley.ready()
        assert until(lambda: parley.metric("parley_messages_visible_total"))
        assert parley.stop() == 0
    finally:
        parley.end()
