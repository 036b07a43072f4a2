"""What `parley doctor` tries of Teams: which of id, password, tenant, room or address is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from assistant.errors import Misconfigured, Rejected
from assistant.settings import Settings
from connectors.rooms.teams import package
from connectors.rooms.teams.access import Access
from connectors.rooms.teams.room import TeamsRoom
from connectors.rooms.teams.tokens import Keys

Probes = Mapping[str, Callable[[], Awaitable[str]]]
PATH = "/api/messages"


def probes_of(
    settings: Settings, access: Access, keys: Keys, rooms: Mapping[str, TeamsRoom]
) -> Probes:
    """By name; each answers with a sentence, or raises what is wrong."""
    probes: dict[str, Callable[[], Awaitable[str]]] = {}
    if settings.teams_app_id:
        probes["Teams app"] = partial(_app, access)
        probes["Teams keys"] = partial(_keys, keys)
        probes["Teams address"] = partial(_address, settings)
        probes["Teams app package"] = partial(_package, settings)
    else:
        probes["Teams app"] = _development
    for name, room in rooms.items():
        probes[f"Teams room {name}"] = partial(_room, settings, room)
    return probes


async def _development() -> str:
    return "none: a development door, open to this machine alone (PARLEY_TEAMS_DEV)."


async def _app(access: Access) -> str:
    """Raises: Misconfigured, Unavailable."""
    try:
        await access.token()
    except Rejected as error:
        raise Misconfigured(_variable_in(str(error)), str(error)) from error
    return "Microsoft logs the app in."


def _variable_in(told: str) -> str:
    named = [one for one in ("TEAMS_APP_PASSWORD", "TEAMS_TENANT_ID") if one in told]
    return named[0] if len(named) == 1 else "TEAMS_APP_ID"


async def _keys(keys: Keys) -> str:
    await keys.refresh()
    return "the Bot Framework's signing keys are here."


async def _address(settings: Settings) -> str:
    """Raises: Misconfigured."""
    if not settings.public_url.startswith("https://"):
        what = "Teams reaches Parley by https alone. Write the address that a proxy gives Parley."
        raise Misconfigured("PARLEY_PUBLIC_URL", what)
    return f"the Azure bot's messaging endpoint is {settings.public_url}{PATH}"


async def _package(settings: Settings) -> str:
    """Raises: Unavailable."""
    try:
        path = await asyncio.to_thread(package.write, settings)
    except OSError as error:
        raise Misconfigured("PARLEY_DATA", f"it can't be written to ({error.strerror})") from error
    return f"{path}: upload it in Teams under Apps, Manage your apps."


async def _room(settings: Settings, room: TeamsRoom) -> str:
    """Raises: Misconfigured, Unavailable."""
    where = f"room.{room.name}" if room.name in settings.room else "PARLEY_TEAMS_ROOM"
    try:
        people = await room.reach()
    except Rejected as error:
        what = f"{room.channel}: {error} Or the id is wrong: `@Parley help` in a channel tells it."
        raise Misconfigured(where, what) from error
    return f"{people} people see it."
