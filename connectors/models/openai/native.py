"""How the buyer's language writes sums, days and times, and what is usual there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_currency

from assistant.clocks import zone_of
from assistant.drafting.brief import Brief
from assistant.drafting.compose import is_chat
from assistant.playbooks import Culture

SAYABLE = frozenset(
    ("refund_amount", "refund_on", "reply_by", "ship_on", "arrive_by", "check_back", "local_times")
)
"""What of a proof's inputs the buyer may be told."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SUM = re.compile(r"(\d+(?:\.\d+)?) ([A-Z]{3})")


def customs(culture: Culture, brief: Brief) -> dict[str, Any]:
    """What of the culture is no prose."""
    shape = "chat" if is_chat(brief.situation) else "letter"
    told = {
        "address": culture.address,
        "directness": culture.directness,
        "apologies_at_most": culture.apologies,
        "emoji": culture.emoji,
        "usual_opening": getattr(culture.opens, shape),
        "usual_close": getattr(culture.closes, shape),
        "feels_pushy": list(culture.feels_pushy),
    }
    return {name: value for name, value in told.items() if value not in ("", [], None)}


def written(brief: Brief, culture: Culture) -> dict[str, str]:
    """Sums, days and times of the brief, each in the form a native writes it in."""
    found = {value: _as_written(value, brief, culture) for value in _values(brief)}
    return {value: native for value, native in found.items() if native}


def _values(brief: Brief) -> Iterator[str]:
    """Only what a reply may name: what a remedy costs us is nobody's business outside."""
    for evidence in brief.decision.proof:
        for value in (one for name, one in evidence.inputs.items() if name in SAYABLE):
            several = value if isinstance(value, list) else [value]
            yield from (one for one in several if isinstance(one, str))
    for order in brief.situation.facts.orders[:3]:
        if order.totals.total is not None and order.currency:
            yield f"{order.totals.total} {order.currency}"


def _as_written(value: str, brief: Brief, culture: Culture) -> str:
    """Empty for what is neither a sum nor a day nor a time."""
    formats, locale = culture.formats, culture.locale
    if money := _SUM.fullmatch(value):
        sum_ = Decimal(money[1])
        return format_currency(sum_, money[2], locale=locale, format_type=formats.money)
    if not _DAY.match(value):
        return ""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return ""
    if _DAY.fullmatch(value):
        return format_datetime(at, formats.date, locale=locale)
    zone = brief.situation.zone or zone_of(brief.situation.market)
    local = at.astimezone(ZoneInfo(zone)) if zone and at.tzinfo else at
    clock = formats.hour if local.minute == 0 and formats.hour else formats.time
    local = local.replace(tzinfo=None)  # Babel would move it to UTC
    day = format_datetime(local, formats.date, locale=locale)
    return f"{day}, {format_datetime(local, clock, locale=locale)}"
