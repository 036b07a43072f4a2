"""What a composed draft says, for whoever reads another language than its room does."""

from __future__ import annotations

from assistant.desk.situation import situation_of
from assistant.drafting.compose import compose
from assistant.drafting.prepare import brief_from
from assistant.drafting.translate import speaks
from assistant.errors import Refused
from assistant.model import Conversation, Draft
from assistant.ports import Ports


def read_in(conversation: Conversation, language: str, ports: Ports) -> Conversation:
    """The open draft's meaning in *language*, where the same plan words the same draft again.

    Then it is exact; where anything has changed since, what was kept with the draft stands.
    """
    draft = conversation.draft
    if draft is None or not _elsewhere(draft, language):
        return conversation
    means = _worded(draft, conversation, language, ports)
    if means is None:
        return conversation
    there = draft.model_copy(update={"agent_text": means})
    drafts = tuple(there if one is draft else one for one in conversation.drafts)
    return conversation.model_copy(update={"drafts": drafts})


def _elsewhere(draft: Draft, language: str) -> bool:
    """It is composed, in another language, and what it says is told in a third."""
    if draft.drafter != "offline" or draft.agent_text is None:
        return False
    buyers = draft.language.split("-")[0] == language.split("-")[0]
    return not buyers and not speaks(draft.agent_text, language)


def _worded(draft: Draft, conversation: Conversation, language: str, ports: Ports) -> str | None:
    if conversation.understanding is None:
        return None
    situation = situation_of(conversation, conversation.facts, ports)
    then = {"agent_language": language, "now": draft.created_at}
    playbooks = ports.playbooks_of(conversation.storefront)
    brief = brief_from(situation.model_copy(update=then), conversation.understanding, playbooks)
    try:
        proposal = compose(brief, playbooks)
    except Refused:
        return None
    return proposal.agent_text if proposal.text == draft.text else None
