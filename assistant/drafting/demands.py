"""What the decision demands and forbids, check by check (`assistant.playbooks.CHECKS`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from assistant.drafting.commitments import committed, reported
from assistant.drafting.findings import CHECK
from assistant.drafting.fixes import missing
from assistant.drafting.lexicon import BuyerWords, buyer_words, stem, written
from assistant.drafting.plain import fold
from assistant.drafting.rights import right_unnamed
from assistant.drafting.subject import Subject, denied
from assistant.drafting.things import meant
from assistant.model import Demand, Finding, Severity
from assistant.words import Text, say

Place = tuple[int, int]
_EMOJI = re.compile(
    "[\U0001f300-\U0001faff\U00002600-\U000027bf\U0001f1e6-\U0001f1ff\u2b50\u2705\u274c]"
)
_TIGHT = re.compile(r"(?<=[^\W\d_])[!?;:](?=\s|$)|(?<=[\d%€)»])[!?;](?=\s|$)")
_HARD = frozenset(
    {
        "external_link",
        "contact_details",
        "review_incentive",
        "off_platform",
        "confirm_receipt_pressure",
        "close_dispute_request",
    }
)
"""A platform's rule: no lead can allow it."""
_SOFT = frozenset({"emoji", "exclamation", "fake_urgency", "holiday_greeting"})
_TIPS = frozenset({"opening_marks", "tight_marks"})
_TOLD = frozenset({"holiday_greeting"})
"""Checks for which it is not enough that their wording stands there."""


def demands(subject: Subject) -> Iterator[Finding]:
    """Everything that must be said and is not; everything that must not and is."""
    decision = subject.brief.decision
    for demand in _unique(decision.must):
        lacking = _MUST[demand.check](subject) if demand.check in _MUST else None
        if lacking is not None:
            severity = demand.severity or "warn"
            yield _lacking(subject, demand, severity, lacking)
    for demand in _unique(decision.must_not):
        place = _MUST_NOT[demand.check](subject) if demand.check in _MUST_NOT else None
        if place is None and demand.check not in _TOLD:
            place = _said(subject, demand.check)
        if place is not None:
            yield subject.finding(
                demand.severity or _usual(demand.check),
                demand.rule,
                place,
                CHECK.get(demand.check, say("A playbook forbids this here.")),
                lead_may_override=demand.check not in _HARD,
            )


def _lacking(subject: Subject, demand: Demand, severity: Severity, why: Text) -> Finding:
    """What is missing, with the sentence that one press adds."""
    lacks = next((key for key, one in _POINTS.items() if why.values.get("what") == one), "")
    sentence, fix = missing(subject, demand.check, lacks) or (None, None)
    return subject.finding(severity, demand.rule, subject.whole, why, better=sentence, fix=fix)


_POINTS = {
    "number": say("the tracking number"),
    "page": say("the page to follow the parcel"),
    "event": say("the latest event of the parcel"),
}
"""The three points of a tracking answer (S2.8)."""


def _usual(check: str) -> Severity:
    """How grave it is to do what *check* forbids, where the playbook does not say."""
    if check in _TIPS:
        return "tip"
    return "warn" if check in _SOFT else "block"


def _unique(demands: tuple[Demand, ...]) -> Iterator[Demand]:
    """Several playbooks may ask for the same; lists of words are looked at by `said`."""
    seen: set[str] = set()
    for demand in demands:
        if demand.check not in seen and not demand.words:
            seen.add(demand.check)
            yield demand


def _said(subject: Subject, check: str) -> Place | None:
    """Where the wording under *check* stands in the reply."""
    return spoken_at(subject, check, subject.folded)


def spoken_at(subject: Subject, check: str, folded: str) -> Place | None:
    """Where *folded* text says what *check* names, in the reply's language or English."""
    for words in subject.spoken:
        for phrase in words.checks.get(check, ()):
            for match in phrase.finditer(folded):
                if not denied(words, folded, match, phrase):
                    return match.start(), match.end()
    return None


def _can_tell(subject: Subject, check: str) -> bool:
    """Do we have wordings of *check* in the reply's language? Without them nothing is missed."""
    return subject.own is not None and check in subject.own.checks


def _buyer(subject: Subject) -> BuyerWords | None:
    name = stem(subject.language)
    return buyer_words(name) if name in written("") else None


# ── must ─────────────────────────────────────────────────────────────────────


def _apologise(subject: Subject) -> Text | None:
    words = subject.own
    if words is None or not words.apologies:
        return None
    said = any(one.search(subject.folded) for one in words.apologies)
    return None if said else CHECK["apologise_once"]


