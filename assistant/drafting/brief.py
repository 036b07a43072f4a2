"""What a drafter gets, and what it is made from: understanding, facts, decision, culture."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from assistant.commands import Wish
from assistant.model import (
    ApprovedText,
    Attachment,
    Buyer,
    Decision,
    Facts,
    Frozen,
    Understanding,
)
from assistant.playbooks.kinds.platform import Counts
from assistant.playbooks.money import Rates


class Spoken(Frozen):
    """One message of the exchange so far, oldest first in a Situation."""

    author: Literal["buyer", "agent", "note"]
    text: str
    at: AwareDatetime | None = None
    subject: str | None = None
    language: str = "und"
    attachments: tuple[Attachment, ...] = ()


class Carries(Frozen):
    """What the channel can carry; see `ports.Capabilities`."""

    name: str = ""
    count: Counts = "characters"
    unsendable: str = ""
    files: bool = True
    file_kinds: tuple[str, ...] = ()
    max_files: int | None = None
    max_file_mb: float | None = None
    templates: tuple[ApprovedText, ...] = ()
    """What may be sent once the time for free text is over."""


class Situation(Frozen):
    """All that understanding, deciding and reviewing may look at: same situation, same result."""

    channel: str
    platform: str = "own"
    market: str | None = None
    """Country of the buyer: `DE`."""
    agent_language: str = "en"
    messages: tuple[Spoken, ...]
    buyer: Buyer | None = None
    facts: Facts = Facts()
    now: AwareDatetime
    zone: str | None = None
    """The buyer's time zone, where known."""
    brand: str = ""
    signature: str = ""
    """Who signs: the agent's public name or the storefront's."""
    rates: Rates | None = None
    """Of the day; without them a lead decides where two currencies meet."""
    actor: Literal["agent", "lead"] = "agent"
    """Who would act on the decision: what needs a lead is allowed to a lead."""
    goodwill_left: str | None = None
    goodwill_used: str | None = None
    """Of the agent's budget of this week: `20.00 EUR`."""
    max_chars: int = 20_000
    links: bool = True
    window_until: AwareDatetime | None = None
    """Until when the channel takes an answer, where it says so."""
    carries: Carries = Carries()

    @property
    def closed(self) -> bool:
        """The channel takes no free text any more."""
        return self.window_until is not None and self.now > self.window_until

    @property
    def newest(self) -> tuple[Spoken, ...]:
        """What the buyer wrote since our last reply."""
        said = [message for message in self.messages if message.author != "note"]
        since = max((n for n, one in enumerate(said) if one.author == "agent"), default=-1)
        return tuple(one for one in said[since + 1 :] if one.author == "buyer")


class Brief(Frozen):
    """All that a drafter gets."""

    situation: Situation
    understanding: Understanding
    decision: Decision
    language: str
    """To write in: the buyer's."""
    culture: str
    """Id of the culture playbook that applies: `de`, `en-US`."""
    wish: Wish | None = None
    """How somebody wants it worded instead."""
    former: tuple[str, ...] = ()
    """The drafts there were, the one to be worded anew last."""
