"""What holds for every decision, whatever the case: by all shipped playbooks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.deciding import Question, decide
from assistant.model import Decision
from assistant.playbooks import Playbooks
from assistant.playbooks.kinds import INTENTS
from tests.deciding_cases import ALWAYS, asked, playbooks, question

SHIPPED = Playbooks.shipped()
KEPT = frozenset({"item.category", "item.title", "wanted.category"})
"""Without them nobody can tell that something is banned; they are dropped by no test here."""
often = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def without(asked_: Question, names: set[str]) -> Question:
    facts = {name: fact for name, fact in asked_.facts.items() if name not in names}
    return asked_.model_copy(update={"facts": facts})


def verdicts(decision: Decision) -> dict[str, str]:
    return {one.id: one.verdict for one in decision.remedies}


@often
@given(asked(SHIPPED), st.data())
def test_a_missing_fact_never_allows_anything(full: Question, data: st.DataObject) -> None:
    """Whatever is allowed with fewer facts is allowed with all of them."""
    names = sorted(set(full.facts) - ALWAYS - KEPT)
    dropped = set(data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True)))
    poor, rich = verdicts(decide(without(full, dropped), SHIPPED)), verdicts(decide(full, SHIPPED))

    allowed = {name for name, verdict in poor.items() if verdict == "allowed"}
    assert [one for one in allowed if rich.get(one, "allowed") != "allowed"] == []


@often
@given(asked(SHIPPED))
def test_whatever_is_not_allowed_says_why(full: Question) -> None:
    """A denial names what failed, a question what is missing; every rule named is in the proof."""
    decision = decide(full, SHIPPED)
    inputs = {one.inputs["remedy"]: one.inputs for one in decision.proof if "remedy" in one.inputs}
    rules = {one.rule for one in decision.proof}

    for one in decision.remedies:
        banned = any(rule not in rules for rule in one.because)
        if one.verdict == "ask":
            assert one.missing
        if one.verdict == "denied" and not banned:
            assert inputs[one.id]["failed"] or len(one.because) > 1
        assert one.because[0] in rules
    assert {one.rule for one in (*decision.must, *decision.must_not)} <= rules
    assert {one.rule for one in decision.clocks} <= rules


@often
@given(asked(SHIPPED))
def test_the_same_question_gives_the_same_answer(full: Question) -> None:
    again = Question.model_validate_json(full.model_dump_json())
    turned = full.model_copy(update={"facts": dict(reversed(full.facts.items()))})

    decision = decide(full, SHIPPED)
    assert decide(again, SHIPPED) == decision
    assert decide(turned, SHIPPED) == decision


PROGRAM = """
import json, sys
from assistant.deciding import Question, decide
from assistant.playbooks import Playbooks
book = Playbooks.shipped()
for line in sys.stdin:
    print(json.dumps(decide(Question.model_validate_json(line), book).model_dump(mode="json")))
"""


def test_a_decision_depends_on_nothing_outside_its_question() -> None:
    """Another process, time zone, language and hash seed: the same JSON, byte by byte."""
    facts = {"evidence.photo": True, "parcel.days_late": 4, "parcel.late": True}
    lines = [
        question(one, market=market, platform=platform, facts=facts).model_dump_json()
        for one in INTENTS
        for market, platform in (("DE", "own"), ("JP", "amazon"), ("BR", "shopee"))
    ]
    ours = [
        json.dumps(decide(Question.model_validate_json(one), SHIPPED).model_dump(mode="json"))
        for one in lines
    ]
    elsewhere = {"TZ": "Asia/Tokyo", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr", "PYTHONHASHSEED": "77"}
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **elsewhere},
    )

    assert told.stdout.splitlines() == ours


# ── what is added elsewhere changes nothing here ─────────────────────────────

ELSEWHERE = """---
kind: policy
id: elsewhere
applies: {intents: [payment_problem]}
remedies:
  - {id: odd, gives: information, allow: "true", amount: "money('5.00 EUR')", because: "Odd"}
