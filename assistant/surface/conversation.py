"""The root card of a conversation, its draft, its buttons, and the form to edit a reply."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from assistant.drafting.brief import Brief
from assistant.model import Actor, Conversation, Draft, DraftState, Finding
from assistant.settings import Storefront
from assistant.surface.buttons import buttons_for
from assistant.surface.cards import (
    Checked,
    ConversationCard,
    DraftCard,
    Flag,
    Line,
    ReplyForm,
    Summary,
    Tag,
    Tone,
)
from assistant.surface.explain import explain, headline, in_mind
from assistant.surface.facts import fact_sections, known_rows
from assistant.surface.labels import (
    EMOTIONS,
    INTENTS,
    channel_label,
    flag,
    language_label,
)
from assistant.surface.making import made_lines
from assistant.surface.notices import doubts, window
from assistant.words import Text, Words, say, say_n

EXCERPT = 140
NAMED_OFFERS = 2


def conversation_card(
    conversation: Conversation,
    storefront: Storefront,
    words: Words,
    now: datetime,
    reader: Actor | None = None,
    thread: Sequence[Line] = (),
    earlier_cases: int = 0,
    room: str = "",
    unread: str | None = None,
    progress: Text | None = None,
) -> ConversationCard:
    """Everything needed to answer, in *words*; buttons are those *reader* may press.

    Without a reader it is what a whole *room* sees, and says nothing that only time would change.
    """
    words = words.in_zone(ZoneInfo(storefront.hours.zone))
    newest = next((one for one in reversed(conversation.messages) if one.author == "buyer"), None)
    draft = conversation.draft or _last_shown(conversation)
    return ConversationCard(
        id=conversation.id,
        version=conversation.version,
        seq=conversation.last_seq,
        summary=summary(conversation, storefront, words, now, ticking=reader is not None),
        due=_due(conversation, storefront, words, now),
        words=newest.text if newest else "",
        means=newest.means(words.language) if newest else None,
        unread=unread,
        attachments=newest.attachments if newest else (),
        known=known_rows(conversation, words),
        may=_may(conversation, words),
        mind=in_mind(conversation.decision, words) if conversation.decision else "",
        facts=fact_sections(conversation, words, now, earlier_cases),
        proof=explain(conversation.decision, words) if conversation.decision else (),
        draft=_draft_card(draft, conversation, words) if draft else None,
        no_draft=_no_draft(conversation, words, progress),
        problem=words(conversation.problem.text) if conversation.problem else None,
        state_line=_state_line(conversation, words),
        notices=_notices(conversation, words, room, progress),
        first_words=_first_words(conversation),
        buttons=buttons_for(conversation, words, reader),
        thread=tuple(thread),
    )


def summary(
    conversation: Conversation,
    storefront: Storefront,
    words: Words,
    now: datetime,
    *,
    ticking: bool = True,
) -> Summary:
    """One row. *ticking*: how long the buyer has waited by now, rather than since when."""
    words = words.in_zone(ZoneInfo(storefront.hours.zone))
    newest = next((one for one in reversed(conversation.messages) if one.author == "buyer"), None)
    excerpt = " ".join((newest.text if newest else "").split())
    late = conversation.waiting and conversation.due_at is not None and conversation.due_at < now
    return Summary(
        id=conversation.id,
        buyer=conversation.buyer.name or words(say("Unnamed buyer")),
        flag=flag(conversation.market),
        via=_via(conversation, storefront, words),
        excerpt=excerpt if len(excerpt) <= EXCERPT else excerpt[: EXCERPT - 1] + "…",
        tags=_tags(conversation, words),
        waiting=_waiting(conversation, words, now if ticking else None),
        waiting_tone="late" if late else "plain",
        owner=conversation.assignment.to.name if conversation.assignment else None,
        state=conversation.state,
        threads=conversation.threads,
    )


def _via(conversation: Conversation, storefront: Storefront, words: Words) -> str:
    place = storefront.name or storefront.brand
    channel = channel_label(conversation.source or conversation.channel, words)
    return f"{place} · {channel}" if place else channel


def _waiting(conversation: Conversation, words: Words, now: datetime | None) -> str:
    if conversation.state == "snoozed" and conversation.snoozed_until:
        return words(say("put aside until {when}", when=words.when(conversation.snoozed_until)))
    if conversation.state == "closed":
        return words(say("closed"))
    if not conversation.waiting or conversation.waiting_since is None:
        return words(say("answered"))
    if now is None:
        return words(say("waiting since {when}", when=words.when(conversation.waiting_since)))
    waited = conversation.waited(now).total_seconds()
    if waited < 60:
        return words(say("just now"))
    return words(say("waiting {time}", time=words.lasting(waited)))


def _tags(conversation: Conversation, words: Words) -> tuple[Tag, ...]:
    tags = []
    understanding = conversation.understanding
    if conversation.escalation:
        tags.append(Tag(text=words(say("escalated")), tone="bad"))
    if understanding:
        emotion = understanding.emotion
        if emotion.kind != "neutral":
            tone: Tone = "warn" if emotion.strong and emotion.kind != "joy" else "plain"
            tags.append(Tag(text=words(EMOTIONS[emotion.kind]), tone=tone))
        tags += [Tag(text=words(INTENTS[intent])) for intent in understanding.intents[:3]]
    return tuple(tags)


def _due(
    conversation: Conversation, storefront: Storefront, words: Words, now: datetime
) -> str | None:
    if not conversation.waiting or conversation.due_at is None:
        return None
    when = words.when(conversation.due_at)
    if conversation.due_at < now:
        return words(say("was due {when}", when=when))
    hours = f"{storefront.answer_within_hours:g}"
    return words(say("due {when} ({hours} h)", when=when, hours=hours))


def _may(conversation: Conversation, words: Words) -> str:
    if conversation.decision is None or conversation.understanding is None:
        return ""
    return headline(conversation.decision, conversation.understanding, words)


def _no_draft(conversation: Conversation, words: Words, progress: Text | None) -> str | None:
    if conversation.no_draft:
        return words(conversation.no_draft)
    if progress is not None and conversation.draft is None:
        return words.together([words(progress), words(say("You can write a reply at any time."))])
    if conversation.waiting and conversation.draft is None and not _refused(conversation):
        if conversation.understanding is None or not conversation.drafts:
            return words(say("A draft is on its way. You can write a reply at any time."))
        newest = conversation.drafts[-1]
        if newest.state == "outdated":
            return words(say("A new draft is on its way. You can write a reply at any time."))
    return None


def _refused(conversation: Conversation) -> bool:
    return bool(conversation.drafts) and conversation.drafts[-1].state in ("failed", "discarded")


def _notices(
    conversation: Conversation, words: Words, room: str, progress: Text | None
) -> tuple[str, ...]:
    """What nobody may overlook; *progress*: another wording that is on its way."""
    told = [
        *doubts(conversation),
        *window(conversation, words),
        *([progress] if progress and conversation.draft else []),
    ]
    told += [
        say("{who}'s words of {when} are not sent.", who=one.by.name, when=words.clock(one.at))
        for one in conversation.offers[-NAMED_OFFERS:]
    ]
    more = len(conversation.offers) - NAMED_OFFERS
    if more > 0:
        told.append(say("{n} earlier ones in the thread are not sent either.", n=more))
    if room in conversation.doubled:
        told.append(say("Possible duplicate: this card may be here twice. Press on this one."))
    return tuple(words(one) for one in told)


def _first_words(conversation: Conversation) -> str | None:
    """How it began, where the buyer has written more since."""
    heard = [one for one in conversation.messages if one.author == "buyer"]
    if len(heard) < 2:
        return None
    first = " ".join(heard[0].text.split())
    return first if len(first) <= EXCERPT else first[: EXCERPT - 1] + "…"


def _state_line(conversation: Conversation, words: Words) -> Tag | None:
    if conversation.escalation:
        why = words(conversation.escalation.reason)
        return Tag(text=words(say("Needs a lead: {why}", why=why)), tone="bad")
    if conversation.outcomes and conversation.state == "closed":
        outcome = conversation.outcomes[-1]
        closed = say("Closed by {who}. {why}", who=outcome.by.name, why=outcome.reason)
        return Tag(text=words(closed).strip())
    return None


# ── the draft ────────────────────────────────────────────────────────────────


def _last_shown(conversation: Conversation) -> Draft | None:
    """With no open draft: the last one, while it still has something to say."""
    newest = conversation.drafts[-1] if conversation.drafts else None
    if newest is None or newest.state == "discarded":
        return None
    if newest.state == "sent" and conversation.waiting:
        return None
    return newest


def _draft_card(draft: Draft, conversation: Conversation, words: Words) -> DraftCard:
    flags = tuple(_flag(finding, words) for finding in draft.findings)
    return DraftCard(
        version=draft.version,
        state=draft.state,
        heading=_heading(draft, words),
        text=draft.text,
        agent_text=draft.agent_text,
        language=draft.language,
        flags=flags,
        checked=_checked_line(flags, words),
        status=_status(draft, words),
        send_at=draft.send_at if draft.state == "approved" else None,
        why=(
            *(explain(conversation.decision, words) if conversation.decision else ()),
            *made_lines(draft, words),
        ),
    )


def _heading(draft: Draft, words: Words) -> str:
    by = {
        "offline": words(say("offline")),
        "model": words(say("model")),
        "agent": draft.author.name,
    }[draft.drafter]
    return words(
        say(
            "Draft {version} · {language} · {by}",
            version=draft.version,
            language=language_label(draft.language, words),
            by=by,
        )
    )


def _status(draft: Draft, words: Words) -> Tag | None:
    """Where the draft is; nothing while it is merely proposed."""
    if draft.state not in STATUS_TONES:
        return None
    waits = draft.state == "approved" and draft.reason is not None
    tone: Tone = "warn" if waits else STATUS_TONES[draft.state]
    return Tag(text=words(_status_text(draft, words)), tone=tone)


STATUS_TONES: dict[DraftState, Tone] = {
    "approved": "good",
    "sending": "good",
    "sent": "good",
    "outdated": "warn",
    "unsure": "bad",
    "failed": "bad",
}


def _status_text(draft: Draft, words: Words) -> Text:
    who = draft.approved_by.name if draft.approved_by else draft.author.name
    why = draft.reason or say("")
    match draft.state:
        case "approved" if draft.reason and draft.send_at:
            when = words.when(draft.send_at)
            return say("{why} Trying again at {when}.", why=why, when=when)
        case "sent":
            return _sent(draft, who, words)
        case "outdated":
            return say("Outdated: {why}", why=why)
        case "unsure":
            return say("Did this arrive? {why} Look in the channel, then say so here.", why=why)
        case "failed":
            return say("Not sent: {why}", why=why)
        case _:
            return say("Approved by {who}. Sending …", who=who)


def _sent(draft: Draft, who: str, words: Words) -> Text:
    """And what its channel said of it since."""
    when = words.when(draft.sent_at) if draft.sent_at else ""
    if draft.read_at:
        then = words.when(draft.read_at)
        return say("Sent {when} by {who}, read {then}.", when=when, who=who, then=then)
    if draft.delivered_at:
        then = words.when(draft.delivered_at)
        return say("Sent {when} by {who}, delivered {then}.", when=when, who=who, then=then)
    return say("Sent {when} by {who}.", when=when, who=who)


def _flag(finding: Finding, words: Words) -> Flag:
    return Flag(
        severity=finding.severity,
        start=finding.start,
        end=finding.end,
        message=words(finding.message),
        better=finding.better,
        rule=finding.rule,
        fix=finding.fix,
    )


def _checked_line(flags: Sequence[Flag], words: Words) -> str:
    """`Checked: 1 to fix · 2 tips`: what was found, and only that."""
    if not flags:
        return words(say("Checked: nothing to object to"))
    counts = {name: sum(flag.severity == name for flag in flags) for name in ("block", "warn")}
    tips = len(flags) - counts["block"] - counts["warn"]
    found = (
        words(say("{n} to fix", n=counts["block"])) if counts["block"] else "",
        words(say("{n} to look at", n=counts["warn"])) if counts["warn"] else "",
        words(say_n("{n} tip", "{n} tips", tips)) if tips else "",
    )
    return words(say("Checked: {found}", found=" · ".join(one for one in found if one)))


def checked(findings: tuple[Finding, ...], words: Words) -> Checked:
    flags = tuple(_flag(finding, words) for finding in findings)
    return Checked(
        flags=flags,
        checked=_checked_line(flags, words),
        blocked=any(finding.severity == "block" for finding in findings),
        overridable=_overridable(findings),
    )


def _overridable(findings: Sequence[Finding]) -> bool:
    blocks = [finding for finding in findings if finding.severity == "block"]
    return bool(blocks) and all(block.lead_may_override for block in blocks)


def reply_form(
    conversation: Conversation, draft: Draft | None, brief: Brief, words: Words, reader: Actor
) -> ReplyForm:
    """Draft and findings to edit, or an empty form."""
    flags = tuple(_flag(finding, words) for finding in draft.findings) if draft else ()
    buyer = conversation.buyer.name or words(say("Unnamed buyer"))
    return ReplyForm(
        conversation_id=conversation.id,
        based_on=draft.version if draft else None,
        seen_seq=conversation.last_seq,
        heading=words(say("Reply to {buyer}", buyer=buyer)),
        text=draft.text if draft else "",
        agent_text=draft.agent_text if draft else None,
        language=draft.language if draft else brief.language,
        flags=flags,
        checked=_checked_line(flags, words) if draft else "",
        max_chars=brief.situation.max_chars,
        may_override=reader.leads,
        overridable=_overridable(draft.findings) if draft else False,
    )
