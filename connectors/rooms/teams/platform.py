"""Teams as a place where the team works: its rooms, its door, and what goes on behind it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from aiohttp import web

from assistant.errors import ParleyError
from assistant.ports import Desk
from connectors.http import Parts
from connectors.rooms.teams.access import Access
from connectors.rooms.teams.addresses import Addresses
from connectors.rooms.teams.bot import Bot, Connectors
from connectors.rooms.teams.client import Client
from connectors.rooms.teams.cloud import Cloud
from connectors.rooms.teams.delivery import Delivery
from connectors.rooms.teams.errands import Errands
from connectors.rooms.teams.files import PATH as FILES
from connectors.rooms.teams.files import Downloads, Tickets
from connectors.rooms.teams.guard import Guard, refuse_an_open_door
from connectors.rooms.teams.inbox import PATH, Inbox
from connectors.rooms.teams.inside import Inside
from connectors.rooms.teams.memory import Memory
from connectors.rooms.teams.pace import Pace
from connectors.rooms.teams.people import People
from connectors.rooms.teams.presses import Presses
from connectors.rooms.teams.probes import Probes, probes_of
from connectors.rooms.teams.room import Means, TeamsRoom
from connectors.rooms.teams.sheets import Sheets
from connectors.rooms.teams.talk import Talk
from connectors.rooms.teams.telling import Telling
from connectors.rooms.teams.tokens import Keys, Verifier
from connectors.rooms.teams.wire import Pipeline

log = logging.getLogger(__name__)

WARM_S = 3_600.0
COLD_S = 60.0
"""How soon keys that could not be fetched are asked for again."""


class TeamsPlatform:
    """One app in Teams, and its rooms."""

    def __init__(self, parts: Parts, cloud: Cloud) -> None:
        """Raises: Misconfigured."""
        settings = parts.settings
        refuse_an_open_door(settings)
        self._parts = parts
        self._access = Access(
            cloud,
            settings.teams_app_id,
            settings.teams_app_password,
            settings.teams_tenant_id,
            parts.client,
        )
        self._keys = Keys(cloud.keys_url, parts.client)
        addresses = Addresses(cloud, local=not settings.teams_app_id)
        verifier = Verifier(cloud, settings.teams_app_id, self._keys)
        self._guard = Guard(settings, verifier, addresses)
        pipeline = Pipeline(self._access, parts.client, parts.now, addresses)
        self._connectors = Connectors(pipeline)
        self._addresses = addresses
        self._memory = Memory(parts.store, parts.now, settings.teams_tenant_id)
        # In development there is no Teams but the one that talks to us.
        known = cloud.service_url if settings.teams_app_id else ""
        self._client = Client(self._connectors, Pace(), addresses, known)
        self._people = People(settings, self._client, self._memory, parts.now)
        self._errands = Errands()
        self._tickets = Tickets(settings, parts.files)
        self.rooms = self._rooms()

    def _rooms(self) -> dict[str, TeamsRoom]:
        parts = self._parts
        rooms = parts.settings.rooms_on("teams")
        means = Means(
            client=self._client,
            memory=self._memory,
            people=self._people,
            telling=Telling(self._client, self._memory, self._people),
            delivery=Delivery(self._client, self._tickets),
            tickets=self._tickets,
            downloads=Downloads(
                parts.files,
                parts.client,
                self._access,
                self._addresses,
                local=not parts.settings.teams_app_id,
            ),
            channels=tuple(one.teams for one in rooms.values()),
        )
        return {name: TeamsRoom(name, one, means) for name, one in rooms.items()}

    def mount(self, app: web.Application, desk: Desk) -> None:
        """Serve what Teams sends, and files to the team."""
        inside = self._inside(desk)
        talk, presses = Talk(inside), Presses(inside, Sheets(inside))
        inbox = Inbox(inside, self._guard, Bot(self._connectors), talk, presses)
        app.router.add_post(PATH, inbox.serve)
        app.router.add_get(FILES, self._tickets.serve)
        app.cleanup_ctx.append(self._running)

    def probes(self) -> Probes:
        return probes_of(self._parts.settings, self._access, self._keys, self.rooms)

    def _inside(self, desk: Desk) -> Inside:
        return Inside(
            settings=self._parts.settings,
            store=self._parts.store,
            rooms={one.channel: one for one in self.rooms.values()},
            client=self._client,
            memory=self._memory,
            people=self._people,
            errands=self._errands,
            desk=desk,
            now=self._parts.now,
        )

    # ── while the server runs ────────────────────────────────────────────────

    async def _running(self, app: web.Application) -> AsyncIterator[None]:
        # Not a TaskGroup: aiohttp may finish this in another task than it began it in.
        warming = asyncio.create_task(self._keep_warm())
        yield
        warming.cancel()
        await asyncio.gather(warming, return_exceptions=True)
        await self._errands.drain()
        await self._access.close()

    async def _keep_warm(self) -> None:
        """Keys and our token are there before somebody waits for them."""
        if not self._parts.settings.teams_app_id:
            return
        while True:
            rest_s = WARM_S
            for what in (self._keys.refresh, self._access.token):
                try:
                    await what()
                except ParleyError as error:
                    log.warning("Teams is not ready: %s", error)
                    rest_s = COLD_S
            await asyncio.sleep(rest_s)
