"""Every name a condition may use. What nobody knows is absent, never false."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Kind = Literal["bool", "int", "string", "strings", "money", "time"]


class Variable(NamedTuple):
    """One name of the vocabulary. `ask`: what the buyer can give to make it known."""

    kind: Kind
    meaning: str
    ask: str | None = None
    question: str = ""
    """How a storefront wants its own fact asked for."""


_ORDER: Mapping[str, Variable] = {
    "order.known": Variable("bool", "a shop confirmed the order; always known"),
    "order.ref": Variable("string", "its number", "order_number"),
    "order.status": Variable("string", "as the shop says it", "order_number"),
    "order.currency": Variable("string", "`EUR`, `JPY` …", "order_number"),
    "order.country": Variable("string", "where it is sent, `DE`", "order_number"),
    "order.total": Variable("money", "what was paid", "order_number"),
    "order.refundable": Variable("money", "what was paid and not refunded yet", "order_number"),
    "order.refunded": Variable("money", "what went back already", "order_number"),
    "order.refunds": Variable("int", "how often money went back", "order_number"),
    "order.paid": Variable("bool", "the shop has the money", "order_number"),
    "order.payment_method": Variable("string", "as the shop says it: `card` …", "order_number"),
    "order.payment_status": Variable("string", "as the shop says it", "order_number"),
    "order.cancelled": Variable("bool", "it was called off", "order_number"),
    "order.lines": Variable("int", "different items in it", "order_number"),
    "order.placed_at": Variable("time", "when it was placed", "order_number"),
    "order.days_since_placed": Variable("int", "whole days", "order_number"),
    "order.shipped": Variable("bool", "a parcel is with the carrier", "order_number"),
    "order.shipped_at": Variable("time", "when the last parcel left", "order_number"),
    "order.days_since_shipped": Variable("int", "whole days since then", "order_number"),
    "order.delivered": Variable("bool", "every parcel was delivered", "order_number"),
    "order.delivered_at": Variable("time", "when the last parcel arrived", "order_number"),
    "order.days_since_delivery": Variable(
        "int", "whole days since the last parcel", "order_number"
    ),
}
_ITEM: Mapping[str, Variable] = {
    "item.title": Variable("string", "of the item the buyer writes about", "order_number"),
    "item.sku": Variable("string", "the shop's code of it", "order_number"),
    "item.category": Variable("string", "what kind of product, as the shop says it"),
    "item.tags": Variable("strings", "the shop's labels of it"),
    "item.price": Variable("money", "what all pieces of it cost", "order_number"),
    "item.unit_price": Variable("money", "what one piece of it costs", "order_number"),
    "item.cost": Variable("money", "what all pieces of it cost us: the shop's, else an estimate"),
    "item.refundable": Variable(
        "money", "what may go back for it: all of the order where it is the only item"
    ),
    "item.quantity": Variable("int", "pieces bought", "order_number"),
    "item.in_stock": Variable("int", "pieces there now"),
    "item.final_sale": Variable("bool", "the shop sold it without a right to return"),
    "wanted.sku": Variable("string", "the item the buyer wants instead", "wanted.sku"),
    "wanted.category": Variable("string", "what kind of product that is", "wanted.sku"),
    "wanted.price": Variable("money", "what that costs", "wanted.sku"),
    "wanted.in_stock": Variable("int", "pieces of that there now", "wanted.sku"),
    "stock.count": Variable("int", "pieces of the product asked about"),
}
_PARCEL: Mapping[str, Variable] = {
    "parcel.known": Variable("bool", "the order has a parcel; always known once the order is"),
    "parcel.count": Variable("int", "how many parcels the order has"),
    "parcel.number_known": Variable("bool", "it has a tracking number"),
    "parcel.status": Variable("string", "`in_transit`, `delivered` …"),
    "parcel.late": Variable("bool", "its date has passed and it is still under way"),
    "parcel.days_late": Variable("int", "whole days past its date, 0 where on time"),
    "parcel.days_to_spare": Variable(
        "int", "whole days from its date to the day the buyer needs it, below 0 where too late"
    ),
    "parcel.days_since_scan": Variable("int", "whole days since its newest event"),
    "parcel.days_in_transit": Variable("int", "whole days since it left, up to its delivery"),
    "parcel.shipped_at": Variable("time", "when it left"),
    "parcel.eta": Variable("time", "when the carrier expects to deliver"),
    "route.from": Variable("string", "the country it is sent from"),
    "route.to": Variable("string", "the country it is sent to"),
    "route.domestic": Variable("bool", "both are the same"),
    "route.shipping_cost": Variable("money", "what sending costs us"),
    "route.return_cost": Variable("money", "what a return label costs us"),
    "route.duty": Variable("string", "`ddp`: we pay the duty; `dap`: the buyer does"),
}
_BUYER: Mapping[str, Variable] = {
    "buyer.verified": Variable("bool", "the channel proved who it is; always known"),
    "buyer.country": Variable("string", "`DE`"),
    "buyer.tier": Variable("string", "as the shop groups its customers: `gold` …"),
    "buyer.orders": Variable("int", "orders so far"),
    "buyer.claims": Variable("int", "claims in the last twelve months"),
    "buyer.balance": Variable("money", "store credit or gift card left"),
}
_REQUEST: Mapping[str, Variable] = {
    "request.at": Variable("time", "of the buyer's newest message"),
    "request.intent": Variable("string", "the intent this policy is asked about; always known"),
    "request.intents": Variable("strings", "all intents; always known"),
    "request.wishes": Variable("strings", "what the buyer asks for by name; always known"),
    "request.occasion": Variable("bool", "an event depends on it; always known"),
    "request.emotional": Variable("bool", "the buyer shows a feeling; always known"),
    "request.product": Variable("bool", "the buyer names the product; always known"),
    "request.answered": Variable("bool", "one of the team's answers settles it; always known"),
    "request.asking": Variable("bool", "the reply asks the buyer for something; known to rules"),
    "request.deadline": Variable("bool", "the buyer names a day it is needed by; always known"),
    "request.silent": Variable("bool", "the buyer wrote no word and sent no file; always known"),
    "request.upset": Variable("bool", "anger, disappointment, worry or sadness; always known"),
    "request.strong": Variable("bool", "a strong feeling; always known"),
    "request.size": Variable("string", "the size wanted", "size"),
    "request.confirmed": Variable(
        "bool", "the buyer said yes to what we proposed", "request.confirmed"
    ),
    "request.amount": Variable("money", "the sum the buyer names", "request.amount"),
    "request.refund_to": Variable(
        "string",
        "where the money should go: `original`, `gift_card`, `store_credit`",
        "request.refund_to",
    ),
    "request.reason": Variable("string", "why, in a word", "request.reason"),
    "request.quantity": Variable("int", "how many pieces it is about", "request.quantity"),
}
_EVIDENCE: Mapping[str, Variable] = {
    "evidence.photo": Variable("bool", "a photo is there", "photo"),
    "evidence.video": Variable("bool", "a video is there", "video"),
    "evidence.receipt": Variable("bool", "a receipt is there", "receipt"),
    "evidence.order_number": Variable("bool", "an order number is there", "order_number"),
    "evidence.tracking_number": Variable("bool", "a tracking number is there", "tracking_number"),
    "evidence.address": Variable("bool", "an address is there", "address"),
    "evidence.size": Variable("bool", "a size is there", "size"),
    "evidence.email": Variable("bool", "an e-mail address is there", "email"),
    "evidence.phone": Variable("bool", "a telephone number is there", "phone"),
    "evidence.date": Variable("bool", "a date is there", "date"),
}
_PLACE: Mapping[str, Variable] = {
    "goodwill.left": Variable("money", "what the agent may still give away this week"),
    "goodwill.used": Variable("money", "what the agent gave away this week"),
    "actor.lead": Variable("bool", "a lead is deciding; always known"),
    "market": Variable("string", "the buyer's country"),
    "platform": Variable("string", "`own`, `amazon` …; always known"),
    "channel": Variable("string", "`webchat`, `email` …; always known"),
    "language": Variable("string", "the reply's, `de`; always known"),
    "now": Variable("time", "the moment of the decision; always known"),
}
VARIABLES: Mapping[str, Variable] = {
    **_ORDER,
    **_ITEM,
    **_PARCEL,
    **_BUYER,
    **_REQUEST,
    **_EVIDENCE,
    **_PLACE,
}
