"""Italian: articles by gender and sound, contracted with prepositions; Lei and its words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from assistant.drafting.tongues.tongue import PARTICLES, Forms, Tongue, counting, particled
from assistant.playbooks import Noun

_VOWEL = re.compile(r"[aeiouàèéìòóù]|h(?=[aeiou])", re.IGNORECASE)
_IMPURE = re.compile(r"s[bcdfghlmnpqrtv]|z|gn|ps|pn|x|y|i(?=[aeou])", re.IGNORECASE)
"""Beginnings that want `lo` and `uno`: specchio, zaino, gnomo, psicologo, yogurt."""
_FIRST = re.compile(
    r"(?<!\d)1 (?=gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre"
    r"|novembre|dicembre)"
)
_EUPHONIC = re.compile(r"\b([aA]) (?=A[a-zà-ù])")
_TIGHT = re.compile(r"«\s+|\s+»")


def italian(noun: Noun | None, title: str | None) -> Forms:
    """A title gets “l'articolo” before it: its own gender is unknown."""
    if noun is None:
        return _unknown(title)
    word, feminine, plural = noun.word, noun.gender.startswith("f"), noun.gender.endswith("p")
    the = f"{_article(word, feminine, plural)}{word}"
    ending = _ending(feminine, plural)
    bare = f"{word} nuov{ending}"
    own = {"o": "il Suo", "a": "la Sua", "i": "i Suoi", "e": "le Sue"}[ending]
    this = f"quest'{word}" if not plural and _VOWEL.match(word) else f"quest{ending} {word}"
    return {
        "": word,
        "the": the,
        "this": this,
        "your": f"{own} {word}",
        "of": of(the),
        "new": bare if plural else f"{_one(word, feminine)}{bare}",
        "new_bare": bare,
        **(one := _pronouns(ending)),
        **_of_the_new(one),
    }


def _ending(feminine: bool, plural: bool) -> str:
    if plural:
        return "e" if feminine else "i"
    return "a" if feminine else "o"


def _pronouns(ending: str) -> Forms:
    """`obj`: la; `obj_v`: the same before a vowel; `o`: what a participle ends in."""
    obj = {"o": "lo", "a": "la", "i": "li", "e": "le"}[ending]
    return {"obj": obj, "obj_v": "l'" if ending in "oa" else f"{obj} ", "o": ending}


def _of_the_new(pronouns: Forms) -> Forms:
    return {f"new_{name}": form for name, form in pronouns.items()}


def _unknown(title: str | None) -> Forms:
    """The order as a whole, or an article of the shop by its title."""
    if title is None:
        name, your, new = "il Suo ordine", "il Suo ordine", "un nuovo pacco"
    else:
        name, your = f"l'articolo «{title}»", f"il Suo articolo «{title}»"
        new = "un articolo nuovo"
    return {
        "": name,
        "the": name,
        "this": name,
        "your": your,
        "of": of(name),
        "new": new,
        "new_bare": new.removeprefix("un "),
        **_pronouns("o"),
        **_of_the_new(_pronouns("o")),
    }


def _article(word: str, feminine: bool, plural: bool) -> str:
    if feminine:
        return "le " if plural else "l'" if _VOWEL.match(word) else "la "
    if plural:
        return "gli " if _VOWEL.match(word) or _IMPURE.match(word) else "i "
    if _IMPURE.match(word):
        return "lo "
    return "l'" if _VOWEL.match(word) else "il "


def _one(word: str, feminine: bool) -> str:
    if feminine:
        return "un'" if _VOWEL.match(word) and not _IMPURE.match(word) else "una "
    return "uno " if _IMPURE.match(word) else "un "


_JOINED = {
    "il ": ("del ", "al "),
    "lo ": ("dello ", "allo "),
    "la ": ("della ", "alla "),
    "l'": ("dell'", "all'"),
    "i ": ("dei ", "ai "),
    "gli ": ("degli ", "agli "),
    "le ": ("delle ", "alle "),
}
"""Article → with `di`, with `a`."""


def of(word: str) -> str:
    """`del pacco`, `della Sua fattura`, `di DHL`."""
    return _joined(word, 0, "di ")


def to(word: str) -> str:
    """`al corriere`, `a DHL`."""
    return _joined(word, 1, "a ")


def _joined(word: str, place: int, alone: str) -> str:
    for article, forms in _JOINED.items():
        if word.startswith(article):
            return forms[place] + word.removeprefix(article)
    return alone + word


def present(word: str) -> str:
    """A present, up to whom it is for: `il regalo di compleanno per`, `un regalo per`."""
    return f"un {word} per" if word == "regalo" else f"il {word} per"


_FORMS: Mapping[str, Callable[[str], str]] = {"of": of, "to": to, "for": present}


def _own(word: str, form: str) -> str:
    return _FORMS[form](word) if form in _FORMS else word


def finished(text: str) -> str:
    """`1° dicembre`, `ad Ancona`, `«parola»`."""
    text = _FIRST.sub("1° ", text)
    text = _EUPHONIC.sub(r"\1d ", text)
    return _TIGHT.sub(lambda one: one[0].strip(), text)


TONGUE = Tongue(
    forms=italian,
    titles={
        "mr": "signor {last}",
        "ms": "signora {last}",
        "mrs": "signora {last}",
        "dr": "dottor {last}",
        "dra": "dottoressa {last}",
    },
    own=_own,
    carrier=_own,
    surname=particled(*PARTICLES, "de'", "lo", "li"),
    finish=finished,
    goes_on=True,
    nth=counting("primo|secondo|terzo|quarto|quinto", {r"\bSuo pacco": "{nth} pacco"}),
)
