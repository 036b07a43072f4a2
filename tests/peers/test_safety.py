"""Who may come in, and what strangers' words may do: nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.peers.conftest import PHONE, Windows
from tests.peers.people import Agent, Buyer, scrolls_sideways
from tests.peers.servers import Elsewhere, Server

pytestmark = pytest.mark.peers

HOSTILE = {
    "markup": "<img src=x onerror=\"document.title='taken over'\"> <b>bold</b> {{ 7 * 7 }} & &amp;",
    "script": "</script><script>document.title='taken over'</script><!-- ]]> \"'`",
    "directions": "Order \u202e54001 redro\u202c \u2066hidden\u2069 \u200fשלום 10045",
    "no spaces": "Kanne" * 790,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈 Z̸̛a͜l̴go " + "🫖" * 200,
}


def test_a_log_in_link_works_once(parley: Server, window: Windows) -> None:
    """Who finds it later, in a history or a mailbox, is told why it does nothing."""
    link = parley.link("Nina")
    Agent(window(), "Nina").enters(link)
    finder = window()

    finder.goto(link)
    finder.get_by_test_id("enter").click()

    expect(finder.get_by_test_id("problem-page")).to_contain_text("This link was used already")
    finder.goto(parley.url)
    expect(finder.get_by_test_id("welcome")).to_be_visible()


def test_a_cookie_that_somebody_made_themselves_opens_nothing(
    parley: Server, window: Windows, agent: Callable[..., Agent]
) -> None:
    olga = agent(parley)
    [cookie] = [one for one in olga.page.context.cookies() if one["name"] == "parley_session"]
    assert cookie["httpOnly"]
    body, _, signature = cookie["value"].rpartition(".")
    forger = window()
    forged = f"{body}.{signature[::-1]}"
    forger.context.add_cookies([{"name": cookie["name"], "value": forged, "url": parley.url}])

    answer = forger.goto(parley.url)

    assert answer is not None
    assert answer.status == 401
    expect(forger.get_by_test_id("welcome")).to_be_visible()


def test_a_form_on_another_site_presses_no_button_of_the_desk(
    parley: Server,
    buyer: Callable[..., Buyer],
    agent: Callable[..., Agent],
    elsewhere: Callable[[], Elsewhere],
) -> None:
    """Neither with the agent's cookie from elsewhere, nor at home without the page's own token."""
    olga = agent(parley)
    lena = buyer(parley)
    lena.writes("Forged hands off: where is order 10045?")
    olga.opens("Forged hands off")
    olga.drafted()
    command = olga.button("Approve & send").locator("..").locator("[name=command]").input_value()
    trap = elsewhere()
    trap.html = f"""<form method=post action="{parley.url}/console/do"><button>Win</button>
    <input name=command value='{command}'><input name=token value=guessed></form>"""

    other_tab = olga.page.context.new_page()
    other_tab.goto(trap.origin)
    other_tab.get_by_role("button", name="Win").click()
    expect(other_tab.get_by_test_id("problem-page")).to_contain_text("came from another site")
    at_home = olga.page.evaluate(
        """command => fetch("/console/do", {method: "POST",
            body: new URLSearchParams({command, token: "guessed"})}).then(one => one.status)""",
        command,
    )

    assert at_home == 403
    olga.page.reload()
    olga.sees_draft("proposed")
    lena.reads()


def test_what_a_buyer_writes_is_inert_and_keeps_the_layout(
    parley: Server, buyer: Callable[..., Buyer], agent: Callable[..., Agent]
) -> None:
    """S2: on the buyer's own page and on the desk, on a desktop and on a phone."""
    olga = agent(parley, "Olga", "lead")
    phone = agent(parley, "Olga", "lead", size=PHONE)
    for name, text in HOSTILE.items():
        lena = buyer(parley, size=PHONE)
        lena.writes(f"{name}: {text}")
        lena.sees_own(f"{name}: {text}")
        assert scrolls_sideways(lena.page) == 0, name
        for one in (olga, phone):
            one.opens(f"{name}: ")
            _is_inert(one.page, f"{name}: {text}")
            assert scrolls_sideways(one.page) == 0, name
            assert _wider_than_its_pane(one.page) == [], name
        phone.page.get_by_test_id("back").click()
        expect(phone.page.get_by_test_id("queue")).to_be_visible()
        assert scrolls_sideways(phone.page) == 0, name


def _is_inert(page: Page, text: str) -> None:
    words = page.get_by_test_id("words")
    said = words.locator(".own.said, .own .said").first
    assert said.evaluate("said => said.textContent") == text
    assert words.locator("img, b, script").count() == 0
    assert "taken over" not in page.title()


def _wider_than_its_pane(page: Page) -> list[str]:
    """Panes that scroll sideways, by their class."""
    found = page.evaluate(
        """() => [...document.querySelectorAll(".queue, .conversation, .side, .bubble, .said")]
            .filter(one => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
            .map(one => one.className)"""
    )
    return [str(one) for one in found]
