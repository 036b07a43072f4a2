"""The team's answers as facts: stated in drafts, licensed and held to (S2.1, S3.5, S4.6)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.drafting.brief import Brief, Situation, Spoken
from assistant.drafting.compose import compose
from assistant.drafting.prepare import prepare
from assistant.drafting.review import review
from assistant.model import Buyer, BuyerId, Facts, Item, Order
from assistant.playbooks import Playbooks
from assistant.surface.explain import explain
from assistant.words import words
from connectors.demo import PLAYBOOKS
from tests.test_answers import write

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo() -> Playbooks:
    return Playbooks.load(PLAYBOOKS)


def asked(
    text: str, playbooks: Playbooks, *, agent: str = "en", channel: str = "webchat", **more: object
) -> Brief:
    situation = Situation.model_validate(
        {
            "channel": channel,
            "market": "DE",
            "agent_language": agent,
            "messages": (Spoken(author="buyer", text=text, at=NOW),),
            "buyer": Buyer(id=BuyerId("webchat:1"), name="Anna Weber"),
            "brand": "Blaue Stunde",
            "signature": "Blaue Stunde",
            "now": NOW,
            **more,
        }
    )
    return prepare(situation, playbooks)


def rules(text: str, brief: Brief, playbooks: Playbooks) -> dict[str, str]:
    return {one.rule: one.severity for one in review(text, brief, playbooks)}


def test_a_draft_states_the_answer_adapted_to_the_buyer(demo: Playbooks) -> None:
    """S2.1, S4.6: name and greeting before it, a closing after it, both languages from one plan."""
    brief = asked("Guten Tag, darf die Kanne Ines in die Spülmaschine?", demo, channel="email")

    draft = compose(brief, demo)

    assert "von Hand, mit warmem Wasser" in draft.text
    assert draft.text.startswith("Guten Tag")
    assert draft.text.endswith("Blaue Stunde")
    assert draft.text != demo_says(demo, "teapot-dishwasher", "de")
    assert "wash the teapot Ines by hand" in (draft.agent_text or "")
    found = review(draft.text, brief, demo, by_agent=False)
    assert [one for one in found if one.severity == "block"] == []


def demo_says(playbooks: Playbooks, id: str, language: str) -> str:
    [answer] = [one for one in playbooks.answers if one.id == id]
    return answer.says_in(language) or ""


def test_two_questions_get_two_answers(demo: Playbooks) -> None:
    brief = asked("Is the mug dishwasher safe? And do you wrap gifts?", demo)

    text = compose(brief, demo).text

    assert "the mug Juno may go in the dishwasher" in text
    assert "for 3.90 EUR" in text


def test_the_proof_cites_the_answer_with_its_source_and_date(demo: Playbooks) -> None:
    brief = asked("茶壶可以用洗碗机吗？", demo)

    [cited] = [one for one in brief.decision.proof if one.rule == "answer.teapot-dishwasher"]

    assert cited.source.startswith("Product sheets")
    assert f"{cited.checked_on}" == "2026-11-02"
    assert "手洗" in cited.inputs["says"]
    why = explain(brief.decision, words("en"))
    source = "Product sheets of Blaue Stunde, autumn 2026, 2026-11-02"
    assert f"Known: {source} (answer.teapot-dishwasher)" in why


def test_without_an_answer_in_the_buyers_language_the_agent_gets_the_teams(tmp_path: Path) -> None:
    """Nothing is translated by guess: the draft gives a time, the card has the answer."""
    write(
        tmp_path,
        "teapot-lid",
        'things: [teapot]\nanswers:\n  en: {asked: ["Does the teapot have a lid?"], says: It does.}'
        '\n  de: {asked: ["Hat die Teekanne einen Deckel?"]}',
    )
    playbooks = Playbooks.load(tmp_path)

    brief = asked("Hat die Teekanne einen Deckel?", playbooks)

    assert [(one.id, one.sure) for one in brief.situation.facts.answers] == [("teapot-lid", True)]
    assert brief.situation.facts.answers[0].said_in("de", "en") == ("en", "It does.")
    assert "It does" not in compose(brief, playbooks).text


def test_figures_that_an_answer_repeats_may_be_said_and_others_may_not(demo: Playbooks) -> None:
    """Whoever looked it up: an agent may use an answer to a question the buyer did not ask."""
    brief = asked("Is the mug dishwasher safe?", demo)
    repeated = "Shipping costs 4.90 EUR within Germany and is free from 60 EUR on."

    assert "value.amount" not in rules(repeated, brief, demo)
    assert rules("Shipping costs 3.50 EUR.", brief, demo)["value.amount"] == "block"


@pytest.mark.parametrize(
    ("question", "claim", "denial"),
    [
        (
            "Can the teapot go in the dishwasher?",
            "Yes, it is dishwasher safe.",
            "No, it is not dishwasher safe.",
        ),
        (
            "Darf die Kanne in die Spülmaschine?",
            "Ja, sie ist spülmaschinenfest.",
            "Nein, sie ist leider nicht spülmaschinenfest.",
        ),
        ("茶壶可以用洗碗机吗？", "可以放洗碗机的。", "不能放洗碗机，请手洗。"),
    ],
)
def test_what_must_not_be_claimed_blocks_and_denying_it_does_not(
    demo: Playbooks, question: str, claim: str, denial: str
) -> None:
    brief = asked(question, demo)

    assert rules(claim, brief, demo)["answer.teapot-dishwasher"] == "block"
    assert "answer.teapot-dishwasher" not in rules(denial, brief, demo)


def test_a_claim_about_another_product_is_not_held_against_this_one(demo: Playbooks) -> None:
    brief = asked("Is the mug dishwasher safe?", demo)

    assert not any(
        rule.startswith("answer.") for rule in rules("It is dishwasher safe.", brief, demo)
    )


def test_an_order_that_is_asked_for_is_answered_by_its_parcel(demo: Playbooks) -> None:
    """“How long will it take” about a parcel under way is no question for the help pages."""
    order = Order(ref="10045", items=(Item(sku="TK-INES-GRN", title="Teapot Ines", qty=1),))
    brief = asked(
        "How long does shipping take? Where is my order 10045?", demo, facts=Facts(orders=(order,))
    )

    assert not any(one.sure for one in brief.situation.facts.answers if one.about == "shipping")


def test_cautions_come_with_the_product_at_hand_whatever_is_asked(demo: Playbooks) -> None:
    """S2.1: an order of the speaker, a question about something else."""
    order = Order(ref="10045", items=(Item(sku="LS-KIES-SND", title="Speaker", qty=1),))
    brief = asked("My speaker arrived broken.", demo, facts=Facts(orders=(order,)))

    cautions = [one.warns("de") for one in brief.situation.facts.answers if one.at_hand]

    assert cautions == [("Spritzwassergeschützt (IPX4); nichts für Badewanne, Pool oder Meer",)]
    assert not any(one.sure for one in brief.situation.facts.answers)


def test_an_answer_past_its_day_is_neither_stated_nor_licensed(demo: Playbooks) -> None:
    late = datetime(2027, 1, 2, tzinfo=UTC)
    brief = asked("Do you have any discount at the moment?", demo, now=late)

    assert not any(one.about == "promotion" for one in brief.situation.facts.answers)
    text = "Two or more ceramics in one basket cost 10 % less; the basket takes it off by itself."
    assert rules(text, brief, demo)["value.percent"] == "block"
