"""What conditions and formulas can compute beyond CEL itself: money, days and hours.

Currencies meet only through the rates of the day that the running evaluation was given. CEL's
functions see nothing but their arguments, so the rates travel beside them, in a context variable
that is set for one evaluation and reset after it: the result depends on nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from cel_expr_python import cel

from assistant.playbooks.money import Exchange, Money
from assistant.playbooks.names import Kind

EXCHANGE: ContextVar[Exchange] = ContextVar("exchange")
"""The bureau of the evaluation that is running."""
MONEY = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
TYPES: Mapping[Kind, cel.Type] = {
    "bool": cel.Type.BOOL,
    "int": cel.Type.INT,
    "string": cel.Type.STRING,
    "strings": cel.Type.List(cel.Type.STRING),
    "money": MONEY,
    "time": cel.Type.TIMESTAMP,
}
FUNCTIONS: Mapping[str, str] = {
    "money": 'money("25.00 EUR"): an amount',
    "zero": 'zero("EUR"): nothing, in a currency',
    "plus": "a.plus(b)",
    "minus": "a.minus(b)",
    "percent": "a.percent(30): rounded half up",
    "times": "a.times(3)",
    "least": "least(a, b): the smaller one",
    "most": "most(a, b): the larger one",
    "at_most": "a.at_most(b): true or false; as much counts",
    "below": "a.below(b): true or false; as much does not count",
    "days": "days(14): as long as fourteen times 24 hours",
    "hours": "hours(48)",
}
"""Function → how it is written."""
_MOST = 100_000


def functions() -> list[cel.FunctionDecl]:
    """For a CEL environment."""
    integer = cel.Type.INT
    return [
        _function("money", MONEY, cel.Type.STRING, does=lambda text: Money.parse(text).to_cel()),
        _function("zero", MONEY, cel.Type.STRING, does=lambda code: Money(0, code).to_cel()),
        _function("least", MONEY, MONEY, MONEY, does=_least),
        _function("most", MONEY, MONEY, MONEY, does=_most),
        _function("days", cel.Type.DURATION, integer, does=lambda n: _span(timedelta(days=1), n)),
        _function("hours", cel.Type.DURATION, integer, does=lambda n: _span(timedelta(hours=1), n)),
        _member("plus", MONEY, MONEY, does=_plus),
        _member("minus", MONEY, MONEY, does=_minus),
        _member("percent", MONEY, integer, does=lambda a, n: _of(a).percent(n).to_cel()),
        _member("times", MONEY, integer, does=lambda a, n: _of(a).times(n).to_cel()),
        _member("at_most", cel.Type.BOOL, MONEY, does=lambda a, b: _of(a).at_most(_alike(a, b))),
        _member("below", cel.Type.BOOL, MONEY, does=lambda a, b: _of(a).below(_alike(a, b))),
    ]


_of = Money.from_cel


def _alike(a: Any, b: Any) -> Money:
    """*b* in the currency of *a*."""
    return EXCHANGE.get().to(_of(b), _of(a).currency)


def _plus(a: Any, b: Any) -> Any:
    return _of(a).plus(_alike(a, b)).to_cel()


def _minus(a: Any, b: Any) -> Any:
    return _of(a).minus(_alike(a, b)).to_cel()


def _least(a: Any, b: Any) -> Any:
    return a if _of(a).at_most(_alike(a, b)) else b


def _most(a: Any, b: Any) -> Any:
    return b if _of(a).below(_alike(a, b)) else a


def _span(unit: timedelta, count: int) -> timedelta:
    if abs(count) > _MOST:
        raise ValueError(f"{count} is too long a time")
    return unit * count


def _member(name: str, result: cel.Type, *arguments: cel.Type, does: Callable[..., Any]) -> Any:
    overload = cel.Overload(
        f"money_{name}",
        return_type=result,
        parameters=[MONEY, *arguments],
        is_member=True,
        impl=does,
    )
    return cel.FunctionDecl(name, [overload])


def _function(name: str, result: cel.Type, *arguments: cel.Type, does: Callable[..., Any]) -> Any:
    overload = cel.Overload(f"plain_{name}", return_type=result, parameters=[*arguments], impl=does)
    return cel.FunctionDecl(name, [overload])
