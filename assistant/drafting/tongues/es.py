"""Spanish: two genders in both numbers, *al* and *del*, two surnames."""

from __future__ import annotations

import re

from assistant.drafting.tongues.tongue import Forms, Tongue, counting
from assistant.playbooks import Noun

_SECOND_NAMES = frozenset(
    {"maria", "jose", "luis", "carlos", "antonio", "angel", "manuel", "javier", "alberto"}
    | {"eduardo", "fernando", "miguel", "jesus", "isabel", "carmen", "pilar", "teresa", "elena"}
    | {"cristina", "guadalupe", "fernanda", "lucia", "belen", "rosa", "alejandra", "beatriz"}
    | {"victoria"}
)
"""What follows a first name and is no surname yet: *Ana María*, *Juan Carlos*."""
_SHE = frozenset({"bocina"})
"""Words of a country whose gender is not that of Spain's: *el altavoz*, *la bocina*."""
_PARTICLES = frozenset({"de", "del", "la", "las", "los", "y"})
_OF_SOMEBODY = re.compile(r"regalo de (cumpleaños|boda|graduación|comunión|jubilación|despedida)$")
"""A day that is somebody's own: *el regalo de cumpleaños de su madre*."""


def spanish(noun: Noun | None, title: str | None) -> Forms:
    if noun is None:
        return _unknown(title)
    plural = noun.gender == "p"
    # Of things in the plural the ending tells: *botas*, but *guantes*.
    feminine = (
        noun.gender == "f" or noun.word in _SHE or (plural and noun.word.split()[0].endswith("as"))
    )
    o = ("as" if feminine else "os") if plural else ("a" if feminine else "o")
    the = {"o": "el", "a": "la", "os": "los", "as": "las"}[o]
    a = {"o": "un", "a": "una", "os": "unos", "as": "unas"}[o]
    new = f"{noun.word} nuev{o}"
    lo = "l" + o
    return {
        "": noun.word,
        "the": f"{the} {noun.word}",
        "your": f"su{'s' if plural else ''} {noun.word}",
        "o": o,
        "lo": lo,
        "new": f"{a} {new}",
        "new_lo": lo,
        "new_bare": new,
    }


def _unknown(title: str | None) -> Forms:
    """`artículo` and `pedido` are masculine, whatever is in them."""
    yours = f"su artículo «{title}»" if title else "su pedido"
    return {
        "": title or "pedido",
        "the": f"el artículo «{title}»" if title else yours,
        "your": yours,
        "o": "o",
        "lo": "lo",
        "new": "otra unidad",
        "new_lo": "la",
        "new_bare": "otra unidad",
    }


def _own(word: str, form: str) -> str:
    if form == "de":
        return f"{word} de" if _OF_SOMEBODY.fullmatch(word) else f"{word} para"
    return word


def surname(full: str, last: str) -> str:
    """The first of two surnames: *Sra. Romero*, of *Marta Romero García*."""
    words = full.split()
    if len(words) < 2:
        return last
    end = len(words)
    # What stands before the last word is a surname where a first name is left before it.
    if end > 2 and _plain(words[-2]) not in _PARTICLES | _SECOND_NAMES:
        end -= 1
    first = end - 1
    while first > 1 and _plain(words[first - 1]) in _PARTICLES:
        first -= 1
    return " ".join(words[first:end])


def _plain(word: str) -> str:
    return word.lower().translate(str.maketrans("áéíóú", "aeiou"))


def contracted(text: str) -> str:
    """*Del almacén*, *al transportista*, *a la 1:05*; no second full stop after *p.m.*"""
    text = re.sub(r"\b([Dd])e el\b(?! [A-ZÁÉÍÓÚ])", r"\1el", text)
    text = re.sub(r"\b([Aa]) el\b(?! [A-ZÁÉÍÓÚ])", r"\1l", text)
    text = re.sub(r"\blas (?=1:\d\d)", "la ", text)
    return re.sub(r"(?<=\b[ap]\.m)\.\.(?!\.)", ".", text)


TONGUE = Tongue(
    forms=spanish,
    titles={
        "mr": "Sr. {last}",
        "ms": "Sra. {last}",
        "mrs": "Sra. {last}",
        "dr": "Dr. {last}",
        "dra": "Dra. {last}",
    },
    own=_own,
    surname=surname,
    finish=contracted,
    nth=counting("primer|segundo|tercer|cuarto|quinto", {r"\bsu paquete": "el {nth} paquete"}),
)
