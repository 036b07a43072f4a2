"""What the desk needs of the world, in the desk's words. Connectors implement these."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, Self, cast

from pydantic import AwareDatetime

from assistant.commands import Command, Work
from assistant.model import (
    Actor,
    Attachment,
    Buyer,
    Conversation,
    ConversationId,
    Entry,
    Frozen,
    Incoming,
    Known,
    Lane,
    Order,
    PersonId,
    Proposal,
    Receipt,
    Reply,
    Spot,
    Stock,
    StorefrontId,
    ThreadId,
)
from assistant.settings import Settings
from assistant.surface.cards import Alert, Answer, ConversationCard, Line

if TYPE_CHECKING:
    from assistant.drafting.brief import Brief
    from assistant.playbooks import Playbooks

# ── buyers' side ─────────────────────────────────────────────────────────────


class Capabilities(Frozen):
    """What a channel can do; the card, the review and the sender all go by it."""

    idempotent: bool
    """The same `Reply.key` is the same message, so an unanswered send may be repeated."""
    max_chars: int = 20_000
    links: bool = True
    attachments: bool = False
    undo_s: float | None = None
    """Overrides `PARLEY_UNDO_SECONDS`."""


class BuyerChannel(Protocol):
    """One way in which buyers reach us."""

    name: str
    can: Capabilities

    async def send(self, reply: Reply, to: Conversation) -> Receipt:
        """Hand *reply* to the channel for the buyer of *to*.

        Raises: Unavailable (certainly not taken: try again), Rejected (certainly refused),
        Unsure (may have been taken: a time-out, a broken connection; the desk repeats the same key
        where the channel is `can.idempotent`, and asks a person where it is not).
        """
        ...


class Webhook(NamedTuple):
    """A request as it came: authenticated on these very bytes before anything is parsed."""

    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    path: str
    at: datetime


class WebhookChannel(BuyerChannel, Protocol):
    """A channel that pushes to `/buyers/<name>`."""

    async def receive(self, webhook: Webhook) -> Sequence[Incoming]:
        """Verify, then parse; writes nothing. Raises: Unauthentic, Malformed, TooLarge."""
        ...


# ── shops ────────────────────────────────────────────────────────────────────


class Shop(Protocol):
    """Where orders live. Nothing found is empty; what can't be looked up raises Unavailable."""

    name: str

    async def order(self, ref: str) -> Order | None: ...

    async def orders_of(self, email: str) -> Sequence[Order]:
        """Newest first."""
        ...

    async def order_by_tracking(self, number: str) -> Order | None: ...

    async def stock(self, query: str) -> Sequence[Stock]:
        """By SKU, or by words of the title and variant; best match first."""
        ...


# ── rooms ────────────────────────────────────────────────────────────────────


class Room(Protocol):
    """Where the team works: the console, a Slack or Teams channel."""

    name: str
    language: str
    """What the whole room shares is in this one."""

    def place(self, about: ConversationId) -> ThreadId | None:
        """Where a conversation shows as soon as it is committed; None where it must be posted."""
        ...

    async def show(self, card: ConversationCard, thread: ThreadId | None) -> ThreadId:
        """Post the card, or bring the one in *thread* up to date.

        Not called where there is a `place`. Raises: Unavailable (certainly not posted), Unsure
        (perhaps posted), Rejected (no such place any more, no right to it).
        """
        ...

    async def alert(self, alert: Alert) -> None:
        """Something the team must know that belongs to no card. Raises: Unavailable, Rejected."""
        ...


class ChatRoom(Room, Protocol):
    """A room on a platform with threads and people of its own: a channel of Slack or Teams."""

    async def tell_thread(self, thread: ThreadId, lines: Sequence[Line], *, again: bool) -> None:
        """Post *lines* under the card, in order; *again*: they may be there already, so say that.

        Everything fits: what is too long for the platform is split, never dropped. Attachments are
        put there too, or the line says why not. Raises: Unavailable, Unsure, Rejected.
        """
        ...

    async def strike_out(self, thread: ThreadId, now_at: ThreadId | None) -> None:
        """The card in *thread* is not the one any more: say so, take its buttons, link *now_at*."""
        ...

    async def who(self, person: PersonId) -> Known:
        """Who that is, with their role as of now.

        Raises: Forbidden (a guest, a bot, somebody of another workspace), Unavailable.
        """
        ...

    async def tell(self, person: PersonId, spot: Spot, answer: Answer) -> None:
        """Tell one person, unseen by others, where they pressed or spoke; *answer* is in their
        language. Best effort beyond one try. Raises: Unavailable, Rejected."""
        ...

    async def mark(self, spot: Spot, *, on: bool) -> None:
        """A mark at words that are offered and not sent. Setting it twice is once."""
        ...

    async def notify(self, person: PersonId, text: str, card: ConversationCard) -> None:
        """A direct message with the conversation's card and the way to its thread."""
        ...


