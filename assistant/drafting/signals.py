"""Weighing what a text says: meanings and feelings, by the words of the lexicon.

A meaning's proof is the sum of its patterns' weights (3 sure, 2 likely, 1 a hint, -8 against); from
2 on it is believed. A pattern counts once. Where the buyer says the opposite of it, it counts as
refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.drafting.lexicon import BuyerWords, Phrase, buyer_words
from assistant.drafting.plain import fold
from assistant.errors import Misconfigured
from assistant.model import Emotion, EmotionKind, Intent

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
BELIEVED = 2
_WINDOW = 24
"""How far before a word its negation may stand, in characters."""
_AFTER = 30
_CLAUSE_END = re.compile(r"[.!?;:,\n。！？；，、()]|\s-\s")
_STRENGTH = {3: 0.6, 2: 0.4, 1: 0.1}


class _Yield(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    when: Intent
    drop: tuple[Intent, ...]
    unless: int = 99


class Relations(BaseModel):
    """How the intents of one message stand to each other (`lexicon/relations.yaml`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ranks: tuple[tuple[Intent, ...], ...]
    guarded: frozenset[Intent]
    yields: tuple[_Yield, ...] = Field(alias="yield")
    matters: frozenset[Intent]
    manner: frozenset[Intent]
    verdicts: dict[Intent, int]
    grievances: dict[Intent, int]


@cache
def relations() -> Relations:
    """Raises Misconfigured."""
    raw = files("assistant.drafting").joinpath("lexicon", "relations.yaml").read_text("utf-8")
    try:
        return Relations.model_validate(yaml.load(raw, Loader=_LOADER))  # noqa: S506 (a safe one)
    except ValidationError as error:
        raise Misconfigured("relations.yaml", str(error)) from error


@dataclass
class Proof:
    """What speaks for one meaning."""

    weight: int = 0
    first: int = 1_000_000
    """Where it is said first."""


@dataclass
class Said:
    """What the words of one text mean, before meanings are set against each other."""

    intents: dict[Intent, Proof] = field(default_factory=dict)
    refused: set[Intent] = field(default_factory=set)
    wishes: list[str] = field(default_factory=list)
    refused_wishes: set[str] = field(default_factory=set)


class Reader:
    """One text, read with the words of one language."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self.folded = fold(text)
        self.words: BuyerWords = buyer_words(language)

    def said(self) -> Said:
        """Every meaning with its proof, and what the buyer refuses."""
        result = Said()
        guarded = relations().guarded
        for intent, groups in self.words.intents.items():
            proof, refused = self._proof(groups, guard=intent in guarded)
            if proof.weight > 0:
                result.intents[intent] = proof
            if refused:
                result.refused.add(intent)
        for wish, phrases in self.words.wishes.items():
            asked, refused = self._asked(phrases)
            if asked:
                result.wishes.append(wish)
            elif refused:
                result.refused_wishes.add(wish)
        return result

    def _proof(
        self, groups: Iterable[tuple[int, tuple[Phrase, ...]]], *, guard: bool
    ) -> tuple[Proof, bool]:
        proof, refused = Proof(), False
        for weight, phrases in groups:
            for phrase in phrases:
                place = self._place(phrase, guard=guard and weight > 0)
                if place is None:
                    continue
                if place < 0:
                    refused = True
                    continue
                proof.weight += weight
                if weight > 0:
                    proof.first = min(proof.first, place)
        return proof, refused

    def _place(self, phrase: Phrase, *, guard: bool) -> int | None:
        """Where *phrase* is meant; -1 where it is only denied; None where it isn't said."""
        denied = None
        for match in phrase.finditer(self.folded):
            if not guard or not self.denied(match, phrase):
                return match.start()
            denied = -1
        return denied

    def _asked(self, phrases: Iterable[Phrase]) -> tuple[bool, bool]:
        places = [self._place(phrase, guard=True) for phrase in phrases]
        return any(place is not None and place >= 0 for place in places), -1 in places

    def denied(self, match: re.Match[str], phrase: Phrase) -> bool:
        """Does the clause around a match say the opposite? “no refund”, “Geld will ich nicht”."""
        before = self._clause_before(match.start())
        if self.words.apparent and self.words.apparent.search(before + match[0]):
            return False
        negation = self.words.before
        if negation and negation.search(before):
            return True
        # A pattern that itself says “not” means it.
        if negation and negation.search(match[0]) and not negation.search(phrase.source):
            return True
        return bool(self.words.after and self.words.after.match(self._clause_after(match.end())))

    def _clause_before(self, start: int) -> str:
        clause = _CLAUSE_END.split(self.folded[max(0, start - _WINDOW) : start])[-1]
        if self.words.breaks:
            ends = [found.end() for found in self.words.breaks.finditer(clause)]
            clause = clause[ends[-1] :] if ends else clause
        return clause

    def _clause_after(self, end: int) -> str:
        return _CLAUSE_END.split(self.folded[end : end + _AFTER])[0].strip()

    # ── feelings ─────────────────────────────────────────────────────────────

    def emotion(self, *, spoilt: bool = False) -> Emotion:
        """The strongest feeling the words show; *spoilt*: a day that mattered was lost with it."""
        strengths: dict[EmotionKind, float] = {}
        for kind, groups in self.words.emotions.items():
            felt = self._felt(groups)
            if felt:
                strengths[kind] = min(felt, _LET_DOWN) if kind == "disappointment" else felt
        if spoilt:
            strengths = _spoilt(strengths)
        return strongest(strengths, loudness(self.text))

    def _felt(self, groups: Iterable[tuple[int, tuple[Phrase, ...]]]) -> float:
        """0 to 1: the strongest sign, and a tenth for each further one."""
        signs: list[float] = []
        for weight, phrases in groups:
            meant = sum(self._count(phrase) for phrase in phrases)
            signs += [_STRENGTH.get(weight, -0.4)] * meant
        if not any(sign > 0 for sign in signs):
            return 0.0
        best = max(signs)
        more = sum(0.1 if sign >= 0.4 else 0.05 if sign > 0 else sign for sign in signs) - 0.1
        return max(0.0, min(1.0, best + min(more, 0.3)))

    def _count(self, phrase: Phrase) -> int:
        matches = phrase.finditer(self.folded)
        return min(2, sum(not self.denied(match, phrase) for match in matches))


def loudness(text: str) -> float:
    """0 to 0.2: capitals and rows of exclamation marks."""
    words = re.findall(r"[^\W\d_]{3,}", text)
    capital = sum(word.isupper() and not word.islower() for word in words)
    shouted = 0.12 if capital >= 3 and capital / max(len(words), 1) > 0.4 else 0.0
    shouted = max(shouted, 0.08 if capital >= 2 and len(words) > 4 else 0.0)
    marks = 0.08 if re.search(r"[!！]{2,}", text) or len(re.findall(r"[!！]", text)) >= 3 else 0.0
    return shouted + marks


_SOBER: tuple[EmotionKind, ...] = (
    "anger",
    "sadness",
    "urgency",
    "worry",
    "disappointment",
    "joy",
    "neutral",
)


_MOST: dict[EmotionKind, float] = {"joy": 0.55}
"""Joy needs no lead: it is never strong."""
_LET_DOWN = 0.5
"""As strong as plain disappointment gets; a spoilt day makes it more."""


def _spoilt(strengths: dict[EmotionKind, float]) -> dict[EmotionKind, float]:
    """A birthday without its present: what was a sign of anger is anger, and silence is a pity."""
    raised: dict[EmotionKind, float] = {}
    raised |= {kind: value + 0.15 for kind, value in strengths.items() if kind != "joy"}
    raised["disappointment"] = max(raised.get("disappointment", 0.0), 0.45)
    if strengths.get("anger", 0.0) >= 0.1:
        raised["anger"] = max(raised["anger"], 0.6)
    return raised


def strongest(strengths: dict[EmotionKind, float], loud: float) -> Emotion:
    """The leading feeling; shouting raises it, and hints alone are none."""
    felt = {kind: value for kind, value in strengths.items() if value >= 0.25}
    if not felt:
        return Emotion(kind="neutral", strength=round(min(0.2, loud), 2))
    kind = max(felt, key=lambda name: (felt[name], -_SOBER.index(name)))
    most = _MOST.get(kind, 1.0)
    return Emotion(kind=kind, strength=round(min(most, felt[kind] + loud), 2))


# ── setting meanings against each other ──────────────────────────────────────


def settle(said: Said) -> tuple[Intent, ...]:
    """The intents of one message, most important first; empty where nothing is believed."""
    rules = relations()
    believed = {name: proof for name, proof in said.intents.items() if proof.weight >= BELIEVED}
    for rule in rules.yields:
        if rule.when in believed:
            believed = {
                name: proof
                for name, proof in believed.items()
                if name not in rule.drop or proof.weight >= rule.unless
            }
    kept = [name for name in believed if not _mere(name, believed, rules)]
    rank = {name: place for place, names in enumerate(rules.ranks) for name in names}
    return tuple(
        sorted(kept, key=lambda name: (rank[name], -believed[name].weight, believed[name].first))
    )


def _mere(name: Intent, believed: dict[Intent, Proof], rules: Relations) -> bool:
    """Beside a real matter: a thank-you out of politeness, a verdict that only colours it."""
    others = rules.matters & (believed.keys() - {name})
    if name in rules.manner:
        return bool(others)
    if name == "abuse_or_spam":
        return bool(others - {"review_negative", "product_question", "price_or_promotion"})
    real = others - rules.verdicts.keys()
    if name in rules.verdicts and real:
        return believed[name].weight < rules.verdicts[name]
    return (
        name in rules.grievances and bool(real) and believed[name].weight < rules.grievances[name]
    )
