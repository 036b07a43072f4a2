"""Socket Mode: Slack's deliveries over a connection of ours, where no address of ours is public.

An envelope is acknowledged once what it holds is durable; one that isn't, Slack sends again. The
SDK's own client is not used: it runs what it receives in tasks that nobody owns, and where a
connection fails it tries its address for ever, which Slack accepts once
(slack_sdk/socket_mode/aiohttp/__init__.py, `connect`, 3.48).
Source: docs.slack.dev/apis/events-api/using-socket-mode, read 2026-11.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncApp

from assistant.errors import ParleyError, Unavailable, whereabouts
from assistant.words import say
from connectors.rooms.slack.api import Api
from connectors.rooms.slack.edge import dispatch, loaded
from connectors.rooms.slack.events import Events

log = logging.getLogger(__name__)

HEARTBEAT_S = 10.0
AGAIN_S = (1.0, 2.0, 5.0, 10.0, 30.0)
AT_ONCE = 64
MOST = 4 << 20
"""Bytes of one envelope."""


class Socket:
    """A connection to Slack, and the next one before Slack ends it."""

    def __init__(
        self, app: AsyncApp, events: Events, api: Api, client: aiohttp.ClientSession
    ) -> None:
        self._app, self._events, self._api, self._client = app, events, api, client
        self._failures = 0
        self._slots = asyncio.Semaphore(AT_ONCE)
        self.connected = asyncio.Event()
        """Set once Slack has said hello."""

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as sessions:
            while True:
                over = asyncio.Event()
                sessions.create_task(self._session(over))
                await over.wait()
                if self._failures:
                    wait_s = AGAIN_S[min(self._failures, len(AGAIN_S)) - 1]
                    await asyncio.sleep(wait_s)

    async def _session(self, over: asyncio.Event) -> None:
        """One connection; *over* once another one is needed."""
        try:
            await self._connect(over)
        except ParleyError as error:
            self._failures += 1
            log.error("Slack's socket is down: %s Trying again", error)
        except Exception as error:
            self._failures += 1
            log.error("Slack's socket broke: %s", whereabouts(error))
        finally:
            over.set()

    async def _connect(self, over: asyncio.Event) -> None:
        """Raises: Unavailable, Rejected."""
        told = await self._api.tell("apps.connections.open", {})
        try:
            async with (
                self._client.ws_connect(
                    str(told.get("url")), heartbeat=HEARTBEAT_S, max_msg_size=MOST
                ) as socket,
                asyncio.TaskGroup() as takings,
            ):
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        self._heard(_parsed(message.data), socket, takings, over)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # Never its own words: they hold the address, which is a ticket.
            raise Unavailable(say("The connection to Slack broke.")) from error
        if not over.is_set():
            raise Unavailable(say("Slack closed the connection."))

    def _heard(
        self,
        told: Mapping[str, Any],
        socket: aiohttp.ClientWebSocketResponse,
        takings: asyncio.TaskGroup,
        over: asyncio.Event,
    ) -> None:
        match told.get("type"):
            case "hello":
                self._failures = 0
                self.connected.set()
                log.info("connected to Slack's socket")
            case "disconnect":
                # Slack renews connections every few hours: the next one begins before this ends.
                over.set()
            case _ if isinstance(told.get("payload"), dict) and told.get("envelope_id"):
                takings.create_task(self._take(told, socket))

    async def _take(
        self, envelope: Mapping[str, Any], socket: aiohttp.ClientWebSocketResponse
    ) -> None:
        try:
            async with self._slots:
                answer = await dispatch(self._app, self._events, envelope["payload"])
                if answer.status != 200:
                    return
                told: dict[str, Any] = {"envelope_id": envelope["envelope_id"]}
                if answer.body:
                    told["payload"] = json.loads(answer.body)
                await socket.send_str(json.dumps(told))
        except (aiohttp.ClientError, OSError):
            log.warning("Slack's socket broke before the answer: Slack sends it again")
        except Exception as error:
            log.error("an envelope of Slack was not taken: %s", whereabouts(error))


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        told = loaded(text)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
