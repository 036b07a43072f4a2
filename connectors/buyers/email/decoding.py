"""Bytes to words: the charsets that mail programs name, misname, and do not name at all."""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header
from functools import lru_cache

from charset_normalizer import from_bytes

GUESSED_FROM = 20_000
"""Bytes that a guess looks at."""
SHORT = 40
"""Of fewer bytes no guess is any good."""

# fmt: off
_WIDER: Mapping[str, str] = {
    # What is labelled with the narrow one holds characters of the wide one as often as not.
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "chinese": "gb18030",
    "csgb2312": "gb18030", "hz": "hz", "x-euc-cn": "gb18030",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext", "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext", "cp50221": "iso2022_jp_ext", "cp50222": "iso2022_jp_ext",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949",
    "big5": "cp950", "x-big5": "cp950",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "iso_8859-1": "cp1252",
    "us-ascii": "ascii", "ansi_x3.4-1968": "ascii",
    "iso-8859-9": "cp1254", "tis-620": "cp874", "iso-8859-11": "cp874", "windows-874": "cp874",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8",
    "unicode-1-1-utf-7": "utf-7", "x-unicode-2-0-utf-7": "utf-7",
    "utf8": "utf-8", "utf-8mb4": "utf-8", "unicode-1-1-utf-8": "utf-8",
    "macintosh": "mac-roman", "x-mac-roman": "mac-roman", "x-mac-cyrillic": "mac-cyrillic",
}
# fmt: on
_UNNAMED = frozenset({"", "unknown", "unknown-8bit", "x-unknown", "default", "binary", "8bit"})
_ESCAPE = b"\x1b$"
"""Begins double-byte characters in ISO-2022."""


def decoded(content: bytes, charset: str | None = None) -> str:
    """*content* as its sender meant it, whatever its label says; what can't be read shows as �."""
    label = _codec(charset or "")
    for codec in dict.fromkeys((label, *_by_its_looks(content))):
        if codec and (text := _strictly(content, codec)) is not None:
            return text
    # A right label with a few broken bytes is a better start than any guess.
    text = content.decode(label, "replace") if label not in ("", "ascii") else ""
    return text if text.count("\ufffd") * 20 < len(text) else _guessed(content)


def _strictly(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _by_its_looks(content: bytes) -> tuple[str, ...]:
    """What may be tried at once: few other texts are well-formed UTF-8 or hold such escapes."""
    if _ESCAPE in content:
        return ("iso2022_jp_ext", "iso2022_kr", "utf-8")
    return ("utf-8",)


def _guessed(content: bytes) -> str:
    """A guess needs something to go by; a few odd bytes among ASCII are Western letters."""
    odd = sum(byte > 0x7F for byte in content[:GUESSED_FROM])
    if odd * 5 < len(content[:GUESSED_FROM]) or len(content) < SHORT:
        return content.decode("cp1252", "replace")
    best = from_bytes(content[:GUESSED_FROM]).best()
    codec = best.encoding if best else "cp1252"
    return content.decode(_WIDER.get(codec.replace("_", "-"), codec), "replace")


@lru_cache(maxsize=500)
def _codec(charset: str) -> str:
    """Python's name for it; empty where nobody knows it."""
    name = charset.strip().strip("\"'").lower().split("*")[0]
    if name in _UNNAMED:
        return ""
    name = _WIDER.get(name, name)
    try:
        return codecs.lookup(name).name if "\0".encode(name) else ""
    except (LookupError, UnicodeError, ValueError, TypeError):
        return ""


# ── headers ──────────────────────────────────────────────────────────────────

_FOLD = re.compile(r"\r?\n")
_JOINED = re.compile(r"(\?=)(=\?)")


def words(raw: str, hint: str | None = None) -> str:
    """A header's text: RFC 2047 words decoded, and the raw bytes that some send instead.

    *hint* is the charset of the letter, in which such bytes are written as a rule.

    Words of one charset that follow each other are joined before they are decoded: many programs
    cut a character in two.
    """
    line = _FOLD.sub("", raw)
    if not line.isascii():
        line = decoded(line.encode("utf-8", "surrogateescape"), hint)
    if "=?" not in line:
        return line.strip()
    try:
        chunks = decode_header(_JOINED.sub(r"\1 \2", line))
    except (HeaderParseError, binascii.Error, ValueError):
        return line.strip()
    return "".join(
        chunk if isinstance(chunk, str) else decoded(chunk, charset) for chunk, charset in chunks
    ).strip()
