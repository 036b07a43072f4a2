"""Which figures of two sentences are the same, and what of them was lost, invented or exchanged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Literal, NamedTuple

from assistant.drafting.figures import Fact, facts
from assistant.drafting.lexicon import stem

SlipKind = Literal["changed", "gone", "new", "swapped", "turned", "denied", "empty", "foreign"]


class Slip(NamedTuple):
    """What a translation does not keep, in which sentence; the words of either side."""

    kind: SlipKind
    sentence: int
    ours: str = ""
    theirs: str = ""


class Pair(NamedTuple):
    ours: Fact
    theirs: Fact


_CODES = frozenset({"link", "email", "tracking", "phone", "code"})
_VERB_LAST = frozenset({"ja", "ko", "tr"})
_CLAUSE = re.compile(
    r"[,;:，；、。（(]|\b(?:and|but|und|aber|et|mais|y|e|ed|pero|ma|mas|en|maar|i|a|ale|och|men|ve|ama|dan"
    r"|tetapi|и|а|но)\b|\bو|และ|แต่|(?<=[고며서만]) |[てで](?=[^\w]|\d)"
)
_PART_OF = re.compile(
    r"\b(?:of|than|instead|from|statt|von|aus|de|sur|des?|di|su|dei|van|z|ze|av|из|от|вместо|من|trong|dari|zamiast|lieu|invece|vez|lugar|plaats|stället|yerine|thay|alih)\b"
    r"|中|のうち|중|จาก|代わり|替|แทน|대신|بدلا"
)
"""Between two figures: languages put the whole and its part in either order."""


def matched(
    ours: Sequence[Fact], theirs: Sequence[Fact]
) -> tuple[list[Pair], list[Fact], list[Fact]]:
    """The pairs, then what of ours and what of theirs has none. The surest pairs first."""
    left, right, pairs = list(ours), list(theirs), []
    for sure in (True, False):
        for one in tuple(left):
            there = next((each for each in right if agree(one, each, sure=sure)), None)
            if there is not None:
                pairs.append(Pair(one, there))
                left.remove(one)
                right.remove(there)
    # What is said twice on one side may stand once on the other.
    left = [one for one in left if not any(agree(one, pair.theirs, sure=True) for pair in pairs)]
    right = [one for one in right if not any(agree(pair.ours, one, sure=True) for pair in pairs)]
    return pairs, left, right


def agree(one: Fact, other: Fact, *, sure: bool) -> bool:
    """Do both say the same figure? *sure*: as the same kind of thing."""
    if one.kind == other.kind:
        return _same(one, other)
    if sure:
        return False
    if one.kind in _CODES or other.kind in _CODES:
        return _same_code(one, other)
    return _like(one, other) or _like(other, one)


def _same(one: Fact, other: Fact) -> bool:
    match one.kind:
        case "date":
            return _same_day(one, other)
        case "time":
            return one.value == other.value
        case "amount":
            return bool(one.numbers & other.numbers) and bool(one.units & other.units)
        case "duration":
            return one.units == other.units and one.numbers == other.numbers
        case "link" | "email" | "tracking" | "phone" | "code":
            return one.value == other.value
        case _:
            return bool(one.numbers & other.numbers)


def _same_day(one: Fact, other: Fact) -> bool:
    assert one.day is not None
    assert other.day is not None
    if one.day[0] and other.day[0] and one.day[0] != other.day[0]:
        return False
    here, there = _readings(one), _readings(other)
    return any(a[1] == b[1] and (a[0] == b[0] or 0 in (a[0], b[0])) for a in here for b in there)


def _readings(one: Fact) -> list[tuple[int, int]]:
    """Month and day; "3/4" is both."""
    assert one.day is not None
    _, month, day = one.day
    return [(month, day), (day, month)] if one.ambiguous else [(month, day)]


def _same_code(one: Fact, other: Fact) -> bool:
    if one.kind in _CODES and other.kind in _CODES:
        return one.value == other.value
    digits, number = (one, other) if one.kind in _CODES else (other, one)
    return number.kind == "number" and re.sub(r"\D", "", digits.value) == number.value


def _like(one: Fact, other: Fact) -> bool:
    """*one* under another kind: "18 uur" is read as hours, "am 23." as a number."""
    if one.kind == "date" and other.kind in ("number", "duration"):
        # 3일 is the third, or three days.
        month_too = other.kind == "duration" and one.day is not None and one.day[1] != 0
        return one.day is not None and not month_too and Decimal(one.day[2]) in other.numbers
    if one.kind == "time" and other.kind in ("number", "duration"):
        return _at(one, other)
    if one.kind in ("duration", "amount", "percent") and other.kind == "number":
        # Whatever stands behind the number may be the unit's name.
        return bool(one.numbers & other.numbers) and not other.bare
    return False


def _at(time: Fact, number: Fact) -> bool:
    """Six is six o'clock; eighteen where it is said to be in the evening."""
    hour, minute = int(time.value[:2]), int(time.value[3:])
    for value in number.numbers:
        whole, rest = int(value), int(value % 1 * 100)
        if rest == minute and (whole % 24 == hour or (number.late and whole + 12 == hour)):
            return True
    return False


