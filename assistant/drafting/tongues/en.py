"""English: also stands in where a language has no grammar of its own here."""

from __future__ import annotations

from assistant.drafting.tongues.tongue import PARTICLES, Forms, Tongue, counting, particled
from assistant.playbooks import Noun


def english(noun: Noun | None, title: str | None) -> Forms:
    if noun is None and title is None:
        order = "your order"
        new = {"new": "a replacement", "new_bare": "replacement"}
        return {"": "order", "the": order, "the_obj": order, "your": order, "it": "it"} | new
    word = noun.word if noun else title or ""
    plural = noun is not None and noun.gender == "p"
    the = f"the {word}" if noun else f"your {word}"
    return {
        "": word,
        "the": the,
        "the_obj": the,
        "your": f"your {word}",
        "it": "they" if plural else "it",
        "new": f"new {word}" if plural else f"a new {word}",
        "new_bare": f"new {word}",
    }


def possessive(word: str) -> str:
    """`your mother's`, `your parents'`."""
    return f"{word}'" if word.endswith("s") else f"{word}'s"


def with_article(word: str) -> str:
    """`a birthday present`, `an anniversary present`."""
    return f"an {word}" if word[:1].lower() in "aeiou" else f"a {word}"


def _own(word: str, form: str) -> str:
    if form == "s":
        return possessive(word)
    return with_article(word) if form == "a" else word


TONGUE = Tongue(
    forms=english,
    titles={
        "mr": "Mr {last}",
        "ms": "Ms {last}",
        "mrs": "Mrs {last}",
        "dr": "Dr {last}",
        "dra": "Dr {last}",
    },
    own=_own,
    surname=particled(*PARTICLES),
    nth=counting("first|second|third|fourth|fifth", {r"\byour (parcel|package)": r"the {nth} \1"}),
)
