"""What nobody knew: a question that waits for somebody to write its answer down."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from assistant.model.ids import ConversationId, Frozen, StorefrontId


class Unanswered(Frozen):
    """A buyer's question that nobody could answer: a task for a lead."""

    id: str
    question: str
    language: str
    conversation_id: ConversationId
    storefront: StorefrontId
    skus: tuple[str, ...] = ()
    """Of the product at hand."""
    by: str
    """Who said so."""
    at: AwareDatetime


class Settled(Frozen):
    """It was answered, by whom; the file that holds the answer is kept with it."""

    settles: str
    """The id of the question."""
    by: str
    at: AwareDatetime
    file: str


class Page(Frozen):
    """One line of the record: a question, or that one was answered."""

    kind: Literal["asked", "settled"]
    asked: Unanswered | None = None
    settled: Settled | None = None
