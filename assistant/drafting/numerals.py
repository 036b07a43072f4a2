"""How numbers, amounts, days and lengths of time are written in the languages we read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import get_day_names, get_month_names

from assistant.drafting.lexicon import buyer_words, stem, written
from assistant.drafting.plain import fold

# ── numbers ──────────────────────────────────────────────────────────────────

NUM = r"\d{1,3}(?:[.,' \u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)|\d+"


def decimal(text: str) -> Decimal:
    """The value of a number in any style: `1.234,50`, `1,234.50`, `1 234,5`."""
    bare = re.sub(r"['\s]", "", text)
    last = max(bare.rfind("."), bare.rfind(","))
    if last < 0:
        return Decimal(bare)
    whole, rest = re.sub(r"[.,]", "", bare[:last]), bare[last + 1 :]
    thousands = len(rest) == 3 and (bare.count(bare[last]) > 1 or len(whole) <= 3) and whole != "0"
    return Decimal(whole + rest) if thousands else Decimal(f"{whole or '0'}.{rest or '0'}")


HAN_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {
    "两": 2,
    "零": 0,
}


def han_number(text: str) -> int | None:
    """`三` 3, `十五` 15, `二十` 20; None where it is no number up to 99."""
    if len(text) == 1 and text in HAN_DIGITS:
        return HAN_DIGITS[text]
    tens, ten, ones = text.partition("十")
    if not ten or len(tens) > 1 or len(ones) > 1:
        return None
    return HAN_DIGITS.get(tens, 1) * 10 + HAN_DIGITS.get(ones, 0)


# ── currencies ───────────────────────────────────────────────────────────────

_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD"})
_KRONER = frozenset({"SEK", "NOK", "DKK", "CZK"})
_CODES = (
    "usd",
    "eur",
    "gbp",
    "jpy",
    "cny",
    "krw",
    "inr",
    "brl",
    "pln",
    "sek",
    "nok",
    "dkk",
    "chf",
    "czk",
    "huf",
    "ron",
    "try",
    "rub",
    "thb",
    "vnd",
    "idr",
    "myr",
    "sgd",
    "php",
    "aed",
    "sar",
    "mxn",
    "cad",
    "aud",
    "nzd",
    "twd",
    "hkd",
    "zar",
    "ils",
    "uah",
    "bgn",
    "clp",
    "cop",
    "ars",
    "pen",
)
_SIGNS: dict[str, frozenset[str]] = {
    **{code: frozenset({code.upper()}) for code in _CODES},
    "€": frozenset({"EUR"}), "eur[oi]?s?": frozenset({"EUR"}), "欧元": frozenset({"EUR"}),
    "ユーロ": frozenset({"EUR"}), "유로": frozenset({"EUR"}), "евро": frozenset({"EUR"}),
    "يورو": frozenset({"EUR"}), "ยูโร": frozenset({"EUR"}), "avro": frozenset({"EUR"}),
    "us\\$": frozenset({"USD"}), "\\$": _DOLLARS, "dollars?": _DOLLARS, "dolar(?:es|i)?": _DOLLARS,
    "bucks": _DOLLARS, "美元": frozenset({"USD"}), "美金": frozenset({"USD"}), "ドル": _DOLLARS,
    "달러": _DOLLARS, "доллар\\w*": _DOLLARS, "دولار": _DOLLARS,
    "£": frozenset({"GBP"}), "pounds?": frozenset({"GBP"}), "quid": frozenset({"GBP"}),
    "pfund": frozenset({"GBP"}), "英镑": frozenset({"GBP"}), "ポンド": frozenset({"GBP"}),
    "¥": frozenset({"JPY", "CNY"}), "円": frozenset({"JPY"}), "圆": frozenset({"JPY", "CNY"}),
    "日元": frozenset({"JPY"}), "元": frozenset({"CNY", "TWD"}), "块": frozenset({"CNY"}),
    "rmb": frozenset({"CNY"}), "人民币": frozenset({"CNY"}), "₩": frozenset({"KRW"}),
    "원": frozenset({"KRW"}), "₹": frozenset({"INR"}), "rs\\.?": frozenset({"INR"}),
    "rupees?": frozenset({"INR"}), "r\\$": frozenset({"BRL"}), "reais": frozenset({"BRL"}),
    "real": frozenset({"BRL"}), "zl": frozenset({"PLN"}), "zlot\\w*": frozenset({"PLN"}),
    "kr": _KRONER, "kronor": _KRONER, "kroner": _KRONER, "sfr": frozenset({"CHF"}),
    "franken": frozenset({"CHF"}), "₺": frozenset({"TRY"}), "tl": frozenset({"TRY"}),
    "lira": frozenset({"TRY"}), "₽": frozenset({"RUB"}), "руб\\w*": frozenset({"RUB"}),
    "฿": frozenset({"THB"}), "บาท": frozenset({"THB"}), "baht": frozenset({"THB"}),
    "₫": frozenset({"VND"}), "vnd": frozenset({"VND"}), "rp": frozenset({"IDR"}),
    "rupiah": frozenset({"IDR"}), "rm": frozenset({"MYR"}), "ringgit": frozenset({"MYR"}),
    "s\\$": frozenset({"SGD"}), "nt\\$": frozenset({"TWD"}), "hk\\$": frozenset({"HKD"}),
    "a\\$": frozenset({"AUD"}), "c\\$": frozenset({"CAD"}), "ريال": frozenset({"SAR"}),
    "درهم": frozenset({"AED"}), "₪": frozenset({"ILS"}), "₴": frozenset({"UAH"}),
    "cents?": frozenset({"cent"}),
}  # fmt: skip
_SIGN = "|".join(sorted(_SIGNS, key=len, reverse=True))
AMOUNT_BEFORE = re.compile(rf"(?<![a-z])(?P<sign>{_SIGN})\s?(?P<n>{NUM})")
AMOUNT_AFTER = re.compile(rf"(?<![a-z\d.,])(?P<n>{NUM}),?-?\s?(?P<sign>{_SIGN})(?![a-z])")
_PERCENT_WORDS = (
    "percent|per cent|prozent|pour ?cent|por ?ciento|per ?cento|por ?cento|procent|pct"
    "|パーセント|퍼센트|프로"
    "|процент\\w*|yuzde|بالمئه|بالمائه|เปอร์เซ็นต์|phan tram|persen|proc"
)
PERCENT = re.compile(rf"(?<![a-z\d.,])(?P<n>{NUM})\s?(?:%|٪|{_PERCENT_WORDS})|%\s?(?P<m>{NUM})")
TENTHS_OFF = re.compile(r"(?P<n>[1-9一二三四五六七八九](?:\.?\d)?)折")


def currencies(sign: str) -> frozenset[str]:
    """What a folded currency sign or word can stand for."""
    for pattern, codes in _SIGNS.items():
        if re.fullmatch(pattern, sign):
            return codes
    return frozenset()


# ── words of the languages ───────────────────────────────────────────────────


_ORDINARY = frozenset({"ter"})
"""Short for a day, and a word of every day: Portuguese *ter* is *to have*."""


@cache
def _months(language: str) -> dict[str, int]:
    return _names(language, "month")


@cache
def _weekdays(language: str) -> dict[str, int]:
    return _names(language, "day")


def _names(language: str, what: str) -> dict[str, int]:
    """Names of months (from 1) or weekdays (Monday 0), folded, from Babel's data."""
    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return {}
    found: dict[str, int] = {}
    for width in ("wide", "abbreviated"):
        for context in ("format", "stand-alone"):
            get = get_month_names if what == "month" else get_day_names
            for index, name in get(width, context, locale).items():
                found.setdefault(fold(name).strip("."), int(index))
                # Portuguese says "terça" for "terça-feira".
                found.setdefault(fold(name).split("-feira")[0].strip("."), int(index))
    # Bare "2月" and "周二" have patterns of their own.
    return {
        name: index
        for name, index in found.items()
        if len(name) > 2 and not name[0].isdigit() and name not in _ORDINARY
    }


