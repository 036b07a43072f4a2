"""A desk in a real Slack: from the buyer's message to exactly the reply that a person approved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.peers import faults
from tests.peers.faulty import Faulty
from tests.peers.servers import Elsewhere, Server, Site
from tests.peers.slack_forms import elements
from tests.peers.slack_peer import SlackPeer, slack
from tests.peers.slack_workspace import BY_SOCKET, DESK, EVENTS, GUEST, LEAD, OLGA, SOCKET, WEI, App
from tests.processes import until

pytestmark = pytest.mark.peers

EVIL = "<!channel> <@U02OLGA> <http://evil.example|https://bank.example> &lt;!here&gt; ${x}"


class Line:
    """A Slack, a Parley in it, and the buyers' side behind the webhook."""

    def __init__(self, place: Path, peer: SlackPeer, door: Faulty, api: Faulty) -> None:
        self.peer, self.door, self.api = peer, door, api
        self.buyers = Elsewhere()
        self.buyers.answer = (200, json.dumps({"status": "sent", "external_id": "x1"}))
        config = place / "parley.toml"
        config.write_text(f'[slack]\nleads = ["{LEAD}"]\n')
        self.site = Site(
            place,
            PARLEY_CONFIG=str(config),
            PARLEY_ROOMS="slack",
            PARLEY_BUYERS="webhook",
            PARLEY_SLACK_ROOM=DESK,
            PARLEY_WEBHOOK_REPLY_URL=f"{self.buyers.origin}/replies",
            SLACK_BOT_TOKEN=EVENTS.bot_token,
            SLACK_SIGNING_SECRET=EVENTS.secret,
            SLACK_API_URL=f"{api.url}/api/",
        )
        self.n = 0
        self.server: Server | None = None

    def starts(self, **environ: str) -> Line:
        self.server = self.site.start("serve", **environ)
        self.door.target = self.server.url
        return self

    def ends(self) -> None:
        self.site.end()
        self.buyers.end()

    def receives(self, text: str, *, app: App = EVENTS, room: str = DESK) -> dict[str, Any]:
        """A buyer writes; the card, once it has a draft."""
        assert self.server is not None
        self.n += 1
        assert self.server.post(text, self.n)[0] == 200
        found: dict[str, Any] = until(lambda: self._with_draft(text, app, room), 40)
        assert found, self.server.said()
        return found

    def _with_draft(self, text: str, app: App, room: str) -> dict[str, Any] | None:
        cards = [one for one in self.peer.roots(room, app) if text in said(one)]
        return cards[-1] if cards and "Draft 1" in said(cards[-1]) else None

    def press(self, card: dict[str, Any], label: str, *, user: str = OLGA, room: str = DESK) -> Any:
        now = self.peer.message(room, card["ts"])
        return self.peer.press(room, user, card["ts"], action(now["blocks"], label))

    def replies(self, about: str = "") -> list[str]:
        """What the buyers got."""
        told = [json.loads(one)["message"]["text"] for one in self.buyers.posted]
        return [one for one in told if about in one]

    def modal(self) -> dict[str, Any]:
        """The form that is open, once it is there."""

        def ready() -> Any:
            view = self.peer.modal()
            return view if view and "One moment" not in said(view) else None

        view: dict[str, Any] = until(ready, 15)
        assert view
        return view

    def told(self, user: str, words: str, room: str = DESK) -> Any:
        """What that person alone is told."""
        return until(
            lambda: [one for one in self.peer.only_for(room, user) if words in said(one)], 15
        )


def said(message: dict[str, Any]) -> str:
    return json.dumps(message.get("blocks", []), ensure_ascii=False)


def action(blocks: list[dict[str, Any]], label: str) -> str:
    found = [
        str(element["action_id"])
        for _, element in elements(blocks)
        if (element.get("text") or {}).get("text") == label
    ]
    assert found, f"no button says {label}"
    return found[0]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    place = tmp_path_factory.mktemp("slack")
    with (
        Faulty().open() as door,
        Faulty().open() as api,
        slack(place, f"{door.url}/slack/events") as peer,
    ):
        api.target = peer.url
        line = Line(place, peer, door, api)
        yield line.starts()
        line.ends()


@pytest.fixture(autouse=True)
def healed(line: Line) -> Iterator[None]:
    line.buyers.posted.clear()
    yield
    line.api.heal()
    line.door.heal()


# ── the line ─────────────────────────────────────────────────────────────────


def test_a_draft_approved_twice_reaches_the_buyer_once(line: Line) -> None:
    card = line.receives("Wo ist mein Paket? Bestellung 10023")
    for user in (OLGA, WEI, OLGA):
        line.press(card, "Approve & send", user=user)

    assert until(lambda: line.replies(), 20)
    assert until(lambda: "Sent" in said(line.peer.message(DESK, card["ts"])), 10)
    assert len(line.replies()) == 1


def test_an_edited_reply_is_held_to_the_review_and_sent_as_it_was_approved(line: Line) -> None:
    card = line.receives("Wann kommt die Lampe? Bestellung 10023")
    line.press(card, "Edit")
    line.modal()

    refused = line.peer.submit(OLGA, **{"typed:text": "Guten Tag, siehe http://evil.example/x"})
    assert "evil.example" in said(refused.stack[-1])
    assert "⛔" in said(refused.stack[-1])
    approved = "Guten Tag Lena, Ihr Paket ist unterwegs. Am Montag sehe ich wieder nach."
    assert line.peer.submit(OLGA, **{"typed:text": approved}).stack == []

    assert until(lambda: line.replies(), 20)
    assert line.replies() == [approved]


