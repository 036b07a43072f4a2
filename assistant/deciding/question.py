"""What a decision is asked: the whole of its input, as plain data that can be kept and compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, TypeAlias

from pydantic import AwareDatetime, ConfigDict, Field

from assistant.model import Frozen, Given, Intent
from assistant.playbooks import Money
from assistant.playbooks.problems import nearest
from assistant.playbooks.vocabulary import VARIABLES, Kind

Fact: TypeAlias = bool | int | str | tuple[str, ...]
"""As JSON has it: money is `34.90 EUR`, a time is ISO 8601 with its zone."""
_FALSE = (
    "request.answered",
    "request.occasion",
    "request.emotional",
    "request.product",
    "request.upset",
)
"""What is not so unless somebody says it is."""


class Question(Frozen):
    """One case. Names of `facts` are those of the vocabulary; what nobody knows is left out."""

    model_config = ConfigDict(extra="forbid")

    intents: tuple[Intent, ...] = Field(min_length=1)
    wishes: tuple[str, ...] = ()
    """What the buyer asks for by name: `refund`, `resend`, `exchange` …"""
    language: str = "en"
    market: str | None = None
    """The buyer's country."""
    platform: str = "own"
    channel: str = "webchat"
    actor: Literal["agent", "lead"] = "agent"
    """Who would act on the decision."""
    given: tuple[Given, ...] = ()
    """What the buyer gave already, and is never asked for again."""
    facts: dict[str, Fact] = Field(default_factory=dict)
    now: AwareDatetime

    @cached_property
    def known(self) -> Mapping[str, Any]:
        """Every fact as conditions need it, the always known ones included.

        Raises: ValueError, with the nearest right name or the type that is needed.
        """
        told = {name: _value(name, fact) for name, fact in self.facts.items()}
        return {**self._always(), **told}

    @cached_property
    def had(self) -> frozenset[str]:
        """What need not be asked for: it was given, or a fact says that it is there."""
        shown = {name.removeprefix("evidence.") for name in self._evidence()}
        looked_up = {"order_number"} if self.known["order.known"] else set()
        return frozenset({*self.given, *shown, *looked_up})

    def about(self, intent: Intent) -> dict[str, Any]:
        """The facts for the policies of *intent*."""
        return {**self.known, "request.intent": intent}

    def _evidence(self) -> list[str]:
        return [name for name, fact in self.facts.items() if name[:9] == "evidence." and fact]

    def _always(self) -> dict[str, Any]:
        given = [f"evidence.{one}" for one in self.given]
        order = any(name.startswith("order.") for name in self.facts)
        always: dict[str, Any] = {
            **dict.fromkeys(_FALSE, False),
            **{name: True for name in given if name in VARIABLES},
            "request.intents": list(self.intents),
            "request.wishes": list(self.wishes),
            "buyer.verified": False,
            "order.known": order,
            "market": self.market,
            "platform": self.platform,
            "channel": self.channel,
            "now": self.now,
        }
        if self.facts.get("order.known", order):
            always["parcel.known"] = any(name.startswith("parcel.") for name in self.facts)
        return {name: value for name, value in always.items() if value is not None}


def _value(name: str, fact: Fact) -> Any:
    """*fact* as a condition needs it."""
    if name not in VARIABLES:
        raise ValueError(f"no fact is called {name}{nearest(name, VARIABLES)}")
    kind = VARIABLES[name].kind
    if not isinstance(fact, _PYTHON[kind]) or (kind == "int" and isinstance(fact, bool)):
        raise ValueError(f"{name}: {fact!r} is not {_NEEDED[kind]}")
    if isinstance(fact, tuple):
        return list(fact)
    if isinstance(fact, str) and kind == "money":
        return Money.parse(fact).to_cel()
    return _time(name, fact) if isinstance(fact, str) and kind == "time" else fact


def _time(name: str, fact: str) -> datetime:
    at = datetime.fromisoformat(fact)
    if at.tzinfo is None:
        raise ValueError(f"{name}: {fact!r} has no time zone")
    return at


_PYTHON: Mapping[Kind, type] = {
    "bool": bool,
    "int": int,
    "string": str,
    "strings": tuple,
    "money": str,
    "time": str,
}
_NEEDED: Mapping[Kind, str] = {
    "bool": "true or false",
    "int": "a whole number",
    "string": "a text",
    "strings": "a list of texts",
    "money": 'an amount like "34.90 EUR"',
    "time": 'a time like "2026-11-20T10:00:00+01:00"',
}
