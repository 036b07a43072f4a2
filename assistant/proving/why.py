"""What a proof says of some remedies and rules: the lines that a card shows under *Why*."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from assistant.model import Decision
from assistant.surface.proof import Proof
from assistant.words import SOURCE, words


def because(decision: Decision, about: Collection[str]) -> Iterator[str]:
    """The proof of *decision*, no more than what it says of *about*: ids of remedies and rules."""
    remedies = tuple(one for one in decision.remedies if one.id in about)
    named = {*about, *(rule for one in remedies for rule in one.because)}
    part = decision.model_copy(
        update={
            "remedies": remedies,
            "must": tuple(one for one in decision.must if one.rule in about),
            "must_not": tuple(one for one in decision.must_not if one.rule in about),
            "clocks": tuple(one for one in decision.clocks if one.rule in about),
            "proof": tuple(one for one in decision.proof if one.rule in named),
        }
    )
    yield from list(all_of(part))[:-1]  # which playbooks they are is said at the end


def all_of(decision: Decision) -> Iterator[str]:
    """The whole decision in sentences."""
    yield from Proof(decision, words(SOURCE)).lines()
