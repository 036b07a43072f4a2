"""Words in Teams: commands by mention and in chats, look-ups, offers, assignments, arrivals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import Unavailable
from assistant.playbooks import Playbooks
from connectors.rooms.teams import presses
from connectors.rooms.teams.heard import heard
from connectors.rooms.teams.speech import spoken, written
from connectors.shops.demo import DemoShop
from connectors.store import RedisStore
from tests.card_limits import of_message
from tests.fakes import FakeShop
from tests.teams_desk import Desk, desk
from tests.teams_service import (
    BUYERS,
    LENA,
    NOA,
    OLGA,
    RETURNS,
    WEI,
    Member,
    Message,
    actions,
    chat_of,
    dumped,
)

QUESTION = "Where is my parcel? It should have been here on Friday."


@pytest.fixture
async def teams(store: RedisStore, playbooks: Playbooks, tmp_path: Path) -> AsyncIterator[Desk]:
    leads = {"teams": {"leads": [LENA.object_id]}}
    async with desk(store, playbooks, tmp_path, None, **leads) as one:
        await one.send(one.activity(OLGA, BUYERS, type="installationUpdate"))
        yield one


@pytest.fixture
async def root(teams: Desk) -> Message:
    await teams.buyer_writes(QUESTION)
    return teams.root


async def sent(teams: Desk) -> list[str]:
    teams.world.clock.passes(seconds=9)
    await teams.world.work()
    return [one.text for one in teams.world.channel.accepted]


# ── replies by words ─────────────────────────────────────────────────────────


async def test_a_reply_by_mention_is_offered_to_its_author_and_sent_by_one_press(
    teams: Desk, root: Message
) -> None:
    """Pain 1: nothing typed reaches the buyer by itself."""
    await teams.says(OLGA, "reply It is on its way, dear Tom.", under=root)

    [offer] = teams.service.private(OLGA)
    assert "It is on its way, dear Tom." in offer.words
    assert await sent(teams) == []
    assert "not sent" in root.words, "the card says that words wait"
    assert len(teams.service.private(LENA)) == 0

    title = next(title for title in actions(offer.card) if title.startswith("Send to"))
    answered = await teams.presses(OLGA, offer, title)

    assert "Sending" in dumped(answered.card)
    assert await sent(teams) == ["It is on its way, dear Tom."]
    assert actions(offer.card) == {}, "the offer has served"
    assert "not sent" not in root.words


async def test_an_offer_that_is_put_away_leaves_nothing_behind(teams: Desk, root: Message) -> None:
    await teams.says(OLGA, "reply Hm.", under=root)
    [offer] = teams.service.private(OLGA)

    answered = await teams.presses(OLGA, offer, "Not for the buyer")

    assert "stays inside" in dumped(answered.card)
    assert actions(offer.card) == {}
    assert await sent(teams) == []
    assert "not sent" not in root.words


async def test_words_on_offer_that_block_come_back_in_a_form(teams: Desk, root: Message) -> None:
    blocked = "I will refund you 500 EUR tomorrow, guaranteed."
    await teams.says(OLGA, f"reply {blocked}", under=root)
    [offer] = teams.service.private(OLGA)
    assert not any(title.startswith("Send to") for title in actions(offer.card))

    form = (await teams.presses(OLGA, offer, "Edit")).card
    assert blocked in dumped(form)
    await teams.presses(OLGA, offer, "Send", form, text="It is on its way.")

    assert await sent(teams) == ["It is on its way."]


async def test_plain_words_under_a_card_are_offered_where_teams_hands_them_over(
    teams: Desk, root: Message
) -> None:
    """With the permission to read the team's messages; without it they never come."""
    plain = teams.activity(OLGA, root.conversation, text="Any news from the carrier?", entities=[])
    await teams.send(plain)
    await teams.send(plain)
    await teams.world.work()

    assert len(teams.service.private(OLGA)) == 1
    assert await sent(teams) == []


