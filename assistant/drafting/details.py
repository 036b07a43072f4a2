"""The buyer's own matter, to be named back in a reply; the keys are listed in `understand`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from assistant.drafting.lexicon import BuyerWords, Phrase, buyer_words, phrase, stem, written
from assistant.drafting.numerals import decimal, han_number
from assistant.drafting.plain import fold
from assistant.model import Facts

_DAYS = {"hour": 0, "day": 1, "workday": 1, "week": 7, "month": 30, "year": 365, "minute": 0}
_SENTENCE = re.compile(r"[.!?\n。！？]")
_GIFT = re.compile(
    r"(?<![a-z])(gifts?|presents?|\w*geschenk\w*|cadeaux?|regalos?|regal[oi]|presentes?|cadeaus?"
    r"|prezent\w*|present(?:er)?|hediye\w*|qua tang|mon qua|hadiah|kado)(?![a-z])"
    r"|贈り物|プレゼント|ギフト|선물|礼物|送给|подар\w+|هدي[هة]|ของขวัญ"
)
_BREAKING: tuple[str, ...] = ("damaged", "malfunction", "missing_item")


_NEIGHBOURS = re.compile(
    r"neighbou?r|nachbar|voisin|vecin[oa]|vicin[oi] di casa|\bi vicini\b|vizinh|\bburen\b"
    r"|buurm|buurv|sasiad|grann|сосед|komsu|隣|近所|이웃|옆집|邻居|鄰居|hang xom|tetangga"
)
"""Who names them has asked them, or says why that is no use: they are not sent there again."""


def details(text: str, newest: str, language: str, facts: Facts) -> dict[str, str]:
    """What *text* tells of the buyer's matter; the signature is looked for in *newest* alone."""
    name = stem(language) if stem(language) in written("") else "en"
    words = buyer_words(name)
    folded = fold(text)
    told: dict[str, str | None] = {
        "occasion": _first(words.occasions, folded),
        "gift": "true" if _GIFT.search(folded) else None,
        "person": _first(words.persons, folded),
        "days_late": _length(words, words.file.late, folded),
        "days_waiting": _length(words, words.file.waiting, folded),
        "broken": "true" if _means(words, "damaged", folded) else None,
        **_part(words, text, folded),
        **_product(words, text, folded, facts),
        **_size(words, folded),
        "neighbours": "named" if _NEIGHBOURS.search(folded) else None,
        "sign_off": _sign_off(words, newest),
    }
    return {key: value for key, value in told.items() if value}


def _first(table: Mapping[str, tuple[Phrase, ...]], folded: str) -> str | None:
    """The key whose words come first."""
    places = [
        (match.start(), key)
        for key, phrases in table.items()
        for one in phrases
        if (match := one.search(folded))
    ]
    return min(places)[1] if places else None


def _means(words: BuyerWords, intent: str, folded: str) -> bool:
    groups = next((value for key, value in words.intents.items() if key == intent), ())
    return any(one.search(folded) for weight, phrases in groups if weight >= 2 for one in phrases)


# ── lengths of time ──────────────────────────────────────────────────────────


def _length(words: BuyerWords, lines: tuple[str, ...], folded: str) -> str | None:
    """How many days one of *lines* says; `{n}` in it is a number and a unit."""
    for line in lines:
        match = _timed(words, line).search(folded)
        if match:
            days = _days(words, match[0])
            if days:
                return str(days)
    return None


_timed_phrases: dict[tuple[str, str], Phrase] = {}


def _timed(words: BuyerWords, line: str) -> Phrase:
    key = (words.language, line)
    if key not in _timed_phrases:
        spoken = sorted(map(fold, words.file.numbers), key=len, reverse=True)
        units = "|".join(f"({fold(unit)})" for unit in words.file.units.values())
        space = "" if words.unspaced else r"[\s-]*"
        number = "|".join([r"(\d{1,4}", "[一二两三四五六七八九十]{1,4}", *spoken]) + ")"
        length = {"n": rf"{number}{space}\s?({units})"}
        _timed_phrases[key] = phrase(line, length, unspaced=words.unspaced)
    return _timed_phrases[key]


def _days(words: BuyerWords, said: str) -> int:
    numbers = {fold(word): value for word, value in words.file.numbers.items()}
    for unit, names in words.file.units.items():
        boundary = "" if words.unspaced else r"(?![a-z])"
        for match in re.finditer(rf"(\d{{1,4}}|[^\W\d_]+?)[\s-]*(?:{fold(names)}){boundary}", said):
            count = _count(match[1], numbers)
            if count:
                return count * _DAYS.get(unit, 0)
    return 0


def _count(raw: str, numbers: Mapping[str, int]) -> int | None:
    if raw.isdigit():
        return int(decimal(raw))
    for end in range(len(raw), 0, -1):
        tail = raw[-end:]
        if tail in numbers:
            return numbers[tail]
        if (value := han_number(tail)) is not None:
            return value
    return None


# ── things ───────────────────────────────────────────────────────────────────


def _part(words: BuyerWords, text: str, folded: str) -> dict[str, str]:
    """The part named in a sentence that says something is broken, missing or does not work."""
    for start, end in _sentences(folded):
        sentence = folded[start:end]
        if not sentence.strip(" .,!?-") or not any(
            _means(words, intent, sentence) for intent in _BREAKING
        ):
            continue
        found = _named(words.parts, sentence)
        if found:
            key, match = found
            return {"part": text[start + match.start() : start + match.end()], "part_key": key}
    return {}


