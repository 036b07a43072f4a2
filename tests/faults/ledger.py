"""The ledgers of a run, and what must hold between them.

They are kept outside the product, by those to whom things happened: the sender of messages (what
was acknowledged), the provider of each channel (what it took), and a reader of the console. What
the product keeps about itself is only one more witness.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from assistant.commands import ReceiveMessage, Work, subject
from assistant.model import (
    Conversation,
    ConversationId,
    Draft,
    Entry,
    Message,
    ReplyKey,
    reply_key,
)
from assistant.ports import Failed

UNKNOWN_SHOWN_S = 60.0
"""So soon must a person see that nobody knows whether a reply arrived."""


class Acknowledged(NamedTuple):
    """One message that the endpoint answered 2xx, and when, by the sender's clock."""

    id: str
    conversation: ConversationId
    sent_s: float
    """When it was first handed to the endpoint, answered or not."""
    answered_s: float


class Acceptance(NamedTuple):
    """One reply that a provider took: from then on the buyer has it."""

    channel: str
    key: ReplyKey
    text: str
    approved_by: str


class Shown(NamedTuple):
    """One conversation as the console shows it."""

    messages: Sequence[str]
    """The buyer's, by id, in the order in which they stand there."""
    version: int | None
    """Of the draft on the card."""
    state: str | None
    in_queue: bool


class Violation(NamedTuple):
    invariant: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what}"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What one run left behind, once nothing is under way any more."""

    acknowledged: Sequence[Acknowledged]
    """A"""
    offered: Set[str] = frozenset()
    """Handed to the endpoint and not acknowledged, by id: it may have been stored all the same."""
    conversations: Mapping[ConversationId, Conversation]
    """S, with the logs and the pending work."""
    logs: Mapping[ConversationId, Sequence[Entry]]
    shown: Mapping[ConversationId, Shown]
    """V"""
    pending: Sequence[Work] = ()
    """Q: in the streams and due later."""
    dead: Sequence[Failed] = ()
    """D"""
    replayed: Set[str] = frozenset()
    """Dead letters that somebody tried again: they stand where they came the second time."""
    suppressed: Mapping[str, str] = field(default_factory=dict)
    """X: id → why."""
    acceptances: Sequence[Acceptance] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    idempotent: Set[str] = frozenset()
    """Channels that know a key again: with them nothing has to stay unknown."""
    team: Set[str] = frozenset()
    """Names of those who may approve."""


def violations(evidence: Evidence) -> list[Violation]:
    """Everything that must not be; empty is good."""
    return [violation for check in CHECKS for violation in check(evidence)]


# ── I1: nothing acknowledged is lost, at any instant ─────────────────────────


def kept(evidence: Evidence) -> Iterator[Violation]:
    """I1: A ⊆ S. Holds at every instant, so it is checked while things happen, too."""
    stored = stored_ids(evidence)
    for one in evidence.acknowledged:
        if one.id not in stored:
            yield Violation("I1", f"{one.id} was acknowledged and is nowhere in the store")


def stored_ids(evidence: Evidence) -> set[str]:
    """Ids of all buyers' messages in S: bodies, logs, work, dead letters."""
    lines = (entry.message for log in evidence.logs.values() for entry in log)
    bodies = (
        one for conversation in evidence.conversations.values() for one in _heard(conversation)
    )
    return {
        *(message.id for message in lines if message and message.author == "buyer"),
        *(message.id for message in bodies),
        *_messages_in(evidence.pending),
        *_messages_in(one.command for one in evidence.dead),
    }


def _messages_in(commands: Iterator[Work] | Sequence[Work]) -> Iterator[str]:
    for command in commands:
        if isinstance(command, ReceiveMessage):
            yield command.incoming.message_id


def _heard(conversation: Conversation) -> list[Message]:
    return [message for message in conversation.messages if message.author == "buyer"]


# ── I2, I3, I7: where each one is ────────────────────────────────────────────


def _accounted(evidence: Evidence) -> Iterator[Violation]:
    """I2: A = V ⊎ D ⊎ X, each message in one of them only, and Q = ∅."""
    visible = {id for shown in evidence.shown.values() for id in shown.messages}
    dead = set(_messages_in([one.command for one in evidence.dead]))
    for one in evidence.acknowledged:
        places = [
            name
            for name, ids in (("V", visible), ("D", dead), ("X", evidence.suppressed))
            if one.id in ids
        ]
        if not places:
            yield Violation("I2", f"{one.id} was acknowledged and nobody can see it")
        elif len(places) > 1:
            yield Violation("I2", f"{one.id} is in {' and '.join(places)}")
    for id in sorted(visible - {one.id for one in evidence.acknowledged} - evidence.offered):
        yield Violation("I2", f"{id} is visible, and no buyer wrote it")
    for command in evidence.pending:
        yield Violation("I2", f"still to do: {command.kind} of {subject(command)}")
    for id, why in evidence.suppressed.items():
        if not why:
            yield Violation("I2", f"{id} was suppressed without a reason")


