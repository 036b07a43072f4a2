"""What the parts of the store have in common."""

from __future__ import annotations

from functools import cache

from assistant.model import ConversationId, Lane, ThreadId
from assistant.ports import Fence
from connectors.store import keys
from connectors.store.servers import Script, Servers


class Base:
    """The servers, and how many shards the data are spread over."""

    def __init__(self, servers: Servers, shards: int) -> None:
        self._servers = servers
        self.shards = shards
        self._fence: Fence | None = None
        self._findable: set[tuple[ConversationId, str]] = set()
        """Keys under which conversations are known to be found."""
        self._of_threads: dict[ThreadId, ConversationId] = {}
        """Threads whose conversation is known: a thread never becomes another one's."""
        self._handed: dict[Fence, set[str]] = {}
        """Entries that a holder in this process has in hand."""
        self._lanes: set[tuple[int, Lane]] = set()
        """Lanes that this process ever held."""

    def shard_of(self, name: str) -> int:
        """The shard of a conversation or a feed."""
        return keys.shard_of(name, self.shards)


@cache
def script(name: str) -> Script:
    """The script of that name; read once."""
    return Script(name)
