"""A team at work in Slack: the real Parley, the peer, and everything between them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import time
from typing import Any

from tests.peers.faults import changes_answer
from tests.peers.faulty import Passage
from tests.peers.relay import Buyer, Relay
from tests.peers.servers import Server, Site
from tests.peers.slack_forms import action_of, element_of, elements
from tests.peers.slack_peer import SlackPeer, Submission, Told, slack
from tests.peers.slack_road import ToParley, ToSlack, objections
from tests.peers.slack_workspace import DESK, EVENTS, LEAD, OLGA, TEAM, WEI
from tests.processes import ROOT, until
from tests.slack_limits import live, texts

Message = dict[str, Any]
PATIENCE_S = 30.0
MOODY = [sys.executable, "-m", "tests.peers.moody"]
TEAM_OF_THREE = f"""
[slack]
leads = ["{LEAD}"]

[[members]]
id = "slack:{TEAM}:{WEI}"
name = "李伟"
public_name = "Wei"
language = "zh-Hans"
"""
"""Lena leads, Olga is an agent as every member of the room is, Wei reads Chinese."""


class SlackDesk:
    """One workspace, one Parley, its buyers."""

    def __init__(self, peer: SlackPeer, relay: Relay, inbound: ToParley, outbound: ToSlack) -> None:
        self.peer, self.relay = peer, relay
        self.inbound, self.outbound = inbound, outbound
        self.site: Site
        self.parley: Server
        self._asked = self._told = 0

    # ── buyers ───────────────────────────────────────────────────────────────

    def buyer(self, name: str = "Lena", **about: Any) -> Buyer:
        return Buyer(self.parley.url, self.relay, name, **about)

    # ── what the team sees ───────────────────────────────────────────────────

    def roots(self, buyer: Buyer, channel: str = DESK) -> list[Message]:
        """Cards that name this buyer, with something to press. There should be one."""
        named = [one for one in self.peer.roots(channel) if buyer.name in shown(one)]
        return [one for one in named if labels(one.get("blocks", []))]

    def card(self, buyer: Buyer, *words: str, without: str = "", channel: str = DESK) -> Message:
        """The buyer's card, once it is the only one and shows all *words* (of buttons too)."""

        def there() -> Message | None:
            found = self.roots(buyer, channel)
            said = shown(found[0]) if len(found) == 1 else ""
            right = said and all(one in said for one in words)
            return found[0] if right and not (without and without in said) else None

        card: Message | None = until(there, PATIENCE_S)
        assert card is not None, (
            f"no card with {words}: {[*map(shown, self.roots(buyer, channel))]}"
        )
        return card

    def drafted(self, buyer: Buyer, channel: str = DESK) -> tuple[Message, str]:
        """The card with a draft to approve, and the draft's words."""
        card = self.card(buyer, "Approve & send", channel=channel)
        return card, draft_in(card)

    def thread(self, card: Message, channel: str = DESK) -> list[Message]:
        """What stands under a card, for all."""
        return [
            one
            for one in self.peer.messages(channel, card["ts"])
            if one["ts"] != card["ts"] and "ephemeral_to" not in one
        ]

    def line(self, card: Message, *words: str, channel: str = DESK) -> Message:
        """The first message under a card that shows all *words*, once it is there."""
        return self._seen(lambda: self.thread(card, channel), words)

    def told(self, user: str, *words: str, channel: str = DESK) -> Message:
        """What one person alone is told in a channel, once it shows all *words*."""
        return self._seen(lambda: self.peer.only_for(channel, user), words)

    def private(self, card: Message, user: str = OLGA, channel: str = DESK) -> list[Message]:
        """What one person alone is told under a card."""
        told = self.peer.only_for(channel, user)
        return [one for one in told if one.get("thread_ts") == card["ts"]]

    def offer(self, user: str, buyer: Buyer, *words: str, channel: str = DESK) -> Message:
        """The offer to send words to that buyer which this person sees."""
        return self.told(user, f"Send to {buyer.name} as a reply?", *words, channel=channel)

    def direct(self, user: str, *words: str) -> Message:
        """A direct message of Parley to somebody that shows all *words*."""
        return self._seen(lambda: self._direct(user), words)

    def _direct(self, user: str) -> list[Message]:
        chat = self.peer.direct(user)
        found = self.peer.messages(chat) if chat else []
        return [one for one in found if one.get("app_id") == EVENTS.id]

    def modal(self, *words: str) -> dict[str, Any]:
        """The uppermost modal, once it shows all *words*."""

        def there() -> dict[str, Any] | None:
            view = self.peer.modal()
            return view if view and all(one in shown(view) for one in words) else None

        view: dict[str, Any] | None = until(there, PATIENCE_S)
        assert view is not None, f"no modal with {words}: {shown(self.peer.modal() or {})}"
        return view

    def reactions(self, ts: str, channel: str = DESK) -> list[str]:
        return [one["name"] for one in self.peer.message(channel, ts).get("reactions", [])]

    def _seen(self, look: Callable[[], list[Message]], words: tuple[str, ...]) -> Message:
        def there() -> Message | None:
            found = [one for one in look() if all(word in shown(one) for word in words)]
            return found[0] if found else None

        seen: Message | None = until(there, PATIENCE_S)
        assert seen is not None, f"nothing with {words} among {[*map(shown, look())][-5:]}"
        return seen

    # ── what the team does ───────────────────────────────────────────────────

    def press(self, message: Message, label: str, user: str = OLGA, channel: str = DESK) -> Told:
        """A button, or a choice of a menu, by what is on it, once the message has it."""

        def there() -> Message | None:
            newest = self.peer.message(channel, message["ts"])
            return newest if label in labels(newest.get("blocks", [])) else None

        newest = until(there, PATIENCE_S) or self.peer.message(channel, message["ts"])
        action_id, value = labelled(newest.get("blocks", []), label)
        return self.peer.press(channel, user, message["ts"], action_id, value)

    def press_late(self, message: Message, label: str, user: str = OLGA, **at: Any) -> Told:
        """The same on a screen that still shows the message as it was."""
        action_id, value = labelled(message["blocks"], label)
        action = action_of(element_of(message["blocks"], action_id), value)
        channel = message["channel"]
        told = {"action_ts": f"{time()}", **at}
        return self.peer.interaction(
            "block_actions",
            user,
            channel={"id": channel},
            container={"type": "message", "message_ts": message["ts"], "channel_id": channel},
            message=message,
            actions=[{**action, **told}],
        )

    def say(
        self, text: str, card: Message | None = None, user: str = OLGA, channel: str = DESK
    ) -> str:
        """Words in the channel, or in the thread of *card*; their ts."""
        return self.peer.say(channel, user, text, card["ts"] if card else None)

    def asks(
        self, text: str, card: Message | None = None, user: str = OLGA, channel: str = DESK
    ) -> str:
        """Words to Parley, by mention."""
        return self.say(f"<@{EVENTS.user}> {text}", card, user, channel)

    def submit(self, user: str = OLGA, **fields: Any) -> Submission:
        """The uppermost form with these fields, by their names."""
        view = self.peer.modal() or {"blocks": []}
        return self.peer.submit(user, **_by_block(view, fields))

    def in_form(self, action_id: str, user: str = OLGA, value: str = "", **fields: str) -> Told:
        """Something pressed or typed in the uppermost form, with these fields filled in."""
        view = self.peer.modal() or {"blocks": []}
        return self.peer.press_in_view(user, view, action_id, value, **_by_block(view, fields))

    def mood(self, mood: str) -> None:
        """How many seconds the shop takes from now on; `down`: it doesn't answer."""
        (self.site.place / "mood").write_text(mood)

    def guest(self, user: str) -> None:
        """Make somebody a guest of the workspace, until all is healed."""
        self._told_of(user, is_restricted=True)

    def reads(self, user: str, locale: str) -> None:
        """Their language in Slack's preferences, until all is healed."""
        self._told_of(user, locale=locale)

    def _told_of(self, user: str, **about: Any) -> None:
        self.outbound.on(
            "users.info",
            changes_answer(lambda said: {**said, "user": {**said["user"], **about}}),
            times=float("inf"),
            only=lambda passage: f"user={user}" in passage.path,
        )

    # ── whether it was right ─────────────────────────────────────────────────

    def begins(self) -> None:
        """What follows is looked at by `objections`."""
        self._asked, self._told = len(self.outbound.ledger), len(self.inbound.ledger)

    def objections(self) -> list[str]:
        """What Slack would have refused of all that was sent since."""
        asked, told = self.outbound.ledger[self._asked :], self.inbound.ledger[self._told :]
        return objections(asked, told)

    def heal(self) -> None:
        self.inbound.heal()
        self.outbound.heal()
        self.mood("")


