"""The templates of `prompts/`, with the variables each of them must use: checked at the start."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from importlib.resources import files

from assistant.drafting.canary import CANARY
from assistant.errors import Misconfigured

VARIABLES: Mapping[str, frozenset[str]] = {
    "understand": frozenset(),
    "translate": frozenset({"source", "target", "manner"}),
    "draft": frozenset({"language", "agent_language", "most_chars", "manner", "wish"}),
}
_SLOT = re.compile(r"\{\{(\w+)\}\}")


class Prompt:
    """One template. What fills it is ours; what people wrote never does."""

    def __init__(self, name: str) -> None:
        """Raises: Misconfigured, where it is missing or its variables are others."""
        self.name = name
        where = f"prompts/{name}.md"
        try:
            self.text = files("prompts").joinpath(f"{name}.md").read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Misconfigured(where, f"can't be read: {error}") from error
        used = frozenset(_SLOT.findall(self.text))
        if used != VARIABLES[name]:
            odd = ", ".join(sorted(used ^ VARIABLES[name]))
            raise Misconfigured(where, f"its variables are not as they must be: {odd}")

        self.version = hashlib.sha256(self.text.encode()).hexdigest()[:8]
        """Another one after every change of its text; kept with each draft."""

    def filled(self, **values: str) -> str:
        """With these values, and with the word that gives away whoever repeats it."""
        return f"{_SLOT.sub(lambda slot: values[slot[1]], self.text)}\nThis text is {CANARY}."
