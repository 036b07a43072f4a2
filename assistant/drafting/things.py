"""A product that a reply names must be one of this case: of the order, the stock, the talk."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from assistant.drafting.lexicon import buyer_words, stem, written
from assistant.drafting.plain import fold
from assistant.drafting.subject import Subject
from assistant.model import Finding
from assistant.words import say

_VAGUE = frozenset(
    {"ring", "watch", "phone", "table", "book", "case", "clock", "bag", "camera", "box", "speaker"}
    | {"plate", "cable", "toy", "print", "skirt", "ticket"}
)
"""Words that mean something else as often: `watch your inbox`, `by phone`, `please book`."""
_KIN = (frozenset({"cup", "mug"}), frozenset({"teapot", "kettle"}), frozenset({"shirt", "sweater"}))
"""What one person calls this, and another that."""


def things(subject: Subject) -> Iterator[Finding]:
    """The first product that nobody spoke of."""
    found = [one for one in _named(subject.language, subject.folded) if one[0] not in _VAGUE]
    if not found or not _any_goods(subject):
        return
    known = _known(subject)
    # Longer words first: 蒸しポット is no ポット of ours.
    places = sorted(found, key=lambda one: (one[1], -one[2]))
    covered = {(start, end) for key, start, end in places if key in known}
    for key, start, end in places:
        if key in known or any(start < stop and begin < end for begin, stop in covered):
            continue
        yield subject.finding(
            "warn",
            "value.product",
            (start, end),
            say("{what} is in no order and in no message here.", what=subject.text[start:end]),
        )
        return


def _any_goods(subject: Subject) -> bool:
    facts = subject.brief.situation.facts
    return bool(facts.stock) or any(order.items for order in facts.orders)


@lru_cache(maxsize=2_000)
def _named(language: str, folded: str) -> tuple[tuple[str, int, int], ...]:
    """The products of the lexicon in *folded* text, with their places."""
    if stem(language) not in written(""):
        return ()
    return tuple(
        (key, match.start(), match.end())
        for key, phrases in buyer_words(language).products.items()
        for phrase in phrases
        for match in phrase.finditer(folded)
    )


def _known(subject: Subject) -> frozenset[str]:
    brief = subject.brief
    facts = brief.situation.facts
    titles = [item.title for order in facts.orders for item in order.items]
    titles += [stock.title for stock in facts.stock]
    keys = {key for title in titles for key in meant(title)}
    talk = [one.text for one in brief.situation.messages if one.author != "note"]
    talk += [said for answer in facts.answers for said in answer.says.values()]
    languages = dict.fromkeys((brief.language, brief.understanding.language, "en"))
    for text in talk:
        folded = fold(text[:20_000])
        keys |= {key for language in languages for key, _, _ in _named(language, folded)}
    told = brief.understanding.details.get("product_key")
    keys |= {told} if told else set()
    kin = {key for family in _KIN if family & keys for key in family}
    return frozenset(keys | kin)


@lru_cache(maxsize=1_000)
def meant(title: str) -> frozenset[str]:
    """What a shop's title names, whatever its language: `Teapot Ines` is a Teekanne."""
    folded = fold(title)
    named = {key for language in written("") for key, _, _ in _named(language, folded)}
    keys = {key for language in written("") for key in buyer_words(language).products}
    return frozenset(named | {key for key in keys if key.replace("_", " ") in folded})
