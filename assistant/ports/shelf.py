"""The playbooks in force in this process: read anew while it runs, swapped whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from assistant.model import StorefrontId

if TYPE_CHECKING:
    from assistant.playbooks import Playbooks

Whose: TypeAlias = StorefrontId | None
"""A storefront's own files, or (None) those that come with Parley."""


class Edition(NamedTuple):
    """Everything that is in force at one moment."""

    playbooks: Playbooks
    """As shipped: what a storefront without an overlay of its own goes by."""
    overlays: Mapping[StorefrontId, Playbooks] = {}
    """The same with a storefront's own on top; nothing of it concerns another storefront."""

    def of(self, storefront: StorefrontId) -> Playbooks:
        return self.overlays.get(storefront, self.playbooks)


class Trouble(NamedTuple):
    """Files that are wrong since they were changed: the last right ones stay in force."""

    problems: tuple[str, ...]
    """`playbooks/policy/damaged.md:7 remedies[0].alow: unknown key …`, one each."""
    version: str
    """What stays in force."""
    since: datetime


class Shelf:
    """Where everybody asks; whoever reads files anew puts them here."""

    def __init__(
        self, playbooks: Playbooks, overlays: Mapping[StorefrontId, Playbooks] | None = None
    ) -> None:
        self.edition = Edition(playbooks, overlays or {})
        self.troubles: Mapping[Whose, Trouble] = {}
        self.reloads = {"swapped": 0, "refused": 0}

    def of(self, storefront: StorefrontId) -> Playbooks:
        return self.edition.of(storefront)

    def pinned(self) -> Shelf:
        """As it is now: one command goes by one edition, whatever is swapped meanwhile."""
        now = Shelf(self.edition.playbooks, self.edition.overlays)
        now.troubles = self.troubles
        return now

    def put(self, edition: Edition, troubles: Mapping[Whose, Trouble]) -> None:
        """From now on whoever asks gets this."""
        self.edition, self.troubles = edition, dict(troubles)
