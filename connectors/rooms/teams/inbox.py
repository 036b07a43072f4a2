"""The door: one address for all that Teams tells, verified, kept, and only then answered."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from assistant.errors import Malformed, ParleyError, whereabouts
from connectors.http import answer_to, mended, problem, read_body
from connectors.rooms.teams.arrivals import Arrivals
from connectors.rooms.teams.bot import Bot, Reply
from connectors.rooms.teams.guard import Guard
from connectors.rooms.teams.heard import Heard, heard
from connectors.rooms.teams.inside import Inside
from connectors.rooms.teams.presses import Presses
from connectors.rooms.teams.talk import Talk

log = logging.getLogger(__name__)

PATH = "/api/messages"
SAID = ("message", "messageUpdate", "messageDelete")
MOST = 512 << 10
"""Bytes of an activity: Teams' own limit for a message is 100 kB."""


class Inbox:
    """`POST /api/messages`."""

    def __init__(
        self, inside: Inside, guard: Guard, bot: Bot, talk: Talk, presses: Presses
    ) -> None:
        self._in, self._guard, self._bot = inside, guard, bot
        self._talk, self._presses = talk, presses
        self._arrivals = Arrivals(inside)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """401 to strangers, 400 to what is no activity, 503 while nothing can be kept."""
        try:
            return _response(await self._taken(request))
        except ParleyError as error:
            return answer_to(error)
        except web.HTTPException:
            raise
        except Exception as error:
            reference = secrets.token_hex(4)
            log.error("an activity failed, %s: %s", reference, whereabouts(error))
            return problem(500, "failed", f"Parley failed. Its log says more under {reference}.")

    async def _taken(self, request: web.Request) -> Reply | None:
        """Raises: ParleyError."""
        claims = await self._guard.claims(request)
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="Send an activity as application/json.")
        body = _parsed(await read_body(request, MOST))
        told = heard(body)
        self._guard.check(claims, told)

        async def turn() -> Reply | None:
            return await self._turn(told)

        return await self._bot.process(claims, body, turn)

    async def _turn(self, told: Heard) -> Reply | None:
        await self._in.memory.learn(told, ours=told.channel in self._in.rooms)
        if told.type in SAID and not told.sender.is_somebody:
            return None  # A bot's words would be answered without end.
        match told.type:
            case "invoke":
                return await self._presses.invoke(told)
            case "message" if isinstance(told.value, Mapping) and not told.text.strip():
                await self._presses.submitted(told)
            case "message":
                await self._talk.message(told)
            case "messageUpdate":
                await self._talk.edited(told)
            case "messageDelete":
                await self._talk.deleted(told)
            case "installationUpdate" | "conversationUpdate":
                await self._arrivals.handle(told)
            case _:
                log.debug("an activity of no interest")
        return None


def _parsed(body: bytes) -> dict[str, Any]:
    """Raises: Malformed."""
    try:
        told = mended(json.loads(body))
    except (ValueError, RecursionError):
        raise Malformed("", "The body is not JSON.") from None
    if not isinstance(told, dict):
        raise Malformed("", "The body is no activity.")
    return told


def _response(reply: Reply | None) -> web.Response:
    if reply is None:
        return web.Response(status=200)
    if reply.body is None:
        return web.Response(status=reply.status)
    return web.json_response(reply.body, status=reply.status)
