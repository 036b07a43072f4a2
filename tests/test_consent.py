"""Confirmation before an action: only a plain yes to a question of ours counts."""

from __future__ import annotations

import pytest

from assistant.drafting.brief import Spoken
from assistant.drafting.consent import confirmed
from assistant.drafting.decide import question_of
from assistant.model import Understanding
from assistant.playbooks import Playbooks
from tests.drafting_cases import situation

ASKED = (Spoken(author="agent", text="Shall I cancel your order?"),)


@pytest.mark.parametrize(
    "yes",
    [
        "Yes",
        "yes please!",
        "Ok, thanks",
        "Ja, bitte.",
        "Einverstanden",
        "好的，谢谢",
        "はい、お願いします",
        "Oui, d'accord",
        "Sí, por favor",
        "네",
        "Go ahead",
        "да",
    ],
)
def test_a_plain_yes_counts(yes: str) -> None:
    assert confirmed(situation(text=yes, before=ASKED)) is True


@pytest.mark.parametrize(
    "doubt",
    [
        "Yes, but only if it is free",
        "No",
        "Okay?? why",
        "Yesterday I wrote to you",
        "ja nein",
        "好的，但是",
        "",
        "Is it ok to wait?",
        "yes " * 40,
    ],
)
def test_doubt_is_no_yes(doubt: str) -> None:
    assert confirmed(situation(text=doubt, before=ASKED)) is None


def test_a_yes_to_nothing_that_was_asked_confirms_nothing() -> None:
    told = (Spoken(author="agent", text="I am looking into it."),)

    assert confirmed(situation(text="Yes")) is None
    assert confirmed(situation(text="Yes", before=told)) is None


def test_the_question_knows_it() -> None:
    asked = question_of(
        situation(text="Yes please", before=ASKED), Understanding(), Playbooks.shipped()
    )

    assert asked.facts["request.confirmed"] is True
