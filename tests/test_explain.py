"""Decisions in words: two lines on the card, and a proof that a person can read (S2.10, S4.12)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from shutil import copy
from typing import get_args

import pytest

from assistant.deciding import Question, decide
from assistant.model import Decision, Understanding
from assistant.playbooks import Playbooks
from assistant.playbooks.kinds.shared import Gives
from assistant.playbooks.names import VARIABLES
from assistant.surface.explain import explain, headline, in_mind
from assistant.surface.naming import COUNTED, NOUNS, SEEN, TRUE
from assistant.surface.proof import GIVES
from assistant.surface.reading import Reader
from assistant.words import words
from tests.deciding_cases import NEEDED

CODE = ("&&", "||", "==", "!(", ".exists(", "request.", "order.", "item.", "parcel.", "evidence.")
FACTS = {
    "order.days_since_delivery": 3,
    "evidence.photo": True,
    "item.in_stock": 4,
    "item.price": "34.90 EUR",
    "parcel.status": "in_transit",
    "platform": "own",
    "request.intent": "damaged",
    "request.wishes": ["refund"],
}


@pytest.fixture(scope="module")
def playbooks() -> Playbooks:
    return Playbooks.shipped()


def conditions(playbooks: Playbooks) -> dict[str, str]:
    """Every condition that is shipped, and where."""
    found: dict[str, str] = {}
    for playbook in playbooks.all:
        for key in ("remedies", "rules", "law", "clocks"):
            for one in getattr(playbook, key, ()):
                for name in ("allow", "lead", "when"):
                    text = getattr(one, name, None)
                    if text:
                        found.setdefault(text, f"{playbook.file} {one.id}")
        if getattr(playbook, "when", None):
            found.setdefault(playbook.when, playbook.file)
    return found


def test_every_name_of_the_vocabulary_has_words() -> None:
    assert set(VARIABLES) <= set(NOUNS) | set(TRUE)
    assert set(SEEN) | set(COUNTED) <= set(NOUNS)


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_no_shipped_condition_is_shown_as_code(playbooks: Playbooks, language: str) -> None:
    reader = Reader(words(language))
    for text, where in conditions(playbooks).items():
        for facts in ({}, FACTS):
            read = reader.condition(text, facts), reader.failed(text, facts)
            assert not [sign for sign in CODE for one in read if sign in one], (where, read)


@pytest.mark.parametrize(
    ("condition", "read", "failed"),
    [
        (
            "order.days_since_delivery <= 30",
            "delivered 3 days ago ≤ 30",
            "needed: delivered 3 days",
        ),
        ("evidence.photo && item.in_stock > 0", "a photo is there; 4 in stock > 0", None),
        ("!evidence.photo", "no photo is there", "a photo is there"),
        ("platform == 'own'", "the platform: own", None),
        ("parcel.status in ['lost', 'exception']", "parcel: on its way = lost or held up", None),
        ("order.shipped || order.delivered", "it has left or everything is delivered", None),
        (
            "request.wishes.exists(wish, wish in ['resend', 'replacement'])",
            "the buyer asks for a new one",
            "the buyer does not ask for a new one",
        ),
        ("item.price.at_most(money('60.00 EUR'))", "price €34.90 ≤ €60.00", None),
        ("!item.price.at_most(money('60.00 EUR'))", "price €34.90 > €60.00", None),
        ("now - order.placed_at <= days(14)", "the time now - when it was ordered ≤", None),
        ("order.shipped_at == order.placed_at", "when it left = when it was ordered", None),
        (
            "!(request.intent in ['damaged', 'wrong_item'])",
            "not so: what it is about: damaged",
            "what it is about: damaged",
        ),
        ("true", "", None),
    ],
)
def test_conditions_are_read_aloud(condition: str, read: str, failed: str | None) -> None:
    reader = Reader(words("en"))

    assert reader.condition(condition, FACTS).startswith(read)
    if failed:
        assert reader.failed(condition, FACTS).startswith(failed)


def test_a_storefronts_own_fact_is_read_by_what_it_means() -> None:
    reader = Reader(words("en"), {"order.changes": "how often the order was changed"})

    assert reader.condition("order.changes < 1", {}) == "how often the order was changed < 1"
    assert reader.condition("order.changes < 1", {"order.changes": 2}).endswith("changed: 2 < 1")


# ── a decision ───────────────────────────────────────────────────────────────

POLICY = """---
kind: policy
id: damaged
applies: {intents: [damaged]}
remedies:
  - id: resend
    gives: resend
    allow: evidence.photo && item.in_stock > 0 && order.days_since_delivery <= 30
    cost: {goods: item.cost, freight: route.shipping_cost}
    because: "What the buyer wanted"
  - id: refund
    gives: refund
    allow: evidence.photo && order.days_since_delivery <= 14
    amount: item.price.minus(money('5.00 EUR'))
    fee: money('5.00 EUR')
    cost: item.price
    because: "Ours to bear"
