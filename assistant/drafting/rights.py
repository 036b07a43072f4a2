"""Is the buyer's right named beside a lesser offer? A coupon may never quietly replace it."""

from __future__ import annotations

from assistant.deciding.laws import LESSER, STATE_RIGHT
from assistant.drafting.commitments import committed
from assistant.drafting.findings import CHECK
from assistant.drafting.subject import Subject, denied
from assistant.words import Text


def right_unnamed(subject: Subject) -> Text | None:
    """Who is offered less than the law owes reads of the right in the same breath.

    None as well where there are no wordings of it in the reply's language.
    """
    own = subject.own
    if own is None or STATE_RIGHT not in own.checks or not _lesser(subject):
        return None
    named = any(
        not denied(words, subject.folded, match, phrase)
        for words in subject.spoken
        for phrase in words.checks.get(STATE_RIGHT, ())
        for match in phrase.finditer(subject.folded)
    )
    return None if named else CHECK[STATE_RIGHT]


def _lesser(subject: Subject) -> bool:
    """Does the text offer a part of the money, a coupon, a kindness?"""
    if any(kind in ("discount", "compensation") for kind, _, _ in committed(subject)):
        return True
    remedies = subject.brief.decision.remedies
    parts = {one.amount.amount for one in remedies if one.gives in LESSER and one.amount}
    return any(span.number in parts for span in subject.of("amount"))
