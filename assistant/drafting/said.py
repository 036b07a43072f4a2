"""Words of the playbooks' own: a culture's taboos, a market's bans, a rule's wordings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from assistant.drafting.fixes import added
from assistant.drafting.subject import Subject, denied_at
from assistant.drafting.wordlist import Composed, Place, wordlist
from assistant.model import Demand, Finding
from assistant.words import Text, say


def said(subject: Subject) -> Iterator[Finding]:
    """Forbidden wordings at every place where they stand; wordings that must be there and are not.

    Names are no wordings: a Mr Du may be greeted, a Kitchen Gun be talked about.
    """
    decision = subject.brief.decision
    listed = [one for one in (*decision.must, *decision.must_not) if one.words]
    if not listed:
        return
    text = Composed(subject.text)
    spared = tuple(_names(subject))
    for demand in decision.must:
        if demand.words and not _has(demand, text, subject):
            yield _missing(demand, subject)
    for demand in decision.must_not:
        if demand.words:
            yield from _forbidden(demand, text, spared, subject)


def _has(demand: Demand, text: Composed, subject: Subject) -> bool:
    return any(wordlist(demand.words, subject.language).places(text))


def _missing(demand: Demand, subject: Subject) -> Finding:
    why = Text(id=demand.text)
    message = say("{why} For example: {words}.", why=why, words=_example(demand))
    fix = added(subject, demand.better, early=False) if demand.better else None
    return subject.finding(
        demand.severity or "warn",
        demand.rule,
        subject.whole,
        message,
        better=demand.better or None,
        fix=fix,
    )


def _example(demand: Demand) -> str:
    return demand.better or demand.words[0].rstrip("*")


def _forbidden(
    demand: Demand, text: Composed, spared: tuple[Place, ...], subject: Subject
) -> Iterator[Finding]:
    for place in wordlist(demand.words, subject.language).places(text):
        if any(start < place[1] and place[0] < end for start, end in spared):
            continue
        if demand.check == "not_sold" and _refused(subject, place):
            continue
        if demand.check == "words" and _denied(subject, place):
            continue
        yield subject.finding(
            demand.severity or "block",
            demand.rule,
            place,
            Text(id=demand.text),
            better=fitting(subject.text, place[0], demand.better or ""),
        )


def _denied(subject: Subject, place: Place) -> bool:
    """A statement that a “not” turns round; a single word is out of place all the same."""
    return len(subject.text[slice(*place)].split()) > 1 and denied_at(subject, place)


def _refused(subject: Subject, place: Place) -> bool:
    """To say that something can't be sent there is no offer of it."""
    around = next((one for one in subject.sentences if one.start <= place[0] <= one.end), None)
    return around is not None and any(
        words.before is not None and words.before.search(around.folded) for words in subject.spoken
    )


def fitting(text: str, start: int, better: str) -> str | None:
    """*better* with a capital where a sentence begins."""
    if not better:
        return None
    before = text[:start].rstrip(" \t\"'„“«»¿¡(")
    begins = not before or before[-1] in ".!?。！？\n"
    return better[0].upper() + better[1:] if begins else better


def _names(subject: Subject) -> Iterator[Place]:
    """Where names, titles of products, links and addresses stand."""
    for span in subject.of("link", "email", "tracking"):
        yield subject.at(span)
    names = {name.strip() for name in _called(subject)} - {""}
    if names:
        for match in _standing(tuple(sorted(names, key=len, reverse=True))).finditer(subject.text):
            yield match.span()


@lru_cache(maxsize=64)
def _standing(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)")


def _called(subject: Subject) -> Iterator[str]:
    situation = subject.brief.situation
    yield from (situation.brand, situation.signature)
    yield from (stock.title for stock in situation.facts.stock)
    people = [situation.buyer.name] if situation.buyer else []
    for order in situation.facts.orders:
        people += [order.customer.name, order.ship_to.name]
        yield order.ship_to.city or ""
        yield from (item.title for item in order.items)
    for person in people:
        yield from (person, *person.split())
