"""Everything that is proved together: the playbooks, where their rules stand, their cases."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from assistant.errors import Misconfigured, ParleyError
from assistant.playbooks import Place, Playbooks
from assistant.playbooks.kinds.shared import GIVEN
from assistant.playbooks.problems import Problem, nearest, refuse
from assistant.proving.asked import Asked, asked
from assistant.proving.cases import Case, Read, read_cases
from assistant.proving.entries import Entry, Root, entries, roots
from assistant.proving.mutants import Mutant

_OWN = ("text.", "channel.", "leak.", "value.", "commitment.", "platform.", "draft.", "S")
"""How the names of the review's own rules begin; no playbook has them."""


@dataclass(frozen=True)
class Library:
    """Of the shipped directory and those laid over it."""

    directories: tuple[Path, ...]
    playbooks: Playbooks
    cases: tuple[Asked, ...]

    @classmethod
    def load(cls, *directories: Path, own: bool = False) -> Library:
        """All of it; with *own* the cases of *directories* alone.

        Raises: Misconfigured, with every error of every playbook and every case, one a line.
        """
        of = roots(*directories)
        found = read_cases(of[1:] if own else of)
        playbooks = _loaded(directories, found)
        cases, problems = _ready(found, playbooks, of)
        refuse([*found.problems, *problems])
        return cls(directories, playbooks, tuple(cases))

    def where(self, mutant: Mutant) -> Place:
        """Where what was weakened is written: in the file that is in force."""
        kind, id = mutant.key
        [playbook] = (one for one in self.playbooks.all if (one.kind, one.id) == (kind, id))
        return self.playbooks.place(playbook, *mutant.at)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every rule of every file, the one in force last."""
        return entries(roots(*self.directories))


def _loaded(directories: Sequence[Path], found: Read) -> Playbooks:
    """Raises: Misconfigured, with what is wrong with the cases as well."""
    try:
        return Playbooks.load(*directories)
    except Misconfigured as error:
        if not found.problems:
            raise
        also = (f"{one.where}: {one.what}" for one in sorted(found.problems))
        raise Misconfigured(error.where, "\n".join([error.what, *also])) from error


def _ready(
    found: Read, playbooks: Playbooks, of: Sequence[Root]
) -> tuple[list[Asked], list[Problem]]:
    """The cases that can be asked, and what is wrong with the others."""
    ready: list[Asked] = []
    problems: list[Problem] = []
    names = _Names.of(playbooks, entries(of))
    for case in found.cases:
        problems += names.wrong_in(case)
        try:
            ready.append(asked(case, playbooks))
        except (ValueError, ParleyError) as error:
            problems.append(_unasked(case, error))
    return ready, problems


def _unasked(case: Case, error: Exception) -> Problem:
    """A fact's own line, where the words name one."""
    what = str(error)
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    named = max((name for name in case.about.facts if name in what), key=len, default="")
    if not named:
        return Problem(case.file, case.line, "", what)
    return Problem(case.file, case.line_of(f"facts.{named}"), f"facts.{named}", what)


@dataclass(frozen=True)
class _Names:
    """What a case may name: an id that no file has proves nothing, or everything."""

    rules: Collection[str]
    remedies: Collection[str]
    clocks: Collection[str]
    given: Collection[str]

    @classmethod
    def of(cls, playbooks: Playbooks, where: Sequence[Entry]) -> _Names:
        rules = {one.id for one in where if one.part}
        declared = playbooks.vocabulary.declared
        return cls(
            rules=rules | {f"platform.{one.playbook}" for one in where if one.kind == "platform"},
            remedies={str(one.says.get("id")) for one in where if one.part == "remedies"},
            clocks={one.id for one in where if one.part == "clocks"},
            given={*GIVEN, *(one for one, told in declared.items() if told.ask)},
        )

    def wrong_in(self, case: Case) -> Iterator[Problem]:
        for name in case.about.given if "given" in case.about.model_fields_set else ():
            if name not in self.given:
                what = f'"{name}" is nothing a buyer can give{nearest(name, self.given)}'
                yield Problem(case.file, case.line_of("given"), "given", what)
        yield from self._wrong_expected(case)

    def _wrong_expected(self, case: Case) -> Iterator[Problem]:
        expect = case.expect
        remedies = ("allowed", "lead", "denied", "ask", "cost", "amount")
        for keys, known, what in (
            (remedies, self.remedies, "remedy"),
            (("rules", "no_rules"), self.rules, "rule"),
            (("clocks",), self.clocks, "clock"),
            (("findings", "no_findings"), self.rules, "rule"),
        ):
            for key in keys:
                for name in getattr(expect, key) or ():
                    own = "findings" in key and name.startswith(_OWN)
                    if name not in known and not own:
                        yield _unknown(case, key, name, what, known)


def _unknown(case: Case, key: str, name: str, what: str, known: Collection[str]) -> Problem:
    path = f"expect.{key}"
    said = f'no {what} is called "{name}"{nearest(name, known)}'
    return Problem(case.file, case.line_of(path), path, said)


def by_file(cases: Sequence[Asked]) -> Mapping[str, list[Asked]]:
    """The cases of each file, in its order."""
    found: dict[str, list[Asked]] = {}
    for one in cases:
        found.setdefault(one.case.file, []).append(one)
    return found