rules:
  - {id: elsewhere.1, must: thank_buyer, forbid: emoji, because: "Odd"}
clocks:
  - {id: elsewhere.2, from: now, within: "1 days", says: "Odd", because: "Odd"}
---
"""
UNDER_A_CONDITION = """---
kind: policy
id: never
applies: {intents: [damaged, where_is_my_order, return_request]}
when: "platform == 'nowhere'"
remedies:
  - {id: never, gives: information, allow: "true", because: "Odd"}
rules:
  - {id: never.1, must: thank_buyer, forbid: emoji, because: "Odd"}
---
"""


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> Playbooks:
    root = tmp_path_factory.mktemp("more")
    (root / "policy").mkdir()
    for name, text in (("elsewhere", ELSEWHERE), ("never", UNDER_A_CONDITION)):
        (root / "policy" / f"{name}.md").write_text(text, encoding="utf-8")
    return Playbooks.load(root)


@often
@given(full=asked(SHIPPED))
def test_a_rule_for_another_case_changes_nothing(more: Playbooks, full: Question) -> None:
    if "payment_problem" in full.intents:
        return
    before, after = decide(full, SHIPPED), decide(full, more)

    assert after.model_copy(update={"playbook_version": before.playbook_version}) == before


# ── ranking ──────────────────────────────────────────────────────────────────

FOUR = """
kind: policy
id: damaged
applies: {intents: [damaged]}
remedies:
"""
COSTS = {
    "a": "item.unit_price",
    "b": "wanted.price",
    "c": "request.amount",
    "d": "buyer.balance",
}
REMEDIES = {
    id: f"""
  - {{id: {id}, gives: refund, allow: "true", cost: {cost}, because: "x"}}"""
    for id, cost in COSTS.items()
}


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Playbooks, Playbooks]:
    """The same remedies, written in two orders."""
    there = playbooks(
        tmp_path_factory.mktemp("one"), policy_damaged=FOUR + "".join(REMEDIES.values())
    )
    turned = "".join(reversed(REMEDIES.values()))
    return there, playbooks(tmp_path_factory.mktemp("other"), policy_damaged=FOUR + turned)


def ranked(costs: dict[str, Decimal | None], book: Playbooks) -> list[str]:
    facts = {COSTS[id]: None if cost is None else f"{cost:.2f} EUR" for id, cost in costs.items()}
    return [one.id for one in decide(question(facts=facts), book).remedies]


SUMS = st.one_of(st.none(), st.integers(0, 400).map(lambda n: Decimal(n) / 4))


@often
@given(costs=st.fixed_dictionaries({id: SUMS for id in COSTS}), more_of=st.sampled_from("abcd"))
def test_ranking_is_stable_and_monotone_in_cost(
    orders: tuple[Playbooks, Playbooks], costs: dict[str, Decimal | None], more_of: str
) -> None:
    """The order of writing means nothing; what costs more never moves up, unknown comes last."""
    book, turned = orders
    ranks = ranked(costs, book)

    assert ranked(costs, turned) == ranks
    known = [costs[one] for one in ranks if costs[one] is not None]
    assert known == sorted(known)
    assert all(costs[one] is None for one in ranks[len(known) :])
    dearer = {**costs, more_of: None if costs[more_of] is None else costs[more_of] + 1}
    assert ranked(dearer, book).index(more_of) >= ranks.index(more_of)
    assert [one for one in ranked(dearer, book) if one != more_of] == [
        one for one in ranks if one != more_of
    ]


def test_what_the_buyer_asks_for_goes_first_among_what_may_be_done(tmp_path: Path) -> None:
    text = FOUR + "".join(REMEDIES.values()).replace("id: d, gives: refund", "id: d, gives: resend")
    book = playbooks(tmp_path, policy_damaged=text)
    facts = {"item.unit_price": "1.00 EUR", "buyer.balance": "90.00 EUR"}

    assert decide(question(facts=facts, wishes=("resend",)), book).remedies[0].id == "d"
    assert decide(question(facts=facts), book).remedies[0].id == "a"
