"""Leads teach an intent by sentences of buyers, in a policy of their own (issue: understanding)."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.drafting.brief import Situation, Spoken
from assistant.drafting.reading import Reading, believed
from assistant.drafting.understand import understand
from assistant.errors import Misconfigured
from assistant.playbooks import Playbooks
from tests.drafting_cases import at
from tests.model_server import READING

POLICY = """---
kind: policy
id: our-own-words
applies: {intents: [malfunction, missing_item]}
buyers_say:
  malfunction:
    - "the brew group went on strike again"
    - "Die Brühgruppe hat schon wieder Feierabend"
    - "冲煮头又闹脾气了，出不了咖啡"
  missing_item: ["the little bag with the gubbins was not inside"]
---
Our machines, in our buyers' words.
"""


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Playbooks:
    place = tmp_path_factory.mktemp("own") / "policy"
    place.mkdir()
    (place / "ours.md").write_text(POLICY, "utf-8")
    return Playbooks.load(place.parent)


def intents(text: str, playbooks: Playbooks | None) -> tuple[str, ...]:
    said = Spoken(author="buyer", text=text, at=at(21))
    return understand(Situation(channel="webchat", messages=(said,), now=at(21)), playbooks).intents


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Hello, the brew group is on strike again!", "malfunction"),
        ("Guten Tag. Die Brühgruppe hat wieder Feierabend.", "malfunction"),
        ("你好，冲煮头又闹脾气了，出不了咖啡", "malfunction"),
        ("The bag with the gubbins was not inside", "missing_item"),
    ],
)
def test_what_a_lead_teaches_is_understood_in_nearly_the_same_words(taught, said, meant) -> None:
    assert intents(said, None)[0] != meant, "the rules alone do not see it"
    assert intents(said, taught)[0] == meant


def test_what_a_lead_teaches_stands_whatever_a_model_makes_of_it(taught) -> None:
    """A model knows nothing of the lead's sentence; what else it read stays beside it."""
    said = Spoken(author="buyer", text="The brew group went on strike again.", at=at(21))
    here = Situation(channel="webchat", messages=(said,), now=at(21))
    reading = Reading.model_validate(READING | {"intents": ["product_question"]})

    found = believed(reading, here, understand(here, taught), taught)

    assert found.intents == ("malfunction", "product_question")


@pytest.mark.parametrize(
    "said",
    [
        "My lawyer will write to you. The brew group went on strike again.",
        "I will open a chargeback. the brew group went on strike again",
    ],
)
def test_a_legal_threat_stays_first_beside_an_example(taught, said) -> None:
    found = intents(said, taught)

    assert found[0] == "legal_or_chargeback"
    assert "malfunction" in found


@pytest.mark.parametrize(
    "said",
    [
        "Where is my order 10023?",
        "Is the brew group dishwasher safe?",
        "There was a strike at the post office again",
        "",
    ],
)
def test_other_sentences_are_understood_as_before(taught, said) -> None:
    assert intents(said, taught) == intents(said, None)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("buyers_say: {damaged: [the brew group broke]}", "does not apply to damaged"),
        ("buyers_say: {malfunction: [hm]}", "buyers_say"),
        ("buyers_say: {malfunktion: [the brew group broke]}", "malfunktion"),
        (
            "buyers_say: {malfunction: [it fell apart], missing_item: [It  fell apart]}",
            '"It  fell apart" already means malfunction',
        ),
    ],
)
def test_an_example_that_teaches_nothing_is_an_error_with_its_place(tmp_path, wrong, told) -> None:
    (tmp_path / "policy").mkdir()
    file: Path = tmp_path / "policy" / "ours.md"
    applies = "applies: {intents: [malfunction, missing_item]}"
    file.write_text(f"---\nkind: policy\nid: ours\n{applies}\n{wrong}\n---\nx\n")

    with pytest.raises(Misconfigured) as caught:
        Playbooks.load(tmp_path)

    assert told in str(caught.value)
    assert "ours.md:" in str(caught.value)
