"""The settings file: TOML whose every key can be found again, for errors that name their line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from assistant.errors import Misconfigured

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.\"'-]+)\s*=")
_AT = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")

Path_ = tuple[str | int, ...]
"""A place in the file: `("storefronts", 1, "market")`."""


class TomlFile(NamedTuple):
    """What a TOML file says, and on which line."""

    name: str
    values: Mapping[str, Any]
    lines: Mapping[Path_, int]

    def where(self, path: Sequence[str | int]) -> str:
        """`parley.toml:12`: the line of *path*, or of the nearest thing around it."""
        for length in range(len(path), 0, -1):
            line = self.lines.get(tuple(path[:length]))
            if line is not None:
                return f"{self.name}:{line}"
        return self.name


def read_toml(path: Path) -> TomlFile:
    """Read *path*. Raises: Misconfigured, with the line where it can't be read as TOML."""
    text = ""
    try:
        text = path.read_text("utf-8")
        return TomlFile(str(path), tomllib.loads(text), _lines(text))
    except tomllib.TOMLDecodeError as error:
        at = _AT.search(str(error))
        line = (at and at[1]) or len(text.splitlines())
        what = _AT.sub("", str(error))
        raise Misconfigured(f"{path}:{line}", f"This is not TOML: {what}. Mend it.") from error
    except UnicodeDecodeError as error:
        raise Misconfigured(str(path), "This is not UTF-8 text. Save it as UTF-8.") from error
    except OSError as error:
        what = f"It can't be read: {error.strerror}. Check PARLEY_CONFIG."
        raise Misconfigured(str(path), what) from error


def _lines(text: str) -> dict[Path_, int]:
    """The line of every table and key. Keys inside inline tables have their table's line."""
    found: dict[Path_, int] = {}
    table: Path_ = ()
    counts: dict[Path_, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _table(header[2], repeated=header[1] == "[[", counts=counts)
            found.setdefault(table, number)
            found.setdefault(table[:1], number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_parts(key[1])), number)
    return found


def _table(name: str, *, repeated: bool, counts: dict[Path_, int]) -> Path_:
    """The path of a header: `[[a]]` counts up, `[a.b]` under it belongs to the newest `a`."""
    path: Path_ = ()
    parts = _parts(name)
    for index, part in enumerate(parts):
        path = (*path, part)
        last = index == len(parts) - 1
        if last and repeated:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _parts(name: str) -> list[str]:
    return [part.strip().strip("\"'") for part in name.split(".")]
