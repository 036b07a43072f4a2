"""The drafter that needs no model and no network: the composer behind the `Drafter` port."""

from __future__ import annotations

from typing import Literal

from assistant.drafting.brief import Brief
from assistant.drafting.compose import compose
from assistant.model import Proposal
from assistant.playbooks import Playbooks

__all__ = ["OfflineDrafter"]


class OfflineDrafter:
    """Words from `playbooks/phrases/`; the same brief gives the same proposal."""

    name: Literal["offline"] = "offline"

    async def draft(self, brief: Brief, playbooks: Playbooks) -> Proposal:
        """Raises: Refused, where no honest draft can be made offline."""
        earlier = tuple(one.text for one in brief.situation.messages if one.author == "agent")
        return compose(brief, playbooks, avoid=earlier)
