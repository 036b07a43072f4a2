"""What is said: by buyers, to buyers, and among the team."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field, field_validator

from assistant.model.effort import Making
from assistant.model.guidance import Finding
from assistant.model.ids import ConversationId, Frozen, MessageId, PersonId, ReplyKey
from assistant.model.orders import Amount, Currency
from assistant.model.people import Actor, Buyer
from assistant.words import Text

DraftState = Literal[
    "proposed", "approved", "sending", "sent", "discarded", "outdated", "unsure", "failed"
]
Trust = Literal["", "proven", "unproven", "forged"]
"""Whether a message is from the address that it bears; empty where the channel has no doubts."""
_GAP = re.compile(r"\{\{(\d{1,2})\}\}")
OPEN_STATES: frozenset[DraftState] = frozenset({"proposed", "approved", "sending", "unsure"})
"""A draft in one of these still wants something from somebody."""


class Attachment(Frozen):
    """A file by its content: `sha256` names it in the file store; the name is only for people."""

    name: str
    mime: str
    size: int | None = None
    sha256: str | None = None
    url: str | None = None
    """Where the channel says it is; never fetched without an allow-list."""
    trouble: Text | None = None
    """Why it could not be fetched."""


class Incoming(Frozen):
    """One thing a channel was told by a buyer, verified and parsed, not yet stored."""

    channel: str
    thread_key: str
    message_id: MessageId
    buyer: Buyer
    text: str
    kind: Literal["message", "edited", "deleted", "unknown", "ours", "erased"] = "message"
    """`ours`: one of the team answered the buyer elsewhere, in the platform's own inbox; `erased`:
    the platform asks that what is kept of the buyer be erased."""
    account: str = ""
    source: str = ""
    """The channel behind a relay: `mercadolibre` through the signed webhook."""
    platform: str = "own"
    subject: str | None = None
    sent_at: AwareDatetime | None = None
    received_at: AwareDatetime | None = None
    order_refs: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    window_until: AwareDatetime | None = None
    """Until when the channel lets us answer."""
    revision: str = ""
    """Which of several edits of one message this is."""
    follows: tuple[str, ...] = ()
    """Names of messages that this one belongs to, the most telling first, its own before them."""
    keys: tuple[str, ...] = ()
    """Names by which a later message may mean this one."""
    trust: Trust = ""
    automatic: bool = False
    """A machine wrote it (an absence note, say): shown, but nobody waits for an answer."""
    whole: str | None = None
    """All of it, where `text` leaves out what was quoted and signed."""

    @property
    def once(self) -> str:
        """The same key is the same event, however often and in whatever envelope it arrives."""
        key = f"{self.channel}:{self.account}:{self.thread_key}:{self.kind}:{self.message_id}"
        return f"{key}#{self.revision}" if self.revision else key


ReportKind = Literal["accepted", "delivered", "read", "delayed", "failed"]


class Report(Frozen):
    """What a channel says of a reply of ours, some time after it took it."""

    channel: str
    thread_key: str
    kind: ReportKind
    at: AwareDatetime
    account: str = ""
    external_id: str = ""
    """As its `Receipt` had it."""
    key: str = ""
    """The reply's own, where the channel tells it back."""
    up_to: AwareDatetime | None = None
    """It is about all that was sent until then; then it bears neither id nor key."""
    code: str = ""
    reason: str = ""
    """In the channel's own words."""
    follows: tuple[str, ...] = ()
    """As in `Incoming`."""

    @property
    def once(self) -> str:
        """The same key is the same report, however often it comes."""
        what = self.external_id or self.key
        if self.up_to is not None:
            what = f"{self.thread_key}@{self.up_to.timestamp()}"
        return f"{self.channel}:{self.account}:report:{what}:{self.kind}"


Arrival = Incoming | Report
"""What a channel has for us."""


class Message(Frozen):
    """One message of the exchange with the buyer, either way."""

    id: MessageId
    seq: int
    author: Literal["buyer", "agent"]
    text: str
    at: AwareDatetime
    name: str = ""
    sent_at: AwareDatetime | None = None
    subject: str | None = None
    language: str = "und"
    translation: str | None = None
    """What a reply means, in its author's language."""
    translations: dict[str, str] = Field(default_factory=dict)
    """What the buyer wrote, by the languages of the rooms that show it."""
    attachments: tuple[Attachment, ...] = ()
    earlier: tuple[str, ...] = ()
    """Former wordings, oldest first, where the buyer edited."""
    deleted: bool = False
    trust: Trust = ""
    automatic: bool = False
    whole: str | None = None
    """As it came, where `text` leaves out what was quoted and signed."""
    keys: tuple[str, ...] = ()
    """Its names in its channel."""
    undelivered: bool = False
    """Of ours: the channel took it, and said later that it never arrived."""

    def means(self, language: str) -> str | None:
        """What it says, for who reads *language*; None where that is not known."""
        return self.translations.get(language) or self.translation

    def erased(self) -> Message:
        """That there was one, and nothing of it."""
        return Message(
            id=self.id, seq=self.seq, author=self.author, text="", at=self.at, deleted=True
        )

    def amended(self, change: Incoming) -> Message:
        """As the buyer edited or deleted it; the former wording is kept."""
        if change.kind == "deleted":
            return self.model_copy(update={"deleted": True})
        if change.text == self.text:
            return self
        return self.model_copy(
            update={
                "text": change.text,
                "earlier": (*self.earlier, self.text),
                "translation": None,
                "translations": {},
            }
        )


