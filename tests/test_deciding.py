"""The decision (design 6): law and platform as floors, costs, budgets, limits, proof."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from assistant.deciding import Question, decide
from assistant.deciding.calendar import works_on
from assistant.model import Decision
from assistant.playbooks import Playbooks, Rates
from tests.deciding_cases import playbooks, question

FAULT = """
kind: policy
id: damaged
applies: {intents: [damaged]}
remedies:
"""
REFUND = """
  - id: refund
    gives: refund
    allow: order.days_since_delivery <= 30
    amount: item.refundable
    cost: {money: item.refundable}
    lead_above: [50.00 EUR]
    because: "Ours to bear"
"""
RESEND = """
  - id: resend
    gives: resend
    allow: item.in_stock > 0 && order.days_since_delivery <= 30
    cost: {goods: item.cost, freight: route.shipping_cost}
    because: "What the buyer wanted"
"""
KEEP = """
  - id: keep_it
    gives: partial_refund
    allow: "true"
    amount: item.refundable.percent(30)
    cost: {money: item.refundable.percent(30)}
    because: "Who would rather keep it"
"""
GERMANY = """
kind: market
id: "DE"
name: Germany
currency: EUR
zone: Europe/Berlin
costs: {goods_percent: 35, shipping: 9.00 EUR, return_label: 12.00 EUR}
"""
RATES = Rates(
    day=date(2026, 11, 20), base="EUR", rates={"GBP": Decimal("0.8"), "JPY": Decimal(160)}
)


def law(status: str, owes: str = "[refund, resend]", more: str = "") -> str:
    return f"""{GERMANY}
law:
  - id: DE.law
    owes: {owes}
    when: request.intent == 'damaged'
    {more}
    says: "The buyer chooses"
    source: "A law"
    checked_on: 2026-11-01
    status: {status}
"""


def verdicts(decision: Decision) -> dict[str, str]:
    return {one.id: one.verdict for one in decision.remedies}


def by_rule(decision: Decision, rule: str) -> dict[str, object]:
    return next(one.inputs for one in decision.proof if one.rule == rule)


# ── cost and rank ────────────────────────────────────────────────────────────


def test_costs_are_told_item_by_item(tmp_path: Path) -> None:
    """S4.7: 35 % of 34.90 and nine for the postage, by the seller's own estimates."""
    book = playbooks(tmp_path, policy_damaged=FAULT + REFUND + RESEND, market_de=GERMANY)

    resend, refund = decide(question(market="DE"), book).remedies

    assert resend.cost
    assert refund.cost
    assert (resend.id, resend.cost.amount) == ("resend", Decimal("21.22"))
    assert resend.cost.parts == {"goods": Decimal("12.22"), "freight": Decimal("9.00")}
    assert (refund.cost.amount, refund.amount and refund.amount.amount) == (
        Decimal("34.90"),
        Decimal("34.90"),
    )


def test_what_comes_back_is_taken_off(tmp_path: Path) -> None:
    """The worked check of design: 18 back, 22 for the return, 3 of it recovered."""
    text = FAULT + REFUND.replace(
        "{money: item.refundable}",
        "{money: item.refundable, return_label: route.return_cost, recovery: item.cost}",
    )
    facts = {
        "item.refundable": "18.00 EUR",
        "route.return_cost": "22.00 EUR",
        "item.cost": "3.00 EUR",
    }
    [refund] = decide(question(facts=facts), playbooks(tmp_path, policy_damaged=text)).remedies

    assert refund.cost
    assert refund.cost.amount == 37


def test_a_cost_that_cant_be_told_ranks_last_and_says_what_is_missing(tmp_path: Path) -> None:
    book = playbooks(tmp_path, policy_damaged=FAULT + RESEND + REFUND)
    decision = decide(question(facts={"route.shipping_cost": None, "item.cost": None}), book)
    plain = GERMANY.replace("goods_percent: 35, ", "")
    told = playbooks(tmp_path, policy_damaged=FAULT + RESEND + REFUND, market_de=plain)
    world = decide(question(market="DE"), told)

    assert {one.id for one in decision.remedies} == {"refund", "resend"}
    for one in (decision, world):
        for remedy in one.remedies:
            missing = by_rule(one, f"damaged.{remedy.id}").get("cost_missing", [])
            assert (remedy.cost is None) is bool(missing)


