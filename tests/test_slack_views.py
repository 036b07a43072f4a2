"""Slack's modals and home: what is filled in comes back whole, and everything fits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.commands import Assign, AttachOrder, SnoozeConversation, WriteReply
from assistant.model import ConversationId, OrderRef
from assistant.surface.cards import Choice, Flag, Form, FormField, HomeCard, HomeGroup, Row
from assistant.words import words
from connectors.rooms.slack.press import kind_of
from connectors.rooms.slack.views import (
    errors_of,
    form_view,
    home_view,
    loading_view,
    resolve,
    told_view,
    values_of,
)
from tests.slack_cards import (
    ABOUT,
    HOSTILE,
    a_flag,
    a_summary,
    elements,
    markup_of,
    objects,
    seen,
)
from tests.slack_limits import of_view

EN = words("en")
foreign = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(HOSTILE), min_size=1).map(" ".join),
    st.builds(
        lambda one, many: one * (many // max(1, len(one))),
        st.one_of(st.text(min_size=1, max_size=12), st.sampled_from(HOSTILE)),
        st.integers(1, 30_000),
    ),
)


def a_form(text: str = "", **changes: Any) -> Form:
    fields: dict[str, Any] = {
        "kind": "edit",
        "title": f"Reply to {text}",
        "command": WriteReply(conversation_id=ABOUT, text=""),
        "fields": (
            FormField(name="text", kind="words", label="Your reply", value=text, max_chars=50_000),
            FormField(name="override", kind="line", label="Send anyway, because", required=False),
        ),
        "submit": "Send",
        "heading": f"Draft 1 · German · {text}",
        "beside": (Row(label="What it means", value=text), Row(label=text, value=text)),
        "flags": (a_flag(text),) * 15,
        "checked": "Checked: 15 to look at",
        "may_check": True,
    }
    return Form(**{**fields, **changes})


def filled(view: dict[str, Any], **typed: str) -> dict[str, Any]:
    """*view* as Slack sends it back: what was there, but for the blocks named in *typed*."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        given: dict[str, Any] = {"type": element["type"]}
        if element["type"] == "plain_text_input":
            given["value"] = typed.get(block["block_id"], element.get("initial_value"))
        elif element["type"] == "static_select":
            given["selected_option"] = element.get("initial_option")
        elif element["type"] == "users_select":
            given["selected_user"] = element.get("initial_user")
        else:
            given["selected_date_time"] = element.get("initial_date_time")
        values[block["block_id"]] = {element["action_id"]: given}
    return {**view, "team_id": "T1", "state": {"values": values}}


def faults(view: dict[str, Any]) -> list[str]:
    found = of_view(view)
    for one in objects(view):
        found += markup_of(one["text"]) if one["type"] == "mrkdwn" else []
    return found


def inputs(view: dict[str, Any], name: str = "text") -> list[dict[str, Any]]:
    named = f"field:{name}:"
    return [one for one in view["blocks"] if one.get("block_id", "").startswith(named)]


@settings(max_examples=12, deadline=None)
@given(foreign)
def test_a_form_fits_and_gives_back_what_was_in_it(text: str) -> None:
    """S2.2, S2.10: a text over 3,000 characters has several inputs and comes back as one."""
    view = form_view(a_form(text), EN, metadata="m" * 3_000)
    assert faults(view) == []
    back = values_of(filled(view))
    assert seen(back["text"]) == seen(text) or not seen(text)
    assert back["override"] == ""


def test_paragraphs_of_a_long_text_are_still_paragraphs() -> None:
    paragraph = "We are sorry that the teapot came late. " * 20
    text = "\n\n".join([paragraph.strip()] * 12)
    view = form_view(a_form(text), EN)
    assert len(inputs(view)) > 2
    assert values_of(filled(view))["text"] == text


