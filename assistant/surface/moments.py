"""When a conversation put aside comes back: as a form's choices say it, and as people type it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo

from assistant.drafting.plain import fold, visible
from assistant.errors import Refused
from assistant.words import say

MORNING = 9
"""The local hour at which a day begins."""


def until(values: Mapping[str, str], now: datetime, zone: tzinfo) -> datetime:
    """`until` is `1h`, `3h`, `tomorrow`, `monday`, or `at` with the field `until_at`.

    Raises: Refused, where nothing was chosen or the time is over.
    """
    local = now.astimezone(zone)
    choices = {
        "1h": now + timedelta(hours=1),
        "3h": now + timedelta(hours=3),
        "tomorrow": _at(local.date() + timedelta(days=1), MORNING, 0, zone),
        "monday": _at(local.date() + timedelta(days=7 - local.weekday()), MORNING, 0, zone),
    }
    chosen = choices.get(values.get("until", ""))
    return _to_come(chosen or moment(values.get("until_at", ""), zone), now)


def moment(typed: str, zone: tzinfo) -> datetime | None:
    """What a field for day and time holds: ISO 8601, local to *zone*, or seconds since 1970."""
    typed = typed.strip()
    try:
        if typed.isascii() and typed.isdigit() and len(typed) >= 9:
            return datetime.fromtimestamp(int(typed), UTC)
        found = datetime.fromisoformat(typed)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def typed_until(typed: str, now: datetime, zone: tzinfo) -> datetime | None:
    """`3h`, `tomorrow 14:00`, `monday`, `25 Nov`, `16:30`, `2 天`, `明天下午3点`.

    None: it names no time. Raises: Refused, where the time is over.
    """
    said = _plainly(typed)
    lasting = _lasting(said)
    if lasting is not None:
        days = timedelta(days=lasting.days)
        # Two days from now is the same hour of the clock, whatever summer time does between.
        return _to_come((now + lasting - days).astimezone(zone) + days, now)
    today = now.astimezone(zone).date()
    day, rest = _day(said, today)
    clock = _clock(rest, bare=day is not None)
    if clock is None:
        return None
    at = _at(day or today, *clock, zone)
    if day is None and at <= now:
        return at + timedelta(days=1)
    return _to_come(at, now)


def _to_come(at: datetime | None, now: datetime) -> datetime:
    if at is None or at <= now:
        raise Refused(say("Choose a time that is still to come."))
    return at


def _at(day: date, hour: int, minute: int, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


# ── for how long ─────────────────────────────────────────────────────────────

_BEFORE = re.compile(r"(?:(?:until|till|til|for|in|on|by|after)(?![a-z])|直到|等到|过|到)\s*")
_AFTER = re.compile(r"\s*(?:from now|later|[之以]?后(?:再[说看])?|再[说看])$")
_HALVES = (
    (re.compile(r"个半(?:小时|钟头)"), "h30m"),
    (re.compile(r"half an? hour|半个?(?:小时|钟头)"), "30m"),
)
_ONES = {char: n for n, char in enumerate("一二三四五六七八九", start=1)} | {"两": 2}
_UNITS = {
    "minutes": r"minutes?|mins?|m|分钟?",
    "hours": r"hours?|hrs?|h|个?小时|个?钟头",
    "days": r"days?|d|天|日",
    "weeks": r"weeks?|w|个?(?:星期|礼拜)|周",
}
_SPAN = re.compile(
    r"(?:and\s|,|又)?\s*(?P<n>\d{1,3}(?:[.,]\d{1,2})?|an?(?=\s)|[一二两三四五六七八九十]{1,3})\s*(?:"
    + "|".join(f"(?P<{name}>{unit})" for name, unit in _UNITS.items())
    + r")(?![a-z])\s*"
)


def _plainly(typed: str) -> str:
    """Folded, without `until` before it and `later` after it."""
    said = fold(visible(typed)).strip(" .,!?。、~")
    said = _AFTER.sub("", said[found.end() :] if (found := _BEFORE.match(said)) else said)
    for half, minutes in _HALVES:
        said = half.sub(minutes, said)
    return said


def _lasting(said: str) -> timedelta | None:
    """`1h 30m`, `两天`; nothing else may stand there."""
    total, place = timedelta(0), 0
    while place < len(said):
        found = _SPAN.match(said, place)
        if found is None:
            return None
        [unit] = [name for name in _UNITS if found[name] is not None]
        total += timedelta(**{unit: _number(found["n"])})
        place = found.end()
    return total or None


def _number(word: str) -> float:
    """`1.5`, `a`, `十二`."""
    if word in ("a", "an"):
        return 1
    if word[0].isdigit():
        return float(word.replace(",", "."))
    tens, ten, ones = word.rpartition("十")
    return (_ONES.get(tens, 1) * 10 if ten else 0) + _ONES.get(ones, 0)


# ── on which day, at what time ───────────────────────────────────────────────

_DAYS = (
    "mon(?:day)?",
    "tue(?:s(?:day)?)?",
    "wed(?:nesday)?",
    "thu(?:r?s(?:day)?)?",
    "fri(?:day)?",
    "sat(?:urday)?",
    "sun(?:day)?",
)
_MONTHS = (
    "jan(?:uary)?",
    "feb(?:ruary)?",
    "mar(?:ch)?",
    "apr(?:il)?",
    "may",
    "june?",
    "july?",
    "aug(?:ust)?",
    "sept?(?:ember)?",
    "oct(?:ober)?",
    "nov(?:ember)?",
    "dec(?:ember)?",
)
_AHEAD = (
    (r"day after tomorrow|后[天日]", 2),
    (r"tomorrow|tmrw?|明[天日]|明(?=[早晚上下])", 1),
    (r"today|this(?= (?:after|eve))|今[天日]|今(?=[早晚])|(?=tonight)", 0),
)
_AHEAD_OF = re.compile("|".join(f"({pattern})" for pattern, _ in _AHEAD))
_WEEK = re.compile(r"next week|下个?(?:周|星期|礼拜)(?![一二三四五六日天])")
_WEEKDAY = re.compile(
    r"(?P<next>next )?(?:this )?(?:"
    + "|".join(f"(?P<d{n}>{day})" for n, day in enumerate(_DAYS))
    + r")(?![a-z])"
    r"|(?P<xia>下个?)?[本这]?(?:周|星期|礼拜)(?P<han>[一二三四五六日天])"
)
_DATE = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)(?:t(?=\d))?"
    r"|(?P<m>\d\d?)月(?P<d>\d\d?)[日号]?"
    r"|(?:the )?(?P<first>\d\d?)(?:st|nd|rd|th|\.)? (?:of )?(?P<name>[a-z]{3,9})\.?"
    r"|(?P<named>[a-z]{3,9})\.? (?P<nth>\d\d?)(?:st|nd|rd|th)?(?![\d:])"
)
_PARTS = {
    r"morning|早上|早晨|上午|早": (MORNING, 0),
    r"noon|中午": (12, 0),
    r"afternoon|下午": (14, 12),
    r"evening|tonight|night|晚上|傍晚|晚": (18, 12),
}
"""Part of the day → its hour where none is named, and what to add to a small one."""
_CLOCK = re.compile(
    r"[\s,]*(?:in the |this )?(?:"
    + "|".join(f"(?P<p{n}>{part})" for n, part in enumerate(_PARTS))
    + r")?[\s,]*(?P<at>at )?(?:(?P<hour>\d\d?|[一二两三四五六七八九十]{1,3})"
    r"(?P<mark>:|h|点|时)?(?P<minute>\d\d|半)?(?:分|整)?\s*(?P<half>[ap])?\.?(?(half)m\.?)"
    r"(?: o'?clock)?)?\s*"
)


def _day(said: str, today: date) -> tuple[date | None, str]:
    """The day that *said* begins with, and the rest of it."""
    if found := _AHEAD_OF.match(said):
        ahead = next(days for n, (_, days) in enumerate(_AHEAD, start=1) if found[n] is not None)
        return today + timedelta(days=ahead), said[found.end() :]
    if found := _WEEK.match(said):
        return today + timedelta(days=7 - today.weekday()), said[found.end() :]
    if found := _WEEKDAY.match(said):
        return _weekday(found, today), said[found.end() :]
    if (found := _DATE.match(said)) and (day := _dated(found, today)):
        return day, said[found.end() :]
    return None, said


def _weekday(found: re.Match[str], today: date) -> date:
    """The next such day; with `next`, the one of the next calendar week."""
    if found["han"]:
        wanted = min("一二三四五六日天".index(found["han"]), 6)
    else:
        wanted = next(n for n in range(7) if found[f"d{n}"])
    if found["next"] or found["xia"]:
        return today + timedelta(days=7 - today.weekday() + wanted)
    return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)


def _dated(found: re.Match[str], today: date) -> date | None:
    """A day without a year is the next one of that date."""
    name = found["name"] or found["named"]
    months = [n for n, one in enumerate(_MONTHS, start=1) if name and re.fullmatch(one, name)]
    month = int(found["month"] or found["m"] or (months[0] if months else 0))
    day = int(found["day"] or found["d"] or found["first"] or found["nth"])
    try:
        if found["year"]:
            return date(int(found["year"]), month, day)
        this_year = today.replace(month=month, day=day)
        return this_year if this_year >= today else this_year.replace(year=today.year + 1)
    except ValueError:
        return None


def _clock(said: str, *, bare: bool) -> tuple[int, int] | None:
    """Hour and minute; a bare number counts where a day stands before it. None: it is no time."""
    found = _CLOCK.fullmatch(said)
    if found is None:
        return None
    part = next((one for n, one in enumerate(_PARTS.values()) if found[f"p{n}"]), None)
    if found["hour"] is None:
        return (part[0], 0) if part else (MORNING, 0) if bare and not said.strip() else None
    if not (bare or part or found["mark"] or found["half"] or found["at"]):
        return None
    hour, minute = int(_number(found["hour"])), found["minute"] or "0"
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] == "p" else 0)
    elif part and hour < 12:
        hour += part[1]
    minutes = 30 if minute == "半" else int(minute)
    return (hour, minutes) if hour < 24 and minutes < 60 else None
