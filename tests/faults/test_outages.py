"""Not only killed: frozen for longer than a lease, told to stop under load, without a store."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from assistant.commands import ApproveDraft, SettleDoubt
from assistant.model import Conversation, ConversationId, DraftState
from tests.faults.crowd import Agent, channel_of
from tests.faults.play import Scene, check, play
from tests.faults.stage import Running, Stage, TrapAt, stage
from tests.faults.witness import Witness, reader, witness
from tests.store_servers import Servers, serving

LEASE_S = 5.0
WEBHOOK, COURIER = 2, 1
"""Conversations: the first by a channel that knows keys, the second by one that doesn't."""


def about(conversation: int) -> ConversationId:
    return ConversationId(f"{channel_of(conversation)}:shop/a1/t{conversation}")


async def state_of(
    look: Witness, conversation: int, *wanted: DraftState, within_s: float = 20.0
) -> Conversation:
    """Wait until its newest draft is in one of these states."""
    async with asyncio.timeout(within_s):
        while True:
            found = (await look.conversations()).get(about(conversation))
            if found and found.drafts and found.drafts[-1].state in wanted:
                return found
            await asyncio.sleep(0.05)


async def press(parley: Stage, command: ApproveDraft | SettleDoubt) -> None:
    agent = Agent("Olga", parley.web("web"), parley.settings)
    assert await agent.press(command) == 200
    await agent.close()


# ── frozen ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "conversation", [pytest.param(WEBHOOK, marks=pytest.mark.thorough), COURIER]
)
async def test_a_worker_frozen_before_it_sends_is_fenced_when_it_wakes(
    parley: Stage, conversation: int
) -> None:
    """Fault 13. It claimed and slept through its lease; whoever took over decided meanwhile."""
    parley.providers.moody = False
    await parley.start("web", "web")
    frozen = await parley.start("frozen", "worker", TrapAt("claimed", 1, "SIGSTOP"))
    async with witness(parley.url) as look:
        assert await parley.relay.write(conversation, 1)
        await state_of(look, conversation, "proposed")
        await press(parley, ApproveDraft(conversation_id=about(conversation), version=1))
        await state_of(look, conversation, "sending")
        await parley.start("other", "worker")
        found = await state_of(look, conversation, "sent", "unsure", within_s=3 * LEASE_S)
        if conversation == COURIER:
            # A person looks: the courier has nothing. So they say so, and approve it again.
            assert (found.drafts[-1].state, parley.providers.acceptances) == ("unsure", [])
            settled = SettleDoubt(conversation_id=found.id, version=1, arrived=False)
            await press(parley, settled)
            await press(parley, ApproveDraft(conversation_id=found.id, version=1))
            await state_of(look, conversation, "sent")

        frozen.signal(signal.SIGCONT)
        await _awake(frozen)
        async with reader(parley.url, parley.settings) as read:
            await parley.quiet(look, read)
            check(parley, await parley.evidence(look, read, ["Olga"]))
    assert len(parley.providers.acceptances) == 1, parley.told("")
    await parley.stop()


@pytest.mark.parametrize(
    "conversation", [pytest.param(WEBHOOK, marks=pytest.mark.thorough), COURIER]
)
async def test_a_worker_frozen_while_it_sends_is_fenced_when_it_wakes(
    parley: Stage, conversation: int
) -> None:
    """Fault 13. The provider has it; the worker that was told so may not write that any more."""
    parley.providers.moody = False
    parley.providers.held.clear()
    await parley.start("web", "web")
    frozen = await parley.start("frozen", "worker")
    async with witness(parley.url) as look:
        assert await parley.relay.write(conversation, 1)
        await state_of(look, conversation, "proposed")
        await press(parley, ApproveDraft(conversation_id=about(conversation), version=1))
        async with asyncio.timeout(10):
            while not parley.providers.acceptances:
                await asyncio.sleep(0.02)
        frozen.signal(signal.SIGSTOP)
        await parley.start("other", "worker")
        await asyncio.sleep(LEASE_S)
        parley.providers.held.set()
        expected: DraftState = "unsure" if conversation == COURIER else "sent"
        await state_of(look, conversation, expected, within_s=3 * LEASE_S)

        frozen.signal(signal.SIGCONT)
        await _awake(frozen)
        async with reader(parley.url, parley.settings) as read:
            await parley.quiet(look, read)
            check(parley, await parley.evidence(look, read, ["Olga"]))
    assert len(parley.providers.acceptances) == 1, parley.told("")
    await parley.stop()


