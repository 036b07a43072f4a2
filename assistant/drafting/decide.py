"""The decision on a conversation: its question, and what the answer lets a reply say.

`assistant.deciding` decides; here a situation becomes its question, and the dates and pages that a
draft may use beyond the shop's own facts are added to the proof's `inputs`, so that the review can
license them:

- `refund_amount` `"34.90 EUR"`: the sum of a refund that is allowed or with a lead
- `refund_on` an ISO date, `reply_by` an ISO date-time: when the refund is made; until when the
  buyer may choose otherwise
- `ship_on`, `arrive_by` ISO dates: of a new parcel
- `check_back` an ISO date-time: until when the buyer hears from us again
- `days_late` a whole number: of the parcel at hand
- `needed_by` an ISO date: the day the buyer needs it by, in their own words
- `refund_shows_by` an ISO date: until when banks show the newest refund that was made
- `local_times` ISO date-times: scans, deliveries and dates due, by the buyer's clock
- `tracking_pages` a list of addresses: the only links a reply may carry

Rules name checks of `assistant.playbooks.CHECKS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from assistant import deciding
from assistant.deciding import Question
from assistant.deciding.decide import FAULTS, KIND
from assistant.deciding.remedies import wished
from assistant.drafting.brief import Situation
from assistant.drafting.known import known
from assistant.drafting.matter import Matter
from assistant.drafting.own import wanted_size
from assistant.drafting.schedule import Schedule
from assistant.model import Decision, Evidence, Given, Intent, Understanding
from assistant.playbooks import Playbooks, Policy

__all__ = ["FAULTS", "FOLLOW_UP", "KIND", "decide", "question_of"]

FOLLOW_UP = "desk.follow_up"
"""The proof whose `check_back` the desk must keep."""


def decide(situation: Situation, understanding: Understanding, playbooks: Playbooks) -> Decision:
    """The decision for *situation* as understood."""
    matter = Matter(situation, understanding, playbooks)
    decision = deciding.decide(_question(matter), playbooks)
    proof = tuple(_licensed(matter, decision))
    links = decision.links if situation.links else "none"
    return decision.model_copy(update={"proof": proof, "links": links})


def question_of(
    situation: Situation, understanding: Understanding, playbooks: Playbooks
) -> Question:
    """What is decided for *situation*: drafts, edits, quick replies and outreach ask the same."""
    return _question(Matter(situation, understanding, playbooks))


def policies(matter: Matter, intent: Intent) -> tuple[Policy, ...]:
    """The policies about *intent* that stand here."""
    return deciding.policies(_question(matter), matter.playbooks, intent)


def dealt_with(understanding: Understanding) -> tuple[Intent, ...]:
    """The intents that need an answer of their own: what comes of a fault is settled with it."""
    return deciding.dealt_with(understanding.intents)


def check_back(decision: Decision) -> datetime | None:
    """Until when a reply that follows *decision* tells the buyer they will hear from us again."""
    for evidence in decision.proof:
        if evidence.rule == FOLLOW_UP:
            return datetime.fromisoformat(evidence.inputs["check_back"])
    return None


def wording_of(decision: Decision, remedy: str) -> Mapping[str, Any]:
    """The inputs of the proof of *remedy*: its amount and dates."""
    for evidence in decision.proof:
        if evidence.inputs.get("remedy") == remedy:
            return evidence.inputs
    return {}


def gives_wished(gives: str, understanding: Understanding) -> bool:
    """The buyer asked for this by name."""
    return wished(gives, understanding.wishes)


def given(matter: Matter) -> frozenset[Given]:
    """What need not be asked for any more."""
    own: set[Given] = set(matter.understanding.given)
    tracked = bool(matter.understanding.tracking_numbers)
    if matter.given_ref or matter.order is not None or tracked:
        own.add("order_number")
    if wanted_size(matter):
        own.add("size")
    return frozenset(own)


def pages(matter: Matter) -> tuple[str, ...]:
    """Where the buyer may be sent to follow the order's parcels; none where links are refused."""
    if not (matter.platform.tracking_links and matter.situation.links):
        return ()
    found = map(matter.page, matter.parcels)
    return tuple(dict.fromkeys(page for page in found if page))


# ── the question ─────────────────────────────────────────────────────────────


def _question(matter: Matter) -> Question:
    situation, understanding = matter.situation, matter.understanding
    return Question(
        intents=understanding.intents,
        wishes=understanding.wishes,
        language=matter.language,
        market=matter.country,
        platform=situation.platform,
        channel=situation.channel,
        actor=situation.actor,
        given=tuple(sorted(given(matter))),
        facts=known(matter),
        rates=situation.rates,
        zone=situation.zone,
        now=situation.now,
    )


# ── what a reply may say beyond the shop's facts ─────────────────────────────


def _licensed(matter: Matter, decision: Decision) -> Iterator[Evidence]:
    """The proof, with the dates of each remedy, the pages, and the next word to the buyer."""
    days = (one.answers_within_working_days for one in policies(matter, _first(matter)))
    schedule = Schedule.of(matter, min(days, default=1))
    dated = {one.id for one in decision.remedies if not one.missing}
    for evidence in decision.proof:
        inputs = evidence.inputs
        if inputs.get("remedy") in dated and inputs["verdict"] in ("allowed", "lead"):
            inputs = inputs | schedule.inputs(inputs["gives"])
        elif evidence.rule == f"platform.{matter.platform.id}":
            inputs = inputs | {"tracking_pages": list(pages(matter))}
        yield evidence.model_copy(update={"inputs": inputs})
    yield Evidence(
        rule=FOLLOW_UP,
        inputs={
            "check_back": schedule.check_back.isoformat(),
            "local_times": _local_times(matter),
            **_lateness(matter),
            **_days(matter),
        },
    )


def _first(matter: Matter) -> Intent:
    return matter.understanding.intents[0]


def _local_times(matter: Matter) -> list[str]:
    """When parcels were scanned, are due, were delivered, and the order was placed: as the buyer's
    clock has it, which is how a reply says it."""
    known_times = [matter.order.placed_at] if matter.order else []
    for parcel in matter.parcels:
        latest = parcel.latest
        known_times += [parcel.eta, parcel.delivered_at, latest.at if latest else None]
    return [matter.local(one).isoformat() for one in known_times if one is not None]


def _days(matter: Matter) -> dict[str, str]:
    """The day the buyer needs it by; the day a refund that was made shows on their account."""
    days = {"needed_by": matter.needed_by, "refund_shows_by": matter.refund_shows_by}
    return {name: day.isoformat() for name, day in days.items() if day is not None}


def _lateness(matter: Matter) -> dict[str, int]:
    late = matter.days_late(matter.parcel) if matter.parcel else None
    return {} if late is None else {"days_late": late}
