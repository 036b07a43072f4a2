"""A decision in words for the team: one line for the card, and the proof behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from assistant.drafting.decide import FOLLOW_UP
from assistant.drafting.findings import GIVEN
from assistant.model import Decision, Demand, Evidence, Remedy, Understanding
from assistant.playbooks import MARKETPLACE, Money
from assistant.surface.labels import order_state, parcel_state
from assistant.words import Text, Words, say, say_n

_GIVES: Mapping[str, Text] = {
    "information": say("tell what is known"),
    "refund": say("refund"),
    "resend": say("resend"),
    "exchange": say("exchange"),
    "inquiry": say("ask the carrier"),
    "cancellation": say("cancel"),
    "return": say("take it back"),
}
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
_FACTS: Mapping[str, Text] = {
    "order": say("the order, which no shop has confirmed"),
    "item.in_stock": say("how many are in stock"),
    "item.price": say("the price of the item"),
    "item.refundable": say("the sum that may go back"),
    "item.title": say("which item it is"),
    "order.days_since_delivery": say("when it was delivered"),
    "order.refundable": say("the sum that may go back"),
    "parcel.late": say("when the parcel is due"),
    "parcel.days_late": say("when the parcel is due"),
    "parcel.days_since_scan": say("when the parcel was last scanned"),
    "parcel.status": say("where the parcel is"),
    "stock.count": say("how many are in stock"),
}
_LOOKED_AT: Mapping[str, Text] = {
    "order.total": say("paid {value}"),
    "order.refundable": say("{value} not refunded yet"),
    "item.price": say("price {value}"),
    "item.refundable": say("{value} not refunded yet"),
    "item.in_stock": say("{value} in stock"),
    "stock.count": say("{value} in stock"),
}
_COUNTED: Mapping[str, Text] = {
    "order.days_since_delivery": say_n("delivered {n} day ago", "delivered {n} days ago", 0),
    "order.days_since_placed": say_n("ordered {n} day ago", "ordered {n} days ago", 0),
    "parcel.days_late": say_n("{n} day late", "{n} days late", 0),
    "parcel.days_since_scan": say_n("last scan {n} day ago", "last scan {n} days ago", 0),
}
_TRUE: Mapping[str, Text] = {
    "evidence.photo": say("a photo is there"),
    "evidence.video": say("a video is there"),
    "evidence.receipt": say("a receipt is there"),
    "evidence.size": say("the size is given"),
    "order.known": say("the shop confirms the order"),
    "parcel.late": say("the parcel is late"),
}
_DATES: Mapping[str, Text] = {
    "ship_on": say("leaves {day}"),
    "arrive_by": say("there by {day}"),
    "refund_on": say("refund made {day}"),
}


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


def explain(decision: Decision, words: Words) -> tuple[str, ...]:
    """The proof, a line a remedy and a rule: verdict, why, what was looked at, where it is from."""
    by_rule = {evidence.rule: evidence for evidence in decision.proof}
    remedies = [_remedy_line(one, by_rule, words) for one in decision.remedies]
    must = _demand_lines(decision.must, say("Must: {what} ({rule})"), by_rule, words)
    never = _demand_lines(decision.must_not, say("Never: {what} ({rule})"), by_rule, words)
    others = [_other_line(evidence, words) for evidence in decision.proof]
    version = words(say("Playbooks {version}", version=decision.playbook_version))
    return (*remedies, *must, *never, *(one for one in others if one), version)


def _demand_lines(
    demands: Sequence[Demand], pattern: Text, by_rule: Mapping[str, Evidence], words: Words
) -> list[str]:
    """One line a rule, whatever it asks for."""
    asked: dict[str, list[str]] = {}
    for demand in demands:
        asked.setdefault(demand.rule, []).append(words(demand.text))
    return [
        _sourced(
            words(_with(pattern, what=words(say("; ")).join(what), rule=rule)),
            by_rule.get(rule),
            words,
        )
        for rule, what in asked.items()
    ]


# ── the card's line ──────────────────────────────────────────────────────────


def _may(decision: Decision, inputs: Mapping[str, Mapping[str, Any]], words: Words) -> str:
    allowed = decision.allowed()
    if not allowed:
        return ""
    named = _either([_named(one, inputs, words) for one in allowed], words)
    costs = [one.cost for one in allowed if one.cost is not None]
    if len(costs) < 2:
        return words(say("May do: {remedies}.", remedies=named))
    least = min(costs, key=lambda cost: cost.amount)
    price = words.money(least.amount, least.currency)
    return words(say("May do: {remedies} (cheapest {price}).", remedies=named, price=price))


def _with_a_lead(decision: Decision, inputs: Mapping[str, Mapping[str, Any]], words: Words) -> str:
    leads = [one for one in decision.remedies if one.verdict == "lead"]
    if not leads:
        return ""
    named = _either([_named(one, inputs, words) for one in leads], words)
    return words(say("With a lead: {remedies}.", remedies=named))


def _ask_for(decision: Decision, words: Words) -> str:
    if not decision.ask_for:
        return ""
    names = [words(GIVEN[name]) for name in GIVEN if name in decision.ask_for]
    return words(say("Ask for {what}.", what=_both(names, words)))


def _wish(understanding: Understanding, words: Words) -> str:
    wish = next((one for one in understanding.wishes if one in _ASKED), None)
    return words(_ASKED[wish]) if wish else ""


def _nothing_back(decision: Decision, words: Words) -> str:
    offered = {one.id for one in decision.allowed()}
    if offered and any(one.check == "demand_return" for one in decision.must_not):
        return words(say("Nothing to send back."))
    return ""


def _named(remedy: Remedy, inputs: Mapping[str, Mapping[str, Any]], words: Words) -> str:
    found = inputs.get(remedy.id, {})
    name = words(_GIVES.get(str(found.get("gives")), say("{id}", id=remedy.id)))
    amount = found.get("refund_amount")
    if amount is None:
        return name
    return words(say("{remedy} {amount}", remedy=name, amount=_money(str(amount), words)))


def _inputs(decision: Decision) -> Mapping[str, Mapping[str, Any]]:
    named = (evidence.inputs for evidence in decision.proof if "remedy" in evidence.inputs)
    return {str(inputs["remedy"]): inputs for inputs in named}


# ── the proof ────────────────────────────────────────────────────────────────


def _remedy_line(remedy: Remedy, by_rule: Mapping[str, Evidence], words: Words) -> str:
    evidence = by_rule.get(remedy.because[0])
    inputs = evidence.inputs if evidence else {}
    name = _named(remedy, {remedy.id: inputs}, words)
    patterns = {
        "allowed": say("Allowed: {remedy}, because {rules}"),
        "lead": say("With a lead: {remedy}, because {rules}"),
        "ask": say("Once we know more: {remedy}, because {rules}"),
        "denied": say("Not here: {remedy}, because {rules}"),
    }
    rules = words(say(", ")).join(remedy.because)
    line = words(_with(patterns[remedy.verdict], remedy=name, rules=rules))
    seen = [*_seen(inputs, words), *_unseen(remedy, words)]
    if remedy.cost and remedy.verdict in ("allowed", "lead"):
        price = words.money(remedy.cost.amount, remedy.cost.currency)
        seen.append(words(say("costs us {price}", price=price)))
    if not seen:
        return line
    return words(say("{line}: {facts}", line=line, facts=words(say("; ")).join(seen)))


def _unseen(remedy: Remedy, words: Words) -> list[str]:
    if not remedy.missing:
        return []
    if remedy.missing == ("nothing left to refund",):
        return [words(say("nothing is left to refund"))]
    what = _both([words(_fact(one)) for one in remedy.missing], words)
    if remedy.verdict == "ask":
        return [words(say("ask the buyer for {what}", what=what))]
    return [words(say("not known: {what}", what=what))]


def _seen(inputs: Mapping[str, Any], words: Words) -> tuple[str, ...]:
    """What was looked at, and the dates that follow."""
    found = [_looked_at(name, value, words) for name, value in inputs.items()]
    return tuple(dict.fromkeys(one for one in found if one))


def _looked_at(name: str, value: Any, words: Words) -> str:
    if name in _TRUE:
        return words(_TRUE[name]) if value is True else ""
    if name in _LOOKED_AT:
        return words(
            _with(_LOOKED_AT[name], value=_money(value, words) if _is_money(value) else value)
        )
    if name == "parcel.status":
        return words(say("parcel: {value}", value=parcel_state(str(value), words)))
    if name == "order.status":
        return words(say("order: {value}", value=order_state(str(value), words)))
    if name in _COUNTED:
        return words(_with(_COUNTED[name], n=value))
    return words(_with(_DATES[name], day=_day(str(value), words))) if name in _DATES else ""


def _other_line(evidence: Evidence, words: Words) -> str:
    if evidence.rule == FOLLOW_UP:
        at = datetime.fromisoformat(evidence.inputs["check_back"])
        when = words.when(at, at.tzinfo)
        return words(say("Next word to the buyer, where one is promised: {when}", when=when))
    if evidence.rule == f"platform.{MARKETPLACE}":
        name = str(evidence.inputs.get("platform", ""))
        return words(
            say("{platform} has no playbook: the strictest marketplace rules hold.", platform=name)
        )
    return ""


def _sourced(line: str, evidence: Evidence | None, words: Words) -> str:
    """With where it is from: our own reasons are in the catalogues, titles of laws are not."""
    if evidence is None or not evidence.source:
        return line
    source = words(evidence.source)
    if evidence.checked_on is None:
        return words(say("{line} — {source}", line=line, source=source))
    day = words.weekday(evidence.checked_on)
    return words(say("{line} — {source} (checked {day})", line=line, source=source, day=day))


def _fact(name: str) -> Text:
    if name in GIVEN:
        return GIVEN[name]
    rate = re.fullmatch(r"rate (\w+) to (\w+)", name)
    if rate:
        return say("the rate from {one} to {other}", one=rate[1], other=rate[2])
    return _FACTS.get(name, say("{name}", name=name))


def _with(text: Text, **values: str | int | float) -> Text:
    """A pattern of a table, filled in."""
    return text.model_copy(update={"values": values})


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


def _is_money(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"-?[\d.]+ [A-Z]{3}", value) is not None


def _money(value: str, words: Words) -> str:
    money = Money.parse(value)
    return words.money(money.amount, money.currency)


def _day(value: str, words: Words) -> str:
    return words.weekday(date.fromisoformat(value))
