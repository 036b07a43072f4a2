"""What a reply says about faults, sizes, stock and the rest: the decision, with amount and date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from assistant.drafting.decide import FAULTS, check_back, given, gives_wished, wording_of
from assistant.drafting.matter import Matter
from assistant.drafting.own import counted, missing_piece, product, wanted_size
from assistant.drafting.plan import Amount, Answer, Day, Moment, Raw, Say, Thing, Title, say
from assistant.model import Decision, Given, Intent, Remedy, Stock
from assistant.playbooks import Money

_ASKS: tuple[Given, ...] = ("order_number", "photo", "video", "size", "address", "receipt")
"""What matters most comes first: without the order nothing can be decided."""
TANGIBLE = frozenset({"refund", "resend", "exchange"})
NOTHING_CAME: frozenset[Intent] = frozenset({"missing_item", "where_is_my_order", "refund_status"})
"""There is nothing that could be sent back, so nothing is said of it."""


def asks(matter: Matter, decision: Decision) -> tuple[Say, ...]:
    """The one question that matters most, and what its answer is good for: nobody is sent
    looking for two things at once, nor asked for what they gave."""
    wanted = [name for name in _ASKS if name in decision.ask_for and name not in given(matter)]
    if not wanted:
        return ()
    thing = counted(matter) if wanted[0] == "photo" else None
    settles = len(wanted) == 1 and bool(FAULTS & set(matter.understanding.intents))
    then = say("then.decide" if settles else "then.look")
    if thing is not None and "wrong_item" in matter.understanding.intents:
        return say("ask.photo.arrived"), then
    return say(f"ask.{wanted[0]}", product=thing), then


def fault_answer(matter: Matter, decision: Decision, again: Moment) -> Answer:
    """Refund or a new one, as asked, with the other as a choice; a question where one is open."""
    offers = [one for one in decision.allowed() if gives_of(decision, one) in TANGIBLE]
    if missing_piece(matter) and not any(_wished(matter, decision, one) for one in offers):
        offers.sort(key=lambda one: gives_of(decision, one) != "resend")
    kept = _kept(matter, decision, offers)
    if kept:
        return Answer(kept, _evidence(matter))
    pending = _wished_with_a_lead(matter, decision)
    if pending and not any(_wished(matter, decision, one) for one in offers):
        return Answer((say("lead.remedy", check_back=again),), _evidence(matter))
    if offers:
        return Answer(offers_of(matter, decision, offers), _evidence(matter))
    open_questions = asks(matter, decision)
    if open_questions:
        return Answer((), open_questions)
    if matter.order is None:
        return Answer((), (say("do.lookup", check_back=again), *_evidence(matter)))
    return Answer((say("lead.remedy", check_back=again),), _evidence(matter))


def _kept(matter: Matter, decision: Decision, offers: list[Remedy]) -> tuple[Say, ...]:
    """Who asks to keep it for less may; what is owed stands beside it, to be chosen."""
    parts = (one for one in decision.allowed() if gives_of(decision, one) == "partial_refund")
    part = next((one for one in parts if _wished(matter, decision, one)), None)
    inputs = wording_of(decision, part.id) if part else {}
    if "refund_amount" not in inputs or not offers:
        return ()
    amount, refund_on = amount_of(inputs), day_of(inputs, "refund_on", "refund")
    keep = say("do.keep", product=counted(matter), amount=amount, refund_on=refund_on)
    whole = next((one for one in offers if gives_of(decision, one) == "refund"), None)
    if whole is None:
        return keep, or_else(matter, decision, offers[0])
    owed = wording_of(decision, whole.id)
    before = Moment(datetime.fromisoformat(owed["reply_by"]), "before")
    code = say("code.refund")
    return keep, say("or.whole", amount=amount_of(owed), code=code, reply_by=before)


def sent_after(matter: Matter) -> Thing:
    """What is sent: the piece alone where only that is missing; all of it where it is several."""
    return missing_piece(matter) or counted(matter)


def offers_of(matter: Matter, decision: Decision, offers: list[Remedy]) -> tuple[Say, ...]:
    """What happens, and what the buyer may choose instead."""
    first = offers[0]
    sentences = [_do(matter, decision, first), *_undated(matter, decision, first)]
    if missing_piece(matter) and gives_of(decision, first) == "resend":
        return tuple(sentences)  # nobody wants the price of a pot back for its lid
    for other in offers[1:]:
        if gives_of(decision, other) != gives_of(decision, first):
            return (*sentences, or_else(matter, decision, other))
    return tuple(sentences)


def _do(matter: Matter, decision: Decision, remedy: Remedy) -> Say:
    """What happens if the buyer does nothing."""
    inputs = wording_of(decision, remedy.id)
    asked = ".asked" if _wished(matter, decision, remedy) else ""
    plain = bool(NOTHING_CAME & set(matter.understanding.intents[:1]))
    if inputs["gives"] == "refund":
        return _do_refund(matter, inputs, asked, plain=plain)
    ship_on, arrive_by = day_of(inputs, "ship_on"), day_of(inputs, "arrive_by", "by")
    undated = "" if arrive_by else ".undated"
    if missing_piece(matter):
        key = f"do.resend.piece{undated}"
    else:
        key = f"do.resend{'.plain' if plain else ''}{undated}{asked}"
    return say(key, product=sent_after(matter), ship_on=ship_on, arrive_by=arrive_by)


def _undated(matter: Matter, decision: Decision, remedy: Remedy) -> tuple[Say, ...]:
    """Where we know no day on which it leaves, by when the buyer hears of it."""
    inputs = wording_of(decision, remedy.id)
    due = check_back(decision)
    if inputs["gives"] == "refund" or "ship_on" in inputs or due is None:
        return ()
    return (say("tell.leaves", check_back=Moment(matter.local(due), "by")),)


def _do_refund(matter: Matter, inputs: Mapping[str, Any], asked: str, *, plain: bool) -> Say:
    amount, refund_on = amount_of(inputs), day_of(inputs, "refund_on", "refund")
    if plain:
        return say(f"do.refund.plain{asked}", amount=amount, refund_on=refund_on)
    whole = matter.refundable is not None and amount.money == matter.refundable
    whole = whole and not (matter.order and matter.order.refunds)
    key = f"do.refund.{'full' if whole else 'item'}{asked}"
    return say(key, amount=amount, product=counted(matter), refund_on=refund_on)


def or_else(matter: Matter, decision: Decision, remedy: Remedy) -> Say:
    """What the buyer may choose instead, and until when."""
    inputs = wording_of(decision, remedy.id)
    if inputs["gives"] != "refund":
        return or_resend(matter, decision, remedy)
    before = Moment(datetime.fromisoformat(inputs["reply_by"]), "before")
    code = say("code.refund")
    return say("or.refund", amount=amount_of(inputs), code=code, reply_by=before)


def or_resend(matter: Matter, decision: Decision, remedy: Remedy) -> Say:
    """A new one, with the day it leaves and the day it comes."""
    inputs = wording_of(decision, remedy.id)
    before = Moment(datetime.fromisoformat(inputs["reply_by"]), "before")
    thing = sent_after(matter)
    code = say("code.resend", product=thing) if _short(thing) else say("code.resend.plain")
    ship_on, arrive_by = day_of(inputs, "ship_on"), day_of(inputs, "arrive_by", "by")
    key = "or.resend" if arrive_by else "or.resend.undated"
    return say(key, product=thing, ship_on=ship_on, arrive_by=arrive_by, code=code, reply_by=before)


def _short(thing: Thing) -> bool:
    """A word that a buyer can type: a noun, not a shop's title."""
    return thing.concept is not None


