"""The pictures in docs/pictures, taken of Parley at work: `python -m tests.peers.pictures`.

Slack and Teams are the stand-ins of the tests. Look at every picture before you commit it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import sleep

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from assistant.words import Words, say, words
from tests.peers import slack_workspace, teams_tenant
from tests.peers.conftest import CHROMIUM, FLAGS
from tests.peers.people import PATIENCE_MS
from tests.peers.slack_peer import SlackPeer
from tests.peers.slack_workspace import DESK, EVENTS, LEAD, OLGA, TEAM
from tests.peers.teams_peer import TeamsPeer
from tests.peers.teams_tenant import BUYERS, CURRENT, LENA, PERSONAL
from tests.processes import ROOT, Running, free_port, get, until

FOLDER = ROOT / "docs" / "pictures"
MOST = 150_000
"""Bytes of one picture."""
NAMES = {LEAD: "Mia Krüger", OLGA: "Olga Novak"}
SETTLED_S = 2.5
# What Slack does by itself and local-slack doesn't: new lines, a button beside its text; and our
# name as the manifest writes it.
AS_SLACK_SHOWS_IT = """
.plain { white-space: pre-wrap }
.bk-section:has(> .bk-button, > .bk-select) {
  display: flex; gap: 16px; justify-content: space-between; align-items: flex-start }
.bk-overflow { width: 56px }
.msg-hover-actions { display: none }
.msg { padding: 12px 16px }
"""
AS_SEVERAL_LINES = """one => {
  const field = document.createElement('textarea')
  field.value = one.value
  field.rows = 6
  field.className = one.className
  field.style.cssText = 'width: 100%; font: inherit; resize: none'
  one.replaceWith(field)
}"""
OFFERED = (
    "Guten Tag Lena Weber, das Geburtstagsgeschenk für Ihre Mutter kam zu spät und mit "
    "abgebrochener Tülle an, das tut mir sehr leid. Möchten Sie die 34,90 € zurück oder eine neue "
    "Teekanne? Zurückschicken müssen Sie nichts."
)
TOO_MUCH = (
    "Guten Tag Lena Weber, die Teekanne sollte das Geburtstagsgeschenk für Ihre Mutter sein und "
    "kam zu spät und mit abgebrochener Tülle an. Das tut mir sehr leid. Morgen Nachmittag erstatte "
    "ich Ihnen 50,00 €; zurückschicken müssen Sie nichts."
)


def main(*wanted: str) -> None:
    """Every picture anew, or those of `slack`, `zh` or `teams`."""
    wanted = wanted or ("slack", "zh", "teams")
    if shutil.which("pngquant") is None:
        sys.exit(
            "pngquant is missing. Run: sudo apt-get install -y pngquant fonts-noto-color-emoji"
        )
    FOLDER.mkdir(exist_ok=True)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        if "slack" in wanted:
            slack_pictures(browser, "en", "")
        if "zh" in wanted:
            slack_pictures(browser, "zh-Hans", ".zh-Hans")
        if "teams" in wanted:
            teams_pictures(browser)
        browser.close()


def take(what: Page | Locator, name: str, **options: object) -> None:
    """Keep how it looks, in few colours."""
    path = FOLDER / f"{name}.png"
    what.screenshot(path=path, animations="disabled", **options)  # type: ignore[arg-type]
    quantised = ["pngquant", "--force", "--strip", "--speed", "1", "--ext", ".png", "48", str(path)]
    subprocess.run(quantised, check=True)
    print(f"{path.name}: {path.stat().st_size:,} bytes")
    assert path.stat().st_size <= MOST, f"{path.name} is too large"


# ── Slack ────────────────────────────────────────────────────────────────────


class Slack:
    """A workspace, Parley's demo in it, and somebody's window."""

    def __init__(self, peer: SlackPeer, page: Page, says: Words) -> None:
        self.peer, self.page, self.says = peer, page, says

    @property
    def root(self) -> str:
        """Lena Weber's card: she writes first."""
        return str(self.peer.roots(DESK)[0]["ts"])

    def comes(self, user: str) -> None:
        """That person opens the channel."""
        self.page.goto(self.peer.url)
        self.page.add_style_tag(content=AS_SLACK_SHOWS_IT)
        self.page.get_by_label("Act as").select_option(user)
        self.page.get_by_role("button", name="# buyers").click()
        self.message(self.root).wait_for()

    def message(self, ts: str) -> Locator:
        """It, with the app called as its manifest calls it."""
        renamed = "for (const one of document.querySelectorAll('.msg-name'))"
        self.page.evaluate(renamed + " if (one.textContent === 'parley') one.textContent='Parley'")
        return self.page.locator(f'.msg[data-ts="{ts}"]').last

    def only_for(self, user: str) -> str:
        """The newest that this person alone sees."""
        found = until(lambda: self.peer.only_for(DESK, user))
        sleep(SETTLED_S)
        found = self.peer.only_for(DESK, user)
        return str(found[-1]["ts"])


