"""Situations as they stand in a file: strict, for a misspelt key would prove nothing."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AwareDatetime, Discriminator, Field, Tag, model_validator

from assistant.drafting.contract import BuyerIn, Language, MessageIn
from assistant.model import EmotionKind, Given, Intent, Order, Verdict
from assistant.playbooks.kinds import Strict


def _named_or_told(value: Any) -> str:
    return "name" if isinstance(value, str) else "order"


OrderOrName = Annotated[
    Annotated[str, Tag("name")] | Annotated[Order, Tag("order")], Discriminator(_named_or_told)
]
"""A name in `orders.yaml`, or an order as a line of `parley draft` has it."""
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-zA-Z0-9-]*$", max_length=80)]
Words = tuple[Annotated[str, Field(min_length=1)], ...]


class Expect(Strict):
    """What is expected of the understanding, of the decision and of the draft."""

    language: Language | None = None
    """As it must be understood, where it is not the file's."""
    intents: tuple[Intent, ...] = Field(min_length=1)
    """The first must be understood as first; the others must be among those understood."""
    emotion: EmotionKind | None = None
    given: tuple[Given, ...] = ()
    details: dict[str, str] = Field(default_factory=dict)
    remedies: dict[str, Verdict] = Field(default_factory=dict)
    says: Words = ()
    """Each must stand in the draft, white space and capitals aside."""
    never: Words = ()
    draft: bool = True
    """False: no honest draft is possible, and there must be none."""
    sendable: bool = True
    """Neither a block nor a warning is among the findings."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not self.draft and (self.says or self.never):
            raise ValueError("without a draft nothing can be said in it")
        return self


class WrittenSituation(Strict):
    """One situation: the fields of a line of `parley draft`, and what is expected."""

    id: Id
    about: str = Field(min_length=1, max_length=200)
    """What it is, in one English line."""
    channel: str = Field(min_length=1, max_length=40)
    platform: str = Field(default="own", min_length=1, max_length=40)
    market: str = Field(pattern=r"^[A-Z]{2}$")
    agent_language: Language = "en"
    now: AwareDatetime
    buyer: BuyerIn | None = None
    order: OrderOrName | None = None
    messages: tuple[MessageIn, ...] = Field(min_length=1)
    expect: Expect


class SituationFile(Strict):
    """One language's situations."""

    language: Language
    situations: tuple[WrittenSituation, ...] = Field(min_length=1)


class OrderFile(Strict):
    """Orders that several situations are about."""

    orders: dict[str, Order] = Field(min_length=1)
