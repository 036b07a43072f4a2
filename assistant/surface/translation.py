"""What somebody typed in their own language beside what the buyer would read."""

from __future__ import annotations

from collections.abc import Iterable

from assistant.model import Sentence
from assistant.surface.cards import Row, TranslatedLine, Translation
from assistant.words import Text, Words

BACK = "↩ "
WRONG = "⚠️ "


def sentences_shown(sentences: Iterable[Sentence], words: Words) -> tuple[TranslatedLine, ...]:
    """For who reads *words*; lines without a word are left out."""
    return tuple(
        TranslatedLine(
            typed=one.typed.strip(),
            wording=one.wording.strip(),
            back=one.back.strip() if one.back else None,
            wrong=tuple(words(what) for what in one.wrong),
        )
        for one in sentences
        if one.typed.strip() or one.wording.strip()
    )


def translation_shown(
    wording: str, language: str, sentences: Iterable[Sentence], note: Text | None, words: Words
) -> Translation:
    return Translation(
        wording=wording,
        language=language,
        name=words.language_name(language),
        lines=sentences_shown(sentences, words),
        note=words(note) if note else "",
    )


def translation_rows(translation: Translation) -> tuple[Row, ...]:
    """For a form: each sentence that was typed, and under it what became of it."""
    rows = tuple(line_row(one) for one in translation.lines)
    note = (Row(label="", value=translation.note, tone="warn"),) if translation.note else ()
    return (*rows, *note)


def line_row(line: TranslatedLine) -> Row:
    wrong = (WRONG + what for what in line.wrong)
    back = (BACK + line.back,) if line.back else ()
    value = "\n".join((line.wording, *back, *wrong))
    return Row(label=line.typed, value=value, tone="warn" if line.wrong else "good")