@pytest.mark.parametrize("place", ["elsewhere", "to a colleague", "switched off"])
async def test_other_plain_words_are_nobodys_business(
    place: str, store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    switched = {"offer_words": place != "switched off"}
    async with desk(store, playbooks, tmp_path, None, **switched) as teams:
        await teams.send(teams.activity(OLGA, BUYERS, type="installationUpdate"))
        await teams.buyer_writes(QUESTION)
        told = teams.activity(OLGA, teams.root.conversation, text="I called them.", entities=[])
        if place == "elsewhere":
            told["conversation"] = {"id": f"{BUYERS};messageid=17", "conversationType": "channel"}
        if place == "to a colleague":
            told = teams.message(OLGA, teams.root.conversation, "<at>Lena Lead</at> look", LENA)
            told["text"] = "<at>Lena Lead</at> look at this"
            told["entities"] = told["entities"][1:]

        assert (await teams.send(told)).status == 200
        await teams.world.work()

        assert teams.service.private(OLGA) == []


async def test_words_that_are_edited_are_offered_as_they_are_now_and_deleted_ones_no_more(
    teams: Desk, root: Message
) -> None:
    """Pain 6."""
    said = teams.message(OLGA, root.conversation, "reply Tomorow.")
    await teams.send(said)
    await teams.world.work()
    edited = {**said, "type": "messageUpdate", "timestamp": "2026-11-21T10:05:00Z"}
    edited["text"] = edited["text"].replace("Tomorow", "Tomorrow")
    edited["channelData"] = {**said["channelData"], "eventType": "editMessage"}

    await teams.send(edited)
    await teams.send(edited)
    await teams.world.work()

    offers = teams.service.private(OLGA)
    assert len(offers) == 2
    assert "Tomorrow." in offers[-1].words
    assert root.words.count("not sent") == 1

    gone = {**said, "type": "messageDelete", "text": "", "entities": []}
    await teams.send(gone)
    await teams.world.work()
    assert "not sent" not in root.words


async def test_a_command_that_is_edited_is_not_done_twice(teams: Desk, root: Message) -> None:
    said = teams.message(OLGA, root.conversation, "note She caled.")
    await teams.send(said)
    await teams.world.work()
    notes = len(teams.service.under(root))

    await teams.send({**said, "type": "messageUpdate", "timestamp": "2026-11-21T10:05:00Z"})
    await teams.world.work()

    assert len(teams.service.under(root)) == notes
    assert "not done again" in teams.service.private(OLGA)[-1].words


# ── the team ─────────────────────────────────────────────────────────────────


async def test_a_lead_gives_it_to_somebody_by_mention_who_is_told(
    teams: Desk, root: Message
) -> None:
    """Pain 2."""
    await teams.says(LENA, "<at>李伟</at> please take this, refund above limit", WEI, under=root)

    assert "李伟" in root.words
    assert "refund above limit" in "\n".join(one.words for one in teams.service.under(root))
    notice = teams.service.private(WEI)[0]
    assert "refund above limit" in notice.words
    assert QUESTION in notice.words
    assert "teams.microsoft.com" in dumped(notice.card), "the way to the thread"


async def test_a_card_in_ones_own_chat_shows_what_was_pressed_on_it(
    teams: Desk, root: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presses, "LOOKS_S", (0.05,) * 100)
    await teams.says(LENA, "<at>李伟</at> please take this", WEI, under=root)
    [notice] = teams.service.private(WEI)
    here = (await teams.presses(WEI, notice, "Show it here")).card

    await teams.presses(WEI, notice, "批准并发送", here)
    await teams.platform._errands.drain()

    assert "撤回" in actions(notice.card)


async def test_what_bots_say_is_not_answered(teams: Desk, root: Message) -> None:
    bot = Member("28:another-bot", "Another bot")

    answered = await teams.send(teams.message(bot, root.conversation, "help"))

    assert answered.status == 200
    assert await teams.stored() == 0


async def test_an_agent_may_not_give_it_to_others_and_two_are_too_many(
    teams: Desk, root: Message
) -> None:
    await teams.says(OLGA, "assign <at>李伟</at>", WEI, under=root)
    await teams.says(LENA, "assign <at>李伟</at> <at>Olga Agent</at>", WEI, OLGA, under=root)

    assert "lead" in teams.service.private(OLGA)[0].words.casefold()
    assert "Name one" in teams.service.private(LENA)[0].words
    assert teams.service.private(WEI) == []


async def test_taking_closing_and_reopening_by_words(teams: Desk, root: Message) -> None:
    await teams.says(OLGA, "take", under=root)
    assert "Olga Agent" in root.words

    await teams.says(OLGA, "close solved by phone", under=root)
    assert list(actions(root.card)) == ["Reopen"]

    await teams.says(OLGA, "reopen", under=root)
    assert "Write reply" in actions(root.card)


async def test_the_same_message_twice_is_done_once(teams: Desk, root: Message) -> None:
    said = teams.message(OLGA, root.conversation, "note Once.")

    for _ in range(3):
        assert (await teams.send(said)).status == 200
    await teams.world.work()

    told = "\n".join(one.words for one in teams.service.under(root))
    assert told.count("Once.") == 1


async def test_what_nobody_understands_is_said_back_with_help(teams: Desk, root: Message) -> None:
    await teams.says(OLGA, "frobnicate the parcel", under=root)

    assert "frobnicate the parcel" in teams.service.private(OLGA)[0].words


# ── look-ups ─────────────────────────────────────────────────────────────────


@pytest.fixture
async def shopping(teams: Desk, tmp_path: Path) -> Desk:
    """With orders to look up, each with a name and an address."""
    shop = await DemoShop.open(tmp_path / "shop.sqlite", teams.world.clock())
    orders = [found for ref in ("10045", "10046") if (found := await shop.order(ref))]
    teams.world.shop = FakeShop(*orders)
    return teams


async def test_an_order_is_private_and_the_thread_gets_a_line_without_names(
    shopping: Desk,
) -> None:
    """Pain 5: whose data it is stays between the asker and Parley."""
    await shopping.buyer_writes(QUESTION)
    root = shopping.root
    order = await shopping.world.shop.order("10045")
    assert order is not None
    customer = order.customer.name

    await shopping.says(OLGA, "order 10045", under=root)

    [card] = shopping.service.private(OLGA)
    assert "10045" in card.words
    assert customer in card.words
    line = shopping.service.under(root)[-1]
    assert "10045" in line.words
    assert customer not in dumped(line.activity)


@pytest.mark.parametrize("typed", ["10045", "order #10045", "订单 10045"])
async def test_in_ones_own_chat_a_bare_number_is_enough(typed: str, shopping: Desk) -> None:
    await shopping.writes(WEI, typed)

    [card] = shopping.service.private(WEI)
    assert "10045" in card.words


async def test_a_shop_that_is_down_is_said(shopping: Desk) -> None:
    shopping.world.shop.down = True

    await shopping.writes(OLGA, "10045")

    assert "maintenance" in shopping.service.private(OLGA)[0].words


@pytest.mark.parametrize("typed", ["queue", "home", "help", "队列", "主页", "帮助"])
async def test_everybody_has_their_queue_home_and_help(
    typed: str, teams: Desk, root: Message
) -> None:
    await teams.writes(OLGA, typed)

    [card] = teams.service.private(OLGA)
    assert of_message(card.activity) == []
    if typed in ("queue", "队列"):
        assert "Tom Brandt" in card.words


async def test_answers_are_in_the_language_of_whoever_asked(teams: Desk, root: Message) -> None:
    await teams.writes(WEI, "队列")
    await teams.writes(OLGA, "queue")

    assert "队列" in teams.service.private(WEI)[0].words
    assert "Queue" in teams.service.private(OLGA)[0].words


async def test_whoever_has_not_the_app_is_told_in_the_thread_how_to_get_it(
    shopping: Desk,
) -> None:
    await shopping.buyer_writes(QUESTION)
    root = shopping.root

    await shopping.says(NOA, "order 10045", under=root)

    line = shopping.service.under(root)[-1]
    assert "Noa Noapp" in line.words
    assert "Add the app" in line.words
    assert "10045" not in line.words


async def test_a_new_chat_is_found_where_the_old_one_is_gone(teams: Desk) -> None:
    """They took the app out and in again: Teams gives them another chat."""
    await teams.send(teams.message(OLGA, "a:chat-of-long-ago", "queue"))
    teams.service.gone.add("a:chat-of-long-ago")

    await teams.world.work()

    assert len(teams.service.private(OLGA)) == 1


# ── arrivals ─────────────────────────────────────────────────────────────────


async def test_a_channel_that_is_no_room_learns_how_it_becomes_one(teams: Desk) -> None:
    await teams.send(teams.activity(OLGA, RETURNS, type="installationUpdate", action="add"))
    await teams.send(teams.message(OLGA, f"{RETURNS};messageid=17", "help"))
    await teams.platform._errands.drain()

    greeting, answer = [one for one in teams.service.messages if RETURNS in one.conversation]
    for told in (greeting, answer):
        assert f"PARLEY_TEAMS_ROOM={RETURNS}" in told.words
    assert await teams.stored() == 0


async def test_a_room_says_once_that_it_is_one(teams: Desk) -> None:
    for _ in range(3):
        await teams.send(teams.activity(OLGA, BUYERS, type="installationUpdate", action="add"))
    await teams.platform._errands.drain()

    [greeting] = teams.service.messages
    assert "This channel is the room teams" in greeting.words


async def test_whoever_adds_the_app_is_greeted_once_with_what_can_be_asked(teams: Desk) -> None:
    chat = chat_of(OLGA)
    bot = {"id": "28:00000000-0000-4000-8000-00000000b075"}
    await teams.send(teams.activity(OLGA, chat, type="installationUpdate", action="add"))
    told = teams.activity(OLGA, chat, type="conversationUpdate", membersAdded=[bot])
    await teams.send(told)
    await teams.send({**told, "id": "another"})
    await teams.world.work()

    [card] = teams.service.private(OLGA)
    assert "order" in card.words


async def test_where_teams_is_is_remembered_across_restarts(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    """The address, the chat and the language come from the store, not from this process."""
    async with desk(store, playbooks, tmp_path, None) as first:
        await first.send(first.activity(OLGA, BUYERS, type="installationUpdate"))
        await first.send(first.message(WEI, chat_of(WEI), "帮助"))
        address = first.service.service_url
        here = await first.platform._memory.here(BUYERS)
        someone = await first.platform._memory.someone(WEI.object_id)
        assert here.service_url == address
    async with desk(store, playbooks, tmp_path, None) as second:
        assert await second.platform._memory.here(BUYERS) == here
        again = await second.platform._memory.someone(WEI.user)
        assert again == someone
        assert again.chat == chat_of(WEI)
        assert again.locale == "zh-CN"


async def test_before_teams_has_said_where_it_is_a_card_waits(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    async with desk(store, playbooks, tmp_path, None) as teams:
        with pytest.raises(Unavailable, match="add the app"):
            await teams.buyer_writes(QUESTION)


# ── what was said ────────────────────────────────────────────────────────────


def said(text: str, *mentioned: tuple[str, str, str]) -> Any:
    return heard(
        {
            "type": "message",
            "text": text,
            "recipient": {"id": "28:bot"},
            "entities": [
                {"type": "mention", "text": tag, "mentioned": {"id": id, "name": name}}
                for id, name, tag in mentioned
            ],
        }
    )


BOT = ("28:bot", "Parley", "<at>Parley</at>")


@pytest.mark.parametrize(
    ("text", "mentioned", "meant", "shown"),
    [
        ("<at>Parley</at> order 10045", [BOT], "order 10045", "order 10045"),
        ("<at>Parley</at>&nbsp;order 10045\n", [BOT], "order 10045", "order 10045"),
        ("hey <at>Parley</at>, queue", [BOT], "hey , queue", "hey , queue"),
        ("reply Q&amp;A &lt;3 &#128075;", [], "reply Q&A <3 👋", "reply Q&A <3 👋"),
        ("reply a&copy=b &amp", [], "reply a&copy=b &amp", "reply a&copy=b &amp"),
        (
            "<at>Olga</at> please take this <at>Parley</at>",
            [BOT, ("29:o", "Olga", "<at>Olga</at>")],
            "@{0} please take this",
            "@Olga please take this",
        ),
        (
            "<at>Parley</at> assign <at>Olga</at> <at>Olga</at>",
            [BOT, ("29:o1", "Olga", "<at>Olga</at>"), ("29:o2", "Olga", "<at>Olga</at>")],
            "assign @{0} @{1}",
            "assign @Olga @Olga",
        ),
        ("<at>Nobody</at> x", [], "Nobody x", "Nobody x"),
        ("a \u202e b \x07", [], "a \u202e b", "a \u202e b"),
    ],
)
def test_mentions_become_marks_and_words_what_was_typed(
    text: str, mentioned: list[tuple[str, str, str]], meant: str, shown: str
) -> None:
    told = said(text, *mentioned)

    assert spoken(told).text == meant
    assert written(told) == shown


def test_a_mention_is_whom_teams_says_and_not_whom_the_text_says() -> None:
    told = said("<at>Olga</at>", ("29:eve", "Olga", "<at>Olga</at>"))

    [mention] = spoken(told).mentions
    assert mention.id == "teams:29:eve"
