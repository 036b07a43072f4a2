"""The words of conditions and formulas, and how those are checked and evaluated.

Conditions are CEL. They are type-checked when a playbook is loaded: an unknown name, an unknown
function or `int <= string` stops the start. When they are evaluated, a fact that nobody knows is
absent, and CEL reports it instead of guessing: the outcome then names what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from cel_expr_python import cel

from assistant.playbooks import expressions
from assistant.playbooks.functions import EXCHANGE, FUNCTIONS, TYPES, functions
from assistant.playbooks.money import Exchange, Money, Rates, UsedRate
from assistant.playbooks.names import VARIABLES, Kind, Variable
from assistant.playbooks.problems import nearest

__all__ = [
    "BASE",
    "FUNCTIONS",
    "VARIABLES",
    "Kind",
    "Outcome",
    "Variable",
    "Vocabulary",
    "compiled",
    "evaluate",
    "names_in",
    "vocabulary",
]
_TOO_LONG = 4000


class Outcome(NamedTuple):
    """What an expression gave. `missing` names the facts without which it can't be told, `rates`
    what currencies it met through."""

    value: Any
    missing: tuple[str, ...] = ()
    rates: tuple[UsedRate, ...] = ()


class Vocabulary:
    """Parley's names and those that a storefront declared, with what was compiled by them."""

    def __init__(self, declared: Mapping[str, Variable]) -> None:
        self.declared = declared
        self.variables: Mapping[str, Variable] = {**VARIABLES, **declared}
        self._compiled: dict[tuple[str, Kind], cel.Expression] = {}
        self._names: dict[str, tuple[str, ...]] = {}

    @cached_property
    def _environment(self) -> cel.Env:
        variables = {name: TYPES[one.kind] for name, one in self.variables.items()}
        return cel.NewEnv(variables=variables, functions=functions())

    def compiled(self, expression: str, kind: Kind) -> cel.Expression:
        """*expression*, proven to give *kind*. Raises ValueError: the column, the nearest word."""
        key = (expression, kind)
        if key not in self._compiled:
            self._compiled[key] = self._compile(expression, kind)
        return self._compiled[key]

    def _compile(self, expression: str, kind: Kind) -> cel.Expression:
        if len(expression) > _TOO_LONG:
            raise ValueError(f"longer than {_TOO_LONG} signs: split it into several rules")
        try:
            found = self._environment.compile(expression)
        except RuntimeError as error:
            raise ValueError(self._explained(str(error))) from error
        if found.return_type() != TYPES[kind]:
            got = _plain(str(found.return_type().name()).lower())
            raise ValueError(f"gives {got}, but {_ARTICLED[kind]} is needed here")
        for wrong in expressions.wrong_literals(expression):
            raise ValueError(wrong)
        return found

    def evaluate(
        self, expression: str, kind: Kind, facts: Mapping[str, Any], rates: Rates | None = None
    ) -> Outcome:
        """*expression* over *facts* (names of the vocabulary; unknown ones absent)."""
        exchange = Exchange(rates)
        token = EXCHANGE.set(exchange)
        try:
            # CEL copies what it is handed: it gets no more than it looks at.
            seen = {name: facts[name] for name in self.names_in(expression) if name in facts}
            result = self.compiled(expression, kind).eval(data=seen)
            failed = str(result.plain_value()) if result.type() == cel.Type.ERROR else ""
        except RuntimeError as error:
            held = "out of range" not in str(error)
            failed = str(error) if held else "an amount too large for any till"
        finally:
            EXCHANGE.reset(token)
        if failed:
            return Outcome(None, self._lacking(expression, facts, exchange) or (_said(failed),))
        value = result.plain_value()
        used = tuple(exchange.used.values())
        return Outcome(Money.from_cel(value) if kind == "money" else value, rates=used)

    def _lacking(
        self, expression: str, facts: Mapping[str, Any], exchange: Exchange
    ) -> tuple[str, ...]:
        """Only what matters: where `platform == 'amazon'` is false, what is joined to it with
        `&&` need not be known."""
        parts = expressions.parts(expression)
        if len(parts) == 1:
            unmet = (f"rate {one} to {other}" for one, other in exchange.lacking)
            return (*(name for name in self.names_in(expression) if name not in facts), *unmet)
        unknown = (self.evaluate(part, "bool", facts, exchange.rates).missing for part in parts)
        return tuple(dict.fromkeys(name for missing in unknown for name in missing))

    def names_in(self, expression: str) -> tuple[str, ...]:
        """The variables an expression looks at, in order of appearance."""
        found = self._names.get(expression)
        if found is None:
            found = self._names[expression] = expressions.names(expression, self.variables)
        return found

    def _explained(self, error: str) -> str:
        column = re.search(r"<input>:\d+:(\d+): ", error)
        at = f"column {column[1]}: " if column else ""
        unknown = re.search(r"undeclared reference to '([^']+)'", error)
        if unknown:
            known = (*self.variables, *FUNCTIONS)
            return f"{at}unknown name {unknown[1]}{nearest(unknown[1], known)}"
        overload = re.search(
            r"found no matching overload for '([^']+)' applied to '([^']+)'", error
        )
        if overload:
            sign = overload[1].strip("_").replace("_", " ").strip() or overload[1]
            return f"{at}{sign} can't take {_plain(overload[2])}"
        syntax = re.search(r"<input>:[\d:]+ ([^\n]+)", error)
        return f"{at}{syntax[1] if syntax else error.splitlines()[0]}"


@lru_cache(maxsize=64)
def _vocabulary(declared: tuple[tuple[str, Variable], ...]) -> Vocabulary:
    return Vocabulary(dict(declared))


def vocabulary(declared: Mapping[str, Variable]) -> Vocabulary:
    """The one of these declared names; storefronts that declare the same share it."""
    return _vocabulary(tuple(sorted(declared.items())))


BASE = vocabulary({})
"""Parley's own names alone."""
compiled = BASE.compiled
evaluate = BASE.evaluate
names_in = BASE.names_in
_ARTICLED: Mapping[Kind, str] = {
    "bool": "true or false",
    "int": "a whole number",
    "string": "a text",
    "strings": "a list of texts",
    "money": "an amount of money",
    "time": "a time",
}


_SHOWN = {
    "map(string, dyn)": "money",
    "map<string, dyn>": "money",
    "map": "money",
    "google.protobuf.Timestamp": "time",
    "google.protobuf.Duration": "days or hours",
    "google.protobuf.timestamp": "time",
    "google.protobuf.duration": "days or hours",
    "timestamp": "time",
    "duration": "days or hours",
}


def _said(error: str) -> str:
    """CEL's own words, without what programs need."""
    return re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", error).splitlines()[0]


def _plain(types: str) -> str:
    """CEL's types as playbooks call them."""
    for technical, shown in _SHOWN.items():
        types = types.replace(technical, shown)
    return types
