"""What law and platforms say stands, whatever a storefront lays over it (S3.2, S3.10; pain 8)."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.deciding import Question, decide
from assistant.errors import Misconfigured
from assistant.playbooks import Playbooks, RemedyRule
from tests.test_playbook_language import errors, put

LAW = """
kind: market
id: "XX"
name: Nowhere
languages: [en]
law:
  - id: XX.withdrawal
    owes: [refund]
    when: request.intent == 'return_request' && order.days_since_delivery <= 14
    says: "Fourteen days to withdraw"
    source: "An Act"
    checked_on: 2026-11-20
    status: verified
  - id: XX.faulty
    owes: [refund, resend]
    when: request.intent in ['damaged', 'wrong_item'] && order.days_since_delivery <= 60
    says: "Sixty days for what came broken"
    source: "An Act"
    checked_on: 2026-11-20
    status: unverified
  - id: XX.late
    owes: [refund]
    when: request.intent == 'where_is_my_order' && parcel.late && order.days_since_placed > 30
    says: "What does not come in thirty days"
    source: "An Act"
    checked_on: 2026-11-20
    status: unverified
not_sold:
  - id: XX.knives
    what: knives
    words: {en: [knife]}
    says: "No knives"
    source: "An Act"
    checked_on: 2026-11-20
    status: unverified
clocks:
  - id: XX.money
    from: order.delivered_at
    within: 14 days
    says: "The money goes back within 14 days"
    source: "An Act"
    checked_on: 2026-11-20
    status: unverified
"""
BAZAAR = """
kind: platform
id: bazaar
name: Bazaar
also: [bzr]
links: tracking
attachments: true
attachment_kinds: [image, pdf]
max_chars: 1000
window_hours: 24
review_ask: once
rules:
  - id: bazaar.1
    forbid: [contact_details, external_link, coupon]
    forbid_words: {en: ["discount*"]}
    because: "Bazaar says so"
    source: "Bazaar's rules"
    checked_on: 2026-11-20
    status: unverified
"""
POLICY = """
kind: policy
id: {id}
applies: {{intents: [{intent}]}}
{more}remedies:
  - id: {remedy}
    gives: {gives}
    allow: >-
      {allow}
    lead: {lead}
    amount: item.refundable
    because: "Ours"
"""
NEEDED = {
    "policy/other.md": "kind: policy\nid: other\napplies: {intents: [other]}",
    "platform/own.md": "kind: platform\nid: own\nlinks: tracking",
    "platform/marketplace.md": "kind: platform\nid: marketplace",
    "market/world.md": "kind: market\nid: WORLD",
    "market/xx.md": LAW,
    "platform/bazaar.md": BAZAAR,
    "culture/en.md": "kind: culture\nid: en\nlanguage: en",
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small world of its own to lay overlays over: one law, one platform."""
    directory = tmp_path_factory.mktemp("base")
    for name, front in NEEDED.items():
        put(directory, name, front)
    (directory / "phrases").mkdir()
    english = Path("playbooks/phrases/en.md").read_text("utf-8")
    (directory / "phrases" / "en.md").write_text(english, "utf-8")
    return directory


def crossing(base: Path, overlay: Path) -> list[str]:
    """The errors of *overlay* over *base*; none where it may."""
    try:
        Playbooks.only(base, overlay)
    except Misconfigured as error:
        text = str(error).replace(f"{overlay}/", "").replace(f"{base}/", "base/")
        return text.splitlines()
    return []


def policy(
    allow: str,
    *,
    id: str = "ours",
    intent: str = "return_request",
    gives: str = "refund",
    remedy: str = "",
    lead: str = "false",
    more: str = "",
) -> str:
    more = f"{more}\n" if more else ""
    remedy = remedy or gives
    return POLICY.format(
        id=id, intent=intent, gives=gives, allow=allow, remedy=remedy, lead=lead, more=more
    )


# ── statements of law and platforms stay ─────────────────────────────────────


