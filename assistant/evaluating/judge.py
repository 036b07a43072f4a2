"""Where what came of a situation is not what was expected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from assistant.evaluating.run import Outcome
from assistant.evaluating.written import Expect
from assistant.words import words

_SPACE = re.compile(r"\s+")
_ENGLISH = words("en")


class Miss(NamedTuple):
    """One expectation that does not hold."""

    key: str
    """Of `expect`."""
    expected: str
    got: str
    about: str = ""
    """Its name in reports: one of JUDGES."""


def misses(outcome: Outcome) -> tuple[Miss, ...]:
    """Every expectation that does not hold, in the order of the file's shape."""
    expect = outcome.sample.expect
    return tuple(
        miss._replace(about=name)
        for name, judge in JUDGES.items()
        for miss in judge(outcome, expect)
    )


def _language(outcome: Outcome, expect: Expect) -> Iterator[Miss]:
    wanted, got = outcome.sample.understood_as, outcome.brief.understanding.language
    if got != wanted:
        yield Miss("language", wanted, got)


def _first(outcome: Outcome, expect: Expect) -> Iterator[Miss]:
    got = outcome.brief.understanding.intents
    if got[0] != expect.intents[0]:
        yield Miss("intents", f"{expect.intents[0]} first", ", ".join(got))


def _others(outcome: Outcome, expect: Expect) -> Iterator[Miss]:
    got = outcome.brief.understanding.intents
    lacking = [one for one in expect.intents if one not in got]
    if lacking:
        yield Miss("intents", ", ".join(lacking), ", ".join(got))


def _emotion(outcome: Outcome, expect: Expect) -> Iterator[Miss]:
    got = outcome.brief.understanding.emotion
    if expect.emotion is not None and got.kind != expect.emotion:
        yield Miss("emotion", expect.emotion, f"{got.kind} {got.strength:.1f}")


def _given(outcome: Outcome, expect: Expect) -> Iterator[Miss]:
    got = outcome.brief.understanding.given
    lacking = [one for one in expect.given if one not in got]
    if lacking:
        yield Miss("given", ", ".join(lacking), ", ".join(got) or "nothing")


def _details(outcome: Outcome, expect: Expect) -> Iterator[Miss]:
    got = outcome.brief.understanding.details
    for key, value in expect.details.items():
        if got.get(key, "").casefold() != value.casefold():
            there = ", ".join(f"{name}: {one}" for name, one in got.items()) or "nothing"
            yield Miss("details", f"{key}: {value}", there)


def _remedies(outcome: Outcome, expect: Expect) -> Iterator[Miss]:
    got = {one.id: one.verdict for one in outcome.brief.decision.remedies}
    for id, verdict in expect.remedies.items():
        if got.get(id) != verdict:
            there = ", ".join(f"{name}: {one}" for name, one in got.items()) or "no remedy"
            yield Miss("remedies", f"{id}: {verdict}", there)


def _draft(outcome: Outcome, expect: Expect) -> Iterator[Miss]:
    if expect.draft and outcome.proposal is None:
        why = _ENGLISH(outcome.why_none) if outcome.why_none else "none"
        yield Miss("draft", "a draft", f"none: {why}")
    if not expect.draft and outcome.proposal is not None:
        yield Miss("draft", "no draft", outcome.text)


def _says(outcome: Outcome, expect: Expect) -> Iterator[Miss]:
    if outcome.proposal is None:
        return
    said = folded(outcome.text)
    for words_ in expect.says:
        if folded(words_) not in said:
            yield Miss("says", f"“{words_}”", outcome.text)


def _never(outcome: Outcome, expect: Expect) -> Iterator[Miss]:
    said = f" {folded(outcome.text)} "
    for words_ in expect.never:
        if folded(words_) in said:
            yield Miss("never", f"not “{words_}”", outcome.text)


def _sendable(outcome: Outcome, expect: Expect) -> Iterator[Miss]:
    if expect.sendable and outcome.proposal is not None and not outcome.sendable:
        grave = [one for one in outcome.findings if one.severity != "tip"]
        told = "; ".join(
            f"{one.severity} {one.rule} “{outcome.text[one.start : one.end]}”: "
            f"{_ENGLISH(one.message)}"
            for one in grave
        )
        yield Miss("sendable", "neither block nor warning", told)


def folded(text: str) -> str:
    """White space and capitals aside: a narrow no-break space is a space."""
    # Not casefold, which makes "ss" of "ß".
    return _SPACE.sub(" ", text).lower()


Judge = Callable[[Outcome, Expect], Iterator[Miss]]
JUDGES: Mapping[str, Judge] = {
    "language": _language,
    "first intent": _first,
    "all intents": _others,
    "emotion": _emotion,
    "given": _given,
    "details": _details,
    "decision": _remedies,
    "draft": _draft,
    "says": _says,
    "never": _never,
    "sendable": _sendable,
}
"""What is looked at, by the name that reports give it."""
