"""Markdown with YAML front matter, read strictly: what a person typed is what we get, or an error.

YAML 1.1 turns `NO` into false, `12:30` into 750 and `010` into 8. Here such words are errors that
say how to write what was meant. Keys are always plain words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import yaml

from assistant.playbooks.problems import Place, Problem

Path = tuple[str | int, ...]

_INT = re.compile(r"-?(0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,17})\.\d{1,18}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_BOOL_TRAP = re.compile(r"(?i:y|n|yes|no|on|off)|True|TRUE|False|FALSE")
_NULL = re.compile(r"|~|(?i:null)")
_NUMBER_TRAP = re.compile(
    r"[-+]?\d[\d_]*(:[0-5]?\d)+(\.\d*)?"  # 12:30 is a number to base 60
    r"|[-+]?0[0-7_]+|[-+]?0[xXbo][\da-fA-F_]+"  # 010 is 8
    r"|[-+]?[\d_]*\.?[\d_]+[eE][-+]?\d+|[-+]?\.(?i:inf|nan)|\+\d+|-?\d*_[\d_]*|[-+]?\d+\."
)


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it: ten times as fast, and the same marks."""


_DEEPEST = 20
"""Levels of nesting; a playbook has six."""
_LONGEST_NUMBER = 64


@dataclass(frozen=True, eq=False)
class Document:
    """A file's front matter as plain values (sequences are tuples), where each stands, its prose.

    Of a merged document some places are in the file below. It equals itself alone: what is found
    out about it can be kept by it.
    """

    values: dict[str, Any]
    places: Mapping[Path, Place]
    prose: str
    file: str = ""

    def place(self, path: Path) -> Place:
        """Of *path*, or of the nearest thing around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(self.file, 1))

    def line(self, path: Path) -> int:
        return self.place(path).line


class _Hidden(Exception):
    """Something that would hide what a rule says."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line, self.what = line, what


class _Reader:
    """Values straight from YAML's events: nothing is constructed, nothing is resolved."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.places: dict[Path, Place] = {}
        self.problems: list[Problem] = []
        self._events = _plain_events(text)

    def document(self) -> Any:
        """None where there is none."""
        event = next(self._events, None)
        return None if event is None else self._value(event, ())

    def _value(self, event: yaml.Event, path: Path) -> Any:
        self.places.setdefault(path, self._place(event))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return tuple(
                self._value(one, (*path, n))
                for n, one in enumerate(self._until(yaml.SequenceEndEvent))
            )
        return self._scalar(event, path)

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _mapping(self, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in self._until(yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise _hidden(event, "a key must be a plain word")
            key = str(event.value)
            here = (*path, key)
            if key in values:
                self._wrong(event, here, "given twice; keep one")
            self.places[here] = self._place(event)
            values[key] = self._value(next(self._events), here)
        return values

    def _scalar(self, event: yaml.Event, path: Path) -> Any:
        text = str(getattr(event, "value", ""))
        if getattr(event, "style", None):
            return text
        if _INT.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
        if text in ("true", "false"):
            return text == "true"
        if _DATE.fullmatch(text):
            return self._date(event, path, text)
        return self._word(event, path, text)

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self.file, mark.line + 1 if mark else 1)

    def _date(self, event: yaml.Event, path: Path, text: str) -> date | str:
        try:
            return date.fromisoformat(text)
        except ValueError:
            self._wrong(event, path, f"{text} is no date of the calendar")
            return text

    def _word(self, event: yaml.Event, path: Path, text: str) -> str:
        if len(text) > _LONGEST_NUMBER:
            return text
        if _BOOL_TRAP.fullmatch(text):
            self._wrong(
                event, path, f'YAML reads {text} as yes or no: write true or false, or "{text}"'
            )
        elif _NULL.fullmatch(text):
            self._wrong(event, path, "empty: give it a value or leave the key out")
        elif _NUMBER_TRAP.fullmatch(text):
            self._wrong(event, path, f'YAML reads {text} as another number: write "{text}"')
        return text

    def _wrong(self, event: yaml.Event, path: Path, what: str) -> None:
        self.problems.append(Problem(*self._place(event), dotted(path), what))


def dotted(path: Path) -> str:
    """`remedies[0].allow`"""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def read(file: str, text: str) -> tuple[Document | None, list[Problem]]:
    """The document in *text*; None where nothing of it can be read."""
    document, problems = _read_both(file, text)
    return document, list(problems)


@lru_cache(maxsize=1024)
def _read_both(file: str, text: str) -> tuple[Document | None, tuple[Problem, ...]]:
    """Most files are the same at the next load, and for the next storefront."""
    head, prose = _split(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    if head is None:
        what = "no front matter: start the file with a line --- and end it with another"
        return None, (Problem(file, 1, "", what),)
    document, problems = _read(file, head)
    return (document and replace(document, prose=prose.strip())), problems


def read_yaml(file: str, text: str) -> tuple[Document | None, list[Problem]]:
    """The document that *text* is, all of it YAML; None where nothing of it can be read."""
    document, problems = _read_yaml(file, text)
    return document, list(problems)


def _read(file: str, text: str) -> tuple[Document | None, tuple[Problem, ...]]:
    reader = _Reader(file, text)
    try:
        values = reader.document()
    except _Hidden as error:
        return None, (*reader.problems, Problem(file, error.line, "", error.what))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        return None, (*reader.problems, Problem(file, line, "", f"not YAML: {_advice(error)}"))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = f"a sign that no text has: {error.character!r}"
        return None, (Problem(file, line, "", what),)
    if not isinstance(values, dict):
        return None, (Problem(file, 1, "", "it must be made of `key: value` lines"),)
    return Document(values, reader.places, "", file), tuple(reader.problems)


_read_yaml = lru_cache(maxsize=1024)(_read)


def _advice(error: yaml.MarkedYAMLError) -> str:
    """What libyaml says, with what usually is behind it."""
    what = str(error.problem or error.context)
    if "cannot start any token" in what:
        return f"{what}: indent with spaces, not tabs, and quote texts that begin with a sign"
    if "mapping values are not allowed" in what:
        return f'{what}: quote texts that contain ": "'
    return what


def _plain_events(text: str) -> Iterator[yaml.Event]:
    """Those of values; anchors, aliases and tags could hide what a rule says, and are refused."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.NodeEvent):
            _refuse_hidden(event)
            depth += isinstance(event, yaml.CollectionStartEvent)
            if depth > _DEEPEST:
                raise _hidden(event, f"nested more than {_DEEPEST} levels deep")
            yield event
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            yield event
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _hidden(event, "a second document begins here; keep one")


def _refuse_hidden(event: yaml.NodeEvent) -> None:
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        raise _hidden(event, "anchors and aliases are not for playbooks; write it out")
    if getattr(event, "tag", None):
        raise _hidden(event, "tags (!) are not for playbooks; write it out, or quote it")


def _hidden(event: yaml.Event, what: str) -> _Hidden:
    mark = event.start_mark
    return _Hidden(mark.line + 1 if mark else 1, what)


def _split(text: str) -> tuple[str | None, str]:
    """Front matter (with a first blank line, so that line numbers are the file's) and prose."""
    if not text.startswith("---\n"):
        return None, text
    end = re.search(r"^---[ \t]*$", text[4:], re.MULTILINE)
    if end is None:
        return None, text
    return "\n" + text[4 : 4 + end.start()], text[4 + end.end() :]
