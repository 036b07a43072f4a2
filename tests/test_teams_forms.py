"""Forms and presses of Teams: what is typed stays, what comes back is understood or refused."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.commands import (
    ACTION,
    Action,
    ApproveDraft,
    Assign,
    CheckText,
    OfferWords,
    SnoozeConversation,
    WriteReply,
)
from assistant.errors import Refused
from assistant.model import ConversationId, Spot
from assistant.surface.cards import Button, FormField, Row
from assistant.words import words
from connectors.rooms.teams.forms import TYPED, form_post
from connectors.rooms.teams.menus import action_of
from connectors.rooms.teams.press import (
    Pressed,
    pressed,
    to_check,
    to_do,
    to_open,
    to_reword,
    to_submit,
)
from tests.teams_limits import check, inputs, presses, shown, titles
from tests.teams_samples import (
    ABOUT,
    ASSIGN,
    COMMANDS,
    HOSTILE,
    SNOOZE,
    TEXT,
    flags,
    form,
    texts,
)

EN = words("en")
GENTLE = settings(max_examples=12, deadline=None)
GUID = "7d2b3f00-1111-4222-8333-0123456789ab"


# ── forms ────────────────────────────────────────────────────────────────────


def test_the_edit_form_has_the_draft_what_it_answers_and_sends_checks_or_goes_back() -> None:
    """Forms are cards with inputs."""
    found = form_post(form(), EN)
    check(found)
    assert inputs(found.card)["text"]["value"] == TEXT
    assert inputs(found.card)["text"]["isMultiline"] is True
    assert "Die Kanne kam zu spät." in shown(found.card)
    assert titles(found.card) == ["Send", "Check the text", "Cancel"]
    cancel = found.card["actions"][-1]
    assert cancel["associatedInputs"] == "none"
    assert pressed(cancel["data"]).command.kind == "open_conversation"


def test_what_was_typed_stays_when_the_form_comes_back_refused() -> None:
    """Pain 9: nothing that somebody wrote is lost."""
    typed = {"text": "My own words.", "override": "because"}
    found = form_post(form(), EN, typed=typed, refusal="Lena wrote again.")
    check(found)
    assert inputs(found.card)["text"]["value"] == "My own words."
    assert inputs(found.card)["override"]["value"] == "because"
    assert "Lena wrote again." in shown(found.card)


@pytest.mark.parametrize("foreign", HOSTILE)
def test_what_is_typed_comes_back_letter_for_letter(foreign: str) -> None:
    """It is what gets sent: nothing is parted in it, only controls go."""
    typed = {"text": f"Hello {foreign}"}
    found = form_post(form(), EN, typed=typed)
    value = inputs(found.card)["text"]["value"]
    assert value == typed["text"].translate(dict.fromkeys([0, 7, 27, 0x202D, 0x202E]))


def test_each_finding_has_a_press_that_takes_its_better_wording() -> None:
    found = form_post(form(flags=flags("block", "tip"), blocked=True), EN)
    check(found)
    take = next(one for one in presses(found.card) if one["title"] == "Take this wording")
    typed = {**take["data"], "text": TEXT}

    understood = pressed(typed)

    assert (understood.step, understood.form) == ("check", "edit")
    assert understood.values["text"] == TEXT.replace("heute", "morgen")


def test_a_better_wording_takes_the_place_nearest_to_where_it_stood() -> None:
    data = to_reword(form().command, "edit", "heute", "morgen", 20)
    text = "heute, wie gesagt, heute, und heute"
    assert pressed({**data, "text": text}).values["text"] == "heute, wie gesagt, morgen, und heute"
    assert pressed({**data, "text": "gestern"}).values["text"] == "gestern"


def test_people_are_chosen_from_those_we_know_or_teams_own_picker() -> None:
    found = form_post(ASSIGN, EN)
    check(found)
    chosen = inputs(found.card)["to"]
    assert chosen["choices.data"]["dataset"] == "graph.microsoft.com/users?scope=currentContext"
    assert [one["value"] for one in chosen["choices"]] == ["teams:olga"]
    submit = found.card["actions"][0]["data"]
    assert pressed({**submit, "to": GUID, "reason": ""}).values == {
        "to": f"teams:{GUID}",
        "reason": "",
    }


def test_a_person_who_was_picked_is_still_picked_when_the_form_comes_back() -> None:
    again = form_post(ASSIGN, EN, typed={"to": f"teams:{GUID}"}, refusal="Say why.")
    assert inputs(again.card)["to"]["value"] == GUID
    known = form_post(ASSIGN, EN, typed={"to": "teams:olga"}, refusal="Say why.")
    assert inputs(known.card)["to"]["value"] == "teams:olga"


def test_a_moment_is_a_day_and_a_time() -> None:
    typed = {"until": "at", "until_at": "2026-11-23T14:30"}
    found = form_post(SNOOZE, EN, typed=typed)
    check(found)
    assert inputs(found.card)["until_day"]["value"] == "2026-11-23"
    assert inputs(found.card)["until_time"]["value"] == "14:30"
    data = {**found.card["actions"][0]["data"], "until": "at"}
    assert pressed({**data, "until_day": "2026-11-23", "until_time": "14:30"}).values == typed
    assert pressed({**data, "until_day": "2026-11-23"}).values["until_at"] == "2026-11-23T09:00"
    assert "until_at" not in pressed({**data, "until_day": "", "until_time": ""}).values


def test_a_text_too_long_for_a_card_is_not_offered_for_editing_and_never_cut() -> None:
    long = FormField(name="text", kind="words", label="Reply", value="x" * (TYPED + 1))
    found = form_post(form(fields=(long,)), EN)
    check(found)
    assert inputs(found.card) == {}
    assert "too long for a form in Teams" in shown(found.card)
    typed = {"text": "é" * TYPED}
    kept = form_post(form(), EN, typed=typed, refusal="No.")
    check(kept)
    assert inputs(kept.card)["text"]["value"] == typed["text"]


@GENTLE
@given(texts(100), texts(3_000))
def test_forms_fit_whatever_stands_beside_them(short: str, long: str) -> None:
    found = form(
        title=short,
        heading=long,
        submit=short or "Send",
        beside=(Row(label=short, value=long),) * 6,
        flags=flags(*["block", "warn", "tip"] * 4),
        fields=(
            FormField(name="text", kind="words", label=short, hint=long, value=short[:500]),
            FormField(name="reason", kind="line", label=long, required=False),
        ),
    )
    check(form_post(found, EN, refusal=long))


# ── presses ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.kind)
def test_every_command_comes_back_as_it_went(command: Action) -> None:
    assert pressed(to_do(command)) == Pressed(command, "do")
    assert pressed(to_open(command, "edit")) == Pressed(command, "open", "edit")
    button = Button(label="Press", command=command)
    assert pressed(action_of(button)["fallback"]["data"]).command == command


def test_all_that_people_do_is_among_those() -> None:
    never = {"offer_words", "check_text", "preview_translation"}
    kinds = {get_args(one.model_fields["kind"].annotation)[0] for one in get_args(Action)}
    assert {one.kind for one in COMMANDS} == kinds - never


def test_a_form_brings_its_fields_and_nothing_else() -> None:
    data = {**to_submit(ASSIGN.command, "assign"), "to": "teams:olga", "actor": "teams:boss"}
    assert pressed(data) == Pressed(ASSIGN.command, "submit", "assign", {"to": "teams:olga"})
    assert pressed({**to_check(form().command, "edit"), "text": "a\r\nb"}).values == {
        "text": "a\nb"
    }


def test_where_a_card_names_no_conversation_its_thread_does() -> None:
    long = ConversationId("webhook:" + "x" * 400)
    data = to_do(ApproveDraft(conversation_id=long, version=1))
    assert pressed(data, here=long).command == ApproveDraft(conversation_id=long, version=1)
    with pytest.raises(Refused):
        pressed(data)
    named = to_do(ApproveDraft(conversation_id=ABOUT, version=1))
    assert pressed(named, here=long).command == ApproveDraft(conversation_id=ABOUT, version=1)


FORGED: list[dict[str, Any]] = [
    {},
    {"parley": None},
    {"parley": "approve_draft"},
    {"parley": []},
    {"parley": {"kind": "approve_draft"}},
    {"parley": {"kind": "no_such_thing", "conversation_id": ABOUT}},
    {"parley": {"kind": "send_reply", "conversation_id": ABOUT, "version": 1}},
    {"parley": {"kind": "receive_message", "incoming": {}}},
    {"parley": {"kind": "approve_draft", "conversation_id": ABOUT, "version": "x"}},
    {"parley": {"kind": "approve_draft", "conversation_id": ABOUT, "version": 1, "override": "I"}},
    {"parley": {"kind": "write_reply", "conversation_id": ABOUT, "text": "Pay me"}},
    {"parley": {"kind": "escalate", "conversation_id": ABOUT, "reason": "forged"}},
    to_do(CheckText(conversation_id=ABOUT, text="")),
    to_do(OfferWords(conversation_id=ABOUT, id="1", text="", spot=Spot(room="orders"))),
    {**to_do(Assign(conversation_id=ABOUT, to=None)), "open": "no_form"},
    {**to_do(Assign(conversation_id=ABOUT, to=None)), "open": ["edit"]},
    {**to_do(Assign(conversation_id=ABOUT, to=None)), "open": "assign", "submit": "assign"},
    {**to_submit(ASSIGN.command, "assign"), "to": {"id": "boss"}},
    {**to_submit(ASSIGN.command, "assign"), "reason": 7},
    {**to_submit(form().command, "edit"), "text": "x" * 50_001},
]


@pytest.mark.parametrize("data", FORGED, ids=range(len(FORGED)))
def test_what_no_card_of_ours_carries_is_refused_with_a_sentence(data: dict[str, Any]) -> None:
    """Never an open door."""
    with pytest.raises(Refused, match=r"\.$"):
        pressed(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
KEYS = st.sampled_from(["parley", "open", "check", "submit", "text", "to", "was", "now", "at"])


@GENTLE
@given(st.dictionaries(KEYS | st.text(max_size=5), JSON, max_size=8))
def test_nothing_that_comes_in_breaks_it(data: dict[str, Any]) -> None:
    """A command, or a refusal; no other error."""
    for carried in (
        data,
        {**to_submit(WriteReply(conversation_id=ABOUT, text=""), "edit"), **data},
    ):
        try:
            understood = pressed(carried)
        except Refused:
            continue
        ACTION.validate_python(understood.command.model_dump())


def test_a_snooze_s_press_opens_its_form() -> None:
    command = SnoozeConversation(conversation_id=ABOUT)
    data = action_of(Button(label="Snooze", command=command, form="snooze"))["data"]
    assert pressed(data) == Pressed(command, "open", "snooze")
