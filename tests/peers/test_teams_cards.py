"""Our cards in Microsoft's own client code: they look right, press right, and nothing is live."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from aiohttp import web
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from assistant.commands import (
    ApproveDraft,
    DiscardDraft,
    OpenConversation,
    OpenReply,
    RegenerateDraft,
    WriteReply,
)
from assistant.surface.cards import ConversationCard
from assistant.words import words
from connectors.rooms.teams.cards import root_post
from connectors.rooms.teams.forms import form_post
from connectors.rooms.teams.post import CARD, Post
from connectors.rooms.teams.press import Pressed, pressed
from connectors.rooms.teams.thread import line_posts
from tests.loopback import Loopback
from tests.peers.conftest import PHONE
from tests.peers.teams_peer import TeamsPeer, teams
from tests.peers.teams_tenant import BOT, BOT_NAME, BUYERS
from tests.processes import until
from tests.teams_samples import ABOUT, HOSTILE, card, draft, flags, form, line, summary

pytestmark = pytest.mark.peers

EN = words("en")
SIZE: ViewportSize = {"width": 1280, "height": 1400}


class Desk:
    """Answers presses as the desk would: a form, the form again, the card, a sentence."""

    def __init__(self, loopback: Loopback) -> None:
        self.presses: list[Pressed] = []
        app = web.Application()
        app.router.add_post("/api/messages", self._take)
        self.endpoint = f"{loopback.serve(app)}/api/messages"

    @property
    def last(self) -> Pressed:
        return self.presses[-1]

    async def _take(self, request: web.Request) -> web.Response:
        activity = await request.json()
        if activity["type"] != "invoke":
            return web.Response(status=201)
        press = pressed(activity["value"]["action"]["data"])
        self.presses.append(press)
        shown = self._shown(press)
        told = "application/vnd.microsoft.activity.message"
        answer: dict[str, Any] = {"statusCode": 200, "type": told, "value": "Sending in 8 s."}
        if shown:
            answer |= {"type": CARD, "value": shown.card}
        return web.json_response(answer)

    def _shown(self, press: Pressed) -> Post | None:
        if press.step in ("open", "check"):
            found = form(flags=flags("tip"))
            return form_post(found, EN, typed=press.values or None)
        return root_post(card(), EN) if isinstance(press.command, OpenConversation) else None


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    loopback = Loopback()
    yield Desk(loopback)
    loopback.stop()


@pytest.fixture(scope="module")
def peer(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamsPeer]:
    with teams(tmp_path_factory.mktemp("teams"), desk.endpoint) as peer:
        peer.install(BUYERS)
        yield peer


@pytest.fixture(scope="module")
def page(peer: TeamsPeer, browser: Browser) -> Iterator[Page]:
    """A window on the channel, there before anything is posted."""
    page = browser.new_page(viewport=SIZE, locale="en-US")
    page.goto(peer.url, wait_until="domcontentloaded")
    page.get_by_text("Connected.").wait_for()
    page.get_by_role("treeitem", name="Buyers").first.click()
    page.get_by_text("Start a new post").wait_for()
    yield page
    page.close()


@pytest.fixture
def posted(peer: TeamsPeer, page: Page, desk: Desk) -> Callable[[Post], Locator]:
    """Posts a card; where it is in the window, which shows the newest first."""
    desk.presses.clear()

    def show(post: Post) -> Locator:
        before = page.locator(".ac-adaptiveCard").count()
        _post(peer, post)
        expect(page.locator(".ac-adaptiveCard")).to_have_count(before + 1)
        return page.locator(".ac-adaptiveCard").first

    return show


def _post(peer: TeamsPeer, post: Post) -> None:
    whole = {
        **post.activity(),
        "from": {"id": BOT, "name": BOT_NAME},
        "conversation": {"id": BUYERS},
    }
    place = f"{peer.url}/_connector/v3/conversations/{quote(BUYERS, safe='')}/activities"
    headers = {"content-type": "application/json"}
    with urlopen(Request(place, json.dumps(whole).encode(), headers)) as said:
        assert said.status in (200, 201)


def _press(shown: Locator, title: str) -> None:
    shown.get_by_role("button", name=title, exact=True).click()


def _arrived(desk: Desk, many: int) -> Pressed:
    assert until(lambda: len(desk.presses) == many, 10), desk.presses
    return desk.last


def test_a_draft_is_approved_reworded_and_discarded_from_its_card(
    desk: Desk, page: Page, posted: Callable[[Post], Locator]
) -> None:
    """Pain 2: from the thread, by a press."""
    shown = posted(root_post(named_card(), EN))
    _press(shown, "Approve & send")
    assert _arrived(desk, 1).command == ApproveDraft(conversation_id=ABOUT, version=1)
    expect(page.get_by_text("Sending in 8 s.")).to_be_visible()

    _press(shown, "Regenerate")
    _press(shown, "Shorter")
    shorter = RegenerateDraft(conversation_id=ABOUT, version=1, manner="shorter")
    assert _arrived(desk, 2).command == shorter

    shown.get_by_role("button").filter(has_text="...").first.click()
    page.get_by_text("Discard", exact=True).last.click()
    assert _arrived(desk, 3).command == DiscardDraft(conversation_id=ABOUT, version=1)


def named_card() -> ConversationCard:
    names = ["Approve & send", "Edit", "Shorter", "Warmer", "More formal", "Write reply"]
    found = card()
    named = [
        one.model_copy(update={"label": name})
        for one, name in zip(found.buttons, names, strict=False)
    ]
    discard = found.buttons[-1].model_copy(update={"label": "Discard"})
    return found.model_copy(update={"buttons": (*named, discard)})


def test_a_draft_is_edited_checked_and_sent_in_a_form_that_keeps_what_is_typed(
    desk: Desk,
    page: Page,
    posted: Callable[[Post], Locator],
    picture: Callable[[Page, str], None],
) -> None:
    """Forms are cards with inputs; pain 9: nothing that was typed is lost."""
    shown = posted(root_post(named_card(), EN))
    _press(shown, "Edit")
    opened = OpenReply(conversation_id=ABOUT, version=1)
    assert _arrived(desk, 1) == Pressed(opened, "open", "edit")
    text = shown.locator("textarea").first
    expect(text).to_have_value(draft().text)
    picture(page, "teams-form")

    typed = "Guten Tag, Frau Weber, heute\nschreibe ich <at>Lena</at> {{DATE(x)}} ${y} [a](b)."
    text.fill(typed)
    _press(shown, "Check the text")
    assert _arrived(desk, 2).step == "check"
    assert desk.last.values["text"] == typed
    expect(text).to_have_value(typed)

    _press(shown, "Take this wording")
    reworded = typed.replace("heute", "morgen")
    assert _arrived(desk, 3).values["text"] == reworded
    expect(text).to_have_value(reworded)

    _press(shown, "Send")
    command = WriteReply(conversation_id=ABOUT, text="", based_on=1, seen_seq=2)
    sent = _arrived(desk, 4)
    assert (sent.command, sent.step, sent.form) == (command, "submit", "edit")
    assert sent.values["text"] == reworded


def test_whoever_cancels_gets_the_card_back_even_with_an_empty_field(
    desk: Desk, posted: Callable[[Post], Locator]
) -> None:
    shown = posted(root_post(named_card(), EN))
    _press(shown, "Edit")
    shown.locator("textarea").first.fill("")
    _press(shown, "Send")
    expect(shown.get_by_text("Fill this in.")).to_be_visible()

    _press(shown, "Cancel")
    assert _arrived(desk, 2).command == OpenConversation(conversation_id=ABOUT)
    expect(shown.get_by_text("Draft 1 · German")).to_be_visible()


def test_why_is_a_press_away_and_folds_again(posted: Callable[[Post], Locator]) -> None:
    shown = posted(root_post(card(), EN))
    proof = shown.get_by_text("Allowed: refund, because")
    expect(proof).to_be_hidden()
    shown.get_by_text("Why ▾").click()
    expect(proof).to_be_visible()
    shown.get_by_text("Why ▴").click()
    expect(proof).to_be_hidden()


def test_nothing_that_a_buyer_writes_is_live(
    page: Page, posted: Callable[[Post], Locator], picture: Callable[[Page, str], None]
) -> None:
    """Pings nobody, disguises nothing."""
    foreign = "\n".join(HOSTILE)
    found = card(
        words=foreign,
        means=foreign,
        summary=summary(buyer="[Mallory](https://evil.example) <at>all</at> **x**"),
        draft=draft(text=foreign, agent_text=None),
        may=foreign,
        known=(),
    )
    for post in (root_post(found, EN), *line_posts([line(said=foreign, text=foreign)], EN)):
        shown = posted(post)
        picture(page, f"teams-hostile-{len(shown.inner_text())}")
        assert shown.locator(":is(a[href], img, h1, ul, ol, em, strong, code, script)").count() == 0
        said = shown.inner_text().replace("\u200b", "")
        missing = [one for one in FOREIGN if one not in said]
        assert missing == []


FOREIGN = (
    "[bank.com](http://evil.example)",
    "<at>Everyone</at>",
    "${$root.secret}",
    "{{DATE(2017-02-14T06:00:00Z, SHORT)}}",
    "&lt;b&gt;",
    "**bold** _it_ ~~no~~ `code`",
    "# heading",
    "1. one",
    "<script>alert(1)</script>",
)


def test_arabic_is_shown_from_right_to_left(posted: Callable[[Post], Locator]) -> None:
    shown = posted(root_post(card(words="أين طلبي؟ لقد مر أسبوعان", means=None), EN))
    text = shown.get_by_text("أين طلبي؟").last
    assert text.evaluate("one => getComputedStyle(one).direction") == "rtl"


@pytest.mark.parametrize("width", [SIZE["width"], PHONE[0]])
def test_a_card_is_wholly_on_the_screen(
    page: Page,
    posted: Callable[[Post], Locator],
    picture: Callable[[Page, str], None],
    width: int,
) -> None:
    shown = posted(root_post(named_card(), EN))
    page.set_viewport_size({**SIZE, "width": width})
    picture(page, f"teams-card-{width}")
    fits = shown.evaluate("one => one.scrollWidth <= one.clientWidth + 1")
    page.set_viewport_size(SIZE)
    assert fits
