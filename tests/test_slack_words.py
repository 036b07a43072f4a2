"""What people type in Slack: inside by default, to Parley by mention, private by direct message."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from assistant.commands import (
    Act,
    AddNote,
    Ask,
    Assign,
    DropOffered,
    LookUp,
    OfferWords,
    ShowHelp,
    ShowHome,
)
from connectors.rooms.slack.speech import is_to_somebody, spoken, written
from connectors.store import RedisStore
from tests.slack_fake import BOT, ROOM, TEAM
from tests.slack_stage import ANNA, BEN, Stage, staged

CARD = "1790000000.000001"
ABOUT = "webchat:v1"


@pytest.fixture
async def stage(store: RedisStore, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(store, tmp_path) as stage:
        await stage.conversation_in(CARD)
        yield stage


def mention(stage: Stage, text: str, **more: Any) -> dict[str, Any]:
    ts = f"1790000003.{len(stage.slack.calls):06}"
    about = {"type": "app_mention", "user": ANNA, "channel": ROOM, "ts": ts, "thread_ts": CARD}
    return {**about, "text": f"<@{BOT}> {text}", **more}


# ── plain words ──────────────────────────────────────────────────────────────


async def test_plain_words_under_a_card_are_offered_to_their_author_alone(stage: Stage) -> None:
    """Pain 1: inside by default; the offer is a private one."""
    await stage.says("We'll send a new one.", thread=CARD)

    [act] = stage.work
    assert isinstance(act, Act)
    assert isinstance(act.action, OfferWords)
    assert (act.person, act.action.text) == (f"slack:{TEAM}:{ANNA}", "We'll send a new one.")


async def test_offers_can_be_switched_off(store: RedisStore, tmp_path: Path) -> None:
    async with staged(store, tmp_path, offer_words=False) as stage:
        await stage.conversation_in(CARD)
        await stage.says("hello", thread=CARD)
        assert stage.work == []


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B0BOT"},
        {"bot_profile": {"id": "B1"}},
        {"subtype": "bot_message", "bot_id": "B1"},
        {"subtype": "channel_join"},
        {"user": ""},
        {"text": "   "},
        {"text": f"<@{BEN}> can you look?"},
        {"text": "<!here> lunch"},
        {"thread": ""},
        {"thread": "1790000000.999999"},
    ],
)
async def test_what_is_no_reply_is_not_offered(stage: Stage, more: dict[str, Any]) -> None:
    """Programs, Slack's own lines, words to a colleague, words elsewhere: left alone."""
    told = {"text": "hello", "thread": CARD, **more}

    assert await stage.says(told.pop("text"), **told) == 200
    assert stage.work == []


async def test_words_with_a_file_are_offered_with_it_and_nothing_is_fetched_yet(
    stage: Stage,
) -> None:
    file = {
        "id": "F1",
        "name": "label.pdf",
        "mimetype": "application/pdf",
        "size": 8,
        "url_private_download": "https://files.slack.com/files-pri/T1-F1/download/label.pdf",
    }
    await stage.says("", thread=CARD, subtype="file_share", files=[file])

    [act] = stage.work
    assert isinstance(act.action, OfferWords)
    [label] = act.action.attachments
    assert (label.name, label.size, label.sha256) == ("label.pdf", 8, None)
    assert stage.slack.asked_for_files == []


async def test_edited_words_are_offered_as_they_are_now(stage: Stage) -> None:
    """Pain 6."""
    await stage.says("We send a new oen", thread=CARD, ts="1790000005.000001")
    await stage.event(edited("We send a new one", "We send a new oen"))
    await stage.event(edited("We send a new one", "We send a new oen"))

    first, second = (act.action for act in stage.work)
    assert isinstance(first, OfferWords)
    assert isinstance(second, OfferWords)
    assert (first.id, second.text) == (second.id, "We send a new one")


def edited(now: str, before: str, **more: Any) -> dict[str, Any]:
    message = {
        "user": ANNA,
        "text": now,
        "ts": "1790000005.000001",
        "thread_ts": CARD,
        "edited": {"user": ANNA, "ts": "1790000006.000000"},
        **more,
    }
    return {
        "type": "message",
        "subtype": "message_changed",
        "channel": ROOM,
        "message": message,
        "previous_message": {"user": ANNA, "text": before, "ts": message["ts"]},
    }


