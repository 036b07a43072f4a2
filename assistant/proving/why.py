"""The steps of a proof that explain some remedies or rules, each as a line."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from assistant.model import Decision, Evidence

_ASIDE = frozenset({"remedy", "gives", "verdict"})


def because(decision: Decision, about: Collection[str]) -> Iterator[str]:
    """What the proof of *decision* says of *about*: remedies and rules by their ids."""
    for step in decision.proof:
        if step.rule in about or step.inputs.get("remedy") in about:
            yield _told(step)


def _told(step: Evidence) -> str:
    looked = [f"{name} is {value}" for name, value in step.inputs.items() if name not in _ASIDE]
    verdict = step.inputs.get("verdict")
    return f"{step.rule}{f' says {verdict}' if verdict else ''}: {', '.join(looked) or 'always'}"


def all_of(decision: Decision) -> Iterator[str]:
    """The whole decision in sentences."""
    for remedy in decision.remedies:
        yield f"{remedy.id}: {remedy.verdict}"
    yield from (_told(step) for step in decision.proof)
