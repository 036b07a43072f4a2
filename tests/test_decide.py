"""Decisions: what is allowed, what must be said, and why; the same for the same situation."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from assistant.drafting.brief import Situation
from assistant.drafting.decide import check_back, decide, wording_of
from assistant.drafting.prepare import brief_from
from assistant.model import Decision, Emotion, ParcelEvent, Refund, Stock, Totals, Understanding
from assistant.playbooks import CHECKS, Playbooks
from assistant.playbooks.kinds import INTENTS
from assistant.surface.explain import explain, headline
from assistant.words import words
from tests.drafting_cases import (
    SPOILT_BIRTHDAY,
    WHERE_IS_IT,
    at,
    parcel,
    situation,
    teapot_order,
    waiting_order,
)


@pytest.fixture(scope="module")
def playbooks() -> Playbooks:
    return Playbooks.shipped()


def verdicts(decision: Decision) -> dict[str, str]:
    return {one.id: one.verdict for one in decision.remedies}


def not_denied(decision: Decision) -> dict[str, str]:
    return {id: verdict for id, verdict in verdicts(decision).items() if verdict != "denied"}


def spoilt(**changes: object) -> Understanding:
    return SPOILT_BIRTHDAY.model_copy(update=changes)


def test_the_same_situation_gives_the_same_decision(playbooks):
    at_hand = situation(order=teapot_order())

    one = decide(at_hand, SPOILT_BIRTHDAY, playbooks)

    assert one == decide(at_hand, SPOILT_BIRTHDAY, Playbooks.shipped())
    assert one.playbook_version == playbooks.version


def test_a_broken_teapot_may_be_refunded_or_sent_again(playbooks):
    decision = decide(situation(order=teapot_order()), SPOILT_BIRTHDAY, playbooks)

    assert not_denied(decision) == {"refund": "allowed", "resend": "allowed", "goodwill": "lead"}
    assert wording_of(decision, "refund")["refund_amount"] == "34.90 EUR"
    assert decision.ask_for == ()


def test_what_the_buyer_asks_for_comes_first_then_what_costs_least(playbooks):
    """S2.10"""
    at_hand = situation(order=teapot_order())

    asked = decide(at_hand, spoilt(wishes=("refund",)), playbooks).allowed()
    open_to_all = decide(at_hand, spoilt(wishes=()), playbooks).allowed()

    assert [one.id for one in asked] == ["refund", "resend"]
    assert [one.id for one in open_to_all] == ["resend", "refund"]
    costs = [one.cost.amount for one in open_to_all if one.cost]
    assert costs == sorted(costs)


def test_a_photo_is_asked_for_once_and_never_again(playbooks):
    """S1.3: never ask for what was given."""
    at_hand = situation(order=teapot_order())

    without = decide(at_hand, spoilt(given=("order_number",)), playbooks)
    with_it = decide(at_hand, SPOILT_BIRTHDAY, playbooks)

    asked = [one for one in without.remedies if one.verdict == "ask"]
    assert {one.id: one.missing for one in asked} == {"refund": ("photo",), "resend": ("photo",)}
    assert without.ask_for == ("photo",)
    assert with_it.ask_for == ()


def test_without_an_order_its_number_is_asked_for(playbooks):
    decision = decide(situation(), Understanding(intents=("where_is_my_order",)), playbooks)

    assert set(verdicts(decision).values()) == {"ask"}
    assert decision.ask_for == ("order_number",)


def test_a_number_that_no_shop_knows_is_looked_up_by_us_not_asked_for_again(playbooks):
    decision = decide(situation(), WHERE_IS_IT, playbooks)

    assert set(verdicts(decision).values()) == {"lead"}
    assert {one.missing for one in decision.remedies} == {("order",)}
    assert decision.ask_for == ()
    assert check_back(decision) is not None


def test_a_tracking_number_is_as_good_as_an_order_number(playbooks):
    told = Understanding(intents=("where_is_my_order",), tracking_numbers=("1Z999",))

    assert decide(situation(), told, playbooks).ask_for == ()


def test_a_refund_in_time_is_an_agents_one_too_late_is_not(playbooks):
    too_late = teapot_order(
        fulfilments=(parcel(status="delivered", delivered_at=at(-20), events=()),)
    )

    in_time = verdicts(decide(situation(order=teapot_order()), SPOILT_BIRTHDAY, playbooks))
    assert (in_time["refund"], in_time["resend"]) == ("allowed", "allowed")
    decision = decide(situation(order=too_late), SPOILT_BIRTHDAY, playbooks)
    assert verdicts(decision)["refund"] == "denied"


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"fulfilments": ()}, "order.days_since_delivery"),
        ({"totals": Totals()}, "item.refundable"),
        ({"currency": "TRY"}, "rate TRY to EUR"),
    ],
)
def test_a_missing_fact_makes_a_refund_a_leads_and_is_named(playbooks, changes, missing):
    """Nobody guesses when it came, what was paid, or what a lira is worth today."""
    items = tuple(one.model_copy(update={"unit_price": None}) for one in teapot_order().items)
    order = teapot_order(**{"items": items, **changes})

    decision = decide(situation(order=order), SPOILT_BIRTHDAY, playbooks)

    refund = next(one for one in decision.remedies if one.id == "refund")
    assert refund.verdict == "lead"
    assert missing in refund.missing


@pytest.mark.parametrize(
    ("currency", "total", "verdict"),
    [("GBP", "19.00", "allowed"), ("GBP", "130.01", "lead"), ("JPY", "24000", "allowed")],
)
def test_every_currency_has_a_limit_of_its_own(playbooks, currency, total, verdict):
    """Nobody needs a lead, or a rate of the day, to give a mug's £19 back."""
    price = Decimal(total)
    items = tuple(one.model_copy(update={"unit_price": price}) for one in teapot_order().items)
    order = teapot_order(currency=currency, totals=Totals(total=price), items=items)

    decision = decide(situation(order=order), SPOILT_BIRTHDAY, playbooks)

    assert verdicts(decision)["refund"] == verdict


