"""The five soft skills of the sources (S1): what is said well stays, what offends has a better."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.drafting.brief import Brief
from assistant.drafting.lexicon import LANGUAGES
from assistant.drafting.prepare import prepare
from assistant.drafting.review import review
from assistant.drafting.skills import skills
from assistant.model import Finding, Stock
from assistant.playbooks import Playbooks
from tests.drafting_cases import situation
from tests.tables import table
from tests.test_review import brief, decided

FILE = Path(__file__).parent / "fixtures" / "soft_skills.yaml"
SAID: dict[str, dict[str, list[str]]] = table(FILE)


@pytest.fixture(scope="module")
def playbooks() -> Playbooks:
    return Playbooks.shipped()


def manners(text: str, at_hand: Brief) -> list[Finding]:
    return [one for one in review(text, at_hand) if one.rule.startswith("S1.")]


def test_every_language_has_its_sentences() -> None:
    assert set(SAID) == set(LANGUAGES) - {"zh"} | {"zh-Hans", "zh-Hant"}
    assert [len(SAID[one][side]) for one in ("en", "zh-Hans") for side in ("good", "bad")] == [
        5
    ] * 4


@pytest.mark.parametrize("language", SAID)
@pytest.mark.parametrize("verdict", ["allowed", "denied"])
def test_what_is_said_well_is_left_alone(language: str, verdict: str) -> None:
    """S1.1: a promise to work on a case is always licensed, warmth is no absolute claim."""
    at_hand = brief(decided(verdict), language=language)  # type: ignore[arg-type]  # a literal
    for text in SAID[language]["good"]:
        assert review(text, at_hand) == (), text


@pytest.mark.parametrize("language", SAID)
def test_what_puts_a_buyer_off_has_a_better_wording(language: str) -> None:
    """S1.1, S1.2, S1.5."""
    for text in SAID[language]["bad"]:
        found = manners(text, brief(language=language))
        assert any(one.better for one in found), text


def test_a_promise_of_the_work_is_licensed_and_one_of_its_outcome_is_not() -> None:
    for work in ("I will get to the bottom of this.", "我会把这件事查清楚。"):
        assert not [one for one in review(work, brief(decided("denied"))) if one.severity != "tip"]
    [finding] = review("I will get you your money back.", brief(decided("denied")))
    assert finding.rule == "commitment.refund"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Let's see if we can put you on a list."),
        ("de", "Schauen wir mal, ob wir Sie vormerken können."),
        ("zh-Hans", "那我们来看看能否为您登记；看看是否能到货通知您。"),
    ],
)
def test_looking_together_is_doubt_only_where_the_answer_is_known(language: str, text: str) -> None:
    open_ = brief(language=language)
    facts = open_.situation.facts.model_copy(
        update={"stock": (Stock(sku="T", title="Teapot Ines", in_stock=4),)}
    )
    known = brief(language=language, facts=facts)

    assert not manners(text, open_)
    assert [one.rule for one in manners(text, known)] == ["S1.1"]


# ── the source's three cases ─────────────────────────────────────────────────

BROKEN = (
    "When my order arrived, it was three days late and broken. This was supposed to be a birthday "
    "gift for my daughter, and now I'm not going to have this in time to give it to her on that "
    "day. I'm angry and I demand a refund."
)
SOLD_OUT = (
    "You're the only store that sells X Product and I've been trying to order it, but every time "
    "I come to your site, it's out of stock. I'm super sad. I really want it. Can you help me?"
)
WAITING = (
    "Hey, I ordered Product X many days ago and still haven't received my package. I haven't "
    "gotten an email with tracking updates. Can you tell me whether or not my order was shipped?"
)
CANNED = "Thank you for contacting us. Did you receive a confirmation email with your order number?"
ANSWERS = [
    (
        BROKEN,
        "Wow. I can see how that would make you angry. I apologize that this happened. Let me find "
        "out what I can do for you.",
    ),
    (
        SOLD_OUT,
        "I totally get the disappointment. Let's see if we can put you on a list to get notified "
        "as soon as X Product is back in stock. And, I will certainly see if I have access to find "
        "out when we might be getting more.",
    ),
    (
        WAITING,
        "Hi there. I apologize that you haven't received a tracking email. And, I'm here to help. "
        "I would like to make sure your order is en-route. Do you happen to have your order "
        "confirmation number? If not, we can try looking it up another way.",
    ),
]


@pytest.mark.parametrize(("said", "answer"), ANSWERS)
def test_empathy_and_listening_beat_the_canned_answer(
    said: str, answer: str, playbooks: Playbooks
) -> None:
    """S1.2, S1.3, S0.1."""
    at_hand = prepare(situation(said), playbooks)
    good, canned = (skills(text, at_hand, playbooks) for text in (answer, CANNED))

    assert good.total > canned.total + 10
    assert (good.positive, good.patience) == (100, 100)
    assert good.empathy > canned.empathy
    assert not [one for one in review(answer, at_hand, playbooks) if one.severity == "block"]
