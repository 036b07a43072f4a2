"""Text made comparable without moving a single character: every offset stays true.

`fold` maps one code point to one code point: small letters, no accents on Latin letters, ASCII
digits, full-width forms to their plain ones, traditional Chinese to simplified.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\ufeff\u00ad"
"""Characters that nobody sees: a way to hide words from a check."""
_UNSEEN = (
    rf"[{INVISIBLE}\u034f\u061c\u115f\u1160\u180e\u202a-\u202e\u2066-\u2069\u3164"
    "\ufe00-\ufe0f\uffa0\U000e0000-\U000e007f]"
)
"""The same with those that turn text around or fill it, which some scripts need between words."""
_SPLIT = r"[0-9A-Za-z\u00c0-\u024f\u0370-\u052f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
"""Letters and digits of scripts that have no use for such a character within a word."""
_LATIN_LIKE = (
    "[\u0410\u0412\u0415\u041a\u041c-\u041e\u0420-\u0422\u0425"
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u0501]"
)
"""Cyrillic letters that look like Latin ones."""
DISGUISED = re.compile(
    rf"(?<={_SPLIT}){_UNSEEN}+(?={_SPLIT})|(?<=[A-Za-z]){_LATIN_LIKE}|{_LATIN_LIKE}(?=[A-Za-z])"
    "|[\u202d\u202e]"
)
"""A word written so that it reads as usual, and no check finds it."""

_ALIKE = {
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "`": "'",
    "´": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "–": "-",
    "—": "-",
    "‐": "-",
    "‑": "-",
    "−": "-",
    "\u00a0": " ",
    "\u202f": " ",
    "\u2009": " ",
    "\u3000": " ",
    "\t": " ",
    "٫": ".",
    "٬": ",",
    "،": ",",
    "؛": ";",
    "؟": "?",
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ى": "ي",
    "ة": "ه",
    "ё": "е",
    "đ": "d",
    "ø": "o",
    "ł": "l",
    "ı": "i",
}
_ORNAMENTAL = re.compile("[\uff01-\uff5e\u24b6-\u24e9\U0001d400-\U0001d6a3\U0001d7ce-\U0001d7ff]")
"""Full-width, circled and mathematical letters: plain ones in another dress."""
_QUOTE_HEAD = re.compile(
    r"^\s*(?:-{2,}\s*(?:original|urspr|message|messaggio|mensaje|mensagem|oorspronk)"
    r"|(?:on|am|le|el|il|em|op)\s.{5,120}\s?(?:wrote|schrieb|écrit|escribió|scritto|escreveu|schreef)"
    r"\b.{0,60}:\s*$|_{10,}\s*$)",
    re.IGNORECASE,
)
_SENT_FROM = re.compile(
    r"^\s*(?:sent from my|sent from|get outlook|von meinem|gesendet mit|gesendet von|envoyé de"
    r"|enviado desde|enviado do|inviato da|verzonden vanaf|iphoneから送信)\b.{0,60}$",
    re.IGNORECASE,
)


@cache
def traditional() -> dict[str, str]:
    """Traditional Chinese characters and their simplified ones, where the two differ."""
    raw = files("assistant.drafting").joinpath("lexicon", "han.txt").read_text("utf-8")
    pairs = [pair for pair in raw.split() if len(pair) == 2]
    return {pair[0]: pair[1] for pair in pairs}


class _Folding(dict[int, str]):
    """A translation table that works out each code point once."""

    def __missing__(self, point: int) -> str:
        self[point] = folded = _folded(chr(point))
        return folded


def _folded(char: str) -> str:
    if "\ud800" <= char <= "\udfff" or char == "\0":
        return " "
    if char in _ALIKE:
        return _ALIKE[char]
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    if _ORNAMENTAL.match(char):
        return _folded(unicodedata.normalize("NFKC", char))
    if char in traditional():
        return traditional()[char]
    small = char.lower()
    small = small if len(small) == 1 else small[0]
    small = _ALIKE.get(small, small)
    base = unicodedata.normalize("NFD", small)[0]
    return base if "a" <= base <= "z" else small


_table = _Folding()
_LETTERS_ALIKE = frozenset("đøłı")


class _Lowering(dict[int, str]):
    """As `_Folding`, but letters keep their accents."""

    def __missing__(self, point: int) -> str:
        self[point] = lowered = _lowered(chr(point))
        return lowered


def _lowered(char: str) -> str:
    small = char.lower()
    accented = len(small) == 1 and unicodedata.normalize("NFD", small)[0] != small
    latin = accented and "a" <= unicodedata.normalize("NFD", small)[0] <= "z"
    return small if latin or small in _LETTERS_ALIKE else _folded(char)


_lowering = _Lowering()


def plain_letters(text: str) -> str:
    """*text* folded, but with its accents; of the same length."""
    return text.translate(_lowering)


def fold(text: str) -> str:
    """*text* as patterns see it; `len(fold(text)) == len(text)` always."""
    return text.translate(_table)


def clean(text: str) -> str:
    """*text* without NUL and lone surrogates, which no language id and no file takes."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def own_words(text: str) -> str:
    """What the buyer wrote now: without quoted mail, without “sent from my phone”."""
    kept: list[str] = []
    for line in clean(text).splitlines():
        if _QUOTE_HEAD.match(line):
            break
        if not line.lstrip().startswith(">") and not _SENT_FROM.match(line):
            kept.append(line)
    return "\n".join(kept).strip()


def visible(text: str) -> str:
    """*text* without the characters that nobody sees."""
    return text.translate({ord(char): None for char in INVISIBLE})


def plain_digits(text: str) -> str:
    """*text* with ASCII digits and plain signs, its letters as written."""
    return "".join(_plain(char) for char in text)


def _plain(char: str) -> str:
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    return chr(ord(char) - 0xFEE0) if "\uff01" <= char <= "\uff5e" else char
