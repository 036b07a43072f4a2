"""What must never leave: notes, prompts, other people's addresses; also when it is disguised."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Iterator

from assistant.drafting.plain import INVISIBLE, fold, visible
from assistant.drafting.spans import spans
from assistant.drafting.subject import Subject
from assistant.model import Finding
from assistant.words import Text, say

_RUN = 8
"""So many words in a row of an internal text are a leak."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[\s:]?){16,}")
_MARKERS = re.compile(
    r"<\|[a-z_]+\|>|\[/?inst\]|<</?sys>>|###\s?(?:system|instruction|assistant|user)\b"
    r"|\bsystem prompt\b|\b(?:my|these|the|your) (?:system )?instructions (?:are|say|tell|were)\b"
    r"|\bas an? (?:ai|artificial intelligence|large language|language model)|\bi(?:'m| am) (?:an? )?(?:ai|language model|chatbot)\b"
    r"|\bals (?:ki|sprachmodell|kuenstliche intelligenz|kunstliche intelligenz)\b|\blanguage model\b|\bsprachmodell\b"
    r"|\bplaybook(?:_version|s)?\b|\bmust_not\b|\binternal note\b|\binterne notiz\b|\bignore (?:all )?previous instructions\b"
    r"|作为(?:一个)?(?:ai|人工智能|语言模型)|大语言模型|言語モデル|언어 모델|系统提示"
)
_PLACEHOLDER = re.compile(
    r"\{\{?[^{}\n]{0,40}\}?\}|\[(?:[A-Za-zÄÖÜäöü' ]{2,30}|_+)\]|<(?:[A-Za-z_ ]{2,30})>|\bX{3,}\b|\bTODO\b|\bTBD\b|\bLorem ipsum\b"
    r"|［[^］\n]{1,20}］|【(?:姓名|名前|日期|订单号|이름)】"
)


def leaks(subject: Subject) -> Iterator[Finding]:
    """Everything internal in the text as it is, and as it would read decoded."""
    yield from _contacts(subject)
    for shown, where in _readings(subject.text):
        yield from _internal(subject, shown, where)
    for match in _PLACEHOLDER.finditer(subject.text):
        yield subject.finding(
            "block",
            "leak.placeholder",
            (match.start(), match.end()),
            say("{what} is a gap that was never filled.", what=match[0].strip("{}")),
        )
    for match in re.finditer(f"[{INVISIBLE}]{{2,}}", subject.text):
        message = say("There are invisible characters here. Remove them.")
        yield subject.finding("warn", "leak.invisible", (match.start(), match.end()), message)


def _readings(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """The text plain, without invisible signs, turned around, and every code in it decoded."""
    whole = (0, len(text))
    yield text, whole
    seen = visible(text)
    if seen != text:
        yield seen, whole
    yield codecs.decode(seen, "rot13"), whole
    yield seen[::-1], whole
    for match in _BASE64.finditer(seen):
        decoded = _from_base64(match[0])
        if decoded:
            yield decoded, _where(text, match[0])
    for match in _HEX.finditer(seen):
        raw = re.sub(r"[\s:]", "", match[0])
        decoded = _text(bytes.fromhex(raw[: len(raw) // 2 * 2]))
        if decoded:
            yield decoded, _where(text, match[0])


def _where(text: str, part: str) -> tuple[int, int]:
    start = text.find(part)
    return (0, len(text)) if start < 0 else (start, start + len(part))


def _from_base64(raw: str) -> str | None:
    padded = raw.rstrip("=") + "=" * (-len(raw.rstrip("=")) % 4)
    try:
        return _text(base64.b64decode(padded, altchars=b"-_" if set("-_") & set(raw) else None))
    except (binascii.Error, ValueError):
        return None


def _text(raw: bytes) -> str | None:
    try:
        decoded = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return decoded if decoded.isprintable() or "\n" in decoded else None


# ── words of ours ────────────────────────────────────────────────────────────


def _internal(subject: Subject, shown: str, where: tuple[int, int]) -> Iterator[Finding]:
    folded = fold(shown)
    plain = shown is subject.text
    marker = _MARKERS.search(folded)
    if marker:
        place = (marker.start(), marker.end()) if plain else where
        yield _leak(subject, "leak.prompt", place, say("This speaks of instructions or of a machine."))
    for secret, message in _secrets(subject):
        found = _quoted(secret, folded)
        if found:
            yield _leak(subject, "leak.internal", found if plain else where, message)
    if not plain:
        for span in spans(shown, ("en",)):
            if span.kind in ("email", "phone") and span.value not in subject.licence.contacts:
                yield _leak(subject, "leak.contact", where, say("An address is hidden in here."))


def _secrets(subject: Subject) -> Iterator[tuple[str, Text]]:
    """Notes of the team and of the order, and whatever else the caller holds secret."""
    buyer = fold(
        "\n".join(
            message.text for message in subject.brief.situation.messages if message.author == "buyer"
        )
    )
    notes = [m.text for m in subject.brief.situation.messages if m.author == "note"]
    notes += [note for order in subject.brief.situation.facts.orders for note in order.notes]
    for note in notes:
        if fold(note).strip() not in buyer:
            yield note, say("This repeats an internal note.")
    for secret in subject.secrets:
        yield secret, say("This repeats our own instructions.")


def _quoted(secret: str, folded: str) -> tuple[int, int] | None:
    """Where *folded* has 8 words in a row of *secret*; for scripts without spaces, 16 signs."""
    words = re.findall(r"\w+", fold(secret))
    parts = [words[place : place + _RUN] for place in range(max(0, len(words) - _RUN + 1))]
    for part in parts:
        match = re.search(r"\W+".join(map(re.escape, part)), folded) if part[0] in folded else None
        if match:
            return match.start(), match.end()
    for long in (word for word in words if len(word) >= 16 and not word.isascii()):
        for place in range(0, len(long) - 15):
            start = folded.find(long[place : place + 16])
            if start >= 0:
                return start, start + 16
    return None


def _leak(subject: Subject, rule: str, where: tuple[int, int], message: Text) -> Finding:
    return subject.finding("block", rule, where, message, lead_may_override=False)


# ── addresses ────────────────────────────────────────────────────────────────


def _contacts(subject: Subject) -> Iterator[Finding]:
    """An e-mail address or a phone number that is neither the buyer's nor ours."""
    internal = "\n".join(secret for secret, _ in _secrets(subject))
    others = {span.value for span in spans(internal, ("en",)) if span.kind in ("email", "phone")}
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
