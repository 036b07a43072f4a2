"""Answers out of tables and pages: nothing silently lost, replaced or half written."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import main
from assistant.answers.files import answer_file
from assistant.playbooks import Playbooks
from assistant.playbooks.frontmatter import read

TABLE = """question,answer,language,id,sku,intents,valid_until,cautions,not_claimed
Dimmable?,"Yes, in three steps.",en,lamp-dim,LA-*,product_question,2027-01-31,Hot glass,flicker
Ist die Lampe dimmbar?;Kann man sie dimmen?,"Ja, in drei Stufen.",de,lamp-dim,,,,Heißes Glas,
Do you ship to Norway?,"Yes: 14.90 EUR, in 5 working days.",,,,,,,
"""
PAGE = """# Help

Some words that belong to nobody.

## Do you repair?

Yes, **for life**. See [how](https://example.com/repair).

## 可以开发票吗？

可以，请告诉我们抬头。
"""


@pytest.mark.parametrize("said", ["true", "null", "a\x7fb", "a\ufffeb", "\x9b😀\x85", "a\u2028b"])
def test_whatever_a_buyer_asked_the_file_says_it_as_it_was(said: str) -> None:
    """One odd sign must not keep all of a storefront's playbooks from being read."""
    answers = {"en": {"asked": [said], "says": said}}
    values = {"id": "odd-1", "about": "company", "source": "Maria", "answers": answers}

    document, wrong = read("", answer_file({**values, "checked_on": date(2026, 11, 1)}))

    assert not wrong
    assert document is not None
    assert document.values["answers"]["en"] == {"asked": (said,), "says": said}


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["answers", "import", *map(str, words)])


def file(directory: Path, name: str, text: str) -> Path:
    path = directory / name
    path.write_text(text, "utf-8")
    return path


def test_a_table_becomes_playbooks_that_pass_the_check(tmp_path: Path) -> None:
    """S3.5: two rows with one id are one answer in two languages."""
    own = tmp_path / "own"

    done = run(file(tmp_path, "faq.csv", TABLE), "--in", own)

    assert (done.exit_code, done.output) == (0, f"2 answers are in {own / 'answers'}.\n")
    answers = {one.id: one for one in Playbooks.load(own).answers}
    lamp = answers["lamp-dim"]
    assert lamp.answers["de"].asked == ("Ist die Lampe dimmbar?", "Kann man sie dimmen?")
    assert (lamp.skus, lamp.intents) == (("LA-*",), ("product_question",))
    assert f"{lamp.valid_until}" == "2027-01-31"
    assert lamp.cautions == {"en": ("Hot glass",), "de": ("Heißes Glas",)}
    assert lamp.not_claimed == {"en": ("flicker",)}
    [norway] = [one for id, one in answers.items() if id.startswith("do-you-ship-to-norway")]
    assert norway.says_in("en") == "Yes: 14.90 EUR, in 5 working days."
    assert norway.source == "faq.csv"


def test_a_page_of_questions_becomes_playbooks(tmp_path: Path) -> None:
    own = tmp_path / "own"

    done = run(file(tmp_path, "faq.md", PAGE), "--in", own, "--about", "company")

    assert done.exit_code == 0, done.output
    says = {one.about: dict(one.answers) for one in Playbooks.load(own).answers}
    assert set(says) >= {"company"}
    texts = [
        told.says
        for one in Playbooks.load(own).answers
        if one.about == "company"
        for told in one.answers.values()
    ]
    assert sorted(texts) == [
        "Yes, for life. See how (https://example.com/repair).",
        "可以，请告诉我们抬头。",
    ]


def test_a_directory_is_read_whole_and_semicolons_as_germans_write_them(tmp_path: Path) -> None:
    sources, own = tmp_path / "sources", tmp_path / "own"
    sources.mkdir()
    file(sources, "de.csv", "question;answer\nGibt es Ersatzteile?;Ja, schreiben Sie uns.\n")
    file(sources, "faq.md", "## Do you have gift cards?\n\nYes, from 10 EUR.\n")

    done = run(sources, "--in", own)

    assert done.output.startswith("2 answers are in"), done.output


