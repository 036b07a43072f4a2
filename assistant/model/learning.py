"""What became of a draft of Parley's: what people teach by using, editing and discarding it."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from assistant.model.ids import Frozen, PersonId

Became = Literal["used", "edited", "rewritten", "discarded", "outdated"]
KEPT_USES = 20
"""Of one conversation. They go with it when its buyer's data is erased."""


class Rewording(Frozen):
    """A sentence as it was drafted and as it was sent; empty where it was added or left out.

    Names, numbers, amounts and addresses stand in it as slots: `{name}`, `{carrier}`, `{number}`.
    """

    before: str
    after: str


class Use(Frozen):
    """What became of one draft, and what it was made of."""

    version: int
    drafter: Literal["offline", "model"]
    became: Became
    at: AwareDatetime
    by: PersonId | None = None
    """Who sent or discarded it."""
    language: str
    intent: str
    kept: float = 1.0
    """How much of its words was sent, from 0 to 1."""
    changes: tuple[Rewording, ...] = ()
    phrases: tuple[str, ...] = ()
    """The keys of `phrases/<language>.md` it was worded with."""
    rules: tuple[str, ...] = ()
    """The remedies' rules that its decision rests on."""
    playbook_version: str = ""
    prompts: tuple[str, ...] = ()
    model: str = ""
