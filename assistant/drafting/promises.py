"""What a reply promises to do, and by when: each becomes a clock of the desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo

from assistant.drafting.brief import Brief
from assistant.drafting.lexicon import ReplyWords
from assistant.drafting.matter import Matter
from assistant.drafting.plain import fold
from assistant.drafting.spans import Span
from assistant.drafting.subject import Sentence, Subject, denied
from assistant.model import Promise
from assistant.playbooks import Playbooks

_CLOSE = time(18, 0)
"""Of a day that is named without a time."""
_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


def promises(text: str, brief: Brief, playbooks: Playbooks | None = None) -> tuple[Promise, ...]:
    """The sentences of *text* that say we will do something by a time, with that time.

    *playbooks* tell the time zone of the buyer's market, where the situation does not.
    """
    zone = None
    if playbooks is not None:
        zone = Matter(brief.situation, brief.understanding, playbooks).zone
    subject = Subject(text, brief, by_agent=True, zone=zone)
    clock = _Clock(brief, subject.licence.zone)
    found: list[Promise] = []
    for sentence in subject.sentences:
        due = _due(subject, sentence, clock)
        if due is not None:
            said = text[sentence.start : sentence.end].strip()
            found.append(Promise(text=said, due_at=due, version=0))
    return tuple(found)


def _due(subject: Subject, sentence: Sentence, clock: _Clock) -> datetime | None:
    for words in subject.spoken:
        for phrase in words.promising:
            for match in phrase.finditer(sentence.folded):
                if not denied(words, sentence.folded, match, phrase):
                    return clock.due(subject, sentence, words)
    return None


class _Clock:
    """Reads times relative to the situation's now, in the buyer's zone."""

    def __init__(self, brief: Brief, zone: tzinfo) -> None:
        self.zone = zone
        self.now = brief.situation.now.astimezone(self.zone)

    def due(self, subject: Subject, sentence: Sentence, words: ReplyWords) -> datetime | None:
        """When what the sentence says is due; None where it names no time."""
        spans = [span for span in subject.spans if sentence.holds(span)]
        waited = next(self._after(spans), None)
        if waited:
            return waited
        day = self._day(spans, sentence, words)
        hour = self._hour(spans, sentence, words)
        if day is None and hour is None:
            return None
        due = datetime.combine(day or self.now.date(), hour or _CLOSE, self.zone)
        late_today = day is None or day == self.now.date()
        return max(due, self.now + timedelta(hours=1)) if late_today else due

    def _after(self, spans: list[Span]) -> Iterator[datetime]:
        for span in spans:
            if span.kind != "duration" or span.number is None:
                continue
            (unit,) = span.units
            if unit == "workday":
                yield self._workdays(int(span.number))
            elif unit in _UNITS:
                yield self.now + _UNITS[unit] * float(span.number)

    def _workdays(self, count: int) -> datetime:
        day = self.now.date()
        while count > 0:
            day += timedelta(days=1)
            count -= day.weekday() < 5
        return datetime.combine(day, _CLOSE, self.zone)

    def _day(self, spans: list[Span], sentence: Sentence, words: ReplyWords) -> date | None:
        for span in spans:
            if span.kind == "date" and span.day:
                return self._next(span.day)
        for span in spans:
            if span.kind == "weekday" and span.number is not None:
                ahead = (int(span.number) - self.now.weekday()) % 7
                return self.now.date() + timedelta(days=ahead)
        return self._spoken_day(sentence, words)

    def _spoken_day(self, sentence: Sentence, words: ReplyWords) -> date | None:
        for word in sorted(words.file.today, key=len, reverse=True):
            if _says(words, sentence.folded, word):
                return self.now.date() + timedelta(days=words.file.today[word])
        return None

    def _next(self, day: tuple[int | None, int, int]) -> date | None:
        """The coming day of this date; the one named where the year is."""
        year, month, number = day
        today = self.now.date()
        try:
            found = date(year or today.year, month or today.month, number)
            if year or found >= today:
                return found
            return date(today.year + bool(month), month or today.month % 12 + 1, number)
        except ValueError:
            return None

    def _hour(self, spans: list[Span], sentence: Sentence, words: ReplyWords) -> time | None:
        for span in spans:
            if span.kind == "time":
                return time.fromisoformat(span.value)
        for word in sorted(words.file.times, key=len, reverse=True):
            if _says(words, sentence.folded, word, suffix=True):
                return time.fromisoformat(words.file.times[word])
        return None


def _says(words: ReplyWords, folded: str, word: str, *, suffix: bool = False) -> bool:
    """Is *word* said? `Dienstagabend` says `abend` where a *suffix* will do."""
    if words.unspaced:
        return fold(word) in folded
    left = "" if suffix else r"(?<!\w)"
    return re.search(rf"{left}{re.escape(fold(word))}(?!\w)", folded) is not None
