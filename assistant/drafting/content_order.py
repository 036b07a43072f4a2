"""What a reply says about an order that is called off, sent back, paid back, or lost on its way."""

from __future__ import annotations

from assistant.drafting.content_remedy import (
    TANGIBLE,
    amount_of,
    day_of,
    gives_of,
    offers_of,
    sent_back,
    topic_answer,
)
from assistant.drafting.decide import wording_of
from assistant.drafting.matter import Matter
from assistant.drafting.plan import Amount, Answer, Carrier, Day, Moment, Raw, Say, say
from assistant.model import Decision, Intent, Refund, Remedy
from assistant.playbooks import Money, carrier_name

ANSWERED: frozenset[Intent] = frozenset({"cancel_order", "return_request", "refund_status"})
"""What this module answers."""


def order_answer(matter: Matter, decision: Decision, intent: Intent, again: Moment) -> Answer:
    """The first thing an agent may do; somebody takes it where there is none."""
    if intent == "refund_status":
        return _refund_answer(matter, decision, again)
    if intent == "cancel_order" and matter.cancelled and matter.order is not None:
        done = say("order.cancelled", ref=Raw(matter.order.ref))
        return _paid_back(matter, decision, done, again)
    policies = {one.id for one in matter.playbooks.policies_for(intent)}
    for remedy in decision.allowed():
        if remedy.because[0].rpartition(".")[0] not in policies:
            continue  # it is about another matter of the same message
        said = _said(matter, decision, remedy, again)
        if said is not None:
            return Answer((said,))
    return topic_answer(intent, again)


def _paid_back(matter: Matter, decision: Decision, done: Say, again: Moment) -> Answer:
    """It is called off: with the money, where it went back already."""
    if matter.order and matter.order.refunds:
        refund = _refund_answer(matter, decision, again)
        return Answer((done, *refund.middle), refund.next)
    return Answer((done,), (say("back.by", check_back=again),))


def _said(matter: Matter, decision: Decision, remedy: Remedy, again: Moment) -> Say | None:
    gives, inputs = gives_of(decision, remedy), wording_of(decision, remedy.id)
    assert matter.order is not None
    ref = Raw(matter.order.ref)
    if gives == "inquiry":
        return say("do.stop", carrier=_carrier(matter), check_back=again)
    if "refund_amount" not in inputs:
        return None
    amount = amount_of(inputs)
    if gives == "cancellation":
        return say(
            "do.cancel", ref=ref, amount=amount, refund_on=day_of(inputs, "refund_on", "refund")
        )
    if gives == "return":
        return sent_back(matter, decision, amount, again)
    return None


def _carrier(matter: Matter) -> Carrier:
    parcel = matter.parcel
    if parcel is None:
        return Carrier(None)
    return Carrier(carrier_name(parcel, matter.market, matter.playbooks.world))


def _refund_answer(matter: Matter, decision: Decision, again: Moment) -> Answer:
    """Made, with its sum and its day; else made now, where it is due; else looked into."""
    refunds = matter.order.refunds if matter.order else ()
    made = [one for one in (_made(matter, refund) for refund in refunds) if one]
    if made:
        return Answer((*made, *_shown(matter, again)))
    offers = [one for one in decision.allowed() if gives_of(decision, one) == "refund"]
    if offers:
        return Answer(offers_of(matter, decision, offers[:1]))
    return topic_answer("refund_status", again)


def _shown(matter: Matter, again: Moment) -> tuple[Say, ...]:
    """Until when the bank shows it; somebody looks where it should be there already."""
    day = matter.refund_shows_by
    if day is None or day < matter.today:
        return (say("refund.trace", check_back=again),)
    return (say("refund.shows", shows_by=Day(day, "by")),)


def _made(matter: Matter, refund: Refund) -> Say | None:
    order = matter.order
    if refund.amount is None or order is None or order.currency is None:
        return None
    amount = Amount(Money.of(refund.amount, order.currency))
    if refund.at is None:
        return say("refund.made.undated", amount=amount)
    return say("refund.made", amount=amount, refunded_on=Day(matter.local(refund.at).date()))


def lost_answer(matter: Matter, decision: Decision, answer: Answer) -> Answer:
    """*answer* about a parcel that is lost, with what is done about it where an agent may."""
    offers = [one for one in decision.allowed() if gives_of(decision, one) in TANGIBLE]
    if not offers:
        return answer
    return Answer((*answer.middle, *offers_of(matter, decision, offers)))
