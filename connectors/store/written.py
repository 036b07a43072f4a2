"""What a commit writes beside the body: indexes and counters, computed from the aggregate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from assistant.commands import Work
from assistant.model import Conversation, Entry, EntryKind
from assistant.ports import Later
from connectors.store import keys

OUTCOMES: Mapping[EntryKind, str] = {
    "draft": "proposed",
    "approved": "approved",
    "undone": "undone",
    "discarded": "discarded",
    "outdated": "outdated",
    "sent": "sent",
    "unsure": "unsure",
    "failed": "failed",
}
"""Log lines that say what became of a draft."""
HEARD: frozenset[EntryKind] = frozenset({"message", "edited", "deleted"})
"""Log lines that say that a buyer told us something."""
TAUGHT = "taught"
"""The index of those that tell what became of a draft, by when the last of it happened."""
UNKNOWN = -1


class Heard(NamedTuple):
    """How much the buyer told us in this change, and how much of all that no room shows yet."""

    now: int
    unseen: int
    """UNKNOWN where the kept messages don't reach back to what is shown."""


def ms(at: datetime) -> int:
    """Milliseconds since 1970."""
    return int(at.timestamp() * 1000)


def indexes(conversation: Conversation) -> dict[str, int]:
    """Index → score in ms."""
    newest = max((one.at for one in conversation.uses), default=None)
    taught = {} if newest is None else {TAUGHT: ms(newest)}
    return {**_standing(conversation), **taught}


def _standing(conversation: Conversation) -> dict[str, int]:
    """Where the team finds it; what is snoozed waits in none."""
    if conversation.state == "closed":
        return {"closed": ms(_closed_at(conversation))}
    if conversation.state != "open":
        return {}
    active, since = ms(_active_at(conversation)), conversation.waiting_since
    owner = conversation.owner()
    found = {"open": active, f"assigned:{owner}" if owner else "unassigned": active}
    if since is not None:
        found["waiting"] = ms(since)
    if conversation.due_at is not None:
        found["due"] = ms(conversation.due_at)
    if conversation.escalation is not None:
        found["escalated"] = ms(since or conversation.escalation.at)
    if since is not None and _angry(conversation):
        found["angry"] = ms(since)
    return found


def counters(entries: Sequence[Entry]) -> Counter[str]:
    """`sent`, and `drafts.<drafter>.<outcome>`."""
    counted: Counter[str] = Counter()
    for entry in entries:
        outcome = OUTCOMES.get(entry.kind)
        if outcome is not None and entry.draft is not None:
            counted[f"drafts.{entry.draft.drafter}.{outcome}"] += 1
        if entry.kind == "sent":
            counted["sent"] += 1
    return counted


def heard(conversation: Conversation) -> Heard:
    """An edit counts as seen with the first commit after its own in which nothing is unseen."""
    kinds = Counter(entry.kind for entry in conversation.unlogged)
    now = sum(kinds[kind] for kind in HEARD)
    messages, shown = conversation.messages, conversation.shown_seq
    if messages and messages[0].seq > shown + 1:
        return Heard(now, UNKNOWN)
    unseen = sum(message.author == "buyer" and message.seq > shown for message in messages)
    return Heard(now, unseen + now - kinds["message"])


def unsure(conversation: Conversation) -> int:
    """How many replies of this conversation wait for a person to look."""
    return sum(draft.state == "unsure" for draft in conversation.drafts)


def found_by(conversation: Conversation) -> list[str]:
    """Keys of other slots by which the conversation is found: buyer, mailbox, orders, threads."""
    buyer = conversation.buyer
    names = [keys.of_buyer(buyer.id)]
    if buyer.email:
        names.append(keys.of_mailbox(buyer.email))
    names.extend(keys.of_order(ref) for ref in conversation.order_refs)
    names.extend(keys.of_thread(thread) for thread in conversation.threads.values())
    return names


def listed(items: Sequence[str | int]) -> list[str | int]:
    """A list as the scripts read it: its length, then its items."""
    return [len(items), *items]


def work(then: Sequence[Work | Later]) -> tuple[list[str | int], list[str | int]]:
    """What follows now (lane, command) and later (lane, due ms, command)."""
    now: list[str | int] = []
    later: list[str | int] = []
    for one in then:
        if isinstance(one, Later):
            later += [one.command.lane, ms(one.due), one.command.model_dump_json()]
        else:
            now += [one.lane, one.model_dump_json()]
    return now, later


def _active_at(conversation: Conversation) -> datetime:
    lasts = (conversation.messages[-1:], conversation.notes[-1:])
    return max([conversation.opened_at, *(one.at for last in lasts for one in last)])


def _closed_at(conversation: Conversation) -> datetime:
    outcomes = conversation.outcomes
    return outcomes[-1].at if outcomes else _active_at(conversation)


def _angry(conversation: Conversation) -> bool:
    understanding = conversation.understanding
    if understanding is None:
        return False
    return understanding.emotion.kind == "anger" and understanding.emotion.strong
