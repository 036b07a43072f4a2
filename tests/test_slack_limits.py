"""The check of Slack's limits finds what is planted, and nothing where all is right."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import slack_limits


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def marked(text: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": text}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": "send", "text": plain("Send"), "value": "v", **more}


def option(value: str = "a", **more: Any) -> dict[str, Any]:
    return {"text": plain(value.upper()), "value": value, **more}


def menu(**more: Any) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "pick", "options": [option()], **more}


def section(**more: Any) -> dict[str, Any]:
    return {"type": "section", "text": marked("*Lena Weber*"), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "block_id": "acts", "elements": list(elements)}


def entry(element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": "i", "label": plain("Reply"), "element": element, **more}


def typed(**more: Any) -> dict[str, Any]:
    return {"type": "plain_text_input", "action_id": "text", **more}


DIALOG = {
    "title": plain("Send?"),
    "text": plain("It goes to the buyer."),
    "confirm": plain("Send"),
    "deny": plain("Back"),
}
MESSAGE: dict[str, Any] = {
    "text": "Lena Weber asks where her parcel is",
    "blocks": [
        {"type": "header", "text": plain("Lena Weber")},
        section(fields=[marked("*Order*"), plain("10023")], accessory=button(style="primary")),
        {"type": "divider"},
        {"type": "context", "elements": [marked("DE"), plain("09:14")]},
        actions(button(confirm=DIALOG), menu(placeholder=plain("More"))),
        actions(
            {
                "type": "overflow",
                "action_id": "o",
                "options": [option(), option("b", url="https://x")],
            },
            {"type": "datepicker", "action_id": "d", "initial_date": "2026-11-27"},
        )
        | {"block_id": "others"},
        {"type": "image", "image_url": "https://x/y.png", "alt_text": "The teapot"},
        {"type": "markdown", "text": "**bold**"},
    ],
}
MODAL: dict[str, Any] = {
    "type": "modal",
    "callback_id": "edit",
    "title": plain("Edit the reply"),
    "submit": plain("Save"),
    "close": plain("Back"),
    "private_metadata": "{}",
    "blocks": [
        entry(typed(multiline=True, initial_value="Hallo", max_length=3000, focus_on_load=True)),
        entry(
            {
                "type": "checkboxes",
                "action_id": "c",
                "options": [{**option(), "text": marked("*A*")}],
                "initial_options": [{**option(), "text": marked("*A*")}],
            }
        )
        | {"block_id": "j", "optional": True, "hint": plain("or not")},
    ],
}
HOME: dict[str, Any] = {"type": "home", "blocks": [section()]}


def test_what_is_right_is_not_complained_about() -> None:
    assert slack_limits.of_message(MESSAGE) == []
    assert slack_limits.of_message({"text": "only text"}) == []
    assert slack_limits.of_view(MODAL) == []
    assert slack_limits.of_view(HOME) == []


def message(*blocks: dict[str, Any], text: str = "x") -> list[str]:
    return slack_limits.of_message({"text": text, "blocks": list(blocks)})


SENTENCE = "a" * 2_999
PLANTED: list[tuple[str, list[dict[str, Any]]]] = [
    ("51, not 1 to 50", [{"type": "divider"}] * 51),
    ("0, not 1 to 50", []),
    ("14995 characters in all, over 13000", [section(text=plain(SENTENCE))] * 5),
    ("card is no block", [{"type": "card"}]),
    ("section: unknown colour", [section(colour="red")]),
    ("section: neither", [{"type": "section"}]),
    ("section.text: 3001 characters", [section(text=plain("a" * 3001))]),
    ("section.text: 3002 characters", [section(text=plain("😀" * 1501))]),
    ("section.text: 0 characters", [section(text=plain(""))]),
    ("section.text: no text object", [section(text="bare")]),
    ("section.text: unknown emoji", [section(text={**marked("x"), "emoji": True})]),
    ("section.fields: 11, not", [section(fields=[plain("x")] * 11)]),
    ("section.fields: 2001 char", [section(fields=[plain("x" * 2001)])]),
    ("plain_text_input doesn't stand in accessory", [section(accessory=typed())]),
    ("header.text: mrkdwn where only", [{"type": "header", "text": marked("x")}]),
    ("header.text: 151 characters", [{"type": "header", "text": plain("x" * 151)}]),
    ("markdown.text: 12001", [{"type": "markdown", "text": "x" * 12_001}]),
    ("context.elements: 11", [{"type": "context", "elements": [plain("x")] * 11}]),
    ("context.elements: no text object", [{"type": "context", "elements": [button()]}]),
    ("actions.elements: 26", [actions(*[button(action_id=str(n)) for n in range(26)])]),
    ("actions.elements: 0", [actions()]),
    ("multi_static_select doesn't stand in actions", [actions(menu(type="multi_static_select"))]),
    ("action_id send is there 2 times", [actions(button(), button())]),
    ("block_id acts is there 2 times", [actions(button()), actions(menu())]),
    ("block_id: 256 characters", [section(block_id="b" * 256)]),
    ("button.action_id: 256 characters", [actions(button(action_id="b" * 256))]),
    ("button.text: 76 characters", [actions(button(text=plain("x" * 76)))]),
    ("button.text: mrkdwn where", [actions(button(text=marked("x")))]),
    ("button.value: 2001 characters", [actions(button(value="x" * 2001))]),
    ("button.url: 3001 characters", [actions(button(url="x" * 3001))]),
    ("button.style: green", [actions(button(style="green"))]),
    ("static_select.options: 101", [actions(menu(options=[option()] * 101))]),
    ("static_select.options: 0", [actions(menu(options=[]))]),
    ("either options or", [actions({"type": "static_select", "action_id": "x"})]),
    ("option.text: 76 char", [actions(menu(options=[option(text=plain("x" * 76))]))]),
    ("option.value: 151 char", [actions(menu(options=[option("x" * 151)]))]),
    ("option.text: mrkdwn where", [actions(menu(options=[option(text=marked("x"))]))]),
    ("option.description: 76", [actions(menu(options=[option(description=plain("x" * 76))]))]),
    ("option: unknown url", [actions(menu(options=[option(url="https://x")]))]),
    ("is no option", [actions(menu(initial_option=option("z")))]),
    ("placeholder: 151", [actions(menu(placeholder=plain("x" * 151)))]),
    ("overflow.options: 6", [section(accessory=menu(type="overflow", options=[option()] * 6))]),
    ("radio_buttons.options: 11", [actions(menu(type="radio_buttons", options=[option()] * 11))]),
    ("confirm.title: 101", [actions(button(confirm={**DIALOG, "title": plain("x" * 101)}))]),
    ("confirm.text: 301", [actions(button(confirm={**DIALOG, "text": plain("x" * 301)}))]),
    ("confirm.deny: no text", [actions(button(confirm={**DIALOG, "deny": None}))]),
    ("confirm.confirm: 31", [actions(button(confirm={**DIALOG, "confirm": plain("x" * 31)}))]),
    ("initial_date: 'soon'", [actions({"type": "datepicker", "initial_date": "soon"})]),
    ("slider is no element", [actions({"type": "slider"})]),
    ("image.alt_text: no text", [{"type": "image", "image_url": "https://x"}]),
    ("either image_url or", [{"type": "image", "alt_text": "x"}]),
    ("takes no file_input", [entry({"type": "file_input"})]),
]


@pytest.mark.parametrize(("complaint", "blocks"), PLANTED, ids=[one for one, _ in PLANTED])
def test_a_fault_in_a_message_is_found(complaint: str, blocks: list[dict[str, Any]]) -> None:
    assert any(complaint in one for one in message(*blocks)), message(*blocks)


@pytest.mark.parametrize(
    ("complaint", "changes"),
    [
        ("neither modal nor home", {"type": "form"}),
        ("title: 25 characters", {"title": plain("x" * 25)}),
        ("title: no text object", {"title": None}),
        ("submit: 25 characters", {"submit": plain("x" * 25)}),
        ("close: mrkdwn where", {"close": marked("x")}),
        ("private_metadata: 3001", {"private_metadata": "x" * 3001}),
        ("callback_id: 256", {"callback_id": "x" * 256}),
        ("blocks: 101", {"blocks": [{"type": "divider"}] * 101}),
        ("blocks: not a list", {"blocks": None}),
        ("unknown trigger_id", {"trigger_id": "1"}),
        ("markdown stands in messages", {"blocks": [{"type": "markdown", "text": "x"}]}),
        (
            "over 250000",
            {"blocks": [section(text=plain("的" * 1000), block_id=f"{n}") for n in range(90)]},
        ),
        ("label: 2001", {"blocks": [entry(typed(), label=plain("x" * 2001))]}),
        ("button doesn't stand in input", {"blocks": [entry(button())]}),
        ("10 to 5 characters", {"blocks": [entry(typed(min_length=10, max_length=5))]}),
        ("0 to 3001 characters", {"blocks": [entry(typed(max_length=3001))]}),
        ("initial_value: 6 char", {"blocks": [entry(typed(max_length=5, initial_value="123456"))]}),
    ],
)
def test_a_fault_in_a_modal_is_found(complaint: str, changes: dict[str, Any]) -> None:
    found = slack_limits.of_view({**MODAL, **changes})

    assert any(complaint in one for one in found), found


def test_a_modal_with_entries_needs_a_button_to_submit() -> None:
    without = {key: value for key, value in MODAL.items() if key != "submit"}

    assert slack_limits.of_view(without) == ["submit: a modal with input blocks needs it"]


def test_one_element_alone_is_focused() -> None:
    twice = copy.deepcopy(MODAL)
    twice["blocks"][1]["element"]["focus_on_load"] = True

    assert slack_limits.of_view(twice) == ["focus_on_load: two elements want it"]


def test_a_message_without_text_says_nothing_in_a_notification() -> None:
    assert message(section(), text="")[0].startswith("text: none")
    assert message(section(), text="x" * 4001) == ["text: 4001 characters, not 1 to 4000"]


def test_a_home_tab_has_no_title() -> None:
    assert slack_limits.of_view({**HOME, "title": plain("x")}) == ["view: unknown title"]


def test_what_slack_would_act_on_is_told() -> None:
    hostile = "<!channel> <@U1> &lt;!here&gt; <https://evil.example|bank.example> <#C1>"

    assert slack_limits.live({"text": "", "blocks": [section(text=marked(hostile))]}) == [
        "<!channel>",
        "<@U1>",
        "<https://evil.example|bank.example>",
        "<#C1>",
    ]
    assert slack_limits.live({"text": "", "blocks": [section(text=plain(hostile))]}) == []
    assert slack_limits.live({"text": hostile}) != []


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda one: st.lists(one) | st.dictionaries(st.text(), one),
        max_leaves=4,
    )
)
def test_anything_at_all_in_a_text_gets_an_answer(value: Any) -> None:
    assert message({"type": "section", "text": value}) != []
