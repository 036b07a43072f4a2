"""Slack, where the team shares the work: by mention, by buttons, by forms, in the thread alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.peers.slack_desk import SlackDesk, labels, shown
from tests.peers.slack_workspace import BY_SOCKET, DESK, GUEST, LEAD, OLGA, WEI

pytestmark = pytest.mark.peers

WHERE = "Where is my order 10045, please?"


def test_a_lead_gives_a_conversation_away_by_mention(desk: SlackDesk) -> None:
    """Pain 2: owner, reason, a line in the thread, a message to whom it is given."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)

    desk.asks(f"<@{OLGA}> please take this, refund above limit", card, LEAD)

    desk.card(lena, "olga", without="unassigned")
    desk.line(card, "olga", "refund above limit")
    direct = desk.direct(OLGA, lena.name, "refund above limit")
    assert WHERE in shown(direct)
    assert "Open the thread" in labels(direct["blocks"])
    desk.told(LEAD, "Assigned to olga.")


def test_assign_to_somebody_because_works_as_well(desk: SlackDesk) -> None:
    """The other wording, and by a name without a mention."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    desk.asks(f"assign to <@{WEI}> because she speaks Chinese", card, LEAD)
    desk.card(lena, "李伟")
    desk.line(card, "李伟", "she speaks Chinese")
    desk.direct(WEI, lena.name, "she speaks Chinese", "打开")

    desk.asks("assign olga", card, LEAD)
    desk.card(lena, "olga", without="李伟")


@pytest.mark.parametrize(
    ("asked", "who", "answer"),
    [
        (f"<@{WEI}> please take this", OLGA, "Only a lead can assign a conversation to others"),
        (f"<@{OLGA}> <@{WEI}> please take this", LEAD, "one owner"),
        ("<@U0NOBODY> please take this", LEAD, "does not know this person"),
        ("assign Miss Marple", LEAD, "Nobody here is called Miss Marple."),
        (f"<@{BY_SOCKET.user}> please take this", LEAD, "Bots"),
    ],
)
def test_whom_it_cannot_be_given_to_is_said_to_the_asker_alone(
    desk: SlackDesk, asked: str, who: str, answer: str
) -> None:
    """An agent without the role, several persons, strangers, bots."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)

    desk.asks(asked, card, who)

    desk.told(who, answer)
    desk.card(lena, "unassigned")
    assert not [one for one in desk.thread(card) if answer in shown(one)]


def test_a_guest_gets_nothing_done(desk: SlackDesk) -> None:
    """Full members are agents, guests never; asked at the click, not before."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    desk.guest(GUEST)

    desk.press(card, "Approve & send", GUEST)
    desk.told(GUEST, "Guests can't work here")
    desk.asks("take", card, GUEST)
    desk.peer.command(DESK, GUEST, "/order", "10045")

    desk.card(lena, "unassigned", "Approve & send")
    assert lena.got == []
    assert not [one for one in desk.peer.only_for(DESK, GUEST) if "Freiburg" in shown(one)]


def test_taking_handing_back_and_a_take_that_comes_too_late(desk: SlackDesk) -> None:
    """Take is for whoever presses first; the other is told who has it."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    desk.press(card, "Take", OLGA)
    taken = desk.card(lena, "olga", without="unassigned")
    desk.asks("take", card, WEI)
    desk.told(WEI, "olga")
    assert "olga" in shown(desk.card(lena))

    desk.press(taken, "Hand back", OLGA)
    desk.card(lena, "unassigned")


def test_the_small_forms_do_what_they_say(desk: SlackDesk) -> None:
    """Escalate with a reason, note, assign, snooze, close, and open again."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)

    desk.press(card, "Note")
    desk.modal("Note for the team", "no buyer ever sees it")
    desk.submit(text="She called, too: <!channel>")
    desk.line(card, "She called, too: <!channel>")

    desk.press(card, "Escalate")
    desk.modal("What should a lead decide?")
    desk.submit(reason="May I refund more than the order?")
    desk.card(lena, "escalated", "Needs a lead: May I refund more than the order?")
    desk.line(card, "olga asked for a lead: May I refund more than the order?")

    desk.press(card, "Assign", LEAD)
    desk.modal("Who should have it?")
    desk.submit(LEAD, to=OLGA, reason="Yes, you may.")
    desk.card(lena, "olga", without="unassigned")
    desk.direct(OLGA, "Yes, you may.")

    desk.press(card, "Close")
    desk.modal("How did it end?")
    desk.submit(reason="It arrived.")
    closed = desk.card(lena, "Closed by olga", "It arrived.")
    assert labels(closed["blocks"]) == ["Reopen"]
    desk.press(closed, "Reopen")
    desk.card(lena, "Write reply")
    assert lena.got == []


def test_a_conversation_is_put_aside_and_comes_back_when_it_is_time(desk: SlackDesk) -> None:
    """Snooze; a time in the past is refused at its field, and nothing is lost."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    desk.press(card, "Snooze")
    desk.modal("Show it again")
    past = int((datetime.now(UTC) - timedelta(days=1)).timestamp())
    wrong = desk.submit(until="at", until_at=past)
    assert wrong.errors, wrong
    assert desk.modal("Show it again")

    assert desk.submit(until="tomorrow").stack == []
    desk.card(lena, "put aside until")


def test_the_form_is_for_whoever_opened_it(desk: SlackDesk) -> None:
    """Another person's modal is not theirs to send, and neither is a forged one."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    desk.press(card, "Note")
    view = desk.modal("Note for the team")

    other = desk.submit(LEAD, text="Not mine")
    assert "too old" in json.dumps(other.told.body)
    forged = {**view, "private_metadata": "somebody-elses"}
    state = {"values": {}}
    told = desk.peer.interaction("view_submission", OLGA, view={**forged, "state": state})
    assert "too old" in json.dumps(told.body)

    desk.peer.close(OLGA)
    assert not [one for one in desk.thread(card) if "Not mine" in shown(one)]
