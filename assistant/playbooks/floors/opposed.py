"""Where a storefront demands what law or a platform forbids, or forbids what they demand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from assistant.playbooks.floors.space import cases, dimensions, facts
from assistant.playbooks.kinds import Law, Policy, RemedyRule, Rule
from assistant.playbooks.vocabulary import Vocabulary

_SHAPES: Mapping[str, re.Pattern[str]] = {
    "external_link": re.compile(r"https?:|\bwww\.|\b[\w-]+\.(com|net|org|shop|store|[a-z]{2})\b"),
    "contact_details": re.compile(r"@|\+?\d[\d ()/-]{6,}\d|whatsapp|telegram|wechat|line id", re.I),
}
"""What a wording must look like to break a check, whatever its language."""


_GIVEN_AGAINST: Mapping[str, tuple[str, ...]] = {"coupon": ("coupon", "marketing")}
"""What a remedy gives, and the checks that forbid to speak of it."""


class Demanded(NamedTuple):
    """What one rule of somebody demands and forbids, or a remedy gives."""

    when: str | None
    forbid: tuple[str, ...] = ()
    must_words: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    forbid_words: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    gives: str = ""

    @classmethod
    def of(cls, one: Rule | Law | RemedyRule) -> Demanded:
        if isinstance(one, RemedyRule):
            return cls(one.allow, gives=one.gives)
        if isinstance(one, Law):
            return cls(one.when, one.forbid)
        return cls(one.when, one.forbid, one.must_words, one.forbid_words)

    @property
    def demanding(self) -> bool:
        """It wants something said or given, which others may forbid."""
        return bool(self.must_words) or self.gives in _GIVEN_AGAINST


def opposed(ours: Demanded, theirs: Demanded) -> str | None:
    """What of *ours* can't stand beside *theirs*, in words."""
    return _impossible(ours, theirs) or _turned(_impossible(theirs, ours))


def _turned(what: str | None) -> str | None:
    return what and f"forbids what must be said there: {what}"


def _impossible(one: Demanded, other: Demanded) -> str | None:
    """What *one* demands and *other* forbids."""
    for check in _GIVEN_AGAINST.get(one.gives, ()):
        if check in other.forbid:
            return f"it gives what the check {check} forbids"
    for language, wordings in one.must_words.items():
        reasons = [_broken(wording, language, other) for wording in wordings]
        if reasons and all(reasons):
            return str(reasons[0])
    return None


def _broken(wording: str, language: str, other: Demanded) -> str | None:
    for check, shape in _SHAPES.items():
        if check in other.forbid and shape.search(wording):
            return f'"{wording}" is what {check} forbids'
    for word in other.forbid_words.get(language, ()):
        if _holds(wording, word):
            return f'"{wording}" holds "{word}", which is forbidden'
    return None


def _holds(wording: str, word: str) -> bool:
    """As the review looks for words: whole ones, `*` for any ending."""
    stem = re.escape(word.rstrip("*"))
    end = "" if word.endswith("*") or not stem.isascii() else r"\b"
    return re.search(rf"\b{stem}{end}", wording, re.IGNORECASE) is not None


def can_meet(
    policy: Policy, ours: Demanded, theirs: Demanded, place: Mapping[str, str], words: Vocabulary
) -> bool:
    """Is there a case of *policy*, at *place* (`platform`, `market`), in which both stand?"""
    texts = tuple(one for one in (policy.when, ours.when, theirs.when) if one)
    where = tuple(place.items())
    return any(_together(texts, where, intent, words) for intent in policy.applies.intents)


@lru_cache(maxsize=8192)
def _together(
    texts: tuple[str, ...], place: tuple[tuple[str, str], ...], intent: str, words: Vocabulary
) -> bool:
    fixed: dict[str, Any] = {**dict(place), "request.intent": intent, "request.intents": [intent]}
    named = dict.fromkeys(name for text in texts for name in words.names_in(text))
    names = [name for name in named if name not in fixed and name != "now"]
    for case in cases(dimensions(names, texts, words)):
        known = {**facts(case, words), **fixed}
        if all(words.evaluate(text, "bool", known).value is not False for text in texts):
            return True
    return False


def rules_against(playbook: Any) -> Iterator[tuple[str, int, Demanded]]:
    """What a market or platform demands by right: (key, number, what)."""
    if playbook.kind not in ("market", "platform"):
        return
    for n, law in enumerate(getattr(playbook, "law", ())):
        yield "law", n, Demanded.of(law)
    for n, rule in enumerate(getattr(playbook, "rules", ())):
        if rule.sourced:
            yield "rules", n, Demanded.of(rule)
