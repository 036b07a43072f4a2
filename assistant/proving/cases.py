"""Cases: what a lead expects of a decision, read strictly from `cases/*.yaml`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

from pydantic import ValidationError

from assistant.model import Attachment
from assistant.playbooks.frontmatter import Document, Path, read_yaml
from assistant.playbooks.kinds import CASES
from assistant.playbooks.problems import Problem
from assistant.playbooks.told import told
from assistant.proving.entries import Root
from assistant.proving.written import About, CaseFile, Expect, WrittenCase

NOW = datetime(2026, 11, 20, 10, tzinfo=timezone(timedelta(hours=1)))
"""The moment of a case that names none: a Friday."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case as it is tried: the file's base is in it."""

    name: str
    file: str
    line: int
    about: About
    text: str | None
    files: tuple[Attachment, ...]
    expect: Expect
    lines: Mapping[str, int]
    """Of what it says and expects: `facts.order.known`, `expect.allowed`."""

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"

    @property
    def name_in_file(self) -> tuple[str, str]:
        """What it is known by, in whatever directory."""
        return self.file.rpartition("/")[2], self.name

    def line_of(self, key: str) -> int:
        return self.lines.get(key, self.line)


class Read(NamedTuple):
    """The cases of several directories, and all that is wrong with their files."""

    cases: tuple[Case, ...]
    problems: tuple[Problem, ...]


def read_cases(of: Sequence[Root]) -> Read:
    """All cases; a later file replaces one of the same name, `merge: true` case by case."""
    files: dict[str, dict[str, Case]] = {}
    problems: list[Problem] = []
    for name, directory in of:
        for file, source in _sources(name, directory):
            found = _file(file, source, problems)
            if found is None:
                continue
            written, document = found
            cases = dict(_cases(file, written, document, problems))
            before = files.get(source.name, {}) if written.merge else {}
            files[source.name] = {} if written.off else {**before, **cases}
    return Read(tuple(case for file in files.values() for case in file.values()), tuple(problems))


def _sources(name: str, directory: Traversable) -> Iterator[tuple[str, Traversable]]:
    folder = directory.joinpath(CASES)
    if folder.is_dir():
        for file in sorted(folder.iterdir(), key=lambda one: one.name):
            if file.name.endswith((".yaml", ".yml")):
                yield f"{name}/{CASES}/{file.name}", file


def _file(
    file: str, source: Traversable, problems: list[Problem]
) -> tuple[CaseFile, Document] | None:
    try:
        text = source.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(file, 1, "", f"can't be read as UTF-8: {error}"))
        return None
    written, wrong = _written(file, text.removeprefix("\ufeff"))
    problems.extend(wrong)
    return written


@lru_cache(maxsize=1024)
def _written(file: str, text: str) -> tuple[tuple[CaseFile, Document] | None, tuple[Problem, ...]]:
    """Two directories that are compared share the shipped files."""
    document, wrong = _unknown(*read_yaml(file, text))
    if document is None or wrong:
        return None, tuple(wrong)
    try:
        return (CaseFile.model_validate(document.values), document), ()
    except ValidationError as error:
        return None, tuple(told(document, CaseFile, error))


def _unknown(
    document: Document | None, wrong: Sequence[Problem]
) -> tuple[Document | None, list[Problem]]:
    """A fact without a value is one that nobody knows, whatever the base says of it."""
    empty = {one.key for one in wrong if one.what.startswith("empty: ")}
    cases = document.values.get("cases") if document else None
    if not empty or document is None or not isinstance(cases, tuple):
        return document, list(wrong)
    taken: set[str] = set()
    changed = tuple(_without(one, n, empty, taken) for n, one in enumerate(cases))
    values = {**document.values, "cases": changed}
    return replace(document, values=values), [one for one in wrong if one.key not in taken]


def _without(case: Any, n: int, empty: Collection[str], taken: set[str]) -> Any:
    """*case* with None for its facts that are *empty*; their keys are noted in *taken*."""
    facts = case.get("facts") if isinstance(case, Mapping) else None
    if not isinstance(facts, Mapping):
        return case
    gone = {name: f"cases[{n}].facts.{name}" for name in facts}
    gone = {name: key for name, key in gone.items() if key in empty}
    taken.update(gone.values())
    return {**case, "facts": {**facts, **dict.fromkeys(gone)}}


def _cases(
    file: str, written: CaseFile, document: Document, problems: list[Problem]
) -> Iterator[tuple[str, Case]]:
    seen: dict[str, int] = {}
    lines = _lines(document)
    for n, one in enumerate(written.cases):
        at: Path = ("cases", n)
        line = document.line(at)
        if one.name in seen:
            what = f'"{one.name}" is already the name of the case on line {seen[one.name]}'
            problems.append(Problem(file, document.line((*at, "name")), f"cases[{n}].name", what))
        seen[one.name] = line
        under = {**lines.get(("base",), {}), **lines.get(at, {})}
        yield one.name, _case(file, written.base, one, line, under)


def _case(file: str, base: About, one: WrittenCase, line: int, lines: Mapping[str, int]) -> Case:
    return Case(
        name=one.name,
        file=file,
        line=line,
        about=_with_base(base, one),
        text=one.text,
        files=tuple(Attachment(name=f.name, mime=f.mime, size=f.size) for f in one.files),
        expect=one.expect,
        lines=lines,
    )


def _lines(document: Document) -> Mapping[Path, Mapping[str, int]]:
    """The lines of what stands under the base and under each case, two keys deep."""
    found: defaultdict[Path, dict[str, int]] = defaultdict(dict)
    for path, (_, line) in document.places.items():
        depth = 1 if path[:1] == ("base",) else 2
        if 0 < len(path) - depth <= 2:
            found[path[:depth]][".".join(map(str, path[depth:]))] = line
    return found


def _with_base(base: About, case: About) -> About:
    """What the case says goes before what the file's base says; facts fact by fact."""
    fields = set(About.model_fields)
    values: dict[str, Any] = {
        **{name: getattr(base, name) for name in base.model_fields_set},
        **{name: getattr(case, name) for name in case.model_fields_set & fields},
    }
    if case.model_fields_set & {"intent", "intents"}:
        for name in {"intent", "intents"} - case.model_fields_set:
            values.pop(name, None)
    if "facts" in values:
        facts = {**base.facts, **case.facts}
        values["facts"] = {name: fact for name, fact in facts.items() if fact is not None}
    return About.model_construct(**values)


def intents_of(about: About) -> tuple[str, ...]:
    """What the buyer wants dealt with, most important first."""
    return (about.intent,) if about.intent else about.intents or ("other",)


def plain_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON has them: days and moments in ISO's form."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in facts.items()
    }


def unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
