"""The Slack app's manifest: what it may, what it hears, and at which address."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml

from assistant.settings import Settings

FILE = "slack.manifest.yaml"
_EXAMPLE = "https://parley.example.com"


def shipped() -> str:
    """The manifest as it is shipped."""
    return files(__package__ or __name__).joinpath(FILE).read_text("utf-8")


def scopes() -> tuple[str, ...]:
    """What the bot's token has to be allowed."""
    return tuple(yaml.safe_load(shipped())["oauth_config"]["scopes"]["bot"])


def filled(settings: Settings) -> str:
    """The manifest for these settings: with their address, or for Socket Mode."""
    if settings.slack_app_token is not None:
        return _dumped(_for_socket(yaml.safe_load(shipped())))
    return shipped().replace(_EXAMPLE, settings.public_url or _EXAMPLE)


def _for_socket(manifest: dict[str, Any]) -> dict[str, Any]:
    for command in manifest["features"]["slash_commands"]:
        command.pop("url")
    manifest["oauth_config"].pop("redirect_urls")
    manifest["settings"]["event_subscriptions"].pop("request_url")
    manifest["settings"]["interactivity"].pop("request_url")
    manifest["settings"]["socket_mode_enabled"] = True
    return manifest


def _dumped(manifest: dict[str, Any]) -> str:
    return yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=100)
