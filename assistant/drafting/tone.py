"""The soft skills in what is about to be sent: positive, empathetic, patient (S1.1-S1.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.drafting.findings import GIVEN, STYLE_RULE, style
from assistant.drafting.lexicon import ReplyWords, stem
from assistant.drafting.said import fitting
from assistant.drafting.subject import Subject, denied
from assistant.model import Finding
from assistant.words import say

_SEVERE = frozenset({"doubt", "blame", "feelings", "impatience", "distance", "refusal", "absolute"})
"""Kinds that offend; the others only read badly."""
_DEEP = {"ja": 2, "ko": 2}
"""Languages in which one apologises more than once, where no culture says how often."""
_KNOWN_CAPITALS = re.compile(r"^(?:[A-Z]{2,4}|\w*\d\w*)$")


def tone(subject: Subject) -> Iterator[Finding]:
    """Wordings to avoid, each with a better one; shouting; too many apologies."""
    for words in subject.spoken:
        yield from _wordings(subject, words)
    yield from _shouting(subject)
    yield from _apologies(subject)


def _wordings(subject: Subject, words: ReplyWords) -> Iterator[Finding]:
    taken: list[tuple[int, int]] = []
    for wording, phrases in words.wordings:
        if wording.known and not _answered(subject):
            continue
        for phrase in phrases:
            for match in phrase.finditer(subject.folded):
                where = (match.start(), match.end())
                if any(start < where[1] and where[0] < end for start, end in taken):
                    continue
                # "You don't have to send anything" orders nobody about.
                if wording.kind == "policy" and denied(words, subject.folded, match, phrase):
                    continue
                taken.append(where)
                yield subject.finding(
                    "warn" if wording.kind in _SEVERE else "tip",
                    STYLE_RULE[wording.kind],
                    where,
                    style(wording),
                    better=fitting(subject.text, where[0], wording.better) or "",
                )


def _answered(subject: Subject) -> bool:
    """Is it decided, or known, what to say?"""
    decided = any(one.verdict == "allowed" for one in subject.brief.decision.remedies)
    return decided or bool(subject.brief.situation.facts.stock)


def _shouting(subject: Subject) -> Iterator[Finding]:
    """Words in capitals that are no abbreviation (S1.5)."""
    known = subject.brief.model_dump_json()
    for match in re.finditer(r"[^\W\d_]{4,}(?:\s+[^\W\d_]{2,})*", subject.text):
        words = match[0].split()
        loud = [word for word in words if all(map(str.isupper, word))]
        plain = [word for word in loud if word not in known and not _KNOWN_CAPITALS.match(word)]
        if plain:
            start = match.start() + match[0].index(plain[0])
            message = say("Capitals read as shouting. Write the words in small letters.")
            yield subject.finding(
                "warn", "S1.5", (start, start + len(plain[0])), message, better=plain[0].lower()
            )
            return
    marks = re.search(r"[!！?？]*[!！][!！?？]+", subject.text)
    if marks:
        message = say("Several exclamation marks read as shouting. Use a full stop.")
        yield subject.finding("warn", "S1.5", (marks.start(), marks.end()), message, better=".")


def _apologies(subject: Subject) -> Iterator[Finding]:
    """Once is enough, in Japan and Korea twice (S1.2)."""
    if subject.own is None:
        return
    most = subject.apologies or _DEEP.get(stem(subject.language), 1)
    places = sorted(
        (match.start(), match.end())
        for phrase in subject.own.apologies
        for match in phrase.finditer(subject.folded)
    )
    apart = [
        place
        for index, place in enumerate(places)
        if index == 0 or place[0] >= places[index - 1][1]
    ]
    if len(apart) > most:
        message = say("One apology is enough. Leave this one out.")
        if most > 1:
            message = say("So many apologies sound hollow. Leave this one out.")
        yield subject.finding("warn", "S1.2", apart[most], message)


def asked_again(subject: Subject) -> Iterator[Finding]:
    """Asking for what the buyer already gave (S1.3)."""
    demanded = any(one.check == "ask_again" for one in subject.brief.decision.must_not)
    for words in subject.spoken:
        for given in subject.brief.understanding.given:
            place = _asks(subject, words, given)
            if place:
                yield subject.finding(
                    "block" if demanded or not subject.by_agent else "warn",
                    "S1.3",
                    place,
                    say("The buyer already gave {what}. Do not ask again.", what=GIVEN[given]),
                )


def _asking(words: ReplyWords, folded: str, noun: re.Match[str]) -> bool:
    """Is something asked before the noun, or in the clause it stands in?"""
    rest = re.split(r"[,;:.!?。、]", folded[noun.end() :])[0]
    return any(one.search(folded[: noun.end()] + rest) for one in words.asking)


def _asks(subject: Subject, words: ReplyWords, given: str) -> tuple[int, int] | None:
    for sentence in subject.sentences:
        for phrase in words.asks.get(given, ()):
            match = phrase.search(sentence.folded)
            if not match or not _asking(words, sentence.folded, match):
                continue
            if not denied(words, sentence.folded, match, phrase):
                thanked = re.search(r"thank|dank|merci|gracias|grazie|obrigad", sentence.folded)
                if not thanked:
                    return sentence.start + match.start(), sentence.start + match.end()
    return None
