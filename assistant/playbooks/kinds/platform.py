"""A platform: what a marketplace or messenger allows in messages."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assistant.playbooks.kinds.shared import Playbook, Rule, SourcedClock

MARKETPLACE = "marketplace"
"""The platform playbook for a platform that has none of its own: the strictest common rules."""
Links = Literal["none", "tracking", "own", "any"]
"""Which links a message may carry, the strictest first: none; a carrier's page too; the shop's
own pages too; any."""
ReviewAsk = Literal["never", "once", "free"]
Counts = Literal["characters", "utf16", "bytes"]
AttachmentKind = Literal["image", "pdf", "video", "audio", "document"]


class Platform(Playbook):
    """A marketplace's rules for messages."""

    kind: Literal["platform"]
    name: str = ""
    also: tuple[str, ...] = ()
    """Other names that mean the same."""
    links: Links = "none"
    attachments: bool = True
    attachment_kinds: tuple[AttachmentKind, ...] = ()
    """Absent: every kind."""
    attachment_max_mb: int | None = Field(default=None, ge=1)
    plain_text: bool = True
    signature: bool = True
    max_chars: int | None = Field(default=None, ge=50)
    counts: Counts = "characters"
    """What `max_chars` counts: LINE counts an emoji twice, Instagram a Chinese sign three times."""
    window_hours: int | None = Field(default=None, ge=1)
    """After so long without a message of the buyer free text is refused."""
    answer_within_hours: int | None = Field(default=None, ge=1)
    review_ask: ReviewAsk = "never"
    """May the team ask for a review?"""
    rules: tuple[Rule, ...] = ()
    clocks: tuple[SourcedClock, ...] = ()

    @property
    def tracking_links(self) -> bool:
        """May a message carry the carrier's page?"""
        return self.links != "none"
