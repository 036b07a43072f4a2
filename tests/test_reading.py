"""What a model says of a buyer's words is believed as far as the words bear it out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assistant.drafting.brief import Situation, Spoken
from assistant.drafting.findings import otherwise
from assistant.drafting.reading import Reading, believed
from assistant.drafting.understand import understand
from assistant.model import Attachment, Proposal, Understanding
from tests.drafting_cases import situation
from tests.model_server import READING


def read(text: str, *, at_hand: Situation | None = None, **said: Any) -> Understanding:
    """What is believed of a model's answer about *text*."""
    here = at_hand or situation(text)
    reading = Reading.model_validate_json(json.dumps(READING | said))
    return believed(reading, here, understand(here))


def matter(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in pairs]


# ── intents ──────────────────────────────────────────────────────────────────


def test_what_rules_can_t_read_a_model_may() -> None:
    """S2.1: ironic words without a word of the lexicon."""
    text = "Funny thing: the vessel you sent me pours better sideways now."

    found = read(text, intents=["damaged"], emotion="disappointment", strength=0.4)

    assert (found.intents, found.source) == (("damaged",), "model")
    assert (found.emotion.kind, found.emotion.strength) == ("disappointment", 0.4)


@pytest.mark.parametrize("said", [["other"], ["return_request"], [], ["thanks", "other"]])
def test_a_threat_that_the_rules_see_stays_first(said: list[str]) -> None:
    """A lead must see it, whatever a model makes of it."""
    text = "My lawyer will write to you and I will dispute the charge. Where is order 10023?"

    found = read(text, intents=said, emotion="neutral", strength=0.0)

    assert found.intents[0] == "legal_or_chargeback"
    assert found.emotion.strong


def test_a_reading_that_shares_nothing_with_the_rules_is_doubted() -> None:
    """A weak model takes a broken teapot for a late parcel: whoever approves is told to compare."""
    broken = "The teapot arrived with a broken spout and I want my money back."

    misread = read(broken, intents=["where_is_my_order"])
    shared = read(broken, intents=["return_request", "damaged"])
    unsure = read("Funny thing: the vessel pours better sideways now.", intents=["damaged"])

    assert [misread.doubted, shared.doubted, unsure.doubted] == [True, False, False]
    [flag] = otherwise(Proposal(text="x", agent_text=None, language="en", drafter="model"), misread)
    assert (flag.severity, flag.rule) == ("warn", "read.doubted")


def test_an_insult_stays_where_the_rules_have_it_and_a_request_is_none() -> None:
    insult = read("You are idiots, fuck off", intents=["thanks"], emotion="joy", strength=1.0)
    asked = read("Where is my order 10023, you idiots?", intents=["abuse_or_spam"])

    assert insult.intents[0] == "abuse_or_spam"
    assert "where_is_my_order" in asked.intents
    assert "abuse_or_spam" not in asked.intents[:1]


def test_names_nobody_knows_are_dropped_and_the_order_is_ours() -> None:
    """A fault comes before the money asked for it."""
    found = read(
        "The mug came broken and I want my money back",
        intents=["return_request", "refund_everything", "damaged", "thanks"],
        wishes=["refund", "a pony"],
        details=[*matter(("broken", "true")), {"key": "iban", "value": "DE1"}, "x"],
    )

    assert found.intents == ("damaged", "return_request")
    assert found.wishes == ("refund",)
    assert set(found.details) <= {"broken", "product", "product_key"}


def test_a_model_that_knows_nothing_takes_nothing_away() -> None:
    """The smallest models say “other” to everything."""
    text = "Die Kanne kam drei Tage zu spät und der Ausguss ist abgebrochen. Bestellung 10045"

    found = read(text, intents=["other"], language="xx", order_numbers=["4711"])

    assert found.intents[0] == "damaged"
    assert (found.language, found.order_refs) == ("de", ("10045",))
    assert found.details["days_late"] == "3"


def test_fury_that_the_rules_see_is_not_talked_down() -> None:
    text = "THIS IS OUTRAGEOUS!!! I am furious, where is my order 10023?"

    assert read(text, emotion="joy", strength=1.0).emotion.kind == "anger"
    assert read(text, emotion="neutral", strength=0.0).emotion.strong


