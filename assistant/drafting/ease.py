"""Is it easy to read for somebody whose language it is not (S0.4, S0.6)?

Sentences are measured against a length per script. Whole texts in alphabets are measured by LIX
(C.-H. Bjoernsson, 1968): words a sentence, plus long words in a hundred. It needs no word list and
was made to compare languages; those that write compounds or endings in one word get more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.drafting.commitments import committed
from assistant.drafting.compose import is_chat
from assistant.drafting.lexicon import buyer_words, stem, written
from assistant.drafting.subject import Subject
from assistant.model import Finding
from assistant.words import say

_WORDS = 32
"""In a sentence."""
_SIGNS = {"ja": 90, "zh": 70, "th": 180}
"""In a sentence of a script without spaces."""
_LIX = {"de": 62, "nl": 60, "sv": 60, "pl": 66, "ru": 68, "tr": 70, "id": 62}
_HARD = 56
_FEW = 60
"""Words; a shorter text is read in one go."""
_LONG_LETTER = 130


def ease(subject: Subject) -> Iterator[Finding]:
    yield from _sentences(subject)
    yield from _whole(subject)
    yield from _letter(subject)


def _sentences(subject: Subject) -> Iterator[Finding]:
    """One idea a sentence."""
    most = _SIGNS.get(stem(subject.language), _WORDS)
    for sentence in subject.sentences:
        said = re.sub(r"(?:https?://|www\.)\S+", "", sentence.folded)
        unspaced = stem(subject.language) in _SIGNS
        length = len(re.findall(r"\S", said)) if unspaced else len(said.split())
        if length > most:
            message = say("This sentence is long. Make two of it.")
            yield subject.finding("tip", "S0.6", (sentence.start, sentence.end), message)


def _whole(subject: Subject) -> Iterator[Finding]:
    name = stem(subject.language)
    if name in _SIGNS or name in ("ko", "ar", "vi"):
        return
    tokens = re.findall(r"[^\W\d_]+", subject.folded)
    if len(tokens) >= _FEW and lix(subject) > _LIX.get(name, _HARD):
        message = say("This is hard to read in a second language. Use shorter words and sentences.")
        yield subject.finding("tip", "S0.6", subject.whole, message)


def lix(subject: Subject) -> float:
    """About 30 easy, 45 a newspaper, 60 an expert's paper."""
    tokens = re.findall(r"[^\W\d_]+", subject.folded)
    long = sum(len(token) > 6 for token in tokens)
    sentences = max(1, len(subject.sentences))
    return len(tokens) / sentences + 100 * long / max(1, len(tokens))


def _letter(subject: Subject) -> Iterator[Finding]:
    """Paragraphs, and what was decided in the middle one."""
    if is_chat(subject.brief.situation):
        return
    body = _paragraphs(subject)
    words = sum(len(subject.folded[start:end].split()) for start, end in body)
    if len(body) == 1 and words > _LONG_LETTER:
        message = say("One idea a paragraph: make two or three of this.")
        yield subject.finding("tip", "S0.6", body[0], message)
    places = [place for _, _, place in committed(subject)]
    if len(body) < 3 or not places:
        return
    if all(start >= body[-1][0] for start, _ in places):
        message = say("What you decided stands last. Put it into the middle paragraph.")
        yield subject.finding("tip", "S0.6", min(places), message)


def _paragraphs(subject: Subject) -> list[tuple[int, int]]:
    """Those between greeting and close."""
    found = [match.span() for match in re.finditer(r"[^\n]+(?:\n[^\n]+)*", subject.folded)]
    if found and found[0][1] - found[0][0] < 45:
        found = found[1:]
    closing = buyer_words(subject.language).closing if stem(subject.language) in written("") else ()
    return [
        (start, end)
        for start, end in found
        if end - start > 40
        or not any(one.compiled.match(subject.folded, start, end) for one in closing)
    ]
