"""Where a storefront's policy denies what the law of a market owes, with a case that shows it.

Not every `allow` that can be false denies. What a buyer can cure is asked for, not denied: a
photo, an order number, a yes; nor is it a denial that nothing is in stock, that the order is still
under way, or that some days have to pass which the law leaves. What a buyer can't cure, time that
is over, a price, a label, a group of customers, must be in the law itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from assistant.playbooks.floors.space import (
    AGES,
    Case,
    Dimension,
    cases,
    dimensions,
    facts,
    looks_at,
)
from assistant.playbooks.kinds import Law, Policy, RemedyRule
from assistant.playbooks.vocabulary import Vocabulary

_CURABLE = ("evidence.", "request.", "wanted.", "goodwill.", "parcel.", "stock.")
"""What the buyer can give, or what passes by itself."""
_CURABLE_NAMES = frozenset(
    [
        "actor.lead",
        "buyer.verified",
        "channel",
        "item.in_stock",
        "item.quantity",
        "order.cancelled",
        "order.delivered",
        "order.known",
        "order.paid",
        "order.payment_status",
        "order.ref",
        "order.refunded",
        "order.refunds",
        "order.shipped",
        "order.status",
    ]
)
_MOST = 20_000
"""Evaluations for one law and one kind of remedy: half a second."""
_SET = ("request.intent", "request.intents", "market", "now")
"""Given with the owed."""


class Offer(NamedTuple):
    """A remedy, with the policy it is one of."""

    policy: Policy
    number: int
    remedy: RemedyRule


class Owed(NamedTuple):
    """May *ours* say no to what *law* owes, where *shipped* does not?"""

    intent: str
    market: str
    law: Law
    ours: tuple[Offer, ...]
    shipped: tuple[Offer, ...]

    def conditions(self) -> tuple[str, ...]:
        """All that tells whether it is owed and given."""
        offers = (*self.ours, *self.shipped)
        whens = tuple(one.policy.when for one in offers if one.policy.when)
        return (self.law.when, *whens, *(one.remedy.allow for one in offers))


class Refused(NamedTuple):
    """A case in which it does, and the names that matter in it."""

    case: Case
    names: tuple[str, ...]


def standing(owed: Owed, words: Vocabulary) -> Owed:
    """Without the offers of policies that never stand for this intent in this market."""
    known = _fixed(owed)
    ours, shipped = (
        tuple(
            one
            for one in offers
            if not one.policy.when
            or words.evaluate(one.policy.when, "bool", known).value is not False
        )
        for offers in (owed.ours, owed.shipped)
    )
    return owed._replace(ours=ours, shipped=shipped)


def refused(owed: Owed, words: Vocabulary) -> Refused | None:
    """The first case in which the buyer is denied what the law owes."""
    search = _Search(owed, words)
    for case in search.due():
        if search.denies(owed.ours, case) and not search.denies(owed.shipped, case):
            return Refused(case, search.named)
    return None


class _Search:
    def __init__(self, owed: Owed, words: Vocabulary) -> None:
        self.owes, self.words = owed, words
        self.fixed = _fixed(owed)
        self._left = _MOST
        self._known: dict[tuple[str, tuple[Any, ...]], bool | None] = {}
        self._looks_at: dict[str, tuple[str, ...]] = {}
        self._hopeless: dict[tuple[str, tuple[Any, ...]], bool] = {}
        self._soft_of: dict[str, list[Dimension]] = {}
        self.texts = owed.conditions()
        legal = words.names_in(owed.law.when)
        told = [name for text in self.texts for name in words.names_in(text)]
        names = [name for name in dict.fromkeys(told) if name not in _SET]
        hard = [name for name in names if name in legal or not curable(name, words)]
        self.hard = dimensions(hard, self.texts, words)
        self.soft = [name for name in names if name not in hard]
        self.given = [name for name in legal if curable(name, words) and name in hard]
        ours = [name for one in owed.ours for name in words.names_in(one.remedy.allow)]
        self.named = tuple(name for name in dict.fromkeys((*legal, *ours)) if name in hard)

    def due(self) -> Iterator[dict[str, Any]]:
        if self._value(self.owes.law.when, {}) is False:
            return
        for case in cases(self.hard):
            if self._left < 0:
                return
            if self._value(self.owes.law.when, case) is True:
                yield case

    def denies(self, offers: Sequence[Offer], case: Case) -> bool:
        """All that stand here say no, whatever the buyer brings and however long they wait."""
        here = [one for one in offers if self._stands(one.policy, case)]
        if not here or any(self._value(one.remedy.allow, case) is True for one in here):
            return False
        return all(self._incurable(one.remedy.allow, case) for one in here)

    def _stands(self, policy: Policy, case: Case) -> bool:
        return policy.when is None or self._value(policy.when, case) is not False

    def _incurable(self, allow: str, case: Case) -> bool:
        """Whatever is brought, and however long one waits, *allow* says no."""
        names = {*self._seen(allow), *self._seen(self.owes.law.when)}
        key = (allow, tuple(item for item in case.items() if item[0] in names))
        if key not in self._hopeless:
            self._hopeless[key] = self._never(allow, case)
        return self._hopeless[key]

    def _never(self, allow: str, case: Case) -> bool:
        space = self._brought(allow)
        for later in self._later(allow, case):
            for brought in cases(space):
                if self._left < 0 or self._value(allow, {**later, **brought}) is not False:
                    return False
        return True

    def _brought(self, allow: str) -> list[Dimension]:
        """What the buyer can bring that *allow* looks at."""
        if allow not in self._soft_of:
            names = [name for name in self.words.names_in(allow) if name in self.soft]
            self._soft_of[allow] = dimensions(names, self.texts, self.words)
        return self._soft_of[allow]

    def _later(self, allow: str, case: Case) -> Iterator[Case]:
        """The case itself, and what time or the buyer can make of it while the law still owes."""
        yield case
        seen = self._seen(allow)
        free = [
            Dimension(one.name, _from_here(one, case))
            for one in self.hard
            if one.name in seen and (one.name in AGES or one.name in self.given)
        ]
        for changes in cases(free) if free else ():
            later = {**case, **changes}
            if later != case and self._value(self.owes.law.when, later) is True:
                yield later

    def _seen(self, expression: str) -> tuple[str, ...]:
        """The dimensions that *expression* looks at."""
        if expression not in self._looks_at:
            self._looks_at[expression] = looks_at(self.words.names_in(expression))
        return self._looks_at[expression]

    def _value(self, expression: str, case: Case) -> bool | None:
        """None: it can't be told."""
        self._left -= 1
        seen = {name: case[name] for name in self._seen(expression) if name in case}
        key = (expression, tuple(seen.items()))
        if key not in self._known:
            known = {**facts(seen, self.words), **self.fixed}
            self._known[key] = self.words.evaluate(expression, "bool", known).value
        return self._known[key]


def curable(name: str, words: Vocabulary) -> bool:
    """A condition on this alone denies nothing for good."""
    if name in _SET:
        return False
    declared = words.declared.get(name)
    if declared is not None:
        return declared.ask is not None
    return name in _CURABLE_NAMES or name.startswith(_CURABLE)


def _from_here(dimension: Dimension, case: Case) -> tuple[Any, ...]:
    """Nobody gets younger; what is under way may arrive."""
    now = case[dimension.name]
    if dimension.name not in AGES or now is None:
        return dimension.values
    return tuple(value for value in dimension.values if value is not None and value >= now)


def _points(case: Case) -> list[Dimension]:
    return [Dimension(name, (value,)) for name, value in case.items()]


def _fixed(owed: Owed) -> Mapping[str, Any]:
    return {
        "request.intent": owed.intent,
        "request.intents": [owed.intent],
        "market": owed.market,
    }