async def _awake(frozen: Running) -> None:
    """The worker noticed that its lease is over."""
    async with asyncio.timeout(20):
        while "lost the lease" not in frozen.told():
            await asyncio.sleep(0.05)


# ── stopped ──────────────────────────────────────────────────────────────────


async def test_told_to_stop_under_load_everything_is_finished_or_handed_back(
    parley: Stage,
) -> None:
    """Fault 14: SIGTERM, not SIGKILL. Each ends by itself; A = V afterwards."""

    async def act(scene: Scene) -> None:
        for name in ("worker", "one", "worker"):
            await scene.pause(1.0)
            began = time.monotonic()
            what = parley.running[name].what
            await parley.kill(name, signal.SIGTERM)
            assert parley.running[name].status == 0, parley.told(name)
            assert time.monotonic() - began < 13, parley.told(f"{name} took too long")
            await parley.start(name, what)

    await parley.start("two", "web")
    await parley.start("one", "web")
    await parley.start("worker", "worker")
    evidence = await play(parley, act, fast=False)
    check(parley, evidence)
    lines = [line for log in evidence.logs.values() for line in log if line.kind == "unsure"]
    interrupted = [line for line in lines if line.text and "interrupted" in str(line.text)]
    assert not interrupted, parley.told("a stop that was asked for cut a reply off")
    await parley.stop()


async def test_after_a_kill_everything_goes_on_within_seconds(parley: Stage) -> None:
    """I9: the lease of the dead runs out by itself, and what they had in hand is done."""
    parley.providers.moody = False
    await parley.start("one", "web")
    await parley.start("worker", "worker", TrapAt("taken", 1))
    await parley.start("other", "worker")
    async with witness(parley.url) as look:
        for conversation in range(16):
            assert await parley.relay.write(conversation, 1)
        await parley.springs("worker", TrapAt("taken", 1), 10)
        began = time.monotonic()
        async with reader(parley.url, parley.settings) as read:
            await parley.quiet(look, read, within_s=2 * LEASE_S + 5)
        parley.note(f"recovered in {time.monotonic() - began:.1f} s")
        assert time.monotonic() - began < 2 * LEASE_S, parley.told("recovery took too long")
        assert len(await look.conversations()) == 16
    await parley.stop()


# ── without a store ──────────────────────────────────────────────────────────


@pytest.fixture
async def apart(tmp_path: Path, seed: int, born_in: Path) -> AsyncIterator[tuple[Stage, Servers]]:
    """Parley on a Redis that is not its own."""
    with serving("valkey", tmp_path / "redis") as servers:
        async with stage(tmp_path, seed, born_in, redis_url=servers.url) as built:
            yield built, servers


@pytest.mark.parametrize(
    "outage", [pytest.param("frozen", marks=pytest.mark.thorough), "killed", "read_only"]
)
async def test_without_its_store_nothing_is_acknowledged_and_nothing_is_lost(
    apart: tuple[Stage, Servers], outage: str
) -> None:
    """Faults 15, 18 and 21: 503 while it lasts, and by itself back at work afterwards."""
    parley, servers = apart
    [server] = servers.processes

    async def act(scene: Scene) -> None:
        await scene.pause(1.5)
        match outage:
            case "killed":
                server.kill()
            case "frozen":
                server.pause()
            case "read_only":
                assert server.ask("REPLICAOF", "127.0.0.1", "1") == "+OK"
        parley.note(f"the store is {outage}")
        await scene.pause(0.2)
        known, refused = len(parley.relay.acknowledged), parley.relay.answers[503]
        await scene.pause(7.0 if outage == "frozen" else 2.0)
        assert len(parley.relay.acknowledged) == known, parley.told("acknowledged without a store")
        assert parley.relay.answers[503] > refused, parley.told(str(parley.relay.answers))
        match outage:
            case "killed":
                server.start()
            case "frozen":
                server.resume()
            case "read_only":
                assert server.ask("REPLICAOF", "NO", "ONE") == "+OK"
        parley.note("the store is back")
        await scene.pause(2.0)
        assert len(parley.relay.acknowledged) > known, parley.told("nothing goes on")

    await parley.start("two", "web")
    await parley.start("one", "web")
    await parley.start("worker", "worker")
    check(parley, await play(parley, act, fast=False))
    await parley.stop()
