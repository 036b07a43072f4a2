"""`parley playbook …`: what leads type, what they read, what scripts get."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assistant.playbooks import Playbooks
from assistant.proving.differences import Change, changed_case
from assistant.proving.library import Library
from connectors.operating.playbook import playbook
from tests.test_cases import lay
from tests.test_mutants import PROVEN


def call(*arguments: str | Path, stdin: str = "") -> Result:
    return CliRunner().invoke(playbook, [str(one) for one in arguments], input=stdin)


WRONG = "denied: [new_lamp]"


def stamped(text: str) -> str:
    """Without the seconds."""
    return text.rpartition(" (")[0]


# ── check, test ──────────────────────────────────────────────────────────────


def test_check_counts_what_must_be_looked_up_again_and_names_it_when_asked(tmp_path: Path) -> None:
    """Point 4: `playbook check` lists what is unverified or older than a year."""
    place = lay(tmp_path, "  - {name: a, expect: {allowed: []}}\n")
    (place / "market").mkdir()
    (place / "market" / "no.md").write_text(
        '---\nkind: market\nid: "NO"\nrules:\n'
        "  - {id: NO.x, forbid: coupon, because: b, source: s, checked_on: 2024-01-01,"
        " status: verified}\n---\n"
    )

    brief, long = call("check", place), call("check", "-v", place)

    assert brief.exit_code == long.exit_code == 0
    assert brief.output.startswith("The playbooks are right: version ")
    assert "1 older than a year. `-v` names them." in brief.output
    assert f"{place}/market/no.md:5 NO.x: last looked at on 2024-01-01\n  s\n" in long.output


def test_test_says_what_holds_and_fails_where_one_does_not(tmp_path: Path) -> None:
    right = call("test", "--own", lay(tmp_path / "a", PROVEN))
    wrong = call("test", "--own", lay(tmp_path / "b", PROVEN.replace("denied: [bulb]", WRONG)))

    assert (right.exit_code, stamped(right.output)) == (0, "3 cases, all hold")
    assert wrong.exit_code == 1
    assert "✗ a day later, a cent more, and upset" in wrong.output
    assert stamped(wrong.output.splitlines()[-1]) == "3 cases, 1 fails"


def test_a_wrong_case_stops_every_command_with_its_line(tmp_path: Path) -> None:
    place = lay(tmp_path, "  - {name: a, expect: {alowed: []}}\n")

    for command in ("check", "test", "mutate"):
        done = call(command, place)
        assert done.exit_code == 1
        assert f"{place}/cases/policy-lamps.yaml:8 cases[0].expect.alowed: unknown" in done.output


# ── mutate ───────────────────────────────────────────────────────────────────


def test_mutate_names_the_unproven_rule_with_its_place(tmp_path: Path) -> None:
    place = lay(tmp_path, PROVEN.replace(", lead: [new_lamp]", ""))

    done = call("mutate", "--own", place)

    assert done.exit_code == 1
    assert done.output.splitlines()[:2] == [
        f"lamps.new_lamp  {place}/policy/lamps.md:12",
        "  no case notices: lead_above is dropped",
    ]
    assert "5 rules weakened in " in done.output
    assert "1 rule is unproven" in done.output


def test_mutate_says_the_same_by_one_process_and_by_two_and_as_json(tmp_path: Path) -> None:
    place = lay(tmp_path, PROVEN.replace(", no_rules: [lamps.1]", ""))

    one = call("mutate", "--own", place, "--json", "--jobs", "1")
    two = call("mutate", "--own", place, "--json", "--jobs", "2")

    said = [json.loads(done.output) for done in (one, two)]
    assert [done.exit_code for done in (one, two)] == [1, 1]
    assert said[0] | {"seconds": 0} == said[1] | {"seconds": 0}
    assert said[0]["unproven"] == [
        {
            "rule": "lamps.1",
            "file": f"{place}/policy/lamps.md",
            "line": 20,
            "unnoticed": ["when: true"],
        }
    ]


def test_mutate_with_nothing_unproven_is_status_0(tmp_path: Path) -> None:
    done = call("mutate", "--own", lay(tmp_path, PROVEN))

    assert done.exit_code == 0
    assert "a case notices each" in done.output


def test_mutate_weakens_nothing_while_a_case_fails(tmp_path: Path) -> None:
    place = lay(tmp_path, PROVEN.replace("denied: [bulb]", WRONG))

    done = call("mutate", "--own", place)

    assert done.exit_code == 1
    assert "fail before anything is weakened" in done.output
    assert "a day later, a cent more, and upset" in done.output


def test_only_what_no_rule_is_like_is_an_error(tmp_path: Path) -> None:
    done = call("mutate", "--own", lay(tmp_path, PROVEN), "--only", "nothing*")

    assert done.exit_code == 1
    assert "No rule is like nothing*" in done.output


# ── explain ──────────────────────────────────────────────────────────────────


def test_explain_says_where_what_why_and_who_proves_it(tmp_path: Path) -> None:
    place = lay(tmp_path, PROVEN)

    said = call("explain", "lamps.new_lamp", place).output

    assert said.startswith("lamps.new_lamp: a remedy of the policy lamps\n")
    assert f"  {place}/policy/lamps.md:12\n" in said
    assert "  allowed if      evidence.photo\n" in said
    assert "evidence.photo: a photo is there" in said
    assert "  because         Where the bulb is not enough\n" in said
    assert "lead_above is dropped: a day later, a cent more, and upset (" in said


def test_explain_names_what_a_directory_replaced(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    rule = "  - {id: damaged.1, must: name_item, because: ours}\n"
    text = f"---\nkind: policy\nid: damaged\nmerge: true\nrules:\n{rule}---\n"
    (tmp_path / "policy" / "damaged.md").write_text(text)

    said = call("explain", "damaged.1", tmp_path).output

    assert f"  {tmp_path}/policy/damaged.md:6\n  in place of playbooks/policy/damaged.md:" in said
    assert "must            name the product (name_item)" in said


def test_explain_of_a_misspelt_rule_names_the_nearest() -> None:
    done = call("explain", "damaged.refnd")

    assert done.exit_code == 1
    assert 'did you mean "damaged.refund"?' in done.output


# ── decide ───────────────────────────────────────────────────────────────────

QUESTION = {
    "intents": ["invoice"],
    "given": ["photo"],
    "market": "DE",
    "facts": {
        "order.known": True,
        "order.days_since_delivery": 3,
        "item.price": "40.00 EUR",
    },
    "now": "2026-11-20T10:00:00+01:00",
}


def test_decide_takes_a_question_and_gives_the_decision(tmp_path: Path) -> None:
    place = lay(tmp_path, PROVEN)

    done = call("decide", "--with", place, stdin=json.dumps(QUESTION))

    decision = json.loads(done.output)
    verdicts = {one["id"]: one["verdict"] for one in decision["remedies"]}
    assert done.exit_code == 0
    assert verdicts["bulb"] == verdicts["new_lamp"] == "allowed"
    assert decision["playbook_version"]


def test_decide_explains_in_sentences(tmp_path: Path) -> None:
    done = call("decide", "--with", lay(tmp_path, PROVEN), "--explain", stdin=json.dumps(QUESTION))

    assert done.exit_code == 0
    assert "lamps.bulb" in done.output
    assert "{" not in done.output


def test_decide_takes_a_line_of_parley_draft_too() -> None:
    line = {
        "id": "1",
        "channel": "email",
        "market": "DE",
        "agent_language": "en",
        "messages": [{"from": "buyer", "text": "Wo ist mein Paket? Bestellung 10023"}],
    }

    done = call("decide", stdin=json.dumps(line))

    assert done.exit_code == 0
    assert {"remedies", "must", "proof"} <= set(json.loads(done.output))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"intents": ["invocie"]},
            'intents.0: "invocie" is not known here, did you mean "invoice"?',
        ),
        ({"intnets": []}, 'intnets: is no field of a question, did you mean "intents"?'),
        ({"now": None}, "now: "),
        (
            {"facts": {"order.knwon": True}},
            'no fact is called order.knwon, did you mean "order.known"?',
        ),
        ({"facts": {"item.price": 12}}, "item.price: 12 is not an amount"),
    ],
)
def test_decide_names_the_field_that_is_wrong(changed: dict[str, object], told: str) -> None:
    done = call("decide", stdin=json.dumps(QUESTION | changed))

    assert done.exit_code == 1
    assert told in done.output


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_decide_of_no_object_is_an_error(text: str) -> None:
    done = call("decide", stdin=text)

    assert done.exit_code == 1
    assert "JSON" in done.output


# ── diff, new ────────────────────────────────────────────────────────────────


def test_diff_shows_what_changes_in_the_files_and_for_the_cases(tmp_path: Path) -> None:
    before, after = (lay(tmp_path / name, PROVEN) for name in ("before", "after"))
    file = after / "policy" / "lamps.md"
    text = (
        file.read_text()
        .replace("<= 30", "<= 20")
        .replace("forbid: blame_carrier", "forbid: coupon")
    )
    file.write_text(text)
    more = after / "policy" / "shades.md"
    more.write_text("---\nkind: policy\nid: shades\napplies: {intents: [invoice]}\n---\n")

    said = call("diff", before, after).output

    assert "policy lamps\n" in said
    assert "  ~ lamps.bulb allow\n      evidence.photo && order.days_since_delivery <= 30\n" in said
    assert "  ~ lamps.2 forbid  blame_carrier → coupon\n" in said
    assert "a photo on the thirtieth day, at the limit  " in said
    assert "  ~ bulb  allowed → denied\n" in said
    assert "  ~ must not  blame_carrier → coupon\n" in said
    assert f"+ the whole file  {more}" in said
    assert said.splitlines()[-1].startswith("2 playbooks are otherwise; ")


def test_diff_tries_again_what_repeats_words_that_policies_now_keep_inside(tmp_path: Path) -> None:
    """The rules are the same; what may not be quoted is more."""
    kept = "We give in a little at a time and never name the last step to anybody"
    case = f'  - {{name: blabs, text: "{kept}.", expect: {{findings: [leak.internal]}}}}\n'
    before, after = (lay(tmp_path / name, case) for name in ("before", "after"))
    file = after / "policy" / "lamps.md"
    file.write_text(f"{file.read_text()}{kept}.\n")
    library = Library.load(after, own=True)
    [one] = library.cases

    change = changed_case(one, Playbooks.load(before), library.playbooks)

    assert change is not None
    assert Change("findings", "", "leak.internal") in change.changes


def test_diff_of_the_same_says_that_nothing_is_otherwise(tmp_path: Path) -> None:
    place = lay(tmp_path, PROVEN)

    same = call("diff", place, place).output

    assert same.startswith("0 playbooks are otherwise; 0 cases are decided otherwise")


def test_diff_of_nothing_says_what_there_is() -> None:
    done = call("diff", "shipped", "nowhere")

    assert done.exit_code == 1
    assert 'There is no directory "nowhere"' in done.output


NEW = [
    ("policy", "gifts", "policy/gifts.md"),
    ("policy", "damaged", "policy/damaged.md"),
    ("market", "NO", "market/no.md"),
    ("market", "DE", "market/de.md"),
    ("platform", "etsy", "platform/etsy.md"),
    ("platform", "amazon", "platform/amazon.md"),
    ("culture", "nb", "culture/nb.md"),
    ("culture", "fr-CH", "culture/fr-CH.md"),
    ("facts", "ours", "facts/ours.md"),
    ("phrases", "nl", "phrases/nl.md"),
]


def test_new_begins_files_that_are_right_hold_and_are_proven(tmp_path: Path) -> None:
    """One directory with a new file of every kind, over shipped ones and beside them."""
    for kind, id, file in NEW:
        done = call("new", kind, id, "--in", tmp_path)
        assert done.exit_code == 0, done.output
        assert (tmp_path / file).exists()

    assert call("check", tmp_path).exit_code == 0
    tried = call("test", "--own", tmp_path)
    assert tried.exit_code == 0, tried.output
    mutated = call("mutate", "--own", tmp_path)
    assert mutated.exit_code == 0, mutated.output


def test_new_over_a_shipped_policy_adds_a_rule_and_no_second_remedy(tmp_path: Path) -> None:
    """Two refunds side by side would change what the shipped cases expect; and a policy that
    stands only sometimes gets no case that would have to guess when."""
    for id in ("damaged", "late"):
        assert call("new", "policy", id, "--in", tmp_path).exit_code == 0

    assert "remedies:" not in (tmp_path / "policy" / "damaged.md").read_text("utf-8")
    assert [one.name for one in (tmp_path / "cases").iterdir()] == ["policy-damaged.yaml"]
    assert call("check", tmp_path).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("policy", "lamps"), "is there already: nothing was written"),
        (("polcy", "x"), 'No kind is called "polcy", did you mean "policy"?'),
        (("policy", "../x"), "is no id"),
        (("market", "de"), '"de" is no country'),
        (("culture", "klingon"), "is no language"),
        (("phrases", "de"), "There are phrases in de already"),
    ],
)
def test_new_refuses_before_it_writes(
    tmp_path: Path, arguments: tuple[str, str], told: str
) -> None:
    place = lay(tmp_path, PROVEN)
    before = sorted(place.rglob("*"))

    done = call("new", *arguments, "--in", place)

    assert done.exit_code == 1
    assert told in done.output
    assert sorted(place.rglob("*")) == before
