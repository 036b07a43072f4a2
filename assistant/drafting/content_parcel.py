"""What a reply says about an order on its way: only what shop and carrier say, and what we do."""

from __future__ import annotations

from dataclasses import replace

from assistant.drafting.content_time import hurried, in_time, instead, which_day
from assistant.drafting.matter import Matter
from assistant.drafting.plan import (
    Answer,
    Carrier,
    Count,
    Day,
    Moment,
    Place,
    Raw,
    Say,
    Span,
    say,
)
from assistant.model import Decision, Parcel
from assistant.playbooks import carrier_name

STALE_DAYS = 3
"""From here on a scan is old: its age is said."""
MAX_PARCELS = 3
_PREPARING = frozenset(
    {"paid", "processing", "unfulfilled", "pending", "open", "confirmed", "unshipped", "packing"}
)


def parcel_answer(matter: Matter, decision: Decision, check_back: Moment) -> Answer:
    """The answer to `where is my order`."""
    if matter.order is None:
        return _without_order(matter, check_back)
    if matter.cancelled:
        topic = say("work.topic", topic=say("topic.cancel_order"), check_back=check_back)
        return Answer((say("order.cancelled", ref=Raw(matter.order.ref)),), (topic,))
    if not matter.parcels:
        return _before_shipping(matter, decision, check_back)
    waiting = [one for one in matter.parcels if not matter.delivered(one)] or list(matter.parcels)
    shown = waiting[:MAX_PARCELS]
    sentences = [say("parcels.several", n=Count(len(matter.parcels)))] if _several(matter) else []
    for parcel in shown[:-1]:
        sentences += [*_state(matter, parcel), *_follow(matter, parcel)]
    sentences += _state(matter, shown[-1])
    sentences += in_time(matter)
    sentences += _follow(matter, shown[-1])
    sentences += instead(matter, decision)
    following = hurried(matter, decision, check_back) or _next(matter, waiting[0], check_back)
    return Answer(_looked(sentences), (*which_day(matter), *following))


def _several(matter: Matter) -> bool:
    return len(matter.parcels) > 1


def _nth(matter: Matter, parcel: Parcel) -> Count | None:
    """Which of several it is, in the order they left; None where it is the only one."""
    if not _several(matter) or matter.order is None:
        return None
    return Count(matter.order.fulfilments.index(parcel) + 1)


def _looked(sentences: list[Say]) -> tuple[Say, ...]:
    """The first sentence says that we looked."""
    if sentences and sentences[0].key.startswith("parcel."):
        return (say("looked", fact=sentences[0]), *sentences[1:])
    return tuple(sentences)


def _without_order(matter: Matter, check_back: Moment) -> Answer:
    """Ask for the number, unless it, or a tracking number, was given."""
    lookup = say("do.lookup", check_back=check_back)
    if matter.given_ref:
        return Answer((say("thank.number", ref=Raw(matter.given_ref)),), (lookup,))
    if matter.understanding.tracking_numbers or matter.situation.facts.troubles:
        return Answer((), (lookup,))
    return Answer((), (say("ask.order_number"), say("then.look")))


def _before_shipping(matter: Matter, decision: Decision, check_back: Moment) -> Answer:
    order = matter.order
    assert order is not None
    if (order.status or "").lower() not in _PREPARING:
        return Answer((say("thank.number", ref=Raw(order.ref)),), (_lookup(check_back),))
    placed = Day(matter.local(order.placed_at).date()) if order.placed_at else None
    key = "order.preparing.placed" if placed else "order.preparing"
    sentence = say(key, ref=Raw(order.ref), placed=placed)
    middle = (sentence, *in_time(matter), *instead(matter, decision))
    return Answer(middle, (say("do.warehouse", check_back=check_back),))


def _lookup(check_back: Moment) -> Say:
    return say("do.lookup", check_back=check_back)


# ── one parcel ───────────────────────────────────────────────────────────────


def _state(matter: Matter, parcel: Parcel) -> list[Say]:
    """Where it is, by the carrier's newest word; which one it is, where there are several."""
    said = _said(matter, parcel)
    nth = _nth(matter, parcel)
    return [replace(one, slots={**one.slots, "nth": nth}) for one in said] if nth else said


