"""The shelf of answers, and what of it a question is about: SQLite's full-text search, in memory.

Nothing is kept on disk and nothing is asked of a network: the shelf is made from the playbooks when
somebody first asks.
"""

from __future__ import annotations

import math
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache

from assistant.answers.tokens import Tokens, tokens
from assistant.playbooks.book import Playbooks
from assistant.playbooks.kinds.answer import Answer

MOST = 8
"""Answers that one question finds at most."""
FITS = 0.7
"""What scores less is not offered to anybody."""
_LOOKED_AT = 60
"""Rows of the index that are weighed for one question."""
_PRODUCT = 1.0
_INTENT = 0.25
_CONCEPTS = 1.5
"""How much more than words it says that a question and an answer name the same things."""
_WHOLE = 0.85
"""The share of what a question names from which on an answer is about all of it."""
_SAME = 0.8
"""The share of a question's words in the wording of another from which on it is the same one."""
_REPEATED = 0.5
"""The share of an answer's words in a reply from which on the reply repeats it."""
_AHEAD = 0.12
"""By so much of its score the best answer is better than the next, or nobody is sure."""


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A question, and what is known around it."""

    text: str
    day: date
    market: str | None = None
    platform: str = "own"
    everywhere: bool = False
    """Nobody asks for one buyer: whatever still holds somewhere."""
    intents: tuple[str, ...] = ()
    skus: frozenset[str] = frozenset()
    """Of the articles at hand: ordered, or found in stock by the buyer's words."""
    things: frozenset[str] = frozenset()
    """What the buyer names, in plain English: `teapot`."""


@dataclass(frozen=True)
class Found:
    """An answer with how well it fits."""

    answer: Answer
    score: float
    sure: bool
    """Well enough to be stated before anybody looked."""
    at_hand: bool
    """It is about a product at hand."""


