"""Slack by Socket Mode: the same desk where nobody can reach us from outside."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.peers.relay import Buyer, Relay
from tests.peers.servers import Site
from tests.peers.slack_desk import draft_in, labelled, shown
from tests.peers.slack_peer import slack
from tests.peers.slack_workspace import BY_SOCKET, OLGA, SOCKET
from tests.processes import until

pytestmark = pytest.mark.peers


def test_cards_presses_words_and_commands_come_and_go_over_a_socket(tmp_path: Path) -> None:
    """No address of ours, no signing secret, the same durable path."""
    with ExitStack() as stack:
        peer = stack.enter_context(slack(tmp_path, "http://127.0.0.1:9/nobody"))
        relay = Relay().open()
        stack.callback(relay.close)
        site = Site(
            tmp_path,
            PARLEY_ROOMS="slack",
            PARLEY_SLACK_ROOM=SOCKET,
            PARLEY_WEBHOOK_REPLY_URL=relay.url,
            SLACK_BOT_TOKEN=BY_SOCKET.bot_token,
            SLACK_APP_TOKEN=BY_SOCKET.app_token,
            SLACK_API_URL=peer.api_url,
        )
        stack.callback(site.end)
        parley = site.start("serve")
        assert until(lambda: any(one.get("connected") for one in peer.page()["apps"]))

        lena = Buyer(parley.url, relay, "Lena").writes("Where is my order 10045, please?")

        def cards() -> list[dict[str, object]]:
            found = peer.roots(SOCKET, BY_SOCKET)
            return [one for one in found if "Approve & send" in shown(one)]

        [card] = until(cards)
        ts, (press, _) = str(card["ts"]), labelled(card["blocks"], "Approve & send")
        peer.say(SOCKET, OLGA, f"<@{BY_SOCKET.user}> note By wire.", ts)
        assert until(lambda: [one for one in peer.messages(SOCKET, ts) if "📝" in shown(one)])
        assert peer.command(SOCKET, OLGA, "/order", "10045", BY_SOCKET).status == 200
        assert until(lambda: "Order 10045" in str([*map(shown, peer.only_for(SOCKET, OLGA))]))
        peer.press(SOCKET, OLGA, ts, press)
        lena.gets(draft_in(card))