def _said(matter: Matter, parcel: Parcel) -> list[Say]:
    where = _where(matter, parcel)
    carrier = Carrier(carrier_name(parcel, matter.market, matter.playbooks.world))
    if matter.delivered(parcel):
        return [_delivered(matter, parcel, carrier)]
    if parcel.status == "lost":
        last = [say("parcel.scan.last", **where)] if where else []
        return [say("parcel.lost"), *last]
    if not where:
        return [_unscanned(matter, parcel)]
    if parcel.status == "exception":
        return [say("parcel.exception", carrier=carrier, **where)]
    return _under_way(matter, parcel, where)


def _under_way(matter: Matter, parcel: Parcel, where: dict[str, Say | Moment]) -> list[Say]:
    assert parcel.latest is not None
    if matter.days_late(parcel):
        return [_late(matter, parcel), say("parcel.scan.last", **where)]
    if parcel.status == "out_for_delivery":
        return [say("parcel.out", **where)]
    age = matter.days_since(parcel.latest.at)
    eta = Day(matter.local(parcel.eta).date()) if parcel.eta else None
    if age >= STALE_DAYS:
        old = say("parcel.scan.old", days=Span(age), **where)
        return [old, say("parcel.eta", eta=eta)] if eta else [old]
    return [say("parcel.scan.eta" if eta else "parcel.scan", eta=eta, **where)]


def _where(matter: Matter, parcel: Parcel) -> dict[str, Say | Moment]:
    """Time and, where it is known, place of the newest event; empty without one."""
    latest = parcel.latest
    if latest is None:
        return {}
    when: dict[str, Say | Moment] = {"when": Moment(matter.there(latest.at))}
    place = " ".join(latest.place.split())
    return {**when, "place": say("frag.place", place=Place(place))} if place else when


def _delivered(matter: Matter, parcel: Parcel, carrier: Carrier) -> Say:
    at = matter.delivered_at(parcel)
    if at is None:
        return say("parcel.delivered.undated", carrier=carrier)
    place = _where(matter, parcel).get("place")
    return say("parcel.delivered", carrier=carrier, when=Moment(matter.there(at)), place=place)


def _unscanned(matter: Matter, parcel: Parcel) -> Say:
    if parcel.status in (None, "label_created"):
        return say("parcel.label")
    if parcel.eta is None:
        return say("parcel.unscanned")
    if matter.days_late(parcel):
        return _late(matter, parcel)
    return say("parcel.unscanned.eta", eta=Day(matter.local(parcel.eta).date()))


def _late(matter: Matter, parcel: Parcel) -> Say:
    assert parcel.eta is not None
    eta = Day(matter.local(parcel.eta).date())
    return say("parcel.late", eta=eta, days=Span(matter.days_late(parcel) or 1))


def _follow(matter: Matter, parcel: Parcel) -> list[Say]:
    """Number and page (S2.8); where links are not allowed, the place where the buyer has one.

    What is lost or there is not followed any more: the page shows what was noted.
    """
    number = Raw(parcel.number) if parcel.number else None
    over = matter.delivered(parcel) or parcel.status == "lost"
    how = "trace" if over else "follow"
    linked = matter.platform.tracking_links and matter.situation.links
    page = matter.page(parcel) if linked else None
    if page and number:
        return [say(f"{how}.link", link=Raw(page), number=number)]
    if page:
        return [say(f"{how}.link.only", link=Raw(page))]
    if number is None:
        return []
    if matter.platform.tracking_links:
        carrier = Carrier(carrier_name(parcel, matter.market, matter.playbooks.world))
        return [say(f"{how}.number", carrier=carrier, number=number)]
    return [say(f"{how}.platform", number=number)]


def _next(matter: Matter, parcel: Parcel, check_back: Moment) -> tuple[Say, ...]:
    """What we do now, and until when."""
    carrier = Carrier(carrier_name(parcel, matter.market, matter.playbooks.world))
    if matter.delivered(parcel):
        inquiry = say("do.inquiry.delivered", carrier=carrier, check_back=check_back)
        asked = "neighbours" in matter.understanding.details
        return (inquiry,) if asked else (say("ask.neighbours"), inquiry)
    if parcel.status == "lost":
        return (say("lead.remedy", check_back=check_back),)
    if not matter.on_its_way(parcel):
        return (say("do.inquiry", carrier=carrier, check_back=check_back),)
    if parcel.eta is None or not matter.moving(parcel):
        return (say("back.by", check_back=check_back),)
    due = check_back.at.date()
    if due == matter.today:
        return (say("back.eta.today"),)
    return (say("back.eta", day=Day(due, "evening")),)
