"""A conversation's log as the lines of its thread: who did what, in order, quiet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal
from zoneinfo import ZoneInfo

from assistant.model import Actor, Entry, Message
from assistant.settings import Storefront
from assistant.surface.cards import Line
from assistant.words import Text, Words, say

UNSEEN = frozenset({"sending", "draft"})
"""In the log for evidence, too fine for a thread."""


def chat_lines(entries: Iterable[Entry], words: Words, storefront: Storefront) -> tuple[Line, ...]:
    """The same for a thread of a chat, where every line is a message to many: the quiet ones."""
    local = words.in_zone(ZoneInfo(storefront.hours.zone))
    return thread_lines((entry for entry in entries if not _too_quiet(entry)), local)


def _too_quiet(entry: Entry) -> bool:
    """What the next line or the card itself says as well."""
    draft = entry.draft
    if entry.kind == "approved":
        return not (draft and draft.override)
    return entry.kind == "outdated" and not (draft and draft.approved_by)


def thread_lines(
    entries: Iterable[Entry], words: Words, now: Sequence[Message] = ()
) -> tuple[Line, ...]:
    """*now*: the messages as they are by now, with what they mean."""
    known = {message.seq: message for message in now}
    return tuple(_line(entry, words, known) for entry in entries if entry.kind not in UNSEEN)


def _line(entry: Entry, words: Words, known: Mapping[int, Message]) -> Line:
    message = entry.message
    if message and (latest := known.get(message.seq)) and latest.text == message.text:
        message = latest
    who = _who(entry.by, words)
    return Line(
        kind=entry.kind,
        at=entry.at,
        when=words.when(entry.at),
        who=who,
        text=words(_happened(entry, who)),
        said=entry.said,
        means=message.means(words.language) if message else None,
        language=message.language if message else "und",
        attachments=message.attachments if message else (),
        side=_side(entry),
    )


def _who(one: Actor, words: Words) -> str:
    """A buyer who gave no name is known by an id, which says nothing to people."""
    return words(say("The buyer")) if one.name == one.id else one.name


def _approved(entry: Entry, version: int, who: str) -> Text:
    """Whoever overrode a block said why, and everybody may read it."""
    why = entry.draft.override if entry.draft else None
    if not why and entry.text:
        return say(
            "{who} approved version {version}. {why}", who=who, version=version, why=entry.text
        )
    if not why:
        return say("{who} approved version {version}.", who=who, version=version)
    return say(
        "{who} approved version {version} in spite of a block: {why}",
        who=who,
        version=version,
        why=why,
    )


def _files(entry: Entry) -> Text:
    """What a channel kept for us, copied; or why it could not be."""
    files = entry.message.attachments if entry.message else ()
    lost = next((one for one in files if one.trouble), None)
    if lost is None:
        return say("The files are here.")
    return say("“{name}” could not be fetched: {why}", name=lost.name, why=lost.trouble or say(""))


def _side(entry: Entry) -> Literal["buyer", "us", "inside"]:
    if entry.kind in ("message", "edited", "deleted", "files"):
        return "buyer"
    return "us" if entry.kind == "sent" else "inside"


def _happened(entry: Entry, who: str) -> Text:
    version = entry.draft.version if entry.draft else 0
    why = entry.text or say("")
    happened: dict[str, Text] = {
        "message": say("{who} wrote.", who=who),
        "edited": say("{who} changed a message.", who=who),
        "deleted": say("{who} deleted a message.", who=who),
        "files": _files(entry),
        "note": entry.text or say("Note by {who}", who=who),
        "approved": _approved(entry, version, who),
        "undone": say("{who} took back version {version}.", who=who, version=version),
        "discarded": say("{who} discarded version {version}.", who=who, version=version),
        "outdated": say("Version {version} is outdated: {why}", version=version, why=why),
        "sent": say("Sent by {who}.", who=who),
        "delivered": say("Version {version} reached the buyer.", version=version),
        "read": say("The buyer read version {version}.", version=version),
        "unsure": say(
            "Not known whether version {version} arrived: {why}", version=version, why=why
        ),
        "failed": say("Version {version} was refused: {why}", version=version, why=why),
        "postponed": say("Version {version} has to wait: {why}", version=version, why=why),
        "assigned": why,
        "escalated": say("{who} asked for a lead: {why}", who=who, why=why),
        "closed": say("{who} closed the conversation.", who=who),
        "snoozed": say("{who} put the conversation aside.", who=who),
        "reopened": say("{who} reopened the conversation.", who=who),
        "moved": why,
        "change": why,
        "problem": why,
    }
    return happened.get(entry.kind, why)
