"""French: two genders, elision, contracted articles, the spaces before its double signs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from assistant.drafting.tongues.tongue import PARTICLES, Forms, Tongue, counting, particled
from assistant.playbooks import Noun

NARROW, FIXED = "\u202f", "\u00a0"
"""Spaces at which no line breaks: before `;`, `!` and `?`; before `:` and inside « »."""
_VOWEL = re.compile(
    r"[aeiouyàâäéèêëîïôöùûüœæ]|h(?=ab|al|am|arm|eb|erb|eur|ist|iv|om|on|or|ui|um|yd|yg)",
    re.IGNORECASE,
)
"""What an article loses its vowel before; most words in h- are named by their beginning."""
_ASPIRED = re.compile(r"hall|hamac|hamster|honte|hors|onz|oui|ya|yo", re.IGNORECASE)
_MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
_FIRST = re.compile(rf"(?<!\d)1 (?={_MONTHS})")
_SIGNS = re.compile(rf"[ {FIXED}{NARROW}]*([;!?:])(?=[\s{FIXED}{NARROW}]|$|[»)])")
_INSIDE = re.compile(rf"«[ {FIXED}{NARROW}]*|[ {FIXED}{NARROW}]*»")
_CLOCK = re.compile(r"(?<=\d) h(?: (?=\d\d(?!\d))|(?!\w))")
_TO = re.compile(r"\b([àÀ]) Le(s?) (?=[A-ZÀ-Ý])")


def french(noun: Noun | None, title: str | None) -> Forms:
    """A title gets “l'article” before it: its own gender is unknown."""
    if noun is None:
        return _unknown(title)
    word, feminine, plural = noun.word, noun.gender.startswith("f"), noun.gender.endswith("p")
    if plural:
        the, this, your = f"les {word}", f"ces {word}", f"vos {word}"
        bare = f"{'nouvelles' if feminine else 'nouveaux'} {word}"
        new = f"de {bare}"
    else:
        the, this, your = _the(word, feminine), _this(word, feminine), f"votre {word}"
        bare = f"{_new(word, feminine)} {word}"
        new = f"{'une' if feminine else 'un'} {bare}"
    return {
        "": word,
        "the": the,
        "this": this,
        "your": your,
        "of": of(the),
        "of_this": f"de {this}",
        "new": new,
        "new_bare": bare,
        **(one := _pronouns(feminine=feminine, plural=plural)),
        **_of_the_new(one),
    }


def _pronouns(*, feminine: bool, plural: bool) -> Forms:
    """`it`: elle; `obj`: la; `obj_v`: the same before a vowel; `e`: what a participle ends in."""
    it = "elle" if feminine else "il"
    if plural:
        return {"it": f"{it}s", "obj": "les", "obj_v": "les ", "e": "es" if feminine else "s"}
    return {
        "it": it,
        "obj": "la" if feminine else "le",
        "obj_v": "l'",
        "e": "e" if feminine else "",
    }


def _unknown(title: str | None) -> Forms:
    """The order as a whole, or an article of the shop by its title."""
    if title is None:
        name, your, new = "votre commande", "votre commande", "un nouveau colis"
    else:
        name, your = f"l'article « {title} »", f"votre article « {title} »"
        new = "un nouvel exemplaire"
    return {
        "": name,
        "the": name,
        "this": name,
        "your": your,
        "of": f"de {name}",
        "of_this": f"de {name}",
        "new": new,
        "new_bare": new.removeprefix("un "),
        **_pronouns(feminine=title is None, plural=False),
        **_of_the_new(_pronouns(feminine=False, plural=False)),
    }


def _of_the_new(pronouns: Forms) -> Forms:
    return {f"new_{name}": form for name, form in pronouns.items()}


def silent(word: str) -> bool:
    """Does an article before *word* lose its vowel? `l'horloge`, but `la housse`."""
    return bool(_VOWEL.match(word)) and not _ASPIRED.match(word)


def _the(word: str, feminine: bool) -> str:
    return f"l'{word}" if silent(word) else f"{'la' if feminine else 'le'} {word}"


def _this(word: str, feminine: bool) -> str:
    if feminine:
        return f"cette {word}"
    return f"cet {word}" if silent(word) else f"ce {word}"


def _new(word: str, feminine: bool) -> str:
    if feminine:
        return "nouvelle"
    return "nouvel" if silent(word) else "nouveau"


def of(word: str) -> str:
    """`du colis`, `des dommages`, `d'UPS`, `de votre mère`."""
    for article, joined in (("le ", "du "), ("les ", "des ")):
        if word.startswith(article):
            return joined + word.removeprefix(article)
    return f"d'{word}" if silent(word) else f"de {word}"


def to(word: str) -> str:
    """`au transporteur`, `à DHL`."""
    for article, joined in (("le ", "au "), ("les ", "aux ")):
        if word.startswith(article):
            return joined + word.removeprefix(article)
    return f"à {word}"


def present(word: str) -> str:
    """A present, up to whose it is: `le cadeau d'anniversaire de`, `un cadeau pour`."""
    if word == "cadeau":
        return f"un {word} pour"
    return f"le {word} pour" if " de fête " in word else f"le {word} de"


def then(trouble: str) -> str:
    """A second trouble after the first: `, le bec cassé`, ` et endommagée`."""
    absolute = trouble.removeprefix("avec ")
    return f" et {trouble}" if absolute == trouble else f", {absolute}"


_FORMS: Mapping[str, Callable[[str], str]] = {
    "of": of,
    "to": to,
    "for": present,
    "then": then,
}


def _own(word: str, form: str) -> str:
    return _FORMS[form](word) if form in _FORMS else word


def spaced(text: str) -> str:
    """`1er décembre`, `18 h 42`, `« oui » :` with the spaces at which no line breaks."""
    text = _FIRST.sub("1er ", text)
    text = _CLOCK.sub(lambda one: one[0].replace(" ", FIXED), text)
    text = _TO.sub(lambda one: f"{'a' if one[1] == 'à' else 'A'}u{'x' * bool(one[2])} ", text)
    text = _INSIDE.sub(lambda one: f"«{FIXED}" if one[0][0] == "«" else f"{FIXED}»", text)
    return _SIGNS.sub(lambda one: (FIXED if one[1] == ":" else NARROW) + one[1], text)


def spaced_in_canada(text: str) -> str:
    """There a colon has its space, the other signs have none."""
    return text.replace(NARROW, "") if (text := spaced(text)) else text


TONGUE = Tongue(
    forms=french,
    titles={
        "mr": "Monsieur {last}",
        "ms": "Madame {last}",
        "mrs": "Madame {last}",
        "dr": "Docteur {last}",
        "dra": "Docteur {last}",
    },
    own=_own,
    carrier=_own,
    surname=particled(*PARTICLES),
    honorifics={"m": "mr", "mm": "mr"},
    finish=spaced,
    finish_in={"fr_CA": spaced_in_canada},
    nth=counting(
        "premier|deuxième|troisième|quatrième|cinquième",
        {r"\bde votre colis": "du {nth} colis", r"\bvotre colis": "le {nth} colis"},
    ),
)