# ── numbers ──────────────────────────────────────────────────────────────────


def test_a_number_counts_only_where_the_buyer_wrote_it() -> None:
    """`peers.md`: small models invent an order number when none was given."""
    text = "Es geht um AB-77120 vom 16.11.2026, 34,90 EUR bezahlt, Tel. 030 1234567"

    found = read(
        text,
        order_numbers=["ab-77120", "10023", "34,90", "16.11.2026", "7712", "1234567", "2026"],
        tracking_numbers=["00340434161094000017"],
    )

    assert found.order_refs == ("ab-77120",)
    assert found.tracking_numbers == ()
    assert "order_number" in found.given


def test_the_same_number_otherwise_written_is_not_a_second_one() -> None:
    found = read(
        "Bestellung #10045 und nochmal １００４５", order_numbers=["#10045", "１００４５", "10045 "]
    )

    assert found.order_refs == ("10045",)


def test_a_tracking_number_is_taken_from_words_that_no_rule_knows() -> None:
    text = "hier: JJD 0000 1234 5678 99 – wo liegt das?"

    found = read(text, tracking_numbers=["JJD 0000 1234 5678 99"], order_numbers=["JJD 0000"])

    assert found.tracking_numbers == ("JJD00001234567899",)
    assert "tracking_number" in found.given
    assert found.order_refs == ()


def test_what_was_given_is_what_is_there() -> None:
    """A photo that is only announced is none, whatever a model says."""
    photo = Attachment(name="spout.jpg", mime="image/jpeg")
    here = situation("The mug is broken, see the photo")
    shown = here.model_copy(
        update={"messages": (Spoken(author="buyer", text="It is broken", attachments=(photo,)),)}
    )

    assert "photo" not in read("", at_hand=here, intents=["damaged"]).given
    assert "photo" in read("", at_hand=shown, intents=["damaged"]).given


# ── the buyer's own matter ───────────────────────────────────────────────────


def test_the_matter_is_in_the_buyer_s_own_words_or_in_known_ones() -> None:
    text = (
        "It was for my goddaughter's recital before Friday. The gizmo lost its knob.\nBest, Ann Lee"
    )

    found = read(
        text,
        intents=["malfunction"],
        details=matter(
            ("product", "gizmo"),
            ("part", "knob"),
            ("product_key", "spaceship"),
            ("occasion", "recital"),
            ("person", "child"),
            ("needed_by", "before Friday"),
            ("days_late", "12"),
            ("amount", "99 EUR"),
            ("sign_off", "Olga"),
        ),
    )

    assert found.details.pop("sign_off", "Ann Lee") == "Ann Lee"
    assert found.details == {
        "product": "gizmo",
        "part": "knob",
        "person": "child",
        "needed_by": "before Friday",
    }


def test_a_part_never_comes_in_one_source_s_words_with_the_other_s_name() -> None:
    text = "Der Ausguss der Kanne ist abgebrochen"

    found = read(text, intents=["damaged"], details=matter(("part", "Kanne"), ("part_key", "lid")))

    assert (found.details["part"], found.details["part_key"]) == ("Ausguss", "spout")


# ── language ─────────────────────────────────────────────────────────────────


def test_the_language_is_ours_where_we_can_tell_and_the_model_s_where_not() -> None:
    french = "Bonjour, où est ma commande 10023 ? Je l'attends depuis deux semaines."
    unknown = situation("Habari, agizo langu liko wapi sasa", name="")
    nowhere = unknown.model_copy(update={"market": None, "buyer": None})

    assert read(french, language="en").language == "fr"
    assert read("10023", language="sw", at_hand=situation("10023")).language != "sw"
    rules = understand(nowhere)
    reading = Reading.model_validate(READING | {"language": "sw"})
    unsure = rules.model_copy(update={"language": "und"})
    assert believed(reading, nowhere, unsure).language == "sw"
    odd = Reading.model_validate(READING | {"language": "English!"})
    assert believed(odd, nowhere, unsure).language == "und"
