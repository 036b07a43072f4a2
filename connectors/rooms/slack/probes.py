"""What `parley doctor` tries of Slack: which token, scope, room or address is wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from assistant.errors import Misconfigured, Rejected
from assistant.settings import Settings
from connectors.http import Parts
from connectors.rooms.slack import manifest
from connectors.rooms.slack.faults import TOKEN_IS_GONE
from connectors.rooms.slack.installs import UNREADABLE
from connectors.rooms.slack.oauth import INSTALL, REDIRECT
from connectors.rooms.slack.room import SlackRoom
from connectors.rooms.slack.workspaces import Workspace, Workspaces

Probes = Mapping[str, Callable[[], Awaitable[str]]]


def probes_of(parts: Parts, workspaces: Workspaces, rooms: Mapping[str, SlackRoom]) -> Probes:
    """By name; each answers with a sentence, or raises what is wrong."""
    probes: dict[str, Callable[[], Awaitable[str]]] = {}
    if parts.settings.slack_bot_token is not None:
        probes["Slack bot token"] = partial(_token, workspaces, rooms)
    if parts.settings.slack_app_token is not None:
        probes["Slack app token"] = partial(_app_token, parts.settings, workspaces)
    for name, room in rooms.items():
        probes[f"Slack room {name}"] = partial(_room, workspaces, room)
    probes["Slack app"] = partial(_address, parts.settings)
    return probes


async def _token(workspaces: Workspaces, rooms: Mapping[str, SlackRoom]) -> str:
    try:
        workspace = await workspaces.own()
    except Rejected as error:
        if error.code in TOKEN_IS_GONE:
            raise Misconfigured("SLACK_BOT_TOKEN", f"{error}") from error
        raise
    return f"valid in {workspace.name or workspace.team} ({workspace.team}); {_scopes(workspace)}"


def _scopes(workspace: Workspace) -> str:
    """Raises: Misconfigured."""
    if not workspace.scopes:
        return "Slack does not say with which scopes."
    missing = [one for one in manifest.scopes() if one not in workspace.scopes]
    if missing:
        what = (
            f"the token lacks {', '.join(missing)}. Add what is missing under “OAuth & "
            "Permissions” and install the app again"
        )
        raise Misconfigured("SLACK_BOT_TOKEN", what)
    return "it has every scope."


async def _app_token(settings: Settings, workspaces: Workspaces) -> str:
    assert settings.slack_app_token is not None
    api = workspaces.api(settings.slack_app_token.get_secret_value())
    try:
        await api.tell("apps.connections.open", {})
    except Rejected as error:
        what = (
            f"Slack opens no socket with it ({error.code}). Make an app-level token with the scope "
            "connections:write, and switch Socket Mode on"
        )
        raise Misconfigured("SLACK_APP_TOKEN", what) from error
    return "Socket Mode works."


async def _room(workspaces: Workspaces, room: SlackRoom) -> str:
    channel = room.address.channel
    try:
        workspace = await workspaces.home(room.address)
        told = await workspace.api.ask("conversations.info", channel=channel)
    except Rejected as error:
        if error.code == UNREADABLE:
            raise Misconfigured("PARLEY_SECRET", f"{error}") from error
        what = f"{channel}: {error} Look up the id in the channel's details"
        raise Misconfigured(f"room {room.name}", what) from error
    found = told.get("channel") or {}
    if found.get("is_archived"):
        raise Misconfigured(f"room {room.name}", f"#{found.get('name')} is archived in Slack")
    if not found.get("is_member"):
        what = f"Parley is not in #{found.get('name')}. Write /invite @Parley there"
        raise Misconfigured(f"room {room.name}", what)
    return f"#{found.get('name')} in {workspace.name or workspace.team}; Parley is in it."


async def _address(settings: Settings) -> str:
    """How Slack reaches us; the manifest filled in."""
    path = settings.data / manifest.FILE
    try:
        path.write_text(manifest.filled(settings), "utf-8")
    except OSError as error:
        raise Misconfigured("PARLEY_DATA", f"{path} can't be written ({error.strerror})") from error
    kept = f"The manifest for Slack is {path}."
    if settings.slack_app_token is not None and settings.slack_signing_secret is None:
        return f"Socket Mode, no address is needed. {kept}"
    if settings.slack_signing_secret is None:
        raise Misconfigured("SLACK_SIGNING_SECRET", "it is not set, so nothing Slack sends counts")
    if not settings.public_url:
        if settings.slack_app_token is not None:
            return f"Socket Mode, no address is needed. {kept}"
        what = "set it to the address at which Slack reaches Parley"
        raise Misconfigured("PARLEY_PUBLIC_URL", f"{what}, or use Socket Mode. {kept}")
    return f"Slack posts to {settings.public_url}/slack/events. {_install(settings)}{kept}"


def _install(settings: Settings) -> str:
    if not settings.slack_client_id:
        return ""
    public = settings.public_url
    return f"Install at {public}{INSTALL} (redirect address {public}{REDIRECT}). "
