"""The words of conditions and formulas, and how those are checked and evaluated.

Conditions are CEL. They are type-checked when a playbook is loaded: an unknown name, an unknown
function or `int <= string` stops the start. When they are evaluated, a fact that nobody knows is
absent, and CEL reports it instead of guessing: the outcome then names what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, NamedTuple

from cel_expr_python import cel

from assistant.model import Given
from assistant.playbooks.money import Money
from assistant.playbooks.problems import nearest

Kind = Literal["bool", "int", "string", "strings", "money", "time"]


class Variable(NamedTuple):
    """One name of the vocabulary. `ask`: what the buyer can give to make it known."""

    kind: Kind
    meaning: str
    ask: Given | None = None


VARIABLES: Mapping[str, Variable] = {
    "order.known": Variable("bool", "a shop confirmed the order; always known"),
    "order.ref": Variable("string", "its number", "order_number"),
    "order.status": Variable("string", "as the shop says it", "order_number"),
    "order.total": Variable("money", "what was paid", "order_number"),
    "order.refundable": Variable("money", "what was paid and not refunded yet", "order_number"),
    "order.days_since_placed": Variable("int", "whole days", "order_number"),
    "order.shipped": Variable("bool", "a parcel is with the carrier", "order_number"),
    "order.delivered": Variable("bool", "every parcel was delivered", "order_number"),
    "order.days_since_delivery": Variable(
        "int", "whole days since the last parcel", "order_number"
    ),
    "item.title": Variable("string", "of the item the buyer writes about", "order_number"),
    "item.price": Variable("money", "what all pieces of it cost", "order_number"),
    "item.refundable": Variable(
        "money", "what may go back for it: all of the order where it is the only item"
    ),
    "item.quantity": Variable("int", "pieces bought", "order_number"),
    "item.in_stock": Variable("int", "pieces there now"),
    "parcel.known": Variable("bool", "the order has a parcel; always known once the order is"),
    "parcel.status": Variable("string", "`in_transit`, `delivered` …"),
    "parcel.late": Variable("bool", "its date has passed and it is still under way"),
    "parcel.days_late": Variable("int", "whole days past its date, 0 where on time"),
    "parcel.days_since_scan": Variable("int", "whole days since its newest event"),
    "parcel.eta": Variable("time", "when the carrier expects to deliver"),
    "buyer.verified": Variable("bool", "the channel proved who it is; always known"),
    "request.intent": Variable("string", "the intent this policy is asked about; always known"),
    "request.intents": Variable("strings", "all intents; always known"),
    "request.wishes": Variable("strings", "what the buyer asks for by name; always known"),
    "request.occasion": Variable("bool", "an event depends on it; always known"),
    "request.emotional": Variable("bool", "the buyer shows a feeling; always known"),
    "request.product": Variable("bool", "the buyer names the product; always known"),
    "request.asking": Variable("bool", "the reply asks the buyer for something; known to rules"),
    "request.upset": Variable("bool", "anger, disappointment, worry or sadness; always known"),
    "request.size": Variable("string", "the size wanted", "size"),
    "evidence.photo": Variable("bool", "a photo is there", "photo"),
    "evidence.video": Variable("bool", "a video is there", "video"),
    "evidence.receipt": Variable("bool", "a receipt is there", "receipt"),
    "evidence.order_number": Variable("bool", "an order number is there", "order_number"),
    "evidence.address": Variable("bool", "an address is there", "address"),
    "evidence.size": Variable("bool", "a size is there", "size"),
    "stock.count": Variable("int", "pieces of the product asked about"),
    "market": Variable("string", "the buyer's country"),
    "platform": Variable("string", "`own`, `amazon` …; always known"),
    "channel": Variable("string", "`webchat`, `email` …; always known"),
    "now": Variable("time", "the moment of the decision; always known"),
}
"""Every name a condition may use. What nobody knows is absent, never false."""

_MONEY = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
_TYPES: Mapping[Kind, cel.Type] = {
    "bool": cel.Type.BOOL,
    "int": cel.Type.INT,
    "string": cel.Type.STRING,
    "strings": cel.Type.List(cel.Type.STRING),
    "money": _MONEY,
    "time": cel.Type.TIMESTAMP,
}


def _member(name: str, result: cel.Type, *arguments: cel.Type, does: Callable[..., Any]) -> Any:
    overload = cel.Overload(
        f"money_{name}",
        return_type=result,
        parameters=[_MONEY, *arguments],
        is_member=True,
        impl=does,
    )
    return cel.FunctionDecl(name, [overload])


def _functions() -> list[cel.FunctionDecl]:
    of = Money.from_cel
    literal = cel.Overload(
        "money_literal",
        return_type=_MONEY,
        parameters=[cel.Type.STRING],
        impl=lambda text: Money.parse(text).to_cel(),
    )
    return [
        cel.FunctionDecl("money", [literal]),
        _member("plus", _MONEY, _MONEY, does=lambda a, b: of(a).plus(of(b)).to_cel()),
        _member("minus", _MONEY, _MONEY, does=lambda a, b: of(a).minus(of(b)).to_cel()),
        _member("percent", _MONEY, cel.Type.INT, does=lambda a, n: of(a).percent(n).to_cel()),
        _member("at_most", cel.Type.BOOL, _MONEY, does=lambda a, b: of(a).at_most(of(b))),
    ]


FUNCTIONS: Mapping[str, str] = {
    "money": 'money("25.00 EUR"): an amount',
    "plus": "a.plus(b)",
    "minus": "a.minus(b)",
    "percent": "a.percent(30): rounded half up",
    "at_most": "a.at_most(b): true or false",
}


@cache
def _environment() -> cel.Env:
    variables = {name: _TYPES[variable.kind] for name, variable in VARIABLES.items()}
    return cel.NewEnv(variables=variables, functions=_functions())


@cache
def compiled(expression: str, kind: Kind) -> cel.Expression:
    """*expression*, proven to give *kind*. Raises ValueError: the column and the nearest word."""
    try:
        found = _environment().compile(expression)
    except RuntimeError as error:
        raise ValueError(_explained(str(error))) from error
    if found.return_type() != _TYPES[kind]:
        got = _plain(str(found.return_type().name()).lower())
        raise ValueError(f"gives {got}, but {_articled(kind)} is needed here")
    return found


class Outcome(NamedTuple):
    """What an expression gave. `missing` names the facts without which it can't be told."""

    value: Any
    missing: tuple[str, ...] = ()


