"""The console's page of what became of drafts, for leads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assistant.commands import DiscardDraft
from assistant.model import ConversationId
from assistant.playbooks import Playbooks
from assistant.ports import Shelf
from connectors.store import RedisStore
from tests.fakes import Clock, World, settings
from tests.test_console_playbooks import logged_in, now


async def test_leads_see_how_often_drafts_are_sent_as_they_were(
    aiohttp_client: Any, store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    world = World(store=store, playbooks=playbooks, clock=Clock(now()))
    for n in (1, 2):
        about: ConversationId = await world.buyer_writes("Where is it?", n, thread_key=f"t{n}")
        await world.handle(DiscardDraft(conversation_id=about, version=1))

    own = settings(data=tmp_path)
    lead = await logged_in(
        aiohttp_client, store, playbooks, Shelf(playbooks), own, "lead", "zh-Hans"
    )
    async with lead.get("/console/drafts") as answer:
        page = await answer.text()

    assert answer.status == 200
    assert '<b data-testid="discarded">2</b>' in page
    assert "英语" in page
    assert "草稿的去向" in page


async def test_an_agent_is_told_that_this_is_for_leads(
    aiohttp_client: Any, store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    agent = await logged_in(
        aiohttp_client, store, playbooks, Shelf(playbooks), settings(data=tmp_path)
    )
    async with agent.get("/console/drafts") as answer:
        page = await answer.text()

    assert (answer.status, "Only a lead sees what became of drafts." in page) == (403, True)
    assert 'href="/console/drafts"' not in page