def shown(one: Fact) -> str:
    """As it is written, without the full stop behind it."""
    return one.text.strip().rstrip(".,;")


# ── what is told of it ───────────────────────────────────────────────────────


def slips(texts: tuple[str, str], languages: tuple[str, str], sentence: int) -> list[Slip]:
    """What a translation of one sentence lost, invented or exchanged."""
    source, target = languages
    ours, theirs = (facts(text, one) for text, one in zip(texts, languages, strict=True))
    pairs, left, right = matched(ours, theirs)
    found = []
    for one in tuple(left):
        there = next((each for each in right if _instead(one, each)), None)
        if there is not None:
            found.append(Slip("changed", sentence, shown(one), shown(there)))
            left.remove(one)
            right.remove(there)
    found += [Slip("gone", sentence, shown(one)) for one in left if _must_stay(one, target)]
    found += [Slip("new", sentence, "", shown(one)) for one in right if _was_invented(one, source)]
    return found + _exchanged(pairs, sentence, texts, target)


def _instead(one: Fact, other: Fact) -> bool:
    """Did one become the other? Kinds that can't be read as one another are two things."""
    kinds = {one.kind, other.kind}
    if len(kinds) == 1 or kinds <= _CODES:
        return True
    return "number" in kinds and not kinds & {"weekday", "link", "email"}


def _must_stay(one: Fact, target: str) -> bool:
    if one.kind in ("number", "duration", "amount"):
        if one.numbers == {Decimal(1)} or (one.spelled and one.kind == "duration" and _once(one)):
            return False
        # Arabic has a dual, which no list of words holds.
        return not (stem(target) == "ar" and Decimal(2) in one.numbers)
    return True


def _once(one: Fact) -> bool:
    return one.numbers <= {Decimal(1), Decimal(7), Decimal(12)}


def _was_invented(one: Fact, source: str) -> bool:
    if one.kind == "weekday" or (stem(source) == "ar" and Decimal(2) in one.numbers):
        return False
    return not one.spelled and one.numbers != {Decimal(1)} and not _weekly(one)


def _weekly(one: Fact) -> bool:
    return one.kind == "duration" and one.numbers == {Decimal(1)}


def _exchanged(
    pairs: Iterable[Pair], sentence: int, texts: tuple[str, str], target: str
) -> list[Slip]:
    """Two figures of one kind that changed places, where languages keep their order."""
    ordered = sorted(pairs, key=lambda pair: pair.ours.start)
    for first, second in combinations(ordered, 2):
        if _kind(first) != _kind(second) or agree(first.ours, second.ours, sure=True):
            continue
        if first.theirs.start < second.theirs.start or first.theirs is second.theirs:
            continue
        here = texts[0][first.ours.start : second.ours.start]
        there = texts[1][second.theirs.start : first.theirs.start]
        if _keeps_order(here, there, target):
            return [Slip("swapped", sentence, shown(first.ours), shown(second.ours))]
    return []


def _kind(pair: Pair) -> str:
    return "amount" if pair.ours.kind == "percent" else pair.ours.kind


def _keeps_order(here: str, there: str, target: str) -> bool:
    """What stands between two figures on either side: parts of a sentence that go in a row."""
    apart = _CLAUSE.search(here.lower()) and _CLAUSE.search(there.lower())
    if not apart and bool(_PART_OF.search(here.lower())) != bool(_PART_OF.search(there.lower())):
        return False
    if stem(target) in _VERB_LAST or re.search(r"[\u3040-\u30ff\uac00-\ud7af]", here + there):
        return bool(apart)
    return True
