"""The objections of the review: their wording, in one place."""

from __future__ import annotations

from assistant.drafting.lexicon import Wording
from assistant.model import Finding, Proposal, Understanding
from assistant.words import Text, say

STYLE: dict[str, Text] = {
    "doubt": say("This sounds doubtful. Say what you will do."),
    "blame": say("This puts the blame on someone. Say how it will be put right."),
    "feelings": say("This tells the buyer how to feel. Say that you understand instead."),
    "impatience": say("This sounds impatient. Leave the irritation out."),
    "distance": say("This sounds like the end of your interest. Offer further help warmly."),
    "refusal": say("This shuts the door. Say what you can do instead."),
    "policy": say("This hides behind a rule or gives an order. Say what you can do, or ask."),
    "absolute": say("This says more than anybody can know. Say what you do about it."),
    "jargon": say("This is a stock phrase or a term of ours. Say it plainly, or leave it out."),
}
"""By the kind of a wording in the lexicon."""
STYLE_RULE: dict[str, str] = {
    "doubt": "S1.1",
    "refusal": "S1.1",
    "policy": "S1.1",
    "distance": "S1.1",
    "feelings": "S1.2",
    "impatience": "S1.5",
    "blame": "S1.1",
    "absolute": "S4.10",
    "jargon": "S4.4",
}
MANNERS = frozenset(STYLE_RULE.values())
"""The rules of good manners that hold everywhere; a culture's own word for the same goes first."""
COMMITMENT: dict[str, Text] = {
    "refund": say("a refund"),
    "resend": say("a replacement"),
    "exchange": say("an exchange"),
    "discount": say("a discount or voucher"),
    "free": say("something free of charge"),
    "guarantee": say("a guarantee"),
    "compensation": say("compensation"),
    "cancel": say("a cancellation"),
    "return": say("a return label"),
}
GIVEN: dict[str, Text] = {
    "order_number": say("the order number"),
    "tracking_number": say("the tracking number"),
    "photo": say("a photo"),
    "video": say("a video"),
    "receipt": say("the receipt"),
    "address": say("the address"),
    "size": say("the size"),
    "email": say("the e-mail address"),
    "phone": say("the phone number"),
    "date": say("the date"),
}
"""What a buyer may have given, or is asked for."""
CHECK: dict[str, Text] = {
    "apologise_once": say("The reply does not apologise."),
    "empathise_first": say(
        "Say first what happened and how it feels to the buyer, then the remedy."
    ),
    "name_occasion": say("The reply does not name the occasion that was spoilt."),
    "name_item": say("The reply does not name the product."),
    "name_trouble": say("The reply does not say back what went wrong."),
    "state_delay": say("The reply does not say that the parcel is late."),
    "tracking_three_points": say("The reply lacks {what}."),
    "amount_of_refund": say("The reply does not state the amount of the refund."),
    "say_who_and_when": say("The reply does not say who does what next, and by when."),
    "thank_buyer": say("The reply does not thank the buyer."),
    "answer_stock": say("The reply does not say whether it is in stock."),
    "state_right": say(
        "This offers less than the law owes. Say that the buyer may have the money or a new one."
    ),
    "buyer_pays_return": say("The buyer must not be made to pay for the return here."),
    "demand_return": say("Nothing has to be sent back here. Do not ask for it."),
    "coupon_instead": say("A voucher must not stand in for what is owed."),
    "coupon": say("Vouchers and discounts are not allowed here."),
    "promise_outcome": say("Do not promise an outcome that is not decided."),
    "guess_arrival": say("Nobody confirmed this arrival date."),
    "blame_carrier": say("Do not blame the carrier or the warehouse."),
    "play_down_difference": say("Do not play the difference down."),
    "marketing": say("Advertising is not allowed here."),
    "review_request": say("Asking for a review, or for a change of one, is not allowed here."),
    "off_platform": say("Do not lead the buyer away from the platform."),
    "ask_to_cancel": say("Do not ask the buyer to cancel or to close a case."),
    "bare_thanks": say("A message that only says thank you is not allowed here."),
    "emoji": say("No emoji in this culture."),
    "exclamation": say("No exclamation marks in this culture."),
    "admit_liability": say("Do not admit liability or judge the legal position."),
    "external_link": say("Links are not allowed here."),
    "contact_details": say("Contact details are not allowed here."),
    "confirm_receipt_pressure": say("Do not press the buyer to confirm receipt."),
    "close_dispute_request": say("Do not ask the buyer to close or withdraw a dispute."),
    "fake_urgency": say("This presses the buyer with haste. Give the date, and leave it to them."),
    "holiday_greeting": say(
        "The buyer named no such feast, and it may not be theirs. Leave the greeting out."
    ),
    "opening_marks": say("Spanish opens a question with ¿ and an exclamation with ¡."),
    "tight_marks": say("Before : ; ! and ? French puts a space."),
}
"""By the id of a check that a rule names."""


def style(wording: Wording) -> Text:
    return STYLE[wording.kind]


_DOUBTED = say(
    "The language model reads another matter in this than Parley's rules do. Compare the draft "
    "with the buyer's words before you send it."
)


def otherwise(proposal: Proposal, understanding: Understanding) -> tuple[Finding, ...]:
    """Not written, or not read, by whom it should have been: the card says why."""
    if proposal.reason is not None:
        reason, rule = proposal.reason, "draft.offline"
    elif understanding.reason is not None:
        why = understanding.reason
        reason, rule = say("Read without the language model. {why}", why=why), "read.offline"
    elif understanding.doubted:
        return (Finding(severity="warn", rule="read.doubted", start=0, end=0, message=_DOUBTED),)
    else:
        return ()
    return (Finding(severity="tip", rule=rule, start=0, end=0, message=reason),)
