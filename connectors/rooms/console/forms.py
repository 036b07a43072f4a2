"""From what a browser posts to a command. Who acts is never in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from assistant.commands import ACTION, Action, LookUp
from assistant.errors import Refused
from assistant.words import say

Fields = Mapping[str, str]

OPEN_FIELDS = ("text", "reason", "override", "to")
"""What a form may fill in; everything else is in the command that the button carries."""
MAY_BE_NOTHING = ("override", "to")
MORNING = 9
LOOK_UPS: Mapping[str, str] = {
    "order": "order",
    "track": "track",
    "stock": "stock",
    "buyer": "buyer",
}
QUERY_CHARS = 200


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
    filled = {**told, **{name: _filled(name, fields) for name in OPEN_FIELDS if name in fields}}
    if "until" in fields:
        filled["until"] = until(fields, now, zone)
    return _validated(filled)


def until(fields: Fields, now: datetime, zone: tzinfo) -> datetime:
    """When a snooze ends: `1h`, `3h`, `tomorrow`, `monday`, or `at` with the field `until_at`."""
    local = now.astimezone(zone)
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    choices = {
        "1h": now + timedelta(hours=1),
        "3h": now + timedelta(hours=3),
        "tomorrow": morning + timedelta(days=1),
        "monday": morning + timedelta(days=7 - local.weekday()),
    }
    chosen = choices.get(fields["until"]) or _moment(fields.get("until_at", ""), zone)
    if chosen is None or chosen <= now:
        raise Refused(say("Choose a time that is still to come."))
    return chosen


def look_up_of(typed: str) -> LookUp:
    """`/order 10045`, `track 0034…`, an e-mail, or just the number. Raises: Refused."""
    query = " ".join(typed.split())
    verb, _, rest = query.removeprefix("/").partition(" ")
    what = LOOK_UPS.get(verb.casefold(), "any")
    asked = rest.strip() if what != "any" else query.removeprefix("/")
    if not asked:
        raise Refused(
            say("Type an order number, an e-mail address, a tracking number or an article.")
        )
    return LookUp.model_validate({"what": what, "query": asked[:QUERY_CHARS]})


def zone_of(name: str | None) -> tzinfo:
    """The reader's time zone as their browser says it; UTC where it says nothing we know."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _filled(name: str, fields: Fields) -> str | None:
    # Browsers post line ends as CRLF, while findings count code points of what was typed.
    text = fields[name].replace("\r\n", "\n").replace("\r", "\n")
    return None if name in MAY_BE_NOTHING and not text.strip() else text


def _moment(typed: str, zone: tzinfo) -> datetime | None:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=zone)
    except ValueError:
        return None


def _validated(filled: Mapping[str, Any]) -> Action:
    try:
        return ACTION.validate_python(filled)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        if first["type"] == "string_too_long":
            limit = int(first["ctx"]["max_length"])
            raise Refused(
                say("This text is too long: {limit} characters are the limit.", limit=limit)
            ) from None
        raise Refused(
            say("This button is out of date. Reload the page and press it again.")
        ) from None
