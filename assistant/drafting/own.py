"""The buyer's own matter in words we know in every language: what, for whom, what broke."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from assistant.drafting.matter import Matter
from assistant.drafting.plain import fold as plain
from assistant.drafting.plan import Name, Own, Shelf, Thing
from assistant.drafting.tongues import tongue
from assistant.playbooks import Phrases, Playbooks

_TITLES: Mapping[str, str] = {
    "herr": "mr",
    "frau": "ms",
    "mr": "mr",
    "mister": "mr",
    "ms": "ms",
    "miss": "ms",
    "mrs": "mrs",
    "dr": "dr",
    "sr": "mr",
    "señor": "mr",
    "senhor": "mr",
    "sra": "ms",
    "srta": "ms",
    "señora": "ms",
    "señorita": "ms",
    "senhora": "ms",
    "dra": "dra",
    "monsieur": "mr",
    "madame": "ms",
    "mme": "ms",
    "mlle": "ms",
    "mademoiselle": "ms",
    "signor": "mr",
    "signore": "mr",
    "sig": "mr",
    "signora": "ms",
    "signorina": "ms",
    "sig.ra": "ms",
    "sig.na": "ms",
    "dott": "dr",
    "dottor": "dr",
    "dottore": "dr",
    "dott.ssa": "dra",
    "dottoressa": "dra",
}
_BY_FIRST_NAME = frozenset({"dona", "doña"})
"""Courtesies that a first name follows: *Dona Maria*. They are no names."""
_PROFESSIONS = frozenset({"lic", "ing", "arq", "prof", "profa", "mtro", "mtra"})
"""Said with the whole name, as *Lic. Ramiro Ortiz*; nobody is called by them."""
_HONORIFICS: Mapping[str, str] = {"先生": "mr", "女士": "ms", "小姐": "ms", "太太": "mrs"}
_BRINGS_PRESENTS = frozenset(
    {"birthday", "christmas", "mothers_day", "fathers_day", "valentine", "easter", "eid"}
    | {"anniversary", "new_year", "lunar_new_year"}
)
"""What is for somebody on such a day is for them; on their wedding it may be a dress to go in."""
_COURTESY = re.compile(r"(?<=.)\s?(?:様|さま|さん|고객님|님|씨)$")
"""Said of a person by others: no part of the name, no title in another language."""
_PLAUSIBLE = re.compile(r"[^\W\d_]+(?:[ .'’\-·・]{1,2}[^\W\d_]+){0,4}\.?")
_LATIN = re.compile("[\\0-\u024f]*")
MAX_NAME = 48


def product(matter: Matter) -> Thing:
    """What the order says it is, in a word of the buyer's language where we know one.

    Where the order only has a title that says nothing to us, the buyer's own word counts if it can
    mean but one thing: the “Schirm” of a lamp is no umbrella.
    """
    details, language = matter.understanding.details, matter.language
    if matter.item is None:
        said = (details.get("product", ""), details.get("product_key", ""))
        concepts = (_product_in(text, matter.playbooks, language) for text in said)
        return Thing(next(filter(None, concepts), None), None)
    title = matter.item.title
    concept = _product_in(title, matter.playbooks, language)
    return Thing(concept or _plainly(details.get("product", ""), matter.playbooks), title)


_PIECES = frozenset(
    {"lid", "handle", "strap", "button", "leg", "wheel", "base", "battery", "cable", "charger"}
    | {"plug", "cover", "cap", "filter", "screws", "manual"}
)
"""What comes with a thing and can be sent alone."""


def missing_piece(matter: Matter) -> Thing | None:
    """The piece that was left out of the parcel, where it is one that can be sent after."""
    told = matter.understanding
    piece = told.details.get("part_key", "")
    if told.intents[:1] != ("missing_item",) or piece not in _PIECES:
        return None
    return None if product(matter).concept in (piece, None) else Thing(piece, piece=True)


def counted(matter: Matter) -> Thing:
    """`the mugs` where several were ordered and the buyer speaks of them all."""
    thing = product(matter)
    several = matter.item is not None and matter.item.qty > 1 and not _one_of(matter)
    several = several and "missing_item" not in matter.understanding.intents  # how many is not said
    return replace(thing, several=several)


_ONE = re.compile(
    r"\b(?:one|only one) of\b|\bone (?:mug|bowl|cup|glass|plate|vase)\b"
    r"|\bein\w* (?:der|von|davon)\b|\b(?:nur )?eine? (?:schale|tasse|becher|teller|glas|vase)\b"
    r"|\b(?:un|une|l'un|l'une) (?:des|de ces|seule?)\b"
    r"|\b(?:uno|una) (?:de|dei|degli|delle|solo|sola)\b"
    r"|\b(?:um|uma) (?:das|dos|so)\b|[1一](?:つ|個|枚)|片方|하나|한 ?(?:개|쪽|장)"
    r"|[一1](?:个|只|把|隻)|其中"
)
"""They speak of one of them."""


def _one_of(matter: Matter) -> bool:
    return any(_ONE.search(plain(one.text)) for one in matter.situation.newest)


def _plainly(word: str, playbooks: Playbooks) -> str | None:
    """The product that *word* is the usual name of, in any language."""
    folded = _fold(word)
    return next(
        (
            concept
            for phrases in _all(playbooks)
            for concept, noun in phrases.words.products.items()
            if _fold(noun.word) == folded
        ),
        None,
    )


def own(matter: Matter, shelf: Shelf, detail: str) -> Own | None:
    """The buyer's gift, occasion, person or broken part, if the lexicon has it."""
    details = matter.understanding.details
    for said in (details.get(f"{detail}_key"), details.get(detail)):
        concept = _concept(said, shelf, matter.playbooks) if said else None
        if concept:
            return Own(shelf, concept)
    return None