def test_what_was_refunded_already_is_not_refunded_again(playbooks):
    half = teapot_order(refunds=(Refund(amount=Decimal("30.00")),))
    all_of_it = teapot_order(refunds=(Refund(amount=Decimal("34.90")),))

    one = decide(situation(order=half), SPOILT_BIRTHDAY, playbooks)
    other = decide(situation(order=all_of_it), SPOILT_BIRTHDAY, playbooks)

    assert wording_of(one, "refund")["refund_amount"] == "4.90 EUR"
    assert verdicts(other)["refund"] == "lead"


def test_the_law_makes_a_refusal_a_leads_decision_and_permits_nothing(playbooks):
    """An unverified statement of law may restrict and warn, never permit."""
    order = teapot_order(
        fulfilments=(parcel(status="delivered", delivered_at=at(18)),),
        items=tuple(one.model_copy(update={"in_stock": 0}) for one in teapot_order().items),
    )

    decision = decide(situation(order=order), spoilt(intents=("damaged",)), playbooks)
    resend = next(one for one in decision.remedies if one.id == "resend")

    assert resend.verdict == "lead"
    assert resend.because == ("damaged.resend", "DE.guarantee")
    assert any(one.rule == "DE.guarantee" and one.checked_on for one in decision.proof)


def test_every_demand_names_its_check_and_every_verdict_its_proof(playbooks):
    for intent in INTENTS:
        told = spoilt(intents=(intent,))
        for order in (None, teapot_order(), waiting_order()):
            decision = decide(situation(order=order), told, playbooks)
            rules = {one.rule for one in decision.proof}
            demands = (*decision.must, *decision.must_not)
            assert {one.check for one in demands if not one.words} <= CHECKS.keys()
            assert {one.rule for one in demands} <= rules
            assert {rule for one in decision.remedies for rule in one.because} <= rules
            assert not set(decision.ask_for) & set(told.given)


def test_a_duty_yields_to_the_platform(playbooks):
    """pains, last table: a tracking link is a duty in our shop and a violation on Amazon."""
    ours = decide(situation(order=waiting_order()), WHERE_IS_IT, playbooks)
    amazon = decide(situation(order=waiting_order(), platform="amazon"), WHERE_IS_IT, playbooks)

    assert "external_link" not in {one.check for one in ours.must_not}
    assert {"external_link", "contact_details", "coupon", "review_request"} <= {
        one.check for one in amazon.must_not
    }
    [stated] = [one for one in amazon.proof if one.rule == "platform.amazon"]
    assert stated.inputs["tracking_pages"] == []


def test_a_late_parcel_must_be_called_late_and_is_asked_about(playbooks):
    late = waiting_order(parcel(eta=at(17)))

    decision = decide(situation(order=late), WHERE_IS_IT, playbooks)

    assert {"state_delay", "apologise_once", "tracking_three_points"} <= {
        one.check for one in decision.must
    }
    assert verdicts(decision)["inquiry"] == "allowed"
    assert verdicts(decision)["refund_overdue"] == "denied"
    assert "refund" not in verdicts(decision), "it is late, not lost"


def test_a_parcel_the_carrier_lost_is_an_agents_one_that_nobody_has_seen_a_leads(playbooks):
    """S4.7: a lost parcel has its plan."""
    old = parcel(eta=at(14), events=(ParcelEvent(at=at(10), place="Leipzig"),))
    lost = decide(situation(order=waiting_order(parcel(status="lost"))), WHERE_IS_IT, playbooks)
    unseen = decide(situation(order=waiting_order(old)), WHERE_IS_IT, playbooks)

    assert verdicts(lost)["refund"] == verdicts(lost)["resend"] == "allowed"
    assert verdicts(unseen)["refund"] == verdicts(unseen)["resend"] == "lead"