@contextmanager
def slack(browser: Browser, language: str) -> Iterator[Slack]:
    """Until the end; six buyers have written."""
    people = [{**one, "real_name": NAMES.get(one["id"], one["real_name"])} for one in PEOPLE]
    slack_workspace.PEOPLE[:] = people
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = free_port()
        peer = SlackPeer(place, f"http://127.0.0.1:{port}/slack/events")
        stack.callback(peer.stop)
        config = place / "parley.toml"
        lead = f'[[members]]\nid = "slack:{TEAM}:{LEAD}"\nname = "{NAMES[LEAD]}"\nrole = "lead"\n'
        config.write_text(lead)
        parley = Running(
            place,
            "demo",
            PARLEY_CONFIG=str(config),
            PARLEY_PORT=str(port),
            PARLEY_LANGUAGE=language,
            PARLEY_ROOMS="console,slack",
            PARLEY_SLACK_ROOM=f"{TEAM}:{DESK}",
            SLACK_BOT_TOKEN=EVENTS.bot_token,
            SLACK_SIGNING_SECRET=EVENTS.secret,
            SLACK_API_URL=peer.api_url,
        )
        stack.callback(parley.end)
        page = browser.new_page(viewport={"width": 940, "height": 1500}, device_scale_factor=1.5)
        stack.callback(page.close)
        assert until(lambda: len(peer.roots(DESK)) >= 6, 240), parley.said()
        sleep(SETTLED_S)
        yield Slack(peer, page, words(language))


PEOPLE = tuple(slack_workspace.PEOPLE)


def slack_pictures(browser: Browser, language: str, ending: str) -> None:
    """The card, words on offer, the form with a finding, an order, the Home tab."""
    with slack(browser, language) as desk:
        desk.comes(OLGA)
        take(desk.message(desk.root), f"slack-card{ending}")
        _order(desk, ending)
        _offer(desk, ending)
        _form(desk, ending)
        _home(desk, ending)


def _order(desk: Slack, ending: str) -> None:
    desk.peer.command(DESK, OLGA, "/order", "10045")
    ts = desk.only_for(OLGA)
    take(desk.message(ts), f"slack-order{ending}")


def _offer(desk: Slack, ending: str) -> None:
    before = len(desk.peer.only_for(DESK, OLGA))
    said = desk.peer.say(DESK, OLGA, OFFERED, desk.root)
    assert until(lambda: len(desk.peer.only_for(DESK, OLGA)) > before)
    ts = desk.only_for(OLGA)
    desk.message(desk.root).locator(".thread-summary").click()
    pane = desk.page.locator(".thread-pane")
    pane.evaluate("one => one.style.width = '620px'")
    desk.message(ts).scroll_into_view_if_needed()
    desk.page.wait_for_timeout(500)
    first, last = desk.message(said).bounding_box(), desk.message(ts).bounding_box()
    assert first
    assert last
    height = last["y"] + last["height"] - first["y"]
    take(desk.page, f"slack-offer{ending}", clip={**first, "height": height})
    desk.page.locator(".thread-x").click()


