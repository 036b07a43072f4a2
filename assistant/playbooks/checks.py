"""What a rule's `must` and `forbid` name: each id is something that the review can tell.

One table for both sides: playbooks may name nothing else, and the review reads
`decision.must[].check` and `decision.must_not[].check` by these ids. The texts are for the team and
go through the catalogues.

What they look at: `name_occasion` at `details.occasion` and `details.person`; `ask_again` at
`understanding.given`; `amount_of_refund`, `say_who_and_when` and `guess_arrival` at the `inputs` of
the proof (see `assistant.drafting.decide`); `tracking_three_points` at the order's parcels.
"""

from __future__ import annotations

from collections.abc import Mapping

from assistant.words import say

MUST: Mapping[str, str] = {
    "apologise_once": say("apologise, once").id,
    "empathise_first": say("name the trouble and how it feels before any remedy").id,
    "name_occasion": say("name the event that was spoilt").id,
    "name_item": say("name the product").id,
    "name_trouble": say("say back what went wrong").id,
    "state_delay": say("say that the parcel is late, and when it was due").id,
    "tracking_three_points": say("give the number, a page to follow it, and the latest scan").id,
    "amount_of_refund": say("state the amount of the refund").id,
    "say_who_and_when": say("say who does what next, and by when").id,
    "thank_buyer": say("thank the buyer").id,
    "answer_stock": say("say whether it is in stock").id,
    "state_right": say("name what the law owes beside a lesser offer").id,
}
MUST_NOT: Mapping[str, str] = {
    "ask_again": say("ask for what the buyer already gave").id,
    "buyer_pays_return": say("make the buyer pay for sending it back").id,
    "demand_return": say("ask for the goods back").id,
    "coupon_instead": say("offer a coupon in place of what is owed").id,
    "promise_outcome": say("promise an outcome that no rule allows").id,
    "guess_arrival": say("name an arrival date that nobody gave").id,
    "blame_carrier": say("blame the carrier, the warehouse or the buyer").id,
    "play_down_difference": say("call a difference from the picture normal").id,
    "external_link": say("link out of the platform").id,
    "contact_details": say("give e-mail addresses, telephone numbers or messengers").id,
    "coupon": say("give coupons or discount codes").id,
    "marketing": say("advertise").id,
    "review_request": say("ask for a review, or for one to be changed").id,
    "review_incentive": say("offer anything for a review").id,
    "off_platform": say("lead the buyer off the platform").id,
    "ask_to_cancel": say("ask the buyer to cancel").id,
    "bare_thanks": say("say thank you and nothing else").id,
    "emoji": say("use emoji").id,
    "exclamation": say("use exclamation marks").id,
    "admit_liability": say("admit liability, or judge the buyer's legal position").id,
    "confirm_receipt_pressure": say("press the buyer to confirm receipt").id,
    "close_dispute_request": say("ask the buyer to close or withdraw a dispute").id,
    "fake_urgency": say("press the buyer with haste").id,
    "holiday_greeting": say("send greetings for a feast that the buyer did not name").id,
    "opening_marks": say("leave out the signs that open a question: ¿ ¡").id,
    "tight_marks": say("leave out the space before : ; ! and ? that French wants").id,
}
CHECKS: Mapping[str, str] = {**MUST, **MUST_NOT}
"""Every check id, and what it means to a person of the team (a message id)."""
