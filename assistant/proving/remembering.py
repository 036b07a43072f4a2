"""Conditions evaluated once: a mutant changes one, and all the others come out as before."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from assistant.playbooks import Playbooks, Rates
from assistant.playbooks.names import Kind
from assistant.playbooks.vocabulary import Outcome, Vocabulary


class Remembering(Vocabulary):
    """The same words. What came of an expression over the same facts is kept.

    For a run that ends: nothing is ever forgotten.
    """

    def __init__(self, words: Vocabulary) -> None:
        super().__init__(words.declared)
        self._names: dict[str, tuple[str, ...]] = {}
        self._outcomes: dict[Any, Outcome] = {}

    def names_in(self, expression: str) -> tuple[str, ...]:
        if expression not in self._names:
            self._names[expression] = super().names_in(expression)
        return self._names[expression]

    def evaluate(
        self, expression: str, kind: Kind, facts: Mapping[str, Any], rates: Rates | None = None
    ) -> Outcome:
        seen = tuple(_fixed(facts.get(name)) for name in self.names_in(expression))
        key = (expression, kind, seen, id(rates))
        if key not in self._outcomes:
            self._outcomes[key] = super().evaluate(expression, kind, facts, rates)
        return self._outcomes[key]


def remembering(playbooks: Playbooks) -> Playbooks:
    """The same playbooks, with a memory."""
    found = copy(playbooks)
    found.vocabulary = Remembering(playbooks.vocabulary)
    return found


def _fixed(value: Any) -> Any:
    """What can be a key; true is not 1."""
    if isinstance(value, Mapping):
        return tuple(value.items())
    if isinstance(value, list):
        return tuple(value)
    return value if not isinstance(value, bool) else str(value)