def test_two_currencies_meet_by_the_rate_of_the_day_and_the_proof_shows_it(tmp_path: Path) -> None:
    book = playbooks(tmp_path, policy_damaged=FAULT + REFUND)
    pounds = {"item.refundable": "30.00 GBP"}

    [without] = decide(question(facts=pounds), book).remedies
    there = decide(question(facts=pounds, rates=RATES), book)
    [dear] = decide(question(facts={"item.refundable": "41.00 GBP"}, rates=RATES), book).remedies

    assert (without.verdict, without.missing) == ("lead", ("rate GBP to EUR",))
    assert there.remedies[0].verdict == "allowed"
    assert by_rule(there, "damaged.refund")["rates"] == ["1 GBP = 1.25 EUR (2026-11-20)"]
    assert dear.verdict == "lead"


# ── who may ──────────────────────────────────────────────────────────────────


def test_what_needs_a_lead_is_allowed_to_a_lead(tmp_path: Path) -> None:
    book = playbooks(tmp_path, policy_damaged=FAULT + REFUND)
    dear = {"item.refundable": "80.00 EUR"}

    assert verdicts(decide(question(facts=dear), book)) == {"refund": "lead"}
    assert verdicts(decide(question(facts=dear, actor="lead"), book)) == {"refund": "allowed"}


def test_a_lead_can_not_do_with_a_missing_fact_either(tmp_path: Path) -> None:
    book = playbooks(tmp_path, policy_damaged=FAULT + REFUND)
    unknown = question(facts={"item.refundable": None}, actor="lead")

    assert verdicts(decide(unknown, book)) == {"refund": "lead"}


@pytest.mark.parametrize(
    ("left", "verdict"), [("10.47 EUR", "allowed"), ("10.46 EUR", "lead"), (None, "lead")]
)
def test_kindness_stays_inside_the_budget_of_the_week(tmp_path: Path, left, verdict) -> None:
    text = FAULT + KEEP.replace("because", "goodwill: true\n    because")
    book = playbooks(tmp_path, policy_damaged=text)
    [remedy] = decide(question(facts={"goodwill.left": left}), book).remedies

    assert remedy.verdict == verdict
    assert ("goodwill.left" in remedy.missing) is (left is None)


def test_nothing_is_done_before_the_buyer_says_yes(tmp_path: Path) -> None:
    text = FAULT + REFUND.replace("because", "confirm: true\n    because")
    book = playbooks(tmp_path, policy_damaged=text)

    before = decide(question(), book)
    after = decide(question(facts={"request.confirmed": True}), book)
    no = decide(question(facts={"request.confirmed": False}), book)

    assert (before.remedies[0].verdict, before.ask_for) == ("ask", ("request.confirmed",))
    assert verdicts(after) == {"refund": "allowed"}
    assert verdicts(no) == {"refund": "ask"}


def test_beside_a_legal_step_nothing_is_done_without_a_lead(tmp_path: Path) -> None:
    """“Legal threats and chargebacks: always a lead.”"""
    legal = """
kind: policy
id: legal
applies: {intents: [legal_or_chargeback]}
draft: false
remedies:
  - {id: lead_answers, gives: information, allow: "true", lead: "true", because: "Courts read it"}
"""
    book = playbooks(tmp_path, policy_damaged=FAULT + REFUND, policy_legal=legal)
    both = question(intents=("damaged", "legal_or_chargeback"))
    decision = decide(both, book)

    assert set(verdicts(decision).values()) == {"lead"}
    refund = next(one for one in decision.remedies if one.id == "refund")
    assert refund.because == ("damaged.refund", "legal.lead_answers")


# ── the law ──────────────────────────────────────────────────────────────────

LATE = {"order.days_since_delivery": 40}


@pytest.mark.parametrize(("status", "verdict"), [("verified", "allowed"), ("unverified", "lead")])
def test_only_a_law_that_was_read_permits_what_a_policy_denies(
    tmp_path: Path, status, verdict
) -> None:
    book = playbooks(tmp_path, policy_damaged=FAULT + REFUND, market_de=law(status))
    decision = decide(question(market="DE", facts=LATE), book)

    assert verdicts(decision) == {"refund": verdict}
    assert decision.remedies[0].because == ("damaged.refund", "DE.law")
    assert by_rule(decision, "damaged.refund")["failed"] == ["order.days_since_delivery <= 30"]


def test_a_law_lifts_no_limit_and_finds_no_goods(tmp_path: Path) -> None:
    text = FAULT + REFUND + RESEND
    book = playbooks(tmp_path, policy_damaged=text, market_de=law("verified"))
    dear = decide(question(market="DE", facts={**LATE, "item.refundable": "80.00 EUR"}), book)
    empty = decide(question(market="DE", facts={"item.in_stock": 0}), book)

    assert verdicts(dear)["refund"] == "lead"
    assert verdicts(empty)["resend"] == "lead"


