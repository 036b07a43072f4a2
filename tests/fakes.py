"""The only doubles: small, honest worlds with ledgers. The store in tests is always a real one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import SecretStr

from assistant.commands import Command, ReceiveMessage
from assistant.desk.desk import Desk
from assistant.drafting.brief import Brief
from assistant.drafting.translate import pieces
from assistant.errors import Refused, Unavailable
from assistant.model import (
    PARLEY,
    Actor,
    Attachment,
    Buyer,
    BuyerId,
    Conversation,
    ConversationId,
    Incoming,
    Known,
    Lane,
    MessageId,
    Order,
    PersonId,
    Proposal,
    Receipt,
    Reply,
    Spot,
    Stock,
    ThreadId,
)
from assistant.playbooks import Playbooks
from assistant.ports import (
    BuyerChannel,
    Capabilities,
    Fence,
    Job,
    NoNotebook,
    Notebook,
    Ports,
    Shelf,
    Store,
    Tracker,
)
from assistant.settings import Settings
from assistant.surface.cards import Alert, Answer, ConversationCard, DraftCard, Line
from assistant.words import say

OLGA = Actor(id=PersonId("console:olga"), name="Olga")
MARIA = Actor(id=PersonId("console:maria"), name="Maria")
LENA_LEAD = Actor(id=PersonId("console:lin"), name="Lin", role="lead")

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


class Clock:
    """Time that passes when told to."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **length: float) -> None:
        self.at += timedelta(**length)


class FakeChannel:
    """A buyer's channel that keeps every reply it accepted, and can be told to misbehave."""

    def __init__(self, name: str = "webchat", *, idempotent: bool = False) -> None:
        self.name = name
        self.can = Capabilities(idempotent=idempotent, max_chars=4_000)
        self.accepted: list[Reply] = []
        self.calls = 0
        self.before: Callable[[Reply], None] = lambda reply: None
        """Raises to refuse before anything was taken."""
        self.after: Callable[[Reply], None] = lambda reply: None
        """Raises after the reply was taken: the answer that got lost."""

    async def send(self, reply: Reply, to: Conversation) -> Receipt:
        self.calls += 1
        self.before(reply)
        known = next((n for n, one in enumerate(self.accepted) if one.key == reply.key), None)
        if known is None or not self.can.idempotent:
            self.accepted.append(reply)
        self.after(reply)
        return Receipt(external_id=f"x{len(self.accepted)}")


class FakeRoom:
    """A room that keeps its cards as they are now, and how often each was posted."""

    def __init__(self, name: str = "console", language: str = "en") -> None:
        self.name, self.language = name, language
        self.cards: dict[ThreadId, ConversationCard] = {}
        self.posted = 0
        self.alerts: list[Alert] = []

    def place(self, about: ConversationId) -> None:
        """Cards are posted here, as in a chat."""

    async def show(self, card: ConversationCard, thread: ThreadId | None) -> ThreadId:
        if thread is None:
            self.posted += 1
            thread = ThreadId(f"{self.name}:{card.id}")
        self.cards[thread] = card
        return thread

    async def alert(self, alert: Alert) -> None:
        self.alerts.append(alert)


@dataclass
class Told:
    """Something one person alone was shown."""

    person: PersonId
    spot: Spot
    answer: Answer


