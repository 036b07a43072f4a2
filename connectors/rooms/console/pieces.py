"""What templates can call. Each is pure, and none of them makes markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from assistant.commands import ReplayFailure, WriteReply, subject
from assistant.model import Attachment
from assistant.ports import Failed
from assistant.surface.cards import Button, Flag, ReplyForm
from assistant.surface.labels import failed_work
from assistant.words import Text, say_n

SHORT = 600
"""Words of a buyer past so many characters are folded away, with a press to see them."""
SLACK = 80
GRAVITY = ("block", "warn", "tip")

FLAG_BEFORE_COUNTRY = re.compile("([🇦-🇿]{2}) ([A-Z]{2})")


def conversation_path(conversation: str) -> str:
    """The page of a conversation; its id may hold any character."""
    return f"/conversations/{quote(conversation, safe='')}"


def country(flag: str) -> str:
    """`DE` for 🇩🇪: Windows and many Linux systems have no flags to show."""
    letters = [chr(ord(one) - 0x1F1E6 + ord("A")) for one in flag if "🇦" <= one <= "🇿"]
    return "".join(letters) or flag


def plain(value: str) -> str:
    """*value* with `🇩🇪 DE` as `DE`, for the same reason."""
    for found in set(FLAG_BEFORE_COUNTRY.findall(value)):
        flag, letters = found
        if country(flag) == letters:
            value = value.replace(f"{flag} {letters}", letters)
    return value


def file_path(file: Attachment) -> str:
    return f"/console/files/{file.sha256}?name={quote(file.name, safe='')}"


def file_size(size: int) -> str:
    """`340 kB`, `2.1 MB`."""
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1e3))} kB"


def safe_link(address: str | None) -> bool:
    """Whether a link from a shop or a carrier may be pressed: `javascript:` may not."""
    return bool(address) and str(address).startswith(("https://", "http://", "mailto:"))


def shortened(text: str) -> str | None:
    """The beginning of a long text, up to a space where there is one; None: show it whole."""
    if len(text) <= SHORT + SLACK:
        return None
    start = text[:SHORT]
    return (start.rsplit(None, 1)[0] if " " in start[-SLACK:] else start).rstrip()


def segments(text: str, flags: Sequence[Flag]) -> Iterator[tuple[str, Flag | None]]:
    """*text* in pieces, those a finding is about with it; of findings that overlap, the gravest."""
    done = 0
    for flag in sorted(_marked(text, flags), key=lambda flag: flag.start):
        yield text[done : flag.start], None
        yield text[flag.start : flag.end], flag
        done = flag.end
    yield text[done:], None


def _marked(text: str, flags: Sequence[Flag]) -> Sequence[Flag]:
    marked: list[Flag] = []
    for flag in sorted(flags, key=lambda one: (GRAVITY.index(one.severity), one.end - one.start)):
        free = all(flag.end <= other.start or other.end <= flag.start for other in marked)
        if free and about_words(flag, text):
            marked.append(flag)
    return marked


def about_words(flag: Flag, text: str) -> bool:
    """It is about some of *text*'s words: what is about all of them needs no line under each."""
    return flag.end > flag.start and (flag.start > 0 or bool(text[flag.end :].strip()))


def seconds_until(at: datetime) -> float:
    return round(max(0.0, (at - datetime.now(UTC)).total_seconds()), 1)


def as_json(button: Button) -> str:
    return button.command.model_dump_json()


def flags_json(flags: Sequence[Flag]) -> str:
    return json.dumps([flag.model_dump(mode="json") for flag in flags])


def write_reply(form: ReplyForm) -> str:
    """The command that the reply form fills in."""
    return WriteReply(
        conversation_id=form.conversation_id,
        text="",
        based_on=form.based_on,
        seen_seq=form.seen_seq,
        answer=form.answer,
    ).model_dump_json()


def what_failed(failed: Failed) -> Text:
    return failed_work(failed.command.kind)


def replay(failed: Failed) -> str:
    return ReplayFailure(failed_id=failed.id).model_dump_json()


def attempts(failed: Failed) -> Text:
    return say_n("{n} attempt", "{n} attempts", failed.tries)


def rule_count(n: int) -> Text:
    return say_n("{n} rule", "{n} rules", n)


FUNCTIONS = {
    "about_words": about_words,
    "as_json": as_json,
    "attempts": attempts,
    "country": country,
    "file_path": file_path,
    "file_size": file_size,
    "flags_json": flags_json,
    "here": conversation_path,
    "plain": plain,
    "replay": replay,
    "rule_count": rule_count,
    "safe_link": safe_link,
    "seconds_until": seconds_until,
    "segments": segments,
    "shortened": shortened,
    "subject": lambda failed: subject(failed.command),
    "what": what_failed,
    "write_reply": write_reply,
}
"""By the names that templates use."""
