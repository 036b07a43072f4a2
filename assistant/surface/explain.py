"""A decision in words for the team: two lines for the card, and the proof behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.deciding.laws import STATE_RIGHT
from assistant.drafting.findings import GIVEN
from assistant.model import Decision, Demand, Remedy, RunningClock, Understanding
from assistant.surface.proof import Proof, named
from assistant.words import Text, Words, say

_ASKED: Mapping[str, Text] = {
    "refund": say("The buyer asks for a refund."),
    "resend": say("The buyer asks for a new one."),
    "exchange": say("The buyer asks for an exchange."),
    "information": say("The buyer asks for information."),
    "cancel": say("The buyer asks to cancel."),
    "return": say("The buyer asks to send it back."),
    "discount": say("The buyer asks for money off."),
    "repair": say("The buyer asks for a repair."),
    "invoice": say("The buyer asks for an invoice."),
    "callback": say("The buyer asks for a call."),
    "manager": say("The buyer asks for a manager."),
}
_MOST = 3
"""How many demands the card names of each kind: the others are one press away."""


def headline(decision: Decision, understanding: Understanding, words: Words) -> str:
    """What may be done, in one line: `May do: refund €34.90 or resend (cheapest €12.22). …`"""
    if not decision.remedies and not decision.ask_for:
        return words(say("No rule settles this: decide yourself, or ask a lead."))
    inputs = _inputs(decision)
    if decision.remedies and all(one.missing == ("order",) for one in decision.remedies):
        return words(say("No shop has confirmed the order yet: find it first."))
    parts = [
        _may(decision, inputs, words),
        _with_a_lead(decision, inputs, words),
        _ask_for(decision, words),
        _wish(understanding, words),
        _nothing_back(decision, words),
    ]
    return words.together(parts)


def in_mind(decision: Decision, words: Words) -> str:
    """What must be kept in mind, in one line: what to say and never to say, the nearest limit."""
    parts = [
        _demanded(decision.must, say("Say: {what}."), words),
        _demanded(decision.must_not, say("Never: {what}."), words),
        _nearest(decision.clocks, words),
        words(say("No links here.")) if decision.links == "none" else "",
        "" if decision.attachments else words(say("No attachments here.")),
    ]
    return words.together(parts)


def explain(decision: Decision, words: Words) -> tuple[str, ...]:
    """The proof, a line a remedy, a law, a limit and a rule: why, what was looked at, by whom."""
    return tuple(Proof(decision, words).lines())


# ── the card's lines ─────────────────────────────────────────────────────────


def _may(decision: Decision, inputs: Mapping[str, Mapping[str, Any]], words: Words) -> str:
    allowed = decision.allowed()
    if not allowed:
        return ""
    names = _either(_names(allowed, inputs, words), words)
    costs = [one.cost for one in allowed if one.cost is not None]
    if len(costs) < 2 or len({one.currency for one in costs}) > 1:
        return words(say("May do: {remedies}.", remedies=names))
    least = min(costs, key=lambda cost: cost.amount)
    price = words.money(least.amount, least.currency)
    return words(say("May do: {remedies} (cheapest {price}).", remedies=names, price=price))


def _with_a_lead(decision: Decision, inputs: Mapping[str, Mapping[str, Any]], words: Words) -> str:
    leads = [one for one in decision.remedies if one.verdict == "lead"]
    if not leads:
        return ""
    said = _names(decision.allowed(), inputs, words)
    names = [one for one in _names(leads, inputs, words) if one not in said]
    return words(say("With a lead: {remedies}.", remedies=_either(names, words))) if names else ""


def _names(
    remedies: Sequence[Remedy], inputs: Mapping[str, Mapping[str, Any]], words: Words
) -> list[str]:
    """No name twice: two rules may give the same."""
    found = (named(one, inputs.get(one.id, {}), words) for one in remedies)
    return list(dict.fromkeys(found))


def _ask_for(decision: Decision, words: Words) -> str:
    if not decision.ask_for:
        return ""
    known = [name for name in GIVEN if name in decision.ask_for]
    rest = [name for name in decision.ask_for if name not in GIVEN]
    names = [Proof(decision, words).fact(name) for name in (*known, *rest)]
    return words(say("Ask for {what}.", what=_both(names, words)))


def _wish(understanding: Understanding, words: Words) -> str:
    wish = next((one for one in understanding.wishes if one in _ASKED), None)
    return words(_ASKED[wish]) if wish else ""


def _nothing_back(decision: Decision, words: Words) -> str:
    offered = {one.id for one in decision.allowed()}
    if offered and any(one.check == "demand_return" for one in decision.must_not):
        return words(say("Nothing to send back."))
    return ""


def _demanded(demands: tuple[Demand, ...], pattern: Text, words: Words) -> str:
    """The first few; wordings are the review's business."""
    # A right is named beside a lesser offer, which is seldom made: it comes last.
    first = sorted(demands, key=lambda one: one.check == STATE_RIGHT)
    told = [words(one.text) for one in first if not one.words][:_MOST]
    if not told:
        return ""
    what = words(say("; ")).join(told)
    return words(pattern.model_copy(update={"values": {"what": what}}))


def _nearest(clocks: tuple[RunningClock, ...], words: Words) -> str:
    if not clocks:
        return ""
    first = clocks[0]
    when = words.when(first.due, first.due.tzinfo)
    return words(say("By {when}: {what}.", when=when, what=words(first.says)))


def _inputs(decision: Decision) -> Mapping[str, Mapping[str, Any]]:
    seen = (evidence.inputs for evidence in decision.proof if "remedy" in evidence.inputs)
    return {str(inputs["remedy"]): inputs for inputs in seen}


def _either(names: list[str], words: Words) -> str:
    if len(names) < 2:
        return "".join(names)
    first = words(say(", ")).join(names[:-1])
    return words(say("{first} or {last}", first=first, last=names[-1]))


def _both(names: list[str], words: Words) -> str:
    if len(names) < 2:
        return "".join(names)
    first = words(say(", ")).join(names[:-1])
    return words(say("{first} and {last}", first=first, last=names[-1]))
