"""Slack, where people just type: what stays inside, what is offered, what is understood."""

from __future__ import annotations

import pytest

from tests.peers.slack_desk import SlackDesk, labels, shown
from tests.peers.slack_workspace import DESK, LEAD, OLGA, WEI
from tests.processes import until

pytestmark = pytest.mark.peers

WHERE = "Where is my order 10045, please?"
MARK = "hourglass_flowing_sand"
WORDS = "Hello, your order 10045 was delivered on Tuesday. I am sorry for the worry."


def test_plain_words_stay_inside_until_their_author_sends_them(desk: SlackDesk) -> None:
    """Pain 1: offered to their author alone, marked, named on the card; one press.

    Pain 2: what is sent is what stands there, once, and then the mark is gone.
    """
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)

    ts = desk.say(WORDS, card)

    offer = desk.offer(OLGA, lena)
    assert WORDS in shown(offer)
    assert offer["thread_ts"] == card["ts"]
    assert labels(offer["blocks"])[0] == f"Send to {lena.name}"
    desk.card(lena, "olga's words of", "are not sent")
    assert until(lambda: MARK in desk.reactions(ts))
    assert not desk.private(card, LEAD)
    assert lena.got == []

    desk.press(offer, f"Send to {lena.name}")
    lena.gets(WORDS)
    desk.card(lena, "Sent", without="are not sent")
    assert until(lambda: MARK not in desk.reactions(ts))
    said = desk.peer.message(DESK, offer["ts"])
    assert "Sending" in shown(said), "the answer stands where the offer stood"
    assert labels(said.get("blocks", [])) == []


def test_words_are_kept_as_a_note_or_are_not_for_the_buyer(desk: SlackDesk) -> None:
    """Pain 1: both take the mark and the card's line away; nothing is sent."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    ts = desk.say("The carrier says it is in the garden.", card)
    desk.card(lena, "are not sent")
    desk.press(desk.offer(OLGA, lena), "Keep as a note")
    desk.line(card, "📝", "The carrier says it is in the garden.")
    desk.card(lena, without="are not sent")
    assert until(lambda: MARK not in desk.reactions(ts))

    ts = desk.say("lol who ships teapots without a box", card)
    desk.card(lena, "are not sent")
    desk.press(desk.offer(OLGA, lena, "lol"), "Not for the buyer")
    desk.card(lena, without="are not sent")
    assert until(lambda: MARK not in desk.reactions(ts))
    assert lena.got == []


def test_words_that_break_a_rule_are_offered_to_be_edited_only(desk: SlackDesk) -> None:
    """Pain 11: no way past the review; edited in a form, then sent."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    desk.say("You get 500 EUR back today, see https://example.com/money", card)
    offer = desk.offer(OLGA, lena, "⛔")
    assert labels(offer["blocks"]) == ["Edit", "Keep as a note", "Not for the buyer"]

    desk.press(offer, "Edit")
    desk.modal("Words for the buyer", "https://example.com/money")
    assert desk.submit(text=WORDS).stack == []
    lena.gets(WORDS)
    desk.card(lena, "Sent", without="are not sent")


def test_words_that_their_author_changes_or_deletes_are_offered_as_they_are(
    desk: SlackDesk,
) -> None:
    """Pain 6: the newest wording is sent; what is gone is offered no more."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    ts = desk.say("Your order was delvered.", card)
    desk.offer(OLGA, lena, "delvered")
    desk.peer.edit(DESK, OLGA, ts, WORDS)
    offer = desk.offer(OLGA, lena, WORDS)
    desk.press(offer, f"Send to {lena.name}")
    lena.gets(WORDS)

    desk.card(lena, "Sent")
    gone = desk.say("Or was it Wednesday?", card)
    desk.card(lena, "are not sent")
    offer = desk.offer(OLGA, lena, "Wednesday")
    desk.peer.delete(DESK, OLGA, gone)
    desk.card(lena, without="are not sent")
    desk.press(offer, f"Send to {lena.name}")
    desk.told(OLGA, "not")
    lena.gets(WORDS)


def test_words_to_a_colleague_or_outside_of_cards_are_nobodys_business(desk: SlackDesk) -> None:
    """No offer for what names a colleague, stands in the channel, or in the room."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    desk.say(f"<@{WEI}> do you know this one?", card)
    desk.say("Good morning everybody")
    marked = desk.say("And this one is offered", card)
    desk.card(lena, "are not sent")

    offers = [one for one in desk.peer.only_for(DESK, OLGA) if lena.name in shown(one)]
    assert [one for one in offers if "do you know" in shown(one)] == []
    assert [one for one in offers if "Good morning" in shown(one)] == []
    desk.peer.delete(DESK, OLGA, marked)
    assert lena.got == []


def test_reply_by_mention_offers_and_note_by_mention_keeps(desk: SlackDesk) -> None:
    """Pain 2: `reply` is reviewed and pressed as well; `note` is kept at once."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    desk.asks("note She is a friend of the house.", card)
    desk.line(card, "📝", "She is a friend of the house.")
    desk.told(OLGA, "Noted, for the team only.")

    desk.asks(f"reply {WORDS}", card)
    offer = desk.offer(OLGA, lena, WORDS)
    assert lena.got == []
    desk.press(offer, f"Send to {lena.name}")
    lena.gets(WORDS)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("order 10045", "Teekanne Ines"),
        ("10045", "Teekanne Ines"),
        ("track 00340434161940001707", "Freiburg"),
        ("stock teapot", "TK-INES-GRN"),
        ("help", "What Parley understands"),
        ("make me a sandwich", "“make me a sandwich” is not something Parley understands"),
        ("why", "Why"),
        ("send", "Press “Approve & send” on the card"),
        ("escalate", "Say in a few words why a lead is needed."),
    ],
)
def test_what_is_asked_by_mention_is_answered_to_the_asker_in_the_thread(
    desk: SlackDesk, asked: str, answer: str
) -> None:
    """Every command has a mention form, since slash commands miss in threads."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    desk.asks(asked, card)

    told = until(lambda: [one for one in desk.private(card) if answer in shown(one)])
    assert told, [*map(shown, desk.private(card))]
    assert not [one for one in desk.thread(card) if answer in shown(one) and one.get("bot_id")]


def test_words_in_a_direct_message_are_understood_without_a_mention(desk: SlackDesk) -> None:
    """ "10045" to the bot."""
    desk.say("10045", channel=desk.peer.chat(OLGA))
    desk.direct(OLGA, "Teekanne Ines")
    desk.say("订单 10045", channel=desk.peer.chat(WEI), user=WEI)
    desk.direct(WEI, "Teekanne Ines", "订单 10045")


def test_shortcuts_on_a_message_offer_it_or_keep_it_as_a_note(desk: SlackDesk) -> None:
    """“Send to buyer” and “Add as note”, on what a colleague typed, too."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    ts = desk.say(f"<@{OLGA}> {WORDS}", card, WEI)
    desk.peer.message_shortcut(DESK, OLGA, ts, "send_to_buyer")
    offer = desk.offer(OLGA, lena)
    desk.press(offer, f"Send to {lena.name}")
    assert until(lambda: lena.got)
    assert WORDS in lena.got[0]

    desk.peer.message_shortcut(DESK, OLGA, ts, "add_as_note")
    desk.line(card, "📝", WORDS)
    elsewhere = desk.say("Not about a buyer")
    desk.peer.message_shortcut(DESK, OLGA, elsewhere, "add_as_note")
    desk.told(OLGA, "Use this on a message in the thread of a buyer's card.")
