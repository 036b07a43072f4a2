"""Slack's door: what is not Slack's is refused without a trace; what is, is kept or not acked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from urllib.parse import urlencode

import pytest

from assistant.commands import Act, ApproveDraft, Ask, LookUp, OfferWords, ShowHome
from assistant.model import ConversationId, PersonId
from connectors.rooms.slack.edge import loaded, parsed
from connectors.rooms.slack.signature import sign
from connectors.store import RedisStore
from tests.slack_fake import ROOM, TEAM
from tests.slack_stage import ANNA, BEN, SECRET, Stage, staged

CARD = "1790000000.000001"
APPROVE = json.dumps(
    {"do": {"kind": "approve_draft", "conversation_id": "webchat:v1", "version": 1}}
)
EVENT = json.dumps(
    {
        "type": "event_callback",
        "team_id": TEAM,
        "event_id": "Ev1",
        "event": {"type": "app_home_opened", "user": ANNA, "tab": "home"},
    }
).encode()
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.fixture
async def stage(store: RedisStore, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(store, tmp_path) as stage:
        yield stage


# ── the signature matrix ─────────────────────────────────────────────────────


async def test_a_signed_event_is_kept_and_acknowledged(stage: Stage) -> None:
    answer = await stage.deliver(EVENT, JSON)

    assert answer.status == 200
    [asked] = stage.work
    assert isinstance(asked, Ask)
    assert (asked.person, asked.action) == (f"slack:{TEAM}:{ANNA}", ShowHome())


@pytest.mark.parametrize(
    ("changes", "secret", "seconds"),
    [
        ({"X_Slack_Signature": "-"}, SECRET, 0),
        ({"X_Slack_Request_Timestamp": "-"}, SECRET, 0),
        ({"X_Slack_Signature": "v0=" + "0" * 64}, SECRET, 0),
        ({"X_Slack_Signature": "v0=" + "0" * 63}, SECRET, 0),
        ({"X_Slack_Signature": "v0="}, SECRET, 0),
        ({"X_Slack_Signature": "v0=ünicode"}, SECRET, 0),
        ({"X_Slack_Request_Timestamp": "yesterday"}, SECRET, 0),
        ({"X_Slack_Request_Timestamp": "+1790000000"}, SECRET, 0),
        ({"X_Slack_Request_Timestamp": "9" * 400}, SECRET, 0),
        ({}, "another tenant's secret", 0),
        ({}, "", 0),
        ({}, SECRET, -301),
        ({}, SECRET, 301),
    ],
)
async def test_what_slack_did_not_sign_is_refused_and_leaves_nothing(
    stage: Stage, changes: dict[str, str], secret: str, seconds: float
) -> None:
    """D: missing, wrong, truncated, another tenant's, stale, from the future."""
    at = stage.clock().timestamp() + seconds
    for body, mime in ((EVENT, JSON), (urlencode({"payload": "{}"}).encode(), FORM)):
        answer = await stage.deliver(body, mime, secret=secret, at=at, **changes)
        assert answer.status == 401
    assert stage.store.work == []
    figures = await stage.store.figures()
    assert not any(count for name, count in figures.items() if name.startswith("pending"))


async def test_a_truncated_signature_of_the_right_body_is_refused(stage: Stage) -> None:
    stamp = str(int(stage.clock().timestamp()))
    whole = sign(EVENT, stamp, SECRET).decode()

    for part in (whole[:-1], whole[:20], whole.removeprefix("v0="), whole + "0"):
        answer = await stage.deliver(EVENT, JSON, X_Slack_Signature=part)
        assert answer.status == 401
    assert stage.store.work == []


async def test_a_body_written_anew_does_not_match_its_signature(stage: Stage) -> None:
    """The signature is over the bytes as they came, not over what they mean."""
    stamp = str(int(stage.clock().timestamp()))
    signed = sign(EVENT, stamp, SECRET).decode()
    rewritten = json.dumps(json.loads(EVENT), separators=(",", ":")).encode()

    answer = await stage.deliver(rewritten, JSON, X_Slack_Signature=signed)

    assert answer.status == 401
    assert stage.store.work == []


async def test_a_challenge_is_answered_only_when_it_is_signed(stage: Stage) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a"}).encode()

    unsigned = await stage.deliver(body, JSON, X_Slack_Signature="-")
    signed = await stage.deliver(body, JSON)

    assert unsigned.status == 401
    assert "3eZbrw1a" not in await unsigned.text()
    assert (signed.status, await signed.json()) == (200, {"challenge": "3eZbrw1a"})


async def test_a_large_body_is_refused_before_anybody_reads_it(stage: Stage) -> None:
    answer = await stage.deliver(b"{" + b" " * (1 << 20) + b"}", JSON)

    assert answer.status == 413
    assert stage.store.work == []


