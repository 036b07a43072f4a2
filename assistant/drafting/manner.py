"""Other wordings of one plan: shorter, warmer, more formal. The decision in it stays the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from assistant.commands import Manner
from assistant.drafting.brief import Brief
from assistant.drafting.plan import Plan, Say
from assistant.drafting.plan import say as sentence
from assistant.words import say

Register = Literal["", "short", "warm", "formal"]
"""What a phrase's own wording for a manner is called: `back.eta.warm`."""
REGISTERS: Mapping[Manner, Register] = {
    "again": "",
    "shorter": "short",
    "warmer": "warm",
    "more_formal": "formal",
}
NEEDS_MODEL = say(
    "Without a language model, Parley can't follow an instruction. Choose shorter, warmer or more "
    "formal, or edit it."
)
_FELT = frozenset({"apologise_once", "empathise_first"})
_KIND = frozenset({"have.photo", "have.photos"})
"""Said to be kind; the answer is whole without it."""
_THANKING = frozenset(
    f"ack.{intent}"
    for intent in (
        "abuse_or_spam",
        "legal_or_chargeback",
        "other",
        "price_or_promotion",
        "product_question",
        "review_negative",
        "review_positive",
        "stock_question",
        "thanks",
    )
)
"""Openings that thank already."""


def register_of(brief: Brief) -> Register:
    return REGISTERS[brief.wish.manner] if brief.wish else ""


def plans(plan: Plan, brief: Brief) -> Iterator[Plan]:
    """*plan* as the brief's wish has it, the first choice first."""
    manner = brief.wish.manner if brief.wish else "again"
    if manner == "shorter":
        yield from _less(plan, brief)
    elif manner == "warmer":
        yield _warmer(plan, brief)
    else:
        yield plan


def less_kind(plan: Plan) -> Plan:
    """Without what is only kind; a reply that is nothing else stays as it is."""
    if not (plan.middle or plan.next):
        return plan
    return replace(plan, closing=(), next=_but(plan.next, _KIND))


def _less(plan: Plan, brief: Brief) -> Iterator[Plan]:
    """Less and less; never without the decision, its dates, or what the rules demand.

    What is left out follows from what was decided, never from how long a language's words are.
    """
    whole = plan
    plan = less_kind(replace(plan, middle=tuple(map(_bare, plan.middle))))
    if plan != whole:
        yield plan
    done_as_asked = any(one.key.endswith(".asked") for one in plan.middle)
    spare = ["then.", "or."] if done_as_asked else ["then."]
    plan = replace(
        plan,
        middle=_without(plan.middle, spare),
        next=_without(plan.next, spare),
    )
    yield plan
    if plan.middle and not any(one.check in _FELT for one in brief.decision.must):
        yield replace(plan, opening=_without(plan.opening, ["feel.", "thanks."]))


def _bare(one: Say) -> Say:
    """What was found, without saying that we looked."""
    fact = one.slots.get("fact")
    return fact if one.key == "looked" and isinstance(fact, Say) else one


def _warmer(plan: Plan, brief: Brief) -> Plan:
    """Thanks before, an open door after; whoever is upset is understood first, not thanked."""
    opening = plan.opening
    upset = any(one.key.startswith(("sorry.", "feel.")) for one in (*opening, *plan.middle))
    thanked = any(one.key in _THANKING or one.key.startswith("thank") for one in opening)
    if not (upset or thanked):
        opening = (sentence("thanks.plain"), *opening)
    return replace(plan, opening=opening, closing=plan.closing or (sentence("close.offer"),))


def _but(sentences: Iterable[Say], keys: frozenset[str]) -> tuple[Say, ...]:
    return tuple(one for one in sentences if one.key not in keys)


def _without(sentences: Iterable[Say], starts: list[str]) -> tuple[Say, ...]:
    return tuple(one for one in sentences if not one.key.startswith(tuple(starts)))
