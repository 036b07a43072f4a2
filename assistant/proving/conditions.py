"""Conditions taken apart: CEL's own grammar, as far as weakening one needs it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

V = TypeVar("V")
_TOKEN = re.compile(
    r"""(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<and>&&)|(?P<or>\|\||\?)",
)
_COMPARED = re.compile(
    r"(?P<before>(?:<=|>=|==|!=|<|>)\s*|\b(?:days|hours)\(\s*)(?P<n>\d+)(?![\d.])"
)


def conjuncts(expression: str) -> tuple[str, ...]:
    """What must hold all together: `a && (b || c)` is two. One, where an `||` holds it all."""
    parts: list[str] = []
    start = depth = 0
    for token in _TOKEN.finditer(expression):
        if token["open"]:
            depth += 1
        elif token["close"]:
            depth -= 1
        elif depth == 0 and token["or"]:
            return (expression.strip(),)
        elif depth == 0 and token["and"]:
            parts.append(expression[start : token.start()].strip())
            start = token.end()
    return (*parts, expression[start:].strip())


def shifted(expression: str) -> Iterator[tuple[str, str]]:
    """Each whole number that something is compared with, one up and one down: (how, expression)."""
    texts = [one.span() for one in _TOKEN.finditer(expression) if one["text"]]
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
    return {name: value for name, value in words.items() if name != key}
