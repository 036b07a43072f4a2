"""Slack when it misbehaves, and Parley when it dies: nothing lost, nothing twice, nothing unmarked.

The case numbers are those of the fault table that the project keeps to.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from tests.peers import faults
from tests.peers.faulty import Fault, Passage
from tests.peers.slack_desk import SlackDesk, draft_in, shown, slack_desk
from tests.peers.slack_workspace import DESK, OLGA
from tests.processes import until

pytestmark = pytest.mark.peers

WHERE = "Where is my order 10045, please?"
WORDS = "Hello, your order 10045 was delivered on Tuesday. I am sorry for the worry."
DOUBLED = "Possible duplicate: this card may be here twice."


@pytest.fixture(scope="module")
def shaken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackDesk]:
    """A team of its own: its Parley is killed now and then."""
    with slack_desk(tmp_path_factory.mktemp("shaken"), PARLEY_UNDO_SECONDS="1") as desk:
        yield desk


@pytest.fixture
def desk(shaken: SlackDesk) -> Iterator[SlackDesk]:
    shaken.begins()
    yield shaken
    shaken.heal()
    assert shaken.objections() == []


def is_card(passage: Passage) -> bool:
    """A message in the channel, not in a thread."""
    return "thread_ts" not in passage.json


def test_what_slack_delivers_several_times_is_done_once(desk: SlackDesk) -> None:
    """Cases 2, 11, 22, pain 8: presses, mentions and typed words, at once and again later."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    again = faults.repeats(
        3, at_once=True, X_Slack_Retry_Num="1", X_Slack_Retry_Reason="http_timeout"
    )
    desk.inbound.on("/slack/events", again, times=float("inf"))

    desk.asks("note Only once, please.", card)
    desk.line(card, "Only once, please.")
    desk.say(WORDS, card)
    offer = desk.offer(OLGA, lena, WORDS)
    desk.press(offer, f"Send to {lena.name}")
    lena.gets(WORDS)
    desk.line(card, "📤", WORDS)

    desk.inbound.heal()
    late = [one for one in desk.inbound.ledger if "Only once" in one.body.decode()]
    assert set(desk.inbound.deliver(*late, headers={"X-Slack-Retry-Num": "3"})) == {200}
    desk.asks("note The last one.", card)
    desk.line(card, "The last one.")
    notes = [one for one in desk.thread(card) if "📝" in shown(one) and "Only once" in shown(one)]
    assert len(notes) == 1
    assert len([one for one in desk.private(card) if "Send to" in shown(one)]) <= 1
    lena.gets(WORDS)


def test_a_form_that_is_submitted_twice_sends_once(desk: SlackDesk) -> None:
    """Case 11: the same view, at once and again later."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    desk.press(card, "Write reply")
    desk.modal("Write a reply")
    desk.inbound.on("/slack/events", faults.repeats(3, at_once=True))
    desk.submit(text=WORDS)
    sent = desk.inbound.ledger[-1]
    lena.gets(WORDS)
    desk.card(lena, "Sent")

    desk.inbound.deliver(sent)
    desk.press(card, "Note")
    desk.modal("Note for the team")
    desk.inbound.on("/slack/events", faults.repeats(3, at_once=True))
    desk.submit(text="Noted once.")
    desk.line(card, "Noted once.")
    desk.asks("note The end.", card)
    desk.line(card, "The end.")
    assert len([one for one in desk.thread(card) if "Noted once." in shown(one)]) == 1
    lena.gets(WORDS)


def test_events_in_the_wrong_order_end_as_their_author_left_them(desk: SlackDesk) -> None:
    """Case 22: the change of a message comes before the message itself."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    desk.inbound.on("/slack/events", faults.keeps, times=2)
    ts = desk.say("Yor ordr", card)
    desk.peer.edit(DESK, OLGA, ts, WORDS)
    first, second = desk.inbound.kept[-2:]
    assert desk.inbound.deliver(second, first) == [200, 200]

    desk.offer(OLGA, lena)
    desk.asks("note Everything has arrived.", card)
    desk.line(card, "Everything has arrived.")
    newest = [one for one in desk.private(card) if "as a reply?" in shown(one)][-1]
    assert WORDS in shown(newest)
    desk.press(newest, f"Send to {lena.name}")
    lena.gets(WORDS)


def test_a_busy_slack_gets_every_card_once_when_it_said_to_come_again(desk: SlackDesk) -> None:
    """Case 25: 429 with Retry-After; nothing is posted too early, nothing lost or doubled."""
    desk.outbound.on("chat.postMessage", faults.busy(2), times=2)
    began = monotonic()
    buyers = [desk.buyer(f"Busy {n}").writes(f"{WHERE} ({n})") for n in range(4)]
    cards = [desk.card(one, "Approve & send") for one in buyers]

    assert monotonic() - began >= 2
    assert len({card["ts"] for card in cards}) == 4
    for card in cards:
        assert DOUBLED not in shown(card)


@pytest.mark.parametrize(
    "fault", [faults.breaks(500), faults.html(), faults.resets, faults.breaks(503)]
)
def test_a_slack_that_breaks_has_the_card_in_the_end(desk: SlackDesk, fault: Fault) -> None:
    """Case 26: an error of the server, a page instead of an answer, a connection cut."""
    desk.outbound.on("chat.postMessage", fault, only=is_card)
    lena = desk.buyer().writes(WHERE)
    card = desk.card(lena, "Approve & send")
    assert len(desk.roots(lena)) == 1

    desk.outbound.on("chat.update", fault)
    desk.press(card, "Take")
    desk.card(lena, "olga", without="unassigned")


