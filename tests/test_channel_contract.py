"""Every channel, found by itself, keeps the same promises to buyers and to the desk.

What is recorded arrives; what is forged does not; twice at once and three times late is one
message; a reply is taken, refused, put off or in doubt, and never sent again by guess.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path

import pytest

from assistant.errors import ParleyError, Rejected, Unavailable, Unsure
from connectors import plugs
from tests.channel_stage import FIXTURES, Stage, conversation, names_of, recorded, reply, set_up
from tests.fakes import OLGA, World
from tests.proofs import DEMANDS, ChannelProof, Elsewhere
from tests.provider import BAD_GATEWAY, BROKEN, CUT_AFTER, CUT_WITHIN, HANGS, nowhere

ROOT = Path(__file__).parent.parent


def proof_of(name: str) -> ChannelProof | Elsewhere:
    try:
        return import_module(f"tests.channels.{name}").PROOF  # type: ignore[no-any-return]
    except ModuleNotFoundError:
        pytest.fail(f"the channel {name} has no proof: write tests/channels/{name}.py")


ALL = plugs.channel_names()
PLAYED = [name for name in ALL if (ROOT / "tests" / "channels" / f"{name}.py").exists()]
PLAYED = [name for name in PLAYED if isinstance(proof_of(name), ChannelProof)]


@pytest.mark.parametrize("name", ALL)
def test_every_channel_brings_a_proof_of_every_demand(name: str) -> None:
    proof = proof_of(name)
    assert set(proof.unlike) <= set(DEMANDS)
    if isinstance(proof, ChannelProof):
        assert proof.forged or "forged" in proof.unlike
        return
    assert set(proof.by) | set(proof.unlike) == set(DEMANDS)
    for demand, test in proof.by.items():
        file, _, function = test.partition("::")
        text = (ROOT / file).read_text("utf-8")
        assert re.search(rf"def {function}\(", text), f"{name} {demand}: there is no {test}"


@pytest.mark.parametrize("name", ALL)
def test_what_is_recorded_of_a_channel_says_where_it_is_from(name: str) -> None:
    if name in PLAYED:
        assert (FIXTURES / name / "README.md").exists()


@pytest.fixture
async def stage(
    world: World, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Stage]:
    name: str = request.param
    proof = proof_of(name)
    assert isinstance(proof, ChannelProof)
    made = Stage(world, name, tmp_path)
    async with made.provider:
        proof.script(made.provider)
        world.settings = set_up(name, proof.environment(made.provider.url), proof.table)
        async with made:
            yield made


def played(*demands: str) -> pytest.MarkDecorator:
    """Every channel but those that can't have one of *demands*."""
    names = [n for n in PLAYED if not set(demands) & set(proof_of(n).unlike)]
    return pytest.mark.parametrize("stage", names, indirect=True)


def proof(stage: Stage) -> ChannelProof:
    found = proof_of(stage.name)
    assert isinstance(found, ChannelProof)
    return found


# ── in ───────────────────────────────────────────────────────────────────────


@played("arrives", "repeated")
async def test_what_is_recorded_arrives_once_however_often_it_is_delivered(stage: Stage) -> None:
    """Pain 8: twice at once, three times late."""
    known = proof(stage)
    assert known.signed
    assert known.told, "name some recorded webhooks with the buyer's words"
    assert set(known.told) <= set(names_of(stage.name))
    heard: list[str] = []
    for name, words in known.told.items():
        body = recorded(stage.name, name)
        both = await asyncio.gather(*(stage.post(body, known.signed(body)) for _ in range(2)))
        late = [await stage.post(body, known.signed(body)) for _ in range(3)]
        assert {*both, *late} <= {200, 201, 202, 204}
        heard.append(words)
    await stage.world.work()
    queue = await stage.world.store.queue("open", OLGA.id, stage.world.clock(), 50)
    said = [m.text for one in queue.conversations for m in one.messages if m.author == "buyer"]
    assert sorted(said) == sorted(heard)


@played("forged", "arrives")
async def test_what_is_not_signed_by_the_provider_is_refused_and_nothing_is_kept(
    stage: Stage,
) -> None:
    known = proof(stage)
    body = recorded(stage.name, next(iter(known.told)))
    for forged in known.forged:
        assert await stage.post(body, forged(body)) == known.forged_status
    assert known.signed
    another = body.replace(b"}", b" }", 1)
    if known.signed(body) != known.signed(another):
        status = await stage.post(another, known.signed(body))
        assert status == known.forged_status, "a signature holds for its own body alone"
    assert await stage.world.work() == 0