async def test_a_compressed_body_is_refused(stage: Stage) -> None:
    answer = await stage.deliver(EVENT, JSON, Content_Encoding="gzip")

    assert answer.status == 415
    assert stage.store.work == []


@pytest.mark.parametrize(
    ("body", "mime"),
    [
        (b"", JSON),
        (b"[]", JSON),
        (b"{", JSON),
        (b"\xff\xfe", JSON),
        (b"[" * 100_000, JSON),
        (b"payload=%7B", FORM),
        (b"payload=[]", FORM),
        (b"payload=%ff", FORM),
    ],
)
async def test_what_is_signed_and_makes_no_sense_is_refused(
    stage: Stage, body: bytes, mime: str
) -> None:
    answer = await stage.deliver(body, mime)

    assert answer.status == 400
    assert stage.store.work == []


async def test_only_posts_are_taken(stage: Stage) -> None:
    assert stage.http is not None
    assert (await stage.http.get("/slack/events")).status == 405


async def test_a_kind_of_event_that_nobody_knows_is_acknowledged(stage: Stage) -> None:
    assert await stage.event({"type": "channel_rename", "channel": {"id": ROOM}}) == 200
    assert stage.store.work == []


async def test_slack_withholding_events_is_said_loudly(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps({"type": "app_rate_limited", "team_id": TEAM, "minute_rate_limited": 1})

    answer = await stage.deliver(body.encode(), JSON)

    assert answer.status == 200
    assert "withholds events" in caplog.text


# ── kept, once, or not acknowledged ──────────────────────────────────────────


async def test_an_event_delivered_again_is_done_once(stage: Stage) -> None:
    """Pain 8: the key is the event's, not the retry header's."""
    for attempt in range(4):
        more = {"X_Slack_Retry_Num": str(attempt)} if attempt else {}
        assert (await stage.deliver(EVENT, JSON, **more)).status == 200
    assert len(stage.work) == 1


async def test_an_event_that_is_not_kept_is_not_acknowledged(stage: Stage) -> None:
    """Slack delivers it again; then it is kept."""
    stage.store.down = True
    refused = await stage.deliver(EVENT, JSON)
    stage.store.down = False
    again = await stage.deliver(EVENT, JSON)

    assert (refused.status, again.status) == (503, 200)
    assert len(stage.work) == 1


async def test_a_store_that_hangs_is_answered_within_three_seconds(stage: Stage) -> None:
    stage.store.hangs = True
    began = monotonic()

    answer = await stage.deliver(EVENT, JSON)

    assert answer.status == 503
    assert monotonic() - began < 3


async def test_a_press_that_is_not_kept_says_so_to_whoever_pressed(stage: Stage) -> None:
    stage.store.down = True

    answer = await stage.interacts(stage.press(APPROVE))
    await stage.settles()

    assert answer.status == 503
    [told] = stage.slack.responses
    assert "if nothing has changed, do it again" in json.dumps(told)
    assert told["response_type"] == "ephemeral"


async def test_a_slash_command_that_is_not_kept_says_so_at_once(stage: Stage) -> None:
    stage.store.down = True

    answer = await stage.command("/order", "10045")

    told = await answer.json()
    assert (answer.status, told["response_type"]) == (200, "ephemeral")
    assert "if nothing has changed, do it again" in told["text"]


async def test_a_press_becomes_durable_work_before_it_is_acknowledged(stage: Stage) -> None:
    answer = await stage.interacts(stage.press(APPROVE))

    assert answer.status == 200
    [act] = stage.work
    assert isinstance(act, Act)
    assert act.action == ApproveDraft(conversation_id=ConversationId("webchat:v1"), version=1)
    assert act.person == f"slack:{TEAM}:{ANNA}"
    assert (act.spot.room, act.spot.place, act.spot.message) == ("slack", ROOM, CARD)
    assert stage.slack.called("users.info") == []


async def test_what_a_card_shows_is_not_told_besides(stage: Stage) -> None:
    """A press on a card is quiet; one on what only they see, in a thread or a command is not."""
    alone = stage.press(APPROVE, container={"is_ephemeral": True, "thread_ts": CARD}, ts="9.9")
    del alone["message"]
    for press in (stage.press(APPROVE), alone):
        await stage.interacts(press)
    await stage.conversation_in(CARD)
    await stage.says("hello", thread=CARD)

    assert [act.quiet for act in stage.work if isinstance(act, Act)] == [True, False, False]
    assert [act.spot.thread for act in stage.work] == [f"slack:{TEAM}:{ROOM}:{CARD}"] * 3


async def test_a_press_delivered_again_is_done_once_and_pressed_again_is_another(
    stage: Stage,
) -> None:
    once = stage.press(APPROVE)
    for _ in range(3):
        await stage.interacts(once)
    await stage.interacts(stage.press(APPROVE))

    assert len(stage.work) == 2


async def test_two_people_who_press_at_once_are_two(stage: Stage) -> None:
    one = stage.press(APPROVE)
    for user in (ANNA, BEN):
        await stage.interacts({**one, "user": {"id": user}})

    assert {act.person for act in stage.work} == {f"slack:{TEAM}:{ANNA}", f"slack:{TEAM}:{BEN}"}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "{}",
        "approve",
        '{"do":{"kind":"drop_tables"}}',
        '{"do":{"kind":"receive_message"}}',
        '{"do":{"kind":"approve_draft","version":"x"}}',
        '{"do":{"kind":"approve_draft","version":1,"conversation_id":7}}',
        "[" * 500,
    ],
)
async def test_a_forged_value_does_nothing_and_is_answered_politely(
    stage: Stage, value: str
) -> None:
    answer = await stage.interacts(stage.press(value))
    await stage.settles()

    assert answer.status == 200
    assert stage.store.work == []
    [told] = stage.slack.responses
    assert "out of date" in json.dumps(told)


