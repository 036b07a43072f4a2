"""What a reply gives away of its own accord: which remedy, and for how much.

A remedy that playbooks mark `goodwill: true` counts against its agent's budget of the week. Whether
a text gives it is read as the review reads commitments, in any language; for how much, from the
sums in those sentences, else from the decision. Where neither says it, an agent may not give it at
all: the decision asks a lead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from assistant.drafting.brief import Brief
from assistant.drafting.commitments import committed
from assistant.drafting.spans import Span
from assistant.drafting.subject import Subject
from assistant.model import Cost, Remedy
from assistant.playbooks import Money, Playbooks

_AS = {
    "refund": frozenset({"refund", "partial_refund", "goodwill"}),
    "discount": frozenset({"coupon", "store_credit", "goodwill"}),
    "compensation": frozenset({"partial_refund", "coupon", "store_credit", "goodwill"}),
}
"""A commitment about money, and the remedies that are given by it."""


class Kindness(NamedTuple):
    """`amount` is None where nobody can tell it."""

    remedy: str
    amount: Money | None


def kindness_in(text: str, brief: Brief, playbooks: Playbooks) -> Kindness | None:
    """The goodwill that *text* gives; None: it gives none.

    Several remedies that are each named with their sum come to all of it, else the dearest counts.
    """
    ours = {rule.id for one in playbooks.policies for rule in one.remedies if rule.goodwill}
    given = [one for one in brief.decision.remedies if one.id in ours]
    if not given:
        return None
    owed = [
        one
        for one in brief.decision.remedies
        if one.id not in ours and one.verdict in ("allowed", "lead")
    ]
    subject = Subject(text, brief, by_agent=True)
    found = [
        kindness
        for kind in _AS
        if (named := _named(subject, kind)) is not None
        if (kindness := _kindness(kind, named, given, owed))
    ]
    dearest = max(found, key=lambda one: one.amount.minor if one.amount else -1, default=None)
    return _with_others(dearest, subject, given, owed) if dearest else None


def _with_others(
    dearest: Kindness, subject: Subject, given: Sequence[Remedy], owed: Sequence[Remedy]
) -> Kindness:
    """*dearest* with what the text gives by other remedies, each sum in it counted for one."""
    due = [one.amount for one in owed]
    counted: dict[Span, Remedy] = {}
    for kind, gives in _AS.items():
        for span in _named(subject, kind) or ():
            fits = [one for one in given if one.gives in gives and _is(span, one.amount)]
            if fits and span not in counted and not any(_is(span, one) for one in due):
                counted[span] = fits[0]
    sums = [_money(one.amount) for one in {one.id: one for one in counted.values()}.values()]
    if dearest.amount is None or any(
        one.currency != dearest.amount.currency for one in sums if one
    ):
        return dearest
    total = sum(one.minor for one in sums if one)
    return dearest._replace(amount=dearest.amount._replace(minor=max(total, dearest.amount.minor)))


def _named(subject: Subject, kind: str) -> list[Span] | None:
    """The sums in the sentences that commit to *kind*; None where none does."""
    sentences = [sentence for one, sentence, _ in committed(subject) if one == kind]
    if not sentences:
        return None
    return [
        span for span in subject.of("amount") if any(sentence.holds(span) for sentence in sentences)
    ]


def _kindness(
    kind: str, named: Sequence[Span], given: Sequence[Remedy], owed: Sequence[Remedy]
) -> Kindness | None:
    """A sum that is owed is no kindness; nor, where none is named, is what may be owed."""
    mine = [one for one in given if one.gives in _AS[kind]]
    due = [one for one in owed if one.gives in _AS[kind]]
    if not mine:
        return None
    sums = [span for span in named if not any(_is(span, one.amount) for one in due)]
    if not sums:
        if due or named:
            return None
        return Kindness(mine[0].id, _money(mine[0].amount or mine[0].cost))
    remedy = next((one for one in mine if any(_is(span, one.amount) for span in sums)), mine[0])
    return Kindness(remedy.id, _most(sums, remedy))


def _is(span: Span, amount: Cost | None) -> bool:
    if amount is None or span.number is None:
        return False
    return span.number == amount.amount and _in(span.units, amount.currency)


def _in(units: Iterable[str], currency: str) -> bool:
    known = set(units)
    return not known or currency in known


def _most(sums: Sequence[Span], remedy: Remedy) -> Money | None:
    """In the remedy's currency, where the sign allows it: `$` is many."""
    amount = remedy.amount or remedy.cost
    most = max(sums, key=lambda span: span.number or Decimal(0))
    assert most.number is not None
    if amount is not None and _in(most.units, amount.currency):
        return Money.of(most.number, amount.currency)
    return Money.of(most.number, sorted(most.units)[0]) if most.units else None


def _money(cost: Cost | None) -> Money | None:
    return Money.of(cost.amount, cost.currency) if cost else None
