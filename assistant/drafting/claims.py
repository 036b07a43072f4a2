"""What the team's answers say must not be claimed: of the product at hand, or of the matter."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.drafting.subject import Subject, denied_at
from assistant.drafting.wordlist import Composed, Place, wordlist
from assistant.model import Finding, TeamAnswer
from assistant.words import say


def claims(subject: Subject) -> Iterator[Finding]:
    """Every claim that an answer forbids; to deny it is no claim."""
    about = [one for one in subject.brief.situation.facts.answers if one.at_hand or one.sure]
    if not any(one.not_claimed for one in about):
        return
    text = Composed(subject.text)
    for answer in about:
        for place in wordlist(_words(answer, subject.language), subject.language).places(text):
            if not denied_at(subject, place):
                yield _finding(subject, answer, place)


def _words(answer: TeamAnswer, language: str) -> tuple[str, ...]:
    """In the reply's language, and what holds in every one."""
    keys = dict.fromkeys((language, language.split("-")[0], ""))
    return tuple(word for key in keys for word in answer.not_claimed.get(key, ()))


def _finding(subject: Subject, answer: TeamAnswer, place: Place) -> Finding:
    message = say(
        "This must not be claimed: {source} says otherwise.",
        source=answer.source,
    )
    return subject.finding("block", answer.rule, place, message)
