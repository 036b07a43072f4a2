"""Conversations and commands for the tests of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from assistant.commands import DraftReply, ReceiveMessage, SendReply
from assistant.model import (
    PARLEY,
    Actor,
    Buyer,
    BuyerId,
    Conversation,
    ConversationId,
    Draft,
    DraftState,
    Emotion,
    Entry,
    EntryKind,
    Incoming,
    MessageId,
    PersonId,
    StorefrontId,
    Understanding,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OLGA = Actor(id=PersonId("console:olga"), name="Olga")
ANGRY = Understanding(language="en", emotion=Emotion(kind="anger", strength=0.9))


def incoming(thread: str = "v1", n: int = 1, *, at: datetime = NOW) -> Incoming:
    """A buyer's message *n* in a thread."""
    return Incoming(
        channel="webchat",
        thread_key=thread,
        message_id=MessageId(f"m{n}"),
        buyer=Buyer(id=BuyerId(f"webchat:{thread}"), name="Ana", email="Ana@example.com"),
        text="Where is my parcel?",
        received_at=at,
        order_refs=("1001",),
    )


def begun(
    thread: str = "v1", *, waiting: timedelta = timedelta(0), due: timedelta = timedelta(hours=24)
) -> Conversation:
    """A conversation with one message, whose buyer has been waiting since, an answer due."""
    first = incoming(thread, at=NOW - waiting)
    return Conversation.begun(first, StorefrontId("default"), "DE").received(first, NOW + due)


def receive(thread: str = "v1", n: int = 1) -> ReceiveMessage:
    return ReceiveMessage(incoming=incoming(thread, n))


def send(conversation: Conversation) -> SendReply:
    return SendReply(conversation_id=conversation.id, version=1)


def draft_for(conversation: Conversation) -> DraftReply:
    return DraftReply(conversation_id=conversation.id, seq=conversation.last_seq)


def with_draft(conversation: Conversation, state: DraftState, kind: EntryKind) -> Conversation:
    """Draft 1 in that state, and its line of the log."""
    draft = Draft(
        version=1,
        text="It arrives tomorrow.",
        agent_text=None,
        language="en",
        drafter="offline",
        answers_seq=1,
        created_at=NOW,
        author=PARLEY,
        state=state,
    )
    entry = Entry(kind=kind, at=NOW, by=PARLEY, draft=draft)
    return conversation.model_copy(update={"drafts": (draft,), "unlogged": (entry,)})


def same_shard(shards: int, shard: int, count: int) -> list[str]:
    """Threads whose conversations are all in one shard."""
    from connectors.store.keys import shard_of

    names = (f"t{n}" for n in range(10_000))
    found = [name for name in names if shard_of(f"webchat:{name}", shards) == shard]
    return found[:count]


def id_of(thread: str) -> ConversationId:
    return ConversationId(f"webchat:{thread}")
