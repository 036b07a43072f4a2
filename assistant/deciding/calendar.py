"""Working days of a country: its weekend by CLDR, its public holidays by the `holidays` library."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays
from babel import Locale, UnknownLocaleError

from assistant.playbooks.kinds import Market

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_USUAL = frozenset({5, 6})


def working_day(start: date, after: int, market: Market | None) -> date:
    """The day *after* working days later; Saturday and Sunday are off where nobody knows better."""
    day = start
    while after > 0:
        day += timedelta(days=1)
        after -= works_on(day, market)
    return day


def works_on(day: date, market: Market | None) -> bool:
    """Is *day* a working day there?"""
    weekend = _weekend(market.id, market.weekend) if market else _USUAL
    if day.weekday() in weekend:
        return False
    code = (market.holidays or market.id) if market else "none"
    return day not in _off(code, day.year)


@lru_cache(maxsize=512)
def _weekend(country: str, stated: tuple[str, ...] | None) -> frozenset[int]:
    if stated is not None:
        return frozenset(map(_DAYS.index, stated))
    try:
        there = Locale.parse(f"und_{country}")
    except (UnknownLocaleError, ValueError):
        return _USUAL
    first, last = there.weekend_start, there.weekend_end
    return frozenset((first + n) % 7 for n in range((last - first) % 7 + 1))


@lru_cache(maxsize=2_048)
def _off(code: str, year: int) -> frozenset[date]:
    """Public holidays; none where the library does not know the country."""
    country, _, part = code.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except (NotImplementedError, KeyError):
        return frozenset()
