"""What one piece of work may use of a language model, and what it has used so far.

Whoever begins the work says `with at_work(Effort(…)):`; whoever asks a model in it finds it with
`effort()`. So nobody in between has to hand it on, and nothing that asks a model goes uncounted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal

from assistant.model.ids import ConversationId, Frozen

Doing = Literal["reading", "writing", "repairing"]
Heard = Callable[[Doing, str], Awaitable[None]]
"""Told what a model is doing, and what it has written so far."""


class Used(Frozen):
    """What was used of a language model."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    refused: int = 0
    """How often the budget did not allow a call."""

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out

    def __add__(self, other: Used) -> Used:
        return Used(
            calls=self.calls + other.calls,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            refused=self.refused + other.refused,
        )


class Making(Frozen):
    """How a draft was made; kept with it."""

    playbook_version: str = ""
    prompts: tuple[str, ...] = ()
    """Which templates, each with its version: `draft 3f2a91c0`."""
    model: str = ""
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    repairs: int = 0
    read_by: Literal["rules", "model"] = "rules"


@dataclass
class Effort:
    """One piece of work."""

    about: ConversationId | None = None
    """Whose budget it counts against, beside the day's."""
    seconds: float | None = None
    """How long models may take in all, from now on."""
    heard: Heard | None = None
    used: Used = field(default_factory=Used)
    model: str = ""
    prompts: dict[str, str] = field(default_factory=dict)
    """Template → version, of those that were used."""
    repairs: int = 0
    began: float = field(default_factory=monotonic)

    @property
    def left_s(self) -> float | None:
        """How long a model may still take; None: as long as it usually may."""
        return None if self.seconds is None else self.began + self.seconds - monotonic()

    async def tell(self, doing: Doing, text: str = "") -> None:
        """A model does that now, and has written *text* so far."""
        if self.heard is not None:
            await self.heard(doing, text)

    def making(self, playbook_version: str, read_by: Literal["rules", "model"]) -> Making:
        """What is kept of it with a draft."""
        return Making(
            playbook_version=playbook_version,
            prompts=tuple(f"{name} {version}" for name, version in sorted(self.prompts.items())),
            model=self.model,
            calls=self.used.calls,
            tokens_in=self.used.tokens_in,
            tokens_out=self.used.tokens_out,
            seconds=round(monotonic() - self.began, 3),
            repairs=self.repairs,
            read_by=read_by,
        )


_CURRENT: ContextVar[Effort] = ContextVar("effort")


def effort() -> Effort:
    """The work at hand; outside of any, one that nobody looks at."""
    return _CURRENT.get(None) or Effort()


@contextmanager
def at_work(on: Effort) -> Iterator[Effort]:
    """Everything asked of a model inside counts as *on*'s."""
    token = _CURRENT.set(on)
    try:
        yield on
    finally:
        _CURRENT.reset(token)
