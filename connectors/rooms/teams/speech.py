"""What people typed in Teams, as they meant it: mentions become marks, and names are kept.

Source: learn.microsoft.com, Work with mentions in bot conversations, read 2026-11.
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assistant.surface.grammar import Mention, Spoken, mark
from connectors.http import clean_line, clean_text
from connectors.rooms.teams.heard import Entity, Heard

_AT = re.compile(r"</?at(?:\s[^<>]*)?>", re.IGNORECASE)
_ENTITY = re.compile(
    r"&(?:(amp|lt|gt|quot|apos|nbsp)|#(\d{1,7})|#x([0-9a-f]{1,6}));", re.IGNORECASE
)
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}
MOST_MENTIONS = 20


def spoken(heard: Heard) -> Spoken:
    """Words to Parley, whose own mention goes; other people's become marks."""
    mentions: list[Mention] = []
    pieces: list[str] = []
    end = 0
    for start, one in _places(heard):
        if start < end:
            continue
        pieces.append(_plain(heard.text[end:start]))
        end = start + len(one.text)
        if one.mentioned.id != heard.recipient.id:
            pieces.append(mark(len(mentions)))
            name = clean_line(_plain(one.mentioned.name or one.text), 80)
            mentions.append(Mention(id=one.mentioned.person, name=name))
    pieces.append(_plain(heard.text[end:]))
    return Spoken(text="".join(pieces).strip(), mentions=tuple(mentions))


def _places(heard: Heard) -> list[tuple[int, Entity]]:
    """Where each mention stands, from left to right; the same name twice stands twice."""
    after: dict[str, int] = {}
    found = []
    for one in heard.mentions[:MOST_MENTIONS]:
        start = heard.text.find(one.text, after.get(one.text, 0)) if one.text else -1
        if start >= 0:
            after[one.text] = start + len(one.text)
            found.append((start, one))
    return sorted(found, key=lambda place: place[0])


def written(heard: Heard) -> str:
    """Words that may be for a buyer: what their author saw when typing, without our own mention."""
    said = spoken(heard)
    text = said.text
    for at, one in enumerate(said.mentions):
        text = text.replace(mark(at), f"@{one.name}", 1)
    return text


def zone_of(heard: Heard, otherwise: str) -> ZoneInfo:
    """The speaker's clock."""
    try:
        return ZoneInfo(heard.zone or otherwise)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(otherwise)


def _plain(text: str) -> str:
    """Teams escapes what it sends as text, now and then."""
    return clean_text(_ENTITY.sub(_character, _AT.sub("", text))).replace("\u00a0", " ")


def _character(entity: re.Match[str]) -> str:
    name, decimal, hexadecimal = entity.groups()
    if name:
        return _NAMED[name.lower()]
    number = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(number) if 0 < number < 0x110000 else entity[0]