class FakeChat(FakeRoom):
    """A room of a platform: threads, private answers, marks, people; and it can misbehave."""

    platform = "slack"

    def __init__(self, name: str = "slack", language: str = "en", fallback: str = "") -> None:
        super().__init__(name, language)
        self.fallback = fallback
        self.lines: dict[ThreadId, list[tuple[Line, bool]]] = {}
        self.told: list[Told] = []
        self.notified: list[tuple[PersonId, str, ConversationCard]] = []
        self.marks: set[str] = set()
        self.struck: dict[ThreadId, ThreadId | None] = {}
        self.people: dict[str, Known | Refused] = {}
        self.before: Callable[[], None] = lambda: None
        """Raises to refuse before anything was posted."""
        self.after: Callable[[], None] = lambda: None
        """Raises after it was posted: the answer that got lost."""

    async def show(self, card: ConversationCard, thread: ThreadId | None) -> ThreadId:
        self.before()
        if thread is None:
            self.posted += 1
            thread = ThreadId(f"slack:T1:{self.name}:{self.posted}")
        self.cards[thread] = card
        self.after()
        return thread

    async def tell_thread(self, thread: ThreadId, lines: Sequence[Line], *, again: bool) -> None:
        self.before()
        self.lines.setdefault(thread, []).extend((line, again) for line in lines)
        self.after()

    async def strike_out(self, thread: ThreadId, now_at: ThreadId | None, who: str) -> None:
        self.struck[thread] = now_at

    async def who(self, person: PersonId) -> Known:
        known = self.people[person]
        if isinstance(known, Refused):
            raise known
        return known

    async def tell(self, person: PersonId, spot: Spot, answer: Answer) -> None:
        self.told.append(Told(person, spot, answer))

    async def fetch(self, attachment: Attachment) -> Attachment:
        return attachment.model_copy(update={"sha256": "f" * 64})

    async def mark(self, spot: Spot, *, on: bool) -> None:
        (self.marks.add if on else self.marks.discard)(spot.message)

    async def notify(self, person: PersonId, text: str, card: ConversationCard) -> None:
        self.notified.append((person, text, card))


class FakeShop:
    """A shop with the orders it is given; `down` makes it unavailable."""

    def __init__(self, *orders: Order, stock: Sequence[Stock] = (), name: str = "shop") -> None:
        self.name, self._orders, self._stock = name, orders, stock
        self.down = False

    def confirms(self, *orders: Order) -> None:
        """From now on it knows these."""
        self._orders = orders

    async def order(self, ref: str) -> Order | None:
        self._check()
        return next((order for order in self._orders if order.ref == ref), None)

    async def orders_of(self, email: str) -> Sequence[Order]:
        self._check()
        return [order for order in self._orders if order.customer.email == email]

    async def order_by_tracking(self, number: str) -> Order | None:
        self._check()
        parcels = ((order, parcel) for order in self._orders for parcel in order.fulfilments)
        return next((order for order, parcel in parcels if parcel.number == number), None)

    async def stock(self, query: str) -> Sequence[Stock]:
        self._check()
        return [one for one in self._stock if query.casefold() in one.title.casefold()]

    def _check(self) -> None:
        if self.down:
            raise Unavailable("it is down for maintenance")


class PlainDrafter:
    """Drafts one fixed sentence a message, so that a test reads as what it is about."""

    name: Literal["offline", "model"] = "offline"

    def __init__(self) -> None:
        self.hangs = asyncio.Event()
        self.hangs.set()
        self.briefs: list[Brief] = []

    async def draft(self, brief: Brief, playbooks: Playbooks) -> Proposal:
        await self.hangs.wait()
        self.briefs.append(brief)
        text = f"Thank you for your message number {len(brief.situation.newest)}."
        return Proposal(text=text, agent_text=text, language="en", drafter="offline")


def settings(**changes: Any) -> Settings:
    return Settings(
        **{
            "secret": SecretStr("a secret of the tests, long enough"),
            "webhook_secret": SecretStr("whsec_dGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtdGVzdHM="),
            **changes,
        }
    )


def incoming(text: str, n: int = 1, thread: str = "v1", **changes: Any) -> Incoming:
    """A buyer's message number *n* in a web chat."""
    return Incoming(
        **{
            "channel": "webchat",
            "thread_key": thread,
            "message_id": MessageId(f"m{n}"),
            "buyer": Buyer(id=BuyerId(f"webchat:{thread}"), name="Tom Brandt", locale="en-GB"),
            "text": text,
            "received_at": START,
            **changes,
        }
    )


ORDER: tuple[Lane, ...] = ("desk", "room", "draft", "translate")
"""A message shows before it is drafted for, as it does where nothing hangs."""

PHOTO = Attachment(name="spout.jpg", mime="image/jpeg", size=1000)


