"""Numbers that name something: orders, parcels, articles. All else with digits is left alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from assistant.drafting.lexicon import buyer_words, written
from assistant.drafting.plain import fold, plain_digits
from assistant.drafting.spans import Span
from assistant.model import Mention

_MARKETPLACES = re.compile(
    r"(?<![\w-])(?:"
    r"(?:\d{3}|[dps]\d{2})-\d{7}-\d{7}"  # Amazon
    r"|\d{2}-\d{5}-\d{5}"  # eBay
    r"|2\d{5}[0-9a-z]*[a-z][0-9a-z]*(?<=[0-9a-z]{14})"  # Shopee: the date, then 8 signs
    r"|2000\d{3}-\d{8}"  # Walmart
    r")(?![\w-])"
)
_TOKEN = re.compile(r"#?\s?(?<![a-z\d])[a-z\d]+(?:(?:[-_]|\.(?=\d))[a-z\d]+)*")
_FILLER = (
    "numbers?|no|nr|num|numero|nummer|number|nrs|nos|id|ids|ref|reference|referenz|referencia|"
    "riferimento|code|codigo|codice|is|was|are|lautet|lauten|ist|war|waren|est|es|era|e|the|my|of|"
    "with|mit|von|vom|der|die|das|den|meine[rnm]?|mein|la|el|le|il|les|los|las|lo|de|del|della|do|"
    "da|du|des|n|mi|mon|ma|mio|mia|meu|minha|numer|numeru|номер|номера|под|number:|numara(?:si)?|"
    "nolu|nomor|so|ma|ma so|รหัส|หมายเลข|เลขที่|คือ|رقم|رقمه|هو|番号|番|は|が|の|번호|는|은|이|가|"
    "号|号码|编号|是|为|unter|under|has|hat|mijn|het|van|moje|moj|mitt|min|art|namely|voici|aqui|"
    "qui|ecco|hier|here|again|nochmal|and|und|et|y|och|en|i|и|saya|aku|"
    "cua toi|cua minh|cua em|ของฉัน|ของผม|ของเรา"
)
_GAP = re.compile(rf"(?:[\s:#.,()=\-\"'№°º\[\]<>*|/;!?、。،]|(?<![a-z])(?:{_FILLER})(?![a-z]))*")
_AND = re.compile(
    r"[\s,;/&+、和と및]*(?:and|und|et|y|e|och|en|oraz|i|ve|va|dan|и|و|または|或)?[\s#]*"
)
_MINE = re.compile(r"[\s#]*(?:saya|aku|kami|cua (?:toi|minh|em)|ของ(?:ฉัน|ผม|เรา))?[\s#]*")
"""“Mine”, in languages that say it after the parcel."""
_RIGHT = re.compile(r"[\s\"'»）)]*(?:番|号|번|numarali|nolu|no'?lu|raqamli)?[\s]*(?:の|的)?[\s]*")
_NUMBERED = re.compile(
    r"(?<![a-z])(?:nummer|number|numero|nr|no|номер)[\s:.]*$|(?:番号|编号|号码|번호)[\s:は는은]*$"
)
"""“Number 58813”, with nothing said of what: an order, as buyers see it."""
_SHAPED = re.compile(r"(?<![A-Za-z\d-])[A-Z][A-Z\d]+(?:-[A-Z\d]+)+(?![A-Za-z\d-])")
"""`TK-INES-GRN`: what shops call an article; so are `USB-C` and many an order written."""
_MEASURED = re.compile(r"\d+(?:[.,]\d+)?[a-z]{1,4}|\d+x\d+.*")
"""`500ml`, `12th`, `30x40`: no article's number."""
_TAKEN = frozenset({"amount", "percent", "date", "time", "duration", "email", "link", "tracking"})


def _endless(span: Span) -> bool:
    """“Order 10045, day 12” in Vietnamese: nobody waits for 10045 days."""
    return span.kind == "duration" and (span.number or 0) > 999


