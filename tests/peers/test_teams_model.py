"""A team in Teams with a language model and with answers: as in Slack, in Teams' own idiom."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.loopback import Loopback
from tests.peers.teams_tenant import BUYERS, OLGA
from tests.peers.test_slack_answers import KNOWN
from tests.peers.test_slack_model import ENGLISH, GERMAN, REPLY, TYPED, answers
from tests.peers.test_teams_playground import Whole, at_work, shown
from tests.teams_service import texts
from tests.test_openai import Model, served

pytestmark = pytest.mark.peers
SHOP = f"""
[[storefronts]]
id = "blaue-stunde"
name = "Blaue Stunde"
playbooks = "{KNOWN}"
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    loopback = Loopback()
    model = served(Model(), loopback)
    model.says(answers)
    there = {"PARLEY_MODEL": "small", "OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "k"}
    with at_work(tmp_path_factory.mktemp("model"), SHOP, **there) as whole:
        yield whole
    loopback.stop()


def test_words_on_offer_stand_in_both_languages_and_one_press_sends_them(whole: Whole) -> None:
    """S3.1, pain 12: what is sent is what was shown."""
    tom = whole.buyer().writes(GERMAN)
    card = whole.card(tom, GERMAN, ENGLISH)

    whole.peer.say(BUYERS, OLGA, f"reply {TYPED}", thread=card.id)
    offer = whole.seen(whole.peer.personal(OLGA), REPLY, TYPED)
    assert tom.got == []

    whole.press(OLGA, offer, f"Send to {tom.name}")
    tom.gets(REPLY)


def test_a_draft_is_worded_by_an_instruction(whole: Whole) -> None:
    tom = whole.buyer().writes(GERMAN)
    card = whole.card(tom, "By an instruction …")

    form = whole.press(OLGA, card, "By an instruction …")
    whole.press(OLGA, card, "Regenerate", form["value"], instruction="mention the gift wrapping")

    whole.card(tom, "ich kümmere mich gerade darum")


def test_what_is_typed_into_a_form_is_seen_in_the_buyers_language_first(whole: Whole) -> None:
    """S3.1: the first Send shows it with its back-translation, the second sends it."""
    tom = whole.buyer().writes(GERMAN)
    card = whole.card(tom, "Write reply")
    form = whole.press(OLGA, card, "Write reply")["value"]

    seen = whole.press(OLGA, card, "Send", form, text=TYPED)["value"]
    assert {REPLY, f"↩ {TYPED}"} <= {one.strip() for one in "\n".join(texts(seen)).splitlines()}
    assert tom.got == []
    whole.press(OLGA, card, "Send", seen, text=REPLY)

    tom.gets(REPLY)


def test_what_the_team_knows_is_told_by_a_mention_and_offered_on_the_card(whole: Whole) -> None:
    """S3.2, S3.5."""
    tom = whole.buyer().writes("Can the teapot go in the dishwasher?")
    card = whole.card(tom, "Answer: ")

    whole.peer.say(BUYERS, OLGA, "answer dishwasher", thread=card.id)

    told = whole.seen(whole.peer.personal(OLGA), "dishwasher", "by hand")
    assert "dishwasher" in shown(told)
