"""A browser, sites to open in it, and people who do.

Chromium is a peer: where it is missing these tests fail and say how to install it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assistant.model import Role
from tests.peers.people import PATIENCE_MS, Agent, Buyer
from tests.peers.servers import Elsewhere, Server, Site
from tests.peers.slack_desk import TEAM_OF_THREE, SlackDesk, slack_desk

CHROMIUM = "/usr/bin/chromium"
INSTALL = "sudo apt-get install -y --no-install-recommends chromium fonts-noto-cjk fonts-noto-core"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP = (1440, 900)
TABLET = (1024, 768)
PHONE = (390, 844)
# A server that is killed leaves requests unanswered, and a refusal is an answer with its status.
# A shop's page that may not open the chat says to its makers what to do about it.
EXPECTED = re.compile(
    r"^Failed to load resource|^WebSocket connection to .* failed|^Parley: add this site's origin"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium with a profile of its own; each person has a window that shares nothing.

    It ends with the file: while it lives it keeps a loop in the thread of all tests, and none of
    them could be asynchronous.
    """
    if not Path(CHROMIUM).exists():
        pytest.fail(f"There is no {CHROMIUM}. Run: {INSTALL}", pytrace=False)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that tests share, each with buyers of its own."""
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.end()


@pytest.fixture(scope="package")
def parley(site: Site) -> Server:
    """`parley serve` of the shared site."""
    return site.start("serve")


@pytest.fixture(scope="package")
def second(site: Site, parley: Server) -> Server:
    """A second process of the shared site, which has no workers."""
    return site.start("serve", "--no-workers")


@pytest.fixture(scope="package")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackDesk]:
    """A team in Slack that tests share, each with buyers of its own. The console shows the same."""
    place = tmp_path_factory.mktemp("slack")
    with slack_desk(place, TEAM_OF_THREE, PARLEY_ROOMS="slack,console") as desk:
        yield desk


@pytest.fixture
def desk(team: SlackDesk) -> Iterator[SlackDesk]:
    """The shared team; everything it sends meanwhile has to be something that Slack takes."""
    team.begins()
    yield team
    team.heal()
    assert team.objections() == []


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Sites of one's own, to kill or to set up differently."""
    with ExitStack() as stack:

        def make(**environ: str) -> Site:
            site = Site(tmp_path, **environ)
            stack.callback(site.end)
            return site

        yield make


@pytest.fixture
def elsewhere() -> Iterator[Callable[[], Elsewhere]]:
    """Servers of other people, each an origin of its own."""
    with ExitStack() as stack:

        def make() -> Elsewhere:
            server = Elsewhere()
            stack.callback(server.end)
            return server

        yield make


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[Page, str], None]:
    """Keeps how a page looks, in the folder that PICTURES names: somebody should look at it."""
    folder = Path(os.environ.get("PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png")

    return take


class Windows(Protocol):
    """Makes a browser window, with cookies and storage of its own."""

    def __call__(self, **options: Any) -> Page: ...


@pytest.fixture
def window(browser: Browser) -> Iterator[Windows]:
    """Windows; afterwards none of them may have complained."""
    opened: list[Page] = []
    complaints: list[str] = []

    def make(*, size: tuple[int, int] = DESKTOP, locale: str = "en-US", **options: Any) -> Page:
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale=locale,
            timezone_id="Europe/Berlin",
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: _note(said.type, said.text, complaints))
        opened.append(page)
        return page

    yield make
    for page in opened:
        page.context.close()
    assert complaints == []


def _note(kind: str, text: str, complaints: list[str]) -> None:
    if kind in ("error", "warning") and not EXPECTED.search(text):
        complaints.append(f"{kind}: {text}")


@pytest.fixture
def buyer(window: Windows) -> Callable[..., Buyer]:
    """A buyer at the chat of that process."""

    def arrives(server: Server, **options: Any) -> Buyer:
        return Buyer(window(**options)).opens(server.url)

    return arrives


@pytest.fixture
def agent(window: Windows) -> Callable[..., Agent]:
    """A member of the team, logged in at that process."""

    def comes(
        server: Server,
        name: str = "Olga",
        role: Role = "agent",
        language: str = "en",
        **options: Any,
    ) -> Agent:
        return Agent(window(**options), name).enters(server.link(name, role, language))

    return comes
