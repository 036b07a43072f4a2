"""What the desk needs of the world, in the desk's words. Connectors implement these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, cast

from assistant.commands import Command
from assistant.model import Actor, StorefrontId
from assistant.ports.shelf import Edition, Shelf, Trouble, Whose
from assistant.ports.shops import Remembering, Shop, ShopWriter
from assistant.ports.store import (
    FOR_GOOD,
    Change,
    Failed,
    FeedEntry,
    Fence,
    Job,
    Later,
    QueueView,
    Spending,
    Store,
    alias_of,
    cursor_of,
    model_budget_of,
    model_budget_on,
    news_of,
    tally_of,
)
from assistant.ports.world import (
    BuyerChannel,
    Capabilities,
    ChatRoom,
    Drafter,
    Exchange,
    Files,
    Greeted,
    MediaChannel,
    NoNotebook,
    Notebook,
    Openable,
    Opening,
    PullingChannel,
    Reader,
    ReceiptKind,
    Room,
    Searchable,
    Sought,
    Take,
    Tracker,
    Translator,
    Webhook,
    WebhookChannel,
    can_for,
)
from assistant.settings import Settings
from assistant.surface.cards import Answer

if TYPE_CHECKING:
    from assistant.playbooks import Playbooks

__all__ = [
    "FOR_GOOD",
    "BuyerChannel",
    "Capabilities",
    "Change",
    "ChatRoom",
    "Desk",
    "Drafter",
    "Edition",
    "Exchange",
    "Failed",
    "FeedEntry",
    "Fence",
    "Files",
    "Greeted",
    "Job",
    "Later",
    "MediaChannel",
    "NoNotebook",
    "Notebook",
    "Openable",
    "Opening",
    "Ports",
    "PullingChannel",
    "QueueView",
    "Reader",
    "ReceiptKind",
    "Remembering",
    "Room",
    "Searchable",
    "Shelf",
    "Shop",
    "ShopWriter",
    "Sought",
    "Spending",
    "Store",
    "Take",
    "Tracker",
    "Translator",
    "Trouble",
    "Webhook",
    "WebhookChannel",
    "Whose",
    "alias_of",
    "can_for",
    "cursor_of",
    "model_budget_of",
    "model_budget_on",
    "news_of",
    "tally_of",
]


class Desk(Protocol):
    """The only door. Rooms get this, and nothing else of the desk."""

    async def handle(
        self, command: Command, actor: Actor, language: str = "en", *, press: str | None = None
    ) -> Answer:
        """Do *command* for *actor*, answer in *language*. Raises: Refused, Unavailable.

        *press* names the very press it comes from, however often that is delivered: it is done
        once, and answered with nothing after that.
        """
        ...


async def _at_once() -> None:
    """Nobody to give way to."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """All of the world that the desk sees."""

    settings: Settings
    store: Store
    shelf: Shelf
    """The playbooks in force, which may be swapped while we run."""
    drafter: Drafter
    channels: Mapping[str, BuyerChannel]
    rooms: Mapping[str, Room]
    shops: Mapping[str, Shop]
    now: Callable[[], datetime]
    trackers: Mapping[str, Tracker] = field(default_factory=dict)
    """Who is asked about parcels whose shop says nothing, or nothing new; the first goes first."""
    exchange: Exchange | None = None
    """None: no rates are set; where two currencies meet, a lead decides."""
    give_way: Callable[[], Awaitable[None]] = _at_once
    """Before some milliseconds of pure work for a draft: lets quick work go first."""
    observe: Callable[[str, float], None] = lambda name, seconds: None
    """A length of time worth knowing: `visible` or `draft`, in seconds."""
    notebook: Notebook = field(default_factory=NoNotebook)
    """Where answers are written down."""

    reader: Reader | None = None
    """None without a model: the rules read alone."""
    translator: Translator | None = None
    """None without a model: free text is then shown as it is, and said to be so."""
    press: str | None = None
    """The press that is being done: noted in the same write as its effect."""

    def chat(self, name: str) -> ChatRoom | None:
        """The room of that name, where people press and speak by way of a platform."""
        room = self.rooms.get(name)
        return cast(ChatRoom, room) if room and hasattr(room, "tell_thread") else None

    def playbooks_of(self, storefront: StorefrontId) -> Playbooks:
        return self.shelf.of(storefront)
