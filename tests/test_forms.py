"""Forms: what they hold, in whose language, and what becomes of what is filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from assistant.commands import (
    AddNote,
    ApproveDraft,
    Assign,
    AttachOrder,
    CloseConversation,
    Escalate,
    FormKind,
    MoveConversation,
    OfferWords,
    OpenForm,
    OpenReply,
    RegenerateDraft,
    SendOffered,
    SnoozeConversation,
    UndoApproval,
    WriteReply,
)
from assistant.errors import Forbidden, NotFound, Refused, Stale, Unfilled
from assistant.model import ConversationId, OrderRef, PersonId, Spot
from assistant.surface.cards import Checked, Form, FormField
from assistant.surface.forms import (
    TITLES,
    Around,
    checked_form,
    filled,
    filled_command,
    form_for,
    opens,
)
from assistant.surface.keeping import KEPT_FOR, KeptWords, words_key
from assistant.words import words
from tests.fakes import LENA_LEAD, MARIA, OLGA, START, World

HERE = ConversationId("webchat:v1")
ABOUT: dict[str, Any] = {"conversation_id": HERE}
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
KINDS: tuple[FormKind, ...] = get_args(FormKind)
PROMISE = "We will refund you 9,999.99 EUR on 31 December."


def field(form: Form, name: str) -> FormField:
    return next(one for one in form.fields if one.name == name)


async def opened(world: World, form: FormKind, actor=OLGA, language: str = "en", **of: Any) -> Form:
    of.setdefault("conversation_id", HERE)
    answer = await world.handle(OpenForm(form=form, **of), actor, language)
    assert answer.opened is not None
    return answer.opened


# ── a form is a command with open fields ─────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "command", "values", "expected"),
    [
        ("note", AddNote(**ABOUT, text=""), {"text": "a\r\nb"}, AddNote(**ABOUT, text="a\nb")),
        (
            "assign",
            Assign(**ABOUT, to=None),
            {"to": "slack:T1:U1", "reason": "late"},
            Assign(**ABOUT, to=PersonId("slack:T1:U1"), reason="late"),
        ),
        ("assign", Assign(**ABOUT, to=None), {"to": "", "reason": ""}, Assign(**ABOUT, to=None)),
        (
            "escalate",
            Escalate(**ABOUT, reason=""),
            {"reason": "400 €"},
            Escalate(**ABOUT, reason="400 €"),
        ),
        ("close", CloseConversation(**ABOUT), {"reason": ""}, CloseConversation(**ABOUT)),
        (
            "snooze",
            SnoozeConversation(**ABOUT),
            {"until": "3h", "until_at": ""},
            SnoozeConversation(**ABOUT, until=NOW + timedelta(hours=3)),
        ),
        (
            "snooze",
            SnoozeConversation(**ABOUT),
            {"until": "at", "until_at": "2026-12-01T10:30"},
            SnoozeConversation(**ABOUT, until=datetime(2026, 12, 1, 9, 30, tzinfo=UTC)),
        ),
        (
            "snooze",
            SnoozeConversation(**ABOUT),
            {"until": "at", "until_at": "1796113800"},
            SnoozeConversation(**ABOUT, until=datetime.fromtimestamp(1796113800, UTC)),
        ),
        (
            "regenerate",
            RegenerateDraft(**ABOUT, version=2),
            {"manner": "warmer", "instruction": ""},
            RegenerateDraft(**ABOUT, version=2, manner="warmer"),
        ),
        (
            "attach",
            AttachOrder(conversation_id=ConversationId(""), ref=OrderRef("10045")),
            {"conversation_id": HERE},
            AttachOrder(**ABOUT, ref=OrderRef("10045")),
        ),
        (
            "move",
            MoveConversation(**ABOUT),
            {"room": "support-de"},
            MoveConversation(**ABOUT, room="support-de"),
        ),
        (
            "edit",
            WriteReply(**ABOUT, text="", based_on=2, seen_seq=5),
            {"text": "Hello", "override": " "},
            WriteReply(**ABOUT, text="Hello", based_on=2, seen_seq=5),
        ),
        (
            "offer",
            SendOffered(**ABOUT, id="m1", seen_seq=5),
            {"text": "Hello"},
            SendOffered(**ABOUT, id="m1", seen_seq=5, text="Hello"),
        ),
    ],
)
def test_what_is_filled_in_becomes_a_command(kind, command, values, expected) -> None:
    assert filled_command(command, kind, values, NOW, BERLIN) == expected


@pytest.mark.parametrize(
    ("kind", "command", "values", "where", "what"),
    [
        ("note", AddNote(**ABOUT, text=""), {"text": " \n"}, "text", "The note is empty"),
        ("write", WriteReply(**ABOUT, text=""), {"text": ""}, "text", "nothing to send"),
        ("edit", WriteReply(**ABOUT, text=""), {}, "text", "nothing to send"),
        ("offer", SendOffered(**ABOUT, id="1"), {"text": " "}, "text", "nothing to send"),
        ("escalate", Escalate(**ABOUT, reason=""), {"reason": " "}, "reason", "why a lead"),
        ("snooze", SnoozeConversation(**ABOUT), {}, "until", "still to come"),
        ("snooze", SnoozeConversation(**ABOUT), {"until": "at"}, "until_at", "still to come"),
        (
            "snooze",
            SnoozeConversation(**ABOUT),
            {"until": "at", "until_at": "2020-01-01T00:00"},
            "until_at",
            "still to come",
        ),
        ("move", MoveConversation(**ABOUT), {"room": ""}, "room", "Choose the room"),
        (
            "attach",
            AttachOrder(**ABOUT, ref=OrderRef("1")),
            {},
            "conversation_id",
            "Choose the conversation",
        ),
        ("note", AddNote(**ABOUT, text=""), {"text": "x" * 10_001}, "text", "10000 characters"),
        (
            "close",
            CloseConversation(**ABOUT),
            {"reason": "x" * 2_001},
            "reason",
            "2000 characters",
        ),
    ],
)
def test_what_is_missing_is_said_at_its_field(kind, command, values, where, what) -> None:
    with pytest.raises(Unfilled, match=what) as refusal:
        filled_command(command, kind, values, NOW, BERLIN)

    assert refusal.value.field == where


def test_a_form_fills_in_its_open_fields_and_nothing_else() -> None:
    """Who acts, and on which conversation, is never in what is typed."""
    note = filled_command(
        AddNote(**ABOUT, text=""),
        "note",
        {"text": "a", "conversation_id": "webchat:other", "version": "9", "kind": "escalate"},
        NOW,
        BERLIN,
    )

    assert note == AddNote(**ABOUT, text="a")


@pytest.mark.parametrize("value", ["louder", "", "again "])
def test_a_choice_that_does_not_exist_is_refused(value: str) -> None:
    with pytest.raises(Refused):
        filled_command(
            RegenerateDraft(**ABOUT, version=1), "regenerate", {"manner": value}, NOW, BERLIN
        )


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_form_speaks_its_reader_s_language_and_is_short_where_platforms_are(
    kind: FormKind, language: str
) -> None:
    form = form_for(kind, AddNote(**ABOUT, text=""), words(language), Around(reader=OLGA))

    assert len(form.title) <= 24
    assert len(form.submit) <= 24
    assert form.fields
    for one in form.fields:
        assert one.label
        assert len(one.label) <= 100
        assert len(one.hint) <= 150
        if language == "zh-Hans":
            assert not one.label.isascii()
    assert kind in TITLES


def test_a_pressed_button_opens_its_form() -> None:
    assert opens(OpenReply(**ABOUT, version=3), "edit") == OpenForm(**ABOUT, form="edit", version=3)
    assert opens(OpenReply(**ABOUT), "write") == OpenForm(**ABOUT, form="write")
    assert opens(AddNote(**ABOUT, text=""), "note") == OpenForm(**ABOUT, form="note")
    assert opens(RegenerateDraft(**ABOUT, version=2), "regenerate") == OpenForm(
        **ABOUT, form="regenerate", version=2
    )
    asks = OpenForm(**ABOUT, form="offer", id="m1")
    assert opens(asks, "offer") is asks
    nowhere = ConversationId("")
    assert opens(AttachOrder(conversation_id=nowhere, ref=OrderRef("10045")), "attach") == OpenForm(
        conversation_id=nowhere, form="attach", id="10045"
    )


# ── opened by the desk ───────────────────────────────────────────────────────


async def test_the_edit_form_holds_the_draft_its_meaning_and_the_buyer_s_words(
    world: World,
) -> None:
    await world.buyer_writes("Where is my parcel?")

    form = await opened(world, "edit", version=1)

    draft = (await world.conversation(HERE)).draft_of(1)
    assert field(form, "text").value == draft.text
    assert form.command == WriteReply(**ABOUT, text="", based_on=1, seen_seq=1)
    assert form.heading == "Reply to Tom Brandt"
    assert [(row.label, row.value) for row in form.beside] == [
        ("Tom Brandt wrote", "Where is my parcel?"),
        ("What the draft says", draft.agent_text),
    ]
    assert form.may_check
    assert form.checked
    assert filled(form, {"text": "Hello"}, NOW, BERLIN) == WriteReply(
        **ABOUT, text="Hello", based_on=1, seen_seq=1
    )


async def test_the_write_form_is_empty_and_knows_what_its_writer_has_seen(world: World) -> None:
    await world.buyer_writes("Where is my parcel?")

    form = await opened(world, "write")

    assert field(form, "text").value == ""
    assert form.command == WriteReply(**ABOUT, text="", seen_seq=1)


async def test_a_form_is_in_the_language_of_whoever_opens_it(world: World) -> None:
    await world.buyer_writes("Where is my parcel?")

    form = await opened(world, "edit", language="zh-Hans", version=1)

    assert form.title == "编辑草稿"
    assert form.submit == "发送"
    assert form.beside[0].label == "Tom Brandt 写道"


async def test_only_a_lead_gets_the_field_to_send_in_spite_of_a_block(world: World) -> None:
    """A lead's reason is enough for a promise of theirs; nobody's is for an empty text."""
    await world.buyer_writes("Where is my parcel?")
    await world.handle(
        OfferWords(**ABOUT, id="m1", text=PROMISE, spot=Spot(room="console")), LENA_LEAD
    )

    theirs = await opened(world, "offer", LENA_LEAD, id="m1")
    lead_edits = await opened(world, "edit", LENA_LEAD, version=1)

    assert theirs.blocked
    assert field(theirs, "override").required is False
    assert [flag.severity for flag in theirs.flags].count("block") >= 1
    assert [one.name for one in lead_edits.fields] == ["text"]
    assert filled(theirs, {"text": PROMISE, "override": "by phone"}, NOW, BERLIN) == SendOffered(
        **ABOUT, id="m1", text=PROMISE, override="by phone", seen_seq=1
    )


async def test_checking_shows_findings_at_the_words_and_keeps_what_is_typed(world: World) -> None:
    await world.buyer_writes("Where is my parcel?")
    form = await opened(world, "write")
    flags = (await opened_offer_flags(world)).flags

    for reader, names in ((OLGA, ["text"]), (LENA_LEAD, ["text", "override"])):
        found = Checked(flags=flags, checked="Checked: 1 to fix", blocked=True, overridable=True)
        shown = checked_form(form, PROMISE, found, words("en"), reader)
        assert [one.name for one in shown.fields] == names
        assert field(shown, "text").value == PROMISE
        assert shown.blocked
        assert shown.flags == flags

    clean = Checked(flags=(), checked="Checked: nothing to object to", blocked=False)
    again = checked_form(shown, "Hello", clean, words("en"), LENA_LEAD)
    assert [one.name for one in again.fields] == ["text"]
    assert not again.blocked


async def opened_offer_flags(world: World) -> Form:
    await world.handle(OfferWords(**ABOUT, id="m9", text=PROMISE, spot=Spot(room="console")), OLGA)
    return await opened(world, "offer", OLGA, id="m9")


async def test_words_on_offer_are_changed_and_sent_once(world: World) -> None:
    """Pain 1: one press of their author, and it is no offer any more."""
    await world.buyer_writes("Where is my parcel?")
    await world.handle(OfferWords(**ABOUT, id="m1", text="It left", spot=Spot(room="console")))
    form = await opened(world, "offer", id="m1")
    assert field(form, "text").value == "It left"

    with pytest.raises(Refused, match="only they or a lead"):
        await opened(world, "offer", MARIA, id="m1")
    send = filled(form, {"text": "It left us today, Tom."}, NOW, BERLIN)
    await world.handle(send)
    world.clock.passes(seconds=60)
    await world.work()

    assert [one.text for one in world.channel.accepted] == ["It left us today, Tom."]
    with pytest.raises(NotFound, match="sent, put away"):
        await opened(world, "offer", id="m1")


async def test_what_the_form_showed_counts_as_seen(world: World) -> None:
    """The buyer wrote after the words were typed and before the form was opened."""
    await world.buyer_writes("Where is my parcel?")
    await world.handle(OfferWords(**ABOUT, id="m1", text="It left", spot=Spot(room="console")))
    await world.buyer_writes("Hello?", n=2)
    form = await opened(world, "offer", id="m1")

    answer = await world.handle(filled(form, {"text": "It left us today."}, NOW, BERLIN))

    assert answer.offer is None
    assert answer.unmark is not None


@pytest.mark.parametrize("form", ["edit", "regenerate"])
async def test_a_form_for_a_draft_that_is_leaving_is_refused_with_who_was_faster(
    world: World, form: FormKind
) -> None:
    """Pain 9"""
    await world.buyer_writes("Where is my parcel?")
    await world.handle(ApproveDraft(**ABOUT, version=1), MARIA)

    with pytest.raises(Stale, match="Maria approved version 1"):
        await opened(world, form, version=1)
    with pytest.raises(Stale, match="Maria approved version 1"):
        await opened(world, "write")

    await world.handle(UndoApproval(**ABOUT, version=1), MARIA)
    assert await opened(world, form, version=1)


async def test_the_other_wordings_are_a_choice_and_offline_nothing_else(world: World) -> None:
    await world.buyer_writes("Where is my parcel?")

    offline = await opened(world, "regenerate", version=1)
    world.drafter.name = "model"
    model = await opened(world, "regenerate", version=1)

    assert [one.value for one in field(offline, "manner").choices] == [
        "again",
        "shorter",
        "warmer",
        "more_formal",
    ]
    assert "Without a language model" in field(offline, "manner").hint
    assert [one.name for one in offline.fields] == ["manner"]
    assert [one.name for one in model.fields] == ["manner", "instruction"]
    assert model.command == RegenerateDraft(**ABOUT, version=1)


async def test_an_assignment_offers_the_people_and_the_way_back_to_the_queue(world: World) -> None:
    await world.buyer_writes("Where is my parcel?")
    for person in (OLGA, MARIA, LENA_LEAD):
        await world.store.remember(person)

    free = await opened(world, "assign", LENA_LEAD)
    await world.handle(Assign(**ABOUT, to=OLGA.id))
    owned = await opened(world, "assign", OLGA)

    assert {one.label for one in field(free, "to").choices} == {"Olga", "Maria", "Lin"}
    assert field(free, "to").kind == "person"
    assert field(free, "to").required
    assert not field(owned, "to").required
    assert "queue" in field(owned, "to").hint


async def test_an_agent_who_has_it_not_is_told_at_once_that_a_lead_assigns(world: World) -> None:
    """Not after a form was filled in."""
    await world.buyer_writes("Where is my parcel?")

    with pytest.raises(Forbidden, match="Only a lead can assign a conversation to others"):
        await opened(world, "assign", OLGA)


async def test_an_order_is_attached_to_one_of_the_open_conversations(world: World) -> None:
    await world.buyer_writes("Where is my parcel?")
    await world.buyer_writes("x" * 500, thread_key="v2")

    form = await opened(world, "attach", conversation_id=ConversationId(""), id="10045")

    choices = field(form, "conversation_id").choices
    assert {one.value for one in choices} == {"webchat:v1", "webchat:v2"}
    assert all(len(one.label) <= 75 for one in choices)
    assert form.heading == "Order 10045"
    assert filled(form, {"conversation_id": "webchat:v2"}, NOW, BERLIN) == AttachOrder(
        conversation_id=ConversationId("webchat:v2"), ref=OrderRef("10045")
    )


async def test_with_nothing_to_choose_from_the_form_says_so(world: World) -> None:
    with pytest.raises(Refused, match="No conversation is open"):
        await opened(world, "attach", conversation_id=ConversationId(""), id="10045")
    await world.buyer_writes("Where is my parcel?")
    with pytest.raises(Refused, match="no other room"):
        await opened(world, "move")


@pytest.mark.parametrize("form", ["note", "escalate", "close", "snooze"])
async def test_forms_of_the_team_need_nothing_but_the_conversation(
    world: World, form: FormKind
) -> None:
    await world.buyer_writes("Where is my parcel?")

    shown = await opened(world, form)

    assert shown.kind == form
    assert shown.command.conversation_id == HERE
    assert not shown.may_check


async def test_a_form_of_a_conversation_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(NotFound, match="no conversation"):
        await opened(world, "note")


# ── kept words ───────────────────────────────────────────────────────────────


async def keep(world: World, form: FormKind, text: str, actor=OLGA) -> None:
    body = KeptWords(text=text, at=START).model_dump_json()
    about = OpenForm(conversation_id=HERE, form=form, version=1 if form == "edit" else None)
    await world.store.keep(words_key(actor.id, HERE, form, about), body, KEPT_FOR)


async def test_what_was_typed_and_not_sent_is_there_again_and_says_since_when(
    world: World,
) -> None:
    """Closing a form by mistake loses nothing: for its author alone."""
    await world.buyer_writes("Where is my parcel?")
    await keep(world, "edit", PROMISE)
    await keep(world, "note", "She called")

    edit, note = await opened(world, "edit", version=1), await opened(world, "note")
    others = await opened(world, "edit", MARIA, version=1)

    assert field(edit, "text").value == PROMISE
    assert edit.heading == (
        "These are your words of 21 Nov 10:00; they are kept until you send them."
    )
    assert edit.blocked, "they are reviewed as they stand"
    assert field(note, "text").value == "She called"
    assert "kept until you send them" in note.heading
    assert field(others, "text").value != PROMISE


async def test_words_that_are_the_draft_s_own_are_not_called_kept(world: World) -> None:
    await world.buyer_writes("Where is my parcel?")
    await keep(world, "edit", (await world.conversation(HERE)).draft_of(1).text)

    form = await opened(world, "edit", version=1)

    assert form.heading == "Reply to Tom Brandt"


async def test_kept_words_without_a_time_are_shown_all_the_same(world: World) -> None:
    await world.buyer_writes("Where is my parcel?")
    await world.store.keep(words_key(OLGA.id, HERE, "write"), "Just text", KEPT_FOR)

    form = await opened(world, "write")

    assert field(form, "text").value == "Just text"
    assert "your words from before" in form.heading
