"""Shapes in which words hide from every list of words: a text that has one can't be judged.

A person may write an odd code, a machine has no business to: what it can't say plainly is held.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from assistant.drafting.plain import DISGUISED, INVISIBLE, fold
from assistant.drafting.readings import SPACED
from assistant.drafting.subject import Subject
from assistant.model import Finding
from assistant.words import say

Place = tuple[int, int]
_WORD = re.compile(r"[^\W\d_]+")
_ALPHABETS = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
"""Scripts whose letters pass for one another's."""
_ODD_LETTERS = re.compile(
    "[\u0250-\u02af\u1d00-\u1dbf\ua720-\ua7ff\U0001d400-\U0001d7ff\u24b6-\u24e9\u249c-\u24b5"
    "\U0001f110-\U0001f189\u0334-\u0338\u2800-\u28ff]"
    "|(?:[\U0001f1e6-\U0001f1ff]\\s*){5,}|(?<!\U0001f3f4)[\U000e0020-\U000e007e]{2,}"
)
"""Phonetic, small, mathematical, circled, squared, struck, raised-dot and unseen letters."""
_WIDE_LETTERS = re.compile("[\uff21-\uff3a\uff41-\uff5a]{2,}")
_ESCAPES = re.compile(
    r"(?:\\[ux]\{?[0-9a-fA-F]{2,6}\}?|&#x?[0-9a-fA-F]{1,6};|(?:%[0-9A-Fa-f]{2}){2,}"
    r"|\bU\+[0-9A-F]{4,6}\b)"
)
_MARKUP = re.compile(
    r"<[/!]?[a-zA-Z!][^>\n]*>|<!--|-->|!?\[[^\]\n]*\]\([^)\n]*\)|\[[^\]\n]*\]\[[^\]\n]*\]"
    r"|```|\"\w+\"\s*:\s*[\[{\"\d]"
)
_LINES = re.compile(
    r"(?:(?:^|(?<=\n))[^\S\n]*\S{1,24}[^\S\n]*\n){4,}\S"
    r"|(?:(?:^|\n)[^\S\n]*\S{1,24}[.。][^\S\n]*(?=\n)){3,}"
)
_STOPS = re.compile(r"(?:(?<!\S)[^\W\d_]+[.!?。]\s+){4,}\S")
"""One word a line, one word a sentence."""
_AHEAD = re.compile(r"(?:^|(?<=[\s。]))(?:[。、！？]+(?=\w)|[.,!?;]+(?=[^\W\d_]))")
"""A sentence that begins with its full stop: written from its end."""
_TURNED_THAI = re.compile(
    "(?:^|[\\s\u0e30\u0e32\u0e33\u0e40-\u0e45])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]"
)
"""A mark that stands on no letter that can bear one."""
_LAST_BIG = re.compile(r"(?<!\w)[^\W\d_A-Z]{2,}[A-Z](?!\w)")
_MIXED = re.compile(r"(?<![\w-])(?=[a-z0-9]*[a-z]\d+[a-z])[a-z0-9]{4,}(?![\w-])")
"""Digits in the middle of a word."""
_ACCOUNT = re.compile(r"(?<![\w.-])[a-z]{2}[a-z._-]*\d{2,}(?![\w-])")
"""A word that ends in a number: how accounts are called."""
_UNSEEN = re.compile("[\u200b\u2060-\u2063\ufeff\u00ad]")
_CODE = re.compile(r"(?<![\w/.=-])[A-Za-z0-9+/_=-]{14,}(?![\w/.-])")


def disguised(subject: Subject) -> Iterator[Finding]:
    """What reads otherwise than it is written."""
    text = subject.text
    unseen = say("There are invisible characters here. Remove them.")
    for match in re.finditer(f"[{INVISIBLE}]{{2,}}", text):
        yield subject.finding("warn", "leak.invisible", match.span(), unseen)
    word = DISGUISED.search(text)
    if word and not "\u0400" <= word[0] <= "\u052f":
        yield subject.finding("block", "leak.disguised", word.span(), unseen)
    found = _mixed_alphabets(text) or next(
        (one.span() for one in _ODD_LETTERS.finditer(text)), None
    )
    if found:
        message = say("Letters of two alphabets stand in one word here. Type it anew.")
        yield subject.finding("block", "leak.disguised", found, message)
    if not subject.by_agent:
        yield from _by_machine(subject)


@lru_cache(maxsize=2_048)
def _alphabet(char: str) -> str:
    return unicodedata.name(char, "").split(" ")[0]


def _mixed_alphabets(text: str) -> Place | None:
    """A word with letters of two alphabets that look alike."""
    if text.isascii():
        return None
    for match in _WORD.finditer(text):
        if not match[0].isascii() and len({_alphabet(one) for one in match[0]} & _ALPHABETS) > 1:
            return match.span()
    return None


# ── only a machine ───────────────────────────────────────────────────────────


def _by_machine(subject: Subject) -> Iterator[Finding]:
    message = say("This is a code, or spelled so that nobody can check it. Say it plainly.")
    for place in _shapes(subject):
        yield subject.finding("block", "leak.disguised", place, message, lead_may_override=False)
        return


def _shapes(subject: Subject) -> Iterator[Place]:
    text = subject.text
    for pattern in (_ESCAPES, _MARKUP, _LINES, _STOPS, _AHEAD, _TURNED_THAI):
        yield from (match.span() for match in pattern.finditer(text))
    yield from (one.span() for one in SPACED.finditer(text) if _spelled(one[0]))
    if subject.language.split("-")[0] not in ("ja", "zh", "ko"):
        yield from (match.span() for match in _WIDE_LETTERS.finditer(text))
    unseen = [match.span() for match in _UNSEEN.finditer(text)]
    if len(unseen) * 4 > sum(char.isalpha() for char in text) * ("th" in subject.language):
        yield from unseen
    yield from _codes(subject)


def _spelled(run: str) -> bool:
    letters = sum(char.isalpha() for char in run)
    return letters >= 3 or (letters == 0 and sum(char.isdigit() for char in run) >= 7)


def _codes(subject: Subject) -> Iterator[Place]:
    """Words that are none, as far as nobody we know wrote them as they are."""
    rest = subject.without("link", "email", "tracking", "amount", "date", "time", "duration")
    known = _known(subject)
    for pattern in (_MIXED, _ACCOUNT):
        for match in pattern.finditer(fold(rest)):
            if match[0] not in known:
                yield match.span()
    for match in _CODE.finditer(rest):
        if _odd(match[0]) and fold(match[0]) not in known:
            yield match.span()
    for match in _LAST_BIG.finditer(rest):
        if fold(match[0]) not in known:
            yield match.span()


def _odd(token: str) -> bool:
    """Capitals within, or letters and digits in turn: no word of a language."""
    inner = re.search(r"[a-z][A-Z]|[A-Z]{2}[a-z]", token) is not None
    digits = re.search(r"[A-Za-z]\d+[A-Za-z]", token) is not None
    return inner or digits or token.endswith("=") or (token.isupper() and len(token) > 20)


def _known(subject: Subject) -> frozenset[str]:
    """Codes of the shop's own: numbers of articles, orders, parcels; words of its titles."""
    orders = subject.brief.situation.facts.orders
    told = [f"{order.ref} {item.sku} {item.title}" for order in orders for item in order.items]
    told += [parcel.number or "" for order in orders for parcel in order.fulfilments]
    told += [f"{stock.sku} {stock.title}" for stock in subject.brief.situation.facts.stock]
    told += subject.brief.understanding.order_refs
    return frozenset(word for one in told for word in fold(one).split())
