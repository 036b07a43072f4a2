"""One situation taken all the way: understood, decided, drafted, reviewed."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from assistant.drafting.brief import Brief
from assistant.drafting.prepare import prepare
from assistant.drafting.review import review
from assistant.errors import Refused, Unavailable
from assistant.evaluating.situations import Sample
from assistant.model import Finding, Proposal
from assistant.playbooks import Playbooks
from assistant.words import Text

if TYPE_CHECKING:
    from assistant.ports import Drafter


class Outcome(NamedTuple):
    """What came of one situation."""

    sample: Sample
    brief: Brief
    proposal: Proposal | None
    why_none: Text | None
    findings: tuple[Finding, ...]
    seconds: float
    """From the buyer's words to the reviewed draft."""

    @property
    def text(self) -> str:
        return self.proposal.text if self.proposal else ""

    @property
    def sendable(self) -> bool:
        """An agent could send it as it is."""
        return not any(one.severity in ("block", "warn") for one in self.findings)


async def came_of(sample: Sample, playbooks: Playbooks, drafter: Drafter) -> Outcome:
    """*sample*, by *playbooks* and *drafter*."""
    began = monotonic()
    brief = prepare(sample.situation, playbooks)
    try:
        proposal = await drafter.draft(brief, playbooks)
    except (Refused, Unavailable) as error:
        return Outcome(sample, brief, None, error.text, (), monotonic() - began)
    findings = review(proposal.text, brief, playbooks, by_agent=False)
    return Outcome(sample, brief, proposal, None, findings, monotonic() - began)
