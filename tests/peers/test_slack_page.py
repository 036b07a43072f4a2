"""Slack as a person sees it, in a browser, with the buyer and the console in other windows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.peers.conftest import Windows
from tests.peers.people import Agent, Buyer
from tests.peers.slack_desk import Message, SlackDesk, draft_in, shown
from tests.peers.slack_workspace import DESK, OLGA, WEI
from tests.processes import until

pytestmark = pytest.mark.peers

DAMAGED = "Bestellung 10045. Der Ausguss ist abgebrochen, ich bin sehr enttäuscht!"
PROPER = (
    "Guten Tag, die Teekanne ist mit abgebrochenem Ausguss angekommen, und Ihre Enttäuschung "
    "verstehe ich. Das tut mir sehr leid. Würden Sie mir bitte ein Foto der Teekanne schicken?"
)
LABEL = "Guten Tag, das mit dem abgebrochenen Ausguss tut mir sehr leid. Hier ist das Etikett."
PHOTO = Path(__file__).parents[2] / "connectors/shops/demo_data/photos/teapot-spout.jpg"
# The peer shows line breaks of plain text as spaces; Slack shows them.
LINES = ".plain { white-space: pre-wrap }"
Picture = Callable[[Page, str], None]


class Screen:
    """Slack's window of one member of the team."""

    def __init__(self, page: Page, desk: SlackDesk, name: str = "Olga Agent") -> None:
        self.page = page
        page.goto(desk.peer.url)
        page.add_style_tag(content=LINES)
        page.get_by_label("Act as").select_option(name)
        page.get_by_role("button", name="# buyers").click()
        self.form = page.locator(".modal")

    def message(self, one: Message) -> Locator:
        return self.page.locator(f".messages .msg[data-ts='{one['ts']}']")

    def presses(self, one: Message, label: str) -> None:
        self.message(one).get_by_role("button", name=label, exact=True).click()

    def reads_thread(self, one: Message) -> None:
        self.message(one).locator("button", has_text="repl").last.click()


def test_an_agent_edits_and_sends_without_leaving_slack(
    desk: SlackDesk, window: Windows, picture: Picture
) -> None:
    """Proof: message, card, form, a finding, corrected, sent, in the thread."""
    lena = desk.buyer("Lena Weber").writes(DAMAGED)
    card, draft = desk.drafted(lena)
    slack = Screen(window(), desk)
    expect(slack.message(card)).to_contain_text(draft)
    slack.message(card).scroll_into_view_if_needed()
    picture(slack.page, "slack-card")
    slack.presses(card, "Edit")
    field = slack.form.get_by_role("textbox")
    expect(field).to_have_value(draft)
    picture(slack.page, "slack-form")
    field.fill("Hallo, siehe https://example.com/geld")
    slack.form.get_by_role("button", name="Send", exact=True).click()
    expect(slack.form).to_contain_text("is not a link that may be sent")
    picture(slack.page, "slack-form-blocked")
    field.fill(PROPER)
    slack.form.get_by_role("button", name="Send", exact=True).click()
    expect(slack.form).to_be_hidden()

    lena.gets(PROPER)
    desk.line(card, PROPER)
    slack.reads_thread(card)
    expect(slack.page.get_by_text("Sent by olga.")).to_be_visible()
    picture(slack.page, "slack-thread")


def test_photos_of_the_buyer_and_files_of_the_agent_reach_the_other_side(
    desk: SlackDesk, buyer: Callable[..., Buyer], picture: Picture, tmp_path: Path
) -> None:
    """Pain 7: from the chat into the thread, from the thread into the chat."""
    visitor = buyer(desk.parley)
    visitor.attaches(PHOTO)
    visitor.writes("Der Ausguss meiner Teekanne ist abgebrochen, Bestellung 10045. Foto anbei!")
    card = _card_of(desk, "Foto anbei!")
    photos = until(lambda: [f for one in desk.thread(card) for f in one.get("files", [])])
    assert [(one["name"], one["size"]) for one in photos] == [(PHOTO.name, PHOTO.stat().st_size)]

    label = b"%PDF-1.4\n% a return label\n"
    desk.peer.share(DESK, OLGA, {"label.pdf": label}, LABEL, card["ts"])
    offer = desk.told(OLGA, "as a reply?", "label.pdf")
    desk.press(offer, next(one for one in _names(offer) if one.startswith("Send to")))
    visitor.reads(LABEL)
    with visitor.page.expect_download() as fetched:
        visitor.page.get_by_text("label.pdf").click()
    assert fetched.value.path().read_bytes() == label
    picture(visitor.page, "slack-file-at-the-buyer")


def test_a_buyer_reads_the_public_name_of_whoever_answered(
    desk: SlackDesk, buyer: Callable[..., Buyer]
) -> None:
    """Pain 4: by the settings; a nickname of Slack is nothing for buyers."""
    mapped, unmapped = buyer(desk.parley), buyer(desk.parley)
    mapped.writes("Die Teekanne der Bestellung 10045 kam ohne Deckel an, schade.")
    unmapped.writes("Die Teekanne der Bestellung 10045 kam ohne Griff an, schade.")
    desk.press(_card_of(desk, "ohne Deckel"), "Approve & send", WEI)
    desk.press(_card_of(desk, "ohne Griff"), "Approve & send", OLGA)

    expect(mapped.replies).to_have_count(1)
    expect(mapped.page.get_by_text("Wei", exact=True)).to_be_visible()
    expect(unmapped.replies).to_have_count(1)
    expect(unmapped.page.get_by_text("olga")).to_have_count(0)


def test_one_press_wins_where_slack_and_the_console_show_the_same(
    desk: SlackDesk, agent: Callable[..., Agent], picture: Picture
) -> None:
    """Pain 9, case 12: mirrored; the other side shows who was faster."""
    lena = desk.buyer().writes(DAMAGED)
    card, draft = desk.drafted(lena)
    mara = agent(desk.parley, "Mara", "lead")
    mara.row(lena.name).click()
    assert mara.drafted() == draft

    with mara.before_the_news():
        desk.press(card, "Approve & send")
        mara.presses("Approve & send")
        mara.is_told("olga approved version 1")
    mara.sees_draft("sent")
    lena.gets(draft)

    second = desk.buyer().writes(DAMAGED)
    card, draft = desk.drafted(second)
    mara.row(second.name).click()
    mara.drafted()
    mara.presses("Approve & send")
    desk.press_late(card, "Approve & send")
    desk.told(OLGA, "Mara approved version 1")
    desk.card(second, "Sent", "by Mara")
    second.gets(draft_in(card))
    picture(mara.page, "slack-and-console")


def _card_of(desk: SlackDesk, words: str) -> Message:
    cards = until(lambda: [one for one in desk.peer.roots(DESK) if words in shown(one)])
    assert cards, [*map(shown, desk.peer.roots(DESK))][-3:]
    card: Message = cards[0]
    return card


def _names(message: Message) -> list[str]:
    return [
        one["text"]["text"]
        for block in message["blocks"]
        if block["type"] == "actions"
        for one in block["elements"]
    ]
