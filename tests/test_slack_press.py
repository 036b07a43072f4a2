"""Buttons in Slack: each comes back as the command it was, and nothing else comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.commands import (
    ACTION,
    Action,
    AddNote,
    ApproveDraft,
    Assign,
    AttachOrder,
    LookUp,
    MoveConversation,
    OpenForm,
    ReplayFailure,
    SendOffered,
    SettleDoubt,
    ShowHelp,
    ShowQueue,
    TakeConversation,
)
from assistant.errors import Refused
from assistant.model import ConversationId, OrderRef, PersonId
from assistant.surface.cards import Answer, Button, Flag, OfferCard
from assistant.words import words
from connectors.rooms.slack.blocks import answer_posts, card_post
from connectors.rooms.slack.press import better_button, bettered, kind_of, pressed
from tests.slack_cards import ABOUT, HOSTILE, a_card, elements, every_button
from tests.slack_limits import of_message

EN = words("en")
LONG = ConversationId("email:<" + "x" * 1_000 + "@mail.example.com>")
QUOTED = ConversationId("email:<" + '"' * 1_000 + "@mail.example.com>")


def presses(blocks: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A payload as Slack sends it for every button and every choice, by its label."""
    found = {}
    for one in elements(blocks):
        for chosen in one.get("options", [None]):
            action = {"type": one["type"], "action_id": one["action_id"], "value": one.get("value")}
            if chosen:
                action = {**action, "value": None, "selected_option": chosen}
            label = (chosen or one)["text"]["text"]
            found[label] = {
                "type": "block_actions",
                "actions": [action],
                "message": {"blocks": blocks},
            }
    return found


def meant(command: Action) -> Mapping[str, Any]:
    return {"kind": command.kind, **command.model_dump(mode="json")}


@pytest.mark.parametrize("about", [ABOUT, LONG, ConversationId("chat:<!channel>\"'&|")])
def test_every_button_of_a_card_comes_back_as_its_command(about: ConversationId) -> None:
    """S2.2: in the row, in the menus, beside a line, with an id as long as e-mail has them."""
    shown = every_button(about)
    post = card_post(a_card(buttons=shown), EN)
    assert of_message({"text": post.text, "blocks": post.blocks}) == []
    payloads = presses(post.blocks)
    assert {one.label for one in shown} <= set(payloads)
    for one in shown:
        back = pressed(payloads[one.label])
        assert meant(back.command) == meant(one.command)
        assert back.form == one.form


def test_an_id_that_fits_no_button_is_that_of_the_thread_it_was_pressed_in() -> None:
    post = card_post(a_card(buttons=every_button(QUOTED)), EN)
    assert of_message({"text": post.text, "blocks": post.blocks}) == []
    payload = presses(post.blocks)["Approve & send"]
    with pytest.raises(Refused):
        pressed(payload)
    assert pressed(payload, about=QUOTED).command == ApproveDraft(conversation_id=QUOTED, version=3)


def test_what_a_button_names_is_never_replaced_by_where_it_was_pressed() -> None:
    payload = presses(card_post(a_card(), EN).blocks)["Approve & send"]
    assert pressed(payload, about=LONG).command == ApproveDraft(conversation_id=ABOUT, version=3)


def test_buttons_that_one_person_sees_are_complete_by_themselves() -> None:
    """Slack sends no message along with a press on an ephemeral one."""
    offer = OfferCard(
        id="o1",
        conversation_id=LONG,
        title="Send to Lena?",
        text="Yes",
        checked="Checked",
        buttons=every_button(LONG)[:5],
    )
    (post,) = answer_posts(Answer(card=offer), EN, link=lambda thread: None)
    for payload in presses(post.blocks).values():
        del payload["message"]
        assert pressed(payload).command.conversation_id == LONG  # type: ignore[union-attr]


COMMANDS: list[Action] = [
    AddNote(conversation_id=ABOUT, text=""),
    Assign(conversation_id=ABOUT, to=PersonId("slack:T1:U9"), reason="above the limit"),
    AttachOrder(conversation_id=ABOUT, ref=OrderRef('10045 "<!channel>"')),
    LookUp(what="order", query="10045", about=ABOUT),
    MoveConversation(conversation_id=ABOUT, room="slack-vip"),
    OpenForm(conversation_id=ABOUT, form="attach", id="10045", version=2),
    ReplayFailure(failed_id="1-2", conversation_id=ABOUT),
    SendOffered(conversation_id=ABOUT, id="o1", override="She asked twice."),
    SettleDoubt(conversation_id=ABOUT, version=1, arrived=False),
    ShowHelp(),
    ShowQueue(only="mine", limit=20),
    TakeConversation(conversation_id=ABOUT),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.kind)
@pytest.mark.parametrize("menu", [None, "more", "regenerate"])
def test_every_kind_of_command_can_be_a_button(command: Action, menu: Any) -> None:
    first = Button(label="First", command=TakeConversation(conversation_id=ABOUT))
    one = Button(label="It", command=command, menu=menu)
    two = Button(label="Other", command=ShowHelp(unknown="x"), menu=menu)
    post = card_post(a_card(buttons=(first, one, two)), EN)
    assert meant(pressed(presses(post.blocks)["It"]).command) == meant(command)


