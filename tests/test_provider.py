"""The provider that tests play against does what its script says, and notes what it was asked."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.provider import (
    CUT_AFTER,
    CUT_BEFORE,
    CUT_WITHIN,
    HANGS,
    Asked,
    Provider,
    Says,
    nowhere,
)


async def test_a_provider_answers_by_script_and_the_last_answer_for_ever() -> None:
    async with Provider() as provider, aiohttp.ClientSession() as client:
        provider.on("POST", "/v1/.*", Says(429, headers={"Retry-After": "3"}), Says(200, {"id": 1}))
        statuses = []
        for _ in range(3):
            async with client.post(f"{provider.url}/v1/a%2Fb?x=1", json={"n": 2}) as response:
                statuses.append(response.status)
        async with client.get(f"{provider.url}/elsewhere") as response:
            assert response.status == 404

        assert statuses == [429, 200, 200]
        first = provider.at("/v1/a%2Fb")[0]
        assert (first.json, first.query, first.method) == ({"n": 2}, {"x": "1"}, "POST")


async def test_a_provider_decides_by_what_it_is_asked_and_reads_forms_and_files() -> None:
    async with Provider() as provider, aiohttp.ClientSession() as client:
        provider.on("POST", "/form", lambda asked: Says(200, asked.form["who"]))
        async with client.post(f"{provider.url}/form", data={"who": "Ana"}) as response:
            assert await response.text() == "Ana"
        form = aiohttp.FormData()
        form.add_field("file", b"\x89PNG\r\n", filename="a.png", content_type="image/png")
        form.add_field("kind", "image")

        async def later(asked: Asked) -> Says:
            await asyncio.sleep(0)
            return Says(
                200, {"bytes": len(asked.parts["file"]), "kind": asked.parts["kind"].decode()}
            )

        provider.on("POST", "/file", later)
        async with client.post(f"{provider.url}/file", data=form) as response:
            assert await response.json() == {"bytes": 6, "kind": "image"}


@pytest.mark.parametrize("said", [CUT_BEFORE, CUT_AFTER, CUT_WITHIN])
async def test_a_provider_breaks_connections_and_notes_the_request(said: Says) -> None:
    async with Provider() as provider, aiohttp.ClientSession() as client:
        provider.on("*", "/", said)
        with pytest.raises(aiohttp.ClientError):
            async with client.post(provider.url, data=b"x") as response:
                await response.read()
        assert len(provider.asked) >= 1


async def test_a_provider_hangs_until_it_is_left_and_nobody_listens_nowhere() -> None:
    async with Provider() as provider, aiohttp.ClientSession() as client:
        provider.on("*", "/", HANGS)
        with pytest.raises(TimeoutError):
            await client.get(provider.url, timeout=aiohttp.ClientTimeout(total=0.1))
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.get(nowhere())
