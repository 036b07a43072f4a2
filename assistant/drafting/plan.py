"""What a reply says, before it is in any language: sentences by key, with values still typed.

One plan is worded twice, in the buyer's language and in the agent's; that is what makes the second
an exact translation of the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple, TypeAlias

from assistant.playbooks import Money

Shelf = Literal["gifts", "occasions", "people", "parts"]


@dataclass(frozen=True)
class Raw:
    """A word of the buyer's or the shop's: inert, the same in every language."""

    text: str


@dataclass(frozen=True)
class Written:
    """What the team wrote down, by language; in one that is missing, as it was written."""

    says: Mapping[str, str]


@dataclass(frozen=True)
class Amount:
    money: Money


@dataclass(frozen=True)
class Day:
    """`on`: on Tuesday; `by`: by Tuesday; `evening`: on Tuesday evening; `refund`: this evening."""

    day: date
    how: Literal["on", "by", "evening", "refund"] = "on"


@dataclass(frozen=True)
class Moment:
    """Local already. `at`: it was then; `by`: we act by then; `before`: the buyer may till then."""

    at: datetime
    how: Literal["at", "by", "before"] = "at"


@dataclass(frozen=True)
class Span:
    """A number of days, in words."""

    days: int


@dataclass(frozen=True)
class Count:
    n: int


@dataclass(frozen=True)
class Place:
    """Where a parcel was, as the carrier writes it: said in the reader's language where known."""

    name: str


@dataclass(frozen=True)
class Thing:
    """The product: a noun of the lexicon, else its title, else the order as a whole."""

    concept: str | None = None
    title: str | None = None
    several: bool = False
    """More than one piece: named so where the language has a word for several (`mugs`)."""
    piece: bool = False
    """A piece of a product: the lid of a teapot."""


@dataclass(frozen=True)
class Own:
    """A word of the buyer's own matter by its concept: gift, occasion, person, broken part."""

    shelf: Shelf
    concept: str


@dataclass(frozen=True)
class Title:
    """An article as the shop calls it, with its variant."""

    title: str
    variant: tuple[str, ...] = ()


@dataclass(frozen=True)
class Carrier:
    name: str | None


@dataclass(frozen=True)
class Name:
    """How the buyer is called. `title`: mr, ms, mrs, dr, dra (she); None where nobody knows."""

    full: str
    last: str = ""
    first: str = ""
    title: Literal["mr", "ms", "mrs", "dr", "dra"] | None = None


@dataclass(frozen=True)
class Say:
    """One sentence, or a part of one inside another."""

    key: str
    slots: Mapping[str, Value] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """Its own and those of the parts inside it."""
        inside = (one.keys for one in self.slots.values() if isinstance(one, Say))
        return (self.key, *(key for keys in inside for key in keys))


Value: TypeAlias = (
    "Raw | Written | Amount | Day | Moment | Span | Count | Place | Thing | Own | Title | Carrier"
    " | Name | Say"
)


def say(key: str, **slots: Value | None) -> Say:
    """A sentence; slots without a value are left out."""
    return Say(key, {name: value for name, value in slots.items() if value is not None})


class Answer(NamedTuple):
    """What is said to one matter. `middle`: what is so. `next`: what happens now."""

    middle: tuple[Say, ...]
    next: tuple[Say, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A reply: the buyer's matter, what is so and what we do, what happens next."""

    name: Name | None
    opening: tuple[Say, ...] = ()
    middle: tuple[Say, ...] = ()
    next: tuple[Say, ...] = ()
    closing: tuple[Say, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """Of every sentence and of the parts inside them, each once."""
        said = (*self.opening, *self.middle, *self.next, *self.closing)
        return tuple(dict.fromkeys(key for one in said for key in one.keys))
