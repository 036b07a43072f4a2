"""Cards as data: what every room shows, already in its reader's language.

One pure renderer a platform. Words of ours are plain strings in the reader's language; words of
buyers and agents are their own and are always rendered as inert text.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from assistant.commands import Action, FormKind
from assistant.model import (
    Actor,
    Attachment,
    ConversationId,
    DraftState,
    Fix,
    Frozen,
    Severity,
    Spot,
    ThreadId,
)
from assistant.words import Text, say

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
    form: FormKind | None = None
    key: str | None = None
    menu: Literal["regenerate", "more"] | None = None
    """Stands in that menu, where a room has menus."""


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
    fix: Fix | None = None

    @property
    def edit(self) -> Fix | None:
        """What one press does about it."""
        if self.fix is not None or self.better is None or self.end <= self.start:
            return self.fix
        return Fix(start=self.start, end=self.end, text=self.better)

    @property
    def press(self) -> Text:
        """What that press is called."""
        if not self.better:
            return say("Remove it")
        return say("Add it") if self.fix is not None else say("Take this wording")


class TranslatedLine(Frozen):
    """A sentence as it was typed, as the buyer would read it, and that translated back."""

    typed: str
    wording: str
    back: str | None = None
    wrong: tuple[str, ...] = ()


class Translation(Frozen):
    """Words somebody typed in their own language, as the buyer would read them."""

    wording: str
    """Exactly what would be sent."""
    language: str
    name: str
    """Of the language, for the reader: `German`."""
    lines: tuple[TranslatedLine, ...]
    note: str = ""
    """Where it could not be translated back, why."""


class Choice(Frozen):
    value: str
    label: str


class FormField(Frozen):
    """An open field of a form. `name` is the command's field that it fills."""

    name: Literal[
        "text",
        "reason",
        "to",
        "until",
        "until_at",
        "override",
        "manner",
        "instruction",
        "room",
        "conversation_id",
        "question",
        "amount",
        "code",
        "name",
        "line1",
        "line2",
        "postcode",
        "city",
        "region",
        "country",
        "phone",
    ]
    kind: Literal["words", "line", "person", "choice", "moment"]
    """Several lines, one line, somebody of the team, one of `choices`, a day and time."""
    label: str
    value: str = ""
    hint: str = ""
    required: bool = True
    max_chars: int = 3_000
    choices: tuple[Choice, ...] = ()


class Form(Frozen):
    """A command with open fields; `surface.forms.filled` fills them in."""

    kind: FormKind
    title: str
    """At most 24 characters where the language allows it."""
    command: Action
    fields: tuple[FormField, ...]
    submit: str
    heading: str = ""
    beside: tuple[Row, ...] = ()
    """What helps to fill it in: the buyer's words, what the draft means."""
    flags: tuple[Flag, ...] = ()
    """What the review says of the field `text`."""
    checked: str | None = None
    blocked: bool = False
    may_check: bool = False
    """The field `text` can be checked before it is sent."""


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
    threads: dict[str, ThreadId] = Field(default_factory=dict)
    """Where it is, by room."""


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
    unread: str | None = None
    """Why `means` is missing, or not all of it."""
    attachments: tuple[Attachment, ...] = ()
    known: tuple[Row, ...] = ()
    """One line of what is true: order, parcel, stock."""
    may: str
    """One line of what may be done."""
    mind: str = ""
    """One line of what must be kept in mind: what to say, what never, the nearest time limit."""
    facts: tuple[Section, ...] = ()
    proof: tuple[str, ...] = ()
    draft: DraftCard | None = None
    no_draft: str | None = None
    problem: str | None = None
    state_line: Tag | None = None
    notices: tuple[str, ...] = ()
    """What nobody may overlook: words offered and not sent, a card that may be a second one."""
    first_words: str | None = None
    """How it began, where `words` are newer."""
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
    masked: str = ""
    """One line that others may read: no name, no address."""
    buttons: tuple[Button, ...] = ()


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
    answer: str = ""
    """The team's answer it begins with."""
    overridable: bool = False
    """Something blocks, and a lead's reason is enough to send it all the same."""


class Checked(Frozen):
    """What the review says of a text."""

    flags: tuple[Flag, ...]
    checked: str
    blocked: bool
    overridable: bool = False
    """It is blocked, and a lead's reason is enough to send it all the same."""
    foreign: bool = False
    """The text is in a language that the buyer did not write in."""
    translation: Translation | None = None
    """What would be sent instead; then the rest is about that."""
    untranslated: str | None = None
    """Why there is no translation."""


class Alert(Frozen):
    """Something the team must know, outside any card."""

    title: str
    text: str
    conversation_id: ConversationId | None = None
    failed_id: str | None = None


class OfferCard(Frozen):
    """Words of a thread, to be sent or not: shown to their author alone."""

    id: str
    conversation_id: ConversationId
    title: str
    """`Send to Lena as reply?`"""
    text: str
    means: str | None = None
    lines: tuple[TranslatedLine, ...] = ()
    """Sentence by sentence, where it was typed in another language."""
    attachments: tuple[Attachment, ...] = ()
    flags: tuple[Flag, ...] = ()
    checked: str
    notes: tuple[str, ...] = ()
    """What else its author should know: a language that differs, attachments that can't go."""
    buttons: tuple[Button, ...] = ()


class HomeGroup(Frozen):
    title: str
    rows: tuple[Summary, ...] = ()
    count: int
    """All there are; `rows` are the first of them."""
    empty: str = ""


class HomeCard(Frozen):
    """A person's own page."""

    title: str
    groups: tuple[HomeGroup, ...]
    tips: tuple[str, ...] = ()


class Answer(Frozen):
    """What a command says to the person who gave it: nothing, a sentence, cards, or a form."""

    text: str | None = None
    card: ConversationCard | QueueCard | InfoCard | OfferCard | HomeCard | Checked | None = None
    cards: tuple[InfoCard, ...] = ()
    """Several matches."""
    form: ReplyForm | None = None
    opened: Form | None = None
    offer: str | None = None
    """Words that are now offered to whoever typed them."""
    unmark: Spot | None = None
    """Words that wait for nobody any more."""
    people: tuple[Actor, ...] = ()
