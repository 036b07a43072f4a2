"""What the buyer wants, feels and has given: rules over a lexicon, no network, no model.

`details` holds the buyer's own matter, so that a reply can name it back. Its keys:

=============== ================================================================================
occasion        what it was for: birthday, wedding, christmas, anniversary, trip, exam, party,
                funeral, baby, mothers_day, fathers_day, valentine, moving, easter, eid,
                halloween, new_year, confirmation, ramadan, lunar_new_year
gift            "true" where it is a present
person          for whom: daughter, son, mother, father, wife, husband, girlfriend, boyfriend,
                partner, sister, brother, grandmother, grandfather, grandchild, child, friend,
                niece, nephew, aunt, uncle, colleague, teacher
days_late       how many days after the promised day it came, a number: "3"
days_waiting    how many days the buyer says to have waited, a number: "14"
broken          "true" where something arrived or is broken
part            the broken or missing part in the buyer's word ("Ausguss", "spout")
part_key        the same as an English key word: spout, handle, lid, screen, glass, zip, strap,
                button, leg, wheel, arm, base, corner, edge, sleeve, seam, sole, battery, cable,
                charger, plug, switch, hinge, frame, cover, cap, box, clasp, screws, manual,
                lens, filter, motor, speaker
product         the thing in the buyer's word ("Kanne")
product_key     the same as an English key word: teapot, cup, mug, plate, bowl, vase, lamp, shirt …
fit             how a size is wrong: small, large
size            a size that is named: "M", "42"; wanted_size where it is the one asked for
wanted_size     the size asked for
sign_off        the name the buyer signs with
=============== ================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from babel.languages import get_official_languages

from assistant.drafting.brief import Situation, Spoken
from assistant.drafting.deadline import asks_in_time, needed_by
from assistant.drafting.details import details
from assistant.drafting.examples import by_example
from assistant.drafting.language import UNKNOWN, detect
from assistant.drafting.lexicon import buyer_words, stem, written
from assistant.drafting.mentions import each_once, mentions
from assistant.drafting.plain import fold, own_words
from assistant.drafting.refs import Refs, alone, refs
from assistant.drafting.signals import Reader, Said, settle
from assistant.drafting.spans import Span, spans
from assistant.model import Emotion, Given, Intent, Understanding
from assistant.playbooks import Playbooks

_LONGEST = 6_000
"""Characters of one message that are read: its beginning, and its last quarter of that."""
_CURRENT: frozenset[Intent] = frozenset({"thanks", "other"})
"""What a short answer to a question of ours looks like when it is read alone."""


def understand(situation: Situation, playbooks: Playbooks | None = None) -> Understanding:
    """Read the buyer's messages; the newest ones count, the earlier ones give context.

    *playbooks*: whose examples of what buyers say count, beside the rules.
    """
    texts = [_read(message) for message in situation.messages if message.author == "buyer"]
    newest = [_read(message) for message in situation.newest] or texts[-1:]
    text = "\n".join(newest)
    earlier = texts[: len(texts) - len(newest)]
    language = language_of(text, earlier, _hints(situation))
    reader, said = _reading(text, language)
    shown = by_example(text, settle(said), playbooks)
    intents = _in_context(shown, earlier, language, text)
    found = spans(text, (language, "en"))
    told = details("\n".join([text, *earlier[-1:]]), text, language, situation.facts)
    searched = tuple(_searched(situation, text, found, earlier, language))
    numbers = _numbers(situation, text, [part for part, _ in searched])
    given = _given(situation, text, numbers, found)
    if numbers.orders and set(intents) <= _CURRENT:
        intents = _meant(text, language, given, situation.now.date()) or intents
    return Understanding(
        language=language,
        intents=intents,
        emotion=_felt(reader, intents, told),
        order_refs=numbers.orders,
        given=given,
        tracking_numbers=numbers.tracking,
        mentions=each_once(one for part in searched for one in mentions(*part)),
        wishes=tuple(said.wishes),
        details=told,
    )


def _read(message: Spoken) -> str:
    text = own_words(message.text)
    if len(text) > _LONGEST:
        text = text[: _LONGEST * 3 // 4] + "\n" + text[-_LONGEST // 4 :]
    return f"{message.subject}\n{text}" if message.subject and message.author == "buyer" else text


def _hints(situation: Situation) -> tuple[str, ...]:
    known = [message.language for message in situation.messages if message.author == "buyer"]
    locale = situation.buyer.locale if situation.buyer else None
    said = [code for code in reversed(known) if code != UNKNOWN]
    country = situation.market
    spoken = get_official_languages(country, de_facto=True)[:1] if country else ()
    return (*said[:1], *([locale.replace("_", "-")] if locale else []), *spoken)


def language_of(text: str, earlier: Sequence[str] = (), hints: Sequence[str] = ()) -> str:
    """The language to answer in: of the newest words, else of the buyer's earlier ones."""
    language = detect(text, hints)
    for other in reversed(earlier):
        if language != UNKNOWN:
            break
        language = detect(other, hints)
    return language


# ── intents and feelings ─────────────────────────────────────────────────────


def _reading(text: str, language: str) -> tuple[Reader, Said]:
    """In the text's language; in English where we lack it."""
    reader = Reader(text, stem(language) if stem(language) in written("") else "en")
    return reader, reader.said()


