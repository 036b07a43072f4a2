"""Parley as it is installed, with Microsoft's Agents Playground as its Teams: a real client's way.

What Teams itself would do beyond that (tokens, limits, faults) is in `tests/test_teams_*.py`.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.card_limits import live, of_message
from tests.peers import faults
from tests.peers.faulty import Faulty
from tests.peers.relay import Buyer, Relay
from tests.peers.servers import Server, Site
from tests.peers.teams_peer import Post, TeamsPeer, teams
from tests.peers.teams_tenant import BUYERS, LENA, OLGA, WEI, message
from tests.processes import until
from tests.teams_service import actions, texts

pytestmark = pytest.mark.peers

WHERE = "Where is my order 10045, please? It was to be a birthday gift."
NASTY = "<at>Olga Agent</at> [bank](https://evil.example) ${x} {{DATE(2026-01-01T00:00:00Z)}}"


class Whole(NamedTuple):
    """A team in Teams, its Parley, its buyers, and the roads between them."""

    peer: TeamsPeer
    parley: Server
    relay: Relay
    to_bot: Faulty
    to_teams: Faulty

    def buyer(self) -> Buyer:
        return Buyer(self.parley.url, self.relay, "Tom", locale="en-GB")

    def card(self, buyer: Buyer, *words: str, without: str = "") -> Post:
        """The buyer's one card, once it shows all *words* (buttons too)."""

        def there() -> Post | None:
            found = [one for one in self.peer.roots() if buyer.name in shown(one)]
            assert len(found) <= 1, "more than one card of one conversation"
            said = shown(found[0]) if found else ""
            right = found and all(one in said for one in words)
            return found[0] if right and not (without and without in said) else None

        card: Post | None = until(there, 30)
        assert card is not None, f"no card with {words}: {[*map(shown, self.peer.roots())]}"
        return card

    def seen(self, conversation: str, *words: str) -> Post:
        """What Parley posted there with all *words*, once it is there."""

        def there() -> Post | None:
            found = [one for one in self.peer.posts(conversation)]
            return next((one for one in found if all(word in shown(one) for word in words)), None)

        post: Post | None = until(there, 30)
        assert post is not None, f"no {words} in {[*map(shown, self.peer.posts(conversation))]}"
        return post

    def under(self, card: Post) -> list[Post]:
        """What stands in the thread, without the card itself."""
        return [one for one in self.peer.posts(card.conversation) if one.id != card.id]

    def press(self, user: str, post: Post, title: str, card: Any = None, **typed: str) -> Any:
        """A button by its title, of the post or of the card that took its place."""
        action = actions(card or post.card)[title]
        body = {
            "name": "adaptiveCard/action",
            "value": {
                "action": {**action, "data": {**action["data"], **typed}},
                "trigger": "manual",
            },
            "from": {"id": user},
            "conversation": {"id": post.conversation},
            "replyToId": post.id,
        }
        return self.peer._post("_conversation/v1/invoke", body)


def shown(post: Post) -> str:
    return "\n".join(texts(post.card))


@contextmanager
def at_work(place: Path, config: str = "", **environ: str) -> Iterator[Whole]:
    """Everybody until the end. *config*: more of the settings file, in TOML."""
    with ExitStack() as stack:
        relay = Relay().open()
        stack.callback(relay.close)
        to_bot, to_teams = (
            stack.enter_context(Faulty().open()),
            stack.enter_context(Faulty().open()),
        )
        peer = stack.enter_context(teams(place, f"{to_bot.url}/api/messages", to_teams.url))
        to_teams.target = peer.url
        file = place / "parley.toml"
        file.write_text(f'[teams]\nleads = ["{LENA}"]\n{config}')
        site = Site(
            place,
            PARLEY_CONFIG=str(file),
            PARLEY_ROOMS="teams",
            PARLEY_TEAMS_ROOM=BUYERS,
            PARLEY_TEAMS_DEV="1",
            PARLEY_WEBHOOK_REPLY_URL=relay.url,
            **environ,
        )
        stack.callback(site.end)
        parley = site.start("serve")
        to_bot.target = parley.url
        peer.install()
        yield Whole(peer, parley, relay, to_bot, to_teams)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with at_work(tmp_path_factory.mktemp("teams")) as whole:
        yield whole


@pytest.fixture(autouse=True)
def healed(whole: Whole) -> Iterator[None]:
    yield
    whole.to_bot.heal()
    whole.to_teams.heal()


