"""A policy: what we do when a buyer wants one thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from assistant.model import Intent
from assistant.playbooks.kinds.shared import (
    Asked,
    Condition,
    Formula,
    Gives,
    Id,
    Limits,
    OurClock,
    Playbook,
    Rule,
    Strict,
    some,
)

CostPart = Literal["money", "goods", "freight", "return_label", "recovery", "coupon", "dispute"]
"""What a remedy costs, item by item; `recovery` is what comes back, and is taken off."""


def _shape(value: Any) -> str:
    return "parts" if isinstance(value, Mapping) else "one"


Costs = Annotated[
    Annotated[Formula, Tag("one")] | Annotated[dict[CostPart, Formula], Tag("parts")],
    Discriminator(_shape),
]
"""One formula, or one for each part."""


class RemedyRule(Strict):
    """One thing a policy can do for the buyer.

    `allow`: may an agent offer it? `lead`: even so, only with a lead. `cost`: to the seller.
    `amount`: what the buyer gets. `fee`: what is kept back; `amount` is already net of it.
    `lead_above`: from which amount on a lead decides. `goodwill`: it counts against the agent's
    budget of the week. `confirm`: the buyer must have said yes to it first.
    """

    id: Id
    gives: Gives
    allow: Condition
    lead: Condition | None = None
    cost: Costs | None = None
    amount: Formula | None = None
    fee: Formula | None = None
    lead_above: Limits = ()
    goodwill: bool = False
    confirm: bool = False
    because: str

    @property
    def cost_parts(self) -> Mapping[str, str]:
        """Part → formula; a cost that is one formula has the one part `total`."""
        if isinstance(self.cost, str):
            return {"total": self.cost}
        return {str(part): formula for part, formula in (self.cost or {}).items()}


class Applies(Strict):
    intents: Annotated[tuple[Intent, ...], AfterValidator(some)]


class Policy(Playbook):
    """What we do when a buyer wants one thing. `ask_for`: evidence wanted, unless it was given."""

    kind: Literal["policy"]
    applies: Applies
    when: Condition | None = None
    """Absent: always. Else the policy stands only where this is true."""
    draft: bool = True
    """False: no draft is made; a person writes."""
    no_draft: str = ""
    """Why, for the agent, in the seller's own words."""
    ask_for: tuple[Asked, ...] = ()
    answers_within_working_days: int = Field(default=1, ge=0, le=10)
    """How soon the buyer hears from us again where this reply settles nothing."""
    remedies: tuple[RemedyRule, ...] = ()
    rules: tuple[Rule, ...] = ()
    clocks: tuple[OurClock, ...] = ()
