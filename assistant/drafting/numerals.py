"""How numbers, amounts and percentages are written in the languages we read."""

from __future__ import annotations

import re
from decimal import Decimal

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
    """`三` 3, `二十` 20, `一百五` 150, `三千二百` 3200; None where it is no such number."""
    ten_thousands, many, rest = text.replace("萬", "万").partition("万")
    if many:
        high, low = _han_below(ten_thousands), _han_below(rest) if rest else 0
        return None if high is None or low is None else high * 10_000 + low
    return _han_below(text)


_HAN_UNITS = {"千": 1000, "百": 100, "十": 10}


def _han_below(text: str) -> int | None:
    """The same below ten thousand."""
    total, digit, unit = 0, None, 10
    for char in text:
        if char in HAN_DIGITS and digit is None:
            digit = HAN_DIGITS[char]
        elif char in _HAN_UNITS and (digit is not None or char == "十"):
            unit = _HAN_UNITS[char]
            total += (1 if digit is None else digit) * unit
            digit = None
        elif char not in HAN_DIGITS or digit not in (None, 0):
            return None
        else:
            digit = HAN_DIGITS[char]
    if digit is None:
        return total or None
    # 一百五 is 150, 一百零五 105.
    short = unit > 10 and total and "零" not in text and "〇" not in text
    return total + digit * (unit // 10 if short else 1)


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
    "يورو": frozenset({"EUR"}), "ยูโร": frozenset({"EUR"}), "avro\\w*": frozenset({"EUR"}),
    "us\\$": frozenset({"USD"}), "\\$": _DOLLARS, "dollars?": _DOLLARS,
    "dolar(?:es|i|y|ow)?": _DOLLARS, "do la(?: my)?": _DOLLARS,
    "bucks": _DOLLARS, "美元": frozenset({"USD"}), "美金": frozenset({"USD"}), "ドル": _DOLLARS,
    "달러": _DOLLARS, "доллар\\w*": _DOLLARS,
    "£": frozenset({"GBP"}), "pounds?": frozenset({"GBP"}), "quid": frozenset({"GBP"}),
    "pfund": frozenset({"GBP"}), "英镑": frozenset({"GBP"}), "ポンド": frozenset({"GBP"}),
    "¥": frozenset({"JPY", "CNY"}), "円": frozenset({"JPY"}), "圆": frozenset({"JPY", "CNY"}),
    "日元": frozenset({"JPY"}), "元": frozenset({"CNY", "TWD"}), "块": frozenset({"CNY"}),
    "rmb": frozenset({"CNY"}), "人民币": frozenset({"CNY"}), "₩": frozenset({"KRW"}),
    "원": frozenset({"KRW"}), "₹": frozenset({"INR"}), "rs\\.?": frozenset({"INR"}),
    "rupees?": frozenset({"INR"}), "r\\$": frozenset({"BRL"}), "reais": frozenset({"BRL"}),
    "real": frozenset({"BRL"}), "zl": frozenset({"PLN"}), "zlot\\w*": frozenset({"PLN"}),
    "kr": _KRONER, "kroner": _KRONER, "sfr": frozenset({"CHF"}),
    "franken": frozenset({"CHF"}), "₺": frozenset({"TRY"}), "tl": frozenset({"TRY"}),
    "lira\\w*": frozenset({"TRY"}), "₽": frozenset({"RUB"}), "руб\\w*": frozenset({"RUB"}),
    "฿": frozenset({"THB"}), "บาท": frozenset({"THB"}), "baht": frozenset({"THB"}),
    "₫": frozenset({"VND"}), "dong": frozenset({"VND"}), "đ": frozenset({"VND"}),
    "rp": frozenset({"IDR"}),
    "rupiah": frozenset({"IDR"}), "rm": frozenset({"MYR"}), "ringgit": frozenset({"MYR"}),
    "s\\$": frozenset({"SGD"}), "nt\\$": frozenset({"TWD"}), "hk\\$": frozenset({"HKD"}),
    "a\\$": frozenset({"AUD"}), "c\\$": frozenset({"CAD"}), "ريال(?:ا)?": frozenset({"SAR"}),
    "ر\\.س": frozenset({"SAR"}),
    "(?:ال)?درهم(?:ا)?": frozenset({"AED"}), "د\\.ا": frozenset({"AED"}),
    "دولار(?:ا)?": _DOLLARS, "kronor": _KRONER, "ดอลลาร์": _DOLLARS,
    "₪": frozenset({"ILS"}), "₴": frozenset({"UAH"}),
    "cents?": frozenset({"cent"}),
}  # fmt: skip
_SIGN = "|".join(sorted(_SIGNS, key=len, reverse=True))
_TIMES = {
    "ribu|rb|nghin|ngan|k|тыс(?:яч\\w*|\\.)?|tys(?:iac\\w*|\\.)|tysiec\\w*|bin|الف|الاف|พัน|千|천"
    "|tusen|tausend|thousand|mille|duizend": 1_000,
    "หมื่น|万|만": 10_000,
    "แสน": 100_000,
    "juta|jt|trieu|milyon|ล้าน": 1_000_000,
}
"""What multiplies a number before a currency: `350 ribu rupiah`, `1万円`."""
_MANY = "|".join(_TIMES)
AMOUNT_BEFORE = re.compile(
    rf"(?<![a-z])(?P<sign>{_SIGN})\s?(?P<n>{NUM})(?:\s?(?P<k>{_MANY})(?![a-z]))?"
)
AMOUNT_AFTER = re.compile(
    rf"(?<![a-z\d])(?<!\d[.,])(?P<n>{NUM}),?-?\s?(?:(?P<k>{_MANY})\s?)?(?P<sign>{_SIGN})(?![a-z])"
)
HAN_AMOUNT = re.compile(
    r"(?P<n>[一二两三四五六七八九十百千][〇零一二两三四五六七八九十百千万]{0,11})"
    rf"\s?(?P<sign>{_SIGN})"
)
DONG = re.compile(rf"(?<![a-z\d])(?<!\d[.,])(?P<n>{NUM})\s?(?:(?P<k>{_MANY})\s?)?(?P<sign>đ)(?!\w)")
"""On the text as written: folded, the sign of the dong is a plain d."""
PERCENT_WORDS = (
    "percent|per cent|prozent|pour ?cent|por ?ciento|per ?cento|por ?cento|procent|pct"
    "|パーセント|퍼센트|프로(?![가-힣])"
    "|процент\\w*|(?:ب|في )ال(?:مئه|مائه)|เปอร์เซ็นต์|phan tram|persen|proc"
)
PERCENT = re.compile(
    rf"(?<![a-z\d])(?<!\d[.,])(?P<n>{NUM})\s?(?:%|٪|{PERCENT_WORDS})|(?<!\w)(?:%|٪|yuzde\s|百分之)\s?(?P<m>{NUM})"
    r"|百分之(?P<h>[一二两三四五六七八九十]{1,4})"
)
TENTHS_OFF = re.compile(r"(?P<n>[1-9一二三四五六七八九](?:\.?\d)?)折")


def times(word: str | None) -> int:
    """By how much a word between number and currency multiplies."""
    if word is None:
        return 1
    return next(factor for words, factor in _TIMES.items() if re.fullmatch(words, word))


SIGN = _SIGN


def currencies(sign: str) -> frozenset[str]:
    """What a folded currency sign or word can stand for."""
    for pattern, codes in _SIGNS.items():
        if re.fullmatch(pattern, sign):
            return codes
    return frozenset()