def _once_each(evidence: Evidence) -> Iterator[Violation]:
    """I3: each message stands once in one conversation, in the console and in the body."""
    places = Counter(id for shown in evidence.shown.values() for id in shown.messages)
    for id, n in places.items():
        if n > 1:
            yield Violation("I3", f"{id} is visible {n} times")
    for conversation in evidence.conversations.values():
        for id, n in Counter(message.id for message in conversation.messages).items():
            if n > 1:
                yield Violation("I3", f"{id} is {n} times in {conversation.id}")
    for about, shown in evidence.shown.items():
        if not shown.in_queue:
            yield Violation("I3", f"{about} is not in the queue")


def _counted(evidence: Evidence) -> Iterator[Violation]:
    """I7: accepted = visible + dead + suppressed, as the product's own counters say."""
    if not evidence.figures:
        return
    figures = evidence.figures
    accepted, visible = figures.get("accepted", 0), figures.get("visible", 0)
    dead = len(list(_messages_in([one.command for one in evidence.dead])))
    suppressed = figures.get("suppressed", 0)
    if accepted != visible + dead + suppressed:
        told = f"{accepted:g} ≠ {visible:g} visible + {dead} dead + {suppressed:g} suppressed"
        yield Violation("I7", f"accepted {told}")
    unique = len({one.id for one in evidence.acknowledged})
    if not unique <= accepted <= unique + len(evidence.offered):
        yield Violation("I7", f"{accepted:g} counted as accepted, {unique} acknowledged")
    unsure = sum(
        draft.state == "unsure" for one in evidence.conversations.values() for draft in one.drafts
    )
    if figures.get("unsure", 0) != unsure:
        yield Violation("I7", f"{figures.get('unsure', 0):g} counted as unsure, there are {unsure}")


# ── I4, I6: replies ──────────────────────────────────────────────────────────


class _Sendable(NamedTuple):
    conversation: Conversation
    draft: Draft


def _replies(evidence: Evidence) -> Iterator[Violation]:
    """I4: at most one acceptance a version, and a state that tells the truth about it."""
    known = _sendable(evidence)
    taken = Counter(one.key for one in evidence.acceptances)
    for key in taken:
        if key not in known:
            yield Violation("I4", f"a provider took {key}, which is no version of anything")
    for key, (conversation, draft) in known.items():
        name = f"version {draft.version} of {conversation.id}"
        if taken[key] > 1:
            yield Violation("I4", f"{name} was taken {taken[key]} times")
        yield from _truthful(name, conversation, draft, taken[key], evidence)


def _truthful(
    name: str, conversation: Conversation, draft: Draft, taken: int, evidence: Evidence
) -> Iterator[Violation]:
    match draft.state:
        case "sent" if not taken:
            yield Violation("I4", f"{name} says sent, and no provider has it")
        case "proposed" | "discarded" | "outdated" | "failed" if taken:
            yield Violation("I4", f"{name} says {draft.state}, and a provider has it")
        case "unsure":
            yield from _asked(name, conversation, draft, evidence)
        case "approved" | "sending":
            yield Violation("I4", f"{name} is still {draft.state}: nobody will ever know")


def _asked(
    name: str, conversation: Conversation, draft: Draft, evidence: Evidence
) -> Iterator[Violation]:
    """What is unknown is asked of a person, soon, and only where nobody else can tell."""
    if conversation.channel in evidence.idempotent:
        yield Violation("I4", f"{name} is unsure, though {conversation.channel} knows keys again")
    shown = evidence.shown.get(conversation.id)
    if shown is None or (shown.version, shown.state) != (draft.version, "unsure"):
        yield Violation("I4", f"{name} is unsure, and the console doesn't say so")
    lines = [one for one in evidence.logs[conversation.id] if _of(one, draft.version)]
    claimed = [one.at for one in lines if one.kind == "sending"]
    doubted = [one.at for one in lines if one.kind == "unsure"]
    if not claimed or not doubted:
        yield Violation("I4", f"{name} is unsure without a line of the log that says since when")
    elif (doubted[-1] - claimed[-1]).total_seconds() > UNKNOWN_SHOWN_S:
        yield Violation("I4", f"{name} was unknown for over {UNKNOWN_SHOWN_S:g} s before it showed")


