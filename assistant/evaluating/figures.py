"""What came of many situations, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from assistant.evaluating.judge import JUDGES, Miss, misses
from assistant.evaluating.run import Outcome
from assistant.model import Severity


class Judged(NamedTuple):
    """What came of one situation, and where that is not what was expected."""

    outcome: Outcome
    misses: tuple[Miss, ...]

    @property
    def holds(self) -> bool:
        return not self.misses


class Share(NamedTuple):
    """So many of so many."""

    right: int
    of: int

    @property
    def part(self) -> float | None:
        """From 0 to 1; None of nothing."""
        return self.right / self.of if self.of else None


class Price(NamedTuple):
    """Of a million tokens."""

    per_in: Decimal
    per_out: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Of one side, or of one language of it."""

    situations: int
    expected: Share
    """Situations of which every expectation holds."""
    right: Mapping[str, Share]
    """By what is looked at: language, first intent …; of the situations that expect it."""
    sendable: Share
    """Drafts without block, warning, repair and fall-back."""
    findings: Mapping[tuple[str, Severity], int]
    repairs: int
    fallbacks: int
    p50_s: float
    p95_s: float
    calls: float
    """A draft."""
    tokens_in: float
    tokens_out: float
    cost: Decimal | None
    currency: str


def judged(outcomes: Iterable[Outcome]) -> tuple[Judged, ...]:
    return tuple(Judged(one, misses(one)) for one in outcomes)


def figures(of: Sequence[Judged], price: Price | None = None) -> Figures:
    outcomes = [one.outcome for one in of]
    drafts = [one for one in outcomes if one.proposal is not None]
    seconds = sorted(one.seconds for one in outcomes)
    n = max(1, len(drafts))
    tokens_in = sum(one.effort.tokens_in for one in outcomes)
    tokens_out = sum(one.effort.tokens_out for one in outcomes)
    return Figures(
        situations=len(of),
        expected=Share(sum(one.holds for one in of), len(of)),
        right={name: _share(of, name) for name in JUDGES},
        sendable=Share(sum(one.at_first_try for one in drafts), len(drafts)),
        findings=_findings(drafts),
        repairs=sum(one.effort.repairs for one in outcomes),
        fallbacks=sum(one.fell_back for one in outcomes),
        p50_s=quantile(seconds, 0.5),
        p95_s=quantile(seconds, 0.95),
        calls=sum(one.effort.calls for one in outcomes) / n,
        tokens_in=tokens_in / n,
        tokens_out=tokens_out / n,
        cost=_cost(tokens_in, tokens_out, price) / n if price else None,
        currency=price.currency if price else "",
    )


def by_language(of: Sequence[Judged], price: Price | None = None) -> dict[str, Figures]:
    """The figures of every language, in the order of their names."""
    languages = sorted({one.outcome.sample.language for one in of})
    return {
        name: figures([one for one in of if one.outcome.sample.language == name], price)
        for name in languages
    }


def quantile(ordered: Sequence[float], part: float) -> float:
    """The nearest rank; 0 of nothing."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, max(0, round(part * len(ordered) + 0.5) - 1))]


def _always(_: Judged) -> bool:
    return True


_ASKED: Mapping[str, Callable[[Judged], bool]] = {
    "emotion": lambda one: one.outcome.sample.expect.emotion is not None,
    "given": lambda one: bool(one.outcome.sample.expect.given),
    "details": lambda one: bool(one.outcome.sample.expect.details),
    "decision": lambda one: bool(one.outcome.sample.expect.remedies),
    "says": lambda one: bool(one.outcome.sample.expect.says),
    "never": lambda one: bool(one.outcome.sample.expect.never),
    "sendable": lambda one: one.outcome.sample.expect.draft,
}
"""Which situations expect something of it; of the rest, all do."""


def _share(of: Sequence[Judged], name: str) -> Share:
    expects = _ASKED.get(name, _always)
    asked = [one for one in of if expects(one)]
    wrong = sum(any(miss.about == name for miss in one.misses) for one in asked)
    return Share(len(asked) - wrong, len(asked))


def _findings(drafts: Sequence[Outcome]) -> dict[tuple[str, Severity], int]:
    """How many drafts have it, the most frequent first."""
    found = Counter(
        pair for one in drafts for pair in {(each.rule, each.severity) for each in one.findings}
    )
    return dict(found.most_common())


def _cost(tokens_in: int, tokens_out: int, price: Price) -> Decimal:
    return (tokens_in * price.per_in + tokens_out * price.per_out) / 1_000_000