def _evidence(matter: Matter) -> tuple[Say, ...]:
    """The photo they sent is enough: nobody should wonder."""
    if "photo" not in matter.understanding.given:
        return ()
    images = [
        file
        for message in matter.situation.messages
        for file in message.attachments
        if message.author == "buyer" and file.mime.startswith("image/")
    ]
    return (say("have.photos" if len(images) > 1 else "have.photo"),)


def _wished(matter: Matter, decision: Decision, remedy: Remedy) -> bool:
    return gives_wished(gives_of(decision, remedy), matter.understanding)


def _wished_with_a_lead(matter: Matter, decision: Decision) -> bool:
    leads = (
        one
        for one in decision.remedies
        if one.verdict == "lead" and gives_of(decision, one) != "goodwill"
    )
    return any(_wished(matter, decision, one) for one in leads)


def gives_of(decision: Decision, remedy: Remedy) -> str:
    return str(wording_of(decision, remedy.id).get("gives", ""))


def amount_of(inputs: Mapping[str, Any]) -> Amount:
    return Amount(Money.parse(str(inputs["refund_amount"])))


def day_of(inputs: Mapping[str, Any], name: str, how: str = "on") -> Day | None:
    if name not in inputs:
        return None
    day = date.fromisoformat(inputs[name])
    return Day(day, "refund" if how == "refund" else "by" if how == "by" else "on")