@pytest.mark.parametrize(
    ("front", "told"),
    [
        (
            "merge: true\nlaw: [{id: XX.withdrawal, off: true}]",
            "leaves out XX.withdrawal (base/market/xx.md:7), a statement of law",
        ),
        (
            "merge: true\nlaw:\n  - {id: XX.withdrawal, owes: [return], when: true, says: x, "
            "source: y9, checked_on: 2026-11-20, status: verified}",
            "law[0]: changes XX.withdrawal (base/market/xx.md:7), a statement of law",
        ),
        ("name: Ours", "leaves out XX.faulty (base/market/xx.md:14), a statement of law"),
        ("off: true", "takes the market XX away, and with it a statement of law: XX.withdrawal"),
        ("merge: true\nnot_sold: [{id: XX.knives, off: true}]", "leaves out XX.knives"),
        ("merge: true\nclocks: [{id: XX.money, off: true}]", "leaves out XX.money"),
    ],
)
def test_an_overlay_can_not_take_away_or_change_what_a_law_says(base, front, told, tmp_path):
    overlay = put(tmp_path, "market/xx.md", f'kind: market\nid: "XX"\n{front}')

    found = crossing(base, overlay)

    assert any(told in line for line in found), found
    assert all(line.startswith("market/xx.md:") for line in found)


@pytest.mark.parametrize(
    ("front", "told"),
    [
        ("links: own", "own is looser than tracking of bazaar.links (base/platform/bazaar.md:6)"),
        ("max_chars: 1001", "1001 is looser than 1000 of bazaar.max_chars"),
        ("window_hours: 48", "48 is looser than 24 of bazaar.window_hours"),
        ("review_ask: free", "free is looser than once of bazaar.review_ask"),
        ("attachment_kinds: [image, pdf, video]", "is looser than [image, pdf]"),
        ("rules: [{id: bazaar.1, off: true}]", "leaves out bazaar.1 (base/platform/bazaar.md:13)"),
        (
            "rules: [{id: bazaar.1, forbid: emoji, because: x}]",
            "rules[0]: changes bazaar.1 (base/platform/bazaar.md:13), a rule of the platform",
        ),
    ],
)
def test_an_overlay_can_not_loosen_a_platform(base, front, told, tmp_path):
    """pain 8: what Bazaar forbids stays forbidden."""
    front = f"kind: platform\nid: bazaar\nmerge: true\n{front}"

    found = crossing(base, put(tmp_path, "platform/b.md", front))

    assert any(told in line for line in found), found


@pytest.mark.parametrize(
    "front",
    [
        "links: none\nmax_chars: 500\nwindow_hours: 12\nreview_ask: never\nattachments: false",
        "attachment_kinds: [image]",
        "rules: [{id: ours.1, forbid: emoji, because: x}]",
        'name: "Our Bazaar"',
    ],
)
def test_an_overlay_may_be_stricter_than_a_platform(base, front, tmp_path):
    front = f"kind: platform\nid: bazaar\nmerge: true\n{front}"

    assert crossing(base, put(tmp_path, "platform/b.md", front)) == []


@pytest.mark.parametrize(
    ("front", "told"),
    [
        ("id: own\nlinks: any\nalso: [BZR]", 'also[0]: "BZR" is the platform bazaar'),
        ("id: bzr\nlinks: any", 'id: "bzr" is the platform bazaar'),
    ],
)
def test_a_platforms_name_can_not_be_given_to_looser_rules(base, front, told, tmp_path):
    [line] = crossing(base, put(tmp_path, "platform/x.md", f"kind: platform\n{front}"))

    assert f"{told} (base/platform/bazaar.md:3)" in line


def test_ones_own_shop_has_the_limits_one_likes(base, tmp_path):
    front = "kind: platform\nid: own\nlinks: any\nreview_ask: free"

    assert crossing(base, put(tmp_path, "platform/own.md", front)) == []


def test_an_overlay_adds_law_carriers_and_costs_of_its_own(base, tmp_path):
    front = """
kind: market
id: "XX"
merge: true
costs: {shipping: 4.00 EUR}
law:
  - {id: XX.more, owes: [refund], when: "false", says: x, source: z, checked_on: 2026-11-20,
     status: unverified}
"""

    assert crossing(base, put(tmp_path, "market/xx.md", front)) == []


# ── what is demanded and forbidden ───────────────────────────────────────────