@pytest.mark.parametrize(
    "more",
    [
        {"text": "same"},  # a preview was added
        {"edited": {"user": "U9ADMIN", "ts": "1"}},
        {"edited": None},
        {"bot_id": "B0BOT"},
    ],
)
async def test_a_change_that_is_no_edit_of_the_author_offers_nothing(
    stage: Stage, more: dict[str, Any]
) -> None:
    assert (
        await stage.event(edited("other" if "text" not in more else "same", "same", **more)) == 200
    )
    assert stage.work == []


async def test_deleted_words_are_offered_no_more(stage: Stage) -> None:
    previous = {"user": ANNA, "text": "x", "ts": "1790000005.000001", "thread_ts": CARD}
    await stage.event(
        {
            "type": "message",
            "subtype": "message_deleted",
            "channel": ROOM,
            "deleted_ts": previous["ts"],
            "previous_message": previous,
        }
    )

    [act] = stage.work
    assert act.action == DropOffered(conversation_id=ABOUT, id=f"slack:{ROOM}:{previous['ts']}")


# ── to Parley ────────────────────────────────────────────────────────────────


async def test_a_mention_is_a_command_about_its_thread(stage: Stage) -> None:
    """Pain 2."""
    await stage.event(mention(stage, "note she called twice"))

    [act] = stage.work
    assert act.action == AddNote(conversation_id=ABOUT, text="she called twice")


async def test_a_mention_that_slack_tells_of_twice_is_done_once(stage: Stage) -> None:
    """Pain 8: the same message arrives as a mention and as a message, in either order."""
    for first, second in (("app_mention", "message"), ("message", "app_mention")):
        said = mention(stage, "note twice?", ts=f"1790000007.{first == 'message':06}")
        await stage.event({**said, "type": first})
        await stage.event({**said, "type": second})
    assert [act.action.text for act in stage.work] == ["twice?"] * 2  # type: ignore[union-attr]


async def test_a_mention_is_no_offer_even_before_parley_knows_its_own_name(stage: Stage) -> None:
    """Slack's payload without our name: what may be to us waits for the mention."""
    stage.platform._workspaces._known.clear()
    said = mention(stage, "note careful")
    await stage.event({**said, "type": "message"}, authorizations=[])
    await stage.event(said, authorizations=[])

    [act] = stage.work
    assert act.action == AddNote(conversation_id=ABOUT, text="careful")


async def test_leads_assign_by_mention(stage: Stage) -> None:
    await stage.event(mention(stage, f"<@{BEN}> please take this, refund above limit"))

    [act] = stage.work
    assert isinstance(act.action, Assign)
    assert (act.action.to, act.action.reason) == (f"slack:{TEAM}:{BEN}", "refund above limit")


async def test_a_number_alone_is_looked_up(stage: Stage) -> None:
    await stage.event(mention(stage, "10045"))

    [asked] = stage.work
    assert isinstance(asked, Ask)
    assert asked.action == LookUp(what="any", query="10045", about=ABOUT)


async def test_what_nobody_understands_is_answered_with_help(stage: Stage) -> None:
    await stage.event(mention(stage, "frobnicate the buyer"))

    [asked] = stage.work
    assert isinstance(asked.action, ShowHelp)


async def test_reply_by_mention_is_offered_and_not_sent(stage: Stage) -> None:
    said = mention(stage, "reply We send a new one.")
    await stage.event(said)

    [act] = stage.work
    assert isinstance(act.action, OfferWords)
    assert act.action.text == "We send a new one."
    assert (act.action.id, act.action.spot) == (f"slack:{ROOM}:{said['ts']}", act.spot)


async def test_a_direct_message_is_to_parley(stage: Stage) -> None:
    await stage.says("10045", channel="D1ANNA", channel_type="im")

    [asked] = stage.work
    assert isinstance(asked, Ask)
    assert asked.action == LookUp(what="any", query="10045")
    assert asked.spot.place == "D1ANNA"


async def test_parleys_own_direct_messages_are_not_to_parley(stage: Stage) -> None:
    await stage.says("hello", channel="D1ANNA", channel_type="im", bot_id="B0BOT")
    assert stage.work == []


