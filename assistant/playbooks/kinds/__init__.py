"""The kinds of playbook, as strict models: a key we don't know is an error, not a no-op."""

from __future__ import annotations

from typing import get_args

from assistant.model import Intent
from assistant.playbooks.kinds.answer import Answer
from assistant.playbooks.kinds.culture import Avoid, Culture, Formats, Taboo
from assistant.playbooks.kinds.facts import Fact, Facts
from assistant.playbooks.kinds.market import Carrier, Law, Market, MarketCosts, NotSold
from assistant.playbooks.kinds.phrases import Lexicon, Noun, Phrases
from assistant.playbooks.kinds.platform import Platform
from assistant.playbooks.kinds.policy import Applies, Policy, RemedyRule
from assistant.playbooks.kinds.shared import (
    Clock,
    Gives,
    OurClock,
    Playbook,
    Rule,
    Sourced,
    SourcedClock,
    Span,
    Strict,
)

__all__ = [
    "FOLDERS",
    "INTENTS",
    "MODELS",
    "Answer",
    "Applies",
    "Avoid",
    "Carrier",
    "Clock",
    "Culture",
    "Fact",
    "Facts",
    "Formats",
    "Gives",
    "Law",
    "Lexicon",
    "Market",
    "MarketCosts",
    "NotSold",
    "Noun",
    "OurClock",
    "Phrases",
    "Platform",
    "Playbook",
    "Policy",
    "RemedyRule",
    "Rule",
    "Sourced",
    "SourcedClock",
    "Span",
    "Strict",
    "Taboo",
]

MODELS: dict[str, type[Playbook]] = {
    "policy": Policy,
    "culture": Culture,
    "market": Market,
    "platform": Platform,
    "phrases": Phrases,
    "facts": Facts,
    "answer": Answer,
}
FOLDERS: tuple[str, ...] = (
    "culture",
    "policy",
    "market",
    "platform",
    "phrases",
    "facts",
    "answers",
)
CASES = "cases"
"""A folder beside them: what leads expect. Read by the tools that prove, not by the loader."""
SITUATIONS = "situations"
"""Another: what buyers write, and what must come of it. Read by `parley evaluate`."""
INTENTS: tuple[str, ...] = get_args(Intent)
