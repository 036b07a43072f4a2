"""A draft is held to the rules of the moment in which somebody stands for it."""

from __future__ import annotations

from datetime import datetime

from assistant.desk.drafting import of_another
from assistant.desk.handling import commit
from assistant.desk.situation import brief_as_known
from assistant.drafting.review import review
from assistant.errors import Refused, Stale
from assistant.model import Conversation, Draft, Finding
from assistant.ports import BuyerChannel, Ports, can_for
from assistant.words import say


async def by_todays_rules(conversation: Conversation, version: int, ports: Ports) -> Conversation:
    """The conversation with the draft checked by the playbooks in force now.

    Nothing changes where they are those it was written by. Raises: Stale, where they object to
    something that its reader has not seen; the card shows it by then.
    """
    draft = conversation.draft_of(version)
    playbooks = ports.playbooks_of(conversation.storefront)
    if draft.state != "proposed" or draft.playbook_version == playbooks.version:
        return conversation
    brief = brief_as_known(conversation, ports)
    by_agent = draft.drafter == "agent"
    by_model = draft.drafter == "model"
    found = review(draft.text, brief, playbooks, by_agent=by_agent, by_model=by_model)
    findings = (*found, *(() if by_agent else of_another(conversation)))
    fresh = draft.model_copy(update={"findings": findings, "playbook_version": playbooks.version})
    checked = conversation.rechecked(fresh, brief.decision, ports.now())
    objection = _unseen(draft, findings)
    if objection is None:
        return checked
    await commit(ports, checked)
    raise Stale(
        say(
            "The rules have changed since this was written: {what} Look at it, then decide again.",
            what=objection.message,
        )
    )


def still_taken(
    conversation: Conversation, version: int, channel: BuyerChannel, now: datetime
) -> None:
    """Raises: Refused, where the channel's time is over since the draft was written."""
    until = conversation.window_until
    if until is None or now <= until or conversation.draft_of(version).template is not None:
        return
    if can_for(channel, conversation).templates:
        raise Refused(
            say(
                "The time for free text is over. Press “Write reply” for an approved template; it "
                "can be sent now."
            )
        )
    raise Refused(
        say("The channel's time for an answer is over. It takes none until the buyer writes.")
    )


def _unseen(draft: Draft, findings: tuple[Finding, ...]) -> Finding | None:
    """What is objected to now and was not before."""
    seen = {(one.severity, one.rule, one.start, one.end) for one in draft.findings}
    return next(
        (
            one
            for one in findings
            if one.severity != "tip" and (one.severity, one.rule, one.start, one.end) not in seen
        ),
        None,
    )
