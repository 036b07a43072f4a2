"""`parley evaluate` as leads and CI use it: two sides, a page for the boss, an exit status."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr

from assistant.drafting.brief import Brief
from assistant.errors import Refused
from assistant.evaluating.compare import pieces
from assistant.evaluating.figures import quantile
from assistant.evaluating.page import runs
from assistant.model import Finding, Proposal
from assistant.playbooks import Playbooks
from assistant.words import say
from connectors.models.offline import OfflineDrafter
from connectors.operating.evaluate import World, over
from connectors.operating.evaluation import percent
from connectors.plugs import Writers, writers_by
from tests.fakes import settings
from tests.test_openai import Model, fails, model, written

__all__ = ["model"]  # the fixture
Run = Callable[..., Result]
ATTACK = "</p><script>alert(1)</script><img src=https://evil.example/x.png>"
SITUATIONS = f"""\
language: en
situations:
  - id: en-where
    about: He asks where it is.
    channel: webchat
    market: GB
    now: 2026-11-20T16:00:00Z
    order: mugs
    messages: [{{from: buyer, text: "where is my order 10023? {ATTACK}"}}]
    expect: {{intents: [where_is_my_order], given: [order_number], says: [Leipzig]}}
  - id: en-broken
    about: It came broken.
    channel: email
    market: GB
    now: 2026-11-20T16:00:00Z
    order: teapot
    messages:
      - from: buyer
        text: "The teapot of order 10045 arrived broken, see photo. I want my money back."
        attachments: [{{name: "a.jpg", mime: image/jpeg}}]
    expect: {{intents: [damaged], remedies: {{refund: allowed}}, says: ["€34.90"]}}
