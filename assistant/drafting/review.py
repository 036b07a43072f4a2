"""The last gate: every text that goes to a buyer is held against its brief, whoever wrote it.

Code, not a model. `block` cannot be sent, `warn` and `tip` can. A finding points at the words it is
about; `lead_may_override` says whether a lead's reason is enough to send in spite of a block.
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.drafting.brief import Brief
from assistant.drafting.commitments import commitments
from assistant.drafting.demands import demands
from assistant.drafting.language import UNKNOWN, detect
from assistant.drafting.leaks import leaks
from assistant.drafting.promises import promises
from assistant.drafting.subject import Subject
from assistant.drafting.tone import asked_again, tone
from assistant.drafting.values import values
from assistant.model import Finding, Severity
from assistant.words import say

__all__ = ["promises", "review"]

_RANK: dict[Severity, int] = {"block": 0, "warn": 1, "tip": 2}
_ENOUGH = 25
"""Letters; in a shorter text a language is a guess."""


def review(
    text: str,
    brief: Brief,
    *,
    by_agent: bool = True,
    links: frozenset[str] = frozenset(),
    secrets: tuple[str, ...] = (),
) -> tuple[Finding, ...]:
    """Every objection to sending *text*, the gravest first, then in the order of the text.

    *by_agent*: a person wrote it, who may make promises of their own; a machine may not. *links*:
    pages that may be named beside those of the order's parcels. *secrets*: prompts and playbooks,
    of which nothing may be quoted.
    """
    if not text.strip():
        return (_empty(),)
    subject = Subject(text, brief, by_agent=by_agent, links=links, secrets=secrets)
    found = dict.fromkeys(
        finding
        for check in (_channel, _language, leaks, commitments, values, demands, asked_again, tone)
        for finding in check(subject)
    )
    return tuple(sorted(found, key=lambda one: (_RANK[one.severity], one.start, one.end)))


def _empty() -> Finding:
    return Finding(
        severity="block",
        rule="text.empty",
        start=0,
        end=0,
        message=say("There is nothing to send. Write the reply first."),
        lead_may_override=False,
    )


def _channel(subject: Subject) -> Iterator[Finding]:
    most = subject.brief.situation.max_chars
    if len(subject.text) > most:
        yield subject.finding(
            "block",
            "channel.length",
            (most, len(subject.text)),
            say(
                "The channel takes {most} characters; this is {n}. Shorten it.",
                most=most,
                n=len(subject.text),
            ),
            lead_may_override=False,
        )


def _language(subject: Subject) -> Iterator[Finding]:
    """The reply is in the language of the brief, which is the buyer's."""
    wanted = subject.brief.language
    if wanted == UNKNOWN or sum(char.isalpha() for char in subject.text) < _ENOUGH:
        return
    spoken = detect(subject.text, (wanted,))
    if spoken not in (UNKNOWN, wanted) and spoken.split("-")[0] != wanted:
        yield subject.finding(
            "warn",
            "text.language",
            subject.whole,
            say("This looks like {spoken}; the buyer reads {wanted}.", spoken=spoken, wanted=wanted),
        )