def _in_context(
    intents: tuple[Intent, ...], earlier: Sequence[str], language: str, text: str
) -> tuple[Intent, ...]:
    """A bare “10023” or “here is the photo” answers our question: the matter is the earlier one."""
    answer = not intents or (set(intents) <= _CURRENT and bool(re.search(r"\d{4}", text)))
    if not answer:
        return intents
    for before in reversed(earlier):
        spoken = detect(before)
        found = settle(_reading(before, language if spoken == UNKNOWN else spoken)[1])
        if found and not set(found) <= _CURRENT:
            return found
    return intents or ("other",)


def _meant(
    text: str, language: str, given: Sequence[Given], today: date
) -> tuple[Intent, ...] | None:
    """Of an order and nothing that is said of it: a day it is needed by, or an address."""
    if asks_in_time(text, language) or needed_by(text, language, today):
        return ("where_is_my_order",)
    return ("change_order",) if "address" in given else None


_THREATS: frozenset[Intent] = frozenset({"legal_or_chargeback"})


def _felt(reader: Reader, intents: tuple[Intent, ...], told: dict[str, str]) -> Emotion:
    """A threat is strong whatever its tone; a spoilt day weighs more than a spoilt thing."""
    troubled = bool(_TROUBLES & set(intents))
    # “Will it be here by Christmas?” is a question: the day is not lost yet.
    ahead = set(intents) == {"where_is_my_order"} and reader.text.rstrip()[-1:] in ("?", "？")
    lost = troubled and not ahead and ("occasion" in told or "gift" in told)
    emotion = reader.emotion(spoilt=lost)
    if _THREATS & set(intents) and emotion.strength < 0.65:
        kind = emotion.kind if emotion.kind in ("anger", "sadness") else "anger"
        return Emotion(kind=kind, strength=0.65)
    if emotion.kind == "joy" and troubled:
        return Emotion(kind="neutral", strength=0.1)
    return emotion


_TROUBLES: frozenset[Intent] = frozenset(
    {
        "damaged",
        "wrong_item",
        "missing_item",
        "malfunction",
        "not_as_described",
        "delivered_not_received",
        "where_is_my_order",
        "refund_status",
        "payment_problem",
        "complaint_service",
        "review_negative",
    }
)


# ── what is there ────────────────────────────────────────────────────────────


def _searched(
    situation: Situation, text: str, found: Sequence[Span], earlier: Sequence[str], language: str
) -> Iterator[tuple[Refs, Sequence[Span]]]:
    """The newest messages first, then the earlier ones."""
    known = [order.ref for order in situation.facts.orders]
    yield refs(text, found, known), found
    for before in reversed(earlier):
        there = spans(before, (language, "en"))
        yield refs(before, there, known), there


def _numbers(situation: Situation, text: str, parts: Sequence[Refs]) -> Refs:
    """Order, tracking and phone numbers of all *parts*, and of a bare answer."""
    single = _answered(situation, text)
    orders = [ref for part in parts for ref in part.orders]
    tracking = tuple(dict.fromkeys(number for part in parts for number in part.tracking))
    if single and single not in orders and single not in tracking:
        orders.insert(0, single)
    phones = tuple(dict.fromkeys(phone for part in parts for phone in part.phones))
    return Refs(tuple(dict.fromkeys(orders)), tracking, phones)


def _answered(situation: Situation, text: str) -> str | None:
    """A number that is a whole message, or a whole line of one."""
    messages = [own_words(message.text) for message in situation.newest] or [text]
    return next(filter(None, map(alone, messages)), None)


def _given(
    situation: Situation, text: str, numbers: Refs, found: Sequence[Span]
) -> tuple[Given, ...]:
    everything = [message for message in situation.messages if message.author == "buyer"]
    files = [file for message in everything for file in message.attachments]
    said = "\n".join([*(own_words(message.text) for message in everything), text])
    kinds = {span.kind for span in found} | {span.kind for span in spans(said[-_LONGEST:])}
    there: dict[Given, bool] = {
        "order_number": bool(numbers.orders),
        "tracking_number": bool(numbers.tracking),
        "photo": any(_photo(file.mime, file.name) for file in files),
        "video": any(file.mime.startswith("video/") for file in files),
        "receipt": any(_receipt(file.name) for file in files),
        "address": _says(said, "address"),
        "size": _says(said, "size"),
        "email": "email" in kinds,
        "phone": bool(numbers.phones),
        "date": "date" in kinds,
    }
    return tuple(name for name, given in there.items() if given)


_RECEIPT = re.compile(
    r"receipt|invoice|rechnung|beleg|quittung|facture|recu|factura|recibo|ricevuta|fattura|fatura"
    r"|bon\b|faktur|kvitto|領収|請求|영수증|발票|发票|收据|чек|fis\b|fatura|hoa ?don|struk"
)


def _receipt(name: str) -> bool:
    return bool(_RECEIPT.search(fold(name)))


def _photo(mime: str, name: str) -> bool:
    return mime.startswith("image/") and not _receipt(name)


def _says(text: str, what: str) -> bool:
    language = stem(detect(text))
    names = [language] if language in written("") else []
    folded = fold(text)
    for name in dict.fromkeys([*names, "en"]):
        words = buyer_words(name)
        phrases = words.address if what == "address" else words.size
        if any(phrase.search(folded) for phrase in phrases):
            return True
    return False