class Refs(NamedTuple):
    orders: tuple[str, ...]
    tracking: tuple[str, ...]
    phones: tuple[str, ...]
    articles: tuple[Mention, ...] = ()


class _Token(NamedTuple):
    start: int
    end: int
    marked: bool
    """Written with a `#`."""


@cache
def _labels() -> re.Pattern[str]:
    """Words that say what a number is, in every language at once."""
    words: dict[str, list[str]] = {}
    for language in written(""):
        for kind, source in buyer_words(language).file.labels.items():
            words.setdefault(kind, []).append(fold(source).replace(" ", r"\s?"))
    groups = "|".join(f"(?P<{kind}>{'|'.join(sources)})" for kind, sources in words.items())
    # 型号TK-INES: only a Latin word may not go on in a Latin letter.
    return re.compile(rf"(?<![a-z])(?:{groups})(?:(?<![a-z])|(?![a-z]))")


def refs(text: str, found: Collection[Span], known: Collection[str] = ()) -> Refs:
    """The order, tracking and phone numbers of *text*, whose spans are *found*.

    *known* are order numbers of the shop: they count wherever they stand.
    """
    folded = fold(text)
    ours = {fold(ref).strip("# ") for ref in known}
    reader = _Reader(folded, found, ours)
    kinds = dict(reader.kinds())

    def of(kind: str) -> tuple[str, ...]:
        named = (token for token, what in kinds.items() if what == kind)
        return tuple(dict.fromkeys(_written(text, token) for token in named))

    written = [token for token in kinds if kinds[token] not in ("", "phone")]
    phones = tuple(
        span.value
        for span in found
        if span.kind == "phone"
        and not any(token.start < span.end and span.start < token.end for token in written)
    )
    shaped = [span.value for span in found if span.kind == "tracking"]
    tracking = (re.sub(r"[ -]", "", number).upper() for number in of("tracking"))
    return Refs(
        of("order"),
        tuple(dict.fromkeys((*shaped, *tracking))),
        (*phones, *of("phone")),
        tuple(_articles(text, reader, kinds)),
    )


def _articles(text: str, reader: _Reader, kinds: Mapping[_Token, str]) -> Iterator[Mention]:
    """Those that a word says so of, then what only looks like one."""
    others = [token for token, kind in kinds.items() if kind not in ("", "article")]
    shaped = [_Token(*match.span(), False) for match in _SHAPED.finditer(text)]
    shaped = [one for one in shaped if not any(_meet(one, other) for other in others)]
    for token, kind in kinds.items():
        if kind == "article" and not any(_meet(token, one) for one in shaped):
            yield Mention(kind="article", text=_written(text, token))
    for one in shaped:
        labelled = reader.names(one) == "article"
        yield Mention(kind="article", text=_written(text, one), labelled=labelled)


def _meet(one: _Token, other: _Token) -> bool:
    return one.start < other.end and other.start < one.end


def _written(text: str, token: _Token) -> str:
    return plain_digits(text[token.start : token.end]).strip("# \n")


