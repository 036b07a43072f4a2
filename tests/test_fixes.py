"""One press: other words, none, or one sentence more; then the objection is gone (S1.1, S2.8)."""

from __future__ import annotations

import pytest

from assistant.drafting.brief import Brief
from assistant.drafting.review import review
from assistant.model import Attachment, Demand, Finding, Understanding
from assistant.surface.cards import Flag
from assistant.words import words
from tests.drafting_cases import situation, waiting_order
from tests.test_review import brief, decided, demand
from tests.test_review_languages import ORDINARY, PAGE

EN = words("en")


def pressed(text: str, finding: Finding) -> str:
    """As the forms of Slack, Teams and the console do it."""
    edit = flag_of(finding).edit
    assert edit is not None, finding
    return text[: edit.start] + edit.text + text[edit.end :]


def flag_of(finding: Finding) -> Flag:
    return Flag(
        severity=finding.severity,
        start=finding.start,
        end=finding.end,
        message=EN(finding.message),
        better=finding.better,
        fix=finding.fix,
    )


def by_rule(text: str, at_hand: Brief, rule: str) -> Finding:
    return next(one for one in review(text, at_hand, links=PAGE) if one.rule == rule)


@pytest.mark.parametrize(
    ("text", "rule", "after", "name"),
    [
        ("Hopefully it arrives soon.", "S1.1", "It arrives soon.", "Remove it"),
        (
            "Thank you for contacting us. I have looked into it.",
            "S4.4",
            "I have looked into it.",
            "Remove it",
        ),
        ("I'll see if I can help.", "S1.1", "I will help.", "Take this wording"),
        (
            "I am sorry. We apologise for that. The teapot is on its way.",
            "S1.2",
            "I am sorry. The teapot is on its way.",
            "Remove it",
        ),
        (
            "The teapot is on its way. We guarantee it. I will write to you.",
            "commitment.guarantee",
            "The teapot is on its way. I will write to you.",
            "Remove it",
        ),
        (
            "The number is RB123456785GB.",
            "value.tracking",
            "The number is 00340434161094000024.",
            "Take this wording",
        ),
    ],
)
def test_one_press_settles_an_objection(text: str, rule: str, after: str, name: str) -> None:
    at_hand = brief(decided("denied"))
    finding = by_rule(text, at_hand, rule)

    assert pressed(text, finding) == after
    assert EN(flag_of(finding).press) == name
    assert rule not in {one.rule for one in review(after, at_hand, links=PAGE)}


def test_asking_for_what_was_given_is_left_out() -> None:
    """S1.3."""
    told = Understanding(language="en", intents=("damaged",), given=("photo",))
    at_hand = brief(understanding=told)
    text = "I have read your message. Please send us a photo. I will write to you today."

    assert pressed(text, by_rule(text, at_hand, "S1.3")) == (
        "I have read your message. I will write to you today."
    )


def test_what_is_all_that_is_said_is_not_left_out() -> None:
    assert by_rule("We guarantee it.", brief(decided("denied")), "commitment.guarantee").fix is None


@pytest.mark.parametrize("language", ORDINARY)
def test_the_three_points_of_a_tracking_answer_are_added_one_by_one(language: str) -> None:
    """S2.8, in every language."""
    facts = situation(order=waiting_order()).facts
    wanted = demand("tracking_three_points").must
    at_hand = brief(decided(must=wanted), language=language, facts=facts)
    text = ORDINARY[language][4][1]
    for _ in range(3):
        found = [one for one in review(text, at_hand, links=PAGE) if one.rule == "p.1"]
        text = pressed(text, found[0]) if found else text

    assert "00340434161094000017" in text
    assert "https://www.dhl.de/x" in text
    left = review(text, at_hand, links=PAGE)
    assert [one for one in left if one.severity != "tip"] == []


@pytest.mark.parametrize("language", ORDINARY)
@pytest.mark.parametrize("check", ["apologise_once", "thank_buyer", "say_who_and_when"])
def test_a_sentence_that_is_missing_is_added_in_its_place(language: str, check: str) -> None:
    """S1.2, S4.5: after the opening, or before the close."""
    at_hand = brief(demand(check), language=language)
    text = {"ja": "こちらは確認中でございます。", "zh-Hans": "正在为您处理。"}.get(language, "OK.")
    found = [one for one in review(text, at_hand) if one.rule == "p.1"]
    if not found:
        return  # Nothing is missed where there are no wordings of it yet.

    after = pressed(text, found[0])

    assert "p.1" not in {one.rule for one in review(after, at_hand)}
    assert EN(flag_of(found[0]).press) == "Add it"


def test_an_addition_stands_before_the_close_and_after_the_greeting() -> None:
    text = "Dear Ms Weber,\n\nthe teapot is on its way.\n\nKind regards\nAnna"
    late = by_rule(text, brief(demand("say_who_and_when")), "p.1")
    early = by_rule(text, brief(demand("apologise_once")), "p.1")

    assert pressed(text, late) == (
        "Dear Ms Weber,\n\nthe teapot is on its way. I will write to you again tomorrow.\n\n"
        "Kind regards\nAnna"
    )
    assert pressed(text, early).startswith(
        "Dear Ms Weber,\n\nthe teapot is on its way. I am sorry about this.\n"
    )
    large = text.replace("the teapot", "The teapot")
    assert pressed(large, by_rule(large, brief(demand("apologise_once")), "p.1")).startswith(
        "Dear Ms Weber,\n\nI am sorry about this. The teapot"
    )


@pytest.mark.parametrize("close", ["Olga", "Kind regards\nOlga", "Thank you!\nOlga Weiss"])
def test_thanks_at_the_beginning_are_no_close(close: str) -> None:
    """The addition stood between “Hello,” and “thank you for writing”."""
    text = f"Hello,\n\nthank you for writing. I am looking into your order.\n\n{close}"
    late = by_rule(text, brief(demand("say_who_and_when")), "p.1")

    assert pressed(text, late) == (
        "Hello,\n\nthank you for writing. I am looking into your order. "
        f"I will write to you again tomorrow.\n\n{close}"
    )


def test_after_a_link_at_the_end_a_name_is_still_the_close() -> None:
    """A sentence that ends in a page has no full stop; the next addition stood below the name."""
    text = "Hello Tom,\n\nfollow it here: https://www.dhl.de/x?idc=1\n\nBlaue Stunde"
    late = by_rule(text, brief(demand("say_who_and_when")), "p.1")

    assert pressed(text, late).endswith("again tomorrow.\n\nBlaue Stunde")


def test_a_playbooks_own_words_are_added_as_it_gives_them() -> None:
    polite = Demand(
        rule="p.1", check="words", text="Name it.", words=("Ines",), better="It is Ines."
    )
    at_hand = brief(decided(must=(polite,)))

    assert pressed("Hello there.", by_rule("Hello there.", at_hand, "p.1")) == (
        "Hello there. It is Ines."
    )


def test_files_have_no_say_in_it() -> None:
    photo = (Attachment(name="a.jpg", mime="image/jpeg"),)

    assert review("I am on it.", brief(), files=photo) == ()
