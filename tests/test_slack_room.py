"""A Slack channel as a room: cards, threads, private answers, marks, files."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import Rejected, TooLarge, Unavailable, Unsure
from assistant.model import Attachment, ConversationId, PersonId, Spot, ThreadId
from assistant.surface.cards import (
    Alert,
    Answer,
    ConversationCard,
    HomeCard,
    HomeGroup,
    Line,
    Summary,
)
from connectors.rooms.slack.places import HOME, ReplyTo, person_id
from connectors.store import RedisStore
from tests.fakes import START
from tests.slack_fake import ROOM, TEAM, TOKEN, answers, refuses, takes_and_drops
from tests.slack_stage import ANNA, Stage, staged

PERSON = person_id(TEAM, ANNA)
EVIL = "<!channel> <@U1ANNA> <http://evil|https://bank> &lt;!here&gt; *b* `c`"
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 50


@pytest.fixture
async def stage(store: RedisStore, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(store, tmp_path) as stage:
        yield stage


def card(words: str = "Where is my parcel?", **changes: Any) -> ConversationCard:
    return ConversationCard(
        **{
            "id": ConversationId("webchat:v1"),
            "version": 1,
            "seq": 1,
            "summary": Summary(
                id=ConversationId("webchat:v1"),
                buyer="Lena Weber",
                flag="🇩🇪",
                via="Web chat",
                excerpt=words,
                tags=(),
                waiting="2 min",
                owner=None,
                state="open",
            ),
            "due": None,
            "words": words,
            "means": None,
            "may": "",
            **changes,
        }
    )


def line(text: str, said: str | None = None, **changes: Any) -> Line:
    told = {"kind": "note", "at": START, "when": "10:00", "who": "Olga", "text": text, "said": said}
    return Line(**{**told, **changes})


def texts(message: dict[str, Any]) -> str:
    return json.dumps(message["blocks"], ensure_ascii=False)


# ── cards ────────────────────────────────────────────────────────────────────


async def test_a_card_is_posted_once_and_then_kept_current(stage: Stage) -> None:
    thread = await stage.room.show(card(), None)
    again = await stage.room.show(card("It arrived."), thread)

    assert again == thread
    [message] = stage.slack.posted()
    assert thread == f"slack:{TEAM}:{ROOM}:{message['ts']}"
    assert "It arrived." in texts(message)


async def test_the_buyers_words_ping_nobody_and_disguise_nothing(stage: Stage) -> None:
    """Nothing of theirs reaches Slack as markup, in blocks or notification."""
    thread = await stage.room.show(card(EVIL), None)
    await stage.room.tell_thread(thread, [line(EVIL, EVIL, who=EVIL)], again=False)
    await stage.room.alert(Alert(title=EVIL, text=EVIL))
    evil_person = Spot(room="slack", place=ROOM, message="1.1")
    await stage.room.tell(PERSON, evil_person, Answer(text=EVIL))

    for message in (*stage.slack.posted(), *(one.args for one in stage.slack.unseen)):
        for found in markup(message["blocks"]):
            assert "<!" not in found
            assert "<@" not in found
            assert "<http://evil" not in found
        assert "<" not in message["text"]


def markup(node: Any) -> list[str]:
    """Every text in which Slack reads markup."""
    if isinstance(node, dict):
        own = [node["text"]] if node.get("type") == "mrkdwn" else []
        return own + [one for value in node.values() for one in markup(value)]
    return [one for value in node for one in markup(value)] if isinstance(node, list) else []


async def test_a_post_in_doubt_stays_in_doubt(stage: Stage) -> None:
    """C 4, 27: only the desk may post again, and then says so."""
    stage.slack.fails("chat.postMessage", takes_and_drops(stage.slack))

    with pytest.raises(Unsure):
        await stage.room.show(card(), None)
    assert len(stage.slack.posted()) == 1


async def test_an_update_in_doubt_is_just_not_done_yet(stage: Stage) -> None:
    thread = await stage.room.show(card(), None)
    stage.slack.fails("chat.update", answers(500))

    with pytest.raises(Unavailable):
        await stage.room.show(card("again"), thread)
    await stage.room.show(card("again"), thread)
    assert "again" in texts(stage.slack.posted()[0])


async def test_an_archived_channel_is_refused_for_good(stage: Stage) -> None:
    stage.slack.fails("chat.postMessage", refuses("is_archived"))

    with pytest.raises(Rejected, match="archived"):
        await stage.room.show(card(), None)


async def test_a_card_that_somebody_deleted_is_refused_for_good(stage: Stage) -> None:
    with pytest.raises(Rejected) as refused:
        await stage.room.show(card(), ThreadId(f"slack:{TEAM}:{ROOM}:1.1"))
    assert refused.value.code == "message_not_found"


async def test_a_card_that_moved_loses_its_buttons_and_links_the_new_one(stage: Stage) -> None:
    thread = await stage.room.show(card(), None)
    now_at = ThreadId(f"slack:{TEAM}:C2OTHER:1790000009.000001")

    await stage.room.strike_out(thread, now_at, "🇩🇪 Lena Weber")

    [message] = stage.slack.posted()
    assert "https://shop.slack.com/archives/C2OTHER/p1790000009000001" in texts(message)
    assert "Lena Weber" in texts(message)
    assert '"value"' not in texts(message)


# ── threads ──────────────────────────────────────────────────────────────────


async def test_lines_follow_under_the_card_in_order(stage: Stage) -> None:
    thread = await stage.room.show(card(), None)
    await stage.room.tell_thread(thread, [line("first"), line("second")], again=False)
    await stage.room.tell_thread(thread, [line("third")], again=False)

    root, *replies = stage.slack.posted()
    assert {one["thread_ts"] for one in replies} == {root["ts"]}
    told = "".join(texts(one) for one in replies)
    assert told.index("first") < told.index("second") < told.index("third")


async def test_a_long_message_is_split_and_nothing_of_it_is_lost(stage: Stage) -> None:
    """C 34, pain 15: 13,000 characters."""
    thread = await stage.room.show(card(), None)
    said = " ".join(f"word{n}" for n in range(2_000))

    await stage.room.tell_thread(thread, [line("wrote", said)], again=False)

    told = "".join(texts(one) for one in stage.slack.posted()[1:])
    assert all(f"word{n}" in told for n in range(2_000))


async def test_a_delivery_that_broke_off_goes_on_where_it_ended(stage: Stage) -> None:
    """Two long lines make several messages; none of them is there twice."""
    thread = await stage.room.show(card(), None)
    lines = [line("one", "a " * 9_000), line("two", "b " * 9_000)]
    ok = answers_nothing()
    stage.slack.fails("chat.postMessage", ok, refuses("ratelimited", 429, Retry_After="60"))

    with pytest.raises(Unsure):
        await stage.room.tell_thread(thread, lines, again=False)
    before = len(stage.slack.posted())
    rest(stage)
    await stage.room.tell_thread(thread, lines, again=True)

    told = [texts(one) for one in stage.slack.posted()[1:]]
    assert len(set(told)) == len(told) > before - 1
    assert not any("may be here twice" in one for one in told)


async def test_a_line_in_doubt_is_posted_again_and_says_so(stage: Stage) -> None:
    thread = await stage.room.show(card(), None)
    stage.slack.fails("chat.postMessage", takes_and_drops(stage.slack))

    with pytest.raises(Unsure):
        await stage.room.tell_thread(thread, [line("once")], again=False)
    await stage.room.tell_thread(thread, [line("once")], again=True)

    told = [texts(one) for one in stage.slack.posted()[1:]]
    assert ["twice" in one for one in told] == [False, True]


async def test_what_another_process_may_have_posted_says_so(stage: Stage) -> None:
    thread = await stage.room.show(card(), None)

    await stage.room.tell_thread(thread, [line("once")], again=True)

    assert "may be here twice" in texts(stage.slack.posted()[1])


def answers_nothing() -> Any:
    async def fault(call: object) -> None:
        return None

    return fault


def rest(stage: Stage) -> None:
    """The wait that Slack asked for is over."""
    for lane in stage.platform._workspaces._pace._lanes.values():
        lane.held_until = lane.next_at = lane.told_until = 0.0


# ── files ────────────────────────────────────────────────────────────────────


async def kept(stage: Stage, body: bytes = PNG, name: str = "spout.png") -> Attachment:
    async def chunks() -> AsyncIterator[bytes]:
        yield body

    return await stage.parts.files.put(name, "image/png", chunks(), 1 << 20)


async def test_a_buyers_file_is_put_into_the_thread(stage: Stage) -> None:
    """Pain 7."""
    thread = await stage.room.show(card(), None)
    photo = await kept(stage)

    await stage.room.tell_thread(thread, [line("wrote", "look", attachments=(photo,))], again=False)

    [root, _] = stage.slack.posted()
    assert stage.slack.shared == [(ROOM, root["ts"], "spout.png")]
    assert list(stage.slack.files.values()) == [PNG]


@pytest.mark.parametrize("where", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_a_file_that_cannot_be_put_there_is_said_with_its_way(
    store: RedisStore, tmp_path: Path, where: str
) -> None:
    """Pain 7: loud failure."""
    async with staged(store, tmp_path, public_url="https://parley.example.com") as stage:
        thread = await stage.room.show(card(), None)
        photo = await kept(stage)
        stage.slack.fails(where, refuses("storage_limit_reached"))

        lines = [line("wrote", "look", attachments=(photo,))]
        await stage.room.tell_thread(thread, lines, again=False)

        told = texts(stage.slack.posted()[-1])
        assert "spout.png is not here" in told
        assert f"https://parley.example.com/console/files/{photo.sha256}" in told


async def test_a_file_whose_content_nobody_has_is_named(stage: Stage) -> None:
    thread = await stage.room.show(card(), None)
    gone = Attachment(name="gone.pdf", mime="application/pdf", size=10)

    await stage.room.tell_thread(thread, [line("wrote", "look", attachments=(gone,))], again=False)

    assert "gone.pdf" in texts(stage.slack.posted()[-1])


async def test_an_agents_file_is_fetched_with_the_bots_token(stage: Stage) -> None:
    stage.slack.downloads["label.pdf"] = (b"%PDF-1.7", "application/pdf")
    url = f"{stage.slack.url}/files/label.pdf"
    label = Attachment(name="label.pdf", mime="application/pdf", size=8, url=url)

    got = await stage.room.fetch(label)

    assert stage.slack.asked_for_files == [("label.pdf", f"Bearer {TOKEN}")]
    assert got.sha256
    where = Path(stage.parts.files.path(got.sha256) or "")
    assert await asyncio.to_thread(where.read_bytes) == b"%PDF-1.7"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/steal",
        "https://slack.com.evil.example/x",
        "https://files.slack.com@evil.example/x",
        "http://files.slack.com/x",
        "https://files.slack.com:8443/x",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://[bad",
        "",
    ],
)
async def test_the_token_is_given_to_nobody_but_slack(stage: Stage, url: str) -> None:
    """D, SSRF."""
    one = Attachment(name="x", mime="text/plain", size=1, url=url)

    with pytest.raises(Rejected):
        await stage.room.fetch(one)
    assert stage.slack.asked_for_files == []


async def test_slacks_log_in_page_is_no_file(stage: Stage) -> None:
    """Without files:read Slack answers with a page, as a success."""
    stage.slack.downloads["a.png"] = (b"<html>", "text/html")
    one = Attachment(name="a.png", mime="image/png", url=f"{stage.slack.url}/files/a.png")

    with pytest.raises(Rejected, match="files:read"):
        await stage.room.fetch(one)


async def test_a_file_over_its_limit_is_not_kept(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.rooms.slack.attachments.MOST_DOWN", 10)
    stage.slack.downloads["a.png"] = (PNG, "image/png")
    one = Attachment(name="a.png", mime="image/png", url=f"{stage.slack.url}/files/a.png")

    with pytest.raises(TooLarge):
        await stage.room.fetch(one)


# ── one person ───────────────────────────────────────────────────────────────


def spot(stage: Stage, **changes: Any) -> Spot:
    return Spot(**{"room": "slack", "place": ROOM, "message": "9.9", **changes})


async def test_an_answer_goes_to_the_address_slack_gave_while_it_is_good(stage: Stage) -> None:
    url = f"{stage.slack.url}/respond/1"
    reply_to = str(ReplyTo(url, stage.clock(), "message"))
    where = spot(stage, reply_to=reply_to)

    await stage.room.tell(PERSON, where, Answer(text="Maria was faster."))
    [told] = stage.slack.responses
    assert "Maria was faster." in texts(told)
    assert (told["replace_original"], told["response_type"]) == (False, "ephemeral")

    stage.clock.passes(minutes=30)
    await stage.room.tell(PERSON, where, Answer(text="later"))
    [unseen] = stage.slack.unseen
    assert (unseen.args["user"], unseen.args["channel"]) == (ANNA, ROOM)


async def test_an_address_is_used_five_times_and_then_left_alone(stage: Stage) -> None:
    where = spot(
        stage, reply_to=str(ReplyTo(f"{stage.slack.url}/respond/1", stage.clock(), "command"))
    )

    for n in range(7):
        await stage.room.tell(PERSON, where, Answer(text=f"{n}"))

    assert (len(stage.slack.responses), len(stage.slack.unseen)) == (5, 2)


async def test_an_address_that_is_not_slacks_is_never_called(stage: Stage) -> None:
    """D, SSRF."""
    for url in ("https://evil.example/x", "http://10.0.0.1/x", "https://hooks.slack.com.x/y"):
        reply_to = str(ReplyTo(url, stage.clock(), "message"))
        await stage.room.tell(PERSON, spot(stage, reply_to=reply_to), Answer(text="hello"))
    assert len(stage.slack.unseen) == 3


async def test_an_offer_that_was_pressed_gives_way_to_what_came_of_it(stage: Stage) -> None:
    reply_to = str(ReplyTo(f"{stage.slack.url}/respond/1", stage.clock(), "private"))

    await stage.room.tell(PERSON, spot(stage, reply_to=reply_to), Answer(text="Sending in 8 s."))

    assert stage.slack.responses[0]["replace_original"] is True


async def test_words_in_a_thread_are_answered_in_the_thread(stage: Stage) -> None:
    thread = ThreadId(f"slack:{TEAM}:{ROOM}:1.1")

    await stage.room.tell(PERSON, spot(stage, thread=thread), Answer(text="Nobody knows 999."))

    assert stage.slack.unseen[0].args["thread_ts"] == "1.1"


async def test_a_press_on_the_card_itself_is_answered_where_one_sees_it(stage: Stage) -> None:
    thread = ThreadId(f"slack:{TEAM}:{ROOM}:9.9")

    await stage.room.tell(PERSON, spot(stage, thread=thread), Answer(text="too late"))

    assert "thread_ts" not in stage.slack.unseen[0].args


async def test_whoever_is_not_in_the_channel_is_told_directly(stage: Stage) -> None:
    stage.slack.fails("chat.postEphemeral", refuses("user_not_in_channel"))

    await stage.room.tell(PERSON, spot(stage), Answer(text="hello"))

    assert "hello" in texts(stage.slack.posted(f"D{ANNA}")[0])


async def test_a_direct_message_is_answered_in_it(stage: Stage) -> None:
    await stage.room.tell(PERSON, spot(stage, place="D123"), Answer(text="hello"))

    assert "hello" in texts(stage.slack.posted("D123")[0])


@pytest.mark.parametrize("place", [ROOM, "D123", ""])
async def test_what_may_have_been_told_is_not_told_again(stage: Stage, place: str) -> None:
    """Pain 8: Slack took it, and its answer was lost: once is told."""
    for method in ("chat.postEphemeral", "chat.postMessage"):
        stage.slack.fails(method, takes_and_drops(stage.slack))

    await stage.room.tell(PERSON, spot(stage, place=place), Answer(text="hello"))

    posted = [one for channel in stage.slack.messages.values() for one in channel.values()]
    assert len([*stage.slack.unseen, *posted]) == 1


async def test_an_assignee_who_may_have_been_told_is_not_told_again(stage: Stage) -> None:
    stage.slack.fails("chat.postMessage", takes_and_drops(stage.slack))

    await stage.room.notify(PERSON, "Maria gave you this.", card())

    assert len(stage.slack.posted(f"D{ANNA}")) == 1


async def test_an_answer_whose_receipt_was_lost_is_not_told_in_another_way(stage: Stage) -> None:
    stage.slack.drops_responses = True
    reply_to = str(ReplyTo(f"{stage.slack.url}/respond/1", stage.clock(), "message"))

    await stage.room.tell(PERSON, spot(stage, reply_to=reply_to), Answer(text="hello"))

    assert (len(stage.slack.responses), stage.slack.unseen) == (1, [])


async def test_a_persons_page_is_published(stage: Stage) -> None:
    page = HomeCard(title="Anna", groups=(HomeGroup(title="Mine", count=0, empty="Nothing."),))

    await stage.room.tell(PERSON, Spot(room="slack", place=HOME), Answer(card=page))

    assert stage.slack.homes[ANNA]["type"] == "home"


async def test_nothing_to_say_says_nothing(stage: Stage) -> None:
    await stage.room.tell(PERSON, spot(stage), Answer())
    assert (stage.slack.unseen, stage.slack.responses) == ([], [])


async def test_an_assignee_is_told_with_the_way_to_the_thread(stage: Stage) -> None:
    thread = await stage.room.show(card(), None)
    summary = card().summary.model_copy(update={"threads": {"slack": thread}})

    await stage.room.notify(PERSON, "Maria gave you this.", card(summary=summary))

    told = texts(stage.slack.posted(f"D{ANNA}")[0])
    assert "Maria gave you this." in told
    assert "https://shop.slack.com/archives/C1ROOM/p" in told


async def test_a_mark_set_twice_is_set_once(stage: Stage) -> None:
    where = spot(stage)
    for on in (True, True, False, False):
        await stage.room.mark(where, on=on)
        assert len(stage.slack.marks) == int(on)


async def test_somebody_of_another_platform_cannot_be_told_here(stage: Stage) -> None:
    with pytest.raises(Rejected):
        await stage.room.notify(PersonId("teams:29:x"), "hello", card())


async def test_a_fresh_address_is_one_of_the_last_half_hour(stage: Stage) -> None:
    issued = ReplyTo("https://hooks.slack.com/x", stage.clock(), "message")

    assert issued.is_fresh(stage.clock() + timedelta(minutes=28))
    assert not issued.is_fresh(stage.clock() + timedelta(minutes=30))
    assert not issued.is_fresh(stage.clock() - timedelta(minutes=1))
