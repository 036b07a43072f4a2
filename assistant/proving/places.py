"""Where every rule stands, in every directory: what the model of a rule no longer knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from assistant.playbooks.book import SHIPPED
from assistant.playbooks.frontmatter import Document, read
from assistant.playbooks.load import FOLDERS

Root = tuple[str, Traversable]


class Place(NamedTuple):
    """One entry of one file: a rule, a remedy, a law, a clock … or the file itself."""

    kind: str
    playbook: str
    part: str
    """`rules`, `remedies`, `law` …; empty for the file itself."""
    id: str
    """As a proof names it."""
    file: str
    line: int
    says: Mapping[str, Any]

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"


def roots(*directories: Path) -> tuple[Root, ...]:
    """The shipped playbooks, then *directories*, later ones on top."""
    return ((SHIPPED, files(SHIPPED)), *((str(one), one) for one in directories))


def places(of: Sequence[Root]) -> tuple[Place, ...]:
    """Every entry of every file, the shipped ones first. What can't be read is passed over."""
    return tuple(
        place for root in of for file, text in _texts(root) for place in _in_file(file, text)
    )


def rule_id(part: str, playbook: str, entry: Any, n: int) -> str:
    """The name of an entry in proofs: a remedy's belongs to its policy, others stand alone."""
    id = entry.get("id") if isinstance(entry, Mapping) else getattr(entry, "id", None)
    if id is None:
        return f"{playbook}.{part}[{n}]"
    return f"{playbook}.{id}" if part == "remedies" else str(id)


def _texts(root: Root) -> Iterator[tuple[str, str]]:
    name, directory = root
    for folder in FOLDERS:
        inside = directory.joinpath(folder)
        if not inside.is_dir():
            continue
        for file in sorted(inside.iterdir(), key=lambda one: one.name):
            if file.name.endswith(".md"):
                text = file.read_bytes().decode("utf-8", "replace")
                yield f"{name}/{folder}/{file.name}", text


def _in_file(file: str, text: str) -> Iterator[Place]:
    document, _ = read(file, text)
    if document is None:
        return
    kind, playbook = (str(document.values.get(key, "")) for key in ("kind", "id"))
    yield Place(kind, playbook, "", playbook, file, document.line(("id",)), document.values)
    for part, entries in document.values.items():
        if isinstance(entries, tuple):
            yield from _in_list(document, part, Place(kind, playbook, part, "", file, 0, {}))


def _in_list(document: Document, part: str, at: Place) -> Iterator[Place]:
    for n, entry in enumerate(document.values[part]):
        if isinstance(entry, Mapping):
            id = rule_id(part, at.playbook, entry, n)
            yield at._replace(id=id, line=document.line((part, n)), says=entry)
