"""An endpoint that failed is left alone for a while: an outage makes no storm, nor does its end."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from assistant.errors import Unavailable
from assistant.words import Text, say

log = logging.getLogger(__name__)

REST_S = (5.0, 15.0, 60.0)
"""How long the endpoint is left alone after one, two, three and more failures in a row."""


class Breaker:
    """Lets nobody through while the endpoint rests, and after that one alone, to see."""

    def __init__(self) -> None:
        self._failures = 0
        self._failed_at = 0.0
        self._rests_until = 0.0
        self._probing = False
        self._resting: Text | None = None
        """Why, for as long as it failed: who reads "Check OPENAI_API_KEY" can end it for good."""

    @contextmanager
    def attempt(self) -> Iterator[float]:
        """Around one try; when it began. Raises: Unavailable, while there is none to make."""
        began = monotonic()
        if self._resting and (began < self._rests_until or self._probing):
            raise Unavailable(self._resting)
        probe = self._failures > 0
        self._probing = probe
        try:
            yield began
        finally:
            if probe:
                self._probing = False

    def passed(self) -> None:
        """It answers: everybody is let through."""
        self._failures, self._rests_until, self._resting = 0, 0.0, None

    def failed(self, began: float, why: Text, rest_s: float | None = None) -> None:
        """It does not: leave it alone, longer each time. Those that failed at once count once."""
        if self._failures and began < self._failed_at:
            return
        wait = rest_s or REST_S[min(self._failures, len(REST_S) - 1)]
        self._failures += 1
        self._failed_at = monotonic()
        self._resting = say("{why} It is left alone for a while.", why=why)
        self._rests_until = self._failed_at + wait
        log.warning("the language model failed (%s); next try in %.0f s", why.id, wait)
