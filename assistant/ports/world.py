"""Buyers' channels, shops, rooms, drafters, files: what connectors are to the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, cast

from assistant.model import (
    ApprovedText,
    Arrival,
    Attachment,
    Conversation,
    ConversationId,
    Frozen,
    Known,
    Parcel,
    PersonId,
    Proposal,
    Receipt,
    Reply,
    Spot,
    StorefrontId,
    ThreadId,
    Understanding,
)
from assistant.surface.cards import Alert, Answer, ConversationCard, Line
from assistant.words import Text

if TYPE_CHECKING:
    from assistant.drafting.brief import Brief, Situation
    from assistant.playbooks import Playbooks, Rates

# ── buyers' side ─────────────────────────────────────────────────────────────


ReceiptKind = Literal["delivered", "read", "failed"]


class Capabilities(Frozen):
    """What a channel can do; the card, the review and the sender all go by it."""

    idempotent: bool
    """The same `Reply.key` is the same message, so an unanswered send may be repeated."""
    max_chars: int = 20_000
    count: Literal["characters", "utf16", "bytes"] = "characters"
    """What `max_chars` counts."""
    unsendable: str = ""
    """A regular expression of the characters that the channel can't carry."""
    links: bool = True
    attachments: bool = False
    file_kinds: tuple[str, ...] = ()
    """Beginnings of media types: `image/`, `application/pdf`; none: every kind."""
    max_files: int = 10
    max_file_mb: float = 10
    subject: bool = False
    receipts: tuple[ReceiptKind, ...] = ()
    """What it tells of a reply after it took it."""
    edits: bool = False
    """It tells when a buyer edits or deletes what they wrote."""
    window_hours: float | None = None
    """How long after the buyer's last message it takes a free text."""
    after_window: Literal["refused", "tag", "template"] = "refused"
    """Then: nothing; a person's own words still, until `tag_hours`; only approved templates."""
    templates: tuple[ApprovedText, ...] = ()
    """Those that may be sent then."""
    tag_hours: float | None = None
    starts: bool = False
    """We may write first."""
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


def can_for(channel: BuyerChannel, conversation: Conversation) -> Capabilities:
    """What *channel* can do there: it may differ by account."""
    own = getattr(channel, "can_for", None)
    return cast(Capabilities, own(conversation)) if own else channel.can


class Opening(NamedTuple):
    """Something that a channel lets us write first about an order."""

    kind: str
    """The channel's own name for it; the message bears it as its template."""
    title: Text
    locale: str
    """What the buyer reads: `en-US`."""
    account: str
    thread_key: str


class Openable(BuyerChannel, Protocol):
    """A channel in which we may write first."""

    async def openings(self, order: str) -> Sequence[Opening]:
        """What may be begun about *order* now; nothing, where the order is none of the channel's.

        Raises: Unavailable, Rejected.
        """
        ...


class Webhook(NamedTuple):
    """A request as it came: authenticated on these very bytes before anything is parsed."""

    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    path: str
    at: datetime
    query: Mapping[str, str] = {}
    """Of a parameter that is there twice, the last."""


class WebhookChannel(BuyerChannel, Protocol):
    """A channel that pushes to `/buyers/<name>`.

    One whose platform wants something else for an answer than our JSON has it as `answer_body`.
    """

    async def receive(self, webhook: Webhook) -> Sequence[Arrival]:
        """Verify, then parse; writes nothing. Raises: Unauthentic, Malformed, TooLarge."""
        ...


class Greeted(WebhookChannel, Protocol):
    """One whose platform asks with a GET whether the address is ours."""

    def handshake(self, webhook: Webhook) -> str:
        """What to answer, as text or as JSON where it starts with `{`. Raises: Unauthentic."""
        ...


Take = Callable[[Sequence[Arrival]], Awaitable[None]]
"""Returns once all of them are durable; only then may whoever called it move on."""


class PullingChannel(BuyerChannel, Protocol):
    """A channel that has to be asked."""

    def accounts(self) -> Sequence[str]:
        """Each is asked for itself: by one process at a time, whichever that is."""
        ...

    async def pull(self, account: str, take: Take) -> None:
        """Ask for ever. What was taken before a crash may be taken again: `once` tells.

        Raises: Unavailable (it is called again after a while), Rejected (of no use to ask on: a
        wrong password, say; it is called again much later).
        """
        ...


