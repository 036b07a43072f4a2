"""A rule that no case notices is unproven, and `parley playbook mutate` finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.proving.conditions import shifted, with_one_less
from assistant.proving.library import Library
from assistant.proving.weaken import Proof, chosen
from tests.test_cases import lay

PROVEN = """  - name: a photo on the thirtieth day, at the limit
    given: [photo]
    facts: {order.days_since_delivery: 30, item.price: 50.00 EUR}
    expect: {allowed: [bulb, new_lamp], must_not: [blame_carrier], rules: [lamps.2]}
  - name: a day later, a cent more, and upset
    given: [photo]
    facts: {order.days_since_delivery: 31, item.price: 50.01 EUR, request.upset: true}
    expect: {denied: [bulb], lead: [new_lamp], must: [thank_buyer], rules: [lamps.1]}
  - name: nothing yet
    expect:
      {ask: {bulb: [photo], new_lamp: [photo]}, ask_for: [photo, receipt], no_rules: [lamps.1]}
"""


def unnoticed(place: Path, cases: str, only: str = "lamps*") -> list[str]:
    library = Library.load(lay(place, cases), own=True)
    proof = Proof(library.playbooks, library.cases)
    return [one.name for one in chosen(library.playbooks, (only,)) if proof.of(one).by is None]


def test_cases_at_every_edge_leave_nothing_unproven(tmp_path: Path) -> None:
    assert unnoticed(tmp_path, PROVEN) == []


@pytest.mark.parametrize(
    ("kept", "gone", "unproven"),
    [
        ("{order.days_since_delivery: 30, item", "{item", {"lamps.bulb: allow with 30 → 29"}),
        (
            "{order.days_since_delivery: 31, item",
            "{order.days_since_delivery: 32, item",
            {"lamps.bulb: allow with 30 → 31"},
        ),
        (", lead: [new_lamp]", "", {"lamps.new_lamp: lead_above is dropped"}),
        (", must_not: [blame_carrier]", "", {"lamps.2: forbid blame_carrier is dropped"}),
        (", must: [thank_buyer]", "", {"lamps.1: must thank_buyer is dropped"}),
        (", no_rules: [lamps.1]", "", {"lamps.1: when: true"}),
        (", ask_for: [photo, receipt]", "", {"lamps: ask_for receipt is dropped"}),
        (
            "{ask: {bulb: [photo], new_lamp: [photo]}",
            "{ask: {new_lamp: [photo]}",
            {"lamps.bulb: allow without evidence.photo"},
        ),
    ],
)
def test_what_no_case_looks_at_is_found(
    tmp_path: Path, kept: str, gone: str, unproven: set[str]
) -> None:
    """Planted: each change of the cases leaves exactly one weakening unnoticed."""
    assert kept in PROVEN

    assert set(unnoticed(tmp_path, PROVEN.replace(kept, gone, 1))) == unproven


def test_without_cases_everything_is_unproven(tmp_path: Path) -> None:
    library = Library.load(lay(tmp_path, "", base="cases: []\n"), own=True)
    proof = Proof(library.playbooks, library.cases)
    mutants = list(chosen(library.playbooks, ("lamps*",)))

    assert len(mutants) > 12
    assert [one.name for one in mutants if proof.of(one).by] == []


@pytest.mark.parametrize(
    ("expression", "weaker"),
    [
        ("a", []),
        ("a && b", ["b", "a"]),
        ("a && (b || c) && d", ["(b || c) && d", "a && d", "a && (b || c)"]),
        ("a && b || c", []),
        ("x in ['a && b', \"c\"] && y", ["y", "x in ['a && b', \"c\"]"]),
    ],
)
def test_each_part_of_a_condition_that_must_hold_is_left_out(
    expression: str, weaker: list[str]
) -> None:
    assert [rest for _, rest in with_one_less(expression)] == weaker


@pytest.mark.parametrize(
    ("expression", "others"),
    [
        ("a <= 30", ["a <= 31", "a <= 29"]),
        ("a > 0", ["a > 1", "a > -1"]),
        ("now - a <= days(14)", ["now - a <= days(15)", "now - a <= days(13)"]),
        ("a == 'b <= 30'", []),
        ('a.at_most(money("25.00 EUR"))', []),
        ("a", []),
    ],
)
def test_a_number_that_is_compared_is_moved_both_ways(expression: str, others: list[str]) -> None:
    assert [changed for _, changed in shifted(expression)] == others
