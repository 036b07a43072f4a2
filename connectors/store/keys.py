"""How everything is called in Redis. What changes together carries the tag of one shard."""

from __future__ import annotations

from zlib import crc32

from assistant.model import ConversationId, Lane

META = "parley:meta"
PEOPLE = "parley:people"
CHANNEL = "parley:changes"


def shard_of(name: str, shards: int) -> int:
    """The shard of a conversation, a feed, a key; the same in every process and release."""
    return crc32(name.encode()) % shards


def tag(shard: int) -> str:
    """What the keys of one shard begin with; the braces make them one slot of a cluster."""
    return f"{{s{shard:02}}}"


def conversation(shard: int, id: ConversationId) -> str:
    """Hash: version, body, indexes (those it is in), heard, seen, unsure."""
    return f"{tag(shard)}:conversation:{id}"


def log(shard: int, id: ConversationId) -> str:
    """Stream of log lines, append-only."""
    return f"{tag(shard)}:log:{id}"


def work(shard: int, lane: Lane) -> str:
    """Stream of commands: c = command, t = tries so far."""
    return f"{tag(shard)}:work:{lane}"


def lease(shard: int, lane: Lane) -> str:
    """String with a time limit: who works this lane."""
    return f"{tag(shard)}:lease:{lane}"


def fence(shard: int, lane: Lane) -> str:
    """Number of the lease's holder; every new one gets the next."""
    return f"{tag(shard)}:fence:{lane}"


def tries(shard: int, lane: Lane) -> str:
    """Hash: entry → tries more than its `t` says."""
    return f"{tag(shard)}:tries:{lane}"


def later(shard: int) -> str:
    """Sorted set by due ms: `lane:number:tries:command`."""
    return f"{tag(shard)}:later"


def failed(shard: int) -> str:
    """Stream of dead letters."""
    return f"{tag(shard)}:failed"


def seq(shard: int) -> str:
    """Numbers the members of `later`."""
    return f"{tag(shard)}:seq"


def count(shard: int) -> str:
    """Hash of counters."""
    return f"{tag(shard)}:count"


def once(shard: int, key: str) -> str:
    """String with a time limit: this was enqueued."""
    return f"{tag(shard)}:once:{key}"


def first(shard: int, key: str) -> str:
    """String with a time limit: this was seen."""
    return f"{tag(shard)}:first:{key}"


def kept(shard: int, key: str) -> str:
    """String with a time limit: words somebody has not sent yet, a platform's token."""
    return f"{tag(shard)}:kept:{key}"


def ledger(shard: int, name: str) -> str:
    """Hash: person, newline, id of what it was spent on → minor units."""
    return f"{tag(shard)}:ledger:{name}"


def budget(shard: int, name: str) -> str:
    """Hash: calls, tokens_in, tokens_out, refused; held:<id> → tokens, until when in ms."""
    return f"{tag(shard)}:budget:{name}"


def tally(shard: int, name: str) -> str:
    """Hash: name → how often."""
    return f"{tag(shard)}:tally:{name}"


def index(shard: int, name: str) -> str:
    """Sorted set of conversation ids: `open`, `waiting`, `due`, `angry`, `escalated` …"""
    return f"{tag(shard)}:{name}"


def feed(shard: int, name: str) -> str:
    """Stream whose ids are sequence numbers."""
    return f"{tag(shard)}:feed:{name}"


def numbers(shard: int, name: str) -> str:
    """Hash: the sequence number of each `once` of a feed, and the last one."""
    return f"{tag(shard)}:numbers:{name}"


def probe(shard: int) -> str:
    """Written to see whether a write would be kept."""
    return f"{tag(shard)}:probe"


def of_buyer(id: str) -> str:
    """Sorted set of conversation ids by opening time; in a slot of its own."""
    return f"buyer:{id}"


def of_mailbox(address: str) -> str:
    """The same for one e-mail address, whatever the channel."""
    return f"mailbox:{address.strip().casefold()}"


def of_order(ref: str) -> str:
    """The same for one order."""
    return f"order:{ref}"


def of_thread(thread: str) -> str:
    """String: the conversation of a room's thread."""
    return f"thread:{thread}"
