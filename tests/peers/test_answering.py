"""A buyer's message, answered by an agent: both at a browser, `parley serve` between them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.peers.conftest import Windows
from tests.peers.people import Agent, Buyer
from tests.peers.servers import Server, Site
from tests.processes import until

pytestmark = pytest.mark.peers
Buyers = Callable[..., Buyer]
Agents = Callable[..., Agent]
Sites = Callable[..., Site]

UNLICENSED = "We refund 500 EUR to you today."


def test_an_approved_draft_reaches_the_buyer_byte_for_byte(
    parley: Server, buyer: Buyers, agent: Agents
) -> None:
    """The spine: nobody reloads anything on the way."""
    olga = agent(parley)
    lena = buyer(parley, locale="de-DE")
    lena.writes("Wo bleibt meine Bestellung 10045? Ich warte seit Tagen.")

    olga.opens("Ich warte seit Tagen")
    draft = olga.drafted()
    olga.presses("Approve & send")

    expect(olga.status).to_have_text(re.compile(r"Sending"))
    expect(olga.button("Undo")).to_be_visible()
    lena.reads(draft)
    olga.sees_draft("sent")
    assert olga.heard_back() == draft


def test_a_promise_that_nobody_licensed_is_found_and_an_agent_cannot_send_it(
    parley: Server, buyer: Buyers, agent: Agents
) -> None:
    """The finding is under its words; with other words the reply goes, exactly as it was typed."""
    olga = agent(parley)
    megan = buyer(parley)
    megan.writes("My blue linen shirt from order 10043 is too tight, what can we do?")
    olga.opens("blue linen shirt")
    draft = olga.drafted()
    olga.edits()
    expect(olga.reply).to_have_value(draft)

    olga.types(f"{draft}\n\n{UNLICENSED}")

    expect(olga.marked("block").filter(has_text="500 EUR")).to_have_count(1)
    expect(olga.findings.filter(has_text="500 EUR")).to_have_count(1)
    expect(olga.send).to_be_disabled()
    expect(olga.send_anyway).to_have_count(0)

    fixed = f"  {draft}\n\nWith a smile 🙂 from “Olga” & 王芳\n"
    olga.types(fixed)
    expect(olga.marked("block")).to_have_count(0)
    olga.sends()
    megan.reads(fixed)


def test_a_better_wording_is_taken_with_one_press(
    parley: Server, buyer: Buyers, agent: Agents
) -> None:
    olga = agent(parley)
    tom = buyer(parley)
    tom.writes("Where is my parcel? Order 10036, please look.")
    olga.opens("Where is my parcel?")
    olga.drafted()
    olga.edits()
    olga.types("Hello, we look for your parcel and write again by Monday!!")

    olga.findings.filter(has_text="shouting").get_by_role("button", name=".").click()

    expect(olga.reply).to_have_value("Hello, we look for your parcel and write again by Monday.")
    expect(olga.findings.filter(has_text="shouting")).to_have_count(0)
    olga.sends()
    tom.reads("Hello, we look for your parcel and write again by Monday.")


def test_a_lead_may_send_in_spite_of_a_block_and_says_why(
    parley: Server, buyer: Buyers, agent: Agents
) -> None:
    mara = agent(parley, "Mara", "lead")
    tom = buyer(parley)
    tom.writes("The lamp of order 10023 came broken, I want my money.")
    mara.opens("The lamp of order 10023")
    mara.drafted()
    mara.edits()
    mara.types(UNLICENSED)
    expect(mara.send).to_be_disabled()

    mara.page.get_by_test_id("override").fill("Agreed with the owner by phone.")
    mara.send_anyway.click()

    tom.reads(UNLICENSED)
    expect(mara.thread.filter(has_text="Agreed with the owner by phone.")).to_have_count(1)


def test_what_was_undone_in_time_never_reaches_the_buyer(
    own_site: Sites, buyer: Buyers, agent: Agents
) -> None:
    """The draft is back as it was; what is sent instead is the only thing that arrives."""
    parley = own_site(PARLEY_UNDO_SECONDS="4").start("serve")
    olga = agent(parley)
    lena = buyer(parley)
    lena.writes("Hello, where is my order 10045?")
    olga.opens("where is my order 10045")
    draft = olga.drafted()
    olga.presses("Approve & send")
    olga.presses("Undo")

    olga.is_told("Taken back. Nothing was sent.")
    assert olga.drafted() == draft
    olga.edits()
    olga.types("Something else altogether.")
    olga.sends()
    lena.reads("Something else altogether.")


def test_what_happens_to_a_conversation_while_it_is_being_opened_is_shown(
    parley: Server, buyer: Buyers, agent: Agents, window: Windows
) -> None:
    """The answer on its way is older than the news, and the page has just asked for the queue."""
    lena = buyer(parley)
    lena.writes("Open me slowly: where is order 10045?")
    ben = agent(parley, "Ben")
    ben.opens("Open me slowly")
    ben.drafted()
    page = window()
    page.clock.install()
    olga = Agent(page, "Olga").enters(parley.link("Olga"))
    expect(olga.row("Open me slowly")).to_be_visible()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    ben.presses("Take")
    expect(ben.owner).to_have_text("Ben")
    assert until(lambda: _hears_of(olga, "Ben"), 30), "the queue never said who took it"

    with olga.on_the_way("Open me slowly"):
        ben.fills("note", text="She called meanwhile.")
    expect(page.get_by_test_id("words")).to_contain_text("Open me slowly")
    page.clock.run_for(1_000)

    expect(olga.thread.filter(has_text="She called meanwhile.")).to_have_count(1)


def _hears_of(agent: Agent, owner: str) -> bool:
    """Whether the queue names *owner*; it asks at most once a second of the page's own clock."""
    agent.page.clock.run_for(1_000)
    return owner in agent.row("Open me slowly").inner_text()


