"""Playbooks: how we sound, what we may do, what law and platforms demand — as files, validated."""

from __future__ import annotations

from assistant.playbooks.book import Playbooks
from assistant.playbooks.checks import CHECKS, MUST, MUST_NOT
from assistant.playbooks.kinds import (
    Answer,
    Culture,
    Law,
    Market,
    Noun,
    Phrases,
    Platform,
    Policy,
    RemedyRule,
    Rule,
    Span,
)
from assistant.playbooks.kinds.platform import MARKETPLACE
from assistant.playbooks.money import CurrenciesDiffer, Money, Rates, UsedRate
from assistant.playbooks.problems import Place
from assistant.playbooks.slots import OPTIONAL
from assistant.playbooks.tracking import carrier_name

__all__ = [
    "CHECKS",
    "MARKETPLACE",
    "MUST",
    "MUST_NOT",
    "OPTIONAL",
    "Answer",
    "Culture",
    "CurrenciesDiffer",
    "Law",
    "Market",
    "Money",
    "Noun",
    "Phrases",
    "Place",
    "Platform",
    "Playbooks",
    "Policy",
    "Rates",
    "RemedyRule",
    "Rule",
    "Span",
    "UsedRate",
    "carrier_name",
]
