"""A team in Slack with a language model: both sides are read, and drafts follow a wish."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.loopback import Loopback
from tests.model_server import READING
from tests.peers.slack_desk import TEAM_OF_THREE, SlackDesk, shown, slack_desk
from tests.peers.slack_workspace import OLGA
from tests.test_openai import Model, served, written

pytestmark = pytest.mark.peers

GERMAN = "Guten Tag, wo bleibt meine Bestellung 10045? Ich warte schon seit Tagen."
ENGLISH = "Good day, where is my order 10045? I have been waiting for days."
TYPED = "I am asking the carrier for you right now."
REPLY = "Ich frage gerade beim Versanddienst für Sie nach."
DRAFT = "Guten Tag Lena,\n\nich frage gerade für Sie nach.\n\nBlaue Stunde"
WISHED = "Guten Tag Lena,\n\nich kümmere mich gerade darum.\n\nBlaue Stunde"

SENTENCES = {
    "Guten Tag, wo bleibt meine Bestellung 10045?": "Good day, where is my order 10045?",
    "Ich warte schon seit Tagen.": "I have been waiting for days.",
}


def answers(body: dict[str, Any]) -> str:
    """A model that knows one conversation."""
    asked = body["response_format"]["json_schema"]["name"]
    if asked == "Reading":
        about = body["messages"][-1]["content"]
        meant = "product_question" if "dishwasher" in about else "where_is_my_order"
        return json.dumps(READING | {"language": "de", "intents": [meant]})
    if asked == "Written":
        wished = "gift wrapping" in body["messages"][0]["content"]
        return written(WISHED if wished else DRAFT, "Hello Lena, I am asking for you.")
    said = json.loads(body["messages"][1]["content"])["sentences"]
    there = {TYPED: REPLY, REPLY: TYPED, **SENTENCES}
    return json.dumps({"sentences": [there.get(one, "?") for one in said]})


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackDesk]:
    model, loopback = Model(), Loopback()
    model.says(answers)
    served(model, loopback)
    place = tmp_path_factory.mktemp("model")
    there = {"PARLEY_MODEL": "small", "OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "k"}
    with slack_desk(place, TEAM_OF_THREE, **there) as desk:
        desk.begins()
        yield desk
        assert desk.objections() == []
    loopback.stop()


def test_a_team_reads_and_answers_a_buyer_in_a_language_it_does_not_speak(desk: SlackDesk) -> None:
    """S3.1, pain 12: a translation beside both sides' words; one press sends what is shown."""
    lena = desk.buyer().writes(GERMAN)
    card, _ = desk.drafted(lena)
    desk.card(lena, GERMAN, ENGLISH, "ich frage gerade für Sie nach")

    desk.say(TYPED, card)
    offer = desk.offer(OLGA, lena)
    assert REPLY in shown(offer)
    assert TYPED in shown(offer)

    desk.press(offer, f"Send to {lena.name}")
    lena.gets(REPLY)
    desk.line(card, REPLY, TYPED)


def test_a_draft_is_worded_by_an_instruction(desk: SlackDesk) -> None:
    lena = desk.buyer().writes(GERMAN)
    card, _ = desk.drafted(lena)

    desk.press(card, "By an instruction …")
    desk.modal("What should change?")
    desk.submit(instruction="mention the gift wrapping")
    desk.card(lena, "ich kümmere mich gerade darum")


def test_what_is_typed_into_a_form_is_seen_in_the_buyers_language_first(desk: SlackDesk) -> None:
    """S3.1: the first Send shows it with its back-translation, the second sends it."""
    lena = desk.buyer().writes(GERMAN)
    card, _ = desk.drafted(lena)
    desk.press(card, "Write reply")
    desk.modal("Write a reply")

    desk.submit(text=TYPED)
    desk.modal("This is your reply in German", REPLY, f"↩ {TYPED}")
    assert lena.got == []
    desk.submit(text=REPLY)

    lena.gets(REPLY)
    desk.line(card, REPLY, TYPED)
