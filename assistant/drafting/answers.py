"""What the team knows of what the buyer asks: found, cited, and held against what is said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from assistant.answers import FITS, Asking, Found, Shelf
from assistant.drafting.brief import Situation, Spoken
from assistant.drafting.matter import Matter
from assistant.drafting.understand import understand
from assistant.model import Decision, Evidence, Intent, TeamAnswer, Understanding
from assistant.playbooks import Answer, Playbooks

ANSWERABLE: frozenset[Intent] = frozenset(
    {"product_question", "price_or_promotion", "payment_problem", "invoice", "customs", "other"}
)
"""What a written answer can settle. A fault is settled by the policies."""
BEFORE_AN_ORDER: frozenset[Intent] = frozenset(
    {"where_is_my_order", "return_request", "size_exchange", "stock_question"}
)
"""What it can settle as long as no order is spoken of; with one, parcel and policy answer."""
_QUESTION = re.compile(r"[^.!?\n。！？]*[?？؟]")
_LEAST = 0.4
"""Nor what scores less than this share of the best."""
_MOST = 6
_READ = 2_000
"""Characters of the buyer's words that are looked at."""


def with_answers(
    situation: Situation, understanding: Understanding, playbooks: Playbooks
) -> Situation:
    """*situation* with what the team knows of what is asked in it."""
    answers = tuple(_known(situation, understanding, playbooks))
    facts = situation.facts.model_copy(update={"answers": answers})
    return situation.model_copy(update={"facts": facts})


def _known(
    situation: Situation, understanding: Understanding, playbooks: Playbooks
) -> Iterator[TeamAnswer]:
    asks = bool(answerable(situation, understanding))
    ordered = _ordered(situation, understanding)
    best: dict[str, Found] = {}
    for asking in _askings(situation, understanding, playbooks):
        for found in _worth_it(Shelf.of(playbooks).find(asking), asks=asks):
            before = best.get(found.answer.id)
            if before is None or (found.sure, found.score) > (before.sure, before.score):
                best[found.answer.id] = found
    ranked = sorted(best.values(), key=lambda one: (not one.sure, -one.score, one.answer.id))
    for one in ranked:
        general = ordered and one.answer.about == "shipping"
        sure = asks and one.sure and not general
        yield known(one.answer, sure=sure, at_hand=one.at_hand)


def answerable(situation: Situation, understanding: Understanding) -> tuple[Intent, ...]:
    """Of the buyer's intents, those that a written answer can settle."""
    ordered = _ordered(situation, understanding)
    able = ANSWERABLE if ordered else ANSWERABLE | BEFORE_AN_ORDER
    return tuple(one for one in understanding.intents if one in able)


def _ordered(situation: Situation, understanding: Understanding) -> bool:
    return bool(situation.facts.orders or understanding.order_refs)


def _worth_it(found: tuple[Found, ...], *, asks: bool) -> Iterable[Found]:
    """Where nothing is asked, what there is to know of the product at hand."""
    if not asks:
        return [one for one in found if one.at_hand][:_MOST]
    least = max(FITS, found[0].score * _LEAST) if found else 0.0
    return [one for one in found if one.score >= least][:_MOST]


def known(answer: Answer, *, sure: bool = False, at_hand: bool = False) -> TeamAnswer:
    """*answer* as a fact of one conversation."""
    told = answer.answers
    return TeamAnswer(
        id=answer.id,
        about=answer.about,
        asked={language: one.asked[0] for language, one in told.items()},
        says={language: one.says.strip() for language, one in told.items() if one.says.strip()},
        source=answer.source,
        checked_on=answer.checked_on,
        sure=sure,
        at_hand=at_hand,
        intents=answer.intents,
        cautions=dict(answer.cautions),
        not_claimed=dict(answer.not_claimed),
    )


# ── asking ───────────────────────────────────────────────────────────────────


def _askings(
    situation: Situation, understanding: Understanding, playbooks: Playbooks
) -> Iterator[Asking]:
    """Each question by itself: an answer to one of two is an answer."""
    text = "\n".join(one.text for one in situation.newest)[:_READ]
    questions = [one.strip() for one in _QUESTION.findall(text)]
    for question in [one for one in questions if len(one) > 1][:4] or [text]:
        yield asking_of(question, situation, understanding, playbooks)


def asking_of(
    text: str, situation: Situation, understanding: Understanding, playbooks: Playbooks
) -> Asking:
    """*text* asked in *situation*."""
    matter = Matter(situation, understanding, playbooks)
    thing = understanding.details.get("product_key")
    return Asking(
        text=text,
        day=matter.today,
        market=matter.country,
        platform=situation.platform,
        intents=understanding.intents,
        skus=frozenset(_skus(matter)),
        things=frozenset({thing} if thing else ()),
    )


def asking_for(query: str, situation: Situation | None, now: datetime) -> Asking:
    """What somebody of the team looks for: for a buyer's *situation*, else wherever it holds."""
    said = Spoken(author="buyer", text=query, at=now)
    meant = understand(Situation(channel="webchat", messages=(said,), now=now))
    thing = meant.details.get("product_key")
    return Asking(
        text=query,
        day=now.date(),
        market=situation.market if situation else None,
        platform=situation.platform if situation else "own",
        everywhere=situation is None,
        intents=meant.intents,
        things=frozenset({thing} if thing else ()),
    )


def _skus(matter: Matter) -> Iterator[str]:
    """What is asked about before what was bought: a second thing may be asked of."""
    stock = matter.situation.facts.stock
    if stock:
        yield from (one.sku for one in stock)
    elif matter.item is not None:
        yield matter.item.sku
    elif matter.order is not None:
        yield from (one.sku for one in matter.order.items)


# ── what a reply says ────────────────────────────────────────────────────────


def stated(situation: Situation, language: str) -> tuple[TeamAnswer, ...]:
    """What a draft in *language* states."""
    return tuple(one for one in situation.facts.answers if one.sure and one.speaks(language))


def cited(decision: Decision, situation: Situation, language: str) -> Decision:
    """*decision* with the answers that a draft states in its proof."""
    proof = tuple(
        Evidence(
            rule=one.rule,
            source=one.source,
            checked_on=one.checked_on,
            inputs={"answer": one.id, "says": one.said_in(language)[1]},
        )
        for one in stated(situation, language)
    )
    return decision.model_copy(update={"proof": (*decision.proof, *proof)})


def quoted(text: str, situation: Situation, playbooks: Playbooks) -> tuple[TeamAnswer, ...]:
    """Answers that *text* repeats, whoever looked them up: what they state may be stated."""
    matter_day = situation.now.date()
    asking = Asking(text=text, day=matter_day, market=situation.market, platform=situation.platform)
    had = {one.id for one in situation.facts.answers}
    found = Shelf.of(playbooks).quoted(asking)
    return tuple(known(one) for one in found if one.id not in had)