@pytest.mark.parametrize(
    "words",
    [
        '{en: ["see www.shop.example"]}',
        '{en: ["write to a@shop.example", "call +49 30 1234567"]}',
        '{en: ["a discount code"]}',
    ],
)
def test_a_policy_can_not_demand_what_a_platform_forbids(base, words, tmp_path):
    """pain 8"""
    rule = f'rules: [{{id: ours.1, must_words: {words}, because: "x"}}]'
    overlay = put(tmp_path, "policy/x.md", policy("true", more=rule))

    [line] = crossing(base, overlay)

    assert "rules[0]: ours.1 is against bazaar.1 (base/platform/bazaar.md:13)" in line
    assert "limit it with when: platform != 'bazaar'" in line


@pytest.mark.parametrize(
    ("words", "when"),
    [
        ('{en: ["see www.shop.example"]}', "platform != 'bazaar'"),
        ('{en: ["see www.shop.example"]}', "platform == 'own' && order.known"),
        ('{en: ["see www.shop.example", "on its way"]}', "true"),
    ],
)
def test_a_policy_may_demand_it_elsewhere_or_have_another_wording(base, words, when, tmp_path):
    rule = f'rules: [{{id: ours.1, must_words: {words}, when: "{when}", because: "x"}}]'

    assert crossing(base, put(tmp_path, "policy/x.md", policy("true", more=rule))) == []


def test_a_culture_can_not_demand_what_a_platform_forbids_either(base, tmp_path):
    front = "kind: culture\nid: en-NZ\nlanguage: en\nrules: [{{id: ours.1, {}, because: x}}]"
    everywhere = put(tmp_path / "all", "culture/a.md", front.format("must_words: [www.ours.com]"))
    when = "when: platform == 'own', must_words: [www.ours.com]"
    own = put(tmp_path / "own", "culture/a.md", front.format(when))

    [line] = crossing(base, everywhere)

    assert 'rules[0]: ours.1 is against bazaar.1 (base/platform/bazaar.md:13): "www' in line
    assert crossing(base, own) == []


def test_a_remedy_can_not_give_what_a_platform_forbids_to_speak_of(base, tmp_path):
    """pain 8: a coupon may be kind in a shop of one's own and a violation on a marketplace."""
    everywhere = put(tmp_path / "a", "policy/x.md", policy("order.paid", gives="coupon"))
    own = put(
        tmp_path / "b", "policy/x.md", policy("order.paid && platform == 'own'", gives="coupon")
    )

    [line] = crossing(base, everywhere)

    assert "remedies[0]: coupon is against bazaar.1 (base/platform/bazaar.md:13)" in line
    assert "limit it with allow: platform != 'bazaar'" in line
    assert crossing(base, own) == []


def test_a_platform_nobody_knows_has_the_rules_of_its_stand_in(tmp_path):
    """Temu has no playbook: what no marketplace allows is not given there."""
    front = policy("platform == 'temu' && order.paid", gives="coupon")

    [line] = errors(put(tmp_path, "policy/x.md", front))

    assert "remedies[0]: coupon is against marketplace." in line
    assert "limit it with allow: platform == 'own'" in line


# ── what is owed and denied ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("allow", "example"),
    [
        ("order.days_since_delivery < 10", "order.days_since_delivery = 10"),
        ("order.days_since_delivery <= 7 && evidence.photo", "order.days_since_delivery = 8"),
        ("now - order.delivered_at <= days(10)", "order.days_since_delivery = 1"),
        ('item.price.at_most(money("50.00 EUR"))', "item.price = 50.01 EUR"),
        ('!("final" in item.tags)', "item.tags = [final]"),
        ('buyer.tier in ["gold", "silver"]', "buyer.tier = something else"),
        ("!item.final_sale", "item.final_sale = true"),
        ("buyer.claims < 3", "buyer.claims = 3"),
        ("route.domestic", "route.domestic = false"),
        ('language == "en"', "language = something else"),
        ("order.days_since_delivery >= 20", "order.days_since_delivery = 0"),
        ("false", "order.days_since_delivery = 0"),
    ],
)
def test_a_policy_that_denies_what_a_law_owes_is_an_error_with_a_case(
    base, allow, example, tmp_path
):
    """Both sides are named, with their files and lines."""
    overlay = put(tmp_path, "policy/x.md", policy(allow))

    [line] = crossing(base, overlay)

    assert line.startswith("policy/x.md:8 remedies[0].allow: ours.refund denies the refund that ")
    assert "XX.withdrawal (base/market/xx.md:7) owes" in line
    assert example in line


