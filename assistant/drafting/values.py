"""Every checkable value of a reply must be licensed by the brief."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency

from assistant.drafting.lexicon import stem
from assistant.drafting.spans import Span
from assistant.drafting.subject import Subject
from assistant.model import Finding, Severity
from assistant.words import say

_EITHER_WAY = frozenset({"en", "ja", "zh", "ko"})
"""Languages whose readers put the month first in one country and the day in another."""


def values(subject: Subject) -> Iterator[Finding]:
    """Amounts, percentages, dates, times, durations, numbers of all kinds, links, addresses."""
    for span in subject.spans:
        check = _CHECKS.get(span.kind)
        if check is not None:
            yield from check(subject, span)


def _amount(subject: Subject, span: Span) -> Iterator[Finding]:
    if not subject.licence.amount(span):
        yield subject.finding(
            "block",
            "value.amount",
            subject.at(span),
            say("Nobody confirmed the amount {what}.", what=span.text),
            better=_refund(subject),
        )


def _refund(subject: Subject) -> str | None:
    """The one sum that may be promised, as the buyer's language writes it."""
    sums = {
        str(one.inputs["refund_amount"])
        for one in subject.brief.decision.proof
        if "refund_amount" in one.inputs and one.inputs.get("verdict") == "allowed"
    }
    if len(sums) != 1:
        return None
    number, _, currency = sums.pop().partition(" ")
    return format_currency(number, currency, locale=locale_of(subject)) if currency else None


def _percent(subject: Subject, span: Span) -> Iterator[Finding]:
    if not subject.licence.percent(span):
        message = say("Nobody confirmed the percentage {what}.", what=span.text)
        yield subject.finding("block", "value.percent", subject.at(span), message)


def _date(subject: Subject, span: Span) -> Iterator[Finding]:
    if span.ambiguous:
        # Where a language has one order only, its readers know it; others read along (S4.1).
        two_ways = stem(subject.language) in _EITHER_WAY
        yield subject.finding(
            "warn" if two_ways else "tip",
            "value.date_format",
            subject.at(span),
            say(
                "Two readers may read {what} as two days. Write the month as a word.",
                what=span.text,
            ),
            better=_written_out(subject, span),
        )
    if not subject.licence.day(span):
        # A person may make a promise of their own; a machine must not invent a day.
        severity: Severity = "warn" if subject.by_agent else "block"
        day = span.text.rstrip(".")
        message = say("Nobody confirmed the date {what}. Make sure we can keep it.", what=day)
        yield subject.finding(severity, "value.date", subject.at(span), message)


def _written_out(subject: Subject, span: Span) -> str:
    """The day with its month as a word; a known day where only one reading is known."""
    assert span.day is not None
    year, month, day = span.day
    known = subject.licence.confirmed.days
    us = subject.brief.situation.market in ("US",)
    only_swapped = (day, month) in known and (month, day) not in known
    if only_swapped or (us and (month, day) not in known):
        month, day = day, month
    whole = date(year or subject.licence.today.year, month, day)
    locale = locale_of(subject)
    return (
        format_date(whole, "long", locale)
        if year
        else format_skeleton("MMMMd", whole, locale=locale)
    )


def locale_of(subject: Subject) -> Locale:
    """The reply's language as the buyer's country writes it, where Babel knows it."""
    for name in (f"{subject.language}-{subject.brief.situation.market}", subject.language, "en"):
        try:
            return Locale.parse(name, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def _weekday(subject: Subject, span: Span) -> Iterator[Finding]:
    assert span.number is not None
    if not subject.licence.weekday(int(span.number)):
        severity: Severity = "tip" if subject.by_agent else _doubt(subject)
        message = say("No known date falls on {what}. Make sure we can keep it.", what=span.text)
        yield subject.finding(severity, "value.weekday", subject.at(span), message)


def _doubt(subject: Subject) -> Severity:
    """How grave it is to say what nobody confirmed and people may still know; a model does not."""
    return "block" if subject.by_model else "warn"


def _time(subject: Subject, span: Span) -> Iterator[Finding]:
    if not subject.licence.time(span.value):
        message = say("Nobody confirmed the time {what}.", what=span.text)
        yield subject.finding(_doubt(subject), "value.time", subject.at(span), message)


def _duration(subject: Subject, span: Span) -> Iterator[Finding]:
    if not subject.licence.duration(span):
        severity: Severity = "warn" if subject.by_agent else "block"
        message = say("Nobody confirmed the duration {what}.", what=span.text)
        yield subject.finding(severity, "value.duration", subject.at(span), message)


def _number(subject: Subject, span: Span) -> Iterator[Finding]:
    if not subject.licence.number(span.value):
        message = say("The number {what} is in no order, message or playbook.", what=span.text)
        yield subject.finding(_doubt(subject), "value.number", subject.at(span), message)


def _tracking(subject: Subject, span: Span) -> Iterator[Finding]:
    if span.value not in subject.licence.tracking:
        message = say("{what} is not a tracking number of this buyer's order.", what=span.text)
        yield subject.finding(
            "block",
            "value.tracking",
            subject.at(span),
            message,
            better=_only(subject.licence.tracking),
            lead_may_override=False,
        )


def _link(subject: Subject, span: Span) -> Iterator[Finding]:
    if not subject.brief.situation.links:
        message = say("This channel refuses links. Remove {what}.", what=span.text)
        yield subject.finding(
            "block", "channel.links", subject.at(span), message, lead_may_override=False
        )
    elif not subject.licence.link(span.value):
        message = say("{what} is not a link that may be sent to this buyer.", what=span.text)
        better = _only({one for one in subject.licence.links if one.startswith("https://")})
        yield subject.finding("block", "value.link", subject.at(span), message, better=better)


def _only(known: set[str]) -> str | None:
    """The right one, where there is one."""
    return next(iter(known)) if len(known) == 1 else None


_CHECKS = {
    "amount": _amount,
    "percent": _percent,
    "date": _date,
    "weekday": _weekday,
    "time": _time,
    "duration": _duration,
    "number": _number,
    "tracking": _tracking,
    "link": _link,
}
