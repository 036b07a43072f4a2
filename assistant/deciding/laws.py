"""The laws of the buyer's market that are in force in one case, and what they owe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from assistant.deciding.case import Case, Facts
from assistant.model import Evidence
from assistant.playbooks import Law

LESSER = frozenset({"partial_refund", "coupon", "store_credit", "goodwill"})
"""What may stand beside a right of the buyer's and never quietly in its place."""
RIGHTS = frozenset({"refund", "resend", "repair", "exchange"})
STATE_RIGHT = "state_right"
"""The check: the right is named beside a lesser offer."""


class InForce(NamedTuple):
    law: Law
    evidence: Evidence
    certain: bool
    """False: its condition can't be told; then it forbids, and owes nothing."""

    @property
    def rule(self) -> str:
        return self.law.id

    @property
    def verified(self) -> bool:
        """Somebody read the authority's own text: only such a law permits anything."""
        return self.law.status == "verified"


def laws_of(case: Case, facts: Facts) -> tuple[InForce, ...]:
    """Those that hold, and those that may hold and forbid something."""
    found = (_looked_at(law, case, facts) for law in (case.market.law if case.market else ()))
    return tuple(one for one in found if one is not None)


def _looked_at(law: Law, case: Case, facts: Facts) -> InForce | None:
    outcome = case.evaluate(law.when, "bool", facts)
    certain = outcome.value is True
    if not certain and not (outcome.missing and law.forbid):
        return None
    inputs = {**case.seen((law.when,), facts), "when": law.when, "says": law.says}
    inputs["status"] = law.status
    if law.owes:
        inputs |= {"owes": list(law.owes), "buyer_chooses": law.buyer_chooses}
    evidence = Evidence(rule=law.id, source=law.source, checked_on=law.checked_on, inputs=inputs)
    return InForce(law, evidence, certain)


def owing(gives: str, laws: Sequence[InForce]) -> tuple[InForce, ...]:
    """Those that owe what a remedy gives."""
    return tuple(one for one in laws if one.certain and gives in one.law.owes)


def owing_a_right(laws: Sequence[InForce]) -> InForce | None:
    """The first that owes the buyer the thing, or the money, itself."""
    return next((one for one in laws if one.certain and RIGHTS & set(one.law.owes)), None)
