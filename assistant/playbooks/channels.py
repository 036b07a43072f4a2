"""A platform's rules together with those of the channel a message goes through.

A buyer of our own shop may write by WhatsApp: then the shop's rules hold and WhatsApp's as well,
and of two limits the stricter one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, get_args

from assistant.playbooks.kinds.platform import AttachmentKind, Links, Platform, ReviewAsk

_LINKS: tuple[str, ...] = get_args(Links)
_REVIEWS: tuple[str, ...] = get_args(ReviewAsk)


def joined(platform: Platform, channel: Platform) -> Platform:
    """*platform* as it stands where messages go through *channel*."""
    both = (platform, channel)
    return platform.model_copy(
        update={
            "links": min((one.links for one in both), key=_LINKS.index),
            "attachments": all(one.attachments for one in both) and not _apart(both),
            "attachment_kinds": _kinds(both),
            "plain_text": any(one.plain_text for one in both),
            "signature": all(one.signature for one in both),
            "review_ask": min(_set(both, "review_ask"), key=_REVIEWS.index),
            **{name: _least(both, name) for name in _NUMBERS},
            "rules": (*platform.rules, *channel.rules),
            "clocks": (*platform.clocks, *channel.clocks),
        }
    )


_NUMBERS = ("attachment_max_mb", "max_chars", "window_hours", "answer_within_hours")


def _least(both: Sequence[Platform], name: str) -> int | None:
    return min((value for one in both if (value := getattr(one, name)) is not None), default=None)


def _set(both: Sequence[Platform], name: str) -> list[Any]:
    """What they say; a channel that says nothing of it leaves it to the platform."""
    platform, channel = both
    said = [getattr(channel, name)] if name in channel.model_fields_set else []
    return [getattr(platform, name), *said]


def _kinds(both: Sequence[Platform]) -> tuple[AttachmentKind, ...]:
    """Those that both take; a playbook that names none takes every kind."""
    one, other = (platform.attachment_kinds for platform in both)
    return tuple(kind for kind in one if kind in other) if one and other else one or other


def _apart(both: Sequence[Platform]) -> bool:
    """Each takes some kinds of files, and there is none that both take."""
    one, other = (set(platform.attachment_kinds) for platform in both)
    return bool(one and other) and one.isdisjoint(other)


LENGTH: dict[str, Callable[[str], int]] = {
    "characters": len,
    "utf16": lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
    "bytes": lambda text: len(text.encode("utf-8", "surrogatepass")),
}
"""How long a text is, as the platform counts."""