def test_a_lesser_offer_must_name_the_right(tmp_path: Path) -> None:
    """pain: a coupon quietly replaces what is owed."""
    text = FAULT + REFUND + KEEP
    owed = playbooks(tmp_path, policy_damaged=text, market_de=law("unverified"))
    decision = decide(question(market="DE"), owed)
    elsewhere = decide(question(), owed)

    assert ("DE.law", "state_right") in {(one.rule, one.check) for one in decision.must}
    assert "state_right" not in {one.check for one in elsewhere.must}


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        ("item.refundable", "allowed"),
        ("item.refundable.percent(1)", "lead"),
        ("money('1.00 USD')", "lead"),
    ],
)
def test_where_a_law_owes_the_money_less_than_all_of_it_is_a_leads(
    tmp_path: Path, formula, verdict
) -> None:
    """S3.2: no storefront keeps back with an amount what it could not deny with a condition."""
    text = FAULT + REFUND.replace("amount: item.refundable", f'amount: "{formula}"')
    text = text.replace("    lead_above: [50.00 EUR]\n", "")
    book = playbooks(tmp_path, policy_damaged=text, market_de=law("verified"))

    assert verdicts(decide(question(market="DE"), book)) == {"refund": verdict}
    assert verdicts(decide(question(), book)) == {"refund": "allowed"}
    assert verdicts(decide(question(market="DE", actor="lead"), book)) == {"refund": "allowed"}


def test_a_country_typed_in_small_letters_has_its_law_all_the_same(tmp_path: Path) -> None:
    book = playbooks(tmp_path, policy_damaged=FAULT + REFUND, market_de=law("verified"))

    said = (decide(question(market=code, facts=LATE), book) for code in ("de", "DE"))

    assert [verdicts(one) for one in said] == [{"refund": "allowed"}] * 2


def test_a_law_demands_and_forbids_by_itself(tmp_path: Path) -> None:
    more = "must: apologise_once\n    forbid: buyer_pays_return"
    book = playbooks(tmp_path, market_de=law("unverified", "[]", more))
    decision = decide(question(market="DE"), book)
    other = decide(question("invoice", market="DE"), book)

    assert {one.check for one in decision.must if one.rule == "DE.law"} == {"apologise_once"}
    assert {one.check for one in decision.must_not if one.rule == "DE.law"} == {"buyer_pays_return"}
    assert "DE.law" not in {one.rule for one in other.proof}


# ── what may not be sold, said, linked ───────────────────────────────────────

BAN = (
    GERMANY
    + """
not_sold:
  - id: DE.blades
    what: "blades"
    words: {en: ["teapot*"], zh-Hans: ["茶壶"]}
    categories: [knives]
    says: "No blades"
    source: "A law"
    checked_on: 2026-11-01
    status: STATUS
"""
)


@pytest.mark.parametrize(("status", "verdict"), [("verified", "denied"), ("unverified", "lead")])
@pytest.mark.parametrize("fact", [("item.category", "Knives"), ("item.title", "Teapots, green")])
def test_what_may_not_be_sold_there_is_not_sent_there(
    tmp_path: Path, status, verdict, fact
) -> None:
    """S3.10"""
    market = BAN.replace("STATUS", status)
    book = playbooks(tmp_path, policy_damaged=FAULT + RESEND, market_de=market)
    decision = decide(question(market="DE", facts=dict([fact])), book)
    harmless = decide(question(market="DE", facts={"item.title": "A lamp"}), book)

    assert verdicts(decision) == {"resend": verdict}
    assert "DE.blades" in decision.remedies[0].because
    assert verdicts(harmless) == {"resend": "allowed"}
    [demand] = [one for one in decision.must_not if one.rule == "DE.blades"]
    assert (demand.check, demand.words) == ("not_sold", ("teapot*",))


def test_wordings_of_rules_taboos_and_words_to_avoid_are_demands(tmp_path: Path) -> None:
    text = (
        FAULT
        + REFUND
        + """
rules:
  - id: damaged.words
    forbid_words: {en: ["calm down"], de: ["beruhigen*"]}
    must_words: {en: ["sorry"]}
    because: "Heard first"
"""
    )
    culture = """
kind: culture
id: de
language: de
taboos: [{id: de.du, words: ["du", "dein*"], says: "Sie"}]
avoid: [{words: ["kein Problem"], better: "gern"}]
"""
    book = playbooks(tmp_path, policy_damaged=text, culture_de=culture)
    english, german = decide(question(), book), decide(question(language="de"), book)

    assert ("damaged.words", ("sorry",)) in {(one.rule, one.words) for one in english.must}
    said = {(one.rule, one.words, one.severity) for one in german.must_not if one.words}
    assert said == {
        ("damaged.words", ("beruhigen*",), None),
        ("de.du", ("du", "dein*"), "warn"),
        ("de.avoid[0]", ("kein Problem",), "tip"),
    }