class _Reader:
    def __init__(self, folded: str, found: Collection[Span], known: Collection[str]) -> None:
        self.folded = folded
        self.known = known
        self.taken = [span for span in found if span.kind in _TAKEN and not _endless(span)]
        self.phones = {span.start: span.end for span in found if span.kind == "phone"}
        self.labels = [
            (match.start(), match.end(), str(match.lastgroup))
            for match in _labels().finditer(folded)
        ]

    def kinds(self) -> Iterator[tuple[_Token, str]]:
        before: tuple[_Token, str] | None = None
        for token in self._tokens():
            kind = self._kind(token, before)
            before = (token, kind)
            yield token, kind

    def _tokens(self) -> Iterator[_Token]:
        for match in _TOKEN.finditer(self.folded):
            raw = match[0].rstrip("-_/. ")
            start = match.start() + len(raw) - len(raw.lstrip("# "))
            end = match.start() + len(raw)
            if any(char.isdigit() for char in raw) and not self._in_other(start, end):
                yield _Token(start, end, "#" in raw)

    def _in_other(self, start: int, end: int) -> bool:
        shaped = _MARKETPLACES.fullmatch(self.folded, start, end)
        return not shaped and any(span.start < end and start < span.end for span in self.taken)

    def _kind(self, token: _Token, before: tuple[_Token, str] | None) -> str:
        raw = self.folded[token.start : token.end]
        if raw in self.known or _MARKETPLACES.fullmatch(raw):
            return "order"
        label, explicit = self._label(token)
        if (
            not label
            and _NUMBERED.search(self.folded, max(0, token.start - 20), token.start)
            and token.end - token.start > 4
        ):
            return "order"
        if not label and before and _AND.fullmatch(self.folded, before[0].end, token.start):
            label = before[1]
        if not label:
            label = "order" if token.marked else "phone" if token.start in self.phones else ""
        return self._as_labelled(label, token, explicit=explicit or token.marked)

    def _as_labelled(self, label: str, token: _Token, *, explicit: bool) -> str:
        """*label*, where the number can be such a one."""
        raw = self.folded[token.start : token.end]
        match label:
            case "order":
                return label if _order_like(raw, explicit=explicit) else ""
            case "article":
                return label if _article_like(raw) else ""
            case "tracking":
                if raw.isdigit() and 5 <= len(raw) <= 7 and self._right_after_parcel(token):
                    return "order"  # “my parcel 10023”: no carrier has numbers so short
                return label if sum(map(str.isdigit, raw)) >= 8 else ""
            case _:
                return label

    def names(self, token: _Token) -> str:
        """What the word before it says that it is."""
        return self._label(token)[0]

    def _right_after_parcel(self, token: _Token) -> bool:
        """Nothing stands between: a comma may begin a postcode, an “of” an amount."""
        ends = [end for _, end, kind in self.labels if kind == "tracking" and end <= token.start]
        return any(_MINE.fullmatch(self.folded, end, token.start) for end in ends[-1:])

    def _label(self, token: _Token) -> tuple[str, bool]:
        """The word that says what this number is, and whether it says “number” too."""
        left = [label for label in self.labels if label[1] <= token.start]
        for start, end, kind in reversed(left[-3:]):
            gap = self.folded[end : token.start]
            if len(gap) <= 40 and _GAP.fullmatch(gap):
                said = self.folded[start : token.start]
                return kind, bool(re.search(r"n[ru°º]|no\b|id\b|#|号|番|번호|номер|رقم", said))
        for start, _end, kind in self.labels:
            if start >= token.end:
                gap = self.folded[token.end : start]
                return (kind, True) if kind == "order" and _RIGHT.fullmatch(gap) else ("", False)
        return "", False


def _order_like(raw: str, *, explicit: bool) -> bool:
    """Long enough for an order number, and no year."""
    digits = sum(map(str.isdigit, raw))
    if raw.isdigit():
        year = len(raw) == 4 and raw[:2] in ("19", "20")
        return 3 + (not explicit) <= digits <= 22 and (explicit or not year)
    return digits >= 2 and len(raw) <= 32 and (explicit or digits >= 3)


def _article_like(raw: str) -> bool:
    """Long enough for an article's number; no year, no measure."""
    if raw.isdigit():
        year = len(raw) == 4 and raw[:2] in ("19", "20")
        return 4 <= len(raw) <= 14 and not year
    return 4 <= len(raw) <= 32 and not _MEASURED.fullmatch(raw)


def alone(text: str) -> str | None:
    """The number that is all a message says: an answer to “what is your order number?”."""
    bare = fold(text).strip(" \n\t.,;:!#()[]'\"")
    plain = plain_digits(text).strip(" \n\t.,;:!#()[]'\"")
    if re.fullmatch(r"[a-z]{0,5}[-_]?\d{4,12}", bare) and not re.fullmatch(r"(19|20)\d\d", bare):
        return plain
    return None