def _form(desk: Slack, ending: str) -> None:
    desk.message(desk.root).locator(".bk-actions .bk-button").nth(1).click()
    form = desk.page.locator(".modal")
    field = form.get_by_role("textbox").first
    field.wait_for()
    field.fill(TOO_MUCH)
    form.locator("button").last.click()
    desk.page.wait_for_timeout(4_000)
    field.evaluate(AS_SEVERAL_LINES)
    take(form, f"slack-form{ending}")
    desk.peer.close(OLGA)


def _home(desk: Slack, ending: str) -> None:
    desk.comes(OLGA)
    desk.message(desk.root).get_by_role("button", name=desk.says(say("Take"))).click()
    sleep(SETTLED_S)
    desk.page.get_by_role("button", name="parley").click()
    desk.page.wait_for_timeout(4_000)
    home = desk.page.locator(".main .blocks").first
    home.evaluate("one => one.style.padding = '16px'")
    take(home, f"slack-home{ending}")


# ── Teams ────────────────────────────────────────────────────────────────────


class Teams:
    """A team, Parley's demo in it, and the lead's window."""

    def __init__(self, peer: TeamsPeer, page: Page) -> None:
        self.peer, self.page = peer, page

    def card(self, *texts: str) -> Locator:
        """The card that says all this, with its border; in a chat the newest one."""
        cards = self.page.locator(".ac-adaptiveCard")
        for text in texts:
            cards = cards.filter(has_text=text)
        return cards.last.locator("xpath=..")

    def opens(self, name: str) -> None:
        self.page.get_by_role("treeitem", name=name).click()


@contextmanager
def teams(browser: Browser) -> Iterator[Teams]:
    """Until the end; somebody has written."""
    teams_tenant.PEOPLE.update({LENA: NAMES[LEAD], teams_tenant.OLGA: NAMES[OLGA]})
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = free_port()
        peer = TeamsPeer(place, f"http://127.0.0.1:{port}/api/messages")
        stack.callback(peer.stop)
        page = browser.new_page(viewport={"width": 1280, "height": 1500}, device_scale_factor=1.5)
        stack.callback(page.close)
        # Before anybody writes: it shows only what comes while it is open. It asks
        # for fonts elsewhere, and waits for them.
        page.route(lambda url: "localhost" not in url, lambda route: route.abort())
        page.goto(peer.url, wait_until="domcontentloaded")
        parley = Running(
            place,
            "demo",
            PARLEY_PORT=str(port),
            PARLEY_ROOMS="console,teams",
            PARLEY_TEAMS_ROOM=BUYERS,
            PARLEY_TEAMS_DEV="1",
        )
        stack.callback(parley.end)
        assert until(lambda: get(f"http://127.0.0.1:{port}/readyz")[0] == 200), parley.said()
        peer.install()
        yield Teams(peer, page)


def teams_pictures(browser: Browser) -> None:
    """The card, an order in the personal chat, words on offer, the form with a finding."""
    with teams(browser) as desk:
        desk.opens("Buyers")
        card = desk.card("Lena Weber", "Approve & send")
        card.wait_for(timeout=120_000)
        sleep(SETTLED_S)
        take(card, "teams-card")
        card.get_by_role("button", name="Edit").click()
        field = desk.page.get_by_role("textbox").filter(has_text="Guten Tag").first
        field.fill(TOO_MUCH)
        desk.page.get_by_role("button", name="Check the text").click()
        desk.page.get_by_text("50,00 €”").first.wait_for()
        sleep(SETTLED_S)
        take(desk.card("50,00 €”"), "teams-form")
        root = next(one for one in desk.peer.roots(BUYERS) if "Lena Weber" in str(one.card))
        desk.peer.say(BUYERS, CURRENT, f"reply {OFFERED}", thread=root.id)
        desk.opens("Personal Chat")
        desk.card("Send to Lena Weber as a reply?").wait_for()
        sleep(SETTLED_S)
        take(desk.card("Send to Lena Weber as a reply?"), "teams-offer")
        desk.peer.say(PERSONAL, CURRENT, "10045", mention=False)
        desk.card("Order 10045").wait_for()
        sleep(SETTLED_S)
        take(desk.card("Order 10045"), "teams-order")


if __name__ == "__main__":
    main(*sys.argv[1:])
