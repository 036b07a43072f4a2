"""Expressions as text: their names and constants, and their parts where `&&` and `||` join them.

Only to look at: what an expression means is CEL's to say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from assistant.playbooks.money import Money, currency_called

_STRING = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_NAME = re.compile(r"[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?")
_OPEN, _CLOSE = "([{", ")]}"


def names(expression: str, known: Collection[str]) -> tuple[str, ...]:
    """The names of *known* that stand in an expression, in order of appearance."""
    found = _NAME.findall(_STRING.sub("''", expression))
    return tuple(dict.fromkeys(name for name in found if name in known))


def texts(expression: str) -> tuple[str, ...]:
    """The texts that stand in it, without their quotes."""
    return tuple(dict.fromkeys(one[1:-1] for one in _STRING.findall(expression)))


def words(expression: str) -> frozenset[str]:
    """Everything in it that looks like a name."""
    return frozenset(_NAME.findall(_STRING.sub("''", expression)))


def numbers(expression: str) -> tuple[int, ...]:
    """The whole numbers that stand in it."""
    bare = _STRING.sub("''", expression)
    return tuple(dict.fromkeys(int(one) for one in re.findall(r"(?<![\w.])\d{1,9}\b", bare)))


def leaves(expression: str) -> tuple[str, ...]:
    """Its parts, taken apart as far as `&&` and `||` join them at the top."""
    found = parts(expression)
    if len(found) == 1:
        return found
    return tuple(leaf for part in found for leaf in leaves(part))


@lru_cache(maxsize=4096)
def conjuncts(expression: str) -> tuple[str, ...]:
    """Its parts that must all be true: `a && (b || c)` is `a` and `b || c`."""
    return _split(expression, "&&")


def disjuncts(expression: str) -> tuple[str, ...]:
    """Its parts of which one is enough."""
    return _split(expression, "||")


@lru_cache(maxsize=4096)
def parts(expression: str) -> tuple[str, ...]:
    """What `||`, else `&&`, joins at the top; the expression alone where neither does."""
    either = disjuncts(expression)
    return either if len(either) > 1 else conjuncts(expression)


def _split(expression: str, sign: str) -> tuple[str, ...]:
    bare = _bare(expression)
    masked = _STRING.sub(lambda found: "'" * len(found[0]), bare)
    weaker = {"&&": ("||", "?"), "||": ("?",)}[sign]
    if any(True for one in weaker for _ in _top(masked, one)):
        return (bare,)
    cuts = list(_top(masked, sign))
    starts = [0, *(at + 2 for at in cuts)]
    ends = [*cuts, len(bare)]
    parts = [bare[start:end] for start, end in zip(starts, ends, strict=True)]
    if len(parts) == 1:
        return (bare,)
    return tuple(piece for part in parts for piece in _split(part, sign))


def _bare(expression: str) -> str:
    """Without spaces and brackets around all of it."""
    text = expression.strip()
    while text.startswith("(") and _closes(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _closes(text: str) -> int:
    """Where the bracket that *text* starts with is closed."""
    masked = _STRING.sub(lambda found: "'" * len(found[0]), text)
    depth = 0
    for at, char in enumerate(masked):
        depth += (char in _OPEN) - (char in _CLOSE)
        if depth == 0:
            return at
    return -1


def _top(masked: str, sign: str) -> Iterator[int]:
    """Where *sign* stands outside of all brackets."""
    depth = 0
    for at, char in enumerate(masked):
        depth += (char in _OPEN) - (char in _CLOSE)
        if depth == 0 and masked.startswith(sign, at):
            yield at


_LITERAL = re.compile(r"\b(money|zero)\(\s*(?:'([^']*)'|\"([^\"]*)\")\s*\)")


def amounts(expression: str) -> tuple[Money, ...]:
    """The amounts that stand in it."""
    found = _LITERAL.findall(expression)
    return tuple(Money.parse(one or other) for name, one, other in found if name == "money")


def wrong_literals(expression: str) -> Iterator[str]:
    """Amounts that can't be read: CEL would find them only when it comes to them."""
    for name, one, other in _LITERAL.findall(expression):
        try:
            (Money.parse if name == "money" else currency_called)(one or other)
        except ValueError as error:
            yield str(error)
