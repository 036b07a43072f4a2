"""Days and hours that a reply may name: only what the desk can keep."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, Self

from assistant.deciding.calendar import works_on
from assistant.drafting.matter import DELIVERY, LATEST_HOUR, Matter

EVENING = time(18, 0)
NOON = time(12, 0)
LAST_SAME_DAY = 15
"""Until this hour of the buyer's day, a refund is made the same evening."""


class Schedule(NamedTuple):
    """All in the buyer's time zone."""

    refund_on: date
    reply_by: datetime
    """Until then the buyer may choose something else."""
    ship_on: date | None
    arrive_by: date | None
    check_back: datetime

    @classmethod
    def of(cls, matter: Matter, answer_days: int) -> Self:
        """*answer_days*: in how many working days the buyer hears from us where nothing is due."""
        market = matter.market or matter.playbooks.world
        ship_after, travel = market.ships_in_working_days, market.arrives_in_working_days
        ship_on = matter.working_day(ship_after) if ship_after is not None else None
        arrive = matter.working_day(travel, ship_on) if ship_on and travel is not None else None
        tonight = matter.now.hour < LAST_SAME_DAY
        refund_on = matter.today if tonight else matter.today + timedelta(days=1)
        reply_by = datetime.combine(refund_on, EVENING if tonight else NOON, matter.zone)
        return cls(refund_on, reply_by, ship_on, arrive, _check_back(matter, answer_days))

    def inputs(self, gives: str) -> dict[str, Any]:
        """The dates of a remedy, as a proof carries them."""
        choice = {"reply_by": self.reply_by.isoformat()}
        if gives in ("refund", "partial_refund", "cancellation"):
            return {"refund_on": self.refund_on.isoformat(), **choice}
        if gives in ("resend", "exchange"):
            days = {"ship_on": self.ship_on, "arrive_by": self.arrive_by}
            return {name: day.isoformat() for name, day in days.items() if day} | choice
        return {}


def _check_back(matter: Matter, answer_days: int) -> datetime:
    """The evening a parcel is due, where it still is to come; else the policy's working day.

    Where it comes too late, sooner: tonight where that can still be, if it is of any use.
    """
    parcel = matter.parcel
    soon = datetime.combine(matter.working_day(answer_days), EVENING, matter.zone)
    if matter.too_late and matter.needed_by:
        today = matter.now.hour < LAST_SAME_DAY and works_on(matter.today, matter.market)
        asked = datetime.combine(matter.today, EVENING, matter.zone) if today else soon
        if asked.date() <= matter.needed_by:
            return asked
    waiting = DELIVERY & set(matter.understanding.intents)
    if waiting and parcel and parcel.eta and matter.on_its_way(parcel):
        due = matter.local(parcel.eta).date()
        tonight_is_over = due == matter.today and matter.now.hour >= LATEST_HOUR
        if due >= matter.today and not tonight_is_over:
            return datetime.combine(due, time(LATEST_HOUR), matter.zone)
    return soon
