"""The cases in which conditions could differ: values just below, at and above their constants.

Two conditions that agree on all of these agree everywhere, as long as each compares its names with
constants, which is what conditions of playbooks do. Finite, small, and always in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from typing import Any, NamedTuple

from assistant.playbooks import expressions
from assistant.playbooks.money import Money
from assistant.playbooks.names import Kind
from assistant.playbooks.vocabulary import Vocabulary

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
"""The moment of all cases: conditions see only differences."""
SOMETHING_ELSE = "something else"
AGES: Mapping[str, tuple[str, str]] = {
    "placed": ("order.days_since_placed", "order.placed_at"),
    "shipped": ("order.days_since_shipped", "order.shipped_at"),
    "delivered": ("order.days_since_delivery", "order.delivered_at"),
}
"""One age of an order, and the two names that tell it, the oldest first."""
_STATES = ("order.known", "order.shipped", "order.delivered")
_REACHED = {"placed": 1, "shipped": 2, "delivered": 3}
"""Age → how many of the states an order that has it is in."""
_AGE_OF = {name: age for age, names in AGES.items() for name in names}
MOST = 4096
"""Cases looked at in full; beyond, those that differ from the first in two values."""
_HOURS_A_DAY = 24

Case = Mapping[str, Any]
"""Dimension → value: names of the vocabulary, and ages in hours."""


class Dimension(NamedTuple):
    name: str
    values: tuple[Any, ...]


def dimensions(names: Sequence[str], texts: Sequence[str], words: Vocabulary) -> list[Dimension]:
    """What *names* can be, as far as the expressions *texts* tell it apart."""
    found: dict[str, Dimension] = {}
    for name in names:
        key = _AGE_OF.get(name, name)
        if key not in found:
            values = _ages(key, texts) if key in AGES else _values(name, texts, words)
            found[key] = Dimension(key, values)
    return list(found.values())


def cases(space: Sequence[Dimension]) -> Iterator[dict[str, Any]]:
    """Every case of *space* that can be: nothing arrives before it leaves."""
    size = 1
    for one in space:
        size *= len(one.values)
    drawn = product(*(one.values for one in space)) if size <= MOST else _near(space)
    names = [one.name for one in space]
    for values in drawn:
        case = dict(zip(names, values, strict=True))
        if _possible(case):
            yield case


def looks_at(names: Sequence[str]) -> tuple[str, ...]:
    """The dimensions that tell *names*."""
    told = {_AGE_OF.get(name, name): None for name in names}
    ages = dict.fromkeys(AGES) if any(name in _STATES for name in names) else {}
    return tuple({**told, **ages})


def facts(case: Case, words: Vocabulary) -> dict[str, Any]:
    """The names of the vocabulary in *case*, as conditions need them."""
    known: dict[str, Any] = {"now": NOW}
    for name in AGES:
        if name in case:
            days, at = AGES[name]
            hours = case[name]
            known |= {days: hours // _HOURS_A_DAY, at: NOW - timedelta(hours=hours)}
            known |= _follows(name)
    for name, value in case.items():
        if name not in AGES:
            known[name] = _plain(words.variables[name].kind, value)
    return known


def _plain(kind: Kind, value: Any) -> Any:
    if kind == "money":
        return value.to_cel()
    if kind == "time":
        return NOW - timedelta(hours=value)
    return list(value) if isinstance(value, tuple) else value


def in_words(case: Case, names: Sequence[str]) -> str:
    """`order.days_since_delivery = 10`, of *names* alone."""
    return " and ".join(f"{name} = {_shown(name, case)}" for name in names if _key(name) in case)


def _key(name: str) -> str:
    return _AGE_OF.get(name, name)


def _shown(name: str, case: Case) -> str:
    value = case[_key(name)]
    if name in AGES or name in _AGE_OF:
        days, hours = divmod(value, _HOURS_A_DAY)
        rest = f" and {hours} hours" if hours else ""
        return str(days) if name.startswith("order.days") else f"now - {days} days{rest}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple) and not isinstance(value, Money):
        return f"[{', '.join(value)}]"
    return str(value)


def _follows(age: str) -> dict[str, bool]:
    """What is true of an order that has this age."""
    return dict.fromkeys(_STATES[: _REACHED[age]], True)


def _possible(case: Case) -> bool:
    ages = [age for age in AGES if age in case]
    if any(case[older] < case[younger] for older, younger in pairwise(ages)):
        return False
    states = _STATES[: _REACHED[ages[-1]]] if ages else ()
    return not any(case.get(state) is False for state in states)


def _near(space: Sequence[Dimension]) -> Iterator[tuple[Any, ...]]:
    first = [one.values[0] for one in space]
    yield tuple(first)
    for n, one in enumerate(space):
        for value in one.values[1:]:
            changed = [*first[:n], value, *first[n + 1 :]]
            yield tuple(changed)
            for m in range(n + 1, len(space)):
                for other in space[m].values[1:]:
                    yield (*changed[:m], other, *changed[m + 1 :])


# ── values ───────────────────────────────────────────────────────────────────


def _ages(age: str, texts: Sequence[str]) -> tuple[int, ...]:
    """In hours, the youngest first."""
    days, at = AGES[age]
    hours = {day * _HOURS_A_DAY for day in _numbers(days, texts)}
    about = [text for text in texts if at in text]
    for unit, length in (("days", _HOURS_A_DAY), ("hours", 1)):
        for number in _called(unit, about):
            hours |= {number * length + step for step in (-1, 0, 1)}
    return tuple(sorted(hour for hour in hours if hour >= 0)) or (0,)


def _values(name: str, texts: Sequence[str], words: Vocabulary) -> tuple[Any, ...]:
    kind = words.variables[name].kind
    if kind == "bool":
        return (True, False)
    if kind == "int":
        return _numbers(name, texts)
    if kind == "money":
        return _amounts(texts)
    if kind == "string":
        return (*_compared(name, texts), SOMETHING_ELSE)
    if kind == "strings":
        said = _compared(name, texts)
        return ((), *((one,) for one in said), *([tuple(said)] if len(said) > 1 else ()))
    return tuple(sorted({0, *(hour for hour in _time_steps(texts) if hour >= 0)}))


def _time_steps(texts: Sequence[str]) -> set[int]:
    days = {n * _HOURS_A_DAY + step for n in _called("days", texts) for step in (-1, 0, 1)}
    return days | {n + step for n in _called("hours", texts) for step in (-1, 0, 1)}


def _numbers(name: str, texts: Sequence[str]) -> tuple[int, ...]:
    """Around the whole numbers that *name* is compared with; else around all there are."""
    sign = r"\s*(?:<=|>=|==|!=|<|>)\s*"
    near: set[int] = set()
    for text in texts:
        if name in text:
            pattern = rf"(?:{re.escape(name)}{sign}(\d+)\b|(?<![\w.])(\d+){sign}{re.escape(name)})"
            near |= {int(one or other) for one, other in re.findall(pattern, text)}
    near = near or {number for text in texts for number in expressions.numbers(text)}
    around = {number + step for number in near for step in (-1, 0, 1)}
    return tuple(sorted({0, 1, *(one for one in around if one >= 0)}))


def _called(function: str, texts: Sequence[str]) -> set[int]:
    pattern = rf"\b{function}\(\s*(\d+)\s*\)"
    return {int(one) for text in texts for one in re.findall(pattern, text)}


def _amounts(texts: Sequence[str]) -> tuple[Money, ...]:
    found = [one for text in texts for one in expressions.amounts(text) if one.minor > 0]
    usual = Money(10_000, found[0].currency if found else "EUR")
    around = {Money(one.minor + step, one.currency) for one in found for step in (-1, 0, 1)}
    return tuple(sorted({usual, *(one for one in around if one.minor > 0)}))


def _compared(name: str, texts: Sequence[str]) -> tuple[str, ...]:
    """The texts that stand in the same part of a condition as *name*."""
    found: dict[str, None] = {}
    for text in texts:
        for part in expressions.leaves(text):
            if name in expressions.words(part):
                found |= dict.fromkeys(expressions.texts(part))
    return tuple(found)
