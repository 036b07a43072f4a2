"""What an agent types in their own language, seen as the buyer reads it, and sent as it is seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.loopback import Loopback
from tests.peers.conftest import PHONE
from tests.peers.people import Agent, Buyer, cut_off, scrolls_sideways
from tests.peers.servers import Site
from tests.test_openai import Model, served, written

pytestmark = pytest.mark.peers
Sites = Callable[..., Site]

GERMAN = "Guten Tag, wo bleibt meine Bestellung 10045? Ich warte schon seit Tagen."
DRAFT = "Guten Tag Lena,\n\nich frage gerade für Sie nach.\n\nBlaue Stunde"
THERE = {
    "Guten Tag, wo bleibt meine Bestellung 10045?": "Good day, where is my order 10045?",
    "Ich warte schon seit Tagen.": "I have been waiting for days.",
    "Your parcel is still in our warehouse.": "Ihr Paket ist noch in unserem Lager.",
    "Ihr Paket ist noch in unserem Lager.": "Your parcel is still in our warehouse.",
    "We are very sorry about that.": "Das tut uns sehr leid.",
    "Das tut uns sehr leid.": "We are very sorry.",
    "We have not sent it yet.": "Wir haben es schon verschickt.",
    "Wir haben es schon verschickt.": "We have already sent it.",
    "您的包裹还在我们的仓库里。": "Ihr Paket ist noch in unserem Lager.",
}
TYPED = "Your parcel is still in our warehouse. We are very sorry about that."
REPLY = "Ihr Paket ist noch in unserem Lager. Das tut uns sehr leid."
CHINESE = {"Ihr Paket ist noch in unserem Lager.": "您的包裹还在我们的仓库里。"}


def answers(body: dict[str, Any]) -> str:
    """A model that knows these sentences."""
    if "sentences" not in body["messages"][1]["content"]:
        return written(DRAFT, "Hello Lena, I am asking for you.")
    said = json.loads(body["messages"][1]["content"])["sentences"]
    known = {**THERE, **CHINESE} if "Chinese" in _target(body) else THERE
    return json.dumps({"sentences": [known.get(one, "?") for one in said]})


def _target(body: dict[str, Any]) -> str:
    return str(body["messages"][0]["content"]).split("into ", 1)[-1].split("\n", 1)[0]


@pytest.fixture
def model() -> Iterator[Model]:
    model, loopback = Model(), Loopback()
    model.says(answers)
    yield served(model, loopback)
    loopback.stop()


@pytest.fixture
def translating(model: Model, own_site: Sites) -> Site:
    return own_site(PARLEY_MODEL="small", OPENAI_BASE_URL=model.url, OPENAI_API_KEY="k")


def asked_for(model: Model) -> list[list[str]]:
    """The sentences of each call that translates into German."""
    return [
        json.loads(body["messages"][1]["content"])["sentences"]
        for body in model.asked
        if "German" in _target(body) and "sentences" in body["messages"][1]["content"]
    ]


def test_what_is_typed_stands_translated_below_and_is_sent_as_it_stands(
    model: Model,
    translating: Site,
    buyer: Callable[..., Buyer],
    agent: Callable[..., Agent],
    picture: Callable[..., None],
) -> None:
    """S3.1: while typing only what changed is asked for; before it leaves it is read back."""
    parley = translating.start("serve")
    olga = agent(parley)
    lena = buyer(parley, locale="de-DE")
    lena.writes(GERMAN)
    olga.opens("Ich warte schon seit Tagen")
    expect(olga.page.get_by_test_id("words")).to_contain_text(THERE["Ich warte schon seit Tagen."])
    olga.drafted()
    olga.presses("Write reply")
    lines = olga.page.get_by_test_id("translation-lines").locator("li")

    olga.types("Your parcel is still in our warehouse.")
    expect(lines).to_have_count(1)
    expect(lines.first).to_contain_text("Ihr Paket ist noch in unserem Lager.")
    olga.types("Your parcel is still in our warehouse. We have not sent it yet.")
    expect(lines).to_have_count(2)
    expect(lines.last).to_contain_text("“not” is lost: it may say the opposite.")
    picture(olga.page, "translation-wrong")
    olga.types(TYPED)
    expect(lines.last).to_contain_text("Das tut uns sehr leid.")
    assert asked_for(model) == [
        ["Your parcel is still in our warehouse."],
        ["We have not sent it yet."],
        ["We are very sorry about that."],
    ], "only what is new"

    expect(olga.send).to_contain_text("See it in German")
    olga.reply.press("Control+Enter")
    expect(lines.last).to_contain_text("Translated back: We are very sorry.")
    expect(olga.send).to_contain_text("Send in German")
    picture(olga.page, "translation")
    assert not cut_off(olga.page)
    olga.reply.press("Control+Enter")

    lena.reads(REPLY)
    assert olga.heard_back() == REPLY
    last = olga.page.locator("[data-testid=thread] li.us .bubble .means").last
    expect(last).to_contain_text(TYPED)


def test_on_a_phone_in_chinese_and_in_the_dark_it_is_as_good(
    translating: Site,
    buyer: Callable[..., Buyer],
    agent: Callable[..., Agent],
    picture: Callable[..., None],
) -> None:
    parley = translating.start("serve")
    lin = agent(parley, "Lin", language="zh-Hans", size=PHONE, locale="zh-CN", color_scheme="dark")
    lena = buyer(parley, locale="de-DE")
    lena.writes(GERMAN)
    lin.row("Ich warte schon seit Tagen").click()
    lin.drafted()
    lin.presses("写回复")
    lin.types("您的包裹还在我们的仓库里。")
    lines = lin.page.get_by_test_id("translation-lines").locator("li")
    expect(lines.first).to_contain_text("Ihr Paket ist noch in unserem Lager.")
    lin.sends()
    expect(lines.first).to_contain_text("您的包裹还在我们的仓库里。")
    expect(lin.page.get_by_test_id("send-as-typed")).to_be_visible()
    lin.page.get_by_test_id("translation").scroll_into_view_if_needed()
    picture(lin.page, "translation-phone")
    assert scrolls_sideways(lin.page) == 0
    assert not cut_off(lin.page)
    expect(lin.page.locator("#translation-title")).to_have_text("未署名买家看到的德语译文")

    lin.page.get_by_test_id("send-as-typed").click()
    lena.reads("您的包裹还在我们的仓库里。")