@dataclass(frozen=True)
class _Words:
    """The patterns of a set of languages."""

    months: dict[str, int]
    weekdays: dict[str, int]
    numbers: dict[str, int]
    units: dict[str, str]
    dates: re.Pattern[str]
    weekday: re.Pattern[str] | None
    duration: re.Pattern[str]
    spoken: re.Pattern[str] | None


def _alternatives(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_PART_OF_DAY = r"(?:s|abends?|morgens?|vormittags?|nachmittags?|mittags?|nachts?)?"


def _weekday_pattern(weekdays: dict[str, int]) -> re.Pattern[str] | None:
    """`Tuesday`, `Tuesdays`, `Dienstagabend`."""
    if not weekdays:
        return None
    names = _alternatives(list(weekdays))
    return re.compile(rf"(?<!\w)(?P<name>{names}){_PART_OF_DAY}(?!\w)")


@cache
def patterns_of(languages: tuple[str, ...]) -> _Words:
    months: dict[str, int] = {}
    weekdays: dict[str, int] = {}
    numbers: dict[str, int] = {}
    units: dict[str, str] = {}
    for language in languages:
        months |= {**_months(language), **months}
        weekdays |= {**_weekdays(language), **weekdays}
        if stem(language) in written(""):
            file = buyer_words(stem(language)).file
            numbers |= {**{fold(word): value for word, value in file.numbers.items()}, **numbers}
            for unit, words in file.units.items():
                units[unit] = "|".join(filter(None, (units.get(unit), fold(words))))
    month = _alternatives(list(months)) or "(?!)"
    day = r"(?<!\d)(?P<{0}>\d{{1,2}})(?!\d)(?:st|nd|rd|th|er|o|º|\.)?,?"
    year = r"(?:,?\s(?:de\s|del\s)?(?P<{0}>(?:19|20)\d\d)(?!\d))?"
    of = r"\s?(?:of|de|del|di|do|du)?\s?"
    dates = re.compile(
        rf"{day.format('d1')}{of}(?P<m1>{month})(?![a-z])\.?{year.format('y1')}"
        rf"|(?<![a-z])(?P<m2>{month})\.?\s(?:the\s)?{day.format('d2')}{year.format('y2')}"
    )
    spelled = _alternatives(list(numbers)) or "(?!)"
    number = rf"{NUM}|[〇一二两三四五六七八九十]{{1,3}}|(?<![a-z])(?:{spelled})(?![a-z])"
    unit = "|".join(f"(?P<u_{name}>{words})" for name, words in units.items()) or "(?!)"
    duration = re.compile(
        rf"(?<![a-z\d.,])(?P<n>{number})(?:\s?(?:-|to|bis|a|à|〜|~|至"
        rf"|到)\s?(?P<n2>{number}))?[\s-]?(?:{unit})(?![a-z])"
    )
    spoken_number = _alternatives([word for word, value in numbers.items() if value > 1])
    spoken = (
        re.compile(
            rf"(?<![a-z])(?P<n>{spoken_number})[\s-](?:(?P<p>{_PERCENT_WORDS})"
            rf"|(?P<sign>{_SIGN}))(?![a-z])"
        )
        if spoken_number
        else None
    )
    weekday = _weekday_pattern(weekdays)
    return _Words(months, weekdays, numbers, units, dates, weekday, duration, spoken)
