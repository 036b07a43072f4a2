"""What the model may use and has used: by the day, by the conversation, across all processes.

Before a call its prompt and its longest answer are set aside, so that two at once can't spend the
same rest; after it, what was really used is put in their place.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from assistant.errors import Unavailable
from assistant.model import ConversationId, Used
from assistant.ports import Store, model_budget_of, model_budget_on
from assistant.settings import ModelSettings
from assistant.words import Text, say

log = logging.getLogger(__name__)

SETTLE_S = 3.0
"""A store that is slow to note what was used holds up no draft for longer."""


class Held(NamedTuple):
    """What was set aside for one call."""

    id: str
    day: str
    conversation: str | None


class Meter:
    """The budget of one process's endpoint; the store has the figures of all of them."""

    def __init__(self, store: Store, allowed: ModelSettings, now: Callable[[], datetime]) -> None:
        self._store, self._allowed, self._now = store, allowed, now

    async def set_aside(self, tokens: int, about: ConversationId | None) -> Held:
        """Raises: Unavailable, where it is over the budget, with the figures."""
        allowed = self._allowed
        day = model_budget_on(self._now().date())
        held = Held(secrets.token_hex(6), day, model_budget_of(about) if about else None)
        taken = await self._store.set_aside(day, held.id, tokens, allowed.tokens_per_day)
        if taken is not None:
            raise Unavailable(_over_the_day(taken, allowed.tokens_per_day or 0, tokens))
        if held.conversation is None:
            return held
        most = allowed.tokens_per_conversation
        taken = await self._store.set_aside(held.conversation, held.id, tokens, most)
        if taken is not None:
            await self._store.settle(day, held.id, Used(), figures=False)
            raise Unavailable(_over_the_conversation(taken, most or 0, tokens))
        return held

    async def settle(self, held: Held, used: Used) -> None:
        """What is not noted is let go by itself: the figures are then a little too low."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                try:
                    await self._store.settle(held.day, held.id, used, figures=True)
                    if held.conversation:
                        await self._store.settle(held.conversation, held.id, used, figures=False)
                except Unavailable:
                    log.warning("what the language model used could not be noted")


def _over_the_day(taken: int, most: int, wanted: int) -> Text:
    if wanted > most:
        return say(
            "The language model's budget of a day, {most} tokens, is too small for one call, which "
            "may take {wanted}.",
            most=f"{most:,}",
            wanted=f"{wanted:,}",
        )
    return say(
        "The language model's budget of today is used up: {used} of {most} tokens.",
        used=f"{taken:,}",
        most=f"{most:,}",
    )


def _over_the_conversation(taken: int, most: int, wanted: int) -> Text:
    if wanted > most:
        return say(
            "The language model's budget of a conversation, {most} tokens, is too small for one "
            "call, which may take {wanted}.",
            most=f"{most:,}",
            wanted=f"{wanted:,}",
        )
    return say(
        "The language model's budget for this conversation is used up: {used} of {most} tokens.",
        used=f"{taken:,}",
        most=f"{most:,}",
    )
