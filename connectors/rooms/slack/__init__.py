"""Slack as a place where the team works."""

from __future__ import annotations

from connectors.rooms.slack.platform import SlackPlatform, connect
from connectors.rooms.slack.room import SlackRoom

__all__ = ["SlackPlatform", "SlackRoom", "connect"]
