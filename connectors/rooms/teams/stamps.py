"""The state that a card shows, in all that can be pressed on it: two presses of the same button are
the same press only while nothing has changed between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.rooms.teams.post import Post


def stamped(post: Post, stamp: int | str) -> Post:
    """*post* with a *stamp* in every press: a card's conversation's version, a form's opening."""
    return Post(card=_stamped(post.card, stamp), summary=post.summary)


def stamp_of(value: Any) -> Any:
    """The stamp of what was pressed: an invoke's `value`, or that of a message."""
    action = value.get("action") if isinstance(value, Mapping) else None
    data = action.get("data") if isinstance(action, Mapping) else value
    return data.get("seen") if isinstance(data, Mapping) else None


def _stamped(value: Any, stamp: int | str) -> Any:
    if isinstance(value, list):
        return [_stamped(one, stamp) for one in value]
    if not isinstance(value, dict):
        return value
    if "parley" in value:
        return {**value, "seen": stamp}
    return {name: _stamped(one, stamp) for name, one in value.items()}