def test_more_than_fits_a_menu_is_still_there() -> None:
    buttons = [
        Button(
            label=f"Room {n}", command=MoveConversation(conversation_id=ABOUT, room=f"r{n}"), menu=m
        )
        for m in ("more", "regenerate", None)
        for n in range(12)
    ]
    named = [one.model_copy(update={"label": f"{one.label} {one.menu}"}) for one in buttons]
    post = card_post(a_card(buttons=tuple(named)), EN)
    assert of_message({"text": post.text, "blocks": post.blocks}) == []
    assert {one.label for one in named} <= set(presses(post.blocks))


# ── what is not ours ─────────────────────────────────────────────────────────


def payload_of(value: object, action_id: str = "do:approve_draft:0") -> dict[str, Any]:
    return {"actions": [{"type": "button", "action_id": action_id, "value": value}]}


FORGED = [
    None,
    "",
    "approve",
    "[]",
    "{}",
    "null",
    '{"do":null}',
    '{"do":"approve_draft"}',
    '{"do":{}}',
    '{"do":{"kind":"approve_draft"}}',
    '{"do":{"kind":"approve_draft","conversation_id":"c","version":"no"}}',
    '{"do":{"kind":"receive_message","conversation_id":"c"}}',
    '{"do":{"kind":"send_reply","conversation_id":"c","version":1}}',
    '{"do":{"kind":"act","key":"k","person":"p","spot":{"room":"r"},"action":{}}}',
    '{"do":{"kind":"show_help"},"form":"eval"}',
    '{"do":{"kind":"show_help"},"form":["edit"]}',
    '{"do":{"kind":"note"}}' + " " * 3_000,
    "\ud800",
    '{"do":' * 300,
    "[" * 2_000,
    17,
]


@pytest.mark.parametrize("value", FORGED, ids=[str(n) for n in range(len(FORGED))])
def test_a_value_that_is_not_ours_is_refused_with_a_sentence(value: object) -> None:
    """S2.2: politely, and whatever it is."""
    with pytest.raises(Refused, match="out of date"):
        pressed(payload_of(value))


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"actions": None},
        {"actions": []},
        {"actions": ["x"]},
        payload_of('{"do":{"kind":"show_help"}}', "somebody:else"),
        {**payload_of('{"do":{"kind":"take_conversation"}}'), "message": {"blocks": "x"}},
        {**payload_of('{"do":{"kind":"take_conversation"}}'), "message": {"blocks": [1, {}]}},
        {"actions": [{"action_id": "pick:more", "selected_option": {"value": None}}]},
        {"actions": [{"action_id": "pick:more", "selected_option": "x"}]},
    ],
)
def test_a_payload_of_another_shape_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        pressed(payload)


KEYS = ["do", "form", "kind", "conversation_id", "version", "actions", "action_id", "value"]
KEYS += ["selected_option", "message", "blocks", "elements", "accessory"]
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(HOSTILE),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=40, deadline=None)
@given(junk)
def test_nothing_but_a_command_or_a_refusal_comes_of_any_value(value: Any) -> None:
    for payload in (
        value if isinstance(value, dict) else {"actions": value},
        payload_of(json.dumps(value)),
        payload_of(json.dumps({"do": value})),
        {**payload_of('{"do":{"kind":"take_conversation"}}'), "message": value},
    ):
        try:
            back = pressed(payload)
        except Refused:
            continue
        assert isinstance(back.command, get_args(Action))
        ACTION.validate_python(meant(back.command))


def test_each_thing_that_can_be_pressed_is_told_apart() -> None:
    assert kind_of({"action_id": "do:approve_draft:0"}) == "command"
    assert kind_of({"action_id": "pick:regenerate"}) == "command"
    assert kind_of({"action_id": "check"}) == "check"
    assert kind_of({"action_id": "typed:text"}) == "typed"
    assert kind_of({"action_id": "better:0"}) == "better"
    assert kind_of({"action_id": "link:0"}) == "link"
    assert kind_of({"action_id": "field:to"}) == "field"
    assert kind_of({"action_id": "Xy1"}) == "field"
    assert kind_of({}) == "field"


# ── better words ─────────────────────────────────────────────────────────────


def test_one_press_takes_the_better_words() -> None:
    """S2.2: findings with one press each."""
    text = "We send it. It arrives tomorrow, tomorrow for sure."
    start = text.rindex("tomorrow")
    flag = Flag(severity="block", start=start, end=start + 8, message="No fact", better="in 3 days")
    button = better_button(flag, text, 0, EN)
    assert button is not None
    assert kind_of(button) == "better"
    assert bettered(button, text) == "We send it. It arrives tomorrow, in 3 days for sure."
    assert bettered(button, f"Hi! {text}").endswith("tomorrow, in 3 days for sure.")
    with pytest.raises(Refused, match="have changed since"):
        bettered(button, "It arrives soon.")


@pytest.mark.parametrize(
    "value", [None, "", "x", "[1]", '{"a":1}', "[0,null,1]", "[0,1,2]", '["a","b","c"]']
)
def test_better_words_that_are_not_ours_are_refused(value: str | None) -> None:
    with pytest.raises(Refused):
        bettered({"value": value} if value is not None else {}, "some text")


def test_words_to_be_left_out_are_left_out() -> None:
    flag = Flag(severity="warn", start=5, end=11, message="Impatient", better="")
    button = better_button(flag, "Well, really, it is there.", 0, EN)
    assert button is not None
    assert button["text"]["text"] == "Remove it"
    assert better_button(flag.model_copy(update={"better": None}), "Well, really", 0, EN) is None
    assert better_button(flag.model_copy(update={"better": "x" * 3_000}), "Well, no", 0, EN) is None