def test_a_card_that_slack_took_without_a_word_is_never_there_twice_unmarked(
    desk: SlackDesk,
) -> None:
    """Cases 8, 27: the second one says so, and a press on the first one strikes that out."""
    desk.outbound.on("chat.postMessage", faults.takes_and_drops, only=is_card)
    lena = desk.buyer().writes(WHERE)
    assert until(lambda: len(desk.roots(lena)) == 2)
    lost, card = desk.roots(lena)
    assert until(lambda: DOUBLED in shown(desk.roots(lena)[-1])), shown(card)

    desk.press_late(lost, "Take")
    assert until(lambda: "another thread" in shown(desk.peer.message(DESK, lost["ts"])))
    desk.card(lena, "olga", without=DOUBLED)


def test_a_line_that_slack_took_without_a_word_says_that_it_may_be_there_twice(
    desk: SlackDesk,
) -> None:
    """Case 27, pain 8: never silently twice, never lost."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    desk.outbound.on("chat.postMessage", faults.takes_and_drops)
    desk.asks("note Written down.", card)
    twice = desk.line(card, "may be here twice", "Written down.")
    found = [one for one in desk.thread(card) if "📝" in shown(one)]
    assert len(found) == 2
    assert found[1] == twice


def test_slack_has_its_answer_in_time_while_slack_itself_hangs(desk: SlackDesk) -> None:
    """Case 33, pain 15: a press, a mention and a command are acknowledged without a call."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    desk.outbound.on("*", faults.hangs, times=float("inf"))
    began = monotonic()
    assert desk.press(card, "Take").status == 200
    desk.asks("note While it hung.", card)
    assert desk.peer.command(DESK, OLGA, "/queue").status == 200
    assert monotonic() - began < 3
    assert {one.told for one in desk.inbound.ledger[-3:]} == {200}

    desk.outbound.heal()
    desk.card(lena, "olga", without="unassigned")
    desk.line(card, "While it hung.")


def test_a_parley_killed_between_the_post_and_its_record_posts_no_second_card_unmarked(
    desk: SlackDesk,
) -> None:
    """Case 4: the card is there and nobody noted where; found when somebody presses on it."""
    desk.outbound.on("chat.postMessage", faults.takes_and_hangs, only=is_card)
    lena = desk.buyer().writes(WHERE)
    assert until(lambda: desk.roots(lena))
    desk.parley.killed()
    desk.outbound.heal()
    desk.parley.again()

    assert until(lambda: len(desk.roots(lena)) == 2 and DOUBLED in shown(desk.roots(lena)[1])), [
        *map(shown, desk.roots(lena))
    ]
    lost, card = desk.roots(lena)
    assert until(lambda: "Approve & send" in shown(desk.peer.message(DESK, card["ts"])))
    card = desk.peer.message(DESK, card["ts"])
    desk.press(card, "Approve & send")
    lena.gets(draft_in(card))
    assert len(desk.roots(lena)) == 2
    assert shown(lost)


def test_a_press_is_done_although_parley_died_right_after_it_said_so(desk: SlackDesk) -> None:
    """Cases 2, 3, 7: acknowledged is durable; the buyer gets it once."""
    lena = desk.buyer().writes(WHERE)
    card, draft = desk.drafted(lena)
    assert desk.press(card, "Approve & send").status == 200
    desk.parley.killed()
    pressed = desk.inbound.ledger[-1]
    desk.parley.again()
    assert desk.inbound.deliver(pressed, headers={"X-Slack-Retry-Num": "1"}) == [200]

    lena.gets(draft)
    desk.card(lena, "Sent")
    lena.gets(draft)


def test_without_the_store_nothing_is_acknowledged_and_it_comes_again(desk: SlackDesk) -> None:
    """Case 15: 503 while it is away, within Slack's patience; then done once."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    with store_hung(desk.site.place):
        began = monotonic()
        desk.asks("note Kept at last.", card)
        typed = [one for one in desk.inbound.ledger if b"Kept at last" in one.body]
        assert {one.told for one in typed} == {503}
        assert desk.press(card, "Take").status == 503
        assert desk.peer.command(DESK, OLGA, "/queue").status == 200, "a sentence, not an error"
        assert monotonic() - began < 3 * (len(typed) + 2)

    assert set(desk.inbound.deliver(*typed, headers={"X-Slack-Retry-Num": "1"})) == {200}
    desk.line(card, "📝", "Kept at last.")
    notes = [one for one in desk.thread(card) if "📝" in shown(one)]
    assert len(notes) == 1


@contextmanager
def store_hung(place: Path) -> Iterator[None]:
    """The embedded server of that site answers nobody."""
    socket = f"unixsocket:{place / 'data' / 'valkey.sock'}"
    [pid] = [int(one.name) for one in Path("/proc").iterdir() if _is(one, socket)]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _is(process: Path, title: str) -> bool:
    try:
        return process.name.isdigit() and title in (process / "cmdline").read_text()
    except OSError:
        return False
