"""Cases: read strictly, tried honestly, told so that a person sees at once what is wrong.

`parley playbook test`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import Misconfigured
from assistant.proving.library import Library
from assistant.proving.report import failures, summed_up
from assistant.proving.trial import Tried, tried

POLICY = """---
kind: policy
id: lamps
applies: {intents: [invoice]}
ask_for: [receipt]
remedies:
  - id: bulb
    gives: resend
    allow: evidence.photo && order.days_since_delivery <= 30
    cost: money("2.50 EUR")
    because: "A bulb costs less than a quarrel"
  - id: new_lamp
    gives: resend
    allow: evidence.photo
    amount: item.price
    cost: item.price
    lead_above: 50.00 EUR
    because: "Where the bulb is not enough"
rules:
  - id: lamps.1
    must: thank_buyer
    when: request.upset
    because: "They took the trouble to write"
  - id: lamps.2
    forbid: blame_carrier
    because: "It was us"
---
"""
BASE = """base:
  market: "DE"
  language: en
  now: "2026-11-20T10:00:00+01:00"
  intents: [invoice]
  facts: {order.known: true, order.days_since_delivery: 3, item.price: 40.00 EUR}
cases:
"""


def lay(place: Path, cases: str, *, base: str = BASE, name: str = "policy-lamps.yaml") -> Path:
    """A directory of a shop's own, with one policy and one file of cases."""
    for folder, file, text in (("policy", "lamps.md", POLICY), ("cases", name, base + cases)):
        (place / folder).mkdir(parents=True, exist_ok=True)
        (place / folder / file).write_text(text, "utf-8")
    return place


def results(place: Path, cases: str) -> list[Tried]:
    library = Library.load(lay(place, cases), own=True)
    return [tried(one, library.playbooks) for one in library.cases]


def missed(place: Path, expect: str, **about: str) -> list[tuple[str, str, str]]:
    """What of one case fails: (what, expected, got)."""
    said = "".join(f"    {key}: {value}\n" for key, value in about.items())
    [one] = results(place, f"  - name: one\n{said}    expect: {expect}\n")
    return [miss[1:4] for miss in one.misses]


def wrong(place: Path, cases: str, *, base: str = BASE) -> list[str]:
    with pytest.raises(Misconfigured) as caught:
        Library.load(lay(place, cases, base=base), own=True)
    return [line.removeprefix(f"{place}/") for line in str(caught.value).splitlines()]


# ── what holds, what does not ────────────────────────────────────────────────


def test_a_case_that_is_right_in_everything_holds(tmp_path: Path) -> None:
    given = """  - name: with a photo
    given: [photo]
    facts: {request.upset: true}
    expect:
      allowed: [bulb, new_lamp]
      must: [thank_buyer]
      must_not: [blame_carrier]
      rules: [lamps.1, lamps.2, lamps.bulb]
      ask_for: [receipt]
      cost: {bulb: 2.50 EUR}
      amount: {new_lamp: 40.00 EUR}
      draft: true
  - name: without one
    expect:
      allowed: []
      ask: {bulb: photo, new_lamp: [photo]}
      no_rules: [lamps.1]
  - name: a dear one, late
    given: photo
    facts: {order.days_since_delivery: 31, item.price: 50.01 EUR}
    expect: {denied: [bulb], lead: [new_lamp]}
"""
    assert [one.misses for one in results(tmp_path, given)] == [(), (), ()]


@pytest.mark.parametrize(
    ("expect", "what", "expected", "got"),
    [
        ("{allowed: [new_lamp, bulb]}", "allowed", "new_lamp, bulb", "bulb, new_lamp"),
        ("{allowed: []}", "allowed", "none", "bulb, new_lamp"),
        ("{denied: bulb}", "bulb", "denied", "allowed"),
        ("{lead: bulb}", "bulb", "with a lead", "allowed"),
        ("{ask: {bulb: photo}}", "bulb", "asks for photo", "allowed"),
        ("{must: thank_buyer}", "must", "thank_buyer", "none"),
        ("{must_not: marketing}", "must not", "marketing", None),
        ("{no_rules: [lamps.2]}", "no rules", "no lamps.2", None),
        ("{ask_for: []}", "ask for", "none", "receipt"),
        ("{cost: {bulb: 2.40 EUR}}", "cost of bulb", "2.40 EUR", "2.50 EUR"),
        ("{cost: {bulb: unknown}}", "cost of bulb", "unknown", "2.50 EUR"),
        ("{amount: {new_lamp: 1.00 EUR}}", "amount of new_lamp", "1.00 EUR", "40.00 EUR"),
        ("{draft: false}", "draft", "a person writes", "a draft is made"),
    ],
)
def test_what_is_not_as_expected_is_told(
    tmp_path: Path, expect: str, what: str, expected: str, got: str | None
) -> None:
    [miss] = missed(tmp_path, expect, given="[photo]")

    assert miss[:2] == (what, expected)
    assert got is None or miss[2] == got


def test_a_reply_is_reviewed_in_the_situation_of_its_case(tmp_path: Path) -> None:
    text = '"The carrier is to blame, DHL broke it."'

    assert missed(tmp_path / "a", "{findings: [lamps.2]}", text=text) == []
    [miss] = missed(tmp_path / "b", "{no_findings: [lamps.2]}", text=text)
    assert miss[:2] == ("no findings", "no lamps.2")


def test_a_case_may_be_a_line_of_parley_draft(tmp_path: Path) -> None:
    given = """  - name: as a buyer writes
    situation:
      messages: [{from: buyer, text: "Please send me the invoice for order 10023"}]
    expect: {rules: [lamps.2], denied: []}
"""
    assert [one.misses for one in results(tmp_path, given)] == [()]