async def test_who_acts_is_never_what_a_value_says(stage: Stage) -> None:
    forged = json.dumps(
        {
            "do": {
                "kind": "approve_draft",
                "conversation_id": "webchat:v1",
                "version": 1,
                "actor": {"id": "slack:T1SHOP:UBOSS", "role": "lead"},
            },
            "person": "slack:T1SHOP:UBOSS",
        }
    )
    await stage.interacts(stage.press(forged))

    assert [act.person for act in stage.work] == [PersonId(f"slack:{TEAM}:{ANNA}")]


async def test_a_slash_command_is_a_question_asked_once(stage: Stage) -> None:
    answer = await stage.command("/order", "10045")

    assert (answer.status, await answer.text()) == (200, "")
    [asked] = stage.work
    assert isinstance(asked, Ask)
    assert asked.action == LookUp(what="order", query="10045")
    assert asked.spot.reply_to.endswith("/respond/1")


async def test_a_slash_command_about_a_payload_is_no_payload(stage: Stage) -> None:
    """Bolt's own parser takes a body with the word “payload” for an interaction."""
    await stage.command("/stock", "payload bag")

    [asked] = stage.work
    assert asked.action == LookUp(what="stock", query="payload bag")


async def test_a_button_that_only_opens_a_page_is_acknowledged(stage: Stage) -> None:
    press = stage.press("")
    press["actions"][0]["action_id"] = "link:0"

    assert (await stage.interacts(press)).status == 200
    await stage.settles()
    assert (stage.store.work, stage.slack.responses) == ([], [])


async def test_nobody_of_a_workspace_without_a_room_gets_anything(stage: Stage) -> None:
    """Who installs a public app elsewhere is no agent of ours."""
    await stage.platform._workspaces.own()
    elsewhere = {"id": "T9OTHER"}
    press = {**stage.press(APPROVE), "team": elsewhere, "channel": {"id": "C9OTHER"}}

    assert (await stage.interacts(press)).status == 200
    event = {"type": "app_home_opened", "user": "U9", "tab": "home"}
    assert await stage.event(event, team_id="T9OTHER") == 200
    assert stage.store.work == []


async def test_words_in_the_thread_of_a_card_are_offered(stage: Stage) -> None:
    about = await stage.conversation_in(CARD)

    assert await stage.says("We send a new one &amp; a label", thread=CARD) == 200

    [act] = stage.work
    assert isinstance(act.action, OfferWords)
    assert act.action.conversation_id == about
    assert act.action.text == "We send a new one & a label"
    assert act.action.spot == act.spot
    assert act.spot.thread == f"slack:{TEAM}:{ROOM}:{CARD}"


# ── halves of characters ─────────────────────────────────────────────────────


@pytest.mark.parametrize("half", [chr(0xD800), chr(0xDBFF), chr(0xDFFF)])
def test_halves_of_characters_are_mended_by_whichever_way_they_come(half: str) -> None:
    """Neither UTF-8 nor the store takes them; whole characters beyond the first plane stay."""
    told = json.dumps({f"a{half}": [{"b": f"x{half}y"}], "face": "\U0001f600 한국어"})
    meant = {"a\ufffd": [{"b": "x\ufffdy"}], "face": "\U0001f600 한국어"}

    assert parsed(JSON, told.encode()) == meant
    assert parsed(FORM, urlencode({"payload": told}).encode()) == meant
    assert loaded(told.replace("\\ud", "\\uD")) == meant