class _Card:
    """One answer with what it is found by."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    @cached_property
    def asked(self) -> tuple[Tokens, ...]:
        told = self.answer.answers.values()
        return tuple(tokens(text) for one in told for text in one.asked)

    @cached_property
    def concepts(self) -> frozenset[str]:
        named = frozenset(name for one in self.asked for name in one.concepts)
        return named | frozenset(self.answer.things)

    def told_of(self, asked: Tokens, rarity: Mapping[str, float]) -> float:
        """The same of what it says, in the language that says most of it."""
        words = frozenset(asked.words)
        whole = sum(rarity[word] for word in words)
        shared = (words & says for says in self.says)
        return max(sum(rarity[word] for word in one) for one in shared) / whole if whole else 0.0

    @cached_property
    def says(self) -> tuple[frozenset[str], ...]:
        told = self.answer.answers.values()
        return tuple(frozenset(tokens(one.says).words) for one in told if one.says)

    def rows(self) -> Iterable[tuple[str, str, str]]:
        for told in self.answer.answers.values():
            says = " ".join(tokens(told.says).words)
            for asked in told.asked:
                yield self.answer.id, " ".join(tokens(asked).words), says

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(word for one in self.asked for word in one.words)

    def same_words(self, asked: Tokens, rarity: Mapping[str, float]) -> float:
        """How much of *asked* one of its own questions says, at best; rare words count more."""
        words = frozenset(asked.words)
        whole = sum(rarity[word] for word in words)
        shared = (words & frozenset(own.words) for own in self.asked)
        return max(sum(rarity[word] for word in one) for one in shared) / whole if whole else 0.0


class Shelf:
    """The answers of one set of playbooks, ready to be asked from any thread."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self._cards: Mapping[str, _Card] = {one.id: _Card(one) for one in answers}
        self._lock = threading.Lock()
        self._index = sqlite3.connect(":memory:", check_same_thread=False)
        self._index.execute("CREATE VIRTUAL TABLE shelf USING fts5(id UNINDEXED, asked, says)")
        rows = (row for one in self._cards.values() for row in one.rows())
        self._index.executemany("INSERT INTO shelf VALUES (?, ?, ?)", rows)

    @staticmethod
    def of(playbooks: Playbooks) -> Shelf:
        """The shelf of *playbooks*, made once."""
        return _made(playbooks)

    def get(self, id: str) -> Answer | None:
        return self._cards[id].answer if id in self._cards else None

    def find(self, asking: Asking) -> tuple[Found, ...]:
        """What may be used and fits, best first, those for a product at hand among them."""
        asked = tokens(asking.text)
        worded = self._worded(asked)
        most = max(worded.values(), default=1.0)
        found = [
            self._weighed(card, asking, asked, worded.get(card.answer.id, 0.0) / most)
            for card in self._worth_weighing(asking, asked, worded)
            if _holds(card.answer, asking)
        ]
        ranked = sorted(
            (one for one in found if one.score > 0), key=lambda one: (-one.score, one.answer.id)
        )
        return tuple(_only_one_sure(ranked))[:MOST]

    def quoted(self, saying: Asking) -> tuple[Answer, ...]:
        """What a reply repeats most words of, in whichever language."""
        said = tokens(saying.text)
        words = frozenset(said.words)
        likely = (self._cards[id] for id in self._worded(said))
        return tuple(
            card.answer
            for card in likely
            if card.answer.holds(saying.market, saying.platform, saying.day)
            and any(len(one & words) >= _REPEATED * len(one) for one in card.says)
        )

    def _worth_weighing(
        self, asking: Asking, asked: Tokens, worded: Iterable[str]
    ) -> Iterable[_Card]:
        """Those with its words, those that share its concepts, those of a product at hand."""
        shared: Counter[str] = Counter()
        for concept in asked.concepts:
            for id in self._about.get(concept, ()):
                shared[id] += 1
        named = [id for id, _ in shared.most_common(_LOOKED_AT)]
        hand = (id for id, card in self._cards.items() if _at_hand(card.answer, asking))
        return [self._cards[id] for id in dict.fromkeys((*worded, *named, *hand))]

    @cached_property
    def _about(self) -> Mapping[str, list[str]]:
        """Concept → the answers that name it."""
        found: dict[str, list[str]] = {}
        for id, card in self._cards.items():
            for concept in card.concepts:
                found.setdefault(concept, []).append(id)
        return found

    def _worded(self, asked: Tokens) -> dict[str, float]:
        """By id, how well the words of its best wording fit: BM25, as SQLite counts it."""
        if not asked.words:
            return {}
        wanted = " OR ".join(f'"{one}"' for one in dict.fromkeys(asked.words))
        with self._lock:
            rows = self._index.execute(
                "SELECT id, -bm25(shelf, 0, 3.0, 1.0) FROM shelf WHERE shelf MATCH ?"
                " ORDER BY 2 DESC LIMIT ?",
                (wanted, _LOOKED_AT),
            ).fetchall()
        best: dict[str, float] = {}
        for id, score in rows:
            best.setdefault(id, score)
        return best

    def _weighed(self, card: _Card, asking: Asking, asked: Tokens, worded: float) -> Found:
        answer, named = card.answer, self._named(card, asked)
        at_hand = _at_hand(answer, asking)
        about = bool(set(asking.intents) & set(answer.intents))
        same = card.same_words(asked, self._word_rarity)
        told = card.told_of(asked, self._word_rarity)
        score = worded * max(same, told) + _CONCEPTS * named
        if score or at_hand:
            score += _PRODUCT * at_hand + _INTENT * about
        sure = _may_be_meant(answer, asking, asked, at_hand=at_hand) and (
            (named >= _WHOLE and bool(asked.topics & card.concepts)) or same >= _SAME
        )
        return Found(answer, score, sure, at_hand)

    def _named(self, card: _Card, asked: Tokens) -> float:
        """The share of what is asked about that the answer is about; what is rare counts more."""
        weights = {name: self._concept_rarity[name] for name in asked.concepts}
        shared = sum(weights[name] for name in asked.concepts & card.concepts)
        return shared / sum(weights.values()) if weights else 0.0

    @cached_property
    def _concept_rarity(self) -> Mapping[str, float]:
        return _Rarity(card.concepts for card in self._cards.values())

    @cached_property
    def _word_rarity(self) -> Mapping[str, float]:
        return _Rarity(card.words for card in self._cards.values())


class _Rarity(dict[str, float]):
    """Word or concept → how much it says that an answer has it."""

    def __init__(self, known: Iterable[frozenset[str]]) -> None:
        all_known = list(known)
        self._many = len(all_known)
        self._holders = Counter(name for one in all_known for name in one)

    def __missing__(self, name: str) -> float:
        self[name] = weight = math.log(1 + self._many / (self._holders[name] + 1))
        return weight


def _at_hand(answer: Answer, asking: Asking) -> bool:
    """It is about a product that was ordered, found in stock, or named."""
    return any(map(answer.of, asking.skus)) or bool(asking.things & set(answer.things))


def _holds(answer: Answer, asking: Asking) -> bool:
    if asking.everywhere:
        return answer.in_time(asking.day)
    return answer.holds(asking.market, asking.platform, asking.day)


def _may_be_meant(answer: Answer, asking: Asking, asked: Tokens, *, at_hand: bool) -> bool:
    """What is true of one product is not said of another; a taboo is for the team alone."""
    if answer.about == "taboo":
        return False
    if not answer.skus or any(map(answer.of, asking.skus)):
        return True
    return not asking.skus and (at_hand or bool(asked.things & set(answer.things)))


def _only_one_sure(ranked: list[Found]) -> Iterable[Found]:
    """The best, where it leaves the next behind: of two that fit, a person chooses."""
    for n, one in enumerate(ranked):
        clear = n == 0 and (
            len(ranked) == 1 or ranked[1].score <= one.score * (1 - _AHEAD) or not ranked[1].sure
        )
        yield one if clear else replace(one, sure=False)


@lru_cache(maxsize=16)
def _made(playbooks: Playbooks) -> Shelf:
    return Shelf(one for one in playbooks.all if isinstance(one, Answer))
