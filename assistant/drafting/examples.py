"""What leads say a message means: sentences of buyers under `buyers_say` in a policy.

A buyer's sentence that says nearly the same as one of them is understood as that one. Nearly the
same is told by the words and their beginnings, not by a model: a lead who adds a sentence can see
what it does.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from assistant.answers.tokens import tokens
from assistant.model import Intent
from assistant.playbooks import Playbooks
from assistant.playbooks.kinds import Policy

NEARLY = 0.72
"""The share of two sentences' words that they have in common, from which on they say the same."""
_SENTENCE_END = re.compile(r"[.!?\n。！？…]+")
_GRAVE: frozenset[Intent] = frozenset({"legal_or_chargeback", "abuse_or_spam"})
"""What no example takes the first place from."""


class _Example(NamedTuple):
    intent: Intent
    words: Counter[str]


def by_example(
    text: str, intents: tuple[Intent, ...], playbooks: Playbooks | None
) -> tuple[Intent, ...]:
    """*intents* of *text*, those that examples show before those that only the rules believe."""
    shown = taught(text, playbooks)
    grave = tuple(one for one in intents if one in _GRAVE)
    return tuple(dict.fromkeys((*grave, *shown, *intents)))


def taught(text: str, playbooks: Playbooks | None) -> tuple[Intent, ...]:
    """What leads say that sentences of *text* mean, in their order."""
    known = _examples(playbooks) if playbooks is not None else ()
    if not known:
        return ()
    sentences = _SENTENCE_END.split(text)
    shown = (example.intent for one in sentences for example in _nearest(one, known))
    return tuple(dict.fromkeys(shown))


def _nearest(sentence: str, known: tuple[_Example, ...]) -> tuple[_Example, ...]:
    """The one that *sentence* says nearly the same as; none where none does."""
    words = Counter(tokens(sentence).words)
    best = max(known, key=lambda one: _alike(words, one.words))
    return (best,) if _alike(words, best.words) >= NEARLY else ()


def _alike(one: Counter[str], other: Counter[str]) -> float:
    """0 to 1: twice what is common, of all there is in both."""
    both = one.total() + other.total()
    return 2 * (one & other).total() / both if both else 0.0


@lru_cache(maxsize=8)
def _examples(playbooks: Playbooks) -> tuple[_Example, ...]:
    return tuple(
        _Example(intent, Counter(tokens(said).words))
        for one in playbooks.all
        if isinstance(one, Policy)
        for intent, sentences in one.buyers_say.items()
        for said in sentences
    )
