"""Somebody else's JSON, read without trusting its shape: what is odd stops nothing beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from assistant.errors import Malformed
from connectors.http import mended

Json = Mapping[str, Any]
AHEAD = timedelta(minutes=5)
"""By how much another's clock may be ahead of ours and still be believed."""


def document(body: bytes) -> dict[str, Any]:
    """The object that *body* is. Raises: Malformed."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("body", "is not JSON") from error
    found = mended(found) if b"\\u" in body else found
    if not isinstance(found, dict):
        raise Malformed("body", "must be an object")
    return found


def text_of(value: Any, *path: str) -> str:
    """The text or number at *path*; empty where there is none."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    known = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value) if known else ""


def dicts(value: Any) -> list[Json]:
    """The objects of a list; whatever else stands in it is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def leaves(name: str, value: Any) -> Iterator[str]:
    """`emoji: 👍` for every value inside *value*."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(str(key), item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(name, item)
    elif value not in (None, ""):
        yield f"{name}: {value}" if name else str(value)


def moment(stamp: str, at: datetime, *, per_s: int = 1) -> datetime | None:
    """When *stamp* was, *per_s* of which are a second; None of what no clock can have said by *at*.

    A buyer can't have written in the future: some clock is wrong, and we don't repeat it.
    """
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11 + len(str(per_s))):
        return None
    told = datetime.fromtimestamp(0, UTC) + timedelta(seconds=int(stamp) / per_s)
    return told if told <= at + AHEAD else None