@pytest.mark.parametrize(
    ("allow", "lead"),
    [
        ("order.days_since_delivery <= 14", "false"),
        ("order.days_since_delivery <= 30 && evidence.photo", "false"),
        ("evidence.receipt && item.in_stock > 3 && order.paid && order.refunds == 0", "false"),
        ("order.known && buyer.verified && request.confirmed", "false"),
        ("order.delivered && order.days_since_delivery <= 14", "false"),
        ("order.days_since_delivery >= 3 && order.days_since_delivery <= 20", "false"),
        ("now - order.delivered_at <= days(15)", "false"),
        ("true", "order.days_since_delivery > 7"),
        ("order.days_since_delivery <= 14 || market != 'XX'", "false"),
        ("order.days_since_delivery <= 3 || market == 'XX'", "false"),
    ],
)
def test_what_a_buyer_can_cure_and_what_a_lead_decides_is_no_denial(base, allow, lead, tmp_path):
    """A photo, a yes, a piece in stock, some days to wait: none of them refuses what is owed."""
    front = policy(allow, lead=lead)

    assert crossing(base, put(tmp_path, "policy/x.md", front)) == []


def test_a_policy_for_another_market_or_another_matter_denies_nothing(base, tmp_path):
    put(tmp_path, "policy/x.md", policy("false", more="when: market != 'XX'"))
    put(tmp_path, "policy/y.md", policy("false", id="other_matter", intent="price_or_promotion"))

    assert crossing(base, tmp_path) == []


def test_a_case_that_can_not_be_shows_nothing(base, tmp_path):
    """A parcel that is late has not arrived: how long ago it did is not known, hence no denial."""
    late = policy("order.days_since_delivery <= 30", intent="where_is_my_order")
    dear = policy(
        "order.days_since_delivery <= 30 && item.price.at_most(money('50.00 EUR'))",
        intent="where_is_my_order",
    )

    assert crossing(base, put(tmp_path / "a", "policy/x.md", late)) == []
    [line] = crossing(base, put(tmp_path / "b", "policy/x.md", dear))
    assert "XX.late" in line
    assert "item.price = 50.01 EUR" in line


def test_one_remedy_of_several_that_gives_it_is_enough(base, tmp_path):
    put(tmp_path, "policy/x.md", policy("order.days_since_delivery < 3"))
    put(tmp_path, "policy/y.md", policy("true", id="late", remedy="late", lead="true"))

    assert crossing(base, tmp_path) == []


def test_leaving_a_remedy_out_denies_nothing_to_nobody(base, tmp_path):
    """Where no policy speaks of it, a person decides; nobody is told no."""
    put(tmp_path, "policy/x.md", policy("true", gives="store_credit"))

    assert crossing(base, tmp_path) == []


def test_a_copy_of_a_shipped_policy_with_another_text_is_right(tmp_path):
    """A storefront starts from ours; only what it makes worse is its own doing."""
    for file in sorted(Path("playbooks/policy").glob("*.md")):
        text = file.read_text("utf-8")
        copy = tmp_path / "policy" / file.name
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(text + "\nOur own text.\n", "utf-8")

    assert Playbooks.load(tmp_path).version


def test_the_shipped_laws_are_asked_and_one_error_names_all_markets(tmp_path):
    """EU law says the same in many markets: one error, not twenty."""
    overlay = put(tmp_path, "policy/x.md", policy("order.days_since_delivery < 5"))
    Playbooks.shipped()

    started = time.perf_counter()
    found = errors(overlay)
    spent = time.perf_counter() - started

    assert len(found) == 1
    assert "order.days_since_delivery" in found[0]
    assert spent < 5


# ── properties ───────────────────────────────────────────────────────────────

