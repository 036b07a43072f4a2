"""Drafts about an order that is called off, sent back, paid back, kept for less, or lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from assistant.drafting.compose import compose
from assistant.drafting.prepare import brief_from
from assistant.drafting.review import review
from assistant.model import Intent, Refund, Understanding
from assistant.playbooks import Playbooks
from tests.drafting_cases import at, parcel, situation, teapot_order, waiting_order

Write = Callable[..., str]


@pytest.fixture(scope="module")
def playbooks() -> Playbooks:
    return Playbooks.shipped()


@pytest.fixture
def write(playbooks: Playbooks) -> Write:
    """A draft that its own review has nothing against."""

    def text(intent: Intent, language: str = "en", /, *wishes: str, **facts: Any) -> str:
        given = ("order_number", "photo") if facts.pop("photo", False) else ("order_number",)
        told = Understanding(
            language=language,
            intents=(intent,),
            order_refs=(facts["order"].ref,),
            given=given,
            wishes=wishes,
        )
        brief = brief_from(situation(**facts), told, playbooks)
        draft = compose(brief, playbooks).text
        found = review(draft, brief, playbooks, by_agent=False)
        assert [one for one in found if one.severity != "tip"] == []
        return draft.replace("\N{NO-BREAK SPACE}", " ")

    return text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", r"cancelling (your )?order 10023.*€48\.00.*this evening"),
        ("de", r"Bestellung 10023.*48,00 €"),
        ("zh-Hans", r"取消订单 10023|订单 10023 我这就为您取消"),
    ],
)
def test_an_order_that_is_still_here_is_cancelled_and_paid_back(write, language, said):
    """S4.10: cancel, refund and say so, all in one reply."""
    order = waiting_order(fulfilments=(), status="paid")

    assert re.search(said, write("cancel_order", language, "cancel", order=order), re.DOTALL)


def test_an_order_on_its_way_is_asked_back_and_nothing_is_promised(write):
    text = write("cancel_order", "en", "cancel", order=waiting_order())

    assert "DHL" in text
    assert "Monday 23 November" in text
    assert "€" not in text


@pytest.mark.parametrize("intent", ["return_request", "size_exchange", "cancel_order"])
@pytest.mark.parametrize(
    ("language", "postage"),
    [("en", "postage is yours"), ("de", "Porto"), ("zh-Hans", "邮费由您承担")],
)
def test_who_changed_their_mind_hears_who_pays_the_postage_before_they_send(
    write, intent, language, postage
):
    """The buyer pays the return only if told so."""
    text = write(intent, language, "return", order=teapot_order())

    assert postage in text
    assert re.search(r"34[.,]90", text)


def test_a_refund_that_was_made_is_said_with_its_sum_and_day(write):
    """S4.11: progress without being asked twice."""
    made = Refund(amount=Decimal("34.90"), at=at(19))

    text = write("refund_status", order=teapot_order(refunds=(made,)))

    assert re.search(r"€34\.90 was refunded on Thursday 19 November", text)


def test_a_cancelled_order_that_was_never_paid_back_is_paid_back_today(write):
    text = write("refund_status", order=waiting_order(fulfilments=(), status="cancelled"))

    assert re.search(r"€48\.00.*this evening", text)


def test_money_for_goods_that_are_still_with_the_buyer_is_not_promised(write):
    """A law that owes the money owes it once the goods are back: a lead looks."""
    text = write("refund_status", order=teapot_order())

    assert "€" not in text
    assert "Monday 23 November" in text


@pytest.mark.parametrize("language", ["en", "de", "zh-Hans"])
def test_a_lost_parcel_is_settled_with_a_choice_and_nothing_to_send_back(write, language):
    """S4.7: a new one or the money, and no errand for the buyer."""
    text = write("where_is_my_order", language, order=waiting_order(parcel(status="lost")))

    assert re.search(r"48[.,]00", text)
    assert not re.search("send anything back|nothing to send back|[Zz]urückschicken|寄回", text)


def test_what_was_missing_is_sent_without_a_photo_and_without_a_return(write):
    """S4.9: nobody photographs what is not there."""
    text = write("missing_item", order=teapot_order())

    assert "new teapot" in text
    assert "photo" not in text
    assert "send anything back" not in text


def test_of_a_wrong_thing_the_photo_is_of_what_arrived(write):
    text = write("wrong_item", order=teapot_order())

    assert re.search("photo of what (arrived|you received)", text)


@pytest.mark.parametrize("language", ["en", "de", "zh-Hans"])
def test_who_wants_to_keep_it_for_less_reads_of_the_full_sum_as_well(write, language):
    """A part of the price never stands alone where the law owes all of it."""
    text = write("damaged", language, "discount", order=teapot_order(), photo=True)

    assert re.search(r"10[.,]47", text)
    assert re.search(r"34[.,]90", text)
    assert re.search("full refund|volle Erstattung|全额退款", text)


def test_a_kindness_that_waits_for_a_lead_holds_nothing_up(write):
    """What is owed is offered at once; the kindness is on top."""
    text = write("damaged", "en", "discount", order=teapot_order(), photo=True)

    assert "colleague" not in text
