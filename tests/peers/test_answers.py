"""What the team knows, at the console: offered, looked up, and written down where nobody knew."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from connectors.demo import PLAYBOOKS
from tests.peers.people import Agent, Buyer
from tests.peers.servers import Site

pytestmark = pytest.mark.peers
Buyers = Callable[..., Buyer]
Agents = Callable[..., Agent]
Sites = Callable[..., Site]

SETTINGS = """
[[storefronts]]
id = "blaue-stunde"
name = "Blaue Stunde"
accounts = ["webchat"]
playbooks = "own"
"""
QUESTION = "Guten Tag, darf die Teekanne Ines in die Spülmaschine?"


def test_an_answer_is_picked_looked_up_and_written_down(
    own_site: Sites, buyer: Buyers, agent: Agents, tmp_path: Path
) -> None:
    """S2.1, S3.5, S4.6: from the buyer's question to words that are adapted, checked and sent."""
    shutil.copytree(PLAYBOOKS, tmp_path / "own")
    (tmp_path / "parley.toml").write_text(SETTINGS, "utf-8")
    parley = own_site(PARLEY_CONFIG=str(tmp_path / "parley.toml")).start("serve")
    lin = agent(parley, "Lin", role="lead")
    lena = buyer(parley, locale="de-DE")
    lena.writes(QUESTION)

    lin.opens("darf die Teekanne Ines")
    assert "von Hand" in lin.drafted()
    page = lin.page
    expect(page.get_by_test_id("conversation")).to_contain_text("Not for the dishwasher")
    quick = page.get_by_test_id("quick")
    quick.get_by_text("Answer: How much does the teapot hold?").click()
    expect(lin.reply).to_have_value(text_with("0,9 Liter"))
    page.get_by_test_id("reply-close").click()

    looked = page.get_by_test_id("look-up")
    looked.fill("answer how long does shipping take")
    looked.press("Enter")
    first = page.get_by_test_id("info-card").first
    expect(first).to_contain_text("How long does shipping take?")
    first.get_by_test_id("do-answer").click()
    expect(lin.reply).to_have_value(text_with("Bestellungen verlassen unsere Werkstatt"))
    words = lin.reply.input_value()
    lin.sends()
    lena.reads(words)

    lena.writes("Und gibt es den Deckel einzeln?")
    lin.fills("unanswered", question="Gibt es den Deckel der Kanne einzeln?")
    page.get_by_test_id("unanswered-count").click()
    page.get_by_test_id("do-know").click()
    task = page.locator("#look-up")
    task.locator("[name=text]").fill("Nein, den Deckel gibt es nur mit der Kanne.")
    task.locator("[name=reason]").fill("The workshop")
    page.get_by_test_id("know-done").click()
    lin.is_told("Kept in ")
    expect(page.get_by_test_id("unanswered-count")).to_have_count(0)
    written = [path.read_text("utf-8") for path in (tmp_path / "own" / "answers").glob("gibt-es*")]
    assert "nur mit der Kanne" in written[0]


def text_with(words: str) -> re.Pattern[str]:
    return re.compile(re.escape(words))