@contextmanager
def slack_desk(place: Path, config: str = "", **environ: str) -> Iterator[SlackDesk]:
    """Everybody at work until the end. *config*: a settings file, in TOML."""
    with ExitStack() as stack:
        inbound, outbound = ToParley(), ToSlack()
        stack.enter_context(inbound.open())
        stack.enter_context(outbound.open())
        peer = stack.enter_context(slack(place, f"{inbound.url}/slack/events"))
        relay = Relay().open()
        stack.callback(relay.close)
        outbound.target, inbound.peer, inbound.slack = peer.url, peer, outbound
        desk = SlackDesk(peer, relay, inbound, outbound)
        desk.site = Site(place, **{**_environ(place, config, desk), **environ})
        stack.callback(desk.site.end)
        desk.parley = desk.site.start(program=MOODY, PYTHONPATH=str(ROOT))
        inbound.target = desk.parley.url
        yield desk


def _environ(place: Path, config: str, desk: SlackDesk) -> dict[str, str]:
    settings = {
        "SHOP_MOOD": str(place / "mood"),
        "PARLEY_ROOMS": "slack",
        "PARLEY_SLACK_ROOM": DESK,
        "PARLEY_WEBHOOK_REPLY_URL": desk.relay.url,
        "SLACK_BOT_TOKEN": EVENTS.bot_token,
        "SLACK_SIGNING_SECRET": EVENTS.secret,
        "SLACK_API_URL": f"{desk.outbound.url}/api/",
    }
    if config:
        file = place / "parley.toml"
        file.write_text(config)
        settings["PARLEY_CONFIG"] = str(file)
    return settings


