"""One question with the playbooks that answer it: every fact, the known and the derived."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from assistant.deciding.bans import about
from assistant.deciding.question import Question, always, values
from assistant.model import Intent
from assistant.playbooks import Money, Playbooks, Policy
from assistant.playbooks.kinds import Market, MarketCosts, NotSold
from assistant.playbooks.vocabulary import Outcome

Facts = Mapping[str, Any]
_CHANGING = ("request.intent", "request.asking")
"""The facts that are not the same for every rule of a case."""


class Case:
    """A question, looked at once. Raises: ValueError, where a fact has no such name or type."""

    def __init__(self, question: Question, playbooks: Playbooks) -> None:
        self.question = question
        self.playbooks = playbooks
        self.market: Market | None = playbooks.market(question.market)
        self.platform = playbooks.platform(question.platform, question.channel)
        self.culture = playbooks.culture(question.language, question.market)
        self.words = playbooks.vocabulary
        told = {**always(question, self.words), **values(question.facts, self.words)}
        self.facts: Facts = {**self._estimates(told), **told}
        self._outcomes: dict[tuple[Any, ...], Outcome] = {}
        self._standing: dict[Intent, tuple[Policy, ...]] = {}

    def about(self, intent: Intent) -> dict[str, Any]:
        """The facts for the policies of *intent*."""
        return {**self.facts, "request.intent": intent}

    def evaluate(self, expression: str, kind: Any, facts: Facts) -> Outcome:
        """Once for each intent: nothing else of the facts changes within a case."""
        key = (expression, kind, *(facts.get(name) for name in _CHANGING))
        if key not in self._outcomes:
            rates = self.question.rates
            self._outcomes[key] = self.words.evaluate(expression, kind, facts, rates)
        return self._outcomes[key]

    def seen(self, expressions: tuple[str | None, ...], facts: Facts) -> dict[str, Any]:
        """What these look at, as JSON has it; what nobody knows is not there."""
        names = [name for one in expressions if one for name in self.words.names_in(one)]
        return {name: plain(facts[name]) for name in names if name in facts}

    @cached_property
    def had(self) -> frozenset[str]:
        """What need not be asked for: it was given, or a fact says that it is there."""
        shown = {
            name.removeprefix("evidence.")
            for name, fact in self.facts.items()
            if name.startswith("evidence.") and fact is True
        }
        looked_up = {"order_number"} if self.facts["order.known"] else set()
        return frozenset({*self.question.given, *shown, *looked_up})

    @cached_property
    def bans(self) -> tuple[NotSold, ...]:
        """What may not be sold in the buyer's market, and is what this is about (S3.10)."""
        bans = self.market.not_sold if self.market else ()
        return tuple(one for one in bans if about(one, self.facts))

    def policies(self, intent: Intent) -> tuple[Policy, ...]:
        """Those about *intent* that stand here; those for `other` beside them where none of them
        stands always: a kindness for a late parcel says nothing about the parcel.

        One whose condition can't be told does not stand: it would offer what may not be due.
        """
        if intent not in self._standing:
            self._standing[intent] = self._policies(intent)
        return self._standing[intent]

    def _policies(self, intent: Intent) -> tuple[Policy, ...]:
        named = self.playbooks.policies_for(intent)
        standing = tuple(one for one in named if self._stands(one, intent))
        if intent == "other" or any(one.when is None for one in standing):
            return standing
        rest = self.playbooks.policies_for("other")
        others = (one for one in rest if one not in standing and self._stands(one, intent))
        return (*standing, *others)

    def _stands(self, policy: Policy, intent: Intent) -> bool:
        if policy.when is None:
            return True
        return self.evaluate(policy.when, "bool", self.about(intent)).value is True

    def _estimates(self, told: Facts) -> dict[str, Any]:
        """What things cost us, by the seller's own estimates, where no shop tells."""
        costs = _costs(self.market, self.playbooks.world)
        sums = {"route.shipping_cost": costs.shipping, "route.return_cost": costs.return_label}
        found = {name: Money.parse(one).to_cel() for name, one in sums.items() if one}
        if "item.price" in told and costs.goods_percent is not None:
            price = Money.from_cel(told["item.price"])
            found["item.cost"] = price.percent(costs.goods_percent).to_cel()
        return found


def _costs(market: Market | None, world: Market) -> MarketCosts:
    """The market's, and the world's where it has none of its own."""
    own = market.costs if market else MarketCosts()
    usual = world.costs
    percent = usual.goods_percent if own.goods_percent is None else own.goods_percent
    return MarketCosts(
        goods_percent=percent,
        shipping=own.shipping or usual.shipping,
        return_label=own.return_label or usual.return_label,
    )


def plain(value: Any) -> Any:
    """For JSON."""
    if isinstance(value, Mapping):
        return str(Money.from_cel(value))
    return value.isoformat() if isinstance(value, datetime) else value