def test_a_long_text_has_room_to_go_on() -> None:
    text = "word " * 560
    parts = inputs(form_view(a_form(text.strip()), EN))
    assert len(parts) == 2
    view = form_view(a_form(text.strip()), EN)
    back = values_of(filled(view, **{parts[1]["block_id"]: "One more thing."}))
    assert back["text"] == f"{text.strip()}\n\nOne more thing."


def test_a_part_that_was_deleted_stays_deleted() -> None:
    text = "\n\n".join(["First. " * 400, "Second. " * 300])
    view = form_view(a_form(text), EN)
    parts = inputs(view)
    back = values_of(filled(view, **{parts[1]["block_id"]: ""}))
    assert back["text"] == ("First. " * 400).strip()


def test_what_nobody_touched_comes_back_as_it_was() -> None:
    """Some clients send nothing for what they were given."""
    view = filled(form_view(a_form("Hello"), EN))
    for actions in view["state"]["values"].values():
        for one in actions.values():
            one["value"] = None
    assert values_of(view)["text"] == "Hello"


def test_typed_words_are_kept_and_shown_anew_in_another_edition() -> None:
    """S2.2: nothing is lost by a check; Slack keeps what is in an input of the same id."""
    before = form_view(a_form("Hello"), EN)
    after = form_view(a_form("Hello"), EN, typed={"text": "Hello, Lena"})
    anew = form_view(a_form("Hello"), EN, typed={"text": "Hello, Lena"}, edition=1)
    assert inputs(before)[0]["block_id"] == inputs(after)[0]["block_id"]
    assert inputs(before)[0]["block_id"] != inputs(anew)[0]["block_id"]
    assert inputs(anew)[0]["element"]["initial_value"] == "Hello, Lena"


def test_findings_stand_under_the_words_with_a_press_each() -> None:
    flag = Flag(severity="block", start=14, end=22, message="No fact says so.", better="in 3 days")
    view = form_view(a_form("It arrives on tomorrow.", flags=(flag,)), EN)
    blocks = view["blocks"]
    at = next(n for n, one in enumerate(blocks) if one["type"] == "input")
    assert blocks[at + 1]["text"]["text"] == ("⛔ “tomorrow”: No fact says so.\nBetter: in 3 days")
    assert kind_of(blocks[at + 1]["accessory"]) == "better"
    assert [kind_of(one) for one in elements(blocks)] == ["better", "check"]


def test_who_edits_sees_the_draft_first_who_writes_what_it_answers() -> None:
    row = (Row(label="Lena wrote", value="Where is it?"),)
    edit = form_view(a_form("Hello", beside=row, flags=()), EN)["blocks"]
    write = form_view(a_form("", kind="write", beside=row, flags=()), EN)["blocks"]
    assert [one["type"] for one in edit][:2] == ["context", "input"]
    assert [one["type"] for one in write][:4] == ["context", "context", "section", "input"]


def test_only_what_can_be_checked_tells_each_change() -> None:
    watched = inputs(form_view(a_form("Hi"), EN))[0]
    assert watched["dispatch_action"] is True
    assert kind_of(watched["element"]) == "typed"
    assert "dispatch_action" not in inputs(form_view(a_form("Hi", may_check=False), EN))[0]


# ── choices, people, moments ─────────────────────────────────────────────────


def assigning(*choices: Choice, value: str = "") -> Form:
    field = FormField(name="to", kind="person", label="To whom", choices=choices, value=value)
    return a_form(kind="assign", command=Assign(conversation_id=ABOUT, to=None), fields=(field,))


def test_a_person_comes_back_by_id() -> None:
    view = filled(form_view(assigning(value="slack:T1:U9"), EN))
    assert values_of(view) == {"to": "slack:T1:U9"}
    assert values_of({**view, "team_id": None}, team="T2") == {"to": "slack:T2:U9"}
    known = assigning(Choice(value="console:olga", label="Olga"), value="console:olga")
    assert values_of(filled(form_view(known, EN))) == {"to": "console:olga"}


