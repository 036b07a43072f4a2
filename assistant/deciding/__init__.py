"""The decision: what may be done, what must be said, and why — of nothing but its input."""

from __future__ import annotations

from assistant.deciding.decide import dealt_with, decide, policies
from assistant.deciding.question import Fact, Question

__all__ = ["Fact", "Question", "dealt_with", "decide", "policies"]
