"""Words for Teams: inert, in the right direction, cut and split between whole characters.

Markdown is live in TextBlocks, facts and labels of choices, and the phone clients' parser makes a
link of `\\[bank\\](https://evil)` in spite of the backslashes (MarkDownBlockParser.cpp of
microsoft/AdaptiveCards, read 2026-11). So our cards put words into TextRuns alone, which have no
Markdown; `inert` takes from them what is live even there.
"""

from __future__ import annotations

import re
import unicodedata

GAP = "\u200b"
"""Has no width: parts what would be live in one piece."""
CUT = " …"

_GONE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202d\u202e\ufeff\ufffe\uffff]")
"""Controls, and marks that make text read backwards."""
_BREAKS = re.compile("\r\n|[\r\x85\u2028\u2029]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LIVE = (
    (re.compile(r"\{(?=\{)"), "{" + GAP),  # {{DATE(…)}}, {{TIME(…)}}
    (re.compile(r"\$(?=\{)"), "$" + GAP),  # ${…} of templates
    (re.compile(r"<(?=/?at\b)", re.IGNORECASE), "<" + GAP),  # <at>Olga</at>
)
_MARKED = (
    (re.compile(r"\](?=[(\[:])"), "]" + GAP),  # [text](address), [text][id], [id]: address
    (re.compile(r"<(?=[\w/!?])"), "<" + GAP),  # <https://…>, <b>
    (re.compile(r"&(?=[#\w])"), "&" + GAP),  # &lt;
    (re.compile(r"^(\s*)([#>|~`=]|[-+*](?=\s|[-+*_])|\d+[.)])", re.MULTILINE), r"\1" + GAP + r"\2"),
)
_ALIKE = str.maketrans({"*": "∗", "_": "ˍ", "`": "ˋ", "~": "∼", "\\": "＼"})
_ISOLATES = re.compile("[\u202a-\u202c\u2066-\u2069\u200e\u200f]")
_ZWJ = "\u200d"


def clean(text: str) -> str:
    """*text* without what no client shows: controls, halves of characters, backward marks."""
    text = _BREAKS.sub("\n", _SURROGATES.sub("\ufffd", text))
    return _GONE.sub("", text)


def inert(text: str) -> str:
    """*text* for a TextRun, a label or a title: no function, template or mention in it is live."""
    text = clean(text)
    for live, parted in _LIVE:
        text = live.sub(parted, text)
    return text


def flat(text: str) -> str:
    """*text* where Markdown may be live: the same to the eye, and nothing of it means anything."""
    text = inert(text)
    for live, parted in _MARKED:
        text = live.sub(parted, text)
    return text.translate(_ALIKE)


def line(text: str, limit: int) -> str:
    """*text* as one line of *limit* characters at most, its own directions closed in it."""
    text = " ".join(_ISOLATES.sub("", clean(text)).split())
    text = cut(text, limit)
    return f"\u2068{text}\u2069" if leans_right(text) else text


def leans_right(text: str) -> bool:
    """It is written from right to left: its first letter with a direction says so."""
    for one in text[:500]:
        direction = unicodedata.bidirectional(one)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def cut(text: str, limit: int) -> str:
    """At most *limit* characters of *text*, with a mark where something is left out."""
    if len(text) <= limit:
        return text
    at = ending(text, max(1, limit - len(CUT)))
    return text[:at].rstrip() + CUT


def parts(text: str, limit: int) -> list[str]:
    """*text* in pieces of *limit* characters at most, which together are the whole of it."""
    pieces = []
    while len(text) > limit:
        at = ending(text, limit)
        pieces.append(text[:at])
        text = text[at:]
    return [*pieces, text] if text else pieces


def ending(text: str, limit: int) -> int:
    """Where to end a piece of *limit* characters: after a line, a sentence, a word, a character."""
    if len(text) <= limit:
        return len(text)
    for pattern, least in (("\n", 0.5), (r"[.!?…。！？؟۔]+[\s]|[。！？]", 0.6), (r"\s", 0.7)):
        ends = [found.end() for found in re.finditer(pattern, text[:limit])]
        if ends and ends[-1] >= limit * least:
            return ends[-1]
    return _between(text, limit)


def _between(text: str, at: int) -> int:
    """The nearest place before *at* between two whole characters as people see them."""
    for back in range(min(at, 64)):
        if not _joined(text, at - back):
            return at - back
    return at


def _joined(text: str, at: int) -> bool:
    """What stands before and after *at* is one character to the eye."""
    before, after = text[at - 1], text[at]
    if before == "\r" and after == "\n":
        return True
    if before == _ZWJ or after == _ZWJ or unicodedata.category(after) in ("Mn", "Me", "Mc"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    return _jamo(before, after) or (_regional(before) and _regional(after) and _odd(text, at))


def _jamo(before: str, after: str) -> bool:
    return "\u1100" <= before <= "\u11ff" and "\u1160" <= after <= "\u11ff"


def _regional(one: str) -> bool:
    return "\U0001f1e6" <= one <= "\U0001f1ff"


def _odd(text: str, at: int) -> bool:
    """An odd number of flags' letters stands before *at*: the last one wants its second half."""
    start = at
    while start > 0 and _regional(text[start - 1]):
        start -= 1
    return (at - start) % 2 == 1
