"""What the report page shows of one or two sides, as data: no markup, no network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from assistant.evaluating.compare import Difference, Piece, Side, differences, pieces
from assistant.evaluating.figures import Figures, Judged, Share
from assistant.evaluating.judge import JUDGES
from assistant.evaluating.situations import Sample
from assistant.model import Finding, Severity

_MOST_RULES = 14
_MOST_POINTS = 160
_RANK: dict[Severity, int] = {"block": 0, "warn": 1, "tip": 2}


class Run(NamedTuple):
    """Words of a draft, and the numbers of the findings that point at them."""

    text: str
    findings: tuple[int, ...]
    severity: Severity | None


class Row(NamedTuple):
    """One situation, as every side took it."""

    sample: Sample
    sides: tuple[Judged, ...]
    differs: tuple[Difference, ...]
    change: tuple[Piece, ...]
    """Both drafts in one text; empty where they are the same."""

    @property
    def state(self) -> str:
        """`good`, `objected` (not sendable), `bad` (not as expected); of the first side."""
        first = self.sides[0]
        if not first.holds:
            return "bad"
        return "good" if first.outcome.sendable else "objected"


class Bar(NamedTuple):
    """Something that is looked at: how many are right, side by side."""

    name: str
    shares: tuple[Share, ...]


class RuleBar(NamedTuple):
    rule: str
    severity: Severity
    counts: tuple[int, ...]
    """Drafts that have it, side by side."""


@dataclass(frozen=True)
class Report:
    sides: tuple[Side, ...]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return tuple(_row(each) for each in zip(*(one.results for one in self.sides), strict=True))

    @cached_property
    def bars(self) -> tuple[Bar, ...]:
        """What is looked at and expected of some situation at least."""
        found = (
            Bar(name, tuple(side.figures.right[name] for side in self.sides)) for name in JUDGES
        )
        return tuple(one for one in found if one.shares[0].of)

    @cached_property
    def rules(self) -> tuple[RuleBar, ...]:
        """The gravest first, then the most frequent."""
        keys = {pair for side in self.sides for pair in side.figures.findings}
        bars = [RuleBar(*key, self._counts(key)) for key in keys]
        bars.sort(key=lambda one: (_RANK[one.severity], -max(one.counts), one.rule))
        return tuple(bars[:_MOST_RULES])

    def _counts(self, key: tuple[str, Severity]) -> tuple[int, ...]:
        return tuple(one.figures.findings.get(key, 0) for one in self.sides)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.sides[0].languages)

    def rows_of(self, language: str) -> tuple[Row, ...]:
        return tuple(one for one in self.rows if one.sample.language == language)

    def of(self, language: str) -> tuple[Figures, ...]:
        return tuple(side.languages[language] for side in self.sides)

    @cached_property
    def slowest_s(self) -> float:
        """The right end of the chart of times: most of them, not the one that hung."""
        return max(max(one.figures.p95_s for one in self.sides) * 1.25, 0.001)

    def curve(self, side: Side) -> str:
        """How many drafts were there after how long, as points of a line 100 by 100."""
        seconds = sorted(one.outcome.seconds for one in side.results)
        return " ".join(f"{x:.2f},{y:.2f}" for x, y in _curve(seconds, self.slowest_s))


def runs(text: str, findings: Sequence[Finding]) -> Iterator[Run]:
    """*text* cut where findings begin and end; the gravest of several gives its colour."""
    about = [(n, one) for n, one in enumerate(findings, 1) if one.end > one.start]
    whole = len(text)
    cuts = sorted({0, whole, *(min(at, whole) for _, one in about for at in (one.start, one.end))})
    for start, end in pairwise(cuts):
        here = [(n, one) for n, one in about if one.start <= start and one.end >= end]
        gravest = min((one.severity for _, one in here), key=_RANK.__getitem__, default=None)
        yield Run(text[start:end], tuple(n for n, _ in here), gravest)


def _row(sides: tuple[Judged, ...]) -> Row:
    sample = sides[0].outcome.sample
    if len(sides) == 1:
        return Row(sample, sides, (), ())
    one, other = (side.outcome for side in sides)
    change = tuple(pieces(one.text, other.text)) if one.text != other.text else ()
    return Row(sample, sides, differences(one, other), change)


def _curve(seconds: Sequence[float], longest: float) -> Iterator[tuple[float, float]]:
    yield 0.0, 100.0
    step = max(1, len(seconds) // _MOST_POINTS)
    for n in range(step - 1, len(seconds), step):
        if seconds[n] <= longest:
            yield 100 * seconds[n] / longest, 100 - 100 * (n + 1) / len(seconds)
    yield 100.0, 0.0 if not seconds or seconds[-1] <= longest else _still_out(seconds, longest)


def _still_out(seconds: Sequence[float], longest: float) -> float:
    return 100 * sum(one > longest for one in seconds) / len(seconds)