HARD = st.one_of(
    st.integers(0, 70).map(lambda n: f"order.days_since_delivery <= {n}"),
    st.integers(0, 70).map(lambda n: f"order.days_since_delivery > {n}"),
    st.integers(0, 70).map(lambda n: f"now - order.delivered_at < days({n})"),
    st.integers(1, 90).map(lambda n: f'item.price.at_most(money("{n}.00 EUR"))'),
    st.sampled_from(["'final' in item.tags", "!('final' in item.tags)", "buyer.tier == 'gold'"]),
    st.integers(0, 5).map(lambda n: f"buyer.claims <= {n}"),
)
SOFT = st.sampled_from(
    ["evidence.photo", "item.in_stock > 2", "order.paid", "request.confirmed", "order.known"]
)
ALLOW = st.recursive(
    st.one_of(HARD, SOFT, st.sampled_from(["true", "false"])),
    lambda inner: st.builds(
        lambda one, sign, other: f"({one} {sign} {other})",
        inner,
        st.sampled_from(["&&", "||"]),
        inner,
    ),
    max_leaves=4,
)
FACTS = st.fixed_dictionaries(
    {
        "order.days_since_delivery": st.integers(0, 80),
        "item.price": st.integers(1, 100).map(lambda n: f"{n}.00 EUR"),
        "item.refundable": st.just("20.00 EUR"),
        "item.tags": st.sampled_from([(), ("final",), ("new",)]),
        "buyer.tier": st.sampled_from(["gold", "none"]),
        "buyer.claims": st.integers(0, 6),
        "item.in_stock": st.integers(0, 4),
        "evidence.photo": st.booleans(),
        "order.paid": st.booleans(),
        "request.confirmed": st.booleans(),
        "order.known": st.just(True),
    }
)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([("return_request", "refund"), ("damaged", "resend"), ("damaged", "refund")]),
    ALLOW,
    st.lists(FACTS, min_size=6, max_size=6),
)
def test_no_overlay_crosses_a_floor_without_an_error(
    base, tmp_path_factory, asked, allow, situations
):
    """An overlay that loads denies nobody, in any case, what a law owes them for good; and even one
    that did would find a lead in its way."""
    intent, gives = asked
    overlay = put(
        tmp_path_factory.mktemp("overlay"), "policy/x.md", policy(allow, intent=intent, gives=gives)
    )
    if crossing(base, overlay):
        return
    playbooks = Playbooks.only(base, overlay)
    limit = 14 if intent == "return_request" else 60
    for facts in situations:
        first = facts["order.days_since_delivery"]
        ages = range(first, limit + 1)
        assert all(verdict(playbooks, asked, facts, days) != "denied" for days in ages)
        brought = {**facts, **BROUGHT}
        cured = (says(playbooks, brought, days, allow) is not False for days in ages)
        assert first > limit or any(cured), allow


@settings(max_examples=60, deadline=None)
@given(ALLOW, FACTS)
def test_what_is_owed_is_never_denied_even_by_playbooks_that_nobody_checked(base, allow, facts):
    """The decision is a second net."""
    shipped = Playbooks.only(base)
    other = next(one for one in shipped.policies if one.id == "other")
    remedy = RemedyRule(id="refund", gives="refund", allow=allow, because="x")
    playbooks = shipped.replacing(other.model_copy(update={"remedies": (remedy,)}))

    days = facts["order.days_since_delivery"]
    said = verdict(playbooks, ("return_request", "refund"), facts, days)

    assert days > 14 or said != "denied"


BROUGHT = {
    "evidence.photo": True,
    "order.paid": True,
    "request.confirmed": True,
    "item.in_stock": 4,
}
"""All that a buyer can do, and a full warehouse."""


def told(facts: dict[str, Any], days: int, intent: str) -> Question:
    at = NOW - timedelta(days=days)
    aged = {"order.days_since_delivery": days, "order.delivered_at": at.isoformat()}
    return Question.model_validate(
        {"intents": (intent,), "market": "XX", "now": NOW, "facts": {**facts, **aged}}
    )


def says(playbooks: Playbooks, facts: dict[str, Any], days: int, allow: str) -> Any:
    """What the condition alone gives; None where it can't be told."""
    known = told(facts, days, "damaged").known_to(playbooks.vocabulary)
    return playbooks.vocabulary.evaluate(allow, "bool", known).value


def verdict(playbooks: Playbooks, asked: tuple[str, str], facts: dict[str, Any], days: int) -> str:
    intent, gives = asked
    decision = decide(told(facts, days, intent), playbooks)
    return next(one.verdict for one in decision.remedies if one.id == gives)