def test_a_platform_says_what_may_be_linked_attached_and_asked(tmp_path: Path) -> None:
    shut = """
kind: platform
id: shut
links: none
attachments: false
answer_within_hours: 24
window_hours: 48
"""
    book = playbooks(tmp_path, platform_shut=shut)
    there, own = decide(question(platform="shut"), book), decide(question(), book)

    assert (there.links, there.attachments) == ("none", ())
    assert {"external_link", "review_request"} <= {one.check for one in there.must_not}
    assert "external_link" not in {one.check for one in own.must_not}
    assert [(one.rule, one.due.isoformat()) for one in there.clocks if one.whose == "platform"] == [
        ("platform.shut.answer", "2026-11-21T09:00:00+00:00"),
        ("platform.shut.window", "2026-11-22T09:00:00+00:00"),
    ]


# ── time limits ──────────────────────────────────────────────────────────────


def clocks(*within: str) -> str:
    listed = "".join(
        f"""
  - id: damaged.c{n}
    from: request.at
    within: "{one}"
    when: evidence.photo
    says: "Settle it"
    because: "Nobody waits"
"""
        for n, one in enumerate(within)
    )
    return f"{FAULT}{REFUND}\nclocks:{listed}"


def test_limits_run_by_the_clock_the_calendar_and_the_working_week(tmp_path: Path) -> None:
    text = clocks("48 hours", "14 days", "2 working days")
    book = playbooks(tmp_path, policy_damaged=text, market_de=GERMANY)
    running = decide(question(market="DE", given=("photo",)), book).clocks

    assert [(one.rule, one.due.isoformat()) for one in running] == [
        ("damaged.c0", "2026-11-22T10:00:00+01:00"),
        ("damaged.c2", "2026-11-24T23:59:00+01:00"),
        ("damaged.c1", "2026-12-04T23:59:00+01:00"),
    ]
    assert {one.whose for one in running} == {"ours"}
    assert decide(question(market="DE"), book).clocks == ()


def test_holidays_are_no_working_days(tmp_path: Path) -> None:
    """The day before Christmas Eve, in Germany: the 25th, the 26th and a Sunday are off."""
    book = playbooks(tmp_path, policy_damaged=clocks("3 working days"), market_de=GERMANY)
    facts = {"request.at": "2026-12-23T09:00:00+01:00"}
    [due] = decide(question(market="DE", given=("photo",), facts=facts), book).clocks

    assert due.due.date() == date(2026, 12, 29)


@pytest.mark.parametrize(
    ("country", "day", "works"),
    [
        ("SA", date(2026, 11, 20), False),  # a Friday
        ("SA", date(2026, 11, 22), True),  # a Sunday
        ("DE", date(2026, 11, 22), False),
        ("DE", date(2026, 10, 3), False),
        ("JP", date(2026, 11, 23), False),  # Labour Thanksgiving Day
        ("US", date(2026, 11, 26), False),  # Thanksgiving
        ("GB", date(2026, 11, 26), True),
    ],
)
def test_every_country_has_its_own_week_and_holidays(country: str, day: date, works: bool) -> None:
    """S4.12"""
    assert works_on(day, Playbooks.shipped().market(country)) is works


# ── the question ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"order.days_since_deliver": 3}, "did you mean"),
        ({"order.days_since_delivery": "3"}, "is not a whole number"),
        ({"order.days_since_delivery": True}, "is not a whole number"),
        ({"item.price": 34}, 'is not an amount like "34.90 EUR"'),
        ({"item.price": "34,90 EUR"}, "is no amount"),
        ({"request.at": "2026-11-20T10:00:00"}, "has no time zone"),
        ({"request.at": "tomorrow"}, "is not a time like"),
    ],
)
def test_a_fact_of_the_wrong_name_or_type_is_refused(facts, said: str) -> None:
    asked = Question(intents=("damaged",), facts=facts, now=datetime(2026, 11, 20).astimezone())

    with pytest.raises(ValueError, match=said):
        decide(asked, Playbooks.shipped())


def test_a_policy_stands_only_under_its_condition(tmp_path: Path) -> None:
    late = """
kind: policy
id: late
applies: {intents: [damaged]}
when: parcel.days_late >= 3
remedies:
  - {id: sorry, gives: goodwill, allow: "true", because: "For the wait"}
rules:
  - {id: late.1, forbid: blame_carrier, because: "Ours"}
"""
    book = playbooks(tmp_path, policy_damaged=FAULT + REFUND, policy_late=late)

    for days, there in ((3, True), (2, False), (None, False)):
        decision = decide(question(facts={"parcel.days_late": days}), book)
        assert ("sorry" in verdicts(decision)) is there
        assert ("late.1" in {one.rule for one in decision.must_not}) is there
