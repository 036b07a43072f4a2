"""Everything that is wrong with the playbooks, found in one go."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from assistant.errors import Misconfigured

_LONGEST = 80
"""No word of a playbook is longer; comparing longer ones takes for ever."""


class Place(NamedTuple):
    """Where something is written: `playbooks/market/de.md:17`."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Problem(NamedTuple):
    """One thing to put right: `playbooks/policy/damaged.md:7 remedies[0].alow: unknown key …`."""

    file: str
    line: int
    key: str
    what: str

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line} {self.key}".rstrip()


def nearest(word: str, known: Collection[str]) -> str:
    """`, did you mean "allow"?`, or the choices where nothing comes close and they are few."""
    if len(word) > _LONGEST:
        return ""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f', did you mean "{close[0]}"?'
    if 0 < len(known) <= 12:
        return f"; one of: {', '.join(sorted(known))}"
    return ""


def refuse(problems: Sequence[Problem]) -> None:
    """Raise Misconfigured with all of *problems*, one a line, if there are any."""
    if not problems:
        return
    first, *rest = sorted(problems)
    lines = [first.what, *(f"{problem.where}: {problem.what}" for problem in rest)]
    raise Misconfigured(first.where, "\n".join(lines))
