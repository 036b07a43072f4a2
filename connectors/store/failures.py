"""What Redis says when it can't, in words that say what to do."""

from __future__ import annotations

from redis import exceptions

from assistant.errors import Conflict, Fenced, ParleyError, Unavailable
from assistant.words import Text, say

_SAID: dict[type[Exception], str] = {
    exceptions.BusyLoadingError: "LOADING",
    exceptions.ReadOnlyError: "READONLY",
    exceptions.OutOfMemoryError: "OOM",
    exceptions.ClusterDownError: "CLUSTERDOWN",
    exceptions.TryAgainError: "TRYAGAIN",
    exceptions.AskError: "TRYAGAIN",
    exceptions.NoPermissionError: "NOPERM",
    exceptions.AuthenticationError: "NOAUTH",
    exceptions.TimeoutError: "TIMEOUT",
    exceptions.ConnectionError: "DOWN",
}
"""Subclasses before their bases; redis-py takes the code off the words of these."""


_WORDS: dict[str, Text] = {
    "LOADING": say("The store is still reading its data. It will be ready in a moment."),
    "READONLY": say(
        "The store takes no writes: this Redis is a replica. Point PARLEY_REDIS_URL at the primary."
    ),
    "OOM": say("The store is out of memory. Raise Redis's maxmemory, or free some memory."),
    "MISCONF": say("The store can't write to its disk. Free some space; it recovers by itself."),
    "BUSY": say("The store is busy with a long script. Try again in a moment."),
    "NOREPLICAS": say("The store has too few replicas to take writes. Bring them back."),
    "CLUSTERDOWN": say("The Redis cluster is changing or incomplete. Try again in a moment."),
    "TRYAGAIN": say("The Redis cluster is changing or incomplete. Try again in a moment."),
    "NOPERM": say("Redis forbids something that Parley needs: {why}", why=""),
    "NOAUTH": say("Redis refuses the user or the password in PARLEY_REDIS_URL."),
    "TIMEOUT": say("The store did not answer in time. Try again in a moment."),
    "DOWN": say("The store can't be reached. Check that it runs: {why}", why=""),
}
_OTHER = say("The store refused: {why}", why="")


def translated(error: Exception) -> ParleyError:
    """Our error for one of redis-py's. What we don't know is Unavailable, too."""
    code = _code(error)
    if code == "CONFLICT":
        return Conflict(say("The conversation changed meanwhile."))
    if code == "FENCED":
        return Fenced(say("Another worker has this work now."))
    return Unavailable(_text(code, error))


def _code(error: Exception) -> str:
    for kind, code in _SAID.items():
        if isinstance(error, kind):
            return code
    return str(error).split(" ", 1)[0] if isinstance(error, exceptions.ResponseError) else "DOWN"


def _text(code: str, error: Exception) -> Text:
    text = _WORDS.get(code, _OTHER)
    return text.model_copy(update={"values": {"why": str(error)}}) if text.values else text
