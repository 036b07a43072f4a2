"""Words as a person typed them, beside their folded form, and where they were said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from assistant.commands import Action
from assistant.drafting.plain import INVISIBLE, fold, plain_digits, visible
from assistant.errors import Refused
from assistant.model import ConversationId, PersonId
from assistant.surface.filling import validated
from assistant.words import say

MARK = r"(?<![A-Za-z0-9._])@(?:\{\d{1,2}\}|\d{1,2}(?![A-Za-z0-9_]|\.[A-Za-z0-9]))"
_MARK = re.compile(MARK)
THIS = (
    r"(?:(?:(?:this|that|the) )?(?:one|case|conversation|ticket|thread|chat)|this|that|it"
    r"|这个|这单|此单|它|会话|对话)"
)
"""The conversation, as people point at it; for folded words."""
AROUND = " \t\n\r\u00a0\"'`*_~<>()[]“”„‘’«»「」『』《》（）【】#,.;:!?…，。；：！？、"
"""What stands around a number, a name or a room and is no part of it."""
_PLEASE = re.compile(
    r"[\s,，.。]*(?:please|pls|thanks|thank you|谢谢|吧|呢|吗)[\s.!。！?？]*$", re.IGNORECASE
)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._+/-]*")
_MAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[A-Za-z]{2,}")
_GROUPS = re.compile(r"(?:[0-9A-Z]{1,6} )+[0-9A-Z]{1,6}(?![^\s])")
SHORT = 1_000
"""What is looked up, chosen or named is never longer."""
GROUPED_DIGITS = 12
"""From here on figures in groups are one tracking number."""


class Mention(NamedTuple):
    """Somebody of the team whom the platform says is mentioned."""

    id: PersonId
    name: str


class Spoken(NamedTuple):
    """Words of a thread, each mention replaced by its `mark`; the bot's own is taken out."""

    text: str
    mentions: tuple[Mention, ...] = ()


def mark(n: int) -> str:
    """What stands in `Spoken.text` for the mention number *n*."""
    return f"@{{{n}}}"


class Typed:
    """`folded` is for patterns; `after` and `before` give back what was typed, to the letter."""

    def __init__(self, text: str, mentions: Sequence[Mention] = ()) -> None:
        seen = [(place, char) for place, char in enumerate(text) if char not in INVISIBLE]
        self.text = text
        self.mentions = mentions
        self.folded = fold("".join(char for _, char in seen))
        self._places = [*(place for place, _ in seen), len(text)]

    def after(self, place: int) -> Typed:
        """What follows *place* of `folded`."""
        return Typed(self.text[self._places[place] :], self.mentions)

    def before(self, place: int) -> Typed:
        return Typed(self.text[: self._places[place]], self.mentions)

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        return pattern.match(self.folded)

    @property
    def named(self) -> str:
        """The words with the mentioned people's names, outer space gone, all else as typed."""
        return _MARK.sub(self._name, self.text).strip()

    @property
    def plain(self) -> str:
        """On one line, in plain figures, without what is invisible or stands around it."""
        text = " ".join(plain_digits(visible(self.named[:SHORT])).split())
        return _PLEASE.sub("", text).strip(AROUND)

    @property
    def people(self) -> tuple[Mention, ...]:
        """Whom it mentions, each once."""
        numbers = map(_number, _MARK.finditer(self.text))
        known = (self.mentions[n] for n in numbers if n < len(self.mentions))
        return tuple({one.id: one for one in known}.values())

    @property
    def only_reference(self) -> str | None:
        """A number, an e-mail or a tracking number, where that is all there is."""
        text = self.plain
        if _GROUPS.fullmatch(text) and _figures(text) >= GROUPED_DIGITS:
            return text.replace(" ", "")
        number = _WORD.fullmatch(text) and _figures(text) and len(text) > 2
        return text if number or _MAIL.fullmatch(text) else None

    @property
    def reference(self) -> str | None:
        """The first that looks like one: an address, figures in groups, a word with a figure."""
        text = self.plain
        if mail := _MAIL.search(text):
            return mail[0].strip(AROUND)
        if (groups := _GROUPS.match(text)) and _figures(groups[0]):
            long = _figures(groups[0]) >= GROUPED_DIGITS
            return groups[0].replace(" ", "") if long else groups[0]
        words = [found[0].rstrip("./-") for found in _WORD.finditer(text)]
        known = (one for one in words if _figures(one))
        return next(known, words[0] if words == [text] else None)

    def _name(self, found: re.Match[str]) -> str:
        n = _number(found)
        return f"@{self.mentions[n].name}" if n < len(self.mentions) else found[0]


def without(pattern: re.Pattern[str], said: Typed) -> Typed:
    found = said.match(pattern)
    return said.after(found.end()) if found else said


class Scene(NamedTuple):
    """Where and when something is said."""

    conversation: ConversationId | None
    now: datetime
    zone: tzinfo

    def command(self, kind: str, **fields: Any) -> Action:
        return validated({"kind": kind, **fields})

    def here(self, kind: str, **fields: Any) -> Action:
        """A command of the conversation whose thread this is. Raises: Refused: it is none."""
        if self.conversation is None:
            raise Refused(
                say("Say this in the conversation's thread: here it could be any conversation.")
            )
        return self.command(kind, conversation_id=self.conversation, **fields)


def _number(found: re.Match[str]) -> int:
    return int(found[0].strip("@{}"))


def _figures(text: str) -> int:
    return sum(char.isdigit() for char in text)
