"""A draft is held to the rules of the moment in which somebody stands for it."""

from __future__ import annotations

from assistant.desk.drafting import of_another
from assistant.desk.handling import commit
from assistant.desk.situation import brief_as_known
from assistant.drafting.review import review
from assistant.errors import Stale
from assistant.model import Conversation, Draft, Finding
from assistant.ports import Ports
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
