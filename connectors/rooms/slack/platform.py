"""Slack as a place where the team works: its rooms, its routes, its socket, from start to stop."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence

from aiohttp import web

from assistant.errors import Misconfigured, ParleyError
from assistant.ports import Desk
from assistant.settings import RoomSettings, Settings
from connectors.http import Parts
from connectors.rooms.slack.attachments import Transfers
from connectors.rooms.slack.delivery import Delivery
from connectors.rooms.slack.edge import Edge
from connectors.rooms.slack.errands import Errands
from connectors.rooms.slack.inside import Inside
from connectors.rooms.slack.installs import Installations
from connectors.rooms.slack.listeners import Listeners
from connectors.rooms.slack.oauth import mount_oauth, oauth_flow
from connectors.rooms.slack.people import People
from connectors.rooms.slack.places import Address, address_of
from connectors.rooms.slack.probes import Probes, probes_of
from connectors.rooms.slack.room import Means, SlackRoom
from connectors.rooms.slack.sockets import Socket
from connectors.rooms.slack.telling import Telling
from connectors.rooms.slack.workspaces import Workspaces

log = logging.getLogger(__name__)

EVENTS = "/slack/events"
_LISTED = re.compile(r"(?:T[A-Z0-9]+:)?[SUW][A-Z0-9]+")


class SlackPlatform:
    """`connectors.http.Platform`."""

    def __init__(self, parts: Parts, addresses: Mapping[str, Address]) -> None:
        self._parts = parts
        settings = parts.settings
        self._installations = Installations(parts.store, settings.secret)
        self._workspaces = Workspaces(parts, self._installations)
        self._people = People(settings, parts.store, parts.now)
        self._errands = Errands()
        transfers = Transfers(settings, parts.files, parts.client)
        means = Means(
            workspaces=self._workspaces,
            people=self._people,
            telling=Telling(settings, self._workspaces, parts.client, parts.now),
            delivery=Delivery(transfers),
            transfers=transfers,
            neighbours=tuple(addresses.values()),
        )
        known = settings.rooms_on("slack")
        self.rooms = {
            name: SlackRoom(name, known[name], address, means)
            for name, address in addresses.items()
        }

    def probes(self) -> Probes:
        """What doctor tries."""
        return probes_of(self._parts, self._workspaces, self.rooms)

    def mount(self, app: web.Application, desk: Desk) -> None:
        """Serve Slack's requests; listen while *app* lives."""
        settings = self._parts.settings
        inside = self._inside(desk)
        listeners = Listeners(inside)
        client = self._workspaces.client()
        flow = oauth_flow(self._parts, self._installations, self._workspaces.api)
        bolt = listeners.app(client, flow)
        if settings.slack_signing_secret is not None:
            secret = settings.slack_signing_secret.get_secret_value()
            edge = Edge(bolt, listeners.events, inside, secret)
            app.router.add_post(EVENTS, edge.receive)
        if flow is not None:
            mount_oauth(app, flow)
        sockets: Sequence[Socket] = ()
        if settings.slack_app_token is not None:
            api = self._workspaces.api(settings.slack_app_token.get_secret_value())
            sockets = [Socket(bolt, listeners.events, api, self._parts.client)]
        app.cleanup_ctx.append(lambda app: self._at_work(sockets))

    def _inside(self, desk: Desk) -> Inside:
        return Inside(
            settings=self._parts.settings,
            store=self._parts.store,
            rooms=tuple(self.rooms.values()),
            workspaces=self._workspaces,
            people=self._people,
            errands=self._errands,
            desk=desk,
            now=self._parts.now,
        )

    async def _at_work(self, sockets: Sequence[Socket]) -> AsyncIterator[None]:
        # Not a TaskGroup: aiohttp may finish this in another task than it began it in.
        running = [asyncio.create_task(one.run()) for one in sockets]
        self._errands.begin("getting to know Slack's workspaces", self._introduce())
        yield
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._errands.drain()

    async def _introduce(self) -> None:
        """Learn who we are before anybody asks; it works without, only later."""
        for room in self.rooms.values():
            try:
                await self._workspaces.home(room.address)
            except ParleyError as error:
                log.error("the room %s has no Slack yet: %s", room.name, error)


async def connect(parts: Parts) -> SlackPlatform:
    """Raises: Misconfigured."""
    settings = parts.settings
    _check_secrets(settings)
    rooms = settings.rooms_on("slack")
    addresses = {name: _address(settings, name, one) for name, one in rooms.items()}
    channels = [address.channel for address in addresses.values()]
    twice = next((name for name, one in addresses.items() if channels.count(one.channel) > 1), "")
    if twice:
        what = f"{addresses[twice].channel} is the channel of another room too. Give it to one"
        raise Misconfigured(_where(settings, twice), what)
    for kind in ("agents", "leads"):
        for entry in getattr(settings.slack, kind):
            if not _LISTED.fullmatch(entry):
                what = f"“{entry}” is no id; write a user's (U0123) or a user group's (S0123)"
                raise Misconfigured(f"slack.{kind}", what)
    return SlackPlatform(parts, addresses)


def _check_secrets(settings: Settings) -> None:
    """Raises: Misconfigured."""
    bot, app = settings.slack_bot_token, settings.slack_app_token
    by_oauth = bool(settings.slack_client_id and settings.slack_client_secret)
    if bool(settings.slack_client_id) != bool(settings.slack_client_secret):
        lacks = "SECRET" if settings.slack_client_id else "ID"
        raise Misconfigured(f"SLACK_CLIENT_{lacks}", "it is not set, though its partner is")
    if bot is None and not by_oauth:
        what = "it is not set. Slack shows it under “OAuth & Permissions”; it starts with xoxb-"
        raise Misconfigured("SLACK_BOT_TOKEN", what)
    if bot is not None and not bot.get_secret_value().startswith("xoxb-"):
        raise Misconfigured("SLACK_BOT_TOKEN", "a bot token starts with xoxb-; this is another one")
    if app is not None and not app.get_secret_value().startswith("xapp-"):
        what = "an app-level token starts with xapp-; this is another one"
        raise Misconfigured("SLACK_APP_TOKEN", what)
    if settings.slack_signing_secret is None and app is None:
        what = (
            "it is not set. Slack shows it under “Basic Information”. For Socket Mode set "
            "SLACK_APP_TOKEN instead"
        )
        raise Misconfigured("SLACK_SIGNING_SECRET", what)


def _address(settings: Settings, name: str, room: RoomSettings) -> Address:
    """Raises: Misconfigured."""
    address = address_of(room.slack)
    if address is None:
        what = f"“{room.slack}” is no channel's id; write one such as C0123ABC or T0456DEF:C0123ABC"
        raise Misconfigured(_where(settings, name), what)
    if settings.slack_bot_token is None and not address.team:
        # Whoever installs the app could else answer for a channel with the same name.
        what = (
            f"“{room.slack}” names no workspace. Without SLACK_BOT_TOKEN write it with its own, "
            f"such as T0456DEF:{address.channel}; both ids stand in the channel's address in Slack"
        )
        raise Misconfigured(_where(settings, name), what)
    return address


def _where(settings: Settings, name: str) -> str:
    is_by_variable = name == "slack" and name not in settings.room
    return "PARLEY_SLACK_ROOM" if is_by_variable else f"room.{name}.slack"
