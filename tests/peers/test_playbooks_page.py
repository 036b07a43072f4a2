"""The rules in a browser: read, found, reached from a conversation, changed while people work."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.peers.conftest import DESKTOP, PHONE
from tests.peers.people import Agent, Buyer, scrolls_sideways
from tests.peers.servers import Server, Site

pytestmark = pytest.mark.peers
Buyers = Callable[..., Buyer]
Agents = Callable[..., Agent]
RULE = """---
kind: policy
id: kind
applies: {intents: [thanks]}
rules:
  - id: kind.1
    must: thank_buyer
    because: A kind word back
---
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A storefront's own rules, in a file that somebody edits."""
    file = tmp_path / "rules" / "policy" / "kind.md"
    file.parent.mkdir(parents=True)
    file.write_text(RULE, "utf-8")
    (tmp_path / "parley.toml").write_text('[[storefronts]]\nid = "own"\nplaybooks = "rules"\n')
    return file


def test_rules_change_while_people_work_and_wrong_ones_are_said_until_they_are_right(
    own_site: Callable[..., Site], agent: Agents, rules: Path, picture: Callable[[Page, str], None]
) -> None:
    """On the open page, without a reload: S2.9. Nobody restarts anything."""
    config = str(rules.parents[2] / "parley.toml")
    parley = own_site(PARLEY_CONFIG=config).start("serve")
    olga = agent(parley)
    line = olga.page.get_by_test_id("troubles")
    expect(line).to_be_hidden()
    rules.write_text(RULE.replace("must:", "mst:"), "utf-8")
    expect(line).to_be_visible()
    expect(line).to_contain_text("Playbooks of own have errors")
    picture(olga.page, "playbooks-trouble")
    olga.page.get_by_test_id("trouble-link").click()
    expect(olga.page.get_by_test_id("errors")).to_contain_text("kind.md:7 rules[0].mst")
    rules.write_text(RULE.replace("A kind word", "A word of thanks"), "utf-8")
    olga.page.goto(parley.url)
    expect(line).to_be_hidden()
    olga.page.goto(f"{parley.url}/console/playbooks/policy/kind?of=own")
    expect(olga.page.get_by_test_id("rule")).to_contain_text("A word of thanks back")


def test_each_rule_of_a_why_leads_to_where_it_stands(
    own_site: Callable[..., Site],
    buyer: Buyers,
    agent: Agents,
    picture: Callable[[Page, str], None],
) -> None:
    parley = own_site().start("serve")
    buyer(parley).writes("My teapot from order 10045 arrived broken, I want my money back")
    olga = agent(parley)
    olga.rows.first.click()
    olga.drafted()
    link = olga.page.get_by_test_id("rules").locator("a.rule-link").first
    rule = link.inner_text()
    link.click()
    expect(olga.page).to_have_url(re.compile("/console/playbooks/"))
    stands = olga.page.locator(f'[id="{rule}"]')
    expect(stands).to_be_in_viewport()
    expect(stands.get_by_test_id("hits")).to_contain_text("in drafts of 30 days: 1")
    picture(olga.page, "playbooks-rule")


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_rules_are_read_on_every_screen_in_both_languages(
    parley: Server,
    agent: Agents,
    picture: Callable[[Page, str], None],
    size: tuple[int, int],
    language: str,
    theme: str,
) -> None:
    """Search works, nothing scrolls sideways, and no row is cut off."""
    olga = agent(parley, language=language, size=size, color_scheme=theme)
    page, url = olga.page, parley.url
    page.goto(f"{url}/console/playbooks")
    expect(page.get_by_test_id("book").first).to_be_visible()
    assert not scrolls_sideways(page)
    picture(page, f"playbooks-{language}-{size[0]}-{theme}")
    page.get_by_test_id("rule-search").fill("damaged.1")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("found").locator("a").first).to_have_text("damaged.1")
    page.get_by_test_id("found").locator("a").first.click()
    expect(page.locator('[id="damaged.1"]')).to_be_in_viewport()
    assert not scrolls_sideways(page)
    picture(page, f"playbook-{language}-{size[0]}-{theme}")
