"""Forms in Slack: there within three seconds, whatever is slow; nothing typed is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from assistant.commands import (
    CheckText,
    Escalate,
    OpenForm,
    SnoozeConversation,
    WriteReply,
)
from assistant.errors import Forbidden, Stale, Unavailable
from assistant.model import ConversationId, PersonId
from assistant.settings import Member
from assistant.surface.cards import (
    Answer,
    Checked,
    Flag,
    Form,
    FormField,
    TranslatedLine,
    Translation,
)
from assistant.surface.keeping import kept_words, words_key
from connectors.rooms.slack.places import person_id
from connectors.store import RedisStore
from tests.slack_fake import ROOM, TEAM, hangs, refuses
from tests.slack_stage import ANNA, BEN, Stage, staged

ABOUT = ConversationId("webchat:v1")
EDIT = json.dumps(
    {"do": {"kind": "open_reply", "conversation_id": ABOUT, "version": 2}, "form": "edit"}
)
BLOCKED = Checked(
    flags=(Flag(severity="block", start=0, end=4, message="No links.", better="See"),),
    checked="1 block",
    blocked=True,
)
CLEAN = Checked(flags=(), checked="Checked: nothing to say", blocked=False)


EDITED = OpenForm(conversation_id=ABOUT, form="edit", version=2)
"""What opened it."""


def reply_form(text: str = "Dear Lena") -> Form:
    return Form(
        kind="edit",
        title="Edit the reply",
        command=WriteReply(conversation_id=ABOUT, text="", based_on=2, seen_seq=3),
        fields=(FormField(name="text", kind="words", label="Reply", value=text),),
        submit="Send",
        may_check=True,
    )


def escalate_form() -> Form:
    return Form(
        kind="escalate",
        title="Escalate",
        command=Escalate(conversation_id=ABOUT, reason=""),
        fields=(FormField(name="reason", kind="words", label="Why"),),
        submit="Escalate",
    )


@pytest.fixture
async def stage(store: RedisStore, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(store, tmp_path) as stage:
        stage.desk.answers[OpenForm] = lambda command: Answer(opened=reply_form())
        stage.desk.answers[CheckText] = lambda command: Answer(card=CLEAN)
        yield stage


async def opened(stage: Stage, value: str = EDIT, user: str = ANNA) -> dict[str, Any]:
    """Press the button; the modal as it stands there in the end."""
    before = set(stage.slack.views)
    await stage.interacts(stage.press(value, user=user))
    await stage.settles()
    [name] = set(stage.slack.views) - before
    return stage.slack.views[name]


def typed(view: dict[str, Any], name: str, text: str) -> dict[str, Any]:
    """The modal with *text* in one of its fields."""
    block = next(
        one for one in view["blocks"] if str(one.get("block_id")).startswith(f"field:{name}:")
    )
    element = {"type": block["element"]["type"], "value": text}
    state = {"values": {block["block_id"]: {block["element"]["action_id"]: element}}}
    return {**view, "state": state, "team_id": TEAM}


async def submit(stage: Stage, view: dict[str, Any], user: str = ANNA) -> tuple[int, Any]:
    payload = {
        "type": "view_submission",
        "user": {"id": user},
        "team": {"id": TEAM},
        "view": view,
    }
    answer = await stage.interacts(payload)
    text = await answer.text()
    return answer.status, json.loads(text) if text else None


async def act_in(stage: Stage, view: dict[str, Any], action: dict[str, Any]) -> None:
    payload = {
        "type": "block_actions",
        "user": {"id": ANNA},
        "team": {"id": TEAM},
        "container": {"type": "view", "view_id": view["id"]},
        "view": view,
        "trigger_id": "t9",
        "actions": [{"action_ts": "1.1", **action}],
    }
    assert (await stage.interacts(payload)).status == 200
    await stage.settles()


def shown(view: dict[str, Any]) -> str:
    return json.dumps(view, ensure_ascii=False)


# ── opening ──────────────────────────────────────────────────────────────────


async def test_a_form_opens_with_what_the_desk_gives(stage: Stage) -> None:
    view = await opened(stage)

    assert "Dear Lena" in shown(view)
    [(command, actor, _)] = stage.desk.handled
    assert command == OpenForm(conversation_id=ABOUT, form="edit", version=2)
    assert actor.id == f"slack:{TEAM}:{ANNA}"
    assert stage.store.work == []


async def test_a_waiting_form_is_there_within_the_triggers_three_seconds(stage: Stage) -> None:
    """Pain 15: with a hung desk and shop, the form waits, not the person."""
    stage.desk.hangs = {OpenForm}
    began = monotonic()

    answer = await stage.interacts(stage.press(EDIT))
    while not stage.slack.called("views.open"):
        await asyncio.sleep(0.01)

    assert answer.status == 200
    assert monotonic() - began < 3
    assert "One moment" in shown(next(iter(stage.slack.views.values())))


async def test_a_press_whose_trigger_is_over_is_told_to_press_again(stage: Stage) -> None:
    stage.slack.fails("views.open", refuses("expired_trigger_id"))

    await stage.interacts(stage.press(EDIT))
    await stage.settles()

    assert "Press the button again" in str(stage.slack.responses)


async def test_a_form_that_cannot_be_opened_says_why(stage: Stage) -> None:
    def refuse(command: OpenForm) -> Answer:
        raise Stale("Maria approved version 2 a moment ago.")

    stage.desk.answers[OpenForm] = refuse

    assert "Maria approved version 2" in shown(await opened(stage))


async def test_a_guest_gets_no_form(stage: Stage) -> None:
    stage.slack.joins("U3GUEST", is_restricted=True)

    view = await opened(stage, user="U3GUEST")

    assert "Guests" in shown(view)
    assert stage.desk.handled == []


async def test_a_form_is_in_its_readers_language(stage: Stage) -> None:
    stage.slack.people[ANNA]["locale"] = "zh-CN"

    await opened(stage)

    assert stage.desk.handled[0][2] == "zh-Hans"


# ── sending ──────────────────────────────────────────────────────────────────


async def test_a_reply_is_approved_by_its_writer_and_the_form_closes(stage: Stage) -> None:
    view = await opened(stage)

    status, told = await submit(stage, typed(view, "text", "Dear Ms Weber"))

    assert (status, told) == (200, None)
    command, actor, _ = stage.desk.handled[-1]
    assert command == WriteReply(
        conversation_id=ABOUT, text="Dear Ms Weber", based_on=2, seen_seq=3
    )
    assert actor.id == f"slack:{TEAM}:{ANNA}"


async def test_a_blocked_reply_comes_back_with_its_findings_and_its_text(stage: Stage) -> None:
    stage.desk.answers[WriteReply] = lambda command: Answer(card=BLOCKED)
    view = await opened(stage)

    _, told = await submit(stage, typed(view, "text", "http://evil.example"))

    assert told["response_action"] == "update"
    assert "No links." in shown(told["view"])
    assert "http://evil.example" in shown(told["view"])


async def test_a_reply_in_ones_own_language_comes_back_as_the_buyer_would_read_it(
    stage: Stage,
) -> None:
    """S3.1: the field holds exactly what the next press sends; above it is what was typed."""
    line = TranslatedLine(
        typed="It was not sent.",
        wording="Es wurde verschickt.",
        back="It was sent.",
        wrong=("“not” is lost: it may say the opposite.",),
    )
    found = Translation(wording=line.wording, language="de", name="German", lines=(line,))
    held = CLEAN.model_copy(update={"foreign": True, "translation": found})
    stage.desk.answers[WriteReply] = lambda command: Answer(card=held)
    view = await opened(stage)

    _, told = await submit(stage, typed(view, "text", line.typed))

    assert told["response_action"] == "update"
    there = {**told["view"], "id": view["id"], "hash": "h99"}
    for words in ("This is your reply in German.", line.typed, "↩ It was sent.", *line.wrong):
        assert words in shown(there)
    [field] = [one for one in there["blocks"] if "text" in str(one.get("block_id"))]
    assert field["element"]["initial_value"] == line.wording
    assert field["block_id"] not in shown(view), "Slack shows another content by another name alone"

    del stage.desk.answers[WriteReply]
    assert await submit(stage, typed(there, "text", line.wording)) == (200, None)
    assert stage.desk.handled[-1][0].text == line.wording


@pytest.mark.parametrize("error", [Stale, Forbidden, Unavailable])
async def test_a_refused_reply_says_why_at_its_field_and_can_be_sent_again(
    stage: Stage, error: type[Exception]
) -> None:
    def refuse(command: WriteReply) -> Answer:
        raise error("Lena wrote again a moment ago.")

    stage.desk.answers[WriteReply] = refuse
    view = typed(await opened(stage), "text", "Dear Ms Weber")
    _, told = await submit(stage, view)

    [said] = told["errors"].values()
    assert "Lena wrote again" in said
    del stage.desk.answers[WriteReply]
    assert await submit(stage, view) == (200, None)


async def test_the_same_form_sent_twice_at_once_is_one_reply(stage: Stage) -> None:
    """C 11."""
    view = typed(await opened(stage), "text", "Dear Ms Weber")

    await asyncio.gather(*(submit(stage, view) for _ in range(5)))

    replies = [one for one, _, _ in stage.desk.handled if isinstance(one, WriteReply)]
    assert len(replies) == 1


async def test_a_form_sent_again_because_its_answer_got_lost_is_one_reply(stage: Stage) -> None:
    """Pain 8: approved, then the store was away; the same form again sends nothing twice."""
    view = typed(await opened(stage), "text", "Dear Ms Weber")
    handle = stage.desk.handle

    async def lost(command: Any, actor: Any, language: str = "en", **more: Any) -> Answer:
        await handle(command, actor, language, **more)
        raise Unavailable("The store is away.")

    stage.desk.handle = lost  # type: ignore[method-assign]
    _, told = await submit(stage, view)
    assert "The store is away." in str(told["errors"])

    stage.desk.handle = handle  # type: ignore[method-assign]
    assert await submit(stage, {**view, "hash": "another"}) == (200, None)
    replies = [one for one, _, _ in stage.desk.handled if isinstance(one, WriteReply)]
    assert len(replies) == 1
    assert await words_of(stage) is None


async def test_words_still_on_offer_come_back_with_why_and_can_be_sent_then(
    stage: Stage,
) -> None:
    """The buyer wrote meanwhile: the form stays, with the text, and is sent by the next press."""
    still = Answer(text="Lena wrote again.", offer="slack:C1:1.1")
    stage.desk.answers[WriteReply] = lambda command: still
    view = typed(await opened(stage), "text", "Dear Ms Weber")

    _, told = await submit(stage, view)
    assert told["response_action"] == "update"
    assert "Lena wrote again." in shown(told["view"])
    assert "Dear Ms Weber" in shown(told["view"])
    assert await words_of(stage) == "Dear Ms Weber"

    del stage.desk.answers[WriteReply]
    again = typed({**told["view"], "id": view["id"], "hash": "h99"}, "text", "Dear Ms Weber")
    assert await submit(stage, again) == (200, None)
    replies = [one for one, _, _ in stage.desk.handled if isinstance(one, WriteReply)]
    assert len(replies) == 2
    assert await words_of(stage) is None


async def test_a_reply_that_goes_on_while_the_store_was_slow_is_told_in_its_form(
    stage: Stage,
) -> None:
    """No form says that nothing was done while its reply goes out."""
    view = typed(await opened(stage), "text", "Dear Ms Weber")
    stage.store.slow_to_keep_s = 1.5
    stage.desk.slow_s = 1.5
    began = monotonic()

    _, told = await submit(stage, view)
    took = monotonic() - began
    await stage.settles()

    assert took < 2.7
    assert "longer than usual" in shown(told["view"])
    assert "Done." in shown(stage.slack.views[view["id"]])


async def test_a_reply_whose_request_is_given_up_is_told_in_its_form(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.rooms.slack.listeners.ANSWER_S", 0.3)
    view = typed(await opened(stage), "text", "Dear Ms Weber")
    stage.desk.slow_s = 0.6

    await submit(stage, view)
    await stage.settles()

    assert "Done." in shown(stage.slack.views[view["id"]])


async def test_an_empty_reply_is_refused_at_its_field(stage: Stage) -> None:
    view = typed(await opened(stage), "text", "")
    view["blocks"] = [
        {**one, "element": {**one["element"], "initial_value": ""}} if "element" in one else one
        for one in view["blocks"]
    ]
    _, told = await submit(stage, view)

    assert told["response_action"] == "errors"
    assert not any(isinstance(one, WriteReply) for one, _, _ in stage.desk.handled)


async def test_a_slow_approval_is_answered_in_time_and_its_result_appears(stage: Stage) -> None:
    view = typed(await opened(stage), "text", "Dear Ms Weber")
    done = asyncio.Event()
    handle = stage.desk.handle

    async def slow(command: Any, actor: Any, language: str = "en", **more: Any) -> Answer:
        await done.wait()
        return await handle(command, actor, language, **more)

    stage.desk.handle = slow  # type: ignore[method-assign]
    began = monotonic()
    _, told = await submit(stage, view)
    took = monotonic() - began
    done.set()
    await stage.settles()

    assert took < 3
    assert "longer than usual" in shown(told["view"])
    assert "Done." in shown(stage.slack.views[view["id"]])


async def test_every_other_form_becomes_durable_work(stage: Stage) -> None:
    stage.desk.answers[OpenForm] = lambda command: Answer(opened=escalate_form())
    press = {"do": {"kind": "escalate", "conversation_id": ABOUT, "reason": ""}, "form": "escalate"}
    view = typed(await opened(stage, json.dumps(press)), "reason", "above my limit")
    for _ in range(3):
        assert await submit(stage, view) == (200, None)

    [act] = stage.work
    assert act.action == Escalate(conversation_id=ABOUT, reason="above my limit")
    assert (act.spot.place, act.spot.room) == (ROOM, "slack")


async def test_a_form_that_is_not_kept_stays_open_with_its_text(stage: Stage) -> None:
    stage.desk.answers[OpenForm] = lambda command: Answer(opened=escalate_form())
    press = {"do": {"kind": "escalate", "conversation_id": ABOUT, "reason": ""}, "form": "escalate"}
    view = typed(await opened(stage, json.dumps(press)), "reason", "above my limit")
    stage.store.down = True

    status, told = await submit(stage, view)

    assert (status, told["response_action"]) == (200, "errors")
    assert "if nothing has changed, do it again" in str(told["errors"])


async def test_a_form_of_somebody_else_is_refused(stage: Stage) -> None:
    view = typed(await opened(stage), "text", "Dear Ms Weber")

    _, told = await submit(stage, view, user=BEN)

    assert told["response_action"] == "errors"
    assert not any(isinstance(one, WriteReply) for one, _, _ in stage.desk.handled)


async def test_a_form_nobody_opened_is_refused(stage: Stage) -> None:
    view = typed(await opened(stage), "text", "hello")

    _, told = await submit(stage, {**view, "private_metadata": "forged"})

    assert told["response_action"] == "errors"


async def test_a_snooze_is_at_the_writers_own_time(stage: Stage) -> None:
    snooze = Form(
        kind="snooze",
        title="Snooze",
        command=SnoozeConversation(conversation_id=ABOUT),
        fields=(FormField(name="until", kind="line", label="Until"),),
        submit="Snooze",
    )
    stage.desk.answers[OpenForm] = lambda command: Answer(opened=snooze)
    press = {"do": {"kind": "snooze_conversation", "conversation_id": ABOUT}, "form": "snooze"}
    view = typed(await opened(stage, json.dumps(press)), "until", "tomorrow")

    await submit(stage, view)

    [act] = stage.work
    assert isinstance(act.action, SnoozeConversation)
    assert act.action.until is not None
    assert act.action.until.utcoffset().total_seconds() == 3600  # type: ignore[union-attr]
    assert act.action.until.hour == 9


# ── checking and keeping ─────────────────────────────────────────────────────


async def test_a_check_shows_findings_beside_the_typed_text(stage: Stage) -> None:
    view = typed(await opened(stage), "text", "http://evil.example")
    stage.desk.answers[CheckText] = lambda command: Answer(card=BLOCKED)

    await act_in(stage, view, {"action_id": "check", "type": "button"})

    now = shown(stage.slack.views[view["id"]])
    assert "No links." in now
    assert "http://evil.example" in now


async def test_better_words_are_put_in_and_checked(stage: Stage) -> None:
    view = typed(await opened(stage), "text", "http://evil.example")
    value = json.dumps([0, "http://evil.example", "See your order page"])

    await act_in(stage, view, {"action_id": "better:0", "type": "button", "value": value})

    assert "See your order page" in shown(stage.slack.views[view["id"]])
    check = [one for one, _, _ in stage.desk.handled if isinstance(one, CheckText)]
    assert check[-1].text == "See your order page"


async def words_of(stage: Stage, user: str = ANNA) -> str | None:
    """What is kept for its author: `OpenForm` brings it back."""
    key = words_key(person_id(TEAM, user), ABOUT, "edit", EDITED)
    found = kept_words(await stage.store.kept(key))
    return found.text if found else None


async def test_words_typed_and_never_sent_are_kept_for_their_author(stage: Stage) -> None:
    """Closing by mistake loses nothing; the words are their author's alone."""
    view = typed(await opened(stage), "text", "Dear Ms Weber, half a sen")
    await act_in(stage, view, {"action_id": "typed:text", "type": "plain_text_input"})

    assert await words_of(stage) == "Dear Ms Weber, half a sen"
    assert await words_of(stage, BEN) is None