def _empathise(subject: Subject) -> Text | None:
    """A feeling, an apology or the trouble is named before the first commitment (S1.2)."""
    if not _can_tell(subject, "empathy"):
        return None
    felt = _said(subject, "empathy")
    promised = min((where[0] for _, _, where in committed(subject)), default=len(subject.text))
    return None if felt and felt[0] <= promised else CHECK["empathise_first"]


def _occasion(subject: Subject) -> Text | None:
    """S1.2: the birthday is named."""
    told = subject.brief.understanding.details
    words = _buyer(subject)
    if words is None or "occasion" not in told:
        return None
    phrases = (
        *words.occasions.get(told["occasion"], ()),
        *words.persons.get(told.get("person", ""), ()),
    )
    said = not phrases or any(one.search(subject.folded) for one in phrases)
    return None if said else CHECK["name_occasion"]


def _item(subject: Subject) -> Text | None:
    told = subject.brief.understanding.details
    names = {fold(told["product"])} if "product" in told else set()
    for title in _titles(subject):
        names |= set(re.findall(r"\w{4,}", fold(title)))
    words = _buyer(subject)
    keys = {told["product_key"]} if "product_key" in told else set()
    for title in _titles(subject):
        keys |= meant(title)
    known = [one for key in keys for one in words.products.get(key, ())] if words else []
    if not names and not known:
        return None
    said = any(name in subject.folded for name in names)
    said = said or any(one.search(subject.folded) for one in known)
    return None if said else CHECK["name_item"]


def _titles(subject: Subject) -> Iterator[str]:
    facts = subject.brief.situation.facts
    yield from (item.title for order in facts.orders for item in order.items)
    yield from (stock.title for stock in facts.stock)


def name_trouble(subject: Subject) -> Text | None:
    """The part, the delay, or any of the words buyers have for such a trouble."""
    told = subject.brief.understanding.details
    words = _buyer(subject)
    if words is None or ("part" in told and fold(told["part"]) in subject.folded):
        return None
    for intent in subject.brief.understanding.intents[:2]:
        for weight, phrases in words.intents.get(intent, ()):
            if weight > 0 and any(one.search(subject.folded) for one in phrases):
                return None
    late = told.get("days_late")
    if late and late in {str(span.number) for span in subject.of("duration", "number")}:
        return None
    return CHECK["name_trouble"]


def _delay(subject: Subject) -> Text | None:
    said = any(subject.of("date", "duration", "weekday"))
    return None if said else CHECK["state_delay"]


def _three_points(subject: Subject) -> Text | None:
    """S2.8: number, site, latest event."""
    parcels = [
        parcel
        for order in subject.brief.situation.facts.orders
        for parcel in order.fulfilments
        if parcel.number
    ]
    if not parcels:
        return None
    shown = re.sub(r"[^0-9A-Za-z]", "", subject.text).upper()
    named = [one for one in parcels if re.sub(r"\W", "", one.number or "").upper() in shown]
    if not named:
        return say("The reply lacks {what}.", what=_POINTS["number"])
    if _may_link(subject) and not any(subject.of("link")):
        return say("The reply lacks {what}.", what=_POINTS["page"])
    events = [parcel.latest for parcel in named if parcel.latest]
    told = any(subject.of("date", "time", "weekday")) or any(
        event.place and fold(event.place).split(",")[0] in subject.folded for event in events
    )
    said_day = bool(events) and not told and not re.search(r"\d{1,2}:\d\d", subject.folded)
    if said_day:
        return say("The reply lacks {what}.", what=_POINTS["event"])
    return None


def _may_link(subject: Subject) -> bool:
    """Where links are refused, words say where the page is."""
    forbidden = {demand.check for demand in subject.brief.decision.must_not}
    return subject.brief.situation.links and "external_link" not in forbidden


def _amount_of_refund(subject: Subject) -> Text | None:
    sums = {
        str(one.inputs["refund_amount"]).split()[0]
        for one in subject.brief.decision.proof
        if one.inputs.get("verdict") == "allowed" and "refund_amount" in one.inputs
    }
    promised = any(kind == "refund" for kind, _, _ in committed(subject))
    said = {f"{span.number:.2f}" for span in subject.of("amount") if span.number is not None}
    plain = {f"{float(value):.2f}" for value in sums}
    return CHECK["amount_of_refund"] if promised and sums and not plain & said else None


def _who_and_when(subject: Subject) -> Text | None:
    """A next step with a time: a date, a weekday, an hour, or a word for one."""
    if subject.own is None:
        return None
    timed = any(subject.of("date", "weekday", "time", "duration"))
    timed = timed or any(fold(word) in subject.folded for word in subject.own.file.today)
    return None if timed else CHECK["say_who_and_when"]


def _thanks(subject: Subject) -> Text | None:
    if not _can_tell(subject, "thanks") or _said(subject, "thanks"):
        return None
    return CHECK["thank_buyer"]


