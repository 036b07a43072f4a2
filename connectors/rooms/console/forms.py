"""From what a browser posts to a command. Who acts is never in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assistant.commands import Action
from assistant.errors import Refused, Unfilled
from assistant.surface.filling import filled_in
from assistant.words import say

Fields = Mapping[str, str]


def command_of(fields: Fields, now: datetime, zone: tzinfo) -> Action:
    """The command of a pressed button, its form filled in.

    `now` and `zone` give `until=tomorrow` its meaning. Raises: Refused.
    """
    try:
        told = json.loads(fields.get("command", ""))
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Refused(say("This button is incomplete. Reload the page and press it again."))
    try:
        return filled_in(told, fields, now, zone)
    except Unfilled:
        raise
    except Refused:
        raise Refused(
            say("This button is out of date. Reload the page and press it again.")
        ) from None


def zone_of(name: str | None) -> tzinfo:
    """The reader's time zone as their browser says it; UTC where it says nothing we know."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
