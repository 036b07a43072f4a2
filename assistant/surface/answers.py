"""The team's answers on cards: what to mind, what fits, a press that begins a reply with one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from assistant.commands import AnswerQuestion, OpenReply, ReportUnanswered
from assistant.model import Conversation, ConversationId, TeamAnswer, Unanswered
from assistant.surface.cards import Button, InfoCard, Row, Section
from assistant.surface.labels import language_label
from assistant.words import Words, say

OFFERED = 3
"""Answers that a card offers."""
ASKED_CHARS = 44
"""Of a question on a button."""
ABOUT_TO_BUY = frozenset(
    {"product_question", "stock_question", "price_or_promotion", "size_exchange", "other"}
)
"""Where a question may be one that nobody can answer."""


def answer_rows(conversation: Conversation, words: Words) -> Iterator[Row]:
    """What to mind of the product at hand, and what is known of what was asked."""
    answers = conversation.facts.answers
    reader = words.language
    mind = [told for one in answers if one.at_hand for told in one.warns(reader)]
    if mind:
        label = words(say("Mind"))
        yield Row(label=label, value=" · ".join(dict.fromkeys(mind)), tone="warn")
    taboos = [told for one in answers if one.about == "taboo" for told in one.warns(reader)]
    yield from (Row(label=words(say("Taboo")), value=one, tone="warn") for one in taboos[:1])
    for one in [one for one in answers if one.sure][:2]:
        _, says = one.said_in(reader, _spoken(conversation))
        yield Row(label=words(say("Known")), value=f"{says} ({_source(one)})")


def answer_section(conversation: Conversation, words: Words) -> Section | None:
    """All that is known of what was asked, each with where it is from."""
    answers = conversation.facts.answers
    if not answers:
        return None
    rows = tuple(
        Row(
            label=one.label(words.language),
            value=one.said_in(words.language, _spoken(conversation))[1],
            title=_source(one),
        )
        for one in answers
    )
    return Section(title=words(say("What the team knows")), rows=rows)


def answer_buttons(conversation: Conversation, words: Words) -> Iterator[Button]:
    """Up to three that fit, to begin a reply with."""
    about = conversation.id
    for one in usable(conversation.facts.answers)[:OFFERED]:
        yield Button(
            label=words(say("Answer: {question}", question=_short(one.label(words.language)))),
            command=OpenReply(conversation_id=about, answer=one.id),
            form="answer",
            menu="more",
        )


def nobody_knows(conversation: Conversation, words: Words) -> tuple[Button, ...]:
    """Where the buyer asks something, and waits."""
    understanding = conversation.understanding
    if not understanding or not ABOUT_TO_BUY & set(understanding.intents):
        return ()
    report = ReportUnanswered(conversation_id=conversation.id)
    label = words(say("Nobody knows"))
    return (Button(label=label, command=report, form="unanswered", menu="more"),)


def usable(answers: Sequence[TeamAnswer]) -> list[TeamAnswer]:
    """What may be said to a buyer: a taboo is for the team."""
    return [one for one in answers if one.about != "taboo"]


def _short(question: str) -> str:
    return question if len(question) <= ASKED_CHARS else f"{question[: ASKED_CHARS - 1].rstrip()}…"


def _spoken(conversation: Conversation) -> str:
    return conversation.understanding.language if conversation.understanding else "en"


def _source(answer: TeamAnswer) -> str:
    return f"{answer.source}, {answer.checked_on.isoformat()}"


# ── found ────────────────────────────────────────────────────────────────────


def found_card(
    answer: TeamAnswer, words: Words, about: ConversationId | None, spoken: str | None
) -> InfoCard:
    """One answer that was looked for; *spoken* is the language of the buyer it is wanted for."""
    rows = [
        Row(label=language_label(language, words), value=answer.says[language])
        for language in _shown(answer, words.language, spoken)
    ]
    mind = answer.warns(words.language)
    if mind:
        rows.append(Row(label=words(say("Mind")), value=" · ".join(mind), tone="warn"))
    use = OpenReply(conversation_id=about, answer=answer.id) if about else None
    button = Button(label=words(say("Use in a reply")), command=use, form="answer") if use else None
    return InfoCard(
        title=answer.label(words.language),
        sections=(Section(title="", rows=tuple(rows)),),
        note=words(say("From {source}.", source=_source(answer))),
        buttons=(button,) if button and answer.about != "taboo" else (),
    )


def _shown(answer: TeamAnswer, reader: str, spoken: str | None) -> list[str]:
    """The buyer's language and the reader's, as far as it is written in them."""
    wanted = [one for one in (spoken, reader) if one in answer.says]
    return list(dict.fromkeys(wanted)) or [answer.said_in("en")[0]]


# ── what nobody knows ────────────────────────────────────────────────────────


def unanswered_card(waiting: Sequence[Unanswered], words: Words) -> InfoCard:
    rows = tuple(Row(label=_since(one.at, words), value=one.question) for one in waiting)
    note = None if rows else words(say("Every question has an answer."))
    title = words(say("Questions nobody could answer: {n}", n=len(waiting)))
    return InfoCard(title=title, sections=(Section(title="", rows=rows),), note=note)


def question_card(one: Unanswered, words: Words) -> InfoCard:
    """One of them, with the press that answers it."""
    rows = (
        Row(label=words(say("Asked")), value=one.question),
        Row(label=words(say("By")), value=f"{one.by} · {_since(one.at, words)}"),
    )
    write = Button(
        label=words(say("Write the answer")),
        command=AnswerQuestion(id=one.id),
        form="know",
        style="primary",
    )
    return InfoCard(
        title=words(say("Nobody knows")), sections=(Section(title="", rows=rows),), buttons=(write,)
    )


def _since(at: datetime, words: Words) -> str:
    return words.when(at)