def test_from_a_message_to_the_card_to_the_reply(whole: Whole) -> None:
    """Message → card → approve: the buyer gets what stood there, once; the thread has it, too."""
    tom = whole.buyer().writes(WHERE)
    card = whole.card(tom, WHERE, "Approve & send", "10045")
    assert of_message(card.activity) == []

    answered = whole.press(OLGA, card, "Approve & send")

    assert answered["type"] == "application/vnd.microsoft.activity.message"
    whole.card(tom, "Sent")
    [text] = tom.got
    whole.seen(card.conversation, text, "Olga Agent")
    assert text in shown(card)


def test_a_draft_is_edited_in_the_card_itself(whole: Whole) -> None:
    tom = whole.buyer().writes(WHERE)
    card = whole.card(tom, "Edit")

    form = whole.press(OLGA, card, "Edit")
    assert form["type"] == "application/vnd.microsoft.card.adaptive"
    blocked = "I refund you 500 EUR at once, see https://example.com/money"
    refused = whole.press(OLGA, card, "Send", form["value"], text=blocked)
    assert blocked in str(refused["value"])
    assert tom.got == []

    words = "Your parcel is on its way. Thank you for your patience."
    whole.press(OLGA, card, "Send", refused["value"], text=words)

    tom.gets(words)


def test_a_mention_assigns_takes_notes_and_offers(whole: Whole) -> None:
    """By words in the thread; what is for one person comes in their own chat."""
    tom = whole.buyer().writes(WHERE)
    card = whole.card(tom, "unassigned")
    mention = {
        "type": "mention",
        "text": "<at>李伟</at>",
        "mentioned": {"id": WEI, "name": "李伟"},
    }
    told = message(
        whole.peer.service_url,
        card.conversation,
        LENA,
        "<at>Parley</at> <at>李伟</at> please take this, refund above limit",
    )
    told["entities"].append(mention)
    whole.peer.custom(told)
    whole.card(tom, "李伟")
    whole.seen(whole.peer.personal(WEI), "refund above limit", tom.name)

    whole.peer.say(BUYERS, OLGA, "note She called, too.", thread=card.id)
    whole.seen(card.conversation, "She called, too.")

    whole.peer.say(BUYERS, OLGA, "reply It arrives tomorrow.", thread=card.id)
    chat = whole.peer.personal(OLGA)
    offer = whole.seen(chat, "It arrives tomorrow.")
    whole.card(tom, "not sent")
    assert tom.got == []
    title = next(one for one in actions(offer.card) if one.startswith(("Send to", "Edit")))
    assert title


def test_a_look_up_is_private_and_leaves_a_line(whole: Whole) -> None:
    tom = whole.buyer().writes(WHERE)
    card = whole.card(tom, WHERE)

    whole.peer.say(BUYERS, LENA, "order 10045", thread=card.id)

    info = whole.seen(whole.peer.personal(LENA), "10045", "DHL")
    assert "DHL" in shown(info)
    line = until(lambda: [one for one in whole.under(card) if "10045" in shown(one)], 30)
    assert len(shown(line[0])) < 200


def test_foreign_words_are_inert(whole: Whole) -> None:
    tom = whole.buyer().writes(f"{WHERE} {NASTY}")
    card = whole.card(tom, "Approve & send")

    assert live(card.card) == []
    for post in whole.peer.posts():
        assert live(post.card) == []
        assert not post.activity.get("entities")


def test_what_teams_sends_twice_is_done_once(whole: Whole) -> None:
    tom = whole.buyer().writes(WHERE)
    card = whole.card(tom, "Approve & send")
    whole.to_bot.on("/api/messages", faults.repeats(2))

    whole.press(OLGA, card, "Approve & send")

    whole.card(tom, "Sent")
    assert len(tom.got) == 1


def test_a_gateway_that_lies_makes_no_unmarked_second_card(whole: Whole) -> None:
    """Reliability C 8, 28: Teams took it, a gateway said 502."""
    whole.to_teams.on("/_connector/v3/conversations", faults.takes_and_answers(502), times=1)
    tom = whole.buyer().writes(WHERE)

    def cards() -> list[Post]:
        return [one for one in whole.peer.posts(BUYERS) if tom.name in shown(one)]

    assert until(lambda: len(cards()) >= 2, 60)
    assert until(lambda: [one for one in cards() if "Possible duplicate" in shown(one)], 30)


def test_a_killed_parley_comes_back_to_the_same_threads(whole: Whole) -> None:
    """Where Teams is, which thread is whose: all of it is in the store."""
    tom = whole.buyer().writes(WHERE)
    card = whole.card(tom, "Approve & send")

    whole.parley.stop(signal.SIGKILL)
    whole.parley.again()
    tom.writes("Hello? It is urgent.")

    whole.seen(card.conversation, "Hello? It is urgent.")
    whole.press(OLGA, whole.card(tom, "Hello? It is urgent.", "Approve & send"), "Approve & send")
    whole.card(tom, "Sent")
    assert len(tom.got) == 1