def test_two_agents_on_two_processes_press_at_once_and_one_of_them_hears_who_was_faster(
    parley: Server, second: Server, buyer: Buyers, agent: Agents
) -> None:
    """The second browser hears what another process committed, without a reload."""
    olga, ben = agent(parley, "Olga"), agent(second, "Ben")
    lena = buyer(second)
    lena.writes("Two of you may answer me: where is order 10045?")
    for one in (olga, ben):
        one.opens("Two of you may answer me")
    draft = olga.drafted()
    assert ben.drafted() == draft

    ben.presses("Take")
    expect(olga.owner).to_have_text("Ben")

    with ben.before_the_news():
        olga.presses("Approve & send")
        expect(olga.status).to_contain_text("Sending")
        ben.presses("Approve & send")
        ben.is_told("Olga")
    for one in (olga, ben):
        one.sees_draft("sent")
    lena.reads(draft)


def test_a_message_written_while_the_server_is_dead_arrives_once_when_it_is_back(
    own_site: Sites, buyer: Buyers, agent: Agents
) -> None:
    """Both pages stay open through a SIGKILL; nothing is lost and nothing is doubled."""
    parley = own_site().start("serve")
    olga = agent(parley)
    lena = buyer(parley)
    lena.writes("First: where is my order 10045?")
    olga.opens("First: where")
    olga.drafted()

    parley.killed()
    lena.says("Second: it is a gift for Saturday.")
    expect(lena.undelivered).to_have_count(1)
    expect(olga.page.locator("#offline")).to_be_visible()
    parley.again()

    lena.is_heard()
    lena.sees_own("First: where is my order 10045?", "Second: it is a gift for Saturday.")
    expect(olga.page.get_by_test_id("words")).to_contain_text("Second: it is a gift")
    expect(olga.page.locator("#offline")).to_be_hidden()
    expect(olga.rows).to_have_count(1)
    assert [said for said in olga.quoted() if "Second" in said] == [
        "Second: it is a gift for Saturday."
    ]

    lena.page.reload()
    lena.sees_own("First: where is my order 10045?", "Second: it is a gift for Saturday.")
    draft = olga.drafted()
    olga.presses("Approve & send")
    lena.reads(draft)


def test_pages_of_one_process_hear_what_others_committed(
    own_site: Sites, buyer: Buyers, agent: Agents
) -> None:
    """Two web servers without workers, and a worker without a web server."""
    site = own_site()
    one, other = site.start("serve", "--no-workers"), site.start("serve", "--no-workers")
    site.work()
    olga = agent(one)
    lena = buyer(other)
    lena.writes("Three processes: where is my order 10045?")
    olga.opens("Three processes")
    draft = olga.drafted()

    lena.types_until(olga.page.locator("#typing").is_visible)
    olga.presses("Approve & send")

    lena.reads(draft)
    expect(olga.row("Three processes")).to_contain_text("answered")