async def test_a_draft_that_nobody_changed_is_nobodys_words(stage: Stage) -> None:
    view = typed(await opened(stage), "text", "Dear Lena")
    await act_in(stage, view, {"action_id": "check", "type": "button"})

    assert await words_of(stage) is None


async def test_a_member_has_their_words_on_every_platform(
    store: RedisStore, tmp_path: Path
) -> None:
    lena = Member(id=PersonId("lena"), ids=(person_id(TEAM, ANNA),), name="Lena")
    async with staged(store, tmp_path, members=(lena,)) as stage:
        stage.desk.answers[OpenForm] = lambda command: Answer(opened=reply_form())
        view = typed(await opened(stage), "text", "half a sen")
        await act_in(stage, view, {"action_id": "typed:text", "type": "plain_text_input"})

        assert await stage.store.kept(words_key(lena.id, ABOUT, "edit", EDITED))


async def test_words_of_a_failed_send_are_kept_and_sent_ones_are_not(stage: Stage) -> None:
    def refuse(command: WriteReply) -> Answer:
        raise Stale("Lena wrote again.")

    stage.desk.answers[WriteReply] = refuse
    view = typed(await opened(stage), "text", "a long letter")
    await submit(stage, view)
    assert await words_of(stage) == "a long letter"

    del stage.desk.answers[WriteReply]
    await submit(stage, view)
    assert await words_of(stage) is None


