"""What one press does about an objection: other words, none, or one sentence more.

A fix always takes the place of words that stand there, so that it can be found again in a text
that has changed since: what is added is added to a few of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml
from babel.dates import format_skeleton
from babel.numbers import format_currency

from assistant.drafting.lexicon import buyer_words, stem, written
from assistant.drafting.subject import Sentence, Subject
from assistant.drafting.values import locale_of
from assistant.model import Finding, Fix, ParcelEvent

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_BY_LEAVING_OUT = ("value.", "text.", "channel.length", "leak.", "platform.")
"""Objections that a sentence less does not settle, or hides."""
_ANCHOR = 24
_EARLY = frozenset({"apologise_once", "empathise_first", "thank_buyer"})
_SAYS = {
    "apologise_once": "apology",
    "empathise_first": "empathy",
    "thank_buyer": "thanks",
    "amount_of_refund": "amount",
    "say_who_and_when": "when",
}
_UNSPACED = frozenset({"ja", "zh"})


@cache
def _sentences() -> Mapping[str, Mapping[str, str]]:
    raw = files("assistant.drafting").joinpath("lexicon", "missing.yaml").read_text("utf-8")
    table: dict[str, dict[str, str]] = yaml.load(raw, Loader=_LOADER)  # noqa: S506 (a safe one)
    return table


def with_fix(finding: Finding, subject: Subject) -> Finding:
    """*finding* with what one press can do about it, where it can do anything."""
    if finding.fix is not None or finding.better:
        return finding
    if finding.better == "":
        fix = _without(subject, finding.start, finding.end)
    elif finding.rule.startswith(_NOT_BY_LEAVING_OUT) or not _within(finding, subject):
        return finding
    else:
        fix = _sentence_out(subject, finding.start)
    return finding.model_copy(update={"fix": fix}) if fix else finding


def _within(finding: Finding, subject: Subject) -> bool:
    """Is it about some of the words?"""
    return finding.start < finding.end and (finding.start, finding.end) != subject.whole


def _without(subject: Subject, start: int, end: int) -> Fix | None:
    """The words left out, with the comma and the space after them; a sentence begins large."""
    text = subject.text
    sentence = _around(subject, start)
    if sentence is not None and not text[sentence.start : start].strip():
        rest = re.match(r"[\s,;:，、]*[.!?。！？]?\s*", text[end:])
        after = end + (rest.end() if rest else 0)
        return Fix(start=start, end=min(after + 1, len(text)), text=text[after : after + 1].upper())
    before = len(text[:start].rstrip(" ,，、"))
    return Fix(start=before, end=end, text="") if text[before:end] != text else None


def _sentence_out(subject: Subject, start: int) -> Fix | None:
    """The whole sentence left out, unless nothing else is said."""
    sentence = _around(subject, start)
    others = [one for one in subject.sentences if one is not sentence]
    if sentence is None or not any(sum(map(str.isalpha, one.folded)) > 8 for one in others):
        return None
    gap = re.match(r"[ \u3000]*", subject.text[sentence.end :])
    end = sentence.end + (gap.end() if gap else 0)
    last = not subject.text[end:].strip()
    start = len(subject.text[: sentence.start].rstrip()) if last else sentence.start
    return Fix(start=start, end=end, text="")


def _around(subject: Subject, start: int) -> Sentence | None:
    return next((one for one in subject.sentences if one.start <= start < one.end), None)


# ── what is missing ──────────────────────────────────────────────────────────


def missing(subject: Subject, check: str, lacks: str = "") -> tuple[str, Fix] | None:
    """The sentence that *check* misses and where it goes; None where we can't word it.

    *lacks*: of a tracking answer, which of its three points (S2.8).
    """
    key = lacks or _SAYS.get(check, "")
    fact = _FACTS[key](subject) if key in _FACTS else ""
    own = _sentences().get(subject.language) or _sentences().get(stem(subject.language)) or {}
    if key not in own or fact is None:
        return None
    sentence = own[key].replace("{x}", fact)
    return sentence, added(subject, sentence, early=check in _EARLY)


def added(subject: Subject, sentence: str, *, early: bool) -> Fix:
    """*sentence* after the opening, or at the end of what is said, before the close."""
    at = _opening(subject) if early else _close(subject)
    gap = "" if stem(subject.language) in _UNSPACED else " "
    text = subject.text
    start = max(0, at - _ANCHOR)
    if at and text[at - 1] != "\n":
        return Fix(start=start, end=at, text=f"{text[start:at]}{gap}{sentence}")
    end = min(len(text), at + _ANCHOR)
    return Fix(start=at, end=end, text=f"{sentence}{gap}{text[at:end]}")


_SIGNED = re.compile(r"(?:(?<=[.!?。！？])\s*\n|\s*\n[ \t]*\n)\s*[^\W\d_]+(?: [^\W\d_]+){0,2}\s*\Z")
"""A name on a line of its own, after a whole sentence or an empty line: a link ends no sentence."""
_SAID = re.compile(r"\w[^\n]*[.!?。！？]")


def _opening(subject: Subject) -> int:
    """Where the first sentence ends; after a greeting on its own line, where the next begins."""
    first = re.match(r"\s*[^\n]{1,60}[,!，！:：]?\n\s*", subject.text)
    if first and not subject.text[first.end() : first.end() + 1].islower():
        return first.end()
    begun = first.end() if first else 0
    return next((one.end for one in subject.sentences if one.end > begun), begun)


def _close(subject: Subject) -> int:
    """Where the last words before “Kind regards” end, or before a name alone."""
    end = len(_SIGNED.sub("", subject.text).rstrip())
    if stem(subject.language) not in written(""):
        return end
    for one in buyer_words(subject.language).closing:
        for match in one.finditer(subject.folded):
            line = subject.folded.rfind("\n", 0, match.start()) + 1
            rest = subject.folded[match.end() :].partition("\n")[0]
            alone = not subject.folded[line : match.start()].strip()
            if line and alone and not _SAID.search(rest):  # “Thank you for writing.” closes nothing
                end = min(end, len(subject.text[:line].rstrip()))
    return end


# ── the facts in it ──────────────────────────────────────────────────────────


def _number(subject: Subject) -> str | None:
    found = [
        parcel.number
        for order in subject.brief.situation.facts.orders
        for parcel in order.fulfilments
        if parcel.number
    ]
    return found[0] if len(found) == 1 else None


def _page(subject: Subject) -> str | None:
    pages = sorted(link for link in subject.licence.links if link.startswith("https://"))
    return pages[0] if len(pages) == 1 and subject.brief.situation.links else None


def _event(subject: Subject) -> str | None:
    events: list[ParcelEvent] = [
        parcel.latest
        for order in subject.brief.situation.facts.orders
        for parcel in order.fulfilments
        if parcel.latest
    ]
    if len(events) != 1:
        return None
    at = events[0].at.astimezone(subject.licence.zone)
    day = format_skeleton("MMMMd", at, locale=locale_of(subject))
    return ", ".join(filter(None, (day, f"{at:%H:%M}", events[0].place)))


def _refund(subject: Subject) -> str | None:
    sums = {
        str(one.inputs["refund_amount"])
        for one in subject.brief.decision.proof
        if "refund_amount" in one.inputs and one.inputs.get("verdict") == "allowed"
    }
    number, _, currency = sums.pop().partition(" ") if len(sums) == 1 else ("", "", "")
    return format_currency(number, currency, locale=locale_of(subject)) if currency else None


_FACTS = {"number": _number, "page": _page, "event": _event, "amount": _refund}
