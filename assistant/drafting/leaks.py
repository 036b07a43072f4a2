"""What must never leave: notes, prompts, other people's addresses; also when it is disguised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from assistant.drafting.alone import alone
from assistant.drafting.canary import sings
from assistant.drafting.disguise import disguised
from assistant.drafting.elsewhere import elsewhere
from assistant.drafting.plain import fold
from assistant.drafting.readings import readings
from assistant.drafting.spans import addresses
from assistant.drafting.subject import Subject
from assistant.model import Finding
from assistant.words import Text, say

_RUN = 8
"""So many words in a row of an internal text are a leak."""
_DOOR = 5
"""What is shorter stands in many texts by chance."""
_SIGNS = 16
"""The same in scripts without spaces."""
_INITIALS = 10
"""So many first letters in a row of an internal text are no accident."""
_BEGINNINGS = tuple(
    re.compile(one, re.MULTILINE)
    for one in (
        r"(?<![^\W\d_])([^\W\d_])",
        r"(?:^|[.!?。！？])\W*([^\W\d_])",
        r"^\W*([^\W\d_])",
    )
)
_MARKERS = re.compile(
    r"<\|[a-z_]+\|>|\[/?inst\]|<</?sys>>|###\s?(?:system|instruction|assistant|user)\b"
    r"|\bsystem prompt\b|\b(?:my|(?:the|your) system) instructions (?:are|say|tell|were)\b"
    r"|\bas an? (?:ai|artificial intelligence|large language|language model)|\bi(?:'m"
    r"| am) (?:an? )?(?:ai|language model|chatbot)\b"
    r"|\bals (?:ki|sprachmodell|kuenstliche intelligenz|kunstliche intelligenz)\b"
    r"|\blanguage model\b|\bsprachmodell\b"
    r"|\bplaybook(?:_version|s)?\b|\bmust_not\b|\binternal note\b|\binterne notiz\b"
    r"|\bignore (?:all )?previous instructions\b"
    r"|作为(?:一个)?(?:ai|人工智能|语言模型)|大语言模型|言語モデル|언어 모델|系统提示"
)
_PLACEHOLDER = re.compile(
    r"\{\{?[^{}\n]{0,40}\}?\}|\[(?:[A-Za-zÄÖÜäöü' ]{2,30}|_+)\]|<(?:[A-Za-z_ ]{2,30})>"
    r"|\bX{3,}\b|\bTODO\b|\bTBD\b|\bLorem ipsum\b"
    r"|［[^］\n]{1,20}］|【(?:姓名|名前|日期|订单号|이름)】"
)


def leaks(subject: Subject) -> Iterator[Finding]:
    """Everything internal in the text as it is, and as it would read decoded."""
    yield from _contacts(subject)
    yield from elsewhere(subject)
    for shown, where in _readings(subject):
        yield from _internal(subject, shown, where)
    for match in _PLACEHOLDER.finditer(subject.text):
        yield subject.finding(
            "block",
            "leak.placeholder",
            (match.start(), match.end()),
            say("{what} is a gap that was never filled.", what=match[0].strip("{}")),
        )
    yield from disguised(subject)
    yield from alone(subject)
    yield from _acrostic(subject)
    yield from _doors(subject)


def _doors(subject: Subject) -> Iterator[Finding]:
    """Where an order goes to the door, unless the buyer wrote it, or it is to be changed."""
    brief = subject.brief
    if "change_order" in brief.understanding.intents:
        return
    heard = fold("\n".join(one.text for one in brief.situation.messages if one.author == "buyer"))
    text = subject.text.casefold()
    for order in brief.situation.facts.orders:
        for door in (order.ship_to.line1 or "", order.ship_to.line2 or ""):
            start = text.find(door.casefold()) if len(door) >= _DOOR else -1
            if start >= 0 and fold(door) not in heard:
                yield subject.finding(
                    "block",
                    "leak.address",
                    (start, start + len(door)),
                    say("A street and a door are not said. Town and postcode are enough."),
                )


def _readings(subject: Subject) -> Iterator[tuple[str, tuple[int, int]]]:
    """The text as it is, and all that it may be meant to be read as."""
    yield subject.text, subject.whole
    # An address that stands there openly is one as well when it is turned around.
    hidden = subject.without("email", "link")
    for shown, part in readings(hidden):
        yield shown, _where(subject.text, part) if part else subject.whole
    for shown, part in readings("\n".join(span.text for span in subject.of("link"))):
        yield shown, _where(subject.text, part) if part else subject.whole


def _where(text: str, part: str) -> tuple[int, int]:
    start = text.find(part)
    return (0, len(text)) if start < 0 else (start, start + len(part))


# ── words of ours ────────────────────────────────────────────────────────────


def _internal(subject: Subject, shown: str, where: tuple[int, int]) -> Iterator[Finding]:
    folded = fold(shown)
    plain = shown is subject.text
    marker = next((one for one in _MARKERS.finditer(folded) if one[0] not in subject.titles), None)
    if marker or sings(shown):
        place = marker.span() if plain and marker else where
        yield _leak(
            subject, "leak.prompt", place, say("This speaks of instructions or of a machine.")
        )
    rows = _Rows(shown)
    for secret, message in _secrets(subject):
        found = rows.quoted(_rows(secret))
        if found:
            yield _leak(subject, "leak.internal", found if plain else where, message)
    if not plain:
        for span in addresses(shown):
            if span.kind == "email" and span.value not in subject.licence.contacts:
                yield _leak(subject, "leak.contact", where, say("An address is hidden in here."))


def _secrets(subject: Subject) -> Iterator[tuple[str, Text]]:
    """Notes of the team and of the order, and whatever else the caller holds secret."""
    for note in _notes(subject):
        yield note, say("This repeats an internal note.")
    if subject.secrets:
        yield "\n".join(subject.secrets), say("This repeats our own instructions.")


def _notes(subject: Subject) -> Iterator[str]:
    """What the team wrote about this buyer; what the buyer wrote too is no secret."""
    messages = subject.brief.situation.messages
    buyer = fold("\n".join(one.text for one in messages if one.author == "buyer"))
    notes = [one.text for one in messages if one.author == "note"]
    notes += [note for order in subject.brief.situation.facts.orders for note in order.notes]
    return (note for note in notes if fold(note).strip() not in buyer)


def _acrostic(subject: Subject) -> Iterator[Finding]:
    """What the first letters of words, sentences or lines spell of something internal."""
    told = list(_secrets(subject))
    for beginning in _BEGINNINGS:
        spelt = "".join(match[1] for match in beginning.finditer(fold(subject.text)))
        runs = {spelt[at : at + _INITIALS] for at in _places(spelt, _INITIALS)}
        for secret, message in told:
            if sings(spelt) or runs & _spelling(secret):
                yield _leak(subject, "leak.internal", subject.whole, message)
                return


@lru_cache(maxsize=512)
def _spelling(secret: str) -> frozenset[str]:
    bare = "".join(char for char in fold(secret) if char.isalpha())
    return frozenset(bare[at : at + _INITIALS] for at in _places(bare, _INITIALS))


class _Rows:
    """Every 8 words in a row of a text, and every 16 signs of a script without spaces."""

    def __init__(self, text: str) -> None:
        self.words = list(re.finditer(r"\w+", fold(text)))
        said = [word[0] for word in self.words]
        self.rows = {tuple(said[place : place + _RUN]): place for place in _places(said, _RUN)}
        self.signs = {
            word[0][place : place + _SIGNS]: word.start() + place
            for word in self.words
            if len(word[0]) >= _SIGNS and not word[0].isascii()
            for place in _places(word[0], _SIGNS)
        }

    def quoted(self, secret: _Rows) -> tuple[int, int] | None:
        """Where this text says what *secret* says."""
        for row in self.rows.keys() & secret.rows.keys():
            first = self.rows[row]
            return self.words[first].start(), self.words[first + _RUN - 1].end()
        for sign in self.signs.keys() & secret.signs.keys():
            return self.signs[sign], self.signs[sign] + _SIGNS
        return None


def _places(said: Sequence[str] | str, length: int) -> range:
    return range(len(said) - length + 1)


@lru_cache(maxsize=512)
def _rows(secret: str) -> _Rows:
    return _Rows(secret)


def _leak(subject: Subject, rule: str, where: tuple[int, int], message: Text) -> Finding:
    return subject.finding("block", rule, where, message, lead_may_override=False)


# ── addresses ────────────────────────────────────────────────────────────────


def _contacts(subject: Subject) -> Iterator[Finding]:
    """An e-mail address or a phone number that is neither the buyer's nor ours."""
    internal = "\n".join(_notes(subject))
    others = {span.value for span in addresses(internal)}
    for span in subject.of("email", "phone"):
        if span.value in subject.licence.contacts:
            continue
        message = say("{what} is neither the buyer's nor ours to give away.", what=span.text)
        yield subject.finding(
            "block",
            "leak.contact",
            subject.at(span),
            message,
            lead_may_override=span.value not in others and subject.by_agent,
        )
