"""`parley new`: what it writes works at once, and passes the contract tests (S2: many channels)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from connectors.operating import new as module
from connectors.operating.new import new

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parley's source, to write into."""
    copy = tmp_path_factory.mktemp("parley")
    for name in ("assistant", "connectors", "playbooks", "prompts"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "tests").mkdir()
    for path in (*(ROOT / "tests").glob("*.py"), ROOT / "pyproject.toml", ROOT / "app.py"):
        if not path.name.startswith("test_") or path.name.endswith("_contract.py"):
            shutil.copy(path, copy / path.relative_to(ROOT))
    for name in ("channels", "shops", "fixtures"):
        shutil.copytree(ROOT / "tests" / name, copy / "tests" / name)
    return copy


def run(source: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """In that source, as its owner would."""
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=source,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_what_it_writes_passes_the_contract_at_once_and_is_in_good_style(source: Path) -> None:
    made = []
    for kind, name in (("channel", "carrier_pigeon"), ("shop", "corner_store")):
        told = run(source, "app.py", "new", kind, name)
        assert told.returncode == 0, told.stderr
        assert f"tests/{kind}s/{name}.py" in told.stdout
        assert "parley doctor" in told.stdout
        made += [line[2:] for line in told.stdout.splitlines() if line.endswith(".py")]
    style = run(source, "-m", "ruff", "check", *made)
    assert style.returncode == 0, style.stdout
    layout = run(source, "-m", "ruff", "format", "--diff", *made)
    assert layout.returncode == 0, layout.stdout + layout.stderr
    proved = run(
        source,
        *("-m", "pytest", "-vv", "-k", "carrier_pigeon or corner_store"),
        *(
            "-p",
            "no:cacheprovider",
            "tests/test_channel_contract.py",
            "tests/test_shop_contract.py",
        ),
    )
    assert proved.returncode == 0, proved.stdout
    assert proved.stdout.count(" PASSED") >= 20


def test_a_connector_that_breaks_a_promise_is_found_out(source: Path) -> None:
    """The contract tests are tested: one that takes any signature does not pass."""
    path = source / "connectors" / "buyers" / "carrier_pigeon.py"
    written = path.read_text("utf-8")
    path.write_text(written.replace("if not hmac.compare_digest", "if False and not hmac.compare"))
    try:
        proved = run(
            source,
            *("-m", "pytest", "-q", "-k", "carrier_pigeon and signed"),
            *("-p", "no:cacheprovider", "tests/test_channel_contract.py"),
        )
    finally:
        path.write_text(written)
    assert proved.returncode == 1, proved.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["channel", "telegram"], "connectors/buyers/telegram is there already"),
        (["shop", "demo"], "connectors/shops/demo.py is there already"),
        (["channel", "Big"], "can't be a name"),
        (["channel", "class"], "can't be a name"),
        (["channel", "../evil"], "can't be a name"),
        (["shop", "some_data"], "data beside a connector"),
    ],
)
def test_a_name_that_does_not_do_is_refused_and_nothing_written(
    arguments: list[str], why: str
) -> None:
    told = CliRunner().invoke(new, arguments)
    assert told.exit_code == 1
    assert why in told.output


def test_an_installation_says_where_connectors_are_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    told = CliRunner().invoke(new, ["channel", "pigeon"])
    assert told.exit_code == 1
    assert "Clone the repository" in told.output
