"""German: three genders, cases of the article and the adjective."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.drafting.tongues.tongue import Forms, Tongue, counting
from assistant.playbooks import Noun

_DE: Mapping[str, Mapping[str, str]] = {
    "the": {"m": "der", "f": "die", "n": "das", "p": "die"},
    "the_obj": {"m": "den", "f": "die", "n": "das", "p": "die"},
    "your": {"m": "Ihr", "f": "Ihre", "n": "Ihr", "p": "Ihre"},
    "it": {"m": "er", "f": "sie", "n": "es", "p": "sie"},
    "it_obj": {"m": "ihn", "f": "sie", "n": "es", "p": "sie"},
    "new": {"m": "ein neuer", "f": "eine neue", "n": "ein neues", "p": "neue"},
    "new_obj": {"m": "einen neuen", "f": "eine neue", "n": "ein neues", "p": "neue"},
    "bare": {"m": "neuer", "f": "neue", "n": "neues", "p": "neue"},
}


def german(noun: Noun | None, title: str | None) -> Forms:
    """A title gets „der Artikel“ before it: its own gender is unknown."""
    if noun is None:
        return _german_unknown(title)
    one = {name: forms[noun.gender] for name, forms in _DE.items()}
    word = noun.word
    return {
        "": word,
        "the": f"{one['the']} {word}",
        "the_obj": f"{one['the_obj']} {word}",
        "your": f"{one['your']} {word}",
        "it": one["it"],
        "new": f"{one['new']} {word}",
        "new_obj": f"{one['new_obj']} {word}",
        "new_it": one["it"],
        "new_it_obj": one["it_obj"],
        "new_bare": f"{one['bare']} {word}",
    }


def _german_unknown(title: str | None) -> Forms:
    shared = {
        "new": "Ersatz",
        "new_obj": "Ersatz",
        "new_it": "er",
        "new_it_obj": "ihn",
        "new_bare": "Ersatz",
    }
    if title is None:
        order = "Ihre Bestellung"
        return {
            "": "Bestellung",
            "the": order,
            "the_obj": order,
            "your": order,
            "it": "sie",
        } | shared
    quoted = f"„{title}“"
    return {
        "": quoted,
        "the": f"der Artikel {quoted}",
        "the_obj": f"den Artikel {quoted}",
        "your": f"Ihr Artikel {quoted}",
        "it": "er",
        **shared,
    }


TONGUE = Tongue(
    forms=german,
    titles={
        "mr": "Herr {last}",
        "ms": "Frau {last}",
        "mrs": "Frau {last}",
        "dr": "Dr. {last}",
        "dra": "Dr. {last}",
    },
    goes_on=True,
    nth=counting("erste|zweite|dritte|vierte|fünfte", {r"\bIhr Paket\b": "das {nth} Paket"}),
)
