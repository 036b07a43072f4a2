"""Slack, where somebody asks: slash commands, the page of one's own, and a shop with moods."""

from __future__ import annotations

import pytest

from tests.peers.slack_desk import Message, SlackDesk, labels, shown
from tests.peers.slack_workspace import DESK, GUEST, LEAD, OLGA, WEI
from tests.processes import until

pytestmark = pytest.mark.peers

WHERE = "Where is my order 10045, please?"
PARCEL = "00340434161940001707"


def answered(desk: SlackDesk, user: str, command: str, typed: str, *words: str) -> Message:
    """What somebody alone is told on a slash command, acknowledged at once."""
    before = {one["ts"] for one in desk.peer.only_for(DESK, user)}
    assert desk.peer.command(DESK, user, command, typed).status == 200

    def there() -> list[Message]:
        fresh = [one for one in desk.peer.only_for(DESK, user) if one["ts"] not in before]
        return [one for one in fresh if all(word in shown(one) for word in words)]

    found = until(there)
    assert found, [*map(shown, desk.peer.only_for(DESK, user))][-5:]
    return found[0]


@pytest.mark.parametrize(
    ("command", "typed", "words"),
    [
        (
            "/order",
            "10045",
            ("Order 10045", "Teekanne Ines, green", "€34.90", "PayPal", "Freiburg"),
        ),
        ("/order", "#10045", ("Order 10045",)),
        ("/order", PARCEL, ("Order 10045",)),
        ("/track", "0034 0434 1619 4000 1707", ("DHL", "24 Nov", "Attach to a conversation")),
        ("/track", PARCEL, ("https://www.dhl.de/", "From demo")),
        ("/buyer", "lena.weber@example.com", ("2 orders match", "10045", "10012")),
        ("/stock", "teapot", ("12 in stock", "none; more expected", "TK-INES-WHT")),
        ("/order", "99999", ("No order or parcel has the number 99999.",)),
        ("/stock", "unicorn", ("No product matches unicorn.",)),
        ("/order", "", ("Type an order number, an e-mail address",)),
        ("/parley", "help", ("What Parley understands", "assign @name because …")),
        ("/parley", "dance", ("“dance” is not something Parley understands",)),
    ],
)
def test_what_is_looked_up_is_answered_to_the_asker_alone(
    desk: SlackDesk, command: str, typed: str, words: tuple[str, ...]
) -> None:
    """Orders by number, e-mail, parcel; stock; nothing found; several; help."""
    public = len(desk.peer.messages(DESK)) - len(desk.peer.only_for(DESK, OLGA))
    answered(desk, OLGA, command, typed, *words)
    assert len(desk.peer.messages(DESK)) - len(desk.peer.only_for(DESK, OLGA)) == public


def test_each_reads_the_answer_in_their_own_language(desk: SlackDesk) -> None:
    """The room is English, Wei reads Chinese."""
    answered(desk, WEI, "/order", "10045", "订单 10045", "Teekanne Ines")
    answered(desk, WEI, "/order", "99999", "99999", "没有")


def test_an_order_is_attached_to_a_conversation_that_named_none(desk: SlackDesk) -> None:
    """Looked up, attached, and the draft knows it."""
    lena = desk.buyer().writes("Hallo, meine Kanne ist kaputt angekommen.")
    card, _ = desk.drafted(lena)
    assert "10045" not in shown(card)
    found = answered(desk, OLGA, "/order", "10045", "Attach to a conversation")
    desk.press(found, "Attach to a conversation")
    form = desk.modal("Which conversation is it about?", lena.name)
    choice = next(
        one["value"]
        for block in form["blocks"]
        if block["type"] == "input"
        for one in block["element"]["options"]
        if lena.name in one["text"]["text"]
    )
    desk.submit(conversation_id=choice)
    desk.card(lena, "10045", "Teekanne Ines", "Draft 2")


def test_a_slow_shop_is_said_to_be_slow_and_then_answers(desk: SlackDesk) -> None:
    """Fault case 33: acknowledged at once, honest after two seconds, then there."""
    desk.mood("3")
    slow = answered(desk, OLGA, "/order", "10012", "The shop is slow. The answer comes here")
    came = answered_since(desk, slow, "Order 10012")
    assert "From demo" in shown(came)


def answered_since(desk: SlackDesk, after: Message, *words: str) -> Message:
    def there() -> list[Message]:
        told = [one for one in desk.peer.only_for(DESK, OLGA) if one["ts"] > after["ts"]]
        return [one for one in told if all(word in shown(one) for word in words)]

    found = until(there)
    assert found, [*map(shown, desk.peer.only_for(DESK, OLGA))][-5:]
    return found[0]


def test_a_shop_that_is_down_is_said_to_be(desk: SlackDesk) -> None:
    """Fault case 33: and a buyer who writes then is on a card all the same."""
    desk.mood("down")
    answered(desk, OLGA, "/order", "10012", "The shop is out of reach.")
    lena = desk.buyer().writes(WHERE)
    desk.card(lena, WHERE, "Write reply")


def test_the_queue_has_those_who_wait_and_leads_to_their_threads(desk: SlackDesk) -> None:
    """`/queue`, all and mine."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    queue = answered(desk, OLGA, "/queue", "", "Queue", "open")
    assert lena.name in shown(queue) or "more conversations" in shown(queue)
    desk.press(card, "Take")
    desk.card(lena, "olga")
    mine = answered(desk, OLGA, "/queue", "mine", lena.name)
    assert f"/archives/{DESK}/p{card['ts'].replace('.', '')}" in str(mine["blocks"])


def test_home_has_what_is_mine_what_waits_and_what_is_escalated(desk: SlackDesk) -> None:
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    desk.press(card, "Take", LEAD)
    desk.card(lena, "lena", without="unassigned")
    desk.press(card, "Escalate", LEAD)
    desk.modal("What should a lead decide?")
    desk.submit(LEAD, reason="Too dear")
    desk.card(lena, "escalated")

    desk.peer.open_home(LEAD)
    page = until(lambda: lena.name in shown(desk.peer.home(LEAD) or {}) and desk.peer.home(LEAD))
    assert page, shown(desk.peer.home(LEAD) or {})
    for title in ("Yours", "Waiting", "Escalated"):
        assert title in shown(page)
    desk.peer.open_home(WEI)
    assert until(lambda: "我" in shown(desk.peer.home(WEI) or {})), shown(desk.peer.home(WEI) or {})


def test_a_strangers_command_is_refused_with_a_sentence(desk: SlackDesk) -> None:
    """Guests never."""
    desk.guest(GUEST)
    refused = answered(desk, GUEST, "/order", "10045", "Guests can't work here")
    assert labels(refused.get("blocks", [])) == []
