"""Cards as data: what every room shows, already in its reader's language.

One pure renderer a platform. Words of ours are plain strings in the reader's language; words of
buyers and agents are their own and are always rendered as inert text.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from assistant.commands import Action
from assistant.model import Actor, Attachment, ConversationId, DraftState, Frozen, Severity

Tone = Literal["plain", "good", "warn", "bad", "late"]


class Tag(Frozen):
    """A short word about something: an intent, a mood, a state."""

    text: str
    tone: Tone = "plain"


class Button(Frozen):
    """A button is a command. `form` opens a form first; `key` is its keyboard shortcut."""

    label: str
    command: Action
    style: Literal["primary", "plain", "danger"] = "plain"
    form: Literal["edit", "write", "note", "assign", "escalate", "close", "snooze"] | None = None
    key: str | None = None


class Row(Frozen):
    """`label: value`, with a link where there is one."""

    label: str
    value: str
    href: str | None = None
    tone: Tone = "plain"
    title: str | None = None
    """A longer explanation."""


class Section(Frozen):
    """A titled list of rows."""

    title: str
    rows: tuple[Row, ...] = ()
    lines: tuple[str, ...] = ()


class Flag(Frozen):
    """A finding, worded for its reader."""

    severity: Severity
    start: int
    end: int
    message: str
    better: str | None = None
    rule: str = ""


class DraftCard(Frozen):
    """The draft as its reader sees it."""

    version: int
    state: DraftState
    heading: str
    """`Draft 1 · German · offline`"""
    text: str
    agent_text: str | None
    language: str
    flags: tuple[Flag, ...] = ()
    checked: str
    """`Checked: 0 blocks, 1 tip`"""
    status: Tag | None = None
    """`Sending in 8 s`, `Sent 13:05 by Olga`, why it is outdated …"""
    send_at: AwareDatetime | None = None
    why: tuple[str, ...] = ()
    """Why it says what it says: one line a remedy or rule."""


class Line(Frozen):
    """One line of the thread."""

    kind: str
    at: AwareDatetime
    when: str
    who: str
    text: str = ""
    """What happened, in the reader's language."""
    said: str | None = None
    """The words themselves, as they were written."""
    means: str | None = None
    """Those words in the reader's language."""
    language: str = "und"
    attachments: tuple[Attachment, ...] = ()
    earlier: tuple[str, ...] = ()
    side: Literal["buyer", "us", "inside"] = "inside"


class Summary(Frozen):
    """One row of a queue."""

    id: ConversationId
    buyer: str
    flag: str
    """The market's flag, or nothing."""
    via: str
    """`Amazon DE · e-mail`"""
    excerpt: str
    tags: tuple[Tag, ...]
    waiting: str
    waiting_tone: Tone = "plain"
    owner: str | None
    state: str


class ConversationCard(Frozen):
    """The root card: who wants what, how they feel, what is true, what may we do or send."""

    id: ConversationId
    version: int
    seq: int
    """The newest message's."""
    summary: Summary
    due: str | None
    """`due tomorrow 12:53 (24 h)`"""
    words: str
    """The buyer's newest words, whole."""
    means: str | None
    attachments: tuple[Attachment, ...] = ()
    known: tuple[Row, ...] = ()
    """One line of what is true: order, parcel, stock."""
    may: str
    """One line of what may be done."""
    facts: tuple[Section, ...] = ()
    proof: tuple[str, ...] = ()
    draft: DraftCard | None = None
    no_draft: str | None = None
    problem: str | None = None
    state_line: Tag | None = None
    buttons: tuple[Button, ...] = ()
    thread: tuple[Line, ...] = ()
    """Filled for a console page; empty where the room has a thread of its own."""
    more: bool = False
    """The thread has older lines."""


class QueueCard(Frozen):
    rows: tuple[Summary, ...]
    counts: dict[str, int]
    only: str


class InfoCard(Frozen):
    """An order, a stock list, a buyer: the answer to a look-up."""

    title: str
    tags: tuple[Tag, ...] = ()
    sections: tuple[Section, ...] = ()
    note: str | None = None
    """The age of the data; what could not be looked up."""


class ReplyForm(Frozen):
    """The form in which a reply is edited or written."""

    conversation_id: ConversationId
    based_on: int | None
    seen_seq: int
    heading: str
    text: str
    agent_text: str | None
    language: str
    flags: tuple[Flag, ...] = ()
    checked: str
    max_chars: int
    may_override: bool


class Checked(Frozen):
    """What the review says of a text."""

    flags: tuple[Flag, ...]
    checked: str
    blocked: bool


class Alert(Frozen):
    """Something the team must know, outside any card."""

    title: str
    text: str
    conversation_id: ConversationId | None = None
    failed_id: str | None = None


class Answer(Frozen):
    """What a command says to the person who gave it: nothing, a sentence, cards, or a form."""

    text: str | None = None
    card: ConversationCard | QueueCard | InfoCard | Checked | None = None
    cards: tuple[InfoCard, ...] = ()
    """Several matches."""
    form: ReplyForm | None = None
    people: tuple[Actor, ...] = ()
