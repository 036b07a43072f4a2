"""A text under review, looked at once: folded, cut into sentences, its checkable values found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from functools import cached_property

from assistant.drafting.brief import Brief
from assistant.drafting.lexicon import Phrase, ReplyWords, reply_words, stem, written
from assistant.drafting.licence import Licence
from assistant.drafting.plain import fold
from assistant.drafting.spans import Span, SpanKind, spans
from assistant.model import Finding, Fix, Severity
from assistant.words import Text

_END = re.compile(
    r"(?<=[.!?])\s+(?=\S)|\n+|(?<=[。！？])|(?<=[.!?])$|(?:(?<=ค่ะ)|(?<=ครับ)|(?<=คะ))\s+(?=\S)"
)
"""A Thai sentence ends with its polite word and a space."""
_CLAUSE = re.compile(r"[.!?;:,\n。！？；，、()]|\s-\s")
_WINDOW = 40
_TITLE = 40
"""Characters of a product's name."""
_BULLET = re.compile(
    r"(?<=\d)\.$|(?:\b(?:mr|mrs|ms|dr|dra|sr|sra|srta|lic|nr|no|st|z\.b|d\.h|bzw|ca|inkl|zzgl|str|tel))\.$"
)


_LETTERS = {
    "ru": re.compile("[а-я]"),
    "ar": re.compile("[\u0621-\u064a]"),
    "th": re.compile("[\u0e01-\u0e30]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "ja": re.compile("[\u3041-\u30ff\u3400-\u9fff]"),
    "zh": re.compile("[\u3400-\u9fff]"),
}
_LATIN = re.compile("[a-z]")


def _letters_of(language: str) -> re.Pattern[str]:
    return _LETTERS.get(language, _LATIN)


class Sentence:
    """One sentence; offsets are those of the whole text."""

    def __init__(self, start: int, end: int, folded: str) -> None:
        self.start, self.end, self.folded = start, end, folded

    def holds(self, span: Span) -> bool:
        return self.start <= span.start < self.end


class Subject:
    """What every check of the review is given."""

    def __init__(
        self,
        text: str,
        brief: Brief,
        *,
        by_agent: bool,
        by_model: bool = False,
        links: frozenset[str] = frozenset(),
        secrets: tuple[str, ...] = (),
        zone: tzinfo | None = None,
        apologies: int | None = None,
    ) -> None:
        self.text = text
        self.brief = brief
        self.by_agent = by_agent and not by_model
        self.by_model = by_model
        self.secrets = secrets
        self.apologies = apologies
        """How often the culture says sorry in one message, at most; None: nobody said."""
        self.folded = fold(text)
        self.licence = Licence(brief, zone, links)
        self.language = brief.language
        self.spans = spans(text, tuple(dict.fromkeys((brief.language, "en"))))

    def of(self, *kinds: SpanKind) -> Iterator[Span]:
        return (span for span in self.spans if span.kind in kinds)

    def without(self, *kinds: SpanKind) -> str:
        """The text with spaces where these stand; of the same length."""
        text = self.text
        for span in self.of(*kinds):
            text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
        return text

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        found, start = [], 0
        for match in _END.finditer(self.folded):
            # A date or a title has a full stop too: "am 23. November", "Mr. Brandt".
            if _BULLET.search(self.folded[start : match.start()]) and "\n" not in match[0]:
                continue
            found.append(Sentence(start, match.start(), self.folded[start : match.start()]))
            start = match.end()
        found.append(Sentence(start, len(self.folded), self.folded[start:]))
        return tuple(one for one in found if one.folded.strip())

    @cached_property
    def own(self) -> ReplyWords | None:
        """The words of the language the reply should be in."""
        return (
            reply_words(stem(self.language)) if stem(self.language) in written("-reply") else None
        )

    @cached_property
    def spoken(self) -> tuple[ReplyWords, ...]:
        """The reply's language and English, which people mix."""
        names = dict.fromkeys((stem(self.language), "en"))
        return tuple(reply_words(name) for name in names if name in written("-reply"))

    @cached_property
    def everywhere(self) -> tuple[ReplyWords, ...]:
        """Every language whose letters stand there: a promise in another one binds as well."""
        return tuple(
            reply_words(name)
            for name in written("-reply")
            if name == stem(self.language) or _letters_of(name).search(self.folded)
        )

    @cached_property
    def titles(self) -> str:
        """What the products are called, folded; a name as long as a sentence may be anything."""
        facts = self.brief.situation.facts
        titles = [item.title for order in facts.orders for item in order.items]
        titles += [stock.title for stock in facts.stock]
        return fold("\n".join(one for one in titles if len(one) <= _TITLE))

    def finding(
        self,
        severity: Severity,
        rule: str,
        where: tuple[int, int],
        message: Text,
        *,
        better: str | None = None,
        lead_may_override: bool = True,
        fix: Fix | None = None,
    ) -> Finding:
        return Finding(
            severity=severity,
            rule=rule,
            start=where[0],
            end=where[1],
            message=message,
            better=better,
            lead_may_override=lead_may_override,
            fix=fix,
        )

    def at(self, span: Span) -> tuple[int, int]:
        return span.start, span.end

    @property
    def whole(self) -> tuple[int, int]:
        return 0, len(self.text)


def denied(words: ReplyWords, folded: str, match: re.Match[str], phrase: Phrase) -> bool:
    """Does the clause say the opposite: “we cannot refund”, “eine Erstattung ist nicht möglich”?"""
    negation = words.before
    before = _CLAUSE.split(folded[max(0, match.start() - _WINDOW) : match.start()])[-1]
    if words.breaks:
        ends = [found.end() for found in words.breaks.finditer(before)]
        before = before[ends[-1] :] if ends else before
    if words.apparent and words.apparent.search(before + match[0]):
        return False
    if negation and negation.search(before):
        return True
    if negation and negation.search(match[0]) and not negation.search(phrase.source):
        return True
    after = _CLAUSE.split(folded[match.end() : match.end() + _WINDOW])[0].strip()
    return bool(words.after and words.after.match(after))


def first(table: Mapping[str, tuple[Phrase, ...]], key: str, folded: str) -> re.Match[str] | None:
    """The first place where one of the phrases under *key* is said."""
    return next((match for one in table.get(key, ()) if (match := one.search(folded))), None)


def denied_at(subject: Subject, place: tuple[int, int]) -> bool:
    """“Not dishwasher safe” and “nicht auf Ihre Kosten” are what should be said."""
    before = subject.folded[max(0, place[0] - _WINDOW) : place[0]]
    clause = _CLAUSE.split(before)[-1]
    after = _CLAUSE.split(subject.folded[place[1] : place[1] + _WINDOW])[0].strip()
    return any(
        (words.before is not None and words.before.search(clause) is not None)
        or (words.after is not None and words.after.match(after) is not None)
        for words in subject.spoken
    )
