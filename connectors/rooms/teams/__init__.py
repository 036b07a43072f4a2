"""Microsoft Teams: the team's rooms are channels, each conversation a thread under its card.

botbuilder is known here alone. It brings the adapter and the connector's calls; whose a request is,
how Teams is called and what may be repeated is decided by us.
"""

from __future__ import annotations

from connectors.http import Parts
from connectors.rooms.teams.cloud import PUBLIC, Cloud
from connectors.rooms.teams.platform import TeamsPlatform
from connectors.rooms.teams.room import TeamsRoom

__all__ = ["Cloud", "TeamsPlatform", "TeamsRoom", "connect"]


async def connect(parts: Parts, cloud: Cloud = PUBLIC) -> TeamsPlatform:
    """Raises: Misconfigured, where the settings would let anybody in."""
    return TeamsPlatform(parts, cloud)
