"""What channel and platform carry: what can't be sent can't be approved, and says why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

from assistant.drafting.brief import Brief, Carries, Situation
from assistant.drafting.demands import spoken_at
from assistant.drafting.plain import fold
from assistant.drafting.subject import Subject
from assistant.model import Attachment, Finding, Fix, Template
from assistant.playbooks import Playbooks
from assistant.playbooks.channels import LENGTH
from assistant.playbooks.kinds import Platform
from assistant.words import Text, say

_MARKUP = re.compile(
    r"</?(?:a|b|br|div|em|font|h[1-6]|i|img|li|ol|p|span|strong|table|td|tr|u|ul)\b[^<>]*>"
    r"|\*\*[^*\n]+\*\*|\[[^\]\n]+\]\(https?://[^)\s]+\)",
    re.IGNORECASE,
)
_MB = 1_000_000
_OFFERED = 5
"""So many approved templates are offered in place of a text that can't go."""


def carriers(situation: Situation, playbooks: Playbooks) -> tuple[Platform, ...]:
    """The playbooks whose limits hold: the platform's, and the channel's where it has one."""
    own = playbooks.platform(situation.platform)
    through = playbooks.channel(situation.channel)
    return (own,) if through is None or through.id == own.id else (own, through)


def fits(text: str, situation: Situation, playbooks: Playbooks) -> bool:
    """Is *text* short enough for channel and platform?"""
    within = LENGTH[situation.carries.count](text) <= situation.max_chars
    return within and not any(_too_long(text, one) for one in carriers(situation, playbooks))


def carried(
    subject: Subject, playbooks: Playbooks, files: Sequence[Attachment] = ()
) -> Iterator[Finding]:
    """Every reason why the text or one of its *files* would be refused on the way."""
    situation = subject.brief.situation
    approved = template_of(subject.text, situation) is not None
    if not approved:
        yield from _closed(subject)
    yield from _unsendable(subject)
    yield from _files(subject, files)
    for platform in carriers(situation, playbooks):
        yield from _length(subject, platform)
        if not situation.closed:
            yield from _window(subject, platform)
        yield from _markup(subject, platform)
        yield from _asked_twice(subject, platform)
        for file in files:
            why = _refused(file, platform)
            if why is not None:
                yield _block(subject, f"platform.{platform.id}.attachments", (0, 0), why)


def _block(subject: Subject, rule: str, place: tuple[int, int], why: Text) -> Finding:
    return subject.finding("block", rule, place, why, lead_may_override=False)


def _too_long(text: str, platform: Platform) -> bool:
    return platform.max_chars is not None and LENGTH[platform.counts](text) > platform.max_chars


def _length(subject: Subject, platform: Platform) -> Iterator[Finding]:
    if platform.max_chars is None or not _too_long(subject.text, platform):
        return
    length = LENGTH[platform.counts]
    start, used = 0, 0
    for start, char in enumerate(subject.text):  # noqa: B007 (where the limit is passed)
        used += length(char)
        if used > platform.max_chars:
            break
    why = say(
        "{platform} takes {most} characters; this is {n}. Shorten it.",
        platform=platform.name,
        most=platform.max_chars,
        n=length(subject.text),
    )
    yield _block(subject, f"platform.{platform.id}.max_chars", (start, len(subject.text)), why)


def _window(subject: Subject, platform: Platform) -> Iterator[Finding]:
    """After so long without a word of the buyer, free text is refused."""
    situation = subject.brief.situation
    wrote = [one.at for one in situation.messages if one.author == "buyer" and one.at]
    if platform.window_hours is None or not wrote:
        return
    if situation.now - max(wrote) > timedelta(hours=platform.window_hours):
        why = say(
            "{platform} takes free text for {hours} hours after the buyer's last message. Send an "
            "approved template, or wait until the buyer writes.",
            platform=platform.name,
            hours=platform.window_hours,
        )
        yield _block(subject, f"platform.{platform.id}.window_hours", (0, 0), why)


def template_of(text: str, situation: Situation) -> Template | None:
    """The approved template that *text* is, once nothing else is taken any more."""
    if not situation.closed:
        return None
    for one in situation.carries.templates:
        values = one.values_in(text)
        if values is not None:
            return Template(name=one.name, language=one.language, values=values)
    return None


