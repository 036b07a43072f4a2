"""What things are called: intents, moods, channels, states, in words of the glossary."""

from __future__ import annotations

from assistant.model import EmotionKind, Intent, Understanding, brand_of
from assistant.words import Text, Words, say, say_n

INTENTS: dict[Intent, Text] = {
    "where_is_my_order": say("where is my order"),
    "delivered_not_received": say("delivered, not received"),
    "damaged": say("damaged"),
    "wrong_item": say("wrong item"),
    "missing_item": say("missing item"),
    "not_as_described": say("not as described"),
    "size_exchange": say("wrong size"),
    "malfunction": say("malfunction"),
    "cancel_order": say("cancel the order"),
    "change_order": say("change the order"),
    "refund_status": say("refund status"),
    "return_request": say("return or money back"),
    "product_question": say("product question"),
    "stock_question": say("stock question"),
    "price_or_promotion": say("price or promotion"),
    "payment_problem": say("payment problem"),
    "invoice": say("invoice"),
    "customs": say("customs"),
    "review_positive": say("good review"),
    "review_negative": say("bad review"),
    "thanks": say("thanks"),
    "complaint_service": say("complaint about service"),
    "legal_or_chargeback": say("legal step or chargeback"),
    "abuse_or_spam": say("abuse or spam"),
    "other": say("other"),
}

EMOTIONS: dict[EmotionKind, Text] = {
    "anger": say("angry"),
    "disappointment": say("disappointed"),
    "worry": say("worried"),
    "sadness": say("sad"),
    "joy": say("happy"),
    "urgency": say("in a hurry"),
    "neutral": say("calm"),
}

OCCASIONS: dict[str, Text] = {
    "birthday": say("for a birthday"),
    "wedding": say("for a wedding"),
    "christmas": say("for Christmas"),
    "anniversary": say("for an anniversary"),
    "trip": say("for a trip"),
}


def understood(what: Understanding, words: Words) -> str:
    """What the buyer wants, how they feel, which order, by when: `damaged; angry; 10045`."""
    told = [words(INTENTS[intent]) for intent in what.intents]
    if what.emotion.kind != "neutral":
        told.append(words(EMOTIONS[what.emotion.kind]))
    if (occasion := OCCASIONS.get(what.details.get("occasion", ""))) is not None:
        told.append(words(occasion))
    if late := what.details.get("days_late"):
        told.append(words(say_n("{n} day late", "{n} days late", int(late))))
    return "; ".join((*told, *what.order_refs))


CHANNELS: dict[str, Text] = {
    "webchat": say("web chat"),
    "webhook": say("webhook"),
    "email": say("e-mail"),
    "whatsapp": say("WhatsApp"),
    "phone": say("phone"),
}

ORDER_STATES: dict[str, Text] = {
    "unpaid": say("not paid yet"),
    "pending": say("payment pending"),
    "paid": say("paid"),
    "partially_shipped": say("partly shipped"),
    "shipped": say("shipped"),
    "delivered": say("delivered"),
    "returned": say("returned"),
    "partially_refunded": say("partly refunded"),
    "refunded": say("refunded"),
    "cancelled": say("cancelled"),
    "lost": say("lost"),
}
"""Of an order and of its payment; a shop's own word for anything else is shown as it is."""

PARCEL_STATES: dict[str, Text] = {
    "label_created": say("announced, not handed over yet"),
    "picked_up": say("handed over to the carrier"),
    "in_transit": say("on its way"),
    "departed": say("left the depot"),
    "arrived": say("arrived at the depot"),
    "customs": say("at customs"),
    "customs_released": say("released by customs"),
    "customs_wants": say("customs want something"),
    "out_for_delivery": say("out for delivery"),
    "waits_for_pickup": say("waits to be picked up"),
    "attempt_failed": say("could not be handed over"),
    "delivered": say("delivered"),
    "exception": say("held up"),
    "returning": say("on its way back"),
    "returned": say("returned to the sender"),
    "damaged": say("damaged on the way"),
    "lost": say("lost"),
}

FAILED_WORK: dict[str, Text] = {
    "receive_message": say("A buyer's message could not be taken in"),
    "show_conversation": say("A card could not be shown"),
    "draft_reply": say("A draft could not be made"),
    "send_reply": say("A reply could not be sent"),
    "do_change": say("A change at the shop could not be done"),
    "wake_conversation": say("A snoozed conversation could not come back"),
    "show_failure": say("A failure could not be shown"),
    "act": say("A press could not be done"),
    "ask": say("A question could not be answered"),
    "tell": say("Somebody could not be told"),
    "alert_room": say("A room could not be told of a trouble"),
    "notify": say("Somebody could not be told of their conversation"),
    "strike_out": say("An old card could not be struck out"),
}
"""By the kind of the command that failed."""


def failed_work(kind: str) -> Text:
    return FAILED_WORK.get(kind, say("Something failed for good"))


def channel_label(channel: str, words: Words) -> str:
    """`e-mail`; a channel without a word of ours keeps its name."""
    label = CHANNELS.get(channel)
    return words(label) if label else brand_of(channel)


def order_state(state: str | None, words: Words) -> str:
    """`partly shipped`; a shop's own word stays as it is."""
    return words(ORDER_STATES[state]) if state in ORDER_STATES else state or ""


def parcel_state(state: str | None, words: Words) -> str:
    """`on its way`; a carrier's own word stays as it is."""
    return words(PARCEL_STATES[state]) if state in PARCEL_STATES else state or ""


def language_label(language: str, words: Words) -> str:
    """`German`; `und` is said as unknown."""
    return words(say("unknown language")) if language == "und" else words.language_name(language)


def flag(market: str | None) -> str:
    """The country's flag; nothing where the market is unknown."""
    if not market or len(market) != 2 or not market.isascii():
        return ""
    return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in market.upper())
