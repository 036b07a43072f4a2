"""What a buyer wrote now, apart from what their mail program put under it.

One walk over the lines, each of which is looked at in time that is linear in its length. The
libraries for this were tried: `mail-parser-reply` takes 40 s for one hostile line of 20,000
characters, and takes a list with hyphens for a signature; `quotequail` knows no Chinese, Japanese,
Korean, Italian or Polish.
"""

from __future__ import annotations

import re

from connectors.buyers.email.phrases import (
    BEGINS,
    FROM,
    SENT,
    SENT_FROM,
    SENT_WITH,
    SEPARATORS,
    VERBS,
    WROTE,
)

LONGEST = 1_000
"""Characters of a line that is looked at: programs write no longer ones."""

_FROM_SET, _SENT_SET = frozenset(FROM), frozenset(SENT)
_DASHED = re.compile(r"[-_=*— ]{3,}([^-_=*—].{0,60}?)[-_=*— :：]{3,}")
_JUST_LINE = re.compile(r"[_—]{20,}|-{30,}")
_HEAD = re.compile(r"[*\s]*([^:：]{1,24}?)\s?[*]*\s?[:：][*]*\s*(.*)")
_AROUND = " \t*\xa0\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
_HAS_DATE = re.compile(r"\d{1,4}[./年-]\s?\d{1,2}|\d{1,2}[:.h]\d{2}|\b(19|20)\d\d\b")
_DEVICE = re.compile(
    r"iphone|ipad|android|samsung|galaxy|huawei|xiaomi|redmi|honor|oppo|vivo|pixel|phone|mobil"
    r"|handy|móvil|celular|telefon|téléphone|телефон|手机|手機|スマ|outlook|yahoo|gmail|gmx|web\.de|mail"
    r"|blackberry|windows|tablet|邮箱|郵箱|휴대폰|갤럭시"
)
_NAMED = re.compile(r"[<＜(]\s?[^<>＜＞()@\s]{1,64}@[^<>＜＞()\s]{1,255}[>＞)]\s?[:：]$")


def signed_off(text: str) -> str:
    """*text* without its signature, where it holds nothing quoted."""
    return _without_signature(text.split("\n")) or text.strip()


def own_words(text: str) -> str:
    """*text* without quoted mail and signature; all of it where nothing would be left.

    Answers between quoted lines mean nothing without them: such a text stays as it is.
    """
    lines = text.split("\n")
    end = next((n for n in range(len(lines)) if _history_begins(lines, n)), len(lines))
    kept = _without_quoted(lines[:end], lines[end:])
    if kept is None:
        return text.strip()
    said = _without_signature(kept)
    return said or text.strip()


def _without_quoted(above: list[str], below: list[str]) -> list[str] | None:
    """What is no quotation, above it or below; None where both are mixed."""
    quoted = [n for n, line in enumerate(above) if line.startswith(">")]
    if quoted:
        # Quoted without a word about whose they are.
        first, last = quoted[0], quoted[-1]
        before, after = above[:first], above[last + 1 :]
        inside = [line for line in above[first:last] if line.strip() and not line.startswith(">")]
        if inside or (_said(before) and _said(after)):
            return None
        return before if _said(before) else after
    under = _after_quotation(below)
    if under is None or not _said(above):
        return under
    return None if _said(_cut_signature(under)) else above


def _after_quotation(below: list[str]) -> list[str] | None:
    """What stands under a quotation whose every line is marked; nothing where none is marked.

    None where words and marked lines take turns.
    """
    marked = [n for n, line in enumerate(below) if line.startswith(">")]
    if not marked or marked[0] > 4:
        return []
    between = below[marked[0] : marked[-1]]
    if any(line.strip() and not line.startswith(">") for line in between):
        return None
    return below[marked[-1] + 1 :]


def _said(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)


def _history_begins(lines: list[str], n: int) -> bool:
    line = lines[n].strip(_AROUND)
    if not line or len(line) > LONGEST:
        return False
    return _is_attribution(lines, n, line) or _is_separator(lines, n, line) or _is_head(lines, n)


def _is_attribution(lines: list[str], n: int, line: str) -> bool:
    """“On …, Anna wrote:”, which may go over two or three lines."""
    if _attributes(line):
        return True
    if not line.casefold().startswith(BEGINS) or not _HAS_DATE.search(line):
        return False
    joined = line
    for following in lines[n + 1 : n + 3]:
        joined += f" {following.strip()[:LONGEST]}"
        if _attributes(joined):
            return True
    return False


def _attributes(line: str) -> bool:
    """A date, and then: who wrote, a verb for it, or both, and a colon."""
    if not (line.endswith((":", "：")) and (_HAS_DATE.search(line) or "@" in line)):
        return False
    folded = line.casefold()
    if folded.endswith(WROTE) or any(f" {verb} " in folded for verb in VERBS):
        return True
    return bool(_NAMED.search(line) and _HAS_DATE.search(line))


def _is_separator(lines: list[str], n: int, line: str) -> bool:
    if dashed := _DASHED.fullmatch(line):
        return dashed[1].strip(" -:：").casefold() in SEPARATORS
    return bool(_JUST_LINE.fullmatch(line)) and any(
        _is_head(lines, at) for at in range(n + 1, min(n + 4, len(lines)))
    )


def _is_head(lines: list[str], n: int) -> bool:
    """The copied head of Outlook, QQ, 163: who it was from, and then when, or to whom."""
    first = _label(lines[n])
    if first not in _FROM_SET:
        return False
    following = [one for one in lines[n + 1 : n + 6] if one.strip()][:2]
    return bool(following) and all(_label(one) in _SENT_SET for one in following[:1])


def _label(line: str) -> str:
    head = _HEAD.match(line[:LONGEST])
    return head[1].strip().casefold() if head and head[2] else ""


def _without_signature(lines: list[str]) -> str:
    return "\n".join(_cut_signature(lines)).strip()


def _cut_signature(lines: list[str]) -> list[str]:
    """Up to the line that programs put before a signature, and without their own greetings."""
    cut = next((n for n, line in enumerate(lines) if line.rstrip() == "--"), len(lines))
    kept = lines[:cut]
    while kept and (not kept[-1].strip() or _is_greeting_of_a_program(kept[-1])):
        kept = kept[:-1]
    return kept


def _is_greeting_of_a_program(line: str) -> bool:
    folded = line.strip(" \t*_<>[]").casefold()
    says_so = folded.startswith(SENT_FROM) or folded.endswith(SENT_WITH)
    return says_so and len(folded) < 100 and bool(_DEVICE.search(folded))