def _stock(subject: Subject) -> Text | None:
    if not _can_tell(subject, "waiting_answer"):
        return None
    words = subject.own
    assert words is not None
    said = any(one.search(subject.folded) for one in words.checks["waiting_answer"])
    return None if said else CHECK["answer_stock"]


_MUST: Mapping[str, Callable[[Subject], Text | None]] = {
    "apologise_once": _apologise,
    "empathise_first": _empathise,
    "name_occasion": _occasion,
    "name_item": _item,
    "name_trouble": name_trouble,
    "state_delay": _delay,
    "tracking_three_points": _three_points,
    "amount_of_refund": _amount_of_refund,
    "say_who_and_when": _who_and_when,
    "thank_buyer": _thanks,
    "answer_stock": _stock,
    "state_right": right_unnamed,
}


# ── must not ─────────────────────────────────────────────────────────────────


def _link(subject: Subject) -> Place | None:
    return next((subject.at(span) for span in subject.of("link")), None)


def _contact(subject: Subject) -> Place | None:
    return next((subject.at(span) for span in subject.of("email", "phone")), None)


def _voucher(subject: Subject) -> Place | None:
    made = (where for kind, _, where in committed(subject) if kind == "discount")
    return next(made, None)


def _arrival(subject: Subject) -> Place | None:
    """An unconfirmed day in a sentence that speaks of arriving."""
    for sentence in subject.sentences:
        spoken = any(
            one.search(sentence.folded)
            for words in subject.spoken
            for one in words.checks.get("arrival", ())
        )
        for span in subject.of("date"):
            if spoken and sentence.holds(span) and not subject.licence.day(span):
                return subject.at(span)
    return None


def _emoji(subject: Subject) -> Place | None:
    match = _EMOJI.search(subject.text)
    return match and match.span()


def _exclamation(subject: Subject) -> Place | None:
    match = re.search(r"[!！]", subject.text)
    return match and match.span()


def _only_thanks(subject: Subject) -> Place | None:
    """Thanks and a few words; a language without spaces says as much with two signs a word."""
    unspaced = subject.own is not None and subject.own.unspaced
    long = sum(map(str.isalpha, subject.text)) / 2 if unspaced else len(subject.folded.split())
    return subject.whole if long < 8 and _said(subject, "thanks") is not None else None


def _praise(subject: Subject) -> Place | None:
    """Stars or praise are spoken of where the buyer wrote of none: that asks for them."""
    said = [fold(one.text) for one in subject.brief.situation.messages if one.author == "buyer"]
    for words in subject.everywhere:
        if any(one.search(text) for one in words.reviews for text in said):
            return None
    found = (
        (sentence.start + match.start(), sentence.start + match.end())
        for words in subject.everywhere
        for phrase in words.praise_asked
        for sentence in subject.sentences
        for match in phrase.finditer(sentence.folded)
        if not denied(words, sentence.folded, match, phrase)
        and not any(reported(own, sentence, match) for own in subject.spoken)
    )
    return next(found, None)


def _holiday(subject: Subject) -> Place | None:
    """A greeting for a feast that the buyer never named: it may not be theirs."""
    said = [fold(one.text) for one in subject.brief.situation.messages if one.author == "buyer"]
    greetings = [
        one for words in subject.spoken for one in words.checks.get("holiday_greeting", ())
    ]
    if any(one.search(text) for one in greetings for text in said):
        return None
    return _said(subject, "holiday_greeting")


def _half_open(subject: Subject) -> Place | None:
    """A Spanish question or exclamation without the sign that opens it."""
    for sentence in subject.sentences:
        for closing, opening in (("?", "¿"), ("!", "¡")):
            if sentence.folded.rstrip().endswith(closing) and opening not in sentence.folded:
                return sentence.start, sentence.end
    return None


def _tight(subject: Subject) -> Place | None:
    """A French double sign without the space before it; times, addresses and smileys have none."""
    linked = [subject.at(span) for span in subject.of("link", "email", "time")]
    for match in _TIGHT.finditer(subject.text):
        if not any(start <= match.start() < end for start, end in linked):
            return match.span()
    return None


def _elsewhere(_: Subject) -> Place | None:
    """Found by a check of its own: commitments, review incentives, asking again."""
    return None


_MUST_NOT: Mapping[str, Callable[[Subject], Place | None]] = {
    "external_link": _link,
    "contact_details": _contact,
    "coupon": _voucher,
    "coupon_instead": _voucher,
    "guess_arrival": _arrival,
    "emoji": _emoji,
    "exclamation": _exclamation,
    "bare_thanks": _only_thanks,
    "review_request": _praise,
    "holiday_greeting": _holiday,
    "opening_marks": _half_open,
    "tight_marks": _tight,
    "ask_again": _elsewhere,
    "promise_outcome": _elsewhere,
    "review_incentive": _elsewhere,
}