class Note(Frozen):
    """Internal; no buyer ever sees it."""

    by: Actor
    text: str
    at: AwareDatetime


class Grant(Frozen):
    """What a reply gives away of its approver's budget of the week, noted in a ledger."""

    ledger: str
    who: PersonId
    id: str
    amount: Amount
    currency: Currency


class ApprovedText(Frozen):
    """A text that a channel approved beforehand, as operators wrote it into the settings."""

    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    language: str = Field(pattern=r"^[A-Za-z]{2,3}(_[A-Za-z]{2,4})?$")
    """As the channel writes it: `pt_BR`."""
    body: str = Field(min_length=1, max_length=1_024)
    """With its gaps, `{{1}}` first."""

    @field_validator("body")
    @classmethod
    def _no_gap_is_left_out(cls, body: str) -> str:
        gaps = {int(one) for one in _GAP.findall(body)}
        if gaps != set(range(1, len(gaps) + 1)):
            raise ValueError("its gaps are numbered without a break, {{1}} first")
        return body

    @property
    def gaps(self) -> int:
        """How many there are to fill."""
        return max((int(one) for one in _GAP.findall(self.body)), default=0)

    def filled(self, values: Sequence[str]) -> str:
        """What the buyer reads."""
        known = dict(enumerate(values, 1))
        return _GAP.sub(lambda gap: known.get(int(gap[1]), gap[0]), self.body)

    def values_in(self, text: str) -> tuple[str, ...] | None:
        """What fills the gaps of *text*, where it is this one, filled in; None where it isn't.

        A gap takes words of one line; one that is still open fills nothing.
        """
        found = _pattern_of(self.body).fullmatch(text.strip())
        if found is None or _GAP.search(text):
            return None
        values = tuple(found[f"gap{n}"].strip() for n in range(1, self.gaps + 1))
        return values if all(values) else None


@lru_cache(maxsize=200)
def _pattern_of(body: str) -> re.Pattern[str]:
    """*body* with anything in its gaps; the same gap twice is the same words."""
    pattern, seen = "", set()
    for place, part in enumerate(_GAP.split(body.strip())):
        if place % 2 == 0:
            pattern += re.escape(part)
        else:
            pattern += f"(?P=gap{part})" if part in seen else rf"(?P<gap{part}>[^\n\t]+?)"
            seen.add(part)
    return re.compile(pattern)


class Template(Frozen):
    """A text that a channel approved beforehand, with what fills its gaps."""

    name: str
    language: str
    """As the channel writes it: `pt_BR`."""
    values: tuple[str, ...] = ()


class Draft(Frozen):
    """A reply on its way to being sent. `version` counts within its conversation."""

    version: int
    text: str
    agent_text: str | None
    language: str
    drafter: Literal["offline", "model", "agent"]
    answers_seq: int
    """The last message that was known when it was written."""
    created_at: AwareDatetime
    author: Actor
    state: DraftState = "proposed"
    findings: tuple[Finding, ...] = ()
    playbook_version: str = ""
    """The rules that it was written and checked by."""
    phrases: tuple[str, ...] = ()
    """The keys of the language's phrases that it was worded with."""
    made: Making | None = None
    """How Parley wrote it; None where a person did."""
    grant: Grant | None = None
    """Of a reply that somebody approved and that gives away goodwill."""
    reason: Text | None = None
    """Why it is outdated, discarded, unsure, failed or waits."""
    approved_by: Actor | None = None
    approved_at: AwareDatetime | None = None
    override: str | None = None
    """A lead's reason for sending in spite of a block."""
    send_at: AwareDatetime | None = None
    attempts: int = 0
    sent_at: AwareDatetime | None = None
    external_id: str | None = None
    delivered_at: AwareDatetime | None = None
    read_at: AwareDatetime | None = None
    via: ConversationId | None = None
    """By which other conversation's channel it goes, as its approver saw it."""
    attachments: tuple[Attachment, ...] = ()
    template: Template | None = None

    @property
    def stands(self) -> bool:
        """Somebody stands for it: it was sent, may have been, or will be."""
        return self.state in ("approved", "sending", "sent", "unsure")

    def erased(self) -> Self:
        """Without its words; one that was on its way is not any more."""
        state = "discarded" if self.state in OPEN_STATES else self.state
        bare = {"text": "", "agent_text": None, "findings": (), "attachments": (), "override": None}
        return self.turned(state, **bare, grant=None, template=None)

    def turned(self, state: DraftState, **changes: Any) -> Self:
        """This draft in another state; its former reason no longer holds."""
        return self.model_copy(update={"state": state, "reason": None, **changes})

    @property
    def blocks(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "block")


class Reply(Frozen):
    """What goes out. The same `key` is the same reply."""

    key: ReplyKey
    text: str
    language: str
    name: str
    """The public name the buyer sees."""
    approved_by: str
    approved_at: AwareDatetime
    attachments: tuple[Attachment, ...] = ()
    in_reply_to: MessageId | None = None
    subject: str | None = None
    answers: tuple[str, ...] = ()
    """The names (`Incoming.keys`) of the message that it answers."""
    references: tuple[str, ...] = ()
    """Those of the thread's messages, the oldest first."""
    template: Template | None = None


class Receipt(Frozen):
    """A channel's word that it has a reply. Without one, nothing was sent as far as we know."""

    external_id: str | None = None
    keys: tuple[str, ...] = ()
    """Names by which an answer to it may mean it."""
