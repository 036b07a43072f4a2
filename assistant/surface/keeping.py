"""What somebody typed into a form and has not sent: kept for them alone, for a while."""

from __future__ import annotations

from datetime import timedelta

from pydantic import AwareDatetime, ValidationError

from assistant.commands import Action, FormKind, OpenForm, SendOffered, WriteReply
from assistant.model import ConversationId, Frozen, PersonId

KEPT_FOR = timedelta(days=7)


class KeptWords(Frozen):
    """The body of `Store.keep` under `words_key`."""

    text: str
    at: AwareDatetime | None = None
    """When they were typed."""


def words_key(
    person: PersonId, conversation: ConversationId, form: FormKind, command: Action | None = None
) -> str:
    """*person* is the actor's id, which is the same on every platform; *command* opened the form,
    or is what it fills in: words for one draft are not shown for another."""
    return f"words:{person}:{conversation}:{form}:{_about(command)}"


def _about(command: Action | None) -> str:
    match command:
        case OpenForm():
            return command.id if command.version is None else str(command.version)
        case WriteReply():
            return command.answer if command.based_on is None else str(command.based_on)
        case SendOffered():
            return command.id
    return ""


def kept_words(body: str | None) -> KeptWords | None:
    """None: nothing was kept, or nothing but space."""
    if not body or not body.strip():
        return None
    try:
        kept = KeptWords.model_validate_json(body)
    except ValidationError:
        kept = KeptWords(text=body)
    return kept if kept.text.strip() else None