def evaluate(expression: str, kind: Kind, facts: Mapping[str, Any]) -> Outcome:
    """*expression* over *facts* (names of VARIABLES; unknown ones absent)."""
    result = compiled(expression, kind).eval(data=dict(facts))
    if result.type() == cel.Type.ERROR:
        absent = tuple(name for name in names_in(expression) if name not in facts)
        return Outcome(None, absent or (_unmet(str(result.plain_value())),))
    value = result.plain_value()
    return Outcome(Money.from_cel(value) if kind == "money" else value)


def names_in(expression: str) -> tuple[str, ...]:
    """The variables an expression looks at, in order of appearance."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "''", expression)
    found = re.findall(r"[a-z_]+(?:\.[a-z_]+)?", bare)
    return tuple(dict.fromkeys(name for name in found if name in VARIABLES))


def _unmet(error: str) -> str:
    """Two currencies without a rate, or whatever CEL says."""
    rate = re.search(r"rate ([A-Z]{3}) ([A-Z]{3})", error)
    return f"rate {rate[1]} to {rate[2]}" if rate else error


def _explained(error: str) -> str:
    column = re.search(r"<input>:\d+:(\d+): ", error)
    at = f"column {column[1]}: " if column else ""
    unknown = re.search(r"undeclared reference to '([^']+)'", error)
    if unknown:
        return f"{at}unknown name {unknown[1]}{nearest(unknown[1], _all_names())}"
    overload = re.search(r"found no matching overload for '([^']+)' applied to '([^']+)'", error)
    if overload:
        sign = overload[1].strip("_").replace("_", " ").strip() or overload[1]
        return f"{at}{sign} can't take {_plain(overload[2])}"
    syntax = re.search(r"<input>:[\d:]+ ([^\n]+)", error)
    return f"{at}{syntax[1] if syntax else error.splitlines()[0]}"


def _all_names() -> tuple[str, ...]:
    return (*VARIABLES, *FUNCTIONS)


def _plain(types: str) -> str:
    return types.replace("map(string, dyn)", "money").replace("map", "money")


def _articled(kind: Kind) -> str:
    words: Mapping[Kind, str] = {
        "bool": "true or false",
        "int": "a whole number",
        "string": "a text",
        "strings": "a list of texts",
        "money": "an amount of money",
        "time": "a time",
    }
    return words[kind]
