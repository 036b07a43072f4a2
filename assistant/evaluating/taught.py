"""What edits have in common: the same words put in the place of the same others, by several."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from assistant.drafting.learning import sentences
from assistant.model import Conversation, Rewording, Use
from assistant.playbooks import Playbooks

_TOKENS = re.compile(r"\{[a-z]+\}|[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]")
_HOLE = re.compile(r"\{[a-z_.]+\}|\[([^\[\]|]*)\|([^\[\]|]*)\]")
_KEPT = frozenset({"{carrier}"})
"""Slots that an edit and a wording have alike: what stands around them may be reworded."""
_REGISTERS = ("", ".chat", ".short", ".warm", ".formal")
_ENOUGH = 6
"""Letters of a word that says something by itself; of shorter ones two are needed."""


class Lesson(NamedTuple):
    """What one person changed in one draft."""

    language: str
    key: str
    """Of the phrase the words are of; empty where no phrase has them."""
    way: str
    """The wording as `phrases/` has it."""
    old: str
    new: str


class Counted(NamedTuple):
    """A lesson, and how many taught it."""

    lesson: Lesson
    drafts: int
    agents: int


def lessons(
    of: Iterable[Conversation], playbooks: Playbooks, *, drafts: int = 3, agents: int = 2
) -> list[Counted]:
    """Those taught in so many drafts by so many agents, of at least two buyers; most first."""
    where: dict[Lesson, set[tuple[str, int]]] = defaultdict(set)
    who: dict[Lesson, set[str]] = defaultdict(set)
    spelt: dict[Lesson, Counter[Lesson]] = defaultdict(Counter)
    for conversation in of:
        for use in conversation.uses:
            for lesson in _of_use(use, playbooks):
                same = lesson._replace(old=lesson.old.lower(), new=lesson.new.lower())
                spelt[same][lesson] += 1
                where[same].add((conversation.id, use.version))
                who[same].add(use.by or "")
    found = [
        Counted(spelt[same].most_common(1)[0][0], len(places), len(who[same]))
        for same, places in where.items()
        # What several buyers' drafts have in common is none of theirs.
        if len(places) >= drafts
        and len(who[same]) >= agents
        and len({conversation for conversation, _ in places}) >= 2
    ]
    return sorted(found, key=lambda one: (-one.drafts, one.lesson))


def _of_use(use: Use, playbooks: Playbooks) -> set[Lesson]:
    if use.became != "edited":
        return set()
    return {
        lesson
        for change in use.changes
        if change.before and change.after
        for old, new in replaced(change)
        if (lesson := _lesson(use, change, old, new, playbooks)) is not None
    }


def _lesson(use: Use, change: Rewording, old: str, new: str, books: Playbooks) -> Lesson | None:
    if _slots(old) != _slots(new) or set(_slots(old)) - _KEPT:
        return None
    for key, way in _ways(use, books):
        place = _literal(way, old)
        if place and any(_fits(part, change.before) for part in sentences(way)):
            return Lesson(use.language, key, way, place, new)
    if _slots(old) or not _says_something(old):
        return None
    return Lesson(use.language, "", "", old, new)


def _slots(words: str) -> list[str]:
    return sorted(re.findall(r"\{[a-z]+\}", words))


def replaced(change: Rewording) -> Iterator[tuple[str, str]]:
    """Runs of words that stand where others stood, as they are written."""
    one, other = ([(m[0], m.span()) for m in _TOKENS.finditer(t)] for t in change_texts(change))
    words = [[token.lower() for token, _ in side] for side in (one, other)]
    matcher = SequenceMatcher(a=words[0], b=words[1], autojunk=False)
    for tag, i1, i2, j1, j2 in _together(matcher):
        if tag == "equal" or not any(token[0].isalpha() for token, _ in one[i1:i2]):
            continue
        old = change.before[one[i1][1][0] : one[i2 - 1][1][1]]
        yield old, change.after[other[j1][1][0] : other[j2 - 1][1][1]] if j2 > j1 else ""


def change_texts(change: Rewording) -> tuple[str, str]:
    return change.before, change.after


Code = tuple[str, int, int, int, int]


def _together(matcher: SequenceMatcher[str]) -> Iterator[Code]:
    """Opcodes; one word that both have between two changes is part of the change."""
    held: Code | None = None
    codes = matcher.get_opcodes()
    for n, (tag, i1, i2, j1, j2) in enumerate(codes):
        inner = held is not None and i2 - i1 == 1 and n < len(codes) - 1
        if tag != "equal" or inner:
            held = (*(held[0], held[1]), i2, held[3], j2) if held else (tag, i1, i2, j1, j2)
            continue
        if held:
            yield held
            held = None
    if held:
        yield held


def _ways(use: Use, playbooks: Playbooks) -> Iterator[tuple[str, str]]:
    """The wordings the draft may have been made of, by key."""
    phrases = playbooks.phrases(use.language)
    if phrases is None:
        return
    for key in use.phrases:
        for register in _REGISTERS:
            for way in phrases.phrases.get(key + register, ()):
                yield key + register, way


def _literal(way: str, old: str) -> str:
    """*old* as it stands in *way*, outside its slots; empty where it does not."""
    at = way.lower().find(old.lower())
    if at < 0:
        return ""
    end = at + len(old)
    cut = any(
        hole.start() < end and at < hole.end() and not (at <= hole.start() and hole.end() <= end)
        for hole in _HOLE.finditer(way)
    )
    return "" if cut else way[at:end]


def _fits(part: str, sentence: str) -> bool:
    """May *sentence* have been worded by *part* of a wording?"""
    pattern, last = "", 0
    for hole in _HOLE.finditer(part):
        pattern += re.escape(part[last : hole.start()])
        pattern += f"(?:{re.escape(hole[1])}|{re.escape(hole[2])})" if hole[1] is not None else ".*"
        last = hole.end()
    pattern += re.escape(part[last:])
    return re.search(rf"{pattern}$", sentence, re.IGNORECASE) is not None


def _says_something(words: str) -> bool:
    letters = [one for one in _TOKENS.findall(words) if one[0].isalpha()]
    return len(letters) > 1 or any(len(one) >= _ENOUGH for one in letters)


def figures(of: Sequence[Conversation]) -> dict[tuple[str, str], dict[str, int]]:
    """(language, intent) → how many drafts were used, edited, rewritten …"""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for conversation in of:
        for use in conversation.uses:
            row = found.setdefault((use.language, use.intent), {})
            row[use.became] = row.get(use.became, 0) + 1
    return found