def test_a_dry_run_shows_the_files_and_writes_nothing(tmp_path: Path) -> None:
    own = tmp_path / "own"

    done = run(file(tmp_path, "faq.csv", TABLE), "--in", own, "--dry-run")

    assert "kind: answer" in done.output
    assert "2 answers would be written." in done.output
    assert not own.exists()


def test_nothing_is_replaced_unless_somebody_says_so(tmp_path: Path) -> None:
    own, table = tmp_path / "own", file(tmp_path, "faq.csv", TABLE)
    run(table, "--in", own)
    kept = own / "answers" / "lamp-dim.md"
    kept.write_text(kept.read_text("utf-8").replace("three steps", "four steps"), "utf-8")

    again = run(table, "--in", own)

    assert again.exit_code == 1
    assert "2 of these are there already" in again.output
    assert "four steps" in kept.read_text("utf-8")
    assert run(table, "--in", own, "--replace").exit_code == 0
    assert "three steps" in kept.read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (
            "a.csv",
            "question,anser\nA?,B\n",
            'a.csv:1 anser: unknown column, did you mean "answer"?',
        ),
        ("a.csv", "question,answer\nIs it so?,\n", "a.csv:2 answer: is empty"),
        ("a.csv", 'question,answer\n"A\nlong one?",x\n,y\n', "a.csv:4 question: is empty"),
        (
            "a.csv",
            "question,answer,language\nIs it so?,It is so.,english\n",
            'a.csv:2 language: "english" is no language: write en, de, zh-Hans …',
        ),
        (
            "a.csv",
            "question,answer,intents\nIs it so?,It is so.,refunds\n",
            'a.csv:2 intents: no intent is called "refunds"',
        ),
        (
            "a.csv",
            "question,answer,valid_until\nIs it so?,It is so.,31.12.2026\n",
            'a.csv:2 valid_until: "31.12.2026" is no day: write 2026-12-31',
        ),
        ("a.csv", "question,answer\nIs it so?,Yes, it is so.\n", "3 cells for 2 columns"),
        (
            "a.csv",
            "question,answer,id\nIs it so?,It is so.,x\nIs it?,It is not so.,x\n",
            'a.csv:3 answer: "x" says something else in en in line 2',
        ),
        ("a.csv", "question,answer,about\nIs it so?,It is so.,things\n", "a.csv:2 about:"),
        ("a.md", "Just words.\n", "a.md:1: no question"),
        ("a.md", "## Why is that?\nSo.\n## Why is that?\nNot so.\n", "same question as in line 1"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_column(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    own = tmp_path / "own"

    done = run(file(tmp_path, name, text), "--in", own)

    assert done.exit_code == 1
    assert told in done.output
    assert not own.exists()


def test_all_errors_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    one = file(tmp_path, "one.csv", "question,answer\nIs it?,\n,It is.\n")
    two = file(tmp_path, "two.md", "Nothing.\n")

    done = run(one, two, "--in", tmp_path / "own")

    assert [line.split("/")[-1][:9] for line in done.output.splitlines()] == [
        "one.csv:2",
        "one.csv:3",
        "two.md:1:",
    ]


def test_what_clashes_with_the_other_playbooks_is_taken_back(tmp_path: Path) -> None:
    """Another file there has the same id: nothing of the import stays."""
    own = tmp_path / "own"
    (own / "answers").mkdir(parents=True)
    text = "---\nkind: answer\nid: lamp-dim\nabout: product\nsource: us\nchecked_on: 2026-11-20\n"
    file(
        own / "answers", "other.md", f'{text}answers: {{en: {{asked: ["A?"], says: "B."}}}}\n---\n'
    )

    done = run(file(tmp_path, "faq.csv", TABLE), "--in", own)

    assert done.exit_code == 1
    assert [one.name for one in (own / "answers").iterdir()] == ["other.md"]
