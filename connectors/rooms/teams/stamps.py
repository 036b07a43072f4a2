"""The state that a card shows, in all that can be pressed on it: two presses of the same button are
the same press only while nothing has changed between them."""

from __future__ import annotations

from typing import Any

from connectors.rooms.teams.post import Post


def stamped(post: Post, version: int) -> Post:
    """*post* with the *version* of its conversation in every press."""
    return Post(card=_stamped(post.card, version), summary=post.summary)


def _stamped(value: Any, version: int) -> Any:
    if isinstance(value, list):
        return [_stamped(one, version) for one in value]
    if not isinstance(value, dict):
        return value
    if "parley" in value:
        return {**value, "seen": version}
    return {name: _stamped(one, version) for name, one in value.items()}