def gift(matter: Matter) -> Own | None:
    """What the product was to be, where it was a present: said so, or for somebody on their day."""
    details = matter.understanding.details
    if "gift" not in details and "person" not in details:
        return None
    present = own(matter, "gifts", "occasion")
    if "gift" not in details and present and present.concept not in _BRINGS_PRESENTS:
        return None
    if present or "gift" not in details or own(matter, "occasions", "occasion"):
        return present
    return Own("gifts", "gift")


def wanted_size(matter: Matter) -> str | None:
    """The size the buyer asks for, as they wrote it."""
    details = matter.understanding.details
    return details.get("wanted_size") or (details.get("size") if "fit" not in details else None)


def _concept(said: str, shelf: Shelf, playbooks: Playbooks) -> str | None:
    return _names(playbooks, shelf).get(_fold(said))


def _product_in(text: str, playbooks: Playbooks, language: str) -> str | None:
    """The longest product word that *text* has, in any language; first in the buyer's."""
    folded = f" {_fold(text)} "
    found = [
        (len(name), concept)
        for name, concept in _product_names(playbooks, language)
        if name in folded  # with spaces around it where its language has them
    ]
    return max(found, default=(0, None), key=lambda one: one[0])[1]


@lru_cache(maxsize=32)
def _names(playbooks: Playbooks, shelf: Shelf) -> Mapping[str, str]:
    """Every word for a concept of *shelf* in any language, folded → concept."""
    names: dict[str, str] = {}
    for phrases in _all(playbooks):
        words: Mapping[str, str] = getattr(phrases.words, shelf)
        for concept, word in words.items():
            for name in (concept, word, *phrases.words.also.get(concept, ())):
                names.setdefault(_fold(name), concept)
    return names


@lru_cache(maxsize=64)
def _product_names(playbooks: Playbooks, language: str) -> tuple[tuple[str, str], ...]:
    names: dict[str, str] = {}
    for phrases in sorted(_all(playbooks), key=lambda one: one.language != language):
        for concept, noun in phrases.words.products.items():
            if noun.local and phrases.language != language:
                continue
            for name in (concept, noun.word, *noun.also):
                word = _fold(name)
                names.setdefault(f" {word} " if _LATIN.fullmatch(word) else word, concept)
    return tuple(names.items())


def _all(playbooks: Playbooks) -> Iterable[Phrases]:
    for language in playbooks.written_languages:
        phrases = playbooks.phrases(language)
        if phrases is not None:
            yield phrases


def _fold(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


# ── names ────────────────────────────────────────────────────────────────────


def name_of(matter: Matter) -> Name | None:
    """The buyer's name as they or the shop give it; None where there is none that a person has.

    A title is used only where somebody wrote it: `Frau Weber`, `Mr Brandt`, `王先生`.
    """
    buyer = matter.situation.buyer
    order = matter.order
    signed = matter.understanding.details.get("sign_off", "")
    candidates = [buyer.name if buyer else "", signed]
    candidates += [order.customer.name, order.ship_to.name] if order else []
    titles = tongue(matter.language).honorifics
    names = [name for one in candidates if (name := _parsed(one, titles)) is not None]
    if not names:
        return None
    titled = [name for name in names if name.title and _same(name, names[0])]
    name = titled[0] if titled else names[0]
    if name.title is None:
        return name
    return replace(name, last=tongue(matter.language).surname(name.full, name.last))


def _same(one: Name, other: Name) -> bool:
    return bool(one.last) and one.last.casefold() == other.last.casefold()


def _parsed(raw: str, titles: Mapping[str, str]) -> Name | None:
    text = _COURTESY.sub("", " ".join(raw.split()))
    if len(text) > MAX_NAME or not _PLAUSIBLE.fullmatch(text):
        return None
    for suffix, title in _HONORIFICS.items():
        if text.endswith(suffix) and len(text) > len(suffix):
            return _titled(text.removesuffix(suffix), title, text)
    first, *rest = text.split(" ")
    if first.lower() in _BY_FIRST_NAME and rest:
        first, *rest = rest
        text = " ".join((first, *rest))
    called = first.rstrip(".").lower()
    title = titles.get(called) or _TITLES.get(called, "")
    if title and rest:
        return _titled(rest[-1], title, " ".join(rest))
    if not rest:
        return Name(full=text, first=text)
    if first.rstrip(".").lower() in _PROFESSIONS:
        return Name(full=text, first=rest[0], last=rest[-1])
    return Name(full=text, first=first, last=rest[-1])


def _titled(last: str, title: str, full: str) -> Name:
    for known in ("mr", "ms", "mrs", "dr", "dra"):
        if known == title:
            return Name(full=full, last=last, title=known)
    return Name(full=full, last=last)
