"""The last gate: every text that goes to a buyer is held against its brief, whoever wrote it.

Code, not a model. `block` cannot be sent, `warn` and `tip` can. A finding points at the words it is
about; `lead_may_override` says whether a lead's reason is enough to send in spite of a block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from assistant.drafting.answers import quoted
from assistant.drafting.brief import Brief
from assistant.drafting.carriage import carried
from assistant.drafting.claims import claims
from assistant.drafting.commitments import commitments
from assistant.drafting.demands import demands
from assistant.drafting.ease import ease
from assistant.drafting.findings import MANNERS
from assistant.drafting.fixes import with_fix
from assistant.drafting.language import UNKNOWN, detect
from assistant.drafting.leaks import leaks
from assistant.drafting.lexicon import stem
from assistant.drafting.matter import Matter
from assistant.drafting.promises import promises
from assistant.drafting.said import said
from assistant.drafting.subject import Subject
from assistant.drafting.things import things
from assistant.drafting.tone import asked_again, tone
from assistant.drafting.values import values
from assistant.model import Attachment, Finding, Severity, own_postcode
from assistant.playbooks import Playbooks
from assistant.playbooks.channels import LENGTH
from assistant.words import say

__all__ = ["promises", "review"]

_RANK: dict[Severity, int] = {"block": 0, "warn": 1, "tip": 2}
_EXAMPLE = re.compile(r"\*[^*]+\*|“[^”]+”|\"[^\"]+\"|„[^“]+“|(?m:^\s*>.*$)")
_ENOUGH = 25
"""Letters; in a shorter text a language is a guess."""
_PLENTY = 90
"""Letters; in a shorter text two languages of one family are told apart by chance."""
_KIN = (
    frozenset({"es", "pt", "it", "fr", "gl", "ca", "ro", "la"}),
    frozenset({"sv", "da", "no", "nb", "nn"}),
    frozenset({"nl", "de", "af", "lb"}),
    frozenset({"ru", "uk", "be", "bg", "sr", "mk"}),
    frozenset({"pl", "cs", "sk"}),
)
_ONE = frozenset({"id", "ms"})


def review(
    text: str,
    brief: Brief,
    playbooks: Playbooks | None = None,
    *,
    by_agent: bool = True,
    by_model: bool = False,
    links: frozenset[str] = frozenset(),
    secrets: tuple[str, ...] = (),
    files: Sequence[Attachment] = (),
) -> tuple[Finding, ...]:
    """Every objection to sending *text*, the gravest first, then in the order of the text.

    *playbooks* tell the carriers' pages for the order's parcels; *links* are further pages that may
    be named. *by_agent*: a person wrote it, who may make promises of their own; a machine may not,
    and *by_model* a language model did, which somebody may have talked into anything.
    *secrets*: prompts, of which nothing may be quoted, any more than of the playbooks. *files* go
    with the text.
    """
    if not any(letter.isprintable() and not letter.isspace() for letter in text):
        return (_empty(),)
    if playbooks is None:
        subject = Subject(
            text, brief, by_agent=by_agent, by_model=by_model, links=links, secrets=secrets
        )
    else:
        brief = _with_quoted(text, brief, playbooks)
        subject = _by_playbooks(
            text, brief, playbooks, links, secrets, by_agent=by_agent, by_model=by_model
        )
    found = [finding for check in _CHECKS for finding in check(subject)]
    if playbooks is not None:
        found += [*_strange(brief, playbooks), *carried(subject, playbooks, files)]
    once = dict.fromkeys(with_fix(one, subject) for one in _told_once(found, brief))
    return tuple(sorted(once, key=lambda one: (_RANK[one.severity], one.start, one.end)))


def _by_playbooks(
    text: str,
    brief: Brief,
    playbooks: Playbooks,
    links: frozenset[str],
    secrets: tuple[str, ...],
    *,
    by_agent: bool,
    by_model: bool,
) -> Subject:
    """With the market's clock, the carriers' pages and the culture's apologies."""
    return Subject(
        text,
        brief,
        by_agent=by_agent,
        by_model=by_model,
        links=links | _pages(brief, playbooks),
        secrets=secrets + _prose(playbooks),
        zone=Matter(brief.situation, brief.understanding, playbooks).zone,
        apologies=playbooks.culture(brief.culture, None).apologies,
    )