def test_words_in_the_thread_stay_inside_until_their_author_sends_them(line: Line) -> None:
    """Pain 1."""
    card = line.receives("Ist die Lampe schon da? Bestellung 10023")
    words = "Guten Tag Lena, sie ist unterwegs. Am Montag sehe ich wieder nach."
    ts = line.peer.say(DESK, OLGA, words, thread=card["ts"])

    [offer] = line.told(OLGA, "Send to Lena")
    assert line.replies() == []
    assert line.peer.message(DESK, ts)["reactions"]
    assert "are not sent" in said(line.peer.message(DESK, card["ts"]))

    line.peer.press(DESK, OLGA, offer["ts"], action(offer["blocks"], "Send to Lena"))
    assert until(lambda: line.replies(), 20)
    assert line.replies() == [words]
    assert until(lambda: not line.peer.message(DESK, ts).get("reactions"), 10)


def test_a_lead_assigns_by_mention_and_the_assignee_is_told(line: Line) -> None:
    card = line.receives("Ich möchte mein Geld zurück, Bestellung 10023")
    text = f"<@{EVENTS.user}> <@{OLGA}> please take this, refund above limit"
    line.peer.say(DESK, LEAD, text, thread=card["ts"])

    assert until(lambda: line.peer.direct(OLGA), 15)
    chat = line.peer.direct(OLGA)
    assert until(lambda: "refund above limit" in said(line.peer.messages(chat)[-1]), 10)
    assert until(lambda: "refund above limit" in str(line.peer.messages(DESK, card["ts"])), 10)


def test_an_agent_cannot_assign_others(line: Line) -> None:
    card = line.receives("Noch eine Frage zu Bestellung 10023")
    text = f"<@{EVENTS.user}> assign <@{WEI}>"
    line.peer.say(DESK, OLGA, text, thread=card["ts"])

    assert line.told(OLGA, "Only a lead")


def test_an_order_is_looked_up_for_the_asker_alone(line: Line) -> None:
    assert line.peer.command(DESK, WEI, "/order", "10023").status == 200

    [card] = line.told(WEI, "Order 10023")
    assert card["ephemeral_to"] == WEI


def test_a_guest_presses_and_nothing_happens(line: Line) -> None:
    card = line.receives("Hallo? Bestellung 10023")
    as_guest = faults.changes_answer(lambda told: {**told, "user": guest(told["user"])})
    line.api.on("/api/users.info", as_guest, only=lambda one: GUEST in one.path)

    line.press(card, "Approve & send", user=GUEST)

    assert line.told(GUEST, "Guests can't work here")
    assert line.replies() == []


def guest(user: dict[str, Any]) -> dict[str, Any]:
    return {**user, "is_restricted": True}


def test_a_buyers_markup_is_text_in_slack(line: Line) -> None:
    card = line.receives(f"{EVIL} Bestellung 10023"[:200])
    line.peer.say(DESK, OLGA, "schaue ich an", thread=card["ts"])

    for message in line.peer.messages(DESK, card["ts"]):
        if message.get("app_id") == EVENTS.id:
            assert "<!channel>" not in message["text"]
            assert not any("<!channel>" in text for text in markup(message["blocks"]))


def markup(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["text"]] if node.get("type") == "mrkdwn" else []
        return own + [one for value in node.values() for one in markup(value)]
    return [one for value in node for one in markup(value)] if isinstance(node, list) else []


# ── a Slack that misbehaves ──────────────────────────────────────────────────


def test_a_post_that_slack_refuses_for_now_comes_later_and_once(line: Line) -> None:
    line.api.on("/api/chat.postMessage", faults.answers(429, {"ok": False}, retry_after=1))
    text = "Erst später bitte, Bestellung 10023"

    line.receives(text)

    assert len([one for one in line.peer.roots(DESK) if text in said(one)]) == 1


def test_a_card_that_may_be_there_twice_says_so(line: Line) -> None:
    """C 4, 27: Slack took it, and the answer was lost: never an unmarked second card."""
    line.api.on("/api/chat.postMessage", faults.takes_and_answers(502))
    text = "Doppelt hält besser, Bestellung 10023"

    line.receives(text)

    _, second = [one for one in line.peer.roots(DESK) if text in said(one)]
    assert "twice" in said(second) or "second" in said(second), said(second)


def test_a_press_delivered_three_times_is_done_once(line: Line) -> None:
    card = line.receives("Dreimal gedrückt, Bestellung 10023")
    line.door.on("/slack/events", faults.repeats(3), times=1)

    line.press(card, "Approve & send")

    assert until(lambda: line.replies(), 20)
    assert len(line.replies()) == 1


def test_over_a_socket_it_is_the_same_desk(line: Line) -> None:
    """Without any address of our own."""
    assert line.server is not None
    line.server.stop()
    line.starts(
        SLACK_BOT_TOKEN=BY_SOCKET.bot_token,
        SLACK_APP_TOKEN=BY_SOCKET.app_token,
        SLACK_SIGNING_SECRET="",
        PARLEY_SLACK_ROOM=SOCKET,
    )
    card = line.receives("Über den Draht, Bestellung 10023", app=BY_SOCKET, room=SOCKET)

    line.press(card, "Approve & send", room=SOCKET)

    assert until(lambda: line.replies(), 20)
    assert len(line.replies()) == 1
