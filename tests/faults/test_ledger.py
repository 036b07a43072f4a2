"""The checker itself: a true history passes, and every planted lie is found by its name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assistant.commands import ReceiveMessage, ShowConversation
from assistant.model import (
    PARLEY,
    Actor,
    Buyer,
    BuyerId,
    Conversation,
    ConversationId,
    Draft,
    Entry,
    Incoming,
    MessageId,
    PersonId,
    Receipt,
    StorefrontId,
    reply_key,
)
from assistant.ports import Failed
from assistant.words import say
from tests.faults.ledger import Acceptance, Acknowledged, Evidence, Shown, violations

OLGA = Actor(id=PersonId("console:olga"), name="Olga")
START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def incoming(id: str, thread: str, channel: str = "webhook") -> Incoming:
    return Incoming(
        channel=channel,
        thread_key=thread,
        message_id=MessageId(id),
        buyer=Buyer(id=BuyerId(f"{channel}:{thread}"), name="Tom"),
        text=f"Where is it? {id}",
        received_at=START,
    )


def heard(*ids: str, thread: str = "t1", channel: str = "webhook") -> Conversation:
    """A conversation with these messages, and a draft for the last of them."""
    first = incoming(ids[0], thread, channel)
    conversation = Conversation.begun(first, StorefrontId("default"), None)
    for id in ids:
        conversation = conversation.received(incoming(id, thread, channel), START)
    draft = Draft(
        version=1,
        text="Hello Tom, it is on its way.",
        agent_text=None,
        language="en",
        drafter="offline",
        answers_seq=conversation.last_seq,
        created_at=START,
        author=PARLEY,
    )
    return conversation.drafted(draft)


def claimed(conversation: Conversation) -> Conversation:
    approved = conversation.approved(1, OLGA, START, START)
    return approved.claimed(1, START + timedelta(seconds=1))


def shown(conversation: Conversation) -> Shown:
    draft = conversation.drafts[-1]
    ids = [str(one.id) for one in conversation.messages if one.author == "buyer"]
    return Shown(ids, draft.version, draft.state, in_queue=True)


def acceptance(
    conversation: Conversation, text: str = "Hello Tom, it is on its way."
) -> Acceptance:
    key = reply_key(conversation.id, 1)
    return Acceptance(conversation.channel, key, text, approved_by="Olga")


def evidence(*conversations: Conversation, acceptances: tuple[Acceptance, ...]) -> Evidence:
    acknowledged = [
        Acknowledged(str(message.id), one.id, sent_s=float(n), answered_s=n + 0.5)
        for one in conversations
        for n, message in enumerate(one.messages)
        if message.author == "buyer"
    ]
    unsure = sum(draft.state == "unsure" for one in conversations for draft in one.drafts)
    return Evidence(
        acknowledged=acknowledged,
        conversations={one.id: one for one in conversations},
        logs={one.id: one.unlogged for one in conversations},
        shown={one.id: shown(one) for one in conversations},
        acceptances=acceptances,
        figures={
            "accepted": len(acknowledged),
            "visible": len(acknowledged),
            "suppressed": 0,
            "unsure": unsure,
        },
        idempotent={"webhook"},
        team={"Olga"},
    )


def true_history() -> Evidence:
    """One answered, one that waits for its approval, one that nobody can tell of."""
    answered = claimed(heard("a1", "a2", thread="a")).sent(1, Receipt(), START)
    waiting = heard("b1", thread="b")
    doubtful = claimed(heard("c1", thread="c", channel="courier"))
    doubtful = doubtful.doubtful(1, say("No answer."), START + timedelta(seconds=40))
    return evidence(
        answered, waiting, doubtful, acceptances=(acceptance(answered), acceptance(doubtful))
    )


A, B, C = (ConversationId(name) for name in ("webhook:a", "webhook:b", "courier:c"))


def test_a_true_history_has_nothing_to_object_to() -> None:
    assert violations(true_history()) == []


# ── planted lies ─────────────────────────────────────────────────────────────


def _change(e: Evidence, about: ConversationId, one: Conversation) -> Evidence:
    """Another conversation, its log and its place in the console changed along with it."""
    return dataclasses.replace(
        e,
        conversations={**e.conversations, about: one},
        logs={**e.logs, about: one.unlogged},
        shown={**e.shown, about: shown(one)},
    )


def _show(e: Evidence, about: ConversationId, **changes: Any) -> Evidence:
    return dataclasses.replace(e, shown={**e.shown, about: e.shown[about]._replace(**changes)})


def _relog(e: Evidence, about: ConversationId, log: list[Entry]) -> Evidence:
    return dataclasses.replace(e, logs={**e.logs, about: log})


def lost(e: Evidence) -> Evidence:
    more = Acknowledged("z1", A, 9.0, 9.5)
    return dataclasses.replace(e, acknowledged=[*e.acknowledged, more])


def stored_but_never_seen(e: Evidence) -> Evidence:
    return _show(e, A, messages=["a1"])


def still_to_do(e: Evidence) -> Evidence:
    return dataclasses.replace(e, pending=[ShowConversation(conversation_id=A)])


def dead_and_visible_at_once(e: Evidence) -> Evidence:
    command = ReceiveMessage(incoming=incoming("a1", "a"))
    failed = Failed(id="0.1-0", command=command, cause="?", tries=7, at=START)
    return dataclasses.replace(e, dead=[failed])


def suppressed_without_a_reason(e: Evidence) -> Evidence:
    return dataclasses.replace(_show(e, A, messages=["a1"]), suppressed={"a2": ""})


def nobody_wrote_it(e: Evidence) -> Evidence:
    return _show(e, B, messages=["b1", "b2"])


def shown_twice(e: Evidence) -> Evidence:
    return _show(e, A, messages=["a1", "a2", "a2"])


def kept_twice(e: Evidence) -> Evidence:
    conversation = e.conversations[A]
    again = conversation.received(incoming("a1", "a"), START)
    return dataclasses.replace(_change(e, A, again), shown=e.shown)


def missing_in_the_queue(e: Evidence) -> Evidence:
    return _show(e, B, in_queue=False)


def reordered(e: Evidence) -> Evidence:
    return _show(e, A, messages=["a2", "a1"])


def in_the_wrong_conversation(e: Evidence) -> Evidence:
    return _show(_show(e, A, messages=["a1"]), B, messages=["b1", "a2"])


def sent_twice(e: Evidence) -> Evidence:
    return dataclasses.replace(e, acceptances=[*e.acceptances, e.acceptances[1]])


def sent_by_nobody(e: Evidence) -> Evidence:
    return dataclasses.replace(e, acceptances=e.acceptances[1:])


def taken_though_proposed(e: Evidence) -> Evidence:
    return dataclasses.replace(e, acceptances=[*e.acceptances, acceptance(e.conversations[B])])


def taken_though_outdated(e: Evidence) -> Evidence:
    waiting = e.conversations[B].approved(1, OLGA, START, START)
    overtaken = waiting.received(incoming("b2", "b"), START)
    acknowledged = [*e.acknowledged, Acknowledged("b2", B, 9.0, 9.5)]
    figures = {**e.figures, "accepted": 5.0, "visible": 5.0}
    outdated = dataclasses.replace(
        _change(e, B, overtaken), acknowledged=acknowledged, figures=figures
    )
    assert violations(outdated) == []
    return dataclasses.replace(outdated, acceptances=[*e.acceptances, acceptance(overtaken)])


def of_no_version(e: Evidence) -> Evidence:
    stranger = e.acceptances[0]._replace(key=reply_key(A, 7))
    return dataclasses.replace(e, acceptances=[*e.acceptances, stranger])


def left_in_sending(e: Evidence) -> Evidence:
    return _change(e, B, claimed(e.conversations[B]))


def unknown_kept_quiet(e: Evidence) -> Evidence:
    return _show(e, C, version=None, state=None)


def unknown_for_long(e: Evidence) -> Evidence:
    late = claimed(heard("c1", thread="c", channel="courier"))
    return _change(e, C, late.doubtful(1, say("No answer."), START + timedelta(seconds=90)))


def unknown_where_it_could_be_known(e: Evidence) -> Evidence:
    return dataclasses.replace(e, idempotent={"webhook", "courier"})


def unsure_not_counted(e: Evidence) -> Evidence:
    return dataclasses.replace(e, figures={**e.figures, "unsure": 0.0})


def another_text(e: Evidence) -> Evidence:
    changed = e.acceptances[0]._replace(text="Hello Tom, it is on its way!")
    return dataclasses.replace(e, acceptances=[changed, *e.acceptances[1:]])


def another_name(e: Evidence) -> Evidence:
    changed = e.acceptances[0]._replace(approved_by="Mallory")
    return dataclasses.replace(e, acceptances=[changed, *e.acceptances[1:]])


def approved_by_a_stranger(e: Evidence) -> Evidence:
    return dataclasses.replace(e, team={"Maria"})


def nobody_approved(e: Evidence) -> Evidence:
    return _relog(e, A, [one for one in e.logs[A] if one.kind != "approved"])


def miscounted(e: Evidence) -> Evidence:
    return dataclasses.replace(e, figures={**e.figures, "visible": 3.0})


def a_gap_in_the_log(e: Evidence) -> Evidence:
    return _relog(e, A, [one for one in e.logs[A] if one.kind != "sending"])


def a_message_not_in_the_log(e: Evidence) -> Evidence:
    return _relog(e, B, [one for one in e.logs[B] if one.kind != "message"])


def a_state_not_in_the_log(e: Evidence) -> Evidence:
    return _relog(e, C, [one for one in e.logs[C] if one.kind != "unsure"])


def approved_twice(e: Evidence) -> Evidence:
    approval = next(one for one in e.logs[A] if one.kind == "approved")
    at = e.logs[A].index(approval)
    return _relog(e, A, [*e.logs[A][:at], approval, *e.logs[A][at:]])


LIES: list[tuple[Callable[[Evidence], Evidence], str, str]] = [
    (lost, "I1", "z1 was acknowledged and is nowhere"),
    (stored_but_never_seen, "I2", "a2 was acknowledged and nobody can see it"),
    (still_to_do, "I2", "still to do: show_conversation"),
    (dead_and_visible_at_once, "I2", "a1 is in V and D"),
    (suppressed_without_a_reason, "I2", "a2 was suppressed without a reason"),
    (nobody_wrote_it, "I2", "b2 is visible, and no buyer wrote it"),
    (shown_twice, "I3", "a2 is visible 2 times"),
    (kept_twice, "I3", "a1 is 2 times in webhook:a"),
    (missing_in_the_queue, "I3", "webhook:b is not in the queue"),
    (reordered, "I5", "a1 stands after a2"),
    (in_the_wrong_conversation, "I5", "a2 stands in webhook:b"),
    (sent_twice, "I4", "courier:c was taken 2 times"),
    (sent_by_nobody, "I4", "says sent, and no provider has it"),
    (taken_though_proposed, "I4", "says proposed, and a provider has it"),
    (taken_though_outdated, "I4", "says outdated, and a provider has it"),
    (of_no_version, "I4", "no version of anything"),
    (left_in_sending, "I4", "is still sending"),
    (unknown_kept_quiet, "I4", "the console doesn't say so"),
    (unknown_for_long, "I4", "unknown for over 60 s"),
    (unknown_where_it_could_be_known, "I4", "though courier knows keys again"),
    (unsure_not_counted, "I7", "0 counted as unsure, there are 1"),
    (another_text, "I6", "another text than was approved"),
    (another_name, "I6", "under the name of Mallory"),
    (approved_by_a_stranger, "I6", "under the name of Olga"),
    (nobody_approved, "I6", "nobody approved it"),
    (miscounted, "I7", "accepted 4 ≠ 3 visible"),
    (a_gap_in_the_log, "I8", "sent after approved"),
    (a_message_not_in_the_log, "I8", "has the messages []"),
    (a_state_not_in_the_log, "I8", "is unsure without a line of the log"),
    (approved_twice, "I8", "approved after approved"),
]


@pytest.mark.parametrize(
    ("lie", "invariant", "what"), LIES, ids=[lie.__name__ for lie, _, _ in LIES]
)
def test_a_planted_lie_is_found(
    lie: Callable[[Evidence], Evidence], invariant: str, what: str
) -> None:
    found = violations(lie(true_history()))

    assert any(one.invariant == invariant and what in one.what for one in found), found
