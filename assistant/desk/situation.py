"""What the desk knows of a conversation, as drafting, deciding and reviewing look at it."""

from __future__ import annotations

from typing import NamedTuple

from assistant.clocks import zone_of
from assistant.drafting.brief import Brief, Carries, Situation, Spoken
from assistant.drafting.prepare import brief_from
from assistant.drafting.understand import understand
from assistant.model import Conversation, Facts, brand_of
from assistant.ports import Capabilities, Ports, can_for

READ_CHARS = 8_000
"""What of one message is understood; the agent sees all of it."""


class Standing(NamedTuple):
    """What the acting person may still give away this week, and gave: `20.00 EUR`."""

    left: str
    used: str


def brief_as_known(
    conversation: Conversation,
    ports: Ports,
    standing: Standing | None = None,
    *,
    by_lead: bool = False,
) -> Brief:
    """The brief from the facts already on the card: for checks while somebody types.

    *by_lead*: what needs a lead is allowed to whoever types.
    """
    situation = situation_of(conversation, conversation.facts, ports, standing)
    if by_lead:
        situation = situation.model_copy(update={"actor": "lead"})
    playbooks = ports.playbooks_of(conversation.storefront)
    understanding = conversation.understanding or understand(situation, playbooks)
    return brief_from(situation, understanding, playbooks)


def situation_of(
    conversation: Conversation, facts: Facts, ports: Ports, standing: Standing | None = None
) -> Situation:
    storefront = ports.settings.storefront(conversation.storefront)
    there = conversation.there
    channel = ports.channels.get(there.channel)
    can = can_for(channel, there) if channel else None
    return Situation(
        channel=there.source or there.channel,
        platform=storefront.platform_of(there.platform),
        market=conversation.market,
        agent_language=ports.settings.language,
        messages=_exchange(conversation),
        buyer=conversation.buyer,
        facts=facts,
        now=ports.now(),
        rates=ports.exchange.rates() if ports.exchange else None,
        zone=zone_of(conversation.market),
        brand=storefront.brand or storefront.name,
        signature=storefront.signature or storefront.brand or storefront.name,
        goodwill_left=standing.left if standing else None,
        goodwill_used=standing.used if standing else None,
        max_chars=can.max_chars if can else 20_000,
        links=can.links if can else True,
        window_until=there.window_until,
        carries=_carries(there, can) if can else Carries(),
    )


def _carries(conversation: Conversation, can: Capabilities) -> Carries:
    return Carries(
        name=brand_of(conversation.channel),
        count=can.count,
        unsendable=can.unsendable,
        files=can.attachments,
        file_kinds=can.file_kinds,
        max_files=can.max_files,
        max_file_mb=can.max_file_mb,
        templates=can.templates,
    )


def _exchange(conversation: Conversation) -> tuple[Spoken, ...]:
    said = [
        Spoken(
            author=message.author,
            text=message.text[:READ_CHARS],
            at=message.at,
            subject=message.subject,
            language=message.language,
            attachments=message.attachments,
        )
        for message in conversation.messages
        if not message.deleted and not message.undelivered
    ]
    notes = [Spoken(author="note", text=note.text, at=note.at) for note in conversation.notes]
    return tuple(sorted((*said, *notes), key=lambda one: one.at or conversation.opened_at))


def without_rates(brief: Brief, ports: Ports) -> Brief:
    """Where a rate is missing, the card says why there is none."""
    missing = any(name[:5] == "rate " for one in brief.decision.remedies for name in one.missing)
    trouble = ports.exchange.trouble() if ports.exchange else None
    if not missing or trouble is None:
        return brief
    facts = brief.situation.facts
    told = facts.model_copy(update={"troubles": (*facts.troubles, trouble)})
    situation = brief.situation.model_copy(update={"facts": told})
    return brief.model_copy(update={"situation": situation})