# ── sizes, stock, everything else ────────────────────────────────────────────


def size_answer(matter: Matter, decision: Decision, check_back: Moment) -> Answer:
    """The money, where the buyer would rather have that; else the size they want."""
    back = return_said(matter, decision, check_back)
    if back:
        return Answer((back,))
    offers = [one for one in decision.allowed() if gives_of(decision, one) == "exchange"]
    size = wanted_size(matter)
    if offers and size:
        inputs = wording_of(decision, offers[0].id)
        ship_on, arrive_by = day_of(inputs, "ship_on"), day_of(inputs, "arrive_by", "by")
        key = "do.exchange" if arrive_by else "do.exchange.undated"
        said = say(key, size=Raw(size), ship_on=ship_on, arrive_by=arrive_by)
        return Answer((said, *_undated(matter, decision, offers[0])))
    open_questions = asks(matter, decision)
    if open_questions:
        return Answer((), open_questions)
    if size:
        return Answer((), (say("do.size.check", size=Raw(size), check_back=check_back),))
    return topic_answer("size_exchange", check_back)


def return_said(matter: Matter, decision: Decision, check_back: Moment) -> Say | None:
    """How to send it back, and the money for it, where the buyer wants that and may."""
    offers = (one for one in decision.allowed() if gives_of(decision, one) == "return")
    wanted = next((one for one in offers if _wished(matter, decision, one)), None)
    inputs = wording_of(decision, wanted.id) if wanted else {}
    if "refund_amount" not in inputs:
        return None
    return sent_back(matter, decision, amount_of(inputs), check_back)


def sent_back(matter: Matter, decision: Decision, amount: Amount, check_back: Moment) -> Say | None:
    """Who pays for sending it back, and when the money follows.

    None where it must be us and a language has no words for that yet: somebody takes it.
    """
    key = "do.return"
    if any(one.check == "buyer_pays_return" for one in decision.must_not):
        key = "do.return.free"
        for language in (matter.language, matter.situation.agent_language):
            phrases = matter.playbooks.phrases(language)
            if phrases and key not in phrases.phrases:
                return None
    return say(key, product=product(matter), amount=amount, check_back=check_back)


def stock_answer(matter: Matter, check_back: Moment) -> Answer:
    """Yes or no first, from the shop's count."""
    stock = matter.stock
    if stock is None:
        return Answer((), (say("stock.unknown", check_back=check_back),))
    title = Title(stock.title, tuple(stock.variant.values()))
    if stock.in_stock > 0:
        price = _price(stock)
        return Answer((say("stock.yes.price" if price else "stock.yes", title=title, price=price),))
    if stock.expected_at is None:
        return Answer((say("stock.no", title=title),), (say("back.stock", check_back=check_back),))
    expected = Day(stock.expected_at.date())
    return Answer((say("stock.no.date", title=title, expected=expected),))


def _price(stock: Stock) -> Amount | None:
    if stock.price is None or stock.currency is None:
        return None
    return Amount(Money.of(stock.price, stock.currency))


def topic_answer(intent: Intent, check_back: Moment) -> Answer:
    """Somebody takes it, and by when."""
    topic = say(f"topic.{intent}")
    return Answer((say("work.topic", topic=topic, check_back=check_back),))