class MediaChannel(BuyerChannel, Protocol):
    """A channel that keeps the files of its buyers for a while."""

    async def fetch(self, attachment: Attachment, of: Conversation) -> Attachment:
        """A copy of the file in our own store, by its content.

        Raises: TooLarge, Rejected (gone, or of no place that is the channel's), Unavailable.
        """
        ...


class Searchable(BuyerChannel, Protocol):
    """A channel that can be asked whether it has a reply."""

    async def find(self, reply: Reply, to: Conversation) -> Receipt | None:
        """None: it does not show there, which proves nothing. Raises: Unavailable."""
        ...


# ── carriers ─────────────────────────────────────────────────────────────────


class Sought(NamedTuple):
    """A parcel that somebody wants to know of."""

    number: str
    carrier: str | None = None
    """As the shop says it."""
    country: str | None = None
    """Where it goes."""
    postcode: str | None = None
    """Some carriers tell nothing without it."""
    language: str = "en"
    """In which its events should be told, where that can be chosen."""


class Tracker(Protocol):
    """Somebody who asks carriers, for shops that know a number and no more."""

    name: str
    """As people know it: `17TRACK`."""

    async def parcels(self, sought: Sequence[Sought]) -> Mapping[str, Parcel]:
        """What carriers told of those, by number; of whom nothing is known yet, is not there.

        Raises: Unavailable (away, busy, its quota used up: the text says which).
        """
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

    platform: str
    """`slack`, `teams`: what the ids of its people begin with."""
    fallback: str
    """The room that gets what this one can't take any more; empty: none."""

    async def tell_thread(self, thread: ThreadId, lines: Sequence[Line], *, again: bool) -> None:
        """Post *lines* under the card, in order; *again*: they may be there already, so say that.

        Everything fits: what is too long for the platform is split, never dropped. Attachments are
        put there too, or the line says why not. Raises: Unavailable, Unsure, Rejected.
        """
        ...

    async def strike_out(self, thread: ThreadId, now_at: ThreadId | None, who: str) -> None:
        """The card in *thread* is not the one any more: say so, take its buttons, link *now_at*.

        *who* is the buyer, so that whoever scrolls by knows what it was about.
        """
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

    async def fetch(self, attachment: Attachment) -> Attachment:
        """An agent's file, which *attachment* names by the platform's address, kept by its content.

        Raises: TooLarge, Rejected, Unavailable.
        """
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


class Reader(Protocol):
    """What a buyer wants, read by more than rules."""

    async def read(self, situation: Situation, playbooks: Playbooks) -> Understanding:
        """What is believed of it was checked against the buyer's own words. Raises: Unavailable."""
        ...


class Exchange(Protocol):
    """The day's exchange rates."""

    def rates(self) -> Rates | None:
        """None where there are none, or only ones that are too old to go by."""
        ...

    def trouble(self) -> Text | None:
        """Why there are none, for a person."""
        ...


class Translator(Protocol):
    """What others wrote, in a language that the reader knows."""

    async def translate(
        self, sentences: Sequence[str], source: str, target: str
    ) -> tuple[str, ...]:
        """*sentences* of one text in *target*, one for each; *source* is `und` where nobody knows.

        Asked again for what it translated lately, it says the same at once. Raises: Unavailable.
        """
        ...


class Files(Protocol):
    """Attachments by content."""

    async def put(
        self, name: str, mime: str, chunks: AsyncIterator[bytes], limit: int
    ) -> Attachment:
        """Keep a file. Raises: TooLarge at more than *limit* bytes, Unavailable (disk)."""
        ...

    def path(self, sha256: str) -> str | None: ...


class Notebook(Protocol):
    """Where a lead's answers are written down: files of a storefront's own playbooks."""

    async def write(self, storefront: StorefrontId, name: str, text: str) -> str | None:
        """Keep *text* as an answer's file of that *name*; where it is. None: it can't be kept.

        A file that is there is never replaced.
        """
        ...


class NoNotebook:
    """Of whoever has no playbooks of their own."""

    async def write(self, storefront: StorefrontId, name: str, text: str) -> str | None:
        return None
