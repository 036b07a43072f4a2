"""The figures of a sentence in any language we read, made comparable across languages.

On top of `spans`: numbers in words and with their ending ("23rd", "3万"), weekdays as they are
declined, currencies by their name, codes, parts of the day.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from assistant.drafting.bilingual import UNSPACED, Tongue, tongue
from assistant.drafting.lexicon import stem
from assistant.drafting.numerals import NUM, currencies, decimal, han_number
from assistant.drafting.plain import fold, plain_letters
from assistant.drafting.spans import Span, SpanKind, spans

Kind = Literal[SpanKind, "code"]
_OWN_SCRIPT = frozenset({"ja", "ko", "zh", "th", "ar", "ru"})
"""Where an English month or unit can be nothing else."""
_NEAR = 14
"""Characters around a time in which its part of the day stands."""
_CODE = re.compile(
    r"(?<![a-z0-9@])(?=[a-z-]{0,11}\d|\d+-?[a-z])[a-z0-9]+(?:[-_/][a-z0-9]+)*(?![a-z0-9@])"
)
_CODE_DIGITS = 2
_CODE_CHARS = 4
_MONEY: dict[str, frozenset[str]] = {
    name: frozenset(codes.split())
    for names, codes in (
        ("欧|유로화|يورو|евро|ยูโร|ユーロ|evro|euron", "EUR"),
        ("卢布|ルーブル|루블|روبل|รูเบิล|rubl\\w*|rubel|rubles|rublos|rubli|ruble", "RUB"),
        ("泰铢|バーツ|바트|بات|бат\\w*|bath?t?s?", "THB"),
        ("韩元|韩币|ウォン|원화|วอน|вон\\w*|wons?", "KRW"),
        ("越南盾|ドン|동|dong|donga|донг\\w*", "VND"),
        ("印尼盾|ルピア|루피아|рупи\\w*", "IDR INR"),
        ("里拉|リラ|리라|ليره|ลีรา|лир\\w*|lir\\w*", "TRY"),
        ("兹罗提|ズウォティ|즈워티|злот\\w*", "PLN"),
        ("克朗|クローナ|크로나|كرونه|โครน\\w*|крон\\w*|kron\\w*|koron\\w*", "SEK NOK DKK CZK"),
        ("coron\\w*|couronnes?", "SEK NOK DKK CZK"),
        ("雷亚尔|レアル|헤알|реал\\w*", "BRL"),
        ("加元", "CAD"), ("澳元", "AUD"), ("港币|港元", "HKD"), ("台币|新台币", "TWD"),
        ("人民元|위안|يوان|หยวน|юан\\w*|yuans?|renminbi|nhan dan te|juan\\w*", "CNY"),
        ("日元|日圆|엔화|엔|ين|เยน|иен\\w*|йен\\w*|yens?|yenden|iene\\w*|jen\\w*", "JPY"),
        ("鎊|파운드|جنيه|ปอนด์|фунт\\w*|funt\\w*|libras?|sterline?|bang|pond|pund", "GBP EGP"),
        ("us-?dollars?|美金|ดอลลาร์|do la|dol[ao]r\\w*|dollari?|доллар\\w*", "USD CAD AUD NZD SGD"),
        ("d", "VND"), ("riy?als?", "SAR"), ("dirhams?", "AED"), ("rupees?", "INR"),
    )
    for name in names.split("|")
}  # fmt: skip
_MONEY_WORD = "|".join(sorted(_MONEY, key=len, reverse=True))
_TIMES = {
    "万": 10_000, "만": 10_000, "千": 1_000, "천": 1_000, "百": 100, "백": 100, "ribu": 1_000,
    "rb": 1_000, "juta": 1_000_000, "nghin": 1_000, "ngan": 1_000, "trieu": 1_000_000,
    "тыс": 1_000, "тысяч": 1_000, "tys": 1_000, "k": 1_000, "mil": 1_000, "mille": 1_000,
    "พัน": 1_000, "หมื่น": 10_000, "bin": 1_000, "thousand": 1_000, "tusen": 1_000,
}  # fmt: skip
_TIMES_WORD = "|".join(sorted(_TIMES, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?:(?<![a-zа-я])(?P<before>{_MONEY_WORD})\s?)?(?P<n>{NUM})"
    rf"(?:\s?(?P<times>{_TIMES_WORD})(?![a-zа-я])\.?)?(?:\s?(?P<sign>{_MONEY_WORD}|€|\$|円|元|원)(?![a-zа-я]))?"
)
_SIGN = re.compile(rf"\s?(?P<sign>{_MONEY_WORD})(?![a-zа-я])")
_RANGE = re.compile(
    rf"(?<![\d.,])(?P<n>{NUM})"
    r"(?:\s?(?:-|~|〜|to|or|bis|oder|a|al|o|y|e|à|ou|tot|of|do|lub|till|eller|до|или|ile|ila|veya|الي|او|ถึง"
    r"|den|hoac|sampai|hingga|atau|から|에서|至|到|或)\s?"
    rf"(?P<n2>{NUM}))?"
)
_CLOCK = re.compile(r"(?<!\d)[012]?\d[.:][0-5]\d(?!\d)")
_HAN = re.compile(
    r"(?P<n>[两二三四五六七八九十]{1,3}|[2-9](?=つ))"
    r"(?:つ|个|件|只|双|张|次|台|本|瓶|套|条|块|份|盒|箱|枚|足|点|回|杯|着|枝|颗|把|顶|部|款|位|周|名|袋|包|册|冊|個|種|种|双)"
)
_HAN_PERCENT = re.compile(r"百分之(?P<n>\d+|[一二三四五六七八九十]{1,3})")


@dataclass(frozen=True)
class Fact:
    """One figure. Two facts of two languages agree or don't (`assistant.drafting.translate`)."""

    kind: Kind
    text: str
    start: int
    numbers: frozenset[Decimal] = frozenset()
    """What it may stand for: "1.234" is two numbers."""
    units: frozenset[str] = frozenset()
    day: tuple[int | None, int, int] | None = None
    value: str = ""
    spelled: bool = False
    bare: bool = False
    """Nothing that might be a unit stands behind it."""
    late: bool = False
    """In the afternoon or evening, as a word near it says."""
    ambiguous: bool = False


