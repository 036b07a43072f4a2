"""The content plan of a reply: the buyer's matter, the answer, who does what by when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from assistant.drafting.address import asks_for_another, new_address
from assistant.drafting.answers import answerable, stated
from assistant.drafting.brief import Brief
from assistant.drafting.content_order import ANSWERED, lost_answer, order_answer
from assistant.drafting.content_parcel import parcel_answer
from assistant.drafting.content_remedy import (
    asks,
    fault_answer,
    size_answer,
    stock_answer,
    topic_answer,
)
from assistant.drafting.decide import FAULTS, KIND, check_back, dealt_with
from assistant.drafting.matter import DELIVERY, Matter
from assistant.drafting.own import counted, gift, missing_piece, name_of, own, product
from assistant.drafting.plan import Answer, Moment, Plan, Raw, Say, Span, Written, say
from assistant.model import Intent, TeamAnswer
from assistant.playbooks import Playbooks

WRITTEN = "written."
MOST_STATED = 3
"""Answers in one draft."""
FELT = ("anger", "disappointment", "worry", "sadness", "urgency", "neutral")
"""What an opening can name; joy and calm need no naming."""
NAMED: frozenset[Intent] = frozenset(
    {"malfunction", "wrong_item", "not_as_described", "missing_item"}
)
"""Faults that are told with the thing they are about."""


def plan_of(brief: Brief, playbooks: Playbooks) -> Plan:
    """What the reply to *brief* says."""
    matter = Matter(brief.situation, brief.understanding, playbooks)
    if matter.says_nothing:
        return Plan(name=name_of(matter), next=(say("ask.matter"),))
    intents = dealt_with(brief.understanding) or brief.understanding.intents[:1]
    due = check_back(brief.decision) or matter.now
    again = Moment(matter.local(due), "by")
    answers = [_answer(brief, matter, intent, again) for intent in intents]
    answers[1:] = [
        _named(brief, matter, *one) for one in zip(intents[1:], answers[1:], strict=True)
    ]
    if len(intents) > 1:
        answers = _together(intents, answers)
    middle = _once([one for answer in answers for one in answer.middle])
    following = _once([one for answer in answers for one in answer.next])
    opening, middle = _with_apology(_opening(brief, matter, intents[0]), middle)
    if middle:
        middle = _not_named_twice(opening, middle)
    else:
        following = _not_named_twice(opening, following)
    if middle and middle[0].key.startswith(WRITTEN) and not opening:
        opening = (say("ack.other"),)
    return Plan(
        name=name_of(matter),
        opening=opening,
        middle=middle,
        next=following,
        closing=_closing(intents, middle),
    )


def plan_with(answer: TeamAnswer, brief: Brief, playbooks: Playbooks) -> Plan:
    """A reply that states one of the team's answers, picked by a person."""
    matter = Matter(brief.situation, brief.understanding, playbooks)
    new = not any(one.author == "agent" for one in brief.situation.messages)
    return Plan(
        name=name_of(matter),
        opening=(say("ack.other"),) if new else (),
        middle=(_stating(answer, brief.language),),
        closing=(say("close.offer"),),
    )


def _stating(answer: TeamAnswer, language: str) -> Say:
    first = {language: answer.said_in(language)[1]} if answer.speaks(language) else {}
    return say(f"{WRITTEN}{answer.id}", written=Written({**first, **answer.says}))


def _answer(brief: Brief, matter: Matter, intent: Intent, again: Moment) -> Answer:
    written = _written(brief, intent)
    if written:
        return Answer(written)
    if intent in DELIVERY:
        answer = parcel_answer(matter, brief.decision, again)
        lost = matter.parcel is not None and matter.parcel.status == "lost"
        return lost_answer(matter, brief.decision, answer) if lost else answer
    if intent in FAULTS:
        return fault_answer(matter, brief.decision, again)
    if intent == "size_exchange":
        return size_answer(matter, brief.decision, again)
    if intent == "stock_question":
        return stock_answer(matter, again)
    return _minor_answer(brief, matter, intent, again)


def _written(brief: Brief, intent: Intent) -> tuple[Say, ...]:
    """What the team's answers say to it: those for this matter; all others to the first one."""
    asked = answerable(brief.situation, brief.understanding)
    if intent not in asked:
        return ()
    return tuple(
        _stating(one, brief.language)
        for one in stated(brief.situation, brief.language)[:MOST_STATED]
        if next((about for about in asked if about in one.intents), asked[0]) == intent
    )


