"""Conditions made weaker as text; what stands in quotes is left alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

from assistant.playbooks.expressions import conjuncts

V = TypeVar("V")
_TEXT = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_COMPARED = re.compile(
    r"(?P<before>(?:<=|>=|==|!=|<|>)\s*|\b(?:days|hours)\(\s*)(?P<n>\d+)(?![\d.])"
)


def with_one_less(expression: str) -> Iterator[tuple[str, str]]:
    """Without each of the parts that must all hold: (that part, the rest)."""
    parts = conjuncts(expression)
    for n, part in enumerate(parts):
        rest = [_bracketed(one) for m, one in enumerate(parts) if m != n]
        if rest:
            yield part, " && ".join(rest)


def _bracketed(part: str) -> str:
    """`&&` binds tighter than `||` and `?`."""
    bare = _TEXT.sub("''", part)
    return f"({part})" if "||" in bare or "?" in bare else part


def shifted(expression: str) -> Iterator[tuple[str, str]]:
    """Each whole number that something is compared with, one up and one down: (how, expression)."""
    texts = [one.span() for one in _TEXT.finditer(expression)]
    for found in _COMPARED.finditer(expression):
        if any(start <= found.start() < end for start, end in texts):
            continue
        for step in (1, -1):
            n = str(int(found["n"]) + step)
            if n.startswith("-") and "(" in found["before"]:
                continue
            mutated = expression[: found.start("n")] + n + expression[found.end("n") :]
            yield f"{found['n']} → {n}", mutated


def without_key(words: Mapping[str, V], key: str) -> dict[str, V]:
    """All of *words* but those of *key*."""
    return {name: value for name, value in words.items() if name != key}
