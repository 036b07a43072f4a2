"""When an answer is owed, and where in the world a buyer is."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

from assistant.model import Buyer
from assistant.settings import Hours, Storefront

ZONES = {
    "US": "America/New_York",
    "CA": "America/Toronto",
    "MX": "America/Mexico_City",
    "BR": "America/Sao_Paulo",
    "RU": "Europe/Moscow",
    "AU": "Australia/Sydney",
    "ID": "Asia/Jakarta",
    "ES": "Europe/Madrid",
    "PT": "Europe/Lisbon",
    "MY": "Asia/Kuala_Lumpur",
    "CN": "Asia/Shanghai",
}
"""Countries with several zones: the one most people live in. Shown as approximate."""


def answer_due(at: datetime, storefront: Storefront, platform: str = "own") -> datetime:
    """When a message of *at* must be answered.

    A marketplace counts every hour, so its clock starts at once; ours when the team next works.
    """
    if storefront.platform_of(platform) == "own":
        at = next_opening(at, storefront.hours)
    return at + timedelta(hours=storefront.answer_within_hours)


def next_opening(at: datetime, hours: Hours) -> datetime:
    """*at* itself within working hours, else the start of the next working day."""
    zone = ZoneInfo(hours.zone)
    local = at.astimezone(zone)
    start, end = time.fromisoformat(hours.start), time.fromisoformat(hours.end)
    for ahead in range(8):
        day = (local + timedelta(days=ahead)).date()
        opens = datetime.combine(day, start, zone)
        closes = datetime.combine(day, end, zone)
        if day.isoweekday() in hours.days and local < closes:
            return max(local, opens).astimezone(at.tzinfo)
    return at


def market_of(buyer: Buyer) -> str | None:
    """The country in the buyer's locale: `de-DE` → `DE`; None where it names none."""
    if not buyer.locale:
        return None
    try:
        territory = Locale.parse(buyer.locale.replace("_", "-"), sep="-").territory
    except (ValueError, UnknownLocaleError):
        return None
    return territory if territory and len(territory) == 2 else None


def zone_of(market: str | None) -> str | None:
    """A time zone of *market*, where one can be told."""
    if market is None:
        return None
    return ZONES.get(market) or _ONLY_ZONE.get(market)


_ONLY_ZONE = {
    "DE": "Europe/Berlin",
    "AT": "Europe/Vienna",
    "CH": "Europe/Zurich",
    "GB": "Europe/London",
    "IE": "Europe/Dublin",
    "FR": "Europe/Paris",
    "IT": "Europe/Rome",
    "NL": "Europe/Amsterdam",
    "BE": "Europe/Brussels",
    "PL": "Europe/Warsaw",
    "SE": "Europe/Stockholm",
    "TR": "Europe/Istanbul",
    "JP": "Asia/Tokyo",
    "KR": "Asia/Seoul",
    "SA": "Asia/Riyadh",
    "AE": "Asia/Dubai",
    "IN": "Asia/Kolkata",
    "TH": "Asia/Bangkok",
    "VN": "Asia/Ho_Chi_Minh",
    "SG": "Asia/Singapore",
    "PH": "Asia/Manila",
    "TW": "Asia/Taipei",
    "NZ": "Pacific/Auckland",
}
