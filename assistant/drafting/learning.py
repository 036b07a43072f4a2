"""What became of each draft, found in the conversation alone: the same one gives the same uses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from difflib import SequenceMatcher

from assistant.model import (
    KEPT_USES,
    Became,
    Conversation,
    Decision,
    Draft,
    PersonId,
    Rewording,
    Use,
)

EDITED = 0.5
"""Of the words kept: with less, somebody wrote their own reply."""
_MOST_CHANGES = 12
_LONGEST = 300
_MOST_WORDS = 1_500
_OVER = ("sent", "discarded", "outdated", "failed")
_SENTENCES = re.compile(r"(?<=[.!?…:])\s+|(?<=[。！？])|\n+")
_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_]+|\d+|[^\w\s]")
_LINK = re.compile(r"https?://\S+")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_FIGURES = re.compile(
    r"[€$£¥₩]?\s?(?:\w*\d[\w.,:/\u00a0\u202f-]*\d\w*|\w*\d\w*)\s?(?:[€$£¥₩円원元]|\b[A-Z]{3}\b)?"
)
_LETTERS = re.compile(r"[A-Za-z\u00c0-\u024f\u0400-\u04ff]")


def with_uses(conversation: Conversation, now: datetime) -> Conversation:
    """*conversation* with what has become of its drafts by now, each noted once."""
    known = {one.version for one in conversation.uses}
    fresh = tuple(
        use
        for draft in conversation.drafts
        if draft.version not in known and draft.drafter != "agent" and draft.state in _OVER
        if (use := _use(draft, conversation, now)) is not None
    )
    if not fresh:
        return conversation
    uses = (*conversation.uses, *fresh)[-KEPT_USES:]
    return conversation.model_copy(update={"uses": uses})


def _use(draft: Draft, conversation: Conversation, now: datetime) -> Use | None:
    """None while it is open what becomes of it."""
    if draft.state in ("sent", "failed"):
        return _noted(draft, conversation, "used", draft.approved_at or now, draft)
    instead = [
        one
        for one in conversation.drafts
        if one.version > draft.version
        and one.answers_seq == draft.answers_seq
        and one.drafter == "agent"
    ]
    if any(one.state not in _OVER for one in instead):
        return None
    sent = next((one for one in instead if one.state == "sent"), None)
    if sent is not None:
        return _edited(draft, sent, conversation, now)
    became: Became = "discarded" if draft.state == "discarded" else "outdated"
    return _noted(draft, conversation, became, now, None)


def _edited(draft: Draft, sent: Draft, conversation: Conversation, now: datetime) -> Use:
    kept = similarity(draft.text, sent.text)
    became: Became = "edited" if kept >= EDITED else "rewritten"
    if draft.text.split() == sent.text.split():
        became = "used"
    changes = tuple(changed(draft.text, sent.text, conversation)) if became == "edited" else ()
    use = _noted(draft, conversation, became, sent.approved_at or now, sent)
    return use.model_copy(update={"kept": round(kept, 3), "changes": changes[:_MOST_CHANGES]})


def _noted(
    draft: Draft, conversation: Conversation, became: Became, at: datetime, sent: Draft | None
) -> Use:
    understanding, decision = conversation.understanding, conversation.decision
    by = sent.approved_by if sent else None
    assert draft.drafter != "agent"
    return Use(
        version=draft.version,
        drafter=draft.drafter,
        became=became,
        at=at,
        by=PersonId(by.id) if by else None,
        language=draft.language,
        intent=understanding.intents[0] if understanding else "other",
        kept=1.0 if became == "used" else 0.0,
        phrases=draft.phrases,
        rules=tuple(
            dict.fromkeys(
                rule
                for remedy in (decision.allowed() if decision else ())
                for rule in remedy.because
            )
        )[:_MOST_CHANGES],
        playbook_version=draft.playbook_version,
        prompts=draft.made.prompts if draft.made else (),
        model=draft.made.model if draft.made else "",
    )


def _rules(decision: Decision | None) -> tuple[str, ...]:
    """Those behind what could be offered."""
    allowed = decision.allowed() if decision else ()
    found = dict.fromkeys(rule for remedy in allowed for rule in remedy.because)
    return tuple(found)[:_MOST_CHANGES]


# ── what was changed ─────────────────────────────────────────────────────────


def similarity(before: str, after: str) -> float:
    """The part of the words that both have, in their order."""
    one, other = (_WORDS.findall(text.lower())[:_MOST_WORDS] for text in (before, after))
    return SequenceMatcher(a=one, b=other, autojunk=False).ratio()


def changed(before: str, after: str, conversation: Conversation) -> Iterator[Rewording]:
    """Sentence by sentence, without what is the buyer's own."""
    slots = _Slots(conversation)
    old, new = ([slots.filled(one) for one in sentences(text)] for text in (before, after))
    for tag, i1, i2, j1, j2 in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from _paired(old[i1:i2], new[j1:j2])


def sentences(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCES.split(text) if part.strip()]


def _paired(old: Sequence[str], new: Sequence[str]) -> Iterator[Rewording]:
    """Each old sentence with the new one that is most like it, if any is."""
    left = list(new)
    for one in old:
        best = max(left, key=lambda other: similarity(one, other), default="")
        if best and similarity(one, best) >= EDITED:
            left.remove(best)
            yield Rewording(before=one[:_LONGEST], after=best[:_LONGEST])
        else:
            yield Rewording(before=one[:_LONGEST], after="")
    for one in left:
        yield Rewording(before="", after=one[:_LONGEST])


class _Slots:
    """What is a buyer's own in a sentence, by what kind of thing it is."""

    def __init__(self, conversation: Conversation) -> None:
        names = {conversation.buyer.name, conversation.buyer.id.partition(":")[2]}
        for order in conversation.facts.orders:
            names |= {order.customer.name, order.ship_to.name, order.ship_to.city or ""}
        for draft in conversation.drafts:
            names |= {one.name for one in (draft.author, draft.approved_by) if one}
        parts = {part for name in names for part in (name, *name.split()) if len(part) > 1}
        ordered = sorted(map(re.escape, parts), key=len, reverse=True)
        parcels = [one for order in conversation.facts.orders for one in order.fulfilments]
        self._carriers = sorted({one.carrier for one in parcels if one.carrier}, key=len)
        self._names = re.compile("|".join(map(_whole, ordered))) if ordered else None

    def filled(self, sentence: str) -> str:
        text = _LINK.sub("{link}", sentence)
        text = _MAIL.sub("{email}", text)
        for carrier in reversed(self._carriers):
            text = re.sub(_whole(re.escape(carrier)), "{carrier}", text)
        if self._names:
            text = self._names.sub("{name}", text)
        text = re.sub(r"\{name\}(?:\s?\{name\})+", "{name}", text)
        return _FIGURES.sub(lambda one: _number(one[0]), text)


def _whole(name: str) -> str:
    """A name of letters is a word of its own; one of signs stands inside others."""
    return rf"(?<!\w){name}(?!\w)" if _LETTERS.search(name) else name


def _number(found: str) -> str:
    """The spaces around it stay."""
    lead, tail = found[: len(found) - len(found.lstrip())], found[len(found.rstrip()) :]
    return f"{lead}{{number}}{tail}"
