"""Facts that a storefront declares: names of its own for what its shop or its buyers tell."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from assistant.playbooks.kinds.shared import Playbook, Strict
from assistant.playbooks.vocabulary import Kind

FactName = Annotated[
    str, Field(pattern=r"^(order|item|buyer|request|evidence|wanted)\.[a-z][a-z0-9_]{0,40}$")
]


class Fact(Strict):
    """One name. Its value comes from `attributes` of the order, item or customer, or from the
    `details` of the request; where there is none, the fact is missing."""

    name: FactName
    kind: Kind = Field(alias="is")
    means: str
    ask: str = ""
    """How the buyer is asked for it; absent: a buyer can't give it."""


class Facts(Playbook):
    """The names that conditions may use beside those of Parley."""

    kind: Literal["facts"]
    facts: tuple[Fact, ...] = ()
