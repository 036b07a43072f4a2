"""What people typed in Slack, as they meant it: Slack's tokens become words, and names are kept.

Source: docs.slack.dev/messaging/formatting-message-text, “Retrieving messages”, read 2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from assistant.surface.grammar import Mention, Spoken, mark
from connectors.http import clean_text
from connectors.rooms.slack.places import person_id

_TOKEN = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_PERSON = re.compile(r"@([UW][A-Z0-9]+)")
_TO_SOMEBODY = re.compile(r"\s*<(?:@[UW]|!)")


def written(text: str) -> str:
    """Words for a buyer, or for a note: what their author saw when typing."""
    return _read(text, lambda user, label: f"@{label or user}")


def spoken(text: str, team: str, bot: str) -> Spoken:
    """Words to Parley, whose own mention goes; other people's are marks by number."""
    mentions: list[Mention] = []

    def named(user: str, label: str) -> str:
        if user == bot:
            return ""
        mentions.append(Mention(id=person_id(team, user), name=label))
        return mark(len(mentions) - 1)

    return Spoken(text=_read(text, named).strip(), mentions=tuple(mentions))


def mentioned(text: str) -> list[str]:
    """The users that a text mentions, in order."""
    return [found[1] for one in _TOKEN.finditer(text) if (found := _PERSON.fullmatch(one[1]))]


def is_to_somebody(text: str) -> bool:
    """It begins with a colleague's name, or a group's: it is said to them."""
    return _TO_SOMEBODY.match(text) is not None


def text_of(message: Mapping[str, object]) -> str:
    return str(message.get("text") or "")


def _read(text: str, named: Callable[[str, str], str]) -> str:
    read, end = [], 0
    for token in _TOKEN.finditer(text):
        read += [_unescaped(text[end : token.start()]), _token(token[1], token[2] or "", named)]
        end = token.end()
    return clean_text("".join([*read, _unescaped(text[end:])]))


def _token(content: str, label: str, named: Callable[[str, str], str]) -> str:
    label = _unescaped(label)
    if person := _PERSON.fullmatch(content):
        return named(person[1], label)
    if content.startswith("#"):
        return f"#{label}" if label else content
    if content.startswith("!"):
        return label or f"@{content[1:].partition('^')[0]}"
    return _address(_unescaped(content), label)


def _address(address: str, label: str) -> str:
    """A link: as it was typed where Slack made it one, with its address where a label hid it."""
    bare = re.sub(r"^(mailto:|tel:|https?://)", "", address)
    if not label:
        return address
    if label in (address, bare) or bare.rstrip("/") == label.rstrip("/"):
        return label
    return f"{label} ({bare if address.startswith(('mailto:', 'tel:')) else address})"


def _unescaped(text: str) -> str:
    for entity, one in _ENTITIES:
        text = text.replace(entity, one)
    return text
