"""What a decision is asked: the whole of its input, as plain data that can be kept and compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from assistant.model import Frozen, Intent
from assistant.playbooks import Money, Rates
from assistant.playbooks.names import Kind
from assistant.playbooks.problems import nearest
from assistant.playbooks.vocabulary import BASE, Vocabulary

Fact: TypeAlias = bool | int | str | tuple[str, ...]
"""As JSON has it: money is `34.90 EUR`, a time is ISO 8601 with its zone."""
_FALSE = (
    "request.answered",
    "request.occasion",
    "request.emotional",
    "request.product",
    "request.upset",
    "request.strong",
    "request.deadline",
    "request.silent",
    "buyer.verified",
)
"""What is not so unless somebody says it is."""


class Question(Frozen):
    """One case. Names of `facts` are those of the vocabulary; what nobody knows is left out."""

    model_config = ConfigDict(extra="forbid")

    intents: tuple[Intent, ...] = Field(min_length=1)
    wishes: tuple[str, ...] = ()
    """What the buyer asks for by name: `refund`, `resend`, `exchange` …"""
    language: str = "en"
    market: Annotated[str, AfterValidator(str.upper)] | None = None
    """The buyer's country; however it is typed, its law holds."""
    platform: str = "own"
    channel: str = "webchat"
    actor: Literal["agent", "lead"] = "agent"
    """Who would act on the decision: what needs a lead is allowed to a lead."""
    given: tuple[str, ...] = ()
    """What the buyer gave already, and is never asked for again."""
    facts: dict[str, Fact] = Field(default_factory=dict)
    rates: Rates | None = None
    """What currencies are worth today; without them two currencies never meet."""
    zone: str | None = None
    """The buyer's time zone, where it is not their market's."""
    now: AwareDatetime

    @cached_property
    def known(self) -> Mapping[str, Any]:
        """Every fact that was told, by the names of Parley alone.

        Raises: ValueError, with the nearest right name or the type that is needed.
        """
        return self.known_to(BASE)

    def known_to(self, words: Vocabulary) -> Mapping[str, Any]:
        """The same, where a storefront declared names of its own. Raises: ValueError."""
        return {**always(self, words), **values(self.facts, words)}


def values(facts: Mapping[str, Fact], words: Vocabulary) -> dict[str, Any]:
    """*facts* as conditions need them. Raises: ValueError."""
    return {name: _value(name, fact, words) for name, fact in facts.items()}


def always(question: Question, words: Vocabulary) -> dict[str, Any]:
    """What every question tells."""
    facts = question.facts
    given = [f"evidence.{one}" for one in question.given]
    order = any(name.startswith("order.") for name in facts)
    told: dict[str, Any] = {
        **dict.fromkeys(_FALSE, False),
        **{name: True for name in given if name in words.variables},
        "request.intents": list(question.intents),
        "request.wishes": list(question.wishes),
        "order.known": order,
        "actor.lead": question.actor == "lead",
        "market": question.market,
        "platform": question.platform,
        "channel": question.channel,
        "language": question.language,
        "now": question.now,
    }
    if facts.get("order.known", order):
        told["parcel.known"] = any(name.startswith("parcel.") for name in facts)
    return {name: value for name, value in told.items() if value is not None}


def _value(name: str, fact: Fact, words: Vocabulary) -> Any:
    """*fact* as a condition needs it."""
    if name not in words.variables:
        raise ValueError(f"no fact is called {name}{nearest(name, words.variables)}")
    kind = words.variables[name].kind
    if not isinstance(fact, _PYTHON[kind]) or (kind == "int" and isinstance(fact, bool)):
        raise ValueError(f"{name}: {fact!r} is not {_NEEDED[kind]}")
    if isinstance(fact, tuple):
        return list(fact)
    if isinstance(fact, str) and kind == "money":
        return Money.parse(fact).to_cel()
    return _time(name, fact) if isinstance(fact, str) and kind == "time" else fact


def _time(name: str, fact: str) -> datetime:
    try:
        at = datetime.fromisoformat(fact)
    except ValueError:
        raise ValueError(f"{name}: {fact!r} is not {_NEEDED['time']}") from None
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