def test_a_parcel_on_time_is_looked_at_again_the_evening_it_is_due(playbooks):
    decision = decide(situation(order=waiting_order()), WHERE_IS_IT, playbooks)

    again = check_back(decision)

    assert again is not None
    assert again.date() == date(2026, 11, 24)
    assert again.utcoffset() == datetime.fromisoformat("2026-11-24T20:00+01:00").utcoffset()


def test_an_answer_is_promised_for_a_working_day(playbooks):
    """NOW is a Saturday."""
    decision = decide(situation(), Understanding(intents=("invoice",)), playbooks)

    again = check_back(decision)

    assert again is not None
    assert (again.date(), again.weekday()) == (date(2026, 11, 23), 0)


def test_dates_of_a_new_parcel_come_from_the_market_and_are_left_out_where_it_has_none(playbooks):
    known = decide(situation(order=teapot_order()), SPOILT_BIRTHDAY, playbooks)
    unknown = decide(
        situation(order=teapot_order(country="NO"), market="NO"), SPOILT_BIRTHDAY, playbooks
    )

    assert wording_of(known, "resend")["ship_on"] == "2026-11-23"
    assert wording_of(known, "resend")["arrive_by"] == "2026-11-26"
    assert "arrive_by" not in wording_of(unknown, "resend")


def test_a_legal_step_is_a_leads(playbooks):
    told = Understanding(intents=("legal_or_chargeback", "damaged"))
    decision = decide(situation(), told, playbooks)

    assert decision.remedies[0].verdict == "lead"
    assert "admit_liability" in {one.check for one in decision.must_not}


def test_an_overlay_of_the_sellers_changes_the_decision(tmp_path, playbooks):
    text = Path("playbooks/policy/damaged.md").read_text(encoding="utf-8")
    stricter = text.replace("lead_above: [150.00 EUR", "lead_above: [20.00 EUR")
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "damaged.md").write_text(stricter, encoding="utf-8")
    at_hand = situation(order=teapot_order())

    theirs = decide(at_hand, SPOILT_BIRTHDAY, Playbooks.load(tmp_path))

    assert verdicts(theirs)["refund"] == "lead"
    assert verdicts(decide(at_hand, SPOILT_BIRTHDAY, playbooks))["refund"] == "allowed"


def test_the_brief_keeps_the_buyers_last_language_where_the_newest_words_have_none(playbooks):
    before = situation(text="Wo ist mein Paket?").messages[0].model_copy(update={"language": "de"})
    at_hand: Situation = situation(text="10023", before=(before,))

    brief = brief_from(at_hand, Understanding(language="und"), playbooks)

    assert (brief.language, brief.culture) == ("de", "de")


# ── in words ─────────────────────────────────────────────────────────────────


def test_the_headline_says_what_may_be_done_and_what_is_wanted(playbooks):
    decision = decide(situation(order=teapot_order()), SPOILT_BIRTHDAY, playbooks)

    assert headline(decision, SPOILT_BIRTHDAY, words("en")) == (
        "May do: refund €34.90 or resend (cheapest €18.22). With a lead: goodwill €3.49. "
        "The buyer asks for a refund. Nothing to send back."
    )


def test_the_explanation_names_rule_facts_and_version(playbooks):
    decision = decide(situation(order=teapot_order()), SPOILT_BIRTHDAY, playbooks)

    lines = explain(decision, words("en"))

    assert lines[0].startswith("Allowed: refund €34.90, because damaged.refund")
    assert "delivered 3 days ago" in lines[0]
    assert "costs us €34.90" in lines[0]
    assert lines[-1] == f"Playbooks {playbooks.version}"


def test_the_headline_of_an_open_question_names_the_question(playbooks):
    told = spoilt(given=(), order_refs=(), wishes=())
    decision = decide(situation(), told, playbooks)

    assert headline(decision, told, words("en")) == "Ask for the order number and a photo."


def test_a_platform_without_a_playbook_is_said(playbooks):
    decision = decide(situation(platform="temu"), WHERE_IS_IT, playbooks)

    assert any("temu has no playbook" in line for line in explain(decision, words("en")))


def test_stock_is_told_only_from_a_count(playbooks):
    asked = Understanding(intents=("stock_question",), emotion=Emotion())
    teapot = Stock(sku="T", title="Teapot Ines", in_stock=0)

    unknown = decide(situation(), asked, playbooks)
    counted = decide(situation(stock=(teapot,)), asked, playbooks)

    assert verdicts(unknown)["information"] == "lead"
    assert verdicts(counted)["information"] == "allowed"
    assert "answer_stock" in {one.check for one in counted.must}
