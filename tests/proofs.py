"""What a channel or a shop has to bring so that the contract tests can try it.

A channel called `pigeon` brings `tests/channels/pigeon.py` with `PROOF`, a shop
`tests/shops/pigeon.py`. Where the contract tests can't play the other side over HTTP (a mailbox, a
page of our own), the proof names the tests that do: `Elsewhere`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.provider import Asked, Provider, Says

DEMANDS = (
    "arrives",
    "forged",
    "repeated",
    "malformed",
    "taken",
    "refused",
    "throttled",
    "broken",
    "unanswered",
    "unreachable",
)
"""What every channel is asked for; what one can't have at all, its proof says, with the reason."""

_OK, _NO, _SLOWER, _DENIED = Says(), Says(400), Says(429, headers={"Retry-After": "7"}), Says(401)

Headers = Callable[[bytes], Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class ChannelProof:
    """How to play the provider of a channel."""

    environment: Callable[[str], Mapping[str, str]]
    """The options for a provider at that address."""
    table: Mapping[str, Any] = field(default_factory=dict)
    signed: Headers | None = None
    """The headers of a webhook that the provider really signs; computed here, not by ours. None: it
    has no webhooks, and `asked` plays what it is asked for."""
    forged: tuple[Headers, ...] = ()
    """Headers that prove nothing."""
    forged_status: int = 401
    told: Mapping[str, str] = field(default_factory=dict)
    """Recorded webhooks (`tests/fixtures/buyers/<name>/in`) and the buyer's words in each."""
    fresh: tuple[str, str] = ("", "")
    """What to write instead of what in the first of them, so that it is another message: a
    piece of it, and the same with `{n}`. Needed only to measure."""
    thread: tuple[str, str] = ("", "")
    """The thread key of a conversation to answer, and its buyer's id in the channel."""
    account: str = ""
    script: Callable[[Provider], None] = lambda provider: None
    """What the provider answers besides: tokens, keys."""
    sends: tuple[str, str] = ("POST", "")
    """The request that sends a reply: method, and a pattern of its path."""
    taken: Says = _OK
    external_id: str | None = None
    words: Callable[[Asked], str] = lambda asked: ""
    """The reply's words in that request."""
    refused: Says = _NO
    throttled: Says = _SLOWER
    times_out: Callable[[Any], None] = lambda monkeypatch: None
    """Makes its patience a fraction of a second."""
    unlike: Mapping[str, str] = field(default_factory=dict)
    """Demands that this channel can't meet, and why."""


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """The tests that prove each demand: `tests/test_x.py::test_y`."""

    by: Mapping[str, str]
    unlike: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ShopProof:
    """How to play a shop's server."""

    environment: Callable[[str], Mapping[str, str]]
    table: Mapping[str, Any] = field(default_factory=dict)
    script: Callable[[Provider], None]
    """One order, found by its number; everything else is not there."""
    ref: str
    """That order's number."""
    total: str
    """And its total: `34.90 EUR`."""
    unknown: Callable[[Provider], None] = lambda provider: None
    """Makes the server know no order at all, where `script` does not say it."""
    throttled: Says = _SLOWER
    denied: Says = _DENIED
    times_out: Callable[[Any], None] = lambda monkeypatch: None
    unlike: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ElsewhereShop:
    """A shop that is no server: the tests that prove it."""

    file: str
    tests: tuple[str, ...]
