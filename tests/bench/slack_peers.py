"""The named peers of the figures for Slack: a bare Bolt app; Slacks that answer, and that hang."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.bench.slack_load import CARDS, PEOPLE, SECRET, root
from tests.slack_fake import BOT, ROOM, TOKEN, FakeSlack


def bolt(api: str, *, ack_first: bool) -> AsyncApp:
    """As Bolt's documentation begins; Bolt's own default is to acknowledge first."""
    app = AsyncApp(
        client=AsyncWebClient(TOKEN, base_url=api),
        signing_secret=SECRET,
        process_before_response=not ack_first,
    )

    @app.event("message")
    async def words(event: dict[str, Any]) -> None:
        """Told of, and acknowledged."""

    @app.event("app_mention")
    async def mention(event: dict[str, Any]) -> None:
        """The same."""

    @app.action(re.compile("^do:"))
    async def press(ack: AsyncAck) -> None:
        await ack()

    @app.command("/order")
    async def command(ack: AsyncAck) -> None:
        await ack()

    return app


def serve_bolt(port: int, api: str, *, ack_first: bool) -> None:
    app = bolt(api, ack_first=ack_first).web_app(path="/slack/events")
    web.run_app(app, host="127.0.0.1", port=port, print=lambda *_: None, access_log=None)


async def serve_slack(port: int) -> None:
    """A Slack that answers everything at once."""
    slack = FakeSlack()
    for user in PEOPLE:
        slack.joins(user)
    slack.members[ROOM].append(BOT)
    slack.messages[ROOM] = {ts: {"ts": ts} for ts in map(root, range(CARDS))}
    await slack.start(port)
    await asyncio.Event().wait()


async def serve_nothing(port: int) -> None:
    """Takes every connection and whatever is sent, and never says a word."""

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", port)
    await server.serve_forever()


def main(port: int, role: str, api: str = "") -> None:
    if role == "slack":
        asyncio.run(serve_slack(port))
    elif role == "nothing":
        asyncio.run(serve_nothing(port))
    else:
        serve_bolt(port, api, ack_first=role == "ack-first")


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
