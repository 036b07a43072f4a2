"""A policy: what we do when a buyer wants one thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

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


Saying = Annotated[str, Field(min_length=8, max_length=300)]
"""One sentence of a buyer's. A shorter one says the same as half of what people write."""


class Policy(Playbook):
    """What we do when a buyer wants one thing. `ask_for`: evidence wanted, unless it was given."""

    kind: Literal["policy"]
    applies: Applies
    buyers_say: dict[Intent, tuple[Saying, ...]] = Field(default_factory=dict)
    """Intent → sentences by which buyers want it, where the rules would not tell."""
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

    @model_validator(mode="after")
    def _says_what_it_applies_to(self) -> Self:
        for intent in self.buyers_say:
            if intent not in self.applies.intents:
                raise ValueError(f"buyers_say: this policy does not apply to {intent}")
        return self