# ── drafting ─────────────────────────────────────────────────────────────────


class Drafter(Protocol):
    """Words for a brief."""

    @property
    def name(self) -> Literal["offline", "model"]: ...

    async def draft(self, brief: Brief, playbooks: Playbooks) -> Proposal:
        """Raises: Refused (no honest draft can be made: the text says why), Unavailable."""
        ...


# ── the store ────────────────────────────────────────────────────────────────


class Later(NamedTuple):
    """A command that becomes work at `due`."""

    command: Work
    due: datetime


class Fence(NamedTuple):
    """The right to work one shard's lane; `number` grows with every new holder."""

    shard: int
    lane: Lane
    number: int


class Job(NamedTuple):
    """A command in hand: `tries` counts from 1."""

    id: str
    command: Work
    tries: int


class Failed(Frozen):
    """A dead letter: a command after its last attempt, kept until somebody replays it."""

    id: str
    command: Work
    cause: str
    tries: int
    at: AwareDatetime


class Change(NamedTuple):
    """Something to see at once: a `conversation`, a `feed`, `typing`, `failed`, `people`."""

    kind: str
    id: str


class FeedEntry(NamedTuple):
    seq: int
    body: str


class QueueView(NamedTuple):
    conversations: Sequence[Conversation]
    counts: Mapping[str, int]
    """`open`, `late`, `angry`, `escalated`, `mine`, `unassigned`, `failed`."""