def _minor_answer(brief: Brief, matter: Matter, intent: Intent, again: Moment) -> Answer:
    """Thanks need none; the rest gets its one question, or a time."""
    if intent in KIND:
        return Answer(())
    open_questions = asks(matter, brief.decision)
    if open_questions:
        return Answer((), open_questions)
    if intent in ANSWERED and matter.order is not None:
        return order_answer(matter, brief.decision, intent, again)
    if intent == "change_order" and asks_for_another(matter) and new_address(matter) is None:
        return topic_answer(intent, again)._replace(next=(say("ask.address"),))
    return topic_answer(intent, again)


def _named(brief: Brief, matter: Matter, intent: Intent, answer: Answer) -> Answer:
    """A fault that comes second is named before its answer, as the first was in the opening."""
    said = _acknowledged(brief, matter, intent) if intent in FAULTS else None
    return answer._replace(middle=(said, *answer.middle)) if said else answer


def _together(intents: tuple[Intent, ...], answers: list[Answer]) -> list[Answer]:
    """Several matters, one date: what only gets a time joins the first that has one."""
    timed = False
    joined: list[Answer] = []
    for intent, answer in zip(intents, answers, strict=True):
        topic_only = [one.key for one in answer.middle] == ["work.topic"]
        if topic_only and timed:
            answer = Answer((), (say("work.topic.also", topic=say(f"topic.{intent}")),))
        elif topic_only:
            answer = Answer((), answer.middle)
        timed = timed or any("check_back" in one.slots for one in answer.middle + answer.next)
        joined.append(answer)
    return joined


def _once(sentences: list[Say]) -> tuple[Say, ...]:
    """No sentence twice, however many intents want it."""
    seen: set[str] = set()
    kept: list[Say] = []
    for sentence in sentences:
        several = sentence.key.startswith(("parcel", "follow", "trace"))
        if sentence not in kept if several else sentence.key not in seen:
            kept.append(sentence)
        seen.add(sentence.key)
    return tuple(kept)


# ── opening ──────────────────────────────────────────────────────────────────


def _opening(brief: Brief, matter: Matter, intent: Intent) -> tuple[Say, ...]:
    """The buyer's matter in words of their own, how it feels, and one apology where one is due."""
    said = _acknowledged(brief, matter, intent)
    felt = _felt(brief, matter)
    return tuple(one for one in (said, felt) if one is not None)


def _with_apology(
    opening: tuple[Say, ...], middle: tuple[Say, ...]
) -> tuple[tuple[Say, ...], tuple[Say, ...]]:
    """An apology that would open the reply alone follows the delay it is about."""
    if [one.key for one in opening] != ["sorry.neutral"]:
        return opening, middle
    for n, one in enumerate(middle):
        if one.key == "looked" or one.key.startswith("parcel."):
            return (), (*middle[: n + 1], *opening, *middle[n + 1 :])
    return opening, middle


def _not_named_twice(opening: tuple[Say, ...], after: tuple[Say, ...]) -> tuple[Say, ...]:
    """`It` will do for a matter that the opening has just named, where the language says so."""
    first = after[0] if after else None
    topic = first.slots.get("topic") if first and first.key == "work.topic" else None
    if first is None or not isinstance(topic, Say):
        return after
    named = {one.key.removeprefix("ack.") for one in opening}
    if topic.key.removeprefix("topic.") not in named:
        return after
    return (replace(first, key="work.topic.named"), *after[1:])


def _acknowledged(brief: Brief, matter: Matter, intent: Intent) -> Say | None:
    if intent in DELIVERY:
        return _awaited(matter) or _not_received(matter, intent)
    if intent in KIND:
        return _thanks(brief, matter, intent)
    if intent in NAMED:
        return _named_fault(matter, intent)
    own_words = _OF_ITS_OWN.get(intent)
    return own_words(matter) if own_words else say(f"ack.{intent}")


def _misfit(matter: Matter) -> Say:
    thing = product(matter)
    known = thing.concept or thing.title
    return say("ack.size", product=thing) if known else say("ack.size.unknown")


def _asked_for(matter: Matter) -> Say | None:
    """Yes or no comes first, where it is known."""
    return None if matter.stock is not None else say("ack.stock_question")


def _named_fault(matter: Matter, intent: Intent) -> Say:
    """The fault with the thing it is about, where one is known."""
    thing, piece = counted(matter), missing_piece(matter)
    unsure = intent == "wrong_item" and matter.item is None
    if unsure or not (thing.concept or thing.title):
        return say(f"ack.{intent}")
    if intent != "missing_item":
        return say(f"ack.{intent}.product", product=thing)
    if piece:
        return say("ack.missing_item.piece", piece=piece, product=replace(thing, several=False))
    return say("ack.missing_item")