@lru_cache(maxsize=4_096)
def facts(sentence: str, language: str) -> tuple[Fact, ...]:
    """Every figure of *sentence*, in the order of its words."""
    return tuple(sorted(_Reader(sentence, language).all(), key=lambda one: one.start))


class _Reader:
    """Takes kind after kind; what is taken is blanked."""

    def __init__(self, sentence: str, language: str) -> None:
        self.text = unicodedata.normalize("NFC", sentence)
        self.rest = self.text
        self.words: Tongue = tongue(language)
        own = stem(language)
        self.languages = (own, "en") if own in _OWN_SCRIPT else (own,)
        self.unspaced = own in UNSPACED
        self._goes_after = own not in ("ja", "ko", "zh")
        self._dong = own == "vi"

    def all(self) -> Iterator[Fact]:
        yield from self._special_units()
        yield from self._weekdays()
        yield from self._pairs()
        yield from self._han_percents()
        yield from self._spans()
        yield from self._codes()
        yield from self._digits()
        yield from self._spelled()

    def _take(self, start: int, end: int) -> str:
        self.rest = self.rest[:start] + " " * (end - start) + self.rest[end:]
        return self.text[start:end]

    def _near(self, start: int, end: int) -> bool:
        """Beside it and no other figure; where words stand close, only before it."""
        before = plain_letters(self.text[max(0, start - _NEAR) : start])
        after = plain_letters(self.text[end : end + _NEAR]) if self._goes_after else ""
        near = (re.split(r"\d", before)[-1], re.split(r"\d", after)[0])
        return any(self.words.late.search(one) for one in near)

    # before the spans: what they don't know of this language

    def _special_units(self) -> Iterator[Fact]:
        """`3 วันทำการ`: working days, where days alone would be read; `3 sampai 5 hari`."""
        special = [one for one in self.words.units if one[1] in self.words.file.units]
        for match in _RANGE.finditer(fold(self.rest)):
            first, last = decimal(match["n"]), decimal(match["n2"] or match["n"])
            clock = _CLOCK.search(match[0]) and match["n2"]
            units = self.words.units if match["n2"] and not clock else special
            yield from self._counted(match, last, first, units)
        for pattern, value in self.words.numbers if special else ():
            for match in pattern.finditer(plain_letters(self.rest)):
                yield from self._counted(match, Decimal(value), None, special)

    def _counted(
        self,
        match: re.Match[str],
        number: Decimal,
        first: Decimal | None,
        units: Iterable[tuple[re.Pattern[str], str]],
    ) -> Iterator[Fact]:
        for pattern, unit in units:
            if said := pattern.match(fold(self.rest), match.end()):
                text = self._take(match.start(), said.end())
                yield _lasting(text, match.start(), number, unit, first)
                return

    def _weekdays(self) -> Iterator[Fact]:
        for pattern, day in self.words.days:
            for plain in (fold(self.rest), plain_letters(self.rest)):
                for match in pattern.finditer(plain):
                    if self.rest[match.start() : match.end()].strip():
                        text = self._take(*match.span())
                        yield Fact("weekday", text, match.start(), frozenset({Decimal(day)}))

    def _pairs(self) -> Iterator[Fact]:
        for pattern, unit in self.words.pairs:
            for match in pattern.finditer(fold(self.rest)):
                text = self._take(*match.span())
                yield _lasting(text, match.start(), Decimal(2), unit)

    def _han_percents(self) -> Iterator[Fact]:
        for match in _HAN_PERCENT.finditer(fold(self.rest)):
            raw = match["n"]
            value = Decimal(raw) if raw.isdecimal() else Decimal(han_number(raw) or 0)
            text = self._take(*match.span())
            yield Fact("percent", text, match.start(), frozenset({value}))

    # spans

    def _spans(self) -> Iterator[Fact]:
        for span in spans(self.rest, self.languages):
            if span.kind == "number" or (span.kind == "weekday" and self._doubtful(span)):
                continue
            found = self._clocks(span) or [self._of_span(span)]
            if found[0] is not None:
                self._take(span.start, span.end)
            yield from (fact for fact in found if fact is not None)

    def _doubtful(self, span: Span) -> bool:
        """Three letters are a weekday beside a date, and else any word: `mer`, `ter`, `sat`."""
        after = self.text[span.end : span.end + 3]
        short = span.text.isascii() and len(span.text) <= 3
        return short and not re.match(r"\.|,? ?\d", after)

    def _of_span(self, span: Span) -> Fact | None:
        where = (span.text, span.start)
        match span.kind:
            case "date" if span.day is not None:
                # 21.00 is an hour, and read as such afterwards.
                hour = span.day[1] == 0 and "." in span.text[:-1]
                return (
                    None if hour else Fact("date", *where, day=span.day, ambiguous=span.ambiguous)
                )
            case "time":
                return Fact("time", *where, value=self._time(span))
            case "duration" if span.number is not None:
                return self._duration(span, span.number)
            case "amount" | "percent" | "weekday" if span.number is not None:
                return Fact(span.kind, *where, _values(span.text, span.number), span.units)
            case _:
                return Fact(span.kind, *where, value=_bare_code(span.value))

    def _clocks(self, span: Span) -> list[Fact | None]:
        """`9.00 tot 18.30 uur` are two times of day, not a length of time."""
        if span.kind != "duration" or "hour" not in span.units:
            return []
        return [
            Fact(
                "time", span.text, span.start + one.start(), value=one[0].replace(".", ":").zfill(5)
            )
            for one in _CLOCK.finditer(span.text)
        ]

    def _duration(self, span: Span, number: Decimal) -> Fact:
        (unit,) = span.units
        return _lasting(span.text, span.start, number, unit, Decimal(span.value), self._late(span))

    def _late(self, span: Span) -> bool:
        return self._near(span.start, span.end)

    def _time(self, span: Span) -> str:
        hour = int(span.value[:2])
        if hour < 12 and self._late(span):
            return f"{hour + 12:02d}{span.value[2:]}"
        return span.value

    # after them

    def _codes(self) -> Iterator[Fact]:
        for match in _CODE.finditer(fold(self.rest)):
            digits = sum(char.isdecimal() for char in match[0])
            if digits < _CODE_DIGITS or len(match[0]) < _CODE_CHARS:
                continue
            if not any("a" <= char <= "z" for char in match[0]) or _like_unit(match[0]):
                continue
            text = self._take(*match.span())
            yield Fact("code", text, match.start(), value=_bare_code(match[0]))

    def _digits(self) -> Iterator[Fact]:
        for match in _NUMBER.finditer(fold(self.rest)):
            value = decimal(match["n"]) * _TIMES.get(match["times"] or "", 1)
            sign = match["sign"] or match["before"] or ""
            money = _money(sign) if sign != "d" or self._dong else frozenset()
            text = self._take(*match.span())
            yield Fact(
                "amount" if money else "number",
                text,
                match.start(),
                _values(match["n"], value) if not match["times"] else frozenset({value}),
                money,
                value=re.sub(r"\D", "", match["n"]),
                bare=not re.match(r"\s?[^\W\d_]", self.text[match.end() :]),
                late=self._near(*match.span()),
            )

    def _spelled(self) -> Iterator[Fact]:
        for match in _HAN.finditer(fold(self.rest)) if self.unspaced else ():
            raw = match["n"]
            value = int(raw) if raw.isdecimal() else han_number(raw)
            if value is not None and value > 1:
                text = self._take(*match.span())
                yield Fact("number", text, match.start(), frozenset({Decimal(value)}), spelled=True)
        for pattern, value in self.words.numbers:
            for match in pattern.finditer(plain_letters(self.rest)):
                yield self._in_words(match, Decimal(value))

    def _in_words(self, match: re.Match[str], value: Decimal) -> Fact:
        after = fold(self.rest)
        for pattern, unit in self.words.units:
            if said := pattern.match(after, match.end()):
                text = self._take(match.start(), said.end())
                return _lasting(text, match.start(), value, unit, spelled=True)
        if (said := _SIGN.match(after, match.end())) and (said["sign"] != "d" or self._dong):
            text = self._take(match.start(), said.end())
            return Fact("amount", text, match.start(), frozenset({value}), _money(said["sign"]))
        text = self._take(*match.span())
        late = self._near(*match.span())
        return Fact("number", text, match.start(), frozenset({value}), spelled=True, late=late)


