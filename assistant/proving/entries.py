"""Where every rule stands, in every directory: what the model of a rule no longer knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from assistant.playbooks.book import SHIPPED
from assistant.playbooks.frontmatter import Document, read
from assistant.playbooks.sources import Source, sources

Root = tuple[str, Traversable]


class Entry(NamedTuple):
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


def entries(of: Sequence[Root]) -> tuple[Entry, ...]:
    """Every entry of every file, the shipped ones first. What can't be read is passed over."""
    return tuple(
        entry
        for name, directory in of
        for source in sources(name, directory, [])
        for entry in _in_file(source)
    )


def rule_id(part: str, playbook: str, entry: Any, n: int) -> str:
    """The name of an entry in proofs: a remedy's belongs to its policy, others stand alone."""
    id = entry.get("id") if isinstance(entry, Mapping) else getattr(entry, "id", None)
    if id is None:
        return f"{playbook}.{part}[{n}]"
    return f"{playbook}.{id}" if part == "remedies" else str(id)


def _in_file(source: Source) -> Iterator[Entry]:
    document, _ = read(source.name, source.text)
    if document is None:
        return
    kind, playbook = (str(document.values.get(key, "")) for key in ("kind", "id"))
    line = document.line(("id",))
    yield Entry(kind, playbook, "", playbook, source.name, line, document.values)
    for part, inside in document.values.items():
        if isinstance(inside, tuple):
            yield from _in_list(document, part, Entry(kind, playbook, part, "", source.name, 0, {}))


def _in_list(document: Document, part: str, at: Entry) -> Iterator[Entry]:
    for n, entry in enumerate(document.values[part]):
        if isinstance(entry, Mapping):
            id = rule_id(part, at.playbook, entry, n)
            yield at._replace(id=id, line=document.line((part, n)), says=entry)