def offered_template(brief: Brief) -> str:
    """The approved text to begin with where nothing else is taken: in the buyer's language."""
    templates = brief.situation.carries.templates if brief.situation.closed else ()
    theirs = [one for one in templates if one.language.partition("_")[0] == brief.language[:2]]
    return next((one.body for one in (*theirs, *templates)), "")


def _closed(subject: Subject) -> Iterator[Finding]:
    """The channel itself said until when it takes an answer."""
    situation = subject.brief.situation
    if not situation.closed:
        return
    templates = situation.carries.templates
    if not templates:
        why = say("The channel's time for an answer is over. It takes none until the buyer writes.")
        yield _block(subject, "channel.window", (0, 0), why)
        return
    why = say("The time for free text is over. Send an approved template, with its gaps filled.")
    yield _block(subject, "channel.window", (0, 0), why)
    for one in templates[:_OFFERED]:
        offer = say("Approved template {name}: {body}", name=one.name, body=one.body)
        fix = Fix(start=0, end=len(subject.text), text=one.body)
        yield subject.finding("tip", "channel.template", (0, 0), offer, better=one.body, fix=fix)


def _unsendable(subject: Subject) -> Iterator[Finding]:
    """Signs that the channel refuses, or would lose on the way."""
    carries = subject.brief.situation.carries
    match = re.search(carries.unsendable, subject.text) if carries.unsendable else None
    if match:
        why = say(
            "{channel} can't carry “{signs}”. Write it another way.",
            channel=carries.name,
            signs=match[0],
        )
        yield _block(subject, "channel.characters", match.span(), why)


def _files(subject: Subject, files: Sequence[Attachment]) -> Iterator[Finding]:
    """Pain 7: files fail loudly, not on their way."""
    carries = subject.brief.situation.carries
    most = carries.max_files
    if files and carries.files and most is not None and len(files) > most:
        why = say("{channel} takes {most} files at most.", channel=carries.name, most=most)
        yield _block(subject, "channel.files", (0, 0), why)
    for file in files:
        refused = _refused_by_channel(file, carries)
        if refused is not None:
            yield _block(subject, "channel.files", (0, 0), refused)


def _refused_by_channel(file: Attachment, carries: Carries) -> Text | None:
    named = {"name": file.name, "channel": carries.name}
    if not carries.files:
        return say("{channel} carries no files: {name} can't go.", **named)
    if carries.file_kinds and not file.mime.startswith(carries.file_kinds):
        return say("{channel} does not take files like {name}.", **named)
    most = carries.max_file_mb
    if most is not None and (file.size or 0) > most * _MB:
        return say("{name} is too large: {channel} takes {most:g} MB.", most=most, **named)
    return None


def _markup(subject: Subject, platform: Platform) -> Iterator[Finding]:
    match = _MARKUP.search(subject.text) if platform.plain_text else None
    if match:
        why = say(
            "{platform} shows these signs as they are. Write plain text.", platform=platform.name
        )
        yield subject.finding("warn", f"platform.{platform.id}.plain_text", match.span(), why)


def _asked_twice(subject: Subject, platform: Platform) -> Iterator[Finding]:
    """S2.9: a review is asked for once."""
    if platform.review_ask != "once":
        return
    place = spoken_at(subject, "review_request", subject.folded)
    before = (one for one in subject.brief.situation.messages if one.author == "agent")
    if place and any(spoken_at(subject, "review_request", fold(one.text)) for one in before):
        why = say("The buyer was asked for a review already. Once is enough.")
        yield _block(subject, f"platform.{platform.id}.review_ask", place, why)


def _refused(file: Attachment, platform: Platform) -> Text | None:
    if not platform.attachments:
        return say("{platform} carries no files: {name} can't go.", **_named(file, platform))
    if platform.attachment_kinds and _kind(file) not in platform.attachment_kinds:
        return say("{platform} does not take files like {name}.", **_named(file, platform))
    most = platform.attachment_max_mb
    if most is not None and (file.size or 0) > most * _MB:
        return say(
            "{name} is too large: {platform} takes {most} MB.", most=most, **_named(file, platform)
        )
    return None


def _named(file: Attachment, platform: Platform) -> dict[str, str]:
    return {"name": file.name, "platform": platform.name}


def _kind(file: Attachment) -> str:
    first, _, second = file.mime.partition("/")
    if first in ("image", "video", "audio"):
        return first
    return "pdf" if second == "pdf" else "document"