async def test_what_slack_tells_of_a_sent_form_comes_late_and_brings_nothing_back(
    stage: Stage,
) -> None:
    view = typed(await opened(stage), "text", "a long letter")
    await submit(stage, view)
    await act_in(stage, view, {"action_id": "typed:text", "type": "plain_text_input"})

    assert await words_of(stage) is None
    assert await submit(stage, view) == (200, None)
    assert len([one for one, _, _ in stage.desk.handled if isinstance(one, WriteReply)]) == 1


async def test_a_form_closed_by_mistake_keeps_what_slack_says_of_it(stage: Stage) -> None:
    view = typed(await opened(stage), "text", "nearly done")
    payload = {"type": "view_closed", "user": {"id": ANNA}, "team": {"id": TEAM}, "view": view}

    assert (await stage.interacts(payload)).status == 200

    assert await words_of(stage) == "nearly done"


async def test_a_slow_slack_holds_up_nobody_else(stage: Stage) -> None:
    stage.slack.fails("views.open", hangs(1))
    await stage.interacts(stage.press(EDIT))

    began = monotonic()
    press = json.dumps({"do": {"kind": "take_conversation", "conversation_id": ABOUT}})
    answer = await stage.interacts(stage.press(press))

    assert answer.status == 200
    assert monotonic() - began < 0.5
    await stage.settles()
