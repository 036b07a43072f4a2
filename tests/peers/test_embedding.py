"""The chat on a shop's own pages: one line of theirs, on an origin of theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.peers.conftest import Windows
from tests.peers.people import Agent, Buyer
from tests.peers.servers import Elsewhere, Site

pytestmark = pytest.mark.peers

PAGE = """<!doctype html><title>Teapot Ines, green</title>
<style>* {{ color: red !important; font-size: 40px }}</style>
<h1>Teapot Ines, green</h1><script src="{url}/chat.js" async></script>"""


def test_the_chat_on_a_listed_page_takes_a_message_and_shows_the_reply(
    own_site: Callable[..., Site],
    elsewhere: Callable[[], Elsewhere],
    window: Windows,
    agent: Callable[..., Agent],
) -> None:
    """The team sees on which page the buyer was; a page that is not listed opens no chat."""
    listed, unlisted = elsewhere(), elsewhere()
    parley = own_site(PARLEY_ORIGINS=listed.origin).start("serve")
    listed.html = unlisted.html = PAGE.format(url=parley.url)
    olga = agent(parley)
    lena, stranger = Buyer(window()), Buyer(window())

    lena.page.goto(listed.origin)
    lena.page.get_by_role("button", name="Open the chat").click()
    lena.writes("Is the green one dishwasher safe?")
    olga.opens("dishwasher safe")
    olga.presses("Write reply")
    olga.types("Yes, it is; by hand it keeps its shine for longer.")
    olga.sends()
    lena.reads("Yes, it is; by hand it keeps its shine for longer.")
    expect(olga.page.get_by_test_id("conversation")).to_contain_text("Teapot Ines, green")

    stranger.page.goto(unlisted.origin)
    stranger.page.get_by_role("button", name="Open the chat").click()
    expect(stranger.page.get_by_text("The chat can't be opened from this page.")).to_be_visible()
    expect(olga.rows).to_have_count(1)