rules:
  - {id: damaged.1, must: apologise_once, because: "It is our fault"}
clocks:
  - id: damaged.settled
    from: request.at
    within: "2 working days"
    says: "Send the new one"
    because: "Nothing left to wait for"
---
"""
MARKET = """---
kind: market
id: "DE"
name: Germany
currency: EUR
zone: Europe/Berlin
law:
  - id: EU.guarantee
    owes: [resend, refund]
    when: request.intent == 'damaged'
    buyer_chooses: true
    says: "Repair or replacement first"
    source: "Directive (EU) 2019/771"
    checked_on: 2026-11-20
    status: verified
---
"""


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Decision:
    root = tmp_path_factory.mktemp("overlay")
    for needed in NEEDED:
        (root / needed).parent.mkdir(exist_ok=True)
        copy(Path("playbooks") / needed, root / needed)
    for folder, text in (("policy", POLICY), ("market", MARKET)):
        (root / folder / f"{folder}.md").write_text(text, encoding="utf-8")
    question = Question(
        intents=("damaged",),
        market="DE",
        given=("photo",),
        facts={
            "order.days_since_delivery": 20,
            "item.price": "34.90 EUR",
            "item.refundable": "29.90 EUR",
            "item.in_stock": 7,
            "item.cost": "12.20 EUR",
            "route.shipping_cost": "9.00 EUR",
            "request.at": "2026-11-20T09:00:00+01:00",
        },
        now=datetime(2026, 11, 20, 10, tzinfo=UTC),
    )
    return decide(question, Playbooks.only(root))


def test_the_proof_reads_like_a_sentence(decided: Decision) -> None:
    """issue: "Resend, because damaged.1: delivered 3 days ago ≤ 30; refund also owed under …"."""
    lines = explain(decided, words("en"))
    resend = next(one for one in lines if "resend" in one)

    assert resend.startswith("Allowed: resend, because damaged.resend, EU.guarantee: a photo is")
    assert "7 in stock > 0; delivered 20 days ago ≤ 30" in resend
    assert "costs us €21.20 (goods €12.20, freight €9.00)" in resend
    assert "also owed under Directive (EU) 2019/771, if the buyer prefers it: refund" in resend


def test_of_alternatives_the_proof_names_the_one_that_holds(playbooks: Playbooks) -> None:
    asked = Question(
        intents=("where_is_my_order",),
        facts={"order.ref": "1", "parcel.late": True, "parcel.days_since_scan": 1},
        now=datetime(2026, 11, 20, 10, tzinfo=UTC),
    )
    lines = explain(decide(asked, playbooks), words("en"))
    [inquiry] = [one for one in lines if one.startswith("Allowed: ask the carrier")]

    assert inquiry.endswith("where_is_my_order.inquiry: the parcel is late")


def test_a_refusal_says_which_part_failed_and_what_the_law_says(decided: Decision) -> None:
    lines = explain(decided, words("en"))
    refund = next(one for one in lines if "refund €29.90" in one)

    assert "needed: delivered 20 days ago ≤ 14" in refund
    assert "a photo is there" not in refund
    assert "€5.00 kept back" in refund
    [law] = [one for one in lines if one.startswith("By law")]
    assert law.startswith("By law: resend or refund (EU.guarantee): Repair or replacement first — ")
    assert law.endswith("Directive (EU) 2019/771 (checked Fri 20 Nov)")


def test_the_card_says_in_two_lines_what_may_be_done_and_what_to_mind(decided: Decision) -> None:
    told = Understanding(intents=("damaged",))

    assert headline(decided, told, words("en")) == (
        "May do: resend or refund €29.90 (cheapest €21.20)."
    )
    mind = in_mind(decided, words("en"))
    assert mind.startswith("Say: apologise, once.")
    assert "By 24 Nov 23:59: Send the new one." in mind


def test_every_kind_of_remedy_has_a_name() -> None:
    assert set(get_args(Gives)) == set(GIVES)
