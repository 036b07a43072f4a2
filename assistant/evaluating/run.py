"""One situation taken all the way: understood, decided, drafted, reviewed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from assistant.drafting.brief import Brief
from assistant.drafting.lines import PATIENCE_S, briefed
from assistant.drafting.review import review
from assistant.errors import Refused, Unavailable
from assistant.evaluating.situations import Sample
from assistant.model import Effort, Finding, Making, Proposal, at_work
from assistant.playbooks import Playbooks
from assistant.words import Text

if TYPE_CHECKING:
    from assistant.ports import Drafter, Reader


class Outcome(NamedTuple):
    """What came of one situation."""

    sample: Sample
    brief: Brief
    proposal: Proposal | None
    why_none: Text | None
    findings: tuple[Finding, ...]
    seconds: float
    """From the buyer's words to the reviewed draft."""
    effort: Making = Making()
    """What a language model had to do with it."""

    @property
    def text(self) -> str:
        return self.proposal.text if self.proposal else ""

    @property
    def sendable(self) -> bool:
        """An agent could send it as it is."""
        return not any(one.severity in ("block", "warn") for one in self.findings)

    @property
    def fell_back(self) -> bool:
        """It was not written by whom it should have been."""
        return self.proposal is not None and self.proposal.reason is not None

    @property
    def at_first_try(self) -> bool:
        """Sendable without a repair and without anybody standing in."""
        return self.sendable and not self.fell_back and not self.effort.repairs


async def came_of(
    sample: Sample, playbooks: Playbooks, drafter: Drafter, reader: Reader | None = None
) -> Outcome:
    """*sample*, by *playbooks*, read by *reader* (None: by rules) and written by *drafter*."""
    with at_work(Effort(seconds=PATIENCE_S)) as work:
        brief = await briefed(sample.situation, playbooks, reader)
        proposal, why_none = await _drafted(brief, playbooks, drafter)
        findings = (
            review(proposal.text, brief, playbooks, by_agent=False) if proposal is not None else ()
        )
    seconds = monotonic() - work.began
    made = work.making(playbooks.version, brief.understanding.source)
    return Outcome(sample, brief, proposal, why_none, findings, seconds, made)


async def _drafted(
    brief: Brief, playbooks: Playbooks, drafter: Drafter
) -> tuple[Proposal | None, Text | None]:
    """The proposal, or why there is none."""
    try:
        return await drafter.draft(brief, playbooks), None
    except (Refused, Unavailable) as error:
        return None, error.text


async def all_of(
    samples: Sequence[Sample],
    playbooks: Playbooks,
    drafter: Drafter,
    *,
    reader: Reader | None = None,
    at_once: int = 1,
    done: Callable[[], None] = lambda: None,
) -> tuple[Outcome, ...]:
    """What came of *samples*, in their order, *at_once* at a time; *done* is told after each."""
    free = asyncio.Semaphore(at_once)

    async def one(sample: Sample) -> Outcome:
        async with free:
            outcome = await came_of(sample, playbooks, drafter, reader)
        done()
        return outcome

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(sample)) for sample in samples]
    return tuple(task.result() for task in tasks)