def _sentences(folded: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE.finditer(folded):
        yield start, match.start()
        start = match.end()
    yield start, len(folded)


def _named(
    table: Mapping[str, tuple[Phrase, ...]], folded: str
) -> tuple[str, re.Match[str]] | None:
    found = [
        (key == "box", match.start(), -len(match[0]), key, match)
        for key, phrases in table.items()
        for one in phrases
        if (match := one.search(folded))
    ]
    if not found:
        return None
    # The box is what is opened; the part inside it is what broke.
    best = min(found, key=lambda one: one[:4])
    return best[3], best[4]


def _product(words: BuyerWords, text: str, folded: str, facts: Facts) -> dict[str, str]:
    """A word of the order's titles that the buyer uses too, else a thing of the lexicon."""
    found = _named(words.products, folded)
    if found:
        key, match = found
        return {"product": text[match.start() : match.end()], "product_key": key}
    titles = [item.title for order in facts.orders for item in order.items]
    for word in re.findall(r"[^\W\d_]{4,}", " ".join(titles)):
        match_ = re.search(rf"(?<!\w){re.escape(fold(word))}\w{{0,2}}(?!\w)", folded)
        if match_:
            return {"product": text[match_.start() : match_.end()]}
    return {}


# ── sizes ────────────────────────────────────────────────────────────────────

_SMALL = re.compile(
    r"too (?:small|tight|short|narrow)|zu (?:klein|eng|kurz|schmal)|trop (?:petit|serre|court"
    r"|etroit)"
    r"|(?:muy|demasiado) (?:pequen|chic|estrech|cort)|troppo (?:piccol|strett|cort)"
    r"|(?:muito|pequen|apertad)\w* (?:pequen|apertad|curt)|te (?:klein|krap|kort|smal)|小さ"
    r"|きつ|작|太小|小了|偏小"
)
_LARGE = re.compile(
    r"too (?:big|large|loose|long|wide)|zu (?:gro(?:ss|ß)|weit|lang|breit)|trop (?:grand|large"
    r"|long)"
    r"|(?:muy|demasiado) (?:grande|ancho|larg)|troppo (?:grand|largh?|lung)|muito (?:grande|larg)"
    r"|te (?:groot|wijd|lang|ruim)|大き|緩|커요|크네|큽|너무 커|太大|大了|偏大"
)
_SIZE = r"(xxs|xs|s|m|l|xl|xxl|xxxl|\d{2,3}(?:[.,]5)?)"
_WANTED = re.compile(
    r"(?:for|need|want|to|gegen|brauche|mochte|in|contre|en|por|cambiar|una|un|per|con|naar|een)"
    rf" (?:a |an |the |eine? |die |la |une? |size |taglia |talla |taille |gro(?:ss|ß)e |maat "
    rf"|tamanho |pointure |numero |misura |du |il )*{_SIZE}(?![\w'])"
)
_WANTED_EAST = re.compile(
    rf"{_SIZE}(?:サイズ|사이즈|号|码)?(?:に|へ|으로|로)\s?(?:交换|変更|替え|교환|변경|바꾸|바꿔)"
    rf"|(?:换|换成|改成|改|换个|换一[个件双])\s?{_SIZE}"
)
"""In languages that say the size before the verb: `サイズ40に交換`, `L로 교환`, `换成L码`."""
_NAMED = re.compile(
    r"(?:size|gro(?:ss|ß)e|groesse|gr\.?|taille|pointure|talla|taglia|tamanho|maat|rozmiar|storlek"
    rf"|サイズ|사이즈|尺码)\s?:?\s?(?:is |in |an? )?{_SIZE}(?![\w'])"
)


def _size(words: BuyerWords, folded: str) -> dict[str, str]:
    if not _means(words, "size_exchange", folded) and not _NAMED.search(folded):
        return {}
    told: dict[str, str] = {}
    if _SMALL.search(folded) or _LARGE.search(folded):
        told["fit"] = "small" if _SMALL.search(folded) else "large"
    if wanted := _WANTED.search(folded) or _WANTED_EAST.search(folded):
        told["wanted_size"] = next(filter(None, wanted.groups())).upper()
    if named := _NAMED.search(folded):
        told["size"] = named[1].upper()
    return told


# ── names ────────────────────────────────────────────────────────────────────

_NAME = re.compile(r"[^\W\d_][\w.'’-]{1,20}(?: [^\W\d_][\w.'’-]{0,20}){0,2}")


def _sign_off(words: BuyerWords, newest: str) -> str | None:
    """The name under the closing words, or on a last line of its own after them."""
    lines = [line.strip() for line in newest.splitlines() if line.strip()]
    for place in range(max(0, len(lines) - 4), len(lines)):
        closing = next(
            (
                m
                for one in words.closing
                for m in one.finditer(fold(lines[place]))
                if m.start() == 0
            ),
            None,
        )
        if closing is None or place == 0:
            continue  # "Grüß Gott" begins a letter
        rest = lines[place][closing.end() :].strip(" ,.!-")
        name = rest or (lines[place + 1].strip(" ,.!-") if place + 1 < len(lines) else "")
        if _NAME.fullmatch(name) and name[0].isupper() and len(lines) > 1:
            return name
    return None
