"""Playbooks: what is written is what holds, and what is wrong is said with file, line and key."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant import deciding
from assistant.deciding import Question
from assistant.errors import Misconfigured
from assistant.model import Parcel
from assistant.playbooks import CHECKS, MUST, MUST_NOT, Money, Playbooks
from assistant.playbooks.frontmatter import read
from assistant.playbooks.kinds import INTENTS, Policy
from assistant.playbooks.vocabulary import VARIABLES, Outcome, compiled, evaluate

POLICY = """---
kind: policy
id: {id}
applies: {{intents: [damaged]}}
remedies:
  - id: gift
    gives: refund
    {allow}
    amount: item.price
    because: "Why not"
rules:
  - id: {id}.1
    {rule}
    because: "Because"
---
Prose.
"""


@pytest.fixture(scope="module")
def shipped() -> Playbooks:
    return Playbooks.shipped()


def write(
    directory: Path,
    name: str = "policy/mine.md",
    *,
    id: str = "mine",
    allow: str = "allow: order.known",
    rule: str = "must: apologise_once",
    text: str | None = None,
) -> Path:
    file = directory / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text or POLICY.format(id=id, allow=allow, rule=rule), encoding="utf-8")
    return directory


def errors(*directories: Path) -> list[str]:
    with pytest.raises(Misconfigured) as caught:
        Playbooks.load(*directories)
    return str(caught.value).splitlines()


# ── loading ──────────────────────────────────────────────────────────────────


def test_the_shipped_playbooks_are_right_and_speak_three_languages(shipped):
    assert {"en", "de", "zh-Hans"} <= set(shipped.written_languages)
    assert {"DE", "US", "GB", "JP", "BR", "FR", "ES", "IT"} <= {
        one.id for one in shipped.all if one.kind == "market"
    }


def test_a_misspelt_key_is_an_error_with_file_line_and_the_right_word(tmp_path):
    [line] = errors(write(tmp_path, allow="alow: order.known\n    allow: order.known"))

    assert line == (
        f'{tmp_path}/policy/mine.md:8 remedies[0].alow: unknown key, did you mean "allow"?'
    )


def test_every_error_of_every_file_is_told_at_once(tmp_path):
    write(tmp_path, "policy/a.md", id="a", allow="allow: order.knwon")
    write(tmp_path, "policy/b.md", id="b", rule="must: apologize_once")
    write(tmp_path, "policy/c.md", id="c", text="no front matter")

    found = errors(tmp_path)

    assert [line.split(":")[0].rsplit("/", 1)[1] for line in found] == ["a.md", "b.md", "c.md"]
    assert 'did you mean "order.known"?' in found[0]
    assert 'did you mean "apologise_once"?' in found[1]


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("NO", 'write true or false, or "NO"'),
        ("off", 'write true or false, or "off"'),
        ("12:30", 'write "12:30"'),
        ("010", 'write "010"'),
        ("0x1F", 'write "0x1F"'),
        ("1_000", 'write "1_000"'),
        ("1e3", 'write "1e3"'),
        ("~", "leave the key out"),
        ("", "leave the key out"),
    ],
)
def test_what_yaml_would_read_as_something_else_is_an_error(written, advice):
    """YAML 1.1 makes NO false, 12:30 750 and 010 eight."""
    document, problems = read("x.md", f"---\nkind: market\nid: {written}\n---\n")

    assert document is not None
    assert [(one.line, one.key) for one in problems] == [(3, "id")]
    assert advice in problems[0].what


def test_quoted_words_are_texts_whatever_they_look_like():
    document, problems = read("x.md", '---\n"NO": "12:30"\nyes: [\'010\', "~"]\n---\nProse.')

    assert document is not None
    assert problems == []
    assert document.values == {"NO": "12:30", "yes": ("010", "~")}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("---\nid: a\nid: b\n---\n", "given twice"),
        ("---\nid: &a b\nname: *a\n---\n", "anchors and aliases"),
        ("---\nid: [a\n---\n", "not YAML"),
        ("---\n- a\n---\n", "`key: value` lines"),
        ("---\nid: a\n", "no front matter"),
        ("---\nchecked_on: 2026-13-01\n---\n", "no date of the calendar"),
    ],
)
def test_a_file_that_hides_what_it_says_is_an_error(text, what):
    _, problems = read("x.md", text)

    assert what in problems[0].what


@pytest.mark.parametrize(
    ("expression", "kind", "what"),
    [
        ("order.dais > 3", "bool", "unknown name order.dais"),
        ("order.days_since_delivery <= 'x'", "bool", "can't take (int, string)"),
        ("item.price.plus(3)", "money", "plus can't take (money, int)"),
        ("frobnicate(3)", "bool", "unknown name frobnicate"),
        ("order.days_since_delivery", "bool", "gives int, but true or false is needed"),
        ("order.known", "money", "gives bool, but an amount of money is needed"),
        ("order.known &&", "bool", "column"),
    ],
)
def test_conditions_are_type_checked_when_they_are_loaded(expression, kind, what):
    with pytest.raises(ValueError, match=r".*") as caught:
        compiled(expression, kind)

    assert what in str(caught.value)


def test_a_check_on_the_wrong_side_says_where_it_belongs(tmp_path):
    [line] = errors(write(tmp_path, rule="must: emoji"))

    assert '"emoji" is a check for forbid, not for must' in line


def test_a_wording_that_loses_its_fact_is_an_error(tmp_path):
    """Whatever wording is chosen says the same: that makes `agent_text` exact."""
    english = Path("playbooks/phrases/en.md").read_text(encoding="utf-8")
    changed = english.replace("You get the full {amount} back", "You get it all back").replace(
        "you get the full {amount} back", "you get it all back"
    )
    assert changed != english

    [line] = errors(write(tmp_path, "phrases/en.md", text=changed))

    assert "phrases.do.refund.full[1]: must say {amount}" in line


def test_the_version_changes_with_every_byte(tmp_path, shipped):
    assert Playbooks.shipped().version == shipped.version

    one = Playbooks.load(write(tmp_path / "one")).version
    other = Playbooks.load(write(tmp_path / "two", rule="must:  apologise_once")).version

    assert len({shipped.version, one, other}) == 3


def test_an_overlay_adds_replaces_and_switches_off_by_id(tmp_path, shipped):
    write(tmp_path, "policy/mine.md", id="mine")
    write(tmp_path, "policy/damaged.md", id="damaged")
    write(
        tmp_path, "policy/wrong-item.md", text="---\nkind: policy\nid: wrong_item\noff: true\n---\n"
    )

    laid_over = Playbooks.load(tmp_path)

    policies = {one.id: one for one in laid_over.policies}
    assert policies.keys() == {one.id for one in shipped.policies} - {"wrong_item"} | {"mine"}
    assert [one.id for one in policies["damaged"].remedies] == ["gift"]
    question = Question(intents=("wrong_item",), now=ALWAYS_KNOWN["now"])
    assert [one.id for one in deciding.policies(question, laid_over, "wrong_item")] == ["other"]


def test_a_directory_that_is_not_there_is_an_error(tmp_path):
    assert "no such directory" in errors(tmp_path / "nowhere")[0]


# ── money and missing facts ──────────────────────────────────────────────────


def test_money_is_whole_coins_and_never_mixes_currencies():
    """Integer minor units: 0.1 + 0.2 is 0.30, and yen have no cents."""
    assert Money.parse("0.10 EUR").plus(Money.parse("0.20 EUR")) == Money(30, "EUR")
    assert Money.parse("3490 JPY").minor == 3490
    assert str(Money.parse("34.90 EUR").percent(35)) == "12.22 EUR"

    facts = {"item.price": Money.parse("5.00 USD").to_cel()}
    outcome = evaluate('item.price.at_most(money("9.00 EUR"))', "bool", facts)

    assert outcome == Outcome(None, ("rate USD to EUR",))


def test_an_unknown_fact_is_named_and_never_yields_true():
    assert evaluate("order.total.at_most(order.total)", "bool", {}).missing == ("order.total",)
    assert evaluate("evidence.photo || parcel.late", "bool", {"parcel.late": True}).value is True
    assert evaluate("evidence.photo && order.known", "bool", {"order.known": True}) == Outcome(
        None, ("evidence.photo",)
    )


ALWAYS_KNOWN = {
    "order.known": False,
    "buyer.verified": False,
    "request.intent": "damaged",
    "request.intents": ["damaged"],
    "request.wishes": ["refund", "resend", "exchange"],
    "request.occasion": True,
    "request.product": True,
    "request.emotional": True,
    "request.upset": True,
    "platform": "own",
    "channel": "email",
    "now": datetime(2026, 11, 21, tzinfo=UTC),
}


def test_no_shipped_remedy_is_allowed_where_nothing_is_known(shipped):
    """To say what is known costs nothing; all else needs a fact to stand on."""
    remedies = [
        (policy, one)
        for policy in shipped.policies
        for one in policy.remedies
        if one.lead is None and one.gives != "information"
    ]

    assert remedies
    for policy, remedy in remedies:
        conditions = (policy.when or "true", remedy.allow)
        held = [evaluate(one, "bool", ALWAYS_KNOWN).value is True for one in conditions]
        assert not all(held), (policy.id, remedy.id)


def test_every_name_of_the_vocabulary_says_what_it_means():
    assert all(variable.meaning for variable in VARIABLES.values())
    assert not MUST.keys() & MUST_NOT.keys()
    assert CHECKS.keys() == MUST.keys() | MUST_NOT.keys()


def test_every_intent_has_a_policy_of_its_own_kind(shipped):
    for intent in INTENTS:
        named = [one for one in shipped.policies if intent in one.applies.intents]
        assert [one.id for one in named if one.when is None and one.id != "goodwill"], intent
        assert intent == "other" or "other" not in {one.id for one in named}


def test_a_statement_of_law_or_platform_says_where_it_is_from(shipped):
    """Every one has a source, a date and a status; we proved none of them ourselves yet."""
    laws = [law for one in shipped.all if one.kind == "market" for law in one.law]
    rules = [rule for one in shipped.all if one.kind == "platform" for rule in one.rules]

    assert laws
    assert rules
    assert all(one.source and one.checked_on and one.status for one in [*laws, *rules])


# ── platforms ────────────────────────────────────────────────────────────────


def test_a_platform_without_a_playbook_gets_the_strictest_rules(shipped):
    stand_in = shipped.platform("temu")

    assert not shipped.knows_platform("temu")
    assert stand_in.id == "marketplace"
    assert not stand_in.tracking_links
    forbidden = {check for rule in stand_in.rules for check in rule.forbid}
    for known in ("amazon",):
        ours = {check for rule in shipped.platform(known).rules for check in rule.forbid}
        assert ours <= forbidden


# ── tracking pages (S2.8) ────────────────────────────────────────────────────

NUMBER = "00340434161094000017"


@pytest.mark.parametrize(
    ("carrier", "market", "language", "page"),
    [
        (
            "DHL",
            "DE",
            "de",
            "https://www.dhl.de/de/privatkunden/pakete-empfangen/verfolgen.html"
            f"?lang=de&idc={NUMBER}",
        ),
        ("DHL", "FR", "fr", f"https://www.dhl.com/fr-fr/home/tracking.html?tracking-id={NUMBER}"),
        ("DHL", "FR", "de", f"https://www.dhl.com/fr-fr/home/tracking.html?tracking-id={NUMBER}"),
        ("USPS", "US", "en", f"https://tools.usps.com/go/TrackConfirmAction?tLabels={NUMBER}"),
        (
            "royal-mail",
            "GB",
            "en",
            f"https://www3.royalmail.com/track-your-item#/tracking-results/{NUMBER}",
        ),
        ("UPS", "BR", "pt", f"https://www.ups.com/track?loc=pt_BR&tracknum={NUMBER}"),
        ("Nobody Express", "IT", "it", f"https://t.17track.net/it#nums={NUMBER}"),
        ("DHL", None, "en", "https://www.dhl.de/"),
    ],
)
def test_a_parcel_is_followed_in_the_buyers_country_and_language(
    shipped, carrier, market, language, page
):
    """S2.8"""
    found = shipped.tracking_link(Parcel(carrier=carrier, number=NUMBER), market, language)

    assert found is not None
    assert found.startswith(page)


def test_the_shops_own_link_comes_first_if_it_is_safe(shipped):
    def page(url: str) -> str | None:
        return shipped.tracking_link(Parcel(carrier="DHL", number="1", url=url), "DE", "de")

    assert page("https://track.example/1") == "https://track.example/1"
    for unsafe in (
        "http://track.example/1",
        "javascript:alert(1)",
        "https://user@evil.example/1",
        "https://track.example/1 <b>",
        "https://[broken",
    ):
        assert (page(unsafe) or "").startswith("https://www.dhl.de/")


def test_a_number_can_not_break_out_of_the_page(shipped):
    page = shipped.tracking_link(Parcel(carrier="DHL", number="1&x=<a>/../"), "DE", "de")

    assert page is not None
    assert page.endswith("idc=1%26x%3D%3Ca%3E%2F..%2F")


def test_without_a_number_or_a_page_there_is_no_link(shipped):
    assert shipped.tracking_link(Parcel(carrier="DHL"), "DE", "de") is None


def test_policies_are_read_as_written(shipped):
    damaged = next(one for one in shipped.policies if one.id == "damaged")

    assert isinstance(damaged, Policy)
    assert damaged.prose.startswith("A photo is enough")
    assert damaged.file == "playbooks/policy/damaged.md"
