"""What an agent does all day besides answering, at the keyboard and with the others."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistant.playbooks import Playbooks
from tests.peers.conftest import DESKTOP, PHONE, TABLET
from tests.peers.people import Agent, Buyer, cut_off, loads, scrolls_sideways
from tests.peers.servers import Server, Site

pytestmark = pytest.mark.peers
Buyers = Callable[..., Buyer]
Agents = Callable[..., Agent]

PHOTO = Path(__file__).parents[2] / "connectors" / "shops" / "demo_data" / "photos" / "cup-rim.jpg"


CALLED_SO = frozenset(
    re.findall(
        r"\w+",
        """Parley English Olga Ben Mara Nina US DE BR PR en
        Rafael Oliveira Belo Horizonte Frankfurt am Main Curitiba Brasil Correios LX Pix
        Caixa de som Bluetooth Kiesel sand Objeto em transferência por favor aguarde
        Fiscalização aduaneira finalizada recebido pelos do
        The international shipment has left the export parcel centre
        where is my order information inquiry resend refund Mac Enter""",
    )
)
"""Ours, people, places, what the shop and the carrier call things, and files of rules."""


def rule_words() -> frozenset[str]:
    """What rules and remedies are called, which a proof names as their files do."""
    named = (
        entry.id
        for playbook in Playbooks.shipped().all
        for part in ("rules", "remedies", "clocks", "law")
        for entry in getattr(playbook, part, ())
    )
    files = (playbook.id for playbook in Playbooks.shipped().all)
    return frozenset(re.findall(r"[A-Za-z]+", " ".join((*named, *files))))


def test_the_keyboard_does_all_of_it(
    own_site: Callable[..., Site], buyer: Buyers, agent: Agents
) -> None:
    """j, k, Enter; a approves, u undoes, e edits, Esc closes and keeps, ? explains."""
    parley = own_site(PARLEY_UNDO_SECONDS="6").start("serve")
    olga = agent(parley)
    press = olga.page.keyboard.press
    for text in ("The first asks: where is order 10045?", "The second asks: where is order 10036?"):
        buyer(parley).writes(text)
    expect(olga.rows).to_have_count(2)

    press("j")
    expect(olga.rows.nth(0)).to_be_focused()
    press("j")
    expect(olga.rows.nth(1)).to_be_focused()
    press("k")
    press("Enter")
    expect(olga.page.get_by_test_id("words")).to_contain_text("The first asks")
    draft = olga.drafted()
    press("a")
    expect(olga.button("Undo")).to_be_visible()
    press("u")
    olga.is_told("Taken back. Nothing was sent.")
    assert olga.drafted() == draft

    press("e")
    expect(olga.reply).to_be_focused()
    olga.page.keyboard.type("Half a thought ")
    press("Escape")
    expect(olga.reply).to_have_count(0)
    press("e")
    expect(olga.reply).to_have_value(re.compile("Half a thought"))
    press("Escape")

    press("?")
    expect(olga.page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    press("Escape")
    expect(olga.page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_on_a_phone_one_goes_from_the_queue_to_a_conversation_and_back(
    parley: Server, buyer: Buyers, agent: Agents
) -> None:
    lena = buyer(parley, size=PHONE)
    lena.writes("From my phone: where is my order 10045?")
    olga = agent(parley, size=PHONE)
    queue = olga.page.get_by_test_id("queue")

    olga.opens("From my phone")
    olga.drafted()
    expect(queue).to_be_hidden()
    assert scrolls_sideways(olga.page) == 0
    olga.page.get_by_test_id("to-facts").click()
    expect(olga.page.get_by_test_id("facts")).to_be_in_viewport()
    olga.page.get_by_test_id("facts-back").click()
    olga.page.get_by_test_id("back").click()
    expect(queue).to_be_visible()
    expect(olga.page.get_by_test_id("conversation")).to_be_hidden()
    olga.page.go_back()
    expect(olga.page.get_by_test_id("words")).to_contain_text("From my phone")
    assert scrolls_sideways(lena.page) == 0


def test_photos_of_the_buyer_are_shown_where_the_agent_decides(
    parley: Server, buyer: Buyers, agent: Agents
) -> None:
    olga = agent(parley)
    misaki = buyer(parley, locale="ja-JP")
    misaki.attaches(PHOTO)
    misaki.writes("写真をお送りします。カップの縁が欠けています。")
    expect(misaki.page.locator("li.mine img")).to_have_count(1)

    olga.opens("写真をお送りします")
    thumbnail = olga.page.get_by_test_id("words").locator(".files img")
    expect(thumbnail).to_have_count(1)
    loads(thumbnail)


def test_a_look_up_shows_the_order_beside_the_conversation(parley: Server, agent: Agents) -> None:
    """As typed in chat, and as pasted from a mail."""
    olga = agent(parley)
    for typed in ("/order 10045", "10045"):
        olga.page.keyboard.press("/")
        olga.page.get_by_test_id("look-up").fill(typed)
        olga.page.keyboard.press("Enter")
        expect(olga.page.get_by_test_id("found")).to_contain_text("Lena Weber")
        expect(olga.page.get_by_test_id("info-card")).to_have_count(1)
        olga.page.keyboard.press("Escape")
        expect(olga.page.locator("#drawer")).to_be_hidden()
    olga.page.get_by_test_id("look-up").fill("/order 999999")
    olga.page.keyboard.press("Enter")
    olga.is_told("No order or parcel has the number 999999.")


def test_a_conversation_is_noted_passed_on_escalated_closed_and_opened_again_by_its_buyer(
    parley: Server, buyer: Buyers, agent: Agents
) -> None:
    ben = agent(parley, "Ben")
    mara = agent(parley, "Mara", "lead")
    lena = buyer(parley)
    lena.writes("Pass me around: my order 10045 is not here.")
    mara.opens("Pass me around")

    mara.fills("note", text="She called twice.")
    expect(mara.thread.filter(has_text="She called twice.")).to_have_count(1)
    mara.fills("assign", to="Ben", reason="You know her.")
    expect(mara.owner).to_have_text("Ben")
    ben.page.get_by_test_id("only-mine").click()
    ben.opens("Pass me around")
    expect(ben.thread.filter(has_text="You know her.")).to_have_count(1)
    ben.fills("escalate", reason="May I refund?")
    expect(mara.page.get_by_test_id("state-line")).to_contain_text("May I refund?")
    ben.fills("close", reason="Found it at the neighbour's.")
    expect(mara.row("Pass me around")).to_have_count(0)
    lena.writes("It was not ours after all!")
    mara.opens("It was not ours after all!")
    mara.sees_draft("proposed")
    lena.reads()


def test_switching_the_language_is_one_press_and_leaves_no_english_of_ours(
    parley: Server, buyer: Buyers, agent: Agents
) -> None:
    """The buyer's words stay as they are; so do names, numbers and what the shop calls things."""
    olga = agent(parley)
    megan = buyer(parley)
    asked = "Where is order 10036? I need it by Friday."
    megan.writes(asked)
    olga.opens(asked)
    olga.drafted()

    olga.page.get_by_test_id("language").click()

    expect(olga.page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(olga.page.get_by_test_id("words")).to_contain_text(asked)
    olga.drafted()
    assert olga.latin_words() <= CALLED_SO | rule_words()
    olga.edits("编辑")
    assert olga.latin_words() <= CALLED_SO | rule_words()
    olga.page.keyboard.press("Escape")
    olga.page.keyboard.press("?")
    assert olga.latin_words() <= CALLED_SO | rule_words()


def test_light_or_dark_is_one_press_and_stays(parley: Server, buyer: Buyers, agent: Agents) -> None:
    olga = agent(parley)
    assert olga.darkness() < 0.2

    olga.page.get_by_test_id("theme").click()
    expect(olga.page.locator("html")).to_have_attribute("data-theme", "dark")
    assert olga.darkness() > 0.8
    olga.page.reload()

    assert olga.darkness() > 0.8


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
def test_the_desk_fits_its_window(
    parley: Server,
    buyer: Buyers,
    agent: Agents,
    picture: Callable[[Page, str], None],
    size: tuple[int, int],
    language: str,
) -> None:
    """Queue, conversation and the reply form, by day and by night: nothing is cut or overlaps."""
    lena = buyer(parley, locale="de-DE", size=size)
    words = f"{size[0]}{language}: Die Kanne (Bestellung 10045) kam mit kaputtem Ausguss an!"
    lena.attaches(PHOTO)
    lena.writes(words)
    mara = agent(parley, "Mara", "lead", language, size=size)
    look = Look(mara.page, picture, f"{size[0]}-{language}")
    look.at("queue")
    mara.opens(words)
    mara.drafted()
    look.at("conversation")
    mara.page.locator("[data-do=edit] button").click()
    mara.types("Wir erstatten Ihnen 500 EUR!!")
    expect(mara.marked("block")).to_have_text(["500 EUR"])
    look.at("edit")


class Look:
    """A page as it looks by day and by night."""

    def __init__(self, page: Page, picture: Callable[[Page, str], None], name: str) -> None:
        self.page, self.picture, self.name = page, picture, name

    def at(self, state: str) -> None:
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
            self.picture(self.page, f"{self.name}-{state}-{scheme}")
        self.page.emulate_media(color_scheme="light")
        assert scrolls_sideways(self.page) == 0, state
        assert cut_off(self.page) == [], state
