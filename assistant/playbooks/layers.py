"""One playbook file over another: it replaces it whole, or entry by entry with `merge: true`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from assistant.playbooks.frontmatter import Document, Path, dotted
from assistant.playbooks.problems import Place, Problem, nearest

LISTS = ("remedies", "rules", "law", "clocks", "carriers", "not_sold", "taboos", "facts")
"""Whose entries are told apart by their ids (carriers also by `shown`, facts by `name`)."""
_Grafts = Mapping[Path, list[tuple[Path, Place]]]


def laid(below: Document, above: Document, problems: list[Problem]) -> Document:
    """*above* merged into *below*; what it says stands, what it does not say stays."""
    merged = _Merged(below, above, problems)
    values: dict[str, Any] = {}
    for key in (*below.values, *(one for one in above.values if one not in below.values)):
        if key == "merge":
            continue
        values[key] = merged.value(key)
    prose = above.prose or below.prose
    return Document(values, merged.places, prose, above.file)


class _Merged:
    """Values of two documents, and where each of them stands."""

    def __init__(self, below: Document, above: Document, problems: list[Problem]) -> None:
        self.below, self.above, self.problems = below, above, problems
        self.places: dict[Path, Place] = {(): above.place(())}
        self._grafts = {id(one): _by_head(one) for one in (below, above)}

    def value(self, key: str) -> Any:
        old, new = self.below.values.get(key), self.above.values.get(key)
        if new is None or old is None:
            self._graft(self.below if new is None else self.above, (key,))
            return old if new is None else new
        if key in LISTS and isinstance(old, tuple) and isinstance(new, tuple):
            return self._entries(key, old, new)
        self._graft(self.above, (key,))
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            self._graft(self.below, (key,))
            return _joined(old, new)
        return new

    def _entries(self, key: str, old: tuple[Any, ...], new: tuple[Any, ...]) -> tuple[Any, ...]:
        self.places[key,] = self.above.place((key,))
        order = [(_id(key, one), one, self.below, n) for n, one in enumerate(old)]
        names = [_id(key, one) for one in new]
        for n, (name, one) in enumerate(zip(names, new, strict=True)):
            if name and name in names[:n]:
                self._wrong((key, n), f'"{name}" is given twice here; keep one')
            where = next((at for at, have in enumerate(order) if name and have[0] == name), None)
            if isinstance(one, Mapping) and one.get("off") is True:
                if where is None:
                    self._nothing_to_take_away(key, n, name, [str(have[0]) for have in order])
                else:
                    del order[where]
            elif where is None:
                order.append((name, one, self.above, n))
            else:
                order[where] = (name, one, self.above, n)
        for at, (_, _, document, n) in enumerate(order):
            self._graft(document, (key, n), (key, at))
        return tuple(one for _, one, _, _ in order)

    def _nothing_to_take_away(self, key: str, n: int, name: Any, known: list[str]) -> None:
        what = f'nothing here is called "{name}"{nearest(str(name), known)}'
        self._wrong((key, n, "off"), what)

    def _wrong(self, path: Path, what: str) -> None:
        place = self.above.place(path)
        self.problems.append(Problem(place.file, place.line, dotted(path), what))

    def _graft(self, document: Document, path: Path, to: Path | None = None) -> None:
        """Where *path* and all under it stand, now found at *to*."""
        to = to or path
        for rest, place in self._grafts[id(document)].get(path, []):
            self.places.setdefault((*to, *rest), place)


def _by_head(document: Document) -> _Grafts:
    """All places by the first step and the first two steps of their paths."""
    found: dict[Path, list[tuple[Path, Place]]] = defaultdict(list)
    for path, place in document.places.items():
        for depth in (1, 2):
            if len(path) >= depth:
                found[path[:depth]].append((path[depth:], place))
    return found


def _id(key: str, entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return None
    names = {"carriers": ("id", "shown"), "facts": ("name",)}.get(key, ("id",))
    return next((entry[name] for name in names if name in entry), None)


def _joined(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """By key, all the way down."""
    joined = dict(old)
    for key, value in new.items():
        had = joined.get(key)
        both = isinstance(had, Mapping) and isinstance(value, Mapping)
        joined[key] = _joined(had, value) if both and isinstance(had, Mapping) else value
    return joined