class Store(Protocol):
    """Durable state and work. What it has said yes to survives a SIGKILL of everything.

    Any call raises Unavailable while the server is down, read-only or full.
    """

    shards: int

    async def enqueue(self, command: Work, *, once: str | None = None) -> bool:
        """Make *command* due work, durably. False: `once` was seen before, nothing was added.

        One Lua call: the key, the entry and `accepted` (for ReceiveMessage) stand or fall together.
        """
        ...

    async def load(self, conversation: ConversationId) -> Conversation | None: ...

    async def commit(
        self, conversation: Conversation, then: Sequence[Work | Later] = ()
    ) -> Conversation:
        """Write the conversation, its log lines, its indexes and what follows: all or nothing.

        Returns it as stored, with its new version and nothing unlogged.
        Raises: Conflict (its version is not the stored one), Fenced.
        """
        ...

    def fenced(self, fence: Fence) -> Self:
        """This store for one lease: once that has passed on, a commit raises Fenced."""
        ...

    async def log(
        self, conversation: ConversationId, *, before: str | None = None, limit: int = 200
    ) -> Sequence[tuple[str, Entry]]:
        """The newest *limit* lines, oldest of them first, with their ids."""
        ...

    async def log_after(
        self, conversation: ConversationId, after: str, *, limit: int = 200
    ) -> Sequence[tuple[str, Entry]]:
        """The oldest *limit* lines after the id *after* (`0`: from the start)."""
        ...

    # queues and look-ups
    async def queue(self, only: str, person: PersonId, now: datetime, limit: int) -> QueueView: ...

    async def conversations_of_buyer(self, buyer: Buyer) -> Sequence[ConversationId]: ...

    async def conversations_of_order(self, ref: str) -> Sequence[ConversationId]: ...

    async def conversation_of_thread(self, thread: ThreadId) -> ConversationId | None:
        """Whose place in a room this is. It may name a conversation whose commit never came."""
        ...

    # work
    async def hold(self, shard: int, lane: Lane, holder: str) -> Fence | None:
        """Take or renew the lease of a shard's lane for 5 s. None: another holder has it."""
        ...

    async def release(self, fence: Fence) -> None: ...

    async def in_hand(self, fence: Fence) -> Sequence[Job]:
        """What earlier holders had taken and not finished, oldest first."""
        ...

    async def take(self, fence: Fence, count: int, block: timedelta) -> Sequence[Job]:
        """New work, oldest first; waits up to *block*."""
        ...

    async def done(self, fence: Fence, job: Job) -> None: ...

    async def retry(self, fence: Fence, job: Job, due: datetime) -> None:
        """Out of the stream, due again at *due* with its tries kept: one Lua call."""
        ...

    async def tried(self, fence: Fence, job: Job) -> Job:
        """Count one more try of a job that stays in hand."""
        ...

    async def bury(self, fence: Fence, job: Job, cause: str) -> str:
        """Out of the stream, into the dead letters, ShowFailure enqueued: one Lua call. Its id."""
        ...

    async def wake(self, fence: Fence, now: datetime) -> datetime | None:
        """Make what is due work. When the next is due, if anything waits."""
        ...

    # dead letters
    async def failed(self, limit: int = 100) -> Sequence[Failed]: ...

    async def failure(self, failed_id: str) -> Failed | None: ...

    async def replay(self, failed_id: str) -> bool:
        """Back to the work streams, out of the dead letters: one Lua call. False: it is gone."""
        ...

    # feeds: what a web visitor's page shows, by sequence number
    async def append(self, feed: str, body: str, *, once: str) -> int:
        """Add *body* to a feed; the same `once` gives the sequence number it had."""
        ...

    async def after(self, feed: str, seq: int, limit: int = 500) -> Sequence[FeedEntry]: ...

    # small things
    async def first_time(self, key: str, ttl: timedelta) -> bool:
        """True once per *key* until *ttl* is over."""
        ...

    async def keep(self, key: str, body: str, ttl: timedelta) -> None:
        """Put *body* under *key* until *ttl* is over; an empty one takes it away."""
        ...

    async def kept(self, key: str) -> str | None: ...

    async def remember(self, person: Actor) -> None: ...

    async def people(self) -> Sequence[Actor]: ...

    async def figures(self) -> Mapping[str, float]:
        """Counters that survive restarts: `accepted`, `visible`, `suppressed`, `sent`, `unsure`,
        `dead`,
        `open`, `pending.desk`, `pending.draft`, `drafts.<drafter>.<outcome>`."""
        ...

    async def count(self, name: str, shard_of: ConversationId, by: int = 1) -> None: ...

    # news
    async def announce(self, change: Change) -> None: ...

    def changes(self) -> AsyncGenerator[Change]:
        """Everything announced from now on, by any process; ends never, reconnects by itself.

        To be closed by whoever stops listening: left to the garbage collector, it keeps its
        connection.
        """
        ...

    async def ping(self) -> None:
        """Raises Unavailable where a write would not be kept."""
        ...


class Files(Protocol):
    """Attachments by content."""

    async def put(
        self, name: str, mime: str, chunks: AsyncIterator[bytes], limit: int
    ) -> Attachment:
        """Keep a file. Raises: TooLarge at more than *limit* bytes, Unavailable (disk)."""
        ...

    def path(self, sha256: str) -> str | None: ...


# ── together ─────────────────────────────────────────────────────────────────


class Desk(Protocol):
    """The only door. Rooms get this, and nothing else of the desk."""

    async def handle(self, command: Command, actor: Actor, language: str = "en") -> Answer:
        """Do *command* for *actor*, answer in *language*. Raises: Refused, Unavailable."""
        ...


async def _at_once() -> None:
    """Nobody to give way to."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """All of the world that the desk sees."""

    settings: Settings
    store: Store
    playbooks: Playbooks
    """As shipped: what a storefront without an overlay of its own goes by."""
    overlays: Mapping[StorefrontId, Playbooks] = field(default_factory=dict)
    """The same with a storefront's own on top; nothing of it concerns another storefront."""
    drafter: Drafter
    channels: Mapping[str, BuyerChannel]
    rooms: Mapping[str, Room]
    shops: Mapping[str, Shop]
    now: Callable[[], datetime]
    give_way: Callable[[], Awaitable[None]] = _at_once
    """Before some milliseconds of pure work for a draft: lets quick work go first."""
    observe: Callable[[str, float], None] = lambda name, seconds: None
    """A length of time worth knowing: `visible` or `draft`, in seconds."""

    def chat(self, name: str) -> ChatRoom | None:
        """The room of that name, where people press and speak by way of a platform."""
        room = self.rooms.get(name)
        return cast(ChatRoom, room) if room and hasattr(room, "tell_thread") else None

    def playbooks_of(self, storefront: StorefrontId) -> Playbooks:
        return self.overlays.get(storefront, self.playbooks)
