"""The checkable things in a text: amounts, percentages, dates, times, durations, numbers, links …

`spans(text, languages)` finds each once, in the order of the text. Offsets count code points. What
means the same compares equal: "34,90 €" and "€34.90", "23. November" and "23/11", "drei Tage" and
"3 days".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from assistant.drafting.hours import hours
from assistant.drafting.measures import patterns_of
from assistant.drafting.numerals import (
    AMOUNT_AFTER,
    AMOUNT_BEFORE,
    DONG,
    HAN_AMOUNT,
    HAN_DIGITS,
    NUM,
    PERCENT,
    TENTHS_OFF,
    currencies,
    decimal,
    han_number,
    times,
)
from assistant.drafting.plain import fold
from assistant.parcels import checked, numbers

SpanKind = Literal[
    "link",
    "email",
    "tracking",
    "amount",
    "percent",
    "date",
    "weekday",
    "time",
    "duration",
    "phone",
    "number",
]


@dataclass(frozen=True)
class Span:
    """One thing found. What of the last four holds depends on `kind`."""

    kind: SpanKind
    start: int
    end: int
    text: str
    """As written."""
    value: str = ""
    """A link, address, number or time in its plain form."""
    number: Decimal | None = None
    units: frozenset[str] = frozenset()
    """The currencies a sign can stand for, or the unit of a duration."""
    day: tuple[int | None, int, int] | None = None
    """Year (where said), month, day."""
    ambiguous: bool = False
    """A numeric date that two readers read differently."""


# ── the finder ───────────────────────────────────────────────────────────────

_TLD = (
    "com|net|org|de|eu|uk|fr|es|it|nl|be|at|ch|pl|se|dk|no|fi|pt|br|"
    "mx|cn|jp|kr|tw|hk|sg|my|th|vn|id|in|ru|tr|sa|ae|au|nz|ca|us|io|"
    "co|me|shop|store|app|info|biz|online|site|top|xyz|ly|gl|gg|to|link|"
    "page|dev|ai|tv|cc|ie|cz|hu|ro|gr"
)
_URL = r"[^\s<>\"')\]\u0080-\uffff]"
"""A sign of an address; scripts without spaces go on right behind one."""
_LINK = re.compile(
    rf"(?:https?|ftp|hxxps?)://{_URL}+"
    rf"|mailto:{_URL}+"
    rf"|(?<![\w@.-])www\.{_URL}+"
    rf"|(?<![\w@.-])(?:[a-z0-9-]+(?:\.|\[\.\]| ?\(dot\) ?))+(?:{_TLD})(?![\w-])(?:/{_URL}*)?"
    rf"|(?<![\w@.-])\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?::\d+)?/{_URL}*"
)
_EMAIL = re.compile(
    r"(?<![a-z0-9._%+-])[a-z0-9][a-z0-9._%+-]*(?:@|\s?\(at\)\s?|\s?\[at\]\s?)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}"
)
_ISO = re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)")
_DOTTED = re.compile(
    r"(?<![\d.])(?P<a>\d{1,2})(?P<sep>[./-])(?P<b>\d{1,2})(?:(?P=sep)(?P<y>(?:19|20|25)?\d\d)|\.(?=\s|$|,|\)))(?!\d)"
)
_SLASHED = re.compile(r"(?<![\d/.])(?P<a>\d{1,2})/(?P<b>\d{1,2})(?![\d/])")
_CJK_DATE = re.compile(
    r"(?:(?P<y>(?:19|20)\d\d)\s?[年년]\s?)?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日号號일]?"
)
_CJK_DAY = re.compile(
    r"(?<![\d月월])(?P<d>\d{1,2})\s?(?:日|号|일)(?!間|间|内|以|동안|후|이내|[数後后遅迟経ほ째]|前(?!日)|も(?!あ)|\s(?:전|늦|지연|뒤))"
)
_CJK_WEEKDAY = re.compile(
    r"(?:周|星期|礼拜|週)(?P<z>[一二三四五六日天])"
    r"|(?P<j>[月火水木金土日])曜|[(（](?P<p>[月火水木金土日])[)）]"
    r"|(?P<k>[월화수목금토일])요일|[(（](?P<q>[월화수목금토일])[)）]"
)
_CJK_ORDER = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6} | {
    char: index for index, char in enumerate("月火水木金土")
} | {char: index for index, char in enumerate("월화수목금토일")}  # fmt: skip
_PHONE = re.compile(
    r"(?<![a-z\d./-])(?<!\d,)(?:\+|00|\(?0)[\d](?:[\s()./-]{0,2}\d){6,14}(?![a-z\d-])"
)
_NUMBER = re.compile(rf"(?<![a-z\d/-])(?<![a-z\d][.])(?<!\d,)#?(?P<n>{NUM})(?![a-z\d/])")
_TRAILING = ".,;:!?)]}'\"»，。；：！？）」』"


class _Finder:
    """Finds kind after kind; what is found is blanked, so that nothing is found twice."""

    def __init__(self, text: str, languages: tuple[str, ...]) -> None:
        self.text = text
        self.rest = fold(text)
        self.words = patterns_of(languages)
        self.found: list[Span] = []

    def take(
        self,
        kind: SpanKind,
        start: int,
        end: int,
        *,
        value: str = "",
        number: Decimal | None = None,
        units: frozenset[str] = frozenset(),
        day: tuple[int | None, int, int] | None = None,
        ambiguous: bool = False,
    ) -> None:
        text = self.text[start:end]
        self.found.append(Span(kind, start, end, text, value, number, units, day, ambiguous))
        self.rest = self.rest[:start] + "\0" * (end - start) + self.rest[end:]

    def each(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Matches in what is left; safe while spans are taken."""
        return iter(list(pattern.finditer(self.rest)))

    # addresses

    def addresses(self) -> None:
        for match in self.each(_EMAIL) if re.search(r"@|[(\[]at", self.rest) else ():
            plain = re.sub(r"\s?[(\[]at[)\]]\s?", "@", match[0])
            self.take("email", match.start(), match.end(), value=plain)
        for match in self.each(_LINK):
            raw = self.text[match.start() : match.end()]
            end = match.end() - (len(raw) - len(raw.rstrip(_TRAILING)))
            self.take("link", match.start(), end, value=self.text[match.start() : end])

    def tracking(self) -> None:
        for match in self.each(numbers()):
            number = checked(match[0])
            if number:
                self.take("tracking", match.start(), match.end(), value=number)

    # money

    def percents(self) -> None:
        for match in self.each(PERCENT):
            raw = match["n"] or match["m"]
            value = decimal(raw) if raw else Decimal(han_number(match["h"]) or 0)
            self.take("percent", match.start(), match.end(), number=value)
        for match in self.each(TENTHS_OFF):
            raw = match["n"]
            tenths = HAN_DIGITS.get(raw) or decimal(raw[0])
            self.take(
                "percent", match.start(), match.end(), number=Decimal(100) - Decimal(tenths) * 10
            )

    def amounts(self) -> None:
        for pattern in (AMOUNT_AFTER, AMOUNT_BEFORE):
            for match in self.each(pattern):
                # "kr" and "元" before a number, or "30 in" in prose, are told apart by the space.
                units = currencies(match["sign"])
                if units and "\0" not in match[0]:
                    self._sum(match, decimal(match["n"]) * times(match["k"]), units)
        for match in list(DONG.finditer(self.text)) if "đ" in self.text else ():
            if "\0" not in self.rest[match.start() : match.end()]:
                self._sum(match, decimal(match["n"]) * times(match["k"]), currencies("đ"))

    def spelled(self) -> None:
        """`三十元`."""
        for match in self.each(HAN_AMOUNT):
            value = han_number(match["n"])
            if value is not None and value > 1:
                self._sum(match, Decimal(value), currencies(match["sign"]))

    def _sum(self, match: re.Match[str], value: Decimal, units: frozenset[str]) -> None:
        self.take("amount", match.start(), match.end(), number=value, units=units)

    def spoken(self) -> None:
        if self.words.spoken is None:
            return
        for match in self.each(self.words.spoken):
            value = self._count(match["n"] or match["t"], match.start())
            if value is None:
                continue
            if match["p"] or match["t"]:
                self.take("percent", match.start(), match.end(), number=value)
            else:
                self._sum(match, value, currencies(match["sign"]))

    # time

    def dates(self) -> None:
        for match in self.each(_ISO):
            self._date(match, match["y"], match["m"], match["d"])
        for match in self.each(_CJK_DATE):
            self._date(match, match["y"], match["m"], match["d"])
        for match in self.each(self.words.dates):
            month = self.words.months[match["m1"] or match["m2"]]
            self._date(match, match["y1"] or match["y2"], month, match["d1"] or match["d2"])
        for match in self.each(_DOTTED):
            self._numeric(match, match["y"], slash=match["sep"] in "/-")
        for match in self.each(_CJK_DAY):
            self._date(match, None, 0, match["d"])

    def _date(
        self,
        match: re.Match[str],
        year: str | None,
        month: str | int,
        day: str | int,
        *,
        ambiguous: bool = False,
    ) -> None:
        whole = None if year is None else self._year(int(year))
        when = (whole, int(month), int(day))
        if possible(when):
            self.take("date", match.start(), match.end(), day=when, ambiguous=ambiguous)

    def _year(self, said: int) -> int:
        """2026 for 26, for 2569 and, in Thailand, for 69."""
        if self.words.buddhist and 40 < said < 100:
            said += 2500
        return said + 2000 if said < 100 else said - 543 if said > 2400 else said

    def _numeric(self, match: re.Match[str], year: str | None, *, slash: bool) -> None:
        first, second = int(match["a"]), int(match["b"])
        day, month = (second, first) if second > 12 else (first, second)
        # 3.4. is read day first wherever dots are used; 3/4 is not.
        unclear = slash and first != second and first <= 12 and second <= 12
        self._date(match, year, month, day, ambiguous=unclear)

    def slashed(self) -> None:
        for match in self.each(_SLASHED):
            if int(match["a"]) > 3 or int(match["b"]) > 4:
                self._numeric(match, None, slash=True)

    def weekdays(self) -> None:
        for match in self.each(_CJK_WEEKDAY):
            char = next(group for group in match.groups() if group)
            self.take("weekday", match.start(), match.end(), number=Decimal(_CJK_ORDER[char]))
        if self.words.weekday:
            for match in self.each(self.words.weekday):
                index = Decimal(self.words.weekdays[match["name"]])
                self.take("weekday", match.start(), match.end(), number=index)

    def times(self) -> None:
        for start, end, value in list(hours(self.rest)):
            if "\0" not in self.rest[start:end]:
                self.take("time", start, end, value=value)

    def durations(self) -> None:
        for match in self.each(self.words.length) if self.words.length else ():
            count, unit = self.words.lengths[match["said"]]
            self._length(match, unit, Decimal(count), Decimal(count))
        for match in self.each(self.words.duration):
            unit = next(
                name[2:] for name, said in match.groupdict().items()
                if said and name.startswith("u_")
            )  # fmt: skip
            first = self._count(match["n"], match.start())
            last = self._count(match["n2"], match.start("n2")) if match["n2"] else first
            if first is not None and last is not None:
                self._length(match, unit, first, last)

    def _length(self, match: re.Match[str], unit: str, first: Decimal, last: Decimal) -> None:
        if "\0" not in match[0]:
            self.take(
                "duration", match.start(), match.end(), number=last, units=frozenset({unit}),
                value=str(first),
            )  # fmt: skip

    def _count(self, raw: str, start: int) -> Decimal | None:
        if raw[0].isascii() and raw[0].isdigit():
            return decimal(raw)
        if raw in self.words.numbers:
            value = self.words.number(raw, self.text[start : start + len(raw)])
        else:
            value = han_number(raw)
        return None if value is None else Decimal(value)

    # what is left

    def phones(self) -> None:
        for match in self.each(_PHONE):
            value = re.sub(r"[^\d+]", "", match[0])
            if 8 <= len(value.lstrip("+")) <= 15:
                self.take("phone", match.start(), match.end(), value=value)

    def numbers(self) -> None:
        for match in self.each(_NUMBER):
            self.take(
                "number", match.start(), match.end(), number=decimal(match["n"]), value=match["n"]
            )


def addresses(text: str) -> tuple[Span, ...]:
    """Only the e-mail addresses and phone numbers of *text*."""
    finder = _Finder(text, ("en",))
    finder.addresses()
    finder.phones()
    return tuple(span for span in finder.found if span.kind in ("email", "phone"))


def possible(day: tuple[int | None, int, int]) -> bool:
    """Is there such a day? Month 0 stands for any month."""
    year, month, number = day
    try:
        date(year or 2024, month or 1, number)
    except ValueError:
        return False
    return True


def spans(text: str, languages: Sequence[str] = ("en",)) -> tuple[Span, ...]:
    """Everything checkable in *text*; *languages*: whose month names, units and numbers to read."""
    finder = _Finder(text, tuple(languages))
    for step in (
        finder.addresses,
        finder.tracking,
        finder.percents,
        finder.dates,
        finder.amounts,
        finder.spelled,
        finder.spoken,
        finder.times,
        finder.weekdays,
        finder.durations,
        finder.slashed,
        finder.phones,
        finder.numbers,
    ):
        step()
    return tuple(sorted(finder.found, key=lambda span: span.start))
