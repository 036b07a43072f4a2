"""Durable state and work, as the desk sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol, Self

from pydantic import AwareDatetime

from assistant.commands import Work
from assistant.model import (
    Actor,
    Buyer,
    Conversation,
    ConversationId,
    Entry,
    Frozen,
    Lane,
    PersonId,
    StorefrontId,
    ThreadId,
    Used,
)


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
    """Something to see at once: a `conversation`, a `feed`, `typing`, `failed`, `people`,
    `playbooks`."""

    kind: str
    id: str


class FeedEntry(NamedTuple):
    seq: int
    body: str


class Spending(NamedTuple):
    """What somebody gave away of a budget, by the id of what it was for."""

    who: str
    id: str
    minor: int
    """Of the ledger's currency, in its smallest coin."""


def tally_of(storefront: StorefrontId, day: date) -> str:
    """Where it is counted how often each rule held that day, in UTC."""
    return f"rules:{storefront}:{day.isoformat()}"


def model_budget_on(day: date) -> str:
    """Where it is counted what was used of language models that day, in UTC."""
    return f"model:{day.isoformat()}"


def model_budget_of(conversation: ConversationId) -> str:
    """Where it is counted what was used of them for one conversation."""
    return f"model:{conversation}"


FOR_GOOD = timedelta(days=3650)


def alias_of(channel: str, key: str) -> str:
    """Where it is kept to which thread of *channel* the message named *key* belongs.

    Claimed (`Store.claim`) before anything that bears the name is stored or sent.
    """
    return f"alias:{channel}:{key}"


def cursor_of(channel: str, account: str) -> str:
    """Where it is kept up to where a channel that has to be asked was asked (`Store.keep`)."""
    return f"cursor:{channel}:{account}"


def news_of(number: str) -> str:
    """Where it is kept what was last heard of a parcel (`Store.keep`), as a Parcel in JSON."""
    return f"parcel:{number}"


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

    async def version(self, conversation: ConversationId) -> int:
        """Of the conversation as stored; 0 where there is none. Cheaper than to load it."""
        ...

    async def commit(
        self, conversation: Conversation, then: Sequence[Work | Later] = ()
    ) -> Conversation:
        """Write the conversation, its log lines, its indexes and what follows: all or nothing.

        Returns it as stored, with its new version and nothing unlogged.
        Raises: Conflict (its version is not the stored one), Fenced.
        """
        ...

    async def forget(self, conversation: Conversation) -> None:
        """Its log so far, and that its buyer, their address and their orders lead to it."""
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

    async def taught(self, since: datetime, limit: int) -> Sequence[Conversation]:
        """Those that tell what became of a draft since then, the newest first."""
        ...

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

    # ledgers
    async def spend(self, ledger: str, one: Spending, most: int | None) -> bool:
        """Note *one*. False: all of that person's would come to over *most*, nothing was noted.

        One Lua call: of two who spend the same rest, one is told False. The same id counts once.
        """
        ...

    async def give_back(self, ledger: str, one: Spending) -> None:
        """As if it had never been spent; twice is once."""
        ...

    async def spent(self, ledger: str) -> Sequence[Spending]: ...

    async def tally(self, name: str, what: Iterable[str]) -> None:
        """Count one more of each of *what*."""
        ...

    async def tallied(self, names: Iterable[str]) -> Mapping[str, int]:
        """The sum of several tallies."""
        ...

    # what language models may use
    async def set_aside(self, budget: str, id: str, tokens: int, most: int | None) -> int | None:
        """Hold *tokens* of a budget for what is about to be asked; None: done.

        Where used and held would come to over *most*, nothing is held, the refusal is counted, and
        what is used and held already is told. One Lua call: of two who want the same rest, one is
        refused. What is never settled is let go after two minutes.
        """
        ...

    async def settle(self, budget: str, id: str, used: Used, *, figures: bool) -> None:
        """Instead of what is held under *id*, *used* was used.

        *figures*: counted in those too; of the budgets that one use counts against, once.
        """
        ...

    async def used(self, budget: str) -> Used: ...

    # small things
    async def first_time(self, key: str, ttl: timedelta) -> bool:
        """True once per *key* until *ttl* is over."""
        ...

    async def keep(self, key: str, body: str, ttl: timedelta) -> None:
        """Put *body* under *key* until *ttl* is over; an empty one takes it away."""
        ...

    async def kept(self, key: str) -> str | None: ...

    async def claim(self, key: str, body: str, ttl: timedelta) -> str:
        """What is kept under *key*: *body*, for *ttl*, where nothing was; else what was first.

        In one step: of two who claim at once, both are told the same.
        """
        ...

    async def remember(self, person: Actor) -> None: ...

    async def people(self) -> Sequence[Actor]: ...

    async def figures(self) -> Mapping[str, float]:
        """Counters that survive restarts: `accepted`, `visible`, `suppressed`, `sent`, `unsure`,
        `dead`,
        `open`, `pending.desk`, `pending.draft`, `drafts.<drafter>.<outcome>`, `model.calls`,
        `model.tokens_in`, `model.tokens_out`, `model.refused`."""
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
