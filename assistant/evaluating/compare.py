"""Two sides of one evaluation: what differs between them, situation by situation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from typing import Literal, NamedTuple

from assistant.evaluating.figures import Figures, Judged, Price, by_language, figures
from assistant.evaluating.run import Outcome

_TOKENS = re.compile(r"\s+|[\w'’]+|[^\w\s]", re.UNICODE)
_EACH_ITS_OWN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
"""Scripts without spaces: there a sign is a word."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One drafter by one set of playbooks, and what came of it."""

    name: str
    playbook_version: str
    results: tuple[Judged, ...]
    price: Price | None = field(default=None)

    @cached_property
    def figures(self) -> Figures:
        return figures(self.results, self.price)

    @cached_property
    def languages(self) -> Mapping[str, Figures]:
        return by_language(self.results, self.price)


class Difference(NamedTuple):
    """Something that is otherwise: `intents`, what one side has, what the other has."""

    what: str
    one: str
    other: str


class Piece(NamedTuple):
    """A run of words that both have, or that one of them has."""

    kind: Literal["both", "one", "other"]
    text: str


def differences(one: Outcome, other: Outcome) -> tuple[Difference, ...]:
    return tuple(
        Difference(what, told(one), told(other))
        for what, told in _TOLD.items()
        if told(one) != told(other)
    )


def pieces(one: str, other: str) -> Iterator[Piece]:
    """The words of both texts in one row, as a reader follows changes."""
    before, after = _split(one), _split(other)
    left = right = ""
    for tag, i1, i2, j1, j2 in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        old, new = "".join(before[i1:i2]), "".join(after[j1:j2])
        # A space between two changes is part of the change.
        if tag != "equal" or ((left or right) and not old.strip() and i2 < len(before)):
            left, right = left + old, right + new
            continue
        yield from _changed(left, right)
        left = right = ""
        yield Piece("both", old)
    yield from _changed(left, right)


def _changed(left: str, right: str) -> Iterator[Piece]:
    if left:
        yield Piece("one", left)
    if right:
        yield Piece("other", right)


def _split(text: str) -> Sequence[str]:
    found: list[str] = []
    for token in _TOKENS.findall(text):
        found.extend(token if _EACH_ITS_OWN.search(token) else (token,))
    return found


def _emotion(of: Outcome) -> str:
    emotion = of.brief.understanding.emotion
    return f"{emotion.kind} {emotion.strength:.1f}"


_TOLD: Mapping[str, Callable[[Outcome], str]] = {
    "language": lambda one: one.brief.understanding.language,
    "intents": lambda one: ", ".join(one.brief.understanding.intents),
    "emotion": _emotion,
    "given": lambda one: ", ".join(one.brief.understanding.given),
    "decision": lambda one: ", ".join(
        f"{remedy.id}: {remedy.verdict}" for remedy in one.brief.decision.remedies
    ),
    "draft": lambda one: one.text,
    "findings": lambda one: ", ".join(
        sorted({f"{each.severity} {each.rule}" for each in one.findings})
    ),
}