@played("forged", "arrives")
async def test_a_signature_that_was_touched_proves_nothing(stage: Stage) -> None:
    """The authentication matrix: missing, cut, lengthened, empty, foreign letters, elsewhere."""
    known = proof(stage)
    assert known.signed
    body = recorded(stage.name, next(iter(known.told)))
    good = dict(known.signed(body))
    for name, value in good.items():
        if name.lower() == "content-type":
            continue
        others = {key: one for key, one in good.items() if key != name}
        for touched in (None, "", value[:-1], value + "0", f"ÿ{value[1:]}", value[::-1]):
            headers = others if touched is None else {**others, name: touched}
            assert await stage.post(body, headers) == known.forged_status, (name, touched)
    assert await stage.world.work() == 0


@played("arrives")
async def test_what_is_too_large_or_packed_is_refused_before_it_is_read(stage: Stage) -> None:
    known = proof(stage)
    assert known.signed
    large = b'{"a":"' + b"x" * (1 << 20) + b'"}'
    assert await stage.post(large, known.signed(large)) == 413
    body = recorded(stage.name, next(iter(known.told)))
    packed = gzip.compress(body)
    headers = {**known.signed(packed), "Content-Encoding": "gzip"}
    assert await stage.post(packed, headers) == 415
    assert await stage.world.work() == 0


@played("malformed", "arrives")
async def test_what_is_signed_but_no_message_is_an_error_and_nothing_is_kept(stage: Stage) -> None:
    known = proof(stage)
    assert known.signed
    for body in (b"", b"[1", b"\xff\xfe", b'"text"'):
        status = await stage.post(body, known.signed(body))
        assert 400 <= status < 500, body
    assert await stage.world.work() == 0


# ── out ──────────────────────────────────────────────────────────────────────


async def sent(stage: Stage, text: str = "It left today, Ana — 今天寄出。"):  # type: ignore[no-untyped-def]
    known = proof(stage)
    to = conversation(stage.name, known.thread[0], known.thread[1], known.account)
    return await stage.channel.send(reply(text), to)


def asked_to_send(stage: Stage):  # type: ignore[no-untyped-def]
    method, path = proof(stage).sends
    return [one for one in stage.provider.at(path) if one.method == method]


@played("taken")
async def test_a_reply_is_handed_over_word_for_word_and_its_id_kept(stage: Stage) -> None:
    known = proof(stage)
    stage.provider.on(*known.sends, known.taken)
    receipt = await sent(stage)
    [asked] = asked_to_send(stage)
    assert known.words(asked) == "It left today, Ana — 今天寄出。"
    assert receipt.external_id == known.external_id


@played("refused")
async def test_a_refusal_is_final_and_says_why(stage: Stage) -> None:
    known = proof(stage)
    stage.provider.on(*known.sends, known.refused)
    with pytest.raises(Rejected) as told:
        await sent(stage)
    assert len(str(told.value)) > 10
    assert len(asked_to_send(stage)) == 1


@played("throttled")
async def test_a_provider_that_asks_to_wait_is_waited_for(stage: Stage) -> None:
    known = proof(stage)
    stage.provider.on(*known.sends, known.throttled)
    with pytest.raises(Unavailable):
        await sent(stage)
    assert len(asked_to_send(stage)) == 1, "the desk waits and sends again, not the channel"


@played("broken")
@pytest.mark.parametrize("says", [BROKEN, BAD_GATEWAY, CUT_AFTER, CUT_WITHIN], ids=str)
async def test_a_provider_that_breaks_is_never_sent_the_reply_again_by_guess(
    stage: Stage, says
) -> None:
    """A doubled apology is worse than a question."""
    known = proof(stage)
    stage.provider.on(*known.sends, says)
    expected: tuple[type[ParleyError], ...] = (Unsure,)
    if stage.channel.can.idempotent:
        expected = (Unsure, Unavailable)
    with pytest.raises(expected):
        await sent(stage)
    assert len(asked_to_send(stage)) == 1


@played("unanswered")
async def test_a_provider_that_does_not_answer_leaves_a_doubt(stage: Stage, monkeypatch) -> None:
    known = proof(stage)
    known.times_out(monkeypatch)
    stage.provider.on(*known.sends, HANGS)
    with pytest.raises(Unsure):
        async with asyncio.timeout(10):
            await sent(stage)
    assert len(asked_to_send(stage)) == 1


@played("unreachable")
async def test_a_provider_that_is_not_there_certainly_took_nothing(
    world: World, tmp_path: Path, stage: Stage
) -> None:
    known = proof(stage)
    world.settings = set_up(stage.name, known.environment(nowhere()), known.table)
    async with Stage(world, stage.name, tmp_path) as away:
        with pytest.raises(Unavailable):
            await sent(away)