class FakeTranslator:
    """Translates by a table; what stands in none it can't."""

    def __init__(self, **table: str) -> None:
        self.table: dict[str, str] = table
        self.asked: list[tuple[str, str, str]] = []

    async def translate(
        self, sentences: Sequence[str], source: str, target: str
    ) -> tuple[str, ...]:
        self.asked.append((" ".join(sentences), source, target))
        known = {
            one.text: there.text
            for text, means in self.table.items()
            for one, there in zip(pieces(text), pieces(means), strict=True)
        }
        if not set(sentences) <= set(known):
            raise Unavailable(say("The language model did not answer in time."))
        return tuple(known[one] for one in sentences)


@dataclass
class World:
    """A desk over a real store, with a channel, a room and a clock to look at."""

    store: Store
    playbooks: Playbooks
    clock: Clock = field(default_factory=Clock)
    channel: FakeChannel = field(default_factory=FakeChannel)
    room: FakeRoom = field(default_factory=FakeRoom)
    shop: FakeShop = field(default_factory=FakeShop)
    drafter: PlainDrafter = field(default_factory=PlainDrafter)
    translator: FakeTranslator | None = None
    settings: Settings = field(default_factory=settings)
    trackers: Mapping[str, Tracker] = field(default_factory=dict)
    more_channels: Mapping[str, BuyerChannel] = field(default_factory=dict)
    more_rooms: Mapping[str, FakeRoom] = field(default_factory=dict)
    notebook: Notebook = field(default_factory=NoNotebook)
    shelf: Shelf = field(init=False)

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.playbooks)

    @property
    def ports(self) -> Ports:
        return Ports(
            settings=self.settings,
            store=self.store,
            shelf=self.shelf,
            drafter=self.drafter,
            translator=self.translator,
            channels={self.channel.name: self.channel, **self.more_channels},
            rooms={self.room.name: self.room, **self.more_rooms},
            shops={self.shop.name: self.shop},
            trackers=self.trackers,
            now=self.clock,
            notebook=self.notebook,
        )

    @property
    def desk(self) -> Desk:
        return Desk(self.ports)

    async def handle(self, command: Command, actor: Actor = OLGA, language: str = "en") -> Answer:
        return await self.desk.handle(command, actor, language)

    async def buyer_writes(self, text: str, n: int = 1, **changes: Any) -> ConversationId:
        """Durably accepted, then worked until nothing is left to do."""
        message = incoming(text, n, **{"received_at": self.clock(), **changes})
        await self.store.enqueue(ReceiveMessage(incoming=message), once=message.once)
        await self.work()
        return ConversationId(f"{message.channel}:{message.thread_key}")

    async def work(self) -> int:
        """Do all due work as a worker would, one command after another. How many there were."""
        done = 0
        while batch := await self._work_once():
            done += batch
        return done

    async def _work_once(self) -> int:
        """Every lane is asked at the same time: most have nothing, and calls travel together."""
        lanes = [(shard, lane) for shard in range(self.store.shards) for lane in ORDER]
        held = await asyncio.gather(*(self.store.hold(*one, "tests") for one in lanes))
        fences = [one for one in held if one is not None]
        assert len(fences) == len(lanes)
        # One lane wakes what is due of all lanes.
        desks = (one for one in fences if one.lane == "desk")
        await asyncio.gather(*(self.store.wake(one, self.clock()) for one in desks))
        due = await asyncio.gather(*map(self._due, fences))
        for fence, jobs in zip(fences, due, strict=True):
            for job in jobs:
                await self.desk.handle(job.command, PARLEY)
                await self.store.done(fence, job)
        return sum(map(len, due))

    async def _due(self, fence: Fence) -> Sequence[Job]:
        """What was left in hand, else what is new."""
        return await self.store.in_hand(fence) or await self.store.take(fence, 100, timedelta(0))

    async def conversation(self, about: ConversationId) -> Conversation:
        found = await self.store.load(about)
        assert found is not None
        return found

    def card(self, about: ConversationId) -> ConversationCard:
        """What the room shows of it now."""
        return next(card for card in self.room.cards.values() if card.id == about)

    def draft(self, about: ConversationId) -> DraftCard:
        found = self.card(about).draft
        assert found is not None
        return found
