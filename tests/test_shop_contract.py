"""Every shop, found by itself, keeps the same promises: its order, nothing else's, or why not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from assistant.errors import Misconfigured, Unavailable
from assistant.ports import Shop
from assistant.settings import ShopSettings
from connectors import plugs
from connectors.files import FolderFiles
from connectors.http import Parts, client_session
from tests.fakes import World, settings
from tests.proofs import ElsewhereShop, ShopProof
from tests.provider import BAD_GATEWAY, CUT_AFTER, HANGS, Provider, Says, nowhere

ROOT = Path(__file__).parent.parent
ALL = plugs.shop_names()


def proof_of(name: str) -> ShopProof | ElsewhereShop:
    try:
        return import_module(f"tests.shops.{name}").PROOF  # type: ignore[no-any-return]
    except ModuleNotFoundError:
        pytest.fail(f"the shop {name} has no proof: write tests/shops/{name}.py")


PLAYED = [name for name in ALL if (ROOT / "tests" / "shops" / f"{name}.py").exists()]
PLAYED = [name for name in PLAYED if isinstance(proof_of(name), ShopProof)]


@pytest.mark.parametrize("name", ALL)
def test_every_shop_brings_a_proof(name: str) -> None:
    proof = proof_of(name)
    if isinstance(proof, ElsewhereShop):
        text = (ROOT / proof.file).read_text("utf-8")
        assert all(f"def {test}(" in text for test in proof.tests)
        assert proof.tests


@dataclass
class Stage:
    name: str
    proof: ShopProof
    provider: Provider
    shop: Shop
    parts: Parts

    async def at(self, url: str) -> Shop:
        return await plugs.shop(self.name, _parts(self.parts, self.name, self.proof, url))


def _parts(parts: Parts, name: str, proof: ShopProof, url: str) -> Parts:
    said = {key: SecretStr(value) for key, value in proof.environment(url).items()}
    table: dict[str, Any] = {name: ShopSettings(**proof.table)} if proof.table else {}
    made = settings(shops=(name,), environment=said, shop=table)
    return Parts(
        settings=made, store=parts.store, files=parts.files, client=parts.client, now=parts.now
    )


@pytest.fixture(params=PLAYED)
async def stage(
    world: World, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Stage]:
    proof = proof_of(request.param)
    assert isinstance(proof, ShopProof)
    async with Provider() as provider, client_session() as client:
        proof.script(provider)
        files = FolderFiles(tmp_path)
        bare = Parts(
            settings=settings(), store=world.store, files=files, client=client, now=world.clock
        )
        parts = _parts(bare, request.param, proof, provider.url)
        shop = await plugs.shop(request.param, parts)
        yield Stage(request.param, proof, provider, shop, bare)


async def test_an_order_is_found_by_its_number_with_its_total(stage: Stage) -> None:
    order = await stage.shop.order(stage.proof.ref)
    assert order is not None
    assert order.ref == stage.proof.ref
    assert f"{order.totals.total:.2f} {order.currency}" == stage.proof.total
    assert order.items


async def test_another_number_is_nobody_s_order(stage: Stage) -> None:
    """Never the order of somebody else whose number looks like it."""
    for ref in (f"{stage.proof.ref}9", "no such order", "../1", "'; --", "*"):
        assert await stage.shop.order(ref) is None


async def test_a_shop_that_asks_to_wait_is_waited_for(stage: Stage) -> None:
    stage.provider.on("*", ".*", stage.proof.throttled)
    with pytest.raises(Unavailable):
        await stage.shop.order(stage.proof.ref)


async def test_a_key_that_is_refused_is_told_with_what_to_do(stage: Stage) -> None:
    stage.provider.on("*", ".*", stage.proof.denied)
    with pytest.raises((Unavailable, Misconfigured)) as told:
        await stage.shop.order(stage.proof.ref)
    assert len(str(told.value)) > 10


@pytest.mark.parametrize("says", [BAD_GATEWAY, CUT_AFTER, Says(200, "<html>"), Says(200, [1])])
async def test_a_shop_that_breaks_is_unavailable_and_never_empty(stage: Stage, says: Says) -> None:
    """“No such order” said of a shop that is down would be a lie to the buyer."""
    stage.provider.on("*", ".*", says)
    with pytest.raises(Unavailable):
        await stage.shop.order(stage.proof.ref)


async def test_a_shop_that_does_not_answer_is_unavailable(stage: Stage, monkeypatch: Any) -> None:
    stage.proof.times_out(monkeypatch)
    stage.provider.on("*", ".*", HANGS)
    with pytest.raises(Unavailable):
        async with asyncio.timeout(10):
            await stage.shop.order(stage.proof.ref)


async def test_a_shop_that_is_not_there_is_unavailable(stage: Stage) -> None:
    away = await stage.at(nowhere())
    with pytest.raises(Unavailable):
        await away.order(stage.proof.ref)
