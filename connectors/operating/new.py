"""`parley new channel|shop`: a connector that works, to be made a real provider's own."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from string import Template

import click

from connectors.operating.cli import Wrong
from connectors.operating.process import tell

FILES: Mapping[str, Mapping[str, str]] = {
    "channel": {
        "connectors/buyers/{name}.py": "channel.py",
        "tests/channels/{name}.py": "channel_proof.py",
        "tests/fixtures/buyers/{name}/README.md": "channel_readme.md",
        "tests/fixtures/buyers/{name}/in/text.json": "channel_in.json",
        "tests/fixtures/buyers/{name}/out/taken.json": "channel_out.json",
    },
    "shop": {
        "connectors/shops/{name}.py": "shop.py",
        "tests/shops/{name}.py": "shop_proof.py",
        "tests/fixtures/shops/{name}/README.md": "shop_readme.md",
        "tests/fixtures/shops/{name}/order.json": "shop_order.json",
    },
}
"""Where each file is put, and the pattern that it is made of."""
SETTING = {"channel": "PARLEY_BUYERS", "shop": "PARLEY_SHOPS"}
PROOF = {"channel": "tests/test_channel_contract.py", "shop": "tests/test_shop_contract.py"}
OPTIONS = {"channel": ("SECRET", "TOKEN"), "shop": ("TOKEN",)}


@click.group()
def new() -> None:
    """Begin a channel or a shop: its file, options, recorded payloads and proof."""


@new.command()
@click.argument("name")
def channel(name: str) -> None:
    """A channel that buyers write by, called NAME: small letters, digits, underscores."""
    _begin("channel", name)


@new.command()
@click.argument("name")
def shop(name: str) -> None:
    """A shop where orders live, called NAME: small letters, digits, underscores."""
    _begin("shop", name)


def _begin(kind: str, name: str) -> None:
    root = _source()
    _check(kind, name, root)
    for path, text in _made(kind, name):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
        tell(f"✓ {path}")
    options = ", ".join(f"{name.upper()}_{one}" for one in OPTIONS[kind])
    tell("")
    tell(f"It works already, for a provider that does not exist: pytest {PROOF[kind]} -k {name}")
    tell(
        f"Make it speak {_title(name)}, beginning with its payloads. docs/connectors.md shows how."
    )
    tell(f"Then add {name} to {SETTING[kind]}, and set {options}. `parley doctor` tries it.")


def _source() -> Path:
    """Parley's source. Raises: Wrong, where this program runs from an installation."""
    root = Path(__file__).resolve().parent.parent.parent
    if not (root / "tests" / "proofs.py").exists():
        raise Wrong(
            "A connector is written in Parley's source, with its tests, and this is an"
            " installation. Clone the repository and run `python app.py new` there."
        )
    return root


def _check(kind: str, name: str, root: Path) -> None:
    """Raises: Wrong."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,24}", name) or keyword.iskeyword(name):
        raise Wrong(f"“{name}” can't be a name: write small letters, digits and underscores.")
    if name.endswith("_data"):
        raise Wrong(f"“{name}” can't be a name: what ends in _data is data beside a connector.")
    home = root / "connectors" / ("buyers" if kind == "channel" else "shops")
    taken = [home / name, home / f"{name}.py"]
    taken += [root / path for path, _ in _made(kind, name)]
    for path in taken:
        if path.exists():
            raise Wrong(f"{path.relative_to(root)} is there already. Choose another name.")


def _made(kind: str, name: str) -> Iterator[tuple[str, str]]:
    """The files by their paths, and what is in them."""
    title = _title(name)
    words = {
        "name": name,
        "NAME": name.upper(),
        "title": title,
        "Title": title.replace(" ", "-"),
        "Class": title.replace(" ", ""),
        "slug": name.replace("_", "-"),
        "host": f"{name.replace('_', '-')}.example",
    }
    patterns = files("connectors.operating.patterns")
    for path, pattern in FILES[kind].items():
        text = patterns.joinpath(f"{pattern}.txt").read_text("utf-8")
        yield path.format(name=name), Template(text).substitute(words)


def _title(name: str) -> str:
    return name.replace("_", " ").title()