"""


class Rash:
    """A drafter that promises too much, and will not write letters."""

    name: Literal["model"] = "model"

    async def draft(self, brief: Brief, playbooks: Playbooks) -> Proposal:
        if brief.situation.channel == "email":
            raise Refused(say("Write it yourself."))
        text = "Your parcel was scanned in Leipzig. We guarantee it will arrive tomorrow."
        return Proposal(text=text, agent_text=None, language="en", drafter="model")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "own" / "situations").mkdir(parents=True)
    (tmp_path / "own" / "situations" / "en.yaml").write_text(SITUATIONS, "utf-8")

    @asynccontextmanager
    async def writers(model: str | None) -> AsyncIterator[Writers]:
        yield Writers(Rash() if model else OfflineDrafter())

    command = over(World(writers, settings))

    def ran(*arguments: str) -> Result:
        given = [str(tmp_path / "own"), "--language", "en", *arguments]
        return CliRunner().invoke(command, given, catch_exceptions=False)

    return ran


def test_a_mistyped_directory_is_not_taken_for_a_model(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "our-house").mkdir()
    monkeypatch.chdir(tmp_path)

    for name, hint in (("our-huose", "Is our-house meant?"), ("./nowhere", "no such directory")):
        done = run("--against", name)
        assert done.exit_code == 1
        assert hint in done.output


def test_what_is_as_expected_leaves_with_0_and_says_so(run: Run) -> None:
    done = run()

    assert (done.exit_code, "2 situations, all as expected" in done.output) == (0, True)


def test_a_failed_expectation_is_named_with_the_difference_and_fails_ci(run: Run) -> None:
    done = run("--model", "rash")

    assert done.exit_code == 1
    assert "✗ en-broken" in done.output
    assert "expected  a draft" in done.output
    assert "got       none: Write it yourself." in done.output
    assert "✗ en-where" in done.output  # the promise is no draft to send
    assert "neither block nor warning" in done.output


def test_two_sides_stand_side_by_side(run: Run) -> None:
    done = run("--against", "rash")

    assert done.exit_code == 0  # the first side holds
    [shares] = re.findall(r"sendable at first try +(\S+) +(\S+)", done.output)
    assert shares == ("2/2", "0/1")


def test_json_has_figures_and_every_situation_of_both_sides(run: Run) -> None:
    told = json.loads(run("--against", "rash", "--json").output)

    one, other = told["sides"]
    assert one["figures"]["as_expected"] == {"right": 2, "of": 2}
    assert other["figures"]["as_expected"] == {"right": 0, "of": 2}
    assert [each["id"] for each in one["situations"]] == ["en-where", "en-broken"]
    assert other["situations"][1]["why_no_draft"] == "Write it yourself."
    assert {each["severity"] for each in other["situations"][0]["findings"]} >= {"block"}


def test_the_page_is_whole_by_itself_and_a_buyers_words_are_inert_in_it(
    run: Run, tmp_path: Path
) -> None:
    run("--against", "rash", "--report", str(tmp_path / "page.html"))
    page = (tmp_path / "page.html").read_text("utf-8")

    assert "&lt;script&gt;alert(1)" in page
    assert page.count("<script>") == 1
    assert re.findall(r'<[^>]*(?:src=|href="[^#])', page) == []
    assert re.findall(r"url\(|@import", page) == []
    assert "We guarantee" in page
    assert '<mark class="block">' in page


def test_the_page_is_in_the_language_of_whoever_reads_it(run: Run, tmp_path: Path) -> None:
    """S3.1: and so is what each draft means."""
    run("--words", "zh-Hans", "--report", str(tmp_path / "page.html"))
    page = (tmp_path / "page.html").read_text("utf-8")

    assert '<html lang="zh-Hans">' in page
    assert "一次写成即可发送" in page
    assert "34.90 欧元" in page or "€34.90" in page  # the exact translation


def test_a_model_of_the_endpoint_is_counted_and_its_cost_told(
    run: Run, model: Model, tmp_path: Path
) -> None:
    """Two calls for an ordinary draft, and what a million tokens cost is known of one side."""
    good = "Hello Tom, your parcel was scanned in Leipzig. I will write to you tomorrow."
    model.says(written(good))
    own = settings(openai_base_url=model.url, openai_api_key=SecretStr("k"))
    command = over(World(lambda name: writers_by(name, lambda: own), lambda: own))
    page = tmp_path / "page.html"
    options = ["--model", "small", "--against", "offline", "--only", "en-where", "--json"]
    price = ["--price", "small=1000/2000 EUR", "--report", str(page)]

    done = CliRunner().invoke(command, [str(tmp_path / "own"), *options, *price])

    one, other = json.loads(done.output)["sides"]
    [made] = [each["made"] for each in one["situations"]]
    assert (made["model"], made["calls"] >= 2, made["tokens_in"] > 100) == ("small", True, True)
    assert float(one["figures"]["per_draft"]["cost"].removesuffix(" EUR")) > 0.1
    assert other["figures"]["per_draft"]["cost"] is None
    assert "Tokens a draft" in page.read_text("utf-8")


def test_a_model_that_wrote_nothing_is_not_praised_for_the_composer_s_drafts(
    run: Run, model: Model, tmp_path: Path
) -> None:
    """A wrong key must not look like a model whose drafts are all as expected."""
    model.says(fails(401))
    own = settings(openai_base_url=model.url, openai_api_key=SecretStr("k"))
    command = over(World(lambda name: writers_by(name, lambda: own), lambda: own))
    options = ["--model", "small", "--only", "en-where"]

    done = CliRunner().invoke(command, [str(tmp_path / "own"), *options])

    assert "small: 1 of 1 draft without the model; first:" in done.output
    assert "Check OPENAI_API_KEY" in done.output


def test_a_report_that_can_t_be_written_is_said_before_anything_is_paid_for(
    run: Run, model: Model, tmp_path: Path
) -> None:
    own = settings(openai_base_url=model.url, openai_api_key=SecretStr("k"))
    command = over(World(lambda name: writers_by(name, lambda: own), lambda: own))
    nowhere = str(tmp_path / "nowhere" / "page.html")

    done = CliRunner().invoke(
        command, [str(tmp_path / "own"), "--model", "small", "--report", nowhere]
    )

    assert (done.exit_code, "can't be written" in done.output) == (1, True)
    assert model.asked == []


def test_a_situation_or_a_language_that_is_not_there_is_said(run: Run) -> None:
    with pytest.raises(Exception, match='no situations called "en-wher", did you mean "en-where"'):
        run("--only", "en-wher")


def test_words_that_differ_are_told_apart_and_nothing_is_lost() -> None:
    found = list(pieces("That would make me angry. Sorry.", "I do see your anger. Sorry."))

    assert "".join(one.text for one in found if one.kind != "other").startswith("That would")
    assert "".join(one.text for one in found if one.kind != "one") == "I do see your anger. Sorry."
    assert [one.kind for one in found] == ["one", "other", "both"]


def test_findings_that_overlap_mark_every_word_once() -> None:
    def finding(severity: str, start: int, end: int) -> Finding:
        return Finding.model_validate(
            {"severity": severity, "rule": "r", "start": start, "end": end, "message": say("No.")}
        )

    found = list(runs("abcdef", [finding("tip", 0, 4), finding("block", 2, 6)]))

    assert [(one.text, one.findings, one.severity) for one in found] == [
        ("ab", (1,), "tip"),
        ("cd", (1, 2), "block"),
        ("ef", (2,), "block"),
    ]


def test_one_that_is_missing_is_never_rounded_away() -> None:
    assert [percent(one) for one in (1.0, 0.999, 0.0001, 0.0, None)] == [
        "100%",
        "99.9%",
        "1%",
        "0%",
        "–",
    ]
    assert quantile([1, 2, 3, 4], 0.5) == 2
    assert quantile([1, 2, 3, 4], 0.95) == 4
