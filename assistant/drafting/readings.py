"""What a text says when it is decoded, turned around or stripped of its disguise."""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from assistant.drafting.plain import visible

_CODED = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,6}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[\s:]?){12,}")
_BITS = re.compile(r"(?:[01]{8}[\s,]*){6,}")
_POINTS = re.compile(r"(?:\b\d{2,6}\b[\s,;]+){7,}\d{2,6}\b")
_ESCAPED = re.compile(r"\\[uU]\{?([0-9a-fA-F]{4,6})\}?|\\x([0-9a-fA-F]{2})|\bU\+([0-9a-fA-F]{4,6})")
_TAGS = re.compile("[\U000e0020-\U000e007e]+")
_BETWEEN = r"[\s.\-–·•*|/,_~+:]"
_MARK = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
SPACED = re.compile(
    rf"(?<!\w)(?:[^\W\uac00-\ud7af][{_MARK}]*{_BETWEEN}{{1,3}}[{_MARK}]*){{4,}}\w(?!\w)"
    rf"|(?<!\w)(?:[\uac00-\ud7af]{_BETWEEN}{{1,3}}){{7,}}\w(?!\w)"
    r"|(?<!\w)(?:[\uac00-\ud7af][.\-·•*|/_~+]){3,}\w(?!\w)"
)
"""Single letters with something between them."""
_LEET = str.maketrans("4310573@$!", "aeiosteasi")
_LOOKS = str.maketrans(
    "асеорхуіјѕԁһкмтвнАСЕОРХУІЈЅКМТВНоναικτρυηΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
    "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢɑɡɩ",
    "aceopxyijsdhkmtbhACEOPXYIJSKMTBHovaiktpunABEZHIKMNOPTYX"
    "abcdefghijklmnoprtuvwyzagi",
)  # fmt: skip


def readings(text: str) -> Iterator[tuple[str, str]]:
    """Every other text that *text* may be meant to be read as, with the part it was made of.

    An empty part: the whole was read otherwise.
    """
    seen = visible(text)
    if seen != text:
        yield seen, ""
    plain = "".join(
        char for char in unicodedata.normalize("NFKD", seen) if not "\u0334" <= char <= "\u0338"
    )
    for turned in (
        codecs.encode(seen, "rot13"),
        seen[::-1],
        re.sub(r"\S+", lambda word: word[0][::-1], seen),
        plain.translate(_LOOKS),
        plain.translate(_LEET),
        _joined(seen),
        unquote(html.unescape(_unescaped(seen))),
    ):
        if turned != seen:
            yield turned, ""
    yield from _decoded(seen)


def _joined(text: str) -> str:
    """Letters that stand apart put together; a wider gap parts words."""
    return SPACED.sub(lambda run: _run(run[0]), text)


def _run(spaced: str) -> str:
    """`h e l l o   y o u`: where letters have one sign between them, words have more."""
    wide = re.sub(r"(?:\s{2,}|(?<=\S)[-.*|/,_~+:]{2,})", "\0", spaced)
    return re.sub(_BETWEEN, "", wide).replace("\0", " ")


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda one: _char(next(group for group in one.groups() if group)), text)


def _char(point: str) -> str:
    value = int(point, 16)
    return chr(value) if value < 0x110000 and not 0xD800 <= value < 0xE000 else " "


def _decoded(text: str) -> Iterator[tuple[str, str]]:
    for match in _CODED.finditer(text):
        for decode in (_base64, _base32):
            if decoded := decode(match[0]):
                yield decoded, match[0]
    for pattern, read in _RUNS:
        for match in pattern.finditer(text):
            if decoded := read(match[0]):
                yield decoded, match[0]
    hidden = "".join(chr(ord(char) - 0xE0000) for run in _TAGS.findall(text) for char in run)
    if hidden:
        yield hidden, ""


def _base64(raw: str) -> str | None:
    bare = raw.rstrip("=")
    try:
        padded = bare + "=" * (-len(bare) % 4)
        return _text(base64.b64decode(padded, altchars=b"-_" if set("-_") & set(raw) else None))
    except (binascii.Error, ValueError):
        return None


def _base32(raw: str) -> str | None:
    bare = raw.rstrip("=").upper()
    try:
        return _text(base64.b32decode(bare + "=" * (-len(bare) % 8)))
    except (binascii.Error, ValueError):
        return None


def _hex(raw: str) -> str | None:
    bare = re.sub(r"[\s:]", "", raw)
    return _text(bytes.fromhex(bare[: len(bare) // 2 * 2]))


def _bits(raw: str) -> str | None:
    bare = re.sub(r"[\s,]", "", raw)
    return _text(bytes(int(bare[at : at + 8], 2) for at in range(0, len(bare) - 7, 8)))


def _points(raw: str) -> str | None:
    return "".join(_char(f"{int(one):x}") for one in re.findall(r"\d+", raw))


_RUNS: tuple[tuple[re.Pattern[str], Callable[[str], str | None]], ...] = (
    (_HEX, _hex),
    (_BITS, _bits),
    (_POINTS, _points),
)


def _text(raw: bytes) -> str | None:
    try:
        decoded = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return decoded if decoded.isprintable() or "\n" in decoded else None
