"""A verdict before it is a remedy: what it rests on, and what is missing for it."""

from __future__ import annotations

from typing import NamedTuple

from assistant.deciding.case import Case
from assistant.model import Verdict
from assistant.playbooks import Money, UsedRate
from assistant.playbooks.vocabulary import Outcome

_OF_AN_ORDER = ("order.", "item.", "parcel.")


class Ruled(NamedTuple):
    verdict: Verdict
    missing: tuple[str, ...] = ()
    amount: Money | None = None
    fee: Money | None = None
    rates: tuple[UsedRate, ...] = ()
    failed: tuple[str, ...] = ()
    """The parts of `allow` that are false."""
    because: tuple[str, ...] = ()
    """Rules beside the policy's own."""


DENIED = Ruled("denied")


def told(outcome: Outcome, case: Case) -> Ruled:
    """What can't be told: ask the buyer for what they can give and have not; else a lead must find
    out."""
    facts: list[str] = []
    questions: list[str] = []
    for name in outcome.missing:
        askable, named = _askable(name, case)
        if askable and askable not in case.had:
            questions.append(askable)
        else:
            facts.append(named)
    if questions:
        return Ruled("ask", tuple(dict.fromkeys(questions)), rates=outcome.rates)
    return Ruled("lead", tuple(dict.fromkeys(facts)), rates=outcome.rates)


def _askable(name: str, case: Case) -> tuple[str | None, str]:
    """What the buyer can give to make *name* known, and what it is that is missing."""
    if not case.facts["order.known"] and name.startswith(_OF_AN_ORDER):
        return "order_number", "order"
    known = case.words.variables.get(name)
    askable = known.ask if known else None
    return (None if askable == "order_number" else askable), name
