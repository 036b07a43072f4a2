"""Who sits at a browser: a buyer at the chat, a member of the team at the console.

What they do and see, in their words; how a page is built is known here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from playwright.sync_api import APIResponse, Locator, Page, Response, Route, expect

PATIENCE_MS = 30_000
"""How long anything may take on a busy machine; every wait ends as soon as it is true."""


LATIN_WORDS = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const one = walker.currentNode.parentElement;
        if (!one.checkVisibility()) continue;
        if (one.closest(".said, .excerpt, .marks, .country, textarea, kbd")) continue;
        const words = walker.currentNode.data.replace(/\\b[0-9a-f]{12}\\b/g, "");
        found.push(...(words.match(/\\p{Script=Latin}{2,}/gu) ?? []));
    }
    return found;
}"""
"""Words in Latin letters on the visible page, where it does not quote anybody."""


NEWS = """async () => {
    if (window.news === undefined) {
        window.news = 0;
        const source = new EventSource("/console/events");
        source.addEventListener("change", () => window.news++);
        await new Promise((begun) => source.addEventListener("hello", begun));
    }
    return window.news;
}"""
"""What the server tells this page, counted beside the page's own script."""


class Buyer:
    """Somebody at the chat: on our page, or in the panel on a shop's."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.input = page.get_by_role("textbox").and_(page.locator("textarea"))
        self.own = page.locator("li.mine .bubble")
        self.replies = page.locator("li.theirs .bubble")
        self.undelivered = page.locator("li.mine .i-clock")

    def opens(self, url: str) -> Buyer:
        self.page.goto(f"{url}/chat")
        expect(self.input).to_be_visible()
        return self

    def says(self, text: str) -> None:
        """Press Enter, whether or not the connection is there."""
        self.input.fill(text)
        self.input.press("Enter")

    def writes(self, text: str) -> None:
        """Say it and see that it was taken."""
        self.says(text)
        self.is_heard()

    def is_heard(self) -> None:
        """Everything said so far was acknowledged."""
        expect(self.own.last).to_be_visible()
        expect(self.undelivered).to_have_count(0)

    def types_until(self, seen: Callable[[], bool]) -> None:
        """Type on, as the chat tells of it at most every three seconds."""
        deadline = monotonic() + PATIENCE_MS / 1000
        while not seen():
            assert monotonic() < deadline, "nobody was told that the buyer types"
            self.input.press_sequentially("and ", delay=100)

    def attaches(self, *files: Path) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.page.locator("form.write button[type=button]").click()
        chooser.value.set_files(list(files))
        expect(self.page.locator(".chips li:not(.busy)")).to_have_count(len(files))

    def reads(self, *texts: str) -> None:
        """These replies in this order, byte for byte, and no other."""
        expect(self.replies).to_have_count(len(texts))
        assert self.replies.evaluate_all("all => all.map(one => one.textContent)") == list(texts)

    def sees_own(self, *texts: str) -> None:
        """These messages of their own in this order, and no other."""
        expect(self.own).to_have_count(len(texts))
        assert self.own.evaluate_all("all => all.map(one => one.textContent)") == list(texts)


class Agent:
    """A member of the team at the console."""

    def __init__(self, page: Page, name: str) -> None:
        self.page, self.name = page, name
        self.rows = page.get_by_test_id("row")
        self.draft = page.get_by_test_id("draft")
        self.status = page.get_by_test_id("draft-status")
        self.reply = page.get_by_test_id("reply-text")
        self.findings = page.get_by_test_id("findings").locator("li")
        self.toast = page.get_by_test_id("toast")
        self.owner = page.get_by_test_id("owner")
        self.send = page.get_by_test_id("reply-send")
        self.send_anyway = page.get_by_test_id("send-anyway")
        self.thread = page.get_by_test_id("thread").locator("ol > li")

    def enters(self, link: str) -> Agent:
        """Open a log-in link and press its one button."""
        self.page.goto(link)
        self.page.get_by_test_id("enter").click()
        expect(self.page.get_by_test_id("queue")).to_be_visible()
        return self

    def row(self, words: str) -> Locator:
        return self.rows.filter(has_text=words)

    def opens(self, words: str) -> None:
        """The conversation whose excerpt has these words, once it is in the queue."""
        self.row(words).click()
        expect(self.page.get_by_test_id("words")).to_contain_text(words)

    def drafted(self, state: str = "proposed") -> str:
        """The draft's text, once there is one in that state."""
        self.sees_draft(state)
        return exactly(self.page.get_by_test_id("draft-text").locator(".said"))

    def sees_draft(self, state: str) -> None:
        expect(self.draft).to_have_attribute("data-state", state)

    def button(self, name: str) -> Locator:
        """A button of the conversation, by what is on it."""
        return (
            self.page.get_by_test_id("conversation")
            .locator(".button")
            .filter(has_text=re.compile(rf"^\s*{re.escape(name)}"))
        )

    def presses(self, name: str) -> None:
        self.button(name).first.click()

    def is_told(self, words: str | re.Pattern[str]) -> None:
        expect(self.toast).to_contain_text(words)

    def fills(self, form: str, **fields: str) -> None:
        """Open one of the small forms, fill it in and send it."""
        self.page.locator(f"#open-{form} > summary").click()
        small = self.page.locator(f"#open-{form} form")
        for name, value in fields.items():
            field = small.locator(f"[name={name}]")
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(label=value)
            else:
                field.fill(value)
        self.page.get_by_test_id(f"{form}-done").click()
        expect(small).to_be_hidden()

    def edits(self, name: str = "Edit") -> None:
        self.presses(name)
        expect(self.reply).to_be_focused()

    def types(self, text: str) -> None:
        """Instead of what is in the reply, and see it checked."""
        with self.page.expect_response(_answers_a_check):
            self.reply.fill(text)

    def sends(self) -> None:
        self.send.click()

    def marked(self, severity: str) -> Locator:
        """The words of the reply that have a line under them."""
        return self.page.locator(f"#reply-form .marks mark.{severity}")

    @contextmanager
    def before_the_news(self) -> Iterator[None]:
        """What others do meanwhile is on its way to this page, and shows afterwards."""
        held: list[Route] = []
        self.page.route("**/console/parts*", lambda route: held.append(route))
        yield
        self.page.unroute("**/console/parts*")  # lets go what was held

    @contextmanager
    def on_the_way(self, words: str) -> Iterator[None]:
        """Go to a conversation; its answer is given now and arrives after what is done inside."""
        given: list[tuple[Route, APIResponse]] = []
        self.page.route("**/console/parts*", lambda one: given.append((one, one.fetch())), times=1)
        self.row(words).click()
        self.waits_until(lambda: bool(given))
        heard = self.hears()
        yield
        self.waits_until(lambda: self.hears() > heard)
        for route, answer in given:
            route.fulfill(response=answer)

    def hears(self) -> int:
        """How much news has come in since this was asked first."""
        return int(self.page.evaluate(NEWS))

    def waits_until(self, seen: Callable[[], bool]) -> None:
        deadline = monotonic() + PATIENCE_MS / 1000
        while not seen():
            assert monotonic() < deadline, "it did not happen"
            self.page.wait_for_timeout(20)

    def happened(self) -> Sequence[str]:
        """What the thread says, line by line."""
        return [" ".join(line.split()) for line in self.thread.locator(".what").all_inner_texts()]

    def latin_words(self) -> set[str]:
        """What the page says in Latin letters, but for what others said or called something."""
        return set(self.page.evaluate(LATIN_WORDS))

    def darkness(self) -> float:
        """Of the page's ground: 0 is white, 1 is black."""
        colour = self.page.evaluate(
            "() => getComputedStyle(document.documentElement).backgroundColor"
        )
        red, green, blue, *_ = (float(part) for part in re.findall(r"[\d.]+", colour))
        return 1 - (red + green + blue) / (3 * 255)

    def quoted(self) -> Sequence[str]:
        """What the thread quotes of anybody."""
        return self.thread.locator(".bubble .said").all_text_contents()

    def heard_back(self) -> str:
        """Our newest words in the thread."""
        last = self.page.locator("[data-testid=thread] li.us .bubble").last
        return exactly(last.locator("> .said, > .long .said"))


def _answers_a_check(response: Response) -> bool:
    return "check_text" in (response.request.post_data or "")


def exactly(text: Locator) -> str:
    """Its text as it stands in the page: no space is joined or cut."""
    return str(text.evaluate("text => text.textContent"))


def loads(image: Locator) -> None:
    """See that a picture is one."""
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("image => image.naturalWidth") > 0


def scrolls_sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window; 0 is right."""
    return int(
        page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    )


def cut_off(page: Page) -> list[str]:
    """Buttons, tags and links whose words do not fit them, and panes that scroll sideways."""
    found = page.evaluate(
        """() => [...document.querySelectorAll(
                ".button, .who .tag, .link, h1, h2, .filters a, .queue, .conversation, .side")]
            .filter(one => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1
                && getComputedStyle(one).display !== "inline")
            .map(one => `${one.className || one.tagName}: ${one.textContent.trim()}`)"""
    )
    return [str(one) for one in found]
