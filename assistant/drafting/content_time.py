"""Whether it comes in time: the day it is needed beside the carrier's date, and what is done."""

from __future__ import annotations

from datetime import date, datetime

from assistant.drafting.content_remedy import amount_of, gives_of, or_resend
from assistant.drafting.decide import wording_of
from assistant.drafting.matter import Matter
from assistant.drafting.plan import Carrier, Day, Moment, Say, say
from assistant.model import Decision, Remedy
from assistant.playbooks import carrier_name

CLOSE = 1
"""Days to spare up to which it is a close call: what comes a day late comes too late."""
HURRY, INSTEAD = "deadline.hurry", frozenset({"resend", "cancellation"})
"""The carrier is asked; what a buyer may choose where it comes too late."""


def in_time(matter: Matter) -> tuple[Say, ...]:
    """Yes, no, nearly, or that nobody can tell; nothing where no day is named."""
    gone = any(one.status == "lost" for one in matter.parcels)
    if matter.needed_by is None or matter.order is None or gone or _there(matter):
        return ()
    return (say(f"time.{_verdict(matter)}", need=Day(matter.needed_by)),)


def _verdict(matter: Matter) -> str:
    spare = matter.days_to_spare
    if spare is None:
        return "unknown"
    if spare > CLOSE:
        return "yes"
    if spare < 0:
        return "late"
    return "close" if spare else "close.same"


def _there(matter: Matter) -> bool:
    return bool(matter.parcels) and all(map(matter.delivered, matter.parcels))


def instead(matter: Matter, decision: Decision) -> tuple[Say, ...]:
    """What the buyer may choose where it comes too late or has not left: what is allowed."""
    if matter.needed_by is None or _there(matter) or not _in_doubt(matter):
        return ()
    for remedy in decision.allowed():
        if remedy.because[0].startswith("deadline.") and gives_of(decision, remedy) in INSTEAD:
            offered = _offered(matter, decision, remedy, matter.needed_by)
            if offered:
                return (offered,)
    return ()


def _in_doubt(matter: Matter) -> bool:
    return matter.too_late or (matter.days_to_spare is None and matter.shipped is False)


def _offered(matter: Matter, decision: Decision, remedy: Remedy, need: date) -> Say | None:
    inputs = wording_of(decision, remedy.id)
    if gives_of(decision, remedy) == "resend":
        arrives = inputs.get("arrive_by")
        if arrives is None or date.fromisoformat(arrives) > need:
            return None
        return or_resend(matter, decision, remedy)
    if "refund_amount" not in inputs:
        return None
    before = Moment(datetime.fromisoformat(inputs["reply_by"]), "before")
    return say("or.cancel", amount=amount_of(inputs), code=say("code.cancel"), reply_by=before)


def hurried(matter: Matter, decision: Decision, again: Moment) -> tuple[Say, ...]:
    """The carrier is asked whether it can be sooner, where the answer still comes in time."""
    asked = any(one.because[0] == HURRY for one in decision.allowed())
    parcel, need = matter.parcel, matter.needed_by
    if not asked or parcel is None or need is None or again.at.date() > need:
        return ()
    carrier = Carrier(carrier_name(parcel, matter.market, matter.playbooks.world))
    return (say("do.hurry", carrier=carrier, check_back=again),)


def which_day(matter: Matter) -> tuple[Say, ...]:
    """Who asks whether it comes in time and names no day is asked for it."""
    parcel = matter.parcel
    waiting = parcel is not None and not matter.delivered(parcel) and not matter.days_late(parcel)
    asks = matter.asks_in_time and matter.needed_by is None
    return (say("ask.needed_by"),) if asks and waiting else ()