def _change(matter: Matter) -> Say:
    """The new address as it was written: a mistake in it shows."""
    address = new_address(matter)
    if address is None:
        return say("ack.change_order")
    return say("ack.change_order.address", address=Raw(address))


def _thanks(brief: Brief, matter: Matter, intent: Intent) -> Say:
    """With the thing they are glad of, where they name one we know."""
    thing = counted(matter)
    if brief.understanding.emotion.kind != "joy":
        return say("thanks.plain") if intent == "thanks" else say(f"ack.{intent}")
    if "product" in brief.understanding.details and thing.concept:
        return say("thanks.joy.product", product=thing)
    return say("thanks.joy")


def _not_received(matter: Matter, intent: Intent) -> Say | None:
    """`Where is it` is acknowledged by its answer; a parcel said to be delivered is named."""
    if intent == "where_is_my_order":
        return None
    under_way = bool(matter.parcels) and not matter.delivered(matter.parcels[0])
    return None if under_way else say(f"ack.{intent}")


def _spoilt(matter: Matter) -> Say:
    """What arrived, how, and for what it was meant."""
    thing, trouble = counted(matter), _trouble(matter)
    present = _present(matter)
    if present:
        return say("ack.occasion.gift", product=thing, gift=present, trouble=trouble)
    occasion = own(matter, "occasions", "occasion")
    if occasion:
        return say("ack.occasion.event", product=thing, occasion=occasion, trouble=trouble)
    return say("ack.damaged", product=thing, trouble=trouble)


_OF_ITS_OWN: Mapping[Intent, Callable[[Matter], Say | None]] = {
    "damaged": _spoilt,
    "size_exchange": _misfit,
    "change_order": _change,
    "stock_question": _asked_for,
}
"""Matters with an opening of their own."""


def _present(matter: Matter) -> Say | None:
    """`your mother's birthday present`, `a birthday present`"""
    what, person = gift(matter), own(matter, "people", "person")
    if what is None:
        return None
    return say("frag.gift.person" if person else "frag.gift", gift=what, person=person)


def _trouble(matter: Matter) -> Say:
    part = own(matter, "parts", "part")
    broken = part or say("frag.damaged", product=counted(matter))
    late = _late(matter)
    if late is None:
        return say("trouble.broken", broken=broken)
    return say("trouble.late.broken", late=late, broken=broken)


def _late(matter: Matter) -> Say | None:
    """By how much, from the order; what the buyer says where the order doesn't know."""
    days = matter.days_late(matter.parcel) if matter.parcel else None
    if days is None:
        claimed = matter.understanding.details.get("days_late")
        if claimed is None:
            return None
        days = int(claimed) if claimed.isascii() and claimed.isdigit() else 0
        return say("frag.late", days=Span(days)) if 0 < days < 100 else say("frag.late.unknown")
    return say("frag.late", days=Span(days)) if days > 0 else None


def _awaited(matter: Matter) -> Say | None:
    """What they are waiting for, where something depends on it."""
    thing, present = counted(matter), _present(matter)
    how = "needed" if _ahead(matter) else "waiting"
    if present:
        return say(f"ack.{how}.gift", product=thing, gift=present)
    occasion = own(matter, "occasions", "occasion")
    return say(f"ack.{how}.event", product=thing, occasion=occasion) if occasion else None


def _ahead(matter: Matter) -> bool:
    """Is the day still to come, and nothing late yet?"""
    late = matter.parcel is not None and bool(matter.days_late(matter.parcel))
    return not late and (matter.needed_by is not None or matter.asks_in_time)


def _felt(brief: Brief, matter: Matter) -> Say | None:
    """One apology where the decision demands it; else the feeling is named and that is all."""
    kind = brief.understanding.emotion.kind
    if any(one.check == "apologise_once" for one in brief.decision.must):
        return say(f"sorry.{kind if kind in FELT else 'neutral'}")
    return say(f"feel.{kind}") if kind in FELT and kind != "neutral" else None


def _closing(intents: tuple[Intent, ...], middle: tuple[Say, ...]) -> tuple[Say, ...]:
    if set(intents) <= KIND:
        return (say("thanks.open"),)
    if middle and all(one.key.startswith(WRITTEN) for one in middle):
        return (say("close.offer"),)
    return (say("close.offer"),) if intents == ("stock_question",) else ()
