"""Times of day as they are written: `6:42 pm`, `18 Uhr`, `kl. 18.42`, `18.42 น.`, `6 giờ chiều`."""

from __future__ import annotations

import re
from collections.abc import Iterator

_H = r"(?<![\d:.,])(?P<h>[01]?\d|2[0-4])"
_M = r"(?P<min>[0-5]\d)"
_HALF = (
    r"(?:[\s,]?(?P<ap>[ap]\.?m\b\.?|uhr|مساء\w*|صباحا?|ظهرا?|عصرا?|م(?!\w)|ص(?!\w)"
    r"|chieu|toi|sang|trua|sore|malam|pagi|siang|вечера|утра|дня))?"
)
_USUAL = re.compile(
    r"(?<![\d:.])(?P<h>[01]?\d|2[0-4])(?:"
    r"(?::|h|\s?h\s|\s?uhr\s|\s?時|\s?时|\s?点|\s?點|\s?시\s?|\.(?=\d\d\s?(?:uhr|h\b)))(?P<min>[0-5]\d)(?:分|분)?"
    + _HALF
    + r"|\s?(?P<ap2>[ap]\.?m\b\.?)|\s?(?:uhr|o'clock)(?!\w)|\s?(?:時|时|시|点|點)(?!間|间|间|간)"
    r"|\s?h(?!\w)(?=[\s.,;!?)]|$))"
)
_TOLD = re.compile(
    rf"(?<!\w)(?:kl\.?|klockan|pukul|jam|saat|godz\.?|godzin[ay]|godzinie|الساعه|alle"
    rf"|ore|om|klo|ساعه)\s?{_H}(?:[.:]{_M})?(?!\d|[.,]\d|\s?(?:saat|jam|hari|gun|%)\b){_HALF}"
)
"""After a word that tells of the clock, a dot will do."""
_THAI = re.compile(rf"{_H}(?:[.:]{_M})?\s?(?:น\.|น(?!\w)|นาฬิกา)")
_GIO = re.compile(
    rf"(?:(?:truoc|luc|den|tu|khoang)\s{_H}\s?(?:gio|g)(?!\w)(?:\s?{_M}(?!\d)(?:\s?phut)?)?"
    rf"|(?<![\d:.,])(?P<h2>[01]?\d|2[0-4])\s?(?:gio|g)\s?(?P<m2>[0-5]\d)(?!\d)(?:\s?phut)?"
    rf"|(?<![\d:.,])(?P<h3>1?\d)\s?gio(?=\s(?:chieu|toi|sang|trua)))(?:\s(?P<ap>chieu|toi|sang|trua))?"
)
_HOURS = re.compile(
    rf"(?<!\w)(?:до|к|в|с)\s{_H}(?:\s?часов|\s?час|\s?ч)(?!\w)(?:\s?{_M}\s?мин\w*)?"
)
_LATE = re.compile(r"p|مساء|عصر|ظهر|م$|chieu|toi|sore|malam|вечера|дня")
_AFTERNOON = ("下午", "晚上", "今晚", "傍晚", "午后", "夜", "오후", "저녁", "밤")
_MORNING = ("凌晨", "清晨", "上午", "早上", "午前", "오전", "새벽")
"""Said before the hour: 下午 6 點, 오후 6시."""
_EARLY = ("am", "صباحا", "صباح", "ص", "pagi", "sang", "утра")


def hours(folded: str) -> Iterator[tuple[int, int, str]]:
    """Every time of day: from, to, and as `18:42`."""
    for pattern in (_USUAL, _TOLD, _THAI, _GIO, _HOURS):
        for match in pattern.finditer(folded):
            value = _value(match.groupdict(), folded[: match.start()][-4:].rstrip())
            if value:
                yield match.start(), match.end(), value


def _value(found: dict[str, str | None], before: str) -> str | None:
    raw = next(found[key] for key in ("h", "h2", "h3") if found.get(key))
    minutes = next((found[key] for key in ("min", "m2") if found.get(key)), None)
    assert raw is not None
    hour = int(raw)
    # "within 24 h" is a length of time.
    if hour == 24 and minutes is None:
        return None
    half = (found.get("ap") or found.get("ap2") or "").replace(".", "")
    if (_LATE.match(half) or before.endswith(_AFTERNOON)) and hour < 12:
        hour += 12
    if (half in _EARLY or before.endswith(_MORNING)) and hour == 12:
        hour = 0
    return f"{hour % 24:02d}:{minutes or '00'}"