def test_a_failure_reads_well(tmp_path: Path) -> None:
    """Name, file and line, expected against got, and the steps of the proof that explain it."""
    [one] = results(tmp_path, "  - name: too late\n    given: photo\n    expect: {denied: bulb}\n")

    told = [line.text.rstrip() for line in failures([one])]

    assert told[:4] == [
        "✗ too late",
        f"  {tmp_path}/cases/policy-lamps.yaml:10",
        "  bulb        expected  denied",
        "              got       allowed",
    ]
    assert told[4].startswith("  why         ")
    assert "lamps.bulb" in told[4]
    assert summed_up([one], 0.1).text == "1 case, 1 fails (0.1 s)"


# ── files laid over others ───────────────────────────────────────────────────


def test_a_file_of_cases_replaces_the_one_of_its_name_or_merges_by_name(tmp_path: Path) -> None:
    one = "  - {name: a, expect: {allowed: []}}\n  - {name: b, expect: {allowed: []}}\n"
    below = lay(tmp_path / "below", one)
    changed = "  - {name: b, given: photo, expect: {denied: []}}\n"
    above = lay(tmp_path / "above", changed, base="merge: true\n" + BASE)

    merged = [case.case.name for case in Library.load(below, above, own=True).cases]
    lay(tmp_path / "above", changed)
    replaced = [case.case.name for case in Library.load(below, above, own=True).cases]

    assert (merged, replaced) == (["a", "b"], ["b"])


# ── files that are wrong ─────────────────────────────────────────────────────

ONE = "  - name: one\n    {}\n    expect: {{allowed: []}}\n"


@pytest.mark.parametrize(
    ("line", "key", "what"),
    [
        ("intnet: invoice", "cases[0].intnet", 'unknown key, did you mean "intent"?'),
        ("intent: invocie", "cases[0].intent", 'did you mean "invoice"?'),
        ("given: [foto]", "given", 'did you mean "photo"?'),
        ("actor: boss", "cases[0].actor", "one of: agent, lead"),
        ('now: "tomorrow"', "cases[0].now", "is no moment"),
        ("facts: {order.dais: 3}", "facts.order.dais", "no fact is called order.dais"),
        ("facts: {order.days_since_delivery: x}", "facts.order.days", "is not a whole number"),
        ("facts: {item.price: 12}", "facts.item.price", "an amount"),
        ("facts: {order.known: NO}", "cases[0].facts.order.known", "write true or false"),
    ],
)
def test_a_case_that_is_wrong_is_told_with_line_key_and_the_right_word(
    tmp_path: Path, line: str, key: str, what: str
) -> None:
    [told] = wrong(tmp_path, ONE.format(line))

    assert told.startswith(f"cases/policy-lamps.yaml:9 {key}")
    assert what in told


@pytest.mark.parametrize(
    ("expect", "key", "what"),
    [
        ("{alowed: [bulb]}", "cases[0].expect.alowed", 'did you mean "allowed"?'),
        ("{allowed: [bulp]}", "expect.allowed", 'no remedy is called "bulp", did you mean "bulb"?'),
        ("{rules: [lamps.9]}", "expect.rules", 'no rule is called "lamps.9", did you mean "lamps.'),
        ("{findings: [lampz]}", "expect.findings", 'no rule is called "lampz"'),
        ("{clocks: {x.y: 2026-11-21}}", "expect.clocks", 'no clock is called "x.y"'),
        ("{must: [emoji]}", "cases[0].expect.must", '"emoji" is a check of must_not'),
        ("{must: [thank_buyr]}", "cases[0].expect.must", 'did you mean "thank_buyer"?'),
        ("{cost: {bulb: 12}}", "cases[0].expect.cost.bulb", "a text is needed"),
        ("{cost: {bulb: cheap}}", "cases[0].expect.cost.bulb", "is no amount"),
        ("{}", "cases[0].expect", "says nothing"),
    ],
)
def test_an_expectation_that_is_wrong_is_told(
    tmp_path: Path, expect: str, key: str, what: str
) -> None:
    [told] = wrong(tmp_path, f"  - name: one\n    expect: {expect}\n")

    assert told.startswith(f"cases/policy-lamps.yaml:9 {key}")
    assert what in told


def test_all_that_is_wrong_is_told_at_once_cases_and_playbooks(tmp_path: Path) -> None:
    place = lay(tmp_path, ONE.format("intnet: invoice") + ONE.format("actor: boss"))
    (place / "policy" / "other.md").write_text("---\nkind: policy\nid: x\naplies: {}\n---\n")

    with pytest.raises(Misconfigured) as caught:
        Library.load(place)

    told = str(caught.value)
    assert "policy/other.md:4 aplies: unknown key" in told
    assert "cases[0].intnet" in told
    assert "cases[1].actor" in told


def test_two_cases_of_one_name_are_an_error(tmp_path: Path) -> None:
    [told] = wrong(tmp_path, "  - {name: a, expect: {allowed: []}}\n" * 2)

    assert 'cases[1].name: "a" is already the name of the case on line 8' in told


@pytest.mark.parametrize(
    ("text", "what"),
    [("- a\n", "key: value"), ("cases: [", "not YAML"), ("cases: &a []\n", "anchors")],
)
def test_a_file_that_is_no_file_of_cases_is_told(tmp_path: Path, text: str, what: str) -> None:
    [told] = wrong(tmp_path, text, base="")

    assert told.startswith("cases/policy-lamps.yaml:")
    assert what in told
