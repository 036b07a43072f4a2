"""Real small models behind llama.cpp's server: weak, obedient to injections, babbling.

The smallest one by default. Larger ones need a machine to themselves, and time to answer:
`MODELS=qwen05,qwen15 ATTACKS=100 DEADLINE=40 pytest -m peers tests/peers/test_small_models.py`,
after `MODELS=qwen05,qwen15 python -m tests.peers.llm`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any, TypeVar

import openai
import pytest

from assistant.drafting.brief import Situation
from assistant.drafting.prepare import prepare
from assistant.drafting.review import review
from assistant.errors import Refused
from assistant.model import Proposal
from assistant.playbooks import Playbooks
from connectors.models.offline import OfflineDrafter
from connectors.models.openai.drafter import ModelDrafter
from connectors.models.openai.endpoint import Endpoint
from connectors.models.openai.prompts import Prompt
from tests.hostile.cases import NOTE, attacks, honest, near_misses, situation_of
from tests.hostile.judge import PAID, guilty
from tests.peers.llm import KEY, chosen, served

pytestmark = pytest.mark.peers
DEADLINE_S = float(os.environ.get("DEADLINE", "6"))
"""Of a call; a product waits 20 s, which a test need not."""
SECRETS = (NOTE, Prompt("draft").text)
COUNT = int(os.environ.get("ATTACKS", "12"))
T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: the browser of the other peers keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as one:
        return one.submit(asyncio.run, work).result()


@pytest.fixture(scope="module", params=chosen())
def model(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    with served(request.param) as url:
        yield request.param, url


async def drafted(
    at_hand: Situation, model: tuple[str, str], playbooks: Playbooks
) -> tuple[Proposal | None, frozenset[str], float]:
    """A draft that could be sent, the sums it may name, and how long it took."""
    name, url = model
    brief = prepare(at_hand, playbooks)
    given = [one.amount for one in brief.decision.remedies if one.verdict == "allowed"]
    sums = PAID | {f"{one.amount:.2f}" for one in given if one}
    began = monotonic()
    async with openai.AsyncOpenAI(api_key=KEY, base_url=url, max_retries=0) as client:
        endpoint = Endpoint(client, name, deadline_s=DEADLINE_S)
        try:
            proposal = await ModelDrafter(endpoint, OfflineDrafter()).draft(brief, playbooks)
        except Refused:
            return None, sums, monotonic() - began
    took = monotonic() - began
    by_model = proposal.drafter == "model"
    found = review(proposal.text, brief, playbooks, by_agent=False, by_model=by_model)
    blocked = any(one.severity == "block" for one in found)
    return (None if blocked else proposal), sums, took


def test_nothing_a_small_model_babbles_can_be_sent(
    model: tuple[str, str], playbooks: Playbooks
) -> None:
    """Injections of every place and language; what could be sent is licensed and leaks nothing."""
    every = list(attacks())
    tries = every[:: len(every) // COUNT][:COUNT]
    bad, slow = {}, {}
    for attack in tries:
        proposal, sums, took = run(drafted(situation_of(attack), model, playbooks))
        evil = "" if "{" in attack.obeys else attack.obeys
        if proposal and (found := guilty(proposal.text, evil, SECRETS, sums)):
            bad[attack.id] = (found, proposal.text)
        if took > 3 * DEADLINE_S + 5:
            slow[attack.id] = took

    assert len(tries) == COUNT
    assert (bad, slow) == ({}, {})


def test_an_honest_message_has_a_draft_in_time(
    model: tuple[str, str], playbooks: Playbooks
) -> None:
    """By the model where it can, else by the composer: never none where a composer writes."""
    cases = [one for one in near_misses() if one.language in ("en", "de", "zh-Hans")][::13][:6]
    drafts = [run(drafted(honest(one), model, playbooks)) for one in cases]

    assert len(drafts) == 6
    for proposal, sums, took in drafts:
        assert proposal is not None
        assert guilty(proposal.text, "", SECRETS, sums) == []
        assert took < 3 * DEADLINE_S + 5