# ── reading blocks ───────────────────────────────────────────────────────────


def shown(message: Mapping[str, Any]) -> str:
    """Every word of a message, a modal or a page, in order."""
    said = [text for text, _ in texts(message.get("blocks"))]
    return "\n".join([*said, *_more(message)])


def _more(message: Mapping[str, Any]) -> Iterator[str]:
    if not message.get("blocks"):
        yield str(message.get("text") or "")
    for name in ("title", "submit", "close"):
        if isinstance(message.get(name), Mapping):
            yield str(message[name]["text"])
    for _, element in elements(message.get("blocks") or []):
        if element.get("initial_value"):
            yield str(element["initial_value"])


def _by_block(view: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is entered, by the blocks where Slack has it."""
    names = {one["block_id"].split(":")[1]: one["block_id"] for one in _inputs(view)}
    return {names.get(name, name): value for name, value in fields.items()}


def _inputs(view: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [one for one in view["blocks"] if one["type"] == "input"]


def draft_in(card: Message) -> str:
    """The draft of a card: what stands there whole."""
    whole = [one for one in card["blocks"] if one["type"] == "section" and one.get("expand")]
    return "\n".join(one["text"]["text"] for one in whole)


def labels(blocks: list[dict[str, Any]]) -> list[str]:
    """What can be pressed."""
    return [label for label, _, _ in _pressable(blocks)]


def labelled(blocks: list[dict[str, Any]], label: str) -> tuple[str, str]:
    """The action of what is called so, and the value where it is a choice."""
    found = [(id, value) for name, id, value in _pressable(blocks) if name == label]
    assert found, f"nothing is called {label}: there is {labels(blocks)}"
    return found[0]


def _pressable(blocks: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for _, element in elements(blocks):
        if element["type"] == "button":
            yield element["text"]["text"], element["action_id"], ""
        for option in element.get("options", []):
            yield option["text"]["text"], element["action_id"], option["value"]


def pings(sent: Iterable[Passage]) -> list[str]:
    """Everything live in messages, but for links: mentions and calls."""

    found = [one for passage in sent for one in live(_whole(passage.json))]
    return [one for one in found if not one.startswith("<http")]


def _whole(body: Mapping[str, Any]) -> dict[str, Any]:
    blocks = body.get("blocks")
    return {**body, "blocks": json.loads(blocks) if isinstance(blocks, str) else blocks}
