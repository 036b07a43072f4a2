"""How well a reply does what the five soft skills ask (S1.1-S1.3, S1.5): a score to compare by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from assistant.drafting.brief import Brief
from assistant.drafting.demands import name_trouble, spoken_at
from assistant.drafting.review import review
from assistant.drafting.subject import Subject
from assistant.model import Finding
from assistant.playbooks import Playbooks

_GRAVE = {"block": 50, "warn": 30, "tip": 10}
_UPSET = frozenset({"anger", "disappointment", "worry", "sadness"})


@dataclass(frozen=True)
class Skills:
    """Each from 0 to 100. The fourth skill, time, is kept by clocks (S1.4)."""

    positive: int
    empathy: int
    listening: int
    patience: int

    @property
    def total(self) -> int:
        return (self.positive + self.empathy + self.listening + self.patience) // 4


def skills(text: str, brief: Brief, playbooks: Playbooks | None = None) -> Skills:
    """By the findings of the review, and by what is said: the feeling, the buyer's own matter."""
    found = review(text, brief, playbooks)
    subject = Subject(text, brief, by_agent=True)
    return Skills(
        positive=_left(found, "S1.1"),
        empathy=_left(found, "S1.2", 0 if _felt(subject) else 60),
        listening=_left(found, "S1.3", 0 if restated(subject) else 60),
        patience=_left(found, "S1.5"),
    )


def _left(found: tuple[Finding, ...], rule: str, lost: int = 0) -> int:
    """100 less what the objections to one skill cost, and *lost*; stock phrases don't listen."""
    rules = {rule, "S4.4", "S0.1"} if rule == "S1.3" else {rule}
    costs = Counter(one.severity for one in found if one.rule in rules)
    return max(0, 100 - lost - sum(_GRAVE[one] * count for one, count in costs.items()))


def _felt(subject: Subject) -> bool:
    """Is the feeling named where there is one to name?"""
    understanding = subject.brief.understanding
    if understanding.emotion.kind not in _UPSET and not subject.brief.situation.messages:
        return True
    named = spoken_at(subject, "empathy", subject.folded)
    return named is not None or understanding.emotion.kind == "joy"


def restated(subject: Subject) -> bool:
    """Does it say back what the buyer wrote about (S1.3)?"""
    return not subject.brief.understanding.intents or name_trouble(subject) is None