_DAYS = {"day": ("day", 1), "week": ("day", 7), "month": ("month", 1), "year": ("month", 12)}


def _lasting(
    text: str,
    start: int,
    number: Decimal,
    unit: str,
    first: Decimal | None = None,
    late: bool = False,
    *,
    spelled: bool = False,
) -> Fact:
    """A length of time: two weeks are fourteen days."""
    unit, times = _DAYS.get(unit, (unit, 1))
    low = number if first is None else first
    return Fact(
        "duration",
        text,
        start,
        frozenset({number * times, low * times}),
        frozenset({unit}),
        spelled=spelled or not any(char.isdecimal() for char in text),
        late=late,
    )


def _values(text: str, number: Decimal) -> frozenset[Decimal]:
    """ "1.234" is a thousand here and one and a bit there."""
    plain = re.fullmatch(r"\D*(\d{1,3})[.,](\d{3})\D*", text)
    return frozenset({number, Decimal(f"{plain[1]}.{plain[2]}")}) if plain else frozenset({number})


def _money(word: str) -> frozenset[str]:
    for pattern, codes in _MONEY.items():
        if word and re.fullmatch(pattern, word):
            return codes
    return currencies(word) if word else frozenset()


def _bare_code(value: str) -> str:
    return re.sub(r"[\s_/-]", "", value).casefold().rstrip("/.")


def _like_unit(text: str) -> bool:
    """`23rd`, `100ml`, `18h30`: a number with its ending."""
    return bool(re.fullmatch(r"\d+(?:st|nd|rd|th|er|eme|[a-z]{1,3})|\d{1,2}h\d\d|\d+x\d+", text))
