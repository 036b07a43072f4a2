"""A word that stands in no text but the prompts of this process: whoever says it leaks them."""

from __future__ import annotations

import re
import secrets

from assistant.drafting.plain import fold

_LETTERS = "bcdfghjklmnpqrstvwz"
_PART = 9
"""So many letters in a row of it are no accident."""
CANARY = "".join(secrets.choice(_LETTERS) for _ in range(18))
"""Of this process, made anew at each start; never logged, never shown."""


def sings(text: str) -> bool:
    """Does *text* hold a good part of the canary, whatever stands between its letters?"""
    bare = re.sub(r"[\W_]", "", fold(text))
    return any(CANARY[at : at + _PART] in bare for at in range(len(CANARY) - _PART + 1))
