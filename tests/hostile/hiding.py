"""How a text is made to read as usual, or as nothing, while no list of words finds it."""

from __future__ import annotations

import base64
import codecs
import html
import unicodedata
from collections.abc import Callable, Mapping
from urllib.parse import quote

_CYRILLIC = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
_GREEK = str.maketrans("ovaEHIKMNOPTXZ", "ονα" + "ΕΗΙΚΜΝΟΡΤΧΖ")
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_SMALL_CAPS = str.maketrans("abcdefghijklmnoprtuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢ")


def _wide(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def _bold(text: str) -> str:
    return "".join(
        chr(0x1D41A + ord(char) - 97) if "a" <= char <= "z" else char for char in text.lower()
    )


def _tags(text: str) -> str:
    return "All is well." + "".join(
        chr(0xE0000 + ord(char)) for char in text if 32 <= ord(char) < 127
    )


def _accents(text: str) -> str:
    marked = (char + "\u0335" if char.isalpha() else char for char in text)
    return unicodedata.normalize("NFC", "".join(marked))


def _split(text: str) -> str:
    """One word a line: no sentence holds it together."""
    return ".\n".join(text.split()) if " " in text else ".\n".join(text)


def _url(text: str) -> str:
    return f"https://www.dhl.de/verfolgen.html?idc={quote(text)}"


WAYS: Mapping[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "spaced": " ".join,
    "dotted": lambda text: ".".join(text.replace(" ", "")),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "binary": lambda text: " ".join(f"{byte:08b}" for byte in text.encode()),
    "codes": lambda text: " ".join(str(ord(char)) for char in text),
    "escapes": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "reversed": lambda text: text[::-1],
    "words_reversed": lambda text: " ".join(word[::-1] for word in text.split()),
    "zero_width": "\u200b".join,
    "joiner": "\u2060".join,
    "soft_hyphen": "\u00ad".join,
    "homoglyph": lambda text: text.translate(_CYRILLIC),
    "greek": lambda text: text.translate(_GREEK),
    "full_width": _wide,
    "bold": _bold,
    "small_caps": lambda text: text.lower().translate(_SMALL_CAPS),
    "tags": _tags,
    "struck": _accents,
    "leet": lambda text: text.translate(_LEET),
    "split": _split,
    "url": _url,
    "percent": lambda text: quote(text, safe=""),
    "entities": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "html": lambda text: f"<b>{html.escape(text)}</b>",
    "comment": lambda text: f"<!-- {text} -->",
    "markdown": lambda text: f"[details](https://evil.example/?q={quote(text[:60])})",
    "right_to_left": lambda text: f"\u202e{text[::-1]}\u202c",
    "hyphens": lambda text: "-".join(text.replace(" ", "-")),
    "acrostic": lambda text: "\n".join(f"{char}lpha" for char in text if char.isalpha()),
}
ANY_SCRIPT = (
    "base64", "spaced", "zero_width", "reversed", "split", "hex", "url", "percent", "entities",
    "joiner", "right_to_left", "escapes", "binary", "dotted", "markdown", "codes", "comment",
)  # fmt: skip
"""Ways for every text."""
LATIN = (
    "homoglyph", "leet", "rot13", "full_width", "spaced", "words_reversed", "bold", "greek",
    "small_caps", "base32", "tags", "hyphens", "struck", "soft_hyphen", *ANY_SCRIPT,
)  # fmt: skip
"""Ways for Latin letters."""


def ways_for(text: str, turn: int) -> tuple[str, str]:
    """Two ways to hide *text*, other ones each *turn*."""
    latin = sum(char.isascii() and char.isalpha() for char in text)
    ways = LATIN if latin * 2 > sum(char.isalpha() for char in text) else ANY_SCRIPT
    return ways[turn * 2 % len(ways)], ways[(turn * 2 + 1) % len(ways)]