def test_a_moment_comes_back_in_utc() -> None:
    field = FormField(name="until_at", kind="moment", label="At", value="2026-11-22T09:00:00+01:00")
    form = a_form(kind="snooze", command=SnoozeConversation(conversation_id=ABOUT), fields=(field,))
    view = form_view(form, EN)
    assert faults(view) == []
    assert values_of(filled(view)) == {"until_at": "2026-11-22T08:00:00+00:00"}
    assert datetime(2026, 11, 22, 8, tzinfo=UTC).isoformat() == values_of(filled(view))["until_at"]


@pytest.mark.parametrize("many", [1, 100, 101, 350])
def test_every_choice_can_be_chosen_however_many_and_long(many: int) -> None:
    """Ids of conversations are longer than a choice of Slack's may be."""
    choices = tuple(
        Choice(value=f"email:<{n}{'x' * 900}@mail.example>", label=f"Buyer {n} " + "y" * 100)
        for n in range(many)
    )
    field = FormField(
        name="conversation_id",
        kind="choice",
        label="To which conversation",
        choices=choices,
        value=choices[-1].value,
    )
    form = a_form(
        kind="attach",
        command=AttachOrder(conversation_id=ConversationId(""), ref=OrderRef("10045")),
        fields=(field,),
        flags=(),
    )
    view = form_view(form, EN)
    assert faults(view) == []
    assert resolve(values_of(filled(view)), form) == {"conversation_id": choices[-1].value}


def test_a_choice_of_nothing_is_an_open_line() -> None:
    field = FormField(name="room", kind="choice", label="Room")
    view = form_view(a_form(kind="move", fields=(field,)), EN)
    assert faults(view) == []
    assert inputs(view, "room")[0]["element"]["type"] == "plain_text_input"


# ── errors, other views ──────────────────────────────────────────────────────


def test_an_error_stands_at_its_field_or_at_the_first() -> None:
    view = form_view(a_form("Hello"), EN)
    at_text, at_override = inputs(view)[0]["block_id"], inputs(view, "override")[0]["block_id"]
    assert errors_of(view, "override", "Say why.") == {at_override: "Say why."}
    assert errors_of(view, "until", "That is in the past.") == {at_text: "That is in the past."}
    assert errors_of(loading_view(EN), "text", "x") == {}


@pytest.mark.parametrize("state", [None, {}, {"values": {"x": {"y": {}}, "field:text": {}}}])
def test_a_view_with_nothing_in_it_has_no_values(state: Any) -> None:
    assert values_of({"state": state}) == {}


def test_loading_and_telling_fit() -> None:
    assert faults(loading_view(EN, "m" * 3_000)) == []
    for text in ("", " ", "x" * 9_000, *HOSTILE):
        assert faults(told_view(text, text, EN)) == []


@settings(max_examples=12, deadline=None)
@given(foreign, st.integers(0, 12), st.integers(0, 60))
def test_a_home_fits(text: str, groups: int, rows: int) -> None:
    """S2.6."""
    group = HomeGroup(title=text, rows=(a_summary(text),) * rows, count=rows + 5, empty=text)
    home = HomeCard(title=text, groups=(group,) * groups, tips=(text,) * 7)
    assert faults(home_view(home, EN, link=lambda thread: "https://parley.slack.com/p1")) == []


def test_a_home_says_how_many_are_not_shown() -> None:
    group = HomeGroup(title="Yours", rows=tuple(a_summary(f"B{n}") for n in range(8)), count=11)
    empty = HomeGroup(title="Escalated", count=0, empty="Nothing needs a lead.")
    view = home_view(HomeCard(title="x", groups=(group, empty)), EN, link=lambda thread: None)
    said = [one["text"] for one in objects(view)]
    assert said[0] == "Yours · 11"
    assert "and 3 more conversations" in said
    assert said[-1] == "Nothing needs a lead."
