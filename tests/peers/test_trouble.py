"""What agents see when something outside goes wrong: a question, a failure, and the way on."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.peers.people import Agent
from tests.peers.servers import Elsewhere, Site
from tests.processes import ROOT

pytestmark = pytest.mark.peers
Agents = Callable[..., Agent]


def test_whether_a_reply_arrived_is_asked_where_nobody_can_tell(
    own_site: Callable[..., Site],
    elsewhere: Callable[[], Elsewhere],
    agent: Agents,
    picture: Callable[[Page, str], None],
) -> None:
    """C7: nothing is sent again by guess; one answer opens the draft, the other closes the case."""
    courier = elsewhere()
    parley = own_site().start(
        program=[sys.executable, "-m", "tests.peers.courier"],
        PYTHONPATH=str(ROOT),
        COURIER_URL=courier.origin,
    )
    parley.takes("Is my order 10045 on its way?", channel="courier")
    olga = agent(parley)
    olga.opens("Is my order 10045 on its way?")
    draft = olga.drafted()
    olga.presses("Approve & send")
    olga.sees_draft("unsure")
    expect(olga.status).to_contain_text("Did this arrive?")
    picture(olga.page, "unsure")

    olga.presses("It did not arrive")
    assert olga.drafted() == draft
    olga.presses("Approve & send")
    olga.sees_draft("unsure")
    olga.presses("It arrived")

    olga.sees_draft("sent")
    assert olga.heard_back() == draft
    assert len(courier.posted) == 2


def test_what_failed_for_good_is_shown_and_a_lead_tries_it_again(
    own_site: Callable[..., Site],
    elsewhere: Callable[[], Elsewhere],
    agent: Agents,
    picture: Callable[[Page, str], None],
) -> None:
    """A channel is switched off while a reply waits; switched on again, the reply goes."""
    relay = elsewhere()
    relay.answer = (200, '{"status": "sent", "external_id": "r1"}')
    parley = own_site(PARLEY_WEBHOOK_REPLY_URL=relay.origin).start("serve")
    parley.takes("Where is my order 10045, please?")
    mara = agent(parley, "Mara", "lead")
    mara.opens("Where is my order 10045, please?")
    mara.drafted()
    mara.presses("Approve & send")
    expect(mara.status).to_contain_text("Sending")

    parley.killed()
    parley.again(PARLEY_BUYERS="webchat")
    failed = mara.page.get_by_test_id("failed-count")
    expect(failed).to_have_text("1 failed", timeout=60_000)
    expect(mara.page.get_by_test_id("problem")).to_be_visible()
    parley.stop()
    parley.again(PARLEY_BUYERS="webchat,webhook")
    failed.click()
    failure = mara.page.get_by_test_id("failure")
    expect(failure).to_contain_text("The channel webhook is switched off")
    picture(mara.page, "failed")
    mara.page.get_by_test_id("replay").click()

    expect(failure).to_have_count(0)
    mara.page.goto(parley.url)
    mara.opens("Where is my order 10045, please?")
    mara.sees_draft("sent")
    assert len(relay.posted) == 1