async def test_parleys_own_words_are_nobodys_however_slack_tells_of_them(stage: Stage) -> None:
    """Without `bot_id`, too: a reply to itself would never end."""
    await stage.says("hello", channel="D1ANNA", channel_type="im", user=BOT)
    await stage.says("hello", thread=CARD, user=BOT)
    await stage.says(f"<@{BOT}> help", user=BOT)
    assert stage.work == []


async def test_opening_the_home_page_asks_for_it_and_its_messages_tab_does_not(
    stage: Stage,
) -> None:
    await stage.event({"type": "app_home_opened", "user": ANNA, "tab": "messages"})
    await stage.event({"type": "app_home_opened", "user": ANNA, "tab": "home"})

    [asked] = stage.work
    assert (asked.action, asked.spot.place) == (ShowHome(), "home")


# ── shortcuts ────────────────────────────────────────────────────────────────


def shortcut(stage: Stage, name: str, user: str = ANNA, **message: Any) -> dict[str, Any]:
    told = {"user": ANNA, "text": "Dear Lena", "ts": "1790000005.000001", "thread_ts": CARD}
    return {
        "type": "message_action",
        "callback_id": name,
        "trigger_id": "t1",
        "message_ts": told["ts"],
        "user": {"id": user},
        "team": {"id": TEAM},
        "channel": {"id": ROOM},
        "response_url": f"{stage.slack.url}/respond/1",
        "message": {**told, **message},
    }


async def test_a_shortcut_offers_words_for_sending(stage: Stage) -> None:
    await stage.interacts(shortcut(stage, "send_to_buyer"))

    [act] = stage.work
    assert isinstance(act.action, OfferWords)
    assert act.action.text == "Dear Lena"


async def test_somebody_elses_words_are_an_offer_of_whoever_pressed(stage: Stage) -> None:
    await stage.interacts(shortcut(stage, "send_to_buyer", user=BEN))

    [act] = stage.work
    assert isinstance(act.action, OfferWords)
    assert (act.person, act.action.id.endswith(BEN)) == (f"slack:{TEAM}:{BEN}", True)


async def test_a_shortcut_keeps_words_as_a_note(stage: Stage) -> None:
    await stage.interacts(shortcut(stage, "add_as_note"))

    assert [act.action for act in stage.work] == [AddNote(conversation_id=ABOUT, text="Dear Lena")]


@pytest.mark.parametrize(
    ("message", "why"),
    [({"thread_ts": "1.1"}, "thread"), ({"bot_id": "B0BOT"}, "somebody of the team")],
)
async def test_a_shortcut_in_the_wrong_place_says_where_it_works(
    stage: Stage, message: dict[str, Any], why: str
) -> None:
    await stage.interacts(shortcut(stage, "send_to_buyer", **message))
    await stage.settles()

    assert stage.work == []
    assert why in str(stage.slack.responses)


# ── Slack's tokens ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("&amp;lt;!channel&amp;gt;", "&lt;!channel&gt;"),
        ("see <https://shop.example/x?a=1&amp;b=2>", "see https://shop.example/x?a=1&b=2"),
        ("<http://shop.example|shop.example>", "shop.example"),
        ("<http://evil.example|your bank>", "your bank (http://evil.example)"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<tel:+4930123|+4930123>", "+4930123"),
        ("<#C1|general> and <#C2>", "#general and #C2"),
        ("<!here> <!subteam^S1|@desk>", "@here @desk"),
        ("<!date^1700000000^{date}|14 Nov>", "14 Nov"),
        (f"ask <@{BEN}|ben>", "ask @ben"),
        ("a\x00b\ud800", "ab\ufffd"),
        ("1 < 2", "1 < 2"),
    ],
)
def test_slacks_tokens_read_as_what_people_typed(typed: str, meant: str) -> None:
    assert written(typed) == meant


def test_mentions_are_kept_by_id_and_ours_goes() -> None:
    said = spoken(f"<@{BOT}> assign to <@{BEN}|ben> and <@U3X>", TEAM, BOT)

    assert said.text == "assign to @{0} and @{1}"
    assert [one.id for one in said.mentions] == [f"slack:{TEAM}:{BEN}", f"slack:{TEAM}:U3X"]


def test_words_to_a_colleague_begin_with_their_name() -> None:
    assert is_to_somebody("<@U1ANNA> look")
    assert not is_to_somebody("look <@U1ANNA>")