def _approved_revisions(evidence: Evidence) -> Iterator[Violation]:
    """I6: byte for byte the text somebody of the team approved, under their name."""
    known = _sendable(evidence)
    for one in evidence.acceptances:
        if one.key not in known:
            continue
        conversation, draft = known[one.key]
        lines = evidence.logs.get(conversation.id, ())
        approvals = [e for e in lines if e.kind == "approved" and _of(e, draft.version)]
        name = f"version {draft.version} of {conversation.id}"
        if not approvals:
            yield Violation("I6", f"{name} went out and nobody approved it")
            continue
        approved = approvals[-1]
        if approved.draft is None or one.text.encode() != approved.draft.text.encode():
            yield Violation("I6", f"{name} went out with another text than was approved")
        if one.approved_by != approved.by.name or approved.by.name not in evidence.team:
            yield Violation("I6", f"{name} went out under the name of {one.approved_by}")


def _sendable(evidence: Evidence) -> dict[ReplyKey, _Sendable]:
    """Every version there ever was, by the key it goes out under, as the body has it now."""
    return {
        reply_key(conversation.id, draft.version): _Sendable(conversation, draft)
        for conversation in evidence.conversations.values()
        for draft in _newest_drafts(evidence.logs.get(conversation.id, ()), conversation)
    }


def _newest_drafts(log: Sequence[Entry], conversation: Conversation) -> list[Draft]:
    """Of each version its last state: the body's; where the body forgot it, the log's."""
    drafts = {entry.draft.version: entry.draft for entry in log if entry.draft}
    return list({**drafts, **{one.version: one for one in conversation.drafts}}.values())


def _of(entry: Entry, version: int) -> bool:
    return entry.draft is not None and entry.draft.version == version


# ── I5: order ────────────────────────────────────────────────────────────────


def _in_order(evidence: Evidence) -> Iterator[Violation]:
    """I5: what was acknowledged before another one was handed over stands before it."""
    by_id = {one.id: one for one in evidence.acknowledged}
    for about, shown in evidence.shown.items():
        told = [by_id[id] for id in shown.messages if id in by_id and id not in evidence.replayed]
        for first, second in pairwise(told):
            if second.answered_s < first.sent_s:
                yield Violation("I5", f"{second.id} stands after {first.id} in {about}")
        strangers = [one.id for one in told if one.conversation != about]
        for id in strangers:
            yield Violation("I5", f"{id} stands in {about}, where it does not belong")


# ── I8: the log ──────────────────────────────────────────────────────────────

FOLLOWS: Mapping[str, Set[str]] = {
    "": {"draft"},
    "draft": {"approved", "discarded", "outdated"},
    "approved": {"sending", "undone", "outdated"},
    "undone": {"approved", "discarded", "outdated"},
    "sending": {"sending", "sent", "unsure", "failed", "postponed"},
    "postponed": {"sending", "undone", "outdated"},
    "unsure": {"sent", "undone"},
    "sent": set(),
    "discarded": set(),
    "outdated": set(),
    "failed": set(),
}
"""What may come after what in the life of one version."""


def _without_gap(evidence: Evidence) -> Iterator[Violation]:
    """I8: the log alone gives the same messages and drafts, by steps that may follow each other."""
    for conversation in evidence.conversations.values():
        log = evidence.logs.get(conversation.id, ())
        yield from _replayed_messages(conversation, log)
        yield from _replayed_drafts(conversation, log)
        yield from _lives(conversation, log)


def _replayed_messages(conversation: Conversation, log: Sequence[Entry]) -> Iterator[Violation]:
    told = [entry.message for entry in log if entry.message]
    if [message.seq for message in told] != list(range(1, conversation.last_seq + 1)):
        seqs = [message.seq for message in told]
        yield Violation("I8", f"the log of {conversation.id} has the messages {seqs}")
    by_seq = {message.seq: message for message in told}
    for message in conversation.messages:
        line = by_seq.get(message.seq)
        if line is None or (line.id, line.text) != (message.id, message.text):
            yield Violation("I8", f"the log of {conversation.id} lacks message {message.seq}")


def _replayed_drafts(conversation: Conversation, log: Sequence[Entry]) -> Iterator[Violation]:
    told = {entry.draft.version: entry.draft for entry in log if entry.draft}
    for draft in conversation.drafts:
        if told.get(draft.version) != draft:
            name = f"version {draft.version} of {conversation.id}"
            yield Violation("I8", f"{name} is {draft.state} without a line of the log")


def _lives(conversation: Conversation, log: Sequence[Entry]) -> Iterator[Violation]:
    for version in {entry.draft.version for entry in log if entry.draft}:
        before = ""
        for entry in log:
            if not _of(entry, version):
                continue
            if entry.kind not in FOLLOWS[before]:
                step = f"{entry.kind} after {before or 'nothing'}"
                yield Violation("I8", f"version {version} of {conversation.id}: {step}")
            before = entry.kind


CHECKS: Sequence[Callable[[Evidence], Iterator[Violation]]] = (
    kept,
    _accounted,
    _once_each,
    _replies,
    _in_order,
    _approved_revisions,
    _counted,
    _without_gap,
)
