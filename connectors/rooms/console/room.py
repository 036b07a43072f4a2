"""The console as a room: its pages are rendered from the store, so showing is nothing more."""

from __future__ import annotations

import logging

from assistant.model import ConversationId, ThreadId
from assistant.surface.cards import Alert, ConversationCard

log = logging.getLogger(__name__)


class ConsoleRoom:
    """A card is visible here as soon as it is committed: open pages hear of it and fetch it."""

    name = "console"

    def __init__(self, language: str = "en") -> None:
        self.language = language

    def place(self, about: ConversationId) -> ThreadId:
        """The conversation's place in the console, always the same one."""
        return ThreadId(f"console:{about}")

    async def show(self, card: ConversationCard, thread: ThreadId | None) -> ThreadId:
        """Nothing to do: open pages hear of the commit."""
        return self.place(card.id)

    async def alert(self, alert: Alert) -> None:
        """Every page shows the number of failed commands; the log gets the ids."""
        log.warning(
            "alert", extra={"conversation": alert.conversation_id, "failed": alert.failed_id}
        )