def _told_once(found: Sequence[Finding], brief: Brief) -> Iterator[Finding]:
    """Where a playbook and the usual manners object to the same words, the playbook speaks."""
    rules = {demand.rule for demand in brief.decision.must_not if demand.words}
    places = {(one.start, one.end) for one in found if one.rule in rules}
    for one in found:
        if one.rule not in MANNERS or (one.start, one.end) not in places:
            yield one


def _pages(brief: Brief, playbooks: Playbooks) -> frozenset[str]:
    """Where the buyer can follow the parcels (S2.8), in the languages the reply may be in."""
    market = brief.situation.market
    return frozenset(
        page
        for order in brief.situation.facts.orders
        for parcel in order.fulfilments
        for country in {market, order.ship_to.country}
        for language in {brief.language, "en"}
        for postcode in {None, own_postcode(brief.situation.buyer, order)}
        if (page := playbooks.tracking_link(parcel, country, language, postcode))
    )


def _with_quoted(text: str, brief: Brief, playbooks: Playbooks) -> Brief:
    """What the text repeats of the team's answers is known as well."""
    situation = brief.situation
    more = quoted(text, situation, playbooks)
    if not more:
        return brief
    facts = situation.facts.model_copy(update={"answers": (*situation.facts.answers, *more)})
    return brief.model_copy(update={"situation": situation.model_copy(update={"facts": facts})})


@lru_cache(maxsize=8)
def _prose(playbooks: Playbooks) -> tuple[str, ...]:
    """What playbooks tell a model; their examples, in *italics* or quotes, are meant to be said."""
    return tuple(
        _EXAMPLE.sub(" ", one.prose) for one in playbooks.all if one.prose and one.kind != "phrases"
    )


def _strange(brief: Brief, playbooks: Playbooks) -> tuple[Finding, ...]:
    """A marketplace that no playbook knows is held to the strictest common rules, and says so."""
    platform = brief.situation.platform
    if playbooks.knows_platform(platform):
        return ()
    message = say(
        "{platform} has no playbook: the strictest marketplace rules hold.",
        platform=platform,
    )
    return (Finding(severity="tip", rule="platform.unknown", start=0, end=0, message=message),)


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
    situation = subject.brief.situation
    most, length = situation.max_chars, LENGTH[situation.carries.count](subject.text)
    if length > most:
        yield subject.finding(
            "block",
            "channel.length",
            (min(most, len(subject.text) - 1), len(subject.text)),
            say(
                "The channel takes {most} characters; this is {n}. Shorten it.",
                most=most,
                n=length,
            ),
            lead_may_override=False,
        )


def _language(subject: Subject) -> Iterator[Finding]:
    """The reply is in the language of the brief, which is the buyer's."""
    wanted = subject.brief.language
    if wanted == UNKNOWN or sum(char.isalpha() for char in subject.text) < _ENOUGH:
        return
    spoken = detect(subject.text, (wanted,))
    if spoken != UNKNOWN and not _same(spoken, wanted, subject.text):
        yield subject.finding(
            "warn",
            "text.language",
            subject.whole,
            say(
                "This looks like {spoken:language}; the buyer reads {wanted:language}.",
                spoken=spoken,
                wanted=wanted,
            ),
        )


def _same(spoken: str, wanted: str, text: str) -> bool:
    """Is it the language wanted, or one too near to be told apart in so few words?"""
    if stem(wanted) == "zh":
        return spoken == wanted or "-" not in wanted
    told, asked = stem(spoken), stem(wanted)
    few = sum(map(str.isalpha, text)) < _PLENTY
    both = {told, asked}
    return told == asked or both <= _ONE or (few and any(both <= family for family in _KIN))


_CHECKS = (
    _channel,
    _language,
    leaks,
    commitments,
    values,
    things,
    demands,
    said,
    claims,
    asked_again,
    tone,
    ease,
)
